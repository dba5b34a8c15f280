"""Checking that nothing was altered: the chain of the audit, and every signature against its visit."""

import msgspec
from sqlalchemy import Connection, select

from myomap.records.canonical import digest_of
from myomap.records.practice import AuditVerdict
from myomap.records.values import Signature
from myomap.store import audit_log, rows, shelves

_MOST = 100


def verify(tx: Connection) -> AuditVerdict:
    """Check every line of the audit and every signed visit."""
    count, found, signed, erased = audit_log.faults(tx)
    table = rows.visit
    query = select(table.c.id, table.c.body, table.c.signature).where(table.c.signature.is_not(None))
    kept = tx.execute(query).all()
    for id, body, text in kept:
        signature = msgspec.json.decode(text, type=Signature)
        if digest_of(body, shelves.belongings(tx, id)) != signature.digest:
            found.append(f"Visit {id} is not as it was signed.")
        elif signed.get(id) != signature.digest:
            found.append(f"Visit {id} carries a signature that the audit does not know.")
        if len(found) > _MOST:
            break
    missing = set(signed) - {row[0] for row in kept} - erased
    found += [f"Visit {id} was signed and is gone, or is no longer signed." for id in sorted(missing)[:_MOST]]
    return AuditVerdict(count, tuple(found))
