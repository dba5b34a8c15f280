"""What the atlas says: sources, states, safety wording, numbers and coverage, checked by meaning."""

import csv
import re
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from mapmaker.knowledge import Knowledge, load_knowledge
from mapmaker.pattern_reader import PATTERN_KEYS
from myomap.anatomy.knowledge import InReach, RiskClass
from myomap.anatomy.sources import Citation, Fact, State

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "knowledge"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/knowledge is not beside the checkout"
)

#: From the least to the most in need of checking.
WEAKER = [State.FIGURE, State.SEEN, State.SECONDARY, State.RECALLED]


def inside(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every dataclass inside documents with the path that leads to it."""
    if is_dataclass(found) and not isinstance(found, type):
        here = f"{path}/{getattr(found, 'id', type(found).__name__)}"
        yield here, found
        for field in fields(found):
            yield from inside(getattr(found, field.name), f"{here}.{field.name}")
    elif isinstance(found, (tuple, list)):
        for one in found:
            yield from inside(one, path)


@pytest.fixture(scope="module")
def everything(known: Knowledge) -> list[tuple[str, Any]]:
    return [pair for kind, found in known.documents.items() for pair in inside(found, kind)]


# -- sources and states ----------------------------------------------------------------------------


def test_every_cited_work_exists(known: Knowledge, everything: list[tuple[str, Any]]) -> None:
    works = {source.id for source in known.sources}
    cited = [(path, one.work) for path, one in everything if isinstance(one, Citation)]
    assert len(cited) > 1000
    assert [pair for pair in cited if pair[1] not in works] == []


def test_no_fact_is_without_text_source_and_state(everything: list[tuple[str, Any]]) -> None:
    facts = [(path, one) for path, one in everything if isinstance(one, Fact)]
    assert len(facts) > 1000
    assert [path for path, one in facts if not (one.text and one.source.work and one.state)] == []
    reach = [(path, one) for path, one in everything if isinstance(one, InReach)]
    assert [path for path, one in reach if one.source is None or not one.source.work] == []


def test_books_that_nobody_had_in_hand_are_never_called_seen(everything: list[tuple[str, Any]]) -> None:
    """Only their figures were compared, row by row of patterns.csv; all else of them is from memory."""
    books = {"gray-42", "dommerholt-2018", "goodman-2018"}
    wrong = []
    for path, one in everything:
        source = getattr(one, "source", None)
        state = getattr(one, "state", getattr(one, "checked", None))
        if isinstance(source, Citation) and source.work in books and state is not State.RECALLED:
            wrong.append(path)
    assert wrong == []


def test_a_figure_is_claimed_only_where_one_is_named(everything: list[tuple[str, Any]]) -> None:
    wrong = [
        path
        for path, one in everything
        if State.FIGURE in (getattr(one, "state", None), getattr(one, "checked", None))
        and not one.source.figure
    ]
    assert wrong == []


def test_how_to_find_a_point_is_seen_only_where_its_own_source_is_named(known: Knowledge) -> None:
    """The pattern's source is a manual nobody had in hand for these words."""
    seen = [point for point in known.trigger_points if point.find.state is State.SEEN]
    assert len(seen) > 30
    assert [point.id for point in seen if point.find.source is None] == []
    named = [point for point in known.trigger_points if point.find.source is not None]
    assert [point.id for point in named if point.find.state is State.RECALLED] == []


def test_a_lesson_is_no_surer_than_what_it_stands_on(known: Knowledge) -> None:
    cards = {card.id: card for card in known.evidence}
    wrong = []
    for lesson in known.lessons:
        weakest = max((WEAKER.index(cards[key].state) for key in lesson.evidence), default=0)
        if WEAKER.index(lesson.state) < weakest:
            wrong.append((lesson.id, lesson.state.value))
        if lesson.state is State.SEEN and lesson.sources:
            wrong.append((lesson.id, "says seen, but cites a work without an evidence card"))
    assert wrong == []


def test_ids_of_sources_name_their_year_and_codes_look_like_codes(known: Knowledge) -> None:
    for source in known.sources:
        found = re.search(r"-(\d{4})$", source.id)
        if found:
            assert int(found[1]) == source.year, source.id
        assert not source.doi or source.doi.startswith("10."), source.id
        assert not source.pmid or source.pmid.isdigit(), source.id


# -- the README ------------------------------------------------------------------------------------


def test_the_trigger_point_in_the_readme_passes_the_checker(tmp_path: Path) -> None:
    """Whoever copies the example starts from something that is right."""
    for file in ("structures.csv", "layers.csv", "variants.csv", "names.csv", "regions.csv", "landmarks.csv"):
        shutil.copy(ROOT / "data" / file, tmp_path / file)
    shutil.copytree(ROOT / "data" / "sources", tmp_path / "sources")
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "data" / "README.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "patterns").mkdir()
    (tmp_path / "patterns" / "head.yaml").write_text(blocks[0], "utf-8")
    (point,) = load_knowledge(tmp_path).trigger_points
    assert point.muscle == "masseter"
    described = set(re.findall(r"^    (\w+):", blocks[0], re.MULTILINE)) | {"id", "only", "sided", "pain"}
    assert set(PATTERN_KEYS) <= described, "the README explains every key"


# -- safety ----------------------------------------------------------------------------------------

SAFE = re.compile(r"\b(safe|safely|harmless|risk-free|no danger)\b", re.IGNORECASE)


def test_every_muscle_has_safety_with_structures_in_reach_and_advice(known: Knowledge) -> None:
    by_muscle = {one.muscle: one for one in known.safety}
    assert [m.id for m in known.muscles if m.id not in by_muscle] == []
    assert [one.muscle for one in known.safety if not one.in_reach or not one.advice] == []


def test_a_nerve_in_reach_is_a_nerve_and_a_vessel_a_vessel(known: Knowledge) -> None:
    """Questions ask for one among its own kind: an artery among nerves would be told by its name."""
    words = {
        "nerve": r"nerve|plexus|sympathetic trunk",
        "vessel": r"arter|vein|venous|vessel|aorta|carotid|arch\b",
    }
    wrong = [
        (one.muscle, reach.name)
        for one in known.safety
        for reach in one.in_reach
        if reach.kind in words and not re.search(words[reach.kind], reach.name, re.IGNORECASE)
    ]
    assert wrong == []


def test_no_muscle_is_called_safe(known: Knowledge) -> None:
    wrong = [
        (one.muscle, text)
        for one in known.safety
        for text in (*(fact.text for fact in one.advice), *(reach.note for reach in one.in_reach))
        if SAFE.search(text)
    ]
    assert wrong == []
    assert "safe" not in [str(risk) for risk in RiskClass]


def test_no_screening_action_calls_anything_safe(known: Knowledge) -> None:
    assert [item.id for item in known.screening if SAFE.search(f"{item.question} {item.action}")] == []


@pytest.mark.parametrize(
    "muscle",
    [
        "rhomboid-major",
        "rhomboid-minor",
        "trapezius",
        "pectoralis-major",
        "serratus-anterior",
        "latissimus-dorsi",
    ],
)
def test_muscles_named_by_the_guideline_are_high_risk_for_the_lung(known: Knowledge, muscle: str) -> None:
    one = next(safety for safety in known.safety if safety.muscle == muscle)
    assert one.risk is RiskClass.HIGH
    assert "lung" in {reach.kind for reach in one.in_reach}
    assert any(fact.source.work == "sa-guideline-thorax" and fact.state is State.SEEN for fact in one.advice)


@pytest.mark.parametrize("muscle", ["psoas-major", "tibialis-posterior"])
def test_muscles_that_cannot_be_compressed_name_anticoagulants(known: Knowledge, muscle: str) -> None:
    one = next(safety for safety in known.safety if safety.muscle == muscle)
    assert one.risk is RiskClass.HIGH
    assert any("anticoagulants" in fact.text for fact in one.advice)


def test_muscles_on_the_ribs_have_the_lung_in_reach(known: Knowledge) -> None:
    on_ribs = (
        "intercostal", "serratus", "levatores-costarum", "scalenus", "pectoralis", "subclavius", "sternalis",
        "rhomboid",
        "iliocostalis-thoracis", "iliocostalis-cervicis", "diaphragm", "quadratus-lumborum", "levator-scapulae",
    )  # fmt: skip
    wrong = [
        one.muscle
        for one in known.safety
        if any(word in one.muscle for word in on_ribs)
        and ("lung" not in {reach.kind for reach in one.in_reach} or one.risk is not RiskClass.HIGH)
    ]
    assert wrong == []


def test_bracketing_a_rib_is_nowhere_said_to_protect(known: Knowledge) -> None:
    for one in known.safety:
        for fact in one.advice:
            if "bracket" in fact.text:
                assert "although" in fact.text or "does not rule out" in fact.text, (one.muscle, fact.text)


# -- screening -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "word"),
    [
        ("red-thunderclap-headache", "thunderclap"),
        ("red-cervical-artery-dissection", "double vision"),
        ("red-meningitis", "fever"),
        ("red-acute-coronary", "left arm"),
        ("red-aortic-dissection", "tearing"),
        ("red-giant-cell-arteritis", "temple"),
        ("red-cauda-equina", "numbness where one sits"),
        ("red-fracture", "fall"),
        ("red-infection", "Fever"),
        ("red-malignancy", "cancer"),
        ("red-dvt", "calf"),
    ],
)
def test_a_red_flag_asks_for_its_sign_and_says_what_to_do(known: Knowledge, flag: str, word: str) -> None:
    item = next(one for one in known.screening if one.id == flag)
    assert item.kind == "red_flag"
    assert word in item.question
    assert re.search(r"Emergency|medical assessment|Rule out", item.action, re.IGNORECASE)


