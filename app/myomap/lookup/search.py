"""Finding things by name: muscles, trigger points, structures, regions, symptoms, lessons, actions.

A pure index over the atlas. Words are matched whole, by their beginning and, with forgiveness for
spelling, by likeness (rapidfuzz); “right” and “left” in the text choose the side.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Muscle
from myomap.anatomy.trigger_points import TriggerPoint
from myomap.lookup.symptoms import SYMPTOMS, Symptom
from myomap.surface.atlas_source import AtlasSource


class Kind(StrEnum):
    """What was found."""

    MUSCLE = "muscle"
    TRIGGER_POINT = "trigger_point"
    STRUCTURE = "structure"
    REGION = "region"
    SYMPTOM = "symptom"
    LESSON = "lesson"
    ACTION = "action"
    PATIENT = "patient"


#: Between equal matches the kind decides.
_RANK = {kind: place for place, kind in enumerate(
    (Kind.ACTION, Kind.MUSCLE, Kind.SYMPTOM, Kind.TRIGGER_POINT, Kind.REGION, Kind.STRUCTURE, Kind.LESSON, Kind.PATIENT)
)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found. ``names`` count fully, ``words`` less."""

    kind: Kind
    id: str
    title: str
    subtitle: str = ""
    names: tuple[str, ...] = ()
    words: str = ""
    laterality: Laterality | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with the side that was asked for and a score from 0 to 100 for the order alone."""

    entry: Entry
    laterality: Laterality | None
    score: float


#: Words that name nothing.
_STOP = frozenset(
    (
        "a", "an", "and", "at", "by", "for", "from", "i", "in", "is", "it", "my", "near", "of", "on", "or", "the",
        "to", "when", "with", "muscle", "musculus", "m", "pain",
    )
)  # fmt: skip
#: Words by which people ask. They are left out where others remain: “trigger point that gives a headache”.
_ASKING = frozenset(
    (
        "trigger", "point", "points", "trp", "that", "which", "who", "gives", "give", "causes", "cause", "causing",
        "what", "where", "does", "do", "can", "t", "cannot", "cant", "have", "has", "get", "feel", "feels",
        "patient", "syndrome",
    )
)  # fmt: skip
#: How it hurts and when, not where: a complaint is found by its other words.
_HOW = frozenset(
    (
        "night", "morning", "worse", "bad", "severe", "sharp", "dull", "chronic", "acute", "sudden", "constant",
        "always", "sitting", "walking", "standing", "running", "climbing", "stairs", "lying", "sleeping", "lifting",
        "bending", "coughing", "after", "during", "while", "since", "work", "exercise", "hurts", "hurt", "hurting",
        "sore", "soreness", "aching", "radiating", "shooting", "burning",
    )
)  # fmt: skip
#: Words by which somebody speaks of a complaint and not of anatomy.
_COMPLAINT = frozenset(
    (
        "pain", "pains", "painful", "ache", "aches", "aching", "hurts", "hurt", "hurting", "sore", "soreness",
        "stiff", "stiffness", "cramp", "cramps", "numb", "numbness", "tingling", "cannot", "cant", "headache",
    )
)  # fmt: skip
_SIDES = {
    "right": Laterality.RIGHT, "rt": Laterality.RIGHT, "left": Laterality.LEFT, "lt": Laterality.LEFT,
}  # fmt: skip
#: What people say for what the figures' words say.
_SAME = {
    "headache": ("temple", "forehead", "occiput"),
    "belly": ("abdomen", "abdominal"),
    "tummy": ("abdomen", "abdominal"),
    "bottom": ("buttock",),
    "bum": ("buttock",),
    "skull": ("head", "occiput"),
    "shin": ("tibial", "tibia"),
    "peroneus": ("fibularis",),
    "peroneal": ("fibularis",),
    "fibularis": ("peroneus",),
    "trap": ("trapezius",),
    "traps": ("trapezius",),
    "lat": ("latissimus",),
    "lats": ("latissimus",),
    "quads": ("quadriceps",),
    "hams": ("hamstring", "hamstrings"),
    "glute": ("gluteus",),
    "glutes": ("gluteus",),
    "pecs": ("pectoralis",),
    "delt": ("deltoid",),
    "delts": ("deltoid",),
    "abs": ("rectus", "abdominis"),
}
#: Short forms that textbooks and clinicians use; only kept where the atlas has the muscle.
_SHORT = {
    "sternocleidomastoid": ("SCM",), "quadratus-lumborum": ("QL",), "tensor-fasciae-latae": ("TFL",),
    "levator-scapulae": ("lev scap",), "flexor-carpi-radialis": ("FCR",), "flexor-carpi-ulnaris": ("FCU",),
    "extensor-digitorum": ("EDC",), "extensor-carpi-radialis-longus": ("ECRL",),
    "extensor-carpi-radialis-brevis": ("ECRB",), "extensor-carpi-ulnaris": ("ECU",),
    "flexor-digitorum-superficialis": ("FDS",), "flexor-digitorum-profundus": ("FDP",),
    "flexor-pollicis-longus": ("FPL",), "vastus-medialis": ("VMO",), "extensor-hallucis-longus": ("EHL",),
    "flexor-hallucis-longus": ("FHL",), "iliocostalis": ("erector spinae",), "longissimus": ("erector spinae",),
    "spinalis": ("erector spinae",), "biceps-femoris": ("hamstring",), "semitendinosus": ("hamstring",),
    "semimembranosus": ("hamstring",), "supraspinatus": ("rotator cuff",), "infraspinatus": ("rotator cuff",),
    "teres-minor": ("rotator cuff",), "subscapularis": ("rotator cuff",),
}  # fmt: skip


_FOR = {"both": "lesson for everybody", "patient": "lesson for patients", "student": "lesson for students"}
#: A complaint comes before a muscle that is named alike when pain is spoken of; a region after a muscle.
_COMPLAINT_FIRST, _REGION_LATER = 10.0, 3.0
#: “stiffness” finds “stiff”: a known word of this length begins the one that was typed, which has this much more.
_STEM, _ENDING, _STEM_LIKENESS = 4, 4, 0.82
#: “… to the elbow”, “down to the inner knee”; not “second to fourth toes”.
_REACHES = r"(?<!first )(?<!second )\bto (?:just )?(?:above |below |behind |near )?(?:the )?(?:[a-z]+ ){0,2}"
#: With fewer essential zones than this in a place, spillover zones are listed too.
FEW = 3


def normalised(text: str) -> str:
    """Return lower-case words without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def _muscle_entry(muscle: Muscle) -> Entry:
    names = (muscle.name_en, muscle.name_la, *muscle.synonyms, *_SHORT.get(muscle.id, ()))
    return Entry(Kind.MUSCLE, muscle.id, muscle.name_en, muscle.name_la, names, muscle.plain)


