"""What an open practice does, the same in memory, in an encrypted file and on a server."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import PRACTICE_SCOPE, add, change, keep_mine, remove, together
from myomap.records.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    RetentionError,
    SignedError,
    SigningError,
)
from myomap.records.forward import remove_visit
from myomap.records.practice import Deed
from myomap.records.values import (
    CLASSES,
    Kind,
    Note,
    NoteSection,
    Patient,
    Practitioner,
    Role,
    Visit,
    VisitRecord,
    kind_of,
    new_id,
)
from myomap.store.practice_store import StoredPractice


def _filled(practice: StoredPractice, number: int = 1) -> tuple[Patient, VisitRecord]:
    patient = demo_patient(number)
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    practice.apply(fill_visit(visit, by=patient.name))
    return patient, practice.visit(visit)


def test_every_kind_of_value_comes_back_as_it_was_put(any_practice: StoredPractice) -> None:
    patient = demo_patient()
    any_practice.apply(add(patient))
    visit = any_practice.new_visit(patient.id).visit.id
    edit = fill_visit(visit)
    any_practice.apply(edit)
    record = any_practice.visit(visit)
    assert set(record.values()) == {each.after for each in edit.changes}
    assert {kind_of(each) for each in record.values()} == set(CLASSES) - {
        Kind.PATIENT, Kind.PRACTITIONER, Kind.SETTINGS, Kind.VISIT, Kind.AMENDMENT
    }  # fmt: skip
    assert edit.apply_to(any_practice.new_visit(patient.id)).visit.id != visit
    assert any_practice.patient(patient.id) == patient


def test_undo_takes_back_all_of_an_edit_and_redo_does_it_again(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    scope = record.visit.id
    assert any_practice.undo_label(scope) == "Fill demo visit"
    any_practice.undo(scope)
    assert any_practice.visit(scope).values() == ()
    assert any_practice.redo_label(scope) == "Fill demo visit"
    any_practice.redo(scope)
    assert any_practice.visit(scope) == record
    assert any_practice.redo(scope) is None


def test_edits_of_one_gesture_are_undone_in_one_step(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    scope = record.visit.id
    held = Note(new_id(), NoteSection.OTHER, "a")
    any_practice.apply(add(held, visit=scope, gesture="typing-1"))
    for text in ("ab", "abc", "abcd"):
        new = replace(held, text=text)
        any_practice.apply(change(held, new, visit=scope, gesture="typing-1"))
        held = new
    any_practice.undo(scope)
    assert any_practice.visit(scope) == record
    any_practice.redo(scope)
    assert any_practice.current(Kind.NOTE, held.id, record.visit.id) == held


def test_a_new_edit_ends_redo(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    any_practice.undo(record.visit.id)
    any_practice.apply(add(Note(new_id(), NoteSection.OTHER, "new"), visit=record.visit.id))
    assert any_practice.redo(record.visit.id) is None


def test_a_stale_edit_is_refused_with_both_values_and_can_be_chosen(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    base = record.notes[0]
    theirs, mine = replace(base, text="theirs"), replace(base, text="mine")
    any_practice.apply(change(base, theirs, visit=record.visit.id))
    edit = change(base, mine, visit=record.visit.id)
    with pytest.raises(ConflictError) as caught:
        any_practice.apply(edit)
    assert (caught.value.base, caught.value.mine, caught.value.theirs) == (base, mine, theirs)
    assert any_practice.current(Kind.NOTE, base.id, record.visit.id) == theirs
    any_practice.apply(keep_mine(edit, caught.value))
    assert any_practice.current(Kind.NOTE, base.id, record.visit.id) == mine


def test_an_edit_that_fails_half_way_changes_nothing(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    before, lines = any_practice.visit(record.visit.id), len(any_practice.audit())
    fine = add(Note(new_id(), NoteSection.OTHER, "fine"), visit=record.visit.id)
    stale = change(record.notes[0], replace(record.notes[0], text="x"), visit=record.visit.id)
    any_practice.apply(stale)
    lines = len(any_practice.audit())
    with pytest.raises(ConflictError):
        any_practice.apply(together("Both", [fine, stale]))
    after = any_practice.audit()
    assert len(after) == lines
    assert len(any_practice.visit(record.visit.id).notes) == len(before.notes)


def test_a_visit_with_entries_is_removed_whole_and_comes_back_whole(any_practice: StoredPractice) -> None:
    _patient, record = _filled(any_practice)
    with pytest.raises(NotFoundError):
        any_practice.apply(remove(record.visit))
    any_practice.apply(remove_visit(record))
    with pytest.raises(NotFoundError):
        any_practice.visit(record.visit.id)
    assert any_practice.undo_label(PRACTICE_SCOPE) == "Remove visit"
    any_practice.undo(PRACTICE_SCOPE)
    assert any_practice.visit(record.visit.id) == record


def test_undoing_in_a_visit_stops_at_its_beginning(any_practice: StoredPractice) -> None:
    patient, record = _filled(any_practice)
    any_practice.undo(record.visit.id)
    assert any_practice.undo(record.visit.id) is None
    assert any_practice.undo_label(PRACTICE_SCOPE) == "Start visit"
    any_practice.redo(record.visit.id)
    any_practice.sign(record.visit.id)
    assert any_practice.undo_label(PRACTICE_SCOPE) == "Add patient"
    assert patient.id in {line.id for line in any_practice.search()}


def test_a_visit_of_nobody_is_refused(any_practice: StoredPractice) -> None:
    with pytest.raises(NotFoundError):
        any_practice.apply(add(Visit(new_id(), "nobody", date(2026, 1, 5))))


# -- signing --------------------------------------------------------------------------------------


def test_a_signed_visit_is_never_changed_only_amended(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    id = record.visit.id
    any_practice.sign(id)
    signed = any_practice.visit(id)
    note = record.notes[0]
    for edit in (
        change(note, replace(note, text="other"), visit=id),
        remove(note, visit=id),
        add(Note(new_id(), NoteSection.OTHER, "late"), visit=id),
        change(signed.visit, replace(signed.visit, reason="other")),
        change(signed.visit, replace(signed.visit, signature=None)),
        remove_visit(signed),
    ):
        with pytest.raises(SignedError):
            any_practice.apply(edit)
    assert any_practice.undo(id) is None
    assert any_practice.visit(id) == signed
    amended = any_practice.amend(id, reason="Wrong side said", text="It was the left.")
    assert amended == any_practice.visit(id)
    assert replace(amended, amendments=()) == signed
    made = amended.amendments[0]
    assert (made.author_name, made.reason, made.text) == ("Test Owner", "Wrong side said", "It was the left.")
    with pytest.raises(SignedError):
        any_practice.apply(remove(made, visit=id))
    assert any_practice.verify_audit().is_whole


def test_the_database_itself_refuses_changes_to_what_was_signed(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    id = record.visit.id
    any_practice.sign(id)
    any_practice.amend(id, reason="r", text="t")
    for sql in (
        f"UPDATE visit SET body = '{{}}' WHERE id = '{id}'",
        f"DELETE FROM visit WHERE id = '{id}'",
        f"UPDATE entry SET body = '{{}}' WHERE visit_id = '{id}' AND kind = 'note'",
        f"DELETE FROM entry WHERE visit_id = '{id}' AND kind = 'note'",
        f"DELETE FROM entry WHERE visit_id = '{id}' AND kind = 'amendment'",
        f"INSERT INTO entry VALUES ('{id}', 'note', 'x', 1, '{{}}')",
        "UPDATE audit SET words = 'x' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
    ):
        with pytest.raises(NotAllowedError, match="refused"), any_practice.database.write() as tx:
            tx.exec_driver_sql(sql)


def test_a_follow_up_can_be_added_to_a_signed_visit(any_practice: StoredPractice) -> None:
    _, record = _filled(any_practice)
    any_practice.sign(record.visit.id)
    later = replace(record.follow_ups[0], id=new_id(), hours_after=48)
    any_practice.apply(add(later, visit=record.visit.id))
    assert later in any_practice.visit(record.visit.id).follow_ups
    assert any_practice.verify_audit().is_whole


@pytest.mark.parametrize(
    ("starts", "ends", "may"),
    [(0, 0, True), (-5, 5, True), (1, 5, False), (-5, -1, False), (None, -1, False), (None, None, True)],
)
def test_needling_is_signed_only_within_the_certification(
    memory: StoredPractice, starts: int | None, ends: int | None, may: bool
) -> None:
    _, record = _filled(memory)
    day = record.visit.on
    actor = memory.actor
    assert actor is not None
    new = replace(
        actor,
        needling_from=None if starts is None else day + timedelta(days=starts),
        needling_until=None if ends is None else day + timedelta(days=ends),
    )
    memory.apply(change(actor, new))
    if may:
        assert memory.sign(record.visit.id).practitioner == actor.id
    else:
        with pytest.raises(SigningError, match="certification is not valid"):
            memory.sign(record.visit.id)


def test_a_visit_without_needling_needs_no_certification(memory: StoredPractice) -> None:
    _, record = _filled(memory)
    actor = memory.actor
    assert actor is not None
    memory.apply(change(actor, replace(actor, needling_certificate="", needling_until=None)))
    memory.apply(remove(record.needlings[0], visit=record.visit.id))
    memory.sign(record.visit.id)


def test_the_certification_counts_as_it_is_kept_now(practice: StoredPractice) -> None:
    """Somebody else may have withdrawn it since this window opened."""
    _, record = _filled(practice)
    actor = practice.actor
    assert actor is not None
    with practice.database.write() as tx:
        body = f'{{"id":"{actor.id}","name":"Test Owner","role":"owner","licence_number":"L-1"}}'
        tx.exec_driver_sql(f"UPDATE practitioner SET body = '{body}'")
    with pytest.raises(SigningError, match="certification"):
        practice.sign(record.visit.id)


def test_what_was_carried_forward_must_be_reviewed_before_signing(memory: StoredPractice) -> None:
    patient, record = _filled(memory)
    memory.sign(record.visit.id)
    new = memory.new_visit(patient.id, copy_forward=True)
    assert new.visit.copied_from == record.visit.id
    assert len(new.carried) == 3
    assert new.findings[0].site == record.findings[0].site
    assert new.findings[0].recognised_pain is None
    assert new.needlings == ()
    assert new.consent is None
    assert new.pain_scores == ()
    with pytest.raises(SigningError, match="reviewed"):
        memory.sign(new.visit.id)
    for value in new.carried:
        memory.apply(change(value, replace(value, carried=False), visit=new.visit.id))  # type: ignore[call-arg]
    memory.sign(new.visit.id)


# -- who may --------------------------------------------------------------------------------------


def _hire(practice: StoredPractice, role: Role) -> Practitioner:
    made = Practitioner(new_id(), f"Test {role}", role, licence_number="L-2")
    practice.apply(add(made))
    return made


def test_roles_keep_people_to_what_they_may_do(memory: StoredPractice) -> None:
    patient, record = _filled(memory)
    boss = memory.actor
    assert boss is not None
    for role in (Role.READER, Role.ASSISTANT, Role.CLINICIAN):
        memory.sign_in(_hire(memory, role).id)
        note = add(Note(new_id(), NoteSection.OTHER, "x"), visit=record.visit.id)
        if role is Role.READER:
            with pytest.raises(NotAllowedError):
                memory.apply(note)
        else:
            memory.apply(note)
        if role is not Role.CLINICIAN:
            with pytest.raises(SigningError, match="clinician"):
                memory.sign(record.visit.id)
        with pytest.raises(NotAllowedError):
            memory.apply(change(memory.settings, replace(memory.settings, retention_years=0)))
        with pytest.raises(NotAllowedError):
            memory.erase_patient(patient.id, reason="x")
        me = memory.actor
        assert me is not None
        with pytest.raises(NotAllowedError):
            memory.apply(change(me, replace(me, role=Role.OWNER)))
        memory.sign_in(boss.id)


def test_a_role_withdrawn_elsewhere_holds_at_once(practice: StoredPractice) -> None:
    _, record = _filled(practice)
    actor = practice.actor
    assert actor is not None
    with practice.database.write() as tx:
        body = f'{{"id":"{actor.id}","name":"Test Owner","role":"reader"}}'
        tx.exec_driver_sql(f"UPDATE practitioner SET body = '{body}'")
    with pytest.raises(NotAllowedError):
        practice.apply(add(Note(new_id(), NoteSection.OTHER, "x"), visit=record.visit.id))


# -- finding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ann", {"Ann-Marie O’Neill"}),
        ("neil", {"Ann-Marie O’Neill"}),
        ("MARIE ann", {"Ann-Marie O’Neill"}),
        ("jose", {"José Ñandú"}),
        ("nandu", {"José Ñandú"}),
        ("1980-05", {"Ann-Marie O’Neill"}),
        ("王", {"小王"}),
        ("مري", {"مريم"}),
        ("🦴", {"🦴"}),
        ("A-77", {"José Ñandú"}),
        ("nobody", set()),
        ("", {"Ann-Marie O’Neill", "José Ñandú", "小王", "مريم", "🦴"}),
        ("%", set()),
        ("_", set()),
    ],
)
def test_patients_are_found_by_the_beginnings_of_words(
    any_practice: StoredPractice, typed: str, found: set[str]
) -> None:
    people = [
        Patient(new_id(), "Ann-Marie O’Neill", date(1980, 5, 3)),
        Patient(new_id(), "José Ñandú", number="A-77/3"),
        Patient(new_id(), "小王"),
        Patient(new_id(), "مريم"),
        Patient(new_id(), "🦴"),
        Patient(new_id(), "Ann Archived", archived=True),
    ]
    any_practice.apply(together("Add patients", [add(each) for each in people]))
    assert {line.name for line in any_practice.search(typed)} == found


def test_a_rare_word_never_walks_all_patients(memory: StoredPractice) -> None:
    """The planner once chose the index of names instead, which took seconds at 100,000 patients."""
    from sqlalchemy import event

    asked: list[tuple[str, Any]] = []
    event.listen(
        memory.database.engine,
        "after_cursor_execute",
        lambda _connection, _cursor, sql, given, *_rest: asked.append((sql, given)),
    )
    for typed in ("rare", "rare word", "1980-05"):
        memory.search(typed)
    joins = [(sql, given) for sql, given in asked if "patient_word AS begins JOIN patient" in sql]
    assert len(joins) == 3
    with memory.database.read() as tx:
        for sql, given in joins:
            plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all()
            assert plan[0][3].startswith("SEARCH begins USING COVERING INDEX"), plan


def test_a_patient_is_found_by_the_new_name_only(any_practice: StoredPractice) -> None:
    patient = Patient(new_id(), "Old Name")
    any_practice.apply(add(patient))
    any_practice.apply(change(patient, replace(patient, name="New Name")))
    assert any_practice.search("old") == []
    assert [line.id for line in any_practice.search("new")] == [patient.id]
    any_practice.undo(PRACTICE_SCOPE)
    assert [line.id for line in any_practice.search("old")] == [patient.id]


@pytest.mark.parametrize(
    "name",
    [
        "Zoë “Quote” O'Brien; DROP TABLE patient;--",
        "مريم بنت عبد الله \u202e\u2066",
        "👩🏽‍🦽🦴",
        "  spaces   kept\t\n ",
        "é e\u0301",
        "x" * 10_000,
        "%_\\\"'`{}$$",
    ],
)
def test_a_name_is_kept_exactly_as_typed(any_practice: StoredPractice, name: str) -> None:
    patient = Patient(new_id(), name)
    any_practice.apply(add(patient))
    assert any_practice.patient(patient.id).name == name


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "half \ud83e", "x" * 20_001])
def test_a_name_that_cannot_be_kept_is_refused_with_a_sentence(memory: StoredPractice, name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        memory.apply(add(Patient(new_id(), name)))
    assert caught.value.problems[0].field == "name"
    assert caught.value.problems[0].sentence.endswith(".")
    assert memory.count_patients() == 0


# -- giving and erasing ---------------------------------------------------------------------------


def test_the_export_of_a_patient_holds_that_patient_and_nobody_else(any_practice: StoredPractice) -> None:
    patient, record = _filled(any_practice, 1)
    other, _ = _filled(any_practice, 2)
    given = any_practice.export_patient(patient.id).decode()
    made = json.loads(given)
    assert made["patient"]["name"] == patient.name
    assert made["visits"][0]["notes"][0]["text"] == record.notes[0].text
    assert any(line["deed"] == "saw" for line in made["who_saw_it"])
    assert other.name not in given
    assert other.id not in given
    assert any_practice.audit(limit=1)[0].deed is Deed.EXPORTED


def test_a_record_is_not_erased_while_it_must_be_kept(any_practice: StoredPractice) -> None:
    patient, _ = _filled(any_practice)
    with pytest.raises(RetentionError, match="must be kept until"):
        any_practice.erase_patient(patient.id, reason="asked for it")
    assert any_practice.patient(patient.id) == patient


def test_erasing_leaves_nothing_of_the_patient_and_a_whole_audit(any_practice: StoredPractice) -> None:
    settings = any_practice.settings
    any_practice.apply(change(settings, replace(settings, retention_years=0)))
    patient, record = _filled(any_practice, 1)
    other, kept = _filled(any_practice, 2)
    any_practice.apply(change(patient, replace(patient, remarks="x")))
    any_practice.sign(record.visit.id)
    any_practice.amend(record.visit.id, reason="r", text="t")
    with pytest.raises(RefusedError, match="leave the patient’s name out"):
        any_practice.erase_patient(patient.id, reason=f"asked by {patient.name}")
    assert any_practice.erase_patient(patient.id, reason="asked for it").visits == 1
    with pytest.raises(NotFoundError):
        any_practice.patient(patient.id)
    with pytest.raises(NotFoundError):
        any_practice.visit(record.visit.id)
    assert [line.id for line in any_practice.search()] == [other.id]
    assert any_practice.visit(kept.visit.id) == kept
    assert any_practice.undo_label(PRACTICE_SCOPE) != "Change patient"
    with any_practice.database.read() as tx:
        for table in ("patient", "visit", "entry", "edit_log", "patient_word"):
            for row in tx.exec_driver_sql(f"SELECT * FROM {table}"):
                assert patient.name not in str(row)
                assert patient.id not in str(row)
    assert any_practice.verify_audit().is_whole


def test_the_audit_names_ids_and_never_a_patient(any_practice: StoredPractice) -> None:
    patient, record = _filled(any_practice)
    any_practice.sign(record.visit.id)
    any_practice.amend(record.visit.id, reason="secret reason", text="secret text")
    any_practice.export_patient(patient.id)
    said = " ".join(f"{line.subject} {line.words}" for line in any_practice.audit())
    assert patient.name not in said
    assert "secret" not in said
    assert "Knot" not in said
    deeds = [line.deed for line in any_practice.audit()]
    assert {Deed.SAW, Deed.CHANGED, Deed.SIGNED, Deed.AMENDED, Deed.EXPORTED} <= set(deeds)


def test_looking_again_and_again_is_one_line_in_ten_minutes(
    memory: StoredPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, record = _filled(memory)
    steady = [0.0]
    monkeypatch.setattr("myomap.store.practice_store.time.monotonic", lambda: steady[0])
    memory._looked.clear()
    before = len(memory.audit())
    for _ in range(20):
        memory.patient(patient.id)
        memory.visit(record.visit.id)
    assert len(memory.audit()) == before + 2
    steady[0] = 601.0
    memory.patient(patient.id)
    assert len(memory.audit()) == before + 3
    memory.sign_in(_hire(memory, Role.READER).id)
    lines = len(memory.audit())
    memory.patient(patient.id)
    assert len(memory.audit()) == lines + 1


def test_times_are_utc_and_aware(memory: StoredPractice) -> None:
    assert memory.audit(limit=1)[0].at.tzinfo is not None
    assert abs(memory.audit(limit=1)[0].at - datetime.now(UTC)) < timedelta(minutes=1)
