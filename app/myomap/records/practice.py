"""The ports that the window and the command line use; myomap.store implements them.

Everything raises RecordsError subclasses (records.errors) with words for people. All methods may be
called from any thread. Times are UTC with a zone; a visit's ``on`` is the local day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from myomap.records.edits import Edit, Ref
from myomap.records.errors import RecordsError, SaveError
from myomap.records.values import (
    Kind,
    Patient,
    PracticeSettings,
    Practitioner,
    Signature,
    Value,
    VisitRecord,
)
from myomap.records.waiting import Left, WaitingRoom

if TYPE_CHECKING:  # arrays: the window is painted before they are imported
    from myomap.records.group import GroupDrawing, Painted, Wanted

#: Stands in the name of a practice to look around in and of each of its patients: on every page, in every file.
INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class PatientLine:
    """A row of the patient list."""

    id: str
    name: str
    birth_date: date | None
    number: str
    archived: bool
    last_visit: date | None


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A row of a patient's visits, newest first."""

    id: str
    on: date
    practitioner: str
    reason: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What an edit (or undo, redo) did: the edit as it was carried out, and what to draw again."""

    edit: Edit
    refs: frozenset[Ref]


class Deed(StrEnum):
    """What somebody did with records, for the audit."""

    UNLOCKED = "unlocked"
    LOCKED = "locked"
    SIGNED_IN = "signed_in"
    SAW = "saw"
    CHANGED = "changed"
    UNDID = "undid"
    REDID = "redid"
    SIGNED = "signed"
    AMENDED = "amended"
    EXPORTED = "exported"
    PRINTED = "printed"
    SHOWED = "showed"
    """On the patient's screen."""
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    ERASED = "erased"
    PASSPHRASE_CHANGED = "passphrase_changed"
    CREATED = "created"
    UPGRADED = "upgraded"
    PIN_SET = "pin_set"
    PIN_REMOVED = "pin_removed"
    PIN_WRONG = "pin_wrong"


#: Begins the words of a signing in that was proved by the person's own PIN.
WITH_PIN = "with PIN"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the audit. ``subject`` is ids only, ``words`` never hold anything of a patient."""

    seq: int
    at: datetime
    actor: str
    deed: Deed
    subject: str
    words: str
    digest: str


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What verifying the audit found: nothing, or sentences about each fault."""

    lines: int
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether no line was changed, removed or moved."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: a folder with the same files as a practice."""

    folder: Path
    made_at: datetime
    size: int
    trouble: SaveError | None = None
    """Of a backup that was just made: why the second folder could not take it. It is whole all the same."""


