"""A new practice: its first rows, and what a making that was cut short leaves in a folder.

In a folder it is built as ``.making.db`` and ``.making.key`` and moved to its names last, the key after the
records. So records without a key, beside a ``.making.key``, are those of a practice that nobody has opened yet.
"""

from pathlib import Path

from sqlalchemy import insert

from myomap.records.checks import check
from myomap.records.edits import change
from myomap.records.errors import RefusedError
from myomap.records.practice import Deed
from myomap.records.values import Paper, PracticeSettings, Practitioner, kind_of
from myomap.store import audit_log, rows, shelves
from myomap.store.backups import KEY, RECORDS
from myomap.store.database import Database

MAKING, MAKING_KEY = ".making.db", ".making.key"


def is_half_made(folder: Path) -> bool:
    """Tell whether the making of a practice was cut short here; nothing of anybody is in it."""
    return (folder / MAKING_KEY).exists() and not (folder / KEY).exists()


def clear_half_made(folder: Path) -> None:
    """Take away what a making that was cut short left; OSError."""
    if is_half_made(folder):
        (folder / RECORDS).unlink(missing_ok=True)
    for pattern in (".making.*", "..making.*"):  # the latter while a file of them was being written
        for leftover in folder.glob(pattern):
            leftover.unlink()


def found_practice(
    db: Database,
    *,
    uuid: str,
    key_text: str,
    name: str,
    owner: Practitioner,
    paper: Paper = Paper.A4,
) -> None:
    """Fill a new practice's schema: its identity, settings, first practitioner and first audit line."""
    settings = PracticeSettings(name=name, paper=paper)
    for value in (owner, settings):
        problems = check(value)
        if problems:
            raise RefusedError(kind_of(value), problems)
    with db.write() as tx:
        created = audit_log.now()
        tx.execute(insert(rows.practice).values(id=1, uuid=uuid, created_at=created, key_text=key_text))
        tx.execute(insert(rows.audit_head).values(id=1, seq=0, digest=audit_log.FIRST))
        head = audit_log.append(tx, audit_log.lock(tx), owner.id, Deed.CREATED, "practice")
        for value in (owner, settings):
            shelves.write(tx, change(None, value).changes[0])
        audit_log.append(tx, head, owner.id, Deed.SIGNED_IN, owner.id)
