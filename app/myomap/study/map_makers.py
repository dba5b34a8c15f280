"""Questions that are asked and answered on the map."""

import random
import re
from collections.abc import Collection, Sequence

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.structures import Layer, Muscle, StructureKey
from myomap.anatomy.trigger_points import TriggerPoint
from myomap.anatomy.views import View
from myomap.lookup.pattern_index import PatternKey
from myomap.study.decks import Difficulty
from myomap.study.desk import (
    MOST_FIRST,
    REFERS,
    Desk,
    ends_of,
    lower,
    part_words,
    point_words,
    spoken_name,
    texts,
)
from myomap.study.fairness import gives_away, names_of
from myomap.study.questions import AnswerKind, Option, Question, QuestionKind
from myomap.study.views import seen_words
from myomap.surface.cells import Cells
from myomap.surface.read_back import named_places
from myomap.surface.skin import Skin

#: Another muscle is asked for where its pattern takes in so much of the drawing, its essential zone so much.
WORTH_LOOKING, WORTH_ESSENTIAL = 0.2, 0.05
#: Patterns whose likeness to a drawing differs by less than this cannot be told apart by it.
AS_ALIKE = 0.02
#: A zone lies on a side where at least this share of it does.
ONE_SIDED = 0.75
#: A story names so many regions.
MOST_PLACES = 4
_SIDES = re.compile(
    rf"^({Laterality.RIGHT.spoken}|{Laterality.LEFT.spoken})( and {Laterality.LEFT.spoken})? "
)
#: Notes of the reader in published words, and words that lean on a muscle or a point that a story does not name.
_NOTES = re.compile(
    r" \([^)]*(pattern|stud|figure|injection|claim|absent|occasional)[^)]*\)"
    r"| at (that|the same) level"
    r"|,? ((on|of) the )?same side\b"  # as the point's: the side is said, or lies in the middle
    r"|,? (and )?in half of these"
    r"|,?\s*(as with|around|over|up to) the (interossei|point)( itself)?"
)
_LEANS = re.compile(r"\bthe (point|muscle|segment)\b|\bmuscles\b|interossei|as with|it moves")


def _sides_words(view: View) -> str:
    """Return which side the patient's right is on as this view is seen."""
    at = "left" if view.viewer_left is Laterality.RIGHT else "right"
    return f"Sides are the patient's own: seen {seen_words(view)}, the patient's right is on your {at}."


def name_muscle(
    desk: Desk, muscle: Muscle, side: Laterality, chance: random.Random, difficulty: Difficulty
) -> Question | None:
    """A muscle lights up: name it."""
    found = desk.view_of(muscle, side)
    if found is None:
        return None
    return _naming(
        desk, QuestionKind.NAME_MUSCLE, muscle, muscle.id, side, chance, difficulty,
        prompt="Which muscle is lit?", view=found[0], layer=found[1], lit=desk.keys(muscle, side),
    )  # fmt: skip


def name_point(
    desk: Desk, point: TriggerPoint, muscle: Muscle, side: Laterality, chance: random.Random,
    difficulty: Difficulty,
) -> Question | None:  # fmt: skip
    """A trigger point and its zones light up: name its muscle."""
    key = PatternKey(point.id, side)
    views = desk.views.of_zone(key)
    if not views:
        return None
    return _naming(
        desk, QuestionKind.NAME_POINT, muscle, point.id, side, chance, difficulty,
        prompt="A trigger point of one muscle refers to the lit zone (solid: essential, stippled: spillover; "
        "X: the point, where this view shows it). Which muscle?",
        view=views[0], layer=Layer.SKIN, also=views[1:], patterns=(key,), crosses=(key,),
        because=(f"Its published zone: {lower(point.essential_words)}.",) if point.essential_words else (),
        source=desk.cited(point.source), but=desk.referral(key).may_refer,
    )  # fmt: skip


