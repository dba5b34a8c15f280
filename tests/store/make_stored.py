"""Writes a practice as this version of the program keeps it: tests/store/stored/<step>.json.

Run it once for every released schema step and commit what it writes; never write one anew:

    PYTHONPATH=app .venv/bin/python tests/store/make_stored.py

It is text, not a database file: so the same rows can be put into SQLite, SQLCipher and PostgreSQL,
and a reviewer can read them. The tables themselves come from the frozen migration of that step.
"""

import json
import sys
from dataclasses import is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import get_args, get_type_hints

from sqlalchemy import select

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add, change
from myomap.records.values import CLASSES
from myomap.store import rows, upgrade
from myomap.store.memory_practice import memory_practice

PIN = "2468"


def field_lines() -> list[str]:
    """Return every field of every value that is kept, one a line, with its type."""
    found: dict[str, None] = {}
    waiting = list(CLASSES.values())
    while waiting:
        made = waiting.pop(0)
        for name, kind in get_type_hints(made).items():
            found[f"{made.__name__}.{name}: {kind}"] = None
            inner = [kind, *get_args(kind)]
            inner += [deeper for each in get_args(kind) for deeper in get_args(each)]
            waiting += [each for each in inner if is_dataclass(each) and each not in waiting]
            for each in inner:
                if isinstance(each, type) and issubclass(each, Enum):
                    found[f"{each.__name__}: {', '.join(member.value for member in each)}"] = None
    return sorted(found)


def main() -> None:
    """Fill a practice and write every table."""
    practice = memory_practice("Stored practice")
    patient = demo_patient()
    practice.apply(add(patient))
    for signs in (True, False):
        visit = practice.new_visit(patient.id).visit.id
        practice.apply(fill_visit(visit))
        note = practice.visit(visit).notes[0]
        practice.apply(change(note, replace(note, text="Changed “once”."), visit=visit))
        if signs:
            practice.set_pin(PIN)
            practice.sign(visit, PIN)
            practice.amend(visit, reason="Stored", text="An amendment.", pin=PIN)
    practice.undo(visit)
    with practice.database.read() as tx:
        tables = {
            table.name: [dict(row._mapping) for row in tx.execute(select(table))]
            for table in rows.metadata.sorted_tables
        }
    fields = "\n".join(field_lines()) + "\n"
    step = sys.argv[1] if len(sys.argv) > 1 else upgrade.HEAD
    path = Path(__file__).parent / "stored" / f"{step}.json"
    if path.exists():
        raise SystemExit(f"{path} is what was released; it stays as it is")
    path.with_name(f"fields-{step}.txt").write_text(fields, "utf-8")
    path.write_text(json.dumps(tables, indent=0, default=str, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
