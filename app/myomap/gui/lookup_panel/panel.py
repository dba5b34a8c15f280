"""The look-up beside the drawing: red flags first, then the published patterns that overlap it, live."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QPushButton, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.gui.flow import Flow, grows
from myomap.gui.lookup_panel.fewest import Fewest
from myomap.gui.lookup_panel.flags import RedFlags
from myomap.gui.lookup_panel.rows import PatternCard, Row, grouped, in_short, row_name, small
from myomap.gui.parts import Card, clear, column, label, link, row
from myomap.gui.shown import PointKey
from myomap.gui.steady import lay_out, steady
from myomap.gui.words import part_order, part_words
from myomap.lookup.pattern_index import PatternIndex, PatternKey, shared_index
from myomap.lookup.ranking import SORT_ORDER, Cover, Match, covering_set, rank
from myomap.surface.cells import Cells

if TYPE_CHECKING:
    from myomap.gui.visit.step import Bench

#: Rows that are shown at once; more on demand.
FEW, MANY = 6, 30
#: While drawing the rows follow this often.
LIVE_MS = 120
#: Changes that follow each other (undo held down) wait this long at most.
MOST_MS = 480
#: What is always said; the whole of SORT_ORDER is one press away.
IN_SHORT = "Most alike first, then published order · figures, not a diagnosis"
#: A body part gets a chip when one of its rows is this much as alike as the first.
_CHIP_LIKENESS = 0.2


@dataclass(frozen=True, slots=True)
class _Found:
    """What a ranking brought."""

    rows: list[Row]
    cover: list[Cover]
    count: int
    parts: tuple[str, ...]
    """Body parts of what overlaps more than by chance, whatever is chosen, from head to foot."""
    treated: bool
    """Whether anything was needled in this visit."""


class LookupPanel(QWidget):
    """Ranks while drawing; the index is built once, off the window's thread."""

    ranked = Signal()

    def __init__(self, bench: "Bench") -> None:
        super().__init__()
        self._bench = bench
        self._index: PatternIndex | None = None
        self._cells = Cells.empty()
        self._pointer = QCursor.pos()
        """Where the pointer was when the drawing was as it is now."""
        self._chosen: PointKey | None = None
        """The row that was pressed: it is lit, and on the maps, for as long as it is there."""
        self._ranked_without: frozenset[tuple[str, Laterality]] = frozenset()
        self.rows: list[Row] = []
        self.cards: list[PatternCard] = []
        self._most = FEW
        self.part = ""
        """The body part that is looked at, empty for all."""
        self.flags = RedFlags(bench.context.open_atlas())
        self.title = label("Published patterns", "heading", wrap=False)
        self.covering = small(
            link("What covers it", self._turn_cover, "The fewest patterns that together cover the drawing")
        )
        self.cover = Fewest()
        self.cover.glanced.connect(bench.maps.shown.glance_at)
        self.cover.chosen.connect(self._choose)
        self.cover.hide()
        self._told_cover: list[tuple[PatternKey, str, int, int]] = []
        self.order = label(IN_SHORT, "small")
        self.why = small(link("How?", self._turn_order, "How the rows are sorted"))
        self.chips: dict[str, QPushButton] = {}
        self.filters = QWidget()
        self.filters.setLayout(Flow(4))
        grows(self.filters)
        self.fresh = QPushButton("Not yet treated")
        self.fresh.setCheckable(True)
        self.fresh.setProperty("kind", "filter")
        self.fresh.setToolTip("Leave out muscles that were needled in this visit")
        self.wait = label("", "muted")
        self.wait.hide()
        self.room = QWidget()
        self.list = column(self.room, gap=5)
        self.more = link("Show more", self._show_more)
        lines = column(self, gap=4)
        lines.addWidget(self.flags)
        lines.addLayout(row(self.title, None, self.covering))
        said = row(gap=4)
        said.addWidget(self.order, 1)
        said.addWidget(self.why)
        lines.addLayout(said)
        for widget in (self.cover, self.filters, self.wait):
            lines.addWidget(widget)
        lines.addWidget(self.room)
        lines.addWidget(self.more)
        self.fresh.toggled.connect(lambda _: self._rank())
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LIVE_MS)
        self._soon.timeout.connect(self._rank)
        self._latest = QTimer(self)
        self._latest.setSingleShot(True)
        self._latest.setInterval(MOST_MS)
        self._latest.timeout.connect(self._rank)
        self._show_parts(())
        self.setVisible(False)
        self._build_index()  # before somebody draws: the patterns come with the first stroke

    def forget(self) -> None:
        """Drop what is on its way."""
        for topic in ("lookup", "lookup-index"):
            self._bench.context.pool.forget(topic)
        self._bench.maps.shown.glance_at(None)
        for timer in (self._soon, self._latest):
            timer.stop()

    # -- ranking -------------------------------------------------------------------------------
    def _treated(self) -> frozenset[tuple[str, Laterality]]:
        """Return the muscles that were needled in this visit."""
        record = self._bench.desk.record
        return (
            frozenset((n.site.muscle, n.site.laterality) for n in record.needlings) if record else frozenset()
        )

    def follow(self) -> None:
        """Rank again where other muscles are treated now than when it was ranked."""
        if self._cells and self._treated() != self._ranked_without:
            self._rank()

    def show_cells(self, cells: Cells) -> None:
        """Look up a drawing, a moment later: the hand and the picture go first."""
        self._cells = cells
        self._pointer = QCursor.pos()
        if not cells:
            self._soon.stop()
            self._latest.stop()
            self.rows = []
            self._give_back()
            self.hide()
            return
        if self.isHidden():
            self._begin()
        if self._index is None:
            return
        self._soon.start()
        if not self._latest.isActive():
            self._latest.start()

    def _begin(self) -> None:
        """Take the room that flags and rows will need: what comes late moves nothing."""
        self.flags.show_cells(self._cells)
        self.room.setMinimumHeight(self._height_of_few())
        self.wait.setText("Reading all patterns …")
        self.wait.setVisible(self._index is None)
        for part in (self.cover, self.covering, self.filters, self.more, *self.cards):
            part.hide()
        self.title.setText("Published patterns")
        self.show()
        lay_out()

    def _height_of_few(self) -> int:
        if not self.cards:
            self.cards.append(self._card())
            self.cards[0].hide()
        card = self.cards[0]
        if card.row is None:
            for line in (card.name, card.numbers, card.origin):
                line.setText("x")
        return FEW * card.sizeHint().height() + (FEW - 1) * self.list.spacing()

    def _build_index(self) -> None:
        self._index = self._bench.index
        if self._index is None:
            atlas = self._bench.context.open_atlas()
            self._bench.context.pool.run(
                lambda: shared_index(atlas), self._take_index, topic="lookup-index", priority=-1
            )

    def _take_index(self, index: PatternIndex) -> None:
        self._index = self._bench.index = index
        self.wait.hide()
        self._rank()

    def _rank(self) -> None:
        self._soon.stop()
        self._latest.stop()
        index, cells = self._index, self._cells
        if index is None or not cells:
            return
        atlas = self._bench.context.open_atlas()
        part, fresh = self.part, self.fresh.isChecked()
        treated = self._ranked_without = self._treated()

        def accept(key: PatternKey) -> bool:
            point = atlas.trigger_points[key.trigger_point]
            if part and point.body_part != part:
                return False
            return not (fresh and (point.muscle, key.laterality) in treated)

        def work() -> _Found:
            found = rank(index, cells)
            parts = {
                atlas.trigger_points[match.key.trigger_point].body_part
                for match in found
                if match.likeness >= _CHIP_LIKENESS
            }
            kept = [match for match in found if accept(match.key)]
            return _Found(
                grouped(atlas, kept[: 3 * MANY]),
                covering_set(index, cells, kept),
                len(kept),
                tuple(sorted(parts, key=part_order)),
                bool(treated),
            )

        self._bench.context.pool.run(work, self._take_rows, topic="lookup", priority=-1)

    def _take_rows(self, found: _Found) -> None:
        if self._bench.desk.record is None or not self._cells:
            return
        with steady(self, self._pointer):
            self._show(found)
        self.ranked.emit()

    def _show(self, found: _Found) -> None:
        self.rows = found.rows
        self.room.setMinimumHeight(0)
        self.wait.setVisible(not found.rows)
        self.wait.setText("" if found.rows else "No published pattern overlaps this drawing.")
        self.title.setText(f"Published patterns ({found.count})")
        self._show_cover(found.cover)
        self._show_parts(found.parts)
        self.fresh.setVisible(found.treated or self.fresh.isChecked())
        self.filters.setVisible(bool(self.chips) or not self.fresh.isHidden())
        self._show_rows()
        self.flags.show_cells(self._cells)

    # -- the fewest ----------------------------------------------------------------------------
    def _show_cover(self, cover: list[Cover]) -> None:
        share, count = round(100 * cover[-1].together) if cover else 0, len(cover)
        self.covering.setText(f"{count} cover{'s' if count == 1 else ''} {share} % of it" if cover else "")
        self.covering.setVisible(bool(cover))
        atlas, rows = self._bench.context.open_atlas(), [self._row_of(each.key) for each in cover]
        lines = [
            (each, row_.first.key, row_name(atlas, row_)) for each, row_ in zip(cover, rows, strict=True)
        ]
        told = [(key, name, round(100 * each.adds), round(100 * each.together)) for each, key, name in lines]
        if told != self._told_cover:  # whoever points at a line keeps it
            self._told_cover = told
            self.cover.show_cover(lines)
        self.cover.setVisible(bool(cover) and not self.cover.isHidden())

    def _turn_cover(self) -> None:
        self.cover.setVisible(self.cover.isHidden())
        self._light_chosen()

    def _row_of(self, key: PatternKey) -> Row:
        """Return the row that a pattern belongs to: with all muscles that share its zone."""
        for row_ in self.rows:
            if any(match.key == key for match in row_.matches):
                return row_
        return Row((Match(key, 0, 0, 0, 0, 0),))

    # -- order and filters ---------------------------------------------------------------------
    def _turn_order(self) -> None:
        long = self.order.text() == IN_SHORT
        self.order.setText(SORT_ORDER if long else IN_SHORT)
        self.why.setText("Less" if long else "How?")

    def _show_parts(self, parts: tuple[str, ...]) -> None:
        """Show a chip for each body part whose muscles reach the drawing."""
        if self.part and self.part not in parts:
            parts = (*parts, self.part)  # what is chosen can be given back
        wanted = ("", *parts) if len(parts) > 1 or self.part else ()
        if self.chips and tuple(self.chips) == wanted:
            return
        flow = self.filters.layout()
        assert flow is not None
        flow.removeWidget(self.fresh)
        clear(flow)
        self.chips = {}
        for part in wanted:
            chip = QPushButton(part_words(part) if part else "All")
            chip.setCheckable(True)
            chip.setChecked(part == self.part)
            chip.setProperty("kind", "filter")
            chip.setAccessibleName(f"Muscles of: {part_words(part) if part else 'all body parts'}")
            chip.clicked.connect(lambda _=False, part=part: self.choose_part(part))
            flow.addWidget(chip)
            self.chips[part] = chip
        flow.addWidget(self.fresh)

    def choose_part(self, part: str) -> None:
        """Look only at muscles of a body part; empty for all."""
        self.part = part
        for each, chip in self.chips.items():
            chip.setChecked(each == part)
        self._rank()

    # -- rows ----------------------------------------------------------------------------------
    def _show_rows(self) -> None:
        atlas = self._bench.context.open_atlas()
        shown = self.rows[: self._most]
        while len(self.cards) < len(shown):
            self.cards.append(self._card())
        for card, row_ in zip(self.cards, shown, strict=False):
            card.show_row(atlas, row_)
            card.show()
        for card in self.cards[len(shown) :]:
            card.hide()
        self._light_chosen()
        self.more.setVisible(len(self.rows) > self._most)

    def _card(self) -> PatternCard:
        card = PatternCard(
            self._add_finding, lambda key: self._bench.show_in_atlas(key.point, key.laterality)
        )
        shown = self._bench.maps.shown
        card.glanced.connect(lambda on: shown.glance_at(card.key if on else None))
        card.pressed.connect(lambda: self._choose(card.key))
        self.list.addWidget(card)
        return card

    def _show_more(self) -> None:
        self._most = MANY
        self._show_rows()

    def _choose(self, key: PointKey) -> None:
        self._chosen = key
        self._light_chosen()
        self._bench.maps.light(self._bench.maps.site_of_point(key))

    def _light_chosen(self) -> None:
        """Light the chosen row and its line among the fewest; give it back where neither is there any more."""
        shown: list[tuple[Card, PointKey]] = [
            (card, card.key) for card in self.cards if card.row is not None and not card.isHidden()
        ]
        if not self.cover.isHidden():
            shown += zip(self.cover.lines, self.cover.keys, strict=True)
        if self._chosen not in [key for _, key in shown]:
            self._give_back()
        for card, key in shown:
            card.set_lit(key == self._chosen)

    def _give_back(self) -> None:
        """Nothing of the look-up is chosen any more: the maps show the drawing alone."""
        if self._chosen is not None:
            self._chosen = None
            self._bench.maps.light(None)

    def _add_finding(self, key: PointKey) -> None:
        site = self._bench.maps.site_of_point(key)
        self._bench.open_step("findings")
        self._bench.maps.site_picked.emit(site)


__all__ = ["IN_SHORT", "LookupPanel", "PatternCard", "Row", "grouped", "in_short", "row_name"]
