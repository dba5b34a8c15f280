"""What waits to be saved outlives the program: it is kept encrypted while it waits, and offered at the next opening."""

import threading
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from myomap.gui.practice.session import Session
from myomap.gui.visit.desk import Desk
from myomap.gui.workers import Pool
from myomap.records.errors import RecordsError
from myomap.records.practice import Practice
from myomap.records.waiting import Left, WaitingRoom, WaitingVisit

#: What is saved sooner is not kept elsewhere first.
PATIENCE_MS = 400
#: So soon it is tried again where it could not be kept.
AGAIN_MS = 3000
#: So long the window that is being closed waits for it.
_CLOSING_S = 5.0
NOWHERE = "These records keep nothing outside the program’s memory."


@dataclass(slots=True, eq=False)
class _Kept:
    """What of one practice is kept, and where."""

    room: WaitingRoom
    asked: tuple[WaitingVisit, ...] = ()
    """As it was given to the room last."""
    visits: tuple[WaitingVisit, ...] | None = ()
    """As it lies there now; None where that failed."""
    left_is_done: bool = False
    """What was left behind is among it, or unwanted: it is removed once this is kept."""


class Outliving(QObject):
    """Keeps what the desk could not save, for each practice that was open in this window."""

    changed = Signal()
    """`is_safe`, `trouble` or `left` changed."""
    damaged = Signal(object)
    """Something was left behind that cannot be read: the error."""

    def __init__(self, session: Session, desk: Desk) -> None:
        super().__init__()
        self._session, self._desk = session, desk
        self._kept: dict[str, _Kept] = {}
        self._asked_in: Practice | None = None
        self.trouble = ""
        """Why what waits is in memory only; empty where it is not, or nothing waits."""
        self.left = Left()
        """What programs that ended had not saved; empty while the practice is not open."""
        self._pool = Pool(threads=1)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._keep)
        desk.saving_changed.connect(self._on_saving)
        desk.laid_aside.connect(self._on_saving)
        session.state_changed.connect(self._on_state_changed)
        session.erased.connect(self._on_erased)

    @property
    def is_safe(self) -> bool:
        """Tell whether everything that waits is kept on this computer, as it is now."""
        if not self._desk.unsaved or self._desk.waits_elsewhere(self._kept):
            return False
        return all(self._desk.to_keep(practice) == kept.visits for practice, kept in self._kept.items())

    @property
    def busy(self) -> bool:
        """Tell whether something is still to be kept, or to be removed."""
        return self._pool.busy or self._soon.isActive() or any(each.asked for each in self._kept.values())

    @property
    def words(self) -> str:
        """Say what becomes of what waits if the program ends; empty while that is not known."""
        if self.trouble:
            return f"Keep this window open: until then it is in memory only. {self.trouble}"
        return (
            "Until then it is kept encrypted on this computer, also if Myomap ends." if self.is_safe else ""
        )

    # -- keeping -------------------------------------------------------------------------------
    def _on_saving(self) -> None:
        held = any(each.asked for each in self._kept.values())
        if self._desk.unsaved:
            if not self._soon.isActive():
                self._soon.start(PATIENCE_MS)
            return
        self._soon.stop()
        if held:
            self._keep()
        if self.trouble:
            self.trouble = ""
            self.changed.emit()

    def _keep(self) -> None:
        for practice, kept in self._kept.items():
            visits = self._desk.to_keep(practice)
            known = kept.visits is not None or self._pool.busy
            if visits == kept.asked and known and not kept.left_is_done:
                continue
            kept.asked = visits
            self._pool.run(
                partial(_put, kept, visits),
                lambda _: self._on_kept(""),
                lambda error: self._on_kept(error.what if isinstance(error, RecordsError) else str(error)),
            )
        if self._desk.waits_elsewhere(self._kept):
            self._on_kept(NOWHERE)

    def _on_kept(self, trouble: str) -> None:
        if trouble and self._desk.unsaved and not self._soon.isActive():
            self._soon.start(AGAIN_MS)  # a disk may have room again
        self.trouble = trouble if self._desk.unsaved else ""
        self.changed.emit()

    def keep_now(self) -> bool:
        """Keep what waits and wait for that, because the window is to be closed; tell whether all of it is safe."""
        self._keep()
        done = threading.Event()
        self._pool.run(done.set, lambda _: None)
        done.wait(_CLOSING_S)
        return self.is_safe

    def finish(self) -> None:
        """Keep what is not saved now, for the window goes, and let go of it."""
        self._soon.stop()
        self._keep()
        self._pool.finish()
        for kept in self._kept.values():
            kept.room.close()

    def _on_erased(self, patient: str) -> None:
        self._desk.forget_patient(patient)
        kept = tuple(each for each in self.left.visits if each.waiting.patient != patient)
        self._set_left(Left(kept, self.left.troubles))

    # -- what was left behind ------------------------------------------------------------------
    def _on_state_changed(self) -> None:
        session = self._session
        if session.is_open:
            if session.practice is not self._asked_in:
                self._asked_in = session.practice
                session.read(_look, partial(self._on_known, session.practice), self._on_unread)
            return
        self._asked_in = None
        self._set_left(Left())
        for kept in self._kept.values():
            if not kept.left_is_done:
                kept.room.release_left()  # it is offered again, here or in another window
        self._on_saving()

    def _on_known(self, practice: Practice, found: tuple[WaitingRoom | None, Left]) -> None:
        room, left = found
        before = self._kept.get(practice.uuid)
        if room is not None and (before is None or before.room is not room):
            kept = self._kept[practice.uuid] = _Kept(room)
            self._keep()
            if before is not None:
                self._pool.run(partial(_leave, before, kept), lambda _: None, lambda _: None)
        # what this window has taken up already is not offered once more
        self._set_left(Left() if before is not None and before.left_is_done else left)
        for trouble in left.troubles:
            self.damaged.emit(trouble)
        self._on_saving()

    def _on_unread(self, error: Exception) -> None:
        self._asked_in = None  # it is asked when it is opened again
        if not isinstance(error, RecordsError):
            raise error

    def _set_left(self, left: Left) -> None:
        if left != self.left:
            self.left = left
            self.changed.emit()

    def save_left(self) -> None:
        """Save now what was left behind, each change as its author's; it is kept as what waits until it is saved."""
        visits = [each.waiting for each in self.left.visits]
        self.throw_left_away()
        if self._session.is_open:
            self._desk.take_up(visits)

    def throw_left_away(self) -> None:
        """Remove what was left behind once it is known that nothing of it waits any more."""
        kept = self._kept.get(self._session.practice.uuid) if self._session.is_open else None
        if kept is not None:
            kept.left_is_done = True
            self._set_left(Left())
            self._soon.start(0)  # after what is to be saved of it is on the desk


def _look(practice: Practice) -> tuple[WaitingRoom | None, Left]:
    room = practice.waiting_room()
    return room, practice.left_behind() if room is not None else Left()


def _put(kept: _Kept, visits: tuple[WaitingVisit, ...]) -> None:
    kept.visits = None
    kept.room.keep(visits)
    kept.visits = visits
    if kept.left_is_done:
        kept.room.drop_left()
        kept.left_is_done = False


def _leave(before: _Kept, now: _Kept) -> None:
    """Empty the room of before, if what waits lies in the one of now; else it stays, and is offered again."""
    if now.visits is not None:
        before.room.keep(())
        if before.left_is_done:
            before.room.drop_left()
    before.room.close()


__all__ = ["Outliving"]
