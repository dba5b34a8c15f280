"""What lies over a question's map: what is lit, what was clicked or painted, and what would be right."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from myomap.anatomy.structures import StructureKey
from myomap.gui.map.items import CrossItem, Height, PatternItem, ShapeItem, pen, stipple
from myomap.gui.map.zone_paths import project
from myomap.gui.shown import PointKey

if TYPE_CHECKING:
    from myomap.gui.map.view import MapView
    from myomap.gui.map.zone_paths import ZonePaths
    from myomap.lookup.pattern_index import PatternKey
    from myomap.study.questions import Question
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.cells import Cells

#: Deeper than this under the skin a trigger point's X is ringed (as on the atlas's maps).
DEEP_MM = 20.0


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered on the map: where was clicked and what is there, or what was painted."""

    at: QPointF | None = None
    clicked: StructureKey | None = None
    painted: "Cells | None" = None
    wrong: tuple[StructureKey, ...] = ()
    """The structures of muscles that were chosen and are not right."""


class RingItem(QGraphicsItem):
    """A ring with a dot of the same size at every zoom: where was clicked, or the keyboard's pointer."""

    RADIUS = 11.0

    def __init__(self, colour: QColor, halo: QColor, *, hairs: bool = False) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(Height.TOOL + 1)
        self._colour, self._halo, self._hairs = colour, halo, hairs

    def boundingRect(self) -> QRectF:
        r = self.RADIUS * 2
        return QRectF(-r, -r, 2 * r, 2 * r)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        r = self.RADIUS
        for colour, width in ((self._halo, 5.0), (self._colour, 2.4)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(0, 0), r, r)
            if self._hairs:
                for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    painter.drawLine(QPointF(x * r * 0.5, y * r * 0.5), QPointF(x * r * 1.7, y * r * 1.7))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(QPointF(0, 0), 2.4, 2.4)