def _point_entry(point: TriggerPoint, muscle: Muscle | None) -> Entry:
    name = muscle.name_en if muscle else point.muscle.replace("-", " ")
    own = point.title_under(name)
    title = f"{name}, {own}"
    names = (
        title,
        f"{name} {point.number}",
        *(f"{s} {point.number}" for s in (muscle.synonyms if muscle else ())),
    )
    # what goes with it, and what it is taken for, lead to it as well: dizziness, carpal tunnel
    more = " ".join(fact.text for fact in (*point.signs, *point.differential))
    words = f"{point.essential_words} {point.spillover_words} {more}"
    return Entry(Kind.TRIGGER_POINT, point.id, title, f"refers to: {point.essential_words}", names, words)


def entries(atlas: AtlasSource) -> list[Entry]:
    """Return everything of the atlas that can be found."""
    found = [_muscle_entry(muscle) for muscle in atlas.muscles.values()]
    found += [_point_entry(p, atlas.muscles.get(p.muscle)) for p in atlas.trigger_points.values()]
    for structure in atlas.structures.values():
        if structure.muscle is not None and not structure.part:
            continue  # the muscle itself is found
        names = (structure.name_en, structure.name_la)
        found.append(Entry(Kind.STRUCTURE, structure.id, structure.name_en, structure.name_la, names))
    for region in atlas.regions.values():
        side = region.laterality.spoken
        title = region.name_en
        if side:
            name = title.removesuffix(f", {region.laterality}")
            title = f"{side} {name[:1].lower()}{name[1:]}"
        called = (region.name_en, region.name_la, region.plain)
        found.append(
            Entry(
                Kind.REGION,
                region.id,
                title,
                f"skin region · {region.name_la}",
                called,
                laterality=region.laterality,
            )
        )
    found += [
        Entry(
            Kind.SYMPTOM, s.id, s.title, "patterns whose published words name this place", (s.title, *s.names)
        )
        for s in SYMPTOMS
        if points_for(atlas, s)
    ]
    found += [
        Entry(Kind.LESSON, lesson.id, lesson.title, _FOR.get(lesson.audience, "lesson"), (lesson.title,))
        for lesson in atlas.lessons.values()
    ]
    return found


