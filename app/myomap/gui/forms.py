"""Fields with their words and the sentence that says what is wrong with them; chips, numbers, dates."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from myomap.gui.entries import DateLine, LineEntry, TextEntry, entries, read_date
from myomap.gui.flow import Flow
from myomap.gui.parts import column, label

__all__ = [
    "Choice",
    "DateLine",
    "Field",
    "Fold",
    "LineEntry",
    "Pick",
    "TextEntry",
    "entries",
    "named",
    "number_or_none",
    "numbers",
    "read_date",
    "said",
    "yes_no",
]

#: Digits typed so close together are one number.
_SOON_MS = 900


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
        self._name = name
        self._optional, self._keys = optional, keys
        self._typed, self._since = "", QElapsedTimer()
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

    def set_subject(self, subject: str) -> None:
        """Say for what it is a choice, where there are several of its name: “Taut band: Yes, RIGHT infraspinatus”."""
        for button in self.buttons.values():
            button.setAccessibleName(f"{self._name}: {button.text()}, {subject}")

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
        if event.type() == QEvent.Type.MouseButtonDblClick:
            return True  # a second click in haste must not give back what the first took
        # a button would give the arrows to its neighbour that Tab reaches, not to the next chip
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        values = list(self.buttons)
        at = next((i for i, v in enumerate(values) if self.buttons[v].hasFocus()), -1)
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if self._keys and event.text().isdigit():
            return self._on_digit(event.text(), repeated=event.isAutoRepeat())
        if step and at >= 0:
            self.buttons[values[(at + step) % len(values)]].setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return False

    def _on_digit(self, digit: str, *, repeated: bool) -> bool:
        """Take the choice of that name; digits in quick succession are one number: 1, 0 is 10."""
        soon = self._since.isValid() and self._since.elapsed() < _SOON_MS
        both = self._typed + digit if soon else digit
        wanted = both if both in self.buttons else digit
        if repeated or wanted not in self.buttons:
            return repeated
        self._typed = wanted
        self._since.start()
        if wanted != self.current:
            self._take(wanted)
        self.buttons[wanted].setFocus()
        return True


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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the arrow that says that there is a list (the style sheet draws none)."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QPen(self.palette().color(QPalette.ColorRole.Text), 1.6)
        ink.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(ink)
        x, y = self.width() - 16, self.height() / 2
        painter.drawPolyline([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)])


class _Name(QLabel):
    """The words beside a widget: as wide as all others of its column, at every text size."""

    def __init__(self, text: str, width: int) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("kind", "small")
        self._wide = width
        self.setFixedWidth(width)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setFixedWidth(round(self._wide * max(12, self.font().pixelSize()) / 12))


def named(name: str, widget: QWidget, width: int = 130) -> QHBoxLayout:
    """Return a line with a name on the left and a widget beside it."""
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    words = _Name(name, width)
    words.setBuddy(widget)
    line.addWidget(words, 0, Qt.AlignmentFlag.AlignVCenter)
    if widget.minimumWidth() == widget.maximumWidth():
        line.addWidget(widget)
        line.addStretch(1)
    else:
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