def _naming(
    desk: Desk, kind: QuestionKind, muscle: Muscle, subject: str, side: Laterality, chance: random.Random,
    difficulty: Difficulty, *, prompt: str, view: str, layer: Layer, also: tuple[str, ...] = (),
    lit: tuple[StructureKey, ...] = (), patterns: tuple[PatternKey, ...] = (),
    crosses: tuple[PatternKey, ...] = (), because: tuple[str, ...] = (), source: str = "",
    but: Collection[str] = (),
) -> Question:  # fmt: skip
    options: tuple[Option, ...] = ()
    rivals: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = ()
    answer = AnswerKind.TYPED
    if difficulty is Difficulty.OPTIONS:
        shown = desk.views.drawn_in(view, layer)
        # what is not seen there at all is told apart without knowing either
        later = (lambda m: 0 if shown.intersection(desk.keys(m, side)) else 2) if lit else (lambda _: 0)
        options = desk.shuffled([muscle, *desk.others(muscle, chance, 3, but=but, later=later)], chance)
        answer = AnswerKind.ONE_OF
    else:
        rivals = desk.rivals(muscle)
    if difficulty is Difficulty.LETTER:
        hints = (
            f"It is a muscle of the {part_words(muscle.body_part)}.",
            f"It lies {desk.depth_words(muscle)}.",
            f"It begins with {muscle.name_en[0]}.",
        )
    after = lit or desk.keys(muscle, side)
    return Question(
        "", "", kind, answer, prompt, subject, muscle.body_part, side, view, layer, also, lit, patterns,
        crosses=crosses, options=options, right=(muscle.id,), accepted=names_of(muscle), rivals=rivals,
        hints=hints, because=(f"{muscle.name_en} ({muscle.name_la}).", *(because or texts(muscle.action))),
        source=source or desk.cited_fact(muscle.action), after_lit=after, after_patterns=patterns,
    )  # fmt: skip


def point_to(desk: Desk, muscle: Muscle, side: Laterality, difficulty: Difficulty) -> Question | None:
    """Click on the muscle."""
    found = desk.view_of(muscle, side)
    if found is None:
        return None
    view, layer = found
    spoken = f"{side.spoken} " if side is not Laterality.MIDLINE else ""
    keys = desk.keys(muscle, side)
    hints: tuple[str, ...] = ()
    if difficulty is not Difficulty.BARE:
        hints = (
            f"It is a muscle of the {part_words(muscle.body_part)}.",
            f"It lies {desk.depth_words(muscle)}.",
        )
    return Question(
        "", "", QuestionKind.POINT_TO, AnswerKind.CLICK, f"Click on the {spoken}{spoken_name(muscle)}.",
        muscle.id, muscle.body_part, side, view, layer, right=tuple(str(k) for k in keys), hints=hints,
        because=ends_of(muscle), source=desk.cited_facts(muscle.origin, muscle.insertion), after_lit=keys,
    )  # fmt: skip


def paint_zone(desk: Desk, point: TriggerPoint, muscle: Muscle, side: Laterality) -> Question | None:
    """Paint where the trigger point refers."""
    key = PatternKey(point.id, side)
    views = desk.views.of_zone(key)
    if not views:
        return None
    spoken = f"{side.spoken} " if side is not Laterality.MIDLINE else ""
    about = f"{spoken}{point_words(point, muscle)}"
    return Question(
        "", "", QuestionKind.PAINT_ZONE, AnswerKind.PAINT,
        f"Paint the essential zone of: {about}. What this view shows of it counts.",
        point.id, muscle.body_part, side, views[0], Layer.SKIN, right=(str(key),),
        because=(f"Published: {lower(point.essential_words)}.",), source=desk.cited(point.source),
        after_patterns=(key,),
    )  # fmt: skip


def who_refers(
    desk: Desk, point: TriggerPoint, muscle: Muscle, side: Laterality, chance: random.Random
) -> Question | None:
    """A zone lights up: which muscles refer there?"""
    key = PatternKey(point.id, side)
    views = desk.views.of_zone(key)
    found = desk.referral(key)
    refer = {m: share for m, share in found.takes_in.items() if share >= REFERS and desk.is_muscle_id(m)}
    others = [m for m in sorted(refer, key=lambda m: (-refer[m], m)) if m != muscle.id]
    right = [muscle.id, *others[:2]]
    wrong = desk.others(muscle, chance, 6 - len(right), but=found.touching)
    if not views or len(wrong) < 2:
        return None
    also_words = tuple(
        f"{desk.atlas.muscles[m].name_en}: its essential zone takes in {round(100 * refer[m])} %."
        for m in right[1:]
    )
    return Question(
        "", "", QuestionKind.WHO_REFERS, AnswerKind.SOME_OF,
        "Which of these muscles refer here? Those count whose published essential zone takes in at least half of "
        "the lit area.",
        point.id, muscle.body_part, side, views[0], Layer.SKIN, views[1:], patterns=(key,), spills=False,
        options=desk.shuffled([*(desk.atlas.muscles[m] for m in right), *wrong], chance), right=tuple(right),
        because=(
            f"Lit is the zone of {point_words(point, muscle)}: {lower(point.essential_words)}.", *also_words
        ),
        source=desk.cited(point.source), after_lit=desk.keys(muscle, side), after_patterns=(key,),
    )  # fmt: skip


