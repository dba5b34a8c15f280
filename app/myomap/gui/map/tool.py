"""What a tool of the map has to be: the brush, the eraser, a lasso."""

from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent


class MapTool(Protocol):
    """A gesture on the map. Positions are in view mm; True means the event is dealt with."""

    cursor: Qt.CursorShape

    def press(self, at: QPointF, event: QMouseEvent) -> bool: ...
    def move(self, at: QPointF, event: QMouseEvent) -> bool: ...
    def release(self, at: QPointF, event: QMouseEvent) -> bool: ...
    def cancel(self) -> None: ...
