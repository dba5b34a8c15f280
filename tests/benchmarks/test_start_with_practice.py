"""The window with a practice of 10,000 patients: its start, going from place to place, and memory over long use.

Aims (issue 7): start to the first painted map at most 2.5 times a bare PySide6 window; another place, view or
patient within 100 ms; memory does not grow. Times are printed with --benchmark-enable; only ratios, medians
against a bare repaint, and memory are asserted.
"""

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from tests.benchmarks.records_scale import PASSPHRASE, fill
from tests.benchmarks.test_window_speed import _BARE, _OURS

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.gui.shown import PointKey
from myomap.records.values import Practitioner, Role, new_id
from myomap.store.practice_folder import PracticeFolder

PATIENTS = 10_000
#: The start with a practice may take this many times a bare window (aim 2.5; room for a loaded machine).
START_RATIO = 3.5
#: Measured with MYOMAP_ROUNDS=240; caches are full after about 80, until then memory may still rise.
ROUNDS = int(os.environ.get("MYOMAP_ROUNDS", "40"))
GROWTH = 1.05 if ROUNDS >= 200 else 1.35
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with a practice of 10,000 invented patients, two visits each."""
    folder: Path = tmp_path_factory.mktemp("large")
    owner = Practitioner(new_id(), "Test Owner", Role.OWNER, licence_number="L", needling_certificate="C")
    practice, _ = PracticeFolder(folder / "practice").create(PASSPHRASE, name="Benchmark", owner=owner)
    fill(practice, PATIENTS, 2)
    practice.close()
    return folder


def _seconds(program: str, home: Path) -> float:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "QT_QPA_PLATFORM": "offscreen"}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, str(home)], check=True, capture_output=True, env=environment
    )
    return time.perf_counter() - begun


def test_start_with_a_large_practice_is_little_slower_than_a_bare_window(
    home: Path, record_property: Callable[[str, object], None]
) -> None:
    for program in (_BARE, _OURS):
        _seconds(program, home)  # files in the cache, pictures kept
    # in turns, so that other work on the machine falls on both; the least is what the program itself needs
    pairs = [(_seconds(_BARE, home), _seconds(_OURS, home)) for _ in range(7)]
    ratio = min(ours for _, ours in pairs) / min(bare for bare, _ in pairs)
    record_property("start_ratio", round(ratio, 2))
    sys.stderr.write(f"\nstart to the first painted map: {ratio:.2f} times a bare window\n")
    assert ratio < START_RATIO


@pytest.fixture(scope="module")
def program(qapp: Any, home: Path) -> Iterator[Any]:
    """The whole window on that practice, unlocked."""
    from tests.e2e.driver import Program, wait

    made = Program(home)
    made.window.go_to("patients")
    page = made.gate().unlock
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: made.session.is_open)
    made.idle()
    wait(lambda: made.clinic.patients.list.model.rowCount() > 0)
    yield made
    made.close()


def _settle(program: Any) -> None:
    from myomap.gui.picture import settle

    settle(program.window)
    program.idle()


def _timed(deed: Callable[[], object], over: int) -> float:
    """Return the median time in ms from a deed to its painted result."""
    taken = []
    for _ in range(over):
        begun = time.perf_counter()
        deed()
        QApplication.processEvents()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def test_another_place_view_or_patient_is_there_at_once(program: Any) -> None:
    window, shown = program.window, program.context.shown
    for place in ("atlas", "visit", "patients", "learn", "settings"):
        window.go_to(place)
        _settle(program)
    window.go_to("atlas")
    bare = _timed(window.repaint, 9)
    places = cycle(("atlas", "patients", "visit", "learn", "settings"))
    found = {"place": _timed(lambda: window.go_to(next(places)), 20)}
    window.go_to("atlas")
    layers = cycle(Layer)
    for layer in Layer:
        shown.set_layer(layer)
        _settle(program)
    found["layer"] = _timed(lambda: shown.set_layer(next(layers)), 15)
    _settle(program)
    model = program.clinic.patients.list.model
    ids = cycle([model.index(row, 0).data(_id_role()) for row in range(10)])

    def next_patient() -> None:
        program.clinic.open_patient(next(ids))
        program.idle()

    window.go_to("patients")
    found["patient"] = _timed(next_patient, 15)
    said = ", ".join(f"{name} {ms:.0f} ms" for name, ms in found.items())
    sys.stderr.write(f"\n{said} (a repaint of the window: {bare:.0f} ms)\n")
    # no absolute time: a few repaints of the whole window is “at once” on any machine
    assert all(ms < 12 * max(bare, 8.0) for ms in found.values()), (found, bare)


def _id_role() -> Any:
    from myomap.gui.patients.model import ID_ROLE

    return ID_ROLE


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory from /proc")
def test_memory_does_not_grow_with_use(program: Any) -> None:
    """Rounds of what is done all day: the end may hold 5 % more than the middle (more while caches fill)."""
    window, context = program.window, program.context
    points = [*context.open_atlas().trigger_points.values()]
    places = cycle(("atlas", "patients", "atlas", "visit", "atlas", "learn", "atlas", "settings"))
    layers = cycle(Layer)
    model = program.clinic.patients.list.model
    ids = cycle([model.index(row, 0).data(_id_role()) for row in range(20)])
    resident, widgets = [], []
    for number in range(ROUNDS):
        point = points[number * 7 % len(points)]
        window.go_to("atlas")
        side = Laterality.RIGHT if point.sided else Laterality.MIDLINE
        window.atlas_place.inspector.choose_point(PointKey(point.id, side))
        if number % 3 == 0:
            window.atlas_place.show_chosen()
        if number % 5 == 0:
            context.shown.set_layer(next(layers))
        if number % 4 == 0:
            program.clinic.open_patient(next(ids))
        _settle(program)
        window.go_to(next(places))
        _settle(program)
        if number % 10 == 9:
            gc.collect()
            resident.append(_resident_mb())
            widgets.append(len(QApplication.allWidgets()))
    third = max(1, len(resident) // 3)
    middle, end = statistics.median(resident[third : 2 * third]), statistics.median(resident[-third:])
    sys.stderr.write(
        f"\nmemory by tens of rounds, MB: {[round(each) for each in resident]}, widgets: {widgets}\n"
    )
    assert end < middle * GROWTH, resident
    assert statistics.median(widgets[-third:]) < statistics.median(widgets[:third]) * 1.05 + 20, widgets
