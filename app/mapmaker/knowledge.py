"""The authored data read, checked and typed: everything in data/ that is words, not meshes.

`load_knowledge` reads YAML and CSV with line numbers and raises `DataError` with every fault. Parts
that are not there yet count as empty, so the data can be checked while it is being written.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mapmaker.card_readers import (
    EVIDENCE_KEYS,
    EXERCISE_KEYS,
    LESSON_KEYS,
    MUSCLE_KEYS,
    SAFETY_KEYS,
    SCREENING_KEYS,
    CardReader,
)
from mapmaker.citations import FactReader, Given, read_source
from mapmaker.data_faults import DataError, Fault, FaultLog, Spot, read_utf8
from mapmaker.pattern_reader import PATTERN_KEYS, PatternReader, SkinReader, Vocabulary
from mapmaker.strokes import LandmarkSource, PatternSource
from mapmaker.structure_tables import StructureTables, read_structure_tables, rows_of
from mapmaker.what_is_covered import coverage_reports, read_not_covered
from mapmaker.yaml_lines import Entry, Value, read_yaml
from myomap.anatomy.knowledge import EvidenceCard, Exercise, Lesson, Safety, ScreeningItem
from myomap.anatomy.sources import Source
from myomap.anatomy.structures import Muscle, Structure
from myomap.anatomy.trigger_points import TriggerPoint

__all__ = ["DataError", "Fault", "Knowledge", "LandmarkSource", "PatternSource", "load_knowledge"]

#: Lines of the list of published patterns (patterns.csv), 196 rows below a header.
PATTERN_LINES = (2, 197)
_PATTERN_LISTS = ("patterns", "trigger_points")
_SOURCE_KEYS = ("id", "citation", "year", "doi", "pmid", "isbn")
_LANDMARK_KEYS = ("id", "name_en", "side", "at")


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All documents of the atlas that are words, in the order in which they are shown."""

    structures: tuple[Structure, ...]
    meshes: Mapping[str, tuple[str, ...]]
    """Mesh ids (left and right) of each structure, by structure id."""
    muscles: tuple[Muscle, ...]
    trigger_points: tuple[TriggerPoint, ...]
    """In the published order."""
    patterns: tuple[PatternSource, ...]
    """The strokes of each trigger point, in the same order."""
    landmarks: tuple[LandmarkSource, ...]
    """Landmarks that data/landmarks adds to those of the anatomy folder."""
    safety: tuple[Safety, ...]
    exercises: tuple[Exercise, ...]
    evidence: tuple[EvidenceCard, ...]
    lessons: tuple[Lesson, ...]
    screening: tuple[ScreeningItem, ...]
    sources: tuple[Source, ...]
    coverage: Mapping[str, object]
    """JSON-like reports by id: counts, without_source, recalled, rows_not_covered, not_covered …"""
    notes: tuple[str, ...]
    """Checks that could not be made, each in one sentence."""
    documents: Mapping[str, tuple[Any, ...]]
    """The same by kind of document, as the compiled atlas keeps them (without coverage)."""


class _Loader:
    def __init__(self, root: Path, anatomy: Path | None) -> None:
        self.root, self.anatomy = root, anatomy
        self.log = FaultLog()
        self.notes: list[str] = []
        self._seen: dict[tuple[str, str], Spot] = {}

    def once(self, kind: str, key: str, spot: Spot) -> None:
        """Note a fault for an id that was given before."""
        first = self._seen.setdefault((kind, key), spot)
        if key and first != spot:
            self.log.add(spot, f"the {kind} “{key}” is already in {first}")

    def _files(self, place: str) -> list[tuple[Path, str]]:
        path = self.root / place
        found = sorted(path.rglob("*.yaml")) if path.is_dir() else [path] if path.is_file() else []
        # areas_* and words_* beside the patterns are read by the test from meaning, not compiled.
        found = [file for file in found if not file.name.startswith(("areas_", "words_"))]
        return [(file, file.relative_to(self.root).as_posix()) for file in found]

    def read(
        self,
        place: str,
        lists: tuple[str, ...],
        keys: Collection[str],
        kind: str,
        make: Callable[[Entry, str, Given], _T],
        facts: FactReader | None,
        id_key: str = "id",
    ) -> list[_T]:
        """Read the entries of a file, or of all files of a folder, that stand in a list of that name."""
        made: list[_T] = []
        for path, file in self._files(place):
            top = read_yaml(path, file, self.log, ("body_part", "source", "state", *lists))
            if top is None:
                continue
            if not any(name in top for name in lists):
                top.fault(f"the list “{lists[0]}” is missing")
            given = facts.given(top) if facts else Given()
            body_part = top.text("body_part", path.stem)
            for name in lists:
                for entry in top.entries(name, keys):
                    before = len(self.log.faults)
                    document = make(entry, body_part, given)
                    if id_key in entry and len(self.log.faults) == before:
                        self.once(kind, entry.values[id_key].text(id_key), entry.spot)
                    elif id_key in entry and entry.values[id_key].is_scalar:
                        self.once(kind, str(entry.values[id_key].node.value), entry.spot)
                    made.append(document)
        return made

    def vocabulary(self, name: str, sides: tuple[str, str]) -> dict[str, bool] | None:
        """Return the ids of landmarks.csv or regions.csv with whether each is sided."""
        places = [self.root / name, *([self.anatomy / name] if self.anatomy else [])]
        path = next((p for p in places if p.is_file()), None)
        if path is None:
            self.notes.append(f"{name} is not at hand, so its ids were not checked.")
            return None
        found: dict[str, bool] = {}
        log = FaultLog()
        for _, row in rows_of(path, name, ("id", "side"), log, None):
            key = row["id"].removesuffix(sides[0]).removesuffix(sides[1])
            for word in (key, *row.get("part_of", "").split()):
                found[word] = found.get(word, False) or row["side"] != "M"
        return found