def test_screening_has_all_kinds_and_names_body_parts_that_exist(known: Knowledge) -> None:
    assert {item.kind for item in known.screening} == {"absolute", "relative", "red_flag"}
    parts = {point.body_part for point in known.trigger_points}
    assert {part for item in known.screening for part in item.body_parts} - parts == set()


def test_anticoagulants_are_absolute_only_where_bleeding_cannot_be_compressed(known: Knowledge) -> None:
    items = {item.id: item for item in known.screening}
    assert "cannot be compressed" in items["absolute-anticoagulant-deep"].question
    assert items["relative-antithrombotic-review"].kind == "relative"


# -- lessons ---------------------------------------------------------------------------------------

TOPICS = {
    "what a trigger point is": ["what-is-a-trigger-point-patient", "what-is-a-trigger-point-student"],
    "why it refers": ["why-it-refers-patient", "why-it-refers-student"],
    "the twitch": ["local-twitch-patient", "local-twitch-student"],
    "not acupuncture": ["not-acupuncture-patient", "not-acupuncture-student"],
    "micro-lesion": ["micro-lesion-patient", "micro-lesion-student"],
    "plan with exercise": ["why-exercise-patient", "why-exercise-student"],
    "right for you": [
        "right-for-you",
        "sports-injuries",
        "chronic-back-pain",
        "fibromyalgia-patient",
        "jaw-pain",
    ],
    "who may do it": ["who-may-do-it"],
    "24 hours": ["next-24-hours"],
    "the needle": ["the-needle-student", "what-is-dry-needling-patient"],
    "consent": ["consent-patient", "consent-student"],
    "the controversy": ["the-controversy", "what-we-do-not-know"],
    "reading the maps": ["how-to-read-the-map-patient", "how-to-read-the-map-student"],
    "anatomy of referral": ["anatomy-of-referral-student"],
}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_of_the_issue_has_its_cards(known: Knowledge, topic: str) -> None:
    lessons = {lesson.id: lesson for lesson in known.lessons}
    for key in TOPICS[topic]:
        assert key in lessons
        if key.endswith(("-patient", "-student")):
            assert lessons[key].audience == key.rsplit("-", 1)[1]


