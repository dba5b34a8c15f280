"""What stands before the records: making a practice, its passphrase, who works. Shows nothing of a patient."""

import math

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field
from myomap.gui.messages import message_for
from myomap.gui.parts import clear, column, label, link, row
from myomap.gui.practice.session import Session, State
from myomap.gui.practice.welcome import RecoveryPage, WelcomePage, centred, secret
from myomap.records.errors import PassphraseError
from myomap.records.values import Role

ROLES = {
    Role.OWNER: "owner",
    Role.CLINICIAN: "clinician",
    Role.ASSISTANT: "assistant",
    Role.READER: "reader",
}


class UnlockPage(QWidget):
    """The passphrase. A wrong one says so and waits longer each time."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._session = session
        self.title = label("Locked", "title")
        self.where = label("", "small", selectable=True)
        self.passphrase = secret("Passphrase")
        self.field = Field("Passphrase", self.passphrase)
        self.go = QPushButton("Open")
        self.go.setProperty("kind", "primary")
        self.key = secret("Recovery key")
        self.new = secret("New passphrase")
        self.again = secret("New passphrase once more")
        self.other = QWidget()
        self.key_field = Field("Recovery key", self.key)
        self.again_field = Field("New passphrase once more", self.again)
        self.key_go = QPushButton("Open and set the new passphrase")
        inside = column(self.other, gap=8)
        for widget in (self.key_field, Field("New passphrase", self.new), self.again_field):
            inside.addWidget(widget)
        inside.addLayout(row(None, self.key_go))
        self.other.hide()
        self.forgot = link("I have forgotten it: use the recovery key", self._toggle)
        lines = column(self, margin=28, gap=12)
        for each in (self.title, self.where, self.field):
            lines.addWidget(each)
        lines.addLayout(row(self.forgot, None, self.go))
        lines.addWidget(self.other)
        self.go.clicked.connect(self._open)
        self.passphrase.returnPressed.connect(self._open)
        self.key_go.clicked.connect(self._open_with_key)
        self._wait = QTimer(self)
        self._wait.setInterval(250)
        self._wait.timeout.connect(self._count_down)
        self._sentence = ""

    def refresh(self) -> None:
        """Say which practice is locked."""
        locked = self._session.state is State.LOCKED
        self.title.setText("Locked" if locked else "Open your practice")
        self.where.setText(self._session.place.where if self._session.place else "")
        self._free()
        self.field.show_problem("")
        self.passphrase.clear()
        self.other.hide()

    def _toggle(self) -> None:
        self.other.setVisible(not self.other.isVisible())
        if self.other.isVisible():
            self.key.setFocus()

    def _open(self) -> None:
        if not self.go.isEnabled() or not self.passphrase.text():
            return
        self._busy()
        self._session.open(self.passphrase.text(), self._on_error)

    def _open_with_key(self) -> None:
        if self.new.text() != self.again.text():
            self.again_field.show_problem("The two passphrases are not the same.")
            return
        self.again_field.show_problem("")
        self._busy()
        self._session.open_with_recovery_key(self.key.text().strip(), self.new.text(), self._on_key_error)

    def _busy(self) -> None:
        self.field.show_problem("")
        self.go.setEnabled(False)
        self.key_go.setEnabled(False)
        self.go.setText("Opening …")

    def _free(self) -> None:
        self.go.setEnabled(True)
        self.key_go.setEnabled(True)
        self.go.setText("Open")
        for each in (self.key, self.new, self.again):
            each.clear()

    def _on_key_error(self, error: Exception) -> None:
        self._on_error(error)
        message = message_for(error)
        self.key_field.show_problem(f"{message.title} {message.text}")

    def _on_error(self, error: Exception) -> None:
        self.go.setEnabled(True)
        self.key_go.setEnabled(True)
        self.go.setText("Open")
        message = message_for(error)
        self._sentence = message.title
        self.passphrase.selectAll()
        self.passphrase.setFocus()
        if isinstance(error, PassphraseError):
            self._until = error.wait_s
            self._count_down(first=True)
        else:
            self.field.show_problem(f"{message.title} {message.text}")

    def _count_down(self, *, first: bool = False) -> None:
        place = self._session.place
        left = place.wait_s() if place is not None else 0.0
        if left <= 0 and not first:
            self._wait.stop()
            self.go.setEnabled(True)
            self.field.show_problem(f"{self._sentence.partition('.')[0]}.")
            return
        if left > 0:
            self.go.setEnabled(False)
            self._wait.start()
            self.field.show_problem(f"{self._sentence.partition('.')[0]}. Try again in {math.ceil(left)} s.")
        else:
            self.field.show_problem(self._sentence)


class WhoPage(QWidget):
    """Who works now: one button a person."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._session = session
        lines = column(self, margin=28, gap=12)
        lines.addWidget(label("Who are you?", "title"))
        lines.addWidget(label("Changes, signatures and the audit carry this name.", "muted"))
        self._people = column(gap=8)
        lines.addLayout(self._people)
        self.problem = label("", "problem")
        self.problem.hide()
        lines.addWidget(self.problem)
        session.people_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show everybody who works here."""
        clear(self._people)
        self.problem.hide()
        for person in self._session.people:
            button = QPushButton(f"{person.name}   ·   {ROLES[person.role]}")
            button.setMinimumHeight(44)
            button.clicked.connect(lambda _=False, id=person.id: self._session.sign_in(id, self._on_error))
            self._people.addWidget(button)

    def _on_error(self, error: Exception) -> None:
        self.problem.setText(message_for(error).title)
        self.problem.show()


class FailedPage(QWidget):
    """The practice cannot be reached: why, and trying again."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._session = session
        self.title, self.text = label("", "title"), label("", "muted")
        again = QPushButton("Try again")
        again.clicked.connect(session.look)
        lines = column(self, margin=28, gap=12)
        lines.addWidget(self.title)
        lines.addWidget(self.text)
        lines.addLayout(row(None, again))

    def refresh(self) -> None:
        """Say what happened."""
        message = message_for(self._session.failure or RuntimeError())
        self.title.setText(message.title)
        self.text.setText(message.text)


