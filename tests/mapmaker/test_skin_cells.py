"""Distances over the skin and its division into cells, on a ball and on sheets."""

import numpy as np
import pytest
from tests.mapmaker.ball import RADIUS, ball_source, ball_stage, nearest

from mapmaker.geodesic import Geodesics
from mapmaker.skin import split_fine
from mapmaker.skin_cells import WIDEST_MM, make_cells
from mapmaker.skin_stage import SkinStage
from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure


@pytest.fixture(scope="module")
def ball() -> SkinStage:
    return ball_stage({})


def sheet(columns: int, rows: int, step: float, z: float) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    x, y = np.meshgrid(np.arange(columns) * step, np.arange(rows) * step)
    points = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, z)])
    at = np.arange(x.size).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    return points, np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.int32)


def test_distance_on_a_sheet_is_straight() -> None:
    points, faces = sheet(40, 40, 2.0, 0.0)
    points[:, :2] += np.random.default_rng(4).normal(0, 0.35, (len(points), 2))
    found = Geodesics(points, faces).distance(np.array([820]))
    true = np.linalg.norm(points - points[820], axis=1)
    far = true > 6
    assert np.abs(found[far] / true[far] - 1).max() < 0.08
    assert np.abs(found[far] / true[far] - 1).mean() < 0.01


def test_distance_on_a_ball_is_the_arc(ball: SkinStage) -> None:
    top = nearest(ball.fine, (0, 1, 0))
    found = ball.geodesics().distance(np.array([top]))
    unit = ball.fine.xyz[Figure.MALE] / np.linalg.norm(ball.fine.xyz[Figure.MALE], axis=1, keepdims=True)
    arc = RADIUS * np.arccos(np.clip(unit @ unit[top], -1, 1))
    far = arc > 8
    assert np.abs(found[far] / arc[far] - 1).mean() < 0.03


def test_a_path_is_as_long_as_the_distance_and_begins_and_ends_where_it_should(ball: SkinStage) -> None:
    walk = ball.geodesics()
    start, end = nearest(ball.fine, (-1, 0.2, 0)), nearest(ball.fine, (0.2, -0.5, 1))
    path = walk.path(start, end)
    assert (path[0], path[-1]) == (start, end)
    length = np.linalg.norm(np.diff(ball.fine.xyz[Figure.MALE][path], axis=0), axis=1).sum()
    assert length == pytest.approx(walk.distance(np.array([start]))[end], rel=0.02)


def test_distance_does_not_jump_to_skin_that_is_near_only_through_the_air() -> None:
    """Two lips a millimetre apart, joined at one end only."""
    low, faces = sheet(30, 6, 2.0, 0.0)
    high, _ = sheet(30, 6, 2.0, 1.0)
    count = len(low)
    end = np.arange(6) * 30 + 29
    hinge = [(end[i], end[i + 1], end[i] + count) for i in range(5)]
    hinge += [(end[i + 1], end[i + 1] + count, end[i] + count) for i in range(5)]
    walk = Geodesics(
        np.concatenate([low, high]), np.concatenate([faces, faces + count, np.array(hinge)]).astype(np.int32)
    )
    found = walk.distance(np.array([0]))
    assert found[count] == pytest.approx(2 * 58 + 1, rel=0.05)
    reached, _ = walk.within(np.array([0]), 40.0)
    assert reached.max() < count


def test_asking_twice_gives_the_same_answer(ball: SkinStage) -> None:
    walk = ball.geodesics()
    first = walk.distance(np.array([5]), 20.0)
    walk.path(3, 900)
    np.testing.assert_array_equal(walk.distance(np.array([5]), 20.0), first)


def test_splitting_keeps_area_symmetry_and_the_longest_edge() -> None:
    source = ball_source()
    fine = split_fine(source, 5.0)
    whole = fine.xyz[Figure.MALE]
    corners = source.xyz[Figure.MALE][source.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert fine.areas().sum() == pytest.approx(np.linalg.norm(cross, axis=1).sum() / 2)
    np.testing.assert_array_equal(whole[fine.mirror] * (-1, 1, 1), whole)
    edges = np.linalg.norm(whole[fine.faces] - whole[np.roll(fine.faces, -1, axis=1)], axis=2)
    assert edges.max() <= 5.0
    np.testing.assert_array_equal(
        np.sort(fine.mirror[fine.faces[: fine.half]]), np.sort(fine.faces[fine.half :])
    )
    assert ((fine.normals * whole).sum(axis=1) > 0).all()


def test_cells_are_at_most_6_mm_across_on_both_figures(ball: SkinStage) -> None:
    for figure in Figure:
        corners = ball.fine.xyz[figure][ball.fine.faces].reshape(-1, 3)
        owner = np.repeat(ball.cells.of_face, 3)
        for cell in range(0, len(ball.cells), 7):
            mine = corners[owner == cell]
            across = np.linalg.norm(mine[:, None] - mine[None], axis=2).max()
            assert across <= WIDEST_MM + 1e-9


def test_cells_are_in_one_piece_and_cover_the_skin_once(ball: SkinStage) -> None:
    assert ball.cells.area_mm2.sum() == pytest.approx(ball.fine.areas().sum())
    assert ball.cells.area_mm2.min() > 0
    assert set(np.unique(ball.cells.of_face).tolist()) == set(range(len(ball.cells)))


def test_cells_mirror_each_other_exactly(ball: SkinStage) -> None:
    cells = ball.cells
    for figure in Figure:
        np.testing.assert_array_equal(cells.xyz[figure][cells.mirror] * (-1, 1, 1), cells.xyz[figure])
    np.testing.assert_allclose(cells.area_mm2[cells.mirror], cells.area_mm2, rtol=1e-12)
    assert (cells.mirror != np.arange(len(cells))).all()


def test_the_strip_beside_the_midline_is_of_neither_side(ball: SkinStage) -> None:
    x = ball.cells.xyz[Figure.MALE][:, 0]
    middle = ball.laterality == LATERALITY_CODES[Laterality.MIDLINE]
    assert np.abs(x[middle]).max() < 8
    assert (np.abs(x[~middle]) > 2).all()
    assert (x[ball.laterality == LATERALITY_CODES[Laterality.RIGHT]] < 0).all()


def test_the_same_skin_is_divided_the_same_way_again(ball: SkinStage) -> None:
    again = make_cells(split_fine(ball_source()))
    np.testing.assert_array_equal(again.of_face, ball.cells.of_face)
