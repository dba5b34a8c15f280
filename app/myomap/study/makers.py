"""Makes questions from the atlas, none written by hand. The same seed gives the same question."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Citation, Fact
from myomap.anatomy.structures import Layer, Muscle, StructureKey
from myomap.anatomy.trigger_points import TriggerPoint
from myomap.lookup.pattern_index import PatternIndex, PatternKey, build_index
from myomap.lookup.ranking import rank
from myomap.report.best_view import best_view
from myomap.report.plate import citation_words
from myomap.study.decks import Deck, Difficulty, muscles_of, nerve_stem
from myomap.study.grading import simplify
from myomap.study.questions import AnswerKind, Option, Question, QuestionKind
from myomap.surface.atlas_source import AtlasSource

_SIDES = (Laterality.RIGHT, Laterality.LEFT)
#: A pattern that takes in this much of a lit zone refers there; one that takes in none does not.
REFERS = 0.5


class QuestionMaker:
    """Makes the questions of a deck. Safe to keep: it remembers only what the atlas says."""

    def __init__(self, atlas: AtlasSource, index: PatternIndex | None = None) -> None:
        """``index`` spares building it again where the look-up has one."""
        self._atlas = atlas
        self._index = index

    @cached_property
    def _patterns(self) -> PatternIndex:
        return self._index or build_index(self._atlas)

    @cached_property
    def _points(self) -> dict[str, list[TriggerPoint]]:
        found: dict[str, list[TriggerPoint]] = {}
        for point in self._atlas.trigger_points.values():
            if point.pain:
                found.setdefault(point.muscle, []).append(point)
        return found

    def cards(self, deck: Deck) -> list[str]:
        """Return every card of a deck (``kind:subject``), muscle by muscle."""
        made: list[str] = []
        for muscle in muscles_of(self._atlas, deck):
            for kind in QuestionKind:
                if kind not in deck.kinds:
                    continue
                made.extend(f"{kind}:{subject}" for subject in self._subjects(kind, muscle))
        return made

    def _subjects(self, kind: QuestionKind, muscle: Muscle) -> list[str]:
        """Return what can be asked of a muscle in one kind of question."""
        drawn = any(s in self._atlas.structures for s in muscle.structures)
        zoned = [p.id for p in self._points.get(muscle.id, ()) if self._has_zone(p)]
        match kind:
            case QuestionKind.NAME_MUSCLE | QuestionKind.POINT_TO:
                return [muscle.id] if drawn and self._visible(muscle) else []
            case QuestionKind.WHICH_SIDE:
                return [muscle.id] if drawn and self._is_sided(muscle) and self._visible(muscle) else []
            case QuestionKind.NAME_POINT | QuestionKind.PAINT_ZONE | QuestionKind.WHO_REFERS:
                return zoned
            case QuestionKind.CASE:
                return [p for p in zoned if self._atlas.trigger_points[p].essential_words]
            case QuestionKind.ATTACHMENTS:
                return [muscle.id] if muscle.origin and muscle.insertion else []
            case QuestionKind.NERVE:
                return [muscle.id] if muscle.nerve else []
            case QuestionKind.ACTION:
                return [muscle.id] if muscle.action else []
            case QuestionKind.SAFETY:
                safety = self._atlas.safety.get(muscle.id)
                return [muscle.id] if safety is not None and safety.in_reach else []

    def _has_zone(self, point: TriggerPoint) -> bool:
        return bool(self._atlas.zone(point.id, point.only or Laterality.RIGHT).essential)

    def _is_sided(self, muscle: Muscle) -> bool:
        return any(self._atlas.structures[s].sided for s in muscle.structures if s in self._atlas.structures)

    def _visible(self, muscle: Muscle) -> bool:
        return self._view_of(muscle, Laterality.RIGHT) is not None

    def _keys(self, muscle: Muscle, side: Laterality) -> tuple[StructureKey, ...]:
        structures = self._atlas.structures
        return tuple(
            StructureKey(s, side if structures[s].sided else Laterality.MIDLINE)
            for s in muscle.structures
            if s in structures
        )

    def _view_of(self, muscle: Muscle, side: Laterality) -> tuple[str, Layer] | None:
        """Return the view and layer that show most of a muscle, None where none does."""
        cached = self._views.get((muscle.id, side))
        if cached is not None or (muscle.id, side) in self._views:
            return cached
        keys = self._keys(muscle, side)
        view, layer = best_view(self._atlas, (), keys)
        shown = any(o.key in keys for o in self._atlas.outlines(view, layer))
        self._views[(muscle.id, side)] = (view, layer) if shown else None
        return self._views[(muscle.id, side)]

    @cached_property
    def _views(self) -> dict[tuple[str, Laterality], tuple[str, Layer] | None]:
        return {}

    # -- making ------------------------------------------------------------------------------------
    def make(self, card: str, seed: int, difficulty: Difficulty = Difficulty.OPTIONS) -> Question | None:
        """Make the question of a card; None where the atlas no longer has its subject."""
        name, _, subject = card.partition(":")
        try:
            kind = QuestionKind(name)
        except ValueError:
            return None
        chance = random.Random(f"{seed}:{card}")
        point = self._atlas.trigger_points.get(subject)
        muscle = self._atlas.muscles.get(point.muscle if point else subject)
        if muscle is None or subject not in self._subjects(kind, muscle):
            return None
        side = chance.choice(_SIDES) if self._is_sided(muscle) or point else Laterality.MIDLINE
        if point is not None:
            side = point.only or (side if point.sided else Laterality.MIDLINE)
        makers: dict[QuestionKind, Callable[[], Question | None]] = {
            QuestionKind.NAME_MUSCLE: lambda: self._name_muscle(muscle, side, chance, difficulty),
            QuestionKind.NAME_POINT: lambda: (
                point and self._name_point(point, muscle, side, chance, difficulty)
            ),
            QuestionKind.POINT_TO: lambda: self._point_to(muscle, side),
            QuestionKind.PAINT_ZONE: lambda: self._paint_zone(point, muscle, side) if point else None,
            QuestionKind.WHO_REFERS: lambda: self._who_refers(point, muscle, side, chance) if point else None,
            QuestionKind.WHICH_SIDE: lambda: self._which_side(muscle, side),
            QuestionKind.ATTACHMENTS: lambda: self._fact(kind, muscle, chance),
            QuestionKind.NERVE: lambda: self._fact(kind, muscle, chance),
            QuestionKind.ACTION: lambda: self._fact(kind, muscle, chance),
            QuestionKind.SAFETY: lambda: self._safety(muscle, chance),
            QuestionKind.CASE: lambda: self._case(point, muscle, side, chance) if point else None,
        }
        made = makers[kind]()
        if made is None:
            return None
        return made if made.id else _with_id(made, card, seed)

    def generate(self, deck: Deck, count: int, seed: int) -> Iterator[Question]:
        """Yield up to ``count`` questions of a deck in an order drawn from the seed, each card once."""
        cards = self.cards(deck)
        random.Random(seed).shuffle(cards)
        for card in cards:
            if count <= 0:
                return
            question = self.make(card, seed, deck.difficulty)
            if question is not None:
                count -= 1
                yield question

    # -- kinds -------------------------------------------------------------------------------------
    def _name_muscle(
        self, muscle: Muscle, side: Laterality, chance: random.Random, difficulty: Difficulty
    ) -> Question | None:
        found = self._view_of(muscle, side)
        if found is None:
            return None
        view, layer = found
        return self._naming(
            QuestionKind.NAME_MUSCLE, muscle, muscle.id, side, chance, difficulty,
            prompt="Which muscle is lit?", view=view, layer=layer, lit=self._keys(muscle, side),
        )  # fmt: skip

    def _name_point(
        self,
        point: TriggerPoint,
        muscle: Muscle,
        side: Laterality,
        chance: random.Random,
        difficulty: Difficulty,
    ) -> Question:
        key = PatternKey(point.id, side)
        view, _ = best_view(self._atlas, (key,), ())
        return self._naming(
            QuestionKind.NAME_POINT, muscle, point.id, side, chance, difficulty,
            prompt="A trigger point of one muscle refers to the lit zone (solid: essential, stippled: spillover). "
            "Which muscle?",
            view=view, layer=Layer.SKIN, patterns=(key,), source=self._cited(point.source),
            but=self._referring(key),
        )  # fmt: skip

    def _naming(
        self, kind: QuestionKind, muscle: Muscle, subject: str, side: Laterality, chance: random.Random,
        difficulty: Difficulty, *, prompt: str, view: str, layer: Layer, lit: tuple[StructureKey, ...] = (),
        patterns: tuple[PatternKey, ...] = (), source: str = "", but: frozenset[str] = frozenset(),
    ) -> Question:  # fmt: skip
        names = (muscle.name_en, muscle.name_la, *muscle.synonyms)
        options: tuple[Option, ...] = ()
        answer = AnswerKind.TYPED
        if difficulty is Difficulty.OPTIONS:
            others = self._others(muscle, chance, 3, but=but)
            options = self._shuffled([muscle, *others], chance)
            answer = AnswerKind.ONE_OF
        hints: tuple[str, ...] = ()
        if difficulty is Difficulty.LETTER:
            hints = (
                f"It is a muscle of the {muscle.body_part.replace('_', ' ')}.",
                f"It begins with {muscle.name_en[0]}.",
            )
        because = (f"{muscle.name_en} ({muscle.name_la}).", *self._texts(muscle.action))
        return Question(
            "", "", kind, answer, prompt, subject, muscle.body_part, side, view, layer, lit, patterns,
            options=options, right=(muscle.id,), accepted=tuple(n for n in names if n), hints=hints,
            because=because, source=source or self._cited_fact(muscle.action),
        )  # fmt: skip

    def _point_to(self, muscle: Muscle, side: Laterality) -> Question | None:
        found = self._view_of(muscle, side)
        if found is None:
            return None
        view, layer = found
        spoken = f"{side.spoken} " if side is not Laterality.MIDLINE else ""
        return Question(
            "", "", QuestionKind.POINT_TO, AnswerKind.CLICK, f"Click on the {spoken}{_lower(muscle.name_en)}.",
            muscle.id, muscle.body_part, side, view, layer,
            right=tuple(str(k) for k in self._keys(muscle, side)),
            hints=(f"It is a muscle of the {muscle.body_part.replace('_', ' ')}.",),
            because=self._texts(muscle.origin, muscle.insertion), source=self._cited_fact(muscle.origin),
        )  # fmt: skip

    def _paint_zone(self, point: TriggerPoint, muscle: Muscle, side: Laterality) -> Question:
        key = PatternKey(point.id, side)
        view, _ = best_view(self._atlas, (key,), ())
        return Question(
            "", "", QuestionKind.PAINT_ZONE, AnswerKind.PAINT,
            f"Paint the essential zone: {side.spoken} {_lower(muscle.name_en)}, {point.title}.".replace("  ", " "),
            point.id, muscle.body_part, side, view, Layer.SKIN, right=(str(key),),
            because=(f"Published: {point.essential_words}.",), source=self._cited(point.source),
        )  # fmt: skip

    def _who_refers(
        self, point: TriggerPoint, muscle: Muscle, side: Laterality, chance: random.Random
    ) -> Question | None:
        key = PatternKey(point.id, side)
        zone = self._atlas.zone(point.id, side).essential
        refer: dict[str, float] = {}
        touching: set[str] = set()
        for match in rank(self._patterns, zone):
            other = self._atlas.trigger_points[match.key.trigger_point]
            if match.covered > 0.02:
                touching.add(other.muscle)
            if match.covered_essential >= REFERS:
                refer[other.muscle] = max(refer.get(other.muscle, 0.0), match.covered_essential)
        right = [muscle.id, *(m for m in refer if m != muscle.id)][:3]
        others = self._others(muscle, chance, 6 - len(right), but=frozenset(touching))
        if len(others) < 2:
            return None
        chosen = [self._atlas.muscles[m] for m in right if m in self._atlas.muscles] + others
        view, _ = best_view(self._atlas, (key,), ())
        return Question(
            "", "", QuestionKind.WHO_REFERS, AnswerKind.SOME_OF,
            "Which of these muscles have a published essential zone that takes in at least half of the lit area?",
            point.id, muscle.body_part, side, view, Layer.SKIN, patterns=(key,),
            options=self._shuffled(chosen, chance), right=tuple(m for m in right if m in self._atlas.muscles),
            because=(f"Lit is the zone of {muscle.name_en}, {point.title}: {point.essential_words}.",),
            source=self._cited(point.source),
        )  # fmt: skip

    def _which_side(self, muscle: Muscle, side: Laterality) -> Question | None:
        found = self._view_of(muscle, side)
        if found is None:
            return None
        view, layer = found
        return Question(
            "", "", QuestionKind.WHICH_SIDE, AnswerKind.ONE_OF,
            "On which side of the patient is the lit muscle?", muscle.id, muscle.body_part, side, view, layer,
            lit=self._keys(muscle, side),
            options=(Option("right", "the patient's right"), Option("left", "the patient's left")), right=(str(side),),
            because=("Sides are the patient's own: in a view from the front the patient's right is on your left.",),
        )  # fmt: skip

    def _fact(self, kind: QuestionKind, muscle: Muscle, chance: random.Random) -> Question | None:
        text, asked, fact = _fact_of(kind, muscle)
        taken = {simplify(text), simplify(nerve_stem(muscle)) if kind is QuestionKind.NERVE else ""}
        options = [Option(muscle.id, text)]
        candidates = [m for m in self._atlas.muscles.values() if m.id != muscle.id]
        near = [m for m in candidates if m.body_part == muscle.body_part]
        chance.shuffle(near)
        chance.shuffle(candidates)
        related = {*muscle.works_with}
        for other in [*near, *candidates]:
            said, _, given = _fact_of(kind, other)
            same = simplify(nerve_stem(other)) if kind is QuestionKind.NERVE else simplify(said)
            if given is None or same in taken or other.id in related or _nests(same, taken):
                continue
            taken.add(same)
            options.append(Option(other.id, said))
            if len(options) == 4:
                break
        if len(options) < 4 or fact is None:
            return None
        chance.shuffle(options)
        return Question(
            "", "", kind, AnswerKind.ONE_OF, asked, muscle.id, muscle.body_part, Laterality.MIDLINE,
            options=tuple(options), right=(muscle.id,), because=(text,), source=self._cited_fact(fact),
        )  # fmt: skip

    def _safety(self, muscle: Muscle, chance: random.Random) -> Question | None:
        safety = self._atlas.safety[muscle.id]
        mine = {simplify(r.name) for r in safety.in_reach}
        kinds = {r.kind for r in safety.in_reach}
        asked = chance.choice(safety.in_reach)
        pool = {
            simplify(r.name): r.name
            for other in self._atlas.safety.values()
            if other.muscle in self._atlas.muscles
            and self._atlas.muscles[other.muscle].body_part != muscle.body_part
            for r in other.in_reach
            if r.kind not in kinds and not _nests(simplify(r.name), mine)
        }
        names = sorted(pool.values())
        if len(names) < 3:
            return None
        wrong = chance.sample(names, 3)
        options = [Option("right", asked.name), *(Option(f"wrong{n}", w) for n, w in enumerate(wrong))]
        chance.shuffle(options)
        because = (f"{asked.name}: {asked.note}", *(f.text for f in safety.advice[:2]))
        return Question(
            "", "", QuestionKind.SAFETY, AnswerKind.ONE_OF,
            f"Needling the {_lower(muscle.name_en)}: which of these lies in reach?", muscle.id, muscle.body_part,
            Laterality.MIDLINE, options=tuple(options), right=("right",), because=because,
            source=self._cited_fact(safety.advice[0] if safety.advice else None),
        )  # fmt: skip

    def _case(
        self, point: TriggerPoint, muscle: Muscle, side: Laterality, chance: random.Random
    ) -> Question | None:
        zone = self._atlas.zone(point.id, side)
        drawn = zone.essential.union(zone.spillover)
        first: list[str] = []
        touching: set[str] = set()
        reasons: list[str] = []
        for match in rank(self._patterns, drawn):
            other = self._atlas.trigger_points[match.key.trigger_point]
            touching.add(other.muscle)
            if other.muscle not in first and len(first) < 3:
                first.append(other.muscle)
                reasons.append(f"{self._atlas.muscles[other.muscle].name_en}: {'; '.join(match.reasons)}.")
        if muscle.id not in first or len(first) < 2:
            return None
        wrong = self._others(muscle, chance, 6 - len(first), but=frozenset(touching))
        if len(wrong) < 2:
            return None
        where = point.essential_words.rstrip(".")
        side_word = "" if side is Laterality.MIDLINE else f" on the {side} side"
        story = f"A patient points to this{side_word}: {where}."
        if point.spillover_words:
            story += f" At times it spreads to: {point.spillover_words.rstrip('.')}."
        if _names(muscle, story):
            return None
        options = self._shuffled([self._atlas.muscles[m] for m in first] + wrong, chance)
        return Question(
            "", "", QuestionKind.CASE, AnswerKind.SOME_OF,
            f"{story} Red flags are ruled out. Which {('two', 'three')[len(first) - 2]} muscles do you look at first?",
            point.id, muscle.body_part, side, best_view(self._atlas, (PatternKey(point.id, side),), ())[0], Layer.SKIN,
            options=options, right=tuple(first),
            because=(*reasons, "By the likeness of the area to the published figures; not a diagnosis."),
            source=self._cited(point.source),
        )  # fmt: skip

    # -- parts -------------------------------------------------------------------------------------
    def _referring(self, key: PatternKey) -> frozenset[str]:
        """Return the muscles that also refer to a zone: never wrong options for it."""
        zone = self._atlas.zone(key.trigger_point, key.laterality).essential
        found = rank(self._patterns, zone)
        return frozenset(
            self._atlas.trigger_points[m.key.trigger_point].muscle
            for m in found
            if m.covered_essential > 0.25
        )

    def _others(
        self, muscle: Muscle, chance: random.Random, count: int, *, but: frozenset[str] = frozenset()
    ) -> list[Muscle]:
        """Return other muscles, those of the same body part first, that make fair wrong options."""
        mine = {simplify(n) for n in (muscle.name_en, *muscle.synonyms)}
        fair = [
            m
            for m in self._atlas.muscles.values()
            if m.id != muscle.id
            and m.id not in but
            and not mine & {simplify(n) for n in (m.name_en, *m.synonyms)}
        ]
        near = [m for m in fair if m.body_part == muscle.body_part]
        far = [m for m in fair if m.body_part != muscle.body_part]
        chance.shuffle(near)
        chance.shuffle(far)
        return [*near, *far][:count]

    @staticmethod
    def _shuffled(muscles: Sequence[Muscle], chance: random.Random) -> tuple[Option, ...]:
        options = [Option(m.id, m.name_en) for m in muscles]
        chance.shuffle(options)
        return tuple(options)

    def _cited(self, source: Citation) -> str:
        return citation_words(self._atlas, source)

    def _cited_fact(self, fact: Fact | None) -> str:
        if fact is None:
            return ""
        words = self._cited(fact.source)
        return words if fact.state != "recalled" else f"{words} (Written from memory, not yet read there.)"

    @staticmethod
    def _texts(*facts: Fact | None) -> tuple[str, ...]:
        return tuple(f.text for f in facts if f is not None)


def _fact_of(kind: QuestionKind, muscle: Muscle) -> tuple[str, str, Fact | None]:
    """Return the answer, the question and the fact of a kind."""
    name = _lower(muscle.name_en)
    if kind is QuestionKind.NERVE:
        return nerve_stem(muscle), f"Which nerve supplies the {name}?", muscle.nerve
    if kind is QuestionKind.ACTION:
        text = muscle.action.text if muscle.action else ""
        return text, f"What does the {name} do?", muscle.action
    origin = muscle.origin.text if muscle.origin else ""
    insertion = muscle.insertion.text if muscle.insertion else ""
    return f"{origin} — {insertion}", f"Between which places does the {name} run?", muscle.origin


def _names(muscle: Muscle, text: str) -> bool:
    """Tell whether a text gives a muscle away."""
    said = simplify(text)
    return any(simplify(n) and simplify(n) in said for n in (muscle.name_en, *muscle.synonyms))


def _nests(text: str, others: set[str]) -> bool:
    return any(o and (text in o or o in text) for o in others)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _with_id(question: Question, card: str, seed: int) -> Question:
    from dataclasses import replace

    return replace(question, id=f"{card}:{seed}", card=card)
