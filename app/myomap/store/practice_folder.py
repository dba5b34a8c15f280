"""A practice in a folder on this machine: opening, making, keys, restore.

The folder holds ``records.db`` (SQLCipher), ``key.json`` (the wrapped key), ``backups/`` and, after a
wrong passphrase, ``attempts.json``. Nothing in it is readable without the passphrase or recovery key
but the file's names and times.
"""

import base64
import logging
from contextlib import suppress
from pathlib import Path

from sqlalchemy import func, select

from myomap.records.errors import NotAllowedError, PracticeFileError, RecordsError, SaveError
from myomap.records.practice import Backup, BackupPreview, Deed, Practice, Upgraded
from myomap.records.values import Kind, Paper, PracticeSettings, Practitioner
from myomap.store import (
    audit_log,
    journal,
    key_file,
    restoring,
    rows,
    server_roles,
    shelves,
    upgrade,
    verifying,
)
from myomap.store.backups import KEY, RECORDS, BackupFolders, backups_in, check_file
from myomap.store.database import Database
from myomap.store.dumps import forbid_dumps
from myomap.store.founding import MAKING, MAKING_KEY, clear_half_made, found_practice, is_half_made
from myomap.store.kept_practice import SETTINGS_ID
from myomap.store.older_file import LastSeen
from myomap.store.people import sole_person
from myomap.store.practice_store import StoredPractice
from myomap.store.safe_files import sync_folder, write_whole

log = logging.getLogger(__name__)

#: Said in the audit where not the passphrase was changed.
NEW_RECOVERY_KEY = "a new recovery key"

SERVICE = "myomap"


