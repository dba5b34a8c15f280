"""The passphrase page: opening, unlocking, the recovery key, “remember on this computer”. Nothing of a patient."""

import math

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from myomap.gui.forms import Field, Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import column, label, row
from myomap.gui.practice.remembering import MEANING, Remembering
from myomap.gui.practice.session import Session, State
from myomap.gui.practice.welcome import secret
from myomap.records.errors import PassphraseError, PracticeFileError


class UnlockPage(QWidget):
    """The passphrase. A wrong one says so and waits longer each time, with the seconds counted down."""

    def __init__(self, session: Session, remembering: Remembering, restoring: QWidget) -> None:
        """``restoring`` is offered where the records turn out to be damaged or missing."""
        super().__init__()
        self.setObjectName("paper")
        self._session, self._remembering = session, remembering
        self.title = label("Locked", "title")
        self.where = label("", "small", selectable=True)
        self.passphrase = secret("Passphrase")
        self.field = Field("Passphrase", self.passphrase)
        self.go = QPushButton("Open")
        self.go.setProperty("kind", "primary")
        self.remember = QCheckBox("Remember on this computer")
        self.meaning = label(MEANING, "small")
        self.asking = label("Asking this computer’s keyring …", "muted")
        self.forgot = Fold("I have forgotten it: use the recovery key", self._build_recovery)
        lines = column(self, margin=28, gap=12)
        for each in (self.title, self.where, self.field, self.remember, self.meaning, self.asking):
            lines.addWidget(each)
        lines.addLayout(row(None, self.go))
        lines.addWidget(self.forgot)
        self.mend = Fold("Restore a backup of the records", lambda inside: inside.addWidget(restoring))
        lines.addWidget(self.mend)
        self.mend.hide()
        self.asking.hide()
        self.key, self.new, self.again = (
            secret("Recovery key"),
            secret("New passphrase"),
            secret("New passphrase once more"),
        )
        self.key.setPlaceholderText("XXXX-XXXX-…: nine groups of four")
        self.key_field = Field("Recovery key", self.key)
        self.new_field = Field("New passphrase", self.new)
        self.again_field = Field("New passphrase once more", self.again)
        self.key_go = QPushButton("Open and set the new passphrase")
        self._asked, self._asked_words = self.field, ""
        self.go.clicked.connect(self._open)
        self.passphrase.returnPressed.connect(self._open)
        self.key_go.clicked.connect(self._open_with_key)
        self.again.returnPressed.connect(self._open_with_key)
        self.remember.toggled.connect(self.meaning.setVisible)
        remembering.changed.connect(self._show_remember)
        remembering.trying.connect(self.asking.setVisible)
        self._wait = QTimer(self)
        self._wait.setInterval(250)
        self._wait.timeout.connect(self._count_down)
        self._show_remember()

    def _build_recovery(self, lines: QVBoxLayout) -> None:
        lines.addWidget(
            label(
                "The key that was printed when the practice was made. The passphrase is set anew with it.",
                "muted",
            )
        )
        self.key.setEchoMode(
            self.key.EchoMode.Normal
        )  # on paper beside you: seeing it helps more than hiding it
        for widget in (self.key_field, self.new_field, self.again_field):
            lines.addWidget(widget)
        lines.addLayout(row(None, self.key_go))

    def _show_remember(self) -> None:
        possible = self._remembering.possible and self._session.invented is None
        self.remember.setVisible(possible)
        if not self.remember.isChecked():
            self.remember.setChecked(self._remembering.on)
        self.meaning.setVisible(possible and self.remember.isChecked())

    def focus(self) -> None:
        """Give the keyboard to what opens the records."""
        (self.passphrase if self._session.invented is None else self.go).setFocus()

    def refresh(self) -> None:
        """Say which practice is locked."""
        locked = self._session.state is State.LOCKED
        self.title.setText("Locked" if locked else "Open your practice")
        self.where.setText(self._session.place.where if self._session.place else "")
        kept = self._session.invented is None
        self.field.setVisible(kept)
        self.forgot.setVisible(kept)
        self._show_remember()
        self._free()
        for field in (self.field, self.key_field, self.new_field, self.again_field):
            field.show_problem("")
        # set, not cleared: what was in the field must not come back by undo
        for each in (self.passphrase, self.key, self.new, self.again):
            each.setText("")
        for fold in (self.forgot, self.mend):
            fold.head.setChecked(False)
        self.mend.hide()
        self.remember.setChecked(self._remembering.on)
        self._asked = self.field
        if self._session.place is not None and self._session.place.wait_s() > 0:
            self._asked_words = "A wrong passphrase was tried"
            self._count_down()

    def _open(self) -> None:
        if not self.go.isEnabled():
            return
        if not self.passphrase.text() and self._session.invented is None:
            self.field.show_problem("Type the passphrase first.")
            return
        self._begin(self.field)
        self._remembering.wish(self.remember.isChecked())
        self._session.open(self.passphrase.text(), self._on_error)

    def _open_with_key(self) -> None:
        if not self.key_go.isEnabled():
            return
        same = self.new.text() == self.again.text()
        self.key_field.show_problem("" if self.key.text().strip() else "Type the recovery key.")
        self.again_field.show_problem("" if same else "The two passphrases are not the same.")
        if not same or not self.key.text().strip():
            return
        self._begin(self.key_field)
        self._session.open_with_recovery_key(self.key.text().strip(), self.new.text(), self._on_error)

    def _begin(self, field: Field) -> None:
        self._asked = field
        for each in (self.field, self.key_field, self.new_field):
            each.show_problem("")
        self.go.setEnabled(False)
        self.key_go.setEnabled(False)
        self.go.setText("Opening …")

    def _free(self) -> None:
        self._wait.stop()
        self.go.setEnabled(True)
        self.key_go.setEnabled(True)
        self.go.setText("Open")

    def _on_error(self, error: Exception) -> None:
        self._free()
        message = message_for(error)
        line = self.passphrase if self._asked is self.field else self.key
        if isinstance(error, PassphraseError):
            line.selectAll()
            line.setFocus()
            wrong = "wrong" in message.title
            what = "recovery key" if self._asked is self.key_field else "passphrase"
            self._asked_words = f"The {what} is wrong" if wrong else "That was too soon"
            self._count_down()
        elif self._asked is self.key_field and "assphrase needs" in message.title:
            self.new_field.show_problem(message.title)
            self.new.setFocus()
        else:
            self._asked.show_problem(f"{message.title} {message.text}")
            # a newer program's records are whole: only that program is missing
            if isinstance(error, PracticeFileError) and "newer" not in message.title:
                self.mend.show()
                self.mend.head.setChecked(True)

    def _count_down(self) -> None:
        place = self._session.place
        left = place.wait_s() if place is not None else 0.0
        if left <= 0:
            self._free()
            self._asked.show_problem(f"{self._asked_words}. You can try again now.")
            return
        self.go.setEnabled(False)
        self.key_go.setEnabled(False)
        self._wait.start()
        self._asked.show_problem(f"{self._asked_words}. Try again in {_time_words(left)}.")


def _time_words(seconds: float) -> str:
    """Return a wait as it is read out.

    >>> _time_words(3.2), _time_words(130)
    ('4 s', '2 min 10 s')
    """
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
