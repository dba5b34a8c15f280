"""An hour at the window in minutes: whole visits with drawing, findings, needling, Explain and PDFs, atlas, course, study.

    PYTHONPATH=app nice -n 15 python -m tests.benchmarks.hour_of_use --minutes 20 --out FOLDER

writes memory.csv (a line a round) and memory.svg (the curve) and says how much memory the end holds against the middle.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from itertools import count, cycle
from pathlib import Path
from typing import Any

#: So many visits of one patient, then another one comes: what a page holds does not grow with the hour.
VISITS_EACH = 4
MINUTES_TO_LOCK = 120
#: Other than the median of the middle third the end may hold this much: what one round makes comes and goes.
GROWTH = 1.05


def resident_mb() -> float:
    """Return what the process holds."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Day:
    """The window on a new practice, and rounds of what is done with it."""

    def __init__(self, home: Path) -> None:
        from tests.e2e.driver import Program

        self.program: Any = Program(home)
        self.context = self.program.context
        self._found()
        self.patients: list[str] = []
        atlas = self.context.open_atlas()
        self.points = cycle([p for p in atlas.trigger_points.values() if p.sided and p.pain][::5])
        self.themes = cycle(("light", "dark"))
        self.rounds = 0

    def close(self) -> None:
        """Close the window."""
        self.program.close()

    def _found(self) -> None:
        from tests.e2e.driver import PASSPHRASE, wait

        program = self.program
        program.window.go_to("patients")
        page = program.gate().welcome
        for line, text in (
            (page.practice_name, "Test practice"), (page.person, "Test Clinician"), (page.licence, "L-1"),
            (page.first, PASSPHRASE), (page.second, PASSPHRASE),
        ):  # fmt: skip
            line.setText(text)
        page.certified.setChecked(True)
        page.certificate.setText("DN-1")
        page.go.click()
        wait(lambda: bool(program.gate().recovery.key))
        program.gate().recovery.go.click()
        wait(lambda: program.session.is_open)
        program.idle()
        # nobody is there, so far as the lock can tell
        part = program.clinic.settings.practice
        part._put(lock_after_minutes=MINUTES_TO_LOCK)
        wait(lambda: program.session.settings.lock_after_minutes == MINUTES_TO_LOCK)

    def _new_patient(self, name: str) -> str:
        from tests.e2e.driver import wait

        patients = self.program.clinic.patients
        patients.new_patient()
        patients.form.name.setText(name)
        patients.form.sex.buttons["female" if name.endswith(("2", "4", "6")) else "male"].click()
        patients.form.save.click()
        wait(lambda: patients.page.patient is not None and patients.page.patient.name == name)
        self.program.idle()
        return str(patients.page.patient.id)

    # -- one round -----------------------------------------------------------------------------
    def round(self) -> None:
        """A visit from the patient's page to the paper in the hand, then atlas, course, study, another look."""
        if self.rounds % VISITS_EACH == 0:
            self.patients.append(self._new_patient(f"Test Patient {len(self.patients) + 1:03}"))
        self.rounds += 1
        point = next(self.points)
        self._visit(self.patients[-1], point)
        self._atlas(point)
        self._course()
        if self.rounds % 2 == 0:
            self._study()
        if self.rounds % 5 == 0:
            from myomap.gui.theme import ThemeName

            self.context.look.choose(ThemeName(next(self.themes)))
        self._settle()

    def _settle(self) -> None:
        from myomap.gui.picture import settle

        settle(self.program.window)
        self.program.idle()

    def _visit(self, patient: str, point: Any) -> None:
        from tests.e2e.driver import wait

        from myomap.anatomy.laterality import Laterality

        program, clinic = self.program, self.program.clinic
        clinic.open_patient(patient)
        wait(lambda: clinic.patients.page.patient is not None and clinic.patients.page.patient.id == patient)
        program.idle()
        before = clinic.desk.record.visit.id if clinic.desk.record else ""
        clinic.patients.page.new.click()
        wait(lambda: clinic.desk.record is not None and clinic.desk.record.visit.id != before)
        visit = program.visit
        program.idle()
        visit.steps["screen"].given.buttons["yes"].click()
        visit.open_step("pain")
        visit.steps["pain"].intensity.buttons["6"].click()
        program.idle()
        panel = visit.maps.panels[0]
        wait(lambda: panel.map.sheet is not None and panel.map.settled)
        rect = panel.map.sheet.rect
        x, y = rect.width() * 0.45, rect.height() * (0.2 + 0.05 * (self.rounds % 6))
        program.drag_map(0, [(x, y), (x + 8, y + 12), (x + 4, y + 30)])
        program.idle()
        visit.open_step("before")
        visit.steps["before"].pain.buttons["7"].click()
        visit.open_step("findings")
        program.idle()
        atlas = self.context.open_atlas()
        from myomap.demo import point_site

        figure = visit.maps.shown.figure
        site = point_site(atlas, point.id, Laterality.RIGHT, f"{figure}.posterior")
        visit.steps["findings"].take_site(site)
        program.idle()
        for card in visit.steps["findings"].cards.values():
            for choice in (card.band, card.spot, card.referred, card.own):
                choice.buttons["yes"].click()
        visit.open_step("needling")
        program.idle()
        visit.steps["needling"].take_site(site)
        program.idle()
        for card in visit.steps["needling"].cards.values():
            card.twitch.buttons["many"].click()
        visit.open_step("after")
        visit.steps["after"].pain.buttons["3"].click()
        visit.open_step("plan")
        program.idle()
        visit.open_step("hand_over")
        program.idle()
        self._explain(visit)
        for name in ("page", "report"):
            visit.steps["hand_over"].buttons[name].click()
            program.idle()

    def _explain(self, visit: Any) -> None:
        from PySide6.QtWidgets import QApplication

        visit.explain()
        shown = visit.explaining
        assert shown is not None
        end = time.monotonic() + 0.6
        while time.monotonic() < end:
            QApplication.processEvents()
        shown.close()
        self.program.idle()

    def _atlas(self, point: Any) -> None:
        from myomap.anatomy.laterality import Laterality
        from myomap.anatomy.structures import Layer
        from myomap.gui.shown import PointKey

        place = self.program.window.atlas_place
        self.program.window.go_to("atlas")
        self.context.shown.set_layer([*Layer][self.rounds % len(Layer)])
        place.inspector.choose_point(PointKey(point.id, Laterality.LEFT))
        place.show_chosen()
        self._settle()
        self.program.window.show_palette()
        self.program.window._palette.text.setText("temple")
        self.program.window._palette._on_edited("temple")
        self.program.window._palette.close()

    def _course(self) -> None:
        from tests.e2e.driver import wait

        patients = self.program.clinic.patients
        self.program.window.go_to("patients")
        clinic, patient = self.program.clinic, self.patients[-1]
        clinic.open_patient(patient)
        self.program.idle()
        patients.show_course(patients.page.patient)
        self.program.idle()
        wait(lambda: patients.course._drawn is not None)
        self._settle()

    def _study(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        window = self.program.window
        window.go_to("study")
        self._settle()
        study = window._places["study"]
        study.start()
        self._settle()
        for _ in range(4):
            if study.stack.currentWidget() is not study.ask or study.ask.question is None:
                break
            QTest.keyClick(study.ask, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
            self._settle()
            QTest.keyClick(study.ask, Qt.Key.Key_Return)
            self._settle()


def held() -> dict[str, int]:
    """Return what could pile up: widgets, Python objects, the commonest kinds of them."""
    from PySide6.QtWidgets import QApplication

    gc.collect()
    return {"widgets": len(QApplication.allWidgets()), "objects": len(gc.get_objects())}


def kinds(most: int = 400) -> Counter[str]:
    """Return how many Python objects there are of each kind, the commonest first."""
    return Counter(dict(Counter(type(o).__qualname__ for o in gc.get_objects()).most_common(most)))


def curve(rows: list[tuple[float, float, int, int]]) -> str:
    """Return memory (MB) over time (minutes) as SVG, from nought, so that growth is not made larger than it is."""
    from myomap.report.plots import nice_ticks

    across, up = nice_ticks(0, max(r[0] for r in rows)), nice_ticks(0, max(r[1] for r in rows))

    def at(minutes: float, mb: float) -> str:
        return f"{60 + 600 * minutes / across[-1]:.1f} {250 - 220 * mb / up[-1]:.1f}"

    text = '<text x="{0}" y="{1}" text-anchor="{2}">{3}</text>'
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 290" font-family="sans-serif" font-size="12">'
        '<rect width="700" height="290" fill="#ffffff"/>'
    ]
    for tick in up:
        x, y = at(0, tick).split()
        parts.append(
            f'<path d="M{x} {y}H660" stroke="#d9dfe2"/>' + text.format(54, float(y) + 4, "end", f"{tick:g}")
        )
    parts += [text.format(at(tick, 0).split()[0], 268, "middle", f"{tick:g}") for tick in across]
    line = "L".join(at(minutes, mb) for minutes, mb, _, _ in rows)
    parts.append(f'<path d="M{line}" fill="none" stroke="#0072b2" stroke-width="2"/>')
    parts.append(text.format(60, 18, "start", f"MB held after each of {len(rows)} rounds"))
    parts.append(text.format(660, 284, "end", "minutes") + "</svg>")
    return "".join(parts)


def main() -> int:
    """Run rounds for some minutes, write the curve, return 1 if memory grew."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--minutes", type=float, default=20)
    given.add_argument("--out", type=Path, required=True)
    options = given.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows: list[tuple[float, float, int, int]] = []
    first: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as home:
        day = Day(Path(home))
        begun = time.monotonic()
        for number in count(1):
            day.round()
            counted = held()
            minutes = (time.monotonic() - begun) / 60
            rows.append((minutes, resident_mb(), counted["widgets"], counted["objects"]))
            line = f"{number},{minutes:.2f},{rows[-1][1]:.1f},{rows[-1][2]},{rows[-1][3]}\n"
            sys.stdout.write(line)
            sys.stdout.flush()
            with (options.out / "memory.csv").open("a") as file:
                file.write(line)
            if minutes > options.minutes / 3 and not first:
                first = kinds()
            if minutes > options.minutes:
                break
        more = kinds()
        day.close()
    (options.out / "memory.svg").write_text(curve(rows), "utf-8")
    third = len(rows) // 3
    middle = statistics.median(r[1] for r in rows[third : 2 * third])
    end = statistics.median(r[1] for r in rows[-third:])
    sys.stdout.write(
        f"{len(rows)} rounds: middle {middle:.0f} MB, end {end:.0f} MB, {end / middle:.3f} times\n"
    )
    more.subtract(first)
    grown = ", ".join(f"{kind} +{n}" for kind, n in more.most_common(12) if n > 20)
    sys.stdout.write(f"kinds that became more since a third: {grown or 'none'}\n")
    return 0 if end < middle * GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
