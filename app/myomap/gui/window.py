"""The one window: a slim rail on the left and the places; palette, theme, errors."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from myomap.gui.atlas.place import AtlasPlace
from myomap.gui.commands import ALSO, add_commands
from myomap.gui.context import Context
from myomap.gui.finder import PALETTE_KEYS, CommandPalette, PassKeys
from myomap.gui.messages import Message
from myomap.gui.parts import column, label
from myomap.gui.rail import Rail
from myomap.gui.settings import save
from myomap.gui.theme import ThemeName

if TYPE_CHECKING:
    from myomap.gui.clinic import Clinic
    from myomap.lookup.search import Entry, Found, SearchIndex
    from myomap.surface.atlas_source import AtlasSource

_THEMES = (
    (ThemeName.SYSTEM, "As the system"),
    (ThemeName.LIGHT, "Light"),
    (ThemeName.DARK, "Dark"),
    (ThemeName.HIGH_CONTRAST, "High contrast"),
)
_SIZES = ((0.9, "Small text"), (1.0, "Normal text"), (1.25, "Large text"), (1.5, "Very large text"))

#: The smallest window, in logical pixels: what a 1366 × 768 screen leaves at 150 %.
LEAST = (860, 440)
#: A longer text is no search: not all of its words are tried one by one.
_MOST_WORDS = 6
#: How long after the Visit was first shown the first report is prepared.
_WARM_UP_MS = 2500


class MainWindow(QMainWindow):
    """Holds the places. Places are added by bootstrap; only the Atlas is there from the start."""

    atlas_ready = Signal()
    closing = Signal()
    patient_found = Signal(str)
    """A patient was chosen in the palette: the id."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        context.prompts.parent = self
        self.setWindowTitle("Myomap")
        self.resize(1440, 900)
        self.setMinimumSize(*LEAST)
        self.clinic: Clinic | None = None
        self._places: dict[str, QWidget] = {}
        self._index: SearchIndex | None = None
        self._palette: CommandPalette | None = None
        self._actions: dict[str, tuple[str, Callable[[], object]]] = {}
        self._also: dict[str, tuple[str, ...]] = {}
        self._finders: list[Callable[[str], list[Found]]] = []
        self._warmed = False
        self._rail = Rail(context.look)
        self._rail_group = QButtonGroup(self)
        self._rail_buttons: dict[str, QToolButton] = {}
        self._theme_button = self._rail.add_deed("theme", "Look")
        self._theme_button.clicked.connect(self._show_look_menu)
        self.stack = QStackedWidget()
        self._top = QWidget()
        across = QHBoxLayout(self._top)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self._rail)
        across.addWidget(self.stack, 1)
        self.setCentralWidget(self._top)
        self.atlas_place = AtlasPlace(context)
        self.add_place("atlas", "Atlas", "atlas", self.atlas_place)
        self._keys()
        self._passer = PassKeys(self)
        add_commands(self)
        context.look.changed.connect(self._rail.dress)
        if context.settings.geometry:
            self.restoreGeometry(QByteArray.fromBase64(context.settings.geometry.encode()))

    # -- places --------------------------------------------------------------------------------

    def add_place(self, name: str, title: str, picture: str, place: QWidget) -> None:
        """Add a place with its button in the rail, below those that are there."""
        button = self._rail.add_place(picture, title)
        self._rail_group.addButton(button)
        self._rail_buttons[name] = button
        self._places[name] = place
        self.stack.addWidget(place)
        button.setToolTip(f"{title} (Ctrl+{len(self._places)})")
        shortcut = QShortcut(QKeySequence(f"Ctrl+{len(self._places)}"), self)
        shortcut.activated.connect(lambda: self.go_to(name))
        button.clicked.connect(lambda: self.go_to(name))
        self.add_action(f"go-{name}", f"Go to {title}", lambda: self.go_to(name))
        if len(self._places) == 1:
            self.go_to(name)

    def add_rail_button(self, title: str, picture: str, tip: str, deed: Callable[[], object]) -> QToolButton:
        """Add a button that does something at the foot of the rail, above the look."""
        button = self._rail.add_deed(picture, title)
        button.setToolTip(tip)
        button.clicked.connect(lambda: deed())
        return button

    def go_to(self, name: str) -> None:
        """Show a place."""
        self.stack.setCurrentWidget(self._places[name])
        self._rail_buttons[name].setChecked(True)
        if name == "visit" and not self._warmed:
            self._warmed = True
            QTimer.singleShot(_WARM_UP_MS, self, self._warm_up)

    def _warm_up(self) -> None:
        """Make the first report of the day as quick as the others, while nobody waits for it."""
        atlas, figure = self.context.atlas, self.context.shown.figure
        if atlas is None:
            return
        patient = self.clinic.desk.patient if self.clinic is not None else None

        def make() -> None:
            from myomap.report.visit_report import figure_of
            from myomap.report.warm_up import warm_up

            warm_up(atlas, figure if patient is None else figure_of(patient))

        # nothing hangs on it: the report itself would say what is wrong
        self.context.pool.run(make, lambda _: None, lambda _: None, owner=self, priority=-1)

    def has_place(self, name: str) -> bool:
        """Tell whether a place has been added."""
        return name in self._places

    @property
    def place(self) -> str:
        """Return the name of the place on show."""
        return next(name for name, widget in self._places.items() if widget is self.stack.currentWidget())

    # -- the atlas -----------------------------------------------------------------------------

    def set_atlas(self, atlas: "AtlasSource") -> None:
        """Take the open atlas and bring the maps to life."""
        from myomap.gui.map.plate import Tones
        from myomap.gui.map.sheet import SheetShelf
        from myomap.gui.map.zone_paths import ZonePaths

        context = self.context
        context.atlas = atlas
        context.shelf = SheetShelf(atlas)
        context.tones = Tones()
        self.atlas_place.set_atlas(ZonePaths(atlas))
        self.atlas_place.search.set_search(self.search)
        self.atlas_ready.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.focusWidget() is None or self.focusWidget() is self._theme_button:
            self.atlas_place.panels[0].map.setFocus()

    def show_failure(self, message: Message) -> None:
        """Fill the window with one sentence: nothing can be done without the atlas."""
        page = QWidget()
        page.setObjectName("page")
        lines = column(page, margin=48, gap=12)
        lines.addStretch(1)
        title = label(message.title, "title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text = label(message.text, "subtitle")
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        lines.addWidget(title)
        lines.addWidget(text)
        lines.addStretch(2)
        self.setCentralWidget(page)
        title.setAccessibleDescription("Myomap cannot go on")

    # -- finding and doing ---------------------------------------------------------------------

    def add_action(
        self, id: str, title: str, deed: Callable[[], object], keys: str = "", also: Sequence[str] = ()
    ) -> None:
        """Make something findable in the palette, with a shortcut of its own if ``keys`` says so.

        ``also`` are other words by which people look for it.
        """
        self._actions[id] = (f"{title}  ({keys})" if keys else title, deed)
        self._also[id] = (*also, *ALSO.get(id, ()))
        self._index = None
        if keys:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda: deed())

    def add_finder(self, finder: "Callable[[str], list[Found]]") -> None:
        """Let the palette also find what another place knows (patients); results come first."""
        self._finders.append(finder)

    def _entries(self) -> "Sequence[Entry]":
        from myomap.lookup.search import Entry, Kind

        made = []
        for id, (title, _) in self._actions.items():
            name, _, keys = title.partition("  (")
            made.append(Entry(Kind.ACTION, id, name, keys.rstrip(")"), (name, *self._also[id])))
        return made

    def search(self, text: str) -> "list[Found]":
        """Return what matches a text; for an empty one the actions."""
        from myomap.lookup.search import Found, build

        if self.context.atlas is None:
            return []
        if self._index is None:
            self._index = build(self.context.atlas, self._entries())
        if not text.strip():
            return [Found(entry, None, 0.0) for entry in self._entries()]
        others = [hit for finder in self._finders for hit in finder(text)]
        found = others[:5] + self._index.search(text, 14)
        return found or self._nearly(text)

    def _nearly(self, text: str) -> "list[Found]":
        """Return what matches all words but one, for a text of which nothing matches every word."""
        assert self._index is not None
        words = text.split()
        if not 1 < len(words) <= _MOST_WORDS:
            return []
        found: dict[tuple[str, str], Found] = {}
        for left_out in range(len(words)):
            for hit in self._index.search(" ".join(w for at, w in enumerate(words) if at != left_out), 6):
                known = found.get((hit.entry.kind, hit.entry.id))
                if known is None or known.score < hit.score:
                    found[(hit.entry.kind, hit.entry.id)] = hit
        return sorted(found.values(), key=lambda hit: -hit.score)[:8]

    def open_found(self, found: "Found") -> None:
        """Go where a search result leads, or do the action."""
        from myomap.lookup.search import Kind

        if found.entry.kind is Kind.ACTION:
            self._actions[found.entry.id][1]()
        elif found.entry.kind is Kind.PATIENT:
            self.patient_found.emit(found.entry.id)
        else:
            self.go_to("atlas")
            self.atlas_place.open_found(found)

    def show_palette(self) -> None:
        """Open the command palette."""
        if self._palette is not None or self.context.atlas is None:
            return
        self._palette = CommandPalette(self.context.look, self.search, self)
        self._palette.chosen.connect(self.open_found)
        self._palette.closed.connect(self._on_palette_closed)

    def _on_palette_closed(self) -> None:
        self._palette = None

    def _keys(self) -> None:
        look = self.context.look
        self.add_action("find", "Search the atlas", self._focus_search, "Ctrl+F")
        for keys in PALETTE_KEYS:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(self.show_palette)
        shown = self.context.shown
        for number, layer in enumerate(type(shown.layer), start=1):
            self.add_action(
                f"layer-{layer}",
                f"Show the {layer} layer",
                partial(shown.set_layer, layer),
                f"Alt+{number}",
            )
        for figure in type(shown.figure):
            self.add_action(
                f"figure-{figure}",
                f"Show the {figure} figure",
                partial(shown.set_figure, figure),
            )
        self.add_action(
            "warnings", "Show or hide lung and kidney", lambda: shown.set_warnings(not shown.warnings)
        )
        self.add_action("fit", "Show the whole views", self._fit)
        self.add_action("deselect", "Choose nothing", lambda: shown.select(None))
        for theme, words in _THEMES:
            self.add_action(
                f"theme-{theme}",
                f"Theme: {words.lower()}",
                partial(self._choose_look, theme=theme),
            )
        self.add_action(
            "larger", "Larger text", lambda: self._choose_look(scale=look.text_scale + 0.1), "Ctrl++"
        )
        self.add_action(
            "smaller", "Smaller text", lambda: self._choose_look(scale=look.text_scale - 0.1), "Ctrl+-"
        )
        self.add_action(
            "colours",
            "Colours for colour-blind users",
            lambda: self._choose_look(blind=not look.colour_blind),
        )

    def _focus_search(self) -> None:
        self.go_to("atlas")
        self.atlas_place.search.setFocus()
        self.atlas_place.search.selectAll()

    def _fit(self) -> None:
        for panel in self.atlas_place.panels:
            panel.map.fit()

    # -- look ----------------------------------------------------------------------------------

    def _show_look_menu(self) -> None:
        look = self.context.look
        menu = QMenu(self)
        themes = QActionGroup(menu)
        for theme, words in _THEMES:
            action = self._checkable(menu, words, look.chosen is theme)
            themes.addAction(action)
            action.triggered.connect(lambda _=False, theme=theme: self._choose_look(theme=theme))
        menu.addSeparator()
        sizes = QActionGroup(menu)
        for scale, words in _SIZES:
            action = self._checkable(menu, words, abs(look.text_scale - scale) < 0.01)
            sizes.addAction(action)
            action.triggered.connect(lambda _=False, scale=scale: self._choose_look(scale=scale))
        menu.addSeparator()
        action = self._checkable(menu, "Colours for colour-blind users", look.colour_blind)
        action.triggered.connect(lambda on: self._choose_look(blind=on))
        menu.popup(self._theme_button.mapToGlobal(self._theme_button.rect().topRight()))

    @staticmethod
    def _checkable(menu: QMenu, words: str, on: bool) -> QAction:
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(on)
        return action

    def _choose_look(
        self, *, theme: ThemeName | None = None, scale: float | None = None, blind: bool | None = None
    ) -> None:
        look, settings = self.context.look, self.context.settings
        look.choose(theme, text_scale=scale, colour_blind=blind)
        settings.theme, settings.text_scale = str(look.chosen), look.text_scale
        settings.colour_blind = look.colour_blind
        save(self.context.home, settings)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        self.atlas_place.keep_first_look()
        self.context.settings.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        save(self.context.home, self.context.settings)
        self.context.pool.stop()
        super().closeEvent(event)


class EmptyPlace(QWidget):
    """A place with nothing in it yet: a title and one sentence that says what to do."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.setObjectName("page")
        lines = column(self, margin=48, gap=12)
        lines.addStretch(1)
        for made in (label(title, "title"), label(text, "subtitle")):
            made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            lines.addWidget(made)
        lines.addStretch(2)
        self.title = title
