"""What could not be saved when the program ended: it is offered, saved as its author's, asked about, or thrown away."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait, words_of
from tests.gui.clinic.test_looking_around import Around, home
from tests.gui.clinic.test_waiting_changes import FULL, Disk, _type, disk

from myomap.gui.practice.outliving import _Kept, _leave
from myomap.gui.practice.session import State
from myomap.gui.visit.desk import Saving
from myomap.records.edits import Edit, add, change
from myomap.records.values import Note, NoteSection, Patient, Practitioner, Role, new_id
from myomap.records.waiting import Author, Step, WaitingVisit
from myomap.store.practice_folder import PracticeFolder

__all__ = ["disk", "home"]
NAME, TYPED = "Zzyzx Invented-Patient", "typed before the end"


def _enter(gate: Gate) -> tuple[Any, Patient, str]:
    gate.enter()
    practice = gate.session.practice
    patient = Patient(new_id(), NAME)
    practice.apply(add(patient))
    return practice, patient, practice.new_visit(patient.id).visit.id


def _leave_behind(gate: Gate, patient: Patient, visit: str, *edits: Edit) -> Practitioner:
    """Have a program that ended leave something behind, of another person."""
    practice = PracticeFolder(gate.folder).open(PASSPHRASE)
    author = Practitioner(new_id(), "Test Second", Role.CLINICIAN)
    practice.apply(add(author))
    steps = tuple(Step(edit, Author(author.id, author.name), datetime.now(UTC)) for edit in edits)
    room = practice.waiting_room()
    assert room is not None
    room.keep([WaitingVisit(visit, patient.id, steps)])
    room.close()
    practice.close()
    return author


def _note(visit: str, words: str = TYPED) -> Edit:
    return add(Note(new_id(), NoteSection.OTHER, words), visit=visit)


def _reopen(gate: Gate) -> None:
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED and not gate.session.worker.busy)
    gate.session.open(PASSPHRASE, lambda error: None)
    wait(lambda: gate.session.state in (State.OPEN, State.WHO), 30)
    if gate.session.state is State.WHO:
        gate.session.sign_in(gate.session.people[0].id, lambda error: None)
    wait(lambda: gate.session.is_open, 30)
    gate.idle()


def _files(gate: Gate) -> list[Any]:
    return list((gate.folder.parent / "waiting").rglob("edits.sealed"))


def test_what_was_left_behind_is_offered_with_its_patient_author_and_time_and_saved_as_theirs(
    gate: Gate,
) -> None:
    practice, patient, visit = _enter(gate)
    author = _leave_behind(gate, patient, visit, _note(visit))
    banner = gate.clinic._late["patients"].left
    assert banner.isHidden()
    _reopen(gate)
    wait(lambda: not banner.isHidden())
    said = banner.visits.text()
    for words in (
        NAME,
        str(practice.visit(visit).visit.on),
        "one change by Test Second",
        f"{datetime.now():%Y-%m-%d}",
    ):
        assert words in said
    assert TYPED not in said
    banner.show_words.click()
    assert TYPED in banner.typed.toPlainText()
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED and not gate.session.worker.busy)
    for secret in (NAME, TYPED):
        assert secret not in words_of(gate.window)
    _reopen(gate)
    wait(lambda: not banner.isHidden())  # nobody has decided: it is offered again
    assert not practice.visit(visit).notes
    banner.save.click()
    wait(lambda: banner.isHidden() and not gate.clinic.desk.unsaved and not gate.clinic.outliving.busy)
    assert [note.text for note in practice.visit(visit).notes] == [TYPED]
    assert [who for _, who, _ in practice.history(visit)] == [author.id]
    assert not _files(gate)


def test_what_somebody_changed_since_is_asked_about_and_stays_kept_until_then(gate: Gate) -> None:
    practice, patient, visit = _enter(gate)
    note = Note(new_id(), NoteSection.OTHER, "first")
    practice.apply(add(note, visit=visit))
    _leave_behind(gate, patient, visit, change(note, replace(note, text=TYPED), visit=visit))
    practice.apply(change(note, replace(note, text="theirs"), visit=visit))
    _reopen(gate)
    banner = gate.clinic._late["patients"].left
    wait(lambda: not banner.isHidden())
    banner.save.click()
    away = gate.clinic._late["patients"].banner
    wait(lambda: not away.choose.isHidden() and gate.clinic.outliving.is_safe)
    assert len(_files(gate)) == 1  # killed now, it would be offered again
    away.choose.click()
    wait(lambda: gate.clinic.desk.record is not None and not gate.clinic.visit.conflict.isHidden(), 30)
    gate.clinic.desk.keep_both()
    wait(lambda: not gate.clinic.desk.unsaved and not gate.clinic.outliving.busy)
    assert practice.visit(visit).notes[0].text == f"theirs / {TYPED}"
    assert not _files(gate)


def test_what_was_left_behind_can_be_thrown_away_after_a_question(gate: Gate) -> None:
    practice, patient, visit = _enter(gate)
    _leave_behind(gate, patient, visit, _note(visit))
    _reopen(gate)
    banner = gate.clinic._late["patients"].left
    wait(lambda: not banner.isHidden())
    banner.throw_away.click()
    assert _files(gate)
    gate.asked[-1][3]()
    wait(lambda: banner.isHidden() and not gate.clinic.outliving.busy)
    assert not _files(gate)
    assert not practice.visit(visit).notes


def test_closing_says_that_what_waits_is_kept_and_it_is_there_at_the_next_opening(
    gate: Gate, disk: Disk
) -> None:
    _, _, visit = _enter(gate)
    clinic = gate.clinic
    clinic.open_visit(visit)
    wait(lambda: clinic.desk.record is not None, 30)
    gate.idle()
    disk.is_full = True
    _type(clinic.visit, TYPED)
    wait(lambda: clinic.desk.saving is Saving.WAITING)
    wait(lambda: "encrypted on this computer" in clinic._late["patients"].banner.words.text())
    gate.window.close()
    wait(lambda: bool(gate.asked))
    assert FULL in gate.asked[-1][1]
    assert "kept encrypted on this computer" in gate.asked[-1][1]
    assert gate.asked[-1][2] == "Close"
    gate.asked[-1][3]()
    disk.is_full = False
    opened = PracticeFolder(gate.folder).open(PASSPHRASE)
    (left,) = opened.left_behind().visits
    assert left.waiting.edits[0].changes[0].after.text == TYPED
    opened.close()


def test_where_it_cannot_be_kept_the_window_says_so(
    gate: Gate, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, visit = _enter(gate)
    clinic = gate.clinic
    clinic.open_visit(visit)
    wait(lambda: clinic.desk.record is not None, 30)
    gate.idle()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("myomap.store.waiting_room.write_whole", full)
    disk.is_full = True
    _type(clinic.visit, TYPED)
    banner = clinic._late["patients"].banner
    wait(lambda: "in memory only" in banner.words.text())
    assert "Keep this window open" in banner.words.text()
    assert "No space left" in banner.words.text()
    gate.window.close()
    wait(lambda: bool(gate.asked))
    assert "would be lost" in gate.asked[-1][1]
    assert gate.asked[-1][2] == "Close and lose it"
    disk.is_full = False
    clinic.desk.try_again()
    wait(lambda: not clinic.desk.unsaved)


def test_what_waits_goes_into_no_other_practice(gate: Gate, disk: Disk) -> None:
    """A line that waited when the window went to other records was once tried in them, and its words laid aside."""
    practice, _, visit = _enter(gate)
    clinic = gate.clinic
    clinic.open_visit(visit)
    wait(lambda: clinic.desk.record is not None, 30)
    gate.idle()
    disk.is_full = True
    _type(clinic.visit, TYPED)
    wait(lambda: clinic.outliving.is_safe)
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED and not gate.session.worker.busy)
    disk.is_full = False
    tried: list[Edit] = []
    other, _ = PracticeFolder(gate.folder.parent / "other").create(
        PASSPHRASE, name="Other practice", owner=Practitioner(new_id(), "Test Other", Role.OWNER)
    )
    other.apply = lambda edit, **_: tried.append(edit)  # type: ignore[method-assign, assignment]
    gate.session.take(other, PracticeFolder(gate.folder.parent / "other"))
    wait(lambda: gate.session.is_open)
    gate.idle()
    clinic.desk.try_again()
    gate.idle()
    assert not tried
    assert clinic.desk.waiting is not None
    assert not clinic.desk.aside
    assert "saved once the practice is open again" in clinic._late["patients"].banner.words.text()
    practice.unlock(PASSPHRASE)
    gate.session.take(practice, PracticeFolder(gate.folder))
    wait(lambda: gate.session.is_open and not clinic.desk.unsaved)
    assert [note.text for note in practice.visit(visit).notes] == [TYPED]
    other.close()


def test_what_waits_of_invented_patients_goes_with_them(window: Any, home: Any, disk: Disk) -> None:
    around = Around(window, home)
    around.begin()
    clinic, session = around.clinic, around.session
    (line,) = session.practice.search("")
    clinic.open_visit(session.practice.new_visit(line.id).visit.id)
    wait(lambda: clinic.desk.record is not None, 30)
    around.idle()
    disk.is_full = True
    _type(clinic.visit, TYPED)
    wait(lambda: clinic.desk.saving is Saving.WAITING)
    wait(lambda: "in memory only" in clinic._late["patients"].banner.words.text())  # nothing of them is kept
    clinic.around.end()
    wait(lambda: session.state is State.NONE)
    assert not clinic.desk.unsaved
    assert clinic._late["patients"].banner.isHidden()
    session.close()
    assert not list(home.rglob("edits.sealed"))


class _Room:
    """A room of which only whether it was emptied counts."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def keep(self, visits: Sequence[WaitingVisit]) -> None:
        self.told.append(f"keep {len(visits)}")

    def drop_left(self) -> None:
        self.told.append("drop")

    def release_left(self) -> None:
        self.told.append("release")

    def close(self) -> None:
        self.told.append("close")


@pytest.mark.parametrize(("is_kept_now", "told"), [(True, ["keep 0", "drop", "close"]), (False, ["close"])])
def test_what_waits_leaves_its_old_room_only_once_it_lies_in_the_new_one(
    is_kept_now: bool, told: list[str]
) -> None:
    old, new = _Room(), _Room()
    _leave(_Kept(old, left_is_done=True), _Kept(new, visits=() if is_kept_now else None))
    assert old.told == told
