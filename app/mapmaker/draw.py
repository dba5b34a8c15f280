"""Draws a view: its layers as shapes that share borders, and every structure's silhouette."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mapmaker import coverage, labels, raster
from mapmaker.coverage import Drawing, Style
from mapmaker.meshes import Mesh, SkinMesh
from mapmaker.sources import Sources
from mapmaker.views import Plate
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Frame
from myomap.errors import MyomapError

#: Votes for a label reach this far (standard deviation).
VOTE_MM = 0.4
#: No piece smaller than this is drawn.
LEAST_MM2 = 2.0
#: No piece of a cut-out part of the skin smaller than this.
SCRAP_MM2 = 100.0
#: Greatest distance of a silhouette from the true one.
SILHOUETTE_MM = 0.4
_DEPTH = {layer: k for k, layer in enumerate(Layer)}
_SUFFIX = {Laterality.RIGHT: "_R", Laterality.LEFT: "_L", Laterality.MIDLINE: ""}


def meshes_in(plate: Plate, layer: Layer, sources: Sources) -> list[Mesh]:
    """Return what is drawn in a layer: that layer's structures and everything deeper."""
    drawn = []
    for mesh in sources.meshes(plate.view.figure):
        structure = mesh.key.structure
        if structure not in sources.layers:
            raise MyomapError(f"The structure “{structure}” has no layer in layers.csv.")
        if _DEPTH[sources.layers[structure]] < _DEPTH[layer]:
            continue
        if plate.shows_structure(structure, mesh.key.laterality):
            drawn.append(_lifted(mesh, plate))
    return drawn


def _lifted(mesh: Mesh, plate: Plate) -> Mesh:
    """Return the mesh drawn nearer where its structure is lifted; seen straight on it keeps its shape."""
    for structure, millimetres in plate.lift_mm:
        if structure == mesh.key.structure:
            step = np.array(plate.view.frame.toward, np.float32) * np.float32(millimetres)
            return replace(mesh, vertices=mesh.vertices + step)
    return mesh


def label_meshes(plate: Plate, meshes: Sequence[Mesh]) -> tuple[labels.Labels, list[StructureKey]]:
    """Return the label image of a layer, indices into the keys that are returned with it."""
    buffers = raster.render(plate.view.frame, plate.px_per_mm, meshes, plate.clip)
    keys = sorted({mesh.key for mesh in meshes})
    place = {key: k for k, key in enumerate(keys)}
    lookup = np.array([*(place[mesh.key] for mesh in meshes), labels.NOTHING], np.int32)
    return lookup[buffers.label], keys


def label_skin(plate: Plate, sources: Sources) -> tuple[labels.Labels, list[StructureKey]]:
    """Return the label image of the skin's regions: those of the cells, their borders made smooth."""
    stage, skin = sources.stage, sources.skin_classes
    keys = skin.keys
    vertices = stage.fine.xyz[plate.view.figure].astype(np.float32)
    visible = np.array([plate.shows_region(key.structure + _SUFFIX[key.laterality]) for key in keys])
    some = visible[skin.classes[:, 0]]
    faces = np.ascontiguousarray(stage.fine.faces[some[stage.fine.faces].any(axis=1)], np.int32)
    faces = outside(plate, vertices, faces)
    buffers = raster.render(plate.view.frame, plate.px_per_mm, [SkinMesh(vertices, faces)], plate.clip)
    points = raster.project(plate.view.frame, vertices, plate.px_per_mm)
    # The classes are those of the whole skin, so a view that shows a part has the same borders.
    image = labels.nearest_class(buffers.triangle, points, faces, skin.classes, skin.weights)
    image[(image >= 0) & ~visible[image]] = labels.NOTHING
    if plate.hide is not None:
        # Where a part was taken off, one would see through the body.
        labels.fill_holes(image)
    if plate.only is not None and plate.cut_in_view:
        _drop_scraps(image, plate.px_per_mm)
    return image, list(keys)


def _drop_scraps(image: labels.Labels, px: float) -> None:
    """Clear pieces of the picture below `SCRAP_MM2`: rims of a cut-out part that its neighbours would hide."""
    count, pieces, sizes, _ = cv2.connectedComponentsWithStats((image >= 0).astype(np.uint8))
    scraps = [k for k in range(1, count) if sizes[k, cv2.CC_STAT_AREA] < SCRAP_MM2 * px * px]
    image[np.isin(pieces, scraps)] = labels.NOTHING


