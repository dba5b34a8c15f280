"""One trigger point in the inspector: its row lights its zones, pressing it opens what is known of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from myomap.anatomy.knowledge import RiskClass, Safety
from myomap.anatomy.sources import Confidence, Fact, State
from myomap.anatomy.trigger_points import Palpation, TriggerPoint, ZoneKind
from myomap.gui.icons import pixmap
from myomap.gui.parts import Card, band, chip, column, label, link, links, row, state_chip, wrapped
from myomap.gui.shown import PointKey
from myomap.gui.words import CONFIDENCE, point_name, point_title, sentence, source_words, within

if TYPE_CHECKING:
    from myomap.gui.theme import Look
    from myomap.surface.atlas_source import AtlasSource

Go = Callable[[str], object]


#: How careful one has to be with a needle.
RISK_WORDS = {
    RiskClass.HIGH: "High risk when needled",
    RiskClass.CAUTION: "Caution when needled",
    RiskClass.STANDARD: "Standard care when needled",
}


def in_reach(safety: Safety) -> str:
    """Return what a needle can reach, as it stands inside a sentence; empty where nothing is known."""
    return "; ".join(dict.fromkeys(within(each.name) for each in safety.in_reach))


PALPATION = {
    Palpation.FLAT: "flat palpation",
    Palpation.PINCER: "pincer palpation",
    Palpation.DEEP: "deep pressure",
    Palpation.INTRAORAL: "from inside the mouth",
    Palpation.INTRAPELVIC: "from inside the pelvis",
    Palpation.NOT_PALPABLE: "cannot be palpated directly",
}


def _part(name: str, text: str) -> QLabel:
    made = label(f"{name}  {text}", selectable=True)
    made.setTextFormat(made.textFormat().RichText)
    made.setText(f"<b>{_escaped(name)}</b>&nbsp; {_escaped(text)}")
    return made


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class PointCard(Card):
    """Collapsed: name and where it refers to. Open: how to find it, signs, satellites, source."""

    def __init__(
        self, atlas: "AtlasSource", look: "Look", point: TriggerPoint, key: PointKey, go: Go
    ) -> None:
        super().__init__(active=True)
        self.point, self.key = point, key
        self._atlas, self._go = atlas, go
        self._more: QWidget | None = None
        self.show_best: Callable[[], object] | None = None
        """What turns the maps to where the pattern is seen best; set before the card is opened."""
        cross = QLabel()
        cross.setPixmap(pixmap("cross", look.chrome.text, 14))
        self._title = title = label(point_title(atlas, point), "strong")
        number = chip(point.number) if point.number and point.number not in point.title else None
        head = row(cross, title, gap=8)
        head.setStretch(1, 1)
        if number is not None:
            head.addWidget(number)
        self.body.addLayout(head)
        what = "Refers pain to" if point.pain else "Brings on"
        self.body.addWidget(_part(what, sentence(point.essential_words) or "No place on the skin"))
        if point.spillover_words:
            spill = _part("May spill over to", sentence(point.spillover_words))
            spill.setProperty("kind", "muted")
            self.body.addWidget(spill)
        marks = [state_chip(point.checked)] if point.checked is State.RECALLED else []
        if point.confidence is not Confidence.HIGH:
            marks.append(chip(CONFIDENCE[point.confidence]))
        if marks:  # what is as it should be is said in the details
            self.body.addLayout(wrapped(*marks))
        self._name = name = point_name(atlas, point, key.laterality)
        self.setAccessibleName(name)
        self.setAccessibleDescription(
            f"{what} {point.essential_words}. Spillover: {point.spillover_words or 'none'}."
            " Press Enter to open or close."
        )

    def set_open(self, is_open: bool) -> None:
        """Show or fold away the details."""
        self.set_lit(is_open)
        # open it stands for itself: the side and the muscle may be out of sight above it
        self._title.setText(self._name if is_open else point_title(self._atlas, self.point))
        if is_open and self._more is None:
            self._more = self._details()
            self.body.addWidget(self._more)
        if self._more is not None:
            self._more.setVisible(is_open)

    def _details(self) -> QWidget:
        box = QWidget()
        lines = column(box, gap=6)
        find = self.point.find
        safety = self._atlas.safety.get(self.point.muscle)
        if safety is not None and safety.risk is not RiskClass.STANDARD:
            kind = "danger" if safety.risk is RiskClass.HIGH else "caution"
            said = [RISK_WORDS[safety.risk], in_reach(safety)]
            lines.addWidget(band(": ".join(filter(None, said)), kind))
        if self.show_best is not None:
            lines.addWidget(link("Show its best view", self.show_best))
        lines.addWidget(label("How to find it", "heading"))
        for name, text in (("Position", find.position), ("Landmarks", find.landmarks)):
            if text:
                lines.addWidget(_part(name, text))
        lines.addLayout(wrapped(chip(PALPATION[find.palpation]), state_chip(find.state)))
        if find.source is not None:
            lines.addWidget(label(source_words(self._atlas, find.source), "small", selectable=True))
        for area in self.point.inner:
            kind = "essential" if area.kind is ZoneKind.ESSENTIAL else "spillover"
            lines.addWidget(
                _part("Also felt inside", f"{sentence(area.name_en)} ({kind}; no skin to draw it on)")
            )
        self._facts(lines, "Other signs", self.point.signs)
        self._facts(lines, "What else it can be", self.point.differential)
        self._muscles(lines, "Satellites may follow in", self.point.satellites)
        self._muscles(lines, "Key points may lie in", self.point.keys)
        lines.addWidget(label("Source", "heading"))
        if self.point.checked is not State.RECALLED:
            lines.addLayout(row(state_chip(self.point.checked), None))
        lines.addWidget(label(source_words(self._atlas, self.point.source), "small", selectable=True))
        return box

    def _facts(self, lines: QVBoxLayout, name: str, facts: tuple[Fact, ...]) -> None:
        if not facts:
            return
        lines.addWidget(label(name, "heading"))
        for fact in facts:
            lines.addWidget(label(f"•  {fact.text}", selectable=True))
        lines.addLayout(row(state_chip(facts[0].state), None))

    def _muscles(self, lines: QVBoxLayout, name: str, ids: tuple[str, ...]) -> None:
        known = [self._atlas.muscles[each] for each in ids if each in self._atlas.muscles]
        if not known:
            return
        lines.addWidget(label(name, "heading"))
        lines.addWidget(links([(muscle.id, muscle.name_en) for muscle in known], self._go))
        state = self.point.associated_state
        if state is State.RECALLED:
            lines.addLayout(row(state_chip(state), None))
