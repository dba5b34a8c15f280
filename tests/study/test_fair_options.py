"""Options are fair: none is right or wrong by its grammar, by a doubt, by where it is from, or in another book."""

import random
import re
from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.views import Figure
from myomap.lookup.pattern_index import PatternKey
from myomap.lookup.ranking import Match
from myomap.study.decks import Deck
from myomap.study.desk import LookedUp
from myomap.study.exam import right_words
from myomap.study.fairness import is_surely_false
from myomap.study.makers import QuestionMaker
from myomap.study.map_makers import case
from myomap.study.nerves import NERVES, Nerve, are_related, may_supply, nerves_in
from myomap.study.questions import Question, QuestionKind

#: Kinds whose options are no names.
WORDED = (QuestionKind.ATTACHMENTS, QuestionKind.ACTION, QuestionKind.SAFETY)


@pytest.fixture(scope="module")
def questions(maker: QuestionMaker) -> list[Question]:
    """The kinds whose options are read here: facts with two seeds, the others with one."""
    facts = (QuestionKind.NERVE, QuestionKind.ACTION, *WORDED)
    asked = {21: frozenset((*facts, QuestionKind.CASE, QuestionKind.NAME_MUSCLE)), 22: frozenset(facts)}
    return [
        question
        for seed, kinds in asked.items()
        for card in maker.cards(Deck("x", kinds=kinds))
        if (question := maker.make(card, seed)) is not None
    ]


def _of(questions: list[Question], *kinds: QuestionKind) -> list[Question]:
    return [q for q in questions if q.kind in kinds]


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))


def test_no_option_tells_by_its_number_or_doubt_that_it_is_right_or_wrong(
    atlas: Any, questions: list[Question]
) -> None:
    """“Spread the toes” among “spreads …” would be the one answer that fits the interossei, doubt the odd one out."""
    many = [m for m in atlas.muscles.values() if m.name_la.startswith("Mm.") and m.action]
    plural = {_words(m.action.text).split()[0] for m in many} - {"said", "thought"}
    assert {"spread", "help", "lift"} <= plural
    for q in _of(questions, QuestionKind.ACTION):
        for option in q.options:
            assert _words(option.text).split()[0] not in plural, (q.id, option.text)
            for doubt in ("thought to", "said to", "perhaps", "uncertain", "disputed"):
                assert doubt not in option.text.casefold(), (q.id, option.text)


def test_what_crosses_a_joint_is_no_surely_wrong_answer_there(atlas: Any, questions: list[Question]) -> None:
    """Wrist muscles from the epicondyles help at the elbow, the iliotibial tract holds the knee, and so on."""
    both = {
        "extensor-carpi-radialis-longus": "brachialis", "tensor-fasciae-latae": "vastus-lateralis",
        "gluteus-maximus": "vastus-lateralis", "pectoralis-minor": "external-intercostal",
        "external-oblique": "transversus-thoracis", "coracobrachialis": "deltoid",
        "obturator-internus": "gluteus-minimus",
    }  # fmt: skip
    for one, other in both.items():
        assert not is_surely_false(atlas.muscles[one], atlas.muscles[other]), (one, other)
    assert is_surely_false(atlas.muscles["brachialis"], atlas.muscles["gluteus-maximus"])


def test_wrong_options_come_from_nearby_where_they_can(questions: list[Question]) -> None:
    """Toes against the jaw are told apart without knowing either."""
    far = Counter()
    for q in _of(questions, QuestionKind.ACTION, QuestionKind.NERVE):
        if q.body_part in ("hand", "forearm"):
            for option in q.options:
                far["hyoid" in option.text or "facial" in option.text.casefold()] += 1
    assert far[False] > 200
    assert not far[True]