def outside(plate: Plate, vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the faces of the skin that look at the viewer if it ends within the picture, else all.

    Where a neighbouring part is left out, one would see the skin of the far side from inside.
    """
    if not plate.cut_in_view:
        return faces
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    toward = np.array(plate.view.frame.toward, np.float32)
    return np.ascontiguousarray(faces[np.cross(b - a, c - a) @ toward > 0])


def draw_plate(plate: Plate, sources: Sources) -> dict[Layer, Drawing]:
    """Draw every layer of a view."""
    # Tenths of a millimetre do where pixels are fifths: SVGs of the whole body become a sixth smaller.
    unit = 10 if plate.px_per_mm == 5 else 1
    style = Style(VOTE_MM, plate.simplify_mm, max(0.04, plate.simplify_mm / 4), unit)
    px = plate.px_per_mm
    drawn = {}
    for layer in plate.view.layers:
        if layer is Layer.SKIN:
            image, keys = label_skin(plate, sources)
        else:
            image, keys = label_meshes(plate, meshes_in(plate, layer, sources))
        drawn[layer] = _checked(_drawn(image, keys, px, style), plate, layer)
    return drawn


def _drawn(image: labels.Labels, keys: Sequence[StructureKey], px: float, style: Style) -> Drawing:
    """Draw a label image; if smoothing has shrunk a piece below `LEAST_MM2`, leave out a little more."""
    least = 1.3 * LEAST_MM2
    while True:
        clean = labels.clean(image, VOTE_MM * px, round(least * px * px))
        drawing = coverage.draw(clean, keys, px, style)
        areas = shapely.area(shapely.get_parts(np.array(drawing.shapes)))
        if areas.min(initial=LEAST_MM2) >= LEAST_MM2:
            return drawing
        least *= 1.3


def _checked(drawing: Drawing, plate: Plate, layer: Layer) -> Drawing:
    shapes = np.array(drawing.shapes)
    if not shapely.is_valid(shapes).all() or not shapely.coverage_is_valid(shapes):
        raise MyomapError(
            f"The outlines of {plate.view.id}, layer {layer}, overlap.",
            safe="The old maps stay as they were.",
        )
    return drawing


def silhouettes(plate: Plate, sources: Sources) -> tuple[list[StructureKey], list[BaseGeometry]]:
    """Return what each structure covers in a view, hidden or not."""
    px = min(plate.px_per_mm, 4.0)
    grouped: dict[StructureKey, list[Mesh]] = {}
    for mesh in sources.meshes(plate.view.figure):
        if plate.shows_structure(mesh.key.structure, mesh.key.laterality):
            grouped.setdefault(mesh.key, []).append(mesh)
    keys, shapes = [], []
    for key in sorted(grouped):
        window = _window(plate.view.frame, grouped[key], px)
        if window is None:
            continue
        frame, column, row = window
        buffers = raster.render(frame, px, grouped[key], plate.clip)
        image = np.where(buffers.label >= 0, 0, labels.NOTHING).astype(np.int32)
        image = labels.clean(image, VOTE_MM * px, round(0.6 * px * px))
        drawing = coverage.draw(image, [key], px, Style(0.6, SILHOUETTE_MM, flatten_mm=0.12))
        if drawing.keys:
            keys.append(key)
            moved = shapely.transform(drawing.shapes[0], _by(column / px, row / px))
            shapes.append(moved)
    return keys, shapes


def _by(x: float, y: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda points: points + np.array([x, y])


def _window(frame: Frame, meshes: Sequence[Mesh], px: float) -> tuple[Frame, int, int] | None:
    """Return the part of a frame that some meshes cover, on its pixel grid, with its first pixel."""
    points = np.concatenate([raster.project(frame, mesh.vertices, px)[:, :2] for mesh in meshes])
    low = np.maximum(np.floor(points.min(axis=0)) - 4, 0)
    most = np.array([round(frame.width * px), round(frame.height * px)])
    high = np.minimum(np.ceil(points.max(axis=0)) + 4, most)
    if (high - low < 6).any():
        return None
    column, row = int(low[0]), int(low[1])
    size = (high - low) / px
    part = Frame(
        right=frame.right,
        up=frame.up,
        toward=frame.toward,
        left_edge=frame.left_edge + column / px,
        top_edge=frame.top_edge - row / px,
        width=float(size[0]),
        height=float(size[1]),
    )
    return part, column, row


def mirrored_shapes(
    keys: Sequence[StructureKey], shapes: Sequence[BaseGeometry], width: float
) -> tuple[list[StructureKey], list[BaseGeometry]]:
    """Return shapes flipped within a view of a width, with the other side's keys, in key order."""
    pairs = [
        (
            StructureKey(key.structure, key.laterality.mirrored()),
            shapely.transform(shape, lambda p: np.column_stack([width - p[:, 0], p[:, 1]])),
        )
        for key, shape in zip(keys, shapes, strict=True)
    ]
    pairs.sort(key=lambda pair: pair[0])
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
