"""The skin's cells: area, side, region, neighbours, place on each figure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells


@dataclass(frozen=True, slots=True)
class RegionShare:
    """How much of a set of cells lies in one region.

    ``share`` is of the set's area; ``right_mm2`` and ``left_mm2`` leave out the strip of midline cells.
    """

    region: int
    """Region.number."""
    area_mm2: float
    share: float
    right_mm2: float
    left_mm2: float


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
        # not np.dot: BLAS starts threads for it, which wait for each other on a busy machine (56 ms were seen)
        return float((self.area_mm2[cells.ids].astype(np.float64) * cells.weights).sum())

    def share_of(self, cells: Cells) -> float:
        """Return the cells' share of the whole skin, 0 to 1."""
        return self.area_of(cells) / self.total_mm2

    def overlap(self, one: Cells, other: Cells) -> float:
        """Return the Jaccard index by area: what both share of what either covers, 0 to 1."""
        both, here, there = np.intersect1d(one.ids, other.ids, assume_unique=True, return_indices=True)
        area = self.area_mm2[both].astype(np.float64)
        shared = float((area * np.minimum(one.weights[here], other.weights[there])).sum())
        either = self.area_of(one) + self.area_of(other) - shared
        return shared / either if either > 0 else 0.0

    def regions_touched(self, cells: Cells) -> list[RegionShare]:
        """Return the regions under the cells, the largest area first."""
        area = self.area_mm2[cells.ids].astype(np.float64) * cells.weights
        region = self.region[cells.ids]
        count = int(self.region.max(initial=0)) + 1
        inside = np.bincount(region, area, minlength=count)
        right = self.laterality[cells.ids] == LATERALITY_CODES[Laterality.RIGHT]
        left = self.laterality[cells.ids] == LATERALITY_CODES[Laterality.LEFT]
        on_right = np.bincount(region[right], area[right], minlength=count)
        on_left = np.bincount(region[left], area[left], minlength=count)
        total = max(float(inside.sum()), 1e-12)
        order = np.argsort(-inside, kind="stable")
        return [
            RegionShare(
                int(k), float(inside[k]), float(inside[k]) / total, float(on_right[k]), float(on_left[k])
            )
            for k in order[: int((inside > 0).sum())]
        ]

    def parts(self, cells: Cells) -> list[Cells]:
        """Return the connected pieces of the cells over the skin, the largest area first."""
        place = np.full(len(self), -1, np.int64)
        place[cells.ids] = np.arange(len(cells))
        first, last = self.starts[cells.ids].astype(np.int64), self.starts[cells.ids + 1].astype(np.int64)
        degree = last - first
        ends = np.cumsum(degree)
        total = int(ends[-1]) if len(ends) else 0
        at = np.arange(total) + np.repeat(first - (ends - degree), degree)
        one, two = np.repeat(np.arange(len(cells)), degree), place[self.neighbours[at]]
        one, two = one[two >= 0], two[two >= 0]
        # Every cell takes the least number around it, then that number's number, until all agree.
        piece = np.arange(len(cells))
        while True:
            least = piece.copy()
            np.minimum.at(least, one, piece[two])
            least = least[least]
            if np.array_equal(least, piece):
                break
            piece = least
        found = [
            Cells.of(cells.ids[piece == k], cells.weights[piece == k]) for k in np.unique(piece).tolist()
        ]
        return sorted(found, key=lambda part: -self.area_of(part))
