"""Searching: the box in the bar with its list of results, and the command palette (Ctrl+K)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from myomap.gui.columns import Hints
from myomap.gui.icons import icon
from myomap.gui.parts import Elided, column, label
from myomap.gui.theme import Look
from myomap.gui.words import sentence

if TYPE_CHECKING:
    from myomap.lookup.search import Found, Kind

Search = Callable[[str], "list[Found]"]
#: What opens the palette, from wherever the keyboard is.
PALETTE_KEYS = ("Ctrl+K", "Ctrl+P")

_KIND_WORDS = {
    "muscle": ("Muscle", "atlas"),
    "trigger_point": ("Trigger point", "cross"),
    "structure": ("Structure", "region"),
    "region": ("Region", "region"),
    "symptom": ("Complaint", "person"),
    "lesson": ("Lesson", "learn"),
    "action": ("Action", "fit"),
    "patient": ("Patient", "person"),
}


class Results(QListWidget):
    """A list of what was found; each row says what kind of thing it is."""

    chosen = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setObjectName("results")
        self.setAccessibleName("Search results")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setIconSize(QSize(18, 18))
        self.itemClicked.connect(self._choose)
        self.found: list[Found] = []

    def show_found(self, found: "list[Found]", text: str) -> None:
        """Fill the list."""
        self.found = found
        self.clear()
        for hit in found:
            words, picture = _KIND_WORDS[hit.entry.kind]
            side = f"{hit.laterality.spoken} " if hit.laterality and not hit.entry.laterality else ""
            title = f"{side}{hit.entry.title}" if side else sentence(hit.entry.title)
            item = QListWidgetItem()
            item.setIcon(icon(picture, self._look.chrome.muted, 18))
            subtitle = f"{words} · {hit.entry.subtitle}" if hit.entry.subtitle else words
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}, {subtitle}")
            self.addItem(item)
            line = QWidget(self)  # within the window: its style decides how high the words are
            lines = column(line, gap=1)
            lines.setContentsMargins(6, 2, 6, 2)
            lines.addWidget(Elided(title))
            lines.addWidget(Elided(subtitle, "small"))
            line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            line.ensurePolished()
            for part in line.findChildren(Elided):
                part.ensurePolished()
            lines.activate()
            item.setSizeHint(QSize(0, lines.sizeHint().height() + 14))
            self.setItemWidget(item, line)
        if not found and text.strip():
            item = QListWidgetItem("Nothing found. Try another word: a muscle, a place, a complaint.")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(item)
        if found:
            self.setCurrentRow(0)

    def step(self, by: int) -> None:
        """Move the choice up or down."""
        if self.count():
            self.setCurrentRow((self.currentRow() + by) % self.count())

    def choose_current(self) -> None:
        """Take the row that is marked."""
        self._choose(self.currentItem())

    def _choose(self, item: QListWidgetItem | None) -> None:
        at = self.row(item) if item is not None else -1
        if 0 <= at < len(self.found):
            self.chosen.emit(self.found[at])

    def wanted_height(self, most: int) -> int:
        """Return the height that all rows need."""
        rows = sum(self.sizeHintForRow(at) for at in range(self.count()))
        return min(most, rows + 12)


class SearchBox(QLineEdit):
    """The box in the bar. Its results float over the window below it, without taking the focus."""

    chosen = Signal(object)
    went_on = Signal()
    """Enter once more: the keyboard wants to go to what was found."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("search")
        self._look = look
        self._search: Search | None = None
        self.results = Results(look)
        self.results.hide()
        self._hints = Hints(self, "Search muscles, places, complaints", "Search the atlas", "Search")
        self.setAccessibleName("Search the atlas")
        self.setClearButtonEnabled(True)
        self._glass = self.addAction(
            icon("search", look.chrome.muted, 16), QLineEdit.ActionPosition.LeadingPosition
        )
        for button, words in zip(
            self.findChildren(QToolButton), ("Clear the search", "Search"), strict=False
        ):
            button.setAccessibleName(words)
        self.textEdited.connect(self._on_edited)
        self.results.chosen.connect(self._on_chosen)
        look.changed.connect(self._dress)

    def set_hints(self, *hints: str) -> None:
        """Say what can be typed: the longest that fits is shown."""
        self.removeEventFilter(self._hints)
        self._hints = Hints(self, *hints)

    def _dress(self) -> None:
        self._glass.setIcon(icon("search", self._look.chrome.muted, 16))

    def set_search(self, search: Search) -> None:
        """Take the function that finds."""
        self._search = search

    def _on_edited(self, text: str) -> None:
        if self._search is None:
            return
        self._show(self._search(text), text)
        if not text.strip():
            self.results.hide()

    def offer(self, found: "list[Found]") -> None:
        """Show these instead, none of them marked: Enter alone takes none."""
        self._show(found, self.text())
        self.results.setCurrentRow(-1)

    def _show(self, found: "list[Found]", text: str) -> None:
        window = self.window()
        if self.results.parent() is not window:
            self.results.setParent(window)
        self.results.show_found(found, text)
        at = self.mapTo(window, QPoint(0, self.height() + 6))
        width = max(self.width(), 420)
        self.results.setGeometry(
            at.x(), at.y(), width, self.results.wanted_height(window.height() - at.y() - 24)
        )
        self.results.show()
        self.results.raise_()

    def _on_chosen(self, found: "Found") -> None:
        self.results.hide()
        self.setText(sentence(found.entry.title))
        self.setCursorPosition(0)  # a long name shows its beginning
        self.chosen.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self.results.isVisible()
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and shown:
            self.results.step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and shown:
            self.results.choose_current()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.text():
            self.went_on.emit()
        elif event.key() == Qt.Key.Key_Escape:
            if shown:
                self.results.hide()
            else:
                self.clear()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.results.underMouse():
            self.results.hide()


