"""Questions about facts: attachments, nerve, action, what a needle can reach. One option is right."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from myomap.anatomy.knowledge import InReach
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Fact
from myomap.anatomy.structures import Muscle
from myomap.study.desk import Asked, Desk, are_many, ends_of, spoken_name, texts
from myomap.study.fairness import far_parts, gives_away, is_surely_false, nests, run_elsewhere
from myomap.study.grading import simplify
from myomap.study.nerves import NERVES, Nerve, are_related, may_supply, nerves_in, nerves_of
from myomap.study.questions import AnswerKind, Option, Question, QuestionKind
from myomap.study.short_words import name_words_in, repeats_name, short_end, short_function

#: Words of what is not known, or is not an action: a fact that begins so is not asked; said later, it is left out.
_UNSURE = re.compile(r"uncertain|a ligament|thought to|said to|perhaps|disputed|whether|are described|varies")
#: Answers are alike in length where the longer one is at most so many times the shorter.
LIKE_LENGTH = 1.7
#: Verbs as several muscles have them. Among options in the singular they would tell which one is right.
_VERBS = re.compile(
    r"(^|, |; | and )(bend|draw|extend|flex|help|lift|lower|spread|steady|straighten|turn)\b", re.IGNORECASE
)


def can_ask(desk: Desk, kind: QuestionKind, muscle: Muscle) -> bool:
    """Tell whether a fact of this kind can be asked of a muscle without giving itself away."""
    return desk.is_muscle(muscle) and _asked(desk, kind, muscle) is not None


def _asked(desk: Desk, kind: QuestionKind, muscle: Muscle) -> Asked | None:
    """Return how a fact is asked; None where it cannot be. Every muscle is looked at for every question's options."""
    at = (kind, muscle.id)
    if at not in desk.asked:
        desk.asked[at] = _find_asked(kind, muscle)
    return desk.asked[at]


def _find_asked(kind: QuestionKind, muscle: Muscle) -> Asked | None:
    name = spoken_name(muscle)
    fact: Fact | None
    if kind is QuestionKind.NERVE:
        fact, prompt, answer = muscle.nerve, *_nerve_words(muscle, name)
    elif kind is QuestionKind.ACTION:
        fact = muscle.action
        prompt = f"What is the action of the {name}?" if are_many(muscle) else f"What does the {name} do?"
        answer = _action_words(muscle)
    else:
        fact, prompt = (
            muscle.origin,
            f"Between which places {'do' if are_many(muscle) else 'does'} the {name} run?",
        )
        both = muscle.origin is not None and muscle.insertion is not None
        answer = _run_words(muscle) if both else ""
    if fact is None or not answer or gives_away(muscle, answer):
        return None
    return Asked(prompt, answer, fact)


def _nerve_words(muscle: Muscle, name: str) -> tuple[str, str]:
    """Return the prompt and the nerve; no nerve where the fact is vague or unsure."""
    nerves = nerves_of(muscle)
    if not nerves or nerves[0].is_vague or _is_named_after(muscle, nerves[0]):
        return "", ""
    if _UNSURE.search(muscle.nerve.text if muscle.nerve else ""):
        return "", ""
    always = nerves_in(re.split(r"sometimes|often", muscle.nerve.text)[0]) if muscle.nerve else []
    shares = any(not n.is_vague and not are_related(n, nerves[0]) for n in always)
    asked = f"Which of these nerves supplies the {name}, or a part of it?"
    return asked if shares else f"Which nerve supplies the {name}?", nerves[0].name


def _is_named_after(muscle: Muscle, nerve: Nerve) -> bool:
    """Tell whether the names give the nerve away: “intercostal” does; of “obturator” there are two nerves."""
    word = nerve.name.split()[0].casefold()
    is_only = sum(word in each.name.casefold() for each in NERVES) == 1
    return is_only and word in simplify(muscle.name_en).split()


