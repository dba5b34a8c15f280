"""What the inspector says of a structure and its muscle."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from myomap.anatomy.knowledge import EvidenceCard, Exercise, ExerciseKind, RiskClass, Safety
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Citation, State
from myomap.anatomy.structures import Muscle, StructureKey, StructureKind
from myomap.gui.atlas.point_card import RISK_WORDS, PointCard, in_reach
from myomap.gui.flow import Flow
from myomap.gui.forms import Fold
from myomap.gui.parts import Card, chip, column, heading, label, link, links, row, rule, state_chip, wrapped
from myomap.gui.shown import PointKey
from myomap.gui.words import LAYERS, point_title, sentence, short_source, source_words

if TYPE_CHECKING:
    from myomap.gui.theme import Look
    from myomap.surface.atlas_source import AtlasSource

_RISK = {
    RiskClass.HIGH: ("danger_card", "danger", RISK_WORDS[RiskClass.HIGH]),
    RiskClass.CAUTION: ("caution_card", "caution", RISK_WORDS[RiskClass.CAUTION]),
    RiskClass.STANDARD: ("card", "chip", RISK_WORDS[RiskClass.STANDARD]),
}
#: What is known of putting a needle into a muscle.
SAFETY = "Needling"
_KINDS = {
    ExerciseKind.STRETCH: "stretch",
    ExerciseKind.STRENGTHEN: "strengthen",
    ExerciseKind.MOBILITY: "mobility",
}


class MusclePage(QWidget):
    """A structure on one side: names, trigger points, anatomy, safety, exercises, evidence, sources."""

    wanted_part = Signal(QWidget)
    """This part of the page should be in sight."""

    def __init__(
        self,
        atlas: "AtlasSource",
        look: "Look",
        key: StructureKey,
        *,
        go: Callable[[str], object],
        other_side: Callable[[], object],
        show_layer: Callable[[], object],
        read: Callable[[str], object],
        folds: dict[str, bool] | None = None,
        before: tuple[str, Callable[[], object]] | None = None,
        close_by: Sequence[tuple[str, str]] = (),
        choose: Callable[[str], object] | None = None,
    ) -> None:
        """``folds`` remembers which parts were opened or closed by hand, from one muscle to the next.

        ``before`` is the list that led here: its title, and what shows it again. ``close_by`` are the keys
        and names of what else the click may have been meant for, ``choose`` what takes one of them.
        """
        super().__init__()
        self._read = read
        self._folds = {} if folds is None else folds
        self.folds: dict[str, Fold] = {}
        self._atlas, self._look, self.key, self._go = atlas, look, key, go
        self.cards: dict[PointKey, PointCard] = {}
        structure = atlas.structures.get(key.structure)
        muscle = atlas.muscles.get(structure.muscle or "") if structure else None
        self._lines = column(self, margin=20, gap=10)
        if before is not None:
            back = link("‹ Back to the list", before[1], before[0])
            back.setAccessibleName(f"Back to the list: {before[0]}")
            self._lines.addWidget(back)
        self._head(muscle, other_side, show_layer)
        if close_by and choose is not None:
            self._lines.addWidget(label("Close to the click too:", "small"))
            self._lines.addWidget(links(list(close_by), choose, gap=" &nbsp; "))
        if muscle is not None:
            self._reach(muscle)
            self._points(muscle)
            self._lines.addSpacing(6)
            if (safety := atlas.safety.get(muscle.id)) is not None:
                high = safety.risk is RiskClass.HIGH
                note = _RISK[safety.risk][2].removesuffix(" when needled").lower()
                self._fold(SAFETY, partial(self._safety, safety), open=high, note=note)
            self._fold("Anatomy", partial(self._anatomy, muscle), open=True)
            exercises = [e for e in atlas.exercises.values() if muscle.id in e.muscles]
            if exercises:
                self._fold("Exercises", partial(self._exercises, exercises), note=str(len(exercises)))
            self._fold("Evidence", partial(self._evidence, muscle))
        elif structure is not None and structure.kind is not StructureKind.MUSCLE:
            self._lines.addWidget(
                label("This structure has no trigger points of its own in this atlas.", "muted")
            )
        self._lines.addStretch(1)

    def _head(
        self, muscle: Muscle | None, other_side: Callable[[], object], show_layer: Callable[[], object]
    ) -> None:
        structure = self._atlas.structures.get(self.key.structure)
        side = self.key.laterality
        top = Flow(8)  # a narrow window puts the warning on the next line and never cuts it
        if side is not Laterality.MIDLINE:
            top.addWidget(chip(side.spoken, "side", "The patient's own side"))
        if structure is not None:
            top.addWidget(chip(f"{LAYERS[structure.layer]} layer".replace("Skeleton layer", "Skeleton")))
        if structure is not None and structure.variant:
            top.addWidget(chip("variant", tip="Not everybody has this muscle."))
        self._lines.addLayout(top)
        own = structure.name_en if structure else self.key.structure
        title = muscle.name_en if muscle else own
        self._lines.addWidget(label(sentence(title), "title", selectable=True))
        if muscle is not None and structure is not None and structure.part:
            self._lines.addWidget(label(sentence(structure.part), "subtitle"))
        latin = muscle.name_la if muscle else (structure.name_la if structure else "")
        if latin:
            self._lines.addWidget(label(latin, "latin", selectable=True))
        if muscle is not None and muscle.synonyms:
            self._lines.addWidget(label("Also found as: " + ", ".join(muscle.synonyms), "muted"))
        deeds: dict[str, tuple[str, Callable[[], object]]] = {}
        if side is not Laterality.MIDLINE:
            deeds["other"] = (f"Show the {side.mirrored()} side", other_side)
        if structure is not None:
            deeds["where"] = ("Show where it lies", show_layer)
        choices = [(name, words) for name, (words, _) in deeds.items()]
        self._lines.addWidget(links(choices, lambda name: deeds[name][1](), gap=" &nbsp; "))

    def _reach(self, muscle: Muscle) -> None:
        """Say what a needle can reach before anything else is said; the whole of it is one click away."""
        safety = self._atlas.safety.get(muscle.id)
        if safety is None:
            return
        kind, mark, words = _RISK[safety.risk]
        card = Card(kind)
        if safety.risk is not RiskClass.STANDARD:
            card.body.addLayout(row(chip(words, mark), None))
        if names := in_reach(safety):
            card.body.addWidget(label(f"In reach: {names}", selectable=True))
        card.body.addWidget(link("Needle direction and care", self.read_safety))
        self._lines.addWidget(card)

    def read_safety(self) -> None:
        """Open what is known of needling this muscle, and bring it into sight."""
        self.show_fold(SAFETY)
        self.wanted_part.emit(self.folds[SAFETY])

    def _section(self, name: str) -> QVBoxLayout:
        self._lines.addSpacing(6)
        self._lines.addWidget(rule())
        self._lines.addWidget(heading(name))
        return self._lines

    def _fold(
        self, name: str, build: Callable[[QVBoxLayout], None], *, open: bool = False, note: str = ""
    ) -> None:
        self._lines.addWidget(rule())
        made = Fold(name, build, open=self._folds.get(name, open))
        made.set_note(note)
        made.head.toggled.connect(partial(self._folds.__setitem__, name))
        self._lines.addWidget(made)
        self.folds[name] = made

    def show_fold(self, name: str) -> None:
        """Open a part."""
        self.folds[name].head.setChecked(True)

    def _points(self, muscle: Muscle) -> None:
        points = [p for p in self._atlas.trigger_points.values() if p.muscle == muscle.id]
        section = self._section(f"Trigger points · {len(points)}" if points else "Trigger points")
        if not points:
            section.addWidget(label("No published pattern of this muscle is in the atlas.", "muted"))
        for point in points:
            side = self.key.laterality if point.sided else Laterality.MIDLINE
            if point.only is not None and point.only is not side:
                section.addWidget(
                    label(
                        f"{point_title(self._atlas, point)}: described on the {point.only} side only.",
                        "muted",
                    )
                )
                continue
            key = PointKey(point.id, side)
            card = PointCard(self._atlas, self._look, point, key, self._go)
            self.cards[key] = card
            section.addWidget(card)

    def _anatomy(self, muscle: Muscle, lines: QVBoxLayout) -> None:
        facts = (
            ("Action", muscle.action),
            ("Origin", muscle.origin),
            ("Insertion", muscle.insertion),
            ("Nerve", muscle.nerve),
        )
        known = [(name, fact) for name, fact in facts if fact is not None]
        recalled = bool(known) and all(fact.state is State.RECALLED for _, fact in known)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        rows: list[tuple[str, str, State | None]] = [(n, f.text, f.state) for n, f in known]
        if muscle.segments:
            rows.append(("Segments", ", ".join(muscle.segments), None))
        for at, (name, text, state) in enumerate(rows):
            said = label(text, selectable=True)
            said.setAccessibleName(f"{name}: {text}")
            cell = QWidget()
            inside = column(cell, gap=2)
            inside.addWidget(said)
            if state is State.RECALLED and not recalled:
                mark = label("from memory", "small")
                mark.setToolTip("Written from memory and not yet checked against the source.")
                inside.addWidget(mark)
            self._row(grid, at, name, cell)
        at = len(rows)
        for name, ids in (("Works with", muscle.works_with), ("Works against", muscle.works_against)):
            others = [self._atlas.muscles[each] for each in ids if each in self._atlas.muscles]
            if others:
                self._row(grid, at, name, links([(o.id, o.name_en) for o in others], self._go))
                at += 1
        lines.addLayout(grid)
        if not at:
            lines.addWidget(label("Nothing of its anatomy is in the atlas yet.", "muted"))
        if recalled:
            lines.addLayout(row(state_chip(State.RECALLED), None))
        for citation in dict.fromkeys(Citation(fact.source.work) for _, fact in known):
            lines.addWidget(label(source_words(self._atlas, citation), "small", selectable=True))

    @staticmethod
    def _row(grid: QGridLayout, at: int, name: str, said: QWidget) -> None:
        grid.addWidget(label(name, "muted", wrap=False), at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said, at, 1)

    def _safety(self, safety: Safety, lines: QVBoxLayout) -> None:
        kind, mark, words = _RISK[safety.risk]
        card = Card(kind)
        card.body.addLayout(row(chip(words, mark), None))
        for reach in safety.in_reach:
            text = f"In reach: {reach.name}" + (f", {reach.note}" if reach.note else "")
            card.body.addWidget(label(text, selectable=True))
        for fact in safety.advice:
            card.body.addWidget(label(f"•  {fact.text}", selectable=True))
        if safety.advice:
            fact = safety.advice[0]
            card.body.addLayout(row(state_chip(fact.state), None))
            card.body.addWidget(label(short_source(self._atlas, fact.source), "small"))
        lines.addWidget(card)

    def _exercises(self, exercises: list[Exercise], lines: QVBoxLayout) -> None:
        for exercise in exercises:
            card = Card()
            card.body.addLayout(row(label(exercise.name, "strong"), None, chip(_KINDS[exercise.kind])))
            card.body.addWidget(label(exercise.how, selectable=True))
            if exercise.dose:
                card.body.addWidget(label(exercise.dose, "muted"))
            if exercise.caution:
                card.body.addWidget(label(f"Take care: {exercise.caution}", "muted"))
            card.body.addLayout(row(state_chip(exercise.state), None))
            lines.addWidget(card)

    def _evidence(self, muscle: Muscle, lines: QVBoxLayout) -> None:
        topics = {muscle.id, muscle.name_en.lower(), muscle.body_part}
        everything = self._atlas.evidence.values()
        cards = [e for e in everything if e.topic.lower() in topics or muscle.id in e.id]
        for card in cards[:6]:
            lines.addWidget(evidence_card(self._atlas, card))
        lines.addWidget(
            label("Patterns are what experienced clinicians drew; how well they hold is disputed.", "muted")
        )
        for topic, words in (
            ("reliability", "Can examiners find trigger points?"),
            ("effect", "Does needling help?"),
        ):
            if any(e.topic == topic for e in everything):
                lines.addWidget(link(words, partial(self._read, f"evidence:{topic}")))


#: What a study says about the claim above it.
_STANCES = {"supports": "speaks for it", "contradicts": "speaks against it", "mixed": "mixed results"}


def evidence_card(atlas: "AtlasSource", card: EvidenceCard) -> Card:
    """Return one finding of a study as a card."""
    made = Card()
    made.body.addLayout(row(label(card.claim, "strong"), gap=8))
    made.body.addWidget(label(card.finding, selectable=True))
    stance = [chip(_STANCES.get(card.stance, card.stance))] if card.stance != "neutral" else []
    made.body.addLayout(wrapped(state_chip(card.state), *stance))
    made.body.addWidget(label(source_words(atlas, card.source), "small", selectable=True))
    return made
