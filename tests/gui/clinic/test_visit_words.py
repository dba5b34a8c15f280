"""What the visit says in passing: once, and without moving what somebody is about to click."""

from typing import Any

from PySide6.QtWidgets import QApplication


def test_a_sentence_that_comes_and_goes_moves_nothing_that_can_be_clicked(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("before")
    QApplication.processEvents()
    button = visit.steps["before"].pain.buttons["7"]
    before = button.mapTo(visit, button.rect().center())
    visit.say("Something is said for a while.")
    QApplication.processEvents()
    assert visit.said.isVisibleTo(visit)
    assert button.mapTo(visit, button.rect().center()) == before
    visit._hush.timeout.emit()
    QApplication.processEvents()
    assert button.mapTo(visit, button.rect().center()) == before


def test_what_the_pen_cannot_do_is_said_once(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("pain")
    bench.settle()
    visit.maps.pad.said.emit("First choose how strong it is, 0 to 10.")
    assert visit.steps["pain"].said.text().startswith("First choose")
    assert visit.said.isHidden()


def test_after_treatment_the_pain_of_before_stands_beside_the_question(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("after")
    assert visit.steps["after"].asked.text() == "Pain now, after: 0 none, 10 the worst"
    visit.open_step("before")
    visit.steps["before"].pain.buttons["7"].click()
    bench.idle()
    assert visit.steps["before"].asked.text() == "Pain now, before: 0 none, 10 the worst"
    visit.open_step("after")
    assert visit.steps["after"].asked.text() == "Pain now, after (before: 7): 0 none, 10 the worst"


def test_an_empty_practice_offers_the_first_patient_where_one_looks(bench: Any) -> None:
    from dataclasses import replace

    from myomap.records.edits import change

    patients = bench.clinic.patients_place()
    bench.practice.apply(change(bench.patient, replace(bench.patient, archived=True)))
    bench.window.go_to("patients")
    patients.list.refresh()
    bench.idle()
    assert patients.list.first.isVisibleTo(patients.list)
    patients.list.text.setText("nobody of this name")
    bench.wait(lambda: patients.list.empty_title.text() == "Nobody found")
    assert not patients.list.first.isVisibleTo(patients.list)
    patients.list.text.setText("")
    bench.wait(lambda: patients.list.empty_title.text() == "No patients yet")
    patients.list.first.click()
    assert patients.list.isHidden() or not patients.list.isVisibleTo(patients)
