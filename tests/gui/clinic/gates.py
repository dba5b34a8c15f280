"""A window at the door of a real practice file in a folder, and every word that it holds."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from tests.gui.waiting import wait

from myomap.gui.practice.session import State
from myomap.store.practice_folder import PracticeFolder

PASSPHRASE = "a made up passphrase"


class Gate:
    """A window whose practice lies in a folder, with answers for what it asks."""

    def __init__(self, window: Any, folder: Path) -> None:
        from myomap.gui.clinic import Clinic
        from myomap.gui.practice.session import Session

        self.window, self.folder = window, folder
        self.clinic = window.clinic = Clinic(window, Session(lambda: PracticeFolder(folder)))
        self.session = self.clinic.session
        self.asked: list[Any] = []
        window.context.prompts.ask = lambda *given, **_: self.asked.append(given)
        window.context.prompts.save_file = lambda title, start, kinds, on_chosen: self.asked.append(on_chosen)
        wait(lambda: self.session.state is not State.LOOKING)
        window.go_to("patients")

    @property
    def gate(self) -> Any:
        return self.clinic._late["patients"].gated.gate

    def make(self) -> None:
        page = self.gate.welcome
        page.practice_name.setText("Test practice")
        page.person.setText("Test Clinician")
        page.licence.setText("L-1")
        page.certified.setChecked(True)
        page.certificate.setText("DN-1")
        page.first.setText(PASSPHRASE)
        page.second.setText(PASSPHRASE)
        page.go.click()
        wait(lambda: bool(self.gate.recovery.key), 30)

    def enter(self) -> None:
        self.make()
        self.gate.recovery.go.click()
        wait(lambda: self.session.is_open)
        self.idle()

    def idle(self) -> None:
        wait(lambda: not self.session.worker.busy and not self.window.context.pool.busy)
        QApplication.processEvents()


def words_of(window: Any) -> str:
    """Return every word of the program, seen or not: widgets, tips, models, titles, menus, the accessibility tree."""
    said: list[str] = []
    tops = {id(top): top for top in (window, *QApplication.topLevelWidgets())}
    for top in tops.values():
        for widget in (top, *top.findChildren(QWidget)):
            said += _said_by(widget)
        said += _tree(QAccessible.queryAccessibleInterface(top))
        for action in top.findChildren(QAction):
            said += [action.text(), action.toolTip()]
    said += [handle.title() for handle in QApplication.topLevelWindows()]
    said.append(QApplication.clipboard().text())
    return "\n".join(said)


def _said_by(widget: QWidget) -> list[str]:
    said = [
        widget.windowTitle(), widget.toolTip(), widget.statusTip(), widget.whatsThis(),
        widget.accessibleName(), widget.accessibleDescription(),
    ]  # fmt: skip
    for name in ("text", "toPlainText", "placeholderText", "currentText", "title"):
        asked = getattr(widget, name, None)
        if callable(asked):
            said.append(str(asked()))
    if isinstance(widget, QAbstractItemView | QComboBox) and widget.model() is not None:
        model = widget.model()
        said += [
            str(model.index(row, column).data(role))
            for row in range(model.rowCount())
            for column in range(model.columnCount())
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        ]
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        again = widget if isinstance(widget, QLineEdit) else widget.document()
        said.append("something can be undone" if again.isUndoAvailable() else "")
    return said


def _tree(node: Any, depth: int = 0) -> list[str]:
    if node is None or not node.isValid() or depth > 40:
        return []
    kinds = (
        QAccessible.Text.Name,
        QAccessible.Text.Description,
        QAccessible.Text.Value,
        QAccessible.Text.Help,
    )
    said = [node.text(kind) for kind in kinds]
    for at in range(node.childCount()):
        said += _tree(node.child(at), depth + 1)
    return said
