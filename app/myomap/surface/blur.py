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
        place = np.full(self._count, -1, np.int64)
        place[near] = np.arange(len(near))
        first, last = self._starts[near], self._starts[near + 1]
        degree = last - first
        ends = np.cumsum(degree)
        at = np.arange(int(ends[-1])) + np.repeat(first - (ends - degree), degree)
        to = place[self._neighbours[at]]
        step = np.where(to >= 0, self._step[at], 0).astype(np.float32)
        to = np.where(to >= 0, to, 0)
        begin = (ends - degree).astype(np.int64)
        stay = self._stay[near]
        value = np.zeros(len(near), np.float32)
        value[place[cells.ids]] = cells.weights
        for _ in range(self._steps):
            value = stay * value + np.add.reduceat(step * value[to], begin)
        kept = value >= least
        return Cells.of(near[kept], np.minimum(value[kept], 1.0))

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
        edge = ids.astype(np.int64)
        for _ in range(round(2.6 * self._steps**0.5) + 1):
            first, last = self._starts[edge], self._starts[edge + 1]
            degree = last - first
            ends = np.cumsum(degree)
            at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - degree), degree)
            around = np.unique(self._neighbours[at])
            edge = around[~reached[around]].astype(np.int64)
            if not len(edge):
                break
            reached[edge] = True
        return np.flatnonzero(reached)


@lru_cache(maxsize=2)
def blur_of(skin: Skin) -> Blur:
    """Return the blur of a skin, made once."""
    return Blur(skin)
