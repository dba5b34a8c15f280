"""Closing, locking, signing, a clock that jumps: what is typed at that moment is kept, asked about or comes back."""

import threading
from dataclasses import replace
from typing import Any

from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.test_words_kept import Gate, _finding, _full, _open, _second_visit

from myomap.gui.visit.desk import Saving
from myomap.records.edits import add
from myomap.records.values import NoteSection, Patient, new_id

# -- closing, locking, signing -----------------------------------------------------------------------


def test_closing_waits_for_what_is_on_its_way_and_asks_if_it_cannot_be_saved(
    bench: Any, monkeypatch: Any
) -> None:
    visit = bench.begin()
    room = _full(bench, monkeypatch)
    visit.top.reason.setText("typed last")
    held = Gate(bench)
    bench.window.close()
    assert bench.window.isVisible()
    held.go.set()
    bench.wait(lambda: bool(bench.asked))
    assert bench.window.isVisible()
    assert "saved" in bench.asked[-1][0]
    room()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert bench.kept().visit.reason == "typed last"


def test_closing_with_a_draft_asks_and_names_it(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("plan")
    visit.steps["plan"].own.setText("Stand on one leg")
    bench.window.close()
    bench.idle()
    bench.wait(lambda: bool(bench.asked))
    assert bench.window.isVisible()
    visit.steps["plan"].own.clear()


def test_a_visit_is_not_signed_over_words_that_are_not_saved(bench: Any, monkeypatch: Any) -> None:
    visit = bench.begin()
    room = _full(bench, monkeypatch)
    visit.top.reason.setText("typed last")
    visit.top.reason.flush()
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    bench.desk.sign()
    bench.wait(lambda: bool(bench.told))
    assert "not everything" in bench.told[-1].title.lower()
    room()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert not bench.kept().visit.is_signed
    assert bench.kept().visit.reason == "typed last"


def test_amendment_half_written_is_there_again_after_another_visit(bench: Any) -> None:
    first, second = _second_visit(bench)
    bench.desk.sign()
    bench.wait(lambda: bench.desk.signed)
    bench.visit.open_step("sign")
    bench.visit.steps["sign"].what.setPlainText("The left side, too.")
    _open(bench, second)
    assert bench.visit.unkept() == ["Amendment"]
    _open(bench, first)
    bench.visit.open_step("sign")
    bench.wait(lambda: bench.visit.steps["sign"].what.words() == "The left side, too.")
    bench.visit.steps["sign"].what.clear()
    assert bench.visit.unkept() == []


def test_amendment_pressed_twice_is_added_once(bench: Any) -> None:
    visit = bench.begin()
    bench.desk.sign()
    bench.wait(lambda: bench.desk.signed)
    visit.open_step("sign")
    step = visit.steps["sign"]
    step.what.setPlainText("The left side, too.")
    step.why.setText("forgotten")
    step._amend()
    step._amend()
    bench.idle()
    assert len(bench.kept().amendments) == 1
    assert step.what.words() == ""


def test_follow_up_and_adverse_event_pressed_twice_are_added_once(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("sign")
    step = visit.steps["sign"]
    step.later.head.click()
    step.sore.buttons["4"].click()
    step._add_follow_up()
    step._add_follow_up()
    assert len(bench.kept().follow_ups) == 1
    visit.open_step("needling")
    needling = visit.steps["needling"]
    needling.wrong.head.click()
    needling.wrong_words.setText("felt faint, lay down")
    needling._add_adverse()
    needling._add_adverse()
    assert len(bench.kept().adverse_events) == 1


# -- fields ------------------------------------------------------------------------------------------


def test_what_an_input_method_has_in_hand_is_kept_when_the_practice_is_left(bench: Any) -> None:
    first, second = _second_visit(bench)
    bench.visit.open_step("plan")
    note = bench.visit.steps["plan"].notes[NoteSection.OTHER]
    note.setFocus()
    QApplication.sendEvent(note, QInputMethodEvent("にほん", []))
    QApplication.sendEvent(bench.visit.top.reason, QInputMethodEvent("くび", []))
    assert note.composing
    _open(bench, second)
    kept = bench.practice.visit(first)
    assert (kept.notes[0].text, kept.visit.reason) == ("にほん", "くび")


def test_a_number_that_is_none_stays_in_its_field_until_it_is_mended(bench: Any) -> None:
    _finding(bench)
    visit = bench.visit
    visit.open_step("needling")
    visit.steps["needling"].offers.itemAt(0).widget().click()
    bench.idle()
    (card,) = visit.steps["needling"].cards.values()
    card.more.head.click()
    card.deep.setText("1o")
    card.deep.flush()
    card.twitch.buttons["many"].click()
    bench.idle()
    assert card.deep.text() == "1o"
    assert "not a number" in card.problem.text()
    card.deep.setText("10")
    card.deep.flush()
    assert card.problem.text() == ""
    assert bench.kept().needlings[0].depth_mm == 10


def test_a_date_that_is_none_is_said_and_named_before_signing(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("plan")
    step = visit.steps["plan"]
    step.next.setText("2031-02-30")
    visit.open_step("sign")
    assert "not a day" in step.next_field.problem.text()
    assert "Next visit" in visit.unkept()
    asked: list[str] = []
    bench.window.context.prompts.ask = lambda title, text, yes, on_yes, danger=False: asked.append(text)
    visit.steps["sign"].button.click()
    assert "Next visit" in asked[-1]


def test_another_note_taken_back_leaves_a_refused_text_alone(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("plan")
    note = visit.steps["plan"].notes[NoteSection.OTHER]
    QGuiApplication.clipboard().setText("x" * 1_000_001)
    note.setFocus()
    note.paste()
    note.flush()
    visit.open_step("before")
    visit.steps["before"].pain.buttons["3"].click()
    bench.idle()
    visit.open_step("plan")
    assert len(note.words()) == 1_000_001
    assert visit.unkept() == ["Notes"]
    note.clear()
    note.flush()
    QGuiApplication.clipboard().clear()


def test_the_wheel_over_the_brush_size_changes_nothing(bench: Any) -> None:
    from tests.gui.test_fields import _turn_wheel

    visit = bench.begin()
    visit.open_step("pain")
    before = visit.maps.pad.radius
    _turn_wheel(visit.maps.thickness)
    assert visit.maps.pad.radius == before


# -- time --------------------------------------------------------------------------------------------


def test_what_is_erased_after_the_clock_was_set_back_stays_erased(bench: Any) -> None:
    from myomap.records.values import Stroke

    visit = bench.begin()
    record = bench.desk.record
    id = f"{(1 << 62):016x}{'a' * 16}"  # drawn when the clock showed a far year
    cells = (100, 101, 102)
    stroke = Stroke(id, "male.anterior", ((1.0, 1.0),), 5.0, 5, cells=cells, map_version="doll-1")
    bench.practice.apply(add(stroke, visit=record.visit.id))
    _open(bench, record.visit.id)
    rubber = Stroke(
        new_id(), "male.anterior", ((1.0, 1.0),), 5.0, 0, erases=True, cells=cells, map_version="doll-1"
    )
    bench.desk.do(add(rubber, visit=record.visit.id))
    assert [s.erases for s in bench.kept().strokes] == [False, True]
    assert len(visit.maps.pad.cells()) == 0


def test_undo_after_the_visit_was_put_away_takes_back_its_own_last_change(bench: Any) -> None:
    first, second = _second_visit(bench)
    for text in ("one", "two"):
        bench.visit.open_step("plan")
        bench.visit.steps["plan"].own.setText(text)
        bench.visit.steps["plan"]._add_own()
    _open(bench, second)
    bench.visit.top.reason.setText("of the second")
    bench.visit.top.reason.flush()
    _open(bench, first)
    bench.desk.undo()
    assert [e.words for e in bench.kept().exercises] == ["one"]
    assert bench.practice.visit(second).visit.reason == "of the second"


def test_a_document_that_takes_long_can_be_cancelled_and_nothing_is_written(
    bench: Any, tmp_path: Any
) -> None:
    from dataclasses import replace as with_

    from myomap.gui.visit.documents import DOCUMENTS
    from myomap.report.typeset import Typeset

    visit = bench.begin()
    visit.open_step("hand_over")
    step = visit.steps["hand_over"]
    go = threading.Event()
    slow = with_(DOCUMENTS[0], make=lambda papers, course: Typeset((go.wait(20) and b"%PDF") or b""))
    step.write(slow, tmp_path / "report.pdf")
    bench.wait(lambda: not step.stop.isHidden())
    step.stop.click()
    go.set()
    bench.wait(lambda: "Cancelled" in step.said.text())
    assert step.stop.isHidden()
    assert step.buttons["report"].isEnabled()
    assert list(tmp_path.iterdir()) == []


# -- the patient's form --------------------------------------------------------------------------------


def test_a_patients_form_half_filled_comes_back_after_the_lock(gate: Any) -> None:
    from tests.gui.clinic.gates import PASSPHRASE, wait

    gate.enter()
    gate.clinic.new_patient()
    form = gate.clinic.patients.form
    form.name.setText("Test Patient 07")
    form.remarks.setPlainText("came by the stairs")
    gate.session.lock()
    assert form.name.text() == ""
    wait(lambda: gate.session._practice.is_locked)
    gate.session.open(PASSPHRASE, gate.asked.append)
    wait(lambda: gate.session.is_open)
    gate.idle()
    assert (form.name.text(), form.remarks.toPlainText()) == ("Test Patient 07", "came by the stairs")
    assert gate.clinic.patients.unkept() == ["New patient"]
    gate.window.close()
    assert gate.window.isVisible()  # it asks first
    assert "New patient" in gate.asked[-1][1]
    form.save.click()
    gate.idle()
    assert gate.clinic.patients.unkept() == []
    assert [line.name for line in gate.session.practice.search("")] == ["Test Patient 07"]


def test_what_nobody_touched_in_a_patients_form_is_kept_as_it_is(bench: Any) -> None:
    from myomap.records.values import Contact

    held = Patient(
        new_id(), "Test\u00a0Patient 08", alerts=("one",), remarks="a\u00a0b\r\nc",
        contact=Contact("1", "", "Street 1\nTown", ""),
    )  # fmt: skip
    form = bench.clinic.patients_place().form
    form.show_patient(held)
    form.phone.setText("2")
    assert form.value() == replace(held, contact=replace(held.contact, phone="2"))
    form.show_patient(None)