class PracticeFolder:
    """Implements records.place.PracticePlace for a folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, and finish a restore into it that was cut short; else nothing is read or made yet."""
        forbid_dumps()  # the passphrase comes next
        self.folder = folder
        self._upgraded: Upgraded | None = None
        restoring.finish(folder)
        self._attempts = key_file.Attempts(folder / "attempts.json")

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def _records(self) -> Path:
        return self.folder / RECORDS

    @property
    def _key(self) -> Path:
        return self.folder / KEY

    def exists(self) -> bool:
        """Tell whether a practice is there, whole or not."""
        try:
            return (self._records.exists() or self._key.exists()) and not is_half_made(self.folder)
        except OSError as error:
            raise SaveError(f"The folder {self.folder} cannot be reached ({error.strerror}).") from error

    def wait_s(self) -> float:
        """Return how long the next try must wait."""
        return self._attempts.wait_s()

    # -- making and opening ---------------------------------------------------------------------
    def create(
        self, passphrase: str, *, name: str, owner: Practitioner, paper: Paper = Paper.A4
    ) -> tuple[StoredPractice, str]:
        """Make a practice; return it and the recovery key."""
        if self.exists():
            raise PracticeFileError(
                f"There is a practice in {self.folder} already.", safe="It was not touched.", todo="Open it."
            )
        key, recovery = key_file.new_key(), key_file.new_recovery_key()
        text = key_file.KeyText.make(key, passphrase, recovery)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            clear_half_made(self.folder)
            making, making_key = self.folder / MAKING, self.folder / MAKING_KEY
            db = Database.cipher(making, key, create=True)
            try:
                upgrade.make_schema(db)
                found_practice(db, uuid=text.uuid, key_text="", name=name, owner=owner, paper=paper)
            finally:
                db.close()
            write_whole(making_key, text.text.encode())
            making.rename(self._records)
            making_key.rename(self._key)
            sync_folder(self.folder)
        except OSError as error:
            raise SaveError(
                f"No practice could be made in {self.folder} ({error.strerror}).",
                todo="Choose a folder that can be written.",
            ) from error
        practice = self._opened(key, text)
        practice.sign_in(owner.id)
        return practice, recovery

    def open(self, passphrase: str) -> StoredPractice:
        """Open with the passphrase (or the recovery key)."""
        text = self._key_text()
        return self._opened(self._attempts.open(text, passphrase), text)

    def open_with_recovery_key(self, recovery_key: str, new_passphrase: str) -> StoredPractice:
        """Open with the recovery key and set a new passphrase."""
        key_file.check_passphrase(new_passphrase)
        text = self._key_text()
        key = self._attempts.open(text, recovery_key)
        practice = self._opened(key, text)
        try:
            self._rewrap(practice, text.with_passphrase(key, new_passphrase), "with the recovery key")
        except BaseException:
            practice.close()
            raise
        return practice

    def open_remembered(self) -> StoredPractice | None:
        """Open with the key in the keyring, if it is there and fits."""
        text = self._key_text()
        key = _from_keyring(text.uuid)
        if key is None:
            return None
        try:
            return self._opened(key, text)
        except PracticeFileError:
            log.warning("the key in the keyring does not open the practice")
            return None

    def can_remember(self) -> bool:
        """Tell whether this computer has a keyring that encrypts."""
        return _has_keyring()

    def remember(self, practice: Practice, on: bool) -> bool:
        """Put the key into the keyring, or take it out; False where that cannot be."""
        if not isinstance(practice, StoredPractice):
            return False
        return _to_keyring(practice.uuid, practice.database.key if on else None)

    def change_passphrase(self, old: str, new: str, *, by: str = "") -> None:
        """Change the passphrase."""
        key_file.check_passphrase(new)
        text = self._key_text()
        key = self._attempts.open(text, old)
        self._rewrap_shut(key, text, text.with_passphrase(key, new), by=by)

    def new_recovery_key(self, passphrase: str, *, by: str = "") -> str:
        """Make a new recovery key."""
        text = self._key_text()
        key = self._attempts.open(text, passphrase)
        made = key_file.new_recovery_key()
        self._rewrap_shut(key, text, text.with_recovery_key(key, made), NEW_RECOVERY_KEY, by)
        return made

    def _rewrap_shut(
        self, key: bytes, text: key_file.KeyText, new: key_file.KeyText, words: str = "", by: str = ""
    ) -> None:
        practice = self._opened(key, text)
        try:
            self._rewrap(practice, new, words, by)
        finally:
            practice.close()

    def _rewrap(self, practice: StoredPractice, text: key_file.KeyText, words: str, by: str = "") -> None:
        """Save the key file anew, but first that it is done: the audit misses no change for want of room."""

        def note(said: str) -> None:
            with practice.database.write() as tx:
                who = by or (practice.actor.id if practice.actor is not None else "")
                audit_log.append(tx, audit_log.lock(tx), who, Deed.PASSPHRASE_CHANGED, "practice", said)

        note(words)
        try:
            write_whole(self._key, text.text.encode())
        except OSError as error:
            with suppress(RecordsError):
                note("could not be saved: what opened it before still does")
            raise SaveError(
                f"The practice’s key could not be saved anew ({error.strerror}).",
                safe="What opened the practice before still opens it.",
            ) from error

    def _key_text(self) -> key_file.KeyText:
        if not self.exists():
            raise PracticeFileError(
                f"There is no practice in {self.folder}.", todo="Make one, or choose its folder."
            )
        for path, what in ((self._key, "key"), (self._records, "records")):
            if not path.is_file():
                raise PracticeFileError(
                    f"The {what} of the practice ({path}) is missing.",
                    safe="What is left was not touched.",
                    todo="Put it back from the newest backup.",
                )
        return key_file.KeyText(self._key.read_text("utf-8", errors="replace"), str(self._key))

    def _opened(self, key: bytes, text: key_file.KeyText) -> StoredPractice:
        db = self._database(key, text)
        backups = BackupFolders(self.folder / "backups", text.uuid, text.text, self._key)
        practice = StoredPractice(
            db,
            uuid=text.uuid,
            backups=backups,
            reopen=self._reopen,
            prove_recovery=lambda typed: self._attempts.prove_recovery(self._key_text(), typed),
            upgraded=self._upgraded,
            waiting=self.folder.parent,
            last_seen=LastSeen(self.folder, text.uuid),
        )
        greet(practice)
        self._upgraded = None
        return practice

    def _reopen(self, passphrase: str) -> Database:
        text = self._key_text()
        return self._database(self._attempts.open(text, passphrase), text)

    def _database(self, key: bytes, text: key_file.KeyText) -> Database:
        db = Database.cipher(self._records, key)
        try:
            found = upgrade.revision(db)
            upgrade.refuse_newer(found)
            if found != upgrade.HEAD:
                folders = BackupFolders(self.folder / "backups", text.uuid, text.text, self._key)
                self._upgraded = bring_up_to_date(db, str(found), folders)
        except BaseException:
            db.close()
            raise
        return db

    # -- backups --------------------------------------------------------------------------------
    def preview(self, backup: Path, passphrase: str) -> BackupPreview:
        """Open a backup and tell what is in it."""
        found = next((each for each in backups_in(backup.parent) if each.folder.name == backup.name), None)
        if found is None:
            raise PracticeFileError(f"{backup} is not a backup of Myomap.", todo="Choose another.")
        return _preview(found, self.key_of(backup, passphrase)[0])

    def key_of(self, backup: Path, passphrase: str) -> tuple[bytes, key_file.KeyText]:
        """Return the key of a backup, and the file that holds it; PassphraseError, PracticeFileError."""
        path = backup / KEY
        if not path.is_file() or not (backup / RECORDS).is_file():
            raise PracticeFileError(f"The backup {backup} is not whole.", todo="Choose another.")
        text = key_file.KeyText(path.read_text("utf-8", errors="replace"), str(path))
        return self._attempts.open(text, passphrase), text

    def restore(self, backup: Path, passphrase: str) -> StoredPractice:
        """Put a backup in place; what was there becomes a backup ``before-restore-…``."""
        key, _ = self.key_of(backup, passphrase)
        try:
            noted = restoring.put_in_place(self.folder, backup, key)
        except OSError as error:
            raise SaveError(
                f"The backup could not be put in place ({error.strerror}).",
                safe="The practice and the backup are as they were.",
                todo="Free space and try again.",
            ) from error
        self._attempts = key_file.Attempts(self.folder / "attempts.json")
        try:
            LastSeen(self.folder, self._key_text().uuid).forget()
            practice = self._opened(key, self._key_text())
            if not noted:
                practice.note_deed(Deed.RESTORED, "practice", backup.name)
        except SaveError as error:
            raise SaveError(
                f"The backup is in place, but it could not be opened: {error.what}",
                safe="What was there before is kept as a backup.",
                todo=f"{error.todo} Then open it with the passphrase of the backup’s time.".strip(),
            ) from error
        return practice


