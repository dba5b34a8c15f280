"""Anything that can be put into a field: kept exactly as given, or refused with sentences and nothing changed."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from myomap.records.demo import demo_patient, demo_values
from myomap.records.edits import add, change
from myomap.records.errors import RecordsError, RefusedError, SaveError
from myomap.records.practice import Deed
from myomap.records.values import (
    STANDING,
    Kind,
    PracticeSettings,
    Practitioner,
    Visit,
    kind_of,
    new_id,
    single_id,
)
from myomap.store.practice_store import StoredPractice

TEXTS = [
    "Zoë 👩🏽‍⚕️🇨🇭🫀 𝓣𝓮𝓼𝓽",
    "مريض تجريبي ١",
    "בדיקה \u202eabc\u202c \u2067x\u2069",
    'O\'Brien "Bob" `x`; DROP TABLE patient; -- \\ % _ \\n {0} %s :id ?',
    "e\u0301 vs \u00e9, \ufb01, \u0130, ß, ǆ",
    "  leading, trailing and\tinner\r\nspace \u00a0\u200b\ufeff ",
    "\x01\x07\x1b[31m\x7f\x85",
    "\ue000\uffff\U0010ffff",
    "Ĩ̷̡͔" * 300,
    "x" * 10_000,
    "木" * 10_000,
    "👍" * 10_000,
    "",
    " ",
    "x\x00y",
    "half \ud83d of one",
    "x" * 1_000_001,
]
NUMBERS = [0, -1, 1, 7.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), 2**31, 2**63, -(2**70), 10**400]
DATES = [date.min, date.max, date(1, 1, 1), date(1582, 10, 10), date(1900, 2, 28), date(2999, 12, 31)]
TIMES = [
    datetime.min,
    datetime.max,
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999999),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]


def _wild(kind: Any) -> Iterator[Any]:
    """Return what to put into a field of some type."""
    if get_origin(kind) in (Union, UnionType):
        yield None
        for each in get_args(kind):
            yield from _wild(each)
    elif kind is str:
        yield from TEXTS
    elif kind in (int, float):
        yield from NUMBERS
    elif kind is datetime:
        yield from TIMES
    elif kind is date:
        yield from DATES
    elif kind is bytes:
        yield from (b"", b"\x00", b"<svg", b"\x89PNG" * 10, b"\xff" * 1_000_001)
    elif get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        yield ()
        for each in list(_wild(inner))[:8]:
            yield (each,)
        if inner in (int, float):
            yield tuple(range(3))
    elif isinstance(kind, type) and is_dataclass(kind):
        yield from ()


def _deep(value: Any) -> Iterator[tuple[str, Any]]:
    """Return a value with one field after the other replaced, also in what it holds."""
    kinds = get_type_hints(type(value))
    for field in fields(value):
        held = getattr(value, field.name)
        if is_dataclass(held):
            for name, inner in _deep(held):
                yield f"{field.name}.{name}", replace(value, **{field.name: inner})
        elif isinstance(held, tuple) and held and is_dataclass(held[0]):
            for name, inner in _deep(held[0]):
                yield f"{field.name}.{name}", replace(value, **{field.name: (inner, *held[1:])})
        elif field.name not in ("id", "patient", "practitioner", "signature"):
            for wild in _wild(kinds[field.name]):
                yield field.name, replace(value, **{field.name: wild})


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or repr(a) == repr(b)


def _refusal(call: Callable[[], object]) -> RecordsError | None:
    """Do something; return how it was refused, in words that can be shown."""
    try:
        call()
    except RecordsError as error:
        if not str(error).encode():
            raise AssertionError("no words") from error
        return error
    return None


def _tried(practice: StoredPractice, value: Any, before: Any, visit: str, name: str) -> bool:
    """Put a value in where ``before`` is kept: kept exactly, or refused in sentences; tell which."""
    kind = kind_of(value)
    edit = change(before, value, visit=visit) if before is not None else add(value, visit=visit)
    what = f"{kind} {name} {getattr(value, name.split('.')[0], '')!r:.80}"
    error = _refusal(lambda: practice.apply(edit))
    if error is not None:
        for problem in error.problems if isinstance(error, RefusedError) else ():
            assert problem.field, what
            assert problem.sentence.endswith("."), problem.sentence
            assert len(problem.sentence) < 300, problem.sentence
        kept = practice.current(kind, value.id, "" if kind in STANDING else visit)
        assert kept == before, what
        return False
    assert _same(practice.current(kind, value.id, "" if kind in STANDING else visit), value), what
    return True


def test_every_field_keeps_exactly_or_refuses_in_a_sentence(any_practice: StoredPractice) -> None:
    practice = any_practice
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    kept = refused = 0
    actor = practice.actor
    assert actor is not None
    other = Practitioner(new_id(), "Test Second", needling_certificate="x", needling_until=date(2030, 1, 1))
    practice.apply(add(other))
    for value in (
        patient,
        other,
        PracticeSettings(),
        practice.visit(visit).visit,
        *demo_values(visit),
    ):
        before = practice.current(kind_of(value), value.id, "" if kind_of(value) in STANDING else visit)
        for name, wild in _deep(value):
            if _tried(practice, wild, before, visit, name):
                before, kept = wild, kept + 1
            else:
                refused += 1
    assert kept > 500
    assert refused > 300
    assert practice.verify_audit().is_whole
    assert practice.search("")[0].id == patient.id


@pytest.mark.parametrize("text", TEXTS)
def test_every_use_takes_any_text(any_practice: StoredPractice, text: str) -> None:
    practice = any_practice
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    practice.sign(visit)
    calls: list[Callable[[], object]] = [
        lambda: practice.search(text),
        lambda: practice.patient(text),
        lambda: practice.visit(text),
        lambda: practice.visits(text),
        lambda: practice.course(text),
        lambda: practice.new_visit(text),
        lambda: practice.new_visit(patient.id, map_version=text),
        lambda: practice.sign_in(text),
        lambda: practice.sign_in(text, text),
        lambda: practice.undo(text),
        lambda: practice.redo(text),
        lambda: practice.undo_label(text),
        lambda: practice.history(text),
        lambda: practice.sign(text),
        lambda: practice.amend(visit, reason=text, text=text),
        lambda: practice.amend(text, reason="x", text="x"),
        lambda: practice.note_deed(Deed.PRINTED, text, text),
        lambda: practice.audit(subject=text),
        lambda: practice.export_patient(text),
        lambda: practice.erase_patient(text, reason=text),
        lambda: practice.current(Kind.NOTE, text, text or "x"),
        lambda: practice.set_pin(text),
        lambda: practice.remove_pin(text),
        lambda: practice.remove_pin(text, recovery_key=text),
    ]
    for call in calls:
        refusal = _refusal(call)
        assert not isinstance(refusal, SaveError), refusal  # it would be tried again and again
    assert practice.verify_audit().is_whole
    assert practice.count_patients() == 1


@pytest.mark.parametrize("day", DATES)
def test_a_visit_on_an_impossible_day_is_refused(memory: StoredPractice, day: date) -> None:
    patient = demo_patient()
    memory.apply(add(patient))
    with pytest.raises(RefusedError) as caught:
        memory.new_visit(patient.id, on=day)
    assert caught.value.problems[0].field == "on"
    assert memory.visits(patient.id) == []


def test_a_name_is_found_however_it_is_written(any_practice: StoredPractice) -> None:
    for number, name in enumerate(TEXTS[:12]):
        patient = replace(demo_patient(number), name=name, number="")
        any_practice.apply(add(patient))
        asked = name.split()[0][:8]
        assert patient.id in [line.id for line in any_practice.search(asked, limit=500)], name[:40]
        assert any_practice.patient(patient.id).name == name


def test_ids_are_what_the_program_makes(any_practice: StoredPractice) -> None:
    patient = demo_patient()
    any_practice.apply(add(patient))
    visit = any_practice.new_visit(patient.id).visit.id
    for wild in (*TEXTS, single_id(visit, Kind.PLAN)):
        for value in (replace(demo_patient(), id=wild), Visit(wild, patient.id, date(2024, 1, 1))):
            if _refusal(lambda value=value: any_practice.apply(add(value))) is None:  # type: ignore[misc]
                assert any_practice.current(kind_of(value), wild) == value
    assert any_practice.verify_audit().is_whole
