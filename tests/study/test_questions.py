"""Thousands of generated questions, each checked from what it means, by other ways than it was made."""

import re
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.structures import Layer, StructureKey, StructureKind
from myomap.study.decks import Deck
from myomap.study.makers import QuestionMaker, digest
from myomap.study.nerves import are_related, nerves_in
from myomap.study.questions import AnswerKind, Question, QuestionKind
from myomap.study.views import is_plain, neutral_title


@pytest.fixture(scope="session")
def shown(atlas: Any) -> Any:
    """Return a function: what is drawn in a view and layer, by key."""

    @cache
    def of(view: str, layer: Layer) -> dict[StructureKey, Any]:
        return {o.key: o.shape for o in atlas.outlines(view, layer)}

    return of


def _of(questions: list[Question], *kinds: QuestionKind) -> list[Question]:
    return [q for q in questions if q.kind in kinds]


def _muscle(atlas: Any, question: Question) -> Any:
    point = atlas.trigger_points.get(question.subject)
    return atlas.muscles[point.muscle if point else question.subject]


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))


def test_there_are_5000_questions_of_every_kind_for_every_body_part(
    atlas: Any, questions: list[Question]
) -> None:
    assert len(questions) >= 5000
    parts = {m.body_part for m in atlas.muscles.values()}
    counts = Counter((q.kind, q.body_part) for q in questions)
    missing = [(kind, part) for kind in QuestionKind for part in parts if not counts[(kind, part)]]
    assert missing == []


def test_exactly_one_option_is_right_where_one_is_asked(questions: list[Question]) -> None:
    asked = [q for q in questions if q.answer is AnswerKind.ONE_OF]
    assert len(asked) > 1000
    for q in asked:
        ids = [o.id for o in q.options]
        assert len(set(ids)) == len(ids) == (2 if q.kind is QuestionKind.WHICH_SIDE else 4), q.id
        assert len({_words(o.text) for o in q.options}) == len(ids), q.id
        assert [i for i in ids if i in q.right] == list(q.right), q.id
        assert len(q.right) == 1, q.id


def test_lit_muscle_is_the_one_that_is_right_and_is_seen(
    atlas: Any, questions: list[Question], shown: Any
) -> None:
    for q in _of(questions, QuestionKind.NAME_MUSCLE):
        assert q.right == (q.subject,), q.id
        assert {atlas.structures[k.structure].muscle for k in q.lit} == {q.subject}, q.id
        drawn = shown(q.view, q.layer)
        assert sum(drawn[k].area for k in q.lit if k in drawn) > 50, q.id
        names = {_words(n) for n in (_muscle(atlas, q).name_en, *_muscle(atlas, q).synonyms)}
        wrong = [o for o in q.options if o.id != q.subject]
        assert not names & {_words(o.text) for o in wrong}, q.id


def test_what_is_to_be_clicked_is_there_on_the_right_side(
    atlas: Any, questions: list[Question], shown: Any
) -> None:
    for q in _of(questions, QuestionKind.POINT_TO):
        drawn = shown(q.view, q.layer)
        there = [k for k in map(StructureKey.parse, q.right) if k in drawn]
        assert there, q.id
        assert {atlas.structures[k.structure].muscle for k in there} == {q.subject}, q.id
        wanted = {q.laterality, Laterality.MIDLINE}
        assert {k.laterality for k in there} <= wanted, q.id
        spoken = [w for w in ("RIGHT", "LEFT") if w in q.prompt.split()]
        assert spoken == ([q.laterality.spoken] if q.laterality.spoken else []), q.id


def test_sides_agree_with_where_it_is_drawn(atlas: Any, questions: list[Question], shown: Any) -> None:
    """In a view that shows both sides, what is lit lies on that side of the middle of the body."""
    checked = 0
    for q in _of(questions, QuestionKind.NAME_MUSCLE, QuestionKind.POINT_TO, QuestionKind.WHICH_SIDE):
        view = atlas.views[q.view]
        if view.viewer_left is None or view.shows is not Laterality.MIDLINE:
            assert q.kind is not QuestionKind.WHICH_SIDE, q.id
            continue
        drawn = shown(q.view, q.layer)
        keys = q.lit or q.after_lit
        shapes = [drawn[k] for k in keys if k in drawn]
        if q.laterality is Laterality.MIDLINE or not shapes:
            continue
        area = sum(s.area for s in shapes)
        x = sum(s.centroid.x * s.area for s in shapes) / area
        middle = -view.frame.left_edge  # where body x = 0 is drawn
        on_left_half = x < middle
        side = view.viewer_left if on_left_half else view.viewer_left.mirrored()
        assert side is q.laterality, (q.id, x, middle)
        checked += 1
    assert checked > 500


