"""Between a view's millimetres and the skin's cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.views import View


@dataclass(frozen=True, slots=True, eq=False)
class ViewMap:
    """Which cell is seen where in a view.

    ``raster`` int32[h, w] holds cell ids, -1 where there is no skin; pixel (row, column) covers
    ``column / px_per_mm`` to ``(column + 1) / px_per_mm`` across and likewise downward, in view mm.
    """

    view: View
    raster: NDArray[np.int32]
    px_per_mm: float

    def cell_at(self, x: float, y: float) -> int:
        """Return the cell at a point of the view, -1 where there is none."""
        column, row = int(x * self.px_per_mm), int(y * self.px_per_mm)
        height, width = self.raster.shape
        if x < 0 or y < 0 or row >= height or column >= width:
            return -1
        return int(self.raster[row, column])
