"""What the values say of themselves: criteria, counts, units, ids, canonical text."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myomap.anatomy.laterality import Laterality
from myomap.records.canonical import decode, digest_of, encode
from myomap.records.demo import UPPER_TRAPEZIUS, demo_patient, demo_values
from myomap.records.values import (
    Finding,
    Kind,
    Moment,
    Needling,
    Note,
    NoteSection,
    PainScale,
    PainScore,
    Patient,
    Practitioner,
    PressureThreshold,
    PressureUnit,
    Site,
    TriggerPointState,
    Visit,
    VisitRecord,
    count_needled,
    kind_of,
    new_id,
    single_id,
)


@pytest.mark.parametrize("signs", list(product([True, False, None], repeat=3)))
@pytest.mark.parametrize("known", [True, False, None])
def test_the_criteria_ask_for_two_of_three_signs(signs: tuple[bool | None, ...], known: bool | None) -> None:
    band, spot, referred = signs
    state = Finding("i", UPPER_TRAPEZIUS, band, spot, referred, known).state
    met, missing = signs.count(True), signs.count(None)
    if met >= 2:
        expected = {
            True: TriggerPointState.ACTIVE,
            False: TriggerPointState.LATENT,
            None: TriggerPointState.PRESENT,
        }[known]
    elif met + missing < 2:
        expected = TriggerPointState.NOT_MET
    else:
        expected = TriggerPointState.UNDECIDED
    assert state is expected


def _needled(*muscles: tuple[str, Laterality]) -> list[Needling]:
    return [Needling(new_id(), Site(f"{muscle}-part", side, muscle, "words")) for muscle, side in muscles]


def test_muscles_are_counted_once_a_side() -> None:
    right, left = Laterality.RIGHT, Laterality.LEFT
    assert count_needled([]).code == ""
    assert count_needled(_needled(("a", right), ("a", right))).muscles == 1
    two = count_needled(_needled(("a", right), ("a", left), ("a", left)))
    assert (two.muscles, two.code) == (2, "20560")
    three = count_needled(_needled(("a", right), ("a", left), ("b", left)))
    assert (three.muscles, three.code) == (3, "20561")


@pytest.mark.parametrize(
    ("value", "unit", "kpa"),
    [
        (2.0, PressureUnit.KGF_CM2, 196.133),
        (30.0, PressureUnit.N_CM2, 300.0),
        (250.0, PressureUnit.KPA, 250.0),
    ],
)
def test_pressure_is_kept_in_kpa_and_as_read(value: float, unit: PressureUnit, kpa: float) -> None:
    made = PressureThreshold.read("i", Moment.BEFORE, UPPER_TRAPEZIUS, value, unit)
    assert made.kpa == pytest.approx(kpa)
    assert (made.read_value, made.read_unit) == (value, unit)
    assert made.in_unit(unit) == pytest.approx(value)


def test_a_certification_counts_on_its_first_and_last_day() -> None:
    who = Practitioner(
        "i",
        "A",
        needling_certificate="c",
        needling_from=date(2026, 1, 1),
        needling_until=date(2026, 12, 31),
    )
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [who.may_needle_on(day) for day in days] == [False, True, True, False]
    assert not replace(who, needling_certificate="  ").may_needle_on(date(2026, 6, 1))


def test_ids_sort_by_when_they_were_made_also_with_the_clock_set_back(monkeypatch: Any) -> None:
    first = new_id()
    monkeypatch.setattr("time.time_ns", lambda: 0)
    later = [new_id() for _ in range(100)]
    assert sorted([first, *later]) == [first, *later]
    assert len(set(later)) == 100


@given(st.text(), st.text(max_size=50))
def test_words_come_back_from_their_canonical_text(name: str, number: str) -> None:
    if any("\ud800" <= each <= "\udfff" for each in name + number):
        return
    patient = Patient("i", name, number=number)
    assert decode(Kind.PATIENT, encode(patient)) == patient


@pytest.mark.parametrize("value", demo_values("v"), ids=lambda value: kind_of(value).value)
def test_every_value_comes_back_from_its_canonical_text(value: Any) -> None:
    text = encode(value)
    assert decode(kind_of(value), text) == value
    settled = encode(decode(kind_of(value), text))
    assert encode(decode(kind_of(value), settled)) == settled


def test_a_digest_covers_every_byte_but_what_comes_after_signing() -> None:
    rows = [("note", "1", "a"), ("mark", "2", "b")]
    base = digest_of("head", rows)
    assert digest_of("head", reversed(rows)) == base
    assert digest_of("head", [*rows, ("follow_up", "3", "c"), ("amendment", "4", "d")]) == base
    for other in (
        [("note", "1", "ab"), ("mark", "2", "")],
        [("note", "1", "a")],
        [("note", "12", ""), rows[1]],
    ):
        assert digest_of("head", other) != base
    assert digest_of("heads", rows) != base


def test_a_record_puts_and_takes_values_in_the_order_they_were_made() -> None:
    visit = Visit(new_id(), demo_patient().id, date(2026, 1, 5))
    values = demo_values(visit.id)
    record = VisitRecord.of(visit, reversed(values))
    assert VisitRecord.of(visit, record.values()) == record
    built = VisitRecord(visit)
    for value in reversed(values):
        built = built.put(value)
    assert built == record
    for value in values:
        assert record.find(kind_of(value), value.id) == value
        built = built.without(kind_of(value), value.id)
    assert built == VisitRecord(visit)


def test_what_was_measured_before_stands_before_what_was_measured_after() -> None:
    visit = Visit(new_id(), "p", date(2026, 1, 5))

    def score(moment: Moment, value: float) -> PainScore:
        return PainScore(
            single_id(visit.id, Kind.PAIN_SCORE, moment, PainScale.NRS), moment, PainScale.NRS, value
        )

    before, after = score(Moment.BEFORE, 7), score(Moment.AFTER, 3)
    assert after.id < before.id  # the order of the ids is the wrong one
    entered = (
        VisitRecord.of(visit, [after, before]),
        VisitRecord(visit).put(before).put(after),
        VisitRecord(visit).put(after).put(before),
        VisitRecord(visit).put(before).put(after).put(before),
    )
    for record in entered:
        assert record.pain_scores == (before, after)


def test_putting_a_value_again_replaces_it() -> None:
    visit = Visit(new_id(), "p", date(2026, 1, 5))
    first, second = (Note(new_id(), NoteSection.TOLD, text) for text in "ab")
    record = VisitRecord(visit).put(first).put(second).put(replace(first, text="c"))
    assert [each.text for each in record.notes] == ["c", "b"]


def test_pain_now_is_not_the_worst_of_the_week() -> None:
    """Their ids sort by their names, so the last of all scores was the worst of the week."""
    visit = Visit(new_id(), new_id(), date(2026, 5, 4))

    def score(about: str, value: float) -> PainScore:
        one = single_id(visit.id, Kind.PAIN_SCORE, Moment.BEFORE, PainScale.NRS, about)
        return PainScore(one, Moment.BEFORE, PainScale.NRS, value, about)

    record = VisitRecord.of(visit, [score("worst this week", 9), score("now", 3)])
    assert record.pain(Moment.BEFORE) == score("now", 3)
    assert record.pain(Moment.AFTER) is None
    assert record.pain(Moment.BEFORE, PainScale.VAS) is None


def test_notes_stand_as_they_are_written_in_a_record_not_by_the_alphabet() -> None:
    visit = Visit(new_id(), new_id(), date(2026, 5, 4))
    notes = [Note(single_id(visit.id, Kind.NOTE, each), each, str(each)) for each in reversed(NoteSection)]
    record = VisitRecord.of(visit, notes)
    assert [each.section for each in record.notes] == list(NoteSection)
    built = VisitRecord(visit)
    for note in notes:
        built = built.put(note)
    assert built == record
