"""The map view: one sheet on a plate, with pan, zoom, hover, picking and tools. Coordinates are view mm."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGestureEvent,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QPinchGesture,
    QWidget,
)

from myomap.anatomy.structures import Layer, StructureKey
from myomap.gui.map.blit import blit, same_scale
from myomap.gui.map.plate_spec import PlateSpec, whole
from myomap.gui.map.tool import MapTool
from myomap.gui.theme import Look
from myomap.gui.workers import Pool

if TYPE_CHECKING:
    from myomap.gui.map.plate import Plate
    from myomap.gui.map.sheet import Sheet, SheetShelf

#: Zoom limits in relation to the fitted page.
LEAST, MOST = 0.25, 40.0
#: Beside everything, a click is for what is this near (pixels): a thin muscle is hit without aiming.
NEAR_PX = 6.0


class MapView(QGraphicsView):
    """Shows one view and layer. It holds no selection of its own: whoever owns it listens and adds items."""

    pointed = Signal(QPointF)
    """The pointer is at a place in view mm; `hovered` follows."""
    hovered = Signal(object)
    """The structure under the pointer, or None."""
    picked = Signal(object, QPointF)
    """A click: the structure there or None, and the place in view mm."""
    sheet_changed = Signal()
    """Another sheet is on show; items over it are the owner's to draw again."""
    plated = Signal()
    """The picture of the whole sheet has come."""
    zoomed = Signal(float)
    """Device-independent pixels a mm."""
    failed = Signal(object)
    """The sheet could not be read: the error."""

    def __init__(self, look: Look, pool: Pool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._pool = look, pool
        self._shelf: SheetShelf | None = None
        self._tones: object | None = None
        self._wanted: tuple[str, Layer] | None = None
        self.sheet: Sheet | None = None
        self._page = QRectF(0, 0, 1, 1)
        self._content = self._page
        self._coarse = QPixmap()
        self._base: tuple[PlateSpec, QPixmap] | None = None
        self._detail: tuple[PlateSpec, QPixmap] | None = None
        self._pending: set[str] = set()
        self._tool: MapTool | None = None
        self._panning: QPoint | None = None
        self._pressed: QPoint | None = None
        self._fitted = True
        self._asked_rect: QRectF | None = None
        """What is to fill the view, until somebody zooms or moves the map."""
        self._topic = f"map-{id(self)}"
        self._scene = QGraphicsScene(self)
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)
        self.setObjectName("map_view")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(50)
        self._settle.timeout.connect(self._ask_for_detail)
        look.changed.connect(self._on_look_changed)

    # -- what is shown -------------------------------------------------------------------------

    def show_coarse(self, picture: QImage, aspect: tuple[float, float]) -> None:
        """Show a picture before any sheet can be read; ``aspect`` is the page's width and height."""
        self._coarse = QPixmap.fromImage(picture)
        self._set_page(QRectF(0, 0, *aspect))

    def set_shelf(self, shelf: "SheetShelf", tones: object) -> None:
        """Take the place that sheets are read from, and the shared cache of tone pictures."""
        self._shelf, self._tones = shelf, tones

    @property
    def look(self) -> Look:
        """Return the theme in use."""
        return self._look

    @property
    def pool(self) -> Pool:
        """Return the pool that works off the window's thread."""
        return self._pool

    @property
    def shown(self) -> tuple[str, Layer] | None:
        """Return the view and layer that are on show or on their way."""
        return self._wanted

    def show_view(self, view_id: str, layer: Layer) -> None:
        """Show a view and layer; `sheet_changed` follows (at once when it has been read before)."""
        if self._shelf is None or self._wanted == (view_id, layer):
            return
        self._wanted = (view_id, layer)
        ready = self._shelf.ready(view_id, layer)
        if ready is not None:
            self._pool.forget(self._topic)
            self._take_sheet(ready)
            return
        shelf = self._shelf
        self._pool.run(
            lambda: shelf.read(view_id, layer),
            self._take_sheet,
            self._on_sheet_failed,
            owner=self,
            topic=self._topic,
            priority=2,
        )

    def _take_sheet(self, sheet: "Sheet") -> None:
        before = self.sheet
        self.sheet = sheet
        if before is None or before.view.id != sheet.view.id:
            self._base = self._detail = None
            self._coarse = QPixmap() if before is not None else self._coarse
            keep = before is None and not self._fitted
            self._set_page(sheet.rect, sheet.content, fit=not keep)
        self._detail = None
        self._ask_for_base()
        self.sheet_changed.emit()
        self.hovered.emit(None)

    def _on_sheet_failed(self, error: Exception) -> None:
        self._wanted = None  # so that it can be asked for again
        self.failed.emit(error)

    def _set_page(self, page: QRectF, content: QRectF | None = None, *, fit: bool = True) -> None:
        self._page, self._content = page, content or page
        margin = max(page.width(), page.height()) * 0.5
        self.setSceneRect(page.adjusted(-margin, -margin, margin, margin))
        if fit:
            self.fit()

    # -- plates --------------------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Tell whether the picture on show is final: nothing is asked for or on its way."""
        return not self._pending and not self._settle.isActive() and self._base is not None

    @property
    def is_plated(self) -> bool:
        """Tell whether the picture of the whole sheet is on show."""
        return self._base is not None

    def plate_image(self) -> QImage:
        """Return the picture of the whole page at the fitted size; null before it is made."""
        return self._base[1].toImage() if self._base is not None else QImage()

    def _ratio(self) -> float:
        return self.viewport().devicePixelRatioF()

    def _ask_for_base(self) -> None:
        self._compose(whole(self._page, self._fit_scale() * self._ratio()), base=True)

    def _ask_for_detail(self) -> None:
        if self.sheet is None or "base" in self._pending:
            return  # the base will ask again when it has come
        scale = self.scale_px * self._ratio()
        sight = self.sight().intersected(self._page)
        for plate in (self._detail, self._base):
            if plate and same_scale(plate[0].scale, scale) and plate[0].rect.contains(sight):
                return
        if sight.isEmpty():
            return
        everything = whole(self._page, scale)
        if same_scale(everything.scale, scale):
            spec = everything
        else:
            room = max(sight.width(), sight.height()) * 0.2
            wide = sight.adjusted(-room, -room, room, room).intersected(self._page)
            grown = QRectF(
                QPointF(math.floor(wide.left() * scale) / scale, math.floor(wide.top() * scale) / scale),
                QPointF(math.ceil(wide.right() * scale) / scale, math.ceil(wide.bottom() * scale) / scale),
            )
            spec = PlateSpec(scale, grown)
        self._compose(spec, base=False)

    def _compose(self, spec: PlateSpec, *, base: bool) -> None:
        from myomap.gui.map.plate import Tones, compose

        sheet, colours, tones = self.sheet, self._look.map, self._tones
        assert sheet is not None
        assert isinstance(tones, Tones)
        kind = "base" if base else "detail"
        self._pending.add(kind)
        self._pool.run(
            lambda: compose(sheet, colours, spec, tones),
            lambda plate: self._take_plate(sheet, plate, base=base),
            lambda error: self._on_plate_failed(kind, error),
            owner=self,
            topic=f"{self._topic}-{kind}",
            priority=3,
        )

    def _take_plate(self, sheet: "Sheet", plate: "Plate", *, base: bool) -> None:
        self._pending.discard("base" if base else "detail")
        if sheet is not self.sheet or plate.colours != self._look.map.name:
            return
        made = (plate.spec, QPixmap.fromImage(plate.image))
        if base:
            self._base = made
            self._settle.start()
            self.plated.emit()
        else:
            self._detail = made
        self._coarse = QPixmap()
        self.viewport().update()

    def _on_plate_failed(self, kind: str, error: Exception) -> None:
        self._pending.discard(kind)
        self.failed.emit(error)

    def _on_look_changed(self) -> None:
        self._coarse = QPixmap()
        if self.sheet is not None:
            self._detail = None
            self._ask_for_base()
        self.viewport().update()
        self.sheet_changed.emit()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Blit the plates: the coarse one or the base scaled, the detail where it is sharp."""
        world = painter.worldTransform()
        exposed = world.mapRect(QRectF(rect))
        painter.save()
        painter.resetTransform()
        painter.fillRect(exposed, self._look.map["paper"])
        if self._coarse and not self._coarse.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(world.mapRect(self._page), self._coarse, QRectF(self._coarse.rect()))
        sharp = self._detail is not None and same_scale(self._detail[0].scale, self.scale_px * self._ratio())
        covered = (
            sharp
            and self._detail is not None
            and self._detail[0].rect.contains(QRectF(rect).intersected(self._page))
        )
        for plate in (None if covered else self._base, self._detail):
            if plate is not None:
                blit(painter, world, exposed, plate, scale=self.scale_px, ratio=self._ratio())
        painter.restore()

    # -- zoom and pan --------------------------------------------------------------------------

    @property
    def scale_px(self) -> float:
        """Return pixels a mm (before the screen's own ratio)."""
        return self.transform().m11()

    @property
    def zoom(self) -> float:
        """Return the zoom in relation to the fitted page: 1 when the whole page is seen."""
        return self.scale_px / self._fit_scale()

    def sight(self) -> QRectF:
        """Return what is seen, in view mm."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def _fit_scale(self) -> float:
        room = self.viewport().size()
        return max(
            0.01,
            min((room.width() - 8) / self._content.width(), (room.height() - 8) / self._content.height()),
        )

    def fit(self) -> None:
        """Show the whole page."""
        self._fitted, self._asked_rect = True, None
        scale = self._fit_scale()
        self.setTransform(QTransform.fromScale(scale, scale))
        self.centerOn(self._content.center())
        self._after_zoom()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping the point ``at`` (viewport pixels; default the middle) where it is."""
        anchor = QPointF(self.viewport().rect().center()) if at is None else at
        least, most = self._fit_scale() * LEAST, self._fit_scale() * MOST
        scale = min(most, max(least, self.scale_px * factor))
        before = self.mapToScene(anchor.toPoint())
        self._by_hand()
        self.setTransform(QTransform.fromScale(scale, scale))
        moved = self.mapFromScene(before) - anchor.toPoint()
        self._scroll(moved)
        self._after_zoom()

    def show_rect(self, rect: QRectF) -> None:
        """Zoom so that a part of the page fills most of the view."""
        room = self.viewport().size()
        scale = min(room.width() / max(rect.width(), 1), room.height() / max(rect.height(), 1)) * 0.8
        scale = min(self._fit_scale() * MOST, max(self._fit_scale(), scale))
        self._fitted, self._asked_rect = False, rect
        self.setTransform(QTransform.fromScale(scale, scale))
        self.centerOn(rect.center())
        self._after_zoom()

    @property
    def is_as_asked(self) -> bool:
        """Tell whether nobody has zoomed or moved the map since `fit` or `show_rect`."""
        return self._fitted or self._asked_rect is not None

    def _by_hand(self) -> None:
        self._fitted, self._asked_rect = False, None

    def _after_zoom(self) -> None:
        self._settle.start()
        self.viewport().update()
        self.zoomed.emit(self.scale_px)

    def pan_by(self, by: QPointF) -> None:
        """Move the map by pixels of the window, as a hand that holds it would."""
        self._by_hand()
        self._scroll(QPoint(round(-by.x()), round(-by.y())))

    def _scroll(self, by: QPoint) -> None:
        for bar, amount in ((self.horizontalScrollBar(), by.x()), (self.verticalScrollBar(), by.y())):
            bar.setValue(bar.value() + amount)

    # -- tools and overlays --------------------------------------------------------------------

    def set_tool(self, tool: MapTool | None) -> None:
        """Give the left button to a tool, or back to picking and panning."""
        if self._tool is not None and tool is not self._tool:
            self._tool.cancel()
        self._tool = tool
        self.viewport().setCursor(tool.cursor if tool else Qt.CursorShape.ArrowCursor)

    def add_overlay(self, item: QGraphicsItem) -> None:
        """Add an item in view mm; its z value says what it lies over (see items.Height)."""
        self._scene.addItem(item)

    def remove_overlay(self, item: QGraphicsItem) -> None:
        """Take an item away."""
        if item.scene() is self._scene:
            self._scene.removeItem(item)

    def stop(self) -> None:
        """Want nothing more: the map is about to be taken down while sheets or plates are on their way."""
        for part in ("", "-base", "-detail"):
            self._pool.forget(self._topic + part)
        self._settle.stop()

    def hit(self, at: QPointF) -> StructureKey | None:
        """Return the structure at a place in view mm."""
        return self.sheet.hit(at.x(), at.y()) if self.sheet is not None else None

    def aimed_at(self, at: QPointF) -> StructureKey | None:
        """Return the structure at a place in view mm; beside everything, one that is only just missed."""
        return self.sheet.nearest(at.x(), at.y(), NEAR_PX / self.scale_px) if self.sheet is not None else None

    # -- events --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        elif self._asked_rect is not None:
            self.show_rect(self._asked_rect)  # asked for while it had another size, or was put away
        else:
            self._settle.start()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._settle.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if steps:
            self.zoom_by(1.2**steps, event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Gesture and isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                centre = self.viewport().mapFromGlobal(pinch.centerPoint().toPoint())
                self.zoom_by(pinch.scaleFactor(), QPointF(centre))
                event.accept()
                return True
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_by(1 + event.value(), event.position())
            return True
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None)
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.mapToScene(event.position().toPoint())
        middle = event.button() == Qt.MouseButton.MiddleButton
        if not middle and self._tool is not None and self._tool.press(at, event):
            return
        if middle or event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._panning = event.position().toPoint()
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        at = self.mapToScene(place)
        if self._panning is not None:
            assert self._pressed is not None
            if (place - self._pressed).manhattanLength() > 5 or self._dragging():
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
                self._scroll(self._panning - place)
                self._panning = place
                self._by_hand()
            return
        if self._tool is not None and self._tool.move(at, event):
            return
        self.pointed.emit(at)
        self.hovered.emit(self.aimed_at(at))

    def _dragging(self) -> bool:
        return self.viewport().cursor().shape() == Qt.CursorShape.ClosedHandCursor

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.mapToScene(event.position().toPoint())
        if self._panning is not None:
            dragged = self._dragging()
            self._panning = self._pressed = None
            self.viewport().setCursor(self._tool.cursor if self._tool else Qt.CursorShape.ArrowCursor)
            if not dragged and event.button() == Qt.MouseButton.LeftButton:
                self.picked.emit(self.aimed_at(at), at)
            return
        if self._tool is not None:
            self._tool.release(at, event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = 48
        moves = {
            Qt.Key.Key_Left: QPoint(-step, 0),
            Qt.Key.Key_Right: QPoint(step, 0),
            Qt.Key.Key_Up: QPoint(0, -step),
            Qt.Key.Key_Down: QPoint(0, step),
        }
        key = Qt.Key(event.key())
        if key in moves and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._by_hand()
            self._scroll(moves[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1.25)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom_by(0.8)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_Escape and self._tool is not None:
            self._tool.cancel()
        else:
            event.ignore()
