"""Borders as curves: pixel steps to smooth lines to cubic Béziers, each border fitted once.

Curves are whole hundredths of a millimetre, so that what the SVG writes is exactly what is stored.
"""

from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray

#: Control points are whole multiples of this many millimetres.
UNIT_MM = 0.01
#: Flattened curves leave the true curve by no more than this.
FLATTEN_MM = 0.04

Points = NDArray[np.float64]
Curve = NDArray[np.int64]
"""int64[1 + 3n, 2]: start, then two control points and an end for each cubic, in `UNIT_MM`."""


def smooth(points: Points, sigma: float, *, closed: bool) -> Points:
    """Return a pixel-step line [n, 2] smoothed along itself by a Gaussian of ``sigma`` points.

    The ends of an open line stay; a closed line's last point repeats its first.
    """
    reach = int(np.ceil(3 * sigma))
    if reach < 1 or len(points) < 3:
        return points
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    if closed:
        body = points[:-1]
        padded = np.take(body, np.arange(-reach, len(body) + reach), axis=0, mode="wrap")
    else:
        # Reflecting the line through its ends keeps the ends and their direction.
        index = np.arange(-reach, len(points) + reach)
        last = len(points) - 1
        turned = np.abs(index) % (2 * last)
        inside = np.where(turned > last, 2 * last - turned, turned)
        padded = points[inside]
        padded[:reach] = 2 * points[0] - padded[:reach]
        padded[-reach:] = 2 * points[-1] - padded[-reach:]
    out = np.column_stack([np.convolve(padded[:, k], kernel, mode="valid") for k in (0, 1)])
    if closed:
        return np.concatenate([out, out[:1]])
    out[0], out[-1] = points[0], points[-1]
    return out


def fit(points: Points, tolerance: float, *, closed: bool, corner_span: int = 6, unit: int = 1) -> Curve:
    """Fit cubics to a smooth line [n, 2] in mm within ``tolerance``; sharp turns stay sharp.

    Controls are rounded to ``unit`` times `UNIT_MM`.
    """
    if len(points) < 4:
        return straight(points, unit)
    breaks = _corners(points, corner_span, closed)
    if closed:
        smooth_start = not len(breaks)
        if smooth_start:
            breaks = np.array([0])
        ring = np.roll(points[:-1], -breaks[0], axis=0)
        points = np.concatenate([ring, ring[:1]])
        breaks = np.append(breaks - breaks[0], len(points) - 1)
    else:
        breaks = np.unique(np.concatenate([[0], breaks, [len(points) - 1]]))
        smooth_start = False
    pieces = []
    for start, end in pairwise(breaks):
        piece = np.ascontiguousarray(points[start : end + 1])
        if len(piece) < 3:
            pieces.append(_line_controls(piece))
            continue
        first, last = _tangents(piece)
        if smooth_start:
            shared = _unit(points[min(3, len(points) - 1)] - points[-min(4, len(points))])
            first, last = shared, -shared
        pieces.append(_fit_cubics(piece, first, last, tolerance))
    controls = np.concatenate([points[:1], *pieces])
    return _rounded(controls, unit)


def straight(points: Points, unit: int = 1) -> Curve:
    """Return a polyline as cubics whose controls lie on their chords."""
    ends = _rounded(points, unit).astype(np.float64) * UNIT_MM
    return _rounded(np.concatenate([ends[:1], _line_controls(ends)]), 1)


def _rounded(points: Points, unit: int) -> Curve:
    return np.rint(points / (UNIT_MM * unit)).astype(np.int64) * unit


def _line_controls(points: Points) -> Points:
    a, b = points[:-1], points[1:]
    return np.stack([a + (b - a) / 3, b - (b - a) / 3, b], axis=1).reshape(-1, 2)


def _unit(vector: Points) -> Points:
    length = float(np.hypot(vector[0], vector[1]))
    return vector / length if length > 0 else np.array([1.0, 0.0])


def _tangents(piece: Points, span: int = 4) -> tuple[Points, Points]:
    reach = min(span, len(piece) - 1)
    return _unit(piece[reach] - piece[0]), _unit(piece[-1 - reach] - piece[-1])


