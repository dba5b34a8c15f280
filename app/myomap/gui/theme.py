"""Colours, type and spacing of the window, and the colours of the maps, by token and theme.

The map's colours are those of `myomap.palette`. Colours are pairs of a token and a theme, never literals
in widgets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QScrollBar
from shiboken6 import isValid

from myomap.anatomy.structures import StructureKind
from myomap.palette import fill_token, palette
from myomap.resources import fonts

FAMILY = "Atkinson Hyperlegible"
#: Distances are multiples of this many pixels.
GRID = 8


class ThemeName(StrEnum):
    """What can be chosen in the settings."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high_contrast"


@dataclass(frozen=True, slots=True)
class Chrome:
    """Colours of everything round the maps; text on its ground has at least 4.5 : 1."""

    window: str
    panel: str
    raised: str
    text: str
    muted: str
    border: str
    strong_border: str
    accent: str
    on_accent: str
    accent_soft: str
    hover: str
    rail: str
    rail_text: str
    rail_on: str
    danger: str
    danger_soft: str
    caution: str
    caution_soft: str
    good: str
    good_soft: str
    focus: str
    disabled: str


_LIGHT = Chrome(
    window="#f2f0eb", panel="#ffffff", raised="#faf9f6", text="#1c2126", muted="#565e67", border="#e2ded5",
    strong_border="#b9b3a7", accent="#0b5f6e", on_accent="#ffffff", accent_soft="#dfeef0", hover="#f0eee8",
    rail="#12343b", rail_text="#c9d8da", rail_on="#ffffff", danger="#a3241c", danger_soft="#fbe9e7",
    caution="#7a4d00", caution_soft="#fdf1d8", good="#1f6a3a", good_soft="#e3f3e8", focus="#0b6fd0", disabled="#6f6a61",
)  # fmt: skip
_DARK = Chrome(
    window="#121417", panel="#1b1e22", raised="#22262b", text="#e9e6e0", muted="#a9b0b8", border="#2e3339",
    strong_border="#525a63", accent="#63c3d1", on_accent="#06262b", accent_soft="#163a41", hover="#272c32",
    rail="#0c1214", rail_text="#9fb0b3", rail_on="#ffffff", danger="#ff9c92", danger_soft="#40201d",
    caution="#f0c062", caution_soft="#3a2e14", good="#86d3a0", good_soft="#18351f", focus="#7ab8ff", disabled="#8b949d",
)  # fmt: skip
_HIGH_CONTRAST = Chrome(
    window="#000000", panel="#000000", raised="#000000", text="#ffffff", muted="#ffffff", border="#ffffff",
    strong_border="#ffffff", accent="#ffe14a", on_accent="#000000", accent_soft="#33300a", hover="#2b2b2b",
    rail="#000000", rail_text="#ffffff", rail_on="#ffe14a", danger="#ff9c92", danger_soft="#000000",
    caution="#ffe14a", caution_soft="#000000", good="#9df0b5", good_soft="#000000", focus="#ffe14a", disabled="#a6a6a6",
)  # fmt: skip


def colour(text: str) -> QColor:
    """Return the colour that ``#rrggbb`` or ``#rrggbbaa`` names (Qt itself reads #aarrggbb)."""
    made = QColor(text[:7])
    if len(text) == 9:
        made.setAlpha(int(text[7:], 16))
    return made


class MapColours:
    """Colours of a map by token."""

    def __init__(self, name: str, tokens: Mapping[str, str]) -> None:
        self.name = name
        self._colours = {token: colour(text) for token, text in tokens.items()}

    def __getitem__(self, token: str) -> QColor:
        """Return the colour of a token."""
        return self._colours[token]

    def fill(self, structure: str, kind: StructureKind) -> QColor:
        """Return the flat fill of a structure; a muscle's red follows from its id alone."""
        return self._colours[fill_token(structure, kind)]


@dataclass(frozen=True)
class Theme:
    """One look of the whole window."""

    name: ThemeName
    chrome: Chrome
    dark: bool
    map_set: str

    @cached_property
    def map(self) -> MapColours:
        """Return the map's colours."""
        tokens = dict(palette(self.map_set))
        if self.name is ThemeName.HIGH_CONTRAST:
            tokens |= {"paper": "#000000", "side_letter": "#ffffff"}
        return MapColours(f"{self.name}.{self.map_set}", tokens)


