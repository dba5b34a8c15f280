"""Options are fair: none is right or wrong by its grammar, by a doubt, by where it is from, or in another book."""

import re
from collections import Counter
from typing import Any

from myomap.study.decks import Deck
from myomap.study.exam import right_words
from myomap.study.fairness import is_surely_false
from myomap.study.makers import QuestionMaker
from myomap.study.nerves import NERVES, Nerve, may_supply, nerves_in
from myomap.study.questions import Question, QuestionKind


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
