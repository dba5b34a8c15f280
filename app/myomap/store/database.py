"""Engines and transactions: SQLCipher files, a plain one in memory, PostgreSQL.

One writer at a time: SQLite by BEGIN IMMEDIATE, PostgreSQL by the lock on ``audit_head``. Errors of
the drivers become SaveError or PracticeFileError here; nothing above sees SQLAlchemy's.
"""

import ipaddress
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import QueuePool, StaticPool

from myomap.records.errors import (
    NotAllowedError,
    NotFoundError,
    PracticeFileError,
    Problem,
    RecordsError,
    RefusedError,
    SaveError,
)
from myomap.records.values import Kind
from myomap.store import audit_log
from myomap.store.server_words import UNKEEPABLE, is_from_server, server_error

BUSY_MS = 5000
#: How soon a pulled network cable is noticed (libpq).
_NOTICE = {
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
#: How long a writer waits for another, and how long a program that froze may keep the others waiting.
_PATIENCE = {"lock_timeout": "15s", "idle_in_transaction_session_timeout": "120s"}
_TLS_MODES = {"require", "verify-ca", "verify-full"}
#: What SQLite says where a file could not be looked at now; of the file itself it says nothing.
_LATER = ("locked", "busy", "unable to open")


def cipher_connection(path: Path, key: bytes, *, create: bool = False) -> Any:
    """Return an open SQLCipher connection. FULL synchronous: what was saved survives a pulled plug.

    Without ``create`` a file that is gone stays gone: an empty one must never take its place.
    """
    if len(key) != 32:
        raise ValueError("a raw key has 32 bytes")
    if create:
        path.touch(mode=0o600)  # SQLite gives the log beside it the same rights
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    raw = sqlcipher.connect(uri, uri=True, timeout=BUSY_MS / 1000, check_same_thread=False)
    raw.isolation_level = None
    # The library writes to stderr on a wrong key; the error itself says enough.
    raw.execute("PRAGMA cipher_log_level = NONE").fetchall()
    raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"").fetchall()
    _tune(raw)
    return raw


def _tune(raw: Any) -> None:
    raw.execute("PRAGMA temp_store = MEMORY").fetchall()
    raw.execute("PRAGMA cache_size = -32000").fetchall()  # 32 MB: every page read is decrypted
    raw.execute("PRAGMA foreign_keys = ON").fetchall()
    raw.execute("PRAGMA secure_delete = ON").fetchall()
    raw.execute("PRAGMA synchronous = FULL").fetchall()
    raw.execute("PRAGMA trusted_schema = OFF").fetchall()


