"""The two maps beside the path: they stay through the whole visit; what a click means is the step's."""

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QSlider, QToolButton, QVBoxLayout, QWidget

from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Figure
from myomap.gui.context import Context
from myomap.gui.drawing.pad import DrawingPad
from myomap.gui.flow import Flow
from myomap.gui.icons import icon
from myomap.gui.map.pair import MapPair
from myomap.gui.map.panel import MapPanel
from myomap.gui.map.zone_paths import ZonePaths
from myomap.gui.parts import Segments, beside_icon, label, row
from myomap.gui.shown import Shown
from myomap.gui.visit.desk import Desk
from myomap.gui.visit.marks import Marks
from myomap.gui.visit.sites import is_muscle, site_at, site_of_point
from myomap.gui.words import FIGURES, LAYERS
from myomap.records.values import Sex, Site

if TYPE_CHECKING:
    from myomap.gui.shown import PointKey
    from myomap.surface.atlas_source import AtlasSource

_TOOL_WORDS = (
    ("", "pointer", "Point", "Point at structures, move the map (P)", "P"),
    ("brush", "brush", "Brush", "Draw where it hurts (B)", "B"),
    ("eraser", "eraser", "Eraser", "Take away what was drawn (E)", "E"),
    ("lasso", "lasso", "Lasso", "Go round an area (L)", "L"),
    ("region", "region", "Region", "Fill a whole region (R)", "R"),
)


def drawn_figures(atlas: "AtlasSource") -> list[Figure]:
    """Return the figures that have a map; the male one where none has."""
    found = [f for f in Figure if (v := f"{f}.anterior") in atlas.views and atlas.silhouettes(v)]
    return found or [Figure.MALE]