def test_books_that_name_another_nerve_do_not_make_it_wrong(atlas: Any) -> None:
    def nerve(name: str) -> Nerve:
        return next(n for n in NERVES if n.name == name)

    muscles = atlas.muscles
    assert may_supply(nerve("Intercostal nerves"), muscles["diaphragm"])
    assert may_supply(nerve("Deep fibular nerve"), muscles["dorsal-interossei-of-foot"])
    assert may_supply(nerve("Subscapular nerves"), muscles["latissimus-dorsi"]), "the middle one"
    assert may_supply(nerve("Intercostal nerves"), muscles["external-oblique"])
    assert not may_supply(nerve("Facial nerve"), muscles["masseter"])
    assert [n.name for n in nerves_in("Subcostal nerve.")] == ["Subcostal nerve"]
    assert [n.name for n in nerves_in("Facial nerve (marginal mandibular branch).")] == ["Facial nerve"]


def test_a_name_that_tells_its_nerve_is_not_asked(maker: QuestionMaker) -> None:
    nerves = maker.cards(Deck("n", kinds=frozenset({QuestionKind.NERVE})))
    assert "nerve:external-intercostal" not in nerves
    assert "nerve:subclavius" not in nerves
    assert "nerve:obturator-externus" in nerves, "its neighbour has another one"


def test_a_hazard_is_not_told_by_being_the_only_nerve(atlas: Any, questions: list[Question]) -> None:
    kinds: dict[str, set[str]] = {}
    for safety in atlas.safety.values():
        for reach in safety.in_reach:
            kinds.setdefault(reach.name, set()).add(reach.kind)

    def own_kind(q: Question) -> str:
        return next(r.kind for r in atlas.safety[q.subject].in_reach if r.name == right_words(q))

    asked = [q for q in _of(questions, QuestionKind.SAFETY) if own_kind(q) == "nerve"]
    assert len(asked) > 100
    for q in asked:
        nerves = [o for o in q.options if "nerve" in kinds[o.text]]
        assert len(nerves) == 4, (q.id, [o.text for o in q.options])


def test_no_answer_is_told_by_its_length(questions: list[Question]) -> None:
    """Of four answers alike the right one is now and then the longest and now and then the shortest, never by much."""
    longest, shortest = Counter[QuestionKind](), Counter[QuestionKind]()
    asked = _of(questions, *WORDED)
    for q in asked:
        lengths = {o.id: len(o.text) for o in q.options}
        right = lengths.pop(q.right[0])
        longest[q.kind] += right > max(lengths.values())
        shortest[q.kind] += right < min(lengths.values())
        assert right <= 1.8 * max(lengths.values()), q.id
        assert max(lengths.values()) <= 150, q.id
        assert right <= 150, q.id
    counts = Counter(q.kind for q in asked)
    for kind in WORDED:
        assert 0.1 * counts[kind] < longest[kind] < 0.4 * counts[kind], kind
        assert 0.1 * counts[kind] < shortest[kind] < 0.4 * counts[kind], kind


def test_no_answer_is_told_by_a_word_of_the_muscles_name(atlas: Any, questions: list[Question]) -> None:
    """“Obturator membrane” for the obturator externus, “perineal body”, “common flexor tendon”."""
    for q in _of(questions, *WORDED):
        texts = {o.id: set(_words(o.text).split()) for o in q.options}
        right = texts.pop(q.right[0])
        own = {word for word in _words(atlas.muscles[q.subject].name_en).split() if len(word) > 4}
        told = {word for word in own & right if not any(word in text for text in texts.values())}
        directions = {"anterior", "posterior", "dorsal", "lumbar", "cervical", "palmar", "plantar", "medial"}
        assert told <= directions, (q.id, told)


def test_no_nerve_is_offered_beside_its_own_branch(questions: list[Question]) -> None:
    """Neither of two of which one is a part of the other can be the one right answer: both were crossed out."""
    by_name = {nerve.name: nerve for nerve in NERVES}
    for q in _of(questions, QuestionKind.NERVE):
        for one, other in combinations([by_name[o.text] for o in q.options], 2):
            assert not are_related(one, other), (q.id, one.name, other.name)


def test_what_is_asked_of_an_obturator_muscle_offers_both_obturator_nerves(
    maker: QuestionMaker,
) -> None:
    made = maker.make("nerve:obturator-externus", 3)
    assert made is not None
    assert {"Obturator nerve", "Nerve to obturator internus"} <= {o.text for o in made.options}


