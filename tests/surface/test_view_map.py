"""Strokes to cells and cells to outlines on a sheet whose answers are known."""

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from myomap.surface.cells import Cells
from myomap.surface.skin import Skin
from myomap.surface.view_map import ViewMap


def test_a_polygon_takes_the_cells_that_it_covers_by_half(sheet_map: ViewMap) -> None:
    # Columns of cells begin at x = 10, 15, …: 3 of 5 mm of the second column are covered.
    cells = sheet_map.cells_in_polygon(box(10, 10, 18, 15))
    assert cells.ids.tolist() == [0, 1]
    assert sheet_map.cells_in_polygon(box(10, 10, 16, 15)).ids.tolist() == [0]


def test_a_hole_in_a_polygon_stays_free(sheet_map: ViewMap) -> None:
    ring = box(10, 10, 60, 60).difference(box(20, 20, 40, 40))
    hole = sheet_map.cells_in_polygon(box(20, 20, 40, 40))
    found = sheet_map.cells_in_polygon(ring)
    assert len(hole) == 16
    assert len(found) == 100 - 16
    assert not set(found.ids.tolist()) & set(hole.ids.tolist())


def test_a_stroke_takes_the_cells_under_the_brush(sheet_map: ViewMap, sheet: Skin) -> None:
    cells = sheet_map.cells_under([[60, 60], [120, 60]], 10)
    centres = sheet_map.project(sheet.xyz[sheet_map.view.figure][cells.ids])
    line = LineString([(60, 60), (120, 60)])
    assert shapely.distance(line, shapely.points(centres)).max() <= 10 + 2.5
    assert sheet.area_of(cells) == pytest.approx(line.buffer(10).area, rel=0.08)


def test_a_dab_smaller_than_a_cell_takes_the_cell_under_it(sheet_map: ViewMap) -> None:
    assert sheet_map.cells_under([[12.5, 12.5]], 0.4).ids.tolist() == [0]


def test_a_stroke_beside_the_body_takes_nothing(sheet_map: ViewMap) -> None:
    assert not sheet_map.cells_under([[2, 2]], 3)
    assert not sheet_map.cells_under([[-500, 900], [-400, 900]], 20)


@pytest.mark.parametrize(
    "shape",
    [
        Polygon(),
        MultiPolygon(),
        box(-90, -90, -10, -10),
        box(5000, 5000, 6000, 6000),
        LineString([(0, 0), (9, 9)]),
    ],
)
def test_shapes_without_skin_under_them_take_nothing(sheet_map: ViewMap, shape: Polygon) -> None:
    assert not sheet_map.cells_in_polygon(shape)


def test_points_that_are_no_numbers_are_passed_over(sheet_map: ViewMap) -> None:
    clean = sheet_map.cells_under([[60, 60], [80, 60]], 6)
    dirty = sheet_map.cells_under([[np.nan, 3], [60, 60], [np.inf, 60], [80, 60]], 6)
    assert dirty.ids.tolist() == clean.ids.tolist()
    assert not sheet_map.cells_under([[np.nan, np.nan]], 6)
    assert not sheet_map.cells_under([[60, 60]], float("nan"))
    assert sheet_map.cell_at(float("nan"), 3) == -1


def test_a_ring_that_crosses_itself_counts_both_lobes(sheet_map: ViewMap) -> None:
    bow_tie = Polygon([(20, 20), (120, 100), (120, 20), (20, 100)])
    assert not bow_tie.is_valid
    cells = sheet_map.cells_in_polygon(bow_tie)
    assert {sheet_map.cell_at(30, 60), sheet_map.cell_at(110, 60)} <= set(cells.ids.tolist())
    assert sheet_map.cell_at(70, 30) not in cells.ids


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_a_hands_line_that_goes_round_several_times_takes_all_that_it_goes_round(
    sheet_map: ViewMap, turns: int
) -> None:
    turn = np.linspace(0, 2 * np.pi * turns, 80 * turns)
    reach = np.linspace(30, 60, 80 * turns)
    spiral = np.column_stack([100 + reach * np.cos(turn), 100 + reach * np.sin(turn)])
    cells = sheet_map.cells_within(spiral)
    inner = sheet_map.cells_in_polygon(shapely.Point(100, 100).buffer(29))
    assert set(inner.ids.tolist()) <= set(cells.ids.tolist())
    outer = sheet_map.cells_in_polygon(shapely.Point(100, 100).buffer(61))
    assert set(cells.ids.tolist()) <= set(outer.ids.tolist())


