"""The tone of the skin layer: form, a hint of what lies beneath, and drawn lines (face, nails, creases).

Lines are strokes on the 3D skin between landmarks, so they are right in every view and on both figures.
"""

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mapmaker import shading
from mapmaker.meshes import SkinMesh
from mapmaker.plates import Sources
from mapmaker.prepare import vertex_normals
from mapmaker.raster import Buffers, project, render
from mapmaker.views import Plate
from myomap.anatomy.views import Figure
from myomap.errors import MyomapError

Image = NDArray[np.float32]
FINE = 2


def light_skin(
    plate: Plate, skin: SkinMesh, regions: NDArray[np.str_], scale: float
) -> tuple[Image, Image, Buffers, SkinMesh]:
    """Return lit tone, coverage, fine buffers and the part of the skin that the view shows.

    `regions` names the region of every face of the skin.
    """
    names, number = np.unique(regions, return_inverse=True)
    shown = np.array([plate.shows_region(str(name)) for name in names])[number]
    part = SkinMesh(skin.vertices, skin.faces[shown])
    frame = plate.view.frame
    buffers = render(frame, scale * FINE, [part], plate.clip)
    axes = np.array([frame.right, frame.up, frame.toward])
    normals = vertex_normals(skin.vertices.astype(np.float64), skin.faces.astype(np.int64)) @ axes.T
    points = project(frame, skin.vertices, scale * FINE)
    fine = shading.light(
        buffers.label, buffers.triangle, np.zeros(1, np.int64), part.faces.astype(np.int64), points,
        normals.astype(np.float32), shading.KEY_LIGHT / np.linalg.norm(shading.KEY_LIGHT),
        shading.FILL_LIGHT / np.linalg.norm(shading.FILL_LIGHT), np.array([0.04], np.float32),
    )  # fmt: skip
    return fine, (buffers.label >= 0).astype(np.float32), buffers, part


class SkinArt:
    """Draws the skin of one figure in any view."""

    def __init__(self, sources: Sources, figure: Figure) -> None:
        self._skin = sources.skin(figure)
        self._regions = face_regions(sources.anatomy)

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
        slope = shading.slope_of_depth(depth, label)
        sky = shading.sky(depth, label, slope, scale, SKY)
        value = 0.16 + 0.84 * lit
        value = value * sky
        if beneath is not None:
            value = value * hint(beneath, label, scale)
        return shading.finish(value.astype(np.float32), share, label)


#: Radius in mm, strength and number of samples of the skin's soft shadows.
SKY = ((2.5, 0.35, 12), (9.0, 0.5, 20), (30.0, 0.5, 24))


def hint(beneath: Image, label: NDArray[np.int32], scale: float) -> Image:
    """Return a factor near 1 that lets the forms of a deeper layer show through the skin."""
    height, width = label.shape
    tone = cv2.resize(beneath, (width, height), interpolation=cv2.INTER_LINEAR)
    inside = (label >= 0).astype(np.float32) * (tone < 0.995)
    def level(sigma: float) -> Image:
        spread: Image = shading.blur(tone * inside, sigma) / np.maximum(shading.blur(inside, sigma), 0.05)
        return spread
    forms = level(2.2 * scale) - level(16 * scale)
    edge = shading.blur(inside, 5 * scale)
    factor: Image = 1 + 0.55 * np.clip(forms, -0.22, 0.22) * np.clip((edge - 0.5) * 2.2, 0, 1) * inside
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
    small: Image = cv2.resize(image[: height * FINE, : width * FINE], (width, height), interpolation=cv2.INTER_AREA)
    return small
