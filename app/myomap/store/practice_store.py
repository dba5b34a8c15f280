"""An open practice: the one implementation of records.practice.Practice, on any database.

What it is before anything of a patient is read (who works, lock, audit, backups) is store.kept_practice.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import Connection, func, select

from myomap.records.checks import check, check_owner
from myomap.records.edits import PRACTICE_SCOPE, Edit
from myomap.records.errors import (
    NotAllowedError,
    NotFoundError,
    Problem,
    RefusedError,
    SignedError,
)
from myomap.records.forward import start_visit
from myomap.records.group import GroupDrawing, Painted, Wanted
from myomap.records.ids import come_after
from myomap.records.practice import (
    Applied,
    Deed,
    Erased,
    PatientLine,
    VisitLine,
)
from myomap.records.signing import MAY_SIGN, reasons_not_to_sign
from myomap.records.values import (
    STANDING,
    Kind,
    Patient,
    Practitioner,
    Role,
    Signature,
    Value,
    Visit,
    VisitRecord,
)
from myomap.records.waiting import Left, LeftVisit, WaitingVisit, without_lost_turns
from myomap.store import audit_log, erasing, group_reading, journal, people, rows, sealing, shelves
from myomap.store.kept_practice import KeptPractice, settings_of

LOOK_AGAIN_S = 600.0
NEEDS_OWNER = "A practice needs an owner: make somebody else one first."
_OWNERS_KINDS = frozenset({Kind.PRACTITIONER, Kind.SETTINGS})


class StoredPractice(KeptPractice):
    """Implements records.practice.Practice. Safe to use from several threads."""

    # -- people ---------------------------------------------------------------------------------
    def practitioners(self, *, archived: bool = False) -> Sequence[Practitioner]:
        """Return the practitioners by name."""
        with self._database().read() as tx:
            kept = [each for each in people.everybody(tx) if archived or not each.archived]
        return sorted(kept, key=lambda each: (shelves.folded(each.name), each.id))

    def search(self, text: str = "", *, archived: bool = False, limit: int = 50) -> Sequence[PatientLine]:
        """Find patients."""
        with self._database().read() as tx:
            return shelves.search(tx, text, archived, limit)

    def count_patients(self) -> int:
        """Return how many patients there are."""
        with self._database().read() as tx:
            return tx.execute(select(func.count()).select_from(rows.patient)).scalar_one()

    def patient(self, id: str) -> Patient:
        """Open a patient."""
        with self._database().read() as tx:
            found = shelves.read(tx, Kind.PATIENT, id)[1]
        if not isinstance(found, Patient):
            raise NotFoundError("There is no such patient.", todo="Search again.")
        self._saw(id, "patient")
        return found

    def _saw(self, subject: str, words: str) -> None:
        """Write that this person looked; once in ten minutes, or a window that redraws floods the audit."""
        key, now = (self._by, subject, words), time.monotonic()
        if now - self._looked.get(key, -LOOK_AGAIN_S) >= LOOK_AGAIN_S:
            self.note_deed(Deed.SAW, subject, words)
            self._looked[key] = now

    # -- visits ---------------------------------------------------------------------------------
    def visits(self, patient: str) -> Sequence[VisitLine]:
        """Return a patient's visits, newest first."""
        with self._database().read() as tx:
            return shelves.visit_lines(tx, patient)

    def visit(self, id: str) -> VisitRecord:
        """Open a visit."""
        with self._database().read() as tx:
            record = sealing.record_of(tx, id)
        self._saw(id, f"visit of {record.visit.patient}")
        return record

    def course(self, patient: str) -> Sequence[VisitRecord]:
        """Return all visits of a patient, oldest first."""
        with self._database().read() as tx:
            found = [sealing.record_of(tx, line.id) for line in reversed(shelves.visit_lines(tx, patient))]
        self._saw(patient, "course")
        return found

    def drawings(
        self,
        wanted: Wanted,
        painted: Painted,
        *,
        told: Callable[[int, int], object] = lambda _done, _of: None,
    ) -> Iterator[GroupDrawing]:
        """Read the drawings of a group."""
        self._saw("practice", "drawings of a group")
        return group_reading.drawings(lambda: self._database().read(), wanted, painted, told)

    def new_visit(
        self, patient: str, *, on: date | None = None, copy_forward: bool = False, map_version: str = ""
    ) -> VisitRecord:
        """Start a visit."""
        with self._database().read() as tx:
            lines = shelves.visit_lines(tx, patient)
            last = sealing.record_of(tx, lines[0].id) if lines and copy_forward else None
        come_after(
            line.id for line in lines
        )  # also where the clock was set back since: of one day it is the last
        day = on or datetime.now(UTC).astimezone().date()
        edit = start_visit(patient, on=day, practitioner=self._by, map_version=map_version, last=last)
        self.apply(edit)
        with self._database().read() as tx:
            return sealing.record_of(tx, edit.changes[0].id)

    # -- the one door ---------------------------------------------------------------------------
    def apply(self, edit: Edit, *, by: str = "") -> Applied:
        """Check, carry out and save an edit."""
        for each in edit.changes:
            if each.after is not None:
                problems = check(each.after, before=each.before) + check_owner(each.after, each.owner)
                if problems:
                    raise RefusedError(each.kind, problems)
            if each.kind is Kind.AMENDMENT:
                raise SignedError("Amendments are added with their reason, and never changed.")
            if each.kind is Kind.VISIT and isinstance(each.after, Visit):
                earlier = each.before.signature if isinstance(each.before, Visit) else None
                if each.after.signature != earlier:
                    raise SignedError("A visit is signed by signing it, not by an edit.")
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            author = self._author(tx, by)
            _may_edit(author, edit)
            self._carry_out(tx, edit)
            journal.record(tx, edit, author.id)
            audit_log.append(tx, head, author.id, Deed.CHANGED, _subject(edit), edit.label)
        return self._applied(edit)

    def _carry_out(self, tx: Connection, edit: Edit) -> None:
        shelves.guard_signed(tx, edit.changes)
        for each in edit.changes:
            shelves.write(tx, each)
        resigns = any(_is_owner(each.before) and not _is_owner(each.after) for each in edit.changes)
        if resigns and not any(map(_is_owner, people.everybody(tx))):
            # Nobody could ever make one again: not even undo is a reader's.
            raise RefusedError(Kind.PRACTITIONER, (Problem("role", NEEDS_OWNER),))

    def _applied(self, edit: Edit) -> Applied:
        self._idle.touch()
        for each in edit.changes:
            if each.kind is Kind.SETTINGS:
                self._settings = None
            if self._actor and each.ref == (Kind.PRACTITIONER, self._actor.id):
                self._actor = each.after if isinstance(each.after, Practitioner) else None
        return Applied(edit, edit.refs)

    def _author(self, tx: Connection, by: str = "") -> Practitioner:
        """Return whose change it is, as they are kept now: who is signed in, or was when they made it."""
        self._refresh_actor(tx)
        if by in ("", self._by):
            if self._actor is None:
                raise NotAllowedError("Nobody is signed in.", todo="Choose who you are first.")
            return self._actor
        found = shelves.read(tx, Kind.PRACTITIONER, by)[1] if by in self._were_here else None
        if not isinstance(found, Practitioner) or found.archived:
            raise NotAllowedError("Who made this change does not work here.", safe="Nothing was changed.")
        return found

    def undo(self, scope: str, *, by: str = "") -> Applied | None:
        """Take back the last edit."""
        return self._turn(scope, by, back=True)

    def redo(self, scope: str, *, by: str = "") -> Applied | None:
        """Do again what was undone."""
        return self._turn(scope, by, back=False)

    def _turn(self, scope: str, by: str, *, back: bool) -> Applied | None:
        find = journal.last_done if back else journal.first_undone
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            author = self._author(tx, by)
            found = find(tx, scope, author.id)
            if found is None:
                return None
            seq, edit = found
            edit = edit.reversed() if back else edit
            _may_edit(author, edit)
            self._carry_out(tx, edit)
            journal.mark(tx, seq, "undone" if back else "done")
            deed = Deed.UNDID if back else Deed.REDID
            audit_log.append(tx, head, author.id, deed, _subject(edit), edit.label)
        return self._applied(edit)

    def undo_label(self, scope: str) -> str:
        """Return what undo would take back."""
        with self._database().read() as tx:
            return journal.label(tx, scope, self._by, "done")

    def redo_label(self, scope: str) -> str:
        """Return what redo would do."""
        with self._database().read() as tx:
            return journal.label(tx, scope, self._by, "undone")

    def current(self, kind: Kind, id: str, owner: str = "") -> Value | None:
        """Return what is kept now; ``owner`` is the visit, for what belongs to one."""
        if kind not in STANDING and not owner:
            raise ValueError(f"which visit does this {kind} belong to?")
        with self._database().read() as tx:
            return shelves.read(tx, kind, id, owner)[1]

    def history(self, scope: str) -> Sequence[tuple[datetime, str, str]]:
        """Return the edits in a scope."""
        with self._database().read() as tx:
            return journal.history(tx, scope)

    # -- signing --------------------------------------------------------------------------------
    def reasons_not_to_sign(self, record: VisitRecord) -> tuple[str, ...]:
        """Return why it cannot be signed."""
        return reasons_not_to_sign(record, self._actor)

    def sign(self, visit: str, pin: str = "", *, seen: VisitRecord | None = None) -> Signature:
        """Sign a visit."""
        proof = self._prove(pin)
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            self._still_proved(tx, proof)
            self._refresh_actor(tx)
            return sealing.sign(tx, head, visit, self._by, with_pin=bool(proof), seen=seen)

    def amend(self, visit: str, *, reason: str, text: str, pin: str = "") -> VisitRecord:
        """Add an amendment."""
        self._may_amend()
        proof = self._prove(pin)
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            self._still_proved(tx, proof)
            self._refresh_actor(tx)
            return sealing.amend(tx, head, visit, self._may_amend(), reason, text)

    def _may_amend(self) -> Practitioner:
        """Return who amends; NotAllowedError for who may not, or may not any more."""
        actor = self._actor
        if actor is None or actor.role not in MAY_SIGN:
            raise NotAllowedError("Only a clinician can amend a visit.", safe="Nothing was changed.")
        return actor

    # -- keeping --------------------------------------------------------------------------------
    def export_patient(self, id: str) -> bytes:
        """Return everything about one patient as JSON."""
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            patient = shelves.read(tx, Kind.PATIENT, id)[1]
            if not isinstance(patient, Patient):
                raise NotFoundError("There is no such patient.")
            records = [sealing.record_of(tx, line.id) for line in reversed(shelves.visit_lines(tx, id))]
            lines = audit_log.lines(tx, [id, *(each.visit.id for each in records)], 100_000)
            audit_log.append(tx, head, self._by, Deed.EXPORTED, id, "whole record as JSON")
        return erasing.export(patient, records, lines, self.settings, self.practitioners(archived=True))

    def erase_patient(self, id: str, *, reason: str) -> Erased:
        """Erase a patient for good."""
        self._owner_only("erase a patient")
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            self._refresh_actor(tx)  # another window may have changed who is owner, or how long is kept
            self._owner_only("erase a patient")
            years = settings_of(tx).retention_years
            visits = erasing.erase(tx, head, id, self._by, reason, years)
        room = self.waiting_room()
        if room is not None:
            room.forget(id)
        return Erased(visits, len(self.backups()))

    # -- what waits -----------------------------------------------------------------------------
    def left_behind(self) -> Left:
        """Read what programs that ended could not save."""
        room = self.waiting_room()
        if room is None:
            return Left()
        found, troubles = room.read_left()
        try:
            with self._database().read() as tx:
                left = [_known(tx, each) for each in found]
                erased = [each.waiting.patient for each in left if not each.name and _is_erased(tx, each)]
        except BaseException:
            room.release_left()
            raise
        for patient in erased:
            room.forget(patient)
        left = [each for each in left if each.waiting.patient not in erased]
        # Only this program, with the practice's key, can have sealed it: they were signed in when they typed it.
        self._were_here |= {step.author.id for each in left for step in each.waiting.steps} - {""}
        left = [each for each in left if each.waiting.steps]
        if not left:
            room.drop_left()  # nothing of it can ever be saved: nobody is asked, and it must not lie there for good
        return Left(tuple(left), tuple(troubles))


