"""Checking that nothing was altered: the chain of the audit, and every signature against its visit."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import msgspec
from sqlalchemy import Connection, select

from myomap.records.canonical import digest_of, text_digest
from myomap.records.practice import AuditVerdict
from myomap.records.values import Signature
from myomap.store import audit_log, rows

_MOST = 100
_AT_ONCE = 2000


def verify(tx: Connection) -> AuditVerdict:
    """Check every line of the audit and every signed visit."""
    count, found, signed, erased = audit_log.faults(tx)
    kept: set[str] = set()
    for id, signature, digest in _signed_visits(tx):
        kept.add(id)
        if len(found) > _MOST:
            continue
        if digest != msgspec.json.decode(signature, type=Signature).digest:
            found.append(f"Visit {id} is not as it was signed.")
        elif signed.get(id) != text_digest(signature):
            found.append(f"Visit {id} carries a signature that the audit does not know.")
    missing = sorted(set(signed) - kept - erased)
    found += [f"Visit {id} was signed and is gone, or is no longer signed." for id in missing[:_MOST]]
    return AuditVerdict(count, tuple(found))


def _signed_visits(tx: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield each signed visit, its signature's text, and the digest of what it holds now, in one walk."""
    head, entry = rows.visit, rows.entry
    query = (
        select(head.c.id, head.c.body, head.c.signature, entry.c.kind, entry.c.id, entry.c.body)
        .join_from(head, entry, entry.c.visit_id == head.c.id, isouter=True)
        .where(head.c.signature.is_not(None))
        .order_by(head.c.id)
    )
    walked = tx.execution_options(yield_per=_AT_ONCE).execute(query)
    for id, group in groupby((tuple(row) for row in walked), key=itemgetter(0)):
        held = list(group)
        belongings = [(row[3], row[4], row[5]) for row in held if row[3] is not None]
        yield id, held[0][2], digest_of(held[0][1], belongings)
