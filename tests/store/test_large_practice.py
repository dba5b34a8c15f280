"""What must not grow with the practice: signing in and the list read what they show, not all that is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from myomap.records.edits import add, together
from myomap.records.values import Patient, new_id
from myomap.store import journal, rows, shelves
from myomap.store.practice_store import StoredPractice


def _listen(practice: StoredPractice) -> list[tuple[str, Any]]:
    asked: list[tuple[str, Any]] = []
    event.listen(
        practice.database.engine,
        "after_cursor_execute",
        lambda _connection, _cursor, sql, given, *_rest: asked.append((sql, given)),
    )
    return asked


def _edits(practice: StoredPractice, days_ago: list[float]) -> None:
    now = datetime.now(UTC)
    made = [
        {
            "scope": "s",
            "actor": "a",
            "at": (now - timedelta(days=ago)).isoformat(timespec="microseconds"),
            "label": f"{ago:g} days ago",
            "gesture": "",
            "state": "done",
            "changes": "[]",
        }
        for ago in days_ago
    ]
    with practice.database.write() as tx:
        tx.execute(insert(rows.edit_log), made)


def _labels(practice: StoredPractice) -> list[str]:
    with practice.database.read() as tx:
        return list(tx.execute(select(rows.edit_log.c.label).order_by(rows.edit_log.c.seq)).scalars())


@pytest.mark.parametrize("old", [0, 1, 499, 500, 1201])
def test_edits_older_than_a_month_are_forgotten_and_no_others(any_practice: StoredPractice, old: int) -> None:
    _edits(any_practice, [40.0] * old + [29.0, 0.0])
    with any_practice.database.write() as tx:
        journal.prune(tx)
    assert _labels(any_practice) == ["29 days ago", "0 days ago"]


def test_forgetting_ends_at_the_first_edit_that_is_kept(memory: StoredPractice) -> None:
    """A practice that is opened once reads the beginning of its edits, not a month of them."""
    _edits(memory, [1.0] * 2000)
    asked = _listen(memory)
    with memory.database.write() as tx:
        journal.prune(tx)
    told = [sql for sql, _ in asked if "edit_log" in sql]
    assert len(told) == 1
    assert "LIMIT" in told[0]


def test_archived_patients_are_listed_in_their_place(any_practice: StoredPractice) -> None:
    names = ["Ada", "Bo", "Cy", "Di", "Ed"]
    people = [Patient(new_id(), name, archived=name in ("Bo", "Ed")) for name in names]
    any_practice.apply(together("Add patients", [add(each) for each in people]))
    assert [line.name for line in any_practice.search("")] == ["Ada", "Cy", "Di"]
    assert [line.name for line in any_practice.search("", archived=True)] == names
    assert [line.name for line in any_practice.search("", archived=True, limit=2)] == ["Ada", "Bo"]


@pytest.mark.parametrize("archived", [False, True])
def test_the_list_of_all_patients_is_never_sorted_as_a_whole(memory: StoredPractice, archived: bool) -> None:
    asked = _listen(memory)
    memory.search("", archived=archived)
    walks = [(sql, given) for sql, given in asked if "ORDER BY patient.name_sort" in sql]
    assert len(walks) == 1 + archived
    with memory.database.read() as tx:
        for sql, given in walks:
            plan = " ".join(row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given))
            assert "ix_patient_archived_name_sort" in plan
            assert "B-TREE" not in plan


@pytest.mark.parametrize("part", [1, 3, 80])
def test_frequent_words_find_the_first_by_name_wherever_the_walk_ends(
    any_practice: StoredPractice, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words are called frequent early, and few patients are walked first, as in a practice of hundred thousands."""
    monkeypatch.setattr(shelves, "_MANY", 2)
    monkeypatch.setattr(shelves, "_PART", part)
    names = [
        f"{first} {last}" for first in ("Ada", "Bo", "Cy", "Zoe") for last in ("Ba", "Bear", "Moor", "Zu")
    ]
    people = [Patient(new_id(), name, archived=name.endswith("Moor")) for name in names]
    any_practice.apply(together("Add patients", [add(each) for each in people]))
    for asked in ("b", "z", "zo", "ba", "b z", "bo b", "moor", "c m", "x"):
        for archived in (False, True):
            fits = [
                each.name
                for each in people
                if (archived or not each.archived)
                and all(any(w.startswith(q) for w in each.name.lower().split()) for q in asked.split())
            ]
            for limit in (2, 50):
                found = [line.name for line in any_practice.search(asked, archived=archived, limit=limit)]
                assert found == sorted(fits)[:limit], (asked, archived, limit)


def test_a_walk_for_a_frequent_word_reads_a_part_of_the_names_from_the_index_alone(
    memory: StoredPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "_MANY", 2)
    memory.apply(together("Add", [add(Patient(new_id(), f"Test Patient {n:03}")) for n in range(60)]))
    asked = _listen(memory)
    assert len(memory.search("te", limit=50)) == 50
    (walk,) = [(sql, given) for sql, given in asked if "name_sort" in sql]
    with memory.database.read() as tx:
        plan = " ".join(row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {walk[0]}", walk[1]))
    assert "COVERING INDEX ix_patient_archived_name_sort" in plan
    assert 80 * 50 in walk[1]
