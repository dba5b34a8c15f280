"""The Atlas: two maps side by side, the tree on the left, the inspector on the right, the bar on top."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.gui.atlas.drawer import Drawer
from myomap.gui.atlas.inspector import Inspector
from myomap.gui.atlas.tree import MuscleTree
from myomap.gui.atlas.turning import Turner
from myomap.gui.context import Context
from myomap.gui.finder import SearchBox
from myomap.gui.icons import icon
from myomap.gui.map.figures import view_of
from myomap.gui.map.first_look import keep
from myomap.gui.map.pair import MapPair
from myomap.gui.map.panel import MapPanel
from myomap.gui.parts import Segments, beside_icon
from myomap.gui.shown import PointKey
from myomap.gui.words import FIGURES, LAYERS

if TYPE_CHECKING:
    from myomap.gui.map.zone_paths import ZonePaths
    from myomap.lookup.search import Found


class AtlasPlace(QWidget):
    """Works without any patient. Built before the atlas is open; `set_atlas` brings it to life."""

    settled = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setObjectName("page")
        self.zones: ZonePaths | None = None
        self.inspector = Inspector(context)
        self.tree = MuscleTree(context, self.inspector)
        self.panels = [
            MapPanel(context, context.settings.left_view),
            MapPanel(context, context.settings.right_view),
        ]
        self.search = SearchBox(context.look)
        self.layers = Segments(
            "Layer", [(layer, words) for layer, words in LAYERS.items()], context.shown.layer
        )
        self.figures = Segments("Figure", [(f, words) for f, words in FIGURES.items()], context.shown.figure)
        self.warnings = self._toggle("warning", "Lung and kidney", "Show what a needle can reach (W)")
        self.tree_button = self._toggle("tree", "", "Show or hide the list of muscles (Ctrl+T)")
        self._lay_out()
        self._order_tabs()
        self._connect()
        self._dress()

    def _toggle(self, name: str, text: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setCheckable(True)
        made.setText(beside_icon(text) if text else "")
        made.setToolTip(tip)
        made.setAccessibleName(text or tip)
        made.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        made.setProperty("picture", name)
        return made

    def _lay_out(self) -> None:
        bar = QFrame()
        bar.setObjectName("bar")
        line = QHBoxLayout(bar)
        line.setContentsMargins(12, 8, 16, 8)
        line.setSpacing(12)
        self.search.setMinimumWidth(110)
        line.addWidget(self.tree_button)
        line.addWidget(self.search, 8)
        line.addStretch(1)
        for widget in (self.layers, self.figures, self.warnings):
            line.addWidget(widget)
        self._bar, self._bar_line = bar, line
        self.maps = maps = MapPair(
            self.panels, self._context.look, alone=self._context.settings.atlas_one_map
        )
        self.turner = Turner(self._context, maps, self.panels)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.setHandleWidth(1)
        self._across.setChildrenCollapsible(False)
        for part, stretch in ((self.tree, 0), (maps, 1), (self.inspector, 0)):
            self._across.addWidget(part)
            self._across.setStretchFactor(self._across.count() - 1, stretch)
        self._across.splitterMoved.connect(self._on_moved)
        self._moved = False
        self.drawer = Drawer(self.tree, self._across, self, button=self.tree_button)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(bar)
        lines.addWidget(self._across, 1)

    def _order_tabs(self) -> None:
        """Tab goes as the eye does: bar, tree, maps, inspector."""
        stops: list[QWidget] = [self.tree_button, self.search]
        for segments in (self.layers, self.figures):
            stops += [*segments.buttons.values(), segments.fold]
        stops += [self.warnings, *self.tree.side.buttons.values(), self.tree.pin, self.tree.tree]
        for panel in self.panels:
            stops += panel.tab_stops()
        for one, other in pairwise(stops):
            QWidget.setTabOrder(one, other)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back a step: from the point to its muscle, then to the list that led there or to nothing."""
        shown = self._context.shown
        if event.key() != Qt.Key.Key_Escape or event.modifiers():
            super().keyPressEvent(event)
        elif shown.point is not None:
            shown.choose_point(shown.selected, None)
        elif not self.inspector.back_to_list():
            shown.select(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_room()  # the text may have grown while another place was on show

    def _make_room(self) -> None:
        """Fold what has no room: first words and choices of the bar, then the tree, then the second map.

        Only the window's size and the text's decide, never what is shown: nothing folds under somebody's hands.
        """
        look, settings = self._context.look, self._context.settings
        self.search.setMaximumWidth(look.px(380))
        self._fold_bar()
        tree = max(look.px(215), self.tree.minimumSizeHint().width())
        least = self.maps.least * (1 if settings.atlas_one_map else 2) + 40
        inspector = min(look.px(300), round(self.width() * 0.48))
        self.tree.setMinimumWidth(tree)
        self.inspector.setMinimumWidth(inspector)
        roomy = self.width() >= tree + least + inspector + 2
        beside_one = not roomy and self.width() >= tree + self.maps.least + 40 + inspector + 2
        self.tree.offer_pin(beside_one, settings.tree_pinned)
        pinned = beside_one and settings.tree_pinned
        self.drawer.dock(roomy or pinned, shown=settings.tree_shown or pinned)
        self.tree_button.setChecked(self.drawer.is_seen)
        top = self._bar.sizeHint().height()
        self._share_room(top, tree, inspector, least)
        self.drawer.place(QRect(0, top, min(look.px(290), round(self.width() * 0.7)), self.height() - top))

    def _share_room(self, top: int, tree: int, inspector: int, least: int) -> None:
        """Give the maps what they can use: the inspector takes less than it likes for it, the tree what is left.

        Whoever moves a handle has decided: from then on the sizes are theirs.
        """
        if self._moved:
            return
        px = self._context.look.px
        listed = self.drawer.is_docked and self.drawer.is_seen
        rest = self.width() - self.maps.wanted_width(self.height() - top) - 2
        floor = max(inspector, min(px(320), round(self.width() * 0.48)))
        read = min(px(372), max(floor, rest - (px(248) if listed else 0)))
        side = min(px(248), max(tree, self.width() - least - read - 2)) if listed else 0
        sizes = [self.width() - side - read, read]
        self._across.setSizes([side, *sizes] if self.drawer.is_docked else sizes)

    def _on_moved(self) -> None:
        self._moved = True

    def _fold_bar(self) -> None:
        """Let words go from the bar, then fold its choices to menus, before anything is cut."""
        line = self._bar_line
        edge = line.contentsMargins().left() + line.contentsMargins().right() + 6 * line.spacing()
        room = self.width() - edge - self.tree_button.sizeHint().width() - self._context.look.px(150)
        styles = Qt.ToolButtonStyle
        for words, *folded in (
            (True, False, False),
            (False, False, False),
            (False, True, False),
            (False, True, True),
        ):
            self.warnings.setToolButtonStyle(
                styles.ToolButtonTextBesideIcon if words else styles.ToolButtonIconOnly
            )
            parts = list(zip((self.layers, self.figures), folded, strict=True))
            needed = self.warnings.sizeHint().width()
            if needed + sum(part.wanted_width(folded=on) for part, on in parts) <= room:
                break
        for part, on in parts:
            part.set_folded(on)

    def _connect(self) -> None:
        shown = self._context.shown
        self.layers.chosen.connect(lambda text: shown.set_layer(Layer(text)))
        self.figures.chosen.connect(lambda text: shown.set_figure(Figure(text)))
        self.warnings.toggled.connect(shown.set_warnings)
        self.tree_button.clicked.connect(self._on_tree_asked)
        self.drawer.changed.connect(lambda: self.tree_button.setChecked(self.drawer.is_seen))
        self.tree.chosen.connect(self.drawer.close)
        self.tree.pinned.connect(self._on_pinned)
        self.tree.chosen.connect(self.turner.reveal)
        self.maps.alone_chosen.connect(self._on_alone)
        shown.layer_changed.connect(lambda: self.layers.set_current(shown.layer))
        shown.figure_changed.connect(lambda: self.figures.set_current(shown.figure))
        shown.warnings_changed.connect(lambda: self.warnings.setChecked(shown.warnings))
        self.search.chosen.connect(self.open_found)
        self.search.went_on.connect(self.inspector.take_keyboard)
        self.inspector.wanted_view.connect(self.turner.show_chosen)
        self.inspector.revealed.connect(self.turner.reveal)
        self.inspector.listed.connect(self.turner.show_points)
        self._context.look.changed.connect(self._dress)
        for panel in self.panels:
            panel.point_picked.connect(self._on_point_picked)
            panel.view_chosen.connect(self._remember)
            panel.save.show()
            panel.save_asked.connect(partial(self._save, panel))
            panel.map.sheet_changed.connect(self.settled)
        shown.layer_changed.connect(self._remember)
        shown.figure_changed.connect(self._remember)
        for keys, deed in (
            ("W", lambda: shown.set_warnings(not shown.warnings)),
            ("Ctrl+T", self.tree_button.click),
            ("Ctrl+M", self.maps.toggle_alone),
            ("Ctrl+Shift+M", self.maps.turn),
            ("F6", partial(self._go_on, 1)),
            ("Shift+F6", partial(self._go_on, -1)),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(
                Qt.ShortcutContext.WindowShortcut
            )  # from the rail too, while this place is on show
            shortcut.activated.connect(deed)

    def _go_on(self, by: int) -> None:
        """Take the keyboard to the next part of the page: search, list, maps, what is chosen."""
        focus = QApplication.focusWidget() or self
        maps = [panel for panel in self.panels if self.maps.is_on_show(panel)]
        parts: list[tuple[QWidget, Callable[[], None]]] = [(self._bar, self.search.setFocus)]
        if self.tree.isVisible():
            parts.append((self.tree, self.tree.tree.setFocus))
        parts += [(panel, panel.map.setFocus) for panel in maps]
        parts.append((self.inspector, self.inspector.take_keyboard))
        at = next((n for n, (part, _) in enumerate(parts) if part.isAncestorOf(focus)), -1 if by > 0 else 0)
        parts[(at + by) % len(parts)][1]()

    def _dress(self) -> None:
        if self.isVisible():
            self._make_room()
        for button in (self.warnings, self.tree_button):
            button.setIcon(icon(button.property("picture"), self._context.look.chrome.text, 18))

    def _remember(self) -> None:
        settings, shown = self._context.settings, self._context.shown
        settings.left_view, settings.right_view = (panel.view_name for panel in self.panels)
        settings.layer, settings.figure = str(shown.layer), str(shown.figure)

    def _save(self, panel: MapPanel) -> None:
        from myomap.gui.atlas.export import save_map

        save_map(self._context, panel)

    def _on_tree_asked(self) -> None:
        """Show or hide the tree. Beside the maps that is remembered; a drawer is for this once."""
        on = not self.drawer.is_seen
        if self.drawer.is_docked and not self.tree.pin.isHidden():
            self._on_pinned(False)
        elif self.drawer.is_docked:
            self._context.settings.tree_shown = on
            self._make_room()
        elif on:
            self.drawer.draw_out()
            self.tree.tree.setFocus()
        else:
            self.drawer.close()
        self.tree_button.setChecked(self.drawer.is_seen)

    def _on_pinned(self, on: bool) -> None:
        """Keep the tree open beside one map, or let it be a drawer again."""
        self._context.settings.tree_pinned = on
        self._make_room()
        if on:
            self.tree.tree.setFocus()

    def _on_alone(self, alone: bool) -> None:
        self._context.settings.atlas_one_map = alone
        self._make_room()

    def _on_point_picked(self, key: PointKey) -> None:
        self.inspector.choose_point(key)

    def set_atlas(self, zones: "ZonePaths") -> None:
        """Begin with the open atlas."""
        atlas = self._context.open_atlas()
        self.zones = zones
        for panel, name in zip(self.panels, ("anterior", "posterior"), strict=True):
            if view_of(atlas, self._context.shown.figure, panel.view_name) is None:
                panel.view_name = name
            panel.set_atlas(zones)
        self.tree.set_atlas(atlas)
        self.inspector.refresh()

    def keep_first_look(self) -> None:
        """Keep the plates on show for the next start."""
        colours = self._context.look.map.name
        for panel in self.panels:
            sheet, plate = panel.map.sheet, panel.map.plate_image()
            if sheet is not None and not plate.isNull():
                keep(self._context.home, sheet.view.id, str(sheet.layer), colours, plate)

    def show_chosen(self) -> None:
        """Turn to a layer and a view in which what is chosen is seen; the best view is found off-thread."""
        self.turner.show_chosen()

    def open_found(self, found: "Found") -> None:
        """Show what a search has found, and turn to where it is seen if it is not."""
        self.inspector.open_found(found)
        self.turner.reveal()
