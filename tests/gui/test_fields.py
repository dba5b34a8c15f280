"""Fields keep exactly what was typed or pasted, change by nothing but a hand that means them, and cut nothing."""

from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QInputMethodEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from myomap.gui.entries import LineEntry, TextEntry
from myomap.gui.forms import Choice, DateLine, Pick, numbers, yes_no


def _heard(field: Any) -> list[str]:
    told: list[str] = []
    (field.chosen if isinstance(field, Choice) else field.typed).connect(told.append)
    return told


def test_one_then_nought_is_ten(qtbot: Any) -> None:
    choice = numbers("Pain", None)
    qtbot.addWidget(choice)
    for key, chip in ((Qt.Key.Key_1, "0"), (Qt.Key.Key_0, "1")):
        QTest.keyClick(choice.buttons[chip], key)
    assert choice.current == "10"


def test_nought_long_after_one_is_nought(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myomap.gui.forms._SOON_MS", -1)
    choice = numbers("Pain", None)
    qtbot.addWidget(choice)
    for key in (Qt.Key.Key_1, Qt.Key.Key_0):
        QTest.keyClick(choice.buttons["0"], key)
    assert choice.current == "0"


def test_a_double_click_takes_a_chip_and_does_not_give_it_back(qtbot: Any) -> None:
    choice = yes_no("Taut band", None)
    qtbot.addWidget(choice)
    choice.show()
    told = _heard(choice)
    yes = choice.buttons["yes"]
    QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(yes, Qt.MouseButton.LeftButton)
    assert (choice.current, yes.isChecked(), told) == ("yes", True, ["yes"])


@pytest.mark.parametrize("text", ["a\u00a0b", "één 👩‍⚕️ שלום", "tab\there", "two\nlines", "“quoted” \\ %1"])
def test_what_is_pasted_is_told_character_by_character(qtbot: Any, text: str) -> None:
    field = TextEntry("Note")
    qtbot.addWidget(field)
    told = _heard(field)
    pasted = QMimeData()
    pasted.setText(text)
    field.insertFromMimeData(pasted)
    field.flush()
    assert told == [text]


@pytest.mark.parametrize("text", ["old\r\nrecord", "a\u2028b", "nul\u00a0space"])
@pytest.mark.parametrize("kind", [TextEntry, LineEntry])
def test_a_text_that_is_only_shown_is_never_told_as_typed(qtbot: Any, kind: Any, text: str) -> None:
    field = kind("Note")
    qtbot.addWidget(field)
    told = _heard(field)
    field.show_text(text)
    field.setFocus()
    field.clearFocus()
    field.flush()
    assert told == []
    assert not field.unkept


def test_a_line_of_forty_thousand_characters_is_not_cut(qtbot: Any) -> None:
    text = "word " * 8000
    field = LineEntry("Reason")
    qtbot.addWidget(field)
    told = _heard(field)
    field.show_text(text)
    assert field.text() == text
    pasted = LineEntry("Reason")
    qtbot.addWidget(pasted)
    pasted.insert(text)
    assert pasted.text() == text
    field.flush()
    assert told == []


def test_what_is_kept_meanwhile_does_not_disturb_what_is_being_composed(qtbot: Any) -> None:
    for field in (TextEntry("Note"), LineEntry("Reason")):
        qtbot.addWidget(field)
        field.show_text("kept")
        QApplication.sendEvent(field, QInputMethodEvent("にほ", []))
        field.show_text("kept elsewhere")
        assert field.composing
        told = _heard(field)
        field.flush()
        assert "にほ" in told[0]


def test_a_date_is_told_when_the_field_is_left_not_while_it_is_half_typed(qtbot: Any) -> None:
    field = DateLine(name="Next visit")
    qtbot.addWidget(field)
    field.show()
    told = _heard(field)
    QTest.keyClicks(field, "2030-1")
    QTest.qWait(10)
    assert not field._pause.isActive()
    assert told == []
    QTest.keyClicks(field, "2-24")
    field.flush()
    assert told == ["2030-12-24"]


def test_the_path_of_a_dropped_file_is_nobodys_words(qtbot: Any) -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile("/home/somebody/photo.png")])
    dropped.setText("/home/somebody/photo.png")
    note, line = TextEntry("Note"), LineEntry("Reason")
    for field in (note, line):
        qtbot.addWidget(field)
    assert not note.canInsertFromMimeData(dropped)
    event = QDragEnterEvent(
        QPoint(3, 3),
        Qt.DropAction.CopyAction,
        dropped,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    line.dragEnterEvent(event)
    assert not event.isAccepted()
    link = QMimeData()
    link.setUrls([QUrl("https://example.org/page")])
    link.setText("https://example.org/page")
    assert note.canInsertFromMimeData(link)


def _turn_wheel(widget: Any) -> None:
    at = QPointF(widget.width() / 2, widget.height() / 2)
    QApplication.sendEvent(
        widget,
        QWheelEvent(
            at, widget.mapToGlobal(at), QPoint(0, -120), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def test_the_wheel_changes_no_choice(qtbot: Any) -> None:
    pick = Pick("Unit")
    pick.addItems(["one", "two", "three"])
    qtbot.addWidget(pick)
    pick.show()
    _turn_wheel(pick)
    pick.setFocus()
    _turn_wheel(pick)
    assert pick.currentIndex() == 0


def test_a_message_that_comes_amid_typing_is_not_sent_away_by_the_next_key(qtbot: Any) -> None:
    from myomap.gui.messages import Message
    from myomap.gui.prompts import Prompts

    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    Prompts(window).tell(Message("It could not be kept.", "Nothing was changed."))
    box = window.findChild(QMessageBox)
    assert box is not None
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        QTest.keyClick(box, key)
    assert box.isVisible()
    ok = box.button(QMessageBox.StandardButton.Ok)
    qtbot.waitUntil(ok.isEnabled)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert not box.isVisible()
