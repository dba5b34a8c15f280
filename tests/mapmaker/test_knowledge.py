"""Bad data is refused with its file and line, and good data is read as it was written."""

import shutil
from pathlib import Path

import pytest

from mapmaker.check import main as check
from mapmaker.knowledge import DataError, load_knowledge
from mapmaker.strokes import Between, InMesh, LandmarkRef, NearPoint, Offset, RegionRef
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Citation, Confidence, State
from myomap.anatomy.structures import Layer
from myomap.anatomy.trigger_points import Palpation, ZoneKind

STRUCTURES = """id,kind,muscle,part,sided,meshes
trapezius-descending,muscle,trapezius,descending,1,FMA33579 FMA33578
masseter-deep,muscle,masseter,deep,1,FMA49003 FMA49002
diaphragm,muscle,diaphragm,,0,FMA13295
"""
LAYERS = "id,layer\ntrapezius-descending,superficial\nmasseter-deep,intermediate\ndiaphragm,deep\n"
VARIANTS = "id,kind,muscle,part,sided,layer,variant\nsternalis,muscle,sternalis,,1,superficial,1\n"
LANDMARKS = "id,name_en,side,x\ntragus,Tragus,R,0\nvertex,Vertex,M,0\nmastoid_process,Mastoid,R,0\n"
REGIONS = "region,id,side\n0,frontal,M\n1,temporal_R,R\n2,temporal_L,L\n"
SOURCES = """sources:
  - {id: simons-1999, citation: "Simons, Travell & Simons", year: 1999}
  - {id: lucas-2009, citation: "Lucas et al.", year: 2009, doi: 10.1/x}
"""
PATTERNS = """patterns:
  - id: trapezius-descending-1
    muscle: trapezius
    structure: trapezius-descending
    row: 2
    number: TrP1
    title: descending part, TrP1
    place: {along: 0.4, across: 0.2, depth: 0.3}
    find:
      position: sitting
      landmarks: the free edge of the neck
      palpation: pincer
      state: recalled
    essential_words: side of neck, temple
    spillover_words: jaw
    essential:
      - path: [mastoid_process, {near: tragus, up: 20, forward: 15}]
        radius: 12
        not: [frontal]
      - path: ["left:tragus"]
        radius: 5
        weight: 0.5
    spillover:
      - region: [temporal]
    inner:
      - {id: behind-eye, name_en: behind the eye, near: tragus, kind: spillover}
    signs:
      - {text: dizziness, source: simons-1999, state: recalled}
    satellites: [masseter]
    source: {work: simons-1999, figure: 6-1}
    checked: figure
    confidence: high
"""


def write(root: Path, file: str, text: str | bytes) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for file, text in (
        ("data/structures.csv", STRUCTURES),
        ("data/layers.csv", LAYERS),
        ("data/variants.csv", VARIANTS),
        ("data/sources/books.yaml", SOURCES),
        ("data/patterns/head.yaml", PATTERNS),
        ("anatomy/landmarks.csv", LANDMARKS),
        ("anatomy/regions.csv", REGIONS),
    ):
        write(tmp_path, file, text)
    return tmp_path


