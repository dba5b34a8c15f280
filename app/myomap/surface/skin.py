"""The skin's cells: area, side, region, neighbours, place on each figure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """Arrays over the n cells of the skin; cell ids are their indices. The same on every figure.

    ``area_mm2`` float32[n] is counted on the male figure; ``region`` int16[n] is a Region.number;
    ``laterality`` uint8[n] as in LATERALITY_CODES; ``mirror`` int32[n] the cell's partner on the
    other side; the neighbours of cell k are ``neighbours[starts[k]:starts[k+1]]``;
    ``xyz[figure]`` float32[n, 3] are centres in body millimetres;
    ``set_area[set_id]`` int16[n] is a RegionSetArea.number or -1.
    """

    area_mm2: NDArray[np.float32]
    region: NDArray[np.int16]
    laterality: NDArray[np.uint8]
    mirror: NDArray[np.int32]
    starts: NDArray[np.int32]
    neighbours: NDArray[np.int32]
    xyz: Mapping[Figure, NDArray[np.float32]]
    set_area: Mapping[str, NDArray[np.int16]]

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.area_mm2)

    @property
    def total_mm2(self) -> float:
        """The area of the whole skin."""
        return float(self.area_mm2.sum(dtype=np.float64))

    def area_of(self, cells: Cells) -> float:
        """Return the area in mm² of the cells, each counted once and by its weight."""
        return float(np.dot(self.area_mm2[cells.ids].astype(np.float64), cells.weights))
