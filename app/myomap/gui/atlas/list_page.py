"""Inspector pages that are not a muscle: the empty one, patterns of a symptom or region, a lesson."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from myomap.anatomy.knowledge import Lesson
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.trigger_points import TriggerPoint
from myomap.gui.atlas.muscle_page import evidence_card
from myomap.gui.parts import (
    Card,
    Segments,
    chip,
    column,
    heading,
    label,
    link,
    links,
    row,
    rule,
    state_chip,
    wrapped,
)
from myomap.gui.shown import PointKey
from myomap.gui.words import point_name, sentence, source_words

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource

Choose = Callable[[PointKey], object]
Glance = Callable[[PointKey | None], object]

HONEST = "A look-up in published figures: not a probability and not a diagnosis. Rule out red flags first."


AUDIENCES = {"both": "for everybody", "patient": "for patients", "student": "for students"}


class EmptyPage(QWidget):
    """Nothing is chosen: what can be done, and one story to begin with."""

    def __init__(self, examples: Sequence[tuple[str, Callable[[], object]]]) -> None:
        super().__init__()
        lines = column(self, margin=20, gap=10)
        lines.addWidget(label("Choose a muscle", "title"))
        lines.addWidget(
            label(
                "Point at the map to read a name, click to open it. Or search (Ctrl+F) for a muscle, a place or a"
                " complaint, or walk through the list of muscles (Ctrl+T). F6 takes the keyboard from part to part.",
                "muted",
            )
        )
        if examples:
            lines.addSpacing(6)
            lines.addWidget(heading("Begin with"))
            for text, deed in examples:
                lines.addWidget(links([(text, text)], partial(_do, deed)))
        lines.addSpacing(6)
        lines.addWidget(rule())
        lines.addWidget(heading("On the map"))
        for name, text in (
            ("X", "where a trigger point lies; a dotted ring where it lies deep"),
            ("Solid", "essential zone: where nearly everybody feels it"),
            ("Dots", "spillover zone: where some feel it"),
            ("Dashes", "outline of a muscle that lies hidden in this layer"),
            ("R, L", "the patient's own right and left"),
        ):
            line = row(chip(name), label(text, "muted"), gap=8)
            line.setStretch(1, 1)
            lines.addLayout(line)
        lines.addStretch(1)


def _do(deed: Callable[[], object], _: str) -> None:
    deed()


class PatternList(QWidget):
    """Trigger points that a symptom or region leads to; rows light their zones."""

    def __init__(
        self,
        atlas: "AtlasSource",
        title: str,
        why: str,
        points: Iterable[tuple[TriggerPoint, Laterality, str]],
        *,
        choose: Choose,
        glance: Glance,
        red_flags: Callable[[], object] | None = None,
        side: Laterality | None = None,
        choose_side: Callable[[str], object] | None = None,
        ask_first: Sequence[str] = (),
    ) -> None:
        """``ask_first`` are the red flags of this complaint; ``choose_side`` is asked for the other side."""
        super().__init__()
        self.cards: list[Card] = []
        lines = column(self, margin=20, gap=10)
        lines.addWidget(label(title, "title"))
        self.side: Segments | None = None
        if side is not None and choose_side is not None:
            self.side = Segments("Side", (("right", "Right"), ("left", "Left")), str(side))
            self.side.chosen.connect(choose_side)
            lines.addLayout(row(self.side, None))
        if ask_first:
            lines.addWidget(_ask_first(ask_first, red_flags))
        lines.addWidget(label(why, "muted"))
        lines.addWidget(label(HONEST, "small"))
        if red_flags is not None and not ask_first:
            lines.addWidget(link("Red flags", red_flags))
        count = 0
        for point, side, reason in points:
            count += 1
            key = PointKey(point.id, side)
            card = Card(active=True)
            name = point_name(atlas, point, side)
            card.setAccessibleName(name)
            card.setAccessibleDescription(reason)
            card.body.addWidget(label(name, "strong"))
            card.body.addWidget(label(reason, "muted"))
            card.body.addLayout(row(state_chip(point.checked), None))
            card.pressed.connect(lambda key=key: choose(key))
            card.glanced.connect(lambda on, key=key: glance(key if on else None))
            lines.addWidget(card)
            self.cards.append(card)
        if not count:
            lines.addWidget(label("No published pattern in the atlas reaches this place.", "muted"))
        lines.addStretch(1)


def _ask_first(questions: Sequence[str], all_of_them: Callable[[], object] | None) -> Card:
    """Return the red flags that belong to a complaint: in sight before any muscle is."""
    card = Card("danger_card")
    card.body.addLayout(row(chip("Ask first: red flags", "danger"), None))
    for question in questions:
        card.body.addWidget(label(f"•  {question}", selectable=True))
    if all_of_them is not None:
        card.body.addWidget(link("What to do, and all red flags", all_of_them))
    return card


class LessonPage(QWidget):
    """A teaching card with what it stands on."""

    def __init__(self, atlas: "AtlasSource", lesson: Lesson) -> None:
        super().__init__()
        lines = column(self, margin=20, gap=10)
        lines.addLayout(
            wrapped(chip(AUDIENCES.get(lesson.audience, lesson.audience)), state_chip(lesson.state))
        )
        lines.addWidget(label(sentence(lesson.title), "title"))
        for paragraph in lesson.body:
            lines.addWidget(label(paragraph, selectable=True))
        known = [atlas.evidence[each] for each in lesson.evidence if each in atlas.evidence]
        if known:
            lines.addWidget(rule())
            lines.addWidget(heading("What it stands on"))
            for card in known:
                lines.addWidget(evidence_card(atlas, card))
        for citation in lesson.sources:
            lines.addWidget(label(source_words(atlas, citation), "small", selectable=True))
        lines.addStretch(1)
