"""Impossible values are refused with a sentence for their field; possible ones pass."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from myomap.anatomy.laterality import Laterality
from myomap.records.canonical import decode, encode
from myomap.records.checks import check, check_owner
from myomap.records.demo import UPPER_TRAPEZIUS, demo_patient, demo_values
from myomap.records.joints import JOINTS, norm
from myomap.records.values import (
    FollowUp,
    Kind,
    Moment,
    Needling,
    Note,
    NoteSection,
    PainScale,
    PainScore,
    Patient,
    Plan,
    PlannedExercise,
    PracticeSettings,
    Practitioner,
    PressureThreshold,
    PressureUnit,
    RangeOfMotion,
    Stroke,
    Visit,
    WidespreadPain,
    kind_of,
    single_id,
)

TODAY = date(2026, 3, 2)


def _fields(value: Any, before: Any = None) -> set[str]:
    return {problem.field for problem in check(value, before=before, today=TODAY)}


@pytest.mark.parametrize("value", demo_values("v"), ids=lambda value: kind_of(value).value)
def test_what_a_real_visit_holds_passes(value: Any) -> None:
    assert check(value) == ()
    assert check_owner(value, "v") == ()


def _score(scale: PainScale, value: float) -> PainScore:
    return PainScore("i", Moment.BEFORE, scale, value)


def _neck(degrees: float, **more: Any) -> RangeOfMotion:
    return RangeOfMotion("i", Moment.BEFORE, "neck", "rotation", Laterality.LEFT, degrees, **more)


def _ppt(value: float, unit: PressureUnit = PressureUnit.KPA) -> PressureThreshold:
    return PressureThreshold.read("i", Moment.BEFORE, UPPER_TRAPEZIUS, value, unit)


def _needle(**more: Any) -> Needling:
    return Needling("i", UPPER_TRAPEZIUS, **more)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Patient("i", "A", date(2026, 3, 3)), "birth_date"),
        (Patient("i", "A", date(1800, 1, 1)), "birth_date"),
        (Patient("i", "A", alerts=("", "x")), "alerts"),
        (Patient("", "A"), "id"),
        (Practitioner("i", " "), "name"),
        (
            Practitioner(
                "i",
                "A",
                needling_certificate="c",
                needling_from=date(2026, 1, 2),
                needling_until=date(2026, 1, 1),
            ),
            "needling_until",
        ),
        (Practitioner("i", "A", needling_until=date(2026, 1, 1)), "needling_certificate"),
        (Visit("i", "", TODAY), "patient"),
        (Visit("i", "p", date(2026, 3, 4)), "on"),
        (Visit("i", "p", date(1950, 1, 1)), "on"),
        (_score(PainScale.NRS, 11), "value"),
        (_score(PainScale.NRS, -1), "value"),
        (_score(PainScale.NRS, 6.5), "value"),
        (_score(PainScale.NRS, NAN), "value"),
        (_score(PainScale.VAS, 100.1), "value"),
        (_score(PainScale.VAS, INF), "value"),
        (_neck(121), "degrees"),
        (_neck(-500), "degrees"),
        (_neck(40, norm_degrees=60), "norm_source"),
        (replace(_neck(40), joint="wing"), "movement"),
        (replace(_neck(40), movement="abduction"), "movement"),
        (RangeOfMotion("i", Moment.BEFORE, "hip", "flexion", Laterality.MIDLINE, 90), "laterality"),
        (_ppt(0), "read_value"),
        (_ppt(-3), "read_value"),
        (_ppt(40, PressureUnit.KGF_CM2), "read_value"),
        (replace(_ppt(200), kpa=300), "kpa"),
        (WidespreadPain("i", Moment.BEFORE, 20, 0), "wpi"),
        (WidespreadPain("i", Moment.BEFORE, 0, 13), "sss"),
        (_needle(gauge_mm=3.0), "gauge_mm"),
        (_needle(length_mm=30, depth_mm=31), "depth_mm"),
        (_needle(insertions=0), "insertions"),
        (Needling("i", replace(UPPER_TRAPEZIUS, structure="")), "site.structure"),
        (Needling("i", replace(UPPER_TRAPEZIUS, x=None)), "site.x"),
        (Stroke("i", "male.anterior", (), 4, 5), "points"),
        (Stroke("i", "male.anterior", ((1, NAN),), 4, 5), "points"),
        (Stroke("i", "", ((1, 1),), 4, 5), "view"),
        (Stroke("i", "male.anterior", ((1, 1),), 0, 5), "radius"),
        (Stroke("i", "male.anterior", ((1, 1),), 4, 11), "intensity"),
        (Stroke("i", "male.anterior", ((1, 1),), 4, 5, cells=(1, 2), weights=(1.0,)), "weights"),
        (Stroke("i", "male.anterior", ((1, 1),), 4, 5, cells=(-1,)), "cells"),
        (PlannedExercise("i", "", " "), "words"),
        (PlannedExercise("i", "x", "x", sets=0), "sets"),
        (Plan("i", next_visit=date(2026, 2, 1)), "next_visit"),
        (Plan("i", next_visit=date(2056, 2, 1)), "next_visit"),
        (FollowUp("i", datetime(2026, 3, 2, tzinfo=UTC), 24, soreness=11), "soreness"),
        (FollowUp("i", datetime(2026, 3, 2), 24), "asked_at"),
        (FollowUp("i", datetime(2026, 3, 9, tzinfo=UTC), 24), "asked_at"),
        (Note("i", NoteSection.TOLD, "x\x00"), "text"),
        (Note("i", NoteSection.TOLD, "x" * 1_000_001), "text"),
        (PracticeSettings(logo=b"no picture"), "logo"),
        (PracticeSettings(logo=b"\x89PNG" + b"x" * 1_000_000), "logo"),
        (PracticeSettings(lock_after_minutes=0), "lock_after_minutes"),
        (PracticeSettings(id="other"), "id"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(value: Any, field: str) -> None:
    assert field in _fields(value)
    assert all(problem.sentence.endswith(".") for problem in check(value, today=TODAY))


def test_a_stroke_of_which_nobody_has_said_how_strong_it_is_is_kept_so() -> None:
    unsaid = Stroke("i", "male.anterior", ((1.0, 1.0),), 4.0, None)
    assert _fields(unsaid) == set()
    read = decode(Kind.STROKE, encode(unsaid))
    assert read == unsaid
    assert read != replace(unsaid, intensity=0), "not asked is no zero"


def test_a_clock_that_was_set_back_does_not_refuse_old_records() -> None:
    visit = Visit("i", "p", TODAY + timedelta(days=30))
    assert "on" in _fields(visit)
    assert _fields(replace(visit, reason="new words"), before=visit) == set()
    patient = Patient("i", "A", TODAY + timedelta(days=30))
    assert _fields(replace(patient, name="B"), before=patient) == set()


def test_a_visit_cannot_be_moved_to_another_patient() -> None:
    visit = Visit("i", "p", TODAY)
    assert "patient" in _fields(replace(visit, patient="q"), before=visit)


def test_a_visit_has_one_plan_and_its_id_says_whose() -> None:
    assert check_owner(Plan(single_id("v", Kind.PLAN)), "v") == ()
    assert check_owner(Plan(single_id("w", Kind.PLAN)), "v")[0].field == "id"


def test_every_norm_is_possible_and_named() -> None:
    for joint in JOINTS.values():
        for movement in joint.movements:
            found = norm(joint.id, movement.id)
            assert movement.norm < movement.most
            assert found is None or (found[0] == movement.norm and "recalled" in found[1])


def test_a_birthday_today_is_possible() -> None:
    assert _fields(replace(demo_patient(), birth_date=TODAY)) == set()
