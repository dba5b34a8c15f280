"""Making a practice, the lock, and what a locked window shows: a real practice file in a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QTableView
from tests.gui.clinic.conftest import wait

from myomap.gui.practice.session import State
from myomap.records.edits import add
from myomap.records.values import Patient, new_id
from myomap.store.practice_folder import PracticeFolder

PASSPHRASE = "a made up passphrase"
NAME = "Zzyzx Invented-Patient"


class Gate:
    def __init__(self, window: Any, folder: Path) -> None:
        from myomap.gui.clinic import Clinic
        from myomap.gui.practice.session import Session

        self.window = window
        self.clinic = window.clinic = Clinic(window, Session(lambda: PracticeFolder(folder)))
        self.session = self.clinic.session
        self.asked: list[Any] = []
        window.context.prompts.ask = lambda *given, **_: self.asked.append(given)
        window.context.prompts.save_file = lambda title, start, kinds, on_chosen: self.asked.append(on_chosen)
        wait(lambda: self.session.state is not State.LOOKING)
        window.go_to("patients")

    @property
    def gate(self) -> Any:
        return self.clinic._late["patients"].gated.gate

    def make(self) -> None:
        page = self.gate.welcome
        page.practice_name.setText("Test practice")
        page.person.setText("Test Clinician")
        page.licence.setText("L-1")
        page.certified.setChecked(True)
        page.certificate.setText("DN-1")
        page.first.setText(PASSPHRASE)
        page.second.setText(PASSPHRASE)
        page.go.click()
        wait(lambda: bool(self.gate.recovery.key.text()), 30)

    def enter(self) -> None:
        self.make()
        self.gate.recovery.go.click()
        wait(lambda: self.session.is_open)
        self.idle()

    def idle(self) -> None:
        wait(lambda: not self.session.worker.busy and not self.window.context.pool.busy)
        QApplication.processEvents()


@pytest.fixture
def gate(window: Any, tmp_path: Path) -> Iterator[Gate]:
    made = Gate(window, tmp_path / "practice")
    yield made
    made.idle()
    made.session.close()


def _words(window: Any) -> str:
    """Return every word in the window, seen or not."""
    said = [window.windowTitle()]
    said += [w.text() for w in window.findChildren(QLabel)]
    said += [w.text() for w in window.findChildren(QLineEdit)]
    said += [w.toPlainText() for w in window.findChildren(QPlainTextEdit)]
    for table in window.findChildren(QTableView):
        model = table.model()
        said += [str(model.index(r, 0).data()) for r in range(model.rowCount())]
    for widget in QApplication.topLevelWidgets():
        said.append(widget.windowTitle())
    said += [b.text() for b in window.findChildren(type(window.atlas_place.tree_button))]
    said += [b.toolTip() for b in window.findChildren(type(window.atlas_place.tree_button))]
    return "\n".join(said)


def test_first_start_makes_a_practice_with_recovery_key_and_certification(gate: Gate) -> None:
    assert gate.session.state is State.NONE
    gate.make()
    key = gate.gate.recovery.key.text()
    assert len(key) > 20
    gate.gate.recovery.go.click()
    wait(lambda: gate.session.is_open)
    assert gate.gate.recovery.key.text() == ""
    assert gate.session.actor.name == "Test Clinician"
    assert gate.session.actor.needling_certificate == "DN-1"
    assert gate.session.settings.name == "Test practice"


def test_recovery_key_is_saved_as_a_file_when_asked(gate: Gate, tmp_path: Path) -> None:
    gate.make()
    key = gate.gate.recovery.key.text()
    gate.gate.recovery.save.click()
    gate.asked.pop()(tmp_path / "key.txt")
    assert key in (tmp_path / "key.txt").read_text("utf-8")
    gate.gate.recovery._write(tmp_path / "no such folder" / "key.txt")  # says so, keeps the key
    assert gate.gate.recovery.key.text() == key


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_made(gate: Gate, tmp_path: Path) -> None:
    page = gate.gate.welcome
    page.first.setText("short")
    page.certified.setChecked(True)
    page.until.setText("31.2.2030")
    page.go.click()
    assert "name is missing" in page._fields["name"].problem.text()
    assert "at least" in page._fields["first"].problem.text()
    assert "not a day" in page._fields["needling_until"].problem.text()
    page.first.setText(PASSPHRASE)
    page.second.setText(PASSPHRASE + "!")
    page.go.click()
    assert "not the same" in page._fields["second"].problem.text()
    assert not (tmp_path / "practice").exists()


def test_wrong_passphrase_says_so_and_waits_and_the_right_one_opens_again(gate: Gate) -> None:
    gate.enter()
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    page = gate.gate.unlock
    page.passphrase.setText("not the passphrase")
    page.go.click()
    wait(lambda: bool(page.field.problem.text()), 30)
    assert "Try again in" in page.field.problem.text()
    assert not page.go.isEnabled()
    wait(lambda: page.go.isEnabled(), 30)
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.session.is_open, 30)


def test_locked_window_holds_no_word_of_a_patient_and_unlocking_brings_the_visit_back(gate: Gate) -> None:
    gate.enter()
    practice = gate.session.practice
    patient = Patient(new_id(), NAME, alerts=("invented alert",))
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id)
    gate.clinic.patients_place()
    gate.clinic.open_patient(patient.id)
    gate.idle()
    gate.clinic.open_visit(visit.visit.id)
    wait(lambda: gate.clinic.desk.record is not None)
    gate.clinic.visit.top.reason.setText("a planted reason")
    gate.idle()
    assert NAME in _words(gate.window)
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    gate.idle()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    words = _words(gate.window)
    for planted in (NAME, "invented alert", "a planted reason"):
        assert planted not in words
    page = gate.clinic._late["visit"].gated.gate.unlock
    wait(lambda: QApplication.focusWidget() is page.passphrase)  # what is typed now goes nowhere else
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.clinic.desk.record is not None, 30)
    assert gate.clinic.desk.record.visit.reason == "a planted reason"  # typed just before the lock
    assert gate.window.windowTitle() == "Myomap"


def test_nobody_there_locks_by_the_wall_clock(gate: Gate, monkeypatch: Any) -> None:
    gate.enter()
    idle = gate.session.practice._idle  # type: ignore[attr-defined]
    monkeypatch.setattr(type(idle), "idle_s", lambda self: 60 * 11)
    gate.session.check_idle()
    wait(lambda: gate.session.state is State.LOCKED)


def test_atlas_works_while_the_practice_is_shut(gate: Gate) -> None:
    gate.window.go_to("atlas")
    gate.window.atlas_place.search.setFocus()
    assert gate.window.search("trapezius")
    assert gate.clinic._find_patients("test") == []


def test_question_asked_while_it_locks_is_dropped_without_a_message(gate: Gate) -> None:
    gate.enter()
    told: list[Any] = []
    gate.window.context.prompts.tell = told.append
    practice = gate.session.practice
    gate.session.worker.run(practice.lock, lambda _: None)
    gate.session.read(lambda p: p.search("x"), lambda _: None)  # the window does not know yet
    wait(lambda: gate.session.state is State.LOCKED)
    gate.idle()
    assert told == []
