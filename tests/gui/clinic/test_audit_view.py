"""The audit in the settings: whole or not, line by line in words, and gone with the lock."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.gui.clinic.gates import Gate, wait, words_of

from myomap.gui.practice.audit_words import tell
from myomap.gui.practice.session import State
from myomap.records.edits import add
from myomap.records.practice import AuditLine, Deed
from myomap.records.values import Patient, new_id

NAME = "Zzyzx Invented-Patient"


@pytest.fixture
def audit(gate: Gate) -> Any:
    gate.enter()
    gate.clinic.add_settings()
    gate.window.go_to("settings")
    practice = gate.session.practice
    patient = Patient(new_id(), NAME)
    practice.apply(add(patient, label="Add patient"))
    practice.patient(patient.id)
    practice.new_visit(patient.id)
    part = gate.clinic.settings.audit
    part.fold.head.setChecked(True)
    wait(lambda: part.table.rowCount() > 0)
    return part


def _lines(part: Any) -> list[tuple[str, ...]]:
    return [
        tuple(part.table.item(row, column).text() for column in (1, 2, 3))
        for row in range(part.table.rowCount())
    ]


def test_every_line_says_who_did_what_to_whose_record(audit: Any) -> None:
    lines = _lines(audit)
    assert ("Test Clinician", "changed", f"{NAME} · Add patient") in lines
    assert any(who == "Test Clinician" and did == "looked at" and NAME in what for who, did, what in lines)
    assert not any(part.startswith("visit of ") for line in lines for part in line)


def test_lines_are_chosen_by_what_was_done(audit: Any) -> None:
    everything = len(_lines(audit))
    audit.group.buttons["saw"].click()
    wait(lambda: 0 < audit.table.rowCount() < everything)
    assert {did for _, did, _ in _lines(audit)} == {"looked at"}


def test_whole_or_not_is_said_with_what_to_do(gate: Gate, audit: Any) -> None:
    audit.verify.click()
    wait(lambda: "whole and in order" in audit.verdict.text())
    with gate.session.practice.database.write() as tx:
        names = tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").scalars().all()
        for name in names:
            tx.exec_driver_sql(f"DROP TRIGGER {name}")
        tx.exec_driver_sql("UPDATE audit SET words = 'something else' WHERE seq = 2")
    audit.verify.click()
    wait(lambda: "has faults" in audit.verdict.text())
    assert "Keep a copy" in audit.verdict.text()


def test_it_is_empty_after_the_lock(gate: Gate, audit: Any) -> None:
    assert NAME in words_of(gate.window)
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    assert NAME not in words_of(gate.window)


def test_a_signing_in_says_how_it_was_proved(gate: Gate, audit: Any) -> None:
    practice = gate.session.practice
    practice.set_pin("4711-x")
    practice.sign_in(practice.actor.id, "4711-x")
    audit.group.buttons["doors"].click()
    wait(lambda: ("Test Clinician", "signed in", "with PIN") in _lines(audit))
    assert ("Test Clinician", "signed in", "without a PIN") in _lines(audit)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("", "without a PIN"),
        ("with PIN", "with PIN"),
        ("login anna", "without a PIN, login anna"),
        ("with PIN, login anna", "with PIN, login anna"),
    ],
)
def test_a_signing_in_on_a_server_names_the_login(gate: Gate, kept: str, said: str) -> None:
    gate.enter()
    practice = gate.session.practice
    who = practice.actor.id
    line = AuditLine(1, datetime.now(UTC), who, Deed.SIGNED_IN, who, kept, "")
    assert [each.about for each in tell(practice, [line])] == [said]