def test_zones_lie_on_the_side_that_is_asked(atlas: Any, questions: list[Question]) -> None:
    """By the places of the trigger points: body x of the right side is below zero."""
    places = {(p.trigger_point, p.laterality): p.xyz[0] for p in atlas.places("male")}
    kinds = (QuestionKind.NAME_POINT, QuestionKind.PAINT_ZONE, QuestionKind.WHO_REFERS, QuestionKind.CASE)
    checked = 0
    for q in _of(questions, *kinds):
        key = q.after_patterns[0]
        assert (key.trigger_point, key.laterality) == (q.subject, q.laterality), q.id
        x = places.get((key.trigger_point, key.laterality))
        if x is not None and key.laterality is not Laterality.MIDLINE and abs(x) > 3:
            assert (x < 0) == (key.laterality is Laterality.RIGHT), q.id
            checked += 1
    assert checked > 1000


def test_titles_of_special_views_are_not_told_and_zones_lie_on_whole_skin(
    atlas: Any, questions: list[Question]
) -> None:
    special = [v for v in atlas.views.values() if not is_plain(v)]
    assert special
    assert not any("muscle" in neutral_title(v).casefold() or "(" in neutral_title(v) for v in special)
    zones = [q for q in questions if q.kind in (QuestionKind.PAINT_ZONE, QuestionKind.WHO_REFERS)]
    odd = [q for q in zones if not is_plain(atlas.views[q.view])]
    assert {q.body_part for q in odd} <= {"pelvis", "hip", "thigh", "abdomen", "thorax"}, {
        q.id: q.view for q in odd
    }


def test_each_zone_is_seen_in_its_view(atlas: Any, questions: list[Question]) -> None:
    seen = {}
    for q in questions:
        for pattern in q.patterns or q.after_patterns:
            if q.view not in seen:
                seen[q.view] = atlas.view_map(q.view).visible
            zone = atlas.zone(pattern.trigger_point, pattern.laterality).essential
            assert np.isin(zone.ids, seen[q.view]).any(), q.id


def test_who_refers_is_what_the_published_zones_say(atlas: Any, questions: list[Question]) -> None:
    """Counted anew from the zones' cells: right ones take in half of the lit area, wrong ones nothing."""
    skin = atlas.skin
    sides = (Laterality.RIGHT, Laterality.LEFT)
    dense: dict[str, list[Any]] = {}
    for point in atlas.trigger_points.values():
        if not point.muscle:
            continue
        own = (point.only,) if point.only else sides if point.sided else (Laterality.MIDLINE,)
        for side in own:
            zone = atlas.zone(point.id, side)
            both = zone.essential.union(zone.spillover)
            dense.setdefault(point.muscle, []).append(
                (zone.essential.dense(len(skin)).astype(np.float16), frozenset(both.ids.tolist()))
            )
    for q in _of(questions, QuestionKind.WHO_REFERS)[:243]:
        lit = atlas.zone(q.patterns[0].trigger_point, q.patterns[0].laterality).essential
        weight = skin.area_mm2[lit.ids] * lit.weights
        ids = set(lit.ids.tolist())
        for option in q.options:
            taken = max(
                (float((weight * e[lit.ids]).sum() / weight.sum()) for e, _ in dense.get(option.id, ())),
                default=0.0,
            )
            if option.id in q.right:
                assert taken > 0.45 or option.id == _muscle(atlas, q).id, (q.id, option.id, taken)
            else:
                touched = any(ids & cells for _, cells in dense.get(option.id, ()))
                assert taken == 0 or not touched or taken < 0.01, (q.id, option.id, taken)


