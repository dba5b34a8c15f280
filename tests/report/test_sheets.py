"""How much paper a document takes, what stands where on it, and that nothing is lost for being shorter."""

import dataclasses
import io
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from myomap.demo import DEMO_PATIENT, DEMO_PRACTICE
from myomap.records.values import PlannedExercise, VisitRecord, new_id
from myomap.report.course import course_report
from myomap.report.patient_page import page_values, patient_page
from myomap.report.plate import plate_values, works_words
from myomap.report.visit_report import ReportInput, figure_of, report_values, visit_report
from myomap.report.wording import day_words
from myomap.store.atlas_file import AtlasFile
from myomap.store.invented.patients import cast
from myomap.store.invented.visits import visits_of
from tests.report.test_page_quality import twelve

WHEN = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
PAPERS = ["a4", "letter"]


def given(record: VisitRecord, **changes: Any) -> ReportInput:
    made = ReportInput(DEMO_PATIENT, record, DEMO_PRACTICE, "Demo Clinician", WHEN, "a4")
    return dataclasses.replace(made, **changes)


def sheets(body: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(body)).pages)


def words(body: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def with_exercises(atlas: AtlasFile, record: VisitRecord, count: int) -> VisitRecord:
    """The visit with so many exercises, first of the muscles that were needled."""
    muscles = {n.site.muscle for n in record.needlings}
    known = sorted(atlas.exercises.values(), key=lambda e: (not muscles & set(e.muscles), e.id))[:count]
    kept = [v for v in record.values() if not isinstance(v, PlannedExercise)]
    planned = [PlannedExercise(new_id(), e.id, e.name, sets=3, times_a_day=2, days=14) for e in known]
    return VisitRecord.of(record.visit, [*kept, *planned])


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_patients_page_is_one_sheet_with_up_to_three_exercises(
    fine: AtlasFile, visits: list[VisitRecord], paper: str, count: int
) -> None:
    for record, most in ((visits[0], 1), (twelve(fine, visits[0]), 1 if count < 3 else 2)):
        body = patient_page(fine, given(with_exercises(fine, record, count), paper=paper)).body
        assert sheets(body) <= most


@pytest.mark.parametrize("paper", PAPERS)
def test_six_exercises_take_two_sheets_at_most_and_each_is_there(
    fine: AtlasFile, visits: list[VisitRecord], paper: str
) -> None:
    for record in (visits[0], twelve(fine, visits[0])):
        six = with_exercises(fine, record, 6)
        body = patient_page(fine, given(six, paper=paper)).body
        assert sheets(body) <= 2
        said = words(body)
        for exercise in six.exercises:
            assert fine.exercises[exercise.exercise].name in said


def test_a_very_long_plan_still_prints_whole(fine: AtlasFile, visits: list[VisitRecord]) -> None:
    many = with_exercises(fine, visits[0], 12)
    assert many.plan is not None
    lines = [f"advice number {n} with some words to it" for n in range(60)]
    long = many.put(dataclasses.replace(many.plan, advice="\n".join(lines)))
    said = words(patient_page(fine, given(long)).body)
    assert all(line in said for line in lines)
    assert all(fine.exercises[e.exercise].name in said for e in many.exercises)


def test_the_next_appointment_stands_at_the_top_with_its_weekday(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    said = words(patient_page(fine, given(visits[0])).body)
    assert "Your next appointment: Friday 20 February 2026" in said
    assert said.index("Your next appointment") < said.index("What we did")


def test_a_caution_that_every_exercise_shares_is_said_once_and_others_stay(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    values, _ = page_values(fine, given(with_exercises(fine, visits[0], 6)))
    usual = values["caution"]
    own = [fine.exercises[e.exercise].caution for e in with_exercises(fine, visits[0], 6).exercises]
    assert usual in own
    assert [e["caution"] for e in values["exercises"]] == ["" if c == usual else c for c in own]
    said = words(patient_page(fine, given(with_exercises(fine, visits[0], 6))).body)
    assert said.count(usual) == 1


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("number", [1, 8])
def test_a_course_of_two_to_four_visits_with_all_measures_is_one_sheet(
    fine: AtlasFile, paper: str, number: int
) -> None:
    one = cast()[number]
    told = visits_of(fine, one.patient, one.story, figure_of(one.patient), "x", last=WHEN.date())
    records = [VisitRecord.of(visit, values) for visit, values in told]
    body = course_report(fine, one.patient, records, DEMO_PRACTICE, made_at=WHEN, paper=paper).body
    assert sheets(body) == 1
    said = words(body)
    assert all(day_words(record.visit.on) in said for record in records)
    assert said.index("CC BY-SA") < said.index("Pain, NRS"), "where the maps come from stands below them"


def test_an_empty_visit_says_so_and_shows_no_empty_body(fine: AtlasFile, visits: list[VisitRecord]) -> None:
    empty = VisitRecord(visits[0].visit)
    values, pictures = page_values(fine, given(empty))
    assert values["maps"] == []
    assert values["sources"] == []
    assert pictures == {}
    assert "Nothing of this visit is written down yet" in words(patient_page(fine, given(empty)).body)
    assert "Nothing is recorded for this visit" in words(visit_report(fine, given(empty)).body)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_report_of_twelve_muscles_is_two_sheets_with_every_muscle_and_side_twice(
    fine: AtlasFile, visits: list[VisitRecord], paper: str
) -> None:
    record = twelve(fine, visits[0])
    body = visit_report(fine, given(record, paper=paper)).body
    assert sheets(body) == 2
    said = words(body)
    for needling in record.needlings:
        bare = needling.site.words.removesuffix(", posterior view")
        assert said.count(bare) >= 2, bare
        assert needling.site.words in said


def test_a_needled_site_that_was_not_examined_keeps_its_view(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    only = VisitRecord.of(visits[0].visit, visits[0].needlings)
    values, _ = report_values(fine, given(only))
    (table,) = [s for s in values["sections"] if s["heading"] == "Dry needling"]
    assert table["rows"][0][1].endswith("posterior view")


def test_a_column_that_nobody_filled_takes_no_room_and_one_that_somebody_filled_stays(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    record = twelve(fine, visits[0])
    values, _ = report_values(fine, given(record))
    (table,) = [s for s in values["sections"] if s["heading"] == "Findings"]
    assert "Referred pain" not in table["columns"]
    changed = dataclasses.replace(record.findings[4], referred_pain=False)
    values, _ = report_values(fine, given(record.put(changed)))
    (table,) = [s for s in values["sections"] if s["heading"] == "Findings"]
    at = table["columns"].index("Referred pain")
    assert [row[at] for row in table["rows"]].count("no") == 1
    assert all(len(row) == len(table["columns"]) == len(table["widths"]) for row in table["rows"])


def test_what_the_words_of_a_finding_mean_is_said_below_the_table(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    said = words(visit_report(fine, given(twelve(fine, visits[0]))).body)
    assert "Present: the criteria are met; recognition was not asked." in said
    assert "Undecided:" not in said


@pytest.mark.parametrize("paper", PAPERS)
def test_the_course_of_three_visits_is_one_sheet(
    fine: AtlasFile, visits: list[VisitRecord], paper: str
) -> None:
    body = course_report(fine, DEMO_PATIENT, visits, DEMO_PRACTICE, made_at=WHEN, paper=paper).body
    assert sheets(body) == 1


def test_points_with_the_same_pattern_share_a_line_and_a_work_is_named_once(fine: AtlasFile) -> None:
    from myomap.anatomy.laterality import Laterality
    from myomap.anatomy.structures import Layer
    from myomap.lookup.pattern_index import PatternKey
    from myomap.report.map_svg import MapPicture

    points = [p for p in fine.trigger_points.values() if p.muscle == "infraspinatus"]
    keys = tuple(PatternKey(p.id, Laterality.RIGHT) for p in points)
    values = plate_values(fine, MapPicture("male.posterior", Layer.SUPERFICIAL, keys), "a4")
    lines = values["parts"][0]["lines"]
    assert len(lines) < len(points)
    for point in points:
        muscle = fine.muscles[point.muscle].name_en
        assert any(point.title_under(muscle) in line and point.essential_words in line for line in lines)
    assert len(works_words(fine, [p.source for p in points])) == 1


def test_the_page_says_how_strong_the_pain_was_before_and_after(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    values, _ = page_values(fine, given(visits[0]))
    (done,) = [s for s in values["sections"] if s["heading"] == "What we did"]
    assert "Your pain before: 7 of 10. After: 4 of 10." in done["lines"]
    before = [s for s in visits[0].values() if getattr(s, "moment", "") != "after"]
    values, _ = page_values(fine, given(VisitRecord.of(visits[0].visit, before)))
    assert not any("Your pain before" in line for s in values["sections"] for line in s["lines"])


@pytest.mark.parametrize("make", [visit_report, patient_page])
def test_pages_to_print_are_pictures_of_the_same_sheets(
    fine: AtlasFile, visits: list[VisitRecord], make: Any
) -> None:
    from PIL import Image

    pages = make(fine, given(visits[0], form="png")).pages
    assert len(pages) == sheets(make(fine, given(visits[0])).body)
    for body in pages:
        assert Image.open(io.BytesIO(body)).size == pytest.approx((2480, 3508), abs=2)
