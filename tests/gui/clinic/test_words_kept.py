"""Nothing typed is lost, and nothing reaches another visit: tried from the window, with everything that comes between."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from myomap.gui.visit.desk import Saving
from myomap.records.edits import add, change
from myomap.records.errors import SaveError
from myomap.records.values import Note, NoteSection, Patient, Sex, Twitch, new_id


class Gate:
    """Holds the practice's one thread until it is let go."""

    def __init__(self, bench: Any) -> None:
        self.go = threading.Event()
        bench.session.worker.run(lambda: self.go.wait(20), lambda _: None)


def _second_visit(bench: Any) -> tuple[str, str]:
    """Return the open visit and one of another patient."""
    other = Patient(new_id(), "Test Patient 02", sex=Sex.FEMALE)
    bench.practice.apply(add(other))
    second = bench.practice.new_visit(other.id, map_version="doll-1").visit.id
    return bench.begin().desk.record.visit.id, second


def _full(bench: Any, monkeypatch: Any) -> Callable[[], None]:
    """Fill the disk; call what is returned to make room."""
    kind, apply = type(bench.practice), bench.practice.apply
    state = {"full": True}

    def failing(_: Any, edit: Any) -> Any:
        if state["full"]:
            raise SaveError("The disk is full.", todo="Free space.")
        return apply(edit)

    monkeypatch.setattr(kind, "apply", failing)

    def room() -> None:
        state["full"] = False
        bench.desk.try_again()

    return room


def _open(bench: Any, visit: str) -> None:
    bench.clinic.open_visit(visit)
    bench.wait(lambda: bench.desk.record is not None and bench.desk.record.visit.id == visit)
    bench.settle()


# -- another visit ---------------------------------------------------------------------------------


def test_what_is_typed_in_the_reason_stays_with_its_visit_when_another_opens_at_once(bench: Any) -> None:
    first, second = _second_visit(bench)
    QTest.keyClicks(bench.visit.top.reason, "left hip")
    _open(bench, second)
    assert bench.visit.top.reason.text() == ""
    bench.wait(lambda: not bench.visit.top.reason._pause.isActive())
    bench.idle()
    assert bench.practice.visit(second).visit.reason == ""
    assert bench.practice.visit(first).visit.reason == "left hip"


@pytest.mark.parametrize("step", ["plan", "screen"])
def test_words_typed_while_another_visit_is_being_read_do_not_reach_it(bench: Any, step: str) -> None:
    first, second = _second_visit(bench)
    bench.visit.open_step(step)
    field = (
        bench.visit.steps[step].notes[NoteSection.OTHER]
        if step == "plan"
        else bench.visit.steps[step].decision
    )
    field.setFocus()
    held = Gate(bench)
    QTest.keyClicks(field, "only hers")
    bench.clinic.open_visit(second)
    assert bench.desk.record is None  # nothing of the first patient is shown any more
    assert not field.isVisible()
    QTest.keyClicks(field, " and this")  # as if the key was pressed a moment before
    held.go.set()
    bench.wait(lambda: bench.desk.record is not None)
    bench.idle()
    QApplication.processEvents()
    assert bench.practice.visit(second).values() == ()
    kept = bench.practice.visit(first)
    assert (kept.notes[0].text if step == "plan" else kept.screening.decision) == "only hers"


def test_a_date_that_is_being_typed_is_kept_when_another_visit_opens(bench: Any) -> None:
    first, second = _second_visit(bench)
    bench.visit.open_step("plan")
    step = bench.visit.steps["plan"]
    step.next.setFocus()
    QTest.keyClicks(step.next, "2030-05-17")
    _open(bench, second)
    assert bench.practice.visit(second).plan is None
    assert str(bench.practice.visit(first).plan.next_visit) == "2030-05-17"