def test_a_lit_muscle_is_offered_beside_what_is_seen_there_too(atlas: Any, questions: list[Question]) -> None:
    """A strap muscle against suboccipital ones is told by front and back alone."""
    seen: Counter[bool] = Counter()
    for q in _of(questions, QuestionKind.NAME_MUSCLE):
        there = {atlas.structures[o.key.structure].muscle for o in atlas.outlines(q.view, q.layer)}
        for option in q.options:
            seen[option.id in there] += 1
    assert seen[True] > 8 * seen[False]


def test_a_flexor_of_the_hip_is_not_offered_among_muscles_of_the_pelvic_floor(
    questions: list[Question], maker: QuestionMaker
) -> None:
    floor = {"bulbospongiosus", "ischiocavernosus", "external-anal-sphincter", "levator-ani", "coccygeus"}
    for card in (
        "case:iliacus-1",
        "who_refers:psoas-major-1",
        "name_point:psoas-major-2",
        "action:psoas-major",
    ):
        made = maker.make(card, 5)
        assert made is not None
        assert not floor & {o.id for o in made.options}, card
    silly = [
        q.id
        for q in _of(questions, QuestionKind.NAME_MUSCLE, QuestionKind.ACTION)
        if q.subject not in floor and len(floor & {o.id for o in q.options}) > 1
    ]
    assert len(silly) <= 2, silly


def test_a_rare_point_makes_no_muscle_one_to_look_at_first(maker: QuestionMaker) -> None:
    """A soleus point that hurts in the face is published and rare: whoever leaves it out is not wrong."""
    cards = maker.cards(Deck("x", muscles=frozenset({"masseter", "buccinator", "platysma", "soleus"})))
    assert "case:soleus-1" in cards
    assert "case:soleus-4" not in cards
    assert "paint_zone:soleus-4" in cards
    for card in cards:
        if card.startswith(("case:", "who_refers:", "name_point:")) and "soleus" not in card:
            made = maker.make(card, 1)
            assert made is not None
            assert "soleus" not in {o.id for o in made.options}, card


def test_a_story_says_the_side_only_where_the_pain_lies_on_one(atlas: Any, questions: list[Question]) -> None:
    sided: Counter[bool] = Counter()
    for q in _of(questions, QuestionKind.CASE):
        story = q.prompt.partition(" Red flags")[0]
        says = f" on the {q.laterality} side: " in story
        cells = atlas.zone(q.subject, q.laterality).essential
        x = atlas.skin.xyz[Figure.MALE][cells.ids, 0]
        mine = float((x < 0 if q.laterality is Laterality.RIGHT else x > 0).mean())
        if mine > 0.9 and q.laterality is not Laterality.MIDLINE:
            assert says, (q.id, mine)
        if mine < 0.6:
            assert not says, (q.id, mine)
        sided[says] += 1
        for odd in (
            "RIGHT",
            "LEFT",
            "same side",
            ": and ",
            "both sides) ",
            "more regions",
            " ;",
            "in half of these",
        ):
            assert odd not in story, (q.id, odd)
    assert sided[True] > 5 * sided[False] > 0


def test_a_case_in_which_no_muscle_is_worth_looking_at_first_is_not_asked(
    maker: QuestionMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, atlas = maker.desk, maker.desk.atlas
    points = (p for p in atlas.trigger_points.values() if p.essential_words and p.sided)
    point = next(p for p in points if desk.has_zone(p) and desk.is_muscle_id(p.muscle))
    key = PatternKey(point.id, Laterality.RIGHT)
    others = [each for each in atlas.muscles if each != point.muscle][:3]
    little = dict.fromkeys([*others, point.muscle], Match(key, 0.5, 0.1, 0.01, 0.01, 1))
    monkeypatch.setitem(desk._looked_up, key, LookedUp(little, frozenset(little)))
    assert case(desk, point, atlas.muscles[point.muscle], Laterality.RIGHT, random.Random(1)) is None
