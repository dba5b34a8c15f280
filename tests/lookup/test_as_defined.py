"""The look-up takes short cuts (blocks of cells, sums made once); what it says is what its definition says."""

from typing import Any

import numpy as np
import pytest

from myomap.lookup import ranking
from myomap.lookup.pattern_index import BLOCKS, PatternIndex, build_index
from myomap.lookup.ranking import covering_set, rank
from myomap.surface.blur import Blur
from myomap.surface.cells import Cells
from tests.lookup.conftest import COLUMNS, ROWS, patch
from tests.lookup.plain import Plain, blurred, dense

ALL = ROWS * COLUMNS


def _drawings() -> dict[str, Cells]:
    chance = np.random.default_rng(5)
    ragged = Cells.of(np.flatnonzero(chance.random(ALL) < 0.8))
    return {
        "one cell": Cells.of([130]),
        "a patch": patch((3, 9), (5, 12)),
        "a block": Cells.of(np.arange(BLOCKS[0], 2 * BLOCKS[0])),
        "a block less its last cell": Cells.of(np.arange(BLOCKS[0], 2 * BLOCKS[0] - 1)),
        "half of the skin": patch((0, ROWS), (0, 30)),
        "all": Cells.of(np.arange(ALL)),
        "holes": ragged,
        "faint": Cells.of(ragged.ids, chance.uniform(0.1, 1.0, len(ragged))),
        "some of it faint": Cells.of(np.arange(900), np.where(np.arange(900) % 7, 1.0, 0.4)),
    }


@pytest.fixture(scope="module")
def index(small_atlas: Any) -> PatternIndex:
    return build_index(small_atlas)


@pytest.fixture(scope="module")
def plain(small_atlas: Any, index: PatternIndex) -> Plain:
    return Plain(small_atlas, index)


@pytest.mark.parametrize("name", _drawings())
@pytest.mark.parametrize("large", [False, True])
def test_rows_numbers_and_order_are_those_of_the_definition(
    index: PatternIndex, plain: Plain, monkeypatch: pytest.MonkeyPatch, name: str, large: bool
) -> None:
    monkeypatch.setattr(ranking, "_LARGE", 0 if large else ALL)
    drawing = _drawings()[name]
    found = {match.key: match for match in rank(index, drawing)}
    assert found
    alike = plain.likeness(drawing, large=large)
    for key, likeness, shares in zip(index.keys, alike, plain.shares(drawing), strict=True):
        if key in found:
            match = found[key]
            assert match.likeness == pytest.approx(likeness, abs=2e-6)
            said = (match.essential_drawn, match.covered_essential, match.covered_spillover)
            assert said == pytest.approx(shares, abs=2e-6)
        else:
            assert shares[1] + shares[2] < 0.006
            assert likeness < 0.301
    order = sorted(found, key=lambda k: (-round(alike[index.keys.index(k)] / 1e-5), found[k].order, k))
    assert list(found) == order


@pytest.mark.parametrize("name", _drawings())
def test_the_fewest_patterns_are_those_of_the_definition(
    index: PatternIndex, plain: Plain, name: str
) -> None:
    drawing = _drawings()[name]
    matches = rank(index, drawing)
    chosen = [(each.key, each.adds) for each in covering_set(index, drawing, matches)]
    expected = plain.covering(drawing, [match.key for match in matches])
    assert [key for key, _ in chosen] == [key for key, _ in expected]
    assert [adds for _, adds in chosen] == pytest.approx([adds for _, adds in expected], abs=1e-5)


@pytest.mark.parametrize("name", ["one cell", "a patch", "some of it faint"])
def test_a_blur_is_the_walk_of_its_definition(small_atlas: Any, name: str) -> None:
    skin, blur = small_atlas.skin, Blur(small_atlas.skin)
    drawing = _drawings()[name]
    near = np.zeros(ALL, bool)
    near[blur._grown(drawing.ids)] = True
    expected = blurred(skin, blur._steps, blur._step, blur._stay, near, dense(skin, drawing))
    assert dense(skin, blur(drawing, 1e-9)) == pytest.approx(expected, abs=1e-6)


def test_a_blur_reaches_every_cell_within_its_steps_and_each_once(small_atlas: Any) -> None:
    blur = Blur(small_atlas.skin)
    rings = round(2.6 * blur._steps**0.5) + 1
    start = 20 * COLUMNS + 30
    near = blur._grown(np.array([start], np.int32))
    row, column = np.divmod(np.arange(ALL), COLUMNS)
    apart = np.abs(row - 20) + np.abs(column - 30)
    assert near.tolist() == np.flatnonzero(apart <= rings).tolist()
