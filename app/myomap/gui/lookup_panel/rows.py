"""The rows of the look-up: trigger points that share a zone are one row, and a row's card is used again and again."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from myomap.anatomy.sources import State
from myomap.gui.parts import Card, label, link, row
from myomap.gui.shown import PointKey
from myomap.gui.words import CONFIDENCE, STATES, sentence, short_source, sided, source_words, within
from myomap.lookup.pattern_index import PatternKey
from myomap.lookup.ranking import BESIDE_WORDS, Match

if TYPE_CHECKING:
    from myomap.anatomy.trigger_points import TriggerPoint
    from myomap.surface.atlas_source import AtlasSource

#: A work without an author is named by its title: of that so many letters stand in a row.
_TITLE_LETTERS = 34


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
        titles = list(dict.fromkeys(p.title_under(names[0]) for p in points))
        titles = [t for t in titles if t.casefold() != "whole muscle"]
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


def in_short(match: Match) -> str:
    """Return a row's numbers in one line; the card's description says them in full."""
    if match.beside:
        return sentence(BESIDE_WORDS)
    if not match.covered_essential:
        return f"Essential zone not drawn · spillover takes in {_percent(match.covered_spillover)} of the drawing"
    said = f"Essential zone {_percent(match.essential_drawn)} drawn"
    said += f" · takes in {_percent(match.covered_essential)} of the drawing"
    worth_saying = match.covered_spillover >= 0.01
    return f"{said}, spillover {_percent(match.covered_spillover)}" if worth_saying else said


def origin_words(atlas: "AtlasSource", point: "TriggerPoint", order: int) -> str:
    """Return “Order 61 · Simons 1999, fig. 9-1B · high confidence”.

    It stays on one line: initials and what is noted at a figure are in the tool tip.

    >>> _SPARE.sub("", "Simons DG 1999, fig. 16-1C (caption: pattern similar)")
    'Simons 1999, fig. 16-1C'
    """
    source = _SPARE.sub("", short_source(atlas, point.source))
    if len(source) > _TITLE_LETTERS:
        source = source[:_TITLE_LETTERS].rsplit(" ", 1)[0] + " …"
    parts = (f"Order {order}", source, CONFIDENCE[point.confidence])
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


#: Initials before a year, and what a figure's number says besides: “(right)” is part of it, a sentence is not.
_SPARE = re.compile(r"(?<=[a-z]) [A-Z]{1,3}(?= \d{4})| \([^)]{9,}\)$")


def _percent(share: float) -> str:
    # the number and its sign stay on one line
    return "under 1\N{NO-BREAK SPACE}%" if 0 < share < 0.01 else f"{round(100 * share)}\N{NO-BREAK SPACE}%"


def small(made: QPushButton) -> QPushButton:
    """Make a link as small as the line that it stands in."""
    made.setProperty("small", True)
    return made


class PatternCard(Card):
    """A row of the look-up; pointing at it lights its zone, pressing it chooses it."""

    def __init__(
        self, add_finding: Callable[[PointKey], object], open_in_atlas: Callable[[PointKey], object]
    ) -> None:
        super().__init__("row", active=True)
        self.row: Row | None = None
        self.body.setContentsMargins(10, 7, 10, 7)
        self.body.setSpacing(1)
        self.name = label("", "strong")
        self.numbers = label("", "small")
        self.origin = label("", "small")
        self.recalled = QLabel(STATES[State.RECALLED][0])
        self.recalled.setProperty("kind", "recalled")
        self.recalled.setToolTip(STATES[State.RECALLED][1])
        links = (
            link("Add finding", lambda: add_finding(self.key), "Record it as palpated at this trigger point"),
            link("Atlas", lambda: open_in_atlas(self.key), "Open this trigger point in the atlas"),
        )
        self.links = row(*(small(each) for each in links), gap=6)
        head = row(gap=6)
        head.addWidget(self.name, 1)
        head.addWidget(self.recalled, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.body.addWidget(self.numbers)
        foot = row(gap=4)
        foot.addWidget(self.origin, 1)
        foot.addLayout(self.links)
        self.body.addLayout(foot)

    @property
    def key(self) -> PointKey:
        """The trigger point that is chosen, lit and recorded."""
        assert self.row is not None
        return PointKey(self.row.first.key.trigger_point, self.row.first.key.laterality)

    def show_row(self, atlas: "AtlasSource", row_: Row) -> None:
        """Show another row; nothing is laid out again where the words are the same."""
        same = self.row is not None and [m.key for m in self.row.matches] == [m.key for m in row_.matches]
        self.row = row_
        match = row_.first
        self.numbers.setText(in_short(match))
        reasons = "; ".join(match.reasons)
        self.setToolTip(f"{reasons.capitalize()}.")
        self.setAccessibleDescription(f"{reasons}; number {match.order} in the published order")
        if same:
            return
        point = atlas.trigger_points[match.key.trigger_point]
        name = row_name(atlas, row_)
        self.setAccessibleName(name)
        self.name.setText(name)
        self.recalled.setVisible(point.checked is State.RECALLED)
        words, tip = STATES[point.checked]
        self.origin.setText(origin_words(atlas, point, match.order))
        self.origin.setToolTip(
            f"Number {match.order} in the published order.\n{source_words(atlas, point.source)}\n"
            f"{words.capitalize()}. {tip}"
        )