def load_knowledge(data_dir: Path, anatomy_dir: Path | None = None) -> Knowledge:
    """Read and check data/; raises DataError with every fault, each with file and line.

    ``anatomy_dir`` (else ``MYOMAP_ANATOMY``, else ``../shared/anatomy`` beside the checkout) has the
    lists of landmarks and regions; without them their ids are not checked and ``notes`` says so.
    """
    loader = _Loader(data_dir, anatomy_dir or _usual_anatomy(data_dir))
    log = loader.log
    _check_encoding(data_dir, log)
    tables = read_structure_tables(data_dir, log)
    muscle_ids = tuple(dict.fromkeys(s.muscle for s in tables.structures if s.muscle))
    sources = loader.read(
        "sources", ("sources",), _SOURCE_KEYS, "source", lambda e, _p, _g: read_source(e), None
    )
    facts = FactReader({source.id for source in sources}, log)
    cards = CardReader(facts, tables, set(muscle_ids))
    evidence = loader.read(
        "evidence.yaml", ("evidence",), EVIDENCE_KEYS, "evidence card",
        lambda e, _p, g: cards.evidence(e, g), facts,
    )  # fmt: skip
    card_ids = {card.id for card in evidence}
    lessons = loader.read(
        "lessons.yaml",
        ("lessons",),
        LESSON_KEYS,
        "lesson",
        lambda e, _p, _g: cards.lesson(e, card_ids),
        facts,
    )
    screening = loader.read(
        "screening.yaml", ("screening",), SCREENING_KEYS, "screening item",
        lambda e, _p, g: cards.screening(e, g), facts,
    )  # fmt: skip
    safety = loader.read(
        "safety", ("safety",), SAFETY_KEYS, "safety of the muscle",
        lambda e, _p, g: cards.safety(e, g), facts, "muscle",
    )  # fmt: skip
    exercises = loader.read(
        "exercises", ("exercises",), EXERCISE_KEYS, "exercise", lambda e, _p, g: cards.exercise(e, g), facts
    )
    muscles = loader.read("muscles", ("muscles",), MUSCLE_KEYS, "muscle", cards.muscle, facts)
    landmarks, found = _patterns(loader, tables, muscle_ids, facts)
    not_covered = read_not_covered(data_dir, log, PATTERN_LINES)
    log.raise_if_any()
    found.sort(key=lambda pair: pair[0].order)
    points = tuple(point for point, _ in found)
    complete = _with_bare_muscles(muscles, muscle_ids, tables)
    documents: dict[str, tuple[Any, ...]] = {
        "structure": tables.structures,
        "muscle": complete,
        "trigger_point": points,
        "safety": _in_order(safety, muscle_ids),
        "exercise": tuple(exercises),
        "evidence": tuple(evidence),
        "lesson": tuple(lessons),
        "screening": tuple(screening),
        "source": tuple(sources),
    }
    return Knowledge(
        structures=tables.structures,
        meshes=tables.meshes,
        muscles=complete,
        trigger_points=points,
        patterns=tuple(pattern for _, pattern in found),
        landmarks=tuple(landmarks),
        safety=documents["safety"],
        exercises=documents["exercise"],
        evidence=documents["evidence"],
        lessons=documents["lesson"],
        screening=documents["screening"],
        sources=documents["source"],
        coverage=coverage_reports(
            points=points,
            muscles=complete,
            described={muscle.id for muscle in muscles},
            documents=documents,
            not_covered=not_covered,
            lines=PATTERN_LINES,
        ),
        notes=tuple(loader.notes),
        documents=documents,
    )


