"""Changes that could not be saved when somebody else takes over: nothing is lost, all are told, each is its author's."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait, words_of

from myomap.gui.practice.away import AwayBanner
from myomap.gui.practice.session import State
from myomap.gui.visit.desk import Saving
from myomap.records.edits import add, change
from myomap.records.errors import SaveError
from myomap.records.forward import remove_visit
from myomap.records.practice import Deed
from myomap.records.values import Note, NoteSection, Patient, Practitioner, Role, new_id
from myomap.store.practice_store import StoredPractice

FULL = "The disk is full."
TYPED = "typed while the disk was full"


class Disk:
    """Is full or not, as a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        really: Callable[..., Any] = StoredPractice.apply

        def apply(practice: StoredPractice, *given: Any, **named: Any) -> Any:
            if self.is_full:
                raise SaveError(FULL, todo="Free some space.")
            return really(practice, *given, **named)

        monkeypatch.setattr(StoredPractice, "apply", apply)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    made = Disk(monkeypatch)
    yield made
    made.is_full = False


def _second(bench: Any) -> Practitioner:
    other = Practitioner(new_id(), "Test Second", Role.CLINICIAN, licence_number="L-2")
    bench.session.apply(add(other), lambda: None, lambda error: None)
    bench.wait(lambda: len(bench.session.people) == 2)
    return other


def _become(bench: Any, who: Practitioner) -> None:
    bench.session.change_person()
    bench.wait(lambda: bench.session.state is State.WHO)
    bench.session.sign_in(who.id, lambda error: None)
    bench.wait(lambda: bench.session.is_open and bench.session.actor.id == who.id)
    bench.idle()


def _type(visit: Any, words: str) -> None:
    visit.open_step("plan")
    note = visit.steps["plan"].notes[NoteSection.OTHER]
    note.setPlainText(words)
    note.flush()


def _authors(bench: Any, visit: str) -> list[tuple[str, str]]:
    return [(who, label) for _, who, label in bench.practice.history(visit)]


def test_words_told_when_the_practice_has_locked_already_wait_for_it(bench: Any) -> None:
    visit = bench.begin()
    where = bench.desk.record.visit.id
    visit.open_step("plan")
    visit.steps["plan"].notes[NoteSection.OTHER].setPlainText(TYPED)
    bench.session._set_state(State.LOCKED)  # it locked by itself, and a list found out
    assert bench.desk.record is None
    assert bench.desk.unsaved
    bench.session._set_state(State.OPEN)
    bench.idle()
    assert [note.text for note in bench.practice.visit(where).notes] == [TYPED]


def test_a_change_that_waited_is_saved_as_its_authors_when_somebody_else_works(
    bench: Any, disk: Disk
) -> None:
    first, second = bench.session.actor, _second(bench)
    visit = bench.begin()
    where = bench.desk.record.visit.id
    disk.is_full = True
    _type(visit, TYPED)
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    _become(bench, second)
    disk.is_full = False
    bench.desk.try_again()
    bench.idle()
    assert [note.text for note in bench.practice.visit(where).notes] == [TYPED]
    assert _authors(bench, where) == [(first.id, "Note")]
    changed = next(line for line in bench.practice.audit(subject=where) if line.deed is Deed.CHANGED)
    assert changed.actor == first.id
    assert not bench.desk.unsaved


def test_what_two_people_typed_into_one_visit_that_waits_is_each_ones_own(bench: Any, disk: Disk) -> None:
    """It once went into the first one's line, and was saved under their name."""
    first, second = bench.session.actor, _second(bench)
    visit = bench.begin()
    where = bench.desk.record.visit.id
    disk.is_full = True
    _type(visit, TYPED)
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    _become(bench, second)
    bench.clinic.open_visit(where)
    bench.wait(lambda: bench.desk.record is not None)
    bench.idle()
    assert bench.desk.record.notes[0].text == TYPED  # the second sees what waits
    visit.top.reason.setText("their own words")
    visit.top.reason.flush()
    bench.idle()
    disk.is_full = False
    bench.desk.try_again()
    bench.idle()
    record = bench.practice.visit(where)
    assert (record.notes[0].text, record.visit.reason) == (TYPED, "their own words")
    assert [who for who, _ in _authors(bench, where)] == [first.id, second.id]


def test_everybody_is_told_whose_changes_wait_since_when_and_why(bench: Any, disk: Disk) -> None:
    second = _second(bench)
    visit = bench.begin()
    banner = bench.clinic._late["patients"].banner
    bench.window.go_to("patients")
    assert banner.isHidden()
    disk.is_full = True
    _type(visit, TYPED)
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    since = bench.desk.waiting.since
    _become(bench, second)
    bench.wait(lambda: FULL in banner.words.text())
    said = banner.words.text()
    assert not banner.isHidden()
    for words in ("One change by Demo Clinician", f"since {since:%H:%M}", "Keep this window open"):
        assert words in said
    assert TYPED not in said
    assert bench.patient.name not in said
    disk.is_full = False
    banner.again.click()
    bench.wait(banner.isHidden)


