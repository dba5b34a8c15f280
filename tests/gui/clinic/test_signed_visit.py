"""A visit that is signed, or is about to be: what is said of it, and that nothing can be put into it."""

from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QPushButton

from myomap.gui.forms import Fold
from myomap.records.demo import UPPER_TRAPEZIUS
from myomap.records.edits import add
from myomap.records.values import Finding, Needling, new_id


def test_nothing_can_be_put_into_a_signed_visit_in_folds_opened_later_either(bench: Any) -> None:
    visit = bench.begin()
    bench.practice.apply(add(Finding(new_id(), UPPER_TRAPEZIUS), visit=bench.desk.record.visit.id))
    bench.practice.apply(add(Needling(new_id(), UPPER_TRAPEZIUS), visit=bench.desk.record.visit.id))
    bench.clinic.open_visit(bench.desk.record.visit.id)
    bench.wait(lambda: bench.desk.record is not None and bool(bench.desk.record.needlings))
    bench.desk.sign()
    bench.wait(lambda: bench.desk.signed)
    for key in ("screen", "before", "findings", "needling", "after", "plan"):
        visit.open_step(key)
        body = visit.steps[key].body
        for fold in body.findChildren(Fold):
            fold.head.setChecked(True)
        bench.wait(lambda body=body: not _open_fields(body))
    visit.open_step("sign")
    assert _open_fields(visit.steps["sign"].body), "amendments and what is told later are written here"


def test_a_signed_drawing_offers_neither_to_clear_it_nor_to_start_from_it(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("pain")
    step = visit.steps["pain"]
    visit.maps.pad.fill_region("male.anterior", (60.0, 560.0), erases=False)
    bench.idle()
    assert not step.clear.isHidden()
    bench.desk.sign()
    bench.wait(lambda: bench.desk.signed)
    bench.idle()
    visit.open_step("pain")
    step.refresh(frozenset())
    assert step.clear.isHidden()
    step.moment.buttons["after"].click()
    assert step.again.isHidden()


def _open_fields(body: Any) -> list[str]:
    kinds = (QLineEdit, QPlainTextEdit, QComboBox, QCheckBox)
    fields = [each for kind in kinds for each in body.findChildren(kind)]
    fields += [each for each in body.findChildren(QPushButton) if not each.property("kind")]
    return [each.accessibleName() for each in fields if each.isVisible() and each.isEnabled()]


def test_signing_says_that_nothing_is_written_where_nothing_is(bench: Any) -> None:
    visit = bench.begin()
    said = []
    bench.window.context.prompts.ask = lambda title, text, yes, on_yes, danger=False: said.append(text)
    visit.open_step("sign")
    visit.steps["sign"].button.click()
    bench.practice.apply(add(Finding(new_id(), UPPER_TRAPEZIUS), visit=bench.desk.record.visit.id))
    bench.clinic.open_visit(bench.desk.record.visit.id)
    bench.wait(lambda: bench.desk.record is not None and bool(bench.desk.record.findings))
    visit.open_step("sign")
    visit.steps["sign"].button.click()
    assert ["Nothing is written" in text for text in said] == [True, False]


def test_the_keyboard_stays_where_an_amendment_was_written(bench: Any) -> None:
    visit = bench.begin()
    bench.desk.sign()
    bench.wait(lambda: bench.desk.signed)
    visit.open_step("sign")
    step = visit.steps["sign"]
    step.why.setText("the wrong side")
    step.what.setPlainText("It was the left one")
    step.put.setFocus()
    step.put.click()
    bench.wait(lambda: bool(bench.desk.record.amendments))
    bench.wait(step.put.isEnabled)
    assert bench.window.focusWidget() is step.what
