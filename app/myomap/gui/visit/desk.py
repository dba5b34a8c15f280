"""The visit that lies open: what is kept, what is on its way, undo. Every change goes through `do`.

A change is seen at once and saved in the practice's one thread, in order. What cannot be saved (full
disk) stays in line and is tried again; what somebody else changed meanwhile asks which to keep.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from myomap.gui.practice.session import Session
from myomap.records.checks import check
from myomap.records.edits import Edit, Ref, keep_mine
from myomap.records.errors import ConflictError, LockedError, Problem, SaveError
from myomap.records.forward import remove_visit
from myomap.records.practice import Applied, Practice
from myomap.records.values import Kind, Patient, Visit, VisitRecord

RETRY_MS = 3000


class Saving(StrEnum):
    """What the line of changes is doing."""

    SAVED = "saved"
    SAVING = "saving"
    WAITING = "waiting"
    """It could not be saved; it is tried again."""
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class _Turn:
    """Undo (back) or redo."""

    back: bool


class Desk(QObject):
    """One visit of one patient, or none."""

    opened = Signal()
    """Another visit (or none) lies open."""
    changed = Signal(object)
    """What changed: frozenset of Ref; empty for everything."""
    saving_changed = Signal()
    refused = Signal(object)
    """Problems of a value that cannot be kept; nothing was changed."""
    conflicted = Signal(object)
    """ConflictError: `keep_mine` or `take_theirs` must follow."""
    removed = Signal(str)
    """The visit was taken away: its patient."""
    failed = Signal(object)
    """Something else went wrong: the record was read again."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.patient: Patient | None = None
        self.record: VisitRecord | None = None
        self.previous: VisitRecord | None = None
        """The visit before this one, for comparing and starting from its drawing."""
        self.saving = Saving.SAVED
        self.trouble = ""
        self.undo_label = self.redo_label = ""
        self._line: deque[Edit | _Turn] = deque()
        self._guard = threading.Lock()
        self._stuck = False
        self._conflict: ConflictError | None = None
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self.try_again)
        self._wanted = ""
        session.state_changed.connect(self._on_state_changed)

    # -- opening -------------------------------------------------------------------------------
    @property
    def visit(self) -> Visit:
        """The head of the visit that lies open."""
        assert self.record is not None
        return self.record.visit

    @property
    def signed(self) -> bool:
        """Tell whether nothing can change any more."""
        return self.record is not None and self.record.visit.is_signed

    def open(self, visit: str, on_error: Callable[[Exception], None] | None = None) -> None:
        """Put a visit on the desk; `opened` follows."""
        self._wanted = visit

        def read(practice: Practice) -> tuple[Patient, VisitRecord, VisitRecord | None, str, str]:
            record = practice.visit(visit)
            patient = practice.patient(record.visit.patient)
            lines = practice.visits(patient.id)
            at = next((i for i, line in enumerate(lines) if line.id == visit), -1)
            earlier = practice.visit(lines[at + 1].id) if 0 <= at < len(lines) - 1 else None
            return patient, record, earlier, practice.undo_label(visit), practice.redo_label(visit)

        def done(found: tuple[Patient, VisitRecord, VisitRecord | None, str, str]) -> None:
            if self._wanted != visit:
                return
            self.patient, self.record, self.previous, self.undo_label, self.redo_label = found
            self.opened.emit()
            self.saving_changed.emit()

        self._session.read(read, done, on_error or self.failed.emit, topic="desk")

    def close(self) -> None:
        """Clear the desk; changes on their way are still saved."""
        self._wanted = ""
        self._clear()

    def _clear(self) -> None:
        if self.record is not None:
            self.patient = self.record = self.previous = None
            self.undo_label = self.redo_label = ""
            self.opened.emit()

    def _on_state_changed(self) -> None:
        if self._session.is_open:
            if self._line:
                self.try_again()
            if self._wanted and self.record is None:
                self.open(self._wanted)
        else:
            self._clear()

    # -- changing ------------------------------------------------------------------------------
    def do(self, edit: Edit) -> tuple[Problem, ...]:
        """Carry out a change at once and save it; return what is wrong with it (nothing is changed then)."""
        record = self.record
        if record is None or not edit.changes:
            return ()
        for change in edit.changes:
            if change.after is not None:
                problems = check(change.after, before=change.before)
                if problems:
                    self.refused.emit(problems)
                    return problems
        self.record = edit.apply_to(record)
        self.changed.emit(edit.refs)
        self._send(edit)
        return ()

    def undo(self) -> None:
        """Take back the last change."""
        self._session.before_lock.emit()  # words being typed are a change, too
        if self.undo_label or self._line:
            self._send(_Turn(True))

    def redo(self) -> None:
        """Do again what was taken back."""
        if self.redo_label or self._line:
            self._send(_Turn(False))

    def _send(self, step: "Edit | _Turn") -> None:
        with self._guard:
            self._line.append(step)
        self._set_saving(Saving.SAVING if not self._stuck else self.saving)
        self._drain()

    def _drain(self) -> None:
        scope = self.record.visit.id if self.record else self._wanted
        self._session.read(lambda practice: self._work(practice, scope), self._on_worked, self._on_error)

    def _work(self, practice: Practice, scope: str) -> tuple[list[Applied], str, str]:
        """In the thread: carry out the line in order, stopping at the first that fails."""
        turned: list[Applied] = []
        while True:
            with self._guard:
                if self._stuck or not self._line:
                    break
                step = self._line[0]
            try:
                if isinstance(step, Edit):
                    practice.apply(step)
                else:
                    applied = practice.undo(scope) if step.back else practice.redo(scope)
                    if applied is not None:
                        turned.append(applied)
            except Exception:
                self._stuck = True
                raise
            with self._guard:
                self._line.popleft()
        return turned, practice.undo_label(scope), practice.redo_label(scope)

    def _on_worked(self, outcome: tuple[list[Applied], str, str]) -> None:
        turned, self.undo_label, self.redo_label = outcome
        for applied in turned:
            if self.record is not None:
                self.record = applied.edit.apply_to(self.record)
                self.changed.emit(applied.refs)
        if not self._line:
            self.trouble = ""
            self._set_saving(Saving.SAVED)
        self.saving_changed.emit()
        self._session.patients_changed.emit()

    def _set_saving(self, saving: Saving) -> None:
        if saving != self.saving:
            self.saving = saving
            self.saving_changed.emit()

    # -- when it goes wrong --------------------------------------------------------------------
    def _on_error(self, error: Exception) -> None:
        if isinstance(error, LockedError):
            self._stuck = False  # the line waits for the passphrase
            return
        if isinstance(error, SaveError | OSError):
            self.trouble = str(error)
            self._set_saving(Saving.WAITING)
            self.saving_changed.emit()
            self._retry.start()
        elif isinstance(error, ConflictError):
            self._conflict = error
            self._set_saving(Saving.CONFLICT)
            self.conflicted.emit(error)
        else:
            with self._guard:
                self._line.clear()
            self._stuck = False
            self._set_saving(Saving.SAVED)
            self.failed.emit(error)
            self._read_again()

    def try_again(self) -> None:
        """Go on with the line."""
        if self._conflict is None:
            self._stuck = False
            if self._line:
                self._drain()

    def keep_mine(self) -> None:
        """Settle a conflict: what was done here counts."""
        conflict, self._conflict = self._conflict, None
        if conflict is None:
            return
        with self._guard:
            if self._line and isinstance(step := self._line[0], Edit):
                self._line[0] = keep_mine(step, conflict)
        self.try_again()

    def take_theirs(self) -> None:
        """Settle a conflict: what the other did counts; later changes of the same thing are dropped too."""
        conflict, self._conflict = self._conflict, None
        if conflict is None:
            return
        ref: Ref = (conflict.kind, conflict.id)
        with self._guard:
            kept = [s for s in self._line if isinstance(s, _Turn) or ref not in s.refs]
            self._line = deque(kept)
        self._stuck = False
        self._drain()
        self._read_again()

    def _read_again(self) -> None:
        if not self._wanted:
            return
        visit = self._wanted

        def done(record: VisitRecord) -> None:
            if self._wanted == visit and self.record is not None:
                self.record = record
                self.changed.emit(frozenset())

        self._session.read(lambda practice: practice.visit(visit), done, topic="desk-again")

    def remove_visit(self) -> None:
        """Take the visit away with everything in it, after what is on its way is saved."""
        record = self.record
        if record is None or record.visit.is_signed:
            return
        visit = record.visit.id

        def work(practice: Practice) -> None:
            practice.apply(remove_visit(practice.visit(visit)))

        def done(_: object) -> None:
            patient = record.visit.patient
            self.close()
            self._session.patients_changed.emit()
            self.removed.emit(patient)

        self._session.read(work, done, self.failed.emit)

    # -- signing -------------------------------------------------------------------------------
    def reasons_not_to_sign(self) -> tuple[str, ...]:
        """Return why the person signed in cannot sign this visit as it is."""
        assert self.record is not None
        return self._session.practice.reasons_not_to_sign(self.record)

    def sign(self) -> None:
        """Sign, after everything on its way is saved."""
        visit = self.visit.id
        self._session.before_lock.emit()
        self._session.read(
            lambda practice: practice.sign(visit), lambda _: self._read_again_signed(), self.failed.emit
        )

    def amend(self, reason: str, text: str, on_error: Callable[[Exception], None]) -> None:
        """Add an amendment to the signed visit."""
        visit = self.visit.id

        def done(record: VisitRecord) -> None:
            self.record = record
            self.changed.emit(frozenset({(Kind.AMENDMENT, "")}))

        self._session.read(lambda practice: practice.amend(visit, reason=reason, text=text), done, on_error)

    def _read_again_signed(self) -> None:
        self.undo_label = self.redo_label = ""
        self.saving_changed.emit()
        self._read_again()
        self._session.patients_changed.emit()
