"""Gestures on a map while drawing: brush, eraser, lasso, whole region. One class each; Esc cancels."""

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainterPath, QPen, QPointingDevice

from myomap.gui.map.items import Height, ShapeItem, pen
from myomap.gui.map.view import MapView

Points = tuple[tuple[float, float], ...]


class Pad(Protocol):
    """Who takes what was drawn."""

    @property
    def radius(self) -> float:
        """The brush's radius in mm."""
        ...

    @property
    def ink(self) -> QColor:
        """The colour of the ink in hand."""
        ...

    def preview(self, view_id: str, points: Points, radius: float, *, erases: bool, closed: bool) -> None:
        """Something is being drawn: show it on the other maps."""
        ...

    def commit(self, view_id: str, points: Points, radius: float, *, erases: bool, closed: bool) -> None:
        """A gesture is finished."""
        ...

    def fill_region(self, view_id: str, at: tuple[float, float], *, erases: bool) -> None:
        """A whole region was pointed at."""
        ...

    def stop_preview(self) -> None:
        """A gesture was given up."""
        ...


class _Tool:
    """What all tools share: the map they belong to, an item that follows the pointer."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, pad: Pad, view: MapView) -> None:
        self._pad, self._view = pad, view
        self._points: list[tuple[float, float]] = []
        self._trace = ShapeItem(Height.TOOL)
        self._ring = ShapeItem(Height.TOOL)
        view.add_overlay(self._trace)
        view.add_overlay(self._ring)

    @property
    def drawing(self) -> bool:
        """Tell whether a gesture is going on."""
        return bool(self._points)

    @property
    def _view_id(self) -> str:
        return self._view.sheet.view.id if self._view.sheet is not None else ""

    def cancel(self) -> None:
        """Give the gesture up; nothing was changed."""
        if self._points:
            self._points = []
            self._pad.stop_preview()
        self._trace.setVisible(False)
        self._ring.setVisible(False)

    def drop(self) -> None:
        """Take the tool's items off the map."""
        self.cancel()
        self._view.remove_overlay(self._trace)
        self._view.remove_overlay(self._ring)

    def _add(self, at: QPointF) -> bool:
        """Add a point if it is a step on; a pen tells far more than there is to see."""
        place = (round(at.x(), 2), round(at.y(), 2))
        if self._points:
            dx, dy = place[0] - self._points[-1][0], place[1] - self._points[-1][1]
            if dx * dx + dy * dy < 0.16:
                return False
        self._points.append(place)
        return True

    def _path(self) -> QPainterPath:
        path = QPainterPath(QPointF(*self._points[0]))
        for point in self._points[1:]:
            path.lineTo(*point)
        if len(self._points) == 1:
            path.lineTo(self._points[0][0] + 0.01, self._points[0][1])
        return path


class BrushTool(_Tool):
    """Draws (or erases) along the pointer's way."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, pad: Pad, view: MapView, *, erases: bool = False) -> None:
        super().__init__(pad, view)
        self._erases = erases
        self._pressures: list[float] = []

    def _radius(self) -> float:
        if not self._pressures:
            return self._pad.radius
        mean = sum(self._pressures) / len(self._pressures)
        return self._pad.radius * (0.5 + mean)

    def _press_of(self, event: QMouseEvent) -> None:
        device = event.device()
        if (
            isinstance(device, QPointingDevice)
            and device.pointerType() is QPointingDevice.PointerType.Pen
            and event.pointCount()
        ):
            self._pressures.append(min(1.0, max(0.0, event.point(0).pressure())))

    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or not self._view_id:
            return False
        self._points, self._pressures = [], []
        self._press_of(event)
        self._add(at)
        self._show()
        return True

    def move(self, at: QPointF, event: QMouseEvent) -> bool:
        self._show_ring(at)
        if not self._points:
            return True
        self._press_of(event)
        if self._add(at):
            self._show()
        return True

    def release(self, at: QPointF, event: QMouseEvent) -> bool:
        if not self._points:
            return False
        self._add(at)
        points, radius = tuple(self._points), self._radius()
        self._points = []
        self._trace.setVisible(False)
        self._pad.commit(self._view_id, points, radius, erases=self._erases, closed=False)
        return True

    def _show(self) -> None:
        colour = QColor("#ffffff") if self._erases else QColor(self._pad.ink)
        colour.setAlpha(150)
        line = QPen(colour, 2 * self._radius())
        line.setCapStyle(Qt.PenCapStyle.RoundCap)
        line.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        self._trace.show_path(self._path(), line)
        self._pad.preview(
            self._view_id, tuple(self._points), self._radius(), erases=self._erases, closed=False
        )

    def _show_ring(self, at: QPointF) -> None:
        r = self._pad.radius
        ring = QPainterPath()
        ring.addEllipse(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r))
        colour = self._view.look.map["silhouette"] if self._erases else self._pad.ink
        self._ring.show_path(ring, pen(QColor(colour), 1.4))


class LassoTool(_Tool):
    """Fills what the pointer goes round."""

    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or not self._view_id:
            return False
        self._points = []
        self._add(at)
        return True

    def move(self, at: QPointF, event: QMouseEvent) -> bool:
        if self._points and self._add(at):
            fill = QColor(self._pad.ink)
            fill.setAlpha(70)
            self._trace.show_path(self._path(), pen(QColor(self._pad.ink), 1.6, Qt.PenStyle.DashLine), fill)
            if len(self._points) > 3:
                self._pad.preview(self._view_id, tuple(self._points), 0.1, erases=False, closed=True)
        return True

    def release(self, at: QPointF, event: QMouseEvent) -> bool:
        if not self._points:
            return False
        points = tuple(self._points)
        self._points = []
        self._trace.setVisible(False)
        if len(points) > 3:
            self._pad.commit(self._view_id, points, 0.1, erases=False, closed=True)
        else:
            self._pad.stop_preview()
        return True


class RegionTool(_Tool):
    """Fills a whole named region with one click."""

    cursor = Qt.CursorShape.PointingHandCursor

    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or not self._view_id:
            return False
        self._points = [(at.x(), at.y())]
        return True

    def move(self, at: QPointF, event: QMouseEvent) -> bool:
        return True

    def release(self, at: QPointF, event: QMouseEvent) -> bool:
        if not self._points:
            return False
        self._points = []
        self._pad.fill_region(self._view_id, (at.x(), at.y()), erases=False)
        return True