def test_lessons_are_a_page_or_less_and_stand_on_something(known: Knowledge) -> None:
    for lesson in known.lessons:
        assert 80 < sum(map(len, lesson.body)) < 1800, lesson.id
        assert lesson.evidence or lesson.sources, lesson.id
    titles = [lesson.title for lesson in known.lessons]
    assert len(set(titles)) == len(titles)


def test_cards_for_patients_use_plain_words(known: Knowledge) -> None:
    jargon = re.compile(
        r"kappa|\bICC\b|nocicept|dorsal horn|multifidus|placebo|umbrella review|sarcomere|microdialysis|\bRCT|"
        r"mean difference|contraindicat|pneumothorax|myofascial",
        re.IGNORECASE,
    )
    wrong = [
        (lesson.id, jargon.findall(" ".join(lesson.body)))
        for lesson in known.lessons
        if lesson.audience == "patient" and jargon.search(" ".join(lesson.body))
    ]
    assert wrong == []


def test_lessons_call_only_words_safe_never_a_technique(known: Knowledge) -> None:
    """The word may stand only where it is denied."""
    for lesson in known.lessons:
        for sentence in re.split(r"(?<=[.?!]) ", " ".join(lesson.body)):
            if SAFE.search(sentence):
                assert re.search(r"\bno technique\b", sentence, re.IGNORECASE), (lesson.id, sentence)


