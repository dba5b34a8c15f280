"""Light and shade of a plate, pixel by pixel: normals, occlusion, fibres. Arrays in, arrays out.

Images are [height, width], row 0 on top; “view” directions are (x right, y up, z toward the viewer).
"""

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

Image = NDArray[Any]

#: Where the light comes from: over the viewer's left shoulder.
KEY_LIGHT = np.array([-0.46, 0.56, 0.69])
FILL_LIGHT = np.array([0.75, 0.05, 0.66])


@njit(cache=True)
def interpolate(label, triangle, face_start, faces, points, values, step, default):  # type: ignore[no-untyped-def]
    """Return vertex values at every `step`-th pixel, (h // step, w // step, channels).

    `faces` index `points` (pixels) and `values` of all meshes; mesh k's start at ``face_start[k]``.
    """
    height, width = label.shape[0] // step, label.shape[1] // step
    channels = values.shape[1]
    out = np.full((height, width, channels), default, np.float32)
    half = step // 2
    for row in range(height):
        for column in range(width):
            r, c = row * step + half, column * step + half
            mesh = label[r, c]
            if mesh < 0:
                continue
            f = face_start[mesh] + triangle[r, c]
            ia, ib, ic = faces[f, 0], faces[f, 1], faces[f, 2]
            ax, ay = points[ia, 0], points[ia, 1]
            bx, by = points[ib, 0], points[ib, 1]
            cx, cy = points[ic, 0], points[ic, 1]
            area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
            if area == 0.0:
                continue
            x, y = c + 0.5, r + 0.5
            u = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
            v = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
            w = 1.0 - u - v
            for k in range(channels):
                out[row, column, k] = u * values[ia, k] + v * values[ib, k] + w * values[ic, k]
    return out


@njit(cache=True)
def light(label, triangle, face_start, faces, points, normals, key, fill, gloss, cut):  # type: ignore[no-untyped-def]
    """Return the lit tone (0 dark … 1) of every pixel; 1 where there is nothing.

    `normals` are in view directions; `gloss` a number a mesh, how much it shines. With `cut`, what is
    seen from inside is the flat face of a cut.
    """
    height, width = label.shape
    out = np.ones((height, width), np.float32)
    hx, hy, hz = key[0], key[1], key[2] + 1.0
    hl = math.sqrt(hx * hx + hy * hy + hz * hz)
    hx, hy, hz = hx / hl, hy / hl, hz / hl
    for row in range(height):
        for column in range(width):
            mesh = label[row, column]
            if mesh < 0:
                continue
            f = face_start[mesh] + triangle[row, column]
            ia, ib, ic = faces[f, 0], faces[f, 1], faces[f, 2]
            ax, ay = points[ia, 0], points[ia, 1]
            bx, by = points[ib, 0], points[ib, 1]
            cx, cy = points[ic, 0], points[ic, 1]
            area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
            x, y = column + 0.5, row + 0.5
            if area == 0.0:
                area = 1e-9
            if cut and area > 0.0:
                out[row, column] = 0.72
                continue
            u = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
            v = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
            w = 1.0 - u - v
            nx = u * normals[ia, 0] + v * normals[ib, 0] + w * normals[ic, 0]
            ny = u * normals[ia, 1] + v * normals[ib, 1] + w * normals[ic, 1]
            nz = u * normals[ia, 2] + v * normals[ib, 2] + w * normals[ic, 2]
            size = math.sqrt(nx * nx + ny * ny + nz * nz)
            if size < 1e-9:
                continue
            nx, ny, nz = nx / size, ny / size, nz / size
            if nz < 0.0:  # a smoothed normal may lean away at the very edge
                nx, ny, nz = nx, ny, -0.3 * nz
            direct = nx * key[0] + ny * key[1] + nz * key[2]
            wrapped = max(0.0, (direct + 0.35) / 1.35)
            other = max(0.0, nx * fill[0] + ny * fill[1] + nz * fill[2])
            rim = 1.0 - max(0.0, min(1.0, nz))
            shine = max(0.0, nx * hx + ny * hy + nz * hz) ** 28
            tone = 0.20 + 0.66 * wrapped + 0.14 * other
            tone *= 1.0 - 0.45 * rim * rim * rim
            out[row, column] = tone + gloss[mesh] * shine
    return out


def occlusion(
    depth: Image,
    label: NDArray[np.int32],
    slope: Image,
    radius: float,
    samples: int,
    px_per_mm: float,
    bias: float,
) -> Image:
    """Return how much of the sky each pixel sees within `radius` mm, 1 = all of it.

    `slope` (h, w, 2) is the surface's own rise in mm a pixel to the right and downwards, so that a
    slanted plane does not shade itself; less than `bias` mm a mm does not count. Samples
    toward the light count more: a soft cast shadow.
    """
    turns = np.arange(16)[:, None] * (2 * np.pi / 16)
    share = np.sqrt((np.arange(samples) + 0.6) / samples)
    angle = np.arange(samples) * 2.399963 + turns
    dx, dy = np.cos(angle), np.sin(angle)
    toward = np.array([KEY_LIGHT[0], -KEY_LIGHT[1]]) / np.hypot(KEY_LIGHT[0], KEY_LIGHT[1])
    weight = 1.0 + 0.55 * (dx * toward[0] + dy * toward[1])
    reach = radius * px_per_mm
    columns = np.rint(dx * share * reach).astype(np.int32)
    rows = np.rint(dy * share * reach).astype(np.int32)
    distance = np.maximum(np.hypot(columns, rows) / px_per_mm, 0.3 / px_per_mm)
    table = np.stack([columns.astype(np.float32), rows, distance, weight], axis=-1).astype(np.float32)
    seen: Image = _occlusion(depth, label, slope, np.float32(radius), table, np.float32(bias))
    return seen


