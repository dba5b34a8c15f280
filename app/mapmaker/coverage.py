"""Label images to shapes that share their borders exactly.

The borders between connected pieces are followed along the cracks between pixels, from node (where
three pieces meet) to node. Each border is smoothed and fitted once, and used by both its
neighbours, so a coverage stays a coverage. Where curves would touch, borders fall back to closer
fits and last to the pixel steps, which never cross.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numba
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mapmaker import curves, labels
from mapmaker.curves import UNIT_MM, Curve, Points
from myomap.anatomy.structures import StructureKey
from myomap.store.atlas_schema import GRID_MM

_OUTSIDE = -2


@dataclass(frozen=True, slots=True)
class Style:
    """How borders are drawn, in mm: smoothing along the line, greatest distance of the fit and of the
    stored polygon's chords from the fitted curve.
    """

    smooth_mm: float
    fit_mm: float
    flatten_mm: float = curves.FLATTEN_MM
    unit: int = 1
    """Controls are rounded to this many hundredths of a millimetre; pixel corners must lie on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A connected piece: rings of (arc, forward) pairs, the outer ring first."""

    rings: tuple[tuple[tuple[int, bool], ...], ...]


@dataclass(frozen=True, eq=False)
class Drawing:
    """The shapes of one view and layer in view mm: arcs, and the faces of each key."""

    arcs: tuple[Curve, ...]
    keys: tuple[StructureKey, ...]
    faces: tuple[tuple[Face, ...], ...]
    width_mm: float
    flatten_mm: float = curves.FLATTEN_MM

    @cached_property
    def lines(self) -> tuple[Points, ...]:
        """Every arc flattened, on the grid that shapes are stored on."""
        return tuple(on_grid(arc, self.flatten_mm) for arc in self.arcs)

    @cached_property
    def shapes(self) -> tuple[BaseGeometry, ...]:
        """A multipolygon for each key."""
        return tuple(shapely.MultiPolygon([self._polygon(f) for f in faces]) for faces in self.faces)

    def _polygon(self, face: Face) -> shapely.Polygon:
        rings = []
        for ring in face.rings:
            pieces = [self.lines[a] if forward else self.lines[a][::-1] for a, forward in ring]
            rings.append(np.concatenate([pieces[0][:1], *(piece[1:] for piece in pieces)]))
        return shapely.Polygon(rings[0], rings[1:])

    def parts(self) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
        """Return what `of_parts` makes the drawing from: words (JSON), all arcs' points, arc starts."""
        words = {
            "keys": [str(key) for key in self.keys],
            "faces": [[face.rings for face in faces] for faces in self.faces],
            "width_mm": self.width_mm,
            "flatten_mm": self.flatten_mm,
        }
        starts = np.cumsum([0, *(len(arc) for arc in self.arcs)]).astype(np.int64)
        arcs = np.concatenate(self.arcs) if self.arcs else np.zeros((0, 2), np.int64)
        return json.dumps(words), arcs, starts

    @classmethod
    def of_parts(cls, words: str, arcs: NDArray[Any], starts: NDArray[Any]) -> "Drawing":
        """Make a drawing from its parts."""
        body = json.loads(words)
        faces = tuple(
            tuple(Face(tuple(tuple((a, f) for a, f in ring) for ring in rings)) for rings in many)
            for many in body["faces"]
        )
        whole = arcs.astype(np.int64)
        return cls(
            tuple(whole[a:b] for a, b in pairwise(starts.tolist())),
            tuple(StructureKey.parse(key) for key in body["keys"]),
            faces,
            body["width_mm"],
            body["flatten_mm"],
        )

    def mirrored(self) -> "Drawing":
        """Return the flipped picture with the other side's keys."""
        wide = round(self.width_mm / UNIT_MM)
        arcs = tuple(np.column_stack([wide - arc[:, 0], arc[:, 1]]) for arc in self.arcs)
        keys = tuple(StructureKey(k.structure, k.laterality.mirrored()) for k in self.keys)
        return Drawing(arcs, keys, self.faces, self.width_mm, self.flatten_mm)


def on_grid(curve: Curve, tolerance: float) -> Points:
    """Flatten a curve to the stored grid."""
    flat: Points = np.rint(curves.flatten(curve, tolerance) / GRID_MM) * GRID_MM
    return flat


