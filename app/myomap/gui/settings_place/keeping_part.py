"""How the records are kept safe: passphrase, backups, restore, the audit."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QPushButton, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field, Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import clear, column, heading, label, row, rule
from myomap.gui.practice.session import Session
from myomap.gui.practice.welcome import secret
from myomap.records.practice import AuditVerdict, Backup, BackupPreview


class KeepingPart(QWidget):
    """Backups now and of old; another passphrase; is the audit whole?"""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._context, self._session = context, session
        self.where = label("", "muted", selectable=True)
        self.now = QPushButton("Back up now")
        self.said = label("", "muted")
        self.backups = column(gap=2)
        self.verify = QPushButton("Check the audit")
        self.audit_words = label("", "muted")
        self.old, self.new, self.again = (
            secret("Passphrase now"),
            secret("New passphrase"),
            secret("New passphrase once more"),
        )
        self.old_field = Field("Passphrase now", self.old)
        self.new_field = Field("New passphrase", self.new)
        self.again_field = Field("New passphrase once more", self.again)
        self.change = QPushButton("Change the passphrase")
        self.lock = QPushButton("Lock now")
        lines = column(self, gap=10)
        lines.addWidget(rule())
        lines.addWidget(heading("Keeping records safe"))
        lines.addWidget(self.where)
        lines.addLayout(row(self.lock, self.now, self.verify, None))
        lines.addWidget(self.said)
        lines.addWidget(self.audit_words)
        lines.addWidget(Fold("Backups", lambda inside: inside.addLayout(self.backups)))
        lines.addWidget(Fold("Change the passphrase", self._build_passphrase))
        lines.addWidget(Fold("Restore a backup", self._build_restore))
        self.lock.clicked.connect(session.lock)
        self.now.clicked.connect(self._back_up)
        self.verify.clicked.connect(self._verify)
        self.change.clicked.connect(self._change)

    def _build_passphrase(self, lines: object) -> None:
        for widget in (self.old_field, self.new_field, self.again_field):
            lines.addWidget(widget)  # type: ignore[attr-defined]
        lines.addLayout(row(None, self.change))  # type: ignore[attr-defined]

    def _build_restore(self, lines: object) -> None:
        self.restore_words = label(
            "The records go back to the backup's time; what is there now is kept beside it as a backup.",
            "muted",
        )
        self.restore_pass = secret("Passphrase of the backup's time")
        choose = QPushButton("Choose a backup folder …")
        choose.clicked.connect(self._choose_backup)
        for widget in (self.restore_words, Field("Passphrase of the backup's time", self.restore_pass)):
            lines.addWidget(widget)  # type: ignore[attr-defined]
        lines.addLayout(row(None, choose))  # type: ignore[attr-defined]

    # -- backups -------------------------------------------------------------------------------
    def _back_up(self) -> None:
        self.now.setEnabled(False)
        self.said.setText("Making and checking a backup …")
        self._session.read(lambda practice: practice.back_up(), self._on_backed_up, self._on_failed)

    def _on_backed_up(self, made: Backup) -> None:
        self.now.setEnabled(True)
        self.said.setText(f"Backed up and checked: {made.folder.name}, {made.size / 1e6:.1f} MB.")
        self.refresh()

    def _on_failed(self, error: Exception) -> None:
        self.now.setEnabled(True)
        self.said.setText("")
        self._context.prompts.tell(message_for(error))

    def _show(self, backups: Sequence[Backup]) -> None:
        clear(self.backups)
        for each in backups[:40]:
            at = each.made_at.astimezone()
            self.backups.addWidget(
                label(f"{at:%Y-%m-%d %H:%M}   {each.size / 1e6:.1f} MB   {each.folder}", "small")
            )
        if not backups:
            self.backups.addWidget(label("No backup yet; one is made half an hour after a change.", "muted"))

    def _choose_backup(self) -> None:
        start = Path(self._session.place.where) if self._session.place else Path.home()
        self._context.prompts.choose_folder("Choose a backup", start, self._preview)

    def _preview(self, folder: Path) -> None:
        place, passphrase = self._session.place, self.restore_pass.text()
        if place is None:
            return
        self._session.worker.run(
            lambda: place.preview(folder, passphrase),
            lambda preview: self._ask_restore(folder, passphrase, preview),
            self._on_failed,
        )

    def _ask_restore(self, folder: Path, passphrase: str, preview: BackupPreview) -> None:
        last = f"{preview.last_change.astimezone():%Y-%m-%d %H:%M}" if preview.last_change else "unknown"
        whole = "The audit is whole." if preview.audit.is_whole else "The audit has faults."
        self._context.prompts.ask(
            f"Restore the backup of {preview.backup.made_at.astimezone():%Y-%m-%d %H:%M}?",
            f"{preview.practice}: {preview.patients} patients, {preview.visits} visits, last change {last}. {whole}",
            "Restore",
            lambda: self._restore(folder, passphrase),
            danger=True,
        )

    def _restore(self, folder: Path, passphrase: str) -> None:
        self._session.restore(folder, passphrase, self._on_failed)

    # -- passphrase and audit ------------------------------------------------------------------
    def _change(self) -> None:
        self.old_field.show_problem("")
        if self.new.text() != self.again.text():
            self.again_field.show_problem("The two passphrases are not the same.")
            return
        self.again_field.show_problem("")
        place = self._session.place
        if place is None:
            return
        old, new = self.old.text(), self.new.text()
        self.change.setEnabled(False)
        self._session.worker.run(
            lambda: place.change_passphrase(old, new), self._on_changed, self._on_not_changed
        )

    def _on_changed(self, _: object) -> None:
        self.change.setEnabled(True)
        for each in (self.old, self.new, self.again):
            each.clear()
        self.said.setText("The passphrase was changed. The recovery key stays as it is.")

    def _on_not_changed(self, error: Exception) -> None:
        self.change.setEnabled(True)
        self.old_field.show_problem(message_for(error).title)

    def _verify(self) -> None:
        self.audit_words.setText("Checking every line …")
        self._session.read(lambda practice: practice.verify_audit(), self._on_verified, self._on_failed)

    def _on_verified(self, verdict: AuditVerdict) -> None:
        if verdict.is_whole:
            self.audit_words.setText(f"All {verdict.lines} lines of the audit are whole and in order.")
        else:
            self.audit_words.setText("The audit has faults: " + " ".join(verdict.faults[:5]))

    def refresh(self) -> None:
        """Show where the records are and their backups."""
        self.where.setText(f"The records are in {self._session.place.where}" if self._session.place else "")
        if self._session.is_open:
            self._session.read(
                lambda practice: practice.backups(), self._show, lambda _: None, topic="backups"
            )
