"""The Study place on the paper doll's atlas, with progress in a folder of the test's own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from tests.gui.waiting import wait

from myomap.gui.study.place import StudyPlace
from myomap.store.anki_package import pack, read_package
from myomap.store.study_file import StudyFile, set_aside


class Desk:
    """A window with the Study place, and what it asked and told."""

    def __init__(self, window: Any, home: Path) -> None:
        self.window = window
        self.path = home / "study.sqlite"
        self.now = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
        self.asked: list[tuple[str, str, Callable[[], None]]] = []
        self.told: list[Any] = []
        self.save_to: Path | None = None
        prompts = window.context.prompts
        prompts.ask = lambda title, text, yes, on_yes, danger=False: self.asked.append((title, text, on_yes))
        prompts.tell = self.told.append
        prompts.save_file = lambda title, start, kinds, chosen: chosen(self.save_to)
        prompts.open_file = lambda title, start, kinds, chosen: chosen(self.save_to)
        self.files: list[StudyFile] = []
        self.place = StudyPlace(
            window.context,
            self._open,
            lambda: set_aside(self.path, datetime(2026, 3, 10, 17, 0)),
            read_package,
            pack,
            now=lambda: self.now,
        )
        window.add_place("study", "Study", "study", self.place)
        window.go_to("study")

    def _open(self) -> StudyFile:
        self.files.append(StudyFile(self.path))
        return self.files[-1]

    def begin(self) -> "Desk":
        self.place.set_atlas(self.window.atlas_place.zones)
        wait(lambda: self.place.maker is not None)
        self.settle()
        return self

    def settle(self) -> None:
        """Let everything that was begun be finished."""
        wait(lambda: not self.window.context.pool.busy)
        QApplication.processEvents()
        if not self.window.isActiveWindow():  # keys go to the active window only
            self.window.activateWindow()
            wait(self.window.isActiveWindow)

    @property
    def ask(self) -> Any:
        return self.place.ask

    @property
    def file(self) -> StudyFile:
        return self.files[-1]


@pytest.fixture
def unopened(window: Any, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(window, tmp_path)
    yield made
    for file in made.files:
        file.close()


@pytest.fixture
def desk(unopened: Desk) -> Desk:
    return unopened.begin()
