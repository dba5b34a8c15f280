"""Parts beside each other where there is room, under each other where there is not; hints that fit their line."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QSizePolicy, QWidget


class Columns(QWidget):
    """Holds widgets side by side; narrower than ``least()`` says, they lie under each other."""

    def __init__(
        self, parts: Sequence[tuple[QWidget, int]], least: Callable[[], int], *, gap: int = 24
    ) -> None:
        super().__init__()
        self._least = least
        self._gap = gap
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(gap)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._parts: list[tuple[QWidget, int]] = []
        for part, stretch in parts:
            self.add(part, stretch)

    def add(self, part: QWidget, stretch: int = 1) -> None:
        """Add a part on the right, or at the bottom."""
        self._parts.append((part, stretch))
        self._line.addWidget(part, stretch if self.is_beside else 0)

    def empty(self) -> None:
        """Take all parts out and delete them."""
        for part, _ in self._parts:
            part.hide()
            part.deleteLater()
        self._parts.clear()

    @property
    def is_beside(self) -> bool:
        """Tell whether the parts lie beside each other now."""
        return self._line.direction() is QBoxLayout.Direction.LeftToRight

    def minimumSizeHint(self) -> QSize:
        """Return the room of the widest part: beside each other they are only where there is more."""
        least = super().minimumSizeHint()
        widest = max((part.minimumSizeHint().width() for part, _ in self._parts), default=0)
        return QSize(min(least.width(), widest), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= self._least()
        if beside != self.is_beside:
            ways = QBoxLayout.Direction
            self._line.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
            for at, (_, stretch) in enumerate(self._parts):
                self._line.setStretch(at, stretch if beside else 0)
            self.updateGeometry()


class Hints(QObject):
    """Shows in an empty line the longest of its hints that is not cut. The first is the fullest."""

    def __init__(self, line: QLineEdit, *hints: str) -> None:
        super().__init__(line)
        self._line, self._hints = line, hints
        line.installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        return False

    def _fit(self) -> None:
        line = self._line
        edges = line.textMargins().left() + line.textMargins().right() + 36
        metrics = line.fontMetrics()
        for hint in self._hints:
            if metrics.horizontalAdvance(hint) <= line.width() - edges:
                break
        if line.placeholderText() != hint:
            line.setPlaceholderText(hint)
