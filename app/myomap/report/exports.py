"""Visits as JSON and CSV with a data dictionary, on request without anything that names a person.

Pseudonymised means: names, contacts and licence numbers dropped, ids replaced by keyed digests, all
of a patient's dates shifted by the same unknown number of days, free text dropped. The key is thrown
away unless the caller keeps it, so two exports cannot be joined.
"""

import csv
import hashlib
import hmac
import io
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from myomap.records.values import Patient, VisitRecord, kind_of

#: Fields whose words could name somebody; dropped when pseudonymised.
FREE_TEXT = frozenset(
    {
        *("reason", "words", "note", "remarks", "decision", "advice", "goals", "text", "reaction"),
        *("action", "outcome", "question", "referred_to", "about", "name", "by", "licence_number"),
        *("address", "phone", "email", "emergency", "author_name", "alerts", "number", "asked_by"),
        *("author", "practitioner", "signature", "digest", "contact"),
    }
)
#: Words the program wrote itself (“RIGHT trapezius, descending part”) are kept: fields of a site.
_IDS = frozenset({"id", "patient", "copied_from"})

_DICTIONARY: tuple[tuple[str, str, str], ...] = (
    ("patient", "text", "Id of the patient; a keyed digest when pseudonymised."),
    ("visit", "text", "Id of the visit; a keyed digest when pseudonymised."),
    ("day", "date", "Day of the visit (ISO 8601); shifted when pseudonymised."),
    ("kind", "text", "What the row is: pain_score, finding, needling, stroke, …"),
    ("id", "text", "Id of the row."),
    (
        "field",
        "text",
        "Name; parts of a site as site.structure, site.laterality … What was not asked has no row.",
    ),
    ("value", "text", "The value as text; numbers with a point, yes/no as true/false, lists as JSON."),
)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """How one export hides who is who."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    mark: str = ""
    """Begins every id: says of invented patients that they are."""

    def id(self, given: str) -> str:
        """Return a digest that stands for an id within this export."""
        if not given:
            return ""
        return self.mark + hmac.new(self.key, given.encode(), hashlib.sha256).hexdigest()[:20]

    def shift(self, patient: str) -> timedelta:
        """Return by how many days a patient's dates are moved (30 to 365 back)."""
        drawn = hmac.new(self.key, b"shift:" + patient.encode(), hashlib.sha256).digest()
        return timedelta(days=-(30 + int.from_bytes(drawn[:4], "big") % 336))


def visits_json(
    patient: Patient, records: Sequence[VisitRecord], *, pseudonyms: Pseudonyms | None = None
) -> bytes:
    """Return a patient's visits as readable JSON (UTF-8)."""
    made = {
        "format": "myomap.visits/1",
        "pseudonymised": pseudonyms is not None,
        "patient": plain(patient, patient.id, pseudonyms),
        "visits": [
            {
                "visit": plain(r.visit, patient.id, pseudonyms),
                "values": [{"kind": str(kind_of(v)), **plain(v, patient.id, pseudonyms)} for v in r.values()],
            }
            for r in records
        ],
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def visits_csv(
    patients: Sequence[tuple[Patient, Sequence[VisitRecord]]], *, pseudonyms: Pseudonyms | None = None
) -> bytes:
    """Return visits in the long form, a row a value, with a UTF-8 mark so that spreadsheets read it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([name for name, _, _ in _DICTIONARY])
    for patient, records in patients:
        for record in records:
            head = plain(record.visit, patient.id, pseudonyms)
            for value in record.values():
                made = plain(value, patient.id, pseudonyms)
                for name, text in _flat(made):
                    if name == "id":
                        continue
                    row = (
                        head["patient"],
                        head["id"],
                        head["on"],
                        str(kind_of(value)),
                        made["id"],
                        name,
                        text,
                    )
                    writer.writerow([_harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def data_dictionary() -> bytes:
    """Return what each column of `visits_csv` holds, as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["column", "type", "meaning"])
    writer.writerows(_DICTIONARY)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plain(value: Any, patient: str, pseudonyms: Pseudonyms | None) -> dict[str, Any]:
    """Return a value as what JSON knows; pseudonymised where asked."""
    return {
        each.name: _plain(getattr(value, each.name), each.name, patient, pseudonyms)
        for each in fields(value)
        if pseudonyms is None or each.name not in FREE_TEXT or _is_kept_word(value, each.name)
    }


def _is_kept_word(value: Any, name: str) -> bool:
    return name == "words" and type(value).__name__ == "Site"


def _plain(value: Any, name: str, patient: str, pseudonyms: Pseudonyms | None) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return plain(value, patient, pseudonyms)
    if isinstance(value, tuple):
        return [_plain(each, name, patient, pseudonyms) for each in value]
    if isinstance(value, datetime):
        return (value + pseudonyms.shift(patient) if pseudonyms else value).isoformat()
    if isinstance(value, date):
        if pseudonyms and name == "birth_date":
            return value.year  # the year alone: a shifted birth date would still be nearly exact
        return (value + pseudonyms.shift(patient) if pseudonyms else value).isoformat()
    if pseudonyms and name in _IDS and isinstance(value, str):
        return pseudonyms.id(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value


def _flat(made: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in made.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield f"{prefix}{name}", json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            yield f"{prefix}{name}", "true" if value else "false"
        elif value is not None:
            yield f"{prefix}{name}", f"{value:g}" if isinstance(value, float) else str(value)


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "@", "\t", "\r") or cell[:2] in ("-=", "-@") else cell
