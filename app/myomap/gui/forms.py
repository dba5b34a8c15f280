"""Fields with their words and the sentence that says what is wrong with them; chips, numbers, dates."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from myomap.gui.flow import Flow
from myomap.gui.parts import column, label

#: Typing is saved after a pause of this long, and when the field is left.
PAUSE_MS = 500
#: Words grow to so many lines, then they scroll.
MOST_LINES = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATE_WORDS = "Write the date as 1980-05-17."


class Field(QWidget):
    """A widget with its name above and, when something is wrong, a sentence below."""

    def __init__(self, name: str, widget: QWidget, hint: str = "") -> None:
        super().__init__()
        self.widget = widget
        lines = column(self, gap=3)
        self.name = label(name, "small")
        self.name.setBuddy(widget)
        lines.addWidget(self.name)
        lines.addWidget(widget)
        if not widget.accessibleName():
            widget.setAccessibleName(name)
        if hint:
            lines.addWidget(label(hint, "small"))
        self.problem = label("", "problem")
        self.problem.hide()
        lines.addWidget(self.problem)

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong, or nothing."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.widget.setAccessibleDescription(sentence)


class DateLine(QLineEdit):
    """A date as text: 1980-05-17, 17.5.1980 or 17 May 1980. What could be read two ways is refused."""

    def __init__(self, held: date | None = None, *, name: str = "Date") -> None:
        super().__init__(held.isoformat() if held else "")
        self.setPlaceholderText("1980-05-17")
        self.setAccessibleName(name)

    def value(self) -> date | None:
        """Return the date, None for an empty field; ValueError with a sentence for what is none."""
        return read_date(self.text())


def read_date(text: str) -> date | None:
    """Return the date that a text says, None for an empty one; ValueError with a sentence.

    >>> read_date("17 May 1980")
    datetime.date(1980, 5, 17)
    """
    clean = text.strip().lower()
    if not clean:
        return None
    iso = re.fullmatch(r"(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})", clean)
    dotted = re.fullmatch(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", clean)
    words = re.fullmatch(r"(\d{1,2})\.? ([a-z]{3,9})\.?,? (\d{4})", clean)
    slashes = re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", clean)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        if words and words[2][:3] in _MONTHS:
            return date(int(words[3]), _MONTHS.index(words[2][:3]) + 1, int(words[1]))
        if slashes:
            one, two, year = int(slashes[1]), int(slashes[2]), int(slashes[3])
            if one > 12 >= two:
                return date(year, two, one)
            if two > 12 >= one:
                return date(year, one, two)
            if one <= 12 and two <= 12 and one != two:
                raise ValueError(f"“{text.strip()}” can be read in two ways. {DATE_WORDS}")
            if one == two:
                return date(year, one, two)
    except ValueError as error:
        if "two ways" in str(error):
            raise
        raise ValueError(f"“{text.strip()}” is not a day. {DATE_WORDS}") from error
    raise ValueError(f"“{text.strip()}” is not a date. {DATE_WORDS}")


class Choice(QFrame):
    """A few choices as chips in a row, of which one or none is taken. One stop for Tab; arrows move.

    With ``keys`` a digit typed takes the choice of that name (pain 0-10).
    """

    chosen = Signal(str)
    """The choice that was taken, empty if it was given back."""

    def __init__(
        self,
        name: str,
        choices: Sequence[tuple[str, str]],
        current: str = "",
        *,
        optional: bool = True,
        keys: bool = False,
        large: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("choice")
        self.setAccessibleName(name)
        self._optional, self._keys = optional, keys
        self.buttons: dict[str, QPushButton] = {}
        line = Flow(3)
        self.setLayout(line)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for value, text in choices:
            button = QPushButton(text)
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {text}")
            if large:
                button.setMinimumSize(QSize(44, 44))
            button.clicked.connect(lambda _=False, value=value: self._take(value))
            button.installEventFilter(self)
            self.buttons[value] = button
            line.addWidget(button)
        self.current = ""
        self.set_current(current)

    def set_current(self, value: str) -> None:
        """Show a choice without telling anybody."""
        self.current = value if value in self.buttons else ""
        stop = self.current or next(iter(self.buttons))
        for each, button in self.buttons.items():
            button.setChecked(each == self.current)
            policy = Qt.FocusPolicy.StrongFocus if each == stop else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)

    def set_tip(self, value: str, tip: str) -> None:
        """Say more about a choice."""
        self.buttons[value].setToolTip(tip)

    def focus(self) -> None:
        """Give the keyboard to the choice that is taken, or the first."""
        self.buttons[self.current or next(iter(self.buttons))].setFocus(Qt.FocusReason.TabFocusReason)

    def _take(self, value: str) -> None:
        if value == self.current:
            if not self._optional:
                self.set_current(value)
                return
            value = ""
        self.set_current(value)
        self.chosen.emit(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # a button would give the arrows to its neighbour that Tab reaches, not to the next chip
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        values = list(self.buttons)
        at = next((i for i, v in enumerate(values) if self.buttons[v].hasFocus()), -1)
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if self._keys and event.text() in self.buttons:
            if event.text() != self.current:
                self._take(event.text())
            self.buttons[event.text()].setFocus()
            return True
        if step and at >= 0:
            self.buttons[values[(at + step) % len(values)]].setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return False


def yes_no(name: str, value: bool | None) -> Choice:
    """Return chips for a question that may not have been asked."""
    return Choice(name, [("no", "No"), ("yes", "Yes")], {True: "yes", False: "no"}.get(value, ""))  # type: ignore[arg-type]


def said(text: str) -> bool | None:
    """Return what yes_no's signal means."""
    return {"yes": True, "no": False}.get(text)


