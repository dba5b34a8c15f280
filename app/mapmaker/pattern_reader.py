"""Reading data/patterns/<body part>.yaml: trigger points, and the strokes that draw their zones."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mapmaker.citations import FactReader, Given, known_id
from mapmaker.data_faults import FaultLog, nearest
from mapmaker.strokes import (
    Between,
    InMesh,
    LandmarkRef,
    NearPoint,
    Offset,
    PatternSource,
    RegionRef,
    SkinPoint,
    Stroke,
)
from mapmaker.yaml_lines import Entry, Value
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Confidence, State
from myomap.anatomy.structures import Structure
from myomap.anatomy.trigger_points import HowToFind, InnerArea, Palpation, TriggerPoint, ZoneKind

PATTERN_KEYS = (
    *("id", "muscle", "structure", "row", "number", "title", "place", "find", "essential_words"),
    *("spillover_words", "essential", "spillover", "inner", "signs", "satellites", "keys"),
    *("associated_state", "differential", "source", "checked", "confidence", "only", "sided", "pain"),
)
_STROKE_KEYS = ("path", "region", "radius", "weight", "within", "not")
_WIDEST_MM = 150.0
_FARTHEST_MM = 300.0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids that a pattern may use. None where a list is not at hand: that check is left out.

    ``landmarks`` and ``regions`` tell of each id whether it is sided.
    """

    landmarks: Mapping[str, bool] | None
    regions: Mapping[str, bool] | None
    structures: Mapping[str, Structure]
    drawn: Collection[str]
    """Structures that have a mesh."""
    muscles: Collection[str]


class SkinReader:
    """Reads points and strokes on the skin."""

    def __init__(self, vocabulary: Vocabulary, log: FaultLog) -> None:
        """Know the ids that may be used."""
        self._vocabulary, self._log = vocabulary, log

    def point(self, value: Value, what: str = "place", *, beside: bool = False) -> SkinPoint:
        """Read “tragus”, “left:tragus”, {from, to, at} or {near, up, forward, medial}.

        ``beside`` allows the left of a landmark of the midline: its offset then goes to the left.
        """
        if value.is_scalar:
            left, key = _left_id(value.text(what))
            self._known("landmark", self._vocabulary.landmarks, key, left and not beside, value)
            return LandmarkRef(key, left)
        entry = value.entry(what, ("from", "to", "at", "near", "up", "forward", "medial"))
        if entry is None:
            return LandmarkRef("")
        if "near" in entry:
            for key in ("from", "to", "at"):
                if key in entry:
                    entry.values[key].fault(f"“{key}” cannot stand beside “near”")
            up, forward, medial = (
                entry.number_of(key, -_FARTHEST_MM, _FARTHEST_MM, 0.0) for key in ("up", "forward", "medial")
            )
            base = self.point(entry.values["near"], "near", beside=True)
            return Offset(base, up, forward, medial)
        start, end = entry.need("from"), entry.need("to")
        return Between(
            self.point(start, "from") if start else LandmarkRef(""),
            self.point(end, "to") if end else LandmarkRef(""),
            entry.number_of("at", 0.0, 1.0),
        )

    def strokes(self, entry: Entry, key: str) -> tuple[Stroke, ...]:
        """Read the strokes of a zone."""
        return tuple(self._stroke(stroke) for stroke in entry.entries(key, _STROKE_KEYS))

    def _stroke(self, entry: Entry) -> Stroke:
        within, avoid = self._regions(entry, "within"), self._regions(entry, "not")
        weight = entry.number_of("weight", 0.05, 1.0, 1.0)
        if "region" in entry:
            for key in ("path", "radius"):
                if key in entry:
                    entry.values[key].fault(f"“{key}” cannot stand beside “region”")
            regions = self._regions(entry, "region")
            if not regions:
                entry.fault("“region” names no region: the zone has no area")
            return Stroke(entry.spot, weight=weight, regions=regions, within=within, avoid=avoid)
        found = entry.need("path")
        items = found.items("path") if found else []
        if found and not items:
            found.fault("“path” has no points: the zone has no area")
        radius = entry.number_of("radius", 0.0, _WIDEST_MM)
        if "radius" in entry and radius < 1.0:
            entry.values["radius"].fault("“radius” is under 1 mm: the zone has no area")
        path = tuple(self.point(item, "path") for item in items)
        return Stroke(entry.spot, path, radius, weight, within=within, avoid=avoid)

    def _regions(self, entry: Entry, key: str) -> tuple[RegionRef, ...]:
        if key not in entry:
            return ()
        value = entry.values[key]
        found = []
        for item in [value] if value.is_scalar else value.items(key):
            left, name = _left_id(item.text(key))
            self._known("skin region", self._vocabulary.regions, name, left, item)
            found.append(RegionRef(name, left))
        return tuple(found)

    def _known(self, kind: str, known: Mapping[str, bool] | None, key: str, left: bool, value: Value) -> None:
        if known is None or not known_id(key, kind, known, value.spot, self._log):
            return
        if left and key and not known[key]:
            value.fault(f"the {kind} “{key}” lies in the midline, it has no left one")


def _left_id(text: str) -> tuple[bool, str]:
    side, colon, key = text.partition(":")
    if not colon:
        return False, text
    return side == "left", key if side in ("left", "right") else text


