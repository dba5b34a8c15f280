"""Nothing is lost by closing, what was done in the practice is undone, records are given away and erased."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from myomap.gui.visit.desk import Saving
from myomap.records.errors import SaveError
from myomap.records.practice import Deed


def test_window_does_not_close_while_something_is_not_saved(bench: Any, monkeypatch: Any) -> None:
    visit = bench.begin()
    visit.open_step("before")
    apply = type(bench.practice).apply

    def failing(self: Any, edit: Any) -> Any:
        raise SaveError("The disk is full.")

    monkeypatch.setattr(type(bench.practice), "apply", failing)
    visit.steps["before"].pain.buttons["6"].click()
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    assert not bench.window.close()
    assert bench.window.isVisible()
    assert "Not everything is saved" in bench.asked[-1][0]
    monkeypatch.setattr(type(bench.practice), "apply", apply)
    bench.desk.try_again()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert bench.kept().pain_scores[0].value == 6


def test_undo_in_the_patients_place_takes_back_the_last_change_of_a_patient(bench: Any) -> None:
    bench.clinic.open_patient(bench.patient.id)
    page = bench.clinic.patients.page
    bench.wait(lambda: page.patient is not None)
    page.archive.click()
    bench.answer()
    bench.wait(lambda: page.patient.archived)
    bench.window.activateWindow()
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bench.wait(lambda: not page.patient.archived)
    mods = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(page, Qt.Key.Key_Z, mods)
    bench.wait(lambda: page.patient.archived)


def test_visit_begun_by_mistake_is_removed_after_a_question(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("before")
    visit.steps["before"].pain.buttons["6"].click()
    visit.open_step("sign")
    step = visit.steps["sign"]
    step.drop.head.click()
    step._ask_drop()
    assert bench.practice.visits(bench.patient.id)
    bench.answer()
    bench.wait(lambda: bench.desk.record is None)
    assert not bench.practice.visits(bench.patient.id)
    assert bench.window.place == "patients"


@pytest.mark.parametrize(("words", "side"), [("left head", "left"), ("right head", "right")])
def test_region_is_filled_by_its_name_without_a_pointer(bench: Any, words: str, side: str) -> None:
    visit = bench.begin()
    visit.open_step("pain")
    box = visit.steps["pain"].region
    box.setFocus()
    QTest.keyClicks(box, words)
    hits = [f for f in box.results.found if f.entry.id.endswith(side)]
    assert hits, [f.entry.id for f in box.results.found]
    box.results.chosen.emit(hits[0])
    (stroke,) = bench.kept().strokes
    atlas = bench.window.context.open_atlas()
    region = atlas.regions[hits[0].entry.id]
    assert {int(n) for n in atlas.skin.region[list(stroke.cells)]} == {region.number}
    assert region.laterality.value == side


def test_record_is_given_away_whole_and_the_audit_says_so(bench: Any, tmp_path: Path) -> None:
    bench.begin()
    bench.clinic.open_patient(bench.patient.id)
    page = bench.clinic.patients.page
    bench.wait(lambda: page.patient is not None)
    page.record.write(tmp_path / "record.json")
    bench.wait(lambda: bool(bench.told))
    assert "Test Patient 01" in (tmp_path / "record.json").read_text("utf-8")
    assert Deed.EXPORTED in [line.deed for line in bench.practice.audit(subject=bench.patient.id)]
    page.record.audit.head.setChecked(True)
    bench.wait(lambda: page.record.deeds.count() > 1)
    page.record.audit.head.setChecked(False)


def test_record_that_must_be_kept_is_not_erased_and_one_that_need_not_is(bench: Any) -> None:
    bench.begin()
    bench.clinic.open_patient(bench.patient.id)
    page = bench.clinic.patients.page
    bench.wait(lambda: page.patient is not None)
    page.record.erase.head.setChecked(True)
    assert "must be kept until" in page.record.until.text()  # said before anything is typed
    assert page.record.erase_button.isHidden()
    page.record._ask_erase()
    assert page.record.reason_field.problem.text() == "Say why."
    page.record.reason.setText("asked for it")
    page.record._ask_erase()
    bench.answer()
    bench.wait(lambda: bool(bench.told))
    assert bench.practice.count_patients() == 1
    from dataclasses import replace

    from myomap.records.edits import change

    settings = bench.practice.settings
    bench.session.apply(
        change(settings, replace(settings, retention_years=0)), lambda: None, lambda error: None
    )
    bench.idle()
    page.record.erase.head.setChecked(False)
    page.record.erase.head.setChecked(True)
    assert not page.record.erase_button.isHidden()
    page.record._ask_erase()
    bench.answer()
    bench.wait(lambda: bench.practice.count_patients() == 0)
    bench.wait(lambda: page.patient is None)


def test_lock_button_is_there_only_while_there_is_something_to_lock(bench: Any) -> None:
    button = bench.clinic._lock_button
    assert not button.isHidden()
    bench.session._set_state(type(bench.session.state)("locked"))
    assert button.isHidden()
    bench.session._set_state(type(bench.session.state)("open"))