def test_undo_that_waits_for_a_full_disk_never_reaches_another_visit(bench: Any, monkeypatch: Any) -> None:
    first, second = _second_visit(bench)
    bench.visit.top.reason.setText("first")
    bench.visit.top.reason.flush()
    bench.idle()
    bench.practice.apply(change(head := bench.practice.visit(second).visit, replace(head, reason="second")))
    room = _full(bench, monkeypatch)
    bench.visit.top.reason.setText("first, more")
    bench.visit.top.reason.flush()
    bench.desk.undo()
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    _open(bench, second)
    room()
    bench.idle()
    assert bench.practice.visit(second).visit.reason == "second"
    assert bench.desk.record.visit.id == second
    assert bench.desk.record.visit.reason == "second"
    assert bench.practice.visit(first).visit.reason in ("first", "")


def test_what_waits_for_a_full_disk_is_seen_again_when_its_visit_is(bench: Any, monkeypatch: Any) -> None:
    first, second = _second_visit(bench)
    room = _full(bench, monkeypatch)
    bench.visit.top.reason.setText("neck since May")
    bench.visit.top.reason.flush()
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    _open(bench, second)
    assert bench.desk.saving is Saving.SAVED
    _open(bench, first)
    assert bench.visit.top.reason.text() == "neck since May"
    assert bench.desk.saving is Saving.WAITING
    room()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert bench.kept().visit.reason == "neck since May"


def test_a_conflict_that_was_left_asks_again_and_holds_up_no_other_visit(bench: Any) -> None:
    first, second = _second_visit(bench)
    head = bench.desk.record.visit
    bench.practice.apply(change(head, replace(head, reason="theirs")))
    bench.visit.top.reason.setText("mine")
    bench.visit.top.reason.flush()
    bench.wait(lambda: not bench.visit.conflict.isHidden())
    _open(bench, second)
    assert bench.visit.conflict.isHidden()
    assert not bench.visit.elsewhere.isHidden()
    bench.visit.top.reason.setText("of the second")
    bench.visit.top.reason.flush()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert bench.practice.visit(second).visit.reason == "of the second"
    bench.visit.elsewhere.click()
    bench.wait(lambda: bench.desk.record is not None and bench.desk.record.visit.id == first)
    bench.wait(lambda: bench.visit.conflict.mine.isEnabled() and not bench.visit.conflict.isHidden())
    assert bench.visit.elsewhere.isHidden()
    bench.visit.conflict.both.click()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert bench.kept().visit.reason == "theirs / mine"
    assert bench.visit.top.reason.text() == "theirs / mine"


def test_everything_that_was_opened_in_one_visit_is_gone_with_it(bench: Any) -> None:
    from myomap.gui.forms import Fold

    _, second = _second_visit(bench)
    _finding_in(bench)
    for key in bench.visit.steps:
        bench.visit.open_step(key)
        for fold in bench.visit.steps[key].body.findChildren(Fold):
            fold.head.setChecked(True)
        QApplication.processEvents()
    _open(bench, second)
    for key in (*bench.visit.steps, *bench.visit.steps):
        bench.visit.open_step(key)
        bench.desk.changed.emit(frozenset())
        QApplication.processEvents()
    bench.desk.do(add(Note(new_id(), NoteSection.OTHER, "a word"), visit=second))
    bench.idle()
    assert bench.told == []


def _finding_in(bench: Any) -> None:
    from myomap.anatomy.laterality import Laterality
    from myomap.gui.shown import PointKey

    for step in ("findings", "needling"):
        bench.visit.open_step(step)
        point = PointKey("trapezius-descending-1", Laterality.RIGHT)
        bench.visit.maps.site_picked.emit(bench.visit.maps.site_of_point(point))


def test_a_document_of_one_patient_is_not_named_in_the_visit_of_another(bench: Any, tmp_path: Any) -> None:
    from myomap.gui.visit.documents import DOCUMENTS
    from myomap.report.typeset import Typeset

    _, second = _second_visit(bench)
    bench.visit.open_step("hand_over")
    step = bench.visit.steps["hand_over"]
    go = threading.Event()
    export = next(d for d in DOCUMENTS if d.key == "csv")
    slow = replace(
        export, make=lambda papers, course: Typeset((go.wait(20) and b"a,b") or b""), whole_course=False
    )
    step.buttons["csv"] = QPushButton()
    step.write(slow, tmp_path / "Test Patient 01.csv")
    bench.clinic.open_visit(second)
    bench.wait(lambda: bench.desk.record is not None and bench.desk.record.visit.id == second)
    bench.visit.open_step("hand_over")
    go.set()
    bench.idle()
    assert (tmp_path / "Test Patient 01.csv").exists()
    assert "Test Patient 01" not in bench.visit.steps["hand_over"].said.text()
    assert bench.told == []