def _known(tx: Connection, waiting: WaitingVisit) -> LeftVisit:
    """Return what waits in a visit with the words that a person knows it by."""
    waiting = replace(waiting, steps=without_lost_turns(waiting.steps))
    patient = shelves.read(tx, Kind.PATIENT, waiting.patient)[1]
    visit = shelves.read(tx, Kind.VISIT, waiting.visit)[1]
    name = patient.name if isinstance(patient, Patient) else ""
    return LeftVisit(waiting, name, visit.on if isinstance(visit, Visit) else None)


def _is_erased(tx: Connection, left: LeftVisit) -> bool:
    return any(line.deed is Deed.ERASED for line in audit_log.lines(tx, [left.waiting.patient], 20))


def _is_owner(value: Value | None) -> bool:
    return isinstance(value, Practitioner) and value.role is Role.OWNER and not value.archived


def _may_edit(actor: Practitioner, edit: Edit) -> None:
    """Raise NotAllowedError for a change that this person may not make."""
    if actor.role is Role.READER:
        raise NotAllowedError("You may look at records, not change them.", safe="Nothing was changed.")
    if actor.role is Role.OWNER:
        return
    for each in edit.changes:
        own = each.kind is Kind.PRACTITIONER and each.id == actor.id
        same_role = isinstance(each.after, Practitioner) and each.after.role is actor.role
        if each.kind in _OWNERS_KINDS and not (own and same_role):
            raise NotAllowedError(
                "Only an owner of the practice may change practitioners and settings.",
                safe="Nothing was changed.",
            )


def _subject(edit: Edit) -> str:
    """Return what an edit is about, for the audit: its visit, else the first thing it changes."""
    if edit.scope != PRACTICE_SCOPE:
        return edit.scope
    visits = [each.id for each in edit.changes if each.kind is Kind.VISIT]
    return (visits or [each.id for each in edit.changes] or ["practice"])[0]
