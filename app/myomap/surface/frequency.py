"""Frequency maps: in how many of many drawings each cell of the skin was drawn, and of how many people."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myomap.surface.cells import Cells
from myomap.surface.skin import Skin

#: Ids are gathered up to this many before they are counted: memory stays flat however many drawings.
_GATHERED = 4_000_000
#: A group, or a place in it, of fewer people than this is not told: who they are could be guessed.
FEW = 5
#: Shares of the drawings at which a band begins.
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75)
#: A region counts as drawn from this much of it on, or from a tenth of a small one.
_TOUCHED_MM2, _TOUCHED_SHARE = 100.0, 0.1


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyMap:
    """``counts`` int64[n]: drawings in which each cell is drawn; ``drawings`` how many there were."""

    counts: NDArray[np.int64]
    drawings: int

    def at_least(self, share: float) -> Cells:
        """Return the cells drawn in at least this share (0-1) of the drawings, and in at least one."""
        return self.from_count(_least(share, self.drawings))

    def from_count(self, count: int) -> Cells:
        """Return the cells drawn in at least so many drawings."""
        return Cells.of(np.flatnonzero(self.counts >= max(1, count)))

    @property
    def most(self) -> int:
        """In how many drawings the most often drawn cell is."""
        return int(self.counts.max()) if len(self.counts) else 0


def _least(share: float, drawings: int) -> int:
    return max(1, int(np.ceil(share * drawings - 1e-9)))


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


@dataclass(frozen=True, slots=True)
class Band:
    """Places drawn in ``least`` to ``most`` of the drawings; ``step`` is its place in `SHARES`."""

    step: int
    least: int
    most: int


def bands_of(drawings: int, few: int = 1) -> tuple[Band, ...]:
    """Return the bands that some number of drawings can fall into, the rarest first; none begins below ``few``.

    >>> [(b.step, b.least, b.most) for b in bands_of(20, few=5)]
    [(2, 5, 9), (3, 10, 14), (4, 15, 20)]
    """
    if drawings < max(few, 1):
        return ()
    begins = [max(few, _least(share, drawings)) for share in SHARES]
    steps = [
        (step, least)
        for step, least in enumerate(begins)
        if least <= drawings and (step + 1 == len(begins) or begins[step + 1] > least)
    ]
    ends = [least - 1 for _, least in steps[1:]] + [drawings]
    return tuple(Band(step, least, most) for (step, least), most in zip(steps, ends, strict=True))


@dataclass(frozen=True, slots=True)
class RegionCount:
    """In how many drawings, and of how many people, a region is drawn."""

    number: int
    """Region.number."""
    drawings: int
    persons: int


@dataclass(frozen=True, slots=True, eq=False)
class GroupMap:
    """A group's map with what would give people away taken out.

    A cell or a region of fewer than `FEW` people is as one that nobody drew: not even that somebody did is
    told, for the outline of a single drawing can say whose it is.
    """

    found: FrequencyMap
    persons: int
    regions: tuple[RegionCount, ...]
    """Every region that is told, the most often drawn first."""

    @property
    def drawings(self) -> int:
        """How many drawings there were."""
        return self.found.drawings

    @property
    def is_hidden(self) -> bool:
        """Tell whether the group is too small to be shown."""
        return 0 < self.persons < FEW

    def at(self, cell: int) -> int | None:
        """Return in how many drawings a cell is drawn, None where they are of too few people, or of nobody."""
        return int(self.found.counts[cell]) or None


class GroupCounter:
    """Counts drawings that come one by one, all of a person's together, over cells and regions."""

    def __init__(self, skin: Skin) -> None:
        self._count = len(skin)
        self._region = skin.region.astype(np.int64)
        self._area = skin.area_mm2
        self._width = int(skin.region.max(initial=0)) + 1
        whole = np.bincount(self._region, self._area.astype(np.float64), minlength=self._width)
        self._touched = np.minimum(_TOUCHED_MM2, _TOUCHED_SHARE * whole)
        # who drew once is counted once: the drawing and the person are the same
        self._once, self._drawings, self._persons = _Tally(self), _Tally(self), _Tally(self)
        self._mark = np.zeros(self._count, bool)
        self._person = ""
        self._own: list[NDArray[np.int32]] = []

    def add(self, person: str, ids: NDArray[np.int32]) -> None:
        """Count a drawing: the cells that are drawn, sorted and each once."""
        if person != self._person:
            self._end_person()
            self._person = person
        self._own.append(ids)

    def _end_person(self) -> None:
        own, self._own = self._own, []
        if len(own) == 1:
            self._once.add(own[0])
        elif own:
            for ids in own:
                self._drawings.add(ids)
                self._mark[ids] = True
            every = np.flatnonzero(self._mark).astype(np.int32)
            self._mark[every] = False
            self._persons.add(every)

    def result(self) -> GroupMap:
        """Return the map; nothing may be added afterwards."""
        self._end_person()
        drawings, persons = self._drawings, self._persons
        for tally in (self._once, drawings, persons):
            tally.count()
        for tally in (drawings, persons):
            tally.include(self._once)
        found = FrequencyMap(np.where(persons.cells < FEW, 0, drawings.cells), drawings.total)
        order = np.lexsort((np.arange(self._width), -drawings.regions))
        regions = tuple(
            RegionCount(k, int(drawings.regions[k]), int(persons.regions[k]))
            for k in order.tolist()
            if persons.regions[k] >= FEW
        )
        return GroupMap(found, persons.total, regions)

    def touched(self, ids: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return int64[regions]: how many of the sets beginning at ``starts`` cover enough of each."""
        sizes = np.diff(np.append(starts, len(ids)))
        at = np.repeat(np.arange(len(starts)) * self._width, sizes) + self._region[ids]
        area = np.bincount(at, self._area[ids], minlength=len(starts) * self._width)
        enough = area.reshape(len(starts), self._width) >= self._touched
        return np.asarray((enough & (area.reshape(enough.shape) > 0)).sum(axis=0), np.int64)

    @property
    def shape(self) -> tuple[int, int]:
        """How many cells and regions there are."""
        return self._count, self._width


class _Tally:
    """Sets of cells, counted a batch at a time."""

    def __init__(self, counter: GroupCounter) -> None:
        self._counter = counter
        count, width = counter.shape
        self.cells = np.zeros(count, np.int64)
        self.regions = np.zeros(width, np.int64)
        self.total = 0
        self._gathered: list[NDArray[np.int32]] = []
        self._waiting = 0

    def add(self, ids: NDArray[np.int32]) -> None:
        self.total += 1
        self._gathered.append(ids)
        self._waiting += len(ids)
        if self._waiting >= _GATHERED or len(self._gathered) >= 4000:
            self.count()

    def include(self, other: "_Tally") -> None:
        self.cells += other.cells
        self.regions += other.regions
        self.total += other.total

    def count(self) -> None:
        if not self._gathered:
            return
        sizes = np.array([len(ids) for ids in self._gathered], np.int64)
        ids = np.concatenate(self._gathered)
        self.cells += np.bincount(ids, minlength=len(self.cells))
        starts = (np.cumsum(sizes) - sizes)[sizes > 0]
        if len(starts):
            self.regions += self._counter.touched(ids, starts)
        self._gathered, self._waiting = [], 0
