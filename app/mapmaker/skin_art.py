"""The tone of the skin layer: form, a hint of what lies beneath, and drawn lines (face, nails, creases).

Lines are strokes on the 3D skin between landmarks, so they are right in every view and on both figures.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker import shading
from mapmaker.draw import label_skin, outside
from mapmaker.meshes import SkinMesh
from mapmaker.plates import Sources
from mapmaker.prepare import vertex_normals
from mapmaker.raster import Buffers, project, render
from mapmaker.skin_strokes import Author, Line, Patch, draw_all, hair_distance
from mapmaker.views import Plate
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError

Image = NDArray[Any]
FINE = 2


def light_skin(
    plate: Plate, skin: SkinMesh, regions: NDArray[np.str_], scale: float
) -> tuple[Image, Image, Buffers, SkinMesh]:
    """Return lit tone, coverage, fine buffers and the part of the skin that the view shows.

    `regions` names the region of every face of the skin.
    """
    names, number = np.unique(regions, return_inverse=True)
    shown = np.array([shows(plate, str(name)) for name in names])[number]
    part = SkinMesh(skin.vertices, outside(plate, skin.vertices, skin.faces[shown]))
    frame = plate.view.frame
    buffers = render(frame, scale * FINE, [part], plate.clip)
    axes = np.array([frame.right, frame.up, frame.toward])
    normals = vertex_normals(skin.vertices.astype(np.float64), skin.faces.astype(np.int64)) @ axes.T
    points = project(frame, skin.vertices, scale * FINE)
    fine = shading.light(
        buffers.label, buffers.triangle, np.zeros(1, np.int64), part.faces.astype(np.int64), points,
        normals.astype(np.float32), shading.KEY_LIGHT / np.linalg.norm(shading.KEY_LIGHT),
        shading.FILL_LIGHT / np.linalg.norm(shading.FILL_LIGHT), np.array([0.04], np.float32),
        plate.clip is not None,
    )  # fmt: skip
    return fine, (buffers.label >= 0).astype(np.float32), buffers, part


def shows(plate: Plate, region: str) -> bool:
    """Tell whether a region of the coarse skin is seen; the toes II-V are one region there."""
    stem, _, side = region.rpartition("_")
    if stem == "lesser_toes":
        return any(plate.shows_region(f"{toe}_{side}") for toe in (stem, *TOES))
    return plate.shows_region(region)


#: Regions that data/regions.csv makes of lesser_toes.
TOES = ("second_toe", "third_toe", "fourth_toe", "little_toe")


def marks_of(sources: Sources) -> list[Line | Patch]:
    """Return everything that is drawn on the skin; the same for every figure."""
    male = sources.skin(Figure.MALE)
    return draw_all(Author(male.vertices.astype(np.float64), male.faces.astype(np.int64), sources.anatomy))


class SkinArt:
    """Draws the skin of one figure in any view."""

    def __init__(self, sources: Sources, figure: Figure, marks: Sequence[Line | Patch] | None = None) -> None:
        """`marks` are those of `marks_of`, if they are at hand."""
        self._sources = sources
        self._skin = sources.skin(figure)
        self._regions = face_regions(sources.anatomy)
        self._figure = figure
        male = sources.skin(Figure.MALE)
        base, faces = male.vertices.astype(np.float64), male.faces.astype(np.int64)
        self._marks = marks_of(sources) if marks is None else marks
        ear = np.unique(faces[np.isin(self._regions, EARS)])
        clear, _ = cKDTree(base[ear]).query(base)
        self._hair = np.minimum(hair_distance(base), clear - 4).astype(np.float32)
        self._crown = 0.5 * (base[881] + base[5379])  # between vertex and lambda
        self._flow = away_from(base, self._crown, vertex_normals(base, faces))
        self._mirror = mirror_of(base)
        self._smooth = vertex_normals(
            self._skin.vertices.astype(np.float64), self._skin.faces.astype(np.int64)
        )

    def _normals(self, plate: Plate) -> Image:
        frame = plate.view.frame
        turned: Image = (self._smooth @ np.array([frame.right, frame.up, frame.toward]).T).astype(np.float32)
        return turned

    def draw(self, plate: Plate, scale: float, beneath: Image | None = None) -> NDArray[np.uint8]:
        """Return the tone of the skin layer, [height, width] uint8.

        `beneath` is the tone of the superficial layer of the same view at any size (0 … 1): its large
        forms show faintly, as muscles and bones do under real skin.
        """
        fine, covered, buffers, part = light_skin(plate, self._skin, self._regions, scale)
        share = reduce(covered)
        lit = np.where(share > 0, reduce(fine * covered) / np.maximum(share, 1e-3), 1).astype(np.float32)
        height, width = lit.shape
        half = FINE // 2
        label = np.ascontiguousarray(buffers.label[half::FINE, half::FINE][:height, :width])
        depth = np.ascontiguousarray(buffers.depth[half::FINE, half::FINE][:height, :width])
        faces = part.faces.astype(np.int64)
        points = project(plate.view.frame, self._skin.vertices, scale * FINE)
        normals = shading.interpolate(
            buffers.label,
            buffers.triangle,
            np.zeros(1, np.int64),
            faces,
            points,
            self._normals(plate),
            FINE,
            0.0,
        )[:height, :width]
        sky = shading.sky(depth, label, shading.slope_of_normals(normals, scale), scale, SKY, 0.14)
        value = 0.29 + 0.65 * lit
        value = value * sky
        if beneath is not None:
            value = value * hint(beneath, label, scale, HINT[self._figure])
        value = value * self._hair_tone(plate, buffers, faces, points, label, scale)
        value = self._draw_marks(value.astype(np.float32), plate, depth, label, scale)
        if plate.cut_in_view:
            shape = np.asarray(label_skin(plate, self._sources)[0] >= 0, np.float32)
            rim = self._rim(plate, part, buffers)[half::FINE, half::FINE][:height, :width]
            value, share, label = to_outline(value, label, shape, rim, scale)
        return shading.finish(value, share, label)

    def _rim(self, plate: Plate, part: SkinMesh, buffers: Buffers) -> NDArray[np.bool_]:
        """Return where the last triangles before a part that was taken off are seen."""
        if plate.hide is None:
            return np.zeros(buffers.label.shape, bool)
        gone = np.array([not shows(plate, str(name)) for name in self._regions])
        touched = np.zeros(len(self._skin.vertices), bool)
        touched[self._skin.faces[gone]] = True
        last = np.asarray(touched[part.faces].any(axis=1), bool)
        seen: NDArray[np.bool_] = (buffers.label >= 0) & last[np.maximum(buffers.triangle, 0)]
        return seen

    def _hair_tone(
        self,
        plate: Plate,
        buffers: Buffers,
        faces: NDArray[np.int64],
        points: NDArray[np.float64],
        label: NDArray[np.int32],
        scale: float,
    ) -> Image:
        """Return the factor of the short hair of the head: a soft hairline and strands from the crown."""
        axes = np.array([plate.view.frame.right, plate.view.frame.up])
        values = np.column_stack([self._hair, self._flow @ axes.T]).astype(np.float32)
        height, width = label.shape
        felt = shading.interpolate(
            buffers.label, buffers.triangle, np.zeros(1, np.int64), faces, points, values, FINE, -60.0
        )[:height, :width]
        if felt[..., 0].max(initial=-60) < -8:
            return np.ones(label.shape, np.float32)
        rows, columns = (
            np.flatnonzero((felt[..., 0] > -8).any(axis=1)),
            np.flatnonzero((felt[..., 0] > -8).any(axis=0)),
        )
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        inside, way = felt[box][..., 0], felt[box][..., 1:]
        size = np.maximum(np.hypot(way[..., 0], way[..., 1]), 1e-6)
        noise = np.random.default_rng(2).standard_normal(inside.shape, np.float32)
        noise = shading.blur(noise, 0.12 * scale)
        noise /= noise.std()
        part = np.where(inside > -8, label[box], -1).astype(np.int32)
        strand = shading.streak(
            noise,
            part,
            (way[..., 0] / size).astype(np.float32),
            (-way[..., 1] / size).astype(np.float32),
            int(6 * scale),
        ) * min(1.0, 1.5 / scale)
        thick = np.clip((inside + 1.5 + 2.5 * strand) / 9, 0, 1)
        factor = np.ones(label.shape, np.float32)
        factor[box] = 1 - thick * np.clip(0.30 + 0.13 * strand, 0.05, 0.6)
        return factor

    def _draw_marks(
        self, value: Image, plate: Plate, depth: Image, label: NDArray[np.int32], scale: float
    ) -> Image:
        """Return the tone with every line and patch that the view sees, right and left."""
        faces = self._skin.faces.astype(np.int64)
        vertices = self._skin.vertices.astype(np.float64)
        flipped = vertices[self._mirror]
        drawn = label >= 0
        near = cv2.dilate(np.where(drawn, depth, -1e9), np.ones((3, 3), np.uint8))
        for mark in self._marks:
            if mark.figure not in (None, self._figure):
                continue
            for source in (vertices, flipped):
                places = mark.points.on(source, faces)
                across = project(plate.view.frame, places.astype(np.float32), scale)
                column, row = across[:, 0].astype(int), across[:, 1].astype(int)
                inside = (column >= 0) & (row >= 0) & (column < value.shape[1]) & (row < value.shape[0])
                if not inside.any():
                    continue
                c, r = np.clip(column, 0, value.shape[1] - 1), np.clip(row, 0, value.shape[0] - 1)
                seen = inside & drawn[r, c] & (across[:, 2] > near[r, c] - 3.0)
                if plate.cut_in_view:
                    # The mark may lie on a part that was taken off, before what is now seen.
                    seen &= across[:, 2] < near[r, c] + 4.0
                if isinstance(mark, Line):
                    draw_line(value, mark, across, seen, scale)
                elif seen.mean() > 0.55:
                    draw_patch(value, mark, across, scale)
        return value


#: How far from a cut the tone of the coarse skin is not trusted, and how soft what replaces it is, in mm.
CUT_MM, SOFT_MM = 5.0, 4.0


def to_outline(
    value: Image, label: NDArray[np.int32], shape: Image, rim: NDArray[np.bool_], scale: float
) -> tuple[Image, Image, NDArray[np.int32]]:
    """Return tone, coverage and label of a part of the skin with the smooth border of its outline.

    The coarse skin ends in whole triangles where a part is cut off. `shape` is the part as it is outlined
    (1 inside, any resolution), `rim` where no tone is to be trusted either; near a cut the tone is that of
    the nearest skin away from it.
    """
    share = cv2.resize(shape, value.shape[::-1], interpolation=cv2.INTER_AREA)
    share = np.clip((shading.blur(share, 0.5 * scale) - 0.5) * max(1.0, scale) + 0.5, 0, 1)
    inside, drawn = share >= 0.5, label >= 0
    # Single pixels differ along every border; a cut differs by more.
    cut = cv2.morphologyEx((inside != drawn).astype(np.uint8), cv2.MORPH_OPEN, disk(0.4 * scale))
    near_cut = cv2.dilate(cut, disk(CUT_MM * scale)) > 0
    near_cut |= cv2.dilate(rim.astype(np.uint8), disk(scale)) > 0
    trusted = drawn & inside & ~near_cut
    if trusted.any():
        _, nearest = cv2.distanceTransformWithLabels(
            (~trusted).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        known = np.zeros(int(nearest.max()) + 1, np.float32)
        known[nearest[trusted]] = value[trusted]
        filled = np.where(trusted, value, known[nearest]).astype(np.float32)
        soft = shading.blur(filled, SOFT_MM * scale)
        away = cv2.distanceTransform((~near_cut & drawn).astype(np.uint8), cv2.DIST_L2, 5)
        own = np.clip(away / (SOFT_MM * scale), 0, 1)
        value = np.where(inside, own * filled + (1 - own) * soft, value).astype(np.float32)
    return value, share.astype(np.float32), np.where(inside, 0, -1).astype(np.int32)


def disk(radius: float) -> NDArray[np.uint8]:
    """Return a round kernel of a radius in pixels."""
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def draw_line(
    value: Image, line: Line, points: NDArray[np.float64], seen: NDArray[np.bool_], scale: float
) -> None:
    """Darken the tone along the seen part of a stroke, in place."""
    if not seen.any():
        return
    share = np.linspace(-1, 1, len(points))
    thick = (
        line.width
        * scale
        / 2
        * (np.sqrt(np.maximum(1 - share**2, 0.02)) if line.taper else np.ones(len(points)))
    )
    soft = line.blur * scale
    # A stroke thinner than a pixel is drawn a pixel wide and paler.
    strength = line.strength * np.minimum(1, (2 * thick + soft) / 0.9)
    ink = np.zeros_like(value)
    reach = int(np.ceil(thick.max() + 3 * soft + 2))
    box = _stamp_box(points[seen], reach, value.shape)
    if box is None:
        return
    _stamp(ink, points[:, :2], seen, np.maximum(thick, 0.45), strength.astype(np.float64), max(soft, 0.35))
    value[box] *= 1 - ink[box]


def draw_patch(value: Image, patch: Patch, points: NDArray[np.float64], scale: float) -> None:
    """Blend a filled outline into the tone, in place."""
    reach = int(3 * patch.blur * scale) + 3
    box = _stamp_box(points, reach, value.shape)
    if box is None:
        return
    top, left = box[0].start, box[1].start
    mask = np.zeros((box[0].stop - top, box[1].stop - left), np.uint8)
    outline = np.rint((points[:, :2] - [left, top] - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA, 4)
    part = shading.blur(mask.astype(np.float32) / 255, patch.blur * scale)
    here = value[box]
    here = here * (1 - part * (1 - patch.darken))
    value[box] = here + (patch.value - here) * part * patch.alpha


def _stamp_box(points: NDArray[np.float64], reach: int, shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    low = np.floor(points[:, :2].min(axis=0)).astype(int) - reach
    high = np.ceil(points[:, :2].max(axis=0)).astype(int) + reach
    left, top = max(0, low[0]), max(0, low[1])
    right, bottom = min(shape[1], high[0]), min(shape[0], high[1])
    return None if left >= right or top >= bottom else (slice(top, bottom), slice(left, right))


@njit(cache=True)
def _stamp(ink, points, seen, thick, strength, soft):  # type: ignore[no-untyped-def]
    """Raise `ink` to the strength of a round nib drawn along the points."""
    for n in range(points.shape[0] - 1):
        if not (seen[n] and seen[n + 1]):
            continue
        ax, ay, bx, by = points[n, 0], points[n, 1], points[n + 1, 0], points[n + 1, 1]
        length = math.sqrt((bx - ax) ** 2 + (by - ay) ** 2)
        steps = int(length / 0.4) + 1
        for k in range(steps):
            t = k / steps
            x, y = ax + t * (bx - ax), ay + t * (by - ay)
            size = thick[n] + t * (thick[n + 1] - thick[n])
            dark = strength[n] + t * (strength[n + 1] - strength[n])
            reach = int(size + 2.5 * soft) + 1
            for r in range(max(0, int(y) - reach), min(ink.shape[0], int(y) + reach + 1)):
                for c in range(max(0, int(x) - reach), min(ink.shape[1], int(x) + reach + 1)):
                    d = math.sqrt((c + 0.5 - x) ** 2 + (r + 0.5 - y) ** 2)
                    e = (d - size) / soft
                    a = dark / (1.0 + math.exp(2.6 * e)) if e < 8 else 0.0
                    if a > ink[r, c]:
                        ink[r, c] = a


def away_from(
    vertices: NDArray[np.float64], crown: NDArray[np.float64], normals: NDArray[np.float64]
) -> Image:
    """Return the direction away from a point, in the surface, at each vertex (unit vectors)."""
    way = vertices - crown
    way -= normals * (way * normals).sum(axis=1, keepdims=True)
    size = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    unit: Image = (way / size).astype(np.float32)
    return unit


def mirror_of(vertices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the mirror partner (x -> -x) of every vertex of a symmetric skin."""
    _, partner = cKDTree(vertices).query(vertices * np.array([-1, 1, 1]))
    return np.asarray(partner, np.int64)


