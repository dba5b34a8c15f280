"""Grades answers: forgiving of spelling, never of side; partial credit where several are asked."""

import math
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

import numpy as np

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.study.questions import Grade, Question
from myomap.surface.cells import Cells
from myomap.surface.skin import Skin

#: How alike (0-100) a typed name must be to count as a spelling of the right one.
CLOSE_ENOUGH = 84.0
#: A click nearer than this to the structure still earns part of the score (mm over the skin).
NEAR_MM = 25.0
#: Painted zones at least this alike (Jaccard) count as right: people repeat a place with 0.4-0.8.
ALIKE_ENOUGH = 0.4
_SIDES = {
    **dict.fromkeys(("right", "r", "rt", "rechts", "dexter", "dextra", "dextrum"), Laterality.RIGHT),
    **dict.fromkeys(("left", "l", "lt", "links", "sinister", "sinistra", "sinistrum"), Laterality.LEFT),
}


@lru_cache(8192)  # the atlas's names, asked for over and over: a typed answer is held against all of them
def simplify(text: str) -> str:
    """Return a name without case, accents, Latin article and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.findall(r"[a-z0-9]+", plain)
    return " ".join(w for w in words if w not in {"m", "mm", "musculus", "musculi", "muscle", "the", "of"})


def grade_typed(question: Question, typed: str) -> Grade:
    """Grade a typed name. A side that is typed must be the right one, and no other muscle nearer in spelling."""
    from rapidfuzz import fuzz

    words = simplify(typed).split()
    said = {_SIDES[w] for w in words if w in _SIDES}
    name = " ".join(w for w in words if w not in _SIDES)
    shown = question.accepted[0] if question.accepted else question.right[0]
    if not name:
        return Grade(0.0, False, f"It is {shown}.")
    own = max((fuzz.ratio(name, simplify(each)) for each in question.accepted), default=0.0)
    rival, other = max(
        ((fuzz.ratio(name, simplify(each)), muscle) for each, muscle in question.rivals), default=(0.0, "")
    )
    if own == 100 and rival == 100:
        return Grade(0.6, False, f"“{typed.strip()}” names several muscles; the one asked for is {shown}.")
    is_named = own == 100 or (own >= CLOSE_ENOUGH and own > rival + 1)
    if is_named and said and question.laterality is not Laterality.MIDLINE and said != {question.laterality}:
        return Grade(
            0.0, False, f"The name is right, the side is not: it is the {question.laterality.spoken} side."
        )
    if own == 100:
        return Grade(1.0, True, f"{shown}.")
    if is_named:
        return Grade(1.0, True, f"It is spelt {shown}.")
    if rival >= CLOSE_ENOUGH:
        return Grade(0.0, False, f"It is {shown}. What you typed is {other}.")
    return Grade(0.0, False, f"It is {shown}, not “{typed.strip()}”.")


def grade_chosen(question: Question, chosen: Collection[str]) -> Grade:
    """Grade chosen options: right ones count, wrong ones take away."""
    right, picked = set(question.right), set(chosen)
    hits, wrong = len(right & picked), len(picked - right)
    score = max(0.0, (hits - wrong) / len(right)) if right else 0.0
    by_id = {o.id: o.text for o in question.options}
    names = "; ".join(by_id[r].rstrip(".") for r in question.right if r in by_id)
    if picked == right:
        return Grade(1.0, True, f"{names}.")
    said = [f"Right would be: {names}."]
    if wrong:
        said.append(f"Not: {'; '.join(by_id.get(p, p).rstrip('.') for p in sorted(picked - right))}.")
    return Grade(score, False, " ".join(said))


def grade_click(
    question: Question, clicked: StructureKey | None, distance_mm: float, name: str = ""
) -> Grade:
    """Grade a click; ``distance_mm`` over the skin to the structure asked for (infinity where it is far away or
    the click beside the body), ``name`` what was hit.
    """
    wanted = set(question.right)
    if clicked is not None and str(clicked) in wanted:
        return Grade(1.0, True, "")
    structures = {StructureKey.parse(r).structure for r in wanted}
    if clicked is not None and clicked.structure in structures:
        return Grade(
            0.0,
            False,
            f"That is the {clicked.laterality.spoken} side; asked was the {question.laterality.spoken} one.",
        )
    hit = f"You clicked on {name}. " if name else "You clicked beside the body. "
    score = max(0.0, 0.5 * (1 - distance_mm / NEAR_MM))
    if math.isinf(distance_mm):
        return Grade(0.0, False, f"{hit}The right place is elsewhere.")
    if distance_mm < 3:
        return Grade(score, False, f"{hit}The right place begins just there.")
    return Grade(score, False, f"{hit}The right place is {distance_mm:.0f} mm away over the skin.")


def jaccard(skin: Skin, first: Cells, second: Cells) -> float:
    """Return the shared area of two sets of cells over the area of both, 0-1."""
    count = len(skin)
    a, b = first.dense(count), second.dense(count)
    area = skin.area_mm2.astype(np.float64)
    either = float(np.dot(area, np.maximum(a, b)))
    return float(np.dot(area, np.minimum(a, b))) / either if either > 0 else 0.0


def grade_painted(skin: Skin, painted: Cells, published: Cells) -> Grade:
    """Grade a painted zone by its overlap with the published one."""
    if not painted:
        return Grade(0.0, False, "Nothing was painted.")
    alike = jaccard(skin, painted, published)
    missed = 1 - skin.area_of(_both(painted, published)) / max(skin.area_of(published), 1e-9)
    beside = 1 - skin.area_of(_both(published, painted)) / max(skin.area_of(painted), 1e-9)
    words = (
        f"{round(100 * (1 - missed))} % of the published zone is painted; "
        f"{round(100 * beside)} % of the painting lies beside it. "
        f"Both share {round(100 * alike)} % of what either covers; {round(100 * ALIKE_ENOUGH)} % counts as right."
    )
    return Grade(min(1.0, alike / 0.8), alike >= ALIKE_ENOUGH, words)


def _both(first: Cells, second: Cells) -> Cells:
    """Return the cells of the second that the first has too."""
    kept = np.isin(second.ids, first.ids, assume_unique=True)
    return Cells.of(second.ids[kept], second.weights[kept])
