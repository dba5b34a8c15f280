"""What the makers of questions share: the atlas, its patterns by cell, the best views, fair wrong options."""

import random
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Citation, Fact
from myomap.anatomy.structures import Layer, Muscle, StructureKey, StructureKind
from myomap.anatomy.trigger_points import TriggerPoint
from myomap.lookup.pattern_index import ESSENTIAL, ONLY_SPILLOVER, PatternIndex, PatternKey, shared_index
from myomap.lookup.ranking import Match, rank
from myomap.report.plate import citation_words
from myomap.study.fairness import names_of
from myomap.study.grading import simplify
from myomap.study.questions import Option, QuestionKind
from myomap.study.views import ViewChooser
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.cells import Cells

#: A pattern that takes in this much of a lit zone refers there; one that takes in none does not.
REFERS = 0.5
#: A pattern that takes in more of a lit zone than this may refer there: no wrong option for it.
MAY_REFER = 0.25
#: So many muscles are looked at first.
MOST_FIRST = 3
_DEPTHS = {
    Layer.SUPERFICIAL: "under the skin",
    Layer.INTERMEDIATE: "in the middle layer",
    Layer.DEEP: "deep",
}
#: Body parts and their neighbours: a wrong option from nearby is harder to tell than one from the other end.
_NEXT = {
    "head": ("neck",),
    "neck": ("head", "shoulder", "back", "thorax"),
    "shoulder": ("neck", "upper_arm", "thorax", "back"),
    "upper_arm": ("shoulder", "forearm"),
    "forearm": ("upper_arm", "hand"),
    "hand": ("forearm",),
    "thorax": ("neck", "shoulder", "back", "abdomen"),
    "back": ("neck", "shoulder", "thorax", "abdomen"),
    "abdomen": ("thorax", "back", "pelvis"),
    "pelvis": ("abdomen", "hip"),
    "hip": ("pelvis", "thigh"),
    "thigh": ("hip", "leg"),
    "leg": ("thigh", "foot"),
    "foot": ("leg",),
}
_FLOOR = re.compile(r"pudendal|perineal|rectal|coccyx", re.IGNORECASE)
#: Spellings this alike (0-100) may be taken for each other.
ALIKE = 70.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact as a question: what is asked, the right answer, where it is from."""

    prompt: str
    answer: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Referral:
    """Which muscles refer to an essential zone."""

    takes_in: Mapping[str, float]
    """How much of the zone the essential zone of a muscle takes in, 0-1. Rare points of others are left out:
    nobody need think of the soleus where a cheek hurts."""
    may_refer: frozenset[str]
    """Muscles that may refer to the zone, be it rarely: no wrong options for it."""
    touching: frozenset[str]
    """Muscles of which any pattern shares something with it: never surely wrong."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the look-up finds where somebody draws a whole zone (essential and spillover)."""

    first: Mapping[str, Match]
    """The best pattern of each of the first muscles, and of the muscle whose zone it is; none of a rare point
    or of what lies beside the zone only."""
    touching: frozenset[str]
    """Every muscle that the look-up lists."""


