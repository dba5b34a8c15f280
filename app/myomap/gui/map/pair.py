"""Two maps beside each other: a tall view leaves its spare width to a broad one; two broad ones lie one over the other.

Whoever moves the handle has decided: from then on the sizes are theirs.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter

from myomap.gui.map.panel import MapPanel

#: One over the other only where both maps gain this much.
_GAIN = 1.2
#: What a panel has around its map, in pixels: frame and buttons across, the head line above.
_FRAME, _EDGE, _HEAD = 28, 84, 60


def shares(aspects: Sequence[float], width: int, height: int) -> list[int]:
    """Return the widths of two maps of these aspects (width by height) in a row.

    >>> shares([0.4, 0.8], 1200, 900)
    [432, 768]
    >>> shares([0.4, 0.8], 560, 900)
    [280, 280]
    """
    wanted = [round(aspect * (height - _HEAD)) + _EDGE for aspect in aspects]
    half = width // 2
    if sum(wanted) <= width:
        spare = (width - sum(wanted)) // 2
        return [wanted[0] + spare, width - wanted[0] - spare]
    for at in (0, 1):
        if wanted[at] < half:
            pair = [wanted[at], width - wanted[at]]
            return pair if at == 0 else pair[::-1]
    return [half, width - half]


def scale_in(aspect: float, width: float, height: float) -> float:
    """Return how large a map of an aspect is drawn, per unit of its height."""
    return min((width - _FRAME) / aspect, height - _HEAD)


def stacks(aspects: Sequence[float], width: int, height: int) -> bool:
    """Tell whether both maps are much larger one over the other.

    >>> stacks([1.5, 1.6], 560, 720), stacks([0.8, 0.8], 560, 720), stacks([0.4, 1.6], 560, 720)
    (True, False, False)
    """
    beside = [scale_in(a, w, height) for a, w in zip(aspects, shares(aspects, width, height), strict=True)]
    over = [scale_in(aspect, width, height / 2) for aspect in aspects]
    return all(new > _GAIN * old for new, old in zip(over, beside, strict=True))


class MapPair(QSplitter):
    """Holds two map panels."""

    def __init__(self, panels: Sequence[MapPanel], least: int = 180) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHandleWidth(8)
        self.setContentsMargins(12, 12, 12, 12)
        self._panels = tuple(panels)
        self._moved = False
        for panel in self._panels:
            panel.setMinimumSize(least, 160)
            self.addWidget(panel)
            panel.map.sheet_changed.connect(self.share)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._on_moved)

    def _on_moved(self) -> None:
        self._moved = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()

    def share(self) -> None:
        """Give each map the room that its view can use."""
        views = [panel.view for panel in self._panels]
        if self._moved or any(view is None for view in views):
            return
        aspects = [
            panel.map.sheet.content.width() / panel.map.sheet.content.height()
            if panel.map.sheet is not None
            else view.frame.width / view.frame.height
            for panel, view in zip(self._panels, views, strict=True)
            if view is not None
        ]
        room = QSize(self.contentsRect().width() - self.handleWidth(), self.contentsRect().height())
        over = stacks(aspects, room.width(), room.height())
        wanted = Qt.Orientation.Vertical if over else Qt.Orientation.Horizontal
        if self.orientation() is not wanted:
            self.setOrientation(wanted)
        sizes = [room.height() // 2] * 2 if over else shares(aspects, room.width(), room.height())
        if any(abs(a - b) > 2 for a, b in zip(self.sizes(), sizes, strict=True)):
            self.setSizes(sizes)