def points_for(atlas: AtlasSource, symptom: Symptom) -> tuple[TriggerPoint, ...]:
    """Return the trigger points whose published words put pain in the symptom's place, in published order.

    The essential zone's words decide; spillover words follow after them only where few are found. Pain that is
    somewhere else and only reaches the place (“outer upper arm to the elbow”) comes after pain that is there.
    """
    wanted = re.compile("|".join(rf"\b{term}" for term in symptom.terms))
    barred = re.compile("|".join(rf"\b{term}" for term in symptom.but_not)) if symptom.but_not else None

    reaching = re.compile(rf"{_REACHES}(?:{'|'.join(symptom.terms)})")

    def parts(words: str) -> list[str]:
        named = (part for part in words.lower().split(";") if wanted.search(part))
        return [part for part in named if not (barred and barred.search(part))]

    def names(words: str) -> bool:
        return bool(parts(words))

    def only_reaches(point: TriggerPoint) -> bool:
        return all(reaching.search(part) for part in parts(point.essential_words))

    points = [point for point in atlas.trigger_points.values() if point.pain]
    found = sorted((point for point in points if names(point.essential_words)), key=only_reaches)
    if len(found) < FEW:
        found += [p for p in points if p not in found and names(p.spillover_words)]
    return tuple(found)


