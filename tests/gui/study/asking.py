"""How the tests of Study ask, press and read: shared by its test modules."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.study.decks import Difficulty
from myomap.study.questions import Question


class Feed:
    """Questions given by a test; keeps what was answered."""

    tells, asks, shows_first = True, True, False

    def __init__(self, *questions: Question) -> None:
        self.questions = list(questions)
        self.taken: list[Any] = []

    def next(self) -> Question | None:
        return self.questions.pop(0) if self.questions else None

    def peek(self) -> Question | None:
        return self.questions[0] if self.questions else None

    def take(self, answered: Any) -> None:
        self.taken.append(answered)

    def status(self) -> tuple[str, int, int]:
        return "", 0, 1


def question(
    desk: Any, card: str, side: Laterality | None = None, difficulty: Difficulty = Difficulty.OPTIONS
) -> Question:
    for seed in range(60):
        made = desk.place.maker.make(card, seed, difficulty)
        if made is not None and (side is None or made.laterality is side):
            return made
    raise AssertionError(card)


def ask(desk: Any, *questions: Question) -> Feed:
    feed = Feed(*questions)
    desk.place.show_page(desk.ask)
    desk.ask.begin(feed)
    desk.settle()
    return feed


def everything_said(top: QWidget) -> str:
    """Return all that can be read or heard of a window: texts, tooltips, names, titles, the accessible tree."""
    said = [top.windowTitle()]
    for widget in [top, *top.findChildren(QWidget)]:
        if not widget.isVisible():
            continue
        said += [
            widget.toolTip(),
            widget.accessibleName(),
            widget.accessibleDescription(),
            widget.statusTip(),
        ]
        said += [widget.whatsThis(), widget.windowTitle()]
        if isinstance(widget, QLabel | QLineEdit) or hasattr(widget, "text"):
            said.append(str(widget.text()))
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is not None:
            for number in range(interface.childCount()):
                child = interface.child(number)
                if child is not None and child.isValid():
                    said.append(child.text(QAccessible.Text.Name))
            said += [interface.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Description)]
    return "\n".join(said).casefold()


def texts(desk: Any) -> str:
    return "\n".join(label.text() for label in desk.ask.findChildren(QLabel) if label.isVisible())


def press(widget: QWidget, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, key, modifiers)
    QApplication.processEvents()
