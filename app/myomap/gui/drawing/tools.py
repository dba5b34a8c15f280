"""Gestures on a map while drawing: brush, eraser, lasso, whole region. One class each; Esc cancels.

The mouse comes through `press`, `move` and `release`; pen and fingers (`hand`) through `begin`, `go_on` and
`finish`, to which the mouse's lead, too.
"""

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainterPath

from myomap.gui.drawing.gesture import NO_RADIUS, Gesture
from myomap.gui.drawing.trace import TraceItem
from myomap.gui.map.items import Height, ShapeItem, pen
from myomap.gui.map.view import MapView

#: A brush's points are so far apart (mm); a pen tells far more than there is to see.
_STEP_MM = 0.4
#: A lasso's points are so far apart on the screen (pixels).
_LASSO_STEP_PX = 2.0


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

    def preview(self, gesture: Gesture) -> None:
        """Something is being drawn: show it on the other maps."""
        ...

    def keep(self, gesture: Gesture) -> None:
        """A gesture is finished."""
        ...

    def fill_region(self, view_id: str, at: tuple[float, float], *, erases: bool) -> None:
        """A whole region was pointed at."""
        ...

    def stop_preview(self) -> None:
        """A gesture was given up."""
        ...


class Tool:
    """What all tools share: the map they belong to, one gesture at a time."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, pad: Pad, view: MapView) -> None:
        self._pad, self._view = pad, view
        self._gesture: Gesture | None = None

    @property
    def drawing(self) -> bool:
        """Tell whether a gesture is going on."""
        return self._gesture is not None

    @property
    def _view_id(self) -> str:
        return self._view.sheet.view.id if self._view.sheet is not None else ""

    # -- gestures ------------------------------------------------------------------------------
    def begin(self, at: QPointF, pressure: float | None = None, *, erases: bool = False) -> bool:
        """Begin a gesture at a place in view mm; ``pressure`` 0-1 is a pen's, ``erases`` its other end."""
        raise NotImplementedError

    def go_on(self, at: QPointF, pressure: float | None = None) -> None:
        """Go on to a place."""

    def finish(self, at: QPointF) -> None:
        """Keep the gesture."""

    def cancel(self) -> None:
        """Give the gesture up; nothing was changed."""
        if self._gesture is not None:
            self._gesture = None
            self._pad.stop_preview()

    def settle(self) -> None:
        """Keep what is drawn so far: the tool is put away, or the visit left, while the hand still draws."""
        gesture = self._gesture
        if gesture is not None and gesture.points:
            self.finish(QPointF(*gesture.points[-1]))
        else:
            self.cancel()

    def drop(self) -> None:
        """Take the tool's items off the map."""
        self.cancel()

    # -- the mouse -----------------------------------------------------------------------------
    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        """The left button goes down."""
        return event.button() == Qt.MouseButton.LeftButton and self.begin(at)

    def move(self, at: QPointF, event: QMouseEvent) -> bool:
        """The pointer moves, with or without the button."""
        if self._gesture is not None:
            self.go_on(at)
        return True

    def release(self, at: QPointF, event: QMouseEvent) -> bool:
        """The button goes up."""
        if self._gesture is None:
            return False
        self.finish(at)
        return True

    def _add(self, at: QPointF, radius: float, step: float) -> bool:
        """Add a point if it is a step on."""
        assert self._gesture is not None
        place = (round(at.x(), 2), round(at.y(), 2))
        if self._gesture.points:
            last = self._gesture.points[-1]
            if (place[0] - last[0]) ** 2 + (place[1] - last[1]) ** 2 < step * step:
                return False
        self._gesture.add(place, radius)
        return True


