"""The patient's screen: a large map, the knot, pain that spreads to where it hurts, before and after."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QPainterPath,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QBoxLayout, QPushButton, QVBoxLayout, QWidget
from shapely import union_all

from myomap.gui.context import Context
from myomap.gui.explain.scenes import Scene, Shown
from myomap.gui.explain.screens import ScreenQuestion, wanted_screen
from myomap.gui.map.items import CrossItem, Height, ShapeItem, pen
from myomap.gui.map.panel import MapPanel
from myomap.gui.map.paths import path_of
from myomap.gui.map.zone_paths import ZonePaths, project
from myomap.gui.messages import Message
from myomap.gui.parts import column, label, row
from myomap.gui.shown import Shown as Selection
from myomap.gui.visit.sites import place_of

if TYPE_CHECKING:
    from PySide6.QtGui import QScreen

SPREAD_MS = 1800
#: A screen so much taller than wide has the words below the map.
_UPRIGHT = 1.15
#: … and a narrower one than this if it is nearly square.
_NARROW, _SQUARE = 600, 0.8
#: The words take at the most this share of a small screen.
_WORDS = 0.5
#: Type is never made smaller than this share.
_LEAST = 0.32


class Spread:
    """Pain that grows from the X to its zone, again and again when asked."""

    def __init__(self, panel: "_Panel", zones: ZonePaths) -> None:
        self._panel, self._zones = panel, zones
        self.zone = self._zone = ShapeItem(Height.ESSENTIAL)
        self._muscle = ShapeItem(Height.SELECTED)
        self._beam = ShapeItem(Height.SPILLOVER)
        self._cross: CrossItem | None = None
        for item in (self._zone, self._beam, self._muscle):
            panel.map.add_overlay(item)
        self._path, self._from = QPainterPath(), QPointF()
        self._rect = QRectF()
        self.animation = QVariantAnimation(panel)  # dies with what it paints on
        self.animation.setDuration(SPREAD_MS)
        self.animation.setStartValue(0.0)
        self.animation.setEndValue(1.0)
        self.animation.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self.animation.valueChanged.connect(self._step)

    def show(self, scene: Scene) -> None:
        """Begin with a muscle."""
        self.animation.stop()
        sheet = self._panel.map.sheet
        if self._cross is not None:
            self._panel.map.remove_overlay(self._cross)
            self._cross = None
        self._zone.setVisible(False)
        self._beam.setVisible(False)
        self._muscle.setVisible(False)
        if sheet is None:
            return
        atlas = self._panel.atlas
        self._path = QPainterPath()
        muscle = self._show_muscle(scene)
        if scene.key is None:
            self._look_at(muscle)
            return
        place = place_of(atlas, scene.key, sheet.view.figure)
        self._path = self._zones.zone(sheet.view.id, scene.key)[0]
        if place is None:
            return
        self._from = QPointF(*project(sheet.view, place.xyz))
        if self._zones.is_seen(sheet.view, place):
            self._cross = CrossItem(self._panel.map.look.map)
            self._cross.set_lit(True)
            self._cross.setPos(self._from)
            self._panel.map.add_overlay(self._cross)
        self._look_at(muscle.united(self._path.boundingRect()).united(QRectF(self._from, self._from)))
        self.animation.start()

    def _show_muscle(self, scene: Scene) -> QRectF:
        """Colour the muscle, also where it is hidden; return where it lies."""
        sheet, atlas = self._panel.map.sheet, self._panel.atlas
        assert sheet is not None
        muscle = atlas.muscles.get(scene.site.muscle)
        wanted = {scene.site.structure, *(muscle.structures if muscle else ())}
        shapes = [
            outline.shape
            for outline in atlas.silhouettes(sheet.view.id)
            if outline.key.structure in wanted and outline.key.laterality is scene.site.laterality
        ]
        path = path_of(union_all(shapes)) if shapes else QPainterPath()
        colours = self._panel.map.look.map
        self._muscle.show_path(path, pen(colours["selected_line"], 1.6), colours["selected"])
        return path.boundingRect()

    def look_again(self) -> None:
        """Come near once more: the window has another size."""
        self._look_at(self._rect)

    def _look_at(self, rect: QRectF) -> None:
        """Come near, but keep enough of the body in sight to know where one is."""
        self._rect = rect
        sheet = self._panel.map.sheet
        if sheet is None or rect.isEmpty():
            return
        page = sheet.rect
        wide = rect.adjusted(-70, -70, 70, 70).intersected(page)
        least = min(page.width(), page.height()) * 0.6
        grow_x, grow_y = max(0.0, least - wide.width()) / 2, max(0.0, least - wide.height()) / 2
        self._panel.map.show_rect(wide.adjusted(-grow_x, -grow_y, grow_x, grow_y))

    def _step(self, share: object) -> None:
        grown = float(share) if isinstance(share, float | int) else 1.0
        if self._path.isEmpty():
            return
        colours = self._panel.map.look.map
        to = self._path.boundingRect().center()
        reach = min(1.0, grown * 2)
        beam = QPainterPath(self._from)
        beam.lineTo(self._from + (to - self._from) * reach)
        line = QColor(colours["essential_line"])
        line.setAlphaF(max(0.0, 0.9 - max(0.0, grown - 0.5) * 1.8))
        self._beam.show_path(beam, pen(line, 4, Qt.PenStyle.DotLine))
        size = max(0.0, (grown - 0.4) / 0.6)
        if size <= 0.02:
            self._zone.setVisible(False)
            return
        scale = QTransform.fromTranslate(to.x(), to.y()).scale(size, size).translate(-to.x(), -to.y())
        self._zone.show_path(scale.map(self._path), pen(colours["essential_line"], 2.4), colours["essential"])


class _Panel(MapPanel):
    """A map without tools: the patient's screen has nothing to choose on it."""

    def __init__(self, context: Context, view_name: str) -> None:
        super().__init__(context, view_name)
        self.atlas = context.open_atlas()
        self.chooser.hide()
        self.note.hide()
        self._buttons.hide()