def faults(root: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        load_knowledge(root / "data", root / "anatomy")
    return [str(fault) for fault in caught.value.faults]


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_pattern_is_read_as_it_was_written(root: Path) -> None:
    known = load_knowledge(root / "data", root / "anatomy")
    (point,), (pattern,) = known.trigger_points, known.patterns
    assert (point.id, point.muscle, point.number, point.order) == (
        "trapezius-descending-1", "trapezius", "TrP1", 2,
    )  # fmt: skip
    assert point.body_part == "head"
    assert point.source == Citation("simons-1999", figure="6-1")
    assert (point.checked, point.confidence) == (State.FIGURE, Confidence.HIGH)
    assert point.find.palpation is Palpation.PINCER
    assert point.signs[0].state is State.RECALLED
    assert point.satellites == ("masseter",)
    assert point.inner[0].kind is ZoneKind.SPILLOVER
    assert (point.sided, point.only, point.pain) == (True, None, True)
    assert pattern.place == InMesh(0.4, 0.2, 0.3)
    assert pattern.essential[0].path == (
        LandmarkRef("mastoid_process"),
        Offset(LandmarkRef("tragus"), up=20, forward=15),
    )
    assert pattern.essential[0].avoid == (RegionRef("frontal"),)
    assert pattern.essential[1].path == (LandmarkRef("tragus", left=True),)
    assert pattern.essential[1].weight == 0.5
    assert pattern.spillover[0].regions == (RegionRef("temporal"),)
    assert (pattern.file, pattern.line) == ("patterns/head.yaml", 2)
    assert known.meshes["masseter-deep"] == ("FMA49003", "FMA49002")
    assert known.notes == ()


def test_points_between_and_near_and_sides_are_read(root: Path) -> None:
    text = (
        PATTERNS.replace(
            "{along: 0.4, across: 0.2, depth: 0.3}", "{near: {from: tragus, to: vertex, at: 0.25}}"
        )
        + "    only: right\n    pain: false\n    sided: false\n"
    )
    write(root, "data/patterns/head.yaml", text)
    known = load_knowledge(root / "data", root / "anatomy")
    assert known.patterns[0].place == NearPoint(Between(LandmarkRef("tragus"), LandmarkRef("vertex"), 0.25))
    point = known.trigger_points[0]
    assert (point.only, point.pain, point.sided) == (Laterality.RIGHT, False, False)


def test_structures_have_layers_names_and_variants(root: Path) -> None:
    write(root, "data/names.csv", "id,name_en,name_la\ntrapezius,Trapezius,Musculus trapezius\n")
    known = load_knowledge(root / "data", root / "anatomy")
    by_id = {structure.id: structure for structure in known.structures}
    assert by_id["masseter-deep"].layer is Layer.INTERMEDIATE
    assert by_id["masseter-deep"].name_en == "Masseter deep", "named from the id until names.csv names it"
    assert not by_id["diaphragm"].sided
    assert by_id["sternalis"].variant
    names = {muscle.id: muscle.name_la for muscle in known.muscles}
    assert names == {"trapezius": "Musculus trapezius", "masseter": "", "diaphragm": "", "sternalis": ""}


# Each: words to replace in the pattern, what replaces them, the line (its words, after), the sentence.
BAD_PATTERNS = [
    ("mastoid_process,", "mastoid_proces,", "mastoid_proces", "no landmark “mastoid_proces”; did you mean “mastoid_process”"),
    ("muscle: trapezius", "muscle: trapezus", "muscle: trapezus", "no muscle “trapezus”"),
    ("satellites: [masseter]", "satellites: [masster]", "masster", "no muscle “masster”"),
    ("structure: trapezius-descending", "structure: trapezius-upper", "trapezius-upper", "no structure “trapezius-upper”"),
    ("structure: trapezius-descending", "structure: masseter-deep", "structure:", "is a part of “masseter”"),
    ("region: [temporal]", "region: [tempral]", "tempral", "no skin region “tempral”"),
    ("not: [frontal]", "not: [left:frontal]", "left:frontal", "lies in the midline"),
    ('"left:tragus"', '"left:vertex"', "left:vertex", "lies in the midline"),
    ("work: simons-1999", "work: simons-1998", "simons-1998", "no source “simons-1998”"),
    ("    source: {work: simons-1999, figure: 6-1}\n", "", "- id:", "“source” is missing"),
    ("radius: 12", "radius: 0", "radius: 0", "no area"),
    ("radius: 12", "radius: wide", "radius: wide", "should be a number, not text"),
    ("radius: 12", "radius: 900", "radius: 900", "between 0 and 150"),
    ("        radius: 12\n", "", "- path: [mastoid", "“radius” is missing"),
    ('["left:tragus"]', "[]", "path: []", "no points: the zone has no area"),
    ("region: [temporal]", "region: []", "region: []", "no region: the zone has no area"),
    ("row: 2", "row: 198", "row: 198", "between 2 and 197"),
    ("palpation: pincer", "palpation: pinch", "palpation: pinch", "one of: flat, pincer"),
    ("      state: recalled\n", "      state: sure\n", "state: sure", "one of: seen, figure"),
    ("checked: figure", "checked: maybe", "checked: maybe", "one of: seen, figure"),
    ("source: {work: simons-1999, figure: 6-1}", "source: simons-1999", "checked: figure", "names no figure"),
    ("confidence: high", "confidence: High", "confidence: High", "one of: high, medium, low"),
    ("    title: descending", "    titel: descending", "titel", "the key “titel” is unknown; did you mean “title”"),
    ("title: descending part, TrP1", "title: [a, b]", "title: [a, b]", "should be text, not a list"),
    ("title: descending part, TrP1", "title: yes", "title: yes", "should be text; put “yes” in quotes"),
    ("along: 0.4", "along: 1.4", "along: 1.4", "between 0 and 1"),
    ("    number: TrP1\n", "    number: TrP1\n    number: TrP2\n", "number: TrP2", "stands here twice"),
    ("spillover_words: jaw", 'spillover_words: ""', "- id:", "“spillover_words” is empty"),
    ("confidence: high\n", "confidence: high\n    only: both\n", "only: both", "one of: left, right"),
    ("confidence: high\n", "confidence: high\n    pain: 0\n", "pain: 0", "should be true or false"),
    ("near: tragus, kind", "near: tragsu, kind", "tragsu, kind", "no landmark “tragsu”"),
    ("{text: dizziness, source: simons-1999, state: recalled}", "dizziness", "- dizziness", "no source and state"),
    ("row: 2", "row: 1: 2", "row: 1: 2", "this is not YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "sentence"), BAD_PATTERNS)
def test_a_bad_pattern_is_refused_with_file_and_line(
    root: Path, old: str, new: str, where: str, sentence: str
) -> None:
    assert old in PATTERNS
    text = PATTERNS.replace(old, new)
    write(root, "data/patterns/head.yaml", text)
    found = faults(root)
    spots = [fault for fault in found if sentence in fault]
    assert spots, found
    # the state of a fact and of the whole pattern fall back on the line of the entry
    lines = {line_of(text, where), 2 if "names no figure" in sentence else 0}
    assert {int(fault.split(":")[1]) for fault in spots} & lines, (found, lines)
    assert all(fault.startswith("patterns/head.yaml:") for fault in found)


def test_a_zone_without_strokes_and_inner_areas_is_refused(root: Path) -> None:
    start = PATTERNS.index("    essential:\n")
    text = PATTERNS[:start] + PATTERNS[PATTERNS.index("    spillover:\n") :]
    write(root, "data/patterns/head.yaml", text)
    assert any(
        "has no strokes" in fault and fault.startswith("patterns/head.yaml:2:") for fault in faults(root)
    )


def test_a_zone_of_inner_areas_only_is_accepted(root: Path) -> None:
    start = PATTERNS.index("    essential:\n")
    text = PATTERNS[:start] + PATTERNS[PATTERNS.index("    spillover:\n") :]
    write(root, "data/patterns/head.yaml", text.replace("kind: spillover", "kind: essential"))
    assert load_knowledge(root / "data", root / "anatomy").patterns[0].essential == ()


def test_the_same_id_in_two_files_names_both_places(root: Path) -> None:
    write(root, "data/patterns/neck.yaml", PATTERNS)
    assert faults(root) == [
        "patterns/neck.yaml:2: the trigger point “trapezius-descending-1” is already in patterns/head.yaml:2"
    ]


@pytest.mark.parametrize("file", ["patterns/neck.yaml", "names.csv", "lessons.yaml", "views.yaml"])
def test_a_file_that_is_not_utf8_is_refused_at_its_line(root: Path, file: str) -> None:
    write(root, f"data/{file}", b"# fine\n# fine\n# caf\xe9\n")
    assert faults(root) == [f"{file}:3: the file is not UTF-8 from here on; save it as UTF-8"]


def test_a_place_in_a_structure_without_mesh_is_refused(root: Path) -> None:
    text = PATTERNS.replace("muscle: trapezius", "muscle: sternalis")
    text = text.replace("structure: trapezius-descending", "structure: sternalis")
    write(root, "data/patterns/head.yaml", text)
    assert faults(root) == [
        f"patterns/head.yaml:{line_of(text, 'place:')}: “sternalis” has no mesh: give its place as {{near: landmark}}"
    ]


def test_every_fault_is_reported_at_once_in_order(root: Path) -> None:
    text = PATTERNS.replace("radius: 12", "radius: 0").replace("confidence: high", "confidence: x")
    write(root, "data/patterns/head.yaml", text)
    write(root, "data/layers.csv", LAYERS.replace("deep", "depth", 1))
    found = faults(root)
    assert len(found) >= 3
    assert [fault.split(":")[0] for fault in found] == sorted(fault.split(":")[0] for fault in found)


BAD_TABLES = [
    (
        "structures.csv",
        STRUCTURES + "masseter-deep,muscle,masseter,,1,X\n",
        5,
        "“masseter-deep” is here twice",
    ),
    ("structures.csv", STRUCTURES.replace(",0,", ",2,"), 4, "“sided” is “2”"),
    ("structures.csv", STRUCTURES.replace("deep,muscle", "deep,muscel"), 3, "“kind” is “muscel”"),
    ("structures.csv", STRUCTURES + "new,muscle,new,,1,X\n", 5, "layers.csv has no layer for “new”"),
    ("structures.csv", STRUCTURES + "new,muscle\n", 5, "the row has 2 cells, the header 6"),
    ("layers.csv", LAYERS + "masseter,deep\n", 5, "no structure “masseter”"),
    ("layers.csv", LAYERS.replace(",deep", ",deeep"), 4, "“layer” is “deeep”"),
    ("names.csv", "id,name_en,name_la\nmaseter,Masseter,\n", 2, "did you mean “masseter”"),
    ("names.csv", "id,english,name_la\n", 1, "the column “name_en” is missing"),
    ("sources/more.yaml", SOURCES, 2, "the source “simons-1999” is already in sources/books.yaml:2"),
    ("sources/more.yaml", "sources:\n  - {id: x, citation: y, year: soon}\n", 2, "“year” should be a number"),
    ("sources/more.yaml", "source: []\n", 1, "the list “sources” is missing"),
    ("landmarks/a.yaml", "landmarks:\n  - {id: a, name_en: A, side: X, at: tragus}\n", 2, "R (mirrored"),
    ("landmarks/a.yaml", "landmarks:\n  - {id: a, name_en: A, side: R, at: b}\n", 2, "no landmark “b”"),
    ("coverage.yaml", "not_covered:\n  - {what: a, why: b, rows: [500]}\n", 2, "between 2 and 197"),
]


@pytest.mark.parametrize(("file", "text", "line", "sentence"), BAD_TABLES)
def test_a_bad_table_is_refused_with_file_and_line(
    root: Path, file: str, text: str, line: int, sentence: str
) -> None:
    write(root, f"data/{file}", text)
    found = faults(root)
    assert any(fault.startswith(f"{file}:{line}:") and sentence in fault for fault in found), found


HEAD = "source: lucas-2009\nstate: recalled\n"
BAD_CARDS: list[tuple[str, str, int, str]] = [
    ("evidence.yaml", "evidence:\n  - {id: a, topic: t, claim: c, finding: f}\n", 2, "no fact without a source"),
    ("evidence.yaml", f"{HEAD}evidence:\n  - {{id: a, topic: t, claim: c, finding: f, stance: for}}\n", 4,
     "one of: supports"),
    ("lessons.yaml", "lessons:\n  - {id: a, title: t, audience: both, body: [x], state: seen}\n", 2,
     "no evidence and no sources"),
    ("lessons.yaml", "lessons:\n  - {id: a, title: t, audience: all, body: [x], sources: [lucas-2009], state: seen}\n",
     2, "one of: patient"),
    ("lessons.yaml", "lessons:\n  - {id: a, title: t, audience: both, body: [x], evidence: [b], state: seen}\n", 2,
     "no evidence card “b”"),
    ("screening.yaml", f"{HEAD}screening:\n  - {{id: a, kind: strict, question: q, action: a}}\n", 4, "one of: absolute"),
    ("safety/a.yaml", f"{HEAD}safety:\n  - {{muscle: masseter, risk: safe, advice: [x]}}\n", 4, "one of: standard"),
    ("safety/a.yaml", f"{HEAD}safety:\n  - {{muscle: masseter, risk: high, advice: [This is safe.]}}\n", 4,
     "nothing is called safe"),
    ("safety/a.yaml", f"{HEAD}safety:\n  - {{muscle: masseter, risk: high}}\n", 4, "has no advice"),
    ("safety/a.yaml", f"{HEAD}safety:\n  - {{muscle: masseter, risk: high, advice: [x]}}\n"
     "  - {muscle: masseter, risk: high, advice: [x]}\n", 5, "“masseter” is already in safety/a.yaml:4"),
    ("exercises/a.yaml", f"{HEAD}exercises:\n  - {{id: a, kind: stretch, muscles: [], name: n, how: h, dose: d, "
     "caution: c}\n", 4, "names no muscle"),
    ("muscles/a.yaml", f"{HEAD}muscles:\n  - {{id: masster}}\n", 4, "no muscle “masster”"),
    ("muscles/a.yaml", "muscles:\n  - {id: masseter, origin: zygomatic arch}\n", 2, "no source and state"),
    ("muscles/a.yaml", "muscles:\n  - masseter\n", 2, "should be a mapping of keys, not text"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "line", "sentence"), BAD_CARDS)
def test_a_bad_card_is_refused_with_file_and_line(
    root: Path, file: str, text: str, line: int, sentence: str
) -> None:
    write(root, f"data/{file}", text)
    found = faults(root)
    assert any(fault.startswith(f"{file}:{line}:") and sentence in fault for fault in found), found


def test_facts_take_the_source_and_state_of_their_file(root: Path) -> None:
    write(
        root,
        "data/muscles/head.yaml",
        f"{HEAD}muscles:\n  - id: masseter\n    origin: zygomatic arch\n"
        "    action: {text: closes the jaw, source: simons-1999, state: seen}\n",
    )
    known = load_knowledge(root / "data", root / "anatomy")
    masseter = next(muscle for muscle in known.muscles if muscle.id == "masseter")
    assert masseter.body_part == "head"
    assert masseter.origin is not None
    assert (masseter.origin.source, masseter.origin.state) == (Citation("lucas-2009"), State.RECALLED)
    assert masseter.action is not None
    assert (masseter.action.source, masseter.action.state) == (Citation("simons-1999"), State.SEEN)


def test_without_the_anatomy_folder_landmarks_are_not_checked_and_it_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(root / "anatomy")
    monkeypatch.delenv("MYOMAP_ANATOMY", raising=False)
    write(root, "data/patterns/head.yaml", PATTERNS.replace("mastoid_process,", "nowhere,"))
    known = load_knowledge(root / "data")
    assert any("landmarks.csv" in note and "not checked" in note for note in known.notes)


def test_landmarks_of_the_data_folder_may_be_used(root: Path) -> None:
    write(
        root, "data/landmarks/head.yaml", "landmarks:\n  - {id: brow, name_en: Brow, side: R, at: tragus}\n"
    )
    write(root, "data/patterns/head.yaml", PATTERNS.replace("mastoid_process,", "brow,"))
    known = load_knowledge(root / "data", root / "anatomy")
    assert known.landmarks[0].at == LandmarkRef("tragus")


def test_a_name_for_several_regions_may_be_used(root: Path) -> None:
    table = "region,id,side,part_of\n0,frontal,M,\n1,temporal_R,R,side_of_head\n2,temporal_L,L,side_of_head\n"
    write(root, "data/regions.csv", table)
    write(root, "data/patterns/head.yaml", PATTERNS.replace("[temporal]", "side_of_head"))
    known = load_knowledge(root / "data", root / "anatomy")
    assert known.patterns[0].spillover[0].regions == (RegionRef("side_of_head"),)


def test_the_left_of_a_midline_landmark_is_allowed_only_beside_it(root: Path) -> None:
    text = PATTERNS.replace('"left:tragus"', '{near: "left:vertex", medial: -20}')
    write(root, "data/patterns/head.yaml", text)
    known = load_knowledge(root / "data", root / "anatomy")
    assert known.patterns[0].essential[1].path == (Offset(LandmarkRef("vertex", left=True), medial=-20),)


def test_coverage_counts_rows_and_names_what_is_missing(root: Path) -> None:
    write(root, "data/coverage.yaml", "not_covered:\n  - {what: a, why: b, rows: [3, 4]}\n")
    coverage = load_knowledge(root / "data", root / "anatomy").coverage
    assert coverage["by_body_part"] == {"head": 1}
    rows = coverage["rows"]
    assert isinstance(rows, dict)
    assert rows["missing"] == [*range(5, 198)]
    muscles = coverage["muscles"]
    assert isinstance(muscles, dict)
    assert muscles["without_safety"] == ["trapezius", "masseter", "diaphragm", "sternalis"]


def test_the_checker_prints_sentences_and_fails_only_for_bad_data(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(root / "data"), "--anatomy", str(root / "anatomy")]
    assert check(arguments) == 0
    assert "1 trigger points" in capsys.readouterr().out
    write(root, "data/patterns/head.yaml", PATTERNS.replace("radius: 12", "radius: 0"))
    assert check(arguments) == 1
    printed = capsys.readouterr().out
    assert (
        f"{root}/data/patterns/head.yaml:{line_of(PATTERNS, 'radius: 12')}: “radius” is under 1 mm" in printed
    )
    assert "Traceback" not in printed
