"""What waits to be saved (a server that is away, a full disk, an open choice), and where it is kept meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from myomap.records.edits import Edit
from myomap.records.errors import RecordsError


@dataclass(frozen=True, slots=True)
class Turn:
    """Undo (back) or redo."""

    back: bool


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change; empty where nobody is signed in."""

    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A change on its way, whose it is, and since when it waits."""

    deed: Edit | Turn
    author: Author
    since: datetime


@dataclass(frozen=True, slots=True)
class WaitingVisit:
    """What waits to be saved in one visit, the oldest first."""

    visit: str
    patient: str
    steps: tuple[Step, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The changes without undo and redo."""
        return tuple(step.deed for step in self.steps if isinstance(step.deed, Edit))


@dataclass(frozen=True, slots=True)
class LeftVisit:
    """What a program that ended had not saved in one visit, with the words that a person knows it by."""

    waiting: WaitingVisit
    name: str
    """The patient's; empty where there is no such patient in the records."""
    on: date | None
    """The visit's day; None where the visit is not in the records."""


@dataclass(frozen=True, slots=True)
class Left:
    """What programs that ended left behind: what can be saved now, and what is wrong with the rest."""

    visits: tuple[LeftVisit, ...] = ()
    troubles: tuple[RecordsError, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to say."""
        return bool(self.visits or self.troubles)


class WaitingRoom(Protocol):
    """Keeps what waits encrypted on this computer, so that it outlives the program.

    It stays usable while the practice is locked: its own key opens nothing but what waits. May be called from any
    thread.
    """

    def keep(self, visits: Sequence[WaitingVisit]) -> None:
        """Keep this in place of what was kept before; nothing of it stays where there is none. SaveError."""
        ...

    def drop_left(self) -> None:
        """Remove what was left behind: it is kept elsewhere now, or nobody wants it."""
        ...

    def release_left(self) -> None:
        """Let go of what was left behind: it is offered again, by this window or another."""
        ...

    def close(self) -> None:
        """Let go of it. What is kept stays, and is offered when the practice is opened again."""
        ...


def without_lost_turns(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return what can be done after the program ended: of undo that came first nobody knows whether it was done."""
    kept = list(steps)
    while kept and isinstance(kept[0].deed, Turn):
        kept.pop(0)
    return tuple(kept)


__all__ = [
    "Author",
    "Left",
    "LeftVisit",
    "Step",
    "Turn",
    "WaitingRoom",
    "WaitingVisit",
    "without_lost_turns",
]
