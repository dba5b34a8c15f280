"""Drawings of many patients: which are read, what is left of them, and what never is."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from myomap.records.edits import add, change, together
from myomap.records.group import Painted, StoppedError, Wanted, Which, read_group
from myomap.records.practice import Deed
from myomap.records.values import (
    DrawingState,
    Kind,
    Moment,
    PainDrawing,
    Patient,
    Quality,
    Sex,
    Stroke,
    new_id,
    single_id,
)
from myomap.store import group_reading
from myomap.store.memory_practice import memory_practice

DAY = date(2026, 1, 10)


def _stroke(cells: tuple[int, ...], **fields: Any) -> Stroke:
    given = {"intensity": 5, "quality": Quality.ACHE, **fields}
    return Stroke(new_id(), "male.anterior", ((10.0, 10.0),), 5.0, cells=cells, map_version="m", **given)


class Practice:
    """A practice in memory, filled visit by visit."""

    def __init__(self) -> None:
        self.practice = memory_practice()

    def patient(
        self, number: int, *, sex: Sex = Sex.FEMALE, born: date | None = date(1980, 1, 11)
    ) -> Patient:
        made = Patient(new_id(), f"Test Patient {number:02}", born, sex)
        self.practice.apply(add(made))
        return made

    def visit(self, who: Patient, on: date, *strokes: Stroke) -> str:
        visit = self.practice.new_visit(who.id, on=on).visit
        edits = [add(each, visit=visit.id) for each in strokes]
        if not strokes:
            drawing = PainDrawing(single_id(visit.id, Kind.DRAWING), DrawingState.NO_PAIN)
            edits.append(add(drawing, visit=visit.id))
        self.practice.apply(together("Draw", edits))
        return visit.id

    def read(self, wanted: Wanted, **more: Any) -> list[tuple[str, list[int]]]:
        painted = Painted(100, lambda stroke: stroke.cells)
        return [(d.patient, d.cells.tolist()) for d in self.practice.drawings(wanted, painted, **more)]

    def cells(self, wanted: Wanted) -> list[list[int]]:
        return sorted(cells for _, cells in self.read(wanted))


@pytest.fixture
def made() -> Iterator[Practice]:
    practice = Practice()
    yield practice
    practice.practice.close()


def test_first_last_and_all_drawings_of_each_patient(made: Practice) -> None:
    one, other = made.patient(1), made.patient(2)
    made.visit(one, DAY, _stroke((1, 2)))
    made.visit(one, DAY + timedelta(7), _stroke((3,)))
    made.visit(one, DAY + timedelta(14))  # said no pain: no drawing
    made.visit(other, DAY, _stroke((9,)))
    assert made.cells(Wanted(Which.FIRST)) == [[1, 2], [9]]
    assert made.cells(Wanted(Which.LAST)) == [[3], [9]]
    assert made.cells(Wanted(Which.ALL)) == [[1, 2], [3], [9]]


def test_all_of_a_patients_drawings_come_together(made: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_reading, "CHUNK", 2)
    people = [made.patient(n) for n in range(4)]
    for week in range(3):
        for who in people:
            made.visit(who, DAY + timedelta(7 * week), _stroke((week,)))
    order = [patient for patient, _ in made.read(Wanted(Which.ALL))]
    assert len(order) == 12
    assert sum(a != b for a, b in pairwise(order)) == 3


def test_period_sex_age_and_archive_narrow_the_group(made: Practice) -> None:
    woman = made.patient(1)
    man = made.patient(2, sex=Sex.MALE, born=date(1950, 6, 1))
    nobody = made.patient(3, born=None)
    for number, who in enumerate((woman, man, nobody)):
        made.visit(who, DAY, _stroke((number,)))
        made.visit(who, DAY + timedelta(30), _stroke((number + 10,)))
    assert made.cells(Wanted(sexes=frozenset({Sex.MALE}))) == [[11]]
    assert made.cells(Wanted(until=DAY)) == [[0], [1], [2]]
    assert made.cells(Wanted(since=DAY + timedelta(1), which=Which.FIRST)) == [[10], [11], [12]]
    # she turns 46 on the day after the first visit: her age is that of the visit
    assert made.cells(Wanted(Which.FIRST, youngest=45, oldest=45)) == [[0]]
    assert made.cells(Wanted(Which.LAST, youngest=46, oldest=46)) == [[10]]
    assert made.cells(Wanted(oldest=120)) == [[10], [11]], "without a birth date nobody has an age"
    from dataclasses import replace

    made.practice.apply(change(man, replace(man, archived=True), label="Archive"))
    assert made.cells(Wanted()) == [[10], [12]]
    assert made.cells(Wanted(archived=True)) == [[10], [11], [12]]


def test_only_what_is_left_of_a_drawing_counts(made: Practice) -> None:
    who = made.patient(1)
    made.visit(
        who,
        DAY,
        _stroke((1, 2, 3, 4, 5)),
        _stroke((3,), erases=True),
        _stroke((4,), quality=Quality.BURNING, intensity=8),
        _stroke((50,), moment=Moment.AFTER),
    )
    assert made.cells(Wanted()) == [[1, 2, 4, 5]]
    assert made.cells(Wanted(qualities=frozenset({Quality.ACHE}))) == [[1, 2, 5]], "painted over is not left"
    assert made.cells(Wanted(intensity=6)) == [[4]]
    assert made.cells(Wanted(qualities=frozenset({Quality.NUMB}))) == []


def test_what_nobody_has_said_the_strength_of_counts_unless_a_strength_is_asked_for(made: Practice) -> None:
    made.visit(made.patient(1), DAY, _stroke((1, 2), intensity=None), _stroke((3,), intensity=2))
    assert made.cells(Wanted()) == [[1, 2, 3]]
    assert made.cells(Wanted(intensity=1)) == [[3]]


def test_the_last_drawing_that_has_what_is_asked_for_is_taken(made: Practice) -> None:
    who = made.patient(1)
    made.visit(who, DAY, _stroke((1,), quality=Quality.BURNING))
    made.visit(who, DAY + timedelta(7), _stroke((2,), quality=Quality.BURNING))
    made.visit(who, DAY + timedelta(14), _stroke((3,)))
    wanted = Wanted(qualities=frozenset({Quality.BURNING}))
    assert made.cells(wanted) == [[2]]


def test_reading_tells_how_far_it_is_and_can_be_stopped(
    made: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_reading, "CHUNK", 3)
    for number in range(10):
        made.visit(made.patient(number), DAY, _stroke((number,)))
    told: list[tuple[int, int]] = []
    made.read(Wanted(), told=lambda done, of: told.append((done, of)))
    assert told == [(0, 10), (3, 10), (6, 10), (9, 10), (10, 10)]
    told.clear()
    made.read(Wanted(Which.ALL), told=lambda done, of: told.append((done, of)))
    assert told == [(0, 10), (3, 10), (6, 10), (9, 10), (10, 10)]

    def enough(done: int, _of: int) -> None:
        if done >= 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        made.read(Wanted(), told=enough)


def test_looking_at_a_group_is_audited_once_and_without_any_patient(made: Practice) -> None:
    who = made.patient(1)
    made.visit(who, DAY, _stroke((1,)))
    for _ in range(3):
        made.read(Wanted())
    lines = [line for line in made.practice.audit() if line.deed is Deed.SAW and line.subject == "practice"]
    assert [line.words for line in lines] == ["drawings of a group"]


def test_strokes_of_another_map_are_placed_again_or_counted_as_lost(made: Practice, atlas: Any) -> None:
    from dataclasses import replace

    brush = Stroke(
        new_id(), "male.anterior", ((300.0, 700.0), (300.0, 740.0)), 12.0, 5, cells=(3,), map_version="old"
    )
    lasso = replace(brush, id=new_id(), radius=0.1)
    for number in range(5):
        strokes = (replace(brush, id=new_id()), replace(lasso, id=new_id()))
        made.visit(made.patient(number), DAY, *strokes[: 2 if number == 0 else 1])
    group = read_group(made.practice, atlas, Wanted())
    assert group.lost == 1
    assert group.map.drawings == 5
    expected = atlas.view_map("male.anterior").cells_under(brush.points, brush.radius).ids
    assert len(expected) > 10
    assert np.array_equal(np.flatnonzero(group.map.found.counts), expected)


@pytest.mark.parametrize(
    "wanted", [Wanted(since=DAY, until=DAY - timedelta(1)), Wanted(youngest=50, oldest=40)]
)
def test_a_choice_that_cannot_be_says_why(wanted: Wanted) -> None:
    assert wanted.problem().endswith(".")
    assert not Wanted().problem()
