"""How a large practice feels: search as you type, opening a visit, saving an edit, size, backup.

    PYTHONPATH=app python tests/benchmarks/records_scale.py --patients 100000 --visits 10
    PYTHONPATH=app python tests/benchmarks/records_scale.py --server postgresql+psycopg://…/empty

Every name is invented from syllables. Prints one line of JSON a measure.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from myomap.records.canonical import encode
from myomap.records.demo import UPPER_TRAPEZIUS, demo_patient
from myomap.records.edits import add
from myomap.records.place import PracticePlace
from myomap.records.practice import Backup
from myomap.records.values import (
    Finding,
    Moment,
    Needling,
    Note,
    NoteSection,
    PainScale,
    PainScore,
    Patient,
    Practitioner,
    Role,
    Stroke,
    Value,
    Visit,
    kind_of,
    new_id,
)
from myomap.store import rows, shelves
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
SYLLABLES = [
    "ba",
    "be",
    "bo",
    "da",
    "do",
    "fa",
    "fi",
    "ga",
    "gu",
    "ha",
    "jo",
    "ka",
    "ko",
    "la",
    "lu",
    "ma",
    "mi",
    "na",
    "ni",
    "or",
    "pa",
    "qu",
    "ra",
    "ri",
    "sa",
    "se",
    "ta",
    "to",
    "va",
    "vo",
    "wi",
    "xa",
    "ya",
    "zu",
]
AT_ONCE = 5000


def _name(chance: random.Random) -> str:
    first = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 3))).title()
    last = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).title()
    return f"{first} {last}"


def _entries(visit: str, chance: random.Random) -> list[Value]:
    return [
        Finding(new_id(), UPPER_TRAPEZIUS, True, True, True, True, referred_to="temple"),
        Needling(new_id(), UPPER_TRAPEZIUS, 0.25, 30, 15, insertions=chance.randint(1, 9)),
        PainScore(new_id(), Moment.BEFORE, PainScale.NRS, chance.randint(3, 9)),
        PainScore(new_id(), Moment.AFTER, PainScale.NRS, chance.randint(0, 5)),
        Note(new_id(), NoteSection.TOLD, "Invented words about a headache. " * 4),
    ]


def fill(practice: StoredPractice, patients: int, visits: int, seed: int = 3) -> list[str]:
    """Fill a practice, past the one door because that is what takes long; return some visits' ids."""
    chance = random.Random(seed)
    start, some = date(2016, 1, 4), []

    def make() -> Iterator[tuple[Any, dict[str, Any]]]:
        for number in range(patients):
            patient = Patient(
                new_id(),
                _name(chance),
                date(1930, 1, 1) + timedelta(days=chance.randrange(30000)),
                number=f"N{number}",
            )
            yield rows.patient, {"id": patient.id, "version": 1, **shelves._columns(patient)}
            for word in shelves._patient_words(patient):
                yield rows.patient_word, {"word": word, "patient_id": patient.id}
            for count in range(visits):
                day = start + timedelta(days=chance.randrange(3900))
                visit = Visit(new_id(), patient.id, day)
                if count == 0 and number % max(1, patients // 200) == 0:
                    some.append(visit.id)
                yield rows.visit, {"id": visit.id, "version": 1, **shelves._columns(visit)}
                for value in _entries(visit.id, chance):
                    yield (
                        rows.entry,
                        {
                            "visit_id": visit.id,
                            "kind": kind_of(value).value,
                            "id": value.id,
                            "version": 1,
                            "body": encode(value),
                        },
                    )

    made = make()
    while part := list(islice(made, AT_ONCE * 10)):
        with practice.database.write() as tx:
            for table in (rows.patient, rows.patient_word, rows.visit, rows.entry):
                given = [row for kind, row in part if kind is table]
                if given:
                    tx.execute(insert(table), given)
    return some


def _times(do: Callable[[Any], object], over: Iterable[Any]) -> dict[str, float]:
    taken = []
    for each in over:
        begun = time.perf_counter()
        do(each)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return {
        "count": len(taken),
        "median_ms": round(statistics.median(taken), 2),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 2),
        "most_ms": round(taken[-1], 2),
    }


