"""A layout that puts its widgets in lines, as text is: what does not fit goes to the next line."""

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget


class Flow(QLayout):
    """Chips and buttons at every width and text size."""

    def __init__(self, gap: int = 4) -> None:
        super().__init__()
        self._gap = gap
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        edge = self.contentsMargins()
        inside = QRect(0, 0, width - edge.left() - edge.right(), 0)
        return self._place(inside, move=False) + edge.top() + edge.bottom()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect.marginsRemoved(self.contentsMargins()), move=True)

    def sizeHint(self) -> QSize:
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(h.width() for h in hints) + self._gap * max(0, len(hints) - 1)
        return self._framed(QSize(width, max((h.height() for h in hints), default=0)))

    def _framed(self, size: QSize) -> QSize:
        edge = self.contentsMargins()
        return QSize(size.width() + edge.left() + edge.right(), size.height() + edge.top() + edge.bottom())

    def minimumSize(self) -> QSize:
        hints = [item.minimumSize() for item in self._items if not item.isEmpty()]
        widest = max((h.width() for h in hints), default=0)
        return self._framed(QSize(widest, max((h.height() for h in hints), default=0)))

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Lay the lines out, each widget in the middle of its line's height; return the height of all."""
        x, y, tall = rect.x(), rect.y(), 0
        line: list[tuple[QLayoutItem, int, QSize]] = []

        def finish() -> None:
            for item, left, size in line:
                if move:
                    item.setGeometry(QRect(QPoint(left, y + (tall - size.height()) // 2), size))
            line.clear()

        for item in self._items:
            if item.isEmpty():
                continue  # hidden
            hint = item.sizeHint()
            if line and x + hint.width() > rect.right() + 1:
                finish()
                x, y, tall = rect.x(), y + tall + self._gap, 0
            hint.setWidth(min(hint.width(), max(rect.width(), item.minimumSize().width())))
            line.append((item, x, hint))
            x += hint.width() + self._gap
            tall = max(tall, hint.height())
        finish()
        return y + tall - rect.y()


def grows(widget: QWidget) -> None:
    """Let a widget that holds a `Flow` be as high as its lines are."""
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)
