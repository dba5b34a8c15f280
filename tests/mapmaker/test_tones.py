import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from mapmaker import shading
from mapmaker.draw import outside
from mapmaker.fibres import all_fibres, directions, fibres_of
from mapmaker.meshes import Mesh, MeshSet
from mapmaker.skin_art import draw_line, draw_patch, to_outline
from mapmaker.skin_strokes import Line, Patch, Pinned, smooth_curve
from mapmaker.tones import coarse_of, form_of, is_closed, scale_of, tone
from mapmaker.views import Part, Plate, load_plates
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey, StructureKind
from myomap.anatomy.views import Direction, Figure, Frame, View

ROOT = Path(__file__).parents[2]
BODYMAPS = ROOT / "assets" / "bodymaps"
NOWHERE = Pinned(np.zeros(0, np.int64), np.zeros((0, 3)))


def plate(width=80.0, height=80.0, **more):
    frame = Frame((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0), -width / 2, height / 2, width, height)
    view = View(
        "male.anterior", Figure.MALE, "anterior", "Anterior view", Direction.ANTERIOR, frame,
        (Layer.SUPERFICIAL,), Layer.SUPERFICIAL, "whole_body", Laterality.MIDLINE, Laterality.RIGHT,
    )  # fmt: skip
    return Plate(view, 5.0, 0.3, **more)