def test_a_wrong_muscle_never_refers_to_the_lit_zone(atlas: Any, questions: list[Question]) -> None:
    for q in _of(questions, QuestionKind.NAME_POINT):
        if not q.options:
            continue
        lit = atlas.zone(q.subject, q.laterality).essential
        total = atlas.skin.area_of(lit)
        for option in q.options:
            if option.id in q.right:
                continue
            for point in atlas.trigger_points.values():
                if point.muscle == option.id and point.pain:
                    for side in (Laterality.RIGHT, Laterality.LEFT):
                        other = atlas.zone(point.id, point.only or side).essential
                        both = np.isin(lit.ids, other.ids)
                        shared = float((atlas.skin.area_mm2[lit.ids] * lit.weights)[both].sum())
                        assert shared < 0.6 * total, (q.id, point.id)


def test_facts_are_those_of_the_muscle_and_wrong_ones_are_anothers(
    atlas: Any, questions: list[Question]
) -> None:
    for q in _of(questions, QuestionKind.ATTACHMENTS, QuestionKind.ACTION):
        muscle = _muscle(atlas, q)
        texts = {o.id: o.text for o in q.options}
        if q.kind is QuestionKind.ACTION:
            said = {_stem(word) for word in _words(muscle.action.text).split()}
            assert {_stem(word) for word in _words(texts[q.right[0]]).split()} <= said, q.id
        else:
            for short, fact in zip(
                texts[q.right[0]].rstrip(".").split(" — "), (muscle.origin, muscle.insertion), strict=True
            ):
                _is_made_of_clauses_of(short, fact.text)
        for other in set(texts) - set(q.right):
            if q.kind is QuestionKind.ACTION:
                assert other not in muscle.works_with, (q.id, other)
            assert _words(texts[other]) != _words(texts[q.right[0]]), q.id


def _is_made_of_clauses_of(short: str, whole: str) -> None:
    """What is left out is left out whole: nothing is said that the fact does not say, in its order."""
    said = whole.casefold()
    for clause in re.split(r"[,;.:] ", short.casefold()):
        assert clause in re.sub(r" \((?!to |and )[^)]*\)", "", said), (short, whole)
        said = said[said.index(clause.split(" ", maxsplit=1)[0]) :]
    assert not re.search(r"\b(of|the|and|or|by|from|to)$", short), short


def _stem(word: str) -> str:
    return word.removesuffix("s").replace("ie", "y")


def test_wrong_nerves_are_neither_the_nerve_nor_its_trunk_nor_its_branch(
    atlas: Any, questions: list[Question]
) -> None:
    asked = _of(questions, QuestionKind.NERVE)
    assert len(asked) > 300
    for q in asked:
        mine = nerves_in(_muscle(atlas, q).nerve.text)
        texts = {o.id: o.text for o in q.options}
        assert any(n.name == texts[q.right[0]] for n in mine), q.id
        for other in set(texts) - set(q.right):
            (named,) = [n for n in nerves_in(texts[other]) if n.name == texts[other]] or [None]
            assert named is not None, (q.id, texts[other])
            assert not any(are_related(named, each) for each in mine), (q.id, texts[other])


#: Trunk → branches, written out by hand: never offered against each other.
TRUNKS = {
    "Sciatic nerve": {
        "Tibial nerve", "Medial plantar nerve", "Lateral plantar nerve", "Common fibular nerve",
        "Deep fibular nerve", "Superficial fibular nerve",
    },
    "Tibial nerve": {"Medial plantar nerve", "Lateral plantar nerve"},
    "Common fibular nerve": {"Deep fibular nerve", "Superficial fibular nerve"},
    "Radial nerve": {"Posterior interosseous nerve"},
    "Mandibular nerve": {"Mylohyoid nerve"},
    "Pudendal nerve": {"Perineal nerve", "Inferior rectal nerve"},
    "Posterior rami of spinal nerves": {"Suboccipital nerve"},
}  # fmt: skip


def test_no_trunk_is_offered_against_its_branch(questions: list[Question]) -> None:
    pairs = {frozenset({trunk, branch}) for trunk, branches in TRUNKS.items() for branch in branches}
    seen = set()
    for q in _of(questions, QuestionKind.NERVE):
        texts = {o.id: o.text for o in q.options}
        right = texts[q.right[0]]
        seen.add(right)
        for other in texts.values():
            assert frozenset({right, other}) not in pairs, (q.id, other)
            assert not other.startswith("Anterior ram"), q.id  # every limb nerve is one
    assert len(seen & (set(TRUNKS) | set().union(*TRUNKS.values()))) > 8


