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
from myomap.anatomy.knowledge import EvidenceCard, InReach, RiskClass
from myomap.anatomy.sources import Citation, Fact, State

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "knowledge"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/knowledge is not beside the checkout"
)

#: From the least to the most in need of checking.
WEAKER = [State.FIGURE, State.SEEN, State.SECONDARY, State.RECALLED]


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load_knowledge(ROOT / "data")


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


# -- evidence --------------------------------------------------------------------------------------

#: Written from evidence.md by hand: what each card has to say, and whether its source was read.
SPOT_CHECKS: list[tuple[str, str, list[str]]] = [
    ("reliability-lucas-2009", "seen", ["0.22 to 1.0", "0.57 to 1.00", "-0.08 to 0.75", "-0.05 to 0.57"]),
    ("reliability-rathbone-2017", "seen", ["0.452", "0.364 to 0.540", "6 studies", "363", "0.676"]),
    ("reliability-recognition-2017", "seen", ["0.575"]),
    ("reliability-latent-base-rate", "secondary", ["54 %", "45 %"]),
    ("criteria-delphi-2018", "seen", ["Sixty experts", "12 countries", "80 %", "84 %"]),
    ("controversy-infraspinatus-measured", "seen", ["133", "36.1 %", "42.1 %", "27.1 %", "21.1 %"]),
    ("controversy-tmd-referral", "seen", ["230", "85 %"]),
    ("effect-gattie-2017", "seen", ["13 randomised trials", "12 weeks", "not more than with other"]),
    ("effect-neck-2020", "seen", ["28 trials", "-1.53", "-2.31", "-0.51"]),
    ("effect-umbrella-2023", "seen", ["36 reviews", "equal to other treatments", "short term only"]),
    ("twitch-perreault-2017", "secondary", []),
    ("twitch-spine-2022", "seen", ["6 trials", "-2.03", "-0.20"]),
    ("soreness-range", "seen", ["29 and 91 %", "29.4 %", "47.1 %", "55 %", "88 %"]),
    ("soreness-reducing-2024", "seen", ["8 trials", "534"]),
    ("safety-brady-2014", "seen", ["7,629", "39", "1,463", "19.18 %", "7.55 %", "4.65 %", "0.04 %"]),
    ("safety-boyce-2020", "seen", ["20,464", "20,494", "420", "36.7 %", "16 %", "7.7 %", "5.9 %", "1,024"]),
    ("safety-pneumothorax-incidence", "seen", ["1 in 100,000", "1 in 1,000,000"]),
    ("safety-thorax-zones", "seen", ["3.3 cm", "3.1 cm"]),
    ("safety-rib-bracketing-2025", "seen", ["24-year-old", "20 mm", "66-73 %"]),
    ("safety-high-risk-sites", "seen", ["pneumothorax", "peritoneal"]),
    ("claims-lactic-massage-2010", "seen", ["12 people", "impaired"]),
    ("claims-lactate-trigger-point-2018", "seen", ["raised lactate"]),
    ("claims-milieu-2005", "secondary", ["lower pH"]),
    ("maps-fibromyalgia-2016", "seen", ["at least 7", "at least 5", "4-6", "at least 9", "4 of 5 regions"]),
    ("maps-michigan-2016", "seen", ["39-44 seconds", "7.2 %"]),
    ("maps-michigan-areas", "recalled", ["35"]),
    ("maps-extent-2013", "seen", ["0.96", "-2710 to 1960", "0.62 ± 0.18"]),
    ("measures-ppt-technique-2007", "seen", ["9.80665", "98.0665 kPa"]),
    ("coding-cpt-2020", "seen", ["20560", "20561"]),
]


@pytest.mark.parametrize(("card", "state", "words"), SPOT_CHECKS, ids=[check[0] for check in SPOT_CHECKS])
def test_an_evidence_card_has_the_numbers_and_state_of_its_source(
    known: Knowledge, card: str, state: str, words: list[str]
) -> None:
    found = next(one for one in known.evidence if one.id == card)
    assert found.state.value == state
    assert [word for word in words if word not in found.finding] == []


