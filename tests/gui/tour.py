"""Pictures of every screen with the shipped atlas, for people to look at. Not a test: `python -m tests.gui.tour`.

python -m tests.gui.tour FOLDER [--themes light,dark,high_contrast] [--size 1280x800] [--text 1.0] [--only NAME,…] [--check]

Each screen is made once, empty and full, and grabbed in every theme. Qt's own scale is the environment's:
QT_SCALE_FACTOR=2. The practice lives in memory; its patients are invented.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TODAY = date(2026, 11, 26)


class Tour:
    """The window, and a way to grab it in every theme."""

    def __init__(self, out: Path, options: argparse.Namespace) -> None:
        from tests.gui.clinic.conftest import wait

        from myomap.bootstrap import add_places, make_context, make_window, open_atlas

        self.out, self.wait = out, wait
        self.themes = options.themes.split(",")
        self.only = set(filter(None, options.only.split(",")))
        self.text = options.text
        self.checks, self.pictures = options.check, not options.no_pictures
        out.mkdir(parents=True, exist_ok=True)
        self.atlas = open_atlas()
        self.window = make_window(make_context(Path(tempfile.mkdtemp(dir=out, prefix=".home-"))))
        width, height = (int(part) for part in options.size.split("x"))
        self.window.resize(width, height)
        self.window.show()
        self.window.set_atlas(self.atlas)
        add_places(self.window, "")
        self.session = self.window.clinic.session
        wait(lambda: self.session.state.value == "none")
        self.settle()

    def settle(self) -> None:
        """Wait until everything that was begun is on the screen."""
        from PySide6.QtCore import QElapsedTimer
        from PySide6.QtWidgets import QApplication

        from myomap.gui.map.view import MapView
        from myomap.gui.picture import settle

        settle(self.window)
        clock = QElapsedTimer()
        clock.start()
        while clock.elapsed() < 8000:
            QApplication.processEvents()
            maps = [
                each
                for top in QApplication.topLevelWidgets()
                for each in top.findChildren(MapView)
                if each.isVisible()
            ]
            busy = self.window.context.pool.busy or self.session.worker.busy
            if clock.elapsed() > 250 and not busy and all(each.settled for each in maps):
                return

    def grab(self, name: str, widget: Any = None) -> None:
        """Grab the window, or another widget, in every theme."""
        from myomap.gui.theme import ThemeName

        if self.only and not any(name.startswith(each) for each in self.only):
            return
        for theme in self.themes:
            self.window.context.look.choose(ThemeName(theme), text_scale=self.text)
            self.settle()
            if self.pictures:
                (widget or self.window).grab().save(str(self.out / f"{name}-{theme}.png"))
            sys.stdout.write(f"{name}-{theme}\n")
            if self.checks:
                from tests.gui.geometry import troubles

                sys.stdout.writelines(f"    {each}\n" for each in troubles(widget or self.window))
            sys.stdout.flush()


def atlas(tour: Tour) -> None:
    """The atlas: nothing chosen, a muscle with trigger points, one without, the other figure, a search."""
    from myomap.anatomy.laterality import Laterality
    from myomap.gui.shown import PointKey

    place = tour.window.atlas_place
    tour.window.go_to("atlas")
    tour.grab("atlas-0-empty")
    place.inspector.choose_point(PointKey("trapezius-descending-1", Laterality.RIGHT))
    place.show_chosen()
    tour.grab("atlas-1-trapezius")
    place.inspector.choose_point(PointKey("gluteus-minimus-1", Laterality.LEFT))
    place.show_chosen()
    tour.grab("atlas-2-gluteus-left")
    tour.window.show_palette()
    tour.window._palette.text.insert("headache at the temple")
    tour.grab("atlas-3-palette")
    tour.window._palette.close()


def gate(tour: Tour) -> None:
    """What stands where no practice is open."""
    tour.window.go_to("patients")
    tour.grab("gate-0-first-start")
    tour.window.go_to("visit")
    tour.grab("gate-1-visit")
    tour.window.go_to("settings")
    tour.grab("settings-0-no-practice")


def practice(tour: Tour) -> None:
    """A practice in memory: no patient, then some; a visit empty and full, its course, the patient's screen."""
    from myomap.demo import demo_visits
    from myomap.records.edits import add
    from myomap.records.values import Patient, Sex, new_id
    from myomap.store.memory_practice import memory_practice

    made = memory_practice()
    tour.session.take(made)
    tour.wait(lambda: tour.session.is_open and tour.session._practice is made)
    clinic = tour.window.clinic
    tour.window.go_to("patients")
    tour.grab("patients-0-none")
    patient = Patient(
        new_id(), "Test Patient 01", date(1984, 5, 17), Sex.FEMALE, "0001", alerts=("Takes an anticoagulant",)
    )
    made.apply(add(patient))
    for at in range(2, 40):
        sex = Sex.MALE if at % 2 else Sex.FEMALE
        made.apply(
            add(
                Patient(
                    new_id(),
                    f"Test Patient {at:02}",
                    date(1950 + at, 1 + at % 12, 1 + at % 28),
                    sex,
                    f"{at:04}",
                )
            )
        )
    empty = made.new_visit(patient.id, on=TODAY - timedelta(days=40), map_version=tour.atlas.map_version)
    records = demo_visits(tour.atlas, today=TODAY)
    last = ""
    for record in records:
        kept = made.new_visit(patient.id, on=record.visit.on, map_version=tour.atlas.map_version)
        last = kept.visit.id
        for value in record.values():
            made.apply(add(_moved(tour, value, record.visit.id, last), visit=last))
    clinic.patients_place().show_list()
    tour.grab("patients-1-list")
    clinic.open_patient(patient.id)
    tour.grab("patients-2-one")
    clinic.patients_place().new_patient()
    tour.grab("patients-3-new")
    for what, visit in (("empty", empty.visit.id), ("full", last)):
        clinic.open_visit(visit)
        tour.wait(lambda v=visit: clinic.desk.record is not None and clinic.desk.record.visit.id == v)
        for at, key in enumerate(clinic.visit.steps, 1):
            clinic.visit.open_step(key)
            clinic.visit.focus_step()
            tour.grab(f"visit-{what}-{at}-{key}")
    clinic.visit.explain()
    if clinic.visit.explaining is not None:
        shown = clinic.visit.explaining
        for scene in range(len(shown._shown.scenes)) if hasattr(shown, "_shown") else range(1):
            shown.show_scene(scene)
            tour.grab(f"explain-{scene}", shown)
        clinic.visit.stop_explaining()
    clinic.patients_place().show_course(made.patient(patient.id))
    tour.window.go_to("patients")
    tour.grab("course-1-full")
    tour.window.go_to("settings")
    settings = tour.window.stack.currentWidget()
    tour.grab("settings-1-top")
    bar = settings.verticalScrollBar()
    for part in (1, 2, 3):
        bar.setValue(bar.maximum() * part // 3)
        tour.grab(f"settings-{part + 1}")


def _moved(tour: Tour, value: Any, old: str, new: str) -> Any:
    """Return a value of the demo as one of a kept visit."""
    from dataclasses import replace

    from myomap.records.values import Plan, Stroke

    moved = replace(value, id=value.id.replace(old, new)) if old in value.id else value
    if isinstance(moved, Plan) and moved.next_visit is not None and moved.next_visit < TODAY:
        return replace(moved, next_visit=None)  # a plan made today names no past day
    if isinstance(moved, Stroke) and not moved.points:
        places = tour.atlas.view_map(moved.view).project(tour.atlas.skin.xyz["female"][list(moved.cells)])
        return replace(moved, points=tuple((float(x), float(y)) for x, y in places))
    return moved


def learn(tour: Tour) -> None:
    """The lessons."""
    tour.window.go_to("learn")
    tour.grab("learn-0")


def study(tour: Tour) -> None:
    """Study: today, questions before and after the answer, the deck, progress, the exam."""
    tour.window.go_to("study")
    place = tour.window.stack.currentWidget()
    tour.wait(lambda: place.maker is not None)
    tour.grab("study-0-today")
    place.start()
    for at in range(6):
        tour.grab(f"study-1-question-{at}")
        place.ask._on_skip()
        tour.grab(f"study-2-answer-{at}")
        place.ask.go_on()
    place.show_today()
    place.edit_deck()
    tour.grab("study-3-deck")
    place.show_progress()
    tour.grab("study-4-progress")
    place.show_exam()
    tour.grab("study-5-exam")


STOPS: tuple[Callable[[Tour], None], ...] = (atlas, gate, learn, study, practice)


def main() -> int:
    """Make the pictures that the command line asks for."""
    asked = argparse.ArgumentParser()
    asked.add_argument("out", type=Path)
    asked.add_argument("--themes", default="light,dark,high_contrast")
    asked.add_argument("--size", default="1280x800")
    asked.add_argument("--text", type=float, default=1.0)
    asked.add_argument("--only", default="")
    asked.add_argument("--check", action="store_true", help="say what overlaps, is cut or scrolls sideways")
    asked.add_argument("--no-pictures", action="store_true")
    asked.add_argument("--stops", default=",".join(stop.__name__ for stop in STOPS))
    options = asked.parse_args()
    from myomap.bootstrap import make_application

    make_application(["myomap"])
    tour = Tour(options.out, options)
    wanted = options.stops.split(",")
    for stop in STOPS:
        if stop.__name__ in wanted:
            stop(tour)
    tour.window.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
