"""A place in a mesh is where the fractions say, always inside it, on both sides alike."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker.places import Flesh, PlaceError, place_in_mesh, place_near
from mapmaker.strokes import InMesh

_BOX = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def block(low: tuple[float, float, float], high: tuple[float, float, float]) -> Flesh:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    points = np.array(low) + corners * (np.array(high) - np.array(low))
    faces = np.concatenate([_BOX[:, [0, 1, 2]], _BOX[:, [0, 2, 3]]])
    return Flesh(points, faces.astype(np.int32))


def plane_in_front(z: float) -> cKDTree:
    x, y = np.meshgrid(np.arange(-300, 301, 2.0), np.arange(-300, 301, 2.0))
    return cKDTree(np.column_stack([x.ravel(), y.ravel(), np.full(x.size, z)]))


# On the right side, x < 0: medial is toward 0.
ARM = block((-120, 0, 0), (-80, 200, 20))


def at(along: float, across: float, depth: float) -> NDArray[np.float64]:
    return place_in_mesh(ARM, plane_in_front(30), InMesh(along, across, depth))


def test_along_runs_from_the_upper_end_to_the_lower() -> None:
    assert at(0.1, 0.5, 0.5)[1] == pytest.approx(180, abs=2)
    assert at(0.9, 0.5, 0.5)[1] == pytest.approx(20, abs=2)


def test_across_runs_from_the_medial_edge_outward() -> None:
    assert at(0.5, 0.1, 0.5)[0] == pytest.approx(-84, abs=2)
    assert at(0.5, 0.9, 0.5)[0] == pytest.approx(-116, abs=2)


def test_depth_runs_from_the_skin_inward() -> None:
    assert at(0.5, 0.5, 0.1)[2] == pytest.approx(18, abs=1.5)
    assert at(0.5, 0.5, 0.9)[2] == pytest.approx(2, abs=1.5)
    behind = place_in_mesh(ARM, plane_in_front(-10), InMesh(0.5, 0.5, 0.1))
    assert behind[2] == pytest.approx(2, abs=1.5)


def test_a_muscle_that_lies_flat_begins_at_its_medial_end() -> None:
    flat = block((-150, 0, 0), (-20, 20, 10))
    assert place_in_mesh(flat, plane_in_front(30), InMesh(0.1, 0.5, 0.5))[0] > -40


def test_a_muscle_of_the_foot_begins_at_the_heel() -> None:
    foot = block((-60, 0, -80), (-40, 10, 90))
    skin = cKDTree(np.array([[x, -5.0, z] for x in range(-80, -20, 2) for z in range(-90, 100, 2)]))
    assert place_in_mesh(foot, skin, InMesh(0.1, 0.5, 0.5))[2] < -50


@pytest.mark.parametrize("fractions", [(0, 0, 0), (1, 1, 1), (0, 1, 0.5), (0.5, 0, 1)])
def test_a_place_is_inside_the_mesh_even_at_its_ends(fractions: tuple[float, float, float]) -> None:
    point = at(*fractions)
    assert (point >= ARM.points.min(axis=0) - 1e-6).all()
    assert (point <= ARM.points.max(axis=0) + 1e-6).all()


def test_the_left_mesh_gives_the_mirrored_place() -> None:
    left = Flesh.of([(ARM.points * (-1, 1, 1), ARM.faces[:, ::-1])], mirrored=True)
    place = InMesh(0.3, 0.2, 0.6)
    np.testing.assert_allclose(place_in_mesh(left, plane_in_front(30), place), at(0.3, 0.2, 0.6))


def test_near_a_landmark_is_the_nearest_point_of_the_mesh_or_so_deep_in_it() -> None:
    skin_point = np.array([-100.0, 100.0, 30.0])
    np.testing.assert_allclose(place_near(ARM, skin_point, 0.0), (-100, 100, 20), atol=1e-6)
    np.testing.assert_allclose(place_near(ARM, skin_point, 0.5), (-100, 100, 10), atol=0.2)


def test_a_mesh_of_nothing_is_refused() -> None:
    thin = Flesh(np.array([[-1.0, 0, 0], [-1.0, 100, 0], [-1.0, 50, 0.0]]), np.array([[0, 1, 2]], np.int32))
    with pytest.raises(PlaceError):
        place_in_mesh(thin, plane_in_front(30), InMesh(0.5, 0.5, 0.5))
