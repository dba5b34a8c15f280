"""An open practice: the one implementation of records.practice.Practice, on any database."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, func, select, update

from myomap.records.canonical import decode, digest_of, text_digest
from myomap.records.checks import check, check_owner
from myomap.records.edits import PRACTICE_SCOPE, Edit, add
from myomap.records.errors import (
    LockedError,
    NotAllowedError,
    NotFoundError,
    RecordsError,
    RefusedError,
    SaveError,
    SignedError,
    SigningError,
)
from myomap.records.forward import start_visit
from myomap.records.practice import (
    Applied,
    AuditLine,
    AuditVerdict,
    Backup,
    Deed,
    Erased,
    PatientLine,
    VisitLine,
)
from myomap.records.signing import MAY_SIGN, reasons_not_to_sign
from myomap.records.values import (
    STANDING,
    Amendment,
    Kind,
    Patient,
    PracticeSettings,
    Practitioner,
    Role,
    Signature,
    Value,
    Visit,
    VisitRecord,
    new_id,
)
from myomap.store import audit_log, erasing, journal, rows, shelves, verifying
from myomap.store.backups import BackupFolders
from myomap.store.database import Database
from myomap.store.idle import IdleClock

SETTINGS_ID = "practice"
LOOK_AGAIN_S = 600.0
_OWNERS_KINDS = frozenset({Kind.PRACTITIONER, Kind.SETTINGS})


class StoredPractice:
    """Implements records.practice.Practice. Safe to use from several threads."""

    def __init__(
        self,
        db: Database,
        *,
        uuid: str,
        backups: BackupFolders | None = None,
        reopen: Callable[[str], Database] | None = None,
        idle: IdleClock | None = None,
    ) -> None:
        """Take an open database of the current schema.

        ``backups``: where backups go, None for none (the demo). ``reopen`` opens the database again
        for a passphrase, after the lock; None for a practice that needs none.
        """
        self._db: Database | None = db
        self.uuid = uuid
        self._kept_backups = backups
        self._reopen = reopen
        self._idle = idle or IdleClock()
        self._actor: Practitioner | None = None
        self._settings: PracticeSettings | None = None
        self._looked: dict[tuple[str, str, str], float] = {}
        self._gate = threading.RLock()
        self._unnoted: list[str] = []
        """Backups that ended while it was locked; the audit hears of them when it is open again."""

    # -- state ----------------------------------------------------------------------------------
    def _database(self) -> Database:
        db = self._db
        if db is None:
            raise LockedError("The practice is locked.", todo="Enter the passphrase.")
        return db

    @property
    def database(self) -> Database:
        """The database, for the other parts of myomap.store."""
        return self._database()

    @property
    def is_locked(self) -> bool:
        """Tell whether it is locked."""
        return self._db is None

    @property
    def name(self) -> str:
        """The practice's name."""
        return self.settings.name

    @property
    def actor(self) -> Practitioner | None:
        """Who is signed in."""
        return self._actor

    @property
    def _by(self) -> str:
        return self._actor.id if self._actor else ""

    @property
    def settings(self) -> PracticeSettings:
        """The practice's settings (read again after each change made here)."""
        held = self._settings
        if held is None or self._db is None:
            with self._database().read() as tx:
                found = shelves.read(tx, Kind.SETTINGS, SETTINGS_ID)[1]
            held = found if isinstance(found, PracticeSettings) else PracticeSettings()
            self._settings = held
        return held

    # -- people ---------------------------------------------------------------------------------
    def sign_in(self, practitioner: str) -> None:
        """Say who works now."""
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            found = shelves.read(tx, Kind.PRACTITIONER, practitioner)[1]
            if not isinstance(found, Practitioner) or found.archived:
                raise NotFoundError("There is no such practitioner.")
            audit_log.append(tx, head, found.id, Deed.SIGNED_IN, found.id)
        self._actor = found

    def practitioners(self, *, archived: bool = False) -> Sequence[Practitioner]:
        """Return the practitioners by name."""
        with self._database().read() as tx:
            bodies = tx.execute(select(rows.practitioner.c.body)).scalars().all()
        found = [msgspec.json.decode(body, type=Practitioner) for body in bodies]
        kept = [each for each in found if archived or not each.archived]
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
            record = self._record(tx, id)
        self._saw(id, f"visit of {record.visit.patient}")
        return record

    @staticmethod
    def _record(tx: Connection, id: str) -> VisitRecord:
        head = shelves.read(tx, Kind.VISIT, id)[1]
        if not isinstance(head, Visit):
            raise NotFoundError("There is no such visit.", todo="Look at the patient’s list again.")
        held = shelves.belongings(tx, id)
        return VisitRecord.of(head, (decode(Kind(kind), body) for kind, _, body in held))

    def course(self, patient: str) -> Sequence[VisitRecord]:
        """Return all visits of a patient, oldest first."""
        with self._database().read() as tx:
            found = [self._record(tx, line.id) for line in reversed(shelves.visit_lines(tx, patient))]
        self._saw(patient, "course")
        return found

    def new_visit(
        self, patient: str, *, on: date | None = None, copy_forward: bool = False, map_version: str = ""
    ) -> VisitRecord:
        """Start a visit."""
        last = None
        if copy_forward:
            with self._database().read() as tx:
                lines = shelves.visit_lines(tx, patient)
                last = self._record(tx, lines[0].id) if lines else None
        day = on or datetime.now(UTC).astimezone().date()
        edit = start_visit(patient, on=day, practitioner=self._by, map_version=map_version, last=last)
        self.apply(edit)
        with self._database().read() as tx:
            return self._record(tx, edit.changes[0].id)

    # -- the one door ---------------------------------------------------------------------------
    def apply(self, edit: Edit) -> Applied:
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
            self._refresh_actor(tx)
            self._may_edit(edit)
            self._carry_out(tx, edit)
            journal.record(tx, edit, self._by)
            audit_log.append(tx, head, self._by, Deed.CHANGED, _subject(edit), edit.label)
        return self._applied(edit)

    def _carry_out(self, tx: Connection, edit: Edit) -> None:
        shelves.guard_signed(tx, edit.changes)
        for each in edit.changes:
            shelves.write(tx, each)

    def _applied(self, edit: Edit) -> Applied:
        self._idle.touch()
        for each in edit.changes:
            if each.kind is Kind.SETTINGS:
                self._settings = None
            if self._actor and each.ref == (Kind.PRACTITIONER, self._actor.id):
                self._actor = each.after if isinstance(each.after, Practitioner) else None
        return Applied(edit, edit.refs)

    def _may_edit(self, edit: Edit) -> None:
        actor = self._actor
        if actor is None:
            raise NotAllowedError("Nobody is signed in.", todo="Choose who you are first.")
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

    def _refresh_actor(self, tx: Connection) -> None:
        """See whether the role of who works here was changed from elsewhere."""
        if self._actor is not None:
            found = shelves.read(tx, Kind.PRACTITIONER, self._actor.id)[1]
            gone = not isinstance(found, Practitioner) or found.archived
            self._actor = None if gone else found  # type: ignore[assignment]

    def undo(self, scope: str) -> Applied | None:
        """Take back the last edit."""
        return self._turn(scope, back=True)

    def redo(self, scope: str) -> Applied | None:
        """Do again what was undone."""
        return self._turn(scope, back=False)

    def _turn(self, scope: str, *, back: bool) -> Applied | None:
        find = journal.last_done if back else journal.first_undone
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            found = find(tx, scope, self._by)
            if found is None:
                return None
            seq, edit = found
            edit = edit.reversed() if back else edit
            self._refresh_actor(tx)
            self._may_edit(edit)
            self._carry_out(tx, edit)
            journal.mark(tx, seq, "undone" if back else "done")
            deed = Deed.UNDID if back else Deed.REDID
            audit_log.append(tx, head, self._by, deed, _subject(edit), edit.label)
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

    def sign(self, visit: str) -> Signature:
        """Sign a visit."""
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            record = self._record(tx, visit)
            # The certification counts as it is kept now, not as it was when the window opened.
            signer = shelves.read(tx, Kind.PRACTITIONER, self._by)[1] if self._actor else None
            signer = signer if isinstance(signer, Practitioner) else None
            reasons = reasons_not_to_sign(record, signer)
            if reasons or signer is None:
                raise SigningError(reasons)
            table = rows.visit
            body = tx.execute(select(table.c.body).where(table.c.id == visit)).scalar_one()
            digest = digest_of(body, shelves.belongings(tx, visit))
            signed_at = datetime.now(UTC)
            made = Signature(signer.id, signed_at, signer.name, signer.licence_number, digest)
            text = msgspec.json.encode(made).decode()
            tx.execute(
                update(table)
                .where(table.c.id == visit, table.c.signature.is_(None))
                .values(
                    signature=text,
                    signed_at=signed_at.isoformat(timespec="microseconds"),
                    version=table.c.version + 1,
                )
            )
            journal.forget_visit(tx, visit)
            audit_log.append(tx, head, signer.id, Deed.SIGNED, visit, text_digest(text))
        return made

    def amend(self, visit: str, *, reason: str, text: str) -> VisitRecord:
        """Add an amendment."""
        actor = self._actor
        if actor is None or actor.role not in MAY_SIGN:
            raise NotAllowedError("Only a clinician can amend a visit.", safe="Nothing was changed.")
        made = Amendment(new_id(), actor.id, actor.name, datetime.now(UTC), reason, text)
        problems = check(made)
        if problems:
            raise RefusedError(Kind.AMENDMENT, problems)
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            record = self._record(tx, visit)
            if not record.visit.is_signed:
                raise SignedError("This visit is not signed yet: change it itself.")
            shelves.write(tx, add(made, visit=visit).changes[0])
            audit_log.append(tx, head, actor.id, Deed.AMENDED, visit, made.id)
        return record.put(made)

    # -- the audit ------------------------------------------------------------------------------
    def note_deed(self, deed: Deed, subject: str, words: str = "") -> None:
        """Write a deed to the audit."""
        with self._database().write() as tx:
            audit_log.append(tx, audit_log.lock(tx), self._by, deed, subject, words)

    def audit(self, *, subject: str = "", limit: int = 1000) -> Sequence[AuditLine]:
        """Return lines of the audit."""
        with self._database().read() as tx:
            return audit_log.lines(tx, [subject] if subject else [], limit)

    def verify_audit(self) -> AuditVerdict:
        """Check every line and signature."""
        with self._database().read() as tx:
            return verifying.verify(tx)

    # -- keeping --------------------------------------------------------------------------------
    def export_patient(self, id: str) -> bytes:
        """Return everything about one patient as JSON."""
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            patient = shelves.read(tx, Kind.PATIENT, id)[1]
            if not isinstance(patient, Patient):
                raise NotFoundError("There is no such patient.")
            records = [self._record(tx, line.id) for line in reversed(shelves.visit_lines(tx, id))]
            lines = audit_log.lines(tx, [id, *(each.visit.id for each in records)], 100_000)
            audit_log.append(tx, head, self._by, Deed.EXPORTED, id, "whole record as JSON")
        return erasing.export(patient, records, lines, self.settings, self.practitioners(archived=True))

    def erase_patient(self, id: str, *, reason: str) -> Erased:
        """Erase a patient for good."""
        self._owner_only("erase a patient")
        years = self.settings.retention_years
        with self._database().write() as tx:
            visits = erasing.erase(tx, audit_log.lock(tx), id, self._by, reason, years)
        return Erased(visits, len(self.backups()))

    def _owner_only(self, what: str) -> None:
        if self._actor is None or self._actor.role is not Role.OWNER:
            raise NotAllowedError(f"Only an owner of the practice may {what}.", safe="Nothing was changed.")

    def _folders(self) -> BackupFolders:
        if self._kept_backups is None:
            raise SaveError("This practice is kept in memory only and has no backups.")
        return self._kept_backups

    def back_up(self, told: Callable[[float], None] | None = None) -> Backup:
        """Make and check a backup now."""
        db = self._database()
        made = self._folders().make(db, self._second_folder(), told)
        if db.is_there():  # a file removed beneath can still be saved, but not written to
            try:
                self.note_deed(Deed.BACKED_UP, "practice", made.folder.name)
            except LockedError:
                self._unnoted.append(made.folder.name)
        return made

    def back_up_if_due(self) -> Backup | None:
        """Back up if it is time."""
        db = self._db
        if db is None or self._kept_backups is None or not self._kept_backups.is_due(db):
            return None
        return self.back_up()

    def stop_backup(self) -> None:
        """End a backup that is being made."""
        if self._kept_backups is not None:
            self._kept_backups.stop()

    def backups(self) -> Sequence[Backup]:
        """Return the backups, newest first."""
        return () if self._kept_backups is None else self._kept_backups.list(self._second_folder())

    def _second_folder(self) -> Path | None:
        named = self.settings.second_backup_folder.strip()
        return Path(named) if named else None

    # -- the lock -------------------------------------------------------------------------------
    def touch(self) -> None:
        """Somebody is there."""
        self._idle.touch()

    def lock_if_idle(self) -> bool:
        """Lock if nobody was there."""
        if not self.is_locked and self._idle.idle_s() >= self.settings.lock_after_minutes * 60:
            self.lock()
        return self.is_locked

    def lock(self) -> None:
        """Lock now."""
        with self._gate:
            db = self._db
            if db is None or self._reopen is None:
                return
            with suppress(RecordsError):  # a full disk must not keep it open
                self.note_deed(Deed.LOCKED, "practice")
            self._db = None
            self._settings = None
            db.close()

    def unlock(self, passphrase: str) -> None:
        """Open the lock."""
        with self._gate:
            if self._db is not None or self._reopen is None:
                return
            self._db = self._reopen(passphrase)
            self._idle.touch()
            self.note_deed(Deed.UNLOCKED, "practice")
            while self._unnoted:
                self.note_deed(Deed.BACKED_UP, "practice", self._unnoted.pop(0))

    def close(self) -> None:
        """Close."""
        self.stop_backup()
        with self._gate:
            db, self._db = self._db, None
            self._settings = None
            if db is not None:
                db.close()


def _subject(edit: Edit) -> str:
    """Return what an edit is about, for the audit: its visit, else the first thing it changes."""
    if edit.scope != PRACTICE_SCOPE:
        return edit.scope
    visits = [each.id for each in edit.changes if each.kind is Kind.VISIT]
    return (visits or [each.id for each in edit.changes] or ["practice"])[0]
