"""Whose a change is: who made it, also if it had to wait; and nobody signs what they have not seen or may not."""

from dataclasses import replace
from datetime import date

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import Edit, add, change
from myomap.records.errors import NotAllowedError, RefusedError, RetentionError, SigningError
from myomap.records.practice import Deed
from myomap.records.values import Note, NoteSection, Practitioner, Role, new_id
from myomap.store import shelves
from myomap.store.practice_store import StoredPractice


@pytest.fixture
def second(any_practice: StoredPractice) -> Practitioner:
    made = Practitioner(new_id(), "Test Second", Role.CLINICIAN, licence_number="L-2")
    any_practice.apply(add(made))
    return made


def _visit(practice: StoredPractice) -> str:
    patient = demo_patient()
    practice.apply(add(patient))
    return practice.new_visit(patient.id).visit.id


def _note() -> Note:
    return Note(new_id(), NoteSection.TOLD, "waited")


def test_a_change_that_waited_is_its_authors_in_audit_history_and_undo(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner
) -> None:
    visit = _visit(any_practice)
    any_practice.sign_in(second.id)
    any_practice.apply(add(_note(), visit=visit), by=owner.id)
    assert [who for _, who, _ in any_practice.history(visit)] == [owner.id]
    assert any_practice.audit(limit=1)[0].actor == owner.id
    assert any_practice.undo(visit) is None  # it is not the second's to take back
    assert any_practice.undo(visit, by=owner.id) is not None
    assert any_practice.visit(visit).notes == ()
    assert any_practice.redo(visit, by=owner.id) is not None
    assert any_practice.verify_audit().is_whole


def test_nobody_writes_as_somebody_who_was_not_here(
    any_practice: StoredPractice, second: Practitioner
) -> None:
    visit = _visit(any_practice)
    for who in (second.id, "nobody at all"):
        with pytest.raises(NotAllowedError):
            any_practice.apply(add(_note(), visit=visit), by=who)
    assert any_practice.visit(visit).notes == ()


@pytest.mark.parametrize("change_of", [{"role": Role.READER}, {"archived": True}])
def test_what_waited_is_refused_where_its_author_may_not_any_more(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner, change_of: dict[str, object]
) -> None:
    visit = _visit(any_practice)
    any_practice.sign_in(second.id)
    any_practice.sign_in(owner.id)
    any_practice.apply(change(second, replace(second, **change_of)))  # type: ignore[arg-type]
    with pytest.raises(NotAllowedError):
        any_practice.apply(add(_note(), visit=visit), by=second.id)


def test_only_what_was_seen_is_signed(any_practice: StoredPractice) -> None:
    visit = _visit(any_practice)
    any_practice.apply(fill_visit(visit))
    seen = any_practice.visit(visit)
    any_practice.apply(add(_note(), visit=visit))
    with pytest.raises(SigningError, match="not seen"):
        any_practice.sign(visit, seen=seen)
    assert not any_practice.visit(visit).visit.is_signed
    any_practice.sign(visit, seen=any_practice.visit(visit))
    with pytest.raises(SigningError, match="signed already"):
        any_practice.sign(visit, seen=seen)


@pytest.mark.parametrize("change_of", [{"role": Role.ASSISTANT}, {"archived": True}])
def test_who_may_not_any_more_neither_signs_nor_amends(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner, change_of: dict[str, object]
) -> None:
    """Changed in another window: this one still holds them as they were when they signed in."""
    signed, left_open = _visit(any_practice), _visit(any_practice)
    any_practice.sign(signed)
    any_practice.sign_in(second.id)
    _behind(any_practice, change(second, replace(second, **change_of)))  # type: ignore[arg-type]
    with pytest.raises(SigningError):
        any_practice.sign(left_open)
    any_practice._actor = second
    with pytest.raises(NotAllowedError):
        any_practice.amend(signed, reason="A reason", text="A text")
    assert Deed.AMENDED not in [line.deed for line in any_practice.audit()]


def test_an_owner_who_is_none_any_more_erases_nobody_and_takes_no_pin(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner
) -> None:
    """Changed in another window: this one still holds them as they were when they signed in."""
    patient = demo_patient(2)
    any_practice.apply(add(patient))
    any_practice.sign_in(second.id)
    any_practice.set_pin("4711-x")
    any_practice.sign_in(owner.id)
    _behind(any_practice, change(owner, replace(owner, role=Role.CLINICIAN)))
    with pytest.raises(NotAllowedError):
        any_practice.erase_patient(patient.id, reason="asked for")
    any_practice._actor = owner
    with pytest.raises(NotAllowedError):
        any_practice.remove_pin(second.id)
    assert any_practice.patient(patient.id) == patient
    assert any_practice.has_pin(second.id)


def test_a_record_is_kept_as_long_as_another_window_has_set_meanwhile(any_practice: StoredPractice) -> None:
    patient = demo_patient(3)
    any_practice.apply(add(patient))
    any_practice.new_visit(patient.id, on=date(2020, 1, 1))
    short = replace(any_practice.settings, retention_years=1)
    any_practice.apply(change(any_practice.settings, short))
    assert any_practice.settings == short  # and it is remembered
    _behind(any_practice, change(short, replace(short, retention_years=90)))
    with pytest.raises(RetentionError):
        any_practice.erase_patient(patient.id, reason="asked for")
    assert any_practice.patient(patient.id) == patient


def _behind(practice: StoredPractice, edit: Edit) -> None:
    """Change something as another window would, which this one does not hear of."""
    with practice.database.write() as tx:
        for each in edit.changes:
            shelves.write(tx, each)


@pytest.mark.parametrize("change_of", [{"role": Role.READER}, {"archived": True}])
def test_a_practice_is_never_left_without_an_owner(
    any_practice: StoredPractice, owner: Practitioner, second: Practitioner, change_of: dict[str, object]
) -> None:
    """Whoever made themselves a reader by mistake could not even take that back."""
    resigned = change(owner, replace(owner, **change_of))  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="needs an owner"):
        any_practice.apply(resigned)
    assert any_practice.practitioners()[0].role is Role.OWNER
    any_practice.apply(add(demo_patient()))  # and they still work
    other = replace(second, role=Role.OWNER)
    any_practice.apply(change(second, other))
    any_practice.apply(resigned)
    any_practice.sign_in(other.id)
    with pytest.raises(RefusedError, match="needs an owner"):
        any_practice.apply(change(other, second))
    assert [each.id for each in any_practice.practitioners() if each.role is Role.OWNER] == [other.id]


def test_the_same_amendment_added_once_more_is_one(memory: StoredPractice) -> None:
    """A server can hang up after it has written and before it has said so; an amendment can never be taken away."""
    visit = _visit(memory)
    memory.sign(visit)
    for text in ("The left side, too.", "The left side, too.", "And the right."):
        memory.amend(visit, reason="forgotten", text=text)
    assert [each.text for each in memory.visit(visit).amendments] == ["The left side, too.", "And the right."]
    assert memory.verify_audit().is_whole