def _action_words(muscle: Muscle) -> str:
    """Return what a muscle does, of one muscle and without what is not known; empty where only that is said."""
    said = muscle.action.text.rstrip(".").split("; ") if muscle.action else [""]
    if _UNSURE.search(said[0].casefold()):
        return ""
    text = short_function(muscle, "; ".join(part for part in said if not _UNSURE.search(part.casefold())))
    if are_many(muscle):
        text = _VERBS.sub(lambda m: m[1] + (f"{m[2][:-1]}ies" if m[2].endswith("y") else f"{m[2]}s"), text)
    return f"{text}." if text else ""


def _run_words(muscle: Muscle) -> str:
    ends = _short_ends(muscle)
    return f"{' — '.join(ends)}." if all(ends) else ""


def _short_ends(muscle: Muscle) -> list[str]:
    return [short_end(muscle, f.text) for f in (muscle.origin, muscle.insertion) if f is not None]


def fact_question(
    desk: Desk, kind: QuestionKind, muscle: Muscle, side: Laterality, chance: random.Random
) -> Question | None:
    """Ask for a nerve, an action or the attachments, with three answers that are surely wrong."""
    asked = _asked(desk, kind, muscle)
    if asked is None:
        return None
    shared = name_words_in(muscle, asked.answer)
    taken = [simplify(asked.answer)]
    options = [Option(muscle.id, asked.answer)]

    def is_fair(other: Muscle) -> bool:
        theirs = _asked(desk, kind, other)
        if theirs is None or not desk.is_muscle(other) or nests(simplify(theirs.answer), taken):
            return False
        if gives_away(muscle, theirs.answer) or not _is_wrong(kind, muscle, other):
            return False
        if kind is QuestionKind.NERVE and _is_related_to_any(theirs.answer, options):
            return False
        taken.append(simplify(theirs.answer))
        options.append(Option(other.id, theirs.answer))
        return True

    def later(other: Muscle) -> int:
        theirs = _asked(desk, kind, other)
        return 0 if theirs is None else _told_apart(shared, asked.answer, theirs.answer)

    if kind is QuestionKind.ACTION:
        opponents = [desk.atlas.muscles[m] for m in muscle.works_against if m in desk.atlas.muscles]
        for other in opponents[:1]:
            is_fair(other)
    chosen = {o.id for o in options}
    desk.others(muscle, chance, 4 - len(options), but=chosen, only=is_fair, later=later)
    if len(options) != 4:
        return None
    chance.shuffle(options)
    facts: tuple[Fact | None, ...] = (asked.fact,)
    because = texts(asked.fact)
    if kind is QuestionKind.ATTACHMENTS:
        because, facts = ends_of(muscle), (muscle.origin, muscle.insertion)
    made = Question(
        "", "", kind, AnswerKind.ONE_OF, asked.prompt, muscle.id, muscle.body_part, side,
        options=tuple(options), right=(muscle.id,), because=because, source=desk.cited_facts(*facts),
    )  # fmt: skip
    return _on_plate(desk, made, muscle)


def _is_wrong(kind: QuestionKind, muscle: Muscle, other: Muscle) -> bool:
    if kind is QuestionKind.NERVE:
        return not may_supply(nerves_of(other)[0], muscle)
    if kind is QuestionKind.ACTION:
        return is_surely_false(muscle, other)
    return run_elsewhere(muscle, other) and not _look_alike(_short_ends(muscle), _short_ends(other))