def test_opening_one_visit_after_another_says_no_fault(bench: Any) -> None:
    _, second = _second_visit(bench)
    bench.visit.open_step("pain")
    for _ in range(2):
        _open(bench, second)
    assert bench.told == []


# -- undo --------------------------------------------------------------------------------------------


def _finding(bench: Any) -> Any:
    from tests.gui.clinic.test_visit_path import _finding as made

    return made(bench)


def test_what_is_chosen_while_undo_is_on_its_way_is_kept_and_undo_stays_undone(bench: Any) -> None:
    card = _finding(bench)
    card.band.buttons["yes"].click()
    bench.idle()
    held = Gate(bench)
    bench.desk.undo()
    card.spot.buttons["yes"].click()
    held.go.set()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    (finding,) = bench.kept().findings
    assert (finding.taut_band, finding.spot_tenderness) == (None, True)
    bench.idle()
    assert bench.desk.record == bench.kept()
    assert (card.band.current, card.spot.current) == ("", "yes")
    assert bench.visit.conflict.isHidden()


def test_undo_of_what_somebody_else_changed_since_says_so_and_goes_on(bench: Any) -> None:
    visit = bench.begin()
    visit.top.reason.setText("mine")
    visit.top.reason.flush()
    bench.idle()
    head = bench.practice.visit(bench.desk.record.visit.id).visit
    other = bench.practice.actor
    bench.practice._actor = replace(other, id="somebody-else")
    bench.practice.database  # noqa: B018
    with bench.practice.database.write() as tx:
        from myomap.records.edits import change as changed
        from myomap.store import shelves

        shelves.write(tx, changed(head, replace(head, reason="theirs")).changes[0])
    bench.practice._actor = other
    bench.desk.undo()
    bench.idle()
    assert "somebody else" in str(bench.told[-1].title)
    bench.idle()
    assert visit.top.reason.text() == "theirs"
    visit.top.reason.setText("and mine")
    visit.top.reason.flush()
    assert bench.kept().visit.reason == "and mine"


def test_undo_from_the_palette_shows_the_visit_that_it_changes(bench: Any) -> None:
    visit = bench.begin()
    visit.top.reason.setText("a word")
    visit.top.reason.flush()
    bench.idle()
    bench.window.go_to("patients")
    bench.window._actions["undo"][1]()
    bench.idle()
    assert bench.window.place == "visit"
    assert visit.top.reason.text() == ""


# -- two windows on one file -------------------------------------------------------------------------


def _theirs(bench: Any, text: str) -> Note:
    note = Note(new_id(), NoteSection.OTHER, text)
    bench.practice.apply(add(note, visit=bench.desk.record.visit.id))
    return note


