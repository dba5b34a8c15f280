"""The first rows of a new practice."""

from sqlalchemy import insert

from myomap.records.checks import check
from myomap.records.edits import change
from myomap.records.errors import RefusedError
from myomap.records.practice import Deed
from myomap.records.values import PracticeSettings, Practitioner, kind_of
from myomap.store import audit_log, rows, shelves
from myomap.store.database import Database


def found_practice(db: Database, *, uuid: str, key_text: str, name: str, owner: Practitioner) -> None:
    """Fill a new practice's schema: its identity, settings, first practitioner and first audit line."""
    settings = PracticeSettings(name=name)
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