class Marks:
    """The items over one map. Drawn from values; nothing of them has a name that could be read."""

    def __init__(self, view: "MapView", atlas: "AtlasSource", zones: "ZonePaths") -> None:
        self._view, self._atlas, self._zones = view, atlas, zones
        self._spillover = PatternItem(Height.SPILLOVER)
        self._essential = ShapeItem(Height.ESSENTIAL)
        self._painted = ShapeItem(Height.DRAWING)
        self._lit = ShapeItem(Height.SELECTED)
        self._wrong = ShapeItem(Height.HOVER)
        self._crosses: list[QGraphicsItem] = []
        self._ring: RingItem | None = None
        self.only_painted = False
        """The published zone is shown on a map of its own beside this one."""
        self.fills_painted = True
        """False: what was painted is a line only, so that the zone beneath is seen."""
        for item in (self._spillover, self._essential, self._painted, self._lit, self._wrong):
            view.add_overlay(item)

    def draw(self, question: "Question", *, answered: bool, given: Given) -> None:
        """Show what the question shows; once answered also what is right and what was given."""
        sheet = self._view.sheet
        if sheet is None:
            return
        keys = question.lit + (question.after_lit if answered else ())
        self._draw_lit(keys, as_answer=answered)
        patterns = question.patterns + (question.after_patterns if answered else ())
        self._draw_zones(
            question, bool(patterns) and not self.only_painted, spills=question.spills or answered
        )
        crosses = question.crosses + (question.after_patterns if answered and not self.only_painted else ())
        self._draw_crosses({PointKey(k.trigger_point, k.laterality) for k in crosses})
        self.draw_painted(given.painted)
        self._draw_clicked(question, given if answered else Given())

    def _path_of(self, keys: tuple[StructureKey, ...]) -> QPainterPath:
        path = QPainterPath()
        sheet = self._view.sheet
        for key in dict.fromkeys(keys):
            piece = sheet.by_key.get(key) if sheet is not None else None
            if piece is not None:
                path.addPath(piece.path)
        return path

    def _draw_lit(self, keys: tuple[StructureKey, ...], *, as_answer: bool) -> None:
        colours = self._view.look.map
        line = pen(colours["selected_line"], 2.8 if as_answer else 2.2)
        self._lit.show_path(self._path_of(keys), line, colours["selected"])

    def _draw_zones(self, question: "Question", on: bool, *, spills: bool) -> None:
        colours, ratio = self._view.look.map, self._view.devicePixelRatioF()
        line = pen(colours["essential_line"], 1.8)
        if not on or self._view.sheet is None:
            self._essential.show_path(None, line)
            self._spillover.show_path(None, line)
            return
        key = (question.patterns + question.after_patterns)[0]
        point = PointKey(key.trigger_point, key.laterality)
        essential, spillover = self._zones.zone(self._view.sheet.view.id, point)
        self._essential.show_path(essential, line, colours["essential"])
        self._spillover.show_pattern(
            spillover if spills else QPainterPath(),
            pen(colours["spillover_line"], 1.1, Qt.PenStyle.DotLine),
            stipple(colours["spillover_line"], ratio),
        )

    def _draw_crosses(self, wanted: set[PointKey]) -> None:
        for item in self._crosses:
            self._view.remove_overlay(item)
        self._crosses = []
        sheet = self._view.sheet
        if sheet is None or not wanted:
            return
        for place in self._atlas.places(sheet.view.figure):
            key = PointKey(place.trigger_point, place.laterality)
            if key in wanted and self._zones.is_seen(sheet.view, place):
                cross = CrossItem(self._view.look.map, deep=place.depth > DEEP_MM)
                cross.set_lit(True)
                cross.setPos(QPointF(*project(sheet.view, place.xyz)))
                self._view.add_overlay(cross)
                self._crosses.append(cross)

    def draw_painted(self, cells: "Cells | None") -> None:
        """Show what has been painted."""
        chrome, sheet = self._view.look.chrome, self._view.sheet
        line = QColor(chrome.accent)
        fill = QColor(line)
        fill.setAlpha(70 if self.fills_painted else 0)
        path = self._zones.cells(sheet.view.id, cells) if cells and sheet is not None else QPainterPath()
        self._painted.show_path(path, pen(line, 2.4, Qt.PenStyle.DashLine), fill)

    def _draw_clicked(self, question: "Question", given: Given) -> None:
        if self._ring is not None:
            self._view.remove_overlay(self._ring)
            self._ring = None
        chrome = self._view.look.chrome
        is_wrong = given.clicked is not None and str(given.clicked) not in question.right
        colour = QColor(chrome.danger if is_wrong or given.clicked is None else chrome.good)
        wrong = ((given.clicked,) if is_wrong and given.clicked is not None else ()) + given.wrong
        colour = QColor(chrome.danger) if given.wrong else colour
        path = self._path_of(wrong)
        wash = QColor(colour)
        wash.setAlpha(60)
        self._wrong.show_path(path, pen(colour, 2.4, Qt.PenStyle.DashLine), wash)
        if given.at is not None:
            self._ring = RingItem(colour, self._view.look.map["mark_halo"])
            self._ring.setPos(given.at)
            self._view.add_overlay(self._ring)

    def painted_rect(self) -> QRectF:
        """Return where what was painted lies; empty where nothing was."""
        return self._painted.path().boundingRect() if self._painted.isVisible() else QRectF()

    def zone_rect(self, pattern: "PatternKey") -> QRectF:
        """Return where a pattern's essential zone lies in the view on show."""
        if self._view.sheet is None:
            return QRectF()
        point = PointKey(pattern.trigger_point, pattern.laterality)
        return self._zones.zone(self._view.sheet.view.id, point)[0].boundingRect()

    def rect(self) -> QRectF:
        """Return what is lit, in view mm; empty where nothing is."""
        rect = QRectF()
        for item in (self._essential, self._lit):
            if item.isVisible():
                rect = rect.united(item.path().boundingRect())
        for cross in self._crosses:
            spot = QRectF(cross.pos() - QPointF(5, 5), cross.pos() + QPointF(5, 5))
            rect = rect.united(spot)
        return rect
