"""Strokes of an older map: line, ring and region are found again; what cannot be placed is None."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from myomap.records.older_map import is_of_another_map, on_this_map
from myomap.records.values import Stroke, new_id

WRONG = (1, 2, 3)
VIEW = "male.anterior"


def _stroke(points: tuple[tuple[float, float], ...], radius: float) -> Stroke:
    return Stroke(new_id(), VIEW, points, radius, 5, cells=WRONG, map_version="an older one")


def test_a_brushs_line_is_drawn_again(atlas: Any) -> None:
    points = ((250.0, 400.0), (300.0, 420.0))
    placed = on_this_map(atlas, _stroke(points, 12.0))
    assert placed is not None
    assert list(placed.cells) == atlas.view_map(VIEW).cells_under(points, 12.0).ids.tolist()
    assert placed.map_version == atlas.map_version


def test_a_lassos_ring_is_filled_again(atlas: Any) -> None:
    ring = ((250.0, 380.0), (330.0, 380.0), (330.0, 450.0), (250.0, 450.0))
    placed = on_this_map(atlas, _stroke(ring, 0.1))
    assert placed is not None
    xy = atlas.view_map(VIEW).project(atlas.skin.xyz["male"][list(placed.cells)])
    assert np.ptp(xy[:, 0]) == pytest.approx(80, abs=8)
    assert np.ptp(xy[:, 1]) == pytest.approx(70, abs=8)


def test_a_filled_region_is_the_region_at_that_place(atlas: Any) -> None:
    view_map = atlas.view_map(VIEW)
    cell = int(view_map.visible[len(view_map.visible) // 2])
    at = view_map.project(atlas.skin.xyz["male"][[cell]])[0]
    number = atlas.skin.region[view_map.cell_at(*at)]
    placed = on_this_map(atlas, _stroke((tuple(at.tolist()),), 0.1))
    assert placed is not None
    assert list(placed.cells) == np.flatnonzero(atlas.skin.region == number).tolist()


def test_what_cannot_be_placed_is_nothing_and_what_is_of_this_map_stays_as_it_is(atlas: Any) -> None:
    line = _stroke(((250.0, 400.0),), 12.0)
    assert on_this_map(atlas, replace(line, view="male.gone")) is None
    assert on_this_map(atlas, replace(line, points=((2.0, 2.0),))) is None
    assert on_this_map(atlas, replace(line, points=())) is None
    assert on_this_map(atlas, replace(line, points=(*line.points, (300.0, 400.0)), radius=0.1)) is None
    assert on_this_map(atlas, replace(line, points=((2.0, 2.0),), radius=0.1)) is None
    ours = replace(line, map_version=atlas.map_version)
    assert not is_of_another_map(atlas, ours)
    assert on_this_map(atlas, ours) is ours
