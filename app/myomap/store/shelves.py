"""Where each kind of value is kept: reading, writing with row versions, and the search words."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, insert, select, update

from myomap.records.canonical import decode, encode
from myomap.records.edits import Change
from myomap.records.errors import ConflictError, NotFoundError, SignedError
from myomap.records.practice import PatientLine, VisitLine
from myomap.records.values import AFTER_SIGNING, Kind, Patient, Signature, Value, Visit
from myomap.store import rows

MOST_WORDS = 64
LONGEST_WORD = 64
LONGEST_SORT = 200
_MANY = 2000
#: So many patients for each that is asked for are walked before all are: of words so frequent enough are among them.
_PART = 80
_DATE = re.compile(r"\d{4}-\d{0,2}(-\d{0,2})?")

_TABLES = {
    Kind.PATIENT: rows.patient,
    Kind.PRACTITIONER: rows.practitioner,
    Kind.SETTINGS: rows.settings,
    Kind.VISIT: rows.visit,
}


def folded(text: str) -> str:
    """Return text for comparing: no case, no accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def words_of(text: str) -> list[str]:
    """Return the words that find a text, in order; all of it where it has no letters (emoji)."""
    letters = "".join(each if each.isalnum() else " " for each in folded(text))
    found = letters.split() or [folded(text).strip()]
    return [each[:LONGEST_WORD] for each in found if each][:MOST_WORDS]


def _patient_words(patient: Patient) -> set[str]:
    found = set(words_of(patient.name))
    for word in list(found):
        if ord(word[0]) > 0x2E80:  # scripts without spaces: every character may begin a name
            found.update(word[i:] for i in range(1, min(len(word), 16)))
    if patient.number.strip():
        found.add(folded(patient.number).strip()[:LONGEST_WORD])
        found.update(words_of(patient.number))
    if patient.birth_date is not None:
        found.add(patient.birth_date.isoformat())
    return found


def _columns(value: Value) -> dict[str, Any]:
    if isinstance(value, Patient):
        return {
            "name": value.name,
            "name_sort": folded(value.name)[:LONGEST_SORT],
            "birth_date": value.birth_date,
            "number": value.number,
            "archived": value.archived,
            "body": encode(value),
        }
    if isinstance(value, Visit):
        return {
            "patient_id": value.patient,
            "day": value.on,
            "practitioner_id": value.practitioner,
            "reason": value.reason,
            # The signature has a column of its own: the text that it covers cannot hold it.
            "body": encode(unsigned(value)),
        }
    return {"body": encode(value)}


def unsigned(visit: Visit) -> Visit:
    """Return the visit's head without its signature."""
    return visit if visit.signature is None else replace(visit, signature=None)


def visit_of(body: str, signature: str | None) -> Visit:
    """Put a visit's head together from its two columns."""
    made = msgspec.json.decode(body, type=Visit)
    if signature is None:
        return made
    return replace(made, signature=msgspec.json.decode(signature, type=Signature))


_read_entry = select(rows.entry.c.version, rows.entry.c.body).where(
    rows.entry.c.visit_id == bindparam("owner"),
    rows.entry.c.kind == bindparam("kind"),
    rows.entry.c.id == bindparam("id"),
)
_read_visit = select(rows.visit.c.version, rows.visit.c.body, rows.visit.c.signature).where(
    rows.visit.c.id == bindparam("id")
)
_read_standing = {
    kind: select(table.c.version, table.c.body).where(table.c.id == bindparam("id"))
    for kind, table in _TABLES.items()
    if kind is not Kind.VISIT
}
_is_signed = select(rows.visit.c.signature.is_not(None)).where(rows.visit.c.id == bindparam("id"))
_entry_key = (
    rows.entry.c.visit_id == bindparam("k_owner"),
    rows.entry.c.kind == bindparam("k_kind"),
    rows.entry.c.id == bindparam("k_id"),
    rows.entry.c.version == bindparam("k_version"),
)
_update_entry = update(rows.entry).where(*_entry_key).values(version=rows.entry.c.version + 1)
_delete_entry = delete(rows.entry).where(*_entry_key)
_insert_entry = insert(rows.entry)


def read(tx: Connection, kind: Kind, id: str, owner: str = "") -> tuple[int, Value | None]:
    """Return a value and its row version; (0, None) where there is none."""
    if kind is Kind.VISIT:
        row = tx.execute(_read_visit, {"id": id}).one_or_none()
        return (row[0], visit_of(row[1], row[2])) if row is not None else (0, None)
    if kind in _read_standing:
        found = tx.execute(_read_standing[kind], {"id": id}).one_or_none()
    else:
        found = tx.execute(_read_entry, {"owner": owner, "kind": kind.value, "id": id}).one_or_none()
    return (found[0], decode(kind, found[1])) if found is not None else (0, None)