class Gate(QStackedWidget):
    """The pages before the records. `passed` when the records are open."""

    passed = Signal()

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._session = session
        self.welcome = WelcomePage(session)
        self.recovery = RecoveryPage(context.prompts)
        self.unlock = UnlockPage(session)
        self.who = WhoPage(session)
        self.failed = FailedPage(session)
        self.blank = QWidget()
        self.blank.setObjectName("page")
        self._pages = {
            State.LOOKING: self.blank,
            State.NONE: centred(self.welcome),
            State.SHUT: centred(self.unlock, 460),
            State.WHO: centred(self.who, 460),
            State.FAILED: centred(self.failed, 560),
        }
        self._pages[State.LOCKED] = self._pages[State.SHUT]
        self._recovery_page = centred(self.recovery, 640)
        for page in {id(p): p for p in (*self._pages.values(), self._recovery_page)}.values():
            self.addWidget(page)
        self.welcome.made.connect(self._on_made)
        self.recovery.kept.connect(session.admit)
        session.state_changed.connect(self.refresh)
        self.refresh()

    def _on_made(self, key: str) -> None:
        self.recovery.show_key(key)
        self.setCurrentWidget(self._recovery_page)

    def refresh(self) -> None:
        """Show the page that fits where the window stands."""
        page = self._pages.get(self._session.state)
        if page is None:
            self.passed.emit()
            return
        for each in (self.unlock, self.who, self.failed):
            each.refresh()
        self.setCurrentWidget(page)
        if self.isVisible():
            self.focus()

    def focus(self) -> None:
        """Give the keyboard to the first field."""
        if self._session.state in (State.SHUT, State.LOCKED):
            self.unlock.passphrase.setFocus()
        elif self._session.state is State.NONE:
            self.welcome.practice_name.setFocus()


class Gated(QStackedWidget):
    """A place whose content is seen only while the practice is open; else the gate."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self.gate = Gate(context, session)
        self.addWidget(self.gate)
        self._content: QWidget | None = None
        session.state_changed.connect(self._turn)

    def set_content(self, content: QWidget) -> None:
        """Take what is behind the gate."""
        self._content = content
        self.addWidget(content)
        self._turn()

    def _turn(self) -> None:
        if self._content is not None and self._session.is_open:
            self.setCurrentWidget(self._content)
        else:
            self.setCurrentWidget(self.gate)
            # after all others have heard of it: a place that is emptied may still move the focus
            QTimer.singleShot(0, self._focus_gate)

    def _focus_gate(self) -> None:
        if self.isVisible() and self.currentWidget() is self.gate:
            self.gate.focus()


__all__ = ["Gate", "Gated"]
