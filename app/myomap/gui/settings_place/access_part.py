"""Who gets at the records on this computer: the lock, the keyring, the passphrase."""

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field, Fold
from myomap.gui.messages import Message, message_for
from myomap.gui.parts import column, heading, label, row, rule
from myomap.gui.practice.recovery import RecoveryPage
from myomap.gui.practice.remembering import MEANING, Remembering
from myomap.gui.practice.session import Session
from myomap.gui.practice.welcome import secret


def lock_words(heard: Sequence[str], minutes: int, platform: str = sys.platform) -> str:
    """Return what locks the records on this computer, as it really is.

    >>> lock_words(("the desktop’s screen lock",), 10, "linux")
    'Myomap locks after 10 minutes with nobody there (sleep counts), with Ctrl+L, and with: the desktop’s screen lock.'
    """
    always = f"Myomap locks after {minutes} minutes with nobody there (sleep counts)"
    if heard:
        return f"{always}, with Ctrl+L, and with: {', '.join(heard)}."
    always += " and with Ctrl+L"
    if platform.startswith("linux"):
        return f"{always}. This desktop does not tell programs when its screen is locked."
    system = {"win32": "Windows", "darwin": "macOS"}.get(platform, "this system")
    return f"{always}. On {system} Myomap does not hear when the screen is locked: press Ctrl+L before you leave."


class AccessPart(QWidget):
    """Opening and locking."""

    def __init__(
        self, context: Context, session: Session, remembering: Remembering, heard: Callable[[], Sequence[str]]
    ) -> None:
        super().__init__()
        self._context, self._session = context, session
        self._remembering, self._heard = remembering, heard
        self.words = label("", "muted")
        self.lock = QPushButton("Lock now")
        self.remember = QCheckBox("Remember on this computer")
        self.meaning = label(MEANING, "small")
        self.no_ring = label(
            "This computer has no keyring that Myomap could use; the passphrase is asked at each start.",
            "small",
        )
        self.old, self.new, self.again = (
            secret("Passphrase now"),
            secret("New passphrase"),
            secret("New passphrase once more"),
        )
        self.old_field = Field("Passphrase now", self.old)
        self.new_field = Field("New passphrase", self.new)
        self.again_field = Field("New passphrase once more", self.again)
        self.change = QPushButton("Change the passphrase")
        self.said = label("", "muted")
        self.said.hide()
        lines = column(self, gap=10)
        lines.addWidget(rule())
        lines.addWidget(heading("Opening and locking"))
        lines.addWidget(self.words)
        lines.addLayout(row(self.lock, None))
        for each in (self.remember, self.meaning, self.no_ring, self.said):
            lines.addWidget(each)
        lines.addWidget(Fold("Change the passphrase", self._build_passphrase))
        self.proof = secret("Passphrase now")
        self.proof_field = Field("Passphrase now", self.proof)
        self.renew = QPushButton("Make a new recovery key")
        lines.addWidget(Fold("The recovery key is lost, or somebody saw it", self._build_recovery))
        self.renew.clicked.connect(self._renew)
        self.proof.returnPressed.connect(self._renew)
        self.lock.clicked.connect(session.lock)
        self.remember.clicked.connect(remembering.set)
        remembering.changed.connect(self._show_remember)
        self.change.clicked.connect(self._change)
        self.again.returnPressed.connect(self._change)

    def _build_passphrase(self, lines: QVBoxLayout) -> None:
        for widget in (self.old_field, self.new_field, self.again_field):
            lines.addWidget(widget)
        lines.addLayout(row(None, self.change))

    def _build_recovery(self, lines: QVBoxLayout) -> None:
        lines.addWidget(
            label(
                "A new one is shown once, to print. The one before opens the practice no more; backups that were made"
                " until now still open with it.",
                "muted",
            )
        )
        lines.addWidget(self.proof_field)
        lines.addLayout(row(None, self.renew))

    # -- the recovery key ----------------------------------------------------------------------
    def _renew(self) -> None:
        place, passphrase = self._session.place, self.proof.text()
        self.proof_field.show_problem("" if passphrase else "Type the passphrase that opens it now.")
        if place is None or not passphrase or not self.renew.isEnabled():
            return
        by = self._session.actor.id if self._session.actor is not None else ""
        self.renew.setEnabled(False)
        self._session.worker.run(
            lambda: place.new_recovery_key(passphrase, by=by), self._on_renewed, self._on_not_renewed
        )

    def _on_renewed(self, key: str) -> None:
        self.renew.setEnabled(True)
        self.proof.setText("")
        if not self._session.is_open:  # a locked window shows no key
            self._context.prompts.tell(
                Message(
                    "A new recovery key was made, but it locked before the key could be shown.",
                    "The one before opens the practice no more. Make a new one once more.",
                )
            )
            return
        self._session.made_name = self._session.settings.name
        sheet = RecoveryPage(self._context, self._session)
        sheet.show_key(key)
        over = QDialog(self.window())
        over.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        over.setWindowTitle("Myomap")
        column(over).addWidget(sheet)
        sheet.kept.connect(over.accept)
        over.open()

    def _on_not_renewed(self, error: Exception) -> None:
        self.renew.setEnabled(True)
        self.proof_field.show_problem(message_for(error).title)

    def _show_remember(self) -> None:
        possible = self._remembering.possible
        self.remember.setVisible(possible or self._remembering.on)
        self.meaning.setVisible(possible or self._remembering.on)
        self.no_ring.setVisible(not possible and not self._remembering.on)
        self.remember.setChecked(self._remembering.on)

    # -- passphrase ----------------------------------------------------------------------------
    def _change(self) -> None:
        self.old_field.show_problem("" if self.old.text() else "Type the passphrase that opens it now.")
        same = self.new.text() == self.again.text()
        self.new_field.show_problem("" if self.new.text() else "Type a new one.")
        self.again_field.show_problem("" if same else "The two passphrases are not the same.")
        place = self._session.place
        if place is None or not (self.old.text() and self.new.text() and same):
            return
        old, new = self.old.text(), self.new.text()
        by = self._session.actor.id if self._session.actor is not None else ""
        self.change.setEnabled(False)
        self.change.setText("Changing …")
        self._session.worker.run(
            lambda: place.change_passphrase(old, new, by=by), self._on_changed, self._on_not_changed
        )

    def _on_changed(self, _: object) -> None:
        self._free()
        self.forget()
        self.said.setText("The passphrase was changed. The recovery key stays as it is.")
        self.said.show()

    def _on_not_changed(self, error: Exception) -> None:
        self._free()
        message = message_for(error)
        field = self.new_field if "assphrase needs" in message.title else self.old_field
        field.show_problem(message.title)

    def _free(self) -> None:
        self.change.setEnabled(True)
        self.change.setText("Change the passphrase")

    def forget(self) -> None:
        """Empty what was typed."""
        for each in (self.old, self.new, self.again, self.proof):
            each.setText("")
        for field in (self.old_field, self.new_field, self.again_field, self.proof_field):
            field.show_problem("")

    def refresh(self) -> None:
        """Show what holds on this computer."""
        self.words.setText(lock_words(self._heard(), self._session.settings.lock_after_minutes))
        self.said.hide()
        self._show_remember()