class BrushSize(QSlider):
    """How thick the brush is. The wheel does not change it: it is meant for the page or the map."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Maps(QWidget):
    """Two map panels with their own selection, the numbers of the sites, the drawing and its tools."""

    site_picked = Signal(object)
    """A muscle or trigger point was clicked: its Site."""
    said = Signal(str)
    """A sentence about a click that did nothing."""

    def __init__(self, context: Context, desk: Desk) -> None:
        super().__init__()
        self.context = replace(context, shown=Shown())
        self.shown = self.context.shown
        self._desk = desk
        atlas = context.open_atlas()
        self.zones = ZonePaths(atlas)
        self.pad = DrawingPad(desk, atlas, context.pool)
        self.picking = False
        self._layer_before = Layer.SUPERFICIAL
        self.panels = [MapPanel(self.context, "anterior"), MapPanel(self.context, "posterior")]
        self.marks: list[Marks] = []
        self.layers = Segments("Layer", [(e, w) for e, w in LAYERS.items()], self.shown.layer)
        self.figures = Segments("Figure", [(f, w) for f, w in FIGURES.items()], self.shown.figure)
        self.tools: dict[str, QToolButton] = {}
        self.thickness = BrushSize(Qt.Orientation.Horizontal)
        self.bar = QFrame()
        self._lay_out()
        for panel in self.panels:
            panel.set_atlas(self.zones)
            self.pad.add_map(panel.map)
            self.marks.append(Marks(panel.map, context.look, atlas))
            panel.map.picked.connect(lambda key, at, panel=panel: self._on_picked(panel, key, at))
        self.layers.chosen.connect(lambda text: self.shown.set_layer(Layer(text)))
        self.figures.chosen.connect(lambda text: self.shown.set_figure(Figure(text)))
        self.shown.layer_changed.connect(lambda: self.layers.set_current(self.shown.layer))
        self.shown.figure_changed.connect(lambda: self.figures.set_current(self.shown.figure))
        self.pad.said.connect(self.said)
        desk.opened.connect(self._on_opened)
        desk.changed.connect(lambda _: self.show_marks())
        context.look.changed.connect(self._dress)
        self._lit: Site | None = None
        self._drawn = drawn_figures(atlas)
        for figure, button in self.figures.buttons.items():
            button.setEnabled(figure in self._drawn)
        self._dress()
        self.choose_tool("")
        self.set_drawing(False)
        self._order_tabs()

    def _lay_out(self) -> None:
        self.bar.setObjectName("bar")
        line = Flow(6)  # what does not fit goes to the next line: nothing of the maps is ever covered
        self.bar.setLayout(line)
        line.setContentsMargins(12, 6, 12, 6)
        for name, picture, text, tip, keys in _TOOL_WORDS:
            button = QToolButton()
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setText(beside_icon(text))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setProperty("picture", picture)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(lambda _=False, name=name: self.choose_tool(name))
            line.addWidget(button)
            self.tools[name] = button
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda name=name: self._on_tool_key(name))
        self.thickness.setRange(3, 40)
        self.thickness.setValue(round(self.pad.radius))
        self.thickness.setFixedWidth(110)
        self.thickness.setAccessibleName("Size of the brush")
        self.size_words = label("", "small", wrap=False)
        self.thickness.valueChanged.connect(self._on_size)
        self._on_size(self.thickness.value())
        self.brush_size = QWidget()
        self.brush_size.setLayout(row(self.thickness, self.size_words, gap=6))
        line.addWidget(self.brush_size)
        line.addWidget(self.layers)
        line.addWidget(self.figures)
        settings = self.context.settings
        self.pair = MapPair(self.panels, self.context.look, alone=settings.visit_one_map)
        self.pair.alone_chosen.connect(lambda alone: setattr(settings, "visit_one_map", alone))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.bar)
        lines.addWidget(self.pair, 1)

    def _order_tabs(self) -> None:
        """Tab goes as the eye does: the bar, then each map from its head to its buttons."""
        stops: list[QWidget] = [*self.tools.values(), self.thickness]
        for segments in (self.layers, self.figures):
            stops += [*segments.buttons.values(), segments.fold]
        for panel in self.panels:
            stops += panel.tab_stops()
        for one, other in pairwise(stops):
            QWidget.setTabOrder(one, other)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Let the tools' words go and fold the layers before anything is cut; names stay in the tips."""
        line = self.bar.layout()
        assert line is not None
        room = self.width() - line.contentsMargins().left() - line.contentsMargins().right()
        styles = Qt.ToolButtonStyle
        for button in self.tools.values():
            button.setToolButtonStyle(styles.ToolButtonTextBesideIcon)
        worded = sum(button.sizeHint().width() + 6 for button in self.tools.values())
        for button in self.tools.values():
            button.setToolButtonStyle(
                styles.ToolButtonTextBesideIcon if worded <= room else styles.ToolButtonIconOnly
            )
        layers = {on: self.layers.wanted_width(folded=on) for on in (False, True)}
        figures = {on: self.figures.wanted_width(folded=on) for on in (False, True)}
        self.layers.set_folded(layers[False] + 6 + figures[False] > room)
        if self.drawing:  # folded where that keeps all tools in one line
            tools = worded if worded <= room else sum(b.sizeHint().width() + 6 for b in self.tools.values())
            tools += self.brush_size.sizeHint().width() + 6
            self.figures.set_folded(tools + figures[True] <= room < tools + figures[False])
        else:
            self.figures.set_folded(layers[True] + 6 + figures[False] > room)

    def _dress(self) -> None:
        if self.isVisible():
            self._make_room()
        for button in self.tools.values():
            button.setIcon(icon(button.property("picture"), self.context.look.chrome.text, 18))
        self.show_marks()

    def show_view(self, name: str) -> None:
        """Show a view on the second map, or on the only one."""
        panel = next((each for each in self.panels if each.view_name == name), self.panels[-1])
        panel.show_view(name)
        self.pair.bring(panel)

    # -- drawing -------------------------------------------------------------------------------
    def set_drawing(self, on: bool) -> None:
        """Show the drawing tools (or put them away); drawing happens on the skin."""
        if on == self.drawing and on:
            return
        for widget in (*self.tools.values(), self.brush_size):
            widget.setVisible(on)
        self.layers.setVisible(not on)
        if on:
            self._layer_before = self.shown.layer
            self.shown.set_layer(Layer.SKIN)
            self.shown.select(None)
            self.choose_tool("brush")
            self._make_room()
        else:
            self.choose_tool("")
            if self.shown.layer is Layer.SKIN:
                self.shown.set_layer(self._layer_before)
            self._make_room()

    @property
    def drawing(self) -> bool:
        """Tell whether the drawing tools are at hand."""
        return not self.brush_size.isHidden()

    def _on_tool_key(self, name: str) -> None:
        if self.drawing:
            self.choose_tool(name)

    def choose_tool(self, name: str) -> None:
        """Take a drawing tool in hand, or the pointer."""
        self.tools[name].setChecked(True)
        self.pad.choose_tool(name)

    def _on_size(self, value: int) -> None:
        self.pad.radius = float(value)
        self.size_words.setText(f"{2 * value} mm")

    # -- picking -------------------------------------------------------------------------------
    def _on_picked(self, panel: MapPanel, key: StructureKey | None, at: QPointF) -> None:
        if not self.picking or self.drawing:
            return
        view = panel.view
        if view is None:
            return
        cross = panel.picked_point  # not asked now: the click itself has drawn the muscle's own by this time
        if cross is not None:
            self.site_picked.emit(
                site_of_point(self.context.open_atlas(), cross, self.shown.figure, (view.id,))
            )
            return
        atlas = self.context.open_atlas()
        if key is None:
            return
        if not is_muscle(atlas, key):
            name = atlas.structures[key.structure].name_en if key.structure in atlas.structures else "That"
            self.said.emit(f"{name} is not a muscle. Click a muscle, or choose another layer.")
            return
        self.site_picked.emit(site_at(atlas, key, view.id, at))

    # -- what is shown -------------------------------------------------------------------------
    def light(self, site: Site | None) -> None:
        """Show a site's muscle and pattern, and its number large."""
        from myomap.gui.shown import PointKey

        self._lit = site
        if site is None:
            self.shown.select(None)
        else:
            atlas = self.context.open_atlas()
            point = atlas.trigger_points.get(site.trigger_point)
            key = PointKey(point.id, site.laterality) if point is not None else None
            self.shown.choose_point(site.key, key)
        self.show_marks()

    def site_of_point(self, key: "PointKey") -> Site:
        """Return the site of a trigger point, in a view on show if it is seen there."""
        views = [panel.view.id for panel in self.panels if panel.view is not None]
        return site_of_point(self.context.open_atlas(), key, self.shown.figure, views)

    def show_marks(self) -> None:
        """Draw the numbers of what was found and needled."""
        for marks in getattr(self, "marks", []):
            marks.show(self._desk.record, getattr(self, "_lit", None))

    def _on_opened(self) -> None:
        self._lit = None
        self._layer_before = Layer.SUPERFICIAL
        self.shown.set_layer(Layer.SUPERFICIAL)
        self.shown.select(None)
        patient = self._desk.patient
        if patient is not None and patient.sex in (Sex.FEMALE, Sex.MALE):
            wanted = Figure(patient.sex.value)
            self.shown.set_figure(wanted if wanted in self._drawn else self._drawn[0])
        self.show_marks()
        for panel in self.panels:
            panel.map.fit()