@dataclass(frozen=True, slots=True)
class BackupPreview:
    """What a restore would bring back, told from the opened backup."""

    backup: Backup
    practice: str
    patients: int
    visits: int
    last_change: datetime | None
    audit: AuditVerdict


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing a patient took away, and until when backups may still hold it."""

    visits: int
    backups_with_it: int


@dataclass(frozen=True, slots=True)
class Upgraded:
    """That a practice was brought up to date when it was opened, and the backup of how it was before."""

    step_from: str
    step_to: str
    backup: Path


class Practice(Protocol):
    """An open practice."""

    uuid: str
    """Tells one practice from another; holds nothing of anybody."""
    cautions: Sequence[RecordsError]
    """What somebody must know of the file before they go on: it is an older one, or there are two."""

    @property
    def name(self) -> str:
        """The practice's name, empty if not set."""
        ...

    @property
    def is_locked(self) -> bool:
        """Tell whether it is locked; everything but ``unlock`` and ``close`` raises LockedError then."""
        ...

    @property
    def actor(self) -> Practitioner | None:
        """Who is signed in, None before the first practitioner is."""
        ...

    @property
    def settings(self) -> PracticeSettings:
        """The practice's settings."""
        ...

    def cautions_said(self) -> None:
        """Somebody has read the cautions: they need not be told again."""
        ...

    def look_again(self) -> PracticeSettings:
        """Read the settings anew: another window or machine may have changed them."""
        ...

    @property
    def upgraded(self) -> Upgraded | None:
        """What was done to bring it up to date when it was opened, None if nothing: say it once."""
        ...

    # -- people ---------------------------------------------------------------------------------
    def sign_in(self, practitioner: str, pin: str = "") -> None:
        """Say who works now; checked for every change, written to the audit. PinError."""
        ...

    @property
    def needs_pin(self) -> bool:
        """Tell whether the person signed in has a PIN: ask for it before ``sign`` and ``amend``."""
        ...

    def has_pin(self, practitioner: str) -> bool:
        """Tell whether a person has a PIN; without one whoever has the passphrase can work as them."""
        ...

    def set_pin(self, new: str, old: str = "") -> None:
        """Set, change or (``new`` empty) take away the PIN of the person signed in.

        PinError for a wrong ``old``, RefusedError for a PIN that cannot be.
        """
        ...

    def remove_pin(self, practitioner: str, *, pin: str = "", recovery_key: str = "") -> None:
        """Take away a PIN that was forgotten: an owner with their own ``pin``, or with the recovery key.

        NotAllowedError, PinError, PassphraseError.
        """
        ...

    def practitioners(self, *, archived: bool = False) -> Sequence[Practitioner]:
        """Return the practitioners by name."""
        ...

    def search(self, text: str = "", *, archived: bool = False, limit: int = 50) -> Sequence[PatientLine]:
        """Find patients by the beginnings of name words, file number or birth date (1980-05)."""
        ...

    def count_patients(self) -> int:
        """Return how many patients there are, archived ones too."""
        ...

    def patient(self, id: str) -> Patient:
        """Open a patient (audited); NotFoundError."""
        ...

    # -- visits ---------------------------------------------------------------------------------
    def visits(self, patient: str) -> Sequence[VisitLine]:
        """Return a patient's visits, newest first."""
        ...

    def visit(self, id: str) -> VisitRecord:
        """Open a visit with everything in it (audited); NotFoundError."""
        ...

    def course(self, patient: str) -> Sequence[VisitRecord]:
        """Return all visits of a patient with everything in them, oldest first (audited once)."""
        ...

    def drawings(
        self,
        wanted: "Wanted",
        painted: "Painted",
        *,
        told: Callable[[int, int], object] = lambda _done, _of: None,
    ) -> "Iterator[GroupDrawing]":
        """Return the drawings of a group, all of a patient's together (audited once).

        Read a little at a time, on the thread that asks; ``told`` hears (done, of), and may raise to stop.
        """
        ...

    def new_visit(
        self, patient: str, *, on: date | None = None, copy_forward: bool = False, map_version: str = ""
    ) -> VisitRecord:
        """Start a visit; with ``copy_forward`` findings, exercises and plan come along, marked carried."""
        ...

    # -- the one door ---------------------------------------------------------------------------
    def apply(self, edit: Edit, *, by: str = "") -> Applied:
        """Check, carry out and save an edit in one transaction.

        ``by``: who made it, where that is not who is signed in now: it had to wait (full disk) and is still
        theirs. Only for who was signed in here.

        RefusedError (a sentence for each field), ConflictError (with both values), SignedError,
        NotAllowedError, SaveError; then nothing was changed.
        """
        ...

    def undo(self, scope: str, *, by: str = "") -> Applied | None:
        """Take back this person's last edit in the scope (a visit's id or ``practice``), None if none.

        ``by`` as in ``apply``.
        """
        ...

    def redo(self, scope: str, *, by: str = "") -> Applied | None:
        """Do again what undo took back, None if there is nothing."""
        ...

    def undo_label(self, scope: str) -> str:
        """Return the label of what undo would take back, empty if nothing."""
        ...

    def redo_label(self, scope: str) -> str:
        """Return the label of what redo would do, empty if nothing."""
        ...

    def current(self, kind: Kind, id: str, owner: str = "") -> Value | None:
        """Return what is kept now (not audited: for comparing after a conflict).

        ``owner`` is the visit, for what belongs to one.
        """
        ...

    def history(self, scope: str) -> Sequence[tuple[datetime, str, str]]:
        """Return when, who (practitioner id) and label of each edit in the scope, oldest first."""
        ...

    # -- signing --------------------------------------------------------------------------------
    def sign(self, visit: str, pin: str = "", *, seen: VisitRecord | None = None) -> Signature:
        """Sign as the person signed in; SigningError with the reasons if it cannot be, PinError.

        ``seen`` is the visit as it stands before whoever signs: what they have not seen is not signed.
        """
        ...

    def reasons_not_to_sign(self, record: VisitRecord) -> tuple[str, ...]:
        """Return why the person signed in cannot sign this visit as it is; empty if they can."""
        ...

    def amend(self, visit: str, *, reason: str, text: str, pin: str = "") -> VisitRecord:
        """Add an amendment to a signed visit; the first text stays as it is. PinError."""
        ...

    # -- the audit ------------------------------------------------------------------------------
    def note_deed(self, deed: Deed, subject: str, words: str = "") -> None:
        """Write to the audit that something was exported, printed or shown."""
        ...

    def audit(self, *, subject: str = "", limit: int = 1000) -> Sequence[AuditLine]:
        """Return lines of the audit, newest first, about a subject if one is given."""
        ...

    def verify_audit(self) -> AuditVerdict:
        """Check every line and signature."""
        ...

    # -- keeping --------------------------------------------------------------------------------
    def export_patient(self, id: str) -> bytes:
        """Return everything about one patient as readable JSON (audited)."""
        ...

    def erase_patient(self, id: str, *, reason: str) -> Erased:
        """Erase a patient for good; RetentionError while the record must be kept. Owners only."""
        ...

    def back_up(self, told: Callable[[float], None] | None = None) -> Backup:
        """Make, open and check a backup now; SaveError. Show the ``trouble`` of what it returns.

        Call it on a thread of its own: saving and reading go on meanwhile. ``told`` is called on that
        thread with how far it is (0-1). Locking does not end it, closing does (BackupStoppedError).
        """
        ...

    def back_up_if_due(self) -> Backup | None:
        """Back up if something changed and the last one is 30 minutes old; call it from a timer.

        As ``back_up``, on a thread of its own; None where it is not due.
        """
        ...

    def stop_backup(self) -> None:
        """Have a backup that is being made end, and wait for that; nothing of it is left."""
        ...

    def backups(self) -> Sequence[Backup]:
        """Return the backups, newest first, of the own and the second folder."""
        ...

    # -- what waits -----------------------------------------------------------------------------
    def waiting_room(self) -> WaitingRoom | None:
        """Return where this window's changes wait, encrypted, while they cannot be saved; None where nowhere."""
        ...

    def left_behind(self) -> Left:
        """Read and hold what programs that ended could not save; ``apply`` takes its authors as signed in here."""
        ...

    # -- the lock -------------------------------------------------------------------------------
    def touch(self) -> None:
        """Say that somebody is there (mouse, key)."""
        ...

    def lock_if_idle(self) -> bool:
        """Lock if nobody was there for the set minutes of wall-clock time; tell whether it is locked."""
        ...

    def lock(self) -> None:
        """Lock now: the key is forgotten, nothing can be read until ``unlock``."""
        ...

    def unlock(self, passphrase: str) -> None:
        """Open the lock; PassphraseError with the seconds to wait."""
        ...

    def close(self) -> None:
        """Save, forget the key and close."""
        ...


__all__ = [
    "INVENTED",
    "WITH_PIN",
    "Applied",
    "AuditLine",
    "AuditVerdict",
    "Backup",
    "BackupPreview",
    "Deed",
    "Erased",
    "PatientLine",
    "Practice",
    "Upgraded",
    "VisitLine",
]