class PatternReader:
    """Reads the entries of pattern files."""

    def __init__(
        self, vocabulary: Vocabulary, facts: FactReader, log: FaultLog, lines: tuple[int, int]
    ) -> None:
        """Know the ids that may be used; ``lines`` are the first and last of patterns.csv."""
        self._vocabulary, self._facts, self._log, self._lines = vocabulary, facts, log, lines
        self._skin = SkinReader(vocabulary, log)

    def read(self, entry: Entry, body_part: str, outer: Given) -> tuple[TriggerPoint, PatternSource]:
        """Read one trigger point and its zones."""
        key, muscle = entry.text("id"), entry.text("muscle")
        structure = entry.text("structure")
        source = self._facts.source_of(entry, outer)
        given = Given(source, outer.state)
        self._check_structure(entry, muscle, structure)
        essential, spillover = self._skin.strokes(entry, "essential"), self._skin.strokes(entry, "spillover")
        inner = tuple(self._inner(i) for i in entry.entries("inner", ("id", "name_en", "near", "kind")))
        if not essential and not any(area.kind is ZoneKind.ESSENTIAL for area in inner):
            entry.fault(f"the essential zone of “{key}” has no strokes and no inner area")
        words = entry.text("spillover_words", "")
        if not words and (spillover or any(area.kind is ZoneKind.SPILLOVER for area in inner)):
            entry.fault(f"“{key}” draws a spillover zone but “spillover_words” is empty")
        point = TriggerPoint(
            id=key,
            muscle=muscle,
            structure=structure,
            number=entry.text("number", ""),
            title=entry.text("title"),
            body_part=body_part,
            order=int(entry.number_of("row", *self._lines)),
            find=self._find(entry, given),
            essential_words=entry.text("essential_words"),
            spillover_words=words,
            source=source,
            checked=self._facts.state_of(entry, Given(), source, "checked"),
            confidence=entry.choice("confidence", Confidence),
            sided=entry.truth_of("sided", True),
            only=self._only(entry),
            pain=entry.truth_of("pain", True),
            inner=inner,
            signs=self._facts.facts(entry, "signs", given),
            satellites=self._muscles(entry, "satellites"),
            keys=self._muscles(entry, "keys"),
            associated_state=entry.choice("associated_state", State, State.RECALLED),
            differential=self._facts.facts(entry, "differential", given),
        )
        place = self._place(entry, structure)
        pattern = PatternSource(key, structure, place, essential, spillover, entry.file, entry.spot.line)
        return point, pattern

    def _check_structure(self, entry: Entry, muscle: str, structure: str) -> None:
        known = self._vocabulary.structures
        if "structure" in entry and known_id(
            structure, "structure", known, entry.values["structure"].spot, self._log
        ):
            owner = known[structure].muscle if structure in known else None
            if muscle and owner != muscle and muscle in self._vocabulary.muscles:
                entry.values["structure"].fault(f"“{structure}” is a part of “{owner}”, not of “{muscle}”")
        if "muscle" in entry:
            known_id(muscle, "muscle", self._vocabulary.muscles, entry.values["muscle"].spot, self._log)

    def _find(self, entry: Entry, given: Given) -> HowToFind:
        found = entry.need("find")
        keys = ("position", "landmarks", "palpation", "source", "state")
        inside = found.entry("find", keys) if found else None
        if inside is None:
            return HowToFind("", "", Palpation.FLAT, State.RECALLED)
        return HowToFind(
            inside.text("position"),
            inside.text("landmarks"),
            inside.choice("palpation", Palpation),
            inside.choice("state", State, given.state),
            self._facts.citation(inside.values["source"]) if "source" in inside else None,
        )

    def _place(self, entry: Entry, structure: str) -> InMesh | NearPoint:
        found = entry.need("place")
        inside = found.entry("place", ("along", "across", "depth", "near")) if found else None
        if inside is None:
            return InMesh(0.5, 0.5, 0.5)
        if "near" in inside:
            for key in ("along", "across"):
                if key in inside:
                    inside.values[key].fault(f"“{key}” cannot stand beside “near”")
            near = self._skin.point(inside.values["near"], "near")
            return NearPoint(near, inside.number_of("depth", 0.0, 1.0, 0.0))
        if structure in self._vocabulary.structures and structure not in self._vocabulary.drawn:
            inside.fault(f"“{structure}” has no mesh: give its place as {{near: landmark}}")
        return InMesh(*(inside.number_of(key, 0.0, 1.0) for key in ("along", "across", "depth")))

    def _inner(self, entry: Entry) -> InnerArea:
        near = entry.text("near")
        landmarks = self._vocabulary.landmarks
        if landmarks is not None:
            known_id(_left_id(near)[1], "landmark", landmarks, entry.spot, self._log)
        return InnerArea(entry.text("id"), entry.text("name_en"), near, entry.choice("kind", ZoneKind))

    def _only(self, entry: Entry) -> Laterality | None:
        if "only" not in entry:
            return None
        side = entry.choice("only", Laterality)
        if side is Laterality.MIDLINE:
            entry.values["only"].fault("“only” should be left or right")
        return side

    def _muscles(self, entry: Entry, key: str) -> tuple[str, ...]:
        words = []
        for item in entry.list_of(key):
            word = item.text(key)
            if word and word not in self._vocabulary.muscles:
                item.fault(f"there is no muscle “{word}”{nearest(word, self._vocabulary.muscles)}")
            words.append(word)
        return tuple(words)
