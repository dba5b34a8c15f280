"""Signing a visit, and adding to it afterwards, inside the caller's transaction."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, select, update

from myomap.records.canonical import decode, digest_of, text_digest
from myomap.records.checks import check
from myomap.records.edits import add
from myomap.records.errors import NotFoundError, RefusedError, SignedError, SigningError
from myomap.records.ids import come_after
from myomap.records.practice import Deed
from myomap.records.signing import reasons_not_to_sign
from myomap.records.values import Amendment, Kind, Practitioner, Signature, Visit, VisitRecord, new_id
from myomap.store import audit_log, journal, rows, shelves

UNSEEN = "Something in it was changed in another window that you have not seen. Look at it again, then sign."


def record_of(tx: Connection, id: str) -> VisitRecord:
    """Return a visit with everything in it; NotFoundError."""
    head = shelves.read(tx, Kind.VISIT, id)[1]
    if not isinstance(head, Visit):
        raise NotFoundError("There is no such visit.", todo="Look at the patient’s list again.")
    held = shelves.belongings(tx, id)
    return VisitRecord.of(head, (decode(Kind(kind), body) for kind, _, body in held))


def sign(
    tx: Connection,
    head: tuple[int, str],
    visit: str,
    who: str,
    *,
    with_pin: bool,
    seen: VisitRecord | None = None,
) -> Signature:
    """Sign a visit as somebody who has ``seen`` it so; SigningError with the reasons if it cannot be."""
    record = record_of(tx, visit)
    if seen is not None and record != seen and not record.visit.is_signed:
        raise SigningError((UNSEEN,))
    # The certification counts as it is kept now, not as it was when the window opened.
    signer = shelves.read(tx, Kind.PRACTITIONER, who)[1] if who else None
    signer = signer if isinstance(signer, Practitioner) else None
    reasons = reasons_not_to_sign(record, signer)
    if reasons or signer is None:
        raise SigningError(reasons)
    table = rows.visit
    body = tx.execute(select(table.c.body).where(table.c.id == visit)).scalar_one()
    digest = digest_of(body, shelves.belongings(tx, visit))
    signed_at = datetime.now(UTC)
    made = Signature(signer.id, signed_at, signer.name, signer.licence_number, digest, with_pin)
    text = msgspec.json.encode(made).decode()
    tx.execute(
        update(table)
        .where(table.c.id == visit, table.c.signature.is_(None))
        .values(
            signature=text,
            signed_at=signed_at.isoformat(timespec="microseconds"),
            version=table.c.version + 1,
        )
    )
    journal.forget_visit(tx, visit)
    audit_log.append(tx, head, signer.id, Deed.SIGNED, visit, text_digest(text))
    return made


def amend(
    tx: Connection, head: tuple[int, str], visit: str, author: Practitioner, reason: str, text: str
) -> VisitRecord:
    """Add an amendment to a signed visit; RefusedError, SignedError where it is not signed."""
    record = record_of(tx, visit)
    if any((author.id, reason, text) == (each.author, each.reason, each.text) for each in record.amendments):
        return record  # a server hung up before it said so, and it was added once more: it could never be taken away
    come_after(each.id for each in record.amendments)  # also of a machine whose clock is fast
    made = Amendment(new_id(), author.id, author.name, datetime.now(UTC), reason, text)
    problems = check(made)
    if problems:
        raise RefusedError(Kind.AMENDMENT, problems)
    if not record.visit.is_signed:
        raise SignedError("This visit is not signed yet: change it itself.")
    shelves.write(tx, add(made, visit=visit).changes[0])
    audit_log.append(tx, head, made.author, Deed.AMENDED, visit, made.id)
    return record.put(made)