def which_side(desk: Desk, muscle: Muscle, side: Laterality) -> Question | None:
    """A muscle lights up: on which side of the patient?"""
    found = desk.view_of(muscle, side, both_sides=True)
    if found is None:
        return None
    view, layer = found
    keys = desk.keys(muscle, side)
    return Question(
        "", "", QuestionKind.WHICH_SIDE, AnswerKind.ONE_OF,
        f"You see the patient {seen_words(desk.atlas.views[view])}. "
        "On which side of the patient is the lit muscle?",
        muscle.id, muscle.body_part, side, view, layer, lit=keys, hides_sides=True,
        options=(Option("right", "the patient's right"), Option("left", "the patient's left")),
        right=(str(side),), because=(f"{muscle.name_en}.", _sides_words(desk.atlas.views[view])),
        after_lit=keys,
    )  # fmt: skip


def _story(desk: Desk, point: TriggerPoint, side: Laterality, muscles: Sequence[Muscle]) -> str:
    """Return what the patient points to; empty where it cannot be told without naming one of the muscles.

    A patient names no muscle at all, but published words often say “over the rhomboids”, and speak of a point
    or a level that was named before: then the regions of the drawn zone are named instead.
    """
    zone = desk.atlas.zone(point.id, side)
    side_word = f" on the {side} side" if _lies_on(desk.atlas.skin, side, zone.essential) else ""

    def told(words: str, cells: Cells) -> str:
        words = lower(_NOTES.sub("", words).strip(" ,;."))
        if words and not desk.names_a_muscle(words) and not _LEANS.search(words):
            return words
        places = [_SIDES.sub("", place) for place in named_places(desk.atlas, cells)[:MOST_PLACES]]
        # Two regions are called after a muscle (“side-front neck muscle”): the place is meant.
        regions = "; ".join(places).replace(" muscle", "")
        return "" if any(gives_away(each, regions) for each in muscles) else regions

    where = told(point.essential_words, zone.essential)
    if not where:
        return ""
    spreads = told(point.spillover_words, zone.spillover) if point.spillover_words and zone.spillover else ""
    more = f" At times it spreads to: {spreads}." if spreads else ""
    return f"A patient points to this{side_word}: {where}.{more}"


def _lies_on(skin: Skin, side: Laterality, cells: Cells) -> bool:
    """Tell whether cells lie on one side. A band across the spine does not, whichever side's point refers there."""
    if side is Laterality.MIDLINE:
        return False
    area = skin.area_mm2[cells.ids] * cells.weights
    mine = float(area[skin.laterality[cells.ids] == LATERALITY_CODES[side]].sum())
    return mine >= ONE_SIDED * float(area.sum())


def case(
    desk: Desk, point: TriggerPoint, muscle: Muscle, side: Laterality, chance: random.Random
) -> Question | None:
    """A short story: which muscles do you look at first, and why?"""
    atlas = desk.atlas
    key = PatternKey(point.id, side)
    views = desk.views.of_zone(key)
    looked = desk.looked_up(key)
    found = looked.first
    first = [
        m
        for m in list(found)[:MOST_FIRST]
        if m == muscle.id
        or (found[m].covered >= WORTH_LOOKING and found[m].covered_essential >= WORTH_ESSENTIAL)
    ]
    if muscle.id in found and muscle.id not in first:
        # several published patterns are drawn alike: the one that the story is of is among the answers
        if not first or found[first[-1]].likeness - found[muscle.id].likeness > AS_ALIKE:
            return None
        first = [*first[: MOST_FIRST - 1], muscle.id]
    if not views or muscle.id not in first:
        return None
    is_alone = len(first) == 1
    reasons = [f"{atlas.muscles[m].name_en}: {'; '.join(found[m].reasons)}." for m in first]
    wrong = desk.others(muscle, chance, 3 if is_alone else 6 - len(first), but=looked.touching)
    story = _story(desk, point, side, [atlas.muscles[m] for m in first])
    if len(wrong) < 2 or not story:
        return None
    asked = ("muscle", "two muscles", "three muscles")[len(first) - 1]
    return Question(
        "", "", QuestionKind.CASE, AnswerKind.ONE_OF if is_alone else AnswerKind.SOME_OF,
        f"{story} Red flags are ruled out. Which {asked} do you look at first?",
        point.id, muscle.body_part, side, views[0], Layer.SKIN, views[1:], patterns=(key,),
        options=desk.shuffled([*(atlas.muscles[m] for m in first), *wrong], chance), right=tuple(first),
        because=(*reasons, "By the likeness of the area to the published figures; not a diagnosis."),
        source=desk.cited(point.source), after_patterns=(key,),
    )  # fmt: skip
