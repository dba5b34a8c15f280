"""Questions about facts: attachments, nerve, action, what a needle can reach. One option is right."""

import random
import re
from dataclasses import dataclass, replace

from myomap.anatomy.knowledge import InReach
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Fact
from myomap.anatomy.structures import Muscle
from myomap.study.desk import Desk, are_many, ends_of, lower, texts
from myomap.study.fairness import far_parts, gives_away, is_surely_false, nests, run_elsewhere
from myomap.study.grading import simplify
from myomap.study.nerves import NERVES, Nerve, are_related, may_supply, nerves_in, nerves_of
from myomap.study.questions import AnswerKind, Option, Question, QuestionKind

#: Words of what is not known, or is not an action: a fact that begins so is not asked; said later, it is left out.
_UNSURE = re.compile(r"uncertain|a ligament|thought to|said to|perhaps|disputed|whether|are described|varies")
#: Verbs as several muscles have them. Among options in the singular they would tell which one is right.
_VERBS = re.compile(
    r"(^|, |; | and )(bend|draw|extend|flex|help|lift|lower|spread|steady|straighten|turn)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A fact as a question: what is asked, the right answer, where it is from."""

    prompt: str
    answer: str
    fact: Fact


def can_ask(desk: Desk, kind: QuestionKind, muscle: Muscle) -> bool:
    """Tell whether a fact of this kind can be asked of a muscle without giving itself away."""
    return desk.is_muscle(muscle) and _asked(kind, muscle) is not None


def _asked(kind: QuestionKind, muscle: Muscle) -> _Asked | None:
    name = lower(muscle.name_en)
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
    return _Asked(prompt, answer, fact)


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
    sure = [part for part in said if not _UNSURE.search(part.casefold())]
    text = "; ".join(sure)
    if are_many(muscle):
        text = _VERBS.sub(lambda m: m[1] + (f"{m[2][:-1]}ies" if m[2].endswith("y") else f"{m[2]}s"), text)
    return f"{text}." if text else ""


def _run_words(muscle: Muscle) -> str:
    ends = [f.text.rstrip(".") for f in (muscle.origin, muscle.insertion) if f is not None]
    return " — ".join(ends) + "."


def fact_question(
    desk: Desk, kind: QuestionKind, muscle: Muscle, side: Laterality, chance: random.Random
) -> Question | None:
    """Ask for a nerve, an action or the attachments, with three answers that are surely wrong."""
    asked = _asked(kind, muscle)
    if asked is None:
        return None
    taken = [simplify(asked.answer)]
    options = [Option(muscle.id, asked.answer)]

    def is_fair(other: Muscle) -> bool:
        theirs = _asked(kind, other)
        if theirs is None or not desk.is_muscle(other) or nests(simplify(theirs.answer), taken):
            return False
        if gives_away(muscle, theirs.answer) or not _is_wrong(kind, muscle, other):
            return False
        taken.append(simplify(theirs.answer))
        options.append(Option(other.id, theirs.answer))
        return True

    if kind is QuestionKind.ACTION:
        opponents = [desk.atlas.muscles[m] for m in muscle.works_against if m in desk.atlas.muscles]
        for other in opponents[:1]:
            is_fair(other)
    chosen = {o.id for o in options}
    desk.others(muscle, chance, 4 - len(options), but=chosen, only=is_fair)
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
    return run_elsewhere(muscle, other)


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
    usable = [r for r in safety.in_reach if not gives_away(muscle, r.name)]
    if not usable:
        return None
    asked = chance.choice(usable)
    wrong: list[str] = []
    # a nerve among bowel, bladder and lung would be told by being one
    for key in sorted(chance.sample(sorted(pool), len(pool)), key=lambda k: pool[k].kind != asked.kind):
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
        f"Needling the {lower(muscle.name_en)}: which of these lies in reach?", muscle.id, muscle.body_part,
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