class Desk:
    """Remembers only what the atlas says, so it can be kept as long as the atlas is open."""

    def __init__(self, atlas: AtlasSource) -> None:
        self.atlas = atlas
        self.views = ViewChooser(atlas)
        self.asked: dict[tuple[QuestionKind, str], Asked | None] = {}
        """Facts as questions by kind and muscle (`fact_makers`)."""
        self._referrals: dict[PatternKey, Referral] = {}
        self._looked_up: dict[PatternKey, LookedUp] = {}
        self._zoned: dict[str, bool] = {}

    @cached_property
    def patterns(self) -> PatternIndex:
        """All patterns arranged by cell; the look-up uses the same."""
        return shared_index(self.atlas)

    @cached_property
    def points(self) -> dict[str, list[TriggerPoint]]:
        """The trigger points that refer pain, by muscle."""
        found: dict[str, list[TriggerPoint]] = {}
        for point in self.atlas.trigger_points.values():
            if point.pain and point.muscle in self.atlas.muscles:
                found.setdefault(point.muscle, []).append(point)
        return found

    @cached_property
    def simplified(self) -> dict[str, frozenset[str]]:
        """Every muscle's names, simplified."""
        return {m.id: frozenset(simplify(n) for n in names_of(m)) for m in self.atlas.muscles.values()}

    @cached_property
    def _telling(self) -> tuple[str, ...]:
        return tuple(
            {
                f" {simplify(name)} "
                for muscle in self.atlas.muscles.values()
                for name in names_of(muscle)
                if simplify(name) and (" " in simplify(name) or "muscle" not in name.casefold())
            }
        )

    def names_a_muscle(self, text: str) -> bool:
        """Tell whether a text names any muscle of the atlas (see `fairness.gives_away`)."""
        said = f" {simplify(text)} "
        return any(name in said for name in self._telling)

    @cached_property
    def _muscles(self) -> tuple[Muscle, ...]:
        """All that may be a wrong option: the one ligament would be told by its name."""
        return tuple(m for m in self.atlas.muscles.values() if self.is_muscle(m))

    @cached_property
    def _pelvic_floor(self) -> frozenset[str]:
        """The muscles of the pelvis that close it below: beside a flexor of the hip they are told at a glance."""
        pelvis = (m for m in self.atlas.muscles.values() if m.body_part == "pelvis")
        return frozenset(m.id for m in pelvis if _FLOOR.search(" ".join(texts(m.nerve, m.insertion))))

    # -- muscles and their views -------------------------------------------------------------------
    def is_muscle(self, muscle: Muscle) -> bool:
        """Tell whether it is drawn as a muscle (one entry of the atlas is a ligament)."""
        kinds = {s.kind for s in map(self.atlas.structures.get, muscle.structures) if s is not None}
        return kinds == {StructureKind.MUSCLE}

    def is_muscle_id(self, muscle: str) -> bool:
        """Tell whether an id is of what is drawn as a muscle."""
        return muscle in self.atlas.muscles and self.is_muscle(self.atlas.muscles[muscle])

    def is_sided(self, muscle: Muscle) -> bool:
        """Tell whether it lies on the right and on the left."""
        found = (self.atlas.structures.get(s) for s in muscle.structures)
        return any(s is not None and s.sided for s in found)

    def keys(self, muscle: Muscle, side: Laterality) -> tuple[StructureKey, ...]:
        """Return the structures that draw a muscle on one side."""
        structures = self.atlas.structures
        return tuple(
            StructureKey(s, side if structures[s].sided else Laterality.MIDLINE)
            for s in muscle.structures
            if s in structures
        )

    def depth_words(self, muscle: Muscle) -> str:
        """Return in words in which layers a muscle lies."""
        found = {s.layer for s in map(self.atlas.structures.get, muscle.structures) if s is not None}
        return " and ".join(words for layer, words in _DEPTHS.items() if layer in found) or "near the bones"

    def view_of(
        self, muscle: Muscle, side: Laterality, *, both_sides: bool = False
    ) -> tuple[str, Layer] | None:
        """Return the view and layer that show most of a muscle, None where none shows it."""
        return self.views.of_structures(self.keys(muscle, side), both_sides=both_sides)

    def has_zone(self, point: TriggerPoint) -> bool:
        """Tell whether the essential zone lies on skin that a view shows."""
        if point.id not in self._zoned:
            side = point.only or (Laterality.RIGHT if point.sided else Laterality.MIDLINE)
            self._zoned[point.id] = bool(self.views.of_zone(PatternKey(point.id, side)))
        return self._zoned[point.id]

    # -- patterns ----------------------------------------------------------------------------------
    def referral(self, key: PatternKey) -> Referral:
        """Return which muscles refer to the essential zone of a pattern (looked up once)."""
        if key not in self._referrals:
            zone = self.atlas.zone(key.trigger_point, key.laterality).essential
            takes_in: dict[str, float] = {}
            may_refer: set[str] = set()
            touching: set[str] = set()
            for other, essential in self._taken_in(zone).items():
                point = self.atlas.trigger_points[other.trigger_point]
                touching.add(point.muscle)
                if other == key or not is_rare(point):
                    takes_in[point.muscle] = max(takes_in.get(point.muscle, 0.0), essential)
                if essential > MAY_REFER:
                    may_refer.add(point.muscle)
            self._referrals[key] = Referral(takes_in, frozenset(may_refer), frozenset(touching))
        return self._referrals[key]

    def looked_up(self, key: PatternKey) -> LookedUp:
        """Return what the look-up says of the whole zone of a pattern (looked up once: it takes a while)."""
        if key not in self._looked_up:
            zone = self.atlas.zone(key.trigger_point, key.laterality)
            own = self.atlas.trigger_points[key.trigger_point].muscle
            best: dict[str, Match] = {}
            touching: set[str] = set()
            for match in rank(self.patterns, zone.essential.union(zone.spillover)):
                point = self.atlas.trigger_points[match.key.trigger_point]
                touching.add(point.muscle)
                if self.is_muscle_id(point.muscle) and not match.beside and not is_rare(point):
                    best.setdefault(point.muscle, match)
            first = {m: best[m] for n, m in enumerate(best) if n < MOST_FIRST or m == own}
            self._looked_up[key] = LookedUp(first, frozenset(touching))
        return self._looked_up[key]

    def _taken_in(self, zone: Cells) -> dict[PatternKey, float]:
        """Return of each pattern that shares anything with a zone how much its essential zone takes in, 0-1."""
        index = self.patterns
        essential, spillover = index.sums(zone, ESSENTIAL, ONLY_SPILLOVER)
        drawn = float((zone.weights.astype(np.float64) * index.area_mm2[zone.ids]).sum())
        return {
            index.keys[p]: min(1.0, float(essential[p] / drawn))
            for p in np.flatnonzero(essential + spillover > 0)
        }

    # -- options -----------------------------------------------------------------------------------
    def others(
        self,
        muscle: Muscle,
        chance: random.Random,
        count: int,
        *,
        but: Collection[str] = (),
        only: Callable[[Muscle], bool] | None = None,
        later: Callable[[Muscle], int] = lambda _: 0,
    ) -> list[Muscle]:
        """Return other muscles that make fair wrong options, the nearer body parts first.

        ``later`` moves what is easily told apart further away, by so many body parts.
        """
        mine = self.simplified[muscle.id]
        muscles = [m for m in self._muscles if m.id != muscle.id and m.id not in but]
        chance.shuffle(muscles)
        steps, is_floor = _by_distance(muscle.body_part), muscle.id in self._pelvic_floor

        def distance(other: Muscle) -> int:
            apart = 4 if (other.id in self._pelvic_floor) != is_floor else 0
            return steps.get(other.body_part, len(_NEXT)) + apart + later(other)

        muscles.sort(key=distance)
        taken = set(mine)
        chosen: list[Muscle] = []
        for other in muscles:
            if len(chosen) == count:
                break
            # names that several muscles share make no two answers; of a fact no name is shown
            if not only(other) if only is not None else self.simplified[other.id] & taken:
                continue
            taken.add(simplify(other.name_en))
            chosen.append(other)
        return chosen

    def rivals(self, muscle: Muscle) -> tuple[tuple[str, str], ...]:
        """Return names of other muscles that a typed answer may mean, each with its English name."""
        from rapidfuzz import fuzz

        mine = self.simplified[muscle.id]
        return tuple(
            (name, other.name_en)
            for other in self.atlas.muscles.values()
            if other.id != muscle.id
            for name in names_of(other)
            if any(fuzz.ratio(simplify(name), each) >= ALIKE for each in mine)
        )

    @staticmethod
    def shuffled(muscles: Sequence[Muscle], chance: random.Random) -> tuple[Option, ...]:
        """Return muscles as options in an order by chance."""
        options = [Option(m.id, m.name_en) for m in muscles]
        chance.shuffle(options)
        return tuple(options)

    # -- words -------------------------------------------------------------------------------------
    def cited(self, source: Citation) -> str:
        """Return a citation in words."""
        return citation_words(self.atlas, source)

    def cited_fact(self, fact: Fact | None) -> str:
        """Return a fact's citation, and say so where it was written from memory."""
        if fact is None:
            return ""
        words = self.cited(fact.source)
        return words if fact.state != "recalled" else f"{words} (Written from memory, not yet read there.)"

    def cited_facts(self, *facts: Fact | None) -> str:
        """Return the citations of several facts, each once."""
        return " ".join(dict.fromkeys(words for fact in facts if (words := self.cited_fact(fact))))


