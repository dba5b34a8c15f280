"""Names find what they mean: synonyms, short forms, spelling, sides, complaints."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.regions import Region
from myomap.anatomy.sources import Citation, Confidence, State
from myomap.anatomy.structures import Muscle
from myomap.anatomy.trigger_points import HowToFind, Palpation, TriggerPoint
from myomap.lookup.search import Entry, Kind, SearchIndex, build, normalised, points_for
from myomap.lookup.symptoms import BY_ID, SYMPTOMS


def _muscle(id: str, name: str, *synonyms: str) -> Muscle:
    return Muscle(id, name, f"musculus {name}", "neck", synonyms)


def _point(id: str, muscle: str, title: str, words: str) -> TriggerPoint:
    find = HowToFind("", "", Palpation.FLAT, State.RECALLED)
    return TriggerPoint(id, muscle, muscle, "TrP1", title, "neck", 1, find, words, "", Citation("x"), State.FIGURE,
                        Confidence.HIGH)  # fmt: skip


@pytest.fixture(scope="module")
def atlas() -> Any:
    muscles = [
        _muscle("trapezius", "trapezius", "neck knot", "upper trap"),
        _muscle("sternocleidomastoid", "sternocleidomastoid"),
        _muscle("fibularis-longus", "fibularis longus", "peroneus longus"),
        _muscle("gluteus-minimus", "gluteus minimus"),
        _muscle("gluteus-medius", "gluteus medius"),
        _muscle("quadratus-lumborum", "quadratus lumborum"),
    ]
    points = [
        _point("trapezius-1", "trapezius", "descending part, TrP1", "temple; back of neck"),
        _point("scm-1", "sternocleidomastoid", "sternal division", "forehead; cheek"),
        _point("glmin-1", "gluteus-minimus", "posterior part", "back of thigh and calf"),
        _point("lower", "trapezius", "temporal trick", "lower leg"),
    ]
    regions = [
        Region(f"temporal.{side}", 1, "temporal region", "regio temporalis", "temple", side, 1.0, "head")
        for side in (Laterality.RIGHT, Laterality.LEFT)
    ]
    return SimpleNamespace(
        muscles={m.id: m for m in muscles},
        trigger_points={p.id: p for p in points},
        structures={},
        regions={r.id: r for r in regions},
        lessons={},
    )


@pytest.fixture(scope="module")
def index(atlas: Any) -> SearchIndex:
    return build(atlas, [Entry(Kind.ACTION, "theme-dark", "Theme: dark")])


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        ("SCM", Kind.MUSCLE, "sternocleidomastoid"),
        ("neck knot", Kind.MUSCLE, "trapezius"),
        ("peroneus", Kind.MUSCLE, "fibularis-longus"),
        ("QL", Kind.MUSCLE, "quadratus-lumborum"),
        ("trapezuis", Kind.MUSCLE, "trapezius"),
        ("sternocleidomastiod", Kind.MUSCLE, "sternocleidomastoid"),
        ("glut min", Kind.MUSCLE, "gluteus-minimus"),
        ("Musculus Trapezius", Kind.MUSCLE, "trapezius"),
        ("headache at the temple", Kind.SYMPTOM, "headache-temple"),
        ("tension headache", Kind.SYMPTOM, "headache-temple"),
        ("stiff nek", Kind.SYMPTOM, "neck-pain"),
        ("sciatica", Kind.SYMPTOM, "sciatica"),
        ("trigger point that gives a headache at the temple", Kind.SYMPTOM, "headache-temple"),
        ("can't turn my head", Kind.SYMPTOM, "neck-pain"),
        ("neck stiffness", Kind.SYMPTOM, "neck-pain"),
        ("neck pain at night when lying", Kind.SYMPTOM, "neck-pain"),
        ("neck hurts", Kind.SYMPTOM, "neck-pain"),
        ("trapezius descending", Kind.TRIGGER_POINT, "trapezius-1"),
        ("dark theme", Kind.ACTION, "theme-dark"),
    ],
)
def test_first_hit_is_what_is_meant(index: SearchIndex, text: str, kind: Kind, id: str) -> None:
    first = index.search(text)[0].entry
    assert (first.kind, first.id) == (kind, id)


def test_side_in_the_text_is_carried_and_never_answered_by_the_other_side(index: SearchIndex) -> None:
    found = index.search("left temple", limit=50)
    assert found[0].laterality is Laterality.LEFT
    assert not any(hit.entry.id == "temporal.right" for hit in found)
    assert any(hit.entry.id == "temporal.left" for hit in found)


@pytest.mark.parametrize("text", ["", "   ", "!!!", "the of", "xqzvw", "right"])
def test_text_that_names_nothing_finds_nothing_or_little_and_never_fails(
    index: SearchIndex, text: str
) -> None:
    assert len(index.search(text)) <= 12


def test_complaint_leads_to_the_patterns_whose_words_name_the_place(atlas: Any) -> None:
    ids = [point.id for point in points_for(atlas, BY_ID["headache-temple"])]
    assert ids == ["trapezius-1"]


def test_pain_that_only_reaches_a_place_comes_after_pain_that_is_there() -> None:
    points = [
        _point("neck-1", "trapezius", "a", "outer upper arm to the elbow; back of the hand"),
        _point("hip-1", "gluteus-minimus", "b", "forearm; nearly down to the inner elbow"),
        _point("arm-1", "trapezius", "c", "outer side of the elbow"),
        _point("arm-2", "trapezius", "d", "upper arm to the elbow; deep in the elbow"),
    ]
    atlas: Any = SimpleNamespace(trigger_points={p.id: p for p in points})
    ids = [point.id for point in points_for(atlas, BY_ID["elbow-pain"])]
    assert ids == ["arm-1", "arm-2", "neck-1", "hip-1"]
    toes = _point("toe-1", "trapezius", "e", "top of the second to fourth toes")
    atlas.trigger_points = {"f": _point("f", "trapezius", "f", "sole, nearly to the toes"), "toe-1": toes}
    assert [point.id for point in points_for(atlas, BY_ID["toe-pain"])] == ["toe-1", "f"]


def test_complaints_without_any_pattern_are_not_offered(index: SearchIndex) -> None:
    offered = {entry.id for entry in index.entries if entry.kind is Kind.SYMPTOM}
    assert "toothache" not in offered
    assert "headache-temple" in offered


def test_complaints_have_ids_of_their_own() -> None:
    assert len(BY_ID) == len(SYMPTOMS)


def test_a_muscle_that_a_beginning_names_comes_before_a_region() -> None:
    index = SearchIndex(
        [
            Entry(Kind.REGION, "r", "infraorbital region", names=("infraorbital region",)),
            Entry(Kind.MUSCLE, "m", "infraspinatus", names=("infraspinatus",)),
        ]
    )
    assert [hit.entry.id for hit in index.search("infra")] == ["m", "r"]


def test_accents_and_punctuation_do_not_matter() -> None:
    assert normalised("Mm. intérossei  (dorsāles)!") == "mm interossei dorsales"


def test_words_of_asking_are_left_out_only_where_others_remain() -> None:
    index = SearchIndex(
        [
            Entry(Kind.LESSON, "l", "What is a trigger point?", names=("What is a trigger point?",)),
            Entry(Kind.SYMPTOM, "s", "Wrist pain", names=("Wrist pain",)),
        ]
    )
    assert [hit.entry.id for hit in index.search("what is a trigger point")] == ["l"]
    assert [hit.entry.id for hit in index.search("which trigger point gives pain in the wrist")] == ["s"]


def test_every_complaint_has_red_flags_of_the_screening_to_ask_first() -> None:
    text = (Path(__file__).parents[2] / "data/screening.yaml").read_text("utf-8")
    for symptom in SYMPTOMS:
        assert 2 <= len(symptom.ask_first) <= 3, symptom.id
        for flag in symptom.ask_first:
            assert f"id: {flag}\n" in text, (symptom.id, flag)
