"""Every question and file dialog, behind one object that tests replace. Nothing here blocks: `open`, not `exec`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QPushButton, QWidget

from myomap.gui.messages import Message

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


#: So long a message that comes by itself takes no answer.
STARTLED_MS = 600


def _let_go(ok: QPushButton) -> None:
    ok.setEnabled(True)
    ok.setFocus()


def _forget_folder(dialog: QFileDialog) -> None:
    """Leave nothing of where somebody was in Qt's own settings file: folders are named after patients."""
    dialog.setDirectory(str(Path.home()))
    dialog.setHistory([])


class Prompts:
    """Questions to the person at the window. Answers come to the callback that is given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.parent = parent

    def tell(self, message: Message) -> None:
        """Show a message and go on."""
        box = QMessageBox(self.parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning if message.fault else QMessageBox.Icon.Information)
        box.setWindowTitle("Myomap")
        box.setText(message.title)
        box.setInformativeText(message.text)
        if message.detail:
            box.setDetailedText(message.detail)
        ok = box.addButton(QMessageBox.StandardButton.Ok)
        # it comes by itself, perhaps amid a word: the next key must not send it away unread
        ok.setEnabled(False)
        box.setEscapeButton(ok)
        box.open()
        QTimer.singleShot(STARTLED_MS, ok, lambda: _let_go(ok))

    def say(self, text: str) -> None:
        """Tell in passing that something is done; it goes away by itself and takes no focus."""
        if self.parent is not None:
            from myomap.gui.toast import Toast

            Toast(text, self.parent)

    def ask(
        self, title: str, text: str, yes: str, on_yes: Callable[[], None], *, danger: bool = False
    ) -> None:
        """Ask before something that cannot be undone; ``yes`` names the deed (“Clear the drawing”)."""
        box = QMessageBox(self.parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Myomap")
        box.setText(title)
        box.setInformativeText(text)
        agree = box.addButton(
            yes, QMessageBox.ButtonRole.DestructiveRole if danger else QMessageBox.ButtonRole.AcceptRole
        )
        keep = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(keep if danger else agree)
        box.setEscapeButton(keep)
        agree.clicked.connect(lambda: on_yes())
        box.open()

    def _files(self, title: str, start: Path, kinds: str = "") -> QFileDialog:
        dialog = QFileDialog(self.parent, title, str(start), kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda _: _forget_folder(dialog))
        return dialog

    def save_file(self, title: str, start: Path, kinds: str, on_chosen: Callable[[Path], None]) -> None:
        """Ask where to write a file; ``kinds`` as QFileDialog takes it: ``PDF (*.pdf)``."""
        dialog = self._files(title, start, kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda text: on_chosen(Path(text)))
        dialog.open()

    def open_file(self, title: str, start: Path, kinds: str, on_chosen: Callable[[Path], None]) -> None:
        """Ask for a file to read."""
        dialog = self._files(title, start, kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda text: on_chosen(Path(text)))
        dialog.open()

    def printer(self, title: str, on_chosen: "Callable[[QPrinter], None]") -> None:
        """Ask which printer to print on."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self.parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.accepted.connect(lambda: on_chosen(printer))
        QDialog.open(dialog)  # the print dialog's own wants a receiver

    def choose_folder(self, title: str, start: Path, on_chosen: Callable[[Path], None]) -> None:
        """Ask for a folder."""
        dialog = self._files(title, start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda text: on_chosen(Path(text)))
        dialog.open()