def _corners(points: Points, span: int, closed: bool) -> NDArray[np.int64]:
    """Return where the line turns by more than 55 degrees within ``span`` points on either side."""
    count = len(points) - 1 if closed else len(points)
    if count < 2 * span + 2:
        return np.zeros(0, np.int64)
    index = np.arange(count)
    if closed:
        before, after = points[:-1][index - span], points[:-1][(index + span) % count]
    else:
        before, after = points[np.maximum(index - span, 0)], points[np.minimum(index + span, count - 1)]
    here = points[index]
    u, v = here - before, after - here
    turn = np.abs(np.arctan2(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0], (u * v).sum(1)))
    if not closed:
        turn[:span], turn[-span:] = 0, 0
    found = []
    sharp = np.flatnonzero(turn > np.deg2rad(55))
    taken = np.zeros(count, bool)
    for k in sharp[np.argsort(-turn[sharp], kind="stable")]:
        near = (
            (np.arange(k - span, k + span + 1)) % count
            if closed
            else np.arange(max(0, k - span), min(count, k + span + 1))
        )
        if not taken[near].any():
            taken[k] = True
            found.append(int(k))
    return np.array(sorted(found), np.int64)


@numba.njit(cache=True)
def _bezier(points: Points, first: Points, last: Points, u: Points) -> Points:
    """Least-squares cubic with given end tangents (Schneider 1990, written anew)."""
    n = len(points)
    p0, p3 = points[0], points[n - 1]
    c00, c01, c11, x0, x1 = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        t = u[i]
        s = 1 - t
        b0, b1, b2, b3 = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        a0x, a0y = first[0] * b1, first[1] * b1
        a1x, a1y = last[0] * b2, last[1] * b2
        c00 += a0x * a0x + a0y * a0y
        c01 += a0x * a1x + a0y * a1y
        c11 += a1x * a1x + a1y * a1y
        rx = points[i, 0] - p0[0] * (b0 + b1) - p3[0] * (b2 + b3)
        ry = points[i, 1] - p0[1] * (b0 + b1) - p3[1] * (b2 + b3)
        x0 += a0x * rx + a0y * ry
        x1 += a1x * rx + a1y * ry
    det = c00 * c11 - c01 * c01
    chord = np.hypot(p3[0] - p0[0], p3[1] - p0[1])
    alpha, beta = 0.0, 0.0
    if abs(det) > 1e-12:
        alpha = (x0 * c11 - x1 * c01) / det
        beta = (c00 * x1 - c01 * x0) / det
    if alpha < 1e-3 * chord or beta < 1e-3 * chord or alpha > 3 * chord or beta > 3 * chord:
        alpha = beta = chord / 3
    out = np.empty((4, 2))
    out[0], out[3] = p0, p3
    for k in range(2):
        out[1, k] = p0[k] + alpha * first[k]
        out[2, k] = p3[k] + beta * last[k]
    return out


@numba.njit(cache=True)
def _at(cubic: Points, t: float) -> tuple[float, float]:
    s = 1 - t
    b0, b1, b2, b3 = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
    x = b0 * cubic[0, 0] + b1 * cubic[1, 0] + b2 * cubic[2, 0] + b3 * cubic[3, 0]
    y = b0 * cubic[0, 1] + b1 * cubic[1, 1] + b2 * cubic[2, 1] + b3 * cubic[3, 1]
    return x, y


@numba.njit(cache=True)
def _worst(points: Points, cubic: Points, u: Points) -> tuple[float, int]:
    worst, where = 0.0, len(points) // 2
    for i in range(1, len(points) - 1):
        x, y = _at(cubic, u[i])
        distance = (x - points[i, 0]) ** 2 + (y - points[i, 1]) ** 2
        if distance > worst:
            worst, where = distance, i
    return np.sqrt(worst), where


@numba.njit(cache=True)
def _closer(points: Points, cubic: Points, u: Points) -> None:
    """One Newton step of every parameter toward the nearest place on the cubic, in place."""
    d = 3 * (cubic[1:] - cubic[:-1])
    e = 2 * (d[1:] - d[:-1])
    for i in range(1, len(points) - 1):
        t = u[i]
        s = 1 - t
        x, y = _at(cubic, t)
        dx = s * s * d[0, 0] + 2 * s * t * d[1, 0] + t * t * d[2, 0]
        dy = s * s * d[0, 1] + 2 * s * t * d[1, 1] + t * t * d[2, 1]
        ex, ey = s * e[0, 0] + t * e[1, 0], s * e[0, 1] + t * e[1, 1]
        rx, ry = x - points[i, 0], y - points[i, 1]
        slope = dx * dx + dy * dy + rx * ex + ry * ey
        if abs(slope) > 1e-12:
            u[i] = min(1.0, max(0.0, t - (rx * dx + ry * dy) / slope))