def test_a_hands_line_takes_both_lobes_of_an_eight_and_what_a_ring_takes(sheet_map: ViewMap) -> None:
    eight = [(40, 40), (80, 80), (80, 40), (40, 80)]
    assert (
        sheet_map.cells_within(eight).ids.tolist() == sheet_map.cells_in_polygon(Polygon(eight)).ids.tolist()
    )
    ring = [(20, 20), (70, 30), (60, 90)]
    assert sheet_map.cells_within(ring).ids.tolist() == sheet_map.cells_in_polygon(Polygon(ring)).ids.tolist()
    assert (
        sheet_map.cells_within([*ring, (float("nan"), 5)]).ids.tolist()
        == sheet_map.cells_within(ring).ids.tolist()
    )
    assert not sheet_map.cells_within(ring[:2])


def test_a_scribble_of_a_million_points_is_taken(sheet_map: ViewMap) -> None:
    angle = np.linspace(0, 2000, 1_000_000)
    points = np.column_stack([110 + 60 * np.cos(angle), 110 + 60 * np.sin(1.3 * angle)])
    cells = sheet_map.cells_in_polygon(Polygon(points))
    assert len(cells) > 50


def test_the_outline_of_cells_keeps_their_area(sheet_map: ViewMap, sheet: Skin) -> None:
    cells = sheet_map.cells_under([[60, 60], [120, 90]], 14)
    outline = sheet_map.outline(cells)
    assert outline.is_valid
    assert outline.area == pytest.approx(sheet.area_of(cells), rel=0.02)


def test_an_outline_at_the_edge_of_the_body_ends_there(sheet_map: ViewMap) -> None:
    cells = sheet_map.cells_in_polygon(box(10, 10, 210, 60))
    outline = sheet_map.outline(cells)
    left, top, right, _ = outline.bounds
    assert (left, top, right) == pytest.approx((10, 10, 210), abs=0.7)


def test_a_soft_zone_is_outlined_where_its_weight_is_the_level(sheet_map: ViewMap, sheet: Skin) -> None:
    y = sheet.xyz[sheet_map.view.figure][:, 1]
    cells = Cells.of(np.arange(len(sheet)), np.clip((y + 100) / 200, 0.01, 1))
    half, most = sheet_map.outline(cells, 0.5), sheet_map.outline(cells, 0.8)
    assert half.area == pytest.approx(200 * 100, rel=0.04)
    assert most.area == pytest.approx(200 * 40, rel=0.05)


def test_nothing_has_no_outline_and_no_centre(sheet_map: ViewMap) -> None:
    assert sheet_map.outline(Cells.empty()).is_empty
    assert sheet_map.outline(Cells.of([5_000_000])).is_empty
    assert sheet_map.centre(Cells.empty()) is None


def test_the_centre_of_cells_is_their_middle_as_seen(sheet_map: ViewMap) -> None:
    cells = sheet_map.cells_in_polygon(box(40, 80, 60, 120))
    assert sheet_map.centre(cells) == pytest.approx((50, 100))


def test_a_point_of_the_body_is_drawn_where_its_cell_is(sheet_map: ViewMap, sheet: Skin) -> None:
    centres = sheet_map.project(sheet.xyz[sheet_map.view.figure])
    assert [sheet_map.cell_at(x, y) for x, y in centres[::37].tolist()] == list(range(0, len(sheet), 37))


def test_seen_cells_are_those_of_the_raster(sheet_map: ViewMap) -> None:
    hidden = ViewMap(sheet_map.view, np.where(sheet_map.raster == 7, -1, sheet_map.raster), 1.0)
    assert 7 not in hidden.visible
    assert hidden.seen_of(Cells.of([6, 7, 8])).ids.tolist() == [6, 8]


def test_stroke_step(sheet_map: ViewMap, benchmark) -> None:  # type: ignore[no-untyped-def]
    cells = benchmark(sheet_map.cells_under, [[60, 60], [70, 64]], 12)
    assert cells
