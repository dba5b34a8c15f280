"""Frequency maps: in how many of many drawings each cell of the skin was drawn."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myomap.surface.cells import Cells

#: Ids are gathered up to this many before they are counted: memory stays flat however many drawings.
_GATHERED = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyMap:
    """``counts`` int64[n]: drawings in which each cell is drawn; ``drawings`` how many there were."""

    counts: NDArray[np.int64]
    drawings: int

    def at_least(self, share: float) -> Cells:
        """Return the cells drawn in at least this share (0-1) of the drawings, and in at least one."""
        least = max(1, int(np.ceil(share * self.drawings - 1e-9)))
        return Cells.of(np.flatnonzero(self.counts >= least))

    @property
    def most(self) -> int:
        """In how many drawings the most often drawn cell is."""
        return int(self.counts.max()) if len(self.counts) else 0


def frequency_map(drawings: Iterable[Cells], cell_count: int) -> FrequencyMap:
    """Count the drawings over each cell; a cell counts where at least half of it is drawn."""
    counts = np.zeros(cell_count, np.int64)
    gathered: list[NDArray[np.int32]] = []
    waiting = total = 0
    for cells in drawings:
        total += 1
        ids = cells.ids if float(cells.weights.min(initial=1.0)) >= 0.5 else cells.ids[cells.weights >= 0.5]
        gathered.append(ids)
        waiting += len(ids)
        if waiting >= _GATHERED:
            counts += np.bincount(np.concatenate(gathered), minlength=cell_count)
            gathered, waiting = [], 0
    if gathered:
        counts += np.bincount(np.concatenate(gathered), minlength=cell_count)
    return FrequencyMap(counts, total)