def test_a_change_of_somebody_who_may_not_any_more_is_laid_aside_and_its_visit_is_named_to_others(
    bench: Any, disk: Disk
) -> None:
    first, second = bench.session.actor, _second(bench)
    bench.practice.apply(change(second, owner := replace(second, role=Role.OWNER)))
    visit = bench.begin()
    where = bench.desk.record.visit.id
    banner = bench.clinic._late["patients"].banner
    bench.window.go_to("patients")
    disk.is_full = True
    _type(visit, TYPED)
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    _become(bench, owner)
    disk.is_full = False
    bench.practice.apply(change(first, replace(first, role=Role.READER)))
    bench.desk.try_again()
    bench.wait(lambda: not banner.choose.isHidden() and not banner.isHidden())
    assert not bench.practice.visit(where).notes
    banner.choose.click()
    bench.wait(lambda: not visit.aside.isHidden())
    assert TYPED in visit.aside.values.text()
    visit.aside.done.setEnabled(True)
    visit.aside.done.click()
    assert not bench.desk.unsaved


def test_the_locked_window_says_that_something_waits_and_saves_it_once_it_is_open(
    gate: Gate, disk: Disk
) -> None:
    gate.enter()
    session, clinic = gate.session, gate.clinic
    practice = session.practice
    patient = Patient(new_id(), "Zzyzx Invented-Patient")
    practice.apply(add(patient))
    where = practice.new_visit(patient.id).visit.id
    clinic.open_visit(where)
    wait(lambda: clinic.desk.record is not None, 30)
    gate.idle()
    disk.is_full = True
    _type(clinic.visit, TYPED)
    wait(lambda: clinic.desk.saving is Saving.WAITING)
    session.lock()
    wait(lambda: session.state is State.LOCKED and not session.worker.busy)
    banner = clinic._late["visit"].banner
    wait(lambda: "saved once the practice is open again" in banner.words.text())
    assert not banner.isHidden()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    for secret in (TYPED, patient.name):
        assert secret not in words_of(gate.window)
    disk.is_full = False
    session.open(PASSPHRASE, lambda error: None)
    wait(lambda: session.is_open and not clinic.desk.unsaved, 30)
    assert [note.text for note in session.practice.visit(where).notes] == [TYPED]
    wait(banner.isHidden)


def test_nobody_signs_what_another_window_changed_before_they_have_seen_it(bench: Any) -> None:
    bench.begin()
    where = bench.desk.record.visit.id
    bench.practice.apply(add(Note(new_id(), NoteSection.TOLD, "unseen words"), visit=where))
    bench.desk.sign()
    bench.wait(lambda: bool(bench.told))
    bench.idle()
    assert "you have not seen" in bench.told[-1].title + bench.told[-1].text
    assert not bench.practice.visit(where).visit.is_signed
    assert bench.desk.record.notes[0].text == "unseen words"  # now it is on the screen
    bench.desk.sign()
    bench.idle()
    assert bench.kept().visit.is_signed


def test_words_for_a_visit_that_is_gone_can_still_be_read(bench: Any, disk: Disk) -> None:
    """Removed in another window, or not in a backup that was restored: it cannot be opened to show them."""
    visit = bench.begin()
    where = bench.desk.record.visit.id
    disk.is_full = True
    _type(visit, TYPED)
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    disk.is_full = False
    bench.window.go_to("patients")
    bench.desk.close()
    bench.desk._retry.stop()
    bench.practice.apply(remove_visit(bench.practice.visit(where)))
    bench.desk.try_again()
    banner = bench.clinic._late["patients"].banner
    bench.wait(lambda: bool(bench.desk.aside) and not banner.isHidden())
    banner.choose.click()
    bench.wait(lambda: bool(bench.told))
    assert TYPED in bench.told[-1].title + bench.told[-1].text
    assert bench.desk.unsaved  # closing asks


def test_what_was_only_on_its_way_when_it_locked_is_not_said_to_wait(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tells a locked window that a change was saved: it once would have said for ever that it was not."""
    monkeypatch.setattr("myomap.gui.practice.away.LOOK_MS", 20)
    gate.enter()
    session, clinic = gate.session, gate.clinic
    patient = Patient(new_id(), "Test Patient 02")
    session.practice.apply(add(patient))
    where = session.practice.new_visit(patient.id).visit.id
    clinic.open_visit(where)
    wait(lambda: clinic.desk.record is not None, 30)
    gate.idle()
    banner = AwayBanner(session, clinic.desk)
    _type(clinic.visit, TYPED)
    session.lock()
    said: list[str] = []
    wait(lambda: said.append(banner.words.text()) or (not session.worker.busy and len(said) > 50))
    wait(lambda: not banner.words.text())
    assert banner.isHidden()
    assert said[0] == ""  # it waited before it spoke
    session.open(PASSPHRASE, lambda error: None)
    wait(lambda: session.is_open, 30)
    assert [note.text for note in session.practice.visit(where).notes] == [TYPED]
    banner.deleteLater()
