"""Work off the window's thread."""

import gc
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QObject

from myomap.gui.garbage import collect_on_this_thread
from myomap.gui.workers import Pool

ROOT = Path(__file__).parents[2]

_IMPORT_THEN_USE = """
import sys, threading, time
from PySide6.QtCore import QCoreApplication
from myomap.gui.workers import Pool

app = QCoreApplication([])
pool = Pool(threads=1)
seen = []

own, stay = threading.local(), threading.Event()

def load():
    import contourpy, numpy
    own.kept = "from the first job"
    return threading.get_ident()

def use():
    import contourpy, numpy
    assert own.kept == "from the first job"
    z = numpy.zeros((8, 8))
    z[3:5, 3:5] = 1
    mask = numpy.zeros((8, 8), bool)
    made = contourpy.contour_generator(z=numpy.ma.array(z, mask=mask), name="serial").lines(0.5)
    return threading.get_ident(), len(made)

for work in (load, use, use):
    pool.run(work, seen.append, seen.append)
    end = time.monotonic() + 30
    while pool.busy and time.monotonic() < end:
        app.processEvents()
    # another thread takes the memory that a state which was given up leaves behind
    threading.Thread(target=stay.wait, daemon=True).start()
stay.set()
first, second, third = seen
assert second == third == (first, 1), seen
pool.stop()
"""


def test_what_one_job_imported_a_later_job_on_the_same_thread_can_use() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", _IMPORT_THEN_USE],
        env={"PYTHONPATH": str(ROOT / "app"), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_nothing_is_delivered_to_a_page_that_is_gone(qapp: Any) -> None:
    pool, page, stays = Pool(threads=1), QObject(), QObject()
    heard: list[str] = []
    pool.run(lambda: 1, lambda _: heard.append("gone"), lambda _: heard.append("gone"), owner=page)
    pool.run(lambda: 1 / 0, lambda _: heard.append("gone"), lambda _: heard.append("gone"), owner=page)
    pool.run(lambda: 1, lambda _: heard.append("there"), owner=stays)
    shiboken6.delete(page)
    end = time.monotonic() + 10
    while pool.busy and time.monotonic() < end:
        qapp.processEvents()
    pool.stop()
    assert heard == ["there"]


def test_a_call_that_is_done_holds_nothing_any_more(qapp: Any) -> None:
    """What it held may be a patient's visits; of Qt's jobs some stay behind as Python objects."""

    class Held:
        pass

    alive: weakref.WeakSet[Held] = weakref.WeakSet()
    pool = Pool(threads=3)

    def run() -> None:
        held = Held()
        alive.add(held)
        pool.run(lambda: len(str(held)), lambda _: None)

    for _ in range(4):
        for _ in range(200):
            run()
        end = time.monotonic() + 20
        while pool.busy and time.monotonic() < end:
            qapp.processEvents()
    pool.stop()
    gc.collect()
    assert len(alive) == 0


def test_what_a_dead_page_leaves_is_never_collected_in_a_worker(qapp: Any) -> None:
    """Qt objects that die beside the window's thread take the program with them."""
    collect_on_this_thread(qapp)
    died: list[int] = []

    class Page:
        def __init__(self) -> None:
            self.itself = self  # only the collector can end it

        def __del__(self) -> None:
            died.append(threading.get_ident())

    def allocate() -> None:
        made: list[list[object]] = []
        for _ in range(100_000):  # far beyond every threshold
            made.append([])
            made[-1].append(made[-1])

    pool = Pool(threads=1)
    Page()
    pool.run(allocate, lambda _: None)
    end = time.monotonic() + 30
    while (pool.busy or not died) and time.monotonic() < end:
        qapp.processEvents()
    pool.stop()
    assert died == [threading.get_ident()]