def _look_alike(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Tell whether an end reads alike once it is short."""
    from rapidfuzz import fuzz

    return any(
        fuzz.token_set_ratio(simplify(a), simplify(b)) >= 70 for a, b in zip(mine, theirs, strict=True)
    )


def _is_related_to_any(nerve: str, options: Iterable[Option]) -> bool:
    """Tell whether a nerve is the trunk or a branch of one that is offered: neither could be the one right answer."""
    by_name = {each.name: each for each in NERVES}
    return any(are_related(by_name[nerve], by_name[option.text]) for option in options)


def _told_apart(shared: frozenset[str], right: str, wrong: str) -> int:
    """Return by how many body parts further away a wrong answer comes from.

    What is much shorter or longer is told apart without knowing; so is the only answer with a word of the muscle's
    name, of which ``shared`` are in the right one.
    """
    is_alike = len(right) <= LIKE_LENGTH * len(wrong) and len(wrong) <= LIKE_LENGTH * len(right)
    has_it = bool(shared) and not shared.isdisjoint(simplify(wrong).split())
    return (0 if is_alike else 2) - (3 if has_it else 0)


def usable_hazards(muscle: Muscle, in_reach: Iterable[InReach]) -> list[InReach]:
    """Return what lies in reach and is not told by the muscle's name (“obturator nerve”)."""
    return [r for r in in_reach if not gives_away(muscle, r.name) and not repeats_name(muscle, r.name)]


def safety_question(desk: Desk, muscle: Muscle, side: Laterality, chance: random.Random) -> Question | None:
    """Ask what lies in reach of a needle; nothing is ever called safe."""
    from rapidfuzz import fuzz

    safety = desk.atlas.safety[muscle.id]
    mine = {simplify(r.name) for r in safety.in_reach}
    words = {w for name in mine for w in name.split() if len(w) > 4 and w not in _COMMON}
    far = far_parts(muscle.body_part)
    pool = {
        simplify(r.name): r
        for other in desk.atlas.safety.values()
        if (found := desk.atlas.muscles.get(other.muscle)) is not None and found.body_part in far
        for r in other.in_reach
        if not nests(simplify(r.name), mine) and not words & set(simplify(r.name).split())
    }
    usable = usable_hazards(muscle, safety.in_reach)
    if not usable:
        return None
    asked = chance.choice(usable)
    shared = name_words_in(muscle, asked.name)
    wrong: list[str] = []
    # a nerve among bowel, bladder and lung would be told by being one; a short word among long ones too
    for key in sorted(
        chance.sample(sorted(pool), len(pool)),
        key=lambda k: (pool[k].kind != asked.kind, _told_apart(shared, asked.name, pool[k].name)),
    ):
        if not any(fuzz.token_set_ratio(key, simplify(w)) >= 80 for w in wrong):
            wrong.append(pool[key].name)
        if len(wrong) == 3:
            break
    if len(wrong) < 3:
        return None
    options = [Option(simplify(name), name) for name in (asked.name, *wrong)]
    chance.shuffle(options)
    made = Question(
        "", "", QuestionKind.SAFETY, AnswerKind.ONE_OF,
        f"Needling the {spoken_name(muscle)}: which of these lies in reach?", muscle.id, muscle.body_part,
        side, options=tuple(options), right=(simplify(asked.name),),
        because=(f"{asked.name}: {asked.note}", *(f.text for f in safety.advice[:2])),
        source=_cited_reach(desk, asked, safety.advice),
    )  # fmt: skip
    return _on_plate(desk, made, muscle)


def _cited_reach(desk: Desk, asked: InReach, advice: tuple[Fact, ...]) -> str:
    """Return where it is said that this lies in reach; what has no source of its own has the advice's."""
    if asked.source is None:
        return desk.cited_fact(advice[0] if advice else None)
    return desk.cited_fact(Fact(asked.note, asked.source, asked.state))


#: Words that many hazards share and that say nothing of where they lie.
_COMMON = frozenset(
    {"nerve", "nerves", "artery", "arteries", "vessels", "veins", "branch", "branches", "joint"}
)


def _on_plate(desk: Desk, question: Question, muscle: Muscle) -> Question:
    """Light the muscle that is asked about on the map, where a view shows it."""
    found = desk.view_of(muscle, question.laterality)
    if found is None:
        return question
    keys = desk.keys(muscle, question.laterality)
    return replace(question, view=found[0], layer=found[1], lit=keys, after_lit=keys)
