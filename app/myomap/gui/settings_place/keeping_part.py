"""Backups: made now or by themselves on a thread of their own, restored after a look into them."""

from collections.abc import Sequence

from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, clear, column, heading, label, row, rule
from myomap.gui.practice.restoring import RestoreBox, when
from myomap.gui.practice.session import Session
from myomap.records.practice import Backup

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
        self.said.hide()
        self._show_state()

    # -- backups -------------------------------------------------------------------------------
    def _back_up(self) -> None:
        self._asked = True
        self._say("Making and checking a backup. You can go on working.")
        self._session.backups.start()

    def _stop(self) -> None:
        self._session.backups.stop()

    def _on_backed_up(self, made: Backup) -> None:
        if self._asked:
            self._say(f"Backed up and checked: {made.folder.name}, {made.size / 1e6:.1f} MB.")
        self._asked = False
        self.refresh()

    def _on_failed(self, error: Exception | None) -> None:
        self._asked = False
        self.said.setText(
            "" if error is not None else "Stopped. Nothing of it is left; older backups are untouched."
        )

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

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
        self.list_fold.set_note(f"{len(found)}, the newest {when(found[0])}" if found else "none yet")
        for each in found[:LISTED]:
            line = label(f"{when(each)}   {each.size / 1e6:.1f} MB   {each.folder}", "small", selectable=True)
            self.backups.addWidget(line)
        if len(found) > LISTED:
            self.backups.addWidget(label(f"and {len(found) - LISTED} older ones", "small"))
        if not found:
            self.backups.addWidget(label("No backup yet; one is made half an hour after a change.", "muted"))

    def _build_restore(self, lines: QVBoxLayout) -> None:
        words = (
            "You see what is in a backup before anything happens. The records then go back to its time; what is there"
            " now is kept beside it as a backup."
        )
        self.restoring = RestoreBox(self._context, self._session, words, newest=True)
        lines.addWidget(self.restoring)

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
        self.said.hide()
        if hasattr(self, "restoring"):
            self.restoring.forget()
