"""The lines of all visits that something waits in, and what can be asked of them."""

from collections.abc import Container

from PySide6.QtCore import QObject

from myomap.gui.practice.session import Session
from myomap.gui.visit.line import Line, Waiting
from myomap.records.edits import Edit
from myomap.records.errors import LockedError
from myomap.records.values import VisitRecord
from myomap.records.waiting import WaitingVisit


class Lines(QObject):
    """What the desk knows of changes on their way, whichever visit lies open."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.record: VisitRecord | None = None
        """The visit that lies open, with every change that was made here."""
        self._lines: dict[str, Line] = {}
        self._wanted = ""
        self._practice = ""
        """The practice of the visit that lies open: it may have locked by the time the last words are told."""

    @property
    def line(self) -> Line | None:
        """The changes of the open visit that are on their way."""
        return self._lines.get(self.record.visit.id if self.record is not None else self._wanted)

    def _line_of(self, visit: str, patient: str, practice: str) -> Line:
        return self._lines.setdefault(visit, Line(visit, patient, practice))

    def _is_here(self, line: Line) -> bool:
        """Tell whether a line's practice is open: only there can it be saved."""
        try:
            return self._session.practice.uuid == line.practice
        except LockedError:
            return False

    @property
    def aside(self) -> dict[str, list[tuple[Edit, Exception]]]:
        """For each visit what could not be kept, and why; its words are shown until somebody puts them away."""
        return {
            line.visit: [(step.deed, why) for step, why in line.aside if isinstance(step.deed, Edit)]
            for line in self._lines.values()
            if line.aside
        }

    @property
    def torn(self) -> tuple[str, ...]:
        """Return the visits of the open practice that wait for somebody's choice, the open one too."""
        return tuple(
            line.visit
            for line in self._lines.values()
            if (line.conflict is not None or line.aside) and self._is_here(line)
        )

    @property
    def elsewhere(self) -> str:
        """Return a visit that does not lie open and waits for somebody's choice, empty if none."""
        now = self.record.visit.id if self.record is not None else ""
        return next((visit for visit in self.torn if visit != now), "")

    @property
    def waiting(self) -> Waiting | None:
        """Return what of all visits could not be saved, None if all is kept or on its way."""
        held = [line for line in self._lines.values() if not line.empty]
        is_open = self._session.is_open
        return Waiting.of(line for line in held if line.trouble or not is_open or not self._is_here(line))

    @property
    def unsaved(self) -> bool:
        """Tell whether anything of any visit is not kept yet."""
        return any(line.aside or not line.empty for line in self._lines.values())

    def to_keep(self, practice: str) -> tuple[WaitingVisit, ...]:
        """Return what of a practice is not in its records, to be kept elsewhere meanwhile."""
        found = [line.to_keep() for line in self._lines.values() if line.practice == practice]
        return tuple(each for each in found if each.steps)

    def waits_elsewhere(self, practices: Container[str]) -> bool:
        """Tell whether something waits of other practices than these."""
        return any(
            each.practice not in practices for each in self._lines.values() if each.aside or not each.empty
        )

    @property
    def hopeless(self) -> str:
        """Return why something of any visit cannot be saved now, empty if all is kept or on its way."""
        held = [line for line in self._lines.values() if not line.empty]
        if held and not self._session.is_open:
            return "The practice is locked."
        for line in held:
            if not self._is_here(line):
                return "It belongs to another practice, which is not open."
            if line.conflict is not None:
                return "Somebody else changed the same thing, and nobody has chosen yet."
            if line.trouble:
                return line.trouble
        return (
            "Something could not be put into the records, and nobody has put its words away."
            if self.aside
            else ""
        )


__all__ = ["Lines"]
