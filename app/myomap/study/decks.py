"""Decks: which muscles and kinds of question are asked, and how hard."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from myomap.anatomy.structures import Layer, Muscle
from myomap.study.nerves import nerves_of
from myomap.study.questions import QuestionKind
from myomap.surface.atlas_source import AtlasSource


class Difficulty(StrEnum):
    """How many hints there are."""

    OPTIONS = "options"
    """Answers to choose from."""
    LETTER = "letter"
    """Typed; hints one by one, to the first letter."""
    BARE = "bare"
    """Typed, no hint."""


@dataclass(frozen=True, slots=True)
class Deck:
    """A choice of what to study. Empty sets mean all. ``muscles`` is a list that the student made."""

    name: str
    body_parts: frozenset[str] = frozenset()
    layers: frozenset[Layer] = frozenset()
    nerves: frozenset[str] = frozenset()
    joints: frozenset[str] = frozenset()
    muscles: frozenset[str] = frozenset()
    kinds: frozenset[QuestionKind] = field(default_factory=lambda: frozenset(QuestionKind))
    difficulty: Difficulty = Difficulty.OPTIONS
    cards: frozenset[str] = frozenset()
    """Only these cards (a deck that was imported); empty for all."""


#: How a muscle's action speaks of the joint at which it works. “Head of the humerus”, “long head” and
#: “arch” in other words are not meant.
JOINTS: dict[str, str] = {
    "jaw": r"\bjaw\b|mandible",
    "neck": r"\bneck\b|(?<!long )(?<!upper )(?<!lower )(?<!short )\bhead\b(?! of)",
    "shoulder": r"\bshoulder\b|\barm\b|scapula|glenoid|head of the humerus",
    "elbow": r"\belbow\b|palm (turns )?(up|down|faces)",
    "wrist_hand": r"\bwrist\b|\bhand\b|\bfingers?\b|\bthumb\b(?! up)|\bpalm\b(?! (turns )?(up|down|faces))",
    "trunk": r"\btrunk\b|\bspine\b|lower back|\bribs?\b",
    "hip": r"\bhip\b|\bthigh\b|pelvis",
    "knee": r"\bknee\b|kneecap|turns the shin|and the shin",
    "ankle_foot": r"\bfoot\b|ankle|\bsole\b|\btoes?\b|\barch\b",
}


def muscles_of(atlas: AtlasSource, deck: Deck) -> list[Muscle]:
    """Return the muscles of a deck in the order of the atlas."""
    return [m for m in atlas.muscles.values() if _belongs(atlas, deck, m)]


def nerves_in_atlas(atlas: AtlasSource) -> list[str]:
    """Return the names of the nerves that decks can be made of."""
    return sorted({nerve.name for m in atlas.muscles.values() for nerve in nerves_of(m)})


def _belongs(atlas: AtlasSource, deck: Deck, muscle: Muscle) -> bool:
    if deck.muscles and muscle.id not in deck.muscles:
        return False
    if deck.body_parts and muscle.body_part not in deck.body_parts:
        return False
    if deck.nerves and not deck.nerves & {nerve.name for nerve in nerves_of(muscle)}:
        return False
    if deck.layers:
        layers = {atlas.structures[s].layer for s in muscle.structures if s in atlas.structures}
        if not layers & deck.layers:
            return False
    return not deck.joints or bool(joints_of(muscle) & deck.joints)


def joints_of(muscle: Muscle) -> set[str]:
    """Return the joints that the muscle's action names."""
    text = muscle.action.text.casefold() if muscle.action else ""
    return {joint for joint, words in JOINTS.items() if re.search(words, text)}


def by_body_part(muscles: Iterable[Muscle]) -> dict[str, list[Muscle]]:
    """Group muscles by body part, in order."""
    found: dict[str, list[Muscle]] = {}
    for muscle in muscles:
        found.setdefault(muscle.body_part, []).append(muscle)
    return found
