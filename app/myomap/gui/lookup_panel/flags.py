"""Red flags beside a drawing: the questions to ask before any pattern is looked at."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from myomap.gui.parts import Card, clear, column, label, link, row

if TYPE_CHECKING:
    from myomap.anatomy.knowledge import ScreeningItem
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.cells import Cells

#: So many questions are seen at once.
FIRST = 3
#: Body parts of regions as the screening questions call them.
_SCREENED = {"arm": "upper_arm", "chest": "thorax", "elbow": "forearm", "knee": "leg"}
#: How urgent an action is, by how it begins.
_URGENCY = ("emergency at once", "emergency", "urgent", "same", "medical assessment the same day", "dentist")
#: A body part with less of the drawing than this does not bring its questions.
_LEAST = 0.04


def parts_drawn(atlas: "AtlasSource", cells: "Cells") -> dict[str, float]:
    """Return the share of a drawing in each body part, as the screening questions call them."""
    part_of = {r.number: r.body_part.replace(" ", "_") for r in atlas.regions.values()}
    shares: dict[str, float] = {}
    for share in atlas.skin.regions_touched(cells):
        part = part_of.get(share.region, "")
        part = _SCREENED.get(part, part)
        shares[part] = shares.get(part, 0.0) + share.share
    return shares


def flags_for(items: Sequence["ScreeningItem"], shares: Mapping[str, float]) -> list["ScreeningItem"]:
    """Return the red flags to ask about a drawing: those of its body parts first, the most urgent first there.

    Those of the parts where most is drawn come first, then the more urgent, then those that are about fewer
    parts; what matters everywhere follows. What has nothing to do with the place is left out.
    """
    parts = {part for part, share in shares.items() if share > _LEAST} or set(shares)

    def place(item: "ScreeningItem") -> tuple[float, int, int]:
        covered = sum(shares.get(part, 0.0) for part in item.body_parts)
        # in steps of a third: a question about the half that hurts is not pushed away by one about 10 % more
        return -round(3 * covered), urgency(item), len(item.body_parts)

    flags = [item for item in items if item.kind == "red_flag"]
    here = sorted((item for item in flags if parts & set(item.body_parts)), key=place)
    everywhere = sorted((item for item in flags if not item.body_parts), key=urgency)
    return here + everywhere


def urgency(item: "ScreeningItem") -> int:
    """Return a rank for how soon somebody must act: 0 is at once."""
    action = item.action.casefold()
    return next((rank for rank, words in enumerate(_URGENCY) if action.startswith(words)), len(_URGENCY))


class RedFlags(Card):
    """The first questions are always seen; all of them, with what to do, on demand."""

    def __init__(self, atlas: "AtlasSource") -> None:
        super().__init__("danger_card")
        self._atlas = atlas
        self._items: list[ScreeningItem] = []
        self.opened = False
        self.body.setContentsMargins(10, 6, 10, 6)
        self.body.setSpacing(3)
        self.title = label("Ask first", "strong", wrap=False)
        self.more = link("What to do", self._turn)
        self.more.setProperty("small", True)
        self.body.addLayout(row(self.title, None, self.more))
        self.lines: QVBoxLayout = column(gap=3)
        self.body.addLayout(self.lines)
        self.setAccessibleName("Red flags for this place")

    @property
    def items(self) -> Sequence["ScreeningItem"]:
        """All questions, in their order."""
        return self._items

    def show_cells(self, cells: "Cells") -> None:
        """Show the questions for the place that is drawn."""
        shares = parts_drawn(self._atlas, cells)
        items = flags_for(tuple(self._atlas.screening.values()), shares)
        self.setVisible(bool(items))
        if items != self._items:
            self._items = items
            self._fill()

    def _turn(self) -> None:
        self.opened = not self.opened
        self._fill()

    def _fill(self) -> None:
        clear(self.lines)
        rest = len(self._items) - FIRST
        if self.opened:
            self.more.setText("Show less")
        else:
            self.more.setText(f"What to do, and {rest} more" if rest > 0 else "What to do")
        for item in self._items if self.opened else self._items[:FIRST]:
            question = label(item.question, "flag")
            question.setToolTip(item.action)
            question.setAccessibleDescription(item.action)
            self.lines.addWidget(question)
            if self.opened:
                self.lines.addWidget(label(item.action, "small_strong"))
                self.lines.addSpacing(4)
