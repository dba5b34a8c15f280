"""Backups: each is a folder with the same files as a practice, encrypted with the same key.

So a backup is opened as a practice is, with the passphrase of its time, and its check is opening it.
``manifest.json`` beside the files holds counts and a checksum, nothing of a patient.
"""

import errno
import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from myomap.records.errors import (
    BackupStoppedError,
    LockedError,
    PracticeFileError,
    RecordsError,
    SaveError,
    ServerAwayError,
    ServerRefusedError,
)
from myomap.records.practice import Backup, Deed
from myomap.store import rows
from myomap.store.database import Database, cipher_connection, file_error
from myomap.store.key_file import KeyText
from myomap.store.safe_files import sync_file, sync_folder, write_whole
from myomap.store.server_copy import copy_tables

log = logging.getLogger(__name__)

RECORDS, KEY, MANIFEST = "records.db", "key.json", "manifest.json"
#: Begins the names of what a restore put aside; never thinned.
ASIDE_PREFIX = "before-restore-"
APART = timedelta(minutes=30)
LEFTOVER_S = 6 * 3600
#: So much two machines' clocks may differ.
FAST = timedelta(hours=1)
#: Pages that are copied between two looks at whether to stop (16 MB).
PAGES = 4000
DAYS, WEEKS, MONTHS = 12, 10, 9
#: Is told how far a backup is, 0-1.
Told = Callable[[float], None]
#: Deeds that change nothing worth a new backup.
_IDLE = [
    deed.value
    for deed in (
        Deed.UNLOCKED,
        Deed.LOCKED,
        Deed.SIGNED_IN,
        Deed.SAW,
        Deed.BACKED_UP,
        Deed.SHOWED,
        Deed.PIN_WRONG,
    )
]