#: Numbers copied from the abstracts of works that are not in evidence.md, read on 2026-11-26.
ABSTRACTS = {
    "cadaver-review-2025": "21 68.84",
    "kearns-oci-2021": "2 73.8 59.5 71.4 14.3 16.7 66.7",
    "rodriguez-sanz-2025": "100 40 38 4",
    "williams-2023": "0.30 50 1.0 12 22",
    "piriformis-donors-2022": "14 11 3 16 19",
    "kearns-piriformis-2017": "16 19",
    "mitchell-2018": "60 0.7 0.4 1.0 95",
    "multifidus-placement-2022": "25 85 100 70 75",
    "rectus-capitis-2025": "25 40 45",
    "popliteus-ultrasound-2022": "10 11 48 50",
    "perez-bellmunt-2022": "11",
    "pronator-teres-2021": "9.0 12.8",
    "pronator-length-2019": "65 13 25",
    "supinator-2021": "7.8 8.6 4 16.4",
    "mesa-jimenez-2015": "50 60",
    "mesa-jimenez-2020": "30 5",
    "rotator-cuff-ultrasound-2023": "19 20",
    "evms-neck-case": "66",
    # read for the safety entries and cards in November 2026
    "kearns-2022": "15 30 40 50 60 1 4 6 75 0.03",
    "lung-apex-mri": "57 7 3.3 3.7 30",
    "seol-2014": "62 2.1 0.4 23 2.4 0.9 25 2.7 0.5 1.2 1.8",
    "valera-calero-rhomboid": "59 19 70",
    "cushman-rib-2018": "44 88 66 66.3",
    "chest-wall-2021": "294 18 40 35 13 69 23 8 53 2 5",
    "mansfield-2020": "1 3 75 22 1.5 2.0 44 2.5",
    "scoliosis-cadaver-blog": "75",
    "santamaria-2025": "52 91 91.4 60 3.6 3.9",
    "valera-calero-sartorius-2022": "84",
    "minguez-esteban-2024": "50 40",
    "gluteus-medius-2025": "9 10 1",
    "ball-2019": "25 36 6 32 7",
    "fcr-ultrasound-2021": "2 8",
    "teres-minor-emg-2015": "3 17",
    "kang-scm": "26 48 50 80",
    "nysora-interscalene": "1 3",
    "diaphragm-emg-2016": "7.5 17",
    "jenkins-2024": "127 62 56 13 8",
    "gerdle-2014": "43 19 0.007 6",
    "shah-2008": "002 03",
    "myburgh-2008": "6 11 2 0.15 0.62 0.298 0.487 0.36 0.501",
    "halle-2016": "10",
    "margolis-1986": "101 45",
    "gray-1918": "2.5 4 5 1 1.25 2 1918",
    "radial-triceps-nerve": "2.5 10 60",
    "gon-2018": "30 30.2 52.3 13.1 27.7 22.6 16.3",
    "epidural-dry-needling-2011": "58 2",
    "imbelloni-2010": "50 3.9 2 5.8 5 4.1 10",
    "pungbu-mri": "114 50 40 36 30",
    "paravertebral-ct": "42 4 12 2.7",
    "jones-2023": "50 2.5 2.2 1.8 2.7 2.0",
    "curved-back-2019": "3.4 4.3 2 7 51",
    "renal-laceration-case": "31 17.9",
    "wu-2015": "33 1980 2013 182 133",
    "seah-2023": "58",
    "babinski-2015": "10.5 114",
    "sternal-foramen-ct": "1180 11.6 53.3 32.1 14.6",
    "aap-infraspinatus": "5 15 40 65 8",
    "chou-2015": "394 1.3 1.6 1.8 18 9 16",
    "lee-eye-2023": "15 14 1982 2020",
    "tsai-2025": "61 86",
    "tibialis-posterior-behind-2011": "1.47 0.62 2.16 2.31 1.57 3.16 108",
    "rha-2010": "0.64 2.13 0.32 1.30 62",
    "bmas-necks": "10 5 4 6",
    "park-2015": "24",
    "mackie-2020": "50",
    "unified-theory-2023": "2023",
    "palpation-pages": "15",
    "nice-back-2016": "2016",
    "macfarlane-2017": "107",
    "ijaz-2019": "200",
    "xu-2013": "2000 2011 25 308 294",
    "graeni-2015": "121 11.6 92.9 95 66.1 98.8",
    "park-pronator-2015": "2 3.5 25",
    "pronator-quadratus-2022": "3 90 4.9 11.2 15.1",
    "pronator-quadratus-volar-2017": "1.30 1.19 25",
    "flexor-pollicis-2013": "27 0.8 1.45 1.95 0.37",
    "kang-flexor-2022": "5 3.4 2.1 6.0 5.9 2.4 9.4 25",
    "extensor-indicis-2020": "40 22 1.37 7.6",
    "park-profundus-2023": "37 46.8 41.4",
    "extensor-hallucis-2016": "19 12 35",
    "park-biceps-2021": "21 2 3 17 22",
    "sato-2003": "62 12",
    "needle-accuracy-2015": "71.9 96.9 50",
    "kao-2002": "61",
    "shah-2002": "37 0.5 1",
    "rhomboid-emg-pmr": "28.4 3.8 25 9.7 20",
    "lim-serratus-2023": "17",
    "malo-urries-2024": "100",
    "masseter-2021": "32 15 25",
    "nerve-injury-table": "6",
    "lateral-pterygoid-2025": "17 43 44 40 41 16",
    "kim-teres-2021": "37",
    "gyer-dry-needling": "13 25",
    "motor-point-arm": "90 60 4",
    "sillevis-2020": "15",
    "needling-cards": "13 30 40",
    "hu-pelvic-floor": "36 5.6",
    "hsieh-2007": "14",
    "rom-table-mhmedical": "1965 180 60 70 90 150 80 20 30",
}