def make_theme(name: ThemeName, *, colour_blind: bool = False) -> Theme:
    """Return a theme; SYSTEM follows what the desktop says."""
    if name is ThemeName.SYSTEM:
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        name = ThemeName.DARK if dark else ThemeName.LIGHT
    if name is ThemeName.HIGH_CONTRAST:
        return Theme(name, _HIGH_CONTRAST, True, "dark")
    if name is ThemeName.DARK:
        return Theme(name, _DARK, True, "dark")
    return Theme(name, _LIGHT, False, "colour_blind" if colour_blind else "light")


def add_fonts() -> None:
    """Make the shipped typeface known to Qt; without it the system's font is used."""
    for path in sorted(fonts().glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


class Look(QObject):
    """The theme and text size in use; whoever paints for himself listens to `changed`."""

    changed = Signal()

    def __init__(self, name: ThemeName = ThemeName.SYSTEM, text_scale: float = 1.0) -> None:
        super().__init__()
        self.chosen = name
        self.colour_blind = False
        self.text_scale = text_scale
        self.theme = make_theme(name)

    def follow_desktop(self) -> None:
        """Change with the desktop between light and dark while the theme is “as the system”."""
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_desktop_changed)

    def _on_desktop_changed(self) -> None:
        if self.chosen is ThemeName.SYSTEM and make_theme(ThemeName.SYSTEM).name is not self.theme.name:
            self.choose()

    @property
    def chrome(self) -> Chrome:
        """Return the colours round the maps."""
        return self.theme.chrome

    @property
    def map(self) -> MapColours:
        """Return the colours of the maps."""
        return self.theme.map

    def px(self, size: float) -> int:
        """Return a length or type size in pixels at the chosen text size."""
        return round(size * self.text_scale)

    def choose(
        self,
        name: ThemeName | None = None,
        *,
        text_scale: float | None = None,
        colour_blind: bool | None = None,
    ) -> None:
        """Take another theme, text size or map colours, dress the application and tell everybody."""
        self.chosen = self.chosen if name is None else name
        self.text_scale = self.text_scale if text_scale is None else min(2.0, max(0.8, text_scale))
        self.colour_blind = self.colour_blind if colour_blind is None else colour_blind
        self.theme = make_theme(self.chosen, colour_blind=self.colour_blind)
        self.dress()
        self.changed.emit()

    def dress(self) -> None:
        """Give the application this look."""
        from myomap.gui.style import stylesheet

        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        font = QFont(FAMILY)
        font.setPixelSize(self.px(14))
        app.setFont(font)
        app.setPalette(_palette(self.chrome))
        sheet = stylesheet(self.chrome, self.px)
        if sheet != app.styleSheet():
            # A sheet put over another is worked out for a widget once for each of its parents, one put on where none
            # is for each widget once (Qt 6.11): 1,838 widgets took 1.4 s of CPU, and take 0.3 s by taking it off first.
            bars = [each for each in app.allWidgets() if isinstance(each, QScrollBar) and each.isVisible()]
            places = [(bar, bar.value()) for bar in bars if bar.value()]
            app.setStyleSheet("")
            app.setStyleSheet(sheet)
            moved = [(bar, value, bar.value()) for bar, value in places if bar.value() != value]
            if moved:
                QTimer.singleShot(0, lambda: _scroll_back(moved))  # once all has its size again


def _scroll_back(moved: Sequence[tuple[QScrollBar, int, int]]) -> None:
    """Show what was in sight: pages were a little shorter while they had no style. Who scrolled since is let be."""
    for bar, value, at in moved:
        if isValid(bar) and bar.value() == at:
            bar.setValue(value)


def _palette(chrome: Chrome) -> QPalette:
    made = QPalette()
    role = QPalette.ColorRole
    for which, text in (
        (role.Window, chrome.window), (role.Base, chrome.panel), (role.AlternateBase, chrome.raised),
        (role.Button, chrome.panel), (role.WindowText, chrome.text), (role.Text, chrome.text),
        (role.ButtonText, chrome.text), (role.ToolTipBase, chrome.raised), (role.ToolTipText, chrome.text),
        (role.PlaceholderText, chrome.muted), (role.Highlight, chrome.accent),
        (role.HighlightedText, chrome.on_accent), (role.Link, chrome.accent), (role.Mid, chrome.border),
        (role.Accent, chrome.accent),
    ):  # fmt: skip
        made.setColor(which, QColor(text))
    for which in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(chrome.disabled))
    return made
