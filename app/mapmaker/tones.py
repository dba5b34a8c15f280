"""The grey tone images under the outlines: form, light, fibres and tendon of every view and layer.

``<figure>/<view>/<layer>.jpg`` is 8-bit grey and is MULTIPLIED over flat fills (white leaves a fill as
it is). ``<layer>.coarse.jpg`` is the same at an eighth of the size, for the first paint.
``<layer>.tendon.jpg`` is a mask at `TENDON_PX_PER_MM`: 255 where muscle has turned to tendon; the token
`tendon` is laid over the muscle's fill by it, before the tone is multiplied. All cover the view's frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mapmaker import shading
from mapmaker.fibres import Fibres, directions
from mapmaker.meshes import Mesh
from mapmaker.prepare import vertex_normals
from mapmaker.raster import project, render
from mapmaker.views import Plate
from myomap.anatomy.structures import StructureKind

Grey = NDArray[np.uint8]

#: Subpixels a pixel, each way: the picture is drawn that much finer and averaged.
FINE = 2
TENDON_PX_PER_MM = 1.5
#: How far the grooves of the meshes are deepened.
RELIEF = 1.9


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """The images of one view and layer, [height, width] uint8, white where nothing is drawn."""

    grey: Grey
    coarse: Grey
    tendon: Grey | None


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What the shading needs of a mesh beside its vertices, all a vertex."""

    normals: NDArray[np.float32]
    along: NDArray[np.float32]
    tendon: NDArray[np.float32]


def form_of(mesh: Mesh, fibres: Fibres) -> Form:
    """Return normals with deepened relief, the direction of the fibres and the share of tendon."""
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    normals = vertex_normals(vertices, faces)
    if mesh.kind is StructureKind.BONE:
        amount, rounds = 1.15, 3
    else:
        amount, rounds = RELIEF, 6
    smooth = spread(normals, faces, rounds)
    deep = smooth + amount * (normals - smooth)
    deep /= np.maximum(np.linalg.norm(deep, axis=1, keepdims=True), 1e-9)
    along = (
        np.zeros_like(mesh.vertices)
        if mesh.kind is StructureKind.BONE
        else spread(directions(mesh, fibres.length).astype(np.float64), faces, 3)
    )
    return Form(deep.astype(np.float32), along.astype(np.float32), fibres.tendon)


