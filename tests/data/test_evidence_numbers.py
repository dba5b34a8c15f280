"""Numbers of evidence and advice: each stands in the source that it cites, none was made up."""

import re
from pathlib import Path

import pytest

from mapmaker.knowledge import Knowledge
from myomap.anatomy.knowledge import EvidenceCard
from myomap.anatomy.sources import State

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "knowledge"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared/knowledge is not beside the checkout"
)

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
    ("effect-neck-2020", "seen", ["28 trials", "-1.53", "-2.31", "-0.51", "waiting list"]),
    ("effect-added-2020", "seen", ["116", "1.56", "1.20", "Disability did not differ"]),
    ("effect-added-2021", "seen", ["77", "did not differ", "1 year"]),
    ("effect-hand-2024", "seen", ["78", "three months later"]),
    ("effect-depth-2019", "seen", ["0.585", "0.754", "0.501"]),
    ("reliability-experience-2011", "seen", ["0.63", "0.35 and 0.47", "0.22"]),
    ("effect-neck-shoulder-2015", "seen", ["839", "-1.91", "0.62", "1.69"]),
    ("effect-months-2021", "seen", ["42 articles", "-0.81", "13-24 weeks", "-1.64 to -0.03"]),
    ("effect-blinding-2019", "seen", ["27 trials", "in 22", "none tried to blind"]),
    ("effect-pressure-2022", "seen", ["0.67", "427", "-0.22", "251", "did not"]),
    ("effect-knee-2020", "seen", ["0.32 points", "-6.16 to 6.74", "90.3 % against 26.3 %"]),
    ("effect-heel-2014", "seen", ["14.4 mm", "least difference that matters"]),
    ("effect-acupuncture-2018", "seen", ["20,827", "close to 0.5", "close to 0.2"]),
    ("safety-pneumothorax-ghent", "secondary", ["four women"]),
    ("effect-umbrella-2023", "seen", ["36 reviews", "equal to other treatments", "short term only"]),
    ("twitch-perreault-2017", "secondary", []),
    ("twitch-spine-2022", "seen", ["6 trials", "-2.03", "-0.20"]),
    ("soreness-range", "seen", ["29 and 91 %", "29.4 %", "47.1 %", "55 %", "88 %"]),
    ("soreness-reducing-2024", "seen", ["8 trials", "534"]),
    ("safety-brady-2014", "seen", ["7,629", "39", "1,463", "19.18 %", "7.55 %", "4.65 %", "0.04 %"]),
    ("safety-boyce-2020", "seen", ["20,464", "20,494", "420", "36.7 %", "16 %", "7.7 %", "5.9 %", "1,024"]),
    ("safety-pneumothorax-incidence", "seen", ["1 in 100,000", "1 in 1,000,000"]),
    ("safety-pneumothorax-2019", "seen", ["411,734", "5,407,378", "0.87", "1.75", "7.85", "not counted"]),
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
    # read for how a muscle is found and needled (data/sources/needling_read.yaml)
    "sanchez-pectoralis-minor-2026": "5 10",
    "williams-2024": "40 1.9 12 33 18",
    "cushman-rib-2021": "101 202 73.3 73",
    "pectorals-ultrasound-2023": "45",
    "hanson-2013": "50 90 1.1",
    "lew-pictorial": "20",
    "malave-2024": "19 73 79 5 7 2",
    "mdn-head-neck": "45 5 1",
    "mdn-thorax": "5",
    "oci-needle-2020": "5 10 40 2 1",
    "motor-point-forearm": "30 40",
    "hsieh-2007": "14",
    "rom-table-mhmedical": "1965 180 60 70 90 150 80 20 30",
    # read against the cards on effect, reliability, soreness and harm
    "navarro-santana-2020": "95 2.29 0.76 3.64 0.99",
    "low-back-review-2023": "414 0.42 0.99",
    "yu-2023": "37 1.21 1.56",
    "shoulder-examiners-2018": "52 0.46 0.92 0.45 0.06 0.31",
    "liu-2015": "839 1.91 1.07 9 28 0.62 1.69",
    "stieven-2020": "116 1.56 1.20",
    "pai-2021": "41 6.30 2.40 1.3",
    "sanchez-infante-2021": "42 72 0.81 1 3 0.69 4 12 0.85 13 24 95 1.64 0.03",
    "braithwaite-2019": "27 22",
    "martin-pintado-2016": "72",
    "soreness-jcm-2021": "2021 72 69 6 12",
    "lin-2019": "411734 5407378 0.87 1.75 7.85 4.87 3.85 3.65 2.61 2.09 3.41",
    "polish-survey-2024": "102 3 14 2 1",
    "gattie-2020": "865 14.4 461 39.6",
    "cervical-canal-preprint": "0.30 60 1 5 2 10",
    "rodriguez-sanz-2021": "50 10 11",
    "lu-2022": "0.67 95 0.35 0.98 427 0.22 0.53 0.09 251 17 15",
    "pressure-neck-review": "725 15",
    "manual-or-needle-2021": "241 0.41 95 0.18 0.99",
    "navarro-santana-2022": "2.13 95 3.22 1.03",
    "gallego-sendarrubias-2022": "50",
    "pourahmadi-2021": "1.27",
    "mousavi-khatir-2022": "69 65",
    "sanchez-romero-2020": "62 0.32 0.29 95 6.16 6.74 90.3 26.3",
    "cotchett-2014": "84 14.4 100 95 5.2 23.5 32",
    "llurda-almuzara-2021": "1.70 95 0.60 2.80 1.77 1.11 2.44",
    "heel-review-2024": "781 95 0.66 0.06",
    "ma-2024": "979 0.95 95 1.88 0.02 1.37",
    "elbow-network-2024": "13 12",
    "vickers-2018": "20827 39 0.5 0.2 15",
    "mazza-2021": "33",
    "ernst-ghent-2024": "28 35 2022 2023",
    "bilateral-pneumothorax-2022": "24",
    "gattie-2021": "77 4 6 1",
    "cerezo-tellez-2016": "130 180",
    "almushahhim-2022": "31",
    "neck-hands-2024": "78",
    "neck-review-2023": "40",
    "shoulder-review-2021": "0.49 95 0.13 0.84 9.99 4.01 15.97",
    "griswold-2022": "538 0.57 1.29",
    "zarei-2020": "40 4 6",
    "griswold-2019": "0.585 95 0.335 0.835 0.754 0.501",
    "valera-calero-fibromyalgia-2022": "4 21",
    "myburgh-2011": "81 0.63 0.35 0.47 0.22",
    "barbero-2012": "24 0.62 0.81 26",
    "bron-2007": "40 63 93 45 90 33 100",
    "kamali-hakim-2017": "26",
    "andersen-2008": "10 35 100 5",
    "andersen-2-minutes": "198 1.4 95 0.7 2.0 2 1.9 1.2 2.5 12",
    # 1 of 3974 is 0.025 %, not the 0.003 % of the abstract
    "perm-anticoagulants-2015": "3974 384 14.6 350 0.003 0.025",
    "hsieh-2023": "821946 13447563 8.31 10000 4.26 100000 1.15 95 1.03 1.28 1.18 0.80 1.75 4.95",
    "park-2014": "25 105 1.9 1.3",
    "carr-2015": "15 823 5885",
    "skorupska-2023": "10 11.1 27 0.8",
    "rannisto-2019": "5 70 2.6 95 1.4 3.7",
    "ql-leg-thesis": "100",
    "mahmoud-2019": "4.84 95 0.14 9.54 0.55",
    "channarong-2023": "120 34.2 47.5",
    "foam-roller-calf": "90 2.6 3.0",
    "adams-2011": "37 279 25 168 1422 11.8 95 10.1 13.5",
    "beable-2013": "38 4",
    "aavr-review": "0.02 7 5 281 1.8",
    "kim-infection-2018": "48 2010 2014 9 18.8 30 3",
    "valera-calero-piriformis-2024": "56",
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
    by_search += (ROOT / "data" / "sources" / "needling_read.yaml").read_text("utf-8")
    by_search += "10.2519/jospt.2020.9971 32438853"
    # shown by the pages that were read for screening and for the cards on claims
    by_search += "10.1186/1471-2474-15-357 10.1016/j.msksp.2023.102895 10.1136/bmj.k186 10.1136/bmj.f7095 "
    by_search += "10.1186/s12891-019-2949-6 10.1111/ors.12473"
    # shown by the pages that were read for the lessons
    by_search += "10.1007/978-3-540-85021-2_5 10.3390/ijms24098142 10.1155/2017/3938191 28592980 "
    by_search += "10.1007/s11916-013-0348-5 10.1136/annrheumdis-2016-209724 10.17085/apm.2015.10.1.16 "
    by_search += "10.1186/s10194-018-0913-8 10.1371/journal.pone.0226601 10.1016/j.jbmt.2020.12.006 "
    # shown by the abstracts that were read against the cards on effect, reliability and harm
    by_search += (
        "10.1016/j.apmr.2014.12.015 10.2519/jospt.2020.9389 10.1093/ptj/pzab070 10.1093/ptj/pzz111 38364664 "
    )
    by_search += (
        "10.1097/PR9.0000000000000939 36399082 10.1016/j.apmr.2017.06.020 10.1054/math.1997.0289 31433202 "
    )
    by_search += "10.1136/acupmed-2018-011697 10.1016/j.msksp.2020.102255 10.3390/jcm13237032 "
    # shown by the abstracts that were read for the cards on effect by region, on pressing and on acupuncture
    by_search += "10.1186/s12998-022-00441-5 36050701 10.1080/10669817.2020.1822618 32962567 10.1093/pm/pnab188 34114639 "
    by_search += (
        "10.1093/pm/pnab134 10.1093/ptj/pzab068 10.1093/pm/pnab312 10.1016/j.bjpt.2018.08.008 30146108 "
    )
    by_search += "10.1111/joor.13382 36314254 10.1093/pm/pnz036 30889250 10.2522/ptj.20130255 24700136 "
    by_search += "10.1093/pm/pnab114 33760098 10.3389/fneur.2024.1520585 10.1016/j.apmr.2024.02.713 "
    by_search += "10.1016/j.jhsa.2024.03.007 10.1016/j.jpain.2017.11.005 29198932 "
    by_search += "10.1097/PHM.0000000000001789 33990485 35420007 "
    by_search += (
        "10.2519/jospt.2021.9864 10.1097/j.pain.0000000000000591 27537209 10.2519/jospt.2024.12091 38284367 "
    )
    by_search += (
        "10.1093/pm/pnac131 10.1016/j.apmr.2019.07.009 31465756 10.1080/10669817.2019.1589030 30935320 "
    )
    by_search += "10.1542/peds.2011-1091 10.1136/acupmed-2013-010374 10.3390/medicina61101832 "
    by_search += "10.3390/ijerph19169904 36011540 10.1016/j.math.2010.08.002 "
    by_search += "10.1080/00913847.1983.11708485 27409551 10.1002/art.23256 10.7812/TPP/14-057 "
    by_search += "10.1016/j.ctim.2023.102951 10.1136/acupmed-2013-010480 24554789 10.1136/acupmed-2015-010936 26362792 "
    by_search += "10.1186/s12891-019-2478-3 10.1007/s12178-019-09594-y 10.1186/s40795-023-00792-z 37964354 "
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
