"""Blurs zones over the skin by about 15 mm, for the look-up (DESIGN.md section 4).

Heat flows over the cells for as long as spreads a point to a standard deviation of `SIGMA_MM`, in
two implicit steps. The operator is symmetric and positive under the area product, which is what
makes a pattern's own zone its own best match (lookup/ranking.py).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells
from myomap.surface.skin import Skin

SIGMA_MM = 15.0
#: Weights under this are dropped: they change no order and would double the table.
LEAST = 0.02
_BATCH = 16


class Softener:
    """The factored heat operator of one skin."""

    def __init__(self, skin: Skin) -> None:
        """Factor the operator (a second or two)."""
        self._skin = skin
        count = len(skin)
        rows = np.repeat(np.arange(count), np.diff(skin.starts))
        columns = skin.neighbours.astype(np.int64)
        xyz = skin.xyz[Figure.MALE].astype(np.float64)
        distance2 = np.maximum(((xyz[rows] - xyz[columns]) ** 2).sum(1), 1.0)
        area = skin.area_mm2.astype(np.float64)
        # On a hexagonal lattice the sum over neighbours is 3/2 d² times the Laplacian.
        conductance = (2 / 3) * np.sqrt(area[rows] * area[columns]) / distance2
        flow = sparse.coo_matrix((conductance, (rows, columns)), shape=(count, count)).tocsr()
        flow = (flow + flow.T) / 2
        laplacian = sparse.diags(np.asarray(flow.sum(1)).ravel()) - flow
        self._area = area
        half_time = SIGMA_MM**2 / 2 / 2
        self._factor = splu(
            (sparse.diags(area) + half_time * laplacian).tocsc(), permc_spec="MMD_AT_PLUS_A"
        )

    def soften(self, zones: Sequence[Cells]) -> Iterator[Cells]:
        """Yield each set blurred over the skin, kept off the side that it has no cell on."""
        for start in range(0, len(zones), _BATCH):
            batch = zones[start : start + _BATCH]
            dense = np.stack([z.dense(len(self._skin)) for z in batch], axis=1).astype(np.float64)
            for _ in range(2):
                dense = self._factor.solve(dense * self._area[:, None])
            for column, zone in enumerate(batch):
                yield self._cells(dense[:, column], zone)

    def _cells(self, soft: NDArray[np.float64], zone: Cells) -> Cells:
        soft = np.clip(soft, 0.0, 1.0)
        for side in (Laterality.RIGHT, Laterality.LEFT):
            there = self._skin.laterality == LATERALITY_CODES[side]
            if not there[zone.ids].any():
                soft = np.where(there, 0.0, soft)
        ids = np.flatnonzero(soft >= LEAST)
        return Cells.of(ids, soft[ids])