def write(tx: Connection, change: Change) -> None:
    """Carry out one change; ConflictError if what is kept is not what the change starts from."""
    version, held = read(tx, change.kind, change.id, change.owner)
    if held != change.before:
        raise ConflictError(change.kind, change.id, base=change.before, mine=change.after, theirs=held)
    if change.before is None and change.after is None:
        return
    done = (
        _write_entry(tx, change, version) if change.kind not in _TABLES else _write_row(tx, change, version)
    )
    if not done:  # another writer came between: only possible where the lock was not taken
        _, now = read(tx, change.kind, change.id, change.owner)
        raise ConflictError(change.kind, change.id, base=change.before, mine=change.after, theirs=now)


def _write_entry(tx: Connection, change: Change, version: int) -> bool:
    if change.after is None:
        return tx.execute(_delete_entry, _key(change, version)).rowcount == 1
    body = encode(change.after)
    if change.before is None:
        new = {
            "visit_id": change.owner,
            "kind": change.kind.value,
            "id": change.id,
            "version": 1,
            "body": body,
        }
        tx.execute(_insert_entry, new)
        return True
    return tx.execute(_update_entry, {**_key(change, version), "body": body}).rowcount == 1


def _key(change: Change, version: int) -> dict[str, Any]:
    return {
        "k_owner": change.owner,
        "k_kind": change.kind.value,
        "k_id": change.id,
        "k_version": version,
    }


def _write_row(tx: Connection, change: Change, version: int) -> bool:
    table = _TABLES[change.kind]
    this = (table.c.id == change.id, table.c.version == version)
    if change.after is None:
        return tx.execute(delete(table).where(*this)).rowcount == 1
    columns = _columns(change.after)
    if change.before is None:
        tx.execute(insert(table).values(id=change.id, version=1, **columns))
    elif tx.execute(update(table).where(*this).values(version=version + 1, **columns)).rowcount != 1:
        return False
    if isinstance(change.after, Patient):
        _index(tx, change.after, change.before if isinstance(change.before, Patient) else None)
    return True


def _index(tx: Connection, patient: Patient, before: Patient | None) -> None:
    new, old = _patient_words(patient), _patient_words(before) if before else set()
    table = rows.patient_word
    if old - new:
        tx.execute(delete(table).where(table.c.patient_id == patient.id, table.c.word.in_(old - new)))
    if new - old:
        tx.execute(insert(table), [{"word": word, "patient_id": patient.id} for word in sorted(new - old)])


def guard_signed(tx: Connection, changes: Iterable[Change]) -> None:
    """Raise SignedError if a change touches what a signature covers, NotFoundError where its visit is gone."""
    changes = tuple(changes)
    begun = {change.id for change in changes if change.kind is Kind.VISIT}
    known: dict[str, bool] = {}
    for change in changes:
        visit = change.id if change.kind is Kind.VISIT else change.owner
        if change.kind in _TABLES and change.kind is not Kind.VISIT:
            continue
        if visit not in known:
            signed = tx.execute(_is_signed, {"id": visit}).scalar()
            if signed is None and visit not in begun:
                raise NotFoundError(
                    "This visit is not in the records any more: it was removed, or its patient was erased.",
                    safe="Nothing was changed.",
                )
            known[visit] = bool(signed)
        if known[visit] and change.kind not in AFTER_SIGNING:
            raise SignedError(
                "This visit is signed: it cannot be changed any more.",
                safe="What you wrote is still on the screen.",
                todo="Add it as an amendment.",
            )


def belongings(tx: Connection, visit: str) -> list[tuple[str, str, str]]:
    """Return (kind, id, stored text) of everything that belongs to a visit."""
    columns = (rows.entry.c.kind, rows.entry.c.id, rows.entry.c.body)
    return [tuple(row) for row in tx.execute(select(*columns).where(rows.entry.c.visit_id == visit))]


_columns_of_line = (
    rows.patient.c.id,
    rows.patient.c.name,
    rows.patient.c.birth_date,
    rows.patient.c.number,
    rows.patient.c.archived,
    rows.patient.c.name_sort,
)
_begins = rows.patient_word.alias("begins")
_count_beginnings = select(func.count()).select_from(
    select(_begins.c.word)
    .where(_begins.c.word >= bindparam("low"), _begins.c.word < bindparam("high"))
    .limit(_MANY + 1)
    .subquery()
)


