"""The look-up beside the drawing: red flags first, then the published patterns that overlap it, live."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from myomap.gui.forms import Fold, Pick
from myomap.gui.parts import Card, chip, clear, column, label, link, row, state_chip
from myomap.gui.shown import PointKey
from myomap.gui.words import CONFIDENCE, part_order, part_words, short_source, sided, within
from myomap.lookup.pattern_index import PatternIndex, PatternKey, shared_index
from myomap.lookup.ranking import SORT_ORDER, Cover, Match, covering_set, rank
from myomap.surface.cells import Cells

if TYPE_CHECKING:
    from myomap.gui.visit.step import Bench
    from myomap.surface.atlas_source import AtlasSource

#: Rows that are shown at once; more on demand.
FEW, MANY = 8, 30
#: Body parts of regions as the screening questions call them.
_SCREENED = {"arm": "upper_arm", "chest": "thorax", "elbow": "forearm", "knee": "leg"}
#: While drawing the rows follow this often.
LIVE_MS = 120


@dataclass(frozen=True, slots=True)
class Row:
    """One or more trigger points whose zones are the same, as one row."""

    matches: tuple[Match, ...]

    @property
    def first(self) -> Match:
        """The one that comes first in the published order."""
        return self.matches[0]


def grouped(atlas: "AtlasSource", matches: Sequence[Match]) -> list[Row]:
    """Put neighbours with equal likeness and the same zone into one row."""
    rows: list[list[Match]] = []
    for match in matches:
        for held in rows[-6:]:
            if abs(held[0].likeness - match.likeness) < 1e-3 and _same_zone(atlas, held[0].key, match.key):
                held.append(match)
                break
        else:
            rows.append([match])
    return [Row(tuple(each)) for each in rows]


def _same_zone(atlas: "AtlasSource", one: PatternKey, other: PatternKey) -> bool:
    if one.laterality is not other.laterality:
        return False
    a = atlas.zone(one.trigger_point, one.laterality).essential
    b = atlas.zone(other.trigger_point, other.laterality).essential
    return np.array_equal(a.ids, b.ids)


def row_name(atlas: "AtlasSource", row_: Row) -> str:
    """Return “RIGHT trapezius, descending part, TrP1”, or all muscles of a shared zone."""
    points = [atlas.trigger_points[m.key.trigger_point] for m in row_.matches]
    side = row_.first.key.laterality
    names = list(
        dict.fromkeys(
            atlas.muscles[p.muscle].name_en if p.muscle in atlas.muscles else p.muscle for p in points
        )
    )
    if len(names) == 1:
        titles = list(dict.fromkeys(p.title or p.number for p in points if p.title or p.number))
        titles = [t for t in titles if t.casefold() not in (names[0].casefold(), "whole muscle")]
        name = within(names[0]) if side.spoken else names[0]
        return sided(side, f"{name}, {' and '.join(titles)}" if titles else name)
    common = _common(names)
    if common:
        rest = ", ".join(n[len(common) :].strip() or n for n in names)
        return sided(side, f"{within(common)}: {rest}")
    return sided(side, ", ".join(within(n) for n in names))


def _common(names: Sequence[str]) -> str:
    words = [n.split() for n in names]
    shared = []
    for parts in zip(*words, strict=False):
        if len({p.lower() for p in parts}) > 1:
            break
        shared.append(parts[0])
    return " ".join(shared) if shared and all(len(w) > len(shared) for w in words) else ""


class PatternCard(Card):
    """A row of the look-up; pointing at it lights its zone, pressing it chooses it."""

    def __init__(self, atlas: "AtlasSource", row_: Row) -> None:
        super().__init__(active=True)
        self.row = row_
        match = row_.first
        point = atlas.trigger_points[match.key.trigger_point]
        name = row_name(atlas, row_)
        self.setAccessibleName(name)
        self.body.setSpacing(3)
        self.body.addWidget(label(name, "strong"))
        self.body.addWidget(label("; ".join(match.reasons).capitalize() + ".", "small"))
        foot = row(
            state_chip(point.checked),
            chip(CONFIDENCE[point.confidence]),
            None,
            gap=4,
        )
        self.body.addWidget(label(short_source(atlas, point.source), "small"))
        self.body.addLayout(foot)
        self.links = row(gap=4)
        self.body.addLayout(self.links)
        self.setAccessibleDescription("; ".join(match.reasons))


class LookupPanel(QWidget):
    """Ranks while drawing; the index is built once, off the window's thread."""

    ranked = Signal()

    def __init__(self, bench: "Bench") -> None:
        super().__init__()
        self._bench = bench
        self._index: PatternIndex | None = None
        self._cells = Cells.empty()
        self.rows: list[Row] = []
        self._most = FEW
        self.title = label("Published patterns that overlap the drawing", "heading")
        self.part = Pick("Body part")
        self.part.addItem("All body parts", "")
        self.fresh = QPushButton("Not yet treated")
        self.fresh.setCheckable(True)
        self.fresh.setToolTip("Leave out muscles that were needled in this visit")
        self.wait = label("", "muted")
        self.flags = Fold("Red flags for this place", self._build_flags)
        self.flag_lines = column(gap=4)
        self.cover = label("", "muted")
        self.list = column(gap=6)
        self.more = link("Show more", self._show_more)
        self.order = label(SORT_ORDER, "small")
        lines = column(self, gap=8)
        lines.addWidget(self.title)
        lines.addWidget(self.flags)
        lines.addLayout(row(self.part, self.fresh, None, gap=6))
        for widget in (self.wait, self.cover):
            lines.addWidget(widget)
        lines.addLayout(self.list)
        lines.addWidget(self.more)
        lines.addWidget(self.order)
        self.part.currentIndexChanged.connect(lambda _: self._rank())
        self.fresh.toggled.connect(lambda _: self._rank())
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LIVE_MS)
        self._soon.timeout.connect(self._rank)
        self._fill_parts()
        self.setVisible(False)

    def _fill_parts(self) -> None:
        atlas = self._bench.context.open_atlas()
        parts = sorted({p.body_part for p in atlas.trigger_points.values()}, key=part_order)
        for part in parts:
            self.part.addItem(part_words(part), part)

    def forget(self) -> None:
        """Drop what is on its way."""
        self._bench.context.pool.forget("lookup")
        self._bench.maps.shown.glance_at(None)

    # -- ranking -------------------------------------------------------------------------------
    def show_cells(self, cells: Cells) -> None:
        """Look up a drawing."""
        self._cells = cells
        self.setVisible(bool(cells))
        if not cells:
            clear(self.list)
            self.rows = []
            return
        if self._index is None:
            self._build_index()
        elif not self._soon.isActive():
            self._soon.start()

    def _build_index(self) -> None:
        atlas = self._bench.context.open_atlas()
        if self._bench.index is not None:
            self._index = self._bench.index
            self._rank()
            return
        self.wait.setText("Reading all patterns …")
        self.wait.show()
        self._bench.context.pool.run(lambda: shared_index(atlas), self._take_index, topic="lookup-index")

    def _take_index(self, index: PatternIndex) -> None:
        self._index = self._bench.index = index
        self.wait.hide()
        self._rank()

    def _rank(self) -> None:
        index, cells = self._index, self._cells
        if index is None or not cells:
            return
        atlas = self._bench.context.open_atlas()
        part = str(self.part.currentData() or "")
        record = self._bench.desk.record
        treated = {(n.site.muscle, n.site.laterality) for n in record.needlings} if record else set()
        fresh = self.fresh.isChecked()

        def accept(key: PatternKey) -> bool:
            point = atlas.trigger_points[key.trigger_point]
            if part and point.body_part != part:
                return False
            return not (fresh and (point.muscle, key.laterality) in treated)

        def work() -> tuple[list[Row], list[Cover], int]:
            matches = rank(index, cells, accept=accept)
            return grouped(atlas, matches[: 3 * MANY]), covering_set(index, cells, matches), len(matches)

        self._bench.context.pool.run(work, self._take_rows, topic="lookup", priority=3)

    def _take_rows(self, outcome: tuple[list[Row], list[Cover], int]) -> None:
        rows, cover, count = outcome
        if self._bench.desk.record is None:
            return
        known = [[m.key for m in r.matches] for r in self.rows]
        wanted = [[m.key for m in r.matches] for r in rows]
        self.rows = rows
        self.wait.setVisible(not rows)
        self.wait.setText("" if rows else "No published pattern overlaps this drawing.")
        names = [self._cover_name(c.key) for c in cover]
        self.cover.setText(
            f"Fewest patterns that cover the drawing: {'; then '.join(names)}. "
            f"{'Together they take' if len(names) > 1 else 'It takes'} in "
            f"{round(100 * cover[-1].together)} % of the drawing."
            if names
            else ""
        )
        self.cover.setVisible(bool(names))
        self._show_rows(keep_order=known == wanted)
        self._show_flags()
        self.title.setText(f"Published patterns that overlap the drawing ({count})")
        self.ranked.emit()

    def _cover_name(self, key: PatternKey) -> str:
        """Return the name of the row that the pattern belongs to: all muscles that share its zone."""
        atlas = self._bench.context.open_atlas()
        for row_ in self.rows:
            if any(match.key == key for match in row_.matches):
                return row_name(atlas, row_)
        return row_name(atlas, Row((Match(key, 0, 0, 0, 0, 0),)))

    # -- rows ----------------------------------------------------------------------------------
    def _show_rows(self, *, keep_order: bool = False) -> None:
        atlas, shown = self._bench.context.open_atlas(), self._bench.maps.shown
        clear(self.list)
        for row_ in self.rows[: self._most]:
            card = PatternCard(atlas, row_)
            key = PointKey(row_.first.key.trigger_point, row_.first.key.laterality)
            card.glanced.connect(lambda on, key=key: shown.glance_at(key if on else None))
            card.pressed.connect(lambda key=key: self._choose(key))
            card.links.addWidget(link("Add as finding", partial(self._add_finding, key)))
            card.links.addWidget(
                link("Open in the atlas", partial(self._bench.show_in_atlas, key.point, key.laterality))
            )
            card.links.addStretch(1)
            self.list.addWidget(card)
        self.more.setVisible(len(self.rows) > self._most)

    def _show_more(self) -> None:
        self._most = MANY
        self._show_rows()

    def _choose(self, key: PointKey) -> None:
        self._bench.maps.light(self._bench.maps.site_of_point(key))

    def _add_finding(self, key: PointKey) -> None:
        site = self._bench.maps.site_of_point(key)
        self._bench.open_step("findings")
        self._bench.maps.site_picked.emit(site)

    # -- red flags -----------------------------------------------------------------------------
    def _build_flags(self, lines: object) -> None:
        lines.addLayout(self.flag_lines)  # type: ignore[attr-defined]
        self._show_flags()

    def _parts_drawn(self) -> set[str]:
        atlas = self._bench.context.open_atlas()
        numbers = {share.region for share in atlas.skin.regions_touched(self._cells) if share.share > 0.04}
        parts = {r.body_part.replace(" ", "_") for r in atlas.regions.values() if r.number in numbers}
        return {_SCREENED.get(part, part) for part in parts}

    def _show_flags(self) -> None:
        atlas = self._bench.context.open_atlas()
        parts = self._parts_drawn()
        items = [
            item
            for item in atlas.screening.values()
            if item.kind == "red_flag" and item.body_parts and parts & set(item.body_parts)
        ]
        self.flags.setVisible(bool(items))
        self.flags.set_note(f"ask {len(items)} first")
        if self.flags.head.isChecked():
            clear(self.flag_lines)
            for item in items:
                card = Card("danger_card")
                card.body.addWidget(label(item.question))
                card.body.addWidget(label(item.action, "strong"))
                self.flag_lines.addWidget(card)
