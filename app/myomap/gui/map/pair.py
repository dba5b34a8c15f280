"""Two maps beside each other: a tall view leaves its spare width to a broad one; two broad ones lie one over the other.

Whoever moves the handle has decided: from then on the sizes are theirs.
"""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter

from myomap.gui.map.panel import MapPanel
from myomap.gui.map.short_titles import shorter
from myomap.gui.theme import Look

#: One over the other only where both maps gain this much.
_GAIN = 1.2
#: What a panel has around its map, in pixels: frame and buttons across, the head line above.
_FRAME, _EDGE, _HEAD = 20, 84, 56
#: Round both maps, pixels.
_MARGIN = 8
#: Width by height of a body that stands with its arms beside it.
_BODY = 0.4


def shares(aspects: Sequence[float], width: int, height: int, least: int = 0) -> list[int]:
    """Return the widths of two maps of these aspects (width by height) in a row, none below ``least``.

    >>> shares([0.4, 0.8], 1200, 900)
    [431, 769]
    >>> shares([0.4, 0.8], 560, 900)
    [280, 280]
    >>> shares([0.4, 0.15], 640, 700, least=240)
    [371, 269]
    """
    half = width // 2
    wanted = [max(round(aspect * (height - _HEAD)) + _EDGE, min(least, half)) for aspect in aspects]
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
    """Holds two map panels. Where there is no room for both, or only one is wanted, the other is a click away."""

    alone_chosen = Signal(bool)
    """Somebody wants one map only, or both: to be remembered."""

    def __init__(self, panels: Sequence[MapPanel], look: Look, *, alone: bool = False) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHandleWidth(8)
        self.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self._panels, self._look = tuple(panels), look
        self._moved = False
        self._alone, self._front = alone, 0
        for at, panel in enumerate(self._panels):
            panel.setMinimumSize(120, 120)
            self.addWidget(panel)
            panel.map.sheet_changed.connect(self.share)
            panel.view_chosen.connect(self._offer)
            panel.turn.clicked.connect(self.turn)
            panel.alone.clicked.connect(partial(self._on_alone, at))
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._on_moved)
        look.changed.connect(self._settle_on)

    def minimumSizeHint(self) -> QSize:
        """Return the room of one map: the other is put away before it would be cut."""
        return QSize(2 * _MARGIN + 160, 2 * _MARGIN + 120)

    # -- which are on show ---------------------------------------------------------------------

    @property
    def least(self) -> int:
        """Return how wide one of two maps must be, so that its head's words are whole."""
        deeds = sum(not panel.save.isHidden() for panel in self._panels[:1])
        return self._look.px(150) + 32 * (1 + deeds)

    def wanted_width(self, height: int) -> int:
        """Return how wide this may be before its height keeps the maps from growing: bodies, whatever is shown."""
        map_width = max(self.least, round(_BODY * (height - _HEAD - 2 * _MARGIN)) + _EDGE)
        return (1 if self._alone else 2) * map_width + self.handleWidth() + 2 * _MARGIN

    def has_room_for_both(self) -> bool:
        """Tell whether both maps fit beside each other."""
        return self.width() >= 2 * self.least + self.handleWidth() + 2 * _MARGIN

    @property
    def front(self) -> MapPanel:
        """Return the map that stays if only one does."""
        return self._panels[self._front]

    def is_on_show(self, panel: MapPanel) -> bool:
        """Tell whether a panel is not put away."""
        return not panel.isHidden()

    def bring(self, panel: MapPanel) -> None:
        """Put a map on show, in the place of the other if there is one place."""
        self._front = self._panels.index(panel)
        self._settle_on()

    def turn(self) -> None:
        """Show the other map instead; where both are on show, the keyboard goes to the other."""
        held = self._held()
        self.bring(self._panels[1 - (self._front if held is None else held)])
        self.front.map.setFocus()

    def _held(self) -> int | None:
        """Return which map has the keyboard."""
        focus = QApplication.focusWidget()
        if focus is None:
            return None
        return next((at for at, panel in enumerate(self._panels) if panel.isAncestorOf(focus)), None)

    def set_alone(self, alone: bool) -> None:
        """Show one map only, or both where there is room."""
        if alone != self._alone:
            self._alone = alone
            self._settle_on()
            self.alone_chosen.emit(alone)

    def toggle_alone(self) -> None:
        """Change between one map and both."""
        held = self._held()
        self._front = self._front if held is None else held
        self.set_alone(not self._alone)

    def _on_alone(self, at: int) -> None:
        self._front = at
        self.set_alone(not self._alone)

    def _settle_on(self) -> None:
        both = not self._alone and self.has_room_for_both()
        other = self._panels[1 - self._front]
        held = self._held() == 1 - self._front
        self.front.show()
        other.setVisible(both)
        if held and not both:
            self.front.map.setFocus()
        self._offer()
        self.share()

    def _offer(self) -> None:
        both, room = not self._panels[1 - self._front].isHidden(), self.has_room_for_both()
        for at, panel in enumerate(self._panels):
            view = self._panels[1 - at].view
            title = list(shorter(view.title))[-1] if view is not None else ""
            panel.offer(other="" if both else title, alone=both, both=not both and room)

    # -- how wide ------------------------------------------------------------------------------

    def _on_moved(self) -> None:
        self._moved = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle_on()

    def share(self) -> None:
        """Give each map the room that its view can use."""
        views = [panel.view for panel in self._panels]
        if self._moved or any(view is None for view in views) or any(p.isHidden() for p in self._panels):
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
        sizes = [room.height() // 2] * 2 if over else shares(aspects, room.width(), room.height(), self.least)
        if any(abs(a - b) > 2 for a, b in zip(self.sizes(), sizes, strict=True)):
            self.setSizes(sizes)
