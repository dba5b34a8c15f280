"""The drawing on a map: which ink lies on which cell, and the items that show it. Later strokes lie on top."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal
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
    from myomap.gui.workers import Pool

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

    def by_ink(self, over: Cells | None = None, code: int = -1) -> dict[int, Cells]:
        """Return the cells of each ink that is seen; ``over`` lies on top in ink ``code`` (-1 erases)."""
        held = self._codes
        if over is not None:
            held = held.copy()
            held[over.ids] = code
        drawn = np.flatnonzero(held >= 0).astype(np.int32)
        if not len(drawn):
            return {}
        codes = held[drawn]
        present = np.flatnonzero(np.bincount(codes))
        return {int(each): _cells(drawn[codes == each]) for each in present}

    def drawn(self) -> Cells:
        """Return all cells that are drawn, each once."""
        return _cells(np.flatnonzero(self._codes >= 0).astype(np.int32))


def _cells(ids: "NDArray[np.int32]") -> Cells:
    """Return a set of cells from ids that are sorted and unique already."""
    return Cells(ids, np.ones(len(ids), np.float32))


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
    """The drawing on one map. Only inks whose cells changed are outlined again, off the window's thread."""

    wanted = Signal()
    """Another sheet is on show: the drawing must be shown again."""

    def __init__(self, view: "MapView", zones: "ZonePaths", pool: "Pool") -> None:
        super().__init__(view)
        self._view, self._zones, self._pool = view, zones, pool
        self._shown: dict[int, Cells] = {}
        self._items: dict[int, InkItem] = {}
        self._drawn_for = ""
        view.sheet_changed.connect(self._on_sheet_changed)

    @property
    def inks(self) -> dict[int, Cells]:
        """What is on show, or on its way."""
        return self._shown

    @property
    def items(self) -> dict[int, InkItem]:
        """The items on the map by ink."""
        return self._items

    def show(self, inks: dict[int, Cells]) -> None:
        """Show these inks."""
        sheet = self._view.sheet
        view_id = sheet.view.id if sheet is not None else ""
        before = self._shown if view_id == self._drawn_for else {}
        self._shown = dict(inks)
        for code in list(self._items):
            if code not in inks:
                self._view.remove_overlay(self._items.pop(code))
        if not view_id:
            return
        if view_id != self._drawn_for:
            for item in self._items.values():
                item.setVisible(False)
        self._drawn_for = view_id
        changed = {
            code: cells
            for code, cells in inks.items()
            if code not in self._items
            or code not in before
            or not np.array_equal(before[code].ids, cells.ids)
        }
        topic = f"ink-{id(self)}"
        if not changed:
            return
        zones = self._zones
        # an ink whose outline is still on its way is asked for again with the next change
        for code in changed:
            self._shown.pop(code)
        self._pool.run(
            lambda: {code: zones.cells(view_id, cells) for code, cells in changed.items()},
            lambda paths: self._take(view_id, changed, paths),
            topic=topic,
            priority=4,
        )

    def _take(self, view_id: str, cells: dict[int, Cells], paths: "dict[int, QPainterPath]") -> None:
        if view_id != self._drawn_for:
            return
        for code, path in paths.items():
            item = self._items.get(code)
            if item is None:
                item = self._items[code] = InkItem()
                self._view.add_overlay(item)
            item.show_ink(path, code, self._view.devicePixelRatioF())
            self._shown[code] = cells[code]

    def _on_sheet_changed(self) -> None:
        self._drawn_for = ""
        self.wanted.emit()
