"""Pen and fingers on a map: a pen draws with its pressure, one finger draws, two move and zoom the map.

The mouse is left to the map itself. What is dealt with here makes no mouse events, so nothing is drawn twice.
"""

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QEventPoint, QPointingDevice, QTabletEvent, QTouchEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from myomap.gui.drawing.tools import Tool
    from myomap.gui.map.view import MapView

#: So long after the pen was near, a finger (or the palm) does not draw: it moves the map.
PEN_S = 10.0
_TABLET = (
    QEvent.Type.TabletPress,
    QEvent.Type.TabletMove,
    QEvent.Type.TabletRelease,
)
_TOUCH = (
    QEvent.Type.TouchBegin,
    QEvent.Type.TouchUpdate,
    QEvent.Type.TouchEnd,
    QEvent.Type.TouchCancel,
)


class Hand(QObject):
    """Listens at one map; without a tool in hand everything is left to the map."""

    def __init__(
        self,
        view: "MapView",
        tool: "Callable[[], Tool | None]",
        clock: "Callable[[], float]" = time.monotonic,
    ) -> None:
        super().__init__(view)
        self._view, self._tool, self._clock = view, tool, clock
        self._pen_at = -PEN_S
        self._pen_down = False
        self._fingers: dict[int, QPointF] = {}
        self._finger_draws = False
        self._moved = False
        """Two fingers were down: what is left of this touch draws nothing."""
        view.viewport().installEventFilter(self)

    def listen(self, on: bool) -> None:
        """Take the fingers, or leave them to the map; a pinch is not told a second time as a gesture then."""
        for widget in (self._view, self._view.viewport()):
            if on:
                widget.ungrabGesture(Qt.GestureType.PinchGesture)
            else:
                widget.grabGesture(Qt.GestureType.PinchGesture)
        if not on:
            self._fingers = {}
            self._finger_draws = self._pen_down = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        tool = self._tool()
        if tool is None:
            return False
        if kind in _TABLET and isinstance(event, QTabletEvent):
            self._pen(tool, event)
            event.accept()
            return True
        if kind in _TOUCH and isinstance(event, QTouchEvent):
            if kind == QEvent.Type.TouchCancel:
                self._end_touch(tool, keep=False)
            else:
                self._touch(tool, event)
            event.accept()
            return True
        return False

    def _place(self, at: QPointF) -> QPointF:
        """Return a place of the map's window in view mm, finer than a whole pixel."""
        inverse, _ = self._view.viewportTransform().inverted()
        return inverse.map(at)

    # -- the pen -------------------------------------------------------------------------------
    def _pen(self, tool: "Tool", event: QTabletEvent) -> None:
        from myomap.gui.drawing.tools import BrushTool

        self._pen_at = self._clock()
        at = self._place(event.position())
        if isinstance(tool, BrushTool):
            tool.show_ring(at)
        if event.type() == QEvent.Type.TabletPress:
            if self._fingers:
                self._end_touch(tool, keep=False)  # the palm came first
            other_end = event.pointerType() is QPointingDevice.PointerType.Eraser
            self._pen_down = tool.begin(at, event.pressure(), erases=other_end)
        elif self._pen_down and event.type() == QEvent.Type.TabletMove:
            tool.go_on(at, event.pressure())
        elif self._pen_down:
            self._pen_down = False
            tool.finish(at)

    # -- fingers -------------------------------------------------------------------------------
    def _touch(self, tool: "Tool", event: QTouchEvent) -> None:
        down = {
            point.id(): self._fingers.get(point.id(), QPointF(point.position()))
            if point.state() == QEventPoint.State.Stationary
            else QPointF(point.position())
            for point in event.points()
            if point.state() != QEventPoint.State.Released
        }
        lifted = [point.position() for point in event.points() if point.state() == QEventPoint.State.Released]
        if event.type() == QEvent.Type.TouchBegin:
            self._moved = False
            self._fingers = {}
        if len(down) >= 2 or (down and self._palm()):
            if self._finger_draws:
                tool.cancel()
                self._finger_draws = False
            self._moved = True
            self._move_map(down)
        elif len(down) == 1 and not self._moved:
            self._draw(tool, next(iter(down.values())))
        self._fingers = down
        if not down:
            if self._finger_draws and lifted:
                tool.finish(self._place(lifted[0]))
                self._finger_draws = False
            self._end_touch(tool, keep=True)

    def _palm(self) -> bool:
        """Tell whether the pen is in hand: what else touches the screen does not draw."""
        return self._pen_down or self._clock() - self._pen_at < PEN_S

    def _draw(self, tool: "Tool", at: QPointF) -> None:
        if not self._finger_draws:
            self._finger_draws = tool.begin(self._place(at))
        else:
            tool.go_on(self._place(at))

    def _move_map(self, down: dict[int, QPointF]) -> None:
        """Move and zoom by the fingers that were down before and still are."""
        if self._pen_down:
            return
        same = [finger for finger in down if finger in self._fingers]
        if not same:
            return
        before, after = [self._fingers[f] for f in same], [down[f] for f in same]
        old, new = _middle(before), _middle(after)
        if len(same) > 1:
            was, now = _spread(before, old), _spread(after, new)
            if was > 1 and now > 1 and abs(now / was - 1) > 1e-3:
                self._view.zoom_by(now / was, old)
        self._view.pan_by(new - old)

    def _end_touch(self, tool: "Tool", *, keep: bool) -> None:
        if self._finger_draws and not keep:
            tool.cancel()
        self._finger_draws = False
        self._fingers = {}


def _middle(points: list[QPointF]) -> QPointF:
    count = len(points)
    return QPointF(sum(p.x() for p in points) / count, sum(p.y() for p in points) / count)


def _spread(points: list[QPointF], middle: QPointF) -> float:
    return sum(math.hypot(p.x() - middle.x(), p.y() - middle.y()) for p in points) / len(points)
