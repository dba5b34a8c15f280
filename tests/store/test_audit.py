"""Verifying finds a line or a signed visit that was changed, removed or moved, whoever did it."""

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add
from myomap.records.practice import Deed
from myomap.store.practice_store import StoredPractice

LINES = 12


@pytest.fixture
def signed(memory: StoredPractice) -> StoredPractice:
    patient = demo_patient()
    memory.apply(add(patient))
    visit = memory.new_visit(patient.id).visit.id
    memory.apply(fill_visit(visit))
    memory.sign(visit)
    while memory.audit(limit=1)[0].seq < LINES:
        memory.note_deed(Deed.PRINTED, visit)
    assert memory.verify_audit().is_whole
    with memory.database.write() as tx:  # as somebody would who has the key and any SQLite tool
        names = tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            tx.exec_driver_sql(f"DROP TRIGGER {name}")
    return memory


def _do(practice: StoredPractice, *statements: str) -> tuple[str, ...]:
    with practice.database.write() as tx:
        for sql in statements:
            assert tx.exec_driver_sql(sql).rowcount >= 1, sql
    return practice.verify_audit().faults


@pytest.mark.parametrize("seq", range(1, LINES + 1))
@pytest.mark.parametrize(
    "column",
    ["at = '2020-01-01T00:00:00+00:00'", "actor = 'x'", "deed = 'locked'", "subject = 'x'", "words = 'y'"],
)
def test_a_changed_line_is_found(signed: StoredPractice, seq: int, column: str) -> None:
    faults = _do(signed, f"UPDATE audit SET {column} WHERE seq = {seq}")
    assert any(f"Line {seq} was changed" in fault for fault in faults)


@pytest.mark.parametrize("seq", range(1, LINES + 1))
def test_a_removed_line_is_found(signed: StoredPractice, seq: int) -> None:
    faults = _do(signed, f"DELETE FROM audit WHERE seq = {seq}")
    assert any("missing" in fault for fault in faults)


def test_a_removed_line_is_found_although_the_rest_moved_up(signed: StoredPractice) -> None:
    faults = _do(
        signed,
        "DELETE FROM audit WHERE seq = 5",
        *(f"UPDATE audit SET seq = {seq - 1} WHERE seq = {seq}" for seq in range(6, LINES + 1)),
        "UPDATE audit_head SET seq = seq - 1",
    )
    assert faults


@pytest.mark.parametrize(("a", "b"), [(1, 2), (4, 9), (LINES - 1, LINES)])
def test_lines_that_changed_places_are_found(signed: StoredPractice, a: int, b: int) -> None:
    faults = _do(
        signed,
        f"UPDATE audit SET seq = -1 WHERE seq = {a}",
        f"UPDATE audit SET seq = {a} WHERE seq = {b}",
        f"UPDATE audit SET seq = {b} WHERE seq = -1",
    )
    assert faults


def test_an_added_line_is_found(signed: StoredPractice) -> None:
    sql = f"INSERT INTO audit SELECT {LINES + 1}, at, actor, deed, subject, words, digest FROM audit WHERE seq = 3"
    assert _do(signed, sql)


def test_a_cut_tail_is_found(signed: StoredPractice) -> None:
    assert _do(signed, f"DELETE FROM audit WHERE seq > {LINES - 4}") == ("The last 4 lines are missing.",)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entry SET body = replace(body, 'pea', 'bean') WHERE kind = 'mark'",
        "DELETE FROM entry WHERE kind = 'note'",
        'UPDATE visit SET body = replace(body, \'"reason":""\', \'"reason":"other"\')',
        "UPDATE entry SET kind = 'note' WHERE kind = 'mark'",
    ],
)
def test_a_changed_signed_visit_is_found(signed: StoredPractice, sql: str) -> None:
    faults = _do(signed, sql)
    assert [fault for fault in faults if "is not as it was signed" in fault]


def test_a_signature_taken_off_or_made_anew_is_found(signed: StoredPractice) -> None:
    assert "no longer signed" in _do(signed, "UPDATE visit SET signature = NULL, signed_at = NULL")[0]


def test_a_visit_signed_anew_around_the_program_is_found(signed: StoredPractice) -> None:
    from myomap.records.canonical import digest_of
    from myomap.store import shelves

    with signed.database.write() as tx:
        tx.exec_driver_sql("UPDATE entry SET body = replace(body, 'pea', 'bean') WHERE kind = 'mark'")
        id, body, signature = tx.exec_driver_sql("SELECT id, body, signature FROM visit").one()
        digest = digest_of(body, shelves.belongings(tx, id))
        old = signature.split('"digest":"')[1][:64]
        tx.exec_driver_sql("UPDATE visit SET signature = ?", (signature.replace(old, digest),))
    assert "the audit does not know" in signed.verify_audit().faults[0]


@pytest.mark.parametrize("part", ["Test Owner", "L-1", "signed_at"])
def test_an_altered_signature_is_found(signed: StoredPractice, part: str) -> None:
    new = 'signed_at":"2001-01-01T00:00:00Z","x' if part == "signed_at" else "Someone"
    sql = f"UPDATE visit SET signature = replace(signature, '{part}', '{new}')"
    assert "the audit does not know" in _do(signed, sql)[0]


def test_a_removed_signed_visit_is_found(signed: StoredPractice) -> None:
    assert "is gone" in _do(signed, "DELETE FROM entry", "DELETE FROM visit")[0]


def test_many_faults_are_not_listed_for_ever(signed: StoredPractice) -> None:
    with signed.database.write() as tx:
        tx.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 20 UNION ALL SELECT i + 2 FROM n WHERE i < 2000) "
            "INSERT INTO audit SELECT i, '2020-01-01', '', 'saw', '', '', '' FROM n"
        )
    assert 50 < len(signed.verify_audit().faults) < 400
