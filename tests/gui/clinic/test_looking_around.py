"""Looking around with invented patients in the window: offered at the gate, marked all the time, then gone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait

from myomap.gui.practice.looking_around import WORDS
from myomap.gui.practice.session import State
from myomap.store import key_file
from myomap.store.invented import folder as invented
from myomap.store.invented.folder import InventedFolder
from myomap.store.practice_folder import PracticeFolder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder; the invented practice is quickly made and has one patient."""
    from myomap.records.edits import add
    from myomap.records.values import Patient, new_id

    monkeypatch.setattr(key_file, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_file, "PASSES", 1)
    monkeypatch.setattr(
        invented,
        "_fill",
        lambda practice, atlas, today: practice.apply(add(Patient(new_id(), "Test Patient 01"))),
    )
    return tmp_path


class Around(Gate):
    """A window at the gate of a home folder, with invented patients to be had."""

    def __init__(self, window: Any, home: Path, *, at_once: bool = False) -> None:
        from myomap.gui.clinic import Clinic
        from myomap.gui.practice.session import Session

        self.window, self.home, self.folder = window, home, home / "practice"
        window.context.look_around = at_once
        self.clinic = window.clinic = Clinic(
            window, Session(lambda: PracticeFolder(self.folder)), invent=lambda: InventedFolder(home)
        )
        self.session = self.clinic.session
        self.asked: list[Any] = []
        window.context.prompts.ask = lambda *given, **_: self.asked.append(given)
        wait(lambda: self.session.state is not State.LOOKING)
        window.go_to("patients")

    @property
    def banner(self) -> Any:
        return self.clinic.around.banner

    def begin(self) -> None:
        self.gate.welcome.around.click()
        wait(lambda: self.session.is_open, 30)
        self.idle()

    @property
    def left(self) -> list[str]:
        """What of the invented practice lies on the disk."""
        return [str(p) for p in (self.home / "invented").rglob("*")]


@pytest.fixture
def around(window: Any, home: Path) -> Iterator[Around]:
    made = Around(window, home)
    yield made
    made.session.close()


def test_the_gate_offers_it_and_the_window_says_all_the_time_what_it_is(around: Around) -> None:
    assert around.session.state is State.NONE
    assert around.banner.isHidden()
    around.begin()
    for place in ("atlas", "visit", "patients"):
        around.window.go_to(place)
        QApplication.processEvents()
        assert around.banner.isVisibleTo(around.window)
        assert around.banner.words.text() == WORDS
    assert around.window.windowTitle() == "Invented patients"
    assert around.clinic.patients.list.model.rowCount() == 1


def test_at_the_end_it_is_asked_and_then_nothing_is_left(around: Around) -> None:
    around.begin()
    assert around.left
    around.banner.end.click()
    assert around.session.is_open, "not before it is meant"
    (asked,) = around.asked
    asked[3]()
    wait(lambda: around.session.state is State.NONE)
    around.idle()
    assert around.left == []
    assert around.banner.isHidden()
    assert around.window.windowTitle() == "Myomap"
    assert not around.folder.exists()


def test_closing_the_window_throws_it_away(around: Around) -> None:
    around.begin()
    around.session.close()
    assert around.left == []


def test_its_lock_asks_for_no_passphrase_and_says_so(around: Around) -> None:
    around.begin()
    around.session.lock()
    around.idle()
    assert around.session.state is State.LOCKED
    assert around.banner.isVisibleTo(around.window)
    page = around.gate.unlock
    assert not page.field.isVisibleTo(page)
    assert not page.forgot.isVisibleTo(page)
    page.go.click()
    wait(lambda: around.session.is_open)
    assert around.gate.unlock.where.text() == "These are invented patients: no passphrase is asked."


def test_it_says_nothing_of_whether_the_real_passphrase_must_be_asked(around: Around) -> None:
    settings = around.window.context.settings
    settings.ask_passphrase = True
    around.begin()
    assert settings.ask_passphrase, "looking around is no way round the lock"
    settings.ask_passphrase = False
    around.session.lock()
    around.idle()
    assert not settings.ask_passphrase


def test_asked_for_at_the_start_the_practice_that_is_kept_stays_shut(window: Any, home: Path) -> None:
    from myomap.store.invented.patients import clinician

    real = PracticeFolder(home / "practice")
    real.create(PASSPHRASE, name="Test practice", owner=clinician())[0].close()
    before = (home / "practice" / "records.db").read_bytes()
    made = Around(window, home, at_once=True)
    try:
        wait(lambda: made.session.is_open, 30)
        assert made.session.settings.name != "Test practice"
        assert not made.banner.isHidden()
        made.clinic.around.end()
        wait(lambda: made.session.state is State.SHUT)
        made.idle()
        assert made.left == []
        assert made.gate.unlock.field.isVisibleTo(made.gate.unlock)
    finally:
        made.session.close()
    assert (home / "practice" / "records.db").read_bytes() == before


def test_what_cannot_be_made_is_said_and_the_gate_is_there_again(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    from myomap.records.errors import SaveError

    def full(*_: Any) -> None:
        raise SaveError("The disk is full.", todo="Make room.")

    monkeypatch.setattr(invented, "_fill", full)
    around.gate.welcome.around.click()
    wait(lambda: around.session.state is State.FAILED)
    assert "The disk is full" in around.gate.failed.title.text()
    around.gate.failed.again.click()
    wait(lambda: around.session.state is State.NONE)
    around.idle()
    assert around.left == []


def test_the_palette_leads_there_but_never_away_from_an_open_practice(around: Around) -> None:
    told: list[Any] = []
    around.window.context.prompts.tell = told.append
    deed = around.window._actions["look-around"][1]
    deed()
    wait(lambda: around.session.is_open, 30)
    around.idle()
    deed()  # already there
    assert told == []
    around.clinic.around.end()
    wait(lambda: around.session.state is State.NONE)
    around.enter()  # a practice of their own
    deed()
    assert "--demo" in told[-1].text
    assert around.session.invented is None
    assert around.session.settings.name == "Test practice"