class ExplainWindow(QWidget):
    """Full screen, on the second screen if there is one. Esc closes it."""

    closed = Signal()

    def __init__(self, context: Context, shown: Shown) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Myomap")
        self.context = replace(context, shown=Selection())
        self.context.shown.set_figure(shown.figure)
        self.shown = shown
        self.at = 0
        self._gone = self._told = False
        self._on = ""
        """The name of the screen that it fills; empty until it does."""
        self.question: ScreenQuestion | None = None
        first = shown.scenes[0].view.partition(".")[2] if shown.scenes else "anterior"
        self.panel = _Panel(self.context, first)
        zones = ZonePaths(context.open_atlas())
        self.panel.set_atlas(zones)
        self.spread = Spread(self.panel, zones)
        self.title, self.text = label(""), label("")
        self.numbers = label("")
        self.more = label("")
        self.again = QPushButton("Show again")
        self.next = QPushButton("Next")
        self.close_button = QPushButton("Close")
        self._lay_out()
        self.again.clicked.connect(self.play)
        self.next.clicked.connect(self._next)
        self.close_button.clicked.connect(self.close)
        self.panel.map.sheet_changed.connect(self.play)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(30)
        self._settle.timeout.connect(self.spread.look_again)
        self.context.look.changed.connect(self._type)
        self._type()
        self.show_scene(0)

    def _lay_out(self) -> None:
        side = self._side = QWidget()
        lines: QVBoxLayout = column(side, margin=40, gap=24)
        self._lines = lines
        lines.addStretch(1)
        for widget in (self.title, self.text, self.numbers, self.more):
            lines.addWidget(widget)
        lines.addStretch(2)
        lines.addLayout(row(self.again, self.next, None, self.close_button, gap=12))
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._across.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)  # the screen says how large
        self._across.addWidget(self.panel, 1)
        self._across.addWidget(side)

    def _type(self) -> None:
        """Share the screen between map and words; all words stay on a small one, a large one is read from afar."""
        wide, high = self.width(), self.height()
        upright = high > wide * (_UPRIGHT if wide >= _NARROW else _SQUARE)
        self._across.setDirection(
            QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        )
        self._across.setContentsMargins(24, 24, 24 if upright else 0, 24)  # beside it the words have an edge
        fits = min(1.7, max(0.45, high / 860))
        if upright:
            self._side.setFixedWidth(wide - 48)
            room = round(_WORDS * high)
        else:
            column_wide = round(520 * min(max(1.0, fits), 0.4 * max(1300, wide) / 520))
            self._side.setFixedWidth(min(column_wide, max(260, round(_WORDS * wide))))
            room = high - 48
        presses = max(1.0, fits)
        self._dress(fits, presses)
        while presses > _LEAST and self._lines.minimumSize().width() > self._side.width():
            presses *= 0.93
            self._dress(fits, presses)
        while fits > _LEAST and self._lines.heightForWidth(self._side.width()) > room:
            fits *= 0.93
            self._dress(fits, presses)

    def _dress(self, fits: float, presses: float) -> None:
        """Give the words and the buttons their sizes."""
        look = self.context.look
        ink = look.chrome.text
        edge = round(40 * min(1.0, fits, self._side.width() / 520))
        self._lines.setContentsMargins(edge, edge // 2, edge, edge // 2)
        self._lines.setSpacing(round(24 * min(1.0, fits)))
        for widget, size, weight in (
            (self.title, 38, "bold"),
            (self.text, 26, "normal"),
            (self.numbers, 34, "bold"),
            (self.more, 22, "normal"),
        ):
            widget.setStyleSheet(
                f"font-size: {round(look.px(size) * fits)}px; font-weight: {weight}; color: {ink};"
            )
        for button in (self.again, self.next, self.close_button):
            button.setStyleSheet(f"font-size: {round(look.px(18) * presses)}px; padding: 6px 10px;")
            wide = max(button.sizeHint().width(), min(120, round(self._side.width() * 0.23)))
            button.setMinimumSize(wide, max(44, round(52 * presses)))
        self._lines.activate()  # the row of buttons forgets its old size only so

    # -- scenes --------------------------------------------------------------------------------
    def show_scene(self, at: int) -> None:
        """Show one muscle."""
        shown = self.shown
        if not shown.scenes:
            return
        self.at = at % len(shown.scenes)
        scene = shown.scenes[self.at]
        self.title.setText(scene.title)
        self.text.setText(scene.text)
        if shown.before is not None and shown.after is not None:
            self.numbers.setText(f"Pain before: {shown.before}\nPain now: {shown.after}")
            self.more.setText(_change_words(shown.before, shown.after))
        elif shown.before is not None:
            self.numbers.setText(f"Pain: {shown.before} of 10")
        self.next.setVisible(len(shown.scenes) > 1)
        self._type()  # other words need other room
        self.context.shown.set_layer(scene.layer)
        self.panel.show_view(scene.view.partition(".")[2])
        self.play()

    def _next(self) -> None:
        self.show_scene(self.at + 1)

    def play(self) -> None:
        """Let the pain spread once more."""
        if self.shown.scenes and not self._gone:
            self.spread.show(self.shown.scenes[self.at])

    # -- the screen ----------------------------------------------------------------------------
    def open_on(self, own: "QScreen | None") -> None:
        """Fill the screen that is wanted: as the settings say, or as is answered now."""
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenRemoved.connect(self._on_screen_removed)
        screen = wanted_screen(self.context.settings, own, QGuiApplication.screens())
        if screen is not None:
            self._fill(screen)
            return
        self.question = ScreenQuestion(self.context, self._fill, self.context.prompts.parent)
        self.question.rejected.connect(self.close)
        self.question.open()

    def _fill(self, screen: "QScreen") -> None:
        self.question = None
        self._on = screen.name()
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self.showFullScreen()
        self.setFocus()

    def _on_screen_removed(self, screen: "QScreen") -> None:
        """Leave with a screen that was unplugged: moved to another, the view would cover the records.

        Where the clinician's screen goes, the view stays: it covers the records from the patient's eyes.
        """
        if self._gone:
            return
        if self._on and screen.name() == self._on:
            self.close()
            self.context.prompts.tell(
                Message(
                    "The patient's screen was unplugged.",
                    "What it showed is closed; the visit is as it was. Press “Explain” to show it again.",
                )
            )
        elif self._on:
            self.raise_()
            self.activateWindow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._gone:
            self._type()
            self._settle.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Space):
            self._next()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._gone = True  # Qt may still resize it while it is taken down
        if self.question is not None:
            question, self.question = self.question, None
            question.close()
        self._settle.stop()
        self.panel.map.stop()
        self.spread.animation.stop()
        if not self._told:
            self._told = True
            self.closed.emit()
        super().closeEvent(event)


def _change_words(before: int, after: int) -> str:
    step = after - before
    if step == 0:
        return "The same as before."
    return f"{abs(step)} {'less' if step < 0 else 'more'} than before, on a scale from 0 to 10."
