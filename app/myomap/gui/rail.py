"""The slim rail on the left: a button for each place, and at its foot what can be done from everywhere."""

from itertools import pairwise

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from myomap.gui.icons import icon
from myomap.gui.theme import Look

#: Edges of the rail, and how large a picture is where there is room.
_EDGE, _PICTURE = 6, 24


class Rail(QFrame):
    """As wide as its words; in a low window its buttons become lower, so that none is out of sight."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._look = look
        self._places: list[QToolButton] = []
        self._deeds: list[QToolButton] = []
        self._lines = QVBoxLayout(self)
        self._lines.addStretch(1)

    def add_place(self, picture: str, title: str) -> QToolButton:
        """Add the button of a place, below those that are there."""
        made = self._button(picture, title)
        made.setCheckable(True)
        made.toggled.connect(lambda on: self._order() if on else None)
        self._lines.insertWidget(len(self._places), made)
        self._places.append(made)
        self.dress()
        return made

    def add_deed(self, picture: str, title: str) -> QToolButton:
        """Add a button that does something at the foot, above the last one that is there."""
        made = self._button(picture, title)
        at = len(self._deeds) - 1 if self._deeds else 0
        self._lines.insertWidget(len(self._places) + 1 + at, made)
        self._deeds.insert(at, made)
        self.dress()
        return made

    @staticmethod
    def _button(picture: str, title: str) -> QToolButton:
        made = QToolButton()
        made.setText(title)
        made.setProperty("picture", picture)
        made.setAccessibleName(title)
        return made

    def dress(self) -> None:
        """Follow the look; called when it has changed."""
        buttons = [*self._places, *self._deeds]
        for button in buttons:
            button.setIcon(icon(button.property("picture"), self._look.chrome.rail_text, _PICTURE))
            button.raise_()  # the children of a widget are told in the order of their stacking
        for one, two in pairwise(buttons):  # in the order in which they are seen, for Tab and screen readers
            QWidget.setTabOrder(one, two)
        self._order()
        self._fit()

    def _order(self) -> None:
        """Let Tab go from the place that is chosen, the only one it stops at, to the foot of the rail."""
        at: QWidget | None = next((button for button in self._places if button.isChecked()), None)
        if at is None:
            return
        at.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Qt itself gives it back only when it has the keyboard
        stops = [at, *self._deeds]
        while at is not None and at in self._places:
            at = at.nextInFocusChain()
        if self._deeds and at is not self._deeds[0]:  # Qt does not order what Tab does not stop at
            for one, two in pairwise(stops):
                QWidget.setTabOrder(one, two)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()  # a button has come or gone
        return super().event(event)

    def _fit(self) -> None:
        buttons = [each for each in (*self._places, *self._deeds) if not each.isHidden()]
        if not buttons:
            return
        font = QFont(self.font())
        font.setPixelSize(self._look.px(12))
        font.setBold(True)  # as the chosen one is
        metrics = QFontMetrics(font)
        wide = max(68, *(metrics.horizontalAdvance(button.text()) + 14 for button in buttons))
        roomy = metrics.height() + _PICTURE + 23
        low = self.height() < len(buttons) * (roomy + 6) + 24
        gap, margin = (2, 4) if low else (6, 12)
        room = (self.height() - 2 * margin) // len(buttons) - gap
        tall = max(metrics.height() + 8, min(roomy, room))
        self._lines.setSpacing(gap)
        self._lines.setContentsMargins(_EDGE, margin, _EDGE, margin)
        self.setFixedWidth(wide + 2 * _EDGE)
        picture = min(_PICTURE, tall - metrics.height() - (8 if low else 16))
        styles = Qt.ToolButtonStyle
        style = styles.ToolButtonTextUnderIcon if picture >= 12 else styles.ToolButtonTextOnly
        for button in buttons:
            button.setFixedSize(wide, tall)
            button.setIconSize(QSize(picture, picture) if picture >= 12 else QSize(_PICTURE, _PICTURE))
            button.setToolButtonStyle(style)
        if bool(self.property("low")) != low:
            self.setProperty("low", low)
            for button in buttons:
                button.style().unpolish(button)
                button.style().polish(button)
