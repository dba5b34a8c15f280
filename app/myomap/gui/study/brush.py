"""The brush for painting a zone: strokes become cells at once, each can be undone."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainterPath, QPainterPathStroker

from myomap.gui.map.items import Height, ShapeItem, pen

if TYPE_CHECKING:
    from myomap.gui.map.view import MapView
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.cells import Cells

#: Brush radii in millimetres on the body.
RADII = (5.0, 9.0, 15.0, 24.0)


class Brush(QObject):
    """A MapTool. `changed` tells that other cells are painted; right button or ``erasing`` takes away."""

    changed = Signal()
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: "MapView", atlas: "AtlasSource") -> None:
        super().__init__(view)
        self._view, self._atlas = view, atlas
        self.size = 2
        self.erasing = False
        self._strokes: list[tuple[tuple[tuple[float, float], ...], float, bool]] = []
        self._points: list[tuple[float, float]] = []
        self._rubbing = False
        self._path = ShapeItem(Height.TOOL)
        view.add_overlay(self._path)
        self._cells: Cells | None = None

    @property
    def radius(self) -> float:
        """Return the brush's radius in mm."""
        return RADII[self.size]

    @property
    def cells(self) -> "Cells":
        """Return what is painted."""
        from myomap.surface.cells import Cells

        return self._cells if self._cells is not None else Cells.empty()

    def clear(self) -> None:
        """Begin anew."""
        self.cancel()
        self._strokes = []
        self._cells = None
        self.changed.emit()

    def undo(self) -> None:
        """Take the last stroke back."""
        if not self._strokes:
            return
        kept, self._strokes, self._cells = self._strokes[:-1], [], None
        for points, radius, rubs in kept:
            self._add(points, radius, rubs)
        self.changed.emit()

    def _add(self, points: tuple[tuple[float, float], ...], radius: float, rubs: bool) -> None:
        sheet = self._view.sheet
        if sheet is None:
            return
        under = self._atlas.view_map(sheet.view.id).cells_under(points, radius)
        self._cells = self.cells.minus(under) if rubs else self.cells.union(under)
        self._strokes.append((points, radius, rubs))

    def dab(self, at: QPointF) -> None:
        """Paint one dab: the keyboard's way."""
        self._add(((at.x(), at.y()),), self.radius, self.erasing)
        self.changed.emit()

    # -- MapTool -----------------------------------------------------------------------------------
    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return False
        self._rubbing = self.erasing or event.button() == Qt.MouseButton.RightButton
        self._points = [(at.x(), at.y())]
        self._draw()
        return True

    def move(self, at: QPointF, event: QMouseEvent) -> bool:
        if not self._points:
            return False
        self._points.append((at.x(), at.y()))
        self._draw()
        return True

    def release(self, at: QPointF, event: QMouseEvent) -> bool:
        if not self._points:
            return False
        points, self._points = tuple(self._points), []
        self._path.setVisible(False)
        self._add(points, self.radius, self._rubbing)
        self.changed.emit()
        return True

    def cancel(self) -> None:
        self._points = []
        self._path.setVisible(False)

    def _draw(self) -> None:
        line = QPainterPath(QPointF(*self._points[0]))
        for x, y in self._points[1:] or [(self._points[0][0] + 0.01, self._points[0][1])]:
            line.lineTo(x, y)
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * self.radius)
        stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
        stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        chrome = self._view.look.chrome
        colour = QColor(chrome.danger if self._rubbing else chrome.accent)
        wash = QColor(colour)
        wash.setAlpha(80)
        self._path.show_path(stroker.createStroke(line).simplified(), pen(colour, 1.2), wash)
