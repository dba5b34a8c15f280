"""Who works in a practice, read inside the caller's transaction."""

import msgspec
from sqlalchemy import Connection, select

from myomap.records.values import Practitioner
from myomap.store import pins, rows


def everybody(tx: Connection) -> list[Practitioner]:
    """Return all practitioners, archived ones too, in no order."""
    bodies = tx.execute(select(rows.practitioner.c.body)).scalars()
    return [msgspec.json.decode(body, type=Practitioner) for body in bodies]


def sole_person(tx: Connection) -> str:
    """Return the id of who works alone and has no PIN: nobody needs to ask who it is. Empty otherwise."""
    here = [each.id for each in everybody(tx) if not each.archived]
    return here[0] if len(here) == 1 and not pins.held(tx, here[0]) else ""


__all__ = ["everybody", "sole_person"]