def test_what_was_typed_while_the_other_window_signed_is_laid_aside_and_can_be_added(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("plan")
    note = visit.steps["plan"].notes[NoteSection.OTHER]
    note.setPlainText("seen in the other room")
    bench.practice.sign(bench.desk.record.visit.id)
    note.flush()
    bench.wait(lambda: not visit.aside.isHidden() and visit.aside.amendment.isEnabled())
    assert "seen in the other room" in visit.aside.values.text()
    bench.idle()
    assert bench.desk.signed
    visit.aside.amendment.click()
    step = visit.steps["sign"]
    bench.wait(lambda: "seen in the other room" in step.what.toPlainText())
    step.why.setText("typed while it was signed")
    step._amend()
    assert "seen in the other room" in bench.kept().amendments[0].text
    assert bench.desk.unsaved is False


def test_one_change_that_cannot_be_kept_does_not_take_the_next_ones_with_it(
    bench: Any, monkeypatch: Any
) -> None:
    from myomap.records.errors import NotAllowedError

    visit = bench.begin()
    kind, apply = type(bench.practice), bench.practice.apply

    def refusing(_: Any, edit: Any) -> Any:
        if edit.label == "Reason":
            raise NotAllowedError("You may look at records, not change them.")
        return apply(edit)

    monkeypatch.setattr(kind, "apply", refusing)
    held = Gate(bench)
    visit.top.reason.setText("neck")
    visit.top.reason.flush()
    visit.open_step("before")
    visit.steps["before"].pain.buttons["6"].click()
    held.go.set()
    bench.wait(lambda: not visit.aside.isHidden())
    assert bench.kept().pain_scores[0].value == 6
    assert "neck" in visit.aside.values.text()
    bench.wait(visit.aside.done.isEnabled)
    visit.aside.done.click()
    assert visit.aside.isHidden()


def test_both_texts_of_a_note_are_kept_when_both_were_changed(bench: Any) -> None:
    visit = bench.begin()
    held = _theirs(bench, "old")
    _open(bench, bench.desk.record.visit.id)
    bench.practice.apply(change(held, replace(held, text="old, theirs"), visit=bench.desk.record.visit.id))
    visit.open_step("plan")
    field = visit.steps["plan"].notes[NoteSection.OTHER]
    field.setPlainText("old, mine")
    field.flush()
    bench.wait(lambda: not visit.conflict.isHidden())
    field.setPlainText("old, mine and more")  # typed on while the card waits
    field.flush()
    assert "mine and more" in visit.conflict.values.text()
    assert "old, theirs" in visit.conflict.values.text()
    bench.wait(visit.conflict.both.isEnabled)
    visit.conflict.both.click()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert bench.kept().notes[0].text == "old, theirs / old, mine and more"
    bench.idle()
    assert field.words() == "old, theirs / old, mine and more"


def test_both_fields_of_a_finding_are_kept_when_each_window_changed_one(bench: Any) -> None:
    card = _finding(bench)
    finding = bench.kept().findings[0]
    bench.practice.apply(change(finding, replace(finding, note="theirs"), visit=bench.desk.record.visit.id))
    card.twitch.buttons["many"].click()
    bench.wait(lambda: not bench.visit.conflict.isHidden() and bench.visit.conflict.both.isEnabled())
    bench.visit.conflict.both.click()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    kept = bench.kept().findings[0]
    assert (kept.note, kept.twitch) == ("theirs", Twitch.MANY)


def test_a_card_that_comes_while_typing_takes_neither_the_focus_nor_the_next_key(bench: Any) -> None:
    visit = bench.begin()
    bench.window.activateWindow()
    visit.open_step("plan")
    advice = visit.steps["plan"].advice
    advice.setFocus()
    head = bench.desk.record.visit
    bench.practice.apply(change(head, replace(head, reason="theirs")))
    visit.top.reason.setText("mine")
    visit.top.reason.flush()
    bench.wait(lambda: not visit.conflict.isHidden())
    assert QApplication.focusWidget() is advice
    QTest.mouseClick(visit.conflict.mine, Qt.MouseButton.LeftButton)
    assert not visit.conflict.isHidden()


def test_an_error_of_a_try_that_is_past_lays_no_other_words_aside(bench: Any) -> None:
    visit = bench.begin()
    head = bench.desk.record.visit
    bench.practice.apply(change(head, replace(head, reason="theirs")))
    visit.top.reason.setText("mine")
    visit.top.reason.flush()
    bench.wait(lambda: bench.desk.line is not None and bench.desk.line.conflict is not None)
    line, late = bench.desk.line, bench.desk.line.stuck
    bench.desk.keep_mine()
    visit.open_step("plan")
    QTest.keyClicks(visit.steps["plan"].advice, "warmth")
    visit.steps["plan"].advice.flush()
    bench.desk._on_error(line, late)  # the retry had told of it a second time
    assert line.conflict is None
    assert not bench.desk.aside
    kept = bench.kept()
    assert (kept.visit.reason, kept.plan.advice) == ("mine", "warmth")
