"""Numbers on a map: where something was found or needled. The same numbers as in the report."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from myomap.gui.map.items import Height
from myomap.gui.map.zone_paths import ZonePaths
from myomap.gui.theme import FAMILY, Look
from myomap.records.values import Site, VisitRecord

if TYPE_CHECKING:
    from myomap.gui.map.view import MapView
    from myomap.surface.atlas_source import AtlasSource


def numbered_sites(record: VisitRecord) -> list[tuple[str, Site]]:
    """Return each distinct site of the visit with the number it has on maps and in the report."""
    from myomap.report.visit_report import numbered_sites as numbered

    return numbered(record)


def number_of(record: VisitRecord, site: Site) -> str:
    """Return a site's number."""
    wanted = (site.key, site.trigger_point, site.view, site.x, site.y)
    for number, each in numbered_sites(record):
        if (each.key, each.trigger_point, each.view, each.x, each.y) == wanted:
            return number
    return ""


class NumberItem(QGraphicsItem):
    """A number in a disc, the same size at every zoom; ringed where the muscle was needled."""

    RADIUS = 10.0

    def __init__(self, look: Look, text: str, *, needled: bool, lit: bool) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(Height.MARK + (3 if lit else 2))
        self._look, self.text, self.needled, self._lit = look, text, needled, lit

    def boundingRect(self) -> QRectF:
        r = self.RADIUS + 6
        return QRectF(-r, -r, 2 * r, 2 * r)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        r = self.RADIUS + (2 if self._lit else 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._look.map["mark_halo"], 2))
        painter.setBrush(self._look.map["mark"])
        painter.drawEllipse(QPointF(0, 0), r, r)
        if self.needled:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.map["mark"], 1.6))
            painter.drawEllipse(QPointF(0, 0), r + 3, r + 3)
        font = QFont(FAMILY)
        font.setPixelSize(13 if len(self.text) < 2 else 11)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self._look.map["mark_halo"])
        painter.drawText(QRectF(-r, -r, 2 * r, 2 * r), Qt.AlignmentFlag.AlignCenter, self.text)


class Marks(QObject):
    """Keeps the numbers on one map in step with the record."""

    def __init__(self, view: "MapView", look: Look, atlas: "AtlasSource") -> None:
        super().__init__(view)
        self._view, self._look, self._atlas = view, look, atlas
        self._zones = ZonePaths(atlas)
        self._record: VisitRecord | None = None
        self._lit: Site | None = None
        self.items: dict[str, NumberItem] = {}
        view.sheet_changed.connect(self.draw)

    def show(self, record: VisitRecord | None, lit: Site | None = None) -> None:
        """Show the sites of a record; ``lit`` is drawn large."""
        self._record, self._lit = record, lit
        self.draw()

    def draw(self) -> None:
        """Draw the numbers again."""
        for item in self.items.values():
            self._view.remove_overlay(item)
        self.items = {}
        sheet = self._view.sheet
        if sheet is None or self._record is None:
            return
        needled = {(n.site.key, n.site.trigger_point) for n in self._record.needlings}
        for number, site in numbered_sites(self._record):
            at = self.place(site)
            if at is not None:
                item = NumberItem(
                    self._look,
                    number,
                    needled=(site.key, site.trigger_point) in needled,
                    lit=site == self._lit,
                )
                item.setPos(at)
                self._view.add_overlay(item)
                self.items[number] = item

    def place(self, site: Site) -> QPointF | None:
        """Return where a site is drawn in the view on show, None where its skin is not seen."""
        sheet = self._view.sheet
        if sheet is None:
            return None
        from myomap.report.site_marks import place_on

        at = place_on(self._atlas, sheet.view.id, site)  # as every document shows it
        return QPointF(*at) if at is not None else None