class SearchIndex:
    """Entries by word. Building takes a few milliseconds for the whole atlas."""

    def __init__(self, given: Iterable[Entry]) -> None:
        self.entries: Sequence[Entry] = tuple(given)
        self._postings: dict[str, dict[int, float]] = {}
        self._lengths: list[tuple[frozenset[str], ...]] = []
        self._whole: list[frozenset[str]] = []
        for at, entry in enumerate(self.entries):
            names = [normalised(name) for name in (entry.names or (entry.title,))]
            bare = (" ".join(word for word in name.split() if word not in _STOP | _ASKING) for name in names)
            self._whole.append(frozenset((*names, *bare)) - {""})
            self._lengths.append(tuple(frozenset(name.split()) - _STOP for name in names))
            for name in names:
                for word in name.split():
                    self._post(word, at, 1.0)
            for word in normalised(
                f"{entry.words} {entry.subtitle if entry.kind is Kind.ACTION else ''}"
            ).split():
                self._post(word, at, 0.7)
        self._vocabulary = list(self._postings)

    def _post(self, word: str, at: int, weight: float) -> None:
        if word not in _STOP:
            row = self._postings.setdefault(word, {})
            row[at] = max(weight, row.get(at, 0.0))

    def search(self, text: str, limit: int = 12, kinds: frozenset[Kind] | None = None) -> list[Found]:
        """Return the best matches, best first; an empty text finds nothing."""
        words = normalised(text).split()
        side = next((_SIDES[word] for word in words if word in _SIDES), None)
        telling = [word for word in words if word not in _STOP and word not in _SIDES]
        asked = [word for word in telling if word not in _ASKING] or telling
        if not asked:
            asked = [word for word in words if word not in _SIDES]
        if not asked:
            return []
        totals: dict[int, float] = {}
        places: dict[int, float] = {}  # the same without the words that say how it hurts, and when
        for word in asked:
            best: dict[int, float] = {}
            for known, likeness in self._like(word).items():
                for at, weight in self._postings.get(known, {}).items():
                    best[at] = max(best.get(at, 0.0), likeness * weight)
            for at, score in best.items():
                totals[at] = totals.get(at, 0.0) + score
                if word not in _HOW:
                    places[at] = places.get(at, 0.0) + score
        phrase = " ".join(asked)
        where = sum(word not in _HOW for word in asked)
        complains = bool(_COMPLAINT.intersection(words))
        hits = []
        for at, total in totals.items():
            entry = self.entries[at]
            if kinds is not None and entry.kind not in kinds:
                continue
            if side is not None and entry.laterality not in (None, side, Laterality.MIDLINE):
                continue
            is_complaint = entry.kind is Kind.SYMPTOM
            share = places.get(at, 0.0) / where if is_complaint and where else total / len(asked)
            if share < 0.55:
                continue
            score = self._score(at, share, asked, phrase)
            if is_complaint and complains:
                score = min(100.0, score + _COMPLAINT_FIRST)
            elif entry.kind is Kind.REGION and score < 100:
                score -= _REGION_LATER
            hits.append(Found(entry, entry.laterality or side, score))
        hits.sort(
            key=lambda hit: (
                -round(hit.score, 3),
                not (complains and hit.entry.kind is Kind.SYMPTOM),
                -_said(hit.entry.title, asked),
                _RANK[hit.entry.kind],
                len(hit.entry.title),
                hit.entry.title,
            )
        )
        return hits[:limit]

    def _score(self, at: int, share: float, asked: Sequence[str], phrase: str) -> float:
        if phrase in self._whole[at]:
            return 100.0
        words = set(asked)
        # a name that lacks a word that was asked for (“upper”) fits no better than one that has more words
        tight = max(
            (len(words & name) / max(len(words | name), 1) for name in self._lengths[at]), default=0.0
        )
        return 80 * share + 15 * tight

    def _like(self, word: str) -> Mapping[str, float]:
        """Return the known words that a typed word may mean, each with its likeness from 0 to 1."""
        found: dict[str, float] = {}
        for other in _SAME.get(word, ()):
            for known in self._vocabulary:
                if known == other or (len(other) > 4 and known.startswith(other)):
                    found[known] = 0.85
        if len(word) >= 2:
            for known in self._vocabulary:
                if known.startswith(word):
                    found[known] = max(found.get(known, 0.0), 0.8 + 0.15 * len(word) / len(known))
        for end in range(max(_STEM, len(word) - _ENDING), len(word)):
            if word[:end] in self._postings:
                found[word[:end]] = _STEM_LIKENESS
        if len(word) >= 3:
            least = 74 if len(word) >= 4 else 82
            close = process.extract(word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=least, limit=12)
            for known, likeness, _ in close:
                found[known] = max(found.get(known, 0.0), 0.85 * likeness / 100)
        if word in self._postings:
            found[word] = 1.0
        return found


def _said(title: str, asked: Sequence[str]) -> int:
    """Return how many of the words begin a word of the title: “upper trap” is the upper part before the lower."""
    words = normalised(title).split()
    return sum(any(word.startswith(each) for word in words) for each in asked)


def build(atlas: AtlasSource, actions: Iterable[Entry] = ()) -> SearchIndex:
    """Return the index of the atlas and of the window's actions."""
    return SearchIndex([*entries(atlas), *actions])
