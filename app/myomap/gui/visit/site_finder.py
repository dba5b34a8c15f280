"""Choosing a muscle or trigger point by name, for the keyboard: the side is always said, never guessed."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.gui.finder import SearchBox
from myomap.gui.parts import Segments, column, label, row
from myomap.gui.shown import PointKey
from myomap.gui.visit.sites import site_of_structure
from myomap.gui.visit.step import Bench
from myomap.gui.words import point_name, structure_name, within
from myomap.records.values import Site

if TYPE_CHECKING:
    from myomap.lookup.search import Found


class SiteFinder(QWidget):
    """A search box over muscles, parts and trigger points, with the side beside it.

    Neither a side nor a part of a muscle is ever guessed: what the name leaves open is asked.
    """

    chosen = Signal(object)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.box = SearchBox(bench.context.look)
        self.box.set_hints("Or type “left upper trapezius”", "Or type its name", "Or type")
        self.box.setAccessibleName("Find a muscle or trigger point")
        self.box.set_search(self._search)
        self.side = Segments("Side", [("right", "Right"), ("left", "Left")], "")
        self.question = label("", "problem")
        self.question.hide()
        self._waits: Found | None = None
        self._typed = ""
        line = row(self.side, gap=6)
        line.addWidget(self.box, 1)
        lines = column(self, gap=4)
        lines.addWidget(self.question)
        lines.addLayout(line)
        self.box.chosen.connect(self._on_chosen)
        self.box.textEdited.connect(lambda _: self._ask(""))
        self.side.chosen.connect(lambda _: self._on_side())

    def _search(self, text: str) -> "list[Found]":
        """Return what can be found or needled; each row says the side that it would have."""
        from myomap.lookup.search import Kind

        self._typed = text
        found = self._bench.search(text)
        assert isinstance(found, list)
        kinds = (Kind.MUSCLE, Kind.TRIGGER_POINT, Kind.STRUCTURE)
        return [self._sided(f) for f in found if f.entry.kind in kinds]

    def _sided(self, found: "Found") -> "Found":
        side = found.laterality or (Laterality(self.side.current) if self.side.current else None)
        return replace(found, laterality=side if self._has_sides(found) else None)

    def _has_sides(self, found: "Found") -> bool:
        from myomap.lookup.search import Kind

        atlas, entry = self._bench.context.open_atlas(), found.entry
        if entry.kind is Kind.TRIGGER_POINT:
            point = atlas.trigger_points[entry.id]
            return point.sided and point.only is None
        parts = [entry.id] if entry.kind is Kind.STRUCTURE else self._parts(entry.id)
        return any(atlas.structures[part].sided for part in parts if part in atlas.structures)

    def _parts(self, muscle: str) -> list[str]:
        atlas = self._bench.context.open_atlas()
        return [part for part in atlas.muscles[muscle].structures if part in atlas.structures]

    def _on_chosen(self, found: "Found") -> None:
        from myomap.lookup.search import Kind

        if found.entry.kind is Kind.MUSCLE and len(self._parts(found.entry.id)) > 1:
            self._ask(f"Which part of the {within(found.entry.title)}?")
            parts = self._parts_of(found)
            # once the question has its room: the list hangs below the box
            QTimer.singleShot(0, self, lambda: self.box.offer(parts))
            return
        if self._has_sides(found) and found.laterality is None and not self.side.current:
            self._waits = found
            self._ask("Right or left?")
            self.side.buttons["right"].setFocus(Qt.FocusReason.TabFocusReason)
            return
        self._take(found)

    def _on_side(self) -> None:
        waits, self._waits = self._waits, None
        if waits is not None:
            self._take(waits)

    def _ask(self, question: str) -> None:
        self._waits = None if not question else self._waits
        self.question.setText(question)
        self.question.setVisible(bool(question))

    def _take(self, found: "Found") -> None:
        site = self.site_of(found)
        self.box.clear()
        self._ask("")
        self.side.choose_none()  # the next muscle may lie on the other side
        if site is not None:
            self.chosen.emit(site)

    def _parts_of(self, found: "Found") -> "list[Found]":
        """Return the parts of a muscle, then its trigger points; first those that what was typed speaks of.

        “Upper” is in the names of a part's trigger points where the part itself is called “descending”.
        """
        from myomap.lookup.search import Entry, Kind

        atlas = self._bench.context.open_atlas()
        rows = [
            Entry(Kind.STRUCTURE, part, structure_name(atlas, part), atlas.structures[part].name_la)
            for part in self._parts(found.entry.id)
        ]
        points = [point for point in atlas.trigger_points.values() if point.muscle == found.entry.id]
        called = {point.id: point_name(atlas, point, Laterality.MIDLINE) for point in points}
        for part in self._parts(found.entry.id):
            names = [called[point.id] for point in points if point.structure == part]
            called[part] = " ".join([structure_name(atlas, part), *names])
        rows += [
            Entry(Kind.TRIGGER_POINT, point.id, called[point.id], f"refers to: {point.essential_words}")
            for point in points
        ]
        words = _own_words(self._typed, found.entry.title)
        rows.sort(key=lambda entry: -sum(word in called[entry.id].casefold() for word in words))
        return [self._sided(replace(found, entry=entry)) for entry in rows]

    def site_of(self, found: "Found") -> Site | None:
        """Return the site that a search result names, on the side that was typed or is chosen.

        None where it names no side, or a muscle of several parts.
        """
        from myomap.lookup.search import Kind

        atlas = self._bench.context.open_atlas()
        side = found.laterality or (Laterality(self.side.current) if self.side.current else None)
        entry = found.entry
        if entry.kind is Kind.TRIGGER_POINT:
            point = atlas.trigger_points[entry.id]
            chosen = (point.only or side) if point.sided else Laterality.MIDLINE
            return self._bench.maps.site_of_point(PointKey(point.id, chosen)) if chosen else None
        structure_id = entry.id
        if entry.kind is Kind.MUSCLE:
            parts = self._parts(entry.id)
            if len(parts) != 1:
                return None
            structure_id = parts[0]
        structure = atlas.structures.get(structure_id)
        if structure is None or structure.muscle is None:
            return None
        lies = side if structure.sided else Laterality.MIDLINE
        return site_of_structure(atlas, StructureKey(structure.id, lies)) if lies else None


def _own_words(typed: str, muscle: str) -> list[str]:
    """Return what was typed beside a side and the muscle's own name.

    >>> _own_words("right upper trap", "Trapezius")
    ['upper']
    """
    known = muscle.casefold()
    return [w for w in typed.casefold().split() if w not in known and w not in ("right", "left", "r", "l")]
