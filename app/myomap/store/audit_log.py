"""The audit: every line holds the digest of the line before, so none can be changed, removed or moved.

A digest is SHA-256 over the previous digest and the line as canonical JSON. ``audit_head`` holds the
number and digest of the last line, so that a cut tail is found too.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, MutableMapping
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, text, update

from myomap.records.errors import SaveError
from myomap.records.practice import AuditLine, Deed
from myomap.store import rows
from myomap.store.rows import HEAD

FIRST = "0" * 64
#: For each database the last line that was read there when the lock was taken: no line is ever gone again.
heads: MutableMapping[Engine, int] = WeakKeyDictionary()

_head = select(rows.audit_head.c.seq, rows.audit_head.c.digest).where(rows.audit_head.c.id == 1)
#: With the step of the schema, so that asking for it costs no further round.
_locked_head = text(
    "SELECT seq, digest, (SELECT version_num FROM alembic_version) FROM audit_head WHERE id = 1"
)
_locked_head_of_server = text(f"{_locked_head.text} FOR UPDATE")
_insert = insert(rows.audit)
_move = update(rows.audit_head).where(rows.audit_head.c.id == 1, rows.audit_head.c.seq == bindparam("was"))


def now() -> str:
    """Return the time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def digest_after(previous: str, seq: int, at: str, actor: str, deed: str, subject: str, words: str) -> str:
    """Return the digest of a line that follows another."""
    line = json.dumps([seq, at, actor, deed, subject, words], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + b"\n" + line.encode()).hexdigest()


def lock(tx: Connection) -> tuple[int, str]:
    """Take the writers' lock (on a server) and return the last line's number and digest.

    SaveError where a newer program brought the practice up to date while it is open here: this one
    would drop what it does not know.
    """
    sqlite = tx.dialect.name == "sqlite"
    seq, digest, step = tx.execute(_locked_head if sqlite else _locked_head_of_server).one()
    if step != HEAD:
        raise SaveError(
            "This practice was brought up to date by a newer Myomap meanwhile, which this one cannot write for.",
            safe="Everything saved before is safe; what was typed last is only on the screen.",
            todo="Install the newer version on this computer, too.",
        )
    heads[tx.engine] = max(seq, heads.get(tx.engine, 0))
    return seq, digest


def login(tx: Connection) -> str:
    """Return “login …” with the name by which this program logged in at the server, empty for a file."""
    if tx.dialect.name == "sqlite":
        return ""
    return f"login {tx.exec_driver_sql('SELECT session_user').scalar_one()}"


def append(
    tx: Connection, head: tuple[int, str], actor: str, deed: Deed, subject: str, words: str = ""
) -> tuple[int, str]:
    """Add a line after ``head`` (from ``lock``, or from the last ``append``); return the new head."""
    seq, at = head[0] + 1, now()
    digest = digest_after(head[1], seq, at, actor, deed.value, subject, words)
    line = {"seq": seq, "at": at, "actor": actor, "deed": deed.value, "subject": subject, "words": words}
    tx.execute(_insert, {**line, "digest": digest})
    tx.execute(_move, {"was": head[0], "seq": seq, "digest": digest})
    return seq, digest


def lines(tx: Connection, subjects: Collection[str], limit: int) -> list[AuditLine]:
    """Return lines, newest first: about these subjects, or all where none are given."""
    query = select(rows.audit).order_by(rows.audit.c.seq.desc()).limit(limit)
    if subjects:
        query = query.where(rows.audit.c.subject.in_(subjects))
    return [_line(row) for row in tx.execute(query).all()]


def _line(row: Row[Any]) -> AuditLine:
    seq, at, actor, deed, subject, words, digest = tuple(row)
    return AuditLine(seq, datetime.fromisoformat(at), actor, Deed(deed), subject, words, digest)


def faults(tx: Connection) -> tuple[int, list[str], dict[str, str], set[str]]:
    """Walk all lines. Return their count, faults, and what they say: signed visits, erased visits."""
    found: list[str] = []
    signed: dict[str, str] = {}
    erased: set[str] = set()
    previous, count, expected = FIRST, 0, 1
    for seq, at, actor, deed, subject, words, digest in _walk(tx):
        count += 1
        if seq != expected:
            missing = seq - expected
            found.append(
                f"Line {expected} is missing." if missing == 1 else f"Lines {expected}-{seq - 1} are missing."
            )
        elif digest_after(previous, seq, at, actor, deed, subject, words) != digest:
            found.append(f"Line {seq} was changed or moved.")
        previous, expected = digest, seq + 1
        if deed == Deed.SIGNED.value:
            signed[subject] = words
        elif deed == Deed.ERASED.value:
            erased.add(subject)
        if len(found) >= 100:
            found.append("There are more faults.")
            break
    else:
        head_seq, head_digest = tx.execute(_head).one()
        if head_seq > expected - 1:
            found.append(f"The last {head_seq - expected + 1} lines are missing.")
        elif (head_seq, head_digest) != (expected - 1, previous):
            found.append(f"The last line is not line {head_seq} as it was noted.")
    return count, found, signed, erased


def _walk(tx: Connection) -> Iterator[tuple[int, str, str, str, str, str, str]]:
    query = select(rows.audit).order_by(rows.audit.c.seq)
    for row in tx.execution_options(yield_per=2000).execute(query):
        yield row[0], row[1], row[2], row[3], row[4], row[5], row[6]
