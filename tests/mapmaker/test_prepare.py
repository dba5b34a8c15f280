import numpy as np
import pytest

from mapmaker.meshes import Mesh, MeshSet
from mapmaker.prepare import (
    bridge,
    closed_sheet,
    cut_before,
    drape_behind,
    height_map,
    keep_where,
    prepare,
    raise_before,
    scatter_on_faces,
    sternalis,
    subdivide,
    uncover,
)
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey, StructureKind
from myomap.errors import MyomapError


def box(low, high, cells=8):
    """A closed box, its sides divided into cells × cells squares."""
    low, high = np.array(low, float), np.array(high, float)
    vertices, faces = [], []
    for axis in range(3):
        u, v = [k for k in range(3) if k != axis]
        for end in (0, 1):
            grid = np.linspace(0, 1, cells + 1)
            first = len(vertices)
            for a in grid:
                for b in grid:
                    point = np.empty(3)
                    point[axis] = (low, high)[end][axis]
                    point[u] = low[u] + a * (high - low)[u]
                    point[v] = low[v] + b * (high - low)[v]
                    vertices.append(point)
            flip = (end == 1) == (axis != 1)
            for i in range(cells):
                for j in range(cells):
                    k = first + i * (cells + 1) + j
                    quad = [k, k + cells + 1, k + cells + 2, k + 1]
                    quad = quad if flip else quad[::-1]
                    faces += [[quad[0], quad[1], quad[2]], [quad[0], quad[2], quad[3]]]
    return np.array(vertices), np.array(faces, np.int64)


def area(vertices, faces):
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2


def test_points_scattered_on_a_face_leave_no_gap_wider_than_asked():
    vertices = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0]], float)
    points = scatter_on_faces(vertices, np.array([[0, 1, 2]]), 1.0)
    wanted = np.array([[1, 1, 0], [3, 3, 0], [0.5, 8, 0], [8, 0.5, 0]], float)
    nearest = np.linalg.norm(points[None] - wanted[:, None], axis=2).min(axis=1)
    assert (nearest < 1.0).all()


@pytest.mark.parametrize(("axis", "sign", "wanted"), [(2, 1.0, 7), (2, -1.0, -3), (0, 1.0, 20), (0, -1.0, 0)])
def test_a_height_map_gives_the_side_that_faces_the_viewer(axis, sign, wanted):
    seen = height_map([box((0, 0, 3), (20, 20, 7))], axis, sign)
    middle = np.array([10.0]), np.array([5.0 if axis == 0 else 10.0])
    assert seen.at(*middle)[0] == pytest.approx(wanted)


def test_a_sheath_before_a_muscle_is_moved_behind_it_and_stays_where_no_muscle_is():
    muscle = box((0, 0, 0), (40, 60, 8), 10)
    front = box((-40, 0, 14), (40, 60, 15), 40)
    draped, faces = drape_behind(*front, muscle)
    over = (draped[:, 0] > 6) & (draped[:, 0] < 34) & (draped[:, 1] > 6) & (draped[:, 1] < 54)
    assert (draped[over, 2] < 0).all()
    beside = draped[:, 0] < -20
    assert np.array_equal(draped[beside], front[0][beside])
    assert np.array_equal(faces, front[1])


def test_splitting_faces_keeps_the_surface():
    vertices, faces = box((0, 0, 0), (10, 20, 5), 2)
    finer = subdivide(vertices, faces)
    assert len(finer[1]) == 4 * len(faces)
    assert area(*finer) == pytest.approx(area(vertices, faces))


def test_a_buried_muscle_comes_before_its_sheath_and_its_back_stays():
    muscle, sheath = box((0, 0, 0), (40, 60, 8), 10), box((-20, -10, 5), (60, 70, 14), 10)
    raised, faces = raise_before(*muscle, [sheath])
    middle = np.array([20.0]), np.array([30.0])
    front = height_map([(raised, faces)], 2).at(*middle)[0]
    assert front > 14
    assert height_map([(raised, faces)], 2, -1.0).at(*middle)[0] == pytest.approx(0, abs=0.6)


