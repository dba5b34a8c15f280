"""Controls of Study: choices that flow, a number field, Enter that presses."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QIntValidator, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from myomap.gui.flow import Flow
from myomap.gui.parts import Card


class Choices(QWidget):
    """Buttons of which any number may be chosen; none means all."""

    changed = Signal()

    def __init__(
        self, name: str, choices: Sequence[tuple[str, str]], chosen: frozenset[str] = frozenset()
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.buttons: dict[str, QPushButton] = {}
        flow = Flow(6)
        self.setLayout(flow)
        for value, text in choices:
            button = QPushButton(text)
            button.setCheckable(True)
            button.setChecked(value in chosen)
            button.setAccessibleName(f"{name}: {text}")
            button.toggled.connect(self.changed)
            flow.addWidget(button)
            self.buttons[value] = button
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def chosen(self) -> frozenset[str]:
        """Return the values that are chosen; empty for all."""
        return frozenset(value for value, button in self.buttons.items() if button.isChecked())


class NumberBox(QLineEdit):
    """A field for a whole number: type, or use the arrow keys. (A QSpinBox loses its text in our style sheet.)"""

    def __init__(self, name: str, least: int, most: int, value: int) -> None:
        super().__init__(str(value))
        self.least, self.most = least, most
        self._held = value
        self.setValidator(QIntValidator(least, most, self))
        self.setAccessibleName(name)
        self.setToolTip(f"{least} to {most}; arrow keys change it")
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def value(self) -> int:
        """Return the number, within its limits; the last good one where nothing sensible stands there."""
        text = self.text().strip()
        if text.lstrip("-").isdigit():
            self._held = min(self.most, max(self.least, int(text)))
        return self._held

    def setValue(self, value: int) -> None:
        """Show another number."""
        self._held = min(self.most, max(self.least, value))
        self.setText(str(self._held))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        by = step.get(Qt.Key(event.key()), 0)
        if by:
            self.setValue(self.value() + by)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.setValue(self.value())
        super().focusOutEvent(event)
        self.editingFinished.emit()


def press_focused(page: QWidget) -> bool:
    """Press what has the focus, if it can be pressed: Qt's own buttons take Space only."""
    focused = page.focusWidget()
    if isinstance(focused, QAbstractButton) and focused.isVisible():
        focused.click()
        return True
    if isinstance(focused, Card) and focused.isVisible():
        focused.pressed.emit()
        return True
    return False


def enter_presses(page: QWidget, otherwise: Callable[[], object] | None = None) -> None:
    """Let Enter press what has the focus on a page; ``otherwise`` where that is no button."""

    def on_enter() -> None:
        if not press_focused(page) and otherwise is not None:
            otherwise()

    for keys in ("Return", "Enter"):
        shortcut = QShortcut(QKeySequence(keys), page)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(on_enter)
