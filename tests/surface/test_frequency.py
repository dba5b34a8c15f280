"""Frequency maps count each drawing once over each cell."""

from typing import Any

import numpy as np
import pytest

from myomap.surface.cells import Cells
from myomap.surface.frequency import SHARES, GroupCounter, bands_of, frequency_map


def test_each_drawing_counts_once_over_each_cell() -> None:
    found = frequency_map([Cells.of([1, 2, 2, 3]), Cells.of([2, 3]), Cells.of([3, 9])], 12)
    assert found.drawings == 3
    assert found.counts.tolist() == [0, 1, 2, 3, 0, 0, 0, 0, 0, 1, 0, 0]
    assert found.most == 3
    assert found.at_least(1.0).ids.tolist() == [3]
    assert found.at_least(0.5).ids.tolist() == [2, 3]
    assert found.at_least(0.0).ids.tolist() == [1, 2, 3, 9]


def test_a_cell_that_is_less_than_half_drawn_does_not_count() -> None:
    found = frequency_map([Cells.of([1, 2], [0.4, 0.6])], 4)
    assert found.counts.tolist() == [0, 0, 1, 0]


def test_no_drawing_gives_an_empty_map() -> None:
    found = frequency_map([], 5)
    assert found.drawings == 0
    assert not found.at_least(0.5)


def test_many_drawings_are_counted_in_batches_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(3)
    drawings = [Cells.of(chance.choice(500, 60, replace=False)) for _ in range(200)]
    whole = frequency_map(drawings, 500)
    monkeypatch.setattr("myomap.surface.frequency._GATHERED", 100)
    assert (frequency_map(drawings, 500).counts == whole.counts).all()


def _skin(regions: list[int], area: float = 50.0) -> Any:
    from myomap.anatomy.views import Figure
    from myomap.surface.skin import Skin

    count = len(regions)
    return Skin(
        area_mm2=np.full(count, area, np.float32),
        region=np.array(regions, np.int16),
        laterality=np.zeros(count, np.uint8),
        mirror=np.arange(count, dtype=np.int32),
        starts=np.zeros(count + 1, np.int32),
        neighbours=np.zeros(0, np.int32),
        xyz={Figure.MALE: np.zeros((count, 3), np.float32)},
        set_area={},
    )


def _ids(*cells: int) -> Any:
    return np.array(cells, np.int32)


def test_a_place_of_fewer_than_five_people_is_not_told_however_often_they_drew_it() -> None:
    counter = GroupCounter(_skin([0] * 10))
    for person in range(6):
        for _ in range(3):
            counter.add(f"p{person}", _ids(1, 2) if person < 4 else _ids(2, 3))
    group = counter.result()
    assert (group.drawings, group.persons) == (18, 6)
    assert group.at(0) is None
    assert group.at(1) is None, "twelve drawings, but of four people"
    assert group.at(2) == 18
    assert group.found.counts.tolist()[:4] == [0, 0, 18, 0], "a place of few is as one of nobody"


@pytest.mark.parametrize(("people", "hidden"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_group_of_fewer_than_five_people_is_hidden(people: int, hidden: bool) -> None:
    counter = GroupCounter(_skin([0] * 4))
    for person in range(people):
        counter.add(str(person), _ids(0))
    assert counter.result().is_hidden is hidden


def test_regions_count_drawings_that_cover_enough_of_them_and_leave_out_those_of_few() -> None:
    # region 0: 100 cells of 50 mm², so 1 cm² is two cells; region 1: 10 cells, a tenth is one
    counter = GroupCounter(_skin([0] * 100 + [1] * 10 + [2] * 10))
    for person in range(7):
        counter.add(str(person), _ids(0) if person == 6 else _ids(0, 1, 105))
    counter.add("again", _ids(110))
    group = counter.result()
    told = {each.number: (each.drawings, each.persons) for each in group.regions}
    assert told == {0: (6, 6), 1: (6, 6)}


def test_people_with_several_drawings_count_once_among_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myomap.surface.frequency._GATHERED", 7)
    counter = GroupCounter(_skin([0] * 30))
    for person in range(9):
        for k in range(3):
            counter.add(str(person), _ids(k, k + 1, 20))
    group = counter.result()
    assert (group.drawings, group.persons) == (27, 9)
    assert group.found.counts[20] == 27
    assert group.found.counts[1] == 18
    assert [(r.drawings, r.persons) for r in group.regions] == [(27, 9)]


@pytest.mark.parametrize("few", [1, 5])
@pytest.mark.parametrize("drawings", [0, 1, 2, 3, 5, 7, 20, 48, 214, 10_000])
def test_bands_cover_every_count_that_is_told_once(drawings: int, few: int) -> None:
    bands = bands_of(drawings, few)
    covered = [count for band in bands for count in range(band.least, band.most + 1)]
    assert covered == list(range(few, drawings + 1))
    for band in bands:
        assert band.least >= few
        assert band.least / drawings >= SHARES[band.step] - 1e-9
    assert [band.step for band in bands] == sorted({band.step for band in bands})