def test_what_still_lies_before_the_muscle_is_cut_away_inside_its_border_only():
    sheath = box((-20, -10, 5), (60, 70, 14), 20)
    front = height_map([box((0, 0, 0), (40, 60, 10), 8)], 2)
    _, kept = cut_before(*sheath, front)
    middles = sheath[0][kept].mean(axis=1)
    inside = (np.abs(middles[:, 0] - 20) < 14) & (np.abs(middles[:, 1] - 30) < 22)
    assert not (inside & (middles[:, 2] > 10)).any()
    assert (middles[:, 0] < -5).any()


def test_a_surface_is_cut_exactly_along_the_zero_line():
    vertices, faces = box((0, 0, 0), (10, 10, 10), 4)
    cut = keep_where(vertices, faces, vertices[:, 0] - 3.3)
    assert cut[0][cut[1]].reshape(-1, 3)[:, 0].min() == pytest.approx(3.3)
    assert area(*cut) == pytest.approx(100 + 4 * 6.7 * 10)


def test_a_fascia_opens_over_the_muscle_in_it():
    fascia, muscle = box((0, 0, 0), (60, 60, 4), 6), box((20, 20, -2), (40, 40, 2), 4)
    vertices, faces = uncover(fascia, muscle, 5.0)
    seen = height_map([(vertices, faces)], 2)
    assert seen.at(np.array([30.0]), np.array([30.0]))[0] < 0
    assert seen.at(np.array([5.0]), np.array([5.0]))[0] == pytest.approx(4)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_bridge_closes_the_gap_and_lies_outside_the_muscle_on_its_own_side(side):
    def at(low, high):
        ends = sorted((side * low[0], side * high[0]))
        return box((ends[0], *low[1:]), (ends[1], *high[1:]), 10)

    upper, lower = at((150, 700, -20), (153, 800, 20)), at((130, 400, -10), (133, 500, 10))
    muscle = at((60, 350, -60), (146, 820, 60))
    vertices, _ = bridge(upper, lower, [muscle], side)
    assert (side * vertices[:, 0] > 0).all()
    assert vertices[:, 1].min() < 500 < 700 < vertices[:, 1].max()
    halfway = np.abs(vertices[:, 1] - 600) < 20
    assert (side * vertices[halfway, 0]).max() > 146


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_bridge_runs_out_of_the_thick_back_edge_of_a_piece_without_a_step(side):
    def at(low, high):
        ends = sorted((side * low[0], side * high[0]))
        return box((ends[0], *low[1:]), (ends[1], *high[1:]), 10)

    upper, lower = at((140, 700, -20), (150, 800, 20)), at((128, 400, -20), (130, 500, 20))
    vertices, _ = bridge(upper, lower, [at((60, 350, -60), (100, 820, 60))], side)

    def thickness(y):
        back = vertices[(np.abs(vertices[:, 1] - y) < 2) & (vertices[:, 2] < -18)]
        return np.ptp(side * back[:, 0])

    assert thickness(700) > 8
    assert thickness(700) > thickness(690) > thickness(675) > 2 * thickness(600)
    assert thickness(600) < 3


def test_a_closed_sheet_has_two_faces_at_every_edge_and_looks_outwards():
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij"), axis=-1).reshape(-1, 2)
    outer = np.column_stack([grid, np.full(20, 1.0)])
    vertices, faces = closed_sheet(outer, outer - [0, 0, 1], 5, 4, flip=True)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    volume = (a * np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(12)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_sternalis_lies_beside_the_breastbone_on_its_own_side_and_on_the_chest(side):
    chest = height_map([box((-100, 1100, 0), (100, 1350, 90), 4)], 2)
    vertices, _ = sternalis(chest, side)
    assert (side * vertices[:, 0] > 3).all()
    assert np.abs(vertices[:, 0]).max() < 45
    assert vertices[:, 2].max() < 95
    assert vertices[:, 2].min() > 85


def test_a_set_without_the_muscle_to_be_mended_is_refused_by_name():
    vertices, faces = box((0, 0, 0), (1, 1, 1), 1)
    key = StructureKey("femur", Laterality.LEFT)
    bone = Mesh("b", "femur", StructureKind.BONE, key, vertices.astype(np.float32), faces.astype(np.int32))
    with pytest.raises(MyomapError, match="rectus-abdominis"):
        prepare(MeshSet((bone,)))
