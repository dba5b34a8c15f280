"""What other windows and machines changed of the practice itself arrives here within half a minute."""

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from myomap.gui.practice.session import Session, people_of
from myomap.records.errors import RecordsError
from myomap.records.practice import Practice
from myomap.records.values import PracticeSettings, Practitioner

LOOK_MS = 30_000

_Found = tuple[PracticeSettings, tuple[Practitioner, ...], frozenset[str]]


class LookingAgain(QObject):
    """Reads the settings and who works here anew while the practice is open; tells of what differs only."""

    cautioned = Signal(object)
    """The records are not what they were when they were open here last, or there are two: the error."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._cautioned: set[str] = set()
        session.state_changed.connect(self._follow)

    def _follow(self) -> None:
        if not self._session.is_open:
            self._timer.stop()
            return
        self._timer.start()
        cautions = self._session.practice.cautions
        for caution in cautions:
            if str(caution) not in self._cautioned:
                self._cautioned.add(str(caution))
                self.cautioned.emit(caution)
        if cautions:
            self._session.read(lambda practice: practice.cautions_said(), lambda _: None, _on_error)

    def look(self) -> None:
        """Look now. A server that is away is asked by the session itself until it is back."""
        session = self._session
        if session.is_open and session.away is None:
            before = (session.settings, session.people, session.with_pin)
            session.read(_look, partial(self._on_known, before), _on_error, topic="looking-again")

    def _on_known(self, before: _Found, found: _Found) -> None:
        session = self._session
        if before != (session.settings, session.people, session.with_pin):
            return  # it was changed here meanwhile: what was read may be older
        session.settings, session.people, session.with_pin = found
        if found[0] != before[0]:
            session.settings_changed.emit()
        if found[1:] != before[1:]:
            session.people_changed.emit()


def _look(practice: Practice) -> _Found:
    return (practice.look_again(), *people_of(practice))


def _on_error(error: Exception) -> None:
    if not isinstance(error, RecordsError):
        raise error  # what is wrong with the records is said to whoever next does something with them


__all__ = ["LookingAgain"]
