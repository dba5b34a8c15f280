"""The visit that lies open: what is kept, what is on its way, undo. Every change goes through `do`.

A change is seen at once and saved in the practice's one thread, in order. What cannot be saved (full
disk) stays in line and is tried again; what somebody else changed meanwhile asks which to keep; what can
never be kept (signed meanwhile) is laid aside with its words, and nothing is dropped in silence.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from PySide6.QtCore import QTimer, Signal

from myomap.gui.practice.session import Session, State
from myomap.gui.visit.line import Line
from myomap.gui.visit.lines import Lines
from myomap.gui.visit.merging import orphaned
from myomap.records.checks import check
from myomap.records.edits import Edit
from myomap.records.errors import (
    ConflictError,
    LockedError,
    NotFoundError,
    PinError,
    Problem,
    RecordsError,
    SaveError,
)
from myomap.records.forward import remove_visit
from myomap.records.ids import come_after
from myomap.records.practice import Practice
from myomap.records.values import Kind, Patient, Value, Visit, VisitRecord
from myomap.records.waiting import Author, Turn, WaitingVisit

RETRY_MS = 3000


class Saving(StrEnum):
    """What the line of changes is doing."""

    SAVED = "saved"
    SAVING = "saving"
    WAITING = "waiting"
    """It could not be saved; it is tried again."""
    CONFLICT = "conflict"


class Desk(Lines):
    """One visit of one patient, or none."""

    leaving = Signal()
    """The visit will lie open no longer: words that are being typed must be told now."""
    about_to_change = Signal()
    """What is kept will change beneath the fields: what is being typed must be told first, or it would be told
    later as if its author had seen the new value, and overwrite it."""
    opened = Signal()
    """Another visit (or none) lies open."""
    changed = Signal(object)
    """What changed: frozenset of Ref; empty for everything."""
    saving_changed = Signal()
    refused = Signal(object)
    """Problems of a value that cannot be kept; nothing was changed."""
    conflicted = Signal(object)
    """ConflictError: `keep_mine`, `keep_both` or `take_theirs` must follow."""
    laid_aside = Signal()
    """A change can never be kept: see `aside`."""
    removed = Signal(str)
    """The visit was taken away: its patient."""
    failed = Signal(object)
    """Something else went wrong: the record was read again."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.patient: Patient | None = None
        self.previous: VisitRecord | None = None
        """The visit before this one, for comparing and starting from its drawing."""
        self.saving = Saving.SAVED
        self.undo_label = self.redo_label = ""
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self.try_again)
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

    @property
    def opening(self) -> bool:
        """Tell whether a visit is being read."""
        return bool(self._wanted) and self.record is None

    def _tell_saving(self) -> None:
        """Say how far the open visit is saved."""
        line = self.line
        if line is None or line.empty:
            self.saving = Saving.SAVED
        elif line.conflict is not None:
            self.saving = Saving.CONFLICT
        else:
            self.saving = Saving.WAITING if line.trouble else Saving.SAVING
        self.saving_changed.emit()

    @property
    def trouble(self) -> str:
        """Why the open visit cannot be saved."""
        return self.line.trouble if self.line is not None else ""

    def settle(self, then: Callable[[], object]) -> None:
        """Call back when everything is kept, or cannot be."""
        if not self.unsaved or self.hopeless:
            then()
        else:
            self._session.worker.run(lambda: None, lambda _: self.settle(then))

    def open(self, visit: str, on_error: Callable[[Exception], None] | None = None) -> None:
        """Put a visit on the desk; `opened` follows. The one that lay open is put away at once.

        So nobody can type into a visit that is about to be taken away.
        """
        self._wanted = visit
        self._clear(always=True)
        line = self._lines.get(visit)

        def read(
            practice: Practice,
        ) -> tuple[Patient, VisitRecord, VisitRecord | None, tuple[str, str], int]:
            record, count = practice.visit(visit), line.count() if line is not None else 0
            patient = practice.patient(record.visit.patient)
            lines = practice.visits(patient.id)
            at = next((i for i, each in enumerate(lines) if each.id == visit), -1)
            earlier = practice.visit(lines[at + 1].id) if 0 <= at < len(lines) - 1 else None
            labels = (practice.undo_label(visit), practice.redo_label(visit))
            return patient, record, earlier, labels, count

        def done(
            found: tuple[Patient, VisitRecord, VisitRecord | None, tuple[str, str], int],
        ) -> None:
            if self._wanted != visit:
                return
            self.patient, record, self.previous, (self.undo_label, self.redo_label), count = found
            self.record = line.up_to_date(record, count) if line is not None else record
            self._practice = self._session.practice.uuid
            come_after(value.id for value in record.values())
            self.opened.emit()
            self._tell_saving()
            if line is not None and line.conflict is not None:
                self.conflicted.emit(line.conflict)

        def failed(error: Exception) -> None:
            if self._wanted == visit and not isinstance(error, LockedError):
                self._wanted = ""
                self.opened.emit()
            if isinstance(error, NotFoundError) and visit in self.aside:
                error = orphaned(self.aside[visit])
            (on_error or self.failed.emit)(error)

        self._session.read(read, done, failed, topic="desk")

    def close(self) -> None:
        """Clear the desk; changes on their way are still saved."""
        self._wanted = ""
        self._clear()

    def _clear(self, *, always: bool = False) -> None:
        if self.record is not None:
            self.leaving.emit()
        if self.record is not None or always:
            self.patient = self.record = self.previous = None
            self.undo_label = self.redo_label = ""
            self._lines = {visit: each for visit, each in self._lines.items() if each.aside or not each.empty}
            self.opened.emit()

    def _on_state_changed(self) -> None:
        if self._session.state in (State.OPEN, State.WHO):
            self.try_again()  # whoever comes: each change is saved as its author's
        if not self._session.is_open:
            self._clear()
        elif self._wanted and self.record is None:
            self.open(self._wanted)

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
        self._turn(Turn(True), self.undo_label)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._turn(Turn(False), self.redo_label)

    def _turn(self, turn: Turn, label: str) -> None:
        waits = self.line is not None and not self.line.empty
        if self.line is not None and self.line.conflict is not None:
            self.conflicted.emit(self.line.conflict)  # first the choice
            return
        if self.record is not None and not self.signed and (label or waits):
            self._send(turn)

    def _send(self, step: Edit | Turn) -> None:
        assert self.record is not None
        line = self._line_of(self.record.visit.id, self.record.visit.patient, self._practice)
        line.add(step, self._author())
        self._tell_saving()
        self._drain(line)

    def take_up(self, visits: Iterable[WaitingVisit]) -> None:
        """Go on with what an earlier run of the program could not save."""
        for each in visits:
            self._line_of(each.visit, each.patient, self._session.practice.uuid).put_first(each.steps)
        self.try_again()
        self._tell_saving()

    def _author(self) -> Author:
        actor = self._session.actor
        return Author(actor.id, actor.name) if actor is not None else Author()

    def _drain(self, line: Line) -> None:
        def work(practice: Practice) -> tuple[str, str]:
            line.work(practice)
            return practice.undo_label(line.visit), practice.redo_label(line.visit)

        def done(labels: tuple[str, str]) -> None:
            if self.record is not None and self.record.visit.id == line.visit:
                self.undo_label, self.redo_label = labels
            if line.empty:
                line.trouble = ""
            self._show_turned(line)
            self._tell_saving()
            self._session.patients_changed.emit()

        if self._is_here(line):
            self._session.read(work, done, lambda error: self._on_error(line, error))
        else:
            self._tell_saving()  # the line waits for its practice

    def _show_turned(self, line: Line) -> None:
        """Show what undo and redo did."""
        turned, again = line.take_turned()
        if self.record is None or self.record.visit.id != line.visit:
            return
        if turned:
            self.about_to_change.emit()
        for applied in turned:
            self.record = applied.edit.apply_to(self.record)
            self.changed.emit(applied.refs)
        if again:
            self._read_again()

    # -- when it goes wrong --------------------------------------------------------------------
    def _on_error(self, line: Line, error: Exception) -> None:
        self._show_turned(line)
        is_open = self.record is not None and self.record.visit.id == line.visit
        if isinstance(error, LockedError):
            pass  # the line waits for the passphrase
        elif error is not line.stuck:
            # it is of a try that somebody has gone beyond since: it says nothing of the step that is first now
            if not line.empty and line.conflict is None:
                self._retry.start()
        elif isinstance(error, SaveError | OSError) and not line.turning:
            line.trouble = str(error)
            self._retry.start()
        elif isinstance(error, ConflictError) and not line.turning:
            line.stop_at(error)
            if is_open:
                self.conflicted.emit(error)
        else:  # undo that could not be saved is not tried again either: nobody knows whether it was
            self._lay_aside(line, error)
        self._tell_saving()

    def _lay_aside(self, line: Line, error: Exception) -> None:
        """Go on without a step that can never be carried out; its words are shown to be used elsewhere."""
        if isinstance(line.lay_aside(error), Edit):
            self.laid_aside.emit()
        elif isinstance(error, ConflictError):
            self.failed.emit(
                RecordsError(
                    "It cannot be taken back: somebody else has changed the same thing since.",
                    safe="Nothing was changed.",
                )
            )
        else:
            self.failed.emit(error)
        line.stuck = None
        self._drain(line)

    def try_again(self) -> None:
        """Go on with every line that nobody has to choose for."""
        for line in [each for each in self._lines.values() if not each.empty and each.conflict is None]:
            line.stuck = None
            self._drain(line)

    def forget_all(self) -> None:
        """Drop what waits and what lies aside: it belongs to records that are not open any more."""
        self._lines = {}
        self._tell_saving()

    def forget_practice(self, practice: str) -> None:
        """Drop what waits for a practice that is thrown away."""
        self._lines = {visit: line for visit, line in self._lines.items() if line.practice != practice}
        self._tell_saving()

    def forget_patient(self, patient: str) -> None:
        """Drop what waits of a patient who was erased, and put their visit away."""
        if self.patient is not None and self.patient.id == patient:
            self.close()
        self._lines = {visit: line for visit, line in self._lines.items() if line.patient != patient}
        self._tell_saving()

    def put_away(self) -> None:
        """Somebody has read what could not be kept of the open visit."""
        if self.line is not None:
            self.line.aside.clear()
            self._tell_saving()

    def keep_mine(self) -> None:
        """Settle a conflict: what was done here counts."""
        self._settle(Line.keep_mine)

    def keep_both(self) -> None:
        """Settle a conflict: one value with both."""
        self._settle(Line.keep_both)

    def take_theirs(self) -> None:
        """Settle a conflict: what the other did counts; later changes of the same thing are dropped, too."""
        self._settle(Line.take_theirs)

    def _settle(self, how: Callable[[Line, Author], Value | None]) -> None:
        self.about_to_change.emit()  # what is being typed belongs to mine
        line, record = self.line, self.record
        if line is None or record is None or (conflict := line.conflict) is None:
            return
        settled = how(line, self._author())
        line.stuck = None
        if settled is not None:
            self.record = record.put(settled)
        elif conflict.kind is not Kind.VISIT:
            self.record = record.without(conflict.kind, conflict.id)
        self.changed.emit(frozenset({(conflict.kind, conflict.id)}))
        self._drain(line)
        self._tell_saving()

    def _read_again(self) -> None:
        visit = self._wanted
        if not visit:
            return
        line = self._lines.get(visit)

        def read(practice: Practice) -> tuple[VisitRecord, int]:
            return practice.visit(visit), line.count() if line is not None else 0

        def done(found: tuple[VisitRecord, int]) -> None:
            if self._wanted == visit and self.record is not None:
                self.about_to_change.emit()
                record, count = found
                self.record = line.up_to_date(record, count) if line is not None else record
                come_after(value.id for value in record.values())
                self.changed.emit(frozenset())

        self._session.read(read, done, self.failed.emit, topic="desk-again")

    def remove_visit(self) -> None:
        """Take the visit away with everything in it, after what is on its way is saved."""
        record = self.record
        if record is None or record.visit.is_signed:
            return
        self._session.before_lock.emit()
        visit, patient = record.visit.id, record.visit.patient

        def work(practice: Practice) -> None:
            practice.apply(remove_visit(practice.visit(visit)))

        def done(_: object) -> None:
            self._lines.pop(visit, None)  # what waited to be saved in it went with it
            self._tell_saving()
            if self._wanted == visit:
                self._wanted = ""
                self.patient = self.record = self.previous = None
                self.opened.emit()
            self._session.patients_changed.emit()
            self.removed.emit(patient)

        self._session.read(work, done, self.failed.emit)

    # -- signing -------------------------------------------------------------------------------
    def reasons_not_to_sign(self) -> tuple[str, ...]:
        """Return why the person signed in cannot sign this visit as it is."""
        assert self.record is not None
        return self._session.practice.reasons_not_to_sign(self.record)

    def sign(self, pin: str = "", on_pin: Callable[[PinError], None] | None = None) -> None:
        """Sign, after everything on its way is saved; not while anything of it cannot be.

        ``on_pin`` is told where the PIN of who signs is wrong or missing.
        """
        visit = self.visit.id
        self._session.before_lock.emit()
        line, seen = self._lines.get(visit), self.record

        def work(practice: Practice) -> None:
            if line is not None and not line.empty:
                raise SaveError(
                    "Not everything in this visit is saved yet.",
                    safe="It was not signed, and nothing is lost.",
                    todo="Sign it when it is saved.",
                )
            practice.sign(visit, pin, seen=seen)

        def failed(error: Exception) -> None:
            if isinstance(error, PinError) and on_pin is not None:
                on_pin(error)
            else:
                self._on_not_signed(error)

        self._session.read(work, lambda _: self._on_signed(visit), failed)

    def _on_not_signed(self, error: Exception) -> None:
        self.failed.emit(error)
        self._read_again()

    def amend(
        self,
        reason: str,
        text: str,
        on_error: Callable[[Exception], None],
        on_done: Callable[[], None] = lambda: None,
        pin: str = "",
    ) -> None:
        """Add an amendment to the signed visit; PinError where who adds it has a PIN and it is not this one."""
        visit = self.visit.id

        def done(record: VisitRecord) -> None:
            on_done()
            if self.record is not None and self.record.visit.id == visit:
                self.record = record
                self.changed.emit(frozenset({(Kind.AMENDMENT, "")}))

        self._session.read(
            lambda practice: practice.amend(visit, reason=reason, text=text, pin=pin), done, on_error
        )

    def _on_signed(self, visit: str) -> None:
        if self._wanted == visit:
            self.undo_label = self.redo_label = ""
            self._tell_saving()
            self._read_again()
        self._session.patients_changed.emit()