def _patterns(
    loader: _Loader, tables: StructureTables, muscle_ids: Collection[str], facts: FactReader
) -> tuple[list[LandmarkSource], list[tuple[TriggerPoint, PatternSource]]]:
    landmark_ids = loader.vocabulary("landmarks.csv", ("", ""))
    regions = loader.vocabulary("regions.csv", ("_R", "_L"))
    if landmark_ids is not None:
        _add_landmark_ids(loader, landmark_ids)
    vocabulary = Vocabulary(
        landmarks=landmark_ids,
        regions=regions,
        structures={s.id: s for s in tables.structures},
        drawn={key for key, meshes in tables.meshes.items() if meshes},
        muscles=set(muscle_ids),
    )
    skin = SkinReader(vocabulary, loader.log)
    landmarks = loader.read(
        "landmarks", ("landmarks",), _LANDMARK_KEYS, "landmark", lambda e, _p, _g: _landmark(e, skin), None
    )
    reader = PatternReader(vocabulary, facts, loader.log, PATTERN_LINES)
    found = loader.read("patterns", _PATTERN_LISTS, PATTERN_KEYS, "trigger point", reader.read, facts)
    return landmarks, found


def _add_landmark_ids(loader: _Loader, ids: dict[str, bool]) -> None:
    """Add the ids of data/landmarks first, since landmarks there may be made from each other."""
    quiet = _Loader(loader.root, None)
    for key, side in quiet.read(
        "landmarks", ("landmarks",), _LANDMARK_KEYS, "landmark",
        lambda e, _p, _g: (e.text("id", ""), e.text("side", "R")), None,
    ):  # fmt: skip
        ids[key] = side != "M"


def _landmark(entry: Entry, skin: SkinReader) -> LandmarkSource:
    at = entry.need("at") or Value(entry.node, entry.file, FaultLog())
    side = entry.text("side")
    if side not in ("R", "M", ""):
        entry.fault(f"“side” is “{side}”, it should be R (mirrored to the left) or M (midline)")
    return LandmarkSource(entry.text("id"), entry.text("name_en"), side, skin.point(at, "at"), entry.spot)


def _usual_anatomy(data_dir: Path) -> Path | None:
    named = os.environ.get("MYOMAP_ANATOMY")
    path = Path(named) if named else data_dir.resolve().parent.parent / "shared" / "anatomy"
    return path if path.is_dir() else None


def _check_encoding(root: Path, log: FaultLog) -> None:
    """Refuse any YAML or CSV that is not UTF-8, also those that other parts of mapmaker read."""
    ours = ("sources", "safety", "exercises", "muscles", "patterns", "landmarks")
    for path in sorted([*root.rglob("*.yaml"), *root.rglob("*.csv")]):
        file = path.relative_to(root).as_posix()
        read_by_us = file.split("/")[0] in ours or file in (
            "structures.csv", "layers.csv", "variants.csv", "names.csv",
            "evidence.yaml", "lessons.yaml", "screening.yaml", "coverage.yaml",
        )  # fmt: skip
        if not read_by_us:
            read_utf8(path, file, log)


def _with_bare_muscles(
    muscles: list[Muscle], muscle_ids: Collection[str], tables: StructureTables
) -> tuple[Muscle, ...]:
    """Return a muscle for every id, in the order of the table; those not described yet have a name only."""
    described = {muscle.id: muscle for muscle in muscles}
    complete = []
    for key in muscle_ids:
        name = tables.name(key)
        parts = tuple(s.id for s in tables.structures if s.muscle == key)
        bare = Muscle(key, name.english, name.latin, "", name.synonyms, structures=parts, plain=name.plain)
        complete.append(described.get(key, bare))
    return tuple(complete)


def _in_order(safety: list[Safety], muscle_ids: Collection[str]) -> tuple[Safety, ...]:
    place = {key: number for number, key in enumerate(muscle_ids)}
    return tuple(sorted(safety, key=lambda one: place[one.muscle]))