def numbers(text: str) -> set[str]:
    """Return the numbers in a text, digits only: “-1.53” → “1.53”, “7,629” → “7629”."""
    return {n.rstrip(".").replace(",", "") for n in re.findall(r"\d[\d.,]*\d|\d", text)}


@needs_shared
def test_no_number_of_the_evidence_cards_was_made_up(known: Knowledge) -> None:
    read = numbers((SHARED / "evidence.md").read_text("utf-8"))
    # 19 and 37 % are 19.18 and 36.7 rounded; 297 patients are in patterns.csv
    allowed = read | {"19", "37"} | numbers((SHARED / "patterns.csv").read_text("utf-8"))
    made_up = {
        card.id: numbers(card.finding) - allowed - set(ABSTRACTS.get(card.source.work, "").split())
        for card in known.evidence
    }
    assert {key: found for key, found in made_up.items() if found} == {}


def test_safety_advice_has_the_numbers_of_the_abstracts_it_cites(known: Knowledge) -> None:
    guideline = {"3.1", "3.3", "20", "24", "66", "73", "25", "12"}
    for one in known.safety:
        for fact in one.advice:
            if fact.state is State.SEEN:
                allowed = guideline | set(ABSTRACTS.get(fact.source.work, "").split())
                assert numbers(fact.text) <= allowed, (one.muscle, fact.text)


@needs_shared
def test_every_doi_and_pmid_was_seen_somewhere(known: Knowledge) -> None:
    text = (SHARED / "evidence.md").read_text("utf-8").lower()
    # the file of needling studies was made from abstracts that show their DOI and PMID
    by_search = (ROOT / "data" / "sources" / "needling_anatomy.yaml").read_text("utf-8")
    by_search += "10.2519/jospt.2020.9971 32438853"
    # shown by the pages that were read for screening and for the cards on claims
    by_search += "10.1186/1471-2474-15-357 10.1016/j.msksp.2023.102895 10.1136/bmj.k186 10.1136/bmj.f7095 "
    by_search += "10.1186/s12891-019-2949-6 10.1111/ors.12473"
    # shown by the pages that were read for the lessons
    by_search += "10.1007/978-3-540-85021-2_5 10.3390/ijms24098142 10.1155/2017/3938191 28592980 "
    by_search += "10.1007/s11916-013-0348-5 10.1136/annrheumdis-2016-209724 10.17085/apm.2015.10.1.16 "
    by_search += "10.1186/s10194-018-0913-8 10.1371/journal.pone.0226601 10.1016/j.jbmt.2020.12.006"
    unseen = [
        source.id
        for source in known.sources
        for code in (source.doi, source.pmid)
        if code and code.lower() not in text and code not in by_search
    ]
    assert unseen == []


def test_topics_of_the_evidence_are_all_there(known: Knowledge) -> None:
    topics = {card.topic for card in known.evidence}
    assert topics == {
        "reliability", "criteria", "controversy", "effect", "twitch", "soreness", "safety", "claims", "coding",
        "body maps", "measures", "wishes",
    }  # fmt: skip


def test_the_fixed_referral_area_is_contradicted_and_the_twitch_is_not_required(known: Knowledge) -> None:
    cards: dict[str, EvidenceCard] = {card.id: card for card in known.evidence}
    assert cards["criteria-no-fixed-area"].stance == "contradicts"
    assert cards["twitch-perreault-2017"].stance == "contradicts"
    assert cards["claims-lactic-massage-2010"].stance == "contradicts"


# -- safety ----------------------------------------------------------------------------------------

SAFE = re.compile(r"\b(safe|safely|harmless|risk-free|no danger)\b", re.IGNORECASE)


def test_every_muscle_has_safety_with_structures_in_reach_and_advice(known: Knowledge) -> None:
    by_muscle = {one.muscle: one for one in known.safety}
    assert [m.id for m in known.muscles if m.id not in by_muscle] == []
    assert [one.muscle for one in known.safety if not one.in_reach or not one.advice] == []


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
    "longissimus-capitis-1": "simons-1999",
    "longus-colli-vertical-intermediate-1": "minerbi-2017",
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