class PassKeys(QObject):
    """Lets the palette's keys through whatever is typed in: an edit would cut to the end of its line (Ctrl+K)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        if isinstance(now, QLineEdit | QTextEdit | QPlainTextEdit) and now.window() is self._over:
            now.installEventFilter(self)  # once: Qt moves a filter that is there already

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            pressed = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
            if pressed in PALETTE_KEYS:
                event.ignore()
                return True
        return False


class CommandPalette(QFrame):
    """Everything by name, over the whole window: muscles, complaints, patients, actions."""

    chosen = Signal(object)
    closed = Signal()

    def __init__(self, look: Look, search: Search, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self._over = parent
        self._before = parent.focusWidget()
        """What had the keyboard: it has it again once this is closed."""
        self._search = search
        self.text = QLineEdit()
        self.text.setObjectName("palette_text")
        self.text.setPlaceholderText("Muscle, trigger point, place, complaint or action …")
        self.text.setAccessibleName("What are you looking for?")
        self.results = Results(look)
        self.results.setFrameShape(QFrame.Shape.NoFrame)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(12, 12, 12, 12)
        lines.setSpacing(8)
        lines.addWidget(self.text)
        lines.addWidget(self.results, 1)
        lines.addWidget(label("↑ ↓ to move, Enter to open, Esc to close", "small"))
        self.text.textEdited.connect(self._on_edited)
        self.text.installEventFilter(self)
        self.results.chosen.connect(self._on_chosen)
        parent.installEventFilter(self)
        self._place()
        self._on_edited("")
        self.show()
        self.raise_()
        self.text.setFocus()

    def _place(self) -> None:
        parent = self._over
        width = min(640, parent.width() - 48)
        height = min(460, parent.height() - 96)
        self.setGeometry((parent.width() - width) // 2, 64, width, height)

    def _on_edited(self, text: str) -> None:
        self.results.show_found(self._search(text), text)

    def _on_chosen(self, found: "Found") -> None:
        self.close()
        self.chosen.emit(found)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._over.removeEventFilter(self)
        held = self._over.focusWidget()
        mine = held is None or held is self or self.isAncestorOf(held)
        if mine and self._before is not None and isValid(self._before):
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.text and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.results.step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.results.choose_current()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        if watched is self._over and isinstance(event, QResizeEvent):
            self._place()
        return False


__all__ = ["CommandPalette", "Kind", "Results", "SearchBox"]
