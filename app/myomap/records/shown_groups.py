"""Which groups were shown already, and whether another one beside them would tell what a few people drew.

A map of fewer than `FEW` people is never shown, and of a place that fewer drew nothing is told
(`surface.frequency`). Two maps can still tell what one does not: everybody less everybody but one is that one.
So a group is held back when

* it differs from one already shown by the drawings of 1 to 4 people (those who were asked about in other
  words, or whose drawing is another one: the last instead of the first), or
* sums and differences of all that were shown (all - women - men) leave the drawings of so few people.

The same choice once more is answered with the map that was shown, so that a new visit during the day does not
shut the page.

What this is not:

* It remembers as long as the window lives and up to `MOST` groups, and it knows nothing of files saved in
  another session: the map of last week beside that of today can differ by one person. Whoever is handed maps
  by several people, or on several days, can compare them.
* Who may open this page may open every patient's record. It protects those who are drawn from those whom a
  saved map is shown to, and from a slip; it is not a lock against the practice itself.
* A map on which all of a group hurt at one place says so of each of them, and who knows what all but one drew
  knows the last one too. No formal promise (such as differential privacy) is made.
* Of sums that leave four people by three or more separate parts, not all are sought.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from myomap.records.group import Group, Wanted
from myomap.surface.frequency import FEW

#: So many groups are remembered; of so many the map as well.
MOST, MAPS = 60, 12
#: Sums are exact modulo this prime: real fractions would grow, floats would guess.
_PRIME = 2_147_483_647
#: Pairs are tried among so many small parts.
_PARTS = 40


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a group is held back, for people."""

    title: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    wanted: Wanted
    drawn: NDArray[np.uint64]
    """A number for each drawing, sorted; the same drawing of the same person has the same number."""
    persons: NDArray[np.uint64]
    """A number for the person of each."""


class ShownGroups:
    """Remembers the groups that were shown, as numbers that name nobody."""

    def __init__(self) -> None:
        self._shown: list[_Shown] = []
        self._maps: dict[Wanted, Group] = {}

    def __len__(self) -> int:
        return len(self._shown)

    def judge(self, group: Group) -> Group | Refusal:
        """Return the group if it may be shown, that of the same choice shown before, or why not.

        Nothing is remembered: a group that was read is not always looked at. One that is too small is
        returned as it is; who shows it shows nothing of it.
        """
        if not group.map.drawings or group.map.is_hidden:
            return group
        new = _numbers(group)
        if any(np.array_equal(held.drawn, new.drawn) for held in self._shown):
            return group
        near = next((held for held in self._shown if 0 < _apart(held, new) < FEW), None)
        if near is None and not _tells_a_few([*self._shown, new]):
            return group
        earlier = self._maps.get(group.wanted)
        if earlier is not None and _apart(_numbers(earlier), new) < FEW:  # or it is of another practice
            return earlier
        if near is not None:
            return Refusal(
                "Not shown: too much like a map that was shown.",
                f"It differs by the drawings of fewer than {FEW} people from “{near.wanted.words()}”. Who compares"
                " the two could tell what they drew. Choose a group that differs by more people.",
            )
        return Refusal(
            "Not shown: the last piece of a puzzle.",
            f"With the maps that were shown since Myomap was started it would tell what fewer than {FEW} people"
            " drew: who adds and subtracts them is left with those few. Choose wider ages or a longer period.",
        )

    def remember(self, group: Group) -> None:
        """Remember a group that is shown now."""
        if not group.map.drawings or group.map.is_hidden:
            return
        new = _numbers(group)
        if not any(np.array_equal(held.drawn, new.drawn) for held in self._shown):
            self._shown = [*self._shown, new][-MOST:]
        self._keep_map(group)

    def _keep_map(self, group: Group) -> None:
        self._maps.pop(group.wanted, None)
        self._maps[group.wanted] = group
        while len(self._maps) > MAPS:
            del self._maps[next(iter(self._maps))]


def _numbers(group: Group) -> _Shown:
    order = np.argsort(group.prints[:, 0], kind="stable")
    return _Shown(group.wanted, group.prints[order, 0], group.prints[order, 1])


def _apart(one: _Shown, other: _Shown) -> int:
    """Return by the drawings of how many people two groups differ."""
    drawn = np.concatenate([one.drawn, other.drawn])
    persons = np.concatenate([one.persons, other.persons])
    sign = np.repeat([1, -1], [len(one.drawn), len(other.drawn)])
    each, first, which = np.unique(drawn, return_index=True, return_inverse=True)
    left = np.bincount(which, sign, minlength=len(each))
    return len(np.unique(persons[first[left != 0]]))


def _tells_a_few(shown: list[_Shown]) -> bool:
    """Tell whether some sum or difference of the groups is left with the drawings of 1 to 4 people.

    Drawings that are in the same groups belong together (a part). A combination of the groups is looked for in
    which only parts of few people are left: the table of groups by parts is brought into echelon form, the
    parts of many people first; the rows that have none of these are all such combinations.
    """
    drawn = np.concatenate([each.drawn for each in shown])
    every, first, which = np.unique(drawn, return_index=True, return_inverse=True)
    persons = np.concatenate([each.persons for each in shown])[first]
    table = np.zeros((len(every), len(shown)), np.int32)
    group = np.repeat(np.arange(len(shown)), [len(each.drawn) for each in shown])
    np.add.at(table, (which, group), 1)
    parts, part = np.unique(table, axis=0, return_inverse=True)
    part = part.reshape(-1)
    pairs = np.unique(np.column_stack([part.astype(np.uint64), persons]), axis=0)
    sizes = np.bincount(pairs[:, 0].astype(np.int64), minlength=len(parts))
    small = np.flatnonzero(sizes < FEW)
    if not len(small):
        return False
    large = np.flatnonzero(sizes >= FEW)
    rows = _echelon(parts.T[:, [*large, *small]].astype(np.int64), len(large))
    if not len(rows):
        return False
    people = [frozenset(pairs[pairs[:, 0] == number, 1].tolist()) for number in small.tolist()]

    def few(columns: Iterable[int]) -> bool:
        return len(frozenset().union(*(people[c] for c in columns))) < FEW

    if any(few(np.flatnonzero(row).tolist()) for row in rows):
        return True
    if len(small) > _PARTS:
        return False
    return any(
        few(some) and len(_echelon(np.delete(rows, some, axis=1), 0)) < len(rows)
        for some in combinations(range(len(small)), 2)
    )


def _echelon(table: NDArray[np.int64], ahead: int) -> NDArray[np.int64]:
    """Return the rows of the reduced echelon form that are zero in the first ``ahead`` columns, without those."""
    rows = table % _PRIME
    done = begins = 0
    for column in range(rows.shape[1]):
        found = np.flatnonzero(rows[done:, column])
        if not len(found):
            continue
        at = done + int(found[0])
        rows[[done, at]] = rows[[at, done]]
        rows[done] = rows[done] * pow(int(rows[done, column]), -1, _PRIME) % _PRIME
        others = np.flatnonzero(rows[:, column])
        others = others[others != done]
        rows[others] = (rows[others] - rows[others, column, None] * rows[done]) % _PRIME
        done += 1
        begins += column < ahead
        if done == len(rows):
            break
    return rows[begins:done, ahead:]
