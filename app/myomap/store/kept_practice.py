"""A practice that is open or locked: its database, who works, PINs, the audit, backups and the lock."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from myomap.records.errors import (
    LockedError,
    NotAllowedError,
    NotFoundError,
    PinError,
    RecordsError,
    SaveError,
)
from myomap.records.idle import IdleClock
from myomap.records.practice import WITH_PIN, AuditLine, AuditVerdict, Backup, Deed, Upgraded
from myomap.records.values import Kind, PracticeSettings, Practitioner, Role
from myomap.store import audit_log, pins, shelves, verifying
from myomap.store.backups import BackupFolders
from myomap.store.database import Database
from myomap.store.older_file import LastSeen
from myomap.store.waiting_room import SealedRoom

SETTINGS_ID = "practice"


def settings_of(tx: Connection) -> PracticeSettings:
    """Return the practice's settings as they are kept now."""
    found = shelves.read(tx, Kind.SETTINGS, SETTINGS_ID)[1]
    return found if isinstance(found, PracticeSettings) else PracticeSettings()


class KeptPractice:
    """The part of a practice that knows no patient. Safe to use from several threads."""

    def __init__(
        self,
        db: Database,
        *,
        uuid: str,
        backups: BackupFolders | None = None,
        reopen: Callable[[str], Database] | None = None,
        idle: IdleClock | None = None,
        prove_recovery: Callable[[str], None] | None = None,
        upgraded: Upgraded | None = None,
        waiting: Path | None = None,
        last_seen: LastSeen | None = None,
    ) -> None:
        """Take an open database of the current schema.

        ``backups``: where backups go, None for none (the demo). ``reopen`` opens the database again
        for a passphrase, after the lock; None for a practice that needs none. ``prove_recovery``
        raises PassphraseError for anything but the recovery key. ``waiting``: the folder in which what
        cannot be saved yet is kept, None for nowhere. ``last_seen`` knows how far it was when it was open here last.
        """
        self._db: Database | None = db
        self.uuid = uuid
        self._kept_backups = backups
        self._reopen = reopen
        self._idle = idle or IdleClock()
        self._actor: Practitioner | None = None
        self._were_here: set[str] = set()
        """Who has been signed in to this open practice: what they made and could not save is still theirs."""
        self._settings: PracticeSettings | None = None
        self._looked: dict[tuple[str, str, str], float] = {}
        self._gate = threading.RLock()
        self._tries = pins.PinTries()
        self._prove_recovery = prove_recovery
        self.upgraded = upgraded
        self._waiting = waiting
        self._room: SealedRoom | None = None
        self._last_seen = last_seen
        self.cautions: Sequence[RecordsError] = ()
        self.is_older = False
        """These are not the records that were closed here last."""
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
                held = settings_of(tx)
            self._settings = held
        return held

    def look_again(self) -> PracticeSettings:
        """Read the settings anew."""
        self._settings = None
        return self.settings

    def look_whether_older(self) -> None:
        """See whether these records are those that were closed here last; asked before anything is written."""
        if self._last_seen is not None:
            with self._database().read() as tx:
                self.is_older = bool(self._last_seen.older(tx))
                self.cautions = self._last_seen.cautions(tx)

    def cautions_said(self) -> None:
        """Somebody has read them: from now on these records are what was open here last."""
        self.cautions = ()
        self.note_how_far()

    def note_how_far(self) -> None:
        """Remember how far the records are, for the next opening here; not before somebody knows of what is odd."""
        db = self._db
        if self._last_seen is not None and db is not None and db.is_there() and not self.cautions:
            with suppress(RecordsError), db.read() as tx:
                self._last_seen.note(tx)

    # -- who works ------------------------------------------------------------------------------
    def sign_in(self, practitioner: str, pin: str = "") -> None:
        """Say who works now."""
        proof = self._tries.prove(self._database(), practitioner, pin, self._by)
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            found = shelves.read(tx, Kind.PRACTITIONER, practitioner)[1]
            if not isinstance(found, Practitioner) or found.archived:
                raise NotFoundError("There is no such practitioner.")
            words = (WITH_PIN if proof else "", audit_log.login(tx))
            audit_log.append(tx, head, found.id, Deed.SIGNED_IN, found.id, ", ".join(filter(None, words)))
        self._actor = found
        self._were_here.add(found.id)

    def _refresh_actor(self, tx: Connection) -> None:
        """See whether the role of who works here was changed from elsewhere."""
        if self._actor is not None:
            found = shelves.read(tx, Kind.PRACTITIONER, self._actor.id)[1]
            gone = not isinstance(found, Practitioner) or found.archived
            self._actor = None if gone else found  # type: ignore[assignment]

    def _owner_only(self, what: str) -> None:
        if self._actor is None or self._actor.role is not Role.OWNER:
            raise NotAllowedError(f"Only an owner of the practice may {what}.", safe="Nothing was changed.")

    # -- PINs -----------------------------------------------------------------------------------
    @property
    def needs_pin(self) -> bool:
        """Tell whether the person signed in has a PIN."""
        return self.has_pin(self._by)

    def has_pin(self, practitioner: str) -> bool:
        """Tell whether a person has a PIN."""
        with self._database().read() as tx:
            return bool(pins.held(tx, practitioner))

    def set_pin(self, new: str, old: str = "") -> None:
        """Set, change or take away the PIN of the person signed in."""
        actor = self._actor
        if actor is None:
            raise NotAllowedError("Nobody is signed in.", todo="Choose who you are first.")
        hashed = pins.make_hash(new) if new else ""
        proof = self._prove(old)
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            self._still_proved(tx, proof)
            pins.write(tx, actor.id, hashed)
            deed = Deed.PIN_SET if hashed else Deed.PIN_REMOVED
            audit_log.append(tx, head, actor.id, deed, actor.id)

    def remove_pin(self, practitioner: str, *, pin: str = "", recovery_key: str = "") -> None:
        """Take away a PIN that was forgotten."""
        if recovery_key:
            if self._prove_recovery is None:
                raise NotAllowedError("This practice has no recovery key.", safe="Nothing was changed.")
            self._prove_recovery(recovery_key)
        else:
            self._owner_only("take away another person’s PIN")
            self._prove(pin)
        with self._database().write() as tx:
            head = audit_log.lock(tx)
            if not recovery_key:
                self._refresh_actor(tx)
                self._owner_only("take away another person’s PIN")
            pins.write(tx, practitioner, "")
            words = "with the recovery key" if recovery_key else ""
            audit_log.append(tx, head, self._by, Deed.PIN_REMOVED, practitioner, words)

    def _prove(self, pin: str) -> str:
        return self._tries.prove(self._database(), self._by, pin, self._by)

    def _still_proved(self, tx: Connection, proof: str) -> None:
        if pins.held(tx, self._by) != proof:
            raise PinError("The PIN was changed meanwhile.", is_missing=True)

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

    # -- what waits -----------------------------------------------------------------------------
    def waiting_room(self) -> SealedRoom | None:
        """Return where changes wait that cannot be saved."""
        with self._gate:
            if self._room is None and self._waiting is not None:
                db = self._database()
                self._room = SealedRoom(self._waiting, self.uuid, db.key, reserve=db.path is not None)
            return self._room

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
            self._let_go_of(db)
            self._db = None
            self._settings = None
            db.close()

    def unlock(self, passphrase: str) -> None:
        """Open the lock."""
        with self._gate:
            if self._db is not None or self._reopen is None:
                return
            db = self._db = self._reopen(passphrase)
            try:
                self._greet_again()
            except (
                BaseException
            ):  # it stays locked: the next try must not find it open, whatever is typed then
                self._db = self._settings = None
                db.close()
                raise

    def _greet_again(self) -> None:
        self.look_whether_older()
        if self._actor is not None and self.needs_pin:
            self._actor = None  # the passphrase is everybody's: who came back says it with the PIN
        self._idle.touch()
        self.note_deed(Deed.UNLOCKED, "practice")
        while self._unnoted:
            self.note_deed(Deed.BACKED_UP, "practice", self._unnoted[0])
            self._unnoted.pop(0)

    def close(self) -> None:
        """Close."""
        self.stop_backup()
        with self._gate:
            if self._db is not None:
                self._let_go_of(self._db)
            db, self._db = self._db, None
            self._settings = None
            if db is not None:
                db.close()

    def _let_go_of(self, db: Database) -> None:
        self._rescue(db)
        if db.path is not None:  # a server that is away is not waited for
            self.note_how_far()

    def _rescue(self, db: Database) -> None:
        """Back up a file that was removed or replaced beneath us: once it is closed, nobody can read it again."""
        if self._kept_backups is not None and not db.is_there():
            second: Path | None = None
            with suppress(RecordsError):
                second = self._second_folder()
            with suppress(RecordsError):
                self._kept_backups.make(db, second)
