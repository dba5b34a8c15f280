"""The drawing on one map: pictures of its inks, mended at once where something changed."""

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QRegion
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from myomap.gui.drawing.ink_picture import InkPicture, Inks, blank, compose, mend, mend_roughly, near
from myomap.gui.map.items import Height
from myomap.gui.map.plate_spec import PlateSpec, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from myomap.gui.map.view import MapView
    from myomap.gui.workers import Pool
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.view_map import ViewMap, Window

#: So many pixels times inks are smoothed and painted at once; beyond, bare cells are shown first.
AT_ONCE = 60_000
#: What is shown roughly becomes smooth when the hand has rested so long.
REST_MS = 60


class InkItem(QGraphicsItem):
    """Blits the pictures of the drawing: the whole page, and the part in sight where that is sharper."""

    def __init__(self, view: "MapView") -> None:
        super().__init__()
        self.setZValue(Height.DRAWING)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._view = view
        self.page = QRectF()
        self.base: InkPicture | None = None
        self.detail: InkPicture | None = None

    @property
    def pictures(self) -> list[InkPicture]:
        """What there is to be mended."""
        return [each for each in (self.base, self.detail) if each is not None]

    def take(self, page: QRectF, base: InkPicture | None, detail: InkPicture | None) -> None:
        """Show other pictures."""
        if page != self.page:
            self.prepareGeometryChange()
            self.page = page
        self.base, self.detail = base, detail
        self.update()

    def boundingRect(self) -> QRectF:
        return self.page

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        world = painter.worldTransform()
        exposed = world.mapRect(option.exposedRect)
        ratio = self._view.viewport().devicePixelRatioF()
        scale = self._view.scale_px * ratio
        painter.save()
        painter.resetTransform()
        detail = self.detail if self.detail is not None and _same(self.detail.spec.scale, scale) else None
        sharp = world.mapRect(detail.spec.rect) if detail is not None else QRectF()
        if self.base is not None and not sharp.contains(exposed & world.mapRect(self.page)):
            self._blit(painter, self.base, world.mapRect(self.base.spec.rect), exposed, scale, ratio, sharp)
        if detail is not None:
            self._blit(painter, detail, sharp, exposed, scale, ratio, QRectF())
        painter.restore()

    def _blit(
        self,
        painter: QPainter,
        picture: InkPicture,
        target: QRectF,
        exposed: QRectF,
        scale: float,
        ratio: float,
        without: QRectF,
    ) -> None:
        """Draw what is exposed of a picture; ``without`` is drawn by another one (they are see-through)."""
        region = QRegion(exposed.toAlignedRect())
        if not without.isEmpty():
            region -= QRegion(without.toRect())
        painter.setClipRegion(region)
        image = picture.image
        if _same(picture.spec.scale, scale):
            image.setDevicePixelRatio(ratio)
            painter.drawImage(
                QPointF(round(target.x() * ratio) / ratio, round(target.y() * ratio) / ratio), image
            )
            return
        image.setDevicePixelRatio(1)
        part = exposed & target
        if part.isEmpty():
            return
        fx, fy = image.width() / target.width(), image.height() / target.height()
        source = QRectF(
            (part.x() - target.x()) * fx, (part.y() - target.y()) * fy, part.width() * fx, part.height() * fy
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(part, image, source)


class InkLayer(QObject):
    """Keeps the pictures of one map in step with the inks. What changed little is painted at once."""

    wanted = Signal()
    """Another sheet is on show: the drawing must be shown again."""

    def __init__(self, view: "MapView", atlas: "AtlasSource", pool: "Pool") -> None:
        super().__init__(view)
        self._view, self._atlas, self._pool = view, atlas, pool
        self._codes: NDArray[np.int16] = np.zeros(0, np.int16)
        self._shown_view = ""
        self._inks = Inks(1.0)
        self._ratio = 0.0
        self._rough = False
        self.item = InkItem(view)
        view.add_overlay(self.item)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._make_sharp)
        view.sheet_changed.connect(self._on_sheet_changed)
        view.zoomed.connect(lambda _: self._rest.start())
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(lambda _: self._rest.start())

    # -- showing -------------------------------------------------------------------------------
    def show(self, codes: "NDArray[np.int16]", *, now: bool = False) -> None:
        """Show these inks (the array is kept: give a copy); with ``now`` they are on the screen on return."""
        self._codes = codes
        sheet = self._view.sheet
        if sheet is None:
            return
        if sheet.view.id != self._shown_view or self._view.devicePixelRatioF() != self._ratio:
            self._shown_view, self._ratio = sheet.view.id, self._view.devicePixelRatioF()
            self._inks = Inks(self._ratio)
            self.item.take(sheet.rect, blank(self._base_spec(), len(codes)), None)
            self._rough = False
        rects = self._catch_up(self.item.pictures)
        if not rects:
            return
        port = self._view.viewport()
        places = [self._view.mapFromScene(rect).boundingRect().adjusted(-2, -2, 2, 2) for rect in rects]
        for place in places:
            if now and self._view.isVisible():
                port.repaint(place)
            else:
                port.update(place)

    @property
    def settled(self) -> bool:
        """Tell whether everything is shown as smooth as it will be."""
        return not self._rest.isActive() and not self._rough

    def colour_at(self, at: QPointF) -> QColor:
        """Return the ink on show at a place in view mm; see-through where nothing is drawn."""
        base = self.item.base
        if base is None:
            return QColor(0, 0, 0, 0)
        pixel = ((at - base.spec.rect.topLeft()) * base.spec.scale).toPoint()
        return base.image.pixelColor(pixel) if base.image.rect().contains(pixel) else QColor(0, 0, 0, 0)

    def _catch_up(self, pictures: list[InkPicture]) -> list[QRectF]:
        """Paint in each picture what it does not show yet; return where, in view mm."""
        rects: list[QRectF] = []
        if not pictures:
            return rects
        view_map = self._atlas.view_map(self._shown_view)
        changed = np.zeros(len(self._codes), bool)
        for picture in pictures:
            changed |= picture.codes != self._codes
        windows = [near(view_map, each) for each in view_map.windows_of(np.flatnonzero(changed))]
        if windows and sum(self._work(view_map, each) for each in windows) > AT_ONCE:
            self._rough = True
            for window in windows:
                rects.append(mend_roughly(pictures, view_map, self._codes, window))
            self._rest.start()
        else:
            for window in windows:
                rects.append(mend(pictures, view_map, self._codes, window, self._inks))
        for picture in pictures:
            picture.codes = self._codes
        return rects

    def _work(self, view_map: "ViewMap", window: "Window") -> float:
        """Return how much there is to do in a box: pixels times inks."""
        top, bottom, left, right = window
        pixels = (bottom - top) * (right - left) / (4 if view_map.px_per_mm >= 2 else 1)
        if pixels > AT_ONCE:
            return pixels
        found = view_map.inks_in(self._codes, window)[::4, ::4]
        inks = int(np.count_nonzero(np.bincount(found[found >= 0].ravel(), minlength=1)))
        return pixels * max(1, inks)

    # -- sharpness -----------------------------------------------------------------------------
    def _base_spec(self) -> PlateSpec:
        assert self._view.sheet is not None
        return whole(self._view.sheet.rect, self._view.scale_px / self._view.zoom * self._ratio)

    def _detail_spec(self) -> PlateSpec | None:
        """Return what is in sight with some room around it, None where the base is as sharp."""
        sheet = self._view.sheet
        assert sheet is not None
        scale = self._view.scale_px * self._ratio
        if _same(scale, self._base_spec().scale):
            return None
        sight = self._view.sight() & sheet.rect
        if sight.isEmpty():
            return None
        room = 0.15 * max(sight.width(), sight.height())
        wide = sight.adjusted(-room, -room, room, room) & sheet.rect
        left, top = math.floor(wide.left() * scale) / scale, math.floor(wide.top() * scale) / scale
        right, bottom = math.ceil(wide.right() * scale) / scale, math.ceil(wide.bottom() * scale) / scale
        return PlateSpec(scale, QRectF(left, top, right - left, bottom - top))

    def _make_sharp(self) -> None:
        """Make the pictures anew where the scale, the sight or a rough part ask for it."""
        sheet = self._view.sheet
        if sheet is None or sheet.view.id != self._shown_view:
            return
        base, detail = self.item.base, self.item.detail
        wanted, closer = self._base_spec(), self._detail_spec()
        anything = bool((self._codes >= 0).any())
        if not anything:
            self._rough = False
            if base is None or not _same(base.spec.scale, wanted.scale) or detail is not None:
                self.item.take(sheet.rect, blank(wanted, len(self._codes)), None)
            return
        new_base = self._rough or base is None or not _same(base.spec.scale, wanted.scale)
        new_detail = closer is not None and (
            self._rough
            or detail is None
            or not _same(detail.spec.scale, closer.scale)
            or not detail.spec.rect.contains(self._view.sight() & sheet.rect)
        )
        if not new_base and not new_detail:
            if closer is None and detail is not None:
                self.item.take(sheet.rect, base, None)
            return
        codes, view_id, ratio, atlas = self._codes, self._shown_view, self._ratio, self._atlas

        def work() -> list[InkPicture | None]:
            view_map = atlas.view_map(view_id)
            return [
                compose(view_map, codes, spec, ratio) if spec is not None else None
                for spec in (closer if new_detail else None, wanted if new_base else None)
            ]

        self._pool.run(
            work, lambda made: self._take(view_id, codes, made), topic=f"ink-{id(self)}", priority=1
        )

    def _take(self, view_id: str, codes: "NDArray[np.int16]", made: list[InkPicture | None]) -> None:
        if view_id != self._shown_view or self._view.sheet is None:
            return
        detail, base = made
        self._rough = False
        if self._codes is not codes:  # drawn on meanwhile
            self._catch_up([each for each in made if each is not None])
        self.item.take(self._view.sheet.rect, base or self.item.base, detail or self.item.detail)

    def _on_sheet_changed(self) -> None:
        self._shown_view = ""
        self.wanted.emit()


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-4 * max(one, other)