def measure(practice: StoredPractice, some: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each measure by its name."""
    chance = random.Random(5)
    typed: list[str] = []
    for _ in range(30):
        name = _name(chance)
        typed += [name[:count] for count in range(1, len(name) + 1)]  # as it is typed, letter by letter
    yield "search_as_you_type", _times(practice.search, typed)
    yield "search_birth_date", _times(practice.search, ["1950", "1950-0", "1950-07", "1950-07-1"])
    yield "open_list", _times(practice.search, [""] * 10)
    yield "open_visit", _times(practice.visit, some)
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    points = tuple((i * 0.7, 100 + i * 1.1) for i in range(60))
    strokes = [
        add(Stroke(new_id(), "male.anterior", points, 4.0, 7, cells=tuple(range(300))), visit=visit)
        for _ in range(500)
    ]
    yield "add_stroke_to_100", _times(practice.apply, strokes[:100])
    yield "add_stroke_to_500", _times(practice.apply, strokes[100:])
    yield "open_visit_of_500_strokes", _times(practice.visit, [visit] * 5)
    yield "undo", _times(practice.undo, [visit] * 50)
    begun = time.perf_counter()
    made, saved = _back_up_and_save(practice, visit)
    yield "save_during_backup", saved
    yield "backup", {"seconds": round(time.perf_counter() - begun, 2), "mb": round(made.size / 1e6, 1)}
    begun = time.perf_counter()
    verdict = practice.verify_audit()
    assert verdict.is_whole
    yield "verify_audit", {"seconds": round(time.perf_counter() - begun, 2), "lines": verdict.lines}


def _back_up_and_save(practice: StoredPractice, visit: str) -> tuple[Backup, dict[str, Any]]:
    """Back up on a thread of its own while notes are saved; return how long a save took meanwhile."""
    made: list[Backup] = []
    thread = threading.Thread(target=lambda: made.append(practice.back_up()))
    thread.start()

    def save(_: object) -> None:
        practice.apply(add(Note(new_id(), NoteSection.TOLD, "Invented words."), visit=visit))

    def while_it_runs() -> Iterator[None]:
        while thread.is_alive():
            time.sleep(0.02)  # faster than anybody types
            yield None

    saved = _times(save, while_it_runs())
    thread.join()
    return made[0], saved


def _say(name: str, found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({name: found}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--visits", type=int, default=10)
    parser.add_argument("--server", default="", help="an empty database on a server")
    parser.add_argument("--folder", type=Path, help="kept, and measured again without filling it anew")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "practice"
        place = PracticeServer(options.server, Path(temporary)) if options.server else PracticeFolder(folder)
        practice = place.open(PASSPHRASE) if place.exists() else _filled(place, options)
        with practice.database.read() as tx:
            step = max(1, options.patients * options.visits // 300)
            some = list(tx.execute(select(rows.visit.c.id).order_by(rows.visit.c.id)).scalars())[::step]
        for name, found in measure(practice, some):
            _say(name, found)
        practice.close()


def _filled(place: PracticePlace, options: argparse.Namespace) -> StoredPractice:
    owner = Practitioner(new_id(), "Test Owner", Role.OWNER, licence_number="L", needling_certificate="C")
    practice, _ = place.create(PASSPHRASE, name="Benchmark", owner=owner)
    assert isinstance(practice, StoredPractice)
    begun = time.perf_counter()
    fill(practice, options.patients, options.visits)
    if options.server:
        with practice.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as raw:
            raw.exec_driver_sql("ANALYZE")
    filled = {"seconds": round(time.perf_counter() - begun, 1), "patients": options.patients}
    _say("filled", {**filled, "visits": options.patients * options.visits})
    return practice


if __name__ == "__main__":
    main()
