"""Grading by meaning: spelling is forgiven, the side and the wrong muscle never."""

import math
from typing import Any

import numpy as np
import pytest
import shapely

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.study.decks import Deck, Difficulty
from myomap.study.grading import grade_chosen, grade_click, grade_painted, grade_typed
from myomap.study.makers import QuestionMaker
from myomap.study.pointing import pointed_distance
from myomap.study.questions import Question, QuestionKind
from myomap.surface.cells import Cells


def typed(maker: QuestionMaker, muscle: str, side: Laterality = Laterality.RIGHT) -> Question:
    for seed in range(40):
        made = maker.make(f"name_muscle:{muscle}", seed, Difficulty.BARE)
        if made is not None and made.laterality in (side, Laterality.MIDLINE):
            return made
    raise AssertionError(muscle)


@pytest.mark.parametrize(
    ("muscle", "answer"),
    [
        ("fibularis-longus", "peroneus longus"),
        ("fibularis-longus", "M. fibularis longus"),
        ("trapezius", "trapezus"),
        ("trapezius", "the right trapezius muscle"),
        ("trapezius", "R trapezius"),
        ("sternocleidomastoid", "scm"),
        ("sternocleidomastoid", "sternocleidomastoideus"),
        ("flexor-carpi-ulnaris", "flexor carpi ulnaris"),
        ("quadratus-lumborum", "Quadratus  LUMBORUM"),
        ("gluteus-medius", "glutaeus medius"),
    ],
)
def test_names_old_names_and_misspellings_are_right(maker: QuestionMaker, muscle: str, answer: str) -> None:
    assert grade_typed(typed(maker, muscle), answer).is_right


@pytest.mark.parametrize(
    ("muscle", "answer"),
    [
        ("fibularis-longus", "fibularis brevis"),
        ("extensor-carpi-radialis-longus", "extensor carpi radialis brevis"),
        ("extensor-carpi-radialis-longus", "extensor carpi radialis"),
        ("gluteus-medius", "gluteus minimus"),
        ("gluteus-medius", "gluteus maximus"),
        ("flexor-digitorum-profundus", "FDS"),
        ("external-oblique", "internal oblique"),
        ("trapezius", ""),
        ("trapezius", "right"),
        ("trapezius", "xyz"),
    ],
)
def test_another_muscle_is_never_right_however_alike(maker: QuestionMaker, muscle: str, answer: str) -> None:
    assert not grade_typed(typed(maker, muscle), answer).is_right


def test_no_muscles_name_is_right_for_another(atlas: Any, maker: QuestionMaker) -> None:
    """Every name of every muscle against every question: right only where it is its own."""
    questions = [
        q
        for card in maker.cards(Deck("all", kinds=frozenset({QuestionKind.NAME_MUSCLE})))
        if (q := maker.make(card, 1, Difficulty.BARE)) is not None
    ]
    names = {m.id: (m.name_en, m.name_la) for m in atlas.muscles.values()}
    for q in questions:
        for other, own in names.items():
            for name in own:
                assert grade_typed(q, name).is_right == (other == q.subject), (q.subject, name)


def test_a_name_that_several_muscles_share_is_not_enough(maker: QuestionMaker) -> None:
    grade = grade_typed(typed(maker, "semitendinosus"), "hamstrings")
    assert not grade.is_right
    assert 0 < grade.score < 1
    assert "several" in grade.feedback


@pytest.mark.parametrize("side", ["left", "L", "links"])
def test_the_wrong_side_is_wrong_and_said(maker: QuestionMaker, side: str) -> None:
    grade = grade_typed(typed(maker, "trapezius", Laterality.RIGHT), f"{side} trapezius")
    assert not grade.is_right
    assert "RIGHT" in grade.feedback
    assert not grade_typed(typed(maker, "trapezius"), "left right trapezius").is_right