def draw(image: labels.Labels, keys: Sequence[StructureKey], px_per_mm: float, style: Style) -> Drawing:
    """Turn a clean label image (indices into ``keys``, -1 for nothing) into shapes."""
    height, width = image.shape
    padded = np.full((height + 2, width + 2), _OUTSIDE, np.int32)
    padded[1:-1, 1:-1] = image
    pieces, count = labels.components(padded)
    owner = np.full(count, _OUTSIDE, np.int32)
    owner[pieces.ravel()] = padded.ravel()
    points, starts, left, right = _follow(pieces)
    # Corner (row, column) of the padded image lies one pixel down and right of the view's own.
    xy = (points[:, ::-1].astype(np.float64) - 1.0) / px_per_mm
    raw = [xy[starts[k] : starts[k + 1]] for k in range(len(starts) - 1)]
    wanted = np.flatnonzero((owner[left] >= 0) | (owner[right] >= 0))
    arcs = _fitted([raw[k] for k in wanted], style, px_per_mm)
    faces = _faces(wanted, left, right, owner, [raw[k] for k in wanted], len(keys))
    used = [k for k in range(len(keys)) if faces[k]]
    return Drawing(
        tuple(arcs),
        tuple(keys[k] for k in used),
        tuple(faces[k] for k in used),
        round(width / px_per_mm, 6),
        style.flatten_mm,
    )


def _fitted(raw: list[Points], style: Style, px_per_mm: float) -> list[Curve]:
    """Fit every arc; arcs that touch others are fitted closer, at last left as they are."""
    level = np.zeros(len(raw), np.int64)
    arcs = [_arc(points, style, px_per_mm, 0) for points in raw]
    lines = [on_grid(arc, style.flatten_mm) for arc in arcs]
    for _ in range(12):
        bad = _touching(lines)
        bad = bad[level[bad] < _LEVELS - 1]
        if not len(bad):
            break
        for k in bad:
            level[k] += 1
            arcs[k] = _arc(raw[k], style, px_per_mm, int(level[k]))
            lines[k] = on_grid(arcs[k], style.flatten_mm)
    return arcs


_LEVELS = 4


def _arc(points: Points, style: Style, px_per_mm: float, level: int) -> Curve:
    closed = bool((points[0] == points[-1]).all())
    if level == _LEVELS - 1:
        return curves.straight(_bends(points), style.unit)
    sigma = style.smooth_mm * px_per_mm * (1.0, 0.6, 0.3)[level]
    fit_mm = style.fit_mm * (1.0, 0.5, 0.25)[level]
    if level == 2:
        fit_mm = min(fit_mm, 0.25 / px_per_mm)
    # A short border is smoothed less, else it would shrink to a chord.
    sigma = min(sigma, len(points) / 8)
    line = curves.smooth(points, sigma, closed=closed)
    curve = curves.fit(
        line, fit_mm, closed=closed, corner_span=max(3, round(0.5 * px_per_mm)), unit=style.unit
    )
    if closed and len(curve) < 7:
        return curves.straight(_bends(points), style.unit)
    return curve


def _bends(points: Points) -> Points:
    """Drop the points of a pixel-step line at which it runs straight on."""
    step = np.diff(points, axis=0)
    turns = np.any(np.abs(np.diff(step, axis=0)) > 1e-9, axis=1)
    kept: Points = points[np.concatenate([[True], turns, [True]])]
    return kept


def _touching(lines: list[Points]) -> NDArray[np.int64]:
    """Return the arcs that cross themselves, or meet another elsewhere than at an end of both."""
    if not lines:
        return np.zeros(0, np.int64)
    owner_of = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    shapes: Any = shapely.linestrings(np.concatenate(lines), indices=owner_of)
    bad = set(np.flatnonzero(~shapely.is_simple(shapes)).tolist())
    tree = shapely.STRtree(shapes)
    a, b = tree.query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    meet, which = shapely.get_coordinates(shapely.intersection(shapes[a], shapes[b]), return_index=True)
    ends = np.array([[line[0], line[-1]] for line in lines])
    for owner in (a, b):
        at_end = (np.abs(ends[owner[which]] - meet[:, None]).max(axis=2) < 1e-6).any(axis=1)
        wrong = which[~at_end]
        bad.update(a[wrong].tolist())
        bad.update(b[wrong].tolist())
    # Two arcs with the same two ends that lie on each other enclose nothing.
    return np.array(sorted(bad), np.int64)


