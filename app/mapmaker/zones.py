"""Authored strokes to zones: weighted cells of the right side (or the midline) and what clips them.

A stroke is a path over the skin with a radius. A cell's weight is 1 up to 80 % of the radius and
falls to 0 at the radius, measured over the skin to the middle of the cell. A stroke whose path keeps
to the right never paints the left beyond the strip of midline cells.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from mapmaker.data_faults import DataError, Fault, Spot, nearest
from mapmaker.skin import Floats
from mapmaker.skin_stage import SkinStage
from mapmaker.strokes import (
    Between,
    LandmarkRef,
    LandmarkSource,
    Offset,
    PatternSource,
    RegionRef,
    SkinPoint,
    Stroke,
)
from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells
from myomap.surface.outlines import Zone

#: The outer share of the radius over which a stroke fades.
FADE = 0.2
#: A path point this near to x = 0 lies in the midline.
_MIDLINE_MM = 3.0
#: A piece of spillover smaller than this beside larger ones is left out.
_LEAST_MM2 = 60.0


class PointError(ValueError):
    """A point cannot be found on the skin; says which and why."""


class ZoneMaker:
    """Turns points and strokes into vertices and cells of one skin."""

    def __init__(self, stage: SkinStage, added: Sequence[LandmarkSource] = ()) -> None:
        """Know the landmarks of the anatomy folder and those added by data/landmarks.

        Raises DataError with the file and line of each added landmark that cannot be placed.
        """
        self.stage = stage
        self.walk = stage.geodesics()
        self._points = stage.fine.xyz[Figure.MALE]
        self._added = {mark.id: mark for mark in added}
        self._vertex = dict(stage.landmark)
        self._placing: list[str] = []
        self._side = np.array(
            [LATERALITY_CODES[Laterality.RIGHT]] * (len(stage.cells) // 2)
            + [LATERALITY_CODES[Laterality.LEFT]] * (len(stage.cells) // 2),
            np.uint8,
        )
        corner_order = np.argsort(stage.fine.faces.reshape(-1), kind="stable")
        self._around = corner_order // 3
        counts = np.bincount(stage.fine.faces.reshape(-1), minlength=len(self._points))
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        cells = stage.cells
        ones = np.ones(len(cells.neighbours), np.int8)
        self._graph = csr_matrix((ones, cells.neighbours, cells.starts), shape=(len(cells), len(cells)))
        faults = []
        for mark in added:
            try:
                self.landmark(mark.id)
            except PointError as error:
                faults.append(Fault(mark.spot, str(error)))
        if faults:
            raise DataError(faults)

    # -- points --------------------------------------------------------------------------------

    def landmark(self, name: str) -> int:
        """Return the fine vertex of a landmark of the right side or the midline; PointError if unknown."""
        if name in self._vertex:
            return self._vertex[name]
        if name not in self._added:
            known = [*self._vertex, *self._added]
            raise PointError(f"there is no landmark “{name}”{nearest(name, known)}")
        if name in self._placing:
            raise PointError(f"the landmark “{name}” is made from itself ({' → '.join(self._placing)})")
        self._placing.append(name)
        try:
            vertex = self.vertex(self._added[name].at)
        finally:
            self._placing.pop()
        if self._added[name].side == "M":
            vertex = self._to_midline(vertex)
        self._vertex[name] = vertex
        return vertex

    def vertex(self, point: SkinPoint) -> int:
        """Return the fine vertex of any authored point; PointError says why there is none."""
        if isinstance(point, LandmarkRef):
            vertex = self.landmark(point.id)
            return int(self.stage.fine.mirror[vertex]) if point.left else vertex
        if isinstance(point, Between):
            return self._between(self.vertex(point.start), self.vertex(point.end), point.at)
        return self._offset(self.vertex(point.base), point, left=_on_left(point.base))

    def _between(self, start: int, end: int, at: float) -> int:
        path = self.walk.path(start, end)
        if not len(path):
            raise PointError("the two points are not on one skin")
        steps = np.linalg.norm(np.diff(self._points[path], axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        return int(path[np.abs(along - at * along[-1]).argmin()])

    def _offset(self, base: int, offset: Offset, *, left: bool) -> int:
        start = self._points[base]
        # Beside a landmark of the midline “left:” says on which side medial is counted.
        in_middle = abs(start[0]) <= _MIDLINE_MM
        inward = -1.0 if (left if in_middle else start[0] > 0) else 1.0
        move = np.array([inward * offset.medial, offset.up, offset.forward])
        far = float(np.linalg.norm(move))
        if far == 0.0:
            return base
        target = start + move
        near, _ = self.walk.within(np.array([base]), 2.0 * far + 20.0)
        off = np.linalg.norm(self._points[near] - target, axis=1)
        # Of two skins about equally near the one that faces the same way; but a point authored on the
        # palm side of a finger from its back stays there.
        same_way = self.stage.fine.normals[near] @ self.stage.fine.normals[base]
        return int(near[(off + 3.0 * (1.0 - same_way)).argmin()])

    def _to_midline(self, vertex: int) -> int:
        middle = np.flatnonzero(self.stage.fine.mirror == np.arange(len(self.stage.fine.mirror)))
        off = np.linalg.norm(self._points[middle] - self._points[vertex], axis=1)
        return int(middle[off.argmin()])

    # -- strokes -------------------------------------------------------------------------------

    def path(self, points: Sequence[SkinPoint]) -> NDArray[np.int64]:
        """Return the fine vertices of a path over the skin through all points."""
        vertices = [self.vertex(point) for point in points]
        legs = [np.array(vertices[:1], np.int64)]
        for start, end in pairwise(vertices):
            leg = self.walk.path(start, end)
            if not len(leg):
                raise PointError("two points of the path are not on one skin")
            legs.append(leg[1:])
        return np.concatenate(legs)

    def weights(self, stroke: Stroke) -> Floats:
        """Return float64[n], the weight that a stroke gives each cell."""
        out = np.zeros(len(self.stage.cells))
        if stroke.regions:
            out[self._in_regions(stroke.regions)] = stroke.weight
            if all(not region.left for region in stroke.regions):
                out[self._left_beyond_strip()] = 0.0
        if stroke.path:
            path = self.path(stroke.path)
            vertices, distance = self.walk.within(path, stroke.radius)
            here = np.full(len(self._points), np.inf)
            here[vertices] = distance
            fade = (stroke.radius - here[self.stage.cells.vertex]) / (FADE * stroke.radius)
            out = np.maximum(out, np.clip(fade, 0.0, 1.0) * stroke.weight)
            # The cells that the path itself runs through, however small the radius.
            faces = np.concatenate([self._around[self._starts[v] : self._starts[v + 1]] for v in path])
            through = np.unique(self.stage.cells.of_face[faces])
            out[through] = np.maximum(out[through], 0.6 * stroke.weight)
            if (self._points[path, 0] < -_MIDLINE_MM).all():
                out[self._left_beyond_strip()] = 0.0
        if stroke.within:
            out[~self._in_regions(stroke.within)] = 0.0
        if stroke.avoid:
            out[self._in_regions(stroke.avoid)] = 0.0
        return out

    def _left_beyond_strip(self) -> NDArray[np.bool_]:
        left = LATERALITY_CODES[Laterality.LEFT]
        return np.asarray((self._side == left) & (self.stage.laterality == left))

    def _in_regions(self, regions: Iterable[RegionRef]) -> NDArray[np.bool_]:
        numbers: list[int] = []
        for region in regions:
            found = self.stage.table.numbers_of(
                region.id, Laterality.LEFT if region.left else Laterality.RIGHT
            )
            if not found:
                known = self.stage.table.names
                raise PointError(f"there is no region “{region.id}”{nearest(region.id, known)}")
            numbers += found
        return np.isin(self.stage.region, numbers)

    def zone(self, strokes: Sequence[Stroke]) -> Cells:
        """Return the cells of all strokes; DataError with the line of each stroke that cannot be drawn."""
        total = np.zeros(len(self.stage.cells))
        faults: list[Fault] = []
        for stroke in strokes:
            try:
                made = self.weights(stroke)
            except PointError as error:
                faults.append(Fault(stroke.spot, str(error)))
                continue
            if not made.any():
                faults.append(Fault(stroke.spot, "this stroke covers no skin (zero area)"))
            total = np.maximum(total, made)
        if faults:
            raise DataError(faults)
        # Weights are kept as bytes: what would round to nothing is nothing.
        ids = np.flatnonzero(total >= 1 / 255)
        return Cells.of(ids, total[ids])

    def pattern(self, source: PatternSource, *, sided: bool = True) -> Zone:
        """Return both zones of a trigger point; where both lie, the essential one stays.

        Under the outer half of its faded edge the spillover goes on, so no gap is left between the two.

        A point of the midline (``sided`` false) has a zone that is its own mirror.
        """
        faults: list[Fault] = []
        zones: list[Cells] = []
        for strokes in (source.essential, source.spillover):
            try:
                cells = self.zone(strokes)
            except DataError as error:
                faults += error.faults
                continue
            zones.append(cells if sided else cells.union(cells.mirrored(self.stage.cells.mirror)))
        if faults:
            raise DataError(faults)
        return self._apart(*zones)

    def _apart(self, essential: Cells, spillover: Cells) -> Zone:
        count = len(self.stage.cells)
        outer = spillover.dense(count)
        outer[essential.dense(count) >= 0.5] = 0.0
        rest = Cells.of(np.flatnonzero(outer), outer[outer > 0])
        # Slivers of spillover around an essential zone are no zone of their own.
        area = self.stage.cells.area_mm2
        parts = [p for p in self._pieces(rest) if area[p.ids] @ p.weights >= _LEAST_MM2]
        if parts:
            ids = np.concatenate([p.ids for p in parts])
            rest = Cells.of(ids, np.concatenate([p.weights for p in parts]))
        return Zone(essential, rest)

    def _pieces(self, cells: Cells) -> list[Cells]:
        """Return the connected pieces of the cells."""
        mine = self._graph[cells.ids][:, cells.ids]
        count, piece = connected_components(mine, directed=False)
        return [Cells.of(cells.ids[piece == k], cells.weights[piece == k]) for k in range(count)]


def _on_left(point: SkinPoint) -> bool:
    if isinstance(point, LandmarkRef):
        return point.left
    return _on_left(point.base if isinstance(point, Offset) else point.start)


def zones_of(
    maker: ZoneMaker, patterns: Sequence[PatternSource], sided: Mapping[str, bool]
) -> dict[str, Zone]:
    """Return the zones of every pattern by trigger point; DataError with every fault of all of them."""
    made: dict[str, Zone] = {}
    faults: list[Fault] = []
    for pattern in patterns:
        try:
            zone = maker.pattern(pattern, sided=sided.get(pattern.trigger_point, True))
        except DataError as error:
            faults += error.faults
            continue
        if not zone.essential and pattern.essential:
            faults.append(Fault(Spot(pattern.file, pattern.line), "the essential zone covers no skin"))
        made[pattern.trigger_point] = zone
    if faults:
        raise DataError(faults)
    return made
