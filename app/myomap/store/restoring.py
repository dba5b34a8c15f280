"""Putting a backup in the place of a practice: after a crash between any two steps there is the old or the new.

A copy is made and checked beside the folder, in ``.NAME.copying``. Renaming that to ``.NAME.restored`` decides
it: from then on every start moves it in, and puts what was there aside as a backup, until that is done.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from myomap.records.errors import RecordsError, SaveError
from myomap.records.practice import Deed
from myomap.store import audit_log, upgrade
from myomap.store.backups import ASIDE_PREFIX, KEY, LEFTOVER_S, MANIFEST, RECORDS, check_file, describe
from myomap.store.database import Database, cipher_connection
from myomap.store.founding import clear_half_made
from myomap.store.people import sole_person
from myomap.store.safe_files import sync_file, sync_folder, write_whole

try:
    import fcntl
except ImportError:  # Windows, which renames nothing that is open
    fcntl = None  # type: ignore[assignment]

_ASIDE = "aside"
_HOW_LONG = 3_000
"""Milliseconds that another program has to let the records go."""


def put_in_place(folder: Path, backup: Path, key: bytes) -> bool:
    """Put a backup that ``key`` opens where the practice is, and what was there into a backup ``before-restore-…``.

    Return whether the audit says so already: not in a backup that must be brought up to date first.
    OSError and RecordsError: then all is as it was.
    """
    copying = _copying(folder)
    shutil.rmtree(copying, ignore_errors=True)
    try:
        noted = _copy(backup, copying, key)
        write_whole(copying / _ASIDE, _free_name(folder).encode())
        with _alone(folder / RECORDS, key):
            arriving = _arriving(folder)
            with suppress(FileNotFoundError):
                shutil.rmtree(arriving)
            copying.rename(arriving)
            sync_folder(arriving.parent)
            finish(folder)
    finally:
        shutil.rmtree(copying, ignore_errors=True)
    return noted


def _arriving(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.restored")


def _copying(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.copying")


def _sweep(copying: Path) -> None:
    """Remove a copy that was cut short hours ago: it may hold whom somebody erases."""
    with suppress(OSError):
        if time.time() - copying.stat().st_mtime > LEFTOVER_S:
            shutil.rmtree(copying, ignore_errors=True)


def _copy(backup: Path, copying: Path, key: bytes) -> bool:
    """Copy a backup, check the copy, and note in it that it was restored."""
    check_file(backup / RECORDS, key)
    copying.mkdir(parents=True, mode=0o700)
    for path in (backup / RECORDS, backup / f"{RECORDS}-wal", backup / KEY):
        if path.exists():
            shutil.copy2(path, copying / path.name)
    records = copying / RECORDS
    check_file(records, key)
    db = Database.cipher(records, key, wal=False)
    try:
        found = upgrade.revision(db)
        upgrade.refuse_newer(found)
        if noted := found == upgrade.HEAD:
            with db.write() as tx:
                head = audit_log.lock(tx)
                audit_log.append(tx, head, sole_person(tx), Deed.RESTORED, "practice", backup.name)
    finally:
        db.close()
    _fold(records, key)
    for path in (records, copying / KEY):
        sync_file(path)
    return noted


def _fold(records: Path, key: bytes) -> None:
    """Fold the log into a file that nobody else has open, so that the file is all there is."""
    raw = cipher_connection(records, key)
    try:
        raw.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        raw.close()


def _free_name(folder: Path) -> str:
    name = f"{ASIDE_PREFIX}{datetime.now(UTC).strftime('%Y-%m-%dT%H%M%S')}"
    free, count = name, 1
    while (folder / "backups" / free).exists():
        count += 1
        free = f"{name}-{count}"
    return free


@contextmanager
def _alone(records: Path, key: bytes) -> Iterator[None]:
    """Have the records in use for oneself; SaveError where another window or program has them open.

    Moved away beneath it, it would go on reading the old records, and its last act would be to delete the log
    of the new ones. Records that cannot be opened (damaged, another practice's) are nobody's.
    """
    raw: Any = None
    if records.exists():
        try:
            raw = cipher_connection(records, key)
            raw.execute(f"PRAGMA busy_timeout = {_HOW_LONG}").fetchall()
            raw.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            raw.execute("PRAGMA journal_mode = DELETE").fetchall()
            raw.execute("BEGIN EXCLUSIVE").fetchall()
        except sqlcipher.DatabaseError as error:
            if raw is not None:
                raw.close()
            raw = None
            if "locked" in str(error) or "busy" in str(error):
                raise SaveError(
                    "The practice is open in another window or program.",
                    safe="Nothing was restored; the practice and the backup are as they were.",
                    todo="Close it there, then restore.",
                ) from error
    try:
        if raw is not None and os.name == "nt":
            raw.close()  # what is open cannot be renamed there, which keeps others' files in place, too
        yield
    finally:
        if raw is not None:
            raw.close()


def finish(folder: Path) -> None:
    """Move a restored practice in; taken up again after a crash between any two of its steps. SaveError."""
    arriving = _arriving(folder)
    _sweep(_copying(folder))
    try:
        if (arriving / _ASIDE).is_file():
            with _only_one(arriving):
                if (arriving / _ASIDE).is_file():
                    _move_in(folder, arriving)
    except OSError as error:
        raise SaveError(
            f"A restore into {folder} was cut short and cannot be finished ({error.strerror}).",
            safe="The backup and what was there before are kept.",
            todo="Make the folder writable and start again.",
        ) from error


def _move_in(folder: Path, arriving: Path) -> None:
    aside = folder / "backups" / (arriving / _ASIDE).read_text("utf-8")
    if (arriving / KEY).exists():
        clear_half_made(folder)
        for path in (*sorted(folder.glob(f"{RECORDS}*")), folder / KEY):
            if path.exists():
                aside.mkdir(parents=True, exist_ok=True)
                path.rename(aside / path.name)
    if (aside / KEY).is_file() and not (aside / MANIFEST).is_file():
        with suppress(RecordsError):  # a damaged key is kept aside all the same
            describe(aside)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in (KEY, RECORDS):
        if (arriving / part).exists():
            (arriving / part).rename(folder / part)
    sync_folder(folder)
    (arriving / _ASIDE).unlink()
    arriving.rmdir()


@contextmanager
def _only_one(arriving: Path) -> Iterator[None]:
    """Let no two programs move the same practice in: the second would put aside what the first has brought."""
    descriptor = -1
    if fcntl is not None:
        with suppress(OSError):  # some network folders know no such lock
            descriptor = os.open(arriving, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


__all__ = ["finish", "put_in_place"]
