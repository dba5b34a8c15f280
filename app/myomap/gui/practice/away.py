"""The line above the records while something is not saved: a server that is away, a full disk, an open choice.

It says how much, by whom and since when, and nothing of what: it also stands above the gate.
"""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QPushButton

from myomap.gui.parts import label, row
from myomap.gui.practice.outliving import Outliving
from myomap.gui.practice.session import Session, State
from myomap.gui.visit.desk import Desk
from myomap.gui.visit.line import Waiting

#: So often a shut window looks whether what was on its way is saved: nobody tells it.
LOOK_MS = 1000


class AwayBanner(QFrame):
    """Shown for as long as it lasts.

    ``open_visit`` goes to a visit where a change waits for somebody's choice; None where that is said already.
    """

    def __init__(
        self,
        session: Session,
        desk: Desk,
        open_visit: Callable[[str], None] | None = None,
        outliving: Outliving | None = None,
    ) -> None:
        super().__init__()
        self.setProperty("kind", "danger_card")
        self._session, self._desk, self._open_visit = session, desk, open_visit
        self._outliving = outliving
        self.words = label("", "strong")
        self.again = QPushButton("Try now")
        self.again.clicked.connect(self._try)
        self.choose = QPushButton("Open that visit")
        self.choose.clicked.connect(self._choose)
        lines = row(gap=12)
        lines.setContentsMargins(16, 8, 16, 8)
        lines.addWidget(self.words, 1)
        lines.addWidget(self.again)
        lines.addWidget(self.choose)
        self.setLayout(lines)
        session.server_changed.connect(self._show)
        session.state_changed.connect(self._show)
        desk.saving_changed.connect(self._show)
        desk.laid_aside.connect(self._show)
        desk.opened.connect(self._show)
        if outliving is not None:
            outliving.changed.connect(self._show)
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_MS)
        self._clock.timeout.connect(lambda: self._show(by_clock=True))
        self._show()

    def _show(self, *_: object, by_clock: bool = False) -> None:
        session, waiting = self._session, self._desk.waiting
        if waiting is not None and not session.is_open:
            self._clock.start()
        else:
            self._clock.stop()
        away = session.away if session.is_open else None
        choice = self._open_visit is not None and session.is_open and bool(self._desk.torn)
        kept = self._outliving.words if self._outliving is not None else ""
        if away is not None:
            words = f"{away.what} What you type stays here and is saved when the server is back; lists may be old."
            words = f"{words} {kept}" if waiting is not None and kept else words
        elif waiting is not None and not session.is_open and not by_clock and not self.words.text():
            words = ""  # it is on its way: mostly it is saved before anybody has read that it is not
        elif waiting is not None:
            here = session.is_open and not self._desk.waits_elsewhere({session.practice.uuid})
            words = waiting_words(waiting, is_open=here, kept=kept)
        elif choice:
            words = "In a visit a change could not be kept as it is: it waits for somebody’s choice."
        else:
            words = ""
        self.words.setText(words)
        self.again.setVisible(away is not None or (waiting is not None and session.is_open))
        self.choose.setVisible(choice and away is None)
        self.setVisible(bool(words) and session.state in (State.OPEN, State.WHO, State.LOCKED))

    def _try(self) -> None:
        if self._session.away is not None:
            self._session.knock()
        else:
            self._desk.try_again()

    def _choose(self) -> None:
        if self._open_visit is not None and self._desk.torn:
            self._open_visit(self._desk.torn[0])


def waiting_words(waiting: Waiting, *, is_open: bool, kept: str = "") -> str:
    """Return what is not saved yet, whose it is, since when, what to do, and where it is ``kept`` meanwhile."""
    number = "One change" if waiting.changes == 1 else f"{waiting.changes} changes"
    verb = "is" if waiting.changes == 1 else "are"
    whose = f" by {' and '.join(waiting.names)}" if waiting.names else ""
    said = f"{number}{whose} since {waiting.since:%H:%M} {verb} not saved yet"
    then = (
        "it is tried again and again"
        if is_open
        else f"{'it is' if waiting.changes == 1 else 'they are'} saved once the practice is open again"
    )
    why = waiting.why if is_open else ""
    stay = kept or "Keep this window open."
    return f"{said}: {then}. {stay} {why}".strip()


__all__ = ["AwayBanner", "waiting_words"]