def test_hazard_is_in_reach_and_the_others_are_of_another_part_of_the_body(
    atlas: Any, questions: list[Question]
) -> None:
    parts: dict[str, set[str]] = {}
    for safety in atlas.safety.values():
        for reach in safety.in_reach:
            parts.setdefault(reach.name, set()).add(atlas.muscles[safety.muscle].body_part)
    for q in _of(questions, QuestionKind.SAFETY):
        texts = {o.id: o.text for o in q.options}
        mine = {r.name for r in atlas.safety[q.subject].in_reach}
        assert texts[q.right[0]] in mine, q.id
        for other in set(texts) - set(q.right):
            assert texts[other] not in mine, q.id
            assert q.body_part not in parts[texts[other]] or len(parts[texts[other]]) > 1, (
                q.id,
                texts[other],
            )
        assert "safe" not in q.prompt.casefold(), q.id


def test_cases_name_the_muscle_and_its_reasons(atlas: Any, questions: list[Question]) -> None:
    asked = _of(questions, QuestionKind.CASE)
    assert len(asked) > 400
    for q in asked:
        assert _muscle(atlas, q).id in q.right, q.id
        assert 1 <= len(q.right) <= 3, q.id
        assert len(q.options) == (4 if len(q.right) == 1 else 6), q.id
        assert (q.answer is AnswerKind.ONE_OF) == (len(q.right) == 1), q.id
        how_many = ("Which muscle do", "Which two muscles do", "Which three muscles do")
        assert how_many[len(q.right) - 1] in q.prompt, q.id
        for muscle in q.right:
            assert any(b.startswith(atlas.muscles[muscle].name_en) for b in q.because), q.id
        assert "not a diagnosis" in q.because[-1], q.id
        assert not any("lies just beside the drawing" in b for b in q.because), q.id
        story = q.prompt.partition(" Red flags")[0]
        for leaning in ("the point", "that level", "same level", "muscle", "interossei", "as with", "figure"):
            assert leaning not in story, (q.id, leaning)


#: Kinds whose answer is the muscle's name: it must not be read anywhere before the answer.
NAMELESS = (
    QuestionKind.NAME_MUSCLE, QuestionKind.NAME_POINT, QuestionKind.WHO_REFERS, QuestionKind.WHICH_SIDE,
    QuestionKind.CASE,
)  # fmt: skip


def test_no_prompt_or_hint_names_the_answer(atlas: Any, questions: list[Question]) -> None:
    for q in questions:
        title = neutral_title(atlas.views[q.view]) if q.view and q.kind in NAMELESS else ""
        said = f" {_words(' '.join((q.prompt, *q.hints, title)))} "
        muscle = _muscle(atlas, q)
        if q.kind in NAMELESS:
            for name in (muscle.name_en, muscle.name_la, *muscle.synonyms):
                told = _words(name).removeprefix("m ").removeprefix("mm ")
                assert f" {told} " not in said, (q.id, name)
        if q.kind is QuestionKind.WHICH_SIDE:
            assert not {"RIGHT", "LEFT"} & set(q.prompt.split()), q.id
            assert q.hides_sides, q.id
        if q.kind in (QuestionKind.NERVE, QuestionKind.ACTION, QuestionKind.ATTACHMENTS, QuestionKind.SAFETY):
            right = {o.id: _words(o.text) for o in q.options}[q.right[0]]
            assert f" {_words(muscle.name_en)} " not in f" {right} ", q.id
            assert right not in said, q.id


def test_options_ids_tell_nothing(questions: list[Question]) -> None:
    for q in questions:
        if q.kind is not QuestionKind.WHICH_SIDE:
            assert not any(o.id.startswith(("right", "wrong")) for o in q.options), q.id


def test_right_answers_stand_in_every_place(questions: list[Question]) -> None:
    """The order of the options gives nothing away."""
    places = Counter(
        [o.id for o in q.options].index(q.right[0]) for q in questions if len(q.options) == 4 and q.right
    )
    assert set(places) == {0, 1, 2, 3}
    assert max(places.values()) < 1.3 * min(places.values())


