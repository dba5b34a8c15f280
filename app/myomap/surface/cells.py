"""Weighted sets of skin cells: what zones, drawings and regions are made of."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A weighted set of cells.

    ``ids`` int32[k], sorted and unique; ``weights`` float32[k] in (0, 1]. Both are read-only.
    """

    ids: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, ids: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Make a set from ids in any order; a repeated id keeps its largest weight."""
        raw = np.asarray(ids, dtype=np.int32).reshape(-1)
        if weights is None:
            unique = np.unique(raw)
            return cls._frozen(unique, np.ones(len(unique), np.float32))
        given = np.asarray(weights, dtype=np.float32).reshape(-1)
        if given.shape != raw.shape:
            raise ValueError("as many weights as ids are needed")
        unique, inverse = np.unique(raw, return_inverse=True)
        most = np.zeros(len(unique), np.float32)
        np.maximum.at(most, inverse, given)
        kept = most > 0
        return cls._frozen(unique[kept], most[kept])

    @classmethod
    def of_sorted(cls, ids: NDArray[np.integer[Any]]) -> Self:
        """Make a set from ids that are sorted and unique already: much faster for large sets."""
        return cls._frozen(ids.astype(np.int32), np.ones(len(ids), np.float32))

    @classmethod
    def empty(cls) -> Self:
        """Return the set without cells."""
        return cls.of([])

    @classmethod
    def _frozen(cls, ids: NDArray[np.int32], weights: NDArray[np.float32]) -> Self:
        ids = np.ascontiguousarray(ids, np.int32)
        weights = np.ascontiguousarray(weights, np.float32)
        ids.setflags(write=False)
        weights.setflags(write=False)
        return cls(ids, weights)

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.ids)

    def __bool__(self) -> bool:
        """Tell whether there is any cell."""
        return len(self.ids) > 0

    def dense(self, count: int) -> NDArray[np.float32]:
        """Return float32[count]: the weight of every cell of the skin, 0 where it is not in the set."""
        out = np.zeros(count, np.float32)
        out[self.ids] = self.weights
        return out

    def union(self, other: "Cells") -> "Cells":
        """Return the cells of either, with the larger weight."""
        return Cells.of(np.concatenate([self.ids, other.ids]), np.concatenate([self.weights, other.weights]))

    def minus(self, other: "Cells") -> "Cells":
        """Return the cells of this set that are not in the other."""
        kept = ~np.isin(self.ids, other.ids, assume_unique=True)
        return Cells._frozen(self.ids[kept], self.weights[kept])

    def mirrored(self, mirror: NDArray[np.int32]) -> "Cells":
        """Return the same set on the other side; ``mirror`` int32[n] gives each cell's partner."""
        return Cells.of(mirror[self.ids], self.weights)
