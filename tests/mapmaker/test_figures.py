import numpy as np
import pytest

from mapmaker.figures import carried, carrier, closest_on_triangle, is_inside, outside_skin, signed_distance
from mapmaker.meshes import Mesh, MeshSet, SkinMesh
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey, StructureKind


def ball(radius, centre=(0.0, 0.0, 0.0), rows=24):
    """A closed sphere."""
    tilt = np.linspace(0, np.pi, rows + 1)[1:-1]
    turn = np.linspace(0, 2 * np.pi, 2 * rows, endpoint=False)
    ring = np.stack(
        [
            np.outer(np.sin(tilt), np.cos(turn)),
            np.outer(np.cos(tilt), np.ones_like(turn)),
            np.outer(np.sin(tilt), np.sin(turn)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    vertices = np.concatenate([ring, [[0, 1, 0], [0, -1, 0]]]) * radius + np.array(centre)
    width, faces = 2 * rows, []
    for i in range(rows - 2):
        for j in range(width):
            a, b = i * width + j, i * width + (j + 1) % width
            faces += [[a, b, a + width], [b, b + width, a + width]]
    top, bottom, last = len(ring), len(ring) + 1, (rows - 2) * width
    for j in range(width):
        faces += [[top, (j + 1) % width, j], [bottom, last + j, last + (j + 1) % width]]
    return vertices, np.array(faces, np.int64)


SKIN, FACES = ball(60.0)


def test_inside_is_told_at_any_depth():
    points = np.array([[0, 0, 0], [0, 0, 58], [0, 0, 62], [43, 43, 0], [40, 40, 0], [200, 0, 0]], float)
    assert is_inside(points, SKIN, FACES).tolist() == [True, True, False, False, True, False]


def test_the_distance_to_the_skin_is_positive_inside_with_the_normal_outwards():
    distance, outward = signed_distance(np.array([[0, 50, 0.0], [0, 70, 0.0]]), SKIN, FACES)
    assert distance == pytest.approx([10, -10], abs=0.5)
    assert (outward[:, 1] > 0.95).all()


@pytest.mark.parametrize(
    ("point", "wanted"),
    [
        ((2, 2, 5), (2, 2, 0)),
        ((-3, 4, 0), (0, 4, 0)),
        ((-2, -2, 1), (0, 0, 0)),
        ((9, 9, 0), (5, 5, 0)),
        ((14, -3, 2), (10, 0, 0)),
    ],
)
def test_the_nearest_point_of_a_triangle_is_on_its_face_edge_or_corner(point, wanted):
    corners = np.array([[[0, 0, 0], [10, 0, 0], [0, 10, 0]]], float)
    place, weights = closest_on_triangle(np.array([point], float), corners)
    assert place[0] == pytest.approx(wanted)
    assert weights.sum() == pytest.approx(1)


def test_what_lies_inside_follows_the_skin_around_it():
    other = SKIN * [1.2, 0.8, 1.0] + [5, 0, 0]
    rng = np.random.default_rng(1)
    points = rng.normal(size=(400, 3))
    points *= (rng.uniform(0, 55, 400) / np.linalg.norm(points, axis=1))[:, None]
    moved = carrier(SKIN, other, FACES, step=4.0).carry(points)
    assert np.abs(moved - (points * [1.2, 0.8, 1.0] + [5, 0, 0])).max() < 1.5


def test_nothing_leaves_the_other_skin():
    other = SKIN * 0.7
    points = SKIN * 0.995
    moved = carrier(SKIN, other, FACES, step=4.0).carry(points)
    assert outside_skin(moved, other, FACES).max() == 0


def test_a_finger_follows_its_own_skin_and_not_the_next_one():
    left, faces = ball(12.0, (-14, 0, 0), 14)
    right, _ = ball(12.0, (14, 0, 0), 14)
    male = np.concatenate([left, right])
    both = np.concatenate([faces, faces + len(left)])
    female = male + np.where(np.arange(len(male)) < len(left), 1, -1)[:, None] * [0.0, 20.0, 0.0]
    moved = carrier(male, female, both, step=2.0).carry(
        np.array([[-14.0, 0, 0], [14, 0, 0], [-5, 0, 0], [5, 0, 0]])
    )
    assert moved[:, 1] == pytest.approx([20, -20, 20, -20], abs=1.5)


def test_meshes_keep_their_ids_faces_and_order_on_the_other_figure():
    def mesh(name, scale):
        vertices, faces = ball(10.0, (0, scale, 0), 6)
        key = StructureKey(name, Laterality.RIGHT)
        return Mesh(
            name, name, StructureKind.MUSCLE, key, vertices.astype(np.float32), faces.astype(np.int32)
        )

    given = MeshSet((mesh("b", 0), mesh("a", 20)))
    skin = SkinMesh(SKIN.astype(np.float32), FACES.astype(np.int32))
    other = SkinMesh((SKIN * 0.9).astype(np.float32), FACES.astype(np.int32))
    moved = carried(given, skin, other)
    assert [m.id for m in moved] == ["b", "a"]
    assert all(np.array_equal(m.faces, g.faces) for m, g in zip(moved, given, strict=True))
    assert np.ptp(moved.meshes[0].vertices[:, 1]) == pytest.approx(18, abs=0.5)


def test_carrying_twice_gives_the_same_bytes():
    points = SKIN * 0.6
    first = carrier(SKIN, SKIN * 0.8, FACES, step=5.0).carry(points)
    second = carrier(SKIN, SKIN * 0.8, FACES, step=5.0).carry(points)
    assert first.tobytes() == second.tobytes()