#: Regions without hair whatever their place.
EARS = ("auricular_R", "auricular_L")


#: Radius in mm, strength and number of samples of the skin's soft shadows.
SKY = ((2.5, 0.35, 12), (9.0, 0.45, 20), (30.0, 0.42, 24))


#: How much of the muscles and bones shows through the skin.
HINT = {Figure.MALE: 0.36, Figure.FEMALE: 0.22}


def hint(beneath: Image, label: NDArray[np.int32], scale: float, strength: float) -> Image:
    """Return a factor near 1 that lets the forms of a deeper layer show through the skin."""
    height, width = label.shape
    tone = cv2.resize(beneath, (width, height), interpolation=cv2.INTER_LINEAR)
    inside = (label >= 0).astype(np.float32) * (tone < 0.995)

    def level(sigma: float) -> Image:
        spread: Image = shading.blur(tone * inside, sigma) / np.maximum(shading.blur(inside, sigma), 0.05)
        return spread

    forms = level(3 * scale) - level(18 * scale)
    edge = shading.blur(inside, 5 * scale)
    factor: Image = 1 + strength * np.clip(forms, -0.2, 0.2) * np.clip((edge - 0.5) * 2.2, 0, 1) * inside
    return factor


def face_regions(anatomy: Path) -> NDArray[np.str_]:
    """Return the id in regions.csv of every face of the skin; MyomapError if they cannot be read."""
    try:
        with (anatomy / "regions.csv").open(encoding="utf-8", newline="") as file:
            names = np.array([row["id"] for row in csv.DictReader(file)])
        found: NDArray[np.str_] = names[np.load(anatomy / "face_region.npy", allow_pickle=False)]
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise MyomapError(
            f"The regions of the skin in {anatomy} are missing or damaged ({error}).",
            safe="The old maps stay as they were.",
        ) from error
    return found


def reduce(image: Image) -> Image:
    """Return the image at 1 / `FINE` of its size, averaged."""
    height, width = image.shape[0] // FINE, image.shape[1] // FINE
    small: Image = cv2.resize(
        image[: height * FINE, : width * FINE], (width, height), interpolation=cv2.INTER_AREA
    )
    return small
