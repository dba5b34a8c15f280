"""Choosing a muscle or trigger point by name, for the keyboard: the side is always said, never guessed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.gui.finder import SearchBox
from myomap.gui.parts import Segments
from myomap.gui.shown import PointKey
from myomap.gui.visit.sites import site_of_structure
from myomap.gui.visit.step import Bench
from myomap.records.values import Site

if TYPE_CHECKING:
    from myomap.lookup.search import Found


class SiteFinder(QWidget):
    """A search box over muscles, parts and trigger points, with the side beside it."""

    chosen = Signal(object)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.box = SearchBox(bench.context.look)
        self.box.setPlaceholderText("Or type a muscle or trigger point")
        self.box.setAccessibleName("Find a muscle or trigger point")
        self.box.set_search(self._search)
        self.side = Segments("Side", [("right", "Right"), ("left", "Left")], "right")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.side)
        line.addWidget(self.box, 1)
        self.box.chosen.connect(self._on_chosen)

    def _search(self, text: str) -> "list[Found]":
        from myomap.lookup.search import Kind

        found = self._bench.search(text)
        assert isinstance(found, list)
        return [f for f in found if f.entry.kind in (Kind.MUSCLE, Kind.TRIGGER_POINT, Kind.STRUCTURE)]

    def _on_chosen(self, found: "Found") -> None:
        site = self.site_of(found)
        self.box.clear()
        if site is not None:
            self.chosen.emit(site)

    def site_of(self, found: "Found") -> Site | None:
        """Return the site that a search result names, on the side that was typed or is chosen."""
        from myomap.lookup.search import Kind

        atlas = self._bench.context.open_atlas()
        side = found.laterality or Laterality(self.side.current)
        entry = found.entry
        if entry.kind is Kind.TRIGGER_POINT:
            point = atlas.trigger_points[entry.id]
            chosen = (point.only or side) if point.sided else Laterality.MIDLINE
            return self._bench.maps.site_of_point(PointKey(point.id, chosen))
        structure_id = entry.id
        if entry.kind is Kind.MUSCLE:
            muscle = atlas.muscles[entry.id]
            structure_id = next((s for s in muscle.structures if s in atlas.structures), "")
        structure = atlas.structures.get(structure_id)
        if structure is None or structure.muscle is None:
            return None
        return site_of_structure(
            atlas, StructureKey(structure.id, side if structure.sided else Laterality.MIDLINE)
        )