def test_bare_questions_have_no_options_and_no_hints(questions: list[Question]) -> None:
    for q in _of(questions, QuestionKind.NAME_MUSCLE, QuestionKind.NAME_POINT):
        if q.id.endswith(":bare"):
            assert q.answer is AnswerKind.TYPED
            assert not q.options
            assert not q.hints
        elif q.id.endswith(":letter"):
            assert len(q.hints) == 3, q.id


def test_every_question_has_a_map_with_a_plate(atlas: Any, questions: list[Question], shown: Any) -> None:
    for q in questions:
        if q.view:
            assert shown(q.view, q.layer), q.id
        else:  # facts of muscles that no view shows
            assert q.kind in (
                QuestionKind.NERVE, QuestionKind.ACTION, QuestionKind.ATTACHMENTS, QuestionKind.SAFETY,
            ), q.id  # fmt: skip


def test_every_answer_is_explained_and_cited(questions: list[Question]) -> None:
    for q in questions:
        assert q.because, q.id
        assert q.source or q.kind is QuestionKind.WHICH_SIDE, q.id


def test_the_same_id_is_the_same_question_and_another_seed_another(maker: QuestionMaker) -> None:
    cards = maker.cards(Deck("all"))[::40]
    for card in cards:
        one, again, other = maker.make(card, 5), maker.make(card, 5), maker.make(card, 6)
        assert one == again
        if one is not None and other is not None:
            assert maker.remake(one.id) == one
            assert digest(one) != digest(other)
    fresh = QuestionMaker(maker.desk.atlas)
    assert fresh.make(cards[3], 5) == maker.make(cards[3], 5)


@pytest.mark.parametrize(
    "bad", ["", "nonsense", "name_muscle", "name_muscle:no-such:1:options", "a:b:c:d", "x:y:1:bare"]
)
def test_what_the_atlas_does_not_have_makes_no_question(maker: QuestionMaker, bad: str) -> None:
    assert maker.remake(bad) is None
    assert maker.make(bad, 1) is None


def test_layers_and_kinds_of_a_deck_are_kept_to(atlas: Any, maker: QuestionMaker) -> None:
    deck = Deck("d", body_parts=frozenset({"hand"}), kinds=frozenset({QuestionKind.NERVE}))
    cards = maker.cards(deck)
    assert cards
    assert all(c.startswith("nerve:") for c in cards)
    assert {atlas.muscles[c.partition(":")[2]].body_part for c in cards} == {"hand"}
    by_nerve = maker.cards(
        Deck("n", nerves=frozenset({"Radial nerve"}), kinds=frozenset({QuestionKind.ACTION}))
    )
    assert {"action:anconeus", "action:triceps-brachii"} <= set(by_nerve)
    assert "action:biceps-brachii" not in by_nerve
    knee = maker.cards(Deck("k", joints=frozenset({"knee"}), kinds=frozenset({QuestionKind.NERVE})))
    assert "nerve:popliteus" in knee
    assert "nerve:masseter" not in knee
    own = maker.cards(Deck("o", muscles=frozenset({"masseter"})))
    assert own
    assert all("masseter" in c for c in own)


def test_bones_and_ligaments_are_not_asked_as_muscles(atlas: Any, maker: QuestionMaker) -> None:
    for card in maker.cards(Deck("all", kinds=frozenset({QuestionKind.NAME_MUSCLE}))):
        muscle = atlas.muscles[card.partition(":")[2]]
        assert all(atlas.structures[s].kind is StructureKind.MUSCLE for s in muscle.structures)


def test_laterality_codes_of_lit_zones_agree_with_the_skin(atlas: Any, questions: list[Question]) -> None:
    """Most of a sided zone's cells lie on its side of the skin."""
    for q in _of(questions, QuestionKind.NAME_POINT)[::5]:
        zone = atlas.zone(q.subject, q.laterality).essential
        codes = atlas.skin.laterality[zone.ids]
        if q.laterality is Laterality.MIDLINE:
            continue
        mine = int((codes == LATERALITY_CODES[q.laterality]).sum())
        theirs = int((codes == LATERALITY_CODES[q.laterality.mirrored()]).sum())
        assert mine > 0.6 * theirs, q.id  # a zone at the midline lies on both
