"""A whole visit by keyboard alone in a real window (Xvfb, xdotool): from the first start to the patient's page.

The test sees what the program has kept by opening the same practice file beside it: two programs, one file.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from myomap.anatomy.laterality import Laterality
from myomap.records.values import Moment, TriggerPointState, Twitch

ROOT = Path(__file__).parents[2]
PASSPHRASE = "a made up passphrase"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="needs Xvfb and xdotool (apt-get install)",
    ),
]


def _until(condition: Callable[[], Any], most_s: float = 45.0) -> Any:
    end = time.monotonic() + most_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError("it did not come about in time")
        time.sleep(0.3)


class RealWindow:
    """The program in a window of its own screen."""

    def __init__(self, home: Path) -> None:
        self.home = home
        read, write = os.pipe()
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x900x24"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        environment = os.environ | {
            "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT / "app"), "HOME": str(home),
        }  # fmt: skip
        self._environment = environment
        self._program = subprocess.Popen(
            [sys.executable, "-m", "myomap", "--home", str(home)], env=environment, stderr=subprocess.DEVNULL
        )
        self._display = display
        self._window = _until(lambda: self._xdotool("search", "--name", "^Myomap$").split())[-1]
        self.focus()

    def focus(self) -> None:
        """Do what a window manager does when a question is closed: there is none on this screen."""
        self._xdotool("windowfocus", self._window)
        time.sleep(0.5)

    def _xdotool(self, *words: str) -> str:
        made = subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, check=False
        )
        return made.stdout

    def key(self, *keys: str) -> None:
        for key in keys:
            self._xdotool("key", key)
            time.sleep(0.25)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "15", text)
        time.sleep(0.3)

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        from PIL import ImageGrab

        return tuple(ImageGrab.grab(bbox=(x, y, x + 1, y + 1), xdisplay=self._display).getpixel((0, 0)))

    def picture(self, path: Path) -> None:
        from PIL import ImageGrab

        ImageGrab.grab(xdisplay=self._display).save(path)

    def close(self) -> None:
        for process in (self._program, self._screen):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealWindow]:
    made = RealWindow(tmp_path)
    yield made
    if "MYOMAP_PICTURES" in os.environ:
        made.picture(Path(os.environ["MYOMAP_PICTURES"]) / "real-window-end.png")
    made.close()


def test_needling_of_the_right_upper_trapezius_by_keyboard(real: RealWindow) -> None:
    from pypdf import PdfReader

    from myomap.store.practice_folder import PracticeFolder

    # Ctrl+N leads to the first start once the atlas is open; the white list of muscles gives way to the page
    time.sleep(3)
    _until(
        lambda: (real.focus(), real.key("ctrl+n"), time.sleep(1), real.pixel(250, 850) != (255, 255, 255))[3],
        60,
    )
    time.sleep(1)
    for text in ("Test practice", "Test Clinician", "L-1", "Nowhere"):
        real.type(text)
        real.key("Tab")
    real.key("space", "Tab")
    real.type("DN-1")
    real.key("Tab", "Tab")
    real.type(PASSPHRASE)
    real.key("Tab")
    real.type(PASSPHRASE)
    real.key("Return")
    place = PracticeFolder(real.home / "practice")
    _until(place.exists)
    time.sleep(2)
    real.key("space")  # “I have kept it”
    practice = place.open(PASSPHRASE)
    try:
        time.sleep(2)
        real.key("ctrl+n")
        time.sleep(1)
        real.type("Test Patient 01")
        real.key("Return")
        (patient,) = _until(lambda: practice.search("test"))
        time.sleep(1.5)
        real.key("space")  # “New visit” has the keyboard
        (line,) = _until(lambda: practice.visits(patient.id))

        def kept() -> Any:
            return practice.visit(line.id)

        time.sleep(3)
        real.key("alt+Down", "alt+Down")
        time.sleep(0.5)
        real.key("Tab")
        real.type("7")
        _until(lambda: kept().pain_scores)
        real.key("alt+Down")
        time.sleep(0.7)
        real.key("Tab", "Tab")
        real.type("right upper trapezius TrP1")
        time.sleep(1)
        real.key("Return")
        _until(lambda: kept().findings)
        time.sleep(1)
        real.key("Right", "space")
        for _ in range(3):
            real.key("Tab", "Right", "space")
        _until(lambda: kept().findings[0].state is TriggerPointState.ACTIVE)
        real.key("alt+Down")
        time.sleep(0.7)
        real.key("Tab", "space")
        _until(lambda: kept().needlings)
        time.sleep(1)
        real.key("Right", "Right", "space")
        _until(lambda: kept().needlings[0].twitch is Twitch.MANY)
        real.key("alt+Down")
        time.sleep(0.5)
        real.key("Tab")
        real.type("3")
        _until(lambda: len(kept().pain_scores) == 2)
        real.key("alt+Down", "alt+Down")
        time.sleep(0.7)
        real.key("Tab", "space")
        time.sleep(1)
        real.key("Return")  # the question: Sign
        _until(lambda: kept().visit.is_signed)
        record = kept()
        time.sleep(2)
        real.focus()
        real.key("alt+Down")
        time.sleep(0.7)
        real.key("Tab", "Tab", "Tab", "space")  # explain, report, the patient's page
        time.sleep(2)
        out = real.home / "page.pdf"
        real.key("ctrl+a")
        real.type(str(out))
        real.key("Return")
        _until(out.is_file, 20)
    finally:
        practice.close()
    needling = record.needlings[0]
    assert needling.site.structure == "trapezius-descending"
    assert needling.site.laterality is Laterality.RIGHT
    assert {s.moment: s.value for s in record.pain_scores} == {Moment.BEFORE: 7, Moment.AFTER: 3}
    words = " ".join(part.extract_text() for part in PdfReader(out).pages)
    assert "right side" in words.lower()
