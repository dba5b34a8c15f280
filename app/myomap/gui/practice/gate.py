"""What stands before the records: making a practice, its passphrase, who works. Shows nothing of a patient."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field
from myomap.gui.messages import message_for
from myomap.gui.parts import column, label, row
from myomap.gui.practice.recovery import RecoveryPage
from myomap.gui.practice.remembering import Remembering
from myomap.gui.practice.restoring import RestoreBox
from myomap.gui.practice.session import Session, State
from myomap.gui.practice.unlock import UnlockPage
from myomap.gui.practice.welcome import WelcomePage, centred, secret
from myomap.gui.practice.who import ROLES, WhoPage
from myomap.records.errors import RefusedError, ServerAwayError, ServerRefusedError
from myomap.records.values import Paper

#: What is over sooner is not spoken of.
PATIENCE_MS = 400


class FailedPage(QWidget):
    """The practice cannot be reached: why, what can be done, and trying again."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._session = session
        self.title, self.text = label("", "title"), label("", "muted")
        self.password = secret("Password of the server’s login")
        self.field = Field("Password of the server’s login", self.password, "it is not kept on this computer")
        self.again = QPushButton("Try again")
        self.again.setProperty("kind", "primary")
        self.again.clicked.connect(self._try)
        self.password.returnPressed.connect(self._try)
        self.where = label("The server is set in Settings, under “Where the records are”.", "small")
        lines = column(self, margin=28, gap=12)
        for each in (self.title, self.text, self.field, self.where):
            lines.addWidget(each)
        lines.addLayout(row(None, self.again))

    def _try(self) -> None:
        if self.password.text():
            self._session.server_password = self.password.text()
            self.password.setText("")
        self.again.setEnabled(False)
        self.again.setText("Trying …")
        self._session.look_elsewhere()

    def refresh(self) -> None:
        """Say what happened."""
        error = self._session.failure or RuntimeError()
        message = message_for(error)
        self.title.setText(message.title)
        self.text.setText(message.text)
        asks = isinstance(error, ServerRefusedError) and "password" in message.title
        self.field.setVisible(asks)
        if asks:
            self.text.setText("Type the password of the login here, or check the login in the settings.")
        elif isinstance(error, ServerAwayError):
            self.text.setText(f"Everything that was saved before is safe. {error.todo}")
        self.where.setVisible(isinstance(error, ServerRefusedError | ServerAwayError | RefusedError))
        self.again.setEnabled(True)
        self.again.setText("Try again")


class WaitPage(QWidget):
    """Says what takes so long; nothing where it is over in a moment."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self.words = label("", "subtitle")
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        lines = column(self, margin=48)
        lines.addStretch(1)
        lines.addWidget(self.words)
        lines.addStretch(2)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PATIENCE_MS)
        self._soon.timeout.connect(self._say)

    def begin(self) -> None:
        """Something begins that may take long."""
        self.words.setText("")
        self._soon.start()

    def _say(self) -> None:
        self.words.setText(self._session.doing)


class Gate(QStackedWidget):
    """The pages before the records. `passed` when the records are open."""

    passed = Signal()

    def __init__(self, context: Context, session: Session, remembering: Remembering) -> None:
        super().__init__()
        self._session = session
        self.welcome = WelcomePage(session, lambda: Paper(context.settings.paper))
        self.recovery = RecoveryPage(context, session)
        self.restoring = RestoreBox(
            context,
            session,
            "On a new computer, or after a broken disk: choose a backup, for example in the second backup folder.",
            newest=False,
        )
        if session.around is not None:
            self.welcome.offer_around(session.around)
        self.welcome.add_way("I have a backup of my practice", self.restoring)
        self.mending = RestoreBox(
            context,
            session,
            "A backup comes in their place. What is here now is kept beside it, as it is.",
            newest=False,
        )
        self.unlock = UnlockPage(session, remembering, self.mending)
        self.who = WhoPage(session)
        self.failed = FailedPage(session)
        self.blank = WaitPage(session)
        self._pages = {
            State.LOOKING: self.blank,
            State.NONE: centred(self.welcome, room=self.welcome.room),
            State.SHUT: centred(self.unlock, 460),
            State.WHO: centred(self.who, 460),
            State.FAILED: centred(self.failed, 560),
        }
        self._pages[State.LOCKED] = self._pages[State.SHUT]
        self._widths = {
            self.welcome: 620,
            self.unlock: 460,
            self.who: 460,
            self.failed: 560,
            self.recovery: 640,
        }
        self._recovery_page = centred(self.recovery, 640)
        for page in {id(p): p for p in (*self._pages.values(), self._recovery_page)}.values():
            self.addWidget(page)
        self._look = context.look
        context.look.changed.connect(self._size)
        self._size()
        self.welcome.made.connect(self._on_made)
        self.recovery.kept.connect(session.admit)
        session.state_changed.connect(self.refresh)
        self.refresh()

    def _size(self) -> None:
        """Give larger text wider pages, as far as the window has room for them."""
        grown = min(1.35, max(1.0, self._look.text_scale))
        for page, width in self._widths.items():
            page.setFixedWidth(min(round(width * grown), max(400, self.width() - 64)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size()

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
        for box in (self.restoring, self.mending):
            box.forget()
        if page is self.blank:
            self.blank.begin()
        self.setCurrentWidget(page)
        if self.isVisible():
            self.focus()

    def focus(self) -> None:
        """Give the keyboard to the first field."""
        if self._session.state in (State.SHUT, State.LOCKED):
            self.unlock.focus()
        elif self._session.state is State.WHO:
            self.who.focus()
        elif self._session.state is State.NONE:
            self.welcome.practice_name.setFocus()


class Gated(QStackedWidget):
    """A place whose content is seen only while the practice is open; else the gate."""

    def __init__(self, context: Context, session: Session, remembering: Remembering) -> None:
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self.gate = Gate(context, session, remembering)
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


__all__ = ["ROLES", "Gate", "Gated"]
