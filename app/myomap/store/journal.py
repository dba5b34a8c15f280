"""The edits that undo and redo work on, kept in the practice so that they outlive a restart."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from myomap.records.canonical import decode, encode
from myomap.records.edits import PRACTICE_SCOPE, Change, Edit
from myomap.records.values import Kind
from myomap.store import rows
from myomap.store.audit_log import now

KEEP_DAYS = 30

_table = rows.edit_log
_mine = (
    _table.c.scope == bindparam("in_scope"),
    _table.c.actor == bindparam("by"),
    _table.c.state == bindparam("is_state"),
)
_last = select(_table).where(*_mine).order_by(_table.c.seq.desc()).limit(1)
_first = select(_table).where(*_mine).order_by(_table.c.seq).limit(1)
_drop = delete(_table).where(*_mine)
_insert = insert(_table)
_merge = (
    update(_table)
    .where(_table.c.seq == bindparam("this"))
    .values(changes=bindparam("new_changes"), label=bindparam("new_label"), at=bindparam("new_at"))
)
_oldest = select(_table.c.seq, _table.c.at).order_by(_table.c.seq).limit(500)
_set_state = update(_table).where(_table.c.seq == bindparam("this")).values(state=bindparam("new_state"))


@cache
def _decoder() -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[tuple[str, str, str, str | None, str | None]])


def pack(edit: Edit) -> str:
    """Return an edit's changes as text."""
    return msgspec.json.encode(
        [
            (
                change.kind.value,
                change.id,
                change.owner,
                None if change.before is None else encode(change.before),
                None if change.after is None else encode(change.after),
            )
            for change in edit.changes
        ]
    ).decode()


def unpack(label: str, changes: str) -> Edit:
    """Read an edit back."""
    return Edit(
        label,
        tuple(
            Change(
                Kind(kind),
                id,
                owner,
                None if before is None else decode(Kind(kind), before),
                None if after is None else decode(Kind(kind), after),
            )
            for kind, id, owner, before, after in _decoder().decode(changes)
        ),
    )


def record(tx: Connection, edit: Edit, actor: str) -> None:
    """Keep an edit that was just carried out; what was undone before can no longer be redone."""
    mine = {"in_scope": edit.scope, "by": actor}
    dropped = tx.execute(_drop, {**mine, "is_state": "undone"}).rowcount
    if edit.gesture and not dropped:
        last = tx.execute(_last, {**mine, "is_state": "done"}).one_or_none()
        if last is not None and last.gesture == edit.gesture:
            both = unpack(last.label, last.changes).merged(edit)
            new = {"this": last.seq, "new_changes": pack(both), "new_label": both.label, "new_at": now()}
            tx.execute(_merge, new)
            return
    tx.execute(
        _insert,
        {
            "scope": edit.scope,
            "actor": actor,
            "at": now(),
            "label": edit.label,
            "gesture": edit.gesture,
            "state": "done",
            "changes": pack(edit),
        },
    )


def last_done(tx: Connection, scope: str, actor: str) -> tuple[int, Edit] | None:
    """Return the edit that undo would take back."""
    return _found(tx, _last, scope, actor, "done")


def first_undone(tx: Connection, scope: str, actor: str) -> tuple[int, Edit] | None:
    """Return the edit that redo would do again: the one undone last is the oldest of them."""
    return _found(tx, _first, scope, actor, "undone")


def _found(tx: Connection, query: Any, scope: str, actor: str, state: str) -> tuple[int, Edit] | None:
    row = tx.execute(query, {"in_scope": scope, "by": actor, "is_state": state}).one_or_none()
    return (row.seq, unpack(row.label, row.changes)) if row is not None else None


def label(tx: Connection, scope: str, actor: str, state: str) -> str:
    """Return the label of the next edit to undo (``done``) or redo (``undone``), empty if none."""
    query = _last if state == "done" else _first
    row = tx.execute(query, {"in_scope": scope, "by": actor, "is_state": state}).one_or_none()
    return row.label if row is not None else ""


def mark(tx: Connection, seq: int, state: str) -> None:
    """Say that an edit is ``done`` or ``undone``."""
    tx.execute(_set_state, {"this": seq, "new_state": state})


def forget_visit(tx: Connection, visit: str) -> None:
    """Forget the edits of a visit, and that it was started: what is signed cannot be undone."""
    tx.execute(delete(_table).where(_table.c.scope == visit))
    practice = _table.c.scope == PRACTICE_SCOPE
    tx.execute(delete(_table).where(practice, _table.c.changes.contains(visit, autoescape=True)))


def forget_patient(tx: Connection, patient: str, visits: list[str]) -> None:
    """Forget every edit that holds something of a patient."""
    tx.execute(delete(_table).where(_table.c.changes.contains(patient, autoescape=True)))
    for visit in visits:
        forget_visit(tx, visit)


def prune(tx: Connection) -> None:
    """Forget edits older than a month, from the oldest on; it ends at the first that is not so old.

    So a practice that is opened reads what it forgets, not all that it keeps.
    """
    oldest = (datetime.now(UTC) - timedelta(days=KEEP_DAYS)).isoformat(timespec="microseconds")
    while True:
        found = tx.execute(_oldest).all()
        old = list(takewhile(lambda row: row.at < oldest, found))
        if old:
            tx.execute(delete(_table).where(_table.c.seq <= old[-1].seq))
        if len(old) < len(found) or not found:
            return


def history(tx: Connection, scope: str) -> list[tuple[datetime, str, str]]:
    """Return when, who and what of the edits in a scope, oldest first."""
    query = select(_table.c.at, _table.c.actor, _table.c.label).where(
        _table.c.scope == scope, _table.c.state == "done"
    )
    found = tx.execute(query.order_by(_table.c.seq)).all()
    return [(datetime.fromisoformat(at), actor, said) for at, actor, said in found]
