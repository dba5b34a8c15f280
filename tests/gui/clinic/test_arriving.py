"""What is read again and when: lists only where somebody sees them, settings of other machines within half a minute."""

from dataclasses import replace
from typing import Any

import pytest
from tests.gui.clinic.gates import words_of

from myomap.gui.practice.session import State
from myomap.records.edits import add, change
from myomap.records.errors import PracticeFileError
from myomap.records.values import Note, NoteSection, Patient, Practitioner, Role, new_id


@pytest.fixture
def reads(bench: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was read since: the list of patients, or the visits of one."""
    made: list[str] = []
    for name in ("search", "visits"):
        really = getattr(bench.practice, name)
        monkeypatch.setattr(
            bench.practice,
            name,
            lambda *a, name=name, really=really, **k: (made.append(name), really(*a, **k))[1],
        )
    return made


def _write(bench: Any, words: str) -> None:
    bench.desk.do(add(Note(new_id(), NoteSection.TOLD, words), visit=bench.desk.visit.id))
    bench.idle()


def test_nothing_is_read_for_lists_that_nobody_sees_while_a_visit_is_written(
    bench: Any, reads: list[str]
) -> None:
    bench.clinic.patients_place()
    bench.clinic.open_patient(bench.patient.id)
    bench.wait(lambda: bench.clinic.patients.page.patient is not None)
    bench.begin()
    _write(bench, "warm")
    reads.clear()
    for number in range(5):
        _write(bench, f"note {number}")
    bench.wait(lambda: not bench.clinic.patients.list._soon.isActive())
    bench.idle()
    assert reads == []


def test_what_changed_meanwhile_is_read_when_it_comes_into_sight(bench: Any, reads: list[str]) -> None:
    bench.window.go_to("patients")
    places = bench.clinic.patients
    places.show_list()
    bench.idle()
    bench.begin()
    bench.practice.apply(add(Patient(new_id(), "Test Patient 02")))
    bench.session.patients_changed.emit()
    bench.idle()
    reads.clear()
    bench.window.go_to("patients")
    bench.idle()
    assert [line.name for line in places.list.model.lines] == ["Test Patient 01", "Test Patient 02"]
    assert reads == ["search"]  # once
    bench.practice.apply(add(Patient(new_id(), "Test Patient 03")))
    bench.session.patients_changed.emit()  # in sight: at once
    bench.wait(lambda: len(places.list.model.lines) == 3)


def test_a_page_that_was_out_of_sight_shows_what_was_begun_and_whose_it_is(bench: Any) -> None:
    bench.clinic.open_patient(bench.patient.id)
    page = bench.clinic.patients.page
    bench.wait(lambda: page.patient is not None)
    bench.begin()
    bench.session.patients_changed.emit()
    bench.idle()
    other = Patient(new_id(), "Test Patient 02")
    bench.practice.apply(add(other))
    bench.clinic.open_patient(other.id)  # what was old of the one before must not come in its place
    bench.idle()
    assert page.patient == other
    bench.clinic.open_patient(bench.patient.id)
    bench.idle()
    assert page.patient == bench.patient
    assert len(page.visits) == 1


def test_settings_and_people_of_another_machine_arrive_and_leave_what_is_being_typed_alone(
    bench: Any,
) -> None:
    bench.clinic.add_settings()
    bench.window.go_to("settings")
    bench.idle()
    part = bench.clinic.settings.practice
    part.phone.setText("being typ")
    settings = bench.practice.settings
    bench.practice.apply(
        change(settings, replace(settings, name="Renamed elsewhere", phone="123", lock_after_minutes=3))
    )
    bench.practice.apply(add(Practitioner(new_id(), "Test Second", Role.CLINICIAN)))
    assert bench.session.settings.name != "Renamed elsewhere"
    bench.clinic.looking_again.look()
    bench.idle()
    assert bench.session.settings.lock_after_minutes == 3
    assert part.name.text() == "Renamed elsewhere"
    assert part.phone.text() == "being typ"
    assert "Test Second" in [person.name for person in bench.session.people]
    part.phone.begin("123")


def test_looking_again_says_nothing_where_nothing_changed(bench: Any) -> None:
    heard: list[str] = []
    bench.session.settings_changed.connect(lambda: heard.append("settings"))
    bench.session.people_changed.connect(lambda: heard.append("people"))
    bench.clinic.looking_again.look()
    bench.idle()
    assert heard == []
    assert bench.clinic.looking_again._timer.isActive()


def test_that_the_records_are_not_those_that_were_open_here_last_is_told_once(bench: Any) -> None:
    bench.practice.cautions = (
        PracticeFileError("Beside the records lies another file.", safe="It was not touched."),
    )
    for _ in range(2):
        bench.session.change_person()
        bench.wait(lambda: bench.session.state is State.WHO)
        bench.session.sign_in(bench.session.people[0].id, lambda error: None)
        bench.wait(lambda: bench.session.is_open)
        bench.idle()
    assert [message.title for message in bench.told] == ["Beside the records lies another file."]


def test_the_visit_of_an_erased_patient_does_not_stay_on_the_desk(bench: Any) -> None:
    bench.practice.apply(change(bench.practice.settings, replace(bench.practice.settings, retention_years=0)))
    bench.begin()
    bench.clinic.open_patient(bench.patient.id)
    bench.wait(lambda: bench.clinic.patients.page.patient is not None)
    bench.clinic.patients.page.record._erase(bench.patient, "asked for it")
    bench.wait(lambda: bool(bench.told))
    bench.idle()
    assert bench.practice.count_patients() == 0
    assert bench.desk.record is None
    assert bench.patient.name not in words_of(bench.visit)