@numba.njit(cache=True)
def _fit_cubics(points: Points, first: Points, last: Points, tolerance: float) -> Points:
    """Return float64[3n, 2]: controls and ends of the fewest cubics found by splitting at the worst."""
    n = len(points)
    out = np.empty((3 * n, 2))
    used = 0
    stack_from, stack_to = np.empty(n, np.int64), np.empty(n, np.int64)
    tangents = np.empty((n, 4))
    stack_from[0], stack_to[0] = 0, n - 1
    tangents[0, 0], tangents[0, 1], tangents[0, 2], tangents[0, 3] = first[0], first[1], last[0], last[1]
    depth = 1
    while depth > 0:
        depth -= 1
        start, end = stack_from[depth], stack_to[depth]
        one, two = tangents[depth, :2].copy(), tangents[depth, 2:].copy()
        piece = points[start : end + 1]
        count = len(piece)
        u = np.zeros(count)
        for i in range(1, count):
            step = np.hypot(piece[i, 0] - piece[i - 1, 0], piece[i, 1] - piece[i - 1, 1])
            u[i] = u[i - 1] + step
        total = u[count - 1]
        if total > 0:
            u /= total
        if count == 2:
            cubic = np.empty((4, 2))
            cubic[0], cubic[3] = piece[0], piece[1]
            cubic[1] = piece[0] + (piece[1] - piece[0]) / 3
            cubic[2] = piece[1] - (piece[1] - piece[0]) / 3
            good = True
            where = 1
        else:
            cubic = _bezier(piece, one, two, u)
            worst, where = _worst(piece, cubic, u)
            tries = 0
            while worst > tolerance and worst < 6 * tolerance and tries < 6:
                _closer(piece, cubic, u)
                cubic = _bezier(piece, one, two, u)
                worst, where = _worst(piece, cubic, u)
                tries += 1
            good = worst <= tolerance
        if good:
            for k in range(3):
                out[used + k] = cubic[k + 1]
            used += 3
            continue
        where = min(max(where, 1), count - 2)
        reach = min(4, where, count - 1 - where)
        tangent = piece[where + reach] - piece[where - reach]
        length = np.hypot(tangent[0], tangent[1])
        if length > 0:
            tangent = tangent / length
        else:
            tangent = one.copy()
        # The later half lies below the earlier one on the stack, so output stays in order.
        stack_from[depth], stack_to[depth] = start + where, end
        tangents[depth, :2], tangents[depth, 2:] = tangent, two
        depth += 1
        stack_from[depth], stack_to[depth] = start, start + where
        tangents[depth, :2], tangents[depth, 2:] = one, -tangent
        depth += 1
    return out[:used].copy()


def flatten(curve: Curve, tolerance: float = FLATTEN_MM) -> Points:
    """Return the curve as a line [n, 2] in mm that leaves it by at most ``tolerance``."""
    return _flatten(curve.astype(np.float64) * UNIT_MM, tolerance)


@numba.njit(cache=True)
def _flatten(controls: Points, tolerance: float) -> Points:
    segments = (len(controls) - 1) // 3
    steps = np.empty(segments, np.int64)
    for k in range(segments):
        c = controls[3 * k : 3 * k + 4]
        ax, ay = c[0, 0] - 2 * c[1, 0] + c[2, 0], c[0, 1] - 2 * c[1, 1] + c[2, 1]
        bx, by = c[1, 0] - 2 * c[2, 0] + c[3, 0], c[1, 1] - 2 * c[2, 1] + c[3, 1]
        bend = np.sqrt(max(ax * ax + ay * ay, bx * bx + by * by))
        steps[k] = max(1, int(np.ceil(np.sqrt(0.75 * bend / tolerance))))
    out = np.empty((steps.sum() + 1, 2))
    out[0] = controls[0]
    used = 1
    for k in range(segments):
        cubic = controls[3 * k : 3 * k + 4]
        for i in range(1, steps[k]):
            x, y = _at(cubic, i / steps[k])
            out[used, 0], out[used, 1] = x, y
            used += 1
        out[used] = cubic[3]
        used += 1
    return out
