"""Writes the pictures that test_golden compares, in a process of its own: shipped font only, no screen, fixed days.

python -m tests.gui.golden_pictures FOLDER
"""

import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

#: A narrow window: the tree is folded, both maps are on show.
SIZE = (960, 600)
DAY = date(2026, 1, 5)
THEMES = ("light", "dark")
PLACES = ("atlas", "visit", "patients", "learn")
MAP_THEMES = (*THEMES, "high_contrast", "colour_blind")


def main(out: Path) -> None:
    """Make every picture."""
    from tests.gui.conftest import write_atlas

    from myomap.bootstrap import make_application

    make_application(["myomap"]).setCursorFlashTime(0)
    with tempfile.TemporaryDirectory() as folder:
        _pictures(out, Path(folder), write_atlas(Path(folder)))


def _pictures(out: Path, folder: Path, files: tuple[Path, Path]) -> None:
    _maps(out, folder, files)
    # the other pictures are of the window: without tones they are flat, and small as files
    for tone in files[1].rglob("*.jpg"):
        tone.unlink()
    _places(out, folder / "again", files)


def _window(home: Path, files: tuple[Path, Path]) -> Any:
    from myomap.bootstrap import make_context, make_window
    from myomap.store.atlas_file import AtlasFile

    home.mkdir(exist_ok=True)
    window = make_window(make_context(home), files[1])
    window.resize(*SIZE)
    window.show()
    window.set_atlas(AtlasFile(*files))
    return window


def _maps(out: Path, home: Path, files: tuple[Path, Path]) -> None:
    from myomap.gui.picture import settle

    window = _window(home, files)
    _choose(window)
    for theme in MAP_THEMES:
        _dress(window.context.look, theme)
        settle(window)
        window.atlas_place.panels[1].grab().save(str(out / f"map-{theme}.png"))
    window.close()


def _places(out: Path, home: Path, files: tuple[Path, Path]) -> None:
    from PySide6.QtWidgets import QApplication
    from tests.gui.clinic.conftest import Bench, _NoPlace, wait

    from myomap.gui.clinic import Clinic
    from myomap.gui.learn import LearnPlace
    from myomap.gui.picture import settle
    from myomap.gui.practice.session import Session
    from myomap.store.memory_practice import memory_practice

    window = _window(home, files)
    window.clinic = Clinic(window, Session(lambda: _NoPlace()))
    wait(lambda: window.clinic.session.state.value == "none")
    window.add_place("learn", "Learn", "learn", LearnPlace(window.context))
    bench = Bench(window, memory_practice())
    _record(bench)
    _choose(window)
    for theme in THEMES:
        _dress(window.context.look, theme)
        for place in PLACES:
            window.go_to(place)
            settle(window)
            bench.idle()
            if held := QApplication.focusWidget():
                held.clearFocus()  # neither caret nor focus frame
            settle(window)
            window.grab().save(str(out / f"{place}-{theme}.png"))
    bench.desk.close()
    window.close()


def _dress(look: Any, theme: str) -> None:
    from myomap.gui.theme import ThemeName

    blind = theme == "colour_blind"
    look.choose(ThemeName.LIGHT if blind else ThemeName(theme), colour_blind=blind)


def _record(bench: Any) -> None:
    """Record a small visit of a fixed day."""
    from myomap.records.demo import UPPER_TRAPEZIUS
    from myomap.records.edits import add
    from myomap.records.values import Finding, Moment, PainScale, PainScore, Patient, new_id

    made = bench.practice.new_visit(bench.patient.id, on=DAY, map_version="doll-1")
    for value in (
        Finding(new_id(), UPPER_TRAPEZIUS, True, True, True, True),
        PainScore(new_id(), Moment.BEFORE, PainScale.NRS, 7),
    ):
        bench.practice.apply(add(value, visit=made.visit.id))
    bench.practice.apply(add(Patient(new_id(), "Test Patient 02", number="N-2")))
    bench.clinic.open_patient(bench.patient.id)
    bench.clinic.patients_place().show_list()
    bench.clinic.open_visit(made.visit.id)
    bench.wait(lambda: bench.desk.record is not None)
    for panel, name in zip(bench.visit.maps.panels, ("anterior", "posterior"), strict=True):
        panel.show_view(name)
    bench.settle()
    bench.visit.open_step("findings")
    bench.idle()


def _choose(window: Any) -> None:
    """Choose a trigger point: its X, zones, muscle and what lies hidden are drawn over the map."""
    from myomap.anatomy.laterality import Laterality
    from myomap.gui.shown import PointKey

    window.atlas_place.inspector.choose_point(PointKey("trapezius-descending-1", Laterality.RIGHT))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
