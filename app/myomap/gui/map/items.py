"""What lies over the plate: zones, silhouettes, hover, selection, marks. Weights hold at every zoom."""

from enum import IntEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from myomap.gui.theme import MapColours


class Height(IntEnum):
    """What lies over what."""

    WARNING = 10
    SELECTED = 15
    SPILLOVER = 20
    ESSENTIAL = 21
    DRAWING = 30
    SILHOUETTE = 40
    HOVER = 42
    MARK = 50
    TOOL = 60


def pen(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen whose width is in screen pixels at every zoom."""
    made = QPen(colour, width, style)
    made.setCosmetic(True)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


class ShapeItem(QGraphicsPathItem):
    """A path that ignores the mouse: hits are decided by the sheet alone."""

    def __init__(self, height: Height) -> None:
        super().__init__()
        self.setZValue(height)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setVisible(False)

    def show_path(self, path: QPainterPath | None, line: QPen, fill: QColor | None = None) -> None:
        """Show a path, or nothing."""
        if path is None or path.isEmpty():
            self.setVisible(False)
            return
        self.setPen(line)
        self.setBrush(QBrush(fill) if fill is not None else QBrush(Qt.BrushStyle.NoBrush))
        self.setPath(path)
        self.setVisible(True)

    def boundingRect(self) -> QRectF:
        margin = 4.0  # mm: cosmetic pens reach beyond the path by screen pixels
        return self.path().controlPointRect().adjusted(-margin, -margin, margin, margin)


def stipple(colour: QColor, ratio: float) -> QPixmap:
    """Return a tile of dots; drawn in screen pixels."""
    tile = QPixmap(round(7 * ratio), round(7 * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for x, y in ((1.75, 1.75), (5.25, 5.25)):
        painter.drawEllipse(QPointF(x, y), 1.15, 1.15)
    painter.end()
    return tile


def hatch(colour: QColor, ratio: float) -> QPixmap:
    """Return a tile of diagonal lines; drawn in screen pixels."""
    side = 10.0
    tile = QPixmap(round(side * ratio), round(side * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.6))
    for shift in (-side, 0.0, side):
        painter.drawLine(QPointF(shift, side), QPointF(shift + side, 0))
    painter.end()
    return tile


class PatternItem(ShapeItem):
    """A path filled with a tile that keeps its size on the screen (stippled, hatched)."""

    def __init__(self, height: Height) -> None:
        super().__init__(height)
        self._tile = QPixmap()

    def show_pattern(self, path: QPainterPath | None, line: QPen, tile: QPixmap) -> None:
        """Show a path filled with a tile."""
        self._tile = tile
        self.show_path(path, line)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if not self._tile.isNull():
            brush = QBrush(self._tile)
            world = painter.worldTransform()
            scale = world.m11() or 1.0
            brush.setTransform(QTransform.fromScale(1 / scale, 1 / scale))
            painter.fillPath(self.path(), brush)
        super().paint(painter, option, widget)


class CrossItem(QGraphicsItem):
    """The X of a trigger point. The same size on the screen at every zoom; ringed where it lies deep."""

    RADIUS = 7.0

    def __init__(self, colours: MapColours, *, deep: bool = False) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(Height.MARK)
        self._colours, self._deep, self._lit = colours, deep, False

    def set_lit(self, lit: bool) -> None:
        """Make it large (its card is chosen) or small."""
        if lit != self._lit:
            self.prepareGeometryChange()
            self._lit = lit
            self.setZValue(Height.MARK + (1 if lit else 0))
            self.update()

    @property
    def lit(self) -> bool:
        """Tell whether it is drawn large."""
        return self._lit

    def boundingRect(self) -> QRectF:
        r = self.RADIUS + 5
        return QRectF(-r, -r, 2 * r, 2 * r)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        arm = self.RADIUS if self._lit else 4.5
        for colour, width in (("mark_halo", 5.5 if self._lit else 4.0), ("mark", 3.0 if self._lit else 1.9)):
            line = QPen(self._colours[colour], width)
            line.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(line)
            painter.drawLine(QPointF(-arm, -arm), QPointF(arm, arm))
            painter.drawLine(QPointF(-arm, arm), QPointF(arm, -arm))
        if self._deep:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._colours["mark"], 1.2, Qt.PenStyle.DotLine))
            painter.drawEllipse(QPointF(0, 0), arm + 4, arm + 4)
