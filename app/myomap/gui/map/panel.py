"""A map with its frame: view chooser, sides of the body, caption, zoom buttons."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.anatomy.views import View
from myomap.gui.context import Context
from myomap.gui.icons import icon
from myomap.gui.map.figures import view_of
from myomap.gui.map.veil import Veil
from myomap.gui.map.view import MapView
from myomap.gui.messages import message_for
from myomap.gui.parts import beside_icon
from myomap.gui.shown import PointKey
from myomap.gui.words import point_name, read_back, region_name

if TYPE_CHECKING:
    from myomap.gui.map.highlights import Highlights
    from myomap.gui.map.zone_paths import ZonePaths


#: Muscles as near to a click as this (pixels) are offered beside the one that was hit, no more than these.
CLOSE_PX, MOST_CLOSE = 8.0, 3


def letters(view: View) -> tuple[str, str]:
    """Return what is printed at the viewer's left and right edge: the patient's sides, or front and back."""
    if view.viewer_left is Laterality.RIGHT:
        return "R", "L"
    if view.viewer_left is Laterality.LEFT:
        return "L", "R"
    return view.edge_words


def letter_of(view: View) -> str:
    """Return the side that a view of one side shows, as its letter."""
    return view.shows.spoken[:1] if view.viewer_left is None else ""


class ViewButton(QToolButton):
    """Names the view and opens the choice of views. In a narrow place its words become fewer, the side stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(14, 14))
        self.setMinimumWidth(40)
        self._title, self._room = "", 0

    def show_title(self, title: str) -> None:
        """Show a view's name as long as there is room for it."""
        self._title = title
        self.setAccessibleName(f"Choose the view, now: {title}" if title else "Choose the view")
        self._write()

    def wanted_width(self) -> int:
        """Return the room that the whole name would need."""
        shown = self.text()
        self.setText(self._title)
        wanted = self.sizeHint().width()
        self.setText(shown)
        return wanted

    def fit(self, room: int) -> None:
        """Take the room that there is, in pixels."""
        if room != self._room:
            self._room = room
            self._write()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._room = 0  # asked for again when it is arranged
        return super().event(event)

    def _write(self) -> None:
        from myomap.gui.map.short_titles import fitting

        if self._room <= 0:
            self.setText(self._title)
            return

        def fits(text: str) -> bool:
            self.setText(text)
            return self.sizeHint().width() <= self._room

        self.setText(fitting(self._title, fits))


