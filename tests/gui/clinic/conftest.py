"""The window with an open practice in memory, on the paper doll's atlas."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.gates import Gate, wait
from tests.gui.leftovers import no_widgets_left

from myomap.records.edits import add
from myomap.records.values import Patient, Sex, new_id
from myomap.store import key_file
from myomap.store.memory_practice import memory_practice

#: No test asks the developer's own keyring.
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


class Bench:
    """A window, its clinic, an invented patient and shortcuts for tests."""

    def __init__(self, window: Any, practice: Any) -> None:
        self.window, self.practice = window, practice
        self.clinic = window.clinic
        self.asked: list[tuple[str, Callable[[], None]]] = []
        self.told: list[Any] = []
        window.context.prompts.ask = lambda title, text, yes, on_yes, danger=False: self.asked.append(
            (title, on_yes)
        )
        window.context.prompts.tell = self.told.append
        self.session = self.clinic.session
        self.session.take(practice)
        self.wait(lambda: self.session.is_open and self.session._practice is practice)
        self.idle()
        self.patient = Patient(new_id(), "Test Patient 01", sex=Sex.MALE)
        practice.apply(add(self.patient))

    wait = staticmethod(wait)

    @property
    def desk(self) -> Any:
        return self.clinic.desk

    @property
    def visit(self) -> Any:
        return self.clinic.visit

    def idle(self) -> None:
        """Wait until everything is saved and shown."""
        self.wait(lambda: not self.session.worker.busy and not self.window.context.pool.busy)
        QApplication.processEvents()

    def begin(self, *, copy_forward: bool = False) -> Any:
        """Begin a visit and put it on the desk."""
        record = self.practice.new_visit(self.patient.id, map_version="doll-1", copy_forward=copy_forward)
        self.clinic.open_visit(record.visit.id)
        for panel, name in zip(self.visit.maps.panels, ("anterior", "posterior"), strict=True):
            panel.show_view(name)
        self.wait(lambda: self.desk.record is not None and self.desk.record.visit.id == record.visit.id)
        self.settle()
        self.visit.maps.pad.intensity = 5  # as if somebody had said so: most tests draw
        return self.visit

    def settle(self) -> None:
        """Wait until the visit's maps are read."""
        self.wait(lambda: all(panel.map.sheet is not None for panel in self.visit.maps.panels))
        self.idle()

    def kept(self) -> Any:
        """Return the visit as it is in the database."""
        self.idle()
        return self.practice.visit(self.desk.record.visit.id)

    def answer(self) -> None:
        """Say yes to the last question."""
        self.asked.pop()[1]()


class _NoPlace:
    where = "nowhere"

    def exists(self) -> bool:
        return False

    def wait_s(self) -> float:
        return 0.0

    def can_remember(self) -> bool:
        return False


@pytest.fixture(scope="module")
def shared_window(qapp: Any, doll_files: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """One window for a module's tests: making it is the slow part."""
    from myomap.bootstrap import make_context, make_window
    from myomap.gui.clinic import Clinic
    from myomap.gui.picture import settle
    from myomap.gui.practice.session import Session
    from myomap.gui.theme import ThemeName
    from myomap.store.atlas_file import AtlasFile

    with no_widgets_left():
        context = make_context(tmp_path_factory.mktemp("home"))
        context.look.choose(ThemeName.LIGHT)
        window = make_window(context, doll_files[1])
        window.resize(1280, 800)
        window.show()
        atlas = AtlasFile(*doll_files)
        window.set_atlas(atlas)
        settle(window)
        window.clinic = Clinic(window, Session(lambda: _NoPlace()))
        wait(lambda: window.clinic.session.state.value == "none")
        yield window
        window.close()
        atlas.close()


@pytest.fixture
def bench(shared_window: Any) -> Iterator[Bench]:
    made = Bench(shared_window, memory_practice())
    yield made
    made.idle()
    made.desk.close()
    made.desk.forget_all()
    if made.visit is not None:
        made.visit.bench.drafts.clear()
    made.session._set_state(type(made.session.state)("none"))
    made.window.stack.setCurrentIndex(0)
    made.idle()


@pytest.fixture
def gate(window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    monkeypatch.setattr(key_file, "MEMORY_KIB", 64)  # a cheap passphrase: the real cost is the store's test
    monkeypatch.setattr(key_file, "PASSES", 1)
    made = Gate(window, tmp_path / "practice")
    yield made
    made.idle()
    made.session.close()
