"""A PIN: set in the settings, asked when somebody says who they are, signs and amends; and when it is forgotten."""

from typing import Any

import pytest
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait

from myomap.gui.practice.session import State
from myomap.records.demo import fill_visit
from myomap.records.edits import add
from myomap.records.values import Patient, Practitioner, Role, new_id

PIN = "4711"


@pytest.fixture
def people(gate: Gate) -> Any:
    gate.make()
    gate.recovery_key = gate.gate.recovery.key
    gate.gate.recovery.go.click()
    wait(lambda: gate.session.is_open)
    gate.clinic.add_settings()
    gate.window.go_to("settings")
    gate.said = []
    gate.told = []
    gate.window.context.prompts.say = gate.said.append
    gate.window.context.prompts.tell = gate.told.append
    gate.session.practice.apply(add(Practitioner(new_id(), "Test Colleague", Role.CLINICIAN)))
    gate.session.learn_pins()
    gate.idle()
    return gate.clinic.settings.people


def _set(gate: Gate, people: Any, new: str, old: str = "", again: str | None = None) -> None:
    part = people.pins
    part.own.head.setChecked(True)
    part.old.line.setText(old)
    part.new.line.setText(new)
    part.again.line.setText(new if again is None else again)
    part.put.click()
    gate.idle()


def test_without_any_pin_the_settings_say_what_that_means(people: Any) -> None:
    assert "can work and sign as any person" in people.pins.words.text()
    assert people.pins.forgotten.isHidden()


def test_a_pin_is_set_changed_and_removed_and_needs_the_old_one(gate: Gate, people: Any) -> None:
    part = people.pins
    _set(gate, people, "12", again="12")
    assert "at least 4" in part.new.problem.text()
    _set(gate, people, PIN, again="4712")
    assert "not the same" in part.again.problem.text()
    _set(gate, people, PIN)
    assert "With a PIN: Test Clinician" in part.words.text()
    assert part.new.line.text() == ""
    _set(gate, people, "0815", old="")
    assert "that you have now" in part.old.problem.text()
    _set(gate, people, "0815", old=PIN)
    part.old.line.setText("0815")
    part.drop.click()
    gate.idle()
    assert "Nobody has a PIN" in part.words.text()
    assert gate.told == []


def test_it_is_asked_when_somebody_says_who_they_are(gate: Gate, people: Any) -> None:
    _set(gate, people, PIN)
    assert gate.clinic._who_button.isVisible()
    assert "Test Clinician" in gate.clinic._who_button.toolTip()
    gate.clinic._who_button.click()
    page = gate.gate.who
    gate.window.go_to("patients")
    mine = next(b for b in page._buttons if b.text().startswith("Test Clinician"))
    mine.click()
    wait(lambda: page.pin.isVisible())
    assert gate.session.state is State.WHO
    page.pin.line.setText("0000")
    page.go.click()
    wait(lambda: bool(page.pin.problem.text()))
    assert "Try again in" in page.pin.problem.text()
    page.go.click()  # too soon: not even tried
    wait(lambda: not page.pin.waits)
    page.pin.line.setText(PIN)
    page.go.click()
    wait(lambda: gate.session.is_open)
    assert gate.session.actor.name == "Test Clinician"
    gate.session.change_person()
    theirs = next(b for b in page._buttons if b.text().startswith("Test Colleague"))
    theirs.click()
    wait(lambda: gate.session.is_open)  # who has none is not asked
    assert gate.session.actor.name == "Test Colleague"


def test_after_the_lock_the_passphrase_alone_does_not_make_anybody_the_person(
    gate: Gate, people: Any
) -> None:
    _set(gate, people, PIN)
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    page = gate.gate.unlock
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.session.state is State.WHO, 30)
    assert gate.session.actor is None


def test_signing_and_amending_ask_for_it(gate: Gate, people: Any) -> None:
    _set(gate, people, PIN)
    practice = gate.session.practice
    patient = Patient(new_id(), "Test Patient 81")
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    practice.apply(fill_visit(visit))
    gate.clinic.open_visit(visit)
    wait(lambda: gate.clinic.desk.record is not None)
    gate.clinic.visit.open_step("sign")
    step = gate.clinic.visit.steps["sign"]
    assert step.pin.isVisible()
    step.button.click()
    assert gate.asked == []
    assert "needs your PIN" in step.pin.problem.text()
    step.pin.line.setText("0000")
    step.button.click()
    gate.asked.pop()[3]()
    wait(lambda: step.pin.waits)
    assert not practice.visit(visit).visit.is_signed
    wait(lambda: not step.pin.waits)
    step.pin.line.setText(PIN)
    step.button.click()
    gate.asked.pop()[3]()
    wait(lambda: gate.clinic.desk.signed)
    assert "with PIN" in step.signed_words.text()
    assert step.pin.line.text() == ""
    step.why.setText("a reason")
    step.what.setPlainText("more")
    step.put.click()
    assert "needs your PIN" in step.amend_pin.problem.text()
    step.amend_pin.line.setText(PIN)
    step.put.click()
    wait(lambda: bool(gate.clinic.desk.record.amendments))
    assert gate.told == []


def test_a_forgotten_pin_is_removed_with_the_recovery_key(gate: Gate, people: Any) -> None:
    _set(gate, people, PIN)
    gate.session.change_person()
    gate.window.go_to("patients")
    page = gate.gate.who
    next(b for b in page._buttons if b.text().startswith("Test Clinician")).click()
    wait(lambda: page.pin.isVisible())
    page.forgotten.head.setChecked(True)
    page.key.setText("not the key at all")
    page.remove.click()
    wait(lambda: bool(page.key_field.problem.text()))
    wait(lambda: gate.session.place.wait_s() == 0, 10)
    page.key.setText(gate.recovery_key)
    page.remove.click()
    wait(lambda: gate.session.is_open)
    gate.session.learn_pins()
    gate.idle()
    assert "Nobody has a PIN" in people.pins.words.text()