def test_lactic_acid_is_mentioned_only_to_contradict_it(known: Knowledge) -> None:
    for lesson in known.lessons:
        text = " ".join(lesson.body)
        if "lactic acid" in text:
            assert re.search(r"not|contradicted|Not shown", text), lesson.id
            assert any(key.startswith("claims-lact") for key in lesson.evidence), lesson.id


# -- coverage --------------------------------------------------------------------------------------


def test_every_published_row_is_there_or_explained(known: Knowledge) -> None:
    rows: Any = known.coverage["rows"]
    assert rows["published"] == 196
    assert rows["missing"] == []
    gaps: Any = known.coverage["not_covered"]
    assert [gap["what"] for gap in gaps if len(gap["why"]) < 30] == []


def test_nothing_is_without_source_and_the_recalled_is_listed(known: Knowledge) -> None:
    assert known.coverage["without_source"] == []
    recalled: Any = known.coverage["recalled"]
    assert set(recalled["trigger_points"]) == {
        point.id for point in known.trigger_points if point.checked is State.RECALLED
    }
    assert set(recalled["evidence"]) == {one.id for one in known.evidence if one.state is State.RECALLED}


def test_muscles_points_and_screening_use_the_same_body_parts(known: Knowledge) -> None:
    assert {muscle.body_part for muscle in known.muscles} == {
        point.body_part for point in known.trigger_points
    }


@pytest.mark.skipif(not (ROOT.parent / "shared" / "anatomy").is_dir(), reason="no ../shared/anatomy")
def test_the_list_of_landmarks_is_that_of_the_anatomy_folder() -> None:
    def ids(path: Path) -> list[tuple[str, str]]:
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["id"], row["side"]) for row in csv.DictReader(file)]

    assert ids(ROOT / "data" / "landmarks.csv") == ids(ROOT.parent / "shared" / "anatomy" / "landmarks.csv")


#: Points whose row is recalled and whose own source (or one that quotes it) was read since.
READ_SINCE = {
    "abductor-pollicis-brevis-1": "kim-apb-2009",
    "diaphragm-1": "wellnessdigest-diaphragm",
    "diaphragm-2": "stethoprep-phrenic",
    "longissimus-capitis-1": "simons-1999",
    "longus-colli-vertical-intermediate-1": "minerbi-2017",
    "lumbricals-of-hand-first-1": "muscle-joint-pain-hand",
    "lumbricals-of-hand-fourth-1": "muscle-joint-pain-hand",
    "lumbricals-of-hand-second-1": "muscle-joint-pain-hand",
    "lumbricals-of-hand-third-1": "muscle-joint-pain-hand",
    "obturator-externus-1": "morningside-obturator-externus",
    "omohyoid-1": "rask-1984",
    "palmaris-longus-1": "simons-1999",
    "pronator-quadratus-1": "hwang-pq-2005",
    "pronator-quadratus-2": "hwang-pq-2005",
    "quadratus-femoris-1": "travell-1992",
    "rotatores-cervical-1": "simons-1999",
}


@needs_shared
def test_no_trigger_point_is_surer_than_its_row_or_names_another_figure(known: Knowledge) -> None:
    """A row that groups muscles may be less sure for one that its figure does not show."""
    sure = ["high", "medium", "low"]
    with (SHARED / "patterns.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = []
    for point in known.trigger_points:
        row = rows[point.order - 2]
        read = READ_SINCE.get(point.id)
        if read is not None:
            if (point.source.work, row["checked"]) != (read, State.RECALLED) or point.checked is State.FIGURE:
                wrong.append(f"{point.id}: not as it was read in {read}")
        elif WEAKER.index(point.checked) < WEAKER.index(State(row["checked"])):
            wrong.append(f"{point.id}: checked {point.checked}, the row says {row['checked']}")
        if sure.index(point.confidence) < sure.index(row["confidence"]):
            wrong.append(f"{point.id}: confidence {point.confidence}, the row says {row['confidence']}")
        figure = re.search(r"fig (\S+)", row["source"])
        mine = point.source.figure.split()[0].split(",")[0] if point.source.figure else ""
        if figure and not figure[1].rstrip(",").startswith(mine.rstrip("ABCD")):
            wrong.append(f"{point.id}: figure {mine}, the row says {figure[1]}")
        if point.checked is State.FIGURE and not figure:
            wrong.append(f"{point.id}: a figure, but the row names none")
    assert wrong == []
