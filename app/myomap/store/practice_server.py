"""A practice on a PostgreSQL server, for more than one machine.

The server's own login guards the connection (TLS to other machines); the practice's passphrase opens
it here as with a file, and its key encrypts the backups, which are SQLCipher files in a local folder.
What the server keeps is as safe as the server's disk: encrypt that (decisions/0006).
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, update

from myomap.records.errors import NotAllowedError
from myomap.records.practice import BackupPreview, Deed, Practice, Upgraded
from myomap.records.values import Paper, Practitioner
from myomap.store import audit_log, key_file, rows, upgrade
from myomap.store.backups import RECORDS, BackupFolders, check_file
from myomap.store.database import Database, safe_url
from myomap.store.dumps import forbid_dumps
from myomap.store.founding import found_practice
from myomap.store.older_file import LastSeen
from myomap.store.practice_folder import NEW_RECOVERY_KEY, PracticeFolder, bring_up_to_date, greet
from myomap.store.practice_store import StoredPractice
from myomap.store.server_copy import fill_server, is_half_made, making


class PracticeServer:
    """Implements records.place.PracticePlace for ``postgresql+psycopg://user@host/name``."""

    def __init__(self, url: str, local: Path) -> None:
        """Take the address and a local folder for backups; RefusedError for one without TLS."""
        forbid_dumps()  # the passphrase comes next
        self._url = url
        self._shown = safe_url(url).render_as_string(hide_password=True)
        self._local = local
        self._upgraded: Upgraded | None = None
        self._attempts = key_file.Attempts(local / "attempts.json" if local.is_dir() else None)

    @property
    def where(self) -> str:
        """The server's address without its password."""
        return self._shown

    def wait_s(self) -> float:
        """Return how long the next try must wait."""
        return self._attempts.wait_s()

    def exists(self) -> bool:
        """Tell whether a practice is on the server; SaveError if it cannot be reached."""
        db = Database.server(self._url)
        try:
            return upgrade.revision(db) is not None and not is_half_made(db)
        finally:
            db.close()

    def create(
        self, passphrase: str, *, name: str, owner: Practitioner, paper: Paper = Paper.A4
    ) -> tuple[StoredPractice, str]:
        """Make a practice on the server."""
        key, recovery = key_file.new_key(), key_file.new_recovery_key()
        text = key_file.KeyText.make(key, passphrase, recovery)
        db = Database.server(self._url)
        try:
            with making(db):
                upgrade.make_schema(db)
                found_practice(db, uuid=text.uuid, key_text=text.text, name=name, owner=owner, paper=paper)
        finally:
            db.close()
        practice = self._opened(self._database(passphrase), text)
        practice.sign_in(owner.id)
        return practice, recovery

    def open(self, passphrase: str) -> StoredPractice:
        """Open with the practice's passphrase or recovery key."""
        db = self._database(passphrase)
        return self._opened(db, _key_text(db))

    def open_with_recovery_key(self, recovery_key: str, new_passphrase: str) -> StoredPractice:
        """Open with the recovery key and set a new passphrase."""
        self._change(recovery_key, new_passphrase, "with the recovery key")
        return self.open(new_passphrase)

    def open_remembered(self) -> StoredPractice | None:
        """Return None: a server's practice is not remembered on this computer."""
        return None

    def can_remember(self) -> bool:
        """Return False: a server's practice is not remembered on this computer."""
        return False

    def remember(self, practice: Practice, on: bool) -> bool:
        """Return False: a server's practice is not remembered on this computer."""
        return False

    def change_passphrase(self, old: str, new: str, *, by: str = "") -> None:
        """Change the passphrase for everybody who uses this server."""
        self._change(old, new, by=by)

    def _change(self, old: str, new: str, words: str = "", by: str = "") -> None:
        key_file.check_passphrase(new)
        self._rewrap(old, lambda text, key: text.with_passphrase(key, new), words, by)

    def new_recovery_key(self, passphrase: str, *, by: str = "") -> str:
        """Make a new recovery key."""
        made = key_file.new_recovery_key()
        self._rewrap(passphrase, lambda text, key: text.with_recovery_key(key, made), NEW_RECOVERY_KEY, by)
        return made

    def _rewrap(
        self, secret: str, change: Callable[[key_file.KeyText, bytes], key_file.KeyText], words: str, by: str
    ) -> None:
        db = self._database(secret)
        try:
            text = change(_key_text(db), db.key)
            with db.write() as tx:
                head = audit_log.lock(tx)
                tx.execute(update(rows.practice).where(rows.practice.c.id == 1).values(key_text=text.text))
                audit_log.append(tx, head, by, Deed.PASSPHRASE_CHANGED, "practice", words)
        finally:
            db.close()

    def preview(self, backup: Path, passphrase: str) -> BackupPreview:
        """Open a backup and tell what is in it."""
        return PracticeFolder(self._local).preview(backup, passphrase)

    def restore(self, backup: Path, passphrase: str) -> StoredPractice:
        """Put a backup (of a server or of a file) into an empty database on the server.

        A practice that is there is left alone: everybody would lose what they wrote since.
        """
        key, text = PracticeFolder(self._local).key_of(backup, passphrase)
        check_file(backup / RECORDS, key)
        source, target = Database.cipher(backup / RECORDS, key, wal=False), Database.server(self._url)
        try:
            if upgrade.revision(target) is not None and not is_half_made(target):
                raise NotAllowedError(
                    "There is a practice on the server: it is not restored over from a workplace.",
                    safe="Nothing was changed.",
                    todo="Name an empty database, or open the backup as a practice on this machine.",
                )
            fill_server(source, target, text.text, text.uuid)
        finally:
            source.close()
            target.close()
        practice = self.open(passphrase)
        practice.note_deed(Deed.RESTORED, "practice", backup.name)
        return practice

    def _database(self, secret: str) -> Database:
        db = Database.server(self._url)
        try:
            found = upgrade.revision(db)
            upgrade.refuse_newer(found)
            key = self._attempts.open(_key_text(db), secret)
            db.key = key
            if found != upgrade.HEAD:
                text = _key_text(db)
                folders = BackupFolders(self._local / "backups", text.uuid, text.text)
                self._upgraded = bring_up_to_date(db, str(found), folders)
        except BaseException:
            db.close()
            raise
        return db

    def _opened(self, db: Database, text: key_file.KeyText) -> StoredPractice:
        backups = BackupFolders(self._local / "backups", text.uuid, text.text)
        practice = StoredPractice(
            db,
            uuid=text.uuid,
            backups=backups,
            reopen=self._database,
            prove_recovery=self._prove_recovery,
            upgraded=self._upgraded,
            waiting=self._local.parent,
            last_seen=LastSeen(self._local, text.uuid),
        )
        greet(practice)
        self._upgraded = None
        return practice

    def _prove_recovery(self, typed: str) -> None:
        db = Database.server(self._url)
        try:
            self._attempts.prove_recovery(_key_text(db), typed)
        finally:
            db.close()


def _key_text(db: Database) -> key_file.KeyText:
    with db.read() as tx:
        return key_file.KeyText(tx.execute(select(rows.practice.c.key_text)).scalar_one(), "on the server")
