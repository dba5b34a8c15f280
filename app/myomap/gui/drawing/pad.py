"""The drawing pad: tools and ink in hand, gestures to strokes of the record, the drawing on every map."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor

from myomap.anatomy.views import Figure
from myomap.gui.drawing.gesture import NO_RADIUS, Gesture, Points, thinned
from myomap.gui.drawing.hand import Hand
from myomap.gui.drawing.ink import InkLayer
from myomap.gui.drawing.inked import BARE, Inked, code_of, drawn_in
from myomap.gui.drawing.tools import BrushTool, LassoTool, RegionTool, Tool
from myomap.palette import QUALITY_INKS
from myomap.records.edits import Edit, add, change, remove, together
from myomap.records.older_map import is_of_another_map, on_this_map
from myomap.records.values import (
    DrawingState,
    Kind,
    Moment,
    PainDrawing,
    Quality,
    Stroke,
    VisitRecord,
    new_id,
    single_id,
)
from myomap.surface.cells import Cells

if TYPE_CHECKING:
    from myomap.gui.map.view import MapView
    from myomap.gui.visit.desk import Desk
    from myomap.gui.workers import Pool
    from myomap.surface.atlas_source import AtlasSource

#: While a gesture goes on, the other maps and the words follow this often.
PREVIEW_MS = 40
#: While a gesture goes on, its words and the look-up follow this often.
WORDS_MS = 120
#: Asked where somebody draws before it is said.
HOW_STRONG = "How strong is it, 0 to 10? Until that is said it is kept as “not asked”."
TOOLS = ("brush", "eraser", "lasso", "region")
#: No view is so large: what lies beyond, and what is no number, is no place.
_FAR_MM = 1e5
#: A gesture of more points than this is read in a thread before it is kept.
MANY_POINTS = 20_000


@dataclass(frozen=True, slots=True)
class _Ink:
    """What was in hand when a gesture ended, and in which visit: it may be read much later."""

    visit: str
    quality: Quality
    intensity: int | None
    moment: Moment


class DrawingPad(QObject):
    """Draws on the maps of a visit. It changes the record through the desk only."""

    cells_changed = Signal(object)
    """What is drawn now, the gesture that goes on included: Cells."""
    said = Signal(str)
    """A sentence about a gesture that did nothing."""

    def __init__(self, desk: "Desk", atlas: "AtlasSource", pool: "Pool") -> None:
        super().__init__()
        self._desk, self._atlas, self._pool = desk, atlas, pool
        self.quality = Quality.ACHE
        self._intensity: int | None = None
        self._read: list[tuple[Gesture, _Ink]] = []
        """Gestures of very many points that are being read in a thread."""
        self.radius = 12.0
        self.moment = Moment.BEFORE
        self.tool = ""
        self._layers: dict[MapView, InkLayer] = {}
        self._tools: dict[MapView, Tool] = {}
        self._hands: dict[MapView, Hand] = {}
        self._inked = Inked(len(atlas.skin))
        self._other = Inked(len(atlas.skin))
        self._shown = self._inked.codes.copy()
        self._placed: dict[str, Stroke | None] = {}
        """Strokes of another map by id, as they lie on this one; None for those that cannot be placed."""
        self._next: Gesture | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._timer.timeout.connect(self._show_preview)
        self._words = QTimer(self)
        self._words.setSingleShot(True)
        self._words.timeout.connect(self._tell)
        desk.opened.connect(self._begin)
        desk.changed.connect(self._on_changed)

    def _begin(self) -> None:
        """Show another visit, from before its treatment, with the ink that was last drawn with in it.

        In a fresh one nobody has said yet how strong the pain is, and no other patient's quality is in hand.
        """
        self._read.clear()  # of a visit that was taken away; what of one was left is kept already
        self.moment = Moment.BEFORE
        record = self._desk.record
        drawn = [s for s in record.moment_strokes(self.moment) if not s.erases] if record is not None else []
        self._intensity = drawn[-1].intensity if drawn else None
        self.quality = drawn[-1].quality if drawn else Quality.ACHE
        self.refresh()

    # -- maps and tools ------------------------------------------------------------------------
    def add_map(self, view: "MapView") -> None:
        """Draw on a map, too."""
        layer = self._layers[view] = InkLayer(view, self._atlas, self._pool)
        layer.wanted.connect(self._show_inks)
        self._hands[view] = Hand(view, lambda: self._tools.get(view))
        view.sheet_changed.connect(lambda: self._give_tool(view))

    def layer_of(self, view: "MapView") -> InkLayer:
        """Return what shows the drawing on a map."""
        return self._layers[view]

    def choose_tool(self, name: str) -> None:
        """Take a tool in hand; an empty name gives the pointer back."""
        self.tool = name
        for view in self._layers:
            self._give_tool(view)

    def _give_tool(self, view: "MapView") -> None:
        old = self._tools.pop(view, None)
        if old is not None:
            old.settle()
        view.set_tool(None)
        if old is not None:
            old.drop()
        if self.tool and view.sheet is not None and self._desk.record is not None:
            made: Tool
            if self.tool == "lasso":
                made = LassoTool(self, view)
            elif self.tool == "region":
                made = RegionTool(self, view)
            else:
                made = BrushTool(self, view, erases=self.tool == "eraser")
            self._tools[view] = made
            view.set_tool(made)
        self._hands[view].listen(view in self._tools)

    @property
    def intensity(self) -> int | None:
        """0-10, None until somebody has said it: nothing is recorded that was not asked.

        It is None, too, where something on show has no strength: the question stands until somebody answers.
        """
        return self._intensity

    @intensity.setter
    def intensity(self, value: int | None) -> None:
        """Take it; what was drawn before somebody said it has that strength now, in one edit."""
        self._intensity = value
        record, unsaid = self._desk.record, self.unsaid()
        if value is not None and unsaid and record is not None and not self._desk.signed:
            visit = record.visit.id
            edits = [change(each, replace(each, intensity=value), visit=visit) for each in unsaid]
            self._desk.do(together("How strong", edits))

    def unsaid(self) -> tuple[Stroke, ...]:
        """Return the strokes on show whose strength nobody has said; none where nothing is left of them."""
        record = self._desk.record if self._inked.has_unsaid else None
        strokes = record.moment_strokes(self.moment) if record is not None else ()
        return tuple(each for each in strokes if each.intensity is None and not each.erases)

    @property
    def ink(self) -> QColor:
        """The colour of the ink in hand."""
        return QColor(QUALITY_INKS.get(self.quality, QUALITY_INKS["other"])[0])

    def flush(self) -> None:
        """Keep at once what is being drawn or read: the visit is about to be left, locked or closed."""
        for tool in self._tools.values():
            tool.settle()
        while self._read:
            gesture, ink = self._read.pop(0)
            self._keep_read(gesture, ink, thinned(tuple(gesture.points)), gesture.cells(self._atlas))

    # -- what is drawn -------------------------------------------------------------------------
    def cells(self) -> Cells:
        """Return the cells that are drawn, without a gesture that goes on."""
        return self._inked.drawn()

    def show_moment(self, moment: Moment) -> None:
        """Draw before or after."""
        if moment is not self.moment:
            self.moment = moment
            self.refresh()

    def _on_changed(self, refs: frozenset[tuple[Kind, str]]) -> None:
        if not refs or any(kind is Kind.STROKE for kind, _ in refs):
            self.refresh()

    def refresh(self) -> None:
        """Show what the record holds: the picture now, words and look-up right after."""
        record = self._desk.record
        self._inked.show(self._here(record.moment_strokes(self.moment)) if record is not None else ())
        if self._inked.has_unsaid:
            self._intensity = None
        self._shown = self._inked.codes.copy()
        for layer in self._layers.values():
            layer.show(self._shown, now=True)
        self._words.stop()
        self._tell()

    def _tell(self) -> None:
        self.cells_changed.emit(drawn_in(self._shown))

    def _show_inks(self) -> None:
        for layer in self._layers.values():
            layer.show(self._shown)

    def drawn_at(self, moment: Moment) -> Inked:
        """Return the inks of before or after treatment, whatever is on show."""
        if self.moment is moment:
            return self._inked
        record = self._desk.record
        self._other.show(self._here(record.moment_strokes(moment)) if record is not None else ())
        return self._other

    # -- a gesture -----------------------------------------------------------------------------
    def preview(self, gesture: Gesture) -> None:
        """Follow a gesture on the other maps and in words."""
        self._next = gesture
        if not self._timer.isActive():
            self._timer.start()

    def stop_preview(self) -> None:
        """Show only what is kept."""
        self._next = None
        self._timer.stop()
        self.refresh()

    def _show_preview(self) -> None:
        gesture = self._next
        if gesture is None:
            return
        begun = time.perf_counter()
        cells = gesture.cells(self._atlas)
        code = BARE if gesture.erases else code_of(self.quality, self.intensity)
        self._shown = self._inked.codes.copy()
        self._shown[cells.ids] = code
        for view, layer in self._layers.items():
            if view.sheet is not None and view.sheet.view.id != gesture.view_id and view.isVisible():
                layer.show(self._shown)
        if not self._words.isActive():
            self._words.start(WORDS_MS)
        # what takes long (a lasso round half of the body) comes less often: the hand goes first
        self._timer.setInterval(max(PREVIEW_MS, int(4000 * (time.perf_counter() - begun))))

    def keep(self, gesture: Gesture) -> None:
        """Keep a gesture as one stroke, one edit."""
        self._next = None
        self._timer.stop()
        ink = self._in_hand()
        if len(gesture.points) <= MANY_POINTS:
            self._keep_read(gesture, ink, thinned(tuple(gesture.points)), gesture.cells(self._atlas))
            return
        self.said.emit(f"A stroke of {len(gesture.points):,} points is being read …")
        self._read.append((gesture, ink))

        def done(read: tuple[Points, Cells]) -> None:
            if (gesture, ink) not in self._read:
                return  # it was kept when its visit was left
            self._read.remove((gesture, ink))
            self._keep_read(gesture, ink, *read)
            self.said.emit(
                f"The stroke had {len(gesture.points):,} points. All of its area is kept; "
                f"its line is kept with {len(read[0]):,} points."
            )

        self._pool.run(lambda: (thinned(tuple(gesture.points)), gesture.cells(self._atlas)), done)

    def _visit_id(self) -> str:
        record = self._desk.record
        return record.visit.id if record is not None else ""

    def _in_hand(self) -> _Ink:
        return _Ink(self._visit_id(), self.quality, self.intensity, self.moment)

    def _keep_read(self, gesture: Gesture, ink: _Ink, points: Points, cells: Cells) -> None:
        if ink.visit != self._visit_id():
            return  # the visit was taken away, and all that is drawn in it
        label = "Erase" if gesture.erases else "Lasso" if gesture.closed else "Draw"
        if gesture.closed and not cells:
            self.refresh()
            self.said.emit("That line goes round no skin. Go round an area with the button held down.")
            return
        self._keep(label, gesture.view_id, points, gesture.radius, cells, erases=gesture.erases, ink=ink)

    def commit(self, view_id: str, points: Points, radius: float, *, erases: bool, closed: bool) -> None:
        """Keep a line that is there as a whole as one stroke, one edit."""
        gesture = Gesture(view_id, erases=erases, closed=closed)
        gesture.points = [(x, y) for x, y in points if abs(x) < _FAR_MM and abs(y) < _FAR_MM]
        gesture.radii = [radius] * len(gesture.points)
        self.keep(gesture)
        if lost := len(points) - len(gesture.points):
            self.said.emit(f"{lost} points of that line are no places on the map and were left out.")

    def fill_region(self, view_id: str, at: tuple[float, float], *, erases: bool) -> None:
        """Fill the region under a place."""
        cell = self._atlas.view_map(view_id).cell_at(*at)
        if cell < 0:
            self.said.emit("There is no skin at that place.")
            return
        self.fill_region_of(view_id, at, int(self._atlas.skin.region[cell]), erases=erases)

    def fill_region_of(
        self, view_id: str, at: tuple[float, float], number: int, *, erases: bool = False
    ) -> None:
        """Fill a region by its number."""
        cells = Cells.of(np.flatnonzero(self._atlas.skin.region == number))
        self._keep("Fill region", view_id, (at,), NO_RADIUS, cells, erases=erases)

    def _keep(
        self,
        label: str,
        view_id: str,
        points: Points,
        radius: float,
        cells: Cells,
        *,
        erases: bool,
        ink: _Ink | None = None,
    ) -> None:
        record, ink = self._desk.record, ink or self._in_hand()
        if record is None or self._desk.signed:
            self.said.emit("A signed visit cannot be drawn on." if record else "")
            self.refresh()
            return
        if erases:
            cells = Cells.of(np.intersect1d(cells.ids, self.drawn_at(ink.moment).drawn().ids))
        if not cells:
            self.said.emit("Nothing is drawn there." if erases else "There is no skin under that stroke.")
            self.refresh()
            return
        stroke = Stroke(
            new_id(),
            view_id,
            points,
            max(NO_RADIUS, round(radius, 2)),
            self.intensity if ink.intensity is None else ink.intensity,
            ink.quality,
            ink.moment,
            erases,
            tuple(cells.ids.tolist()),
            map_version=self._atlas.map_version,
        )
        edits = [add(stroke, visit=record.visit.id)]
        if ink.moment is Moment.BEFORE:
            edits += state_edits(record, DrawingState.DRAWN)
        self._desk.do(together(label, edits))

    # -- the drawing as a whole ----------------------------------------------------------------
    def clear(self, state: DrawingState = DrawingState.NOT_ASKED) -> None:
        """Take every stroke of the moment away, in one edit."""
        record = self._desk.record
        if record is None or self._desk.signed:
            return
        strokes = record.moment_strokes(self.moment)
        edits = [remove(stroke, visit=record.visit.id) for stroke in strokes]
        if self.moment is Moment.BEFORE:
            edits += state_edits(record, state)
        label = "No pain" if state is DrawingState.NO_PAIN else "Clear drawing"
        self._desk.do(together(label, edits))

    def start_from(self, earlier: Sequence[Stroke], label: str = "Start from the last visit") -> None:
        """Take over strokes drawn earlier, as of the moment on show; those of another map are placed by their lines."""
        moment = self.moment
        if not any(is_of_another_map(self._atlas, stroke) for stroke in earlier):
            self._take_over(earlier, moment, label)
            return
        visit, atlas = self._visit_id(), self._atlas

        def done(placed: list[Stroke | None]) -> None:
            found = [stroke for stroke in placed if stroke is not None]
            if self._visit_id() != visit:
                return
            self._take_over(found, moment, label)
            if len(found) < len(placed):
                self.said.emit(
                    f"{len(placed) - len(found)} strokes of another map cannot be placed on this one."
                )

        self._pool.run(lambda: [on_this_map(atlas, stroke) for stroke in earlier], done)

    def _take_over(self, earlier: Sequence[Stroke], moment: Moment, label: str) -> None:
        record = self._desk.record
        if record is None or self._desk.signed or not earlier:
            return
        edits: list[Edit] = [
            add(replace(stroke, id=new_id(), moment=moment), visit=record.visit.id) for stroke in earlier
        ]
        if moment is Moment.BEFORE:
            edits += state_edits(record, DrawingState.DRAWN)
        self._desk.do(together(label, edits))

    # -- drawings of an older map --------------------------------------------------------------
    def _here(self, strokes: Sequence[Stroke]) -> tuple[Stroke, ...]:
        """Return the strokes as they lie on the map in use; those of another map follow when they are placed."""
        older = [s for s in strokes if is_of_another_map(self._atlas, s)]
        if not older:
            return tuple(strokes)
        fresh = [s for s in older if s.id not in self._placed]
        if fresh:
            atlas = self._atlas
            self._pool.run(
                lambda: [(s.id, on_this_map(atlas, s)) for s in fresh], self._take_placed, topic="older-map"
            )
        placed = (self._placed.get(s.id) if is_of_another_map(self._atlas, s) else s for s in strokes)
        return tuple(s for s in placed if s is not None)

    def _take_placed(self, placed: list[tuple[str, Stroke | None]]) -> None:
        self._placed.update(placed)
        self.refresh()
        lost = sum(stroke is None for _, stroke in placed)
        self.said.emit(
            "This drawing was made on another version of the map. It is placed by its millimetres: "
            "borders may differ a little."
            + (f" {lost} of its strokes cannot be placed and are not shown." if lost else "")
        )


def state_edits(record: VisitRecord, state: DrawingState, words: str | None = None) -> list[Edit]:
    """Return the edit that says what the drawing is, none where it says so already."""
    held = record.drawing
    base = held or PainDrawing(single_id(record.visit.id, Kind.DRAWING))
    wanted = replace(base, state=state, words=base.words if words is None else words)
    if held == wanted:
        return []
    return [change(held, wanted, visit=record.visit.id, label="Pain drawing")]


def middle_of(atlas: "AtlasSource", number: int, figure: Figure) -> tuple[str, tuple[float, float]]:
    """Return the whole-body view that shows most of a region, and the middle of it there."""
    cells = Cells.of(np.flatnonzero(atlas.skin.region == number))
    views = [v.id for v in atlas.views.values() if v.figure is figure and v.group == "whole_body"]
    best = max(views, key=lambda view: len(atlas.view_map(view).seen_of(cells)))
    return best, atlas.view_map(best).centre(cells) or (0.0, 0.0)