def numbers(name: str, value: int | None) -> Choice:
    """Return chips 0 to 10."""
    made = Choice(name, [(str(n), str(n)) for n in range(11)], "" if value is None else str(value), keys=True)
    for button in made.buttons.values():
        button.setProperty("kind", "number")
    return made


class TextEntry(QPlainTextEdit):
    """Words that are told after a pause of typing and when the field is left. Grows with its text."""

    typed = Signal(str)

    def __init__(self, name: str, text: str = "", *, hint: str = "", lines: int = 2) -> None:
        super().__init__(text)
        self._least = lines
        self._told = text
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.flush)
        self.textChanged.connect(self._on_text_changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self.updateGeometry())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        wanted = self.document().size().height()
        # a bar only where there is more than is shown: one line must not have one
        bar = (
            Qt.ScrollBarPolicy.ScrollBarAsNeeded
            if wanted > MOST_LINES
            else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.setVerticalScrollBarPolicy(bar)
        count = min(MOST_LINES, max(self._least, wanted))
        return QSize(200, round(line * count + 24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_text(self, text: str) -> None:
        """Show what is kept now; words that are being typed are left alone."""
        if self._pause.isActive() or text == self.toPlainText():
            self._told = text if not self._pause.isActive() else self._told
            return
        self._told = text
        self.blockSignals(True)
        self.setPlainText(text)
        self.blockSignals(False)

    def flush(self) -> None:
        """Tell at once what was typed."""
        self._pause.stop()
        if self.toPlainText() != self._told:
            self._told = self.toPlainText()
            self.typed.emit(self._told)

    def _on_text_changed(self) -> None:
        self.updateGeometry()
        if self.toPlainText() != self._told:
            self._pause.start()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.flush()


class LineEntry(QLineEdit):
    """One line that is told after a pause of typing and when the field is left."""

    typed = Signal(str)

    def __init__(self, name: str, text: str = "", *, hint: str = "", width: int = 0) -> None:
        super().__init__(text)
        self._told = text
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        if width:
            self.setFixedWidth(width)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.flush)
        self.textEdited.connect(lambda _: self._pause.start())
        self.editingFinished.connect(self.flush)

    def show_text(self, text: str) -> None:
        """Show what is kept now; words that are being typed are left alone."""
        if not self._pause.isActive():
            self._told = text
            if text != self.text():
                self.setText(text)

    def flush(self) -> None:
        """Tell at once what was typed."""
        self._pause.stop()
        if self.text() != self._told:
            self._told = self.text()
            self.typed.emit(self._told)


class Fold(QWidget):
    """A part that is folded away until it is wanted; ``build`` makes it the first time it opens."""

    def __init__(self, title: str, build: Callable[[QVBoxLayout], None], *, open: bool = False) -> None:
        super().__init__()
        self._build: Callable[[QVBoxLayout], None] | None = build
        self.title = title
        self.head = QToolButton()
        self.head.setProperty("kind", "fold")
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setCheckable(True)
        self.head.setText(title)
        self.head.setArrowType(Qt.ArrowType.RightArrow)
        self.head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.body = QWidget()
        self.body.hide()
        self._lines = column(self.body, gap=8)
        self._lines.setContentsMargins(4, 4, 0, 8)
        lines = column(self, gap=0)
        lines.addWidget(self.head)
        lines.addWidget(self.body)
        self.head.toggled.connect(self._on_toggled)
        if open:
            self.head.setChecked(True)

    def set_note(self, text: str) -> None:
        """Say in the head what is inside."""
        self.head.setText(f"{self.title}  ·  {text}" if text else self.title)

    def _on_toggled(self, on: bool) -> None:
        if on and self._build is not None:
            build, self._build = self._build, None
            build(self._lines)
        self.head.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.body.setVisible(on)


class Pick(QComboBox):
    """A list to pick from that never asks for more room than there is, and never changes by the wheel."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def named(name: str, widget: QWidget, width: int = 130) -> QHBoxLayout:
    """Return a line with a name on the left and a widget beside it."""
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    words: QLabel = label(name, "small")
    words.setFixedWidth(width)
    words.setBuddy(widget)
    line.addWidget(words, 0, Qt.AlignmentFlag.AlignVCenter)
    line.addWidget(widget, 1)
    return line


def number_or_none(text: str) -> float | None:
    """Return the number that a text says (comma or point), None for an empty one; ValueError otherwise."""
    clean = text.strip().replace(",", ".")
    if not clean:
        return None
    try:
        return float(clean)
    except ValueError as error:
        raise ValueError(f"“{text.strip()}” is not a number.") from error
