"""Strokes that grow, scribbles without end, and the boxes in which ink is painted again."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box

from myomap.surface import painting
from myomap.surface.blur import Blur
from myomap.surface.cells import Cells
from myomap.surface.skin import Skin
from myomap.surface.view_map import ViewMap


@pytest.mark.parametrize("radius", [3.0, 17.0])
def test_a_scribble_is_painted_the_same_from_its_pixels_as_from_its_lines(radius: float) -> None:
    chance = np.random.default_rng(4)
    path = 110 + chance.normal(0, 5, (300, 2)).cumsum(axis=0).clip(-80, 80)
    size = (220, 220)
    by_line = np.zeros(size, bool)
    for a, b in pairwise(path):
        mask, top, left = painting.stroke_mask(np.array([a, b]), radius, size, 1.0)
        by_line[top : top + mask.shape[0], left : left + mask.shape[1]] |= mask
    swept = painting._swept(path, radius, (0, 219, 0, 219))
    rim = shapely.distance(
        LineString(path), shapely.points(np.argwhere(swept != by_line)[:, ::-1].astype(float) + 0.5)
    )
    assert by_line.sum() > 2000
    assert (np.abs(rim - radius) < 1.5).all()  # they differ at the edge only, by about a pixel


def test_a_scribble_of_many_jumps_over_the_page_ends_and_takes_everything(sheet_map: ViewMap) -> None:
    jumps = np.random.default_rng(1).uniform(-200, 400, (200_000, 2))
    assert len(sheet_map.cells_under(jumps, 6.0)) == len(sheet_map.visible)


def test_a_path_that_leaves_the_page_far_behind_comes_back(sheet_map: ViewMap) -> None:
    zigzag = [(60.0, 60.0), (1e7, 60.0), (1e7, 150.0), (60.0, 150.0)] * 3000
    cells = sheet_map.cells_under(zigzag, 8.0)
    assert sheet_map.cell_at(150, 60) in cells.ids
    assert sheet_map.cell_at(150, 150) in cells.ids
    assert sheet_map.cell_at(150, 105) not in cells.ids


def test_a_stroke_that_grows_takes_the_cells_of_the_whole(sheet_map: ViewMap) -> None:
    points = [(40.0 + k, 100 + 30 * np.sin(k / 12)) for k in range(130)]
    trail = sheet_map.trail()
    for k in range(0, len(points), 9):
        trail.add(points[max(0, k - 1) : k + 9], 9.0)
    grown, whole = trail.cells(), sheet_map.cells_under(points, 9.0)
    assert len(np.setxor1d(grown.ids, whole.ids)) <= 0.03 * len(whole)


def test_a_stroke_smaller_than_a_cell_grows_from_the_cell_under_it(sheet_map: ViewMap) -> None:
    trail = sheet_map.trail()
    trail.add([(12.5, 12.5)], 0.4)
    assert trail.cells().ids.tolist() == [0]
    trail.add([(float("nan"), 3.0)], 5.0)
    trail.add([(50.0, 50.0)], -1.0)
    assert trail.cells().ids.tolist() == [0]


def test_two_places_far_apart_have_two_boxes_that_hold_all_of_them(sheet_map: ViewMap) -> None:
    near = sheet_map.cells_under([(30.0, 30.0), (50.0, 30.0)], 8)
    far = sheet_map.cells_under([(180.0, 190.0)], 8)
    windows = sheet_map.windows_of(near.union(far).ids)
    assert len(windows) == 2
    inside = np.zeros(sheet_map.raster.shape, bool)
    for top, bottom, left, right in windows:
        inside[top:bottom, left:right] = True
    drawn = np.isin(sheet_map.raster, near.union(far).ids)
    assert inside[drawn].all()
    assert inside.sum() < 3 * drawn.sum()
    assert sheet_map.windows_of(np.array([], np.int64)) == []


def test_an_outline_is_the_same_in_a_small_box_as_in_a_large_one(sheet_map: ViewMap) -> None:
    codes = np.full(1600, -1, np.int16)
    codes[sheet_map.cells_under([(30.0, 100.0), (190.0, 110.0)], 14).ids] = 7
    height, width = sheet_map.raster.shape
    whole = sheet_map.ink_outlines(codes, (0, height, 0, width))[7]
    small = sheet_map.ink_outlines(codes, (70, 150, 80, 140))[7]
    seen = box(80 + sheet_map.spread, 70 + sheet_map.spread, 140 - sheet_map.spread, 150 - sheet_map.spread)
    assert whole.intersection(seen).area > 500
    # two edges of 46 mm, each thinned to 0.12 mm: a twentieth of a millimetre between them
    assert whole.symmetric_difference(small).intersection(seen).area < 92 * 0.05


def test_an_inks_outline_keeps_about_the_area_of_its_cells(sheet_map: ViewMap) -> None:
    codes = np.full(1600, -1, np.int16)
    cells = sheet_map.cells_under([(60.0, 100.0), (150.0, 100.0)], 12)
    codes[cells.ids] = 3
    height, width = sheet_map.raster.shape
    outlines = sheet_map.ink_outlines(codes, (0, height, 0, width))
    assert list(outlines) == [3]
    assert outlines[3].area == pytest.approx(25 * len(cells), rel=0.08)


def test_cells_that_are_sorted_already_are_taken_as_they_are() -> None:
    made = Cells.of_sorted(np.array([2, 5, 9]))
    assert made.ids.tolist() == Cells.of([9, 2, 5]).ids.tolist()
    assert made.weights.tolist() == [1, 1, 1]
    assert not made.ids.flags.writeable


def test_a_skin_whose_cells_have_no_neighbours_is_not_blurred(sheet: Skin) -> None:
    alone = replace(sheet, starts=np.zeros_like(sheet.starts), neighbours=sheet.neighbours[:0])
    cells = Cells.of([3, 4, 9])
    soft = Blur(alone)(cells)
    assert soft.ids.tolist() == [3, 4, 9]
    assert soft.weights.tolist() == [1, 1, 1]
