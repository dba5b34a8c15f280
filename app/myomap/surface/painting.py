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
#: So many places where edges cross rows are worked on at once.
_CROSSINGS = 4_000_000


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


def polygon_mask(
    shape: BaseGeometry, size: tuple[int, int], px_per_mm: float, *, wound: bool = False
) -> Mask:
    """Return the pixels whose centres lie in a polygon (mm), by counting crossings along each row.

    Inside is what is gone round an odd number of times; with ``wound`` what is gone round more often one way than
    the other: what a hand means that goes round a place twice.
    """
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
    slope = (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    way = np.where(b[:, 1] > a[:, 1], 1, -1)
    width = right - left + 1
    toggles = np.zeros((bottom - top + 1) * (width + 1), np.int64)
    # some edges at a time: a scribble of a million long lines crosses hundreds of millions of rows
    ends = np.cumsum(count)
    begin = 0
    while begin < len(count):
        before = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + _CROSSINGS, "right")))
        some = count[begin:end]
        row = np.arange(int(some.sum())) + np.repeat(
            first[begin:end] - (ends[begin:end] - before - some), some
        )
        x = np.repeat(a[begin:end, 0], some)
        x += np.repeat(slope[begin:end], some) * (row + 0.5 - np.repeat(a[begin:end, 1], some))
        column = np.clip(np.ceil(x - 0.5), left, right + 1).astype(np.int64) - left
        at = (row - top) * (width + 1) + column
        if wound:
            toggles += np.bincount(at, np.repeat(way[begin:end], some), minlength=len(toggles)).astype(
                np.int64
            )
        else:
            toggles += np.bincount(at, minlength=len(toggles))
        begin = end
    rounds = np.cumsum(toggles.reshape(-1, width + 1), axis=1)
    inside = rounds != 0 if wound else (rounds & 1).astype(bool)
    return inside[:, :width], top, left


def stroke_mask(points: NDArray[np.float64], radius: float, size: tuple[int, int], px_per_mm: float) -> Mask:
    """Return the pixels whose centres lie within ``radius`` mm of a path (n, 2; mm).

    A scribble of very many points is painted from the pixels that it goes through instead of from each of
    its lines: right to a pixel, and as fast for a million points as for some thousand.
    """
    path = _thinned(points * px_per_mm, 0.25)
    reach = radius * px_per_mm
    window = _window(path.min(axis=0) - reach, path.max(axis=0) + reach, size)
    if window is None:
        return _NOTHING
    top, bottom, left, right = window
    area = (bottom - top + 1) * (right - left + 1)
    # measured: a line costs about 30 µs and 10 ns a pixel of its box, the sweep 1 ns a pixel and row of the brush
    boxes = (np.abs(np.diff(path, axis=0)) + 2 * reach + 2).prod(axis=1)
    by_line = len(path) * 3e-5 + 1e-8 * float(np.minimum(boxes, area).sum())
    if by_line > 2e-2 and by_line > area * (2e-8 + 2e-9 * reach):
        return _swept(path, reach, window), top, left
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


def _swept(path: NDArray[np.float64], reach: float, window: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Return the mask of a window's pixels within ``reach`` of the pixels that a path goes through."""
    top, bottom, left, right = window
    border = int(np.ceil(reach)) + 1
    height, width = bottom - top + 1 + 2 * border, right - left + 1 + 2 * border
    on = np.zeros((height, width), bool)
    origin = np.array([left - border, top - border], np.float64)
    inner = on[border : height - border, border : width - border]
    length = float(np.abs(np.diff(path, axis=0)).sum()) + 1
    stride = max(10, min(20_000, int(150_000 * len(path) / length)))
    for first in range(0, max(len(path) - 1, 1), stride):
        _go_through(on, path[first : first + stride + 1] - origin)
        if np.count_nonzero(inner) > 0.98 * inner.size:
            break  # a scribble over everything: there is nothing left to add
    # how far to the nearest pixel of the path in the same row, up to more than the brush reaches
    far = np.int16(min(width + border, 16_000))
    column = np.arange(width, dtype=np.int16)
    before = np.maximum.accumulate(np.where(on, column, -far), axis=1)
    after = np.minimum.accumulate(np.where(on, column, np.int16(2) * far)[:, ::-1], axis=1)[:, ::-1]
    nearest = np.minimum(column - before, after - column)[:, border : width - border]
    mask = np.zeros((bottom - top + 1, right - left + 1), bool)
    for down in range(-int(reach), int(reach) + 1):
        half = (reach * reach - down * down) ** 0.5
        rows = nearest[border + down : border + down + len(mask)]
        mask |= rows <= half
    return mask


def _go_through(on: NDArray[np.bool_], path: NDArray[np.float64]) -> None:
    """Set the pixels that a path goes through; what lies outside of the image is left out."""
    height, width = on.shape
    line = shapely.clip_by_rect(shapely.linestrings(path), 0, 0, width, height) if len(path) > 1 else None
    parts = [] if line is None else [shapely.get_coordinates(part) for part in shapely.get_parts(line)]
    for part in parts or [path]:
        if len(part) < 2:
            samples = part
        else:
            step = np.diff(part, axis=0)
            count = np.maximum(1, np.ceil(2 * np.hypot(step[:, 0], step[:, 1]))).astype(np.int64)
            ends = np.cumsum(count)
            at = (np.arange(int(ends[-1])) - np.repeat(ends - count, count)) / np.repeat(count, count)
            samples = np.repeat(part[:-1], count, axis=0) + np.repeat(step, count, axis=0) * at[:, None]
            samples = np.concatenate([samples, part[-1:]])
        column, row = np.floor(samples).astype(np.int64).T
        inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        on[row[inside], column[inside]] = True


def _thinned(path: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """Drop points that change nothing at this resolution: a pen reports far more than there are pixels."""
    if len(path) < 3:
        return path
    line = shapely.simplify(shapely.linestrings(path), tolerance, preserve_topology=False)
    thin = shapely.get_coordinates(line)
    return thin if len(thin) > 1 else path[:1]
