"""Backups: made now or by themselves on a thread of their own, restored after a look into them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field, Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, clear, column, heading, label, row, rule
from myomap.gui.practice.session import Session
from myomap.gui.practice.welcome import secret
from myomap.records.practice import Backup, BackupPreview

#: So many backups are listed; all are kept.
LISTED = 40


class KeepingPart(QWidget):
    """Backups now and of old, what went wrong with them, and putting one back."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._context, self._session = context, session
        self.where = label("", "muted", selectable=True)
        self.now = QPushButton("Back up now")
        self.stop = QPushButton("Stop")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName("How far the backup is")
        self.said = label("", "muted")
        self.trouble = Card("danger_card")
        self.trouble_title, self.trouble_text = label("", "strong"), label("", "muted")
        for each in (self.trouble_title, self.trouble_text):
            self.trouble.body.addWidget(each)
        self.again = QPushButton("Back up again")
        self.trouble.body.addLayout(row(self.again, None))
        self.backups = column(gap=2)
        lines = column(self, gap=10)
        lines.addWidget(rule())
        lines.addWidget(heading("Backups"))
        lines.addWidget(self.where)
        lines.addWidget(self.trouble)
        lines.addLayout(row(self.now, self.stop, None))
        lines.addWidget(self.progress)
        lines.addWidget(self.said)
        self.list_fold = Fold("All backups", lambda inside: inside.addLayout(self.backups))
        lines.addWidget(self.list_fold)
        self.restore_fold = Fold("Restore a backup", self._build_restore)
        lines.addWidget(self.restore_fold)
        self.now.clicked.connect(self._back_up)
        self.again.clicked.connect(self._back_up)
        self.stop.clicked.connect(self._stop)
        session.backups.changed.connect(self._show_state)
        session.backups.made.connect(self._on_backed_up)
        session.backups.failed.connect(self._on_failed)
        self._asked = False
        self._show_state()

    # -- backups -------------------------------------------------------------------------------
    def _back_up(self) -> None:
        self._asked = True
        self.said.setText("Making and checking a backup. You can go on working.")
        self._session.backups.start()

    def _stop(self) -> None:
        self._session.backups.stop()

    def _on_backed_up(self, made: Backup) -> None:
        if self._asked:
            self.said.setText(f"Backed up and checked: {made.folder.name}, {made.size / 1e6:.1f} MB.")
        self._asked = False
        self.refresh()

    def _on_failed(self, error: Exception | None) -> None:
        self._asked = False
        self.said.setText(
            "" if error is not None else "Stopped. Nothing of it is left; older backups are untouched."
        )

    def _show_state(self) -> None:
        backups = self._session.backups
        self.now.setEnabled(not backups.running)
        self.again.setEnabled(not backups.running)
        self.stop.setVisible(backups.running)
        self.stop.setEnabled(not backups.stopping)
        self.stop.setText("Stopping …" if backups.stopping else "Stop")
        self.progress.setVisible(backups.running)
        self.progress.setValue(round(100 * backups.share))
        trouble = backups.trouble
        self.trouble.setVisible(trouble is not None)
        if trouble is not None:
            message = message_for(trouble)
            self.trouble_title.setText(message.title)
            self.trouble_text.setText(message.text)

    def _show(self, found: Sequence[Backup]) -> None:
        clear(self.backups)
        self.list_fold.set_note(f"{len(found)}, the newest {_ago(found[0])}" if found else "none yet")
        for each in found[:LISTED]:
            line = label(f"{_ago(each)}   {each.size / 1e6:.1f} MB   {each.folder}", "small", selectable=True)
            self.backups.addWidget(line)
        if len(found) > LISTED:
            self.backups.addWidget(label(f"and {len(found) - LISTED} older ones", "small"))
        if not found:
            self.backups.addWidget(label("No backup yet; one is made half an hour after a change.", "muted"))

    # -- restoring -----------------------------------------------------------------------------
    def _build_restore(self, lines: QVBoxLayout) -> None:
        self.restore_words = label(
            "You see what is in a backup before anything happens. The records then go back to its time; what is there"
            " now is kept beside it as a backup.",
            "muted",
        )
        self.restore_pass = secret("Passphrase of the backup's time")
        self.restore_field = Field(
            "Passphrase of the backup's time",
            self.restore_pass,
            "or the recovery key; mostly the one of today",
        )
        self.newest = QPushButton("Look into the newest")
        self.choose = QPushButton("Choose another …")
        for widget in (self.restore_words, self.restore_field):
            lines.addWidget(widget)
        lines.addLayout(row(self.newest, self.choose, None))
        self.preview_card = Card()
        self.preview_title, self.preview_text = label("", "strong"), label("", "muted")
        self.restore = QPushButton("Restore this backup …")
        self.restore.setProperty("kind", "danger")
        for each in (self.preview_title, self.preview_text):
            self.preview_card.body.addWidget(each)
        self.preview_card.body.addLayout(row(self.restore, None))
        self.preview_card.hide()
        lines.addWidget(self.preview_card)
        self.newest.clicked.connect(self._preview_newest)
        self.choose.clicked.connect(self._choose_backup)
        self.restore.clicked.connect(self._ask_restore)
        self._found: tuple[Path, str, BackupPreview] | None = None

    def _has_passphrase(self) -> bool:
        there = bool(self.restore_pass.text())
        self.restore_field.show_problem(
            "" if there else "Type the passphrase first: a backup is encrypted, too."
        )
        if not there:
            self.restore_pass.setFocus(Qt.FocusReason.OtherFocusReason)
        return there

    def _preview_newest(self) -> None:
        if not self._has_passphrase():
            return

        def known(found: Sequence[Backup]) -> None:
            if found:
                self._preview(found[0].folder)
            else:
                self.restore_field.show_problem("There is no backup yet.")

        self._session.read(lambda practice: practice.backups(), known, self._tell)

    def _choose_backup(self) -> None:
        if self._has_passphrase():
            start = Path(self._session.place.where) if self._session.place else Path.home()
            self._context.prompts.choose_folder("Choose a backup", start / "backups", self._preview)

    def _preview(self, folder: Path) -> None:
        place, passphrase = self._session.place, self.restore_pass.text()
        if place is None:
            return
        self.preview_card.hide()
        self.newest.setEnabled(False)
        self.newest.setText("Looking …")

        def known(preview: BackupPreview) -> None:
            self._free()
            self._show_preview(folder, passphrase, preview)

        def failed(error: Exception) -> None:
            self._free()
            message = message_for(error)
            self.restore_field.show_problem(f"{message.title} {message.text}")

        self._session.worker.run(lambda: place.preview(folder, passphrase), known, failed)

    def _free(self) -> None:
        self.newest.setEnabled(True)
        self.newest.setText("Look into the newest")

    def _show_preview(self, folder: Path, passphrase: str, preview: BackupPreview) -> None:
        if not self._session.is_open:
            return
        self._found = (folder, passphrase, preview)
        last = f"{preview.last_change.astimezone():%Y-%m-%d %H:%M}" if preview.last_change else "unknown"
        whole = "The audit in it is whole." if preview.audit.is_whole else "The audit in it has faults."
        self.preview_title.setText(f"{preview.practice or 'Practice'}, backup of {_ago(preview.backup)}")
        self.preview_text.setText(
            f"{_count(preview.patients, 'patient')}, {_count(preview.visits, 'visit')}. Last change {last}. {whole}"
        )
        self.preview_card.show()

    def _ask_restore(self) -> None:
        if self._found is None:
            return
        folder, passphrase, preview = self._found
        self._context.prompts.ask(
            f"Restore the backup of {_ago(preview.backup)}?",
            f"{_count(preview.patients, 'patient')} and {_count(preview.visits, 'visit')} come back as they were then."
            " What was written since is kept as a backup named “before-restore”.",
            "Restore",
            lambda: self._session.restore(folder, passphrase, self._tell),
            danger=True,
        )

    def _tell(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))

    def refresh(self) -> None:
        """Show where the records are and their backups."""
        self.where.setText(f"The records are in {self._session.place.where}" if self._session.place else "")
        self._show_state()
        if self._session.is_open:
            self._session.read(
                lambda practice: practice.backups(), self._show, lambda _: None, topic="backups"
            )

    def forget(self) -> None:
        """Empty what was typed and what was seen in a backup."""
        self.said.setText("")
        if hasattr(self, "restore_pass"):
            self.restore_pass.setText("")
            self.restore_field.show_problem("")
            self.preview_card.hide()
            self._found = None


def _ago(backup: Backup) -> str:
    return f"{backup.made_at.astimezone():%Y-%m-%d %H:%M}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
