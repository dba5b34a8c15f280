"""Drawings of many patients together: which are wanted, and what is left of each. No name is ever read."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myomap.records.older_map import on_this_map
from myomap.records.values import Moment, Quality, Sex, Stroke
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.frequency import GroupCounter, GroupMap

_ALL_BITS = 0xFFFF_FFFF_FFFF_FFFF


class Which(StrEnum):
    """Which of a patient's drawings count."""

    LAST = "last"
    FIRST = "first"
    ALL = "all"


_WHICH = {
    Which.LAST: "the last drawing of each patient",
    Which.FIRST: "the first drawing of each patient",
    Which.ALL: "all drawings",
}
_SEXES = {Sex.FEMALE: "women", Sex.MALE: "men", Sex.OTHER: "other sex", Sex.NOT_GIVEN: "sex not given"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which drawings make a group. An empty set, or None, asks for nothing."""

    which: Which = Which.LAST
    since: date | None = None
    until: date | None = None
    sexes: frozenset[Sex] = frozenset()
    youngest: int | None = None
    """Age in whole years on the day of the visit."""
    oldest: int | None = None
    archived: bool = False
    """Archived patients count too."""
    qualities: frozenset[Quality] = frozenset()
    """Only what is drawn in one of these."""
    intensity: int = 0
    """Only what is drawn at least so strong."""
    moment: Moment = Moment.BEFORE

    def problem(self) -> str:
        """Return the sentence that says what cannot be; empty if all can."""
        if self.since is not None and self.until is not None and self.since > self.until:
            return "The first day lies after the last one."
        if self.youngest is not None and self.oldest is not None and self.youngest > self.oldest:
            return "The youngest age is above the oldest."
        return ""

    def words(self) -> str:
        """Return the choice in words, for the legend, the file and the audit."""
        parts = [_WHICH[self.which]]
        if self.since is not None:
            parts.append(f"from {self.since.isoformat()}")
        if self.until is not None:
            parts.append(f"until {self.until.isoformat()}")
        if self.sexes:
            parts.append(" and ".join(_SEXES[sex] for sex in Sex if sex in self.sexes))
        parts.append(self._ages())
        if self.qualities:
            parts.append(" or ".join(str(q) for q in Quality if q in self.qualities))
        if self.intensity:
            parts.append(f"{self.intensity} of 10 or more")
        parts.append("with archived patients" if self.archived else "without archived patients")
        return ", ".join(part for part in parts if part)

    def _ages(self) -> str:
        if self.youngest is not None and self.oldest is not None:
            return f"aged {self.youngest} to {self.oldest}"
        if self.youngest is not None:
            return f"aged {self.youngest} or older"
        return f"aged {self.oldest} or younger" if self.oldest is not None else ""

    def takes(self, *, sex: Sex, born: date | None, on: date) -> bool:
        """Tell whether a visit of somebody counts, by what is known without its drawing."""
        if self.sexes and sex not in self.sexes:
            return False
        if (self.since is not None and on < self.since) or (self.until is not None and on > self.until):
            return False
        if self.youngest is None and self.oldest is None:
            return True
        if born is None:
            return False
        age = age_on(born, on)
        return (self.youngest is None or age >= self.youngest) and (self.oldest is None or age <= self.oldest)


def age_on(born: date, day: date) -> int:
    """Return the age in whole years.

    >>> age_on(date(2000, 2, 29), date(2021, 2, 28)), age_on(date(2000, 2, 29), date(2021, 3, 1))
    (20, 21)
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True, eq=False)
class GroupDrawing:
    """What is drawn in one visit, by whom: an id, never a name."""

    patient: str
    cells: NDArray[np.int32]
    """Sorted, each once, never empty."""


#: Returns the cells of a stroke on the map in use; None where it was drawn on another one and is lost.
CellsOf = Callable[[Stroke], Sequence[int] | NDArray[np.int32] | None]


