"""Giving a patient their record, and erasing it when it need not be kept any more."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from myomap.records.errors import NotFoundError, Problem, RefusedError, RetentionError
from myomap.records.practice import AuditLine, Deed
from myomap.records.retention import kept_until
from myomap.records.values import Kind, Patient, PracticeSettings, Practitioner, VisitRecord
from myomap.store import audit_log, journal, rows, shelves

EXPORT_FORMAT = "myomap-patient-1"


def export(
    patient: Patient,
    records: Sequence[VisitRecord],
    lines: Sequence[AuditLine],
    settings: PracticeSettings,
    people: Sequence[Practitioner],
) -> bytes:
    """Return a patient's whole record as readable JSON (UTF-8, two spaces)."""
    names = {each.id: each.name for each in people}
    whole: dict[str, Any] = {
        "format": EXPORT_FORMAT,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "practice": {"name": settings.name, "address": settings.address, "phone": settings.phone},
        "patient": patient,
        "visits": list(records),
        "who_saw_it": [
            {
                "at": line.at,
                "practitioner": names.get(line.actor, line.actor),
                "deed": line.deed.value,
                "words": line.words,
            }
            for line in reversed(lines)
        ],
    }
    return msgspec.json.format(msgspec.json.encode(whole, enc_hook=_plain), indent=2) + b"\n"


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise NotImplementedError(type(value).__name__)


def erase(
    tx: Connection, head: tuple[int, str], id: str, actor: str, reason: str, retention_years: int
) -> int:
    """Erase a patient with all visits, edits and search words; return how many visits there were.

    The audit keeps ids, never names. Raises RetentionError, NotFoundError, RefusedError.
    """
    if not reason.strip():
        raise RefusedError(Kind.PATIENT, (Problem("reason", "Erasing a patient needs its reason."),))
    patient = shelves.read(tx, Kind.PATIENT, id)[1]
    if not isinstance(patient, Patient):
        raise NotFoundError("There is no such patient.")
    if set(shelves.words_of(patient.name)) & set(shelves.words_of(reason)):
        sentence = "The reason stays in the audit for ever: leave the patient’s name out of it."
        raise RefusedError(Kind.PATIENT, (Problem("reason", sentence),))
    table = rows.visit
    last = tx.execute(select(func.max(table.c.day)).where(table.c.patient_id == id)).scalar()
    if last is not None:
        until = kept_until(last, retention_years)
        if datetime.now(UTC).astimezone().date() < until:
            raise RetentionError(
                f"This record must be kept until {until.isoformat()} "
                f"({retention_years} years after the last visit).",
                safe="Nothing was erased.",
                todo="Archive the patient instead.",
            )
    visits = list(tx.execute(select(table.c.id).where(table.c.patient_id == id)).scalars())
    tx.execute(insert(rows.erasing).values(patient_id=id))
    for visit in visits:
        tx.execute(delete(rows.entry).where(rows.entry.c.visit_id == visit))
    tx.execute(delete(table).where(table.c.patient_id == id))
    tx.execute(delete(rows.patient_word).where(rows.patient_word.c.patient_id == id))
    tx.execute(delete(rows.patient).where(rows.patient.c.id == id))
    journal.forget_patient(tx, id, visits)
    tx.execute(delete(rows.erasing))
    for subject in (*visits, id):
        head = audit_log.append(tx, head, actor, Deed.ERASED, subject, reason[:200])
    return len(visits)
