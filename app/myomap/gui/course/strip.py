"""The row of all visits: as many as there is room for, the newest first in sight; the others are a press away."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from myomap.gui.parts import Card, clear, column, label, row

_GAP = 12


class Strip(QWidget):
    """Cards in a row that never scrolls sideways."""

    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[Card] = []
        self._last = 0
        """One past the last card on show."""
        self.earlier, self.later = QPushButton("Earlier visits"), QPushButton("Later visits")
        self.earlier.clicked.connect(lambda: self._turn(-1))
        self.later.clicked.connect(lambda: self._turn(1))
        self.count = label("", "small", wrap=False)
        self._line = QHBoxLayout()
        self._line.setSpacing(_GAP)
        self._foot = QWidget()
        self._foot.setLayout(row(self.earlier, self.later, self.count, None, gap=8))
        lines = column(self, gap=8)
        lines.addLayout(self._line)
        lines.addWidget(self._foot)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Take the cards of all visits, the oldest first."""
        self.forget()
        self.cards, self._last = list(cards), len(cards)
        for card in cards:
            self._line.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addStretch(1)
        self._fit()

    def forget(self) -> None:
        """Nothing of a patient stays."""
        self.cards, self._last = [], 0
        clear(self._line)

    def minimumSizeHint(self) -> QSize:
        widest = max((card.sizeHint().width() for card in self.cards), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _room(self) -> int:
        """Return how many cards fit; all are of one width."""
        wide = max((card.sizeHint().width() for card in self.cards), default=1)
        return max(1, (self.width() + _GAP) // (wide + _GAP))

    def _turn(self, way: int) -> None:
        self._last += way * self._room()
        self._fit()
        for button in (self.earlier, self.later):
            if not button.isEnabled() and button.hasFocus():
                (self.later if button is self.earlier else self.earlier).setFocus()
        self.turned.emit()

    def _fit(self) -> None:
        if not self.cards:
            self._foot.hide()
            return
        room = self._room()
        self._last = min(len(self.cards), max(room, self._last))
        first = max(0, self._last - room)
        for at, card in enumerate(self.cards):
            card.setVisible(first <= at < self._last)
        self._foot.setVisible(room < len(self.cards))
        self.earlier.setEnabled(first > 0)
        self.later.setEnabled(self._last < len(self.cards))
        shown = f"{first + 1} to {self._last}" if room > 1 else f"{self._last}"
        self.count.setText(f"{shown} of {len(self.cards)}")
