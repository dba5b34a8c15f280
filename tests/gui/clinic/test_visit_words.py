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
