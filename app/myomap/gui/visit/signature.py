"""A field to sign in with finger, pen or mouse; points are kept as shares of its width and height."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame

from myomap.gui.theme import Look

Strokes = tuple[tuple[tuple[float, float], ...], ...]


class SignaturePad(QFrame):
    """Tells what was drawn when the pen is lifted."""

    drawn = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._strokes: list[tuple[tuple[float, float], ...]] = []
        self._now: list[tuple[float, float]] = []
        self.setObjectName("paper")
        self.setMinimumHeight(110)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Sign here")

    def show_strokes(self, strokes: Strokes) -> None:
        """Show a signature that is kept."""
        if not self._now:
            self._strokes = list(strokes)
            self.update()

    def _place(self, event: QMouseEvent) -> tuple[float, float]:
        at = event.position()
        across = min(1.0, max(0.0, at.x() / max(1, self.width())))
        down = min(1.0, max(0.0, at.y() / max(1, self.height())))
        return round(across, 4), round(down, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._now = [self._place(event)]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._now:
            self._now.append(self._place(event))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if len(self._now) > 1:
            self._strokes.append(tuple(self._now))
        self._now = []
        self.update()
        if self._strokes:
            self.drawn.emit(tuple(self._strokes))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chrome = self._look.chrome
        base = round(self.height() * 0.78)
        painter.setPen(QPen(QColor(chrome.strong_border), 1, Qt.PenStyle.DashLine))
        painter.drawLine(16, base, self.width() - 16, base)
        line = QPen(QColor(chrome.text), 2)
        line.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(line)
        for stroke in (*self._strokes, tuple(self._now)):
            points = [QPointF(x * self.width(), y * self.height()) for x, y in stroke]
            if points:
                painter.drawPolyline(QPolygonF(points))