class MapPanel(QFrame):
    """One map of a place. `view_name` is the view's id without the figure, which `Shown` decides."""

    view_chosen = Signal(str)
    save_asked = Signal()
    point_picked = Signal(object)
    """The X of a trigger point was clicked: its PointKey."""

    def __init__(self, context: Context, view_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.view_name = view_name
        self.highlights: Highlights | None = None
        self.setObjectName("map_panel")
        self.map = MapView(context.look, context.pool, self)
        self.map.setAccessibleName("Body map")
        self.chooser = ViewButton(self)
        self.chooser.setProperty("kind", "chooser")
        self.chooser.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.chooser.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow after the words
        self.chooser.setAccessibleName("Choose the view")
        self.chooser.clicked.connect(self._choose)
        self.note = QLabel(self)
        self.note.setProperty("kind", "small")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(18, 0, 12, 4)
        self.note.hide()
        head = QHBoxLayout()
        head.setContentsMargins(8, 6, 12, 2)
        head.setSpacing(2)
        head.addWidget(self.chooser)
        head.addStretch(1)
        # hidden until somebody can do what they say: the pair shows the first two, the place that can save the last
        self.turn = self._deed(head, "Show the other map")
        self.alone = self._deed(head, "")
        self.save = self._deed(head, "Save this map")
        self.save.setToolTip("Save this map as PDF, PNG or SVG")
        self.save.clicked.connect(self.save_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 4, 4)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.map, 1)
        # over the map, but not inside it: a view's own children are not in the accessibility tree
        self._left, self._right, self._middle = QLabel(self), QLabel(self), QLabel(self)
        self.caption = QLabel(self)
        self.caption.setObjectName("map_caption")
        self.caption.hide()
        for label in (self._left, self._right, self._middle, self.caption):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        for label in (self._left, self._right, self._middle):
            label.setContentsMargins(6, 0, 6, 0)
        self._buttons = self._zoom_buttons()
        self._veil = Veil(self)
        self.map.plated.connect(self._veil.lift)
        self.map.failed.connect(self._veil.lift)
        self.tell: Callable[[QPointF], str] | None = None
        """What else the caption says of a place under the pointer (view mm)."""
        self._told = ""
        self._near: PointKey | None = None
        self.picked_point: PointKey | None = None
        """The X that was under the last click, as it was seen before the click drew others."""
        self.map.pointed.connect(self._on_pointed)
        self.map.hovered.connect(self._on_hovered)
        self.map.failed.connect(self._on_failed)
        self.map.picked.connect(self._on_picked)
        self.map.installEventFilter(self)
        context.shown.hovered_changed.connect(self._show_caption)
        context.shown.selected_changed.connect(self._describe)
        context.shown.layer_changed.connect(self.refresh)
        context.shown.figure_changed.connect(self.refresh)
        context.look.changed.connect(self._dress)
        self._dress()

    def _deed(self, line: QHBoxLayout, words: str) -> QToolButton:
        made = QToolButton(self)
        made.setToolTip(words)
        made.setAccessibleName(words)
        made.hide()
        line.addWidget(made)
        return made

    def offer(self, *, other: str, alone: bool, both: bool) -> None:
        """Offer the other map by its title (empty: it is on show), to have this one ``alone``, or ``both``."""
        self.turn.setText(beside_icon(other))
        self.turn.setVisible(bool(other))
        self.turn.setToolTip(f"Show the other map: {other} (Ctrl+Shift+M)")
        self.turn.setAccessibleName(f"Show the other map: {other}")
        words = "Show both maps" if both else "Show only this map"
        self.alone.setToolTip(f"{words} (Ctrl+M)")
        self.alone.setAccessibleName(words)
        self.alone.setProperty("picture", "two" if both else "one")
        self.alone.setVisible(alone or both)
        self._draw_deeds()
        self._arrange()

    def _draw_deeds(self) -> None:
        ink = self._context.look.chrome.muted
        self.turn.setIcon(icon("swap", ink, 16))
        self.alone.setIcon(icon(self.alone.property("picture") or "one", ink, 16))
        self.save.setIcon(icon("save", ink, 18))

    def _zoom_buttons(self) -> QWidget:
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._zooms: list[tuple[QToolButton, str]] = []
        for name, words, deed in (
            ("plus", "Zoom in (+)", lambda: self.map.zoom_by(1.4)),
            ("minus", "Zoom out (−)", lambda: self.map.zoom_by(1 / 1.4)),
            ("fit", "Show the whole view (0)", self.map.fit),
        ):
            button = QToolButton(box)
            button.setProperty("kind", "floating")
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setFixedSize(34, 34)
            button.clicked.connect(deed)
            column.addWidget(button)
            self._zooms.append((button, name))
        return box

    def tab_stops(self) -> list[QWidget]:
        """Return what Tab reaches, in order."""
        return [
            self.chooser,
            self.turn,
            self.alone,
            self.save,
            self.map,
            *(button for button, _ in self._zooms),
        ]

    def _dress(self) -> None:
        chrome = self._context.look.chrome
        # one ground: a map that is darker than its frame shows its edges as lines beside the body
        paper = self._context.look.map["paper"].name()
        self.setStyleSheet(
            f"#map_panel {{ background: {paper}; border: 2px solid {chrome.border}; }}"
            f'#map_panel[active="true"] {{ border: 2px solid {chrome.focus}; }}'
        )
        self.chooser.setIcon(icon("down", chrome.text, 14))
        self._draw_deeds()
        for button, name in self._zooms:
            button.setIcon(icon(name, chrome.text, 18))
        for label in (self._left, self._right, self._middle):
            label.adjustSize()
        self._arrange()

    # -- what is shown -------------------------------------------------------------------------

    def show_coarse(self, title: str, sides: tuple[str, str], picture: QImage) -> None:
        """Show something at once, before the atlas is open."""
        self.chooser.show_title(title)
        self._set_letters(sides)
        if not picture.isNull():
            self.map.show_coarse(picture, (float(picture.width()), float(picture.height())))

    def set_atlas(self, zones: "ZonePaths") -> None:
        """Begin with the open atlas."""
        from myomap.gui.map.highlights import Highlights

        context = self._context
        assert context.shelf is not None
        self.map.set_shelf(context.shelf, context.tones)
        self.highlights = Highlights(self.map, context.shown, context.open_atlas(), zones)
        self.refresh()

    @property
    def view(self) -> View | None:
        """Return the view on show; None before the atlas is open."""
        atlas = self._context.atlas
        return view_of(atlas, self._context.shown.figure, self.view_name) if atlas else None

    def show_view(self, view_name: str) -> None:
        """Show another view of the same figure."""
        if view_name != self.view_name:
            self.view_name = view_name
            self.refresh()
            self.view_chosen.emit(view_name)

    def refresh(self) -> None:
        """Show the view, layer and figure that are wanted now."""
        view = self.view
        if view is None:
            return
        if self.map.shown is not None and self.map.shown[0] != view.id and self.map.is_plated:
            self._veil.fall()  # no empty page between two views
        layer = self._context.shown.layer
        held = layer if layer in view.layers else view.default_layer
        self.chooser.show_title(view.title)
        self.chooser.setToolTip(f"{view.title}: choose another view")
        self.map.setAccessibleName(f"Body map: {view.title}")
        self._set_letters(letters(view), letter_of(view))
        notes = [] if held is layer else [f"{held} layer"]
        if view.figure is not self._context.shown.figure:
            notes.append(f"drawn on the {view.figure} figure only")
        self.note.setText(", ".join(notes))
        self.note.setVisible(bool(notes) and not self.chooser.isHidden())  # never on the patient's screen
        self.map.show_view(view.id, held)

    def _set_letters(self, sides: tuple[str, str], shows: str = "") -> None:
        texts = (*sides, shows)
        for label, text in zip((self._left, self._right, self._middle), texts, strict=True):
            label.setObjectName("map_letter" if len(text) <= 1 else "map_word")
            label.setText(text)
            label.setAccessibleName({"R": "patient's right side", "L": "patient's left side"}.get(text, text))
            label.setVisible(bool(text))
            label.style().unpolish(label)
            label.style().polish(label)
            label.adjustSize()
        self._arrange()

    def _choose(self) -> None:
        if self._context.atlas is None:
            return
        from myomap.gui.map.picker import ViewPicker

        picker = ViewPicker(self._context, self.view_name, self)
        picker.chosen.connect(self.show_view)
        picker.show_below(self.chooser)

    # -- events --------------------------------------------------------------------------------

    def _describe(self) -> None:
        """Tell screen readers what is chosen on the map."""
        atlas, shown = self._context.atlas, self._context.shown
        if atlas is None:
            return
        said = "Nothing is chosen."
        if shown.region is not None:
            said = f"Chosen: {region_name(atlas, shown.region)}."
        elif shown.selected is not None:
            said = f"Chosen: {read_back(atlas, shown.selected)}."
        self.map.setAccessibleDescription(said)

    def _on_failed(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))

    def _on_pointed(self, at: QPointF) -> None:
        near = self.highlights.cross_at(at) if self.highlights else None
        told = self.tell(at) if self.tell is not None else ""
        if near != self._near or told != self._told:
            self._near, self._told = near, told
            self._show_caption()

    def _on_hovered(self, key: StructureKey | None) -> None:
        self._context.shown.hover(key)

    def _show_caption(self) -> None:
        key, atlas = self._context.shown.hovered, self._context.atlas
        sheet = self.map.sheet
        here = self.map.underMouse() and atlas is not None and sheet is not None
        if not here or (key is None and self._near is None):
            self.caption.hide()
            return
        assert atlas is not None
        assert sheet is not None
        if self._near is not None:
            point = atlas.trigger_points[self._near.point]
            text = f"{point_name(atlas, point, self._near.laterality)} · trigger point"
        elif key is not None:
            text = region_name(atlas, str(key)) if sheet.is_skin else read_back(atlas, key)
        else:
            text = ""
        self.caption.setText(f"{text}: {self._told}" if self._told else text)
        self.caption.adjustSize()
        self.caption.show()
        self._arrange()

    def _on_picked(self, key: StructureKey | None, at: QPointF) -> None:
        self.picked_point = point = self.highlights.cross_at(at) if self.highlights else None
        if point is not None:
            self.point_picked.emit(point)
        elif key is not None and self.map.sheet is not None and self.map.sheet.is_skin:
            self._context.shown.select_region(str(key))
        else:
            self._context.shown.select(key, close_by=self._close_by(key, at))

    def _close_by(self, key: StructureKey | None, at: QPointF) -> tuple[StructureKey, ...]:
        """Return the muscles round a click that has chosen something else: thin ones are easily missed."""
        sheet = self.map.sheet
        if key is None or sheet is None:
            return ()
        near = sheet.close_by(at.x(), at.y(), CLOSE_PX / self.map.scale_px)
        return tuple(each for each in near if each != key)[:MOST_CLOSE]

    def _fit_head(self) -> None:
        """Share the head line: the view's name first, then the other's beside its arrows."""
        room = self.width() - 16 - 20  # the frame's and the line's edges
        room -= sum(2 + each.sizeHint().width() for each in (self.alone, self.save) if not each.isHidden())
        if self.turn.isHidden():
            self.chooser.fit(room)
            return
        styles = Qt.ToolButtonStyle
        self.turn.setToolButtonStyle(styles.ToolButtonTextBesideIcon)
        if self.chooser.wanted_width() + 8 + self.turn.sizeHint().width() > room:
            self.turn.setToolButtonStyle(styles.ToolButtonIconOnly)
        self.chooser.fit(room - 8 - self.turn.sizeHint().width())

    def _arrange(self) -> None:
        self._fit_head()
        place = self.map.geometry()
        for label in (self._left, self._right, self._middle):
            label.adjustSize()
        left, top, right, bottom = place.left(), place.top(), place.right(), place.bottom()
        self._left.move(left + 10, top + 6)
        self._right.move(right - self._right.width() - 10, top + 6)
        self._middle.move(left + 10, top + 10 + self._left.height())
        self._buttons.adjustSize()
        self._buttons.move(right - self._buttons.width() - 8, bottom - self._buttons.height() - 8)
        room = place.width() - self._buttons.width() - 32
        if self.caption.sizeHint().width() > room:
            self.caption.setWordWrap(True)
            self.caption.resize(room, self.caption.heightForWidth(room))
        else:
            self.caption.setWordWrap(False)
            self.caption.adjustSize()
        self.caption.move(left + 8, bottom - self.caption.height() - 8)
        for over in (self._left, self._right, self._middle, self._buttons, self.caption):
            over.raise_()

    def _show_focus(self, on: bool) -> None:
        self.setProperty("active", on)
        self.style().unpolish(self)
        self.style().polish(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.map:
            if event.type() == QEvent.Type.Resize:
                self._arrange()
            elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
                self._show_focus(event.type() == QEvent.Type.FocusIn)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
