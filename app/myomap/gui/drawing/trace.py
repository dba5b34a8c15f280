"""The line that follows the pointer: each step paints only itself, however long the stroke is."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from myomap.gui.map.items import Height

if TYPE_CHECKING:
    from myomap.gui.map.view import MapView

_STRENGTH = 0.6


class TraceItem(QGraphicsItem):
    """A stroke as it is drawn, in a picture of what is in sight."""

    def __init__(self, view: "MapView") -> None:
        super().__init__()
        self.setZValue(Height.TOOL)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setVisible(False)
        self._view = view
        self._colour = QColor()
        self._lines: list[tuple[QPointF, QPointF, float]] = []
        self._image = QImage()
        self._seen = QTransform()

    def begin(self, colour: QColor) -> None:
        """Begin a stroke."""
        self._colour = colour
        self._lines = []
        self._clear()
        self.setVisible(True)

    def add(self, start: QPointF, end: QPointF, radius: float) -> None:
        """Go on from one place to the next, in view mm."""
        line = (start, end, radius)
        self._lines.append(line)
        if self._seen != self._view.viewportTransform():
            return  # it moved under the hand: everything is painted again
        painter = self._painter()
        self._paint_line(painter, line)
        painter.end()
        box = QRectF(start, end).normalized().adjusted(-radius, -radius, radius, radius)
        self._view.viewport().update(self._view.mapFromScene(box).boundingRect().adjusted(-2, -2, 2, 2))

    def end(self) -> None:
        """Take the line away."""
        self.setVisible(False)
        self._lines = []
        self._image = QImage()

    def boundingRect(self) -> QRectF:
        return self._view.sceneRect()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if self._seen != self._view.viewportTransform():
            self._clear()
            again = self._painter()
            for line in self._lines:
                self._paint_line(again, line)
            again.end()
        painter.save()
        painter.resetTransform()
        painter.setOpacity(_STRENGTH)
        painter.drawImage(QPointF(0, 0), self._image)
        painter.restore()

    def _clear(self) -> None:
        port = self._view.viewport()
        ratio = port.devicePixelRatioF()
        self._image = QImage(port.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        self._image.setDevicePixelRatio(ratio)
        self._image.fill(Qt.GlobalColor.transparent)
        self._seen = self._view.viewportTransform()

    def _painter(self) -> QPainter:
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(self._seen)
        return painter

    def _paint_line(self, painter: QPainter, line: tuple[QPointF, QPointF, float]) -> None:
        start, end, radius = line
        pen = QPen(self._colour, 2 * radius)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if start == end:
            painter.drawPoint(start)
        else:
            painter.drawLine(QLineF(start, end))
