"""Reads the drawings of many patients, a few visits at a time: no long transaction, no name."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from myomap.records.group import GroupDrawing, Painted, Wanted, Which
from myomap.records.values import Kind, Sex, Stroke
from myomap.store import rows

#: Visits read in one transaction.
CHUNK = 200
Read = Callable[[], AbstractContextManager[Connection]]
Told = Callable[[int, int], object]


class _Sexed(msgspec.Struct):
    """All that is read of a patient's text."""

    sex: Sex = Sex.NOT_GIVEN


_stroke = msgspec.json.Decoder(Stroke)
_sexed = msgspec.json.Decoder(_Sexed)


def drawings(read: Read, wanted: Wanted, painted: Painted, told: Told) -> Iterator[GroupDrawing]:
    """Return the wanted drawings, all of a patient's together; ``told`` hears (done, of) and may raise.

    Of those who are asked for once, further visits are read only until one has what is wanted.
    """
    queues = _visits(read, wanted)
    if wanted.which is Which.ALL:
        every = [(patient, visit) for patient, visits in queues.items() for visit in visits]
        yield from _read_all(read, wanted, painted, every, told)
        return
    total, open_ = len(queues), {patient: deque(visits) for patient, visits in queues.items()}
    told(0, total)
    while open_:
        tried = [(patient, visits.popleft()) for patient, visits in open_.items()]
        for at in range(0, len(tried), CHUNK):
            some = tried[at : at + CHUNK]
            for patient, cells in _cells(read, wanted, painted, some):
                if len(cells):
                    del open_[patient]
                    yield GroupDrawing(patient, cells)
                elif not open_[patient]:
                    del open_[patient]
            told(total - len(open_), total)


def _read_all(
    read: Read, wanted: Wanted, painted: Painted, every: Sequence[tuple[str, str]], told: Told
) -> Iterator[GroupDrawing]:
    told(0, len(every))
    for at in range(0, len(every), CHUNK):
        some = every[at : at + CHUNK]
        for patient, cells in _cells(read, wanted, painted, some):
            if len(cells):
                yield GroupDrawing(patient, cells)
        told(at + len(some), len(every))


def _visits(read: Read, wanted: Wanted) -> dict[str, list[str]]:
    """Return the visits that may count, by patient; the first to be tried comes first."""
    who, visit = rows.patient, rows.visit
    people = select(who.c.id, who.c.birth_date, who.c.body)
    if not wanted.archived:
        people = people.where(who.c.archived.is_(False))
    days = select(visit.c.id, visit.c.patient_id, visit.c.day)
    if wanted.since is not None:
        days = days.where(visit.c.day >= wanted.since)
    if wanted.until is not None:
        days = days.where(visit.c.day <= wanted.until)
    days = days.order_by(visit.c.patient_id, visit.c.day, visit.c.id)
    with read() as tx:
        known: dict[str, tuple[Sex, date | None]] = {
            id: (_sexed.decode(body).sex, born) for id, born, body in tx.execute(people)
        }
        found: dict[str, list[str]] = {}
        for id, patient, day in tx.execute(days):
            if patient in known:
                sex, born = known[patient]
                if wanted.takes(sex=sex, born=born, on=day):
                    found.setdefault(patient, []).append(id)
    if wanted.which is Which.LAST:
        for visits in found.values():
            visits.reverse()
    return found


def _cells(
    read: Read, wanted: Wanted, painted: Painted, some: Sequence[tuple[str, str]]
) -> list[tuple[str, NDArray[np.int32]]]:
    """Return what is left of each visit's drawing, in the order that is given."""
    entry = rows.entry
    query = (
        select(entry.c.visit_id, entry.c.body)
        .where(entry.c.visit_id.in_([visit for _, visit in some]), entry.c.kind == Kind.STROKE.value)
        .order_by(entry.c.visit_id, entry.c.id)
    )
    strokes: dict[str, list[str]] = {}
    with read() as tx:
        for visit, body in tx.execute(query):
            strokes.setdefault(visit, []).append(body)
    return [
        (patient, painted.left((_stroke.decode(body) for body in strokes.get(visit, ())), wanted))
        for patient, visit in some
    ]