@numba.njit(cache=True)
def _follow(pieces: labels.Labels) -> Any:
    """Follow all cracks of a piece image whose rim is one piece.

    Returns points int32[n, 2] (row, column of pixel corners), starts int64[arcs + 1], and for each
    arc the piece on its left and on its right as seen along it.
    """
    height, width = pieces.shape
    # Ways out of a corner: bit 0 east, 1 south, 2 west, 3 north.
    ways = np.zeros((height + 1, width + 1), np.uint8)
    total = 0
    for row in range(1, height):
        for column in range(1, width):
            nw, ne = pieces[row - 1, column - 1], pieces[row - 1, column]
            sw, se = pieces[row, column - 1], pieces[row, column]
            bits = 0
            if ne != se:
                bits |= 1
            if sw != se:
                bits |= 2
            if nw != sw:
                bits |= 4
            if nw != ne:
                bits |= 8
            ways[row, column] = bits
            total += (bits & 1) + ((bits >> 1) & 1) + ((bits >> 2) & 1) + ((bits >> 3) & 1)
    points = np.empty((total + 2, 2), np.int32)
    starts = np.empty(total + 2, np.int64)
    left = np.empty(total + 1, np.int32)
    right = np.empty(total + 1, np.int32)
    drow = np.array([0, 1, 0, -1])
    dcolumn = np.array([1, 0, -1, 0])
    used, arcs = 0, 0
    for turn in range(2):
        for row in range(1, height):
            for column in range(1, width):
                if ways[row, column] == 0:
                    continue
                whole = ways[row, column]
                if turn == 0 and not _is_node(pieces, row, column):
                    continue
                for way in range(4):
                    if not (ways[row, column] >> way) & 1:
                        continue
                    if turn == 1 and whole != ways[row, column]:
                        break
                    starts[arcs] = used
                    points[used, 0], points[used, 1] = row, column
                    used += 1
                    r, c, w = row, column, way
                    left[arcs], right[arcs] = _beside(pieces, r, c, w)
                    while True:
                        ways[r, c] &= ~np.uint8(1 << w)
                        r, c = r + drow[w], c + dcolumn[w]
                        ways[r, c] &= ~np.uint8(1 << ((w + 2) % 4))
                        points[used, 0], points[used, 1] = r, c
                        used += 1
                        if (r == row and c == column) or _is_node(pieces, r, c):
                            break
                        for nxt in range(4):
                            if (ways[r, c] >> nxt) & 1:
                                w = nxt
                                break
                    arcs += 1
    starts[arcs] = used
    return points[:used].copy(), starts[: arcs + 1].copy(), left[:arcs].copy(), right[:arcs].copy()


@numba.njit(cache=True)
def _is_node(pieces: labels.Labels, row: int, column: int) -> bool:
    nw, ne = pieces[row - 1, column - 1], pieces[row - 1, column]
    sw, se = pieces[row, column - 1], pieces[row, column]
    return bool((nw != ne) + (ne != se) + (se != sw) + (sw != nw) > 2)


@numba.njit(cache=True)
def _beside(pieces: labels.Labels, row: int, column: int, way: int) -> tuple[int, int]:
    """Return the pieces left and right of the crack that leaves a corner in a direction."""
    nw, ne = pieces[row - 1, column - 1], pieces[row - 1, column]
    sw, se = pieces[row, column - 1], pieces[row, column]
    if way == 0:
        return ne, se
    if way == 1:
        return se, sw
    if way == 2:
        return sw, nw
    return nw, ne


def _faces(
    wanted: NDArray[np.int64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    owner: NDArray[np.int32],
    raw: list[Points],
    keys: int,
) -> list[tuple[Face, ...]]:
    """Chain the arcs around every piece: each piece lies to the right of its rings."""
    around: dict[int, list[tuple[int, bool]]] = {}
    for arc, k in enumerate(wanted):
        for piece, forward in ((int(right[k]), True), (int(left[k]), False)):
            if owner[piece] >= 0:
                around.setdefault(piece, []).append((arc, forward))
    out: list[list[Face]] = [[] for _ in range(keys)]
    for piece in sorted(around):
        rings = _rings(around[piece], raw)
        rings.sort(key=lambda ring: -_extent(ring, raw))
        out[int(owner[piece])].append(Face(tuple(tuple(ring) for ring in rings)))
    return [tuple(faces) for faces in out]


def _rings(steps: list[tuple[int, bool]], raw: list[Points]) -> list[list[tuple[int, bool]]]:
    leaving: dict[tuple[float, float], tuple[int, bool]] = {}
    for arc, forward in steps:
        x, y = raw[arc][0 if forward else -1]
        leaving[(float(x), float(y))] = (arc, forward)
    rings = []
    open_steps = dict.fromkeys(steps)
    while open_steps:
        step = next(iter(open_steps))
        ring = []
        while step in open_steps:
            del open_steps[step]
            ring.append(step)
            arc, forward = step
            x, y = raw[arc][-1 if forward else 0]
            step = leaving[(float(x), float(y))]
        rings.append(ring)
    return rings


def _extent(ring: list[tuple[int, bool]], raw: list[Points]) -> float:
    """The area of a ring's box: an outer ring's is larger than those of its holes."""
    points = np.concatenate([raw[arc] for arc, _ in ring])
    wide, high = points.max(axis=0) - points.min(axis=0)
    return float(wide * high)
