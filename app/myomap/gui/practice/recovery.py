"""The recovery key, shown once when the practice is made: to print, to save as a PDF, to write down."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from myomap.errors import MyomapError
from myomap.gui.context import Context
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, clear, column, label, row
from myomap.gui.practice.clipboard import copy_secret
from myomap.gui.practice.session import Session
from myomap.gui.visit.documents import write_whole
from myomap.gui.visit.printing import print_pages

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from myomap.report.typeset import Typeset

_COLUMNS = 3


class RecoveryPage(QWidget):
    """Shows the recovery key once; it opens the practice when the passphrase is forgotten."""

    kept = Signal()

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._context, self._session = context, session
        self._key = ""
        self.groups = Card()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(32)
        self._grid.setVerticalSpacing(10)
        self.groups.body.addLayout(self._grid)
        self.said = label("", "muted")
        self.print = QPushButton("Print …")
        self.save = QPushButton("Save as PDF …")
        self.copy = QPushButton("Copy")
        self.go = QPushButton("I have kept it")
        self.go.setProperty("kind", "primary")
        lines = column(self, margin=28, gap=12)
        lines.addWidget(label("Keep this recovery key", "title"))
        lines.addWidget(
            label(
                "If the passphrase is forgotten, only this key opens the records. Print it or write it down and"
                " keep it away from this computer. It is not shown again.",
                "muted",
            )
        )
        lines.addWidget(self.groups)
        lines.addLayout(row(self.print, self.save, self.copy, None, self.go))
        lines.addWidget(self.said)
        self.said.hide()
        self.print.clicked.connect(self._print)
        self.save.clicked.connect(self._save)
        self.copy.clicked.connect(self._copy)
        self.go.clicked.connect(self._on_kept)

    @property
    def key(self) -> str:
        """The key on show, empty where none is."""
        return self._key

    def show_key(self, key: str) -> None:
        """Show a key."""
        self._key = key
        clear(self._grid)
        for at, group in enumerate(key.split("-") if key else []):
            words = label(group, "number", wrap=False, selectable=True)
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            words.setAccessibleName(f"Group {at + 1}: {' '.join(group)}")
            self._grid.addWidget(words, at // _COLUMNS, at % _COLUMNS)
        self.groups.setAccessibleName("Recovery key")
        self._say("")
        self.print.setFocus()

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _copy(self) -> None:
        copy_secret(self._key)
        self._say("Copied. Paste it where only you can find it, then copy something else.")

    def _save(self) -> None:
        start = Path.home() / "myomap-recovery-key.pdf"
        self._context.prompts.save_file("Save the recovery key", start, "PDF (*.pdf)", self.write)

    def write(self, path: Path) -> None:
        """Write the sheet as a PDF."""
        make = self._sheet()
        self._say("Writing …")
        self._context.pool.run(
            lambda: write_whole(path, make("pdf").body),
            lambda _: self._say(
                f"Saved as {path.name}. Print it, then take the file away from this computer."
            ),
            self._on_error,
        )

    def _sheet(self) -> "Callable[[str], Typeset]":
        """Return what makes the sheet in a form: it must not look at the page, which is gone by then."""
        key, practice, paper = self._key, self._session.made_name, self._context.settings.paper
        where = self._session.place.where if self._session.place else ""

        def made(form: str) -> "Typeset":
            from myomap.report.recovery_sheet import recovery_sheet

            return recovery_sheet(
                key, practice=practice, where=where, made_at=datetime.now(), paper=paper, form=form
            )

        return made

    def _on_error(self, error: Exception) -> None:
        self._say("")
        self._context.prompts.tell(message_for(error))

    def _print(self) -> None:
        self._context.prompts.printer("Print the recovery key", self.print_on)

    def print_on(self, printer: "QPrinter") -> None:
        """Print the same sheet, without a file in between."""
        make = self._sheet()
        self._say("Setting the sheet …")
        self._context.pool.run(lambda: make("png"), partial(self._on_ready, printer), self._on_error)

    def _on_ready(self, printer: "QPrinter", made: "Typeset") -> None:
        try:
            print_pages(made.pages, printer)
        except MyomapError as error:
            self._on_error(error)
            return
        self._say("Sent to the printer. Look at the page before you go on.")

    def _on_kept(self) -> None:
        self.show_key("")
        self.kept.emit()