class BrushTool(Tool):
    """Draws (or erases) along the pointer's way; a pen's pressure makes it narrow or wide."""

    def __init__(self, pad: Pad, view: MapView, *, erases: bool = False) -> None:
        super().__init__(pad, view)
        self._erases = erases
        self._trace = TraceItem(view)
        self._ring = ShapeItem(Height.TOOL)
        view.add_overlay(self._trace)
        view.add_overlay(self._ring)
        view.hovered.connect(self._on_hovered)

    def _on_hovered(self, under: object) -> None:
        """Take the ring away with the pointer (the map tells so): one that stays looks drawn."""
        if under is None and self._gesture is None:
            self._ring.setVisible(False)

    def _radius(self, pressure: float | None) -> float:
        """Return the radius: half of the brush's under the lightest pressure, one and a half under the full."""
        if pressure is None:
            return self._pad.radius
        return self._pad.radius * (0.5 + min(1.0, max(0.0, pressure)))

    def begin(self, at: QPointF, pressure: float | None = None, *, erases: bool = False) -> bool:
        if not self._view_id:
            return False
        self._gesture = Gesture(self._view_id, erases=self._erases or erases)
        colour = QColor("#ffffff") if self._gesture.erases else QColor(self._pad.ink)
        self._trace.begin(colour)
        self._step(at, pressure)
        return True

    def go_on(self, at: QPointF, pressure: float | None = None) -> None:
        if self._gesture is not None:
            self._step(at, pressure)

    def finish(self, at: QPointF) -> None:
        gesture = self._gesture
        if gesture is None:
            return
        self._add(at, gesture.radii[-1], _STEP_MM)
        self._gesture = None
        self._pad.keep(gesture)
        self._trace.end()  # after the ink is there: no frame without either

    def cancel(self) -> None:
        super().cancel()
        self._trace.end()
        self._ring.setVisible(False)

    def drop(self) -> None:
        super().drop()
        self._view.hovered.disconnect(self._on_hovered)
        self._view.remove_overlay(self._trace)
        self._view.remove_overlay(self._ring)

    def move(self, at: QPointF, event: QMouseEvent) -> bool:
        self.show_ring(at)
        return super().move(at, event)

    def show_ring(self, at: QPointF) -> None:
        """Show how wide the brush is."""
        r = self._pad.radius
        ring = QPainterPath()
        ring.addEllipse(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r))
        colour = self._view.look.map["silhouette"] if self._erases else self._pad.ink
        self._ring.show_path(ring, pen(QColor(colour), 1.4))

    def _step(self, at: QPointF, pressure: float | None) -> None:
        gesture = self._gesture
        assert gesture is not None
        radius = self._radius(pressure)
        before = gesture.points[-1] if gesture.points else None
        if self._add(at, radius, _STEP_MM):
            here = QPointF(*gesture.points[-1])
            self._trace.add(QPointF(*before) if before else here, here, radius)
            self._pad.preview(gesture)


class LassoTool(Tool):
    """Fills what the pointer goes round."""

    def __init__(self, pad: Pad, view: MapView) -> None:
        super().__init__(pad, view)
        self._line = ShapeItem(Height.TOOL)
        self._path = QPainterPath()
        view.add_overlay(self._line)

    def begin(self, at: QPointF, pressure: float | None = None, *, erases: bool = False) -> bool:
        if not self._view_id:
            return False
        self._gesture = Gesture(self._view_id, closed=True, erases=erases)
        self._add(at, NO_RADIUS, 0)
        self._path = QPainterPath(at)
        return True

    def go_on(self, at: QPointF, pressure: float | None = None) -> None:
        step = _LASSO_STEP_PX / max(self._view.scale_px, 1e-6)
        if self._gesture is not None and self._add(at, NO_RADIUS, step):
            self._path.lineTo(at)
            fill = QColor(self._pad.ink)
            fill.setAlpha(70)
            self._line.show_path(self._path, pen(QColor(self._pad.ink), 1.6, Qt.PenStyle.DashLine), fill)
            self._pad.preview(self._gesture)

    def finish(self, at: QPointF) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            self._pad.keep(gesture)
        self._line.setVisible(False)

    def cancel(self) -> None:
        super().cancel()
        self._line.setVisible(False)

    def drop(self) -> None:
        super().drop()
        self._view.remove_overlay(self._line)


class RegionTool(Tool):
    """Fills a whole named region with one click."""

    cursor = Qt.CursorShape.PointingHandCursor

    def begin(self, at: QPointF, pressure: float | None = None, *, erases: bool = False) -> bool:
        if not self._view_id:
            return False
        self._gesture = Gesture(self._view_id, erases=erases)
        return True

    def finish(self, at: QPointF) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            self._pad.fill_region(gesture.view_id, (at.x(), at.y()), erases=gesture.erases)