def search(tx: Connection, text: str, archived: bool, limit: int) -> list[PatientLine]:
    """Find patients by the beginnings of words. Sorted by name.

    Where one of the words is rare, its patients are read and sorted here; where all are frequent,
    patients are walked in the order of their names until enough fit: first a part of them, because a server
    thinks that fewer fit than do, and would look up all that fit to sort them.
    """
    words = _asked(text)
    counts = {word: _count(tx, word) for word in words}
    rarest = min(words, key=lambda word: counts[word], default=None)
    table = rows.patient
    if rarest is not None and counts[rarest] <= _MANY:
        query = select(*_columns_of_line).join_from(_begins, table, _begins.c.patient_id == table.c.id)
        query = query.where(_begins.c.word >= rarest, _begins.c.word < _after(rarest))
        found = tx.execute(_that_fit(query, [word for word in words if word != rarest])).all()
        # Archived patients are left out here, not above: SQLite would walk all patients for that.
        found = [row for row in found if archived or not row.archived]
    else:
        # One walk for each: the index is sorted by who is archived first, so a walk of all would sort everybody.
        found = []
        for each in (False, True) if archived else (False,):
            part = tx.execute(_walk(words, each, limit, _PART * limit)).all() if words else []
            found += part if len(part) == limit else tx.execute(_walk(words, each, limit)).all()
    by_id = {row.id: row for row in found}  # two words of a patient can begin alike
    shown = sorted(by_id.values(), key=lambda row: (row.name_sort, row.id))[:limit]
    last = _last_visits(tx, [row.id for row in shown])
    return [
        PatientLine(row.id, row.name, row.birth_date, row.number, row.archived, last.get(row.id))
        for row in shown
    ]


def _walk(words: Iterable[str], archived: bool, limit: int, part: int | None = None) -> Select[Any]:
    """Return a query of the first patients by name that fit, among the first ``part`` of all."""
    table = rows.patient
    those = table.c.archived.is_(archived)
    if part is None:
        query = select(*_columns_of_line).where(those).order_by(table.c.name_sort, table.c.id)
        return _that_fit(query, words).limit(limit)
    # The index alone holds what is walked; the rows of those that fit are read last.
    first = select(table.c.id, table.c.name_sort).where(those).order_by(table.c.name_sort, table.c.id)
    among = first.limit(part).subquery()
    fits = _that_fit(select(among.c.id).order_by(among.c.name_sort, among.c.id), words, among.c.id)
    shown = fits.limit(limit).subquery()
    return select(*_columns_of_line).join_from(shown, table, shown.c.id == table.c.id)


def _that_fit(
    query: Select[Any], words: Iterable[str], whose: ColumnElement[str] = rows.patient.c.id
) -> Select[Any]:
    """Return a query of patients narrowed to those with a word that begins with each of these."""
    for word in words:
        other = rows.patient_word.alias()
        fits = (
            other.c.patient_id == whose,
            other.c.word >= word,
            other.c.word < _after(word),
        )
        query = query.where(select(other.c.word).where(*fits).exists())
    return query


def _asked(text: str) -> list[str]:
    """Return the beginnings to look for; dates are taken whole."""
    asked: list[str] = []
    # What cannot be kept in any name cannot be asked for either; it parts words.
    askable = "".join(" " if each == "\x00" or "\ud800" <= each <= "\udfff" else each for each in text)
    for part in askable.split():
        plain = folded(part)[:LONGEST_WORD]
        asked += [plain] if _DATE.fullmatch(plain) else words_of(part)
    return list(dict.fromkeys(asked))[:8]


def _after(word: str) -> str:
    return word + "\U0010ffff"


def _count(tx: Connection, word: str) -> int:
    return tx.execute(_count_beginnings, {"low": word, "high": _after(word)}).scalar_one()


def _last_visits(tx: Connection, patients: list[str]) -> dict[str, date]:
    table = rows.visit
    query = select(table.c.patient_id, func.max(table.c.day)).where(table.c.patient_id.in_(patients))
    return {row[0]: row[1] for row in tx.execute(query.group_by(table.c.patient_id))}


def visit_lines(tx: Connection, patient: str) -> list[VisitLine]:
    """Return a patient's visits, newest first."""
    table = rows.visit
    query = (
        select(table.c.id, table.c.day, table.c.practitioner_id, table.c.reason, table.c.signed_at)
        .where(table.c.patient_id == patient)
        .order_by(table.c.day.desc(), table.c.id.desc())
    )
    return [
        VisitLine(row[0], row[1], row[2], row[3], datetime.fromisoformat(row[4]) if row[4] else None)
        for row in tx.execute(query)
    ]
