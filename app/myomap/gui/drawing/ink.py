"""The drawing on a map: which ink lies on which cell, and the items that show it. Later strokes lie on top."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from myomap.gui.map.items import Height, ShapeItem, pen
from myomap.palette import QUALITY_INKS
from myomap.records.values import Quality, Stroke
from myomap.surface.cells import Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from myomap.gui.map.view import MapView
    from myomap.gui.map.zone_paths import ZonePaths

_QUALITIES = tuple(Quality)
#: Intensities 0 to 10.
_STEPS = 11


def code_of(quality: Quality, intensity: int) -> int:
    """Return the number of an ink."""
    return _QUALITIES.index(quality) * _STEPS + intensity


def ink_of(code: int) -> tuple[Quality, int]:
    """Return the quality and intensity of an ink's number."""
    return _QUALITIES[code // _STEPS], code % _STEPS


class Inked:
    """What strokes leave on the skin, kept up to date with as little work as possible."""

    def __init__(self, count: int) -> None:
        """``count``: cells of the skin."""
        self._count = count
        self._codes = np.full(count, -1, np.int16)
        self._strokes: tuple[Stroke, ...] = ()
        self._cells: dict[str, NDArray[np.int32]] = {}

    def show(self, strokes: Sequence[Stroke]) -> None:
        """Take the strokes, oldest first."""
        given = tuple(strokes)
        known = len(self._strokes)
        if given[:known] == self._strokes and known:
            fresh = given[known:]
        else:
            self._codes.fill(-1)
            fresh = given
        for stroke in fresh:
            ids = self._cells.get(stroke.id)
            if ids is None:
                ids = np.fromiter(stroke.cells, np.int32, len(stroke.cells))
                ids = ids[ids < self._count]
                self._cells[stroke.id] = ids
            self._codes[ids] = -1 if stroke.erases else code_of(stroke.quality, stroke.intensity)
        self._strokes = given

    def by_ink(self) -> dict[int, Cells]:
        """Return the cells of each ink that is seen."""
        drawn = np.flatnonzero(self._codes >= 0).astype(np.int32)
        if not len(drawn):
            return {}
        codes = self._codes[drawn]
        return {int(code): Cells.of(drawn[codes == code]) for code in np.unique(codes)}

    def drawn(self) -> Cells:
        """Return all cells that are drawn, each once."""
        return Cells.of(np.flatnonzero(self._codes >= 0))


def tile(hatch: str, colour: QColor, ratio: float) -> QPixmap:
    """Return the tile of a hatch; drawn in screen pixels, empty for a solid ink."""
    if hatch == "solid":
        return QPixmap()
    side = 10.0
    made = QPixmap(round(side * ratio), round(side * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = QPen(colour, 1.5)
    painter.setPen(line)
    if hatch == "dots":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for x, y in ((2.5, 2.5), (7.5, 7.5)):
            painter.drawEllipse(QPointF(x, y), 1.4, 1.4)
    if hatch in ("lines", "cross"):
        painter.drawLine(QPointF(0, 5), QPointF(side, 5))
    if hatch in ("vertical", "cross"):
        painter.drawLine(QPointF(5, 0), QPointF(5, side))
    if hatch == "back_lines":
        for shift in (-side, 0.0, side):
            painter.drawLine(QPointF(shift, 0), QPointF(shift + side, side))
    if hatch == "waves":
        path = QPainterPath(QPointF(0, 5))
        path.cubicTo(2.5, 1, 2.5, 1, 5, 5)
        path.cubicTo(7.5, 9, 7.5, 9, side, 5)
        painter.drawPath(path)
    painter.end()
    return made


class InkItem(ShapeItem):
    """One ink's area: flat colour, and a hatch that keeps its size on the screen."""

    def __init__(self) -> None:
        super().__init__(Height.DRAWING)
        self._tile = QPixmap()

    def show_ink(self, path: QPainterPath, code: int, ratio: float) -> None:
        """Show an area in its ink."""
        quality, intensity = ink_of(code)
        name, hatch = QUALITY_INKS.get(quality, QUALITY_INKS["other"])
        colour = QColor(name)
        strong = QColor(colour)
        strong.setAlphaF(min(1.0, 0.55 + 0.045 * intensity))
        self._tile = tile(hatch, strong, ratio)
        fill = QColor(colour)
        # a hatched ink has a fainter ground, so that the hatch is what is seen
        fill.setAlphaF(min(0.85, (0.30 if hatch == "solid" else 0.14) + 0.045 * intensity))
        self.show_path(path, pen(colour, 1.2), fill)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        super().paint(painter, option, widget)
        if not self._tile.isNull():
            brush = QBrush(self._tile)
            scale = painter.worldTransform().m11() or 1.0
            brush.setTransform(QTransform.fromScale(1 / scale, 1 / scale))
            painter.fillPath(self.path(), brush)


class InkLayer(QObject):
    """The drawing on one map. Paths are made again only for inks whose cells changed."""

    def __init__(self, view: "MapView", zones: "ZonePaths") -> None:
        super().__init__(view)
        self._view, self._zones = view, zones
        self._shown: dict[int, Cells] = {}
        self._items: dict[int, InkItem] = {}
        self._drawn_for = ""
        view.sheet_changed.connect(self._on_sheet_changed)

    @property
    def inks(self) -> dict[int, Cells]:
        """What is on show."""
        return self._shown

    def show(self, inks: dict[int, Cells]) -> None:
        """Show these inks."""
        sheet = self._view.sheet
        view_id = sheet.view.id if sheet is not None else ""
        fresh = view_id != self._drawn_for
        self._drawn_for = view_id
        for code in list(self._items):
            if code not in inks:
                self._view.remove_overlay(self._items.pop(code))
        for code, cells in inks.items():
            held = self._shown.get(code)
            same = held is not None and np.array_equal(held.ids, cells.ids)
            if view_id and (fresh or not same or code not in self._items):
                item = self._items.get(code)
                if item is None:
                    item = self._items[code] = InkItem()
                    self._view.add_overlay(item)
                path = self._zones.cells(view_id, cells)
                item.show_ink(path, code, self._view.devicePixelRatioF())
        self._shown = dict(inks)

    def _on_sheet_changed(self) -> None:
        self._drawn_for = ""
        self.show(self._shown)
