"""Blurring weights over the skin: a walk from cell to neighbouring cell, never through the air."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells
from myomap.surface.skin import Skin

#: How far edges are blurred (standard deviation): people repeat the place of a pain badly.
BLUR_MM = 15.0
#: Weights below this are dropped.
LEAST = 4 / 255


class Blur:
    """A Gaussian-like blur over the cells of one skin, for any number of sets of cells."""

    def __init__(self, skin: Skin, blur_mm: float = BLUR_MM) -> None:
        """Prepare the step from each cell to itself and its neighbours.

        A step weighs each neighbour by its area; repeated, it spreads with the variance of the
        steps. ``Figure.MALE`` gives the distances, so the blur is the same on every figure.
        """
        count = len(skin)
        xyz = skin.xyz[Figure.MALE].astype(np.float64)
        degree = np.diff(skin.starts)
        row = np.repeat(np.arange(count), degree)
        area = skin.area_mm2.astype(np.float64)
        weight = area[skin.neighbours]
        total = np.bincount(row, weight, minlength=count) + area
        squared = ((xyz[row] - xyz[skin.neighbours]) ** 2).sum(axis=1)
        # Variance of one step in one direction of the surface, averaged over the skin.
        variance = float(
            (np.bincount(row, weight * squared, minlength=count) / total / 2) @ area / area.sum()
        )
        # cells without neighbours (a made-up skin in tests) spread nothing, however often one steps
        self._steps = max(1, round(blur_mm**2 / variance)) if variance > 0 else 1
        self._starts = skin.starts.astype(np.int64)
        self._neighbours = skin.neighbours
        self._step = (weight / total[row]).astype(np.float32)
        self._stay = (area / total).astype(np.float32)
        self._count = count
        self._laterality = skin.laterality

    def __call__(self, cells: Cells, least: float = LEAST) -> Cells:
        """Return the blurred cells; weights stay in (0, 1]."""
        if not cells or not len(self._neighbours):
            return cells
        near = self._grown(cells.ids)
        to, step = self._table(near)
        stay = self._stay[near]
        value = np.zeros(len(near), np.float32)
        value[np.searchsorted(near, cells.ids)] = cells.weights
        taken = np.empty(to.shape, np.float32)
        for _ in range(self._steps):
            np.take(value, to, out=taken, mode="clip")  # "clip" writes straight into what is given
            taken *= step
            value = stay * value + taken.sum(axis=0)
        kept = value >= least
        return Cells.of(near[kept], np.minimum(value[kept], 1.0))

    def _table(self, near: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return for each of the cells its neighbours' places among them, a row for each neighbour, and their shares.

        A table with gaps (share 0) is summed three times as fast as neighbours one after the other.
        """
        place = np.full(self._count, -1, np.int64)
        place[near] = np.arange(len(near))
        first = self._starts[near]
        degree = self._starts[near + 1] - first
        to = np.zeros((int(degree.max()), len(near)), np.intp)
        step = np.zeros(to.shape, np.float32)
        for row in range(len(to)):
            has = np.flatnonzero(degree > row)
            at = first[has] + row
            found = place[self._neighbours[at]]
            inside = found >= 0
            to[row, has[inside]] = found[inside]
            step[row, has[inside]] = self._step[at[inside]]
        return to, step

    def on_own_sides(self, cells: Cells, least: float = LEAST) -> Cells:
        """Return the blurred cells without those of a side that the set has no cell on.

        The look-up's patterns are blurred so: left never answers for right.
        """
        soft = self(cells, least)
        kept = np.ones(len(soft), bool)
        for side in (Laterality.RIGHT, Laterality.LEFT):
            code = LATERALITY_CODES[side]
            if not (self._laterality[cells.ids] == code).any():
                kept &= self._laterality[soft.ids] != code
        return Cells.of(soft.ids[kept], soft.weights[kept])

    def _grown(self, ids: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the cells that can be reached, far enough out that the rest is below any use."""
        reached = np.zeros(self._count, bool)
        reached[ids] = True
        seen = np.empty(self._count, np.int64)
        edge = ids.astype(np.int64)
        for _ in range(round(2.6 * self._steps**0.5) + 1):
            first, last = self._starts[edge], self._starts[edge + 1]
            degree = last - first
            ends = np.cumsum(degree)
            at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - degree), degree)
            around = self._neighbours[at]
            around = around[~reached[around]]
            if not len(around):
                break
            seen[around] = turn = np.arange(len(around))
            edge = around[seen[around] == turn].astype(np.int64)  # each once, unsorted
            reached[edge] = True
        return np.flatnonzero(reached)


@lru_cache(maxsize=2)
def blur_of(skin: Skin) -> Blur:
    """Return the blur of a skin, made once."""
    return Blur(skin)
