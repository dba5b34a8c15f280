"""Every pattern on every side, arranged by skin cell, so that a drawing finds what overlaps it.

A large drawing is mostly whole blocks of neighbouring cells: what the patterns weigh in each block is summed once,
when the index is built. So a drawing costs its edge, not its area.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.laterality import Laterality
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.blur import Blur, blur_of
from myomap.surface.cells import Cells

#: Rows of PatternIndex.values.
ESSENTIAL, ONLY_SPILLOVER, SOFT_ESSENTIAL, SOFT_WHOLE = range(4)
#: So many cells that follow each other (they lie beside each other on the skin) make a block.
BLOCKS = (64, 8)
#: A cell of spillover counts this much of a cell of the essential zone.
SPILLOVER_WEIGHT = 0.5


@dataclass(frozen=True, slots=True, order=True)
class PatternKey:
    """One trigger point's pattern on one side of the body."""

    trigger_point: str
    laterality: Laterality

    def __str__(self) -> str:
        """Return the key as exports write it, e.g. ``trapezius-descending-1.right``."""
        return f"{self.trigger_point}.{self.laterality}"


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """A sparse table: row k has ``starts[k]:starts[k+1]`` of ``pattern`` int32[e] and of ``values`` float32[4, e]."""

    starts: NDArray[np.int64]
    pattern: NDArray[np.int32]
    values: NDArray[np.float32]

    def of(self, rows: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the indices of all entries of some rows, and how many each row has."""
        first = self.starts[rows]
        count = self.starts[rows + 1] - first
        ends = np.cumsum(count)
        total = int(ends[-1]) if len(ends) else 0
        return np.arange(total, dtype=np.int64) + np.repeat(first - (ends - count), count), count


@dataclass(frozen=True, slots=True, eq=False)
class PatternIndex:
    """Sparse table of patterns by cell, for p patterns over n cells.

    The rows of ``cells`` are the skin's cells. Its ``values`` are ESSENTIAL (weight as published), ONLY_SPILLOVER
    (spillover where nothing is essential), SOFT_ESSENTIAL and SOFT_WHOLE (blurred over the skin, with spillover
    counting half); those of ``blocks`` (for each size in BLOCKS) the sums of weight × area over all cells of a block.
    ``soft_norms`` float64[p, 2] are the lengths of the blurred patterns, essential and whole;
    ``norms`` float64[p, 2] those for a comparison in which only one of the two shapes is blurred.
    ``essential_mm2`` float64[p] the areas. ``blur`` blurs a drawing as the patterns are.
    """

    keys: tuple[PatternKey, ...]
    orders: NDArray[np.int64]
    cells: Entries
    blocks: tuple[Entries, ...]
    soft_norms: NDArray[np.float64]
    norms: NDArray[np.float64]
    essential_mm2: NDArray[np.float64]
    twin: tuple[int, ...]
    """For each pattern the first one with the same zones: scalenes and the like share theirs."""
    area_mm2: NDArray[np.float32]
    blur: Blur

    def sums(self, cells: Cells, *kinds: int) -> tuple[NDArray[np.float64], ...]:
        """Return for each kind of value float64[p]: each pattern's sum over the cells of value × weight × area."""
        whole = cells.weights == 1
        left = cells.ids[whole].astype(np.int64)
        parts: list[tuple[Entries, NDArray[np.int64], NDArray[np.float64] | None]] = []
        for size, table in zip(BLOCKS, self.blocks, strict=True):
            block = left // size
            full = np.bincount(block, minlength=len(table.starts) - 1) == size
            parts.append((table, table.of(np.flatnonzero(full))[0], None))
            left = left[~full[block]]
        single = np.concatenate([left, cells.ids[~whole]])
        weight = np.concatenate([np.ones(len(left)), cells.weights[~whole].astype(np.float64)])
        at, count = self.cells.of(single)
        parts.append((self.cells, at, np.repeat(weight * self.area_mm2[single], count)))
        pattern = np.concatenate([table.pattern[at] for table, at, _ in parts])
        found = []
        for kind in kinds:
            each = [
                table.values[kind][at] if by is None else table.values[kind][at] * by
                for table, at, by in parts
            ]
            found.append(
                np.bincount(pattern, np.concatenate(each), minlength=len(self.keys)).astype(np.float64)
            )
        return tuple(found)


def patterns_of(atlas: AtlasSource) -> tuple[PatternKey, ...]:
    """Return every pattern with its side, in the published order, right before left."""
    keys: list[PatternKey] = []
    for point in atlas.trigger_points.values():
        if point.only is not None:
            sides: Iterable[Laterality] = (point.only,)
        elif point.sided:
            sides = (Laterality.RIGHT, Laterality.LEFT)
        else:
            sides = (Laterality.MIDLINE,)
        keys.extend(PatternKey(point.id, side) for side in sides)
    return tuple(keys)


def build_index(atlas: AtlasSource) -> PatternIndex:
    """Arrange all patterns by cell (takes a good part of a second: once, in a worker)."""
    keys = patterns_of(atlas)
    skin = atlas.skin
    rows = [_pattern_entries(atlas, key) for key in keys]
    cells = np.concatenate([r[0] for r in rows]) if rows else np.zeros(0, np.int32)
    values = np.concatenate([r[1] for r in rows]) if rows else np.zeros((0, 4), np.float32)
    pattern = np.repeat(np.arange(len(keys), dtype=np.int32), [len(r[0]) for r in rows])
    order = np.argsort(cells, kind="stable")
    by_pattern = values.astype(np.float64) * skin.area_mm2[cells][:, None]
    soft_whole = values[:, 2] + SPILLOVER_WEIGHT * values[:, 3]
    only_spillover = np.where(values[:, 0] > 0, 0, values[:, 1])
    kinds = np.stack([values[:, 0], only_spillover, values[:, 2], soft_whole]).astype(np.float32)
    by_cell = _entries(cells[order], len(skin), pattern[order], kinds[:, order])
    area = skin.area_mm2[cells]
    sharp = (values[:, 0], values[:, 0] + SPILLOVER_WEIGHT * values[:, 1])
    soft = (values[:, 2], soft_whole)
    count = len(keys)
    return PatternIndex(
        keys=keys,
        orders=np.array([atlas.trigger_points[k.trigger_point].order for k in keys], np.int64),
        cells=by_cell,
        blocks=tuple(_blocks(cells[order], by_cell, skin.area_mm2, size) for size in BLOCKS),
        soft_norms=np.column_stack([_lengths(pattern, each, each, area, count) for each in soft]),
        norms=np.column_stack(
            [_lengths(pattern, *each, area, count) for each in zip(sharp, soft, strict=True)]
        ),
        essential_mm2=np.bincount(pattern, by_pattern[:, 0], minlength=count).astype(np.float64),
        twin=_twins(rows),
        area_mm2=skin.area_mm2,
        blur=blur_of(skin),
    )


def _entries(
    rows: NDArray[Any], count: int, pattern: NDArray[np.int32], values: NDArray[np.float32]
) -> Entries:
    starts = np.searchsorted(rows, np.arange(count + 1)).astype(np.int64)
    return Entries(starts, pattern, np.ascontiguousarray(values))


def _blocks(cells: NDArray[np.int32], by_cell: Entries, area: NDArray[np.float32], size: int) -> Entries:
    """Return the sums of value × area of each pattern in each block of so many cells, the unfinished last one too."""
    patterns = int(by_cell.pattern.max(initial=0)) + 1
    key = (cells // size).astype(np.int64) * patterns + by_cell.pattern
    found, place = np.unique(key, return_inverse=True)
    weight = area[cells].astype(np.float64)
    sums = np.stack([np.bincount(place, each * weight, minlength=len(found)) for each in by_cell.values])
    count = -(-(len(by_cell.starts) - 1) // size)
    return _entries(found // patterns, count, (found % patterns).astype(np.int32), sums.astype(np.float32))


def _twins(rows: Sequence[tuple[NDArray[np.int32], NDArray[np.float32]]]) -> tuple[int, ...]:
    first: dict[bytes, int] = {}
    return tuple(
        first.setdefault(ids.tobytes() + values[:, :2].tobytes(), number)
        for number, (ids, values) in enumerate(rows)
    )


_shared: "WeakKeyDictionary[AtlasSource, PatternIndex]" = WeakKeyDictionary()
_sharing = Lock()


def shared_index(atlas: AtlasSource) -> PatternIndex:
    """Return the index of an open atlas, built once for all that ask; safe from several threads."""
    with _sharing:
        index = _shared.get(atlas)
        if index is None:
            index = _shared[atlas] = build_index(atlas)
        return index


def _lengths(
    pattern: NDArray[np.int32],
    one: NDArray[np.float32],
    other: NDArray[np.float32],
    area: NDArray[np.float32],
    count: int,
) -> NDArray[np.float64]:
    squared = np.bincount(pattern, one.astype(np.float64) * other * area, minlength=count)
    return np.sqrt(np.maximum(squared, 1e-12))


def _pattern_entries(atlas: AtlasSource, key: PatternKey) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the cells of one pattern and float32[k, 4]: essential, spillover, both softened."""
    zone = atlas.zone(key.trigger_point, key.laterality)
    soft = atlas.soft_zone(key.trigger_point, key.laterality)
    sets: Sequence[Cells] = (zone.essential, zone.spillover, soft.essential, soft.spillover)
    ids = np.unique(np.concatenate([s.ids for s in sets])).astype(np.int32)
    values = np.zeros((len(ids), 4), np.float32)
    for column, cells in enumerate(sets):
        values[np.searchsorted(ids, cells.ids), column] = cells.weights
    return ids, values
