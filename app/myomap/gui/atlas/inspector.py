"""The right-hand side of the Atlas: what is known of what is chosen."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.gui.context import Context
from myomap.gui.parts import Card
from myomap.gui.reading_order import KeptInOrder
from myomap.gui.shown import PointKey
from myomap.gui.words import region_name, sentence, structure_name, within

if TYPE_CHECKING:  # the pages are imported when the first one is built: the window is painted before
    from myomap.anatomy.trigger_points import TriggerPoint
    from myomap.gui.atlas.list_page import PatternList
    from myomap.gui.atlas.point_card import PointCard
    from myomap.lookup.search import Found
    from myomap.surface.atlas_source import AtlasSource


def _zones_in_words(point: "TriggerPoint") -> str:
    spill = f". May spill over to: {within(point.spillover_words)}" if point.spillover_words else ""
    return f"Refers to: {within(point.essential_words)}{spill}"


#: So many of a region's first patterns decide the view that is turned to.
_TURNED_BY = 3
#: The screening's parts of the body that meet in a region's.
_PARTS = {
    "chest": ("thorax",),
    "arm": ("upper_arm",),
    "elbow": ("upper_arm", "forearm"),
    "knee": ("thigh", "leg"),
}
#: More red flags than this are not read beside a list: all of them are one click away.
_MOST_FLAGS = 3


def _red_flags_of(atlas: "AtlasSource", part: str) -> list[str]:
    """Return the first red flags that the screening has for a part of the body."""
    parts = set(_PARTS.get(part, (part,)))
    flags = (item for item in atlas.screening.values() if item.kind == "red_flag")
    return [item.question for item in flags if parts.intersection(item.body_parts)][:_MOST_FLAGS]


class Inspector(QScrollArea):
    """Shows one page at a time; pages are built when they are asked for."""

    wanted_view = Signal()
    """The person asks to be shown where the chosen structure lies."""

    revealed = Signal()
    """Something was chosen by its name and not on the map: it should be seen there."""

    listed = Signal(list)
    """The trigger points of a list that is shown now."""

    wanted_page = Signal(str)
    """The person asks for a page of the Learn place."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setObjectName("inspector")
        self.setAccessibleName("What is chosen")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = QWidget()
        self._body.setObjectName("inspector_body")
        self._lines = QVBoxLayout(self._body)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self.setWidget(self._body)
        KeptInOrder(self._body)
        self.page: QWidget | None = None
        self._folds: dict[str, bool] = {}
        self._list_before: tuple[str, Callable[[], object]] | None = None
        """The list from which something was chosen: its title, and what shows it again."""
        self._seek_region = ""
        self._list_now = False
        """The list of a complaint is on the page: nothing is chosen on the map then."""
        context.shown.selected_changed.connect(self.refresh)
        context.shown.points_changed.connect(self._on_points_changed)
        context.look.changed.connect(self.refresh)

    def _glance(self, key: PointKey | None) -> None:
        if isValid(self._context.shown):  # a focus that is lost at the very end is told too
            self._context.shown.glance_at(key)

    def take_keyboard(self) -> None:
        """Give the keyboard to the trigger point that is chosen, or to the first thing on the page."""
        chosen = self.cards.get(self._context.shown.point) if self._context.shown.point else None
        stops = [
            each
            for each in (self.page.findChildren(QWidget) if self.page is not None else [])
            if each.isVisibleTo(self) and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        first = next((each for each in stops if isinstance(each, Card)), stops[0] if stops else None)
        wanted = chosen or first
        if wanted is not None:
            wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, page: QWidget) -> None:
        held = self.page is not None and self.page.isAncestorOf(QApplication.focusWidget() or self)
        if self.page is not None:
            self._lines.removeWidget(self.page)
            self.page.hide()
            self.page.deleteLater()
        self.page = page
        self._lines.addWidget(page)
        page.show()
        self.verticalScrollBar().setValue(0)
        if held:
            self.take_keyboard()  # it must not fall to some other place of the window

    def refresh(self) -> None:
        """Show the page of what is chosen."""
        shown, atlas = self._context.shown, self._context.atlas
        if atlas is not None and shown.region is not None:
            self._list_now, self._list_before = False, None  # a region has a list of its own
            self._open_region(shown.region)
            return
        if atlas is None or shown.selected is None:
            self._list_before = None
            if self._list_now:  # another theme: a list has no colours of its own
                return
            from myomap.gui.atlas.list_page import EmptyPage

            self._show(EmptyPage(self._examples()))
            return
        from myomap.gui.atlas.muscle_page import MusclePage

        self._list_now = False
        page = MusclePage(
            atlas,
            self._context.look,
            shown.selected,
            go=self._follow,
            other_side=self._other_side,
            show_layer=self.wanted_view.emit,
            read=self.wanted_page.emit,
            folds=self._folds,
            before=self._list_before,
            close_by=[
                (str(each), sentence(structure_name(atlas, each.structure))) for each in shown.close_by
            ],
            choose=lambda text: shown.select(StructureKey.parse(text)),
        )
        for key, card in page.cards.items():
            card.glanced.connect(lambda on, key=key: self._glance(key if on else None))
            card.pressed.connect(lambda key=key: self._toggle(key))
            card.show_best = self.wanted_view.emit
        page.wanted_part.connect(self._bring_into_sight)
        self._show(page)
        self._on_points_changed(is_new=True)

    def _bring_into_sight(self, card: QWidget) -> None:
        """Scroll only if the card's beginning is out of sight or far down."""
        self._lines.activate()
        self._body.adjustSize()
        top, bar = card.mapTo(self._body, QPoint(0, 0)).y(), self.verticalScrollBar()
        if not bar.value() <= top <= bar.value() + self.viewport().height() * 0.6:
            bar.setValue(max(0, top - 16))

    @property
    def cards(self) -> "dict[PointKey, PointCard]":
        """Return the cards of the trigger points on the page; none if it is not a muscle's."""
        found = getattr(self.page, "cards", {})
        return found if isinstance(found, dict) else {}

    def _toggle(self, key: PointKey) -> None:
        shown = self._context.shown
        shown.choose_point(shown.selected, None if shown.point == key else key)

    def _on_points_changed(self, *, is_new: bool = False) -> None:
        """Open the chosen card; a new page shows it, though the keyboard that came to it lights it as a glance does."""
        shown = self._context.shown
        cards = self.cards
        if cards:
            for key, card in cards.items():
                card.set_open(key == shown.point)
            chosen = cards.get(shown.point) if shown.point else None
            if chosen is not None and (is_new or shown.glance is None):
                self._bring_into_sight(chosen)

    def _other_side(self) -> None:
        shown = self._context.shown
        if shown.selected is None:
            return
        other = StructureKey(shown.selected.structure, shown.selected.laterality.mirrored())
        point = shown.point
        if point is None:
            shown.select(other)
        else:
            shown.choose_point(other, PointKey(point.point, point.laterality.mirrored()))
        self.revealed.emit()

    def _examples(self) -> list[tuple[str, Callable[[], object]]]:
        atlas = self._context.atlas
        if atlas is None:
            return []
        out: list[tuple[str, Callable[[], object]]] = []
        for muscle, words in (
            ("trapezius", "Shoulder to temple: the trapezius"),
            ("gluteus-minimus", "Like sciatica: gluteus minimus"),
            ("sternocleidomastoid", "Neck to forehead: sternocleidomastoid"),
        ):
            point = next((p for p in atlas.trigger_points.values() if p.muscle == muscle), None)
            if point is not None:
                lit = PointKey(point.id, Laterality.RIGHT if point.sided else Laterality.MIDLINE)
                out.append((words, partial(self._choose_and_reveal, lit)))
        return out

    def _follow(self, muscle_id: str) -> None:
        """Go where a link leads."""
        self.go_to_muscle(muscle_id)
        self.revealed.emit()

    def _choose_and_reveal(self, key: PointKey) -> None:
        self.choose_point(key)
        self.revealed.emit()

    def back_to_list(self) -> bool:
        """Show the list again from which something was chosen; tell whether there was one.

        A list that is on the page goes.
        """
        if self._list_now:
            self._list_now = False
            self.refresh()
            return True
        before = self._list_before
        if before is None:
            return False
        before[1]()
        return True

    # -- going places --------------------------------------------------------------------------

    def go_to_muscle(self, muscle_id: str, side: Laterality | None = None) -> None:
        """Choose a muscle, on the side that was on show."""
        atlas, shown = self._context.open_atlas(), self._context.shown
        if side is None:
            side = shown.selected.laterality if shown.selected else Laterality.RIGHT
            side = Laterality.RIGHT if side is Laterality.MIDLINE else side
        muscle = atlas.muscles[muscle_id]
        described = (p.structure for p in atlas.trigger_points.values() if p.muscle == muscle_id)
        first = [each for each in described if each in muscle.structures][:1]
        for structure_id in (*first, *muscle.structures):
            structure = atlas.structures.get(structure_id)
            if structure is not None:
                shown.select(StructureKey(structure.id, side if structure.sided else Laterality.MIDLINE))
                return

    def choose_point(self, key: PointKey) -> None:
        """Choose a trigger point and its structure."""
        atlas = self._context.open_atlas()
        point = atlas.trigger_points[key.point]
        structure = atlas.structures.get(point.structure)
        side = key.laterality
        if structure is not None:
            if structure.sided and side is Laterality.MIDLINE:
                side = Laterality.RIGHT
            elif not structure.sided:
                side = Laterality.MIDLINE
        self._context.shown.choose_point(StructureKey(point.structure, side), key)

    def open_found(self, found: "Found") -> None:
        """Show what a search has found."""
        from myomap.lookup.search import Kind

        entry, side = found.entry, found.laterality
        self._list_before = None
        atlas, shown = self._context.open_atlas(), self._context.shown
        if entry.kind is Kind.MUSCLE:
            self.go_to_muscle(entry.id, side)
        elif entry.kind is Kind.TRIGGER_POINT:
            point = atlas.trigger_points[entry.id]
            chosen = point.only or side or Laterality.RIGHT
            self.choose_point(PointKey(point.id, chosen if point.sided else Laterality.MIDLINE))
        elif entry.kind is Kind.STRUCTURE:
            structure = atlas.structures[entry.id]
            chosen = (side or Laterality.RIGHT) if structure.sided else Laterality.MIDLINE
            shown.select(StructureKey(entry.id, chosen))
        elif entry.kind is Kind.SYMPTOM:
            self._open_symptom(entry.id, side)
        elif entry.kind is Kind.REGION:
            shown.select_region(entry.id)
            self._seek_region = entry.id
        elif entry.kind is Kind.LESSON:
            self.wanted_page.emit(f"lesson:{entry.id}")

    def _open_symptom(self, symptom_id: str, side: Laterality | None) -> None:
        from myomap.lookup.search import points_for
        from myomap.lookup.symptoms import BY_ID

        atlas = self._context.open_atlas()
        symptom = BY_ID[symptom_id]
        wanted = side or Laterality.RIGHT
        rows = [
            (p, p.only or wanted if p.sided else Laterality.MIDLINE, _zones_in_words(p))
            for p in points_for(atlas, symptom)
        ]
        again = partial(self._open_symptom, symptom_id, wanted)
        self._list_now = False
        self._context.shown.select(None)
        page = self._list(
            symptom.title,
            "Patterns whose published words name this place, in the published order; those that only reach it"
            " from elsewhere come last.",
            rows,
            again,
            side=wanted,
            choose_side=lambda text: self._open_symptom(symptom_id, Laterality(text)),
            ask_first=[
                atlas.screening[each].question for each in symptom.ask_first if each in atlas.screening
            ],
        )
        self._show(page)
        self._list_now = True
        self.listed.emit([PointKey(point.id, where) for point, where, _ in rows])

    def _open_region(self, region_id: str) -> None:
        from myomap.lookup.region_patterns import patterns_reaching

        atlas = self._context.open_atlas()
        region = atlas.regions[region_id]
        title = region_name(atlas, region_id)
        again = partial(self._context.shown.select_region, region_id)
        self._seek_region = ""
        ask = _red_flags_of(atlas, region.body_part)
        self._show(self._list(title, "Looking through the patterns …", [], again, ask_first=ask))
        waiting = self.page

        def arrived(found: "list[tuple[str, Laterality, float]]") -> None:
            if self.page is not waiting:
                return
            rows = [
                (
                    atlas.trigger_points[point],
                    side,
                    f"{round(100 * share)} % of its essential zone lies here · "
                    f"refers to: {atlas.trigger_points[point].essential_words}",
                )
                for point, side, share in found
            ]
            why = "Patterns whose essential zone reaches this region; most of the zone first, then published order."
            self._show(self._list(title, why, rows, again, ask_first=ask))
            if self._seek_region == region_id:  # found by its name, and perhaps not on the maps as they are
                self.listed.emit([PointKey(point, side) for point, side, _ in found[:_TURNED_BY]])

        self._context.pool.run(lambda: patterns_reaching(atlas, region), arrived, topic="region")

    def _list(
        self,
        title: str,
        why: str,
        rows: "Sequence[tuple[TriggerPoint, Laterality, str]]",
        again: Callable[[], object],
        **more: Any,
    ) -> "PatternList":
        from myomap.gui.atlas.list_page import PatternList

        def choose(key: PointKey) -> None:
            self._list_before = (title, again)
            self._choose_and_reveal(key)

        return PatternList(
            self._context.open_atlas(),
            title,
            why,
            rows,
            choose=choose,
            glance=self._glance,
            red_flags=partial(self.wanted_page.emit, "screening:red_flag"),
            **more,
        )
