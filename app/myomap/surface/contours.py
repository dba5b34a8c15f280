"""Pixels to smooth outlines: weights are blurred a little and contoured, keeping their area."""

from itertools import pairwise
from typing import Any

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon

#: Pieces and holes smaller than this many square millimetres are left out.
LEAST_MM2 = 3.0
#: Vertices that move the outline by less than this are left out.
_SIMPLIFY_MM = 0.12
#: Where an ink's smoothed edge lies: a little below a half, so that a dab of a few cells does not shrink.
_INK_LEVEL = 0.45


def smooth_outlines(
    raster: NDArray[np.int32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    weight: NDArray[np.float32],
    level: float,
    px_per_mm: float,
    sigma: float,
) -> MultiPolygon:
    """Return `smooth_outline` of each island of pixels: a small one is not shaped by a far large one.

    Only what lies around each island is looked at, so five small places cost less than their box.
    """
    block = max(16, int(np.ceil(6 * sigma)))
    island = _islands(rows // block, columns // block)
    parts: list[Any] = []
    for k in range(int(island.max(initial=-1)) + 1):
        mine = island == k
        shape = smooth_outline(raster, rows[mine], columns[mine], weight[mine], level, px_per_mm, sigma)
        parts += shape.geoms
    return MultiPolygon(parts)


def window_outlines(
    window: NDArray[np.bool_],
    inks: NDArray[np.int16],
    origin: tuple[float, float],
    px_per_mm: float,
    sigma: float,
) -> dict[int, MultiPolygon]:
    """Return the smooth outlines in mm of each ink in a part of a view; ``inks`` is -1 where there is none.

    ``window`` tells where there is skin, ``origin`` is the row and column of the first pixel. What lies further
    than the smoothing from the window's edge is the same for every window: parts that are painted one by one
    fit together. So the area of each island is not kept as `smooth_outline` does; one level serves all.
    """
    skin = window.astype(np.float32)
    soft = np.maximum(_blurred(skin, sigma), np.float32(1e-6))
    edge = _blurred(skin, min(sigma, 0.8)) - 0.5
    present = inks[inks >= 0]
    found = {}
    for code in np.flatnonzero(np.bincount(present)).tolist() if len(present) else ():
        mine = inks == code
        rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
        reach = int(np.ceil(3 * sigma)) + 2
        top, bottom = max(0, rows[0] - reach), rows[-1] + reach + 1
        left, right = max(0, columns[0] - reach), columns[-1] + reach + 1
        part = (slice(top, bottom), slice(left, right))
        share = _blurred(mine[part].astype(np.float32), sigma) / soft[part]
        field = np.minimum(share - _INK_LEVEL, edge[part])
        found[code] = _polygons(field, px_per_mm, origin[1] + int(left), origin[0] + int(top))
    return found


def _islands(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the island of each pixel; blocks that touch, even at a corner, are one."""
    row, column = rows - rows.min(), columns - columns.min()
    width = int(column.max()) + 3
    taken = np.zeros((int(row.max()) + 3, width), bool)
    taken[row + 1, column + 1] = True
    label = np.where(taken, np.arange(taken.size).reshape(taken.shape), taken.size)
    while True:
        least = label.copy()
        for down in (-1, 0, 1):
            for across in (-1, 0, 1):
                least = np.minimum(least, np.roll(label, (down, across), axis=(0, 1)))
        least[~taken] = taken.size
        if np.array_equal(least, label):
            break
        label = least
    _, island = np.unique(label[row + 1, column + 1], return_inverse=True)
    return np.asarray(island, np.int64)


def smooth_outline(
    raster: NDArray[np.int32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    weight: NDArray[np.float32],
    level: float,
    px_per_mm: float,
    sigma: float,
) -> MultiPolygon:
    """Return the outline in mm of weighted pixels of a view; ``sigma`` is the smoothing in pixels.

    Weights are averaged over the skin that is seen, so a zone that reaches the edge of the body is
    not eaten away there; the body's own smoothed edge then bounds it.
    """
    margin = int(np.ceil(3 * sigma)) + 2
    top, left = int(rows.min()) - margin, int(columns.min()) - margin
    bottom, right = int(rows.max()) + margin + 1, int(columns.max()) + margin + 1
    values = np.zeros((bottom - top, right - left), np.float32)
    values[rows - top, columns - left] = weight
    skin = np.zeros_like(values)
    r0, r1 = max(top, 0), min(bottom, raster.shape[0])
    c0, c1 = max(left, 0), min(right, raster.shape[1])
    skin[r0 - top : r1 - top, c0 - left : c1 - left] = raster[r0:r1, c0:c1] >= 0
    wanted = int((values >= level).sum())
    if not wanted:
        return MultiPolygon()
    share = _blurred(values, sigma) / np.maximum(_blurred(skin, sigma), np.float32(1e-6))
    at = _keeping_area(share[skin > 0], wanted, level)
    # The body's edge: where half of the smoothing lies on skin. Both fields are 0 on their line.
    edge = _blurred(skin, min(sigma, 0.8)) - 0.5
    field = np.minimum(share - at, edge)
    return _polygons(field, px_per_mm, left, top)


def _keeping_area(share: NDArray[np.floating[Any]], wanted: int, level: float) -> float:
    """Return the level above which as many pixels lie as before smoothing, within reason."""
    count = min(wanted, len(share) - 1)
    if count <= 0:
        return level
    kept = float(np.partition(share, len(share) - count)[len(share) - count])
    return min(max(kept, 0.5 * level), min(1.2 * level, 0.95)) - 1e-4


def _kernel(sigma: float) -> NDArray[np.float32]:
    reach = max(1, int(np.ceil(3 * sigma)))
    x = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (x / max(sigma, 1e-3)) ** 2)
    normed: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return normed


def _blurred(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    kernel = _kernel(sigma)
    reach = len(kernel) // 2
    padded = np.pad(image, reach)
    height, width = image.shape
    along = kernel[reach] * padded[:, reach : reach + width]
    for k in range(reach):
        along += kernel[k] * (padded[:, k : k + width] + padded[:, 2 * reach - k : 2 * reach - k + width])
    out: NDArray[np.float32] = kernel[reach] * along[reach : reach + height]
    for k in range(reach):
        out += kernel[k] * (along[k : k + height] + along[2 * reach - k : 2 * reach - k + height])
    return out


def _polygons(field: NDArray[np.float32], px_per_mm: float, left: float, top: float) -> MultiPolygon:
    generator = contourpy.contour_generator(z=field, fill_type=contourpy.FillType.OuterOffset)
    filled: Any = generator.filled(0.0, float(field.max()) + 1.0)
    shapes = []
    for ring_points, ring_offsets in zip(*filled, strict=True):
        coordinates = (ring_points + np.array([left + 0.5, top + 0.5])) / px_per_mm
        rings = [coordinates[a:b] for a, b in pairwise(ring_offsets) if b - a > 3]
        if not rings:
            continue
        lines: Any = shapely.linearrings(np.concatenate(rings), indices=_index(rings))
        sizes: Any = shapely.area(shapely.polygons(lines))
        if sizes[0] >= LEAST_MM2:
            shapes.append(shapely.polygons(lines[0], holes=lines[1:][sizes[1:] >= LEAST_MM2]))
    if not shapes:
        return MultiPolygon()
    thin = shapely.simplify(shapely.multipolygons(shapes), _SIMPLIFY_MM, preserve_topology=False)
    if not thin.is_valid:
        thin = shapely.make_valid(thin)
    parts = [p for p in shapely.get_parts(shapely.get_parts(thin)) if p.geom_type == "Polygon"]
    return MultiPolygon(parts)


def _index(rings: list[NDArray[np.float64]]) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
