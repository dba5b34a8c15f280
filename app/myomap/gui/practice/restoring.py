"""Putting a backup back: its passphrase, a look into it, then the deed. In the settings and on a new computer."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, column, label, row
from myomap.gui.practice.session import Session
from myomap.gui.practice.welcome import secret
from myomap.records.practice import Backup, BackupPreview


class RestoreBox(QWidget):
    """Nothing happens before somebody has seen what is in the backup."""

    def __init__(self, context: Context, session: Session, words: str, *, newest: bool) -> None:
        super().__init__()
        self._context, self._session = context, session
        self._found: tuple[Path, str, BackupPreview] | None = None
        self.passphrase = secret("Passphrase of the backup's time")
        self.field = Field(
            "Passphrase of the backup's time",
            self.passphrase,
            "or the recovery key; mostly it is the one of today",
        )
        self.newest = QPushButton("Look into the newest")
        self.newest.setVisible(newest)
        self.choose = QPushButton("Choose another …" if newest else "Choose the backup’s folder …")
        self.card = Card()
        self.title, self.text = label("", "strong"), label("", "muted")
        self.restore = QPushButton("Restore this backup …")
        self.restore.setProperty("kind", "danger" if newest else "primary")
        for each in (self.title, self.text):
            self.card.body.addWidget(each)
        self.card.body.addLayout(row(self.restore, None))
        self.card.hide()
        lines = column(self, gap=8)
        lines.addWidget(label(words, "muted"))
        lines.addWidget(self.field)
        lines.addLayout(row(self.newest, self.choose, None))
        lines.addWidget(self.card)
        self.newest.clicked.connect(self._preview_newest)
        self.choose.clicked.connect(self._choose)
        self.restore.clicked.connect(self._ask if newest else self._restore)

    def _has_passphrase(self) -> bool:
        there = bool(self.passphrase.text())
        self.field.show_problem("" if there else "Type the passphrase first: a backup is encrypted, too.")
        if not there:
            self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        return there

    def _preview_newest(self) -> None:
        if not self._has_passphrase():
            return

        def known(found: Sequence[Backup]) -> None:
            if found:
                self.look_into(found[0].folder)
            else:
                self.field.show_problem("There is no backup yet.")

        self._session.read(lambda practice: practice.backups(), known, self._tell)

    def _choose(self) -> None:
        if self._has_passphrase():
            here = Path(self._session.place.where) / "backups" if self._session.place else Path.home()
            start = here if here.is_dir() else Path.home()
            self._context.prompts.choose_folder("Choose a backup", start, self.look_into)

    def look_into(self, folder: Path) -> None:
        """Open a backup and show what is in it."""
        place, passphrase = self._session.place, self.passphrase.text()
        if place is None:
            return
        self.card.hide()
        self._busy(True)

        def known(preview: BackupPreview) -> None:
            self._busy(False)
            if passphrase == self.passphrase.text():  # it was not emptied by the lock meanwhile
                self._show(folder, passphrase, preview)

        self._session.worker.run(lambda: place.preview(folder, passphrase), known, self._on_error)

    def _on_error(self, error: Exception) -> None:
        self._busy(False)
        message = message_for(error)
        self.field.show_problem(f"{message.title} {message.text}")

    def _busy(self, on: bool) -> None:
        for button in (self.newest, self.choose, self.restore):
            button.setEnabled(not on)

    def _show(self, folder: Path, passphrase: str, preview: BackupPreview) -> None:
        self._found = (folder, passphrase, preview)
        last = f"{preview.last_change.astimezone():%Y-%m-%d %H:%M}" if preview.last_change else "unknown"
        whole = "The audit in it is whole." if preview.audit.is_whole else "The audit in it has faults."
        self.field.show_problem("")
        self.title.setText(f"{preview.practice or 'Practice'}, backup of {when(preview.backup)}")
        self.text.setText(f"{_holds(preview)}. Last change {last}. {whole}")
        self.card.show()
        self.restore.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> None:
        if self._found is None:
            return
        preview = self._found[2]
        self._context.prompts.ask(
            f"Restore the backup of {when(preview.backup)}?",
            f"{_holds(preview)} come back as they were then. What was written since is kept as a backup named"
            " “before-restore”.",
            "Restore",
            self._restore,
            danger=True,
        )

    def _restore(self) -> None:
        if self._found is not None:
            folder, passphrase, _ = self._found
            self._busy(True)
            self._session.restore(folder, passphrase, self._on_not_restored)

    def _on_not_restored(self, error: Exception) -> None:
        self._busy(False)
        self._tell(error)

    def _tell(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))

    def forget(self) -> None:
        """Empty what was typed and what was seen in a backup."""
        self.passphrase.setText("")
        self.field.show_problem("")
        self.card.hide()
        self._busy(False)
        self._found = None
        for each in (self.title, self.text):
            each.setText("")


def when(backup: Backup) -> str:
    """Return when a backup was made, by the clock here."""
    return f"{backup.made_at.astimezone():%Y-%m-%d %H:%M}"


def _holds(preview: BackupPreview) -> str:
    return f"{_count(preview.patients, 'patient')} and {_count(preview.visits, 'visit')}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
