"""Small building blocks of the window: labels, chips, cards, segmented controls."""

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from myomap.anatomy.sources import State
from myomap.gui.flow import Flow
from myomap.gui.icons import icon
from myomap.gui.words import STATES


def label(text: str, kind: str = "", *, wrap: bool = True, selectable: bool = False) -> QLabel:
    """Return a label of a kind that the style sheet knows."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if kind:
        made.setProperty("kind", kind)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class Elided(QLabel):
    """One line that ends in “…” where its room does; the whole of it is told and in the tip."""

    def __init__(self, text: str = "", kind: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setProperty("elides", True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.full = ""
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show another text."""
        self.full = text
        self.setAccessibleName(text)
        self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._write()

    def _write(self) -> None:
        room = self.contentsRect().width()
        shown = self.fontMetrics().elidedText(self.full, Qt.TextElideMode.ElideRight, room)
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(self.full if shown != self.full else "")


class Title(QLabel):
    """Words that go over several lines only where one has no room; other labels wrap beside free room."""

    def __init__(self, text: str = "", kind: str = "title") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("kind", kind)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        edges = self.contentsMargins()
        wide = self.fontMetrics().horizontalAdvance(self.text()) + edges.left() + edges.right() + 2
        return QSize(max(hint.width(), wide), hint.height())


def chip(text: str, kind: str = "chip", tip: str = "") -> QLabel:
    """Return a small rounded label."""
    made = label(text, kind, wrap=False)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    made.setToolTip(tip)
    return made


def band(text: str, kind: str, tip: str = "") -> QLabel:
    """Return a chip of many words, as wide as its column: a narrower one would not be given the height it needs."""
    made = label(text, kind)
    made.setToolTip(tip)
    return made


def state_chip(state: State) -> QLabel:
    """Return the mark of how a fact was checked; facts from memory stand out."""
    text, tip = STATES[state]
    return chip(text, "recalled" if state is State.RECALLED else "chip", tip)


def beside_icon(text: str) -> str:
    """Return a button's words with room between them and its icon: style sheets know no such gap."""
    return f"\u2009\u2009{text}"


def heading(text: str) -> QLabel:
    """Return a section's heading."""
    made = label(text, "heading")
    made.setAccessibleDescription("heading")
    return made


def rule() -> QFrame:
    """Return a thin line across."""
    made = QFrame()
    made.setProperty("kind", "rule")
    made.setFixedHeight(1)
    return made


def column(parent: QWidget | None = None, *, margin: int = 0, gap: int = 8) -> QVBoxLayout:
    """Return a vertical layout with the window's spacing."""
    made = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    made.setContentsMargins(margin, margin, margin, margin)
    made.setSpacing(gap)
    return made


