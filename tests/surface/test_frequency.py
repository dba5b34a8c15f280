"""Frequency maps count each drawing once over each cell."""

import numpy as np
import pytest

from myomap.surface.cells import Cells
from myomap.surface.frequency import frequency_map


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
