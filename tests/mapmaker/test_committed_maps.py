"""The committed maps, by geometry: no meshes are needed."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from mapmaker import manifest
from mapmaker.views import load_plates
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.anatomy.views import View
from myomap.palette import fill_token
from myomap.store.atlas_file import AtlasFile
from myomap.surface.outlines import Outline

ROOT = Path(__file__).resolve().parents[2]
BODYMAPS = ROOT / "assets" / "bodymaps"
PLATES = {plate.view.id: plate for plate in load_plates(ROOT / "data" / "views.yaml")}
LEAST_MM2 = 2.0


@cache
def atlas() -> AtlasFile:
    return AtlasFile(ROOT / "data" / "atlas.sqlite", BODYMAPS)


def drawn(view: View) -> Iterator[tuple[Layer, list[Outline]]]:
    for layer in view.layers:
        yield layer, list(atlas().outlines(view.id, layer))


every_view = pytest.mark.parametrize("view_id", list(PLATES))


def test_the_atlas_has_the_views_of_the_reviewed_list_with_the_same_frames() -> None:
    assert dict(atlas().views) == {key: plate.view for key, plate in PLATES.items()}


@every_view
def test_every_layer_of_a_view_is_a_valid_coverage_without_slivers(view_id: str) -> None:
    for layer, outlines in drawn(PLATES[view_id].view):
        shapes = np.array([outline.shape for outline in outlines])
        assert len(shapes), f"nothing is drawn in layer {layer}"
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes), layer
        pieces = shapely.get_parts(shapes)
        small = shapely.area(pieces) < LEAST_MM2
        assert not small.any(), f"{layer}: {small.sum()} pieces under {LEAST_MM2} mm²"


@every_view
def test_each_structure_is_drawn_once_a_layer(view_id: str) -> None:
    for layer, outlines in drawn(PLATES[view_id].view):
        keys = [outline.key for outline in outlines]
        assert len(set(keys)) == len(keys), layer


@every_view
def test_left_lies_on_the_patients_left_wherever_both_sides_are_drawn(view_id: str) -> None:
    view = PLATES[view_id].view
    if view.viewer_left is None:
        pytest.skip("a view of one side")
    midline = -view.frame.left_edge
    toward_left = 1.0 if view.viewer_left is Laterality.RIGHT else -1.0
    for layer, outlines in drawn(view):
        for outline in outlines:
            if outline.key.laterality is Laterality.MIDLINE:
                continue
            side = 1.0 if outline.key.laterality is Laterality.LEFT else -1.0
            offset = (outline.shape.centroid.x - midline) * toward_left * side
            # A crumb of a bone seen between others at the midline may lie a hair's breadth off.
            assert offset > -1, f"{outline.key} in layer {layer} lies {-offset:.1f} mm on the wrong side"
            xs = shapely.get_coordinates(outline.shape)[:, 0]
            beyond = (-(xs - midline) * toward_left * side).max()
            assert beyond < 12, f"{outline.key} in layer {layer} reaches {beyond:.1f} mm over the midline"


@every_view
def test_the_frame_puts_the_patients_left_where_the_letters_say(view_id: str) -> None:
    view = PLATES[view_id].view
    if view.viewer_left is None:
        assert view.shows is not Laterality.MIDLINE
        return
    rightward = view.frame.right[0]
    assert (rightward > 0.9) == (view.viewer_left is Laterality.RIGHT)
    assert (rightward < -0.9) == (view.viewer_left is Laterality.LEFT)


@pytest.mark.parametrize("view_id", [v for v in PLATES if "_hand_" in v or "_foot_" in v])
def test_a_view_of_one_hand_or_foot_draws_nothing_of_the_other(view_id: str) -> None:
    view = PLATES[view_id].view
    for layer, outlines in drawn(view):
        sides = {outline.key.laterality for outline in outlines}
        assert sides == {view.shows}, layer


@pytest.mark.parametrize("view_id", [key for key, plate in PLATES.items() if plate.mirror_of])
def test_a_mirrored_view_is_the_flipped_picture_of_the_other(view_id: str) -> None:
    plate = PLATES[view_id]
    assert plate.mirror_of is not None
    width = plate.view.frame.width
    for layer, outlines in drawn(plate.view):
        others = {o.key: o.shape for o in atlas().outlines(plate.mirror_of, layer)}
        assert len(others) == len(outlines)
        for outline in outlines:
            key = outline.key
            other = others[type(key)(key.structure, key.laterality.mirrored())]
            flipped = shapely.transform(other, lambda p: np.column_stack([width - p[:, 0], p[:, 1]]))
            assert shapely.hausdorff_distance(flipped, outline.shape) < 0.02, f"{key} in {layer}"


@every_view
def test_svg_paths_are_the_stored_polygons(view_id: str) -> None:
    view = PLATES[view_id].view
    for layer, outlines in drawn(view):
        path = BODYMAPS / view.figure / view.name / f"{layer}.svg"
        root = ElementTree.parse(path).getroot()
        paths = {element.get("id"): element for element in root.iter("{http://www.w3.org/2000/svg}path")}
        assert set(paths) == {str(outline.key) for outline in outlines}
        width, height = (float(n) for n in (root.get("viewBox") or "").split()[2:])
        assert (width, height) == pytest.approx((view.frame.width, view.frame.height), abs=0.01)
        for outline in outlines:
            element = paths[str(outline.key)]
            assert element.get("data-structure") == outline.key.structure
            kind = "skin" if layer is Layer.SKIN else str(atlas().structures[outline.key.structure].kind)
            assert element.get("class") == fill_token(outline.key.structure, kind)
            assert element.get("data-laterality") == outline.key.laterality
            rings = [shapely.linearrings(ring) for ring in path_rings(element.get("d") or "")]
            stored = shapely.get_rings(shapely.get_parts(outline.shape))
            assert len(rings) == len(stored)
            gap = max(shapely.hausdorff_distance(a, b) for a, b in zip(rings, stored, strict=True))
            assert gap <= 0.2, f"{outline.key} in {layer}: {gap:.3f} mm"


def path_rings(d: str) -> Iterator[NDArray[np.float64]]:
    """Read path data of M/m, c, l and z."""
    at = np.zeros(2)
    points: list[NDArray[np.float64]] = []
    for command, rest in re.findall(r"([Mmclz])([^Mmclz]*)", d):
        if command == "z":
            yield np.concatenate([*points, points[0]])
            at = points[0][0]
            continue
        numbers = np.array([float(n) for n in re.findall(r"-?\d*\.?\d+", rest)]).reshape(-1, 2)
        if command in "Mm":
            at = at + numbers[0] if command == "m" else numbers[0]
            points = [at[None]]
            assert len(numbers) == 1
        elif command == "l":
            line = at + np.cumsum(numbers, axis=0)
            points.append(line)
            at = line[-1]
        else:
            for b, c, e in numbers.reshape(-1, 3, 2):
                # A point for every two millimetres.
                t = np.linspace(0, 1, 5 + int(np.abs(e).sum() / 2))[1:, None]
                s = 1 - t
                points.append(at + 3 * s * s * t * b + 3 * s * t * t * c + t**3 * e)
                at = at + e


@every_view
def test_what_is_visible_of_a_structure_lies_within_its_silhouette(view_id: str) -> None:
    view = PLATES[view_id].view
    whole = {outline.key: outline.shape for outline in atlas().silhouettes(view_id)}
    for layer, outlines in drawn(view):
        if layer is Layer.SKIN:
            continue
        for outline in outlines:
            assert outline.key in whole
            outside = outline.shape.difference(whole[outline.key].buffer(0.8)).area
            assert outside <= 0.02 * outline.shape.area + 1.5, f"{outline.key} in {layer}"


def test_every_muscle_can_be_clicked_somewhere() -> None:
    seen = {
        outline.key.structure
        for plate in PLATES.values()
        for layer, outlines in drawn(plate.view)
        if layer not in (Layer.SKIN, Layer.SKELETON)
        for outline in outlines
    }
    muscles = {s.muscle: set() for s in atlas().structures.values() if s.kind == "muscle"}
    for structure in atlas().structures.values():
        if structure.kind == "muscle":
            muscles[structure.muscle].add(structure.id)
    lost = sorted(m for m, parts in muscles.items() if m and not parts & seen)
    assert lost == ["scalenus-minimus"]  # a variant that no mesh shows; data/coverage.csv says so


def test_the_committed_maps_belong_to_one_build() -> None:
    assert manifest.verify(ROOT) == []


def test_a_changed_map_is_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "views.yaml").write_text("views: []\n")
    bodymaps = tmp_path / "assets" / "bodymaps"
    (bodymaps / "male" / "anterior").mkdir(parents=True)
    outline = bodymaps / "male" / "anterior" / "skin.svg"
    outline.write_text("<svg/>")
    anatomy = tmp_path / "anatomy"
    anatomy.mkdir()
    manifest.write(tmp_path, bodymaps, anatomy, {})
    assert manifest.verify(tmp_path) == []
    outline.write_text("<svg />")
    (bodymaps / "male" / "stray.svg").write_text("<svg/>")
    assert manifest.verify(tmp_path) == [
        "male/anterior/skin.svg was changed after the build.",
        "male/stray.svg is not in the manifest.",
    ]


CLOSE_UPS = [
    ("male.head_anterior", "male.anterior"),
    ("male.head_posterior", "male.posterior"),
    ("male.head_left_lateral", "male.left_lateral"),
    ("male.head_right_lateral", "male.right_lateral"),
    ("male.right_hand_palmar", "male.anterior"),
    ("male.left_hand_dorsal", "male.posterior"),
    ("female.head_anterior", "female.anterior"),
    ("female.head_left_lateral", "female.left_lateral"),
]


@pytest.mark.parametrize(("close", "whole"), CLOSE_UPS)
@pytest.mark.parametrize("layer", list(Layer))
def test_a_close_up_shows_the_same_structure_over_each_cell_as_the_whole_body(
    close: str, whole: str, layer: Layer
) -> None:
    if layer not in PLATES[close].view.layers:
        pytest.skip("the close-up has no such layer")
    seen = np.unique(atlas().view_map(close).raster)
    points = atlas().skin.xyz[PLATES[close].view.figure][seen[seen >= 0]]
    near, far = (structures_at(view, layer, points) for view in (close, whole))
    both = (near != "") & (far != "")
    assert both.sum() > 100
    assert (near[both] == far[both]).mean() > 0.93


def structures_at(view_id: str, layer: Layer, points: NDArray[np.float32]) -> NDArray[np.str_]:
    """Return the key drawn at the place of each body point; empty where there is none."""
    frame = PLATES[view_id].view.frame
    x = points @ np.array(frame.right) - frame.left_edge
    y = frame.top_edge - points @ np.array(frame.up)
    outlines = atlas().outlines(view_id, layer)
    tree = shapely.STRtree([outline.shape for outline in outlines])
    point, outline = tree.query(shapely.points(x, y), predicate="intersects")
    found = np.full(len(points), "", dtype="U80")
    found[point] = [str(outlines[k].key) for k in outline]
    return found