def _by_distance(body_part: str) -> dict[str, int]:
    """Return how many steps over neighbours every body part lies from one."""
    found = {body_part: 0}
    for part in (order := [body_part]):
        for near in _NEXT.get(part, ()):
            if near not in found:
                found[near] = found[part] + 1
                order.append(near)
    return found


def lower(name: str) -> str:
    """Return a name as it stands inside a sentence."""
    if name.startswith("Achilles") or not (name[1:2].islower() or name.startswith("A ")):
        return name
    return name[:1].lower() + name[1:]


def spoken_name(muscle: Muscle) -> str:
    """Return a muscle's name as it stands inside a sentence; an adjective alone needs its noun."""
    name = lower(muscle.name_en)
    return f"{name} muscle" if name.endswith("perineal") else name


def is_rare(point: TriggerPoint) -> bool:
    """Tell whether the source calls the point rare: its title says so then."""
    return "rare" in point.title.casefold().split()


def are_many(muscle: Muscle) -> bool:
    """Tell whether a name is of several muscles: “the interossei do”, “the deltoid does”."""
    return muscle.name_la.startswith("Mm.")


def point_words(point: TriggerPoint, muscle: Muscle) -> str:
    """Return “trapezius, upper part, TrP1”; a title that begins with the muscle's name says it once."""
    name, title = spoken_name(muscle), (point.title or str(point.number or "")).strip()
    if title.casefold().startswith(name.casefold()):
        return lower(title)
    return f"{name}, {title}".rstrip(", ")


def part_words(body_part: str) -> str:
    """Return a body part in words."""
    return body_part.replace("_", " ")


def texts(*facts: Fact | None) -> tuple[str, ...]:
    """Return the facts' sentences."""
    return tuple(f.text for f in facts if f is not None)


def ends_of(muscle: Muscle) -> tuple[str, ...]:
    """Return where a muscle comes from and goes to, as sentences."""
    made = []
    for words, fact in (("From", muscle.origin), ("To", muscle.insertion)):
        if fact is not None:
            made.append(f"{words}: {lower(fact.text)}")
    return tuple(made)
