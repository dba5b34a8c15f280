"""Shapes to pixels: which pixel centres lie inside a polygon or under a brush. Arrays only.

Both return a mask and the row and column of its first pixel, so that only the part of the image that
is touched is ever looked at.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Mask = tuple[NDArray[np.bool_], int, int]
_NOTHING: Mask = (np.zeros((0, 0), bool), 0, 0)


def _window(
    low: NDArray[np.float64], high: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Return first and last row and column of the pixels whose centres may lie in a box (pixels)."""
    first_column, first_row = (int(v) for v in np.clip(np.ceil(low - 0.5), 0, 1 << 30))
    last_column, last_row = (int(v) for v in np.clip(np.floor(high - 0.5), -1, 1 << 30))
    last_row, last_column = min(last_row, shape[0] - 1), min(last_column, shape[1] - 1)
    if last_row < first_row or last_column < first_column:
        return None
    return first_row, last_row, first_column, last_column


def polygon_mask(shape: BaseGeometry, size: tuple[int, int], px_per_mm: float) -> Mask:
    """Return the pixels whose centres lie in a polygon (mm), by counting crossings along each row."""
    if shape.is_empty:
        return _NOTHING
    rings = shapely.get_rings(shapely.get_parts(shape))
    points, of = shapely.get_coordinates(rings, return_index=True)
    finite = np.isfinite(points).all(axis=1)
    points, of = points[finite] * px_per_mm, of[finite]
    if len(points) < 3:
        return _NOTHING
    window = _window(points.min(axis=0), points.max(axis=0), size)
    if window is None:
        return _NOTHING
    top, bottom, left, right = window
    same = of[1:] == of[:-1]
    a, b = points[:-1][same], points[1:][same]
    upper = np.minimum(a[:, 1], b[:, 1])
    lower = np.maximum(a[:, 1], b[:, 1])
    # An edge crosses the middle line of row r when upper <= r + 0.5 < lower.
    first = np.clip(np.ceil(upper - 0.5), top, bottom + 1).astype(np.int64)
    last = np.clip(np.ceil(lower - 0.5), top, bottom + 1).astype(np.int64)
    count = last - first
    crossing = count > 0
    a, b, first, count = a[crossing], b[crossing], first[crossing], count[crossing]
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    row = np.arange(total) + np.repeat(first - (ends - count), count)
    slope = (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    x = np.repeat(a[:, 0], count) + np.repeat(slope, count) * (row + 0.5 - np.repeat(a[:, 1], count))
    column = np.clip(np.ceil(x - 0.5), left, right + 1).astype(np.int64) - left
    width = right - left + 1
    toggles = np.bincount((row - top) * (width + 1) + column, minlength=(bottom - top + 1) * (width + 1))
    inside = (np.cumsum(toggles.reshape(-1, width + 1), axis=1) & 1).astype(bool)
    return inside[:, :width], top, left


def stroke_mask(points: NDArray[np.float64], radius: float, size: tuple[int, int], px_per_mm: float) -> Mask:
    """Return the pixels whose centres lie within ``radius`` mm of a path (n, 2; mm)."""
    path = _thinned(points * px_per_mm, 0.25)
    reach = radius * px_per_mm
    window = _window(path.min(axis=0) - reach, path.max(axis=0) + reach, size)
    if window is None:
        return _NOTHING
    top, bottom, left, right = window
    mask = np.zeros((bottom - top + 1, right - left + 1), bool)
    starts = path[:-1] if len(path) > 1 else path
    ends = path[1:] if len(path) > 1 else path
    for a, b in zip(starts, ends, strict=True):
        part = _window(np.minimum(a, b) - reach, np.maximum(a, b) + reach, size)
        if part is None:
            continue
        r0, r1, c0, c1 = part
        x = np.arange(c0, c1 + 1) + 0.5 - a[0]
        y = (np.arange(r0, r1 + 1) + 0.5 - a[1])[:, None]
        dx, dy = float(b[0] - a[0]), float(b[1] - a[1])
        length = dx * dx + dy * dy
        if length > 0:
            along = np.clip((x * dx + y * dy) / length, 0.0, 1.0)
            off = (x - along * dx) ** 2 + (y - along * dy) ** 2
        else:
            off = x**2 + y**2
        mask[r0 - top : r1 - top + 1, c0 - left : c1 - left + 1] |= off <= reach * reach
    return mask, top, left


def _thinned(path: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """Drop points that change nothing at this resolution: a pen reports far more than there are pixels."""
    if len(path) < 3:
        return path
    line = shapely.simplify(shapely.linestrings(path), tolerance, preserve_topology=False)
    thin = shapely.get_coordinates(line)
    return thin if len(thin) > 1 else path[:1]
