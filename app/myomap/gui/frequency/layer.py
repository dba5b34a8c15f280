"""The rings of a group's map over one map view: colour, pattern and the share written on them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPainterPath, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from myomap.gui.map.items import Height, ShapeItem, pen
from myomap.gui.theme import FAMILY, Look

if TYPE_CHECKING:
    from myomap.gui.map.view import MapView
    from myomap.gui.workers import Pool
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.frequency import FrequencyMap

#: A share is written where its circle has this radius on the screen, in pixels.
_ROOM_PX = 17.0


@dataclass(frozen=True, slots=True)
class BandLook:
    """How a band is painted."""

    colour: QColor
    pattern: str
    opacity: float


def band_look(step: int, look: Look) -> BandLook:
    """Return how a band is painted in the theme in use; more is darker, on dark grounds lighter."""
    from myomap.report.frequency_picture import DARK, LIGHT, OPACITY, PATTERNS

    colours = DARK if look.theme.dark else LIGHT
    return BandLook(QColor(colours[step]), PATTERNS[step], OPACITY[step])


def tile(pattern: str, colour: QColor, ratio: float) -> QPixmap:
    """Return the tile of a pattern, drawn in screen pixels; an empty one for a solid band."""
    if pattern == "solid":
        return QPixmap()
    side = 8.0
    made = QPixmap(round(side * ratio), round(side * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.3))
    if pattern == "dots":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for x, y in ((2.0, 2.0), (6.0, 6.0)):
            painter.drawEllipse(QPointF(x, y), 1.0, 1.0)
    else:
        for shift in (-side, 0.0, side):
            painter.drawLine(QPointF(shift, side), QPointF(shift + side, 0))
            if pattern == "cross":
                painter.drawLine(QPointF(shift, 0), QPointF(shift + side, side))
    painter.end()
    return made


def swatch(step: int, look: Look, ratio: float) -> QPixmap:
    """Return the picture of a band for the legend."""
    width, height = 36, 20
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(look.map["skin"])
    painter = QPainter(made)
    band = band_look(step, look)
    inside = QRectF(0.75, 0.75, width - 1.5, height - 1.5)
    painter.fillRect(inside, _wash(band))
    pattern = tile(band.pattern, band.colour, ratio)
    if not pattern.isNull():
        painter.fillRect(inside, QBrush(pattern))
    painter.setPen(QPen(band.colour, 1.5))
    painter.drawRect(inside)
    painter.end()
    return made


def _wash(band: BandLook) -> QColor:
    made = QColor(band.colour)
    made.setAlphaF(band.opacity if band.pattern == "solid" else 0.4 * band.opacity)
    return made


class RingItem(ShapeItem):
    """One band's places."""

    def __init__(self, path: QPainterPath, band: BandLook, ratio: float) -> None:
        super().__init__(Height.DRAWING)
        self._tile = tile(band.pattern, band.colour, ratio)
        self.show_path(path, pen(band.colour, 1.2), _wash(band))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        super().paint(painter, option, widget)
        if not self._tile.isNull():
            brush = QBrush(self._tile)
            scale = painter.worldTransform().m11() or 1.0
            brush.setTransform(QTransform.fromScale(1 / scale, 1 / scale))
            painter.fillPath(self.path(), brush)


class ShareItem(QGraphicsItem):
    """The share that is written on a band; the same size at every zoom."""

    def __init__(self, text: str, at: tuple[float, float], room_mm: float, look: Look) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(Height.SILHOUETTE)
        self.setPos(*at)
        self.text, self.room_mm = text, room_mm
        self._font = QFont(FAMILY)
        self._font.setPixelSize(look.px(12))
        self._font.setBold(True)
        self._ink, self._halo = look.chrome.text, look.chrome.panel

    def boundingRect(self) -> QRectF:
        return QRectF(-30, -14, 60, 28)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addText(QPointF(0, 0), self._font, self.text)
        box = path.boundingRect()
        path.translate(-box.center().x(), -box.center().y())
        painter.setPen(QPen(QColor(self._halo), 3.4))
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(path, QColor(self._ink))


class FrequencyLayer(QObject):
    """A group's map on one view; outlined off the window's thread."""

    def __init__(self, view: "MapView", atlas: "AtlasSource", look: Look, pool: "Pool", few: int) -> None:
        super().__init__(view)
        self._view, self._atlas, self._look, self._pool, self._few = view, atlas, look, pool, few
        self._found: FrequencyMap | None = None
        self._topic = f"frequency-{id(self)}"
        self.rings: list[RingItem] = []
        self.shares: list[ShareItem] = []
        view.sheet_changed.connect(self.draw)
        view.zoomed.connect(self._make_room)

    def show(self, found: "FrequencyMap | None") -> None:
        """Show another map, or none."""
        self._found = found
        self.draw()

    def draw(self) -> None:
        """Outline the bands for the view that is on show."""
        from myomap.gui.map.paths import path_of
        from myomap.report.frequency_picture import rings

        self._clear()
        sheet, found, atlas, few = self._view.sheet, self._found, self._atlas, self._few
        if sheet is None or found is None or not found.drawings:
            self._pool.forget(self._topic)
            return
        view_id = sheet.view.id
        self._pool.run(
            lambda: [
                (ring.band.step, path_of(ring.shape), ring.label(4.0), ring.share)
                for ring in rings(atlas, found, view_id, few)
            ],
            lambda made: self._take(view_id, made),
            topic=self._topic,
            priority=3,
        )

    def _clear(self) -> None:
        for item in (*self.rings, *self.shares):
            self._view.remove_overlay(item)
        self.rings, self.shares = [], []

    def _take(
        self, view_id: str, made: "list[tuple[int, QPainterPath, tuple[float, float, float] | None, str]]"
    ) -> None:
        sheet = self._view.sheet
        if sheet is None or sheet.view.id != view_id:
            return
        self._clear()
        for step, path, at, share in made:
            ring = RingItem(path, band_look(step, self._look), self._view.devicePixelRatioF())
            self._view.add_overlay(ring)
            self.rings.append(ring)
            if share and at is not None:
                written = ShareItem(share, at[:2], at[2], self._look)
                self._view.add_overlay(written)
                self.shares.append(written)
        self._make_room()

    def _make_room(self) -> None:
        """Write a share only where it fits into its ring at this zoom."""
        for share in self.shares:
            share.setVisible(share.room_mm * self._view.scale_px >= _ROOM_PX)

    def cell_at(self, at: QPointF) -> int:
        """Return the cell under a place in view mm, -1 for none."""
        sheet = self._view.sheet
        return self._atlas.view_map(sheet.view.id).cell_at(at.x(), at.y()) if sheet is not None else -1
