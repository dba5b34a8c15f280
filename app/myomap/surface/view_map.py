"""Between a view's millimetres and the skin's cells: strokes to cells, cells to outlines."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from myomap.anatomy.views import View
from myomap.surface import contours, painting
from myomap.surface.cells import Cells

#: A cell counts as covered when at least this share of what is seen of it is covered.
COVERED = 0.5
#: Outlines are smoothed by half a cell: the steps between cells vanish, small drawings keep their shape.
SMOOTH_MM = 1.8


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
    def _seen_pixels(self) -> NDArray[np.int32]:
        """How many pixels of each cell are seen; as long as the largest id that is seen, plus one."""
        flat = self.raster.reshape(-1)
        return np.bincount(flat[flat >= 0]).astype(np.int32)

    @cached_property
    def visible(self) -> NDArray[np.int32]:
        """The ids of all cells that are seen, sorted."""
        return np.flatnonzero(self._seen_pixels).astype(np.int32)

    @cached_property
    def _pixels_by_cell(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Flat pixel indices sorted by cell, and where each cell's begin."""
        flat = self.raster.reshape(-1)
        skin = np.flatnonzero(flat >= 0).astype(np.int32)
        order = skin[np.argsort(flat[skin], kind="stable")]
        return order, np.concatenate([[0], np.cumsum(self._seen_pixels)])

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
        inside = cells.ids < len(self._seen_pixels)
        ids, weights = cells.ids[inside], cells.weights[inside]
        kept = self._seen_pixels[ids] > 0
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
        ids, times = np.unique(hit, return_counts=True)
        return Cells.of(ids[times >= COVERED * self._seen_pixels[ids]])

    # -- cells to outlines ---------------------------------------------------------------------

    def _pixels_of(self, cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the flat indices of the cells' pixels and the weight of each."""
        inside = cells.ids < len(self._seen_pixels)
        ids, weights = cells.ids[inside], cells.weights[inside]
        order, starts = self._pixels_by_cell
        first = starts[ids]
        count = self._seen_pixels[ids].astype(np.int64)
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