def row(*widgets: QWidget | None, gap: int = 8) -> QHBoxLayout:
    """Return a horizontal layout; None stands for the room that stretches."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(gap)
    for widget in widgets:
        if widget is None:
            made.addStretch(1)
        else:
            made.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
    return made


def wrapped(*widgets: QWidget, gap: int = 6) -> Flow:
    """Return chips or buttons in a line that goes on below where it has no room."""
    made = Flow(gap)
    for widget in widgets:
        made.addWidget(widget)
    return made


def link(text: str, deed: Callable[[], object], tip: str = "") -> QPushButton:
    """Return a button that looks like a link."""
    made = QPushButton(text)
    made.setProperty("kind", "link")
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setToolTip(tip)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    made.clicked.connect(lambda: deed())
    return made


def links(choices: Sequence[tuple[str, str]], deed: Callable[[str], object], *, gap: str = ", ") -> QLabel:
    """Return links that run on in a line, reached with Tab; ``choices`` are value and words."""
    plain = 'style="text-decoration: none"'  # as other links: told by colour and place
    made = QLabel(gap.join(f'<a {plain} href="{value}">{escape(words)}</a>' for value, words in choices))
    made.setTextFormat(Qt.TextFormat.RichText)
    made.setWordWrap(True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    )
    made.setAccessibleName(", ".join(words for _, words in choices))
    made.linkActivated.connect(lambda value: deed(value))
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        _drop(item)


def _drop(item: QLayoutItem) -> None:
    widget, inner = item.widget(), item.layout()
    if widget is not None:
        widget.hide()
        widget.deleteLater()
    elif inner is not None:
        clear(inner)
        inner.deleteLater()


class Card(QFrame):
    """A framed block that can be pressed, with the keyboard too. `lit` frames it in the accent colour."""

    pressed = Signal()
    glanced = Signal(bool)
    """The pointer or the focus has come (True) or gone."""

    def __init__(self, kind: str = "card", *, active: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self._active = active
        if active:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.body = column(self, margin=12, gap=6)

    def set_lit(self, lit: bool) -> None:
        """Frame it, or not."""
        if bool(self.property("lit")) != lit:
            self.setProperty("lit", lit)
            self.style().unpolish(self)
            self.style().polish(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._active and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._active and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.glanced.emit(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.glanced.emit(False)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.glanced.emit(True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.glanced.emit(False)
        super().focusOutEvent(event)


class Segments(QFrame):
    """A segmented control: one of a few choices, reached with Tab and the arrow keys.

    Where there is no room for all of them side by side it folds to one button with a menu.
    """

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str]], current: str) -> None:
        super().__init__()
        self.setObjectName("segments")
        self.setAccessibleName(name)
        self._name = name
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, QPushButton] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 2, 2, 2)
        line.setSpacing(2)
        for value, text in choices:
            button = QPushButton(text)
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {text}")
            button.setChecked(value == current)
            button.clicked.connect(lambda _=False, value=value: self.chosen.emit(value))
            self._group.addButton(button)
            self.buttons[value] = button
            line.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.fold = QToolButton()
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow after the words
        self.fold.setIconSize(QSize(12, 12))
        self.fold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fold.clicked.connect(self._open_menu)
        self.fold.hide()
        line.addWidget(self.fold)
        for button in self.buttons.values():
            button.toggled.connect(lambda _: self._name_fold())
        self._name_fold()

    @property
    def is_folded(self) -> bool:
        """Tell whether it is one button with a menu now."""
        return not self.fold.isHidden()

    def wanted_width(self, *, folded: bool) -> int:
        """Return how wide it is with all choices side by side, or folded to one."""
        self.ensurePolished()
        line = self.layout()
        assert line is not None
        edge = line.contentsMargins().left() + line.contentsMargins().right() + 2 * self.frameWidth()
        if folded:
            return self.fold.sizeHint().width() + edge
        hints = [button.sizeHint().width() for button in self.buttons.values()]
        return sum(hints) + line.spacing() * (len(hints) - 1) + edge

    def set_folded(self, on: bool) -> None:
        """Fold to one button, or lie open; the keyboard stays here if it was here."""
        if on == self.is_folded:
            return
        held = any(widget.hasFocus() for widget in (*self.buttons.values(), self.fold))
        self.fold.setVisible(on)
        for button in self.buttons.values():
            button.setVisible(not on)
        if held:
            (self.fold if on else self.buttons[self.current or next(iter(self.buttons))]).setFocus()
        self.updateGeometry()

    def _name_fold(self) -> None:
        words = self.buttons[self.current].text() if self.current else self._name
        self.fold.setText(words)
        self.fold.setAccessibleName(f"{self._name}: {words}")
        self.fold.setToolTip(f"{self._name}: choose another")

    def _open_menu(self) -> None:
        menu = QMenu(self)
        for value, button in self.buttons.items():
            action = menu.addAction(button.text())
            action.setCheckable(True)
            action.setChecked(button.isChecked())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(lambda _=False, value=value: self._take(value))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.fold.mapToGlobal(self.fold.rect().bottomLeft()))

    def _take(self, value: str) -> None:
        self.buttons[value].setChecked(True)
        self.chosen.emit(value)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.fold.setIcon(icon("down", self.palette().color(QPalette.ColorRole.Text).name(), 12))
        super().changeEvent(event)

    def set_current(self, value: str) -> None:
        """Show another choice without telling anybody."""
        if value in self.buttons:
            self.buttons[value].setChecked(True)

    def choose_none(self) -> None:
        """Show that nothing is chosen yet."""
        self._group.setExclusive(False)
        for button in self.buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    @property
    def current(self) -> str:
        """Return the value that is chosen, empty if none is."""
        return next((value for value, button in self.buttons.items() if button.isChecked()), "")