def spread(values: NDArray[np.float64], faces: NDArray[np.int64], rounds: int) -> NDArray[np.float64]:
    """Return vertex values averaged with those of their neighbours, `rounds` times."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    count = np.maximum(np.bincount(edges[:, 0], minlength=len(values)), 1)[:, None]
    for _ in range(rounds):
        total = np.stack(
            [np.bincount(edges[:, 0], values[edges[:, 1], k], len(values)) for k in range(values.shape[1])], axis=1
        )
        values = 0.5 * values + 0.5 * total / count
    return values


def scale_of(plate: Plate) -> float:
    """Return pixels a millimetre of the tone image: whole-body views 2.5, close-ups 6."""
    return 2.5 if plate.view.group == "whole_body" else 6.0


def tone(plate: Plate, drawn: Sequence[Mesh], forms: Mapping[str, Form], px_per_mm: float | None = None) -> Tone:
    """Draw the tone of one view from the meshes of one layer.

    `forms` by mesh id; `px_per_mm` of the result, else `scale_of`.
    """
    scale = px_per_mm or scale_of(plate)
    frame = plate.view.frame
    buffers = render(frame, scale * FINE, drawn, plate.clip)
    axes = np.array([frame.right, frame.up, frame.toward])
    face_start, faces, points, normals, along, tendon = _gather(plate, drawn, forms, scale * FINE, axes)
    gloss = np.array([0.10 if mesh.kind is StructureKind.MUSCLE else 0.05 for mesh in drawn], np.float32)
    fine = shading.light(
        buffers.label, buffers.triangle, face_start, faces, points, normals,
        shading.KEY_LIGHT / np.linalg.norm(shading.KEY_LIGHT),
        shading.FILL_LIGHT / np.linalg.norm(shading.FILL_LIGHT), gloss,
    )  # fmt: skip
    crease, behind = shading.borders(buffers.label, buffers.depth, 0.5)
    line = 0.30 * shading.blur(crease, 0.22 * scale * FINE / 2) + 0.55 * shading.blur(behind, 0.3 * scale * FINE / 2)
    fine *= 1 - np.clip(line, 0, 0.6)
    lit = _reduce(fine)

    half = FINE // 2
    height, width = lit.shape
    label = np.ascontiguousarray(buffers.label[half::FINE, half::FINE][:height, :width])
    depth = np.ascontiguousarray(buffers.depth[half::FINE, half::FINE][:height, :width])
    values = np.concatenate([along, tendon, normals], axis=1).astype(np.float32)
    felt = shading.interpolate(buffers.label, buffers.triangle, face_start, faces, points, values, FINE, 0.0)
    felt = felt[:height, :width]
    sky = _sky(depth, label, felt[..., 4:7], scale)
    kinds = np.array([mesh.kind is not StructureKind.BONE for mesh in drawn])
    fibrous = np.where(label >= 0, kinds[label], False)
    grain, coarse_grain = _grain(lit, felt, label, fibrous, scale)
    sinew = np.clip(felt[..., 3], 0, 1)
    texture = 1 + fibrous * (1 - 0.45 * sinew) * (0.075 * grain + 0.055 * coarse_grain)
    value = np.clip(lit, 0, 1.15) * sky * texture
    image = _finish(value, label, scale)
    mask = None
    if sinew.max(initial=0) > 0.3:
        ragged = np.clip((sinew - 0.5 + 0.16 * coarse_grain * (sinew > 0.02)) / 0.35 + 0.5, 0, 1) * (label >= 0)
        size = round(frame.width * TENDON_PX_PER_MM), round(frame.height * TENDON_PX_PER_MM)
        mask = np.rint(255 * cv2.resize(ragged.astype(np.float32), size, interpolation=cv2.INTER_AREA)).astype(np.uint8)
    return Tone(image, coarse_of(image), mask)


def coarse_of(image: Grey) -> Grey:
    """Return the image at an eighth of its size."""
    size = max(1, round(image.shape[1] / 8)), max(1, round(image.shape[0] / 8))
    small: Grey = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return small


def _gather(
    plate: Plate, drawn: Sequence[Mesh], forms: Mapping[str, Form], px_per_mm: float, axes: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return all drawn meshes as one: first face of each, faces, pixel points, normals, fibres, tendon."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in drawn)])
    face_start = np.cumsum([0, *(len(mesh.faces) for mesh in drawn)])[:-1]
    faces = np.concatenate([mesh.faces.astype(np.int64) + at for mesh, at in zip(drawn, starts, strict=False)])
    points = np.concatenate([project(plate.view.frame, mesh.vertices, px_per_mm) for mesh in drawn])
    chosen = [forms[mesh.id] for mesh in drawn]
    normals = np.concatenate([form.normals for form in chosen]) @ axes.T
    along = np.concatenate([form.along for form in chosen]) @ axes.T
    tendon = np.concatenate([form.tendon for form in chosen])[:, None]
    return face_start, faces, points, normals.astype(np.float32), along.astype(np.float32), tendon


def _reduce(image: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = image.shape[0] // FINE, image.shape[1] // FINE
    small: NDArray[np.float32] = cv2.resize(
        image[: height * FINE, : width * FINE], (width, height), interpolation=cv2.INTER_AREA
    )
    return small


def _sky(
    depth: NDArray[np.float32], label: NDArray[np.int32], normals: NDArray[np.float32], scale: float
) -> NDArray[np.float32]:
    """Return how much light the surroundings leave: contact shadows, grooves and large forms."""
    nz = np.maximum(normals[..., 2], 0.25)
    # A step to the right raises the surface by -nx / nz mm a mm, one downwards by ny / nz.
    slope = np.stack([-normals[..., 0] / nz, normals[..., 1] / nz], axis=-1)
    slope = (np.clip(slope, -3, 3) / scale).astype(np.float32)
    sky = np.ones_like(depth)
    for radius, strength, samples in ((1.6, 0.55, 12), (6.0, 0.75, 20), (22.0, 0.55, 24)):
        coarser = max(1, int(radius * scale / 22))
        seen = shading.occlusion(
            np.ascontiguousarray(depth[::coarser, ::coarser]), np.ascontiguousarray(label[::coarser, ::coarser]),
            np.ascontiguousarray(slope[::coarser, ::coarser] * coarser), radius, samples, -0.63, -0.77, scale / coarser,
        )  # fmt: skip
        small = np.ascontiguousarray(label[::coarser, ::coarser])
        seen = shading.smooth_within(seen, small, np.ascontiguousarray(depth[::coarser, ::coarser]), 2, 1.5)
        if coarser > 1:
            seen = cv2.resize(seen, depth.shape[::-1], interpolation=cv2.INTER_LINEAR)
        sky *= 1 - strength * (1 - seen)
    return sky


def _grain(
    lit: NDArray[np.float32], felt: NDArray[np.float32], label: NDArray[np.int32], fibrous: NDArray[np.bool_], scale: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return fine and coarse streaks along the fibres, each of mean 0 and spread about 1."""
    prior = np.stack([felt[..., 0], -felt[..., 1]], axis=-1) * fibrous[..., None]
    cosine, sine = shading.fibre_direction(lit, prior.astype(np.float32), label, 2.2 * scale)
    noise = np.random.default_rng(1).standard_normal(label.shape, np.float32)
    fine = shading.streak(noise, label, cosine, sine, int(4.5 * scale))
    wide = shading.blur(noise, 0.28 * scale)
    wide /= wide.std()
    coarse = shading.streak(wide, label, cosine, sine, int(9 * scale)) * 0.5
    return np.clip(fine, -2.5, 2.5), np.clip(coarse, -2.5, 2.5)


def _finish(value: NDArray[np.float32], label: NDArray[np.int32], scale: float) -> Grey:
    """Return 8-bit grey: the range of print, the figure's rim carried one pixel out, white elsewhere."""
    curve = 0.10 + 0.97 * np.clip(value, 0, 1.1) ** 0.92
    grey = np.clip(curve, 0.12, 1.0)
    drawn = label >= 0
    grey = np.where(drawn, grey, 1.0).astype(np.float32)
    rim = cv2.dilate(drawn.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~drawn
    darkest = cv2.erode(grey, np.ones((3, 3), np.uint8))
    grey[rim] = darkest[rim]
    return np.rint(grey * 255).astype(np.uint8)