class Database:
    """An open database with its transactions. Safe to use from several threads."""

    def __init__(self, engine: Engine, *, path: Path | None = None, key: bytes = b"") -> None:
        """Take an engine; ``path`` and ``key`` where it is a file."""
        self.engine = engine
        self.path = path
        self.key = key
        self.dialect = engine.dialect.name
        self._write_lock = threading.RLock()
        self._stamp = _stamp(path) if path is not None and path.exists() else None
        self._as_left = _state(path)
        self._is_older = self._has_log = False
        self._log_stamp: tuple[int, int] | None = None

    @classmethod
    def cipher(cls, path: Path, key: bytes, *, wal: bool = True, create: bool = False) -> "Database":
        """Open (or make) a SQLCipher file, in WAL mode unless it is only looked at."""

        def connect() -> Any:
            made.check_there()  # what lies at the path now may be another practice
            return cipher_connection(path, key)

        engine = create_engine(
            "sqlite://",
            creator=connect,
            module=sqlcipher,
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=8,
            hide_parameters=True,
        )
        _explicit_transactions(engine)
        with _words(path):
            raw = cipher_connection(path, key, create=create)
            try:
                if wal:
                    raw.execute("PRAGMA journal_mode = WAL").fetchall()
                raw.execute("SELECT count(*) FROM sqlite_master").fetchall()
            except sqlcipher.DatabaseError as error:
                raise file_error(path, error) from error
            finally:
                raw.close()
        made = cls(engine, path=path, key=key)
        made._has_log = wal
        return made

    @classmethod
    def memory(cls) -> "Database":
        """Make an unencrypted database in memory, for the demo and tests."""
        engine = create_engine(
            "sqlite://",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )

        @event.listens_for(engine, "connect")
        def _connected(raw: Any, _record: object) -> None:
            raw.isolation_level = None
            _tune(raw)

        _explicit_transactions(engine)
        return cls(engine)

    @classmethod
    def plain_file(cls, path: Path) -> "Database":
        """Open or make an unencrypted file. Only tests use it; nothing of a patient may go there."""

        def connect() -> Any:
            raw = sqlite3.connect(path, timeout=BUSY_MS / 1000, check_same_thread=False)
            raw.isolation_level = None
            _tune(raw)
            raw.execute("PRAGMA journal_mode = WAL").fetchall()
            return raw

        engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
        _explicit_transactions(engine)
        return cls(engine, path=path)

    @classmethod
    def server(cls, url: str) -> "Database":
        """Connect to PostgreSQL; RefusedError for a URL without TLS to another machine."""
        engine = create_engine(
            safe_url(url),
            pool_pre_ping=True,
            pool_size=4,
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": "myomap", **_NOTICE},
        )

        @event.listens_for(engine, "connect")
        def _connected(raw: Any, _record: object) -> None:
            with raw.cursor() as cursor:
                for name, value in _PATIENCE.items():
                    cursor.execute(f"SET {name} = '{value}'")
            raw.commit()

        return cls(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read in one snapshot."""
        with _words(self.path), self._shared(), self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Write in one transaction, alone. All of it is kept, or nothing."""
        with self._write_lock, _words(self.path):
            self.check_there()
            with (
                self.engine.connect().execution_options(writes=True) as connection,
                connection.begin(),
            ):
                yield connection
            self.check_there()
            self._fold_lost_log()

    @contextmanager
    def _shared(self) -> Iterator[None]:
        # A database in memory has one connection for all threads, so its readers wait too.
        if self.path is None and self.dialect == "sqlite":
            with self._write_lock:
                yield
        else:
            yield

    def is_there(self) -> bool:
        """Tell whether the file is still the one that was opened."""
        if self.path is None or self._stamp is None:
            return True
        return _stamp(self.path) == self._stamp and not self._is_older

    def _look_beneath(self) -> None:
        """See whether somebody wrote an older state into the file; a connection that is open knows its own pages."""
        path = self.path
        if path is None or not self.key or not self._has_log or self._as_left == (now := _state(path)):
            return
        try:
            fresh = cipher_connection(path, self.key)
            try:
                seq = fresh.execute("SELECT seq FROM audit_head WHERE id = 1").fetchone()[0]
            finally:
                fresh.close()
        except sqlcipher.DatabaseError as error:
            if any(words in str(error) for words in _LATER):
                return  # somebody else is at it, or too many files are open: looked at next time
            seq = -1  # it cannot be read by anybody who opens it now
        self._is_older, self._as_left = seq < audit_log.heads.get(self.engine, 0), now

    def _fold_lost_log(self) -> None:
        """Fold the log into the file at once where it was removed beneath us: else it would end with the program."""
        if self.path is None or not self._has_log:
            return
        now = _stamp(self.path.with_name(f"{self.path.name}-wal"))
        self._log_stamp = self._log_stamp or now
        if now is None or now != self._log_stamp:  # another connection may have made a new one
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(FULL)").fetchall()
            finally:
                raw.close()

    def check_there(self) -> None:
        """Raise SaveError if the file was removed or replaced beneath us (SQLite would not notice)."""
        if self.is_there():
            self._look_beneath()
        if self._is_older:
            raise SaveError(
                f"Something wrote into the practice file {self.path} while it was open: an older or damaged state.",
                safe="What was saved since is backed up when Myomap is closed, as far as it still has it.",
                todo="Close Myomap, stop what puts files back there, and restore the newest backup that is whole.",
            )
        if not self.is_there():
            raise SaveError(
                f"The practice file {self.path} is no longer there: it was moved, deleted or replaced.",
                safe="What was saved before is still held open by the program, as long as it runs.",
                todo="Make a backup now, before closing, then put the file back.",
            )

    def close(self) -> None:
        """Close all connections (the WAL is folded into the file) and forget the key."""
        self.engine.dispose()
        self.key = b""


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def _state(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found is not None else None


def _explicit_transactions(engine: Engine) -> None:
    """Begin transactions ourselves: the driver's own habits leave half a migration behind."""

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def safe_url(url: str) -> URL:
    """Return the server's address with TLS demanded, unless it is this machine; RefusedError."""

    def refuse(sentence: str) -> RefusedError:
        return RefusedError(Kind.SETTINGS, (Problem("database", sentence),))

    try:
        made = make_url(url)
    except exc.ArgumentError:
        raise refuse(
            "This is no database address; it looks like postgresql+psycopg://user@host/name."
        ) from None
    if made.drivername in ("postgresql", "postgres"):
        made = made.set(drivername="postgresql+psycopg")
    if made.drivername != "postgresql+psycopg":
        raise refuse("Only PostgreSQL servers can hold a practice (postgresql+psycopg://user@host/name).")
    if all(_is_here(host) for host in _hosts(made)):
        return made
    mode = made.query.get("sslmode")
    if mode is None:
        # The server's certificate is checked against the authorities that the system trusts.
        return made.update_query_dict({"sslmode": "verify-full", "sslrootcert": "system"})
    if mode not in _TLS_MODES:
        raise refuse(f"sslmode={mode} would send records unencrypted; use verify-full.")
    return made


def _hosts(url: URL) -> list[str]:
    """Return every host that libpq might connect to, also those that only its environment names."""

    def asked(key: str) -> list[str]:
        given = url.query.get(key, ())
        return [given] if isinstance(given, str) else list(given)

    hosts = ([url.host] if url.host else []) + asked("host")
    hosts = hosts or [os.environ.get("PGHOST", "")]
    hosts += asked("hostaddr") or [os.environ.get("PGHOSTADDR", "")]
    if asked("service") or os.environ.get("PGSERVICE"):
        hosts.append("a service")  # a file says where that is
    return [each for host in hosts for each in host.split(",") if each]


def _is_here(host: str) -> bool:
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def file_error(path: Path | None, error: BaseException) -> RecordsError:
    """Return the words for what a database driver reported."""
    said = str(getattr(error, "orig", None) or error)
    low = said.lower()
    where = f"The practice file {path}" if path is not None else "The practice"
    kept = "Nothing of this change was saved; everything saved before is safe."
    if "guard:" in low:
        # No SaveError: trying again would be refused again.
        return NotAllowedError(
            f"The database refused this: {_guard_words(said)}.", safe="Nothing was changed."
        )
    if is_from_server(error):
        return server_error(error)
    if "disk is full" in low or "no space left" in low or "disk full" in low:
        return SaveError("The disk is full.", safe=kept, todo="Free some space, then save again.")
    if "readonly" in low or "read-only" in low:
        return SaveError(f"{where} cannot be written.", safe=kept, todo="Check the folder’s permissions.")
    if "unable to open" in low:
        return SaveError(f"{where} cannot be opened.", safe=kept, todo="Check that its folder is there.")
    if "locked" in low or "busy" in low:
        return SaveError(f"{where} is in use by another program.", safe=kept, todo="Try again in a moment.")
    if "not a database" in low or "malformed" in low or "hmac" in low or "corrupt" in low:
        return PracticeFileError(
            f"{where} is damaged, or its key does not belong to it.",
            safe="Nothing was changed.",
            todo="Restore the newest backup; keep the damaged file.",
        )
    if "disk i/o" in low:
        return SaveError(f"{where} could not be written (disk error).", safe=kept, todo="Check the disk.")
    if isinstance(error, exc.IntegrityError):
        return NotFoundError(
            "This belongs to something that is not there any more, or something still belongs to it.",
            safe="Nothing was changed.",
        )
    return SaveError("The database refused this change.", safe=kept)


def _guard_words(said: str) -> str:
    found = re.search(r"guard: ([^\n]+)", said)
    return found.group(1) if found else "guarded"


@contextmanager
def _words(path: Path | None) -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise file_error(path, error) from error
    except (sqlcipher.Error, sqlite3.Error) as error:
        raise file_error(path, error) from error
    except UnicodeEncodeError as error:
        raise RefusedError(Kind.NOTE, (Problem("text", UNKEEPABLE),)) from error
    except OSError as error:
        raise SaveError(
            f"The practice file could not be reached ({os.strerror(error.errno or 0)}).",
            safe="Everything saved before is safe.",
        ) from error


__all__ = ["Database", "cipher_connection", "file_error", "safe_url"]
