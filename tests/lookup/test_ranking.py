"""Ranking of patterns against a drawing, on a sheet of skin whose answers are known."""

from typing import Any

import numpy as np
import pytest

from myomap.anatomy.laterality import Laterality
from myomap.lookup.folding import folded
from myomap.lookup.pattern_index import PatternIndex, build_index
from myomap.lookup.ranking import covering_set, rank
from myomap.surface.cells import Cells
from tests.lookup.conftest import patch


@pytest.fixture(scope="module")
def index(small_atlas: Any) -> PatternIndex:
    return build_index(small_atlas)


@pytest.mark.parametrize("name", ["upper", "upper_wide", "lower", "inner"])
@pytest.mark.parametrize("side", [Laterality.RIGHT, Laterality.LEFT])
def test_a_patterns_own_essential_zone_ranks_it_first(
    small_atlas: Any, index: PatternIndex, name: str, side: Laterality
) -> None:
    drawn = small_atlas.zone(name, side).essential
    first = rank(index, drawn)[0]
    assert (first.key.trigger_point, first.key.laterality) == (name, side)
    assert first.essential_drawn == pytest.approx(1)


def test_equal_zones_go_by_the_published_order(small_atlas: Any, index: PatternIndex) -> None:
    found = rank(index, small_atlas.zone("lower_twin", Laterality.RIGHT).essential)
    assert [m.key.trigger_point for m in found[:2]] == ["lower", "lower_twin"]


def test_the_left_side_never_answers_for_the_right(small_atlas: Any, index: PatternIndex) -> None:
    found = rank(index, small_atlas.zone("upper", Laterality.RIGHT).essential)
    assert {m.key.laterality for m in found} == {Laterality.RIGHT}


def test_a_drawing_shifted_by_fifteen_millimetres_still_finds_its_pattern(index: PatternIndex) -> None:
    shifted = patch((5, 15), (6, 16))
    assert rank(index, shifted)[0].key.trigger_point in ("upper", "upper_wide")


def test_shares_are_counted_by_area(index: PatternIndex) -> None:
    half = patch((2, 7), (4, 14))
    by_name = {m.key.trigger_point: m for m in rank(index, half)}
    assert by_name["upper"].essential_drawn == pytest.approx(0.5)
    assert by_name["upper"].covered_essential == pytest.approx(1)
    assert by_name["inner"].covered_essential == pytest.approx(12 / 50)


def test_spillover_is_told_apart_from_the_essential_zone(index: PatternIndex) -> None:
    match = next(m for m in rank(index, patch((10, 14), (4, 14))) if m.key.trigger_point == "upper")
    assert match.covered_essential == pytest.approx(0.5)
    assert match.covered_spillover == pytest.approx(0.5)
    assert "spillover" in " ".join(match.reasons)


def test_an_empty_drawing_finds_nothing(index: PatternIndex) -> None:
    assert rank(index, Cells.empty()) == []


def test_two_patches_are_explained_by_two_patterns(index: PatternIndex) -> None:
    drawn = patch((2, 12), (4, 14)).union(patch((25, 35), (4, 14)))
    chosen = covering_set(index, drawn, rank(index, drawn))
    assert {c.key.trigger_point for c in chosen} == {"upper", "lower"}
    assert chosen[-1].together == pytest.approx(1, abs=0.01)


def test_a_filter_leaves_only_what_it_accepts(index: PatternIndex) -> None:
    found = rank(index, patch((2, 12), (4, 14)), accept=lambda key: key.trigger_point != "upper")
    assert "upper" not in {m.key.trigger_point for m in found}


def test_softening_keeps_most_of_a_zone_and_stays_on_its_side(small_atlas: Any) -> None:
    soft = small_atlas.soft_zone("upper_wide", Laterality.RIGHT).essential
    assert (small_atlas.skin.laterality[soft.ids] == 0).all()
    mass = float(soft.weights.sum())
    assert 0.75 * 16 * 20 < mass <= 16 * 20 + 1
    assert np.isfinite(soft.weights).all()


def test_patterns_with_the_same_zone_are_one_row(small_atlas: Any, index: PatternIndex) -> None:
    rows = folded(index, rank(index, small_atlas.zone("lower", Laterality.RIGHT).essential))
    assert [m.key.trigger_point for m in rows[0]] == ["lower", "lower_twin"]
    assert all(len({m.key.laterality for m in row}) == 1 for row in rows)