def test_several_options_earn_a_part_and_wrong_ones_take_it_away(maker: QuestionMaker) -> None:
    question = next(
        q
        for card in maker.cards(Deck("all", kinds=frozenset({QuestionKind.CASE})))
        if (q := maker.make(card, 1)) is not None and len(q.right) == 3
    )
    wrong = [o.id for o in question.options if o.id not in question.right]
    assert grade_chosen(question, question.right).is_right
    part = grade_chosen(question, question.right[:2])
    assert not part.is_right
    assert part.score == pytest.approx(2 / 3)
    assert grade_chosen(question, [question.right[0], wrong[0]]).score == 0
    assert grade_chosen(question, [o.id for o in question.options]).score == 0
    assert grade_chosen(question, []).score == 0


def test_a_click_is_scored_by_distance_and_side(maker: QuestionMaker) -> None:
    question = next(
        q for n in range(40) if (q := maker.make("point_to:deltoid", n)) and q.laterality is Laterality.LEFT
    )
    key = StructureKey.parse(question.right[0])
    assert grade_click(question, key, 0.0).is_right
    other_side = StructureKey(key.structure, Laterality.RIGHT)
    wrong = grade_click(question, other_side, 300.0, "RIGHT deltoid")
    assert wrong.score == 0
    assert "LEFT" in wrong.feedback
    near = grade_click(
        question, StructureKey("triceps-brachii-long-head", Laterality.LEFT), 5.0, "LEFT triceps"
    )
    far = grade_click(question, None, math.inf)
    assert not near.is_right
    assert near.score > far.score == 0
    assert "LEFT triceps" in near.feedback
    assert "beside the body" in far.feedback


def test_a_click_is_measured_over_the_skin_not_on_the_map(atlas: Any) -> None:
    view = atlas.view_map("male.anterior")
    raster, scale = view.raster, view.px_per_mm
    # at the height of the elbow: from the arm across the gap to the trunk, and as far within the trunk
    row = next(
        r
        for r in range(raster.shape[0] // 4, raster.shape[0] // 2)
        if len(gaps_of(raster[r])) == 2 and min(b - a for a, b in gaps_of(raster[r])) < 40 * scale
    )
    before, after = gaps_of(raster[row])[0]
    y = (row + 0.5) / scale
    arm, trunk = (before - 2) / scale, (after + 1) / scale
    inner = trunk + (trunk - arm)

    def measured(x: float, to: float) -> float:
        return pointed_distance(atlas, "male.anterior", [shapely.box(to - 1, y - 1, to + 1, y + 1)], x, y)

    assert measured(arm, arm) == 0
    assert math.isinf(measured(arm, trunk)), "the way leads round the armpit"
    assert trunk - arm - 8 < measured(trunk, inner) < 3 * (trunk - arm) + 10
    assert math.isinf(measured((before + after) / 2 / scale, trunk)), "beside the body"


def gaps_of(row: Any) -> list[tuple[int, int]]:
    """The stretches without skin between skin in a row of the raster: (first, last + 1)."""
    on = np.flatnonzero(row >= 0)
    ends = np.flatnonzero(np.diff(on) > 1)
    return [(int(on[e]) + 1, int(on[e + 1])) for e in ends]


def test_painting_is_scored_by_overlap(atlas: Any) -> None:
    zone = atlas.zone("trapezius-descending-1", Laterality.RIGHT).essential
    skin = atlas.skin
    assert grade_painted(skin, zone, zone).is_right
    assert grade_painted(skin, zone, zone).score == 1
    half = Cells.of(zone.ids[: len(zone) // 2])
    part = grade_painted(skin, half, zone)
    assert 0 < part.score < 1
    mirrored = zone.mirrored(skin.mirror)
    assert grade_painted(skin, mirrored, zone).score < 0.05
    assert not grade_painted(skin, mirrored, zone).is_right
    everything = Cells.of(np.arange(len(skin)))
    assert not grade_painted(skin, everything, zone).is_right
    assert not grade_painted(skin, Cells.empty(), zone).is_right