@njit(cache=True, fastmath=True)
def _occlusion(depth, label, slope, radius, table, bias):  # type: ignore[no-untyped-def]
    height, width = depth.shape
    out = np.ones((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            if label[row, column] < 0:
                continue
            z = depth[row, column]
            sx, sy = slope[row, column, 0], slope[row, column, 1]
            turn = (row % 4) * 4 + (column + 2 * (row // 4)) % 4
            total, weights = np.float32(0.0), np.float32(0.0)
            for k in range(table.shape[1]):
                dc, dr = table[turn, k, 0], table[turn, k, 1]
                weights += table[turn, k, 3]
                r, c = row + int(dr), column + int(dc)
                if r < 0 or c < 0 or r >= height or c >= width or label[r, c] < 0:
                    continue
                rise = depth[r, c] - z - sx * dc - sy * dr
                distance = table[turn, k, 2]
                if rise <= bias * distance + np.float32(0.05):
                    continue
                part = rise / math.sqrt(distance * distance + rise * rise)
                if rise > 3.0 * radius:  # far in front (an arm): a faint shadow only
                    part *= max(np.float32(0.25), np.float32(1.0) - (rise - 3 * radius) / (6 * radius))
                total += table[turn, k, 3] * part
            out[row, column] = 1.0 - total / weights
    return out


@njit(cache=True)
def smooth_within(image, label, depth, radius, step_mm):  # type: ignore[no-untyped-def]
    """Return the mean over a square, 2 × `radius` wide, of the own mesh and neighbours of like depth.

    Four pixels wide it takes the pattern of `occlusion` out exactly.
    """
    height, width = image.shape
    out = image.copy()
    for row in range(height):
        for column in range(width):
            if label[row, column] < 0:
                continue
            total, count = 0.0, 0.0
            for r in range(max(0, row - radius), min(height, row + radius)):
                for c in range(max(0, column - radius), min(width, column + radius)):
                    if label[r, c] < 0:
                        continue
                    if label[r, c] != label[row, column] and abs(depth[r, c] - depth[row, column]) > step_mm:
                        continue
                    total += image[r, c]
                    count += 1.0
            out[row, column] = total / count
    return out


@njit(cache=True, fastmath=True)
def streak(noise, label, cosine, sine, steps):  # type: ignore[no-untyped-def]
    """Return the noise averaged along the fibres, `steps` pixels each way, within each mesh.

    Line integral convolution: `cosine`, `sine` give the direction of the fibres (y down); where both
    are 0 the result is 0.
    """
    height, width = noise.shape
    out = np.zeros((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            mesh = label[row, column]
            if mesh < 0 or (cosine[row, column] == 0.0 and sine[row, column] == 0.0):
                continue
            total, count = noise[row, column], 1.0
            for way in range(2):
                x, y = column + 0.5, row + 0.5
                dx, dy = cosine[row, column], sine[row, column]
                if way == 1:
                    dx, dy = -dx, -dy
                for _ in range(steps):
                    x += dx
                    y += dy
                    r, c = int(y), int(x)
                    if y < 0 or x < 0 or r >= height or c >= width or label[r, c] != mesh:
                        break
                    total += noise[r, c]
                    count += 1.0
                    ex, ey = cosine[r, c], sine[r, c]
                    if ex * dx + ey * dy < 0:
                        ex, ey = -ex, -ey
                    if ex != 0.0 or ey != 0.0:
                        dx, dy = ex, ey
            out[row, column] = total / math.sqrt(count)
    return out


def blur(image: Image, sigma: float) -> Image:
    """Gaussian blur; a wide one goes by way of a smaller image."""
    if sigma < 0.3:
        return image
    if sigma > 8:
        small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / 4)
        wide: Image = cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return wide
    blurred: Image = cv2.GaussianBlur(image, (0, 0), sigma)
    return blurred


@njit(cache=True)
def borders(label, depth, step_mm, crease_ink, step_ink):  # type: ignore[no-untyped-def]
    """Return ink (h, w) at borders of two things, and more just behind a step in depth."""
    height, width = label.shape
    out = np.zeros((height, width), np.float32)
    for row in range(height - 1):
        for column in range(width - 1):
            here = label[row, column]
            if here < 0:
                continue
            for way in range(2):
                r, c = (row + 1, column) if way == 0 else (row, column + 1)
                if label[r, c] < 0:
                    continue
                rise = depth[r, c] - depth[row, column]
                other = label[r, c] != here
                least = step_mm if other else 2.5 * step_mm  # one thing may be made of two sheets
                ink = step_ink * min(1.0, max(0.0, (abs(rise) - least) / (3.0 * step_mm)))
                crease = crease_ink if other else 0.0
                lower, upper = crease, crease
                if rise > 0:
                    lower += ink
                else:
                    upper += ink
                out[row, column] = max(out[row, column], lower)
                out[r, c] = max(out[r, c], upper)
    return out


def fibre_direction(
    relief: Image, prior: NDArray[np.float32], label: NDArray[np.int32], sigma: float
) -> tuple[Image, Image]:
    """Return (cosine, sine) of the fibres in the picture, y down.

    `relief` is the lit tone: grooves of the mesh show as streaks, and the streaks' direction is where
    it changes least. `prior` (h, w, 2) is the projected direction of the length coordinate; it wins
    where the mesh is smooth. Both are averaged as double angles over `sigma` pixels.
    """
    inside = label >= 0
    inner = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    same = np.ones(label.shape, bool)
    for axis in (0, 1):
        for way in (-1, 1):
            same &= np.roll(label, way, axis) == label
    inner &= same
    gx = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) * inner
    gy = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3) * inner
    limit = 0.25
    size = np.sqrt(gx * gx + gy * gy) + 1e-6
    squash = np.minimum(size, limit) / size
    gx, gy = gx * squash, gy * squash
    # Double angle of the direction across the gradient.
    c2, s2 = blur(gy * gy - gx * gx, sigma), blur(-2 * gx * gy, sigma)
    energy = blur(gx * gx + gy * gy, sigma) + 4e-4
    c2, s2 = c2 / energy, s2 / energy
    px, py = prior[..., 0], prior[..., 1]
    strength = np.sqrt(px * px + py * py) + 1e-6
    pc2, ps2 = (px * px - py * py) / strength, 2 * px * py / strength
    c2, s2 = c2 + 0.75 * pc2, s2 + 0.75 * ps2
    angle = np.arctan2(s2, c2) / 2
    known = (strength > 0.02) & inside
    return (np.cos(angle) * known).astype(np.float32), (np.sin(angle) * known).astype(np.float32)


def slope_of_normals(normals: NDArray[np.float32], px_per_mm: float) -> Image:
    """Return the rise of the surface in mm a pixel to the right and downwards, (h, w, 2)."""
    nz = np.maximum(normals[..., 2], 0.25)
    slope = np.stack([-normals[..., 0] / nz, normals[..., 1] / nz], axis=-1)
    gentle: Image = (np.clip(slope, -3, 3) / px_per_mm).astype(np.float32)
    return gentle


def sky(
    depth: Image,
    label: NDArray[np.int32],
    slope: Image,
    scale: float,
    levels: Sequence[tuple[float, float, int]],
    bias: float = 0.04,
) -> Image:
    """Return how much light the surroundings leave, over several radii (mm, strength, samples)."""
    left = np.ones_like(depth)
    for radius, strength, samples in levels:
        n = max(1, int(radius * scale / 22))
        small_depth, small = np.ascontiguousarray(depth[::n, ::n]), np.ascontiguousarray(label[::n, ::n])
        seen = occlusion(
            small_depth, small, np.ascontiguousarray(slope[::n, ::n] * n), radius, samples, scale / n, bias
        )
        seen = smooth_within(seen, small, small_depth, 2, 1.5)
        if n > 1:
            seen = cv2.resize(seen, depth.shape[::-1], interpolation=cv2.INTER_LINEAR)
        left *= 1 - strength * (1 - seen)
    return left


def hollow(depth: Image, label: NDArray[np.int32], scale: float) -> Image:
    """Return a factor that darkens what is seen in a hole (orbits, nostrils, between the ribs)."""
    inside = (label >= 0).astype(np.float32)
    level = np.where(label >= 0, depth, 0).astype(np.float32)
    rim = blur(level, 7 * scale) / np.maximum(blur(inside, 7 * scale), 0.02)
    deep = rim - level
    dark = np.clip((deep - 4) / 14, 0, 1) * np.clip((60 - deep) / 25, 0, 1)
    factor: Image = 1 - 0.42 * dark * inside
    return factor


def finish(value: Image, share: Image, label: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return 8-bit grey: the range of print, the figure's edge carried out to half a pixel, then white."""
    drawn = label >= 0
    grey = np.clip(0.10 + 0.97 * np.clip(value, 0, 1.1) ** 0.92, 0.12, 0.988).astype(np.float32)
    known = drawn.astype(np.float32)
    near = cv2.GaussianBlur(grey * known, (5, 5), 1.0) / np.maximum(
        cv2.GaussianBlur(known, (5, 5), 1.0), 1e-3
    )
    grey = np.where(drawn, grey, near)
    # An outline's edge lies where half a pixel is covered: the tone is full there and gone a pixel on.
    full = np.clip(cv2.GaussianBlur(share, (0, 0), 0.6) * 2.0, 0, 1)
    grey = 1 - full * (1 - grey)
    bytes_: NDArray[np.uint8] = np.rint(grey * 255).astype(np.uint8)
    return bytes_