class BackupFolders:
    """The backups of one practice in its own folder, and in a second one where it is set.

    A backup reads one snapshot over a connection of its own, so it can be made on any thread while
    others write. Two never run at once: the second waits.
    """

    def __init__(self, folder: Path, uuid: str, key_text: str, key_path: Path | None = None) -> None:
        """Keep backups in ``folder``; ``key_path`` is read anew each time, as the passphrase may change."""
        self.folder = folder
        self._uuid = uuid
        self._key_text = key_text
        self._key_path = key_path
        self._last_try = -float("inf")
        self._making = threading.Lock()
        self._stopping = threading.Event()

    # -- when -----------------------------------------------------------------------------------
    def is_due(self, db: Database, now: datetime | None = None) -> bool:
        """Tell whether something changed since the last backup and it is half an hour old."""
        steady = time.monotonic()
        if steady - self._last_try < APART.total_seconds():
            return False
        newest = next(iter(self.list(None)), None)
        moment = now or datetime.now(UTC)
        # A backup from the future means that the clock was set back: then it is time.
        if newest is not None and timedelta(0) <= moment - newest.made_at < APART:
            return False
        seq = _manifest(newest.folder).get("seq", 0) if newest is not None else 0
        with db.read() as tx:
            query = select(rows.audit.c.seq).where(rows.audit.c.seq > seq, rows.audit.c.deed.not_in(_IDLE))
            return tx.execute(query.limit(1)).scalar() is not None

    # -- making ---------------------------------------------------------------------------------
    def make(self, db: Database, second: Path | None, told: Told | None = None) -> Backup:
        """Make, check and thin; SaveError where the own folder cannot take it, BackupStoppedError.

        A second folder that cannot be written does not harm the first: it is the backup's ``trouble``.
        """
        with self._making:
            self._last_try = time.monotonic()
            self._stopping.clear()
            _sweep(self.folder)
            made = self._make(db, told or (lambda _: None))
            self._thin(self.folder, made.folder)
            if second is None:
                return made
            return replace(made, trouble=self._copy(made, second))

    def stop(self, wait_s: float = 10.0) -> None:
        """Have a backup that is being made end, without leaving anything; wait for that."""
        self._stopping.set()
        if self._making.acquire(timeout=wait_s):
            self._making.release()

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise BackupStoppedError("The backup was stopped.", safe="Older backups are kept.")

    def _make(self, db: Database, told: Told) -> Backup:
        key = db.key  # the practice may be locked meanwhile, which forgets it
        if not key:
            raise LockedError("The practice is locked.", todo="Enter the passphrase.")
        temporary = self.folder / f".making-{secrets.token_hex(4)}"
        try:
            temporary.mkdir(parents=True, mode=0o700)
            copy = temporary / RECORDS
            self._copy_database(db, copy, key, told)
            write_whole(temporary / KEY, self._newest_key_text(db).encode())
            counts = check_file(copy, key, self._go_on)
            made_at = datetime.now(UTC)
            manifest = {
                "practice": self._uuid,
                "made_at": made_at.isoformat(timespec="microseconds"),
                "sha256": _sha256(copy),
                **counts,
            }
            write_whole(temporary / MANIFEST, json.dumps(manifest, indent=1).encode())
            sync_file(copy)
            self._go_on()
            final, size = _free_name(self.folder, made_at), _size(temporary)
            temporary.rename(final)
            sync_folder(self.folder)
        except OSError as error:
            raise _cannot(self.folder, os.strerror(error.errno or 0)) from error
        except SaveError as error:
            # What could not be written is the copy: of the practice nothing is lost.
            if isinstance(error, BackupStoppedError | ServerAwayError | ServerRefusedError):
                raise
            full = "full" in error.what
            raise _cannot(
                self.folder, "the disk is full" if full else "the copy cannot be written"
            ) from error
        finally:
            if temporary.exists():
                shutil.rmtree(temporary, ignore_errors=True)
        told(1.0)
        return Backup(final, made_at, size)

    def _newest_key_text(self, db: Database) -> str:
        """Return the key file as it is now: the passphrase may have been changed since it was opened.

        Where it is gone (removed with the records), as it was.
        """
        if self._key_path is not None:
            with suppress(FileNotFoundError):
                return self._key_path.read_text("utf-8")
        elif db.dialect == "postgresql":
            with db.read() as tx:
                return str(tx.execute(select(rows.practice.c.key_text)).scalar_one())
        return self._key_text

    def _copy_database(self, db: Database, path: Path, key: bytes, told: Told) -> None:
        if db.path is None:
            copy_tables(db, path, key, self._go_on)
            return

        def copied(_: int, remaining: int, total: int) -> None:
            self._go_on()
            told(0.6 * (1 - remaining / max(total, 1)))  # the rest is checking

        try:
            # The raw connection of the pool still reads the file if it was removed beneath us.
            with db.engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection
                target = cipher_connection(path, key, create=True)
                try:
                    # One snapshot for all the pages; without it every writer would make it begin anew.
                    raw.execute("BEGIN").fetchall()
                    raw.execute("SELECT count(*) FROM sqlite_master").fetchall()
                    raw.backup(target, pages=PAGES, progress=copied)
                    target.execute("PRAGMA journal_mode = DELETE").fetchall()
                finally:
                    target.close()
                    if raw.in_transaction:
                        raw.execute("ROLLBACK").fetchall()
        except (OSError, RecordsError):
            raise
        except Exception as error:
            raise file_error(path, error) from error

    def _copy(self, made: Backup, second: Path) -> SaveError | None:
        """Copy a backup to the second folder; return what kept it from that."""
        temporary = second / f".making-{secrets.token_hex(4)}"
        try:
            if second.resolve() == self.folder.resolve():
                return None
            second.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made.folder, temporary)
            for file in temporary.iterdir():
                sync_file(file)
            if _sha256(temporary / RECORDS) != _manifest(made.folder).get("sha256"):
                raise OSError(errno.EIO, "the copy differs from the backup")
            target = second / made.folder.name
            temporary.rename(target)
            sync_folder(second)
            self._thin(second, target)
        except OSError as error:
            # The path is the user's own setting and may name people: only the reason is logged.
            reason = os.strerror(error.errno or errno.EIO)
            log.warning("the second backup folder could not be written: %s", reason)
            return SaveError(
                f"The second backup folder {second} could not be written ({reason}).",
                safe=f"The backup in {made.folder.parent} was made and checked.",
                todo="Plug the drive in or choose another folder in the settings.",
            )
        finally:
            if temporary.exists():
                shutil.rmtree(temporary, ignore_errors=True)
        return None

    # -- which ----------------------------------------------------------------------------------
    def list(self, second: Path | None) -> Sequence[Backup]:
        """Return the backups of both folders, newest first; one that is in both stands once.

        One from the future was made while the clock was fast: it stands last, or it would pass for the newest.
        """
        found: dict[str, Backup] = {}
        for folder in (self.folder, second):
            if folder is not None:
                for backup in backups_in(folder, self._uuid):
                    found.setdefault(backup.folder.name, backup)
        soon = datetime.now(UTC) + FAST
        return sorted(found.values(), key=lambda each: (each.made_at <= soon, each.made_at), reverse=True)

    def _thin(self, folder: Path, newest: Path) -> None:
        there = {backup.folder: backup.made_at for backup in backups_in(folder, self._uuid)}
        kept = keep(there.values())
        for path, made_at in there.items():
            if made_at not in kept and path != newest and not path.name.startswith(ASIDE_PREFIX):
                # Renamed first, so that a removal which is cut short leaves nothing that looks whole.
                with suppress(OSError):
                    gone = path.with_name(f".removing-{path.name}")
                    path.rename(gone)
                    shutil.rmtree(gone, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a killed program left half-made hours ago."""
    for pattern in (".making-*", ".removing-*"):
        for path in folder.glob(pattern):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFTOVER_S:
                    shutil.rmtree(path, ignore_errors=True)


def keep(times: Iterable[datetime]) -> set[datetime]:
    """Return which backups stay: the newest of each of the last days, weeks and months, and today's."""
    newest_first = sorted(set(times), reverse=True)
    kept: set[datetime] = set()
    if not newest_first:
        return kept
    today = newest_first[0].astimezone().date()
    for most, period in ((DAYS, "%Y-%m-%d"), (WEEKS, "%G-%V"), (MONTHS, "%Y-%m")):
        seen: set[str] = set()
        for each in newest_first:
            name = each.astimezone().strftime(period)
            if name not in seen and len(seen) < most:
                seen.add(name)
                kept.add(each)
    kept.update(each for each in newest_first if each.astimezone().date() == today)
    return kept


def backups_in(folder: Path, uuid: str = "") -> list[Backup]:
    """Return the whole backups in a folder (of one practice, if its uuid is given)."""
    found = []
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return []
    for path in paths:
        manifest = _manifest(path)
        if path.name.startswith(".") or not manifest or (uuid and manifest.get("practice") != uuid):
            continue
        try:
            made_at = datetime.fromisoformat(manifest["made_at"])
            found.append(Backup(path, made_at, _size(path)))
        except (KeyError, ValueError, TypeError, OSError):
            continue
    return found


def check_file(path: Path, key: bytes, go_on: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Open a practice's file with its key and check every page; return counts. PracticeFileError.

    ``go_on`` is called between the checks and may raise.
    """
    raw: Any = None
    try:
        raw = cipher_connection(path, key)
        for pragma in ("cipher_integrity_check", "quick_check"):
            go_on()
            said = [row[0] for row in raw.execute(f"PRAGMA {pragma}").fetchall()]
            if said not in ([], ["ok"]):
                raise PracticeFileError(
                    f"The copy {path} is damaged.", safe="The practice itself was not touched."
                )
        if raw.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise PracticeFileError(
                f"The copy {path} is incomplete.", safe="The practice itself was not touched."
            )
        counts = {
            name: raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("patient", "visit")
        }
        counts["seq"] = raw.execute("SELECT seq FROM audit_head WHERE id = 1").fetchone()[0]
        return counts
    except RecordsError:
        raise
    except Exception as error:
        raise file_error(path, error) from error
    finally:
        if raw is not None:
            raw.close()


def describe(folder: Path) -> None:
    """Write the manifest of a practice that was put aside, so that it is listed as a backup."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    uuid = KeyText((folder / KEY).read_text("utf-8", errors="replace")).uuid
    write_whole(folder / MANIFEST, json.dumps({"practice": uuid, "made_at": made_at, "seq": 0}).encode())


def _cannot(folder: Path, why: str) -> SaveError:
    return SaveError(
        f"No backup could be made in {folder} ({why}).",
        safe="The practice itself is safe.",
        todo="Free space there or choose another folder.",
    )


def _free_name(folder: Path, made_at: datetime) -> Path:
    name = made_at.strftime("%Y-%m-%dT%H%M%SZ")
    path, count = folder / name, 1
    while path.exists():
        count += 1
        path = folder / f"{name}-{count}"
    return path


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        made = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return made if isinstance(made, dict) else {}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())
