"""What stands above the path when something is in the way: somebody else's change, words that were not kept."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QPushButton

from myomap.errors import MyomapError
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, label, row
from myomap.gui.practice.clipboard import copy_secret
from myomap.gui.visit.desk import Desk
from myomap.gui.visit.merging import both, difference, words_of_all
from myomap.records.errors import ConflictError, SignedError

#: More than this of a text is not shown in a card; it can be copied whole.
_SHOWN = 400
#: So long a card takes no key or click: it came while somebody was typing.
_STARTLED_MS = 700


class Notice(Card):
    """A card that comes by itself. It takes no focus, so that a key meant for a field cannot answer it."""

    def __init__(self) -> None:
        super().__init__("danger_card")
        self.words = label("", "strong")
        self.values = label("", "muted", selectable=True)
        self.body.addWidget(self.words)
        self.body.addWidget(self.values)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_STARTLED_MS)
        self._calm.timeout.connect(self._on_calm)
        self.buttons: list[QPushButton] = []
        self.hide()

    def _add_buttons(self, *buttons: QPushButton) -> None:
        self.buttons = list(buttons)
        self.body.addLayout(row(*buttons, None))

    def _come(self) -> None:
        if self.isHidden():
            for button in self.buttons:
                button.setEnabled(False)
            self._calm.start()
            self.show()
            self.setAccessibleName(self.words.text())
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _on_calm(self) -> None:
        for button in self.buttons:
            button.setEnabled(True)


class ConflictCard(Notice):
    """Somebody else changed the same thing: mine, theirs, or both."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.mine = QPushButton("Keep mine")
        self.both = QPushButton("Keep both")
        self.theirs = QPushButton("Take theirs")
        self._add_buttons(self.mine, self.both, self.theirs)
        self.mine.clicked.connect(lambda: self._settle(desk.keep_mine))
        self.both.clicked.connect(lambda: self._settle(desk.keep_both))
        self.theirs.clicked.connect(lambda: self._settle(desk.take_theirs))

    def show_conflict(self, conflict: ConflictError) -> None:
        """Say what differs, both in full."""
        line = self._desk.line
        mine = line.mine(conflict) if line is not None else conflict.mine
        self.words.setText(conflict.what)
        self.values.setText(
            "\n".join(
                f"{name[:1].upper()}{name[1:]}:\n    mine: {_short(own)}\n    theirs: {_short(other)}"
                for name, own, other in difference(mine, conflict.theirs)
            )
        )
        self.both.setVisible(both(conflict.base, mine, conflict.theirs) is not None)
        self._come()

    def follow(self) -> None:
        """Show what has been typed since."""
        line = self._desk.line
        if line is None or line.conflict is None:
            self.hide()
        elif not self.isHidden():
            self.show_conflict(line.conflict)

    def _settle(self, how: Callable[[], None]) -> None:
        self.hide()
        how()


class AsideCard(Notice):
    """What could never be kept, with its words, until somebody has put them elsewhere."""

    def __init__(self, desk: Desk, amend: Callable[[str], None]) -> None:
        super().__init__()
        self._desk, self._amend = desk, amend
        self.copy = QPushButton("Copy the words")
        self.amendment = QPushButton("Use as amendment")
        self.done = QPushButton("Put away")
        self._add_buttons(self.copy, self.amendment, self.done)
        self.copy.clicked.connect(self._copy)
        self.amendment.clicked.connect(self._on_amendment)
        self.done.clicked.connect(self._put_away)

    def _text(self) -> str:
        record = self._desk.record
        held = self._desk.aside.get(record.visit.id, []) if record is not None else []
        return words_of_all(held)

    def follow(self) -> None:
        """Show what lies aside of the open visit."""
        record = self._desk.record
        held = self._desk.aside.get(record.visit.id, []) if record is not None else []
        if not held:
            self.hide()
            self.values.setText("")
            return
        why = held[-1][1]
        said = why.what if isinstance(why, MyomapError) else message_for(why).title
        self.words.setText(f"This could not be kept. {said}")
        self.values.setText(_short(self._text()))
        self.amendment.setVisible(isinstance(why, SignedError))
        self._come()

    def _copy(self) -> None:
        copy_secret(self._text())

    def _on_amendment(self) -> None:
        text = self._text()
        self._put_away()
        self._amend(text)

    def _put_away(self) -> None:
        self._desk.put_away()
        self.follow()


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
