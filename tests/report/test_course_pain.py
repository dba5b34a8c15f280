"""The course follows the pain that was said to be now, whatever else was asked on the same scale."""

from datetime import date

from myomap.records.values import Kind, Moment, PainScale, PainScore, Visit, VisitRecord, new_id, single_id
from myomap.report.course import _pain, _score


def _record(day: int, **said: float) -> VisitRecord:
    visit = Visit(new_id(), "p", date(2026, 5, day))
    scores = [
        PainScore(
            single_id(visit.id, Kind.PAIN_SCORE, Moment.BEFORE, PainScale.NRS, about),
            Moment.BEFORE,
            PainScale.NRS,
            value,
            about.replace("_", " "),
        )
        for about, value in said.items()
    ]
    return VisitRecord.of(visit, scores)


def test_the_worst_of_the_week_is_not_drawn_as_the_pain_of_the_day() -> None:
    records = [_record(4, now=6, worst_this_week=10), _record(11, now=2, worst_this_week=9)]
    line = _pain(records, ())
    assert line is not None
    assert [value for _, value in line.plot.series[0].points] == [6, 2]
    assert [_score(each, Moment.BEFORE) for each in records] == ["6", "2"]


def test_a_visit_that_asked_only_for_the_worst_has_no_pain_of_the_day() -> None:
    assert _pain([_record(4, worst_this_week=9)], ()) is None
