"""Looking around with invented patients: begun at the gate or with ``--demo``, marked in the window all the time."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QMainWindow, QPushButton

from myomap.gui.context import Context
from myomap.gui.messages import Message
from myomap.gui.parts import label, row
from myomap.gui.practice.session import Session
from myomap.records.place import InventedPlace

WORDS = "Invented patients – nothing here is kept"
#: Qt adds the program's name to any other title.
_TITLE = "Myomap"


class InventedBanner(QFrame):
    """The line across the top of the window, over every place, for as long as the patients are invented."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "caution_card")
        self.setAccessibleName(WORDS)
        self.words = label(WORDS, "strong")
        self.end = QPushButton("End looking around")
        self.end.setProperty("kind", "link")
        lines = row(gap=12)
        lines.setContentsMargins(16, 2, 16, 2)
        lines.addWidget(self.words, 1)
        lines.addWidget(self.end)
        self.setLayout(lines)


class LookingAround:
    """Begins and ends it. What was made is thrown away at the end, and when the window closes."""

    def __init__(
        self,
        window: QMainWindow,
        context: Context,
        session: Session,
        invent: Callable[[], InventedPlace] | None,
        before_end: Callable[[], None],
    ) -> None:
        """``invent`` makes a place for one session, None where there is none; ``before_end`` empties the desk."""
        self._window, self._context, self._session = window, context, session
        self._invent, self._before_end = invent, before_end
        self.practice = ""
        """The id of the invented practice; it names what waits there, also while it is locked."""
        self.banner = InventedBanner()
        self.banner.hide()
        self.banner.end.clicked.connect(self.ask_end)
        window.setMenuWidget(self.banner)
        if invent is not None:
            session.around = self.begin
        session.state_changed.connect(self._show)

    def begin(self) -> None:
        """Make the invented practice and open it; nothing else may be open."""
        if self._invent is not None and self._session.invented is None and not self._session.is_open:
            self._session.look_around(self._invent(), self._context.open_atlas())

    def ask_begin(self) -> None:
        """Begin where that can be; else say what to do first."""
        if self._session.is_open and self._session.invented is None:
            words = "It stays as it is. Start Myomap with --demo to look around beside it."
            self._context.prompts.tell(Message("Your own practice is open.", words))
        else:
            self.begin()

    def ask_end(self) -> None:
        """End it, if that is meant."""
        self._context.prompts.ask(
            "End looking around?",
            "The invented patients and all that was written here are thrown away.",
            "End and throw away",
            self.end,
        )

    def end(self) -> None:
        """Throw all of it away and look at the practice that is kept, if there is one."""
        if self._session.invented is not None:
            self._before_end()
            self._session.look_elsewhere()

    def _show(self) -> None:
        on = self._session.invented is not None
        if on and self._session.is_open:
            self.practice = self._session.practice.uuid
        self.banner.setVisible(on)
        self._window.setWindowTitle("Invented patients" if on else _TITLE)
