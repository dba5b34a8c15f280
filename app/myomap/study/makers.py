"""Makes questions from the atlas, none written by hand. The same seed gives the same question."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Muscle
from myomap.anatomy.trigger_points import TriggerPoint
from myomap.anatomy.views import Figure
from myomap.study import fact_makers, map_makers
from myomap.study.decks import Deck, Difficulty, muscles_of
from myomap.study.desk import Desk, is_rare
from myomap.study.figures import Figures, on_figure
from myomap.study.questions import Question, QuestionKind
from myomap.surface.atlas_source import AtlasSource

_SIDES = (Laterality.RIGHT, Laterality.LEFT)
_OF_POINTS = frozenset(
    {QuestionKind.NAME_POINT, QuestionKind.PAINT_ZONE, QuestionKind.WHO_REFERS, QuestionKind.CASE}
)


class QuestionMaker:
    """Makes the questions of a deck. Safe to keep: it remembers only what the atlas says."""

    def __init__(self, atlas: AtlasSource) -> None:
        self._atlas = atlas
        self._desk = Desk(atlas)
        self._asked: dict[tuple[QuestionKind, str], tuple[str, ...]] = {}

    @property
    def desk(self) -> Desk:
        """Return what is measured of the atlas."""
        return self._desk

    def prepare(self) -> None:
        """Measure and index everything now (about two seconds: call it off the window's thread)."""
        self._desk.views.prepare()
        _ = self._desk.patterns, self._desk.points, self._desk.simplified
        self.cards(Deck("all"))

    def cards(self, deck: Deck) -> list[str]:
        """Return every card of a deck (``kind:subject``), muscle by muscle.

        The atlas alone decides, whatever was asked before: a seed means the same on every computer of a class.
        That each of them has a fair question is tested card by card (`tests/study/test_figures.py`).
        """
        made: list[str] = []
        for muscle in muscles_of(self._atlas, deck):
            for kind in QuestionKind:
                if kind not in deck.kinds:
                    continue
                made.extend(f"{kind}:{subject}" for subject in self._subjects(kind, muscle))
        return [card for card in made if card in deck.cards] if deck.cards else made

    def knows(self, card: str) -> bool:
        """Tell whether the atlas still has what a card asks about."""
        name, _, subject = card.partition(":")
        return name in set(QuestionKind) and (
            subject in self._atlas.muscles or subject in self._atlas.trigger_points
        )

    def muscle_of(self, card: str) -> str:
        """Return the id of a card's muscle (of its trigger point's muscle)."""
        kind, _, subject = card.partition(":")
        point = self._atlas.trigger_points.get(subject) if kind in _OF_POINTS else None
        return point.muscle if point else subject

    def body_part_of(self, card: str) -> str:
        """Return the body part of a card's muscle; empty where the atlas no longer has it."""
        muscle = self._atlas.muscles.get(self.muscle_of(card))
        return muscle.body_part if muscle else ""

    def _subjects(self, kind: QuestionKind, muscle: Muscle) -> tuple[str, ...]:
        """Return what can be asked of a muscle in one kind of question."""
        at = (kind, muscle.id)
        if at not in self._asked:
            self._asked[at] = tuple(self._find_subjects(kind, muscle))
        return self._asked[at]

    def _find_subjects(self, kind: QuestionKind, muscle: Muscle) -> list[str]:
        desk, own = self._desk, [muscle.id]
        if kind in _OF_POINTS:
            if kind is not QuestionKind.PAINT_ZONE and not desk.is_muscle(muscle):
                return []  # “which muscle?” is not asked of the one ligament
            points = [p for p in desk.points.get(muscle.id, ()) if desk.has_zone(p)]
            if kind is QuestionKind.CASE:
                points = [p for p in points if p.essential_words and not is_rare(p)]
            return [p.id for p in points]
        if kind is QuestionKind.SAFETY:
            safety = self._atlas.safety.get(muscle.id)
            usable = fact_makers.usable_hazards(muscle, safety.in_reach) if safety is not None else []
            return own if desk.is_muscle(muscle) and usable else []
        if kind is QuestionKind.POINT_TO:
            return own if self._is_seen(muscle) else []
        if kind is QuestionKind.NAME_MUSCLE:
            return own if desk.is_muscle(muscle) and self._is_seen(muscle) else []
        if kind is QuestionKind.WHICH_SIDE:
            seen = self._is_seen(muscle, both_sides=True)
            return own if desk.is_muscle(muscle) and desk.is_sided(muscle) and seen else []
        return own if fact_makers.can_ask(desk, kind, muscle) else []

    def _is_seen(self, muscle: Muscle, *, both_sides: bool = False) -> bool:
        sides = _SIDES if self._desk.is_sided(muscle) else (Laterality.MIDLINE,)
        return all(self._desk.view_of(muscle, side, both_sides=both_sides) is not None for side in sides)

    # -- making ------------------------------------------------------------------------------------
    def make(
        self,
        card: str,
        seed: int,
        difficulty: Difficulty = Difficulty.OPTIONS,
        figure: Figure = Figure.MALE,
    ) -> Question | None:
        """Make the question of a card; None where the atlas no longer has its subject or it cannot be fair.

        It is drawn on the figure where that has the view (see `figures`).
        """
        found = self._find(card)
        if found is None:
            return None
        kind, point, muscle = found
        chance = _chance(card, seed)
        side = self._side(point, muscle, chance)
        made = self._made(kind, point, muscle, side, chance, difficulty)
        if made is None:
            return None
        made = on_figure(self._atlas, made, figure)
        drawn_on = "" if figure is Figure.MALE else f":{figure}"
        return replace(made, id=f"{card}:{seed}:{difficulty}{drawn_on}", card=card)

    def side_of(self, card: str, seed: int) -> Laterality | None:
        """Return on which side a card is asked with a seed, without making the question."""
        found = self._find(card)
        return self._side(*found[1:], _chance(card, seed)) if found is not None else None

    def _find(self, card: str) -> tuple[QuestionKind, TriggerPoint | None, Muscle] | None:
        """Return what a card asks about; None where the atlas does not have it or it cannot be asked."""
        name, _, subject = card.partition(":")
        if name not in set(QuestionKind):
            return None
        kind = QuestionKind(name)
        point = self._atlas.trigger_points.get(subject) if kind in _OF_POINTS else None
        muscle = self._atlas.muscles.get(point.muscle if point else subject)
        if muscle is None or subject not in self._subjects(kind, muscle):
            return None
        return kind, point, muscle

    def _side(self, point: TriggerPoint | None, muscle: Muscle, chance: random.Random) -> Laterality:
        drawn = chance.choice(_SIDES)
        if point is not None:
            return point.only or (drawn if point.sided else Laterality.MIDLINE)
        return drawn if self._desk.is_sided(muscle) else Laterality.MIDLINE

    def _made(
        self, kind: QuestionKind, point: TriggerPoint | None, muscle: Muscle, side: Laterality,
        chance: random.Random, difficulty: Difficulty,
    ) -> Question | None:  # fmt: skip
        desk = self._desk
        if point is not None:
            match kind:
                case QuestionKind.NAME_POINT:
                    return map_makers.name_point(desk, point, muscle, side, chance, difficulty)
                case QuestionKind.PAINT_ZONE:
                    return map_makers.paint_zone(desk, point, muscle, side)
                case QuestionKind.WHO_REFERS:
                    return map_makers.who_refers(desk, point, muscle, side, chance)
                case _:
                    return map_makers.case(desk, point, muscle, side, chance)
        match kind:
            case QuestionKind.NAME_MUSCLE:
                return map_makers.name_muscle(desk, muscle, side, chance, difficulty)
            case QuestionKind.POINT_TO:
                return map_makers.point_to(desk, muscle, side, difficulty)
            case QuestionKind.WHICH_SIDE:
                return map_makers.which_side(desk, muscle, side)
            case QuestionKind.SAFETY:
                return fact_makers.safety_question(desk, muscle, side, chance)
            case _:
                return fact_makers.fact_question(desk, kind, muscle, side, chance)

    def remake(self, question_id: str) -> Question | None:
        """Make a question again from its id; None where it is none or the atlas lacks its subject."""
        parts = question_id.split(":")
        figure = parts.pop() if len(parts) == 5 else str(Figure.MALE)
        if len(parts) != 4 or not parts[2].lstrip("-").isdigit() or parts[3] not in set(Difficulty):
            return None
        if figure not in set(Figure):
            return None
        return self.make(f"{parts[0]}:{parts[1]}", int(parts[2]), Difficulty(parts[3]), Figure(figure))

    def generate(
        self, deck: Deck, count: int, seed: int, figures: Figures = Figures.MALE
    ) -> Iterator[Question]:
        """Yield up to ``count`` questions of a deck in an order drawn from the seed, each card once."""
        cards = self.cards(deck)
        random.Random(seed).shuffle(cards)
        for number, card in enumerate(cards):
            if count <= 0:
                return
            question = self.make(card, seed, deck.difficulty, figures.at(number))
            if question is not None:
                count -= 1
                yield question


def _chance(card: str, seed: int) -> random.Random:
    return random.Random(f"{seed}:{card}")


def digest(question: Question) -> str:
    """Return a short digest of all that decides an answer: equal digests ask and grade the same."""
    told = repr(
        (question.id, question.prompt, question.options, question.right, question.accepted, question.view)
    )
    return hashlib.sha256(told.encode()).hexdigest()[:12]