def spindle(
    name, side=Laterality.RIGHT, kind=StructureKind.MUSCLE, x=0.0, length=120.0, belly=15.0, thin=2.0
):
    """A muscle along y: a belly in the middle, thin at both ends."""
    along, turn = np.linspace(-1, 1, 41), np.linspace(0, 2 * np.pi, 25)[:-1]
    radius = thin + (belly - thin) * np.clip(1 - (along / 0.6) ** 2, 0, 1)
    rings = np.stack(
        [
            x + np.outer(radius, np.cos(turn)),
            np.outer(along * length / 2, np.ones(24)),
            np.outer(radius, np.sin(turn)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    vertices = np.concatenate([rings, [[x, -length / 2, 0], [x, length / 2, 0]]])
    faces = []
    for i in range(40):
        for j in range(24):
            a, b = i * 24 + j, i * 24 + (j + 1) % 24
            faces += [[a, a + 24, b], [b, a + 24, b + 24]]
    bottom, top = len(rings), len(rings) + 1
    for j in range(24):
        faces += [[bottom, j, (j + 1) % 24], [top, 960 + (j + 1) % 24, 960 + j]]
    key = StructureKey(name, side)
    return Mesh(f"{name}_{side}", name, kind, key, vertices.astype(np.float32), np.array(faces, np.int32))


def shaded(meshes, scale=2.0, given=None):
    forms = {m.id: form_of(m, fibres_of(m)) for m in meshes}
    return tone(given or plate(), meshes, forms, scale)


def test_the_mesh_of_these_tests_is_closed_and_an_open_one_is_not():
    mesh = spindle("m")
    assert is_closed(mesh.faces.astype(np.int64))
    assert not is_closed(mesh.faces[1:].astype(np.int64))


def test_the_tone_covers_the_frame_and_is_white_where_nothing_is_drawn():
    made = shaded([spindle("m", length=60)])
    assert made.grey.shape == (160, 160)
    assert (made.grey[:15] == 255).all()
    assert (made.grey[:, :30] == 255).all()
    assert made.grey[80, 80] < 252
    assert made.grey.min() > 20


def test_light_comes_from_the_upper_left_of_the_viewer():
    ball = spindle("m", kind=StructureKind.BONE, length=60, belly=30, thin=4)
    grey = shaded([ball]).grey.astype(float)
    assert grey[60:75, 45:65].mean() > grey[85:100, 95:115].mean() + 15


def test_the_coarse_image_is_an_eighth():
    assert coarse_of(np.zeros((161, 80), np.uint8)).shape == (20, 10)


def test_ends_of_a_muscle_are_tendon_and_its_belly_is_flesh():
    mesh = spindle("m")
    found = fibres_of(mesh)
    y = np.abs(mesh.vertices[:, 1])
    assert found.tendon[y > 48].min() > 0.8
    assert found.tendon[y < 25].max() < 0.1
    mask = shaded([mesh], given=plate(80, 130)).tendon
    assert mask is not None
    assert mask[10, 60] > 200
    assert mask[mask.shape[0] // 2, mask.shape[1] // 2] < 20


def test_muscles_of_the_face_and_bones_have_no_tendon():
    assert fibres_of(spindle("risorius")).tendon.max() == 0
    assert shaded([spindle("m", kind=StructureKind.BONE)]).tendon is None


def test_fibres_run_the_long_way_of_a_muscle():
    mesh = spindle("m")
    found = fibres_of(mesh)
    belly = np.abs(mesh.vertices[:, 1]) < 40
    assert np.abs(directions(mesh, found.length)[belly, 1]).min() > 0.8
    assert np.ptp(found.length) == pytest.approx(120, abs=12)


def test_both_sides_have_the_same_fibres():
    right, left = spindle("m", x=-30), spindle("m", Laterality.LEFT, x=30)
    # The left is another mesh of the same form: its vertices come in another order.
    order = np.random.default_rng(1).permutation(len(left.vertices))
    place = np.argsort(order)
    left = replace(left, vertices=left.vertices[order], faces=place[left.faces].astype(np.int32))
    found = all_fibres(MeshSet((right, left)))
    assert found[left.id].tendon == pytest.approx(found[right.id].tendon[order], abs=0.02)
    assert found[left.id].length == pytest.approx(found[right.id].length[order], abs=1)


def test_a_muscle_on_another_throws_a_shadow_beside_its_edge():
    wall = spindle("wall", kind=StructureKind.BONE, belly=36, thin=36, length=78)
    strap = spindle("strap", kind=StructureKind.BONE, belly=4, thin=4, length=70)
    strap = replace(strap, vertices=strap.vertices + np.array([0, 0, 38], np.float32))
    alone, both = shaded([wall]).grey.astype(float), shaded([wall, strap]).grey.astype(float)
    beside = np.s_[70:90, 90:93]
    far = np.s_[70:90, 118:124]
    assert both[beside].mean() < alone[beside].mean() - 8
    assert both[far].mean() == pytest.approx(alone[far].mean(), abs=4)


def flat(depth):
    label = np.zeros(depth.shape, np.int32)
    return depth.astype(np.float32), label


def test_a_slanted_plane_does_not_shade_itself_and_a_pit_is_dark():
    x = np.tile(np.arange(120.0), (120, 1))
    depth, label = flat(0.4 * x)
    slope = np.zeros((120, 120, 2), np.float32)
    slope[..., 0] = 0.4
    assert shading.occlusion(depth, label, slope, 6.0, 16, 2.0, 0.04)[20:-20, 20:-20].min() > 0.99
    pit = np.where(np.hypot(x - 60, x.T - 60) < 6, -6.0, 0.0)
    depth, label = flat(pit)
    seen = shading.occlusion(depth, label, np.zeros((120, 120, 2), np.float32), 6.0, 16, 2.0, 0.04)
    assert seen[60, 60] < 0.75
    assert seen[20, 20] > 0.99


def test_what_is_seen_through_a_hole_is_darker():
    x = np.tile(np.arange(100.0), (100, 1))
    depth, label = flat(np.where(np.hypot(x - 50, x.T - 50) < 8, -12.0, 0.0))
    factor = shading.hollow(depth, label, 2.0)
    assert factor[50, 50] < 0.85
    assert factor[5, 5] == pytest.approx(1)


def test_streaks_run_along_the_fibres():
    noise = np.random.default_rng(0).standard_normal((80, 80), np.float32)
    label = np.zeros((80, 80), np.int32)
    ones, zeros = np.ones((80, 80), np.float32), np.zeros((80, 80), np.float32)
    drawn = shading.streak(noise, label, ones, zeros, 10)
    along, across = np.diff(drawn, axis=1).std(), np.diff(drawn, axis=0).std()
    assert along < across / 3


def test_streaks_stop_at_the_border_of_two_muscles():
    noise = np.zeros((20, 40), np.float32)
    noise[:, :20] = 1
    label = np.zeros((20, 40), np.int32)
    label[:, 20:] = 1
    drawn = shading.streak(noise, label, np.ones((20, 40), np.float32), np.zeros((20, 40), np.float32), 10)
    assert (drawn[:, 20:] == 0).all()


def test_only_the_seen_part_of_a_line_is_drawn():
    value = np.ones((40, 80), np.float32)
    points = np.column_stack([np.linspace(10, 70, 61), np.full(61, 20.0), np.zeros(61)])
    draw_line(value, Line(NOWHERE, 2.0, 0.5, taper=False), points, points[:, 0] < 40, 2.0)
    assert value[19:21, 20].max() < 0.65
    assert (value[:, 50:] == 1).all()
    assert value.min() > 0.45


def test_a_patch_sets_the_tone_inside_its_outline_only():
    value = np.full((60, 60), 0.5, np.float32)
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.column_stack([30 + 10 * np.cos(t), 30 + 10 * np.sin(t), np.zeros(40)])
    draw_patch(value, Patch(NOWHERE, value=0.9, alpha=1.0), ring, 1.0)
    assert value[30, 30] == pytest.approx(0.9, abs=0.01)
    assert value[30, 45] == pytest.approx(0.5, abs=0.01)


def test_the_tone_of_cut_skin_ends_at_its_outline_and_not_at_its_triangles():
    shape = np.zeros((120, 120), np.float32)
    shape[:, :80] = 1
    label = np.full((120, 120), -1, np.int32)
    label[:, :70] = 0
    label[40:60, :95] = 0  # a tooth of the cut
    value = np.where(label >= 0, 0.6, 1).astype(np.float32)
    value[:, 66:] = np.where(label[:, 66:] >= 0, 0.1, 1)
    drawn, share, inside = to_outline(value, label, shape, np.zeros(label.shape, bool), 3.0)
    assert np.array_equal(inside >= 0, shape >= 0.5)
    assert (share[:, 84:] == 0).all()
    assert drawn[:, :80] == pytest.approx(0.6, abs=0.02)


def test_skin_seen_from_inside_is_left_out_where_a_part_is_cut_out_and_only_there():
    vertices = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 1]], np.int32)
    cut_out = replace(plate(), only=Part(frozenset(), ("anal",)))
    assert np.array_equal(outside(cut_out, vertices, faces), faces[:1])
    assert np.array_equal(outside(plate(), vertices, faces), faces)


def test_a_curve_goes_through_its_points():
    points = np.array([[0, 0], [5, 3], [9, -2]], float)
    curve = smooth_curve(points)
    assert np.linalg.norm(curve[None] - points[:, None], axis=2).min(axis=1) == pytest.approx([0, 0, 0])


def palette():
    return yaml.safe_load((ROOT / "data" / "palette.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", ["light", "dark", "print", "colour_blind"])
def test_every_set_of_colours_has_every_token(name):
    sets = palette()["sets"]
    assert set(sets[name]) == set(sets["light"])
    assert all(re.fullmatch(r"#[0-9a-f]{6}([0-9a-f]{2})?", colour) for colour in sets[name].values())


def brightness(colour):
    return sum(w * int(colour[k : k + 2], 16) for w, k in ((0.299, 1), (0.587, 3), (0.114, 5)))


@pytest.mark.parametrize("name", ["light", "dark", "print", "colour_blind"])
def test_zones_stay_apart_from_muscle_and_skin_in_grey(name):
    tokens = palette()["sets"][name]
    for fill in ("muscle_1", "muscle_4", "skin", "bone"):
        assert abs(brightness(tokens["essential_line"]) - brightness(tokens[fill])) > 25


def committed():
    if not any(BODYMAPS.rglob("*.jpg")):
        pytest.skip("the tone images are not here yet")
    return load_plates(ROOT / "data" / "views.yaml")


def test_every_view_and_layer_has_a_tone_that_covers_its_frame():
    for made in committed():
        frame, scale = made.view.frame, scale_of(made)
        for layer in made.view.layers:
            path = BODYMAPS / made.view.figure / made.view.name / f"{layer}.jpg"
            image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            assert image is not None, path
            assert image.ndim == 2, path
            assert np.abs(np.array(image.shape) - np.array([frame.height, frame.width]) * scale).max() < 2, (
                path
            )
            assert path.with_suffix(".coarse.jpg").is_file(), path


def test_the_tone_images_stay_small():
    committed()
    coarse = sum(p.stat().st_size for p in BODYMAPS.rglob("*.coarse.jpg"))
    assert coarse < 2e6
    assert sum(p.stat().st_size for p in BODYMAPS.rglob("*.jpg")) - coarse < 26e6