def greet(practice: StoredPractice) -> None:
    """Write to the audit that the practice was opened, forget old edits, sign in who works alone.

    A practice of which that cannot be written (full disk) is closed again.
    """
    try:
        practice.look_whether_older()
        with practice.database.write() as tx:
            older = "not what was open here last" if practice.is_older else ""
            audit_log.append(tx, audit_log.lock(tx), "", Deed.UNLOCKED, "practice", older)
            alone = sole_person(tx)
        with suppress(NotAllowedError), practice.database.write() as tx:  # a reader's login may not
            audit_log.lock(tx)
            journal.prune(tx)
        if alone:
            practice.sign_in(alone)
        practice.note_how_far()
    except BaseException:
        practice.close()
        raise


def bring_up_to_date(db: Database, found: str, folders: BackupFolders) -> Upgraded:
    """Back up, then run the steps that are missing; if the backup fails, nothing is changed."""
    if db.dialect == "postgresql":
        server_roles.check_may_upgrade(db)
    try:
        backup = folders.make(db, None).folder
    except RecordsError as error:
        kind = PracticeFileError if isinstance(error, PracticeFileError) else SaveError
        raise kind(
            f"This practice must be brought up to date first, and no backup of it could be made: {error.what}",
            safe="Nothing was changed.",
            todo=error.todo,
        ) from error
    upgrade.upgrade(db)
    with db.write() as tx:
        if db.dialect == "postgresql":
            server_roles.renew(tx)
        words = f"{found} to {upgrade.HEAD}, backup {backup.name}"
        audit_log.append(tx, audit_log.lock(tx), "", Deed.UPGRADED, "practice", words)
    return Upgraded(found, upgrade.HEAD, backup)


def _preview(backup: Backup, key: bytes) -> BackupPreview:
    counts = check_file(backup.folder / RECORDS, key)
    db = Database.cipher(backup.folder / RECORDS, key, wal=False)
    try:
        with db.read() as tx:
            settings = shelves.read(tx, Kind.SETTINGS, SETTINGS_ID)[1]
            last = tx.execute(select(func.max(rows.audit.c.seq))).scalar()
            lines = audit_log.lines(tx, [], 1) if last else []
            verdict = verifying.verify(tx)
    finally:
        db.close()
    return BackupPreview(
        backup,
        settings.name if isinstance(settings, PracticeSettings) else "",
        counts["patient"],
        counts["visit"],
        lines[0].at if lines else None,
        verdict,
    )


def _has_keyring() -> bool:
    """Tell whether there is a keyring; one that writes plain text (priority below 1) is none."""
    try:
        import keyring

        return bool(keyring.get_keyring().priority >= 1)
    except Exception as error:
        log.info("no keyring (%s)", type(error).__name__)
        return False


def _from_keyring(uuid: str) -> bytes | None:
    try:
        import keyring

        kept = keyring.get_password(SERVICE, uuid)
        key = base64.b64decode(kept) if kept else None
    except Exception as error:  # a keyring can fail in any way; the passphrase always works
        log.info("no keyring (%s)", type(error).__name__)
        return None
    return key if key is not None and len(key) == 32 else None


def _to_keyring(uuid: str, key: bytes | None) -> bool:
    try:
        import keyring

        if key is not None and not _has_keyring():
            return False
        if key is not None:
            keyring.set_password(SERVICE, uuid, base64.b64encode(key).decode())
        elif keyring.get_password(SERVICE, uuid) is not None:
            keyring.delete_password(SERVICE, uuid)
    except Exception as error:
        log.info("no keyring (%s)", type(error).__name__)
        return False
    return True


__all__ = ["PracticeFolder", "bring_up_to_date", "greet"]
