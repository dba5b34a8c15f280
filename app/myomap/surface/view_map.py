"""Between a view's millimetres and the skin's cells: strokes to cells, cells to outlines."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from myomap.anatomy.views import View
from myomap.surface import contours, painting
from myomap.surface.cells import Cells

#: A cell counts as covered when at least this share of what is seen of it is covered.
COVERED = 0.5
#: Outlines are smoothed by half a cell: the steps between cells vanish, small drawings keep their shape.
SMOOTH_MM = 1.8
#: Cells whose blocks of so many pixels touch are looked at together.
WINDOW_BLOCK = 24

Window = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class ViewMap:
    """Which cell is seen where in a view.

    ``raster`` int32[h, w] holds cell ids, -1 where there is no skin; pixel (row, column) covers
    ``column / px_per_mm`` to ``(column + 1) / px_per_mm`` across and likewise downward, in view mm.
    """

    view: View
    raster: NDArray[np.int32]
    px_per_mm: float

    # -- what is seen --------------------------------------------------------------------------

    @cached_property
    def seen_pixels(self) -> NDArray[np.int32]:
        """How many pixels of each cell are seen; as long as the largest id that is seen, plus one."""
        flat = self.raster.reshape(-1)
        return np.bincount(flat[flat >= 0]).astype(np.int32)

    @cached_property
    def visible(self) -> NDArray[np.int32]:
        """The ids of all cells that are seen, sorted."""
        return np.flatnonzero(self.seen_pixels).astype(np.int32)

    @cached_property
    def _pixels_by_cell(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Flat pixel indices sorted by cell, and where each cell's begin."""
        flat = self.raster.reshape(-1)
        skin = np.flatnonzero(flat >= 0).astype(np.int32)
        order = skin[np.argsort(flat[skin], kind="stable")]
        return order, np.concatenate([[0], np.cumsum(self.seen_pixels)])

    @cached_property
    def boxes(self) -> NDArray[np.int16]:
        """int16[n, 4]: first and last row and column of the pixels of each cell; the first is -1 where unseen."""
        order, starts = self._pixels_by_cell
        seen = self.visible
        out = np.full((len(self.seen_pixels), 4), -1, np.int16)
        if not len(seen):
            return out
        begin = starts[:-1][seen]
        width = self.raster.shape[1]
        for at, values in ((0, order // width), (2, order % width)):
            out[seen, at] = np.minimum.reduceat(values, begin)
            out[seen, at + 1] = np.maximum.reduceat(values, begin)
        return out

    def cell_at(self, x: float, y: float) -> int:
        """Return the cell at a point of the view, -1 where there is none."""
        if not (np.isfinite(x) and np.isfinite(y)):
            return -1
        column, row = int(x * self.px_per_mm), int(y * self.px_per_mm)
        height, width = self.raster.shape
        if x < 0 or y < 0 or row >= height or column >= width:
            return -1
        return int(self.raster[row, column])

    def seen_of(self, cells: Cells) -> Cells:
        """Return those of the cells that are seen in this view."""
        inside = cells.ids < len(self.seen_pixels)
        ids, weights = cells.ids[inside], cells.weights[inside]
        kept = self.seen_pixels[ids] > 0
        return Cells.of(ids[kept], weights[kept])

    def project(self, xyz: ArrayLike) -> NDArray[np.float64]:
        """Return float64[n, 2], where body points (n, 3) of this view's figure lie in the view, mm."""
        points = np.asarray(xyz, np.float64).reshape(-1, 3)
        frame = self.view.frame
        across = points @ np.array(frame.right) - frame.left_edge
        return np.column_stack([across, frame.top_edge - points @ np.array(frame.up)])

    def centre(self, cells: Cells) -> tuple[float, float] | None:
        """Return the middle of what is seen of the cells (view mm), None where nothing is."""
        at, weight = self._pixels_of(cells)
        if not len(at):
            return None
        width = self.raster.shape[1]
        total = float(weight.sum())
        x = float((at % width + 0.5) @ weight) / total / self.px_per_mm
        y = float((at // width + 0.5) @ weight) / total / self.px_per_mm
        return x, y

    # -- strokes to cells ----------------------------------------------------------------------

    def cells_in_polygon(self, shape: BaseGeometry) -> Cells:
        """Return the cells under a polygon (view mm): at least half of what is seen of each.

        Holes are left out. Rings that cross themselves count where they go round an odd number of times.
        """
        mask, row, column = painting.polygon_mask(shape, self.raster.shape, self.px_per_mm)
        return self._covered(mask, row, column)

    def cells_within(self, points: ArrayLike) -> Cells:
        """Return the cells that a hand's line (n, 2; view mm) goes round, closed from its end to its beginning.

        Where it crosses itself, each part that it goes round is taken: nobody means rings by going round twice.
        """
        path = np.asarray(points, np.float64).reshape(-1, 2)
        path = path[np.isfinite(path).all(axis=1)]
        if len(path) < 3:
            return Cells.empty()
        shape = Polygon(path)
        mask, row, column = painting.polygon_mask(shape, self.raster.shape, self.px_per_mm, wound=True)
        return self._covered(mask, row, column)

    def cells_under(self, points: ArrayLike, radius: float) -> Cells:
        """Return the cells under a brush of ``radius`` mm drawn through points (n, 2; view mm).

        A dab so small that it covers half of no cell takes the cells under its points.
        """
        path = np.asarray(points, np.float64).reshape(-1, 2)
        path = path[np.isfinite(path).all(axis=1)]
        if not len(path) or not np.isfinite(radius) or radius <= 0:
            return Cells.empty()
        mask, row, column = painting.stroke_mask(path, radius, self.raster.shape, self.px_per_mm)
        found = self._covered(mask, row, column)
        if found:
            return found
        under = {self.cell_at(x, y) for x, y in path.tolist()} - {-1}
        return Cells.of(sorted(under))

    def _covered(self, mask: NDArray[np.bool_], row: int, column: int) -> Cells:
        height, width = mask.shape
        hit = self.raster[row : row + height, column : column + width][mask]
        hit = hit[hit >= 0]
        if not len(hit):
            return Cells.empty()
        times = np.bincount(hit)
        ids = np.flatnonzero(times)
        times = times[ids]
        return Cells.of_sorted(ids[times >= COVERED * self.seen_pixels[ids]])

    def trail(self) -> "Trail":
        """Return a stroke that grows point by point."""
        return Trail(self)

    # -- inks ----------------------------------------------------------------------------------

    @property
    def spread(self) -> int:
        """How many pixels around a cell its ink's outline can change."""
        return int(np.ceil(3 * SMOOTH_MM * self.px_per_mm)) + 1

    def windows_of(self, ids: NDArray[np.integer[Any]]) -> list[Window]:
        """Return boxes of pixels (top, bottom, left, right; the ends left out) around all that is seen of the cells.

        Cells near each other share a box, so a few places far apart make a few small ones.
        """
        boxes = self.boxes
        ids = ids[ids < len(boxes)]
        found = boxes[ids[boxes[ids, 0] >= 0]].astype(np.int64)
        if not len(found):
            return []
        corners = [
            found[:, a] // WINDOW_BLOCK * _ROW + found[:, b] // WINDOW_BLOCK for a in (0, 1) for b in (2, 3)
        ]
        island = _islands(corners)
        made: list[Window] = []
        for k in range(int(island.max()) + 1):
            mine = found[island == k]
            if len(mine):
                made.append(
                    (
                        int(mine[:, 0].min()),
                        int(mine[:, 1].max()) + 1,
                        int(mine[:, 2].min()),
                        int(mine[:, 3].max()) + 1,
                    )
                )
        return made

    def grown(self, window: Window, by: int) -> Window:
        """Return a box that is larger on each side, within the view."""
        top, bottom, left, right = window
        height, width = self.raster.shape
        return max(0, top - by), min(height, bottom + by), max(0, left - by), min(width, right + by)

    def inks_in(self, codes: NDArray[np.int16], window: Window) -> NDArray[np.int16]:
        """Return the ink of each pixel of a box; ``codes`` int16[cells] is -1 where a cell has none."""
        top, bottom, left, right = window
        part = self.raster[top:bottom, left:right]
        found: NDArray[np.int16] = np.where(part >= 0, codes[part], np.int16(-1))
        return found

    def ink_outlines(self, codes: NDArray[np.int16], window: Window) -> dict[int, MultiPolygon]:
        """Return each ink's outline (view mm) in a box; right from `spread` pixels inside its edge."""
        # a pixel a mm is enough for cells of 5 mm; windows begin on the same grid, so that they fit together
        step = 2 if self.px_per_mm >= 2 else 1
        top, bottom, left, right = window
        top, left = top - top % step, left - left % step
        part = self.raster[top:bottom:step, left:right:step]
        px_per_mm = self.px_per_mm / step
        return contours.window_outlines(
            part >= 0,
            np.where(part >= 0, codes[part], np.int16(-1)),
            ((top + 0.5) / step - 0.5, (left + 0.5) / step - 0.5),
            px_per_mm,
            SMOOTH_MM * px_per_mm,
        )

    # -- cells to outlines ---------------------------------------------------------------------

    def _pixels_of(self, cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the flat indices of the cells' pixels and the weight of each."""
        inside = cells.ids < len(self.seen_pixels)
        ids, weights = cells.ids[inside], cells.weights[inside]
        order, starts = self._pixels_by_cell
        first = starts[ids]
        count = self.seen_pixels[ids].astype(np.int64)
        ends = np.cumsum(count)
        total = int(ends[-1]) if len(ends) else 0
        at = np.arange(total) + np.repeat(first - (ends - count), count)
        return order[at].astype(np.int64), np.repeat(weights, count)

    def outline(self, cells: Cells, level: float = 0.5, smooth_mm: float = SMOOTH_MM) -> MultiPolygon:
        """Return the smooth outline (view mm) of what is seen of the cells with a weight of ``level``.

        ``smooth_mm`` is the standard deviation of the smoothing.
        The outlined area stays that of the cells. Empty where nothing is seen.
        """
        at, weight = self._pixels_of(cells)
        if not len(at):
            return MultiPolygon()
        rows, columns = at // self.raster.shape[1], at % self.raster.shape[1]
        return contours.smooth_outlines(
            self.raster, rows, columns, weight, level, self.px_per_mm, smooth_mm * self.px_per_mm
        )


#: Blocks are numbered row by row; no view has as many blocks in a row.
_ROW = 1 << 20


def _islands(corners: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return which island each cell lies on, by the numbers of the blocks that its corners lie in."""
    left = set(np.unique(np.concatenate(corners)).tolist())
    of: dict[int, int] = {}
    count = 0
    while left:
        edge = [left.pop()]
        while edge:
            block = edge.pop()
            of[block] = count
            around = {block + down + across for down in (-_ROW, 0, _ROW) for across in (-1, 0, 1)} & left
            left -= around
            edge += around
        count += 1
    blocks, inverse = np.unique(corners[0], return_inverse=True)
    islands: NDArray[np.int64] = np.array([of[block] for block in blocks.tolist()], np.int64)[inverse]
    return islands


class Trail:
    """The cells under a brush stroke that is still growing: each step costs only what it adds."""

    def __init__(self, view_map: ViewMap) -> None:
        self._map = view_map
        self._mask = np.zeros(view_map.raster.shape, bool)
        self._covered = np.zeros(len(view_map.seen_pixels), np.int32)
        self._under: set[int] = set()
        self._taken = False

    def add(self, points: ArrayLike, radius: float) -> None:
        """Go on along points (n, 2; view mm), the last one of the step before being the first."""
        path = np.asarray(points, np.float64).reshape(-1, 2)
        path = path[np.isfinite(path).all(axis=1)]
        if not len(path) or not np.isfinite(radius) or radius <= 0:
            return
        mask, row, column = painting.stroke_mask(path, radius, self._map.raster.shape, self._map.px_per_mm)
        here = (slice(row, row + mask.shape[0]), slice(column, column + mask.shape[1]))
        fresh = mask & ~self._mask[here]
        self._mask[here] |= mask
        hit = self._map.raster[here][fresh]
        np.add.at(self._covered, hit[hit >= 0], 1)
        if not self._taken:
            self._taken = bool(self._is_covered().any())
            self._under |= {self._map.cell_at(x, y) for x, y in path[:100].tolist()} - {-1}

    def cells(self) -> Cells:
        """Return the cells under the stroke so far, as `ViewMap.cells_under` would."""
        ids = np.flatnonzero(self._is_covered())
        return Cells.of_sorted(ids) if len(ids) else Cells.of(sorted(self._under))

    def _is_covered(self) -> NDArray[np.bool_]:
        covered: NDArray[np.bool_] = (self._covered > 0) & (self._covered >= COVERED * self._map.seen_pixels)
        return covered