class Painted:
    """Finds what is left of one drawing after another: erased and painted over as on the screen."""

    def __init__(self, cell_count: int, cells_of: CellsOf) -> None:
        self._ink = np.zeros(cell_count, np.int8)
        self._cells_of = cells_of
        self.lost = 0
        """How many strokes of another map could not be placed."""

    def left(self, strokes: Iterable[Stroke], wanted: Wanted) -> NDArray[np.int32]:
        """Return the wanted cells that the strokes (oldest first) leave."""
        touched: list[NDArray[np.int32]] = []
        for stroke in strokes:
            if stroke.moment is not wanted.moment:
                continue
            given = self._cells_of(stroke)
            if given is None:
                self.lost += 1
                continue
            ids = np.asarray(given, np.int32)
            ids = ids[(ids >= 0) & (ids < len(self._ink))]
            fits = (
                not stroke.erases
                and (not wanted.qualities or stroke.quality in wanted.qualities)
                and (stroke.intensity or 0) >= wanted.intensity  # not said is not strong
            )
            self._ink[ids] = fits
            touched.append(ids)
        if not touched:
            return np.zeros(0, np.int32)
        every = np.unique(np.concatenate(touched))
        kept = every[self._ink[every] > 0]
        self._ink[every] = 0
        return np.asarray(kept, np.int32)


def cells_on(atlas: AtlasSource) -> CellsOf:
    """Return the function that says what a stroke covers on the map in use."""

    def of(stroke: Stroke) -> Sequence[int] | NDArray[np.int32] | None:
        placed = on_this_map(atlas, stroke)
        if placed is None or not placed.weights:
            return placed.cells if placed is not None else None
        return [c for c, w in zip(placed.cells, placed.weights, strict=True) if w >= 0.5]

    return of


class DrawingSource(Protocol):
    """What a practice offers for groups: part of records.practice.Practice."""

    def drawings(
        self, wanted: Wanted, painted: Painted, *, told: Callable[[int, int], object] = ...
    ) -> Iterable[GroupDrawing]:
        """Return the drawings, all of a patient's together."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A group's map, what was asked, and how many strokes of older maps could not be placed."""

    map: GroupMap
    wanted: Wanted
    lost: int
    prints: NDArray[np.uint64] = field(default_factory=lambda: np.zeros((0, 2), np.uint64))
    """For each drawing a number for it and one for the person, which name nobody: `shown_groups`."""


class StoppedError(Exception):
    """The person gave up waiting."""


def read_group(
    source: DrawingSource,
    atlas: AtlasSource,
    wanted: Wanted,
    *,
    told: Callable[[int, int], object] = lambda _done, _of: None,
    stop: Callable[[], bool] = lambda: False,
) -> Group:
    """Read and count the drawings; ``told`` hears how far it is, StoppedError when ``stop`` says so."""
    painted = Painted(len(atlas.skin), cells_on(atlas))
    counter = GroupCounter(atlas.skin)
    prints: list[tuple[int, int]] = []

    def step(done: int, of: int) -> None:
        if stop():
            raise StoppedError
        told(done, of)

    for drawing in source.drawings(wanted, painted, told=step):
        counter.add(drawing.patient, drawing.cells)
        prints.append(print_of(drawing.patient, drawing.cells))
    return Group(counter.result(), wanted, painted.lost, np.array(prints, np.uint64).reshape(len(prints), 2))


def print_of(patient: str, cells: NDArray[np.int32]) -> tuple[int, int]:
    """Return (drawing, person) as numbers that differ from start to start of the program and name nobody."""
    person = hash(("person", patient)) & _ALL_BITS
    drawing = hash((person, len(cells), zlib.crc32(cells.tobytes()))) & _ALL_BITS
    return drawing, person


__all__ = [
    "CellsOf",
    "DrawingSource",
    "Group",
    "GroupDrawing",
    "Painted",
    "StoppedError",
    "Wanted",
    "Which",
    "age_on",
    "cells_on",
    "print_of",
    "read_group",
]
