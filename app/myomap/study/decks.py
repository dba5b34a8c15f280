"""Decks: which muscles and kinds of question are asked, and how hard."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from myomap.anatomy.structures import Layer, Muscle
from myomap.study.questions import QuestionKind
from myomap.surface.atlas_source import AtlasSource


class Difficulty(StrEnum):
    """How many hints there are."""

    OPTIONS = "options"
    """Answers to choose, all hints."""
    LETTER = "letter"
    """Typed, the first letter shown."""
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


#: Words in a muscle's action or attachments that tell at which joint it works.
JOINTS: dict[str, tuple[str, ...]] = {
    "jaw": ("jaw", "mandible"),
    "neck": ("neck", "head", "cervic"),
    "shoulder": ("shoulder", "scapula", "arm"),
    "elbow": ("elbow",),
    "wrist_hand": ("wrist", "hand", "finger", "thumb", "palm"),
    "trunk": ("trunk", "spine", "lower back", "rib"),
    "hip": ("hip", "thigh", "pelvis"),
    "knee": ("knee", "shin"),
    "ankle_foot": ("foot", "ankle", "sole", "toe", "arch"),
}


def muscles_of(atlas: AtlasSource, deck: Deck) -> list[Muscle]:
    """Return the muscles of a deck in the order of the atlas."""
    return [m for m in atlas.muscles.values() if _belongs(atlas, deck, m)]


def nerves_of(atlas: AtlasSource) -> list[str]:
    """Return the nerves that decks can be made of: the first words of the nerve facts."""
    return sorted({nerve_stem(m) for m in atlas.muscles.values() if m.nerve is not None})


def nerve_stem(muscle: Muscle) -> str:
    """Return “Facial nerve” of “Facial nerve (temporal branches).”."""
    if muscle.nerve is None:
        return ""
    text = muscle.nerve.text
    for end in (" (", ";", ",", ".", ":"):
        text = text.partition(end)[0]
    return text.strip()


def _belongs(atlas: AtlasSource, deck: Deck, muscle: Muscle) -> bool:
    if deck.muscles and muscle.id not in deck.muscles:
        return False
    if deck.body_parts and muscle.body_part not in deck.body_parts:
        return False
    if deck.nerves and nerve_stem(muscle) not in deck.nerves:
        return False
    if deck.layers:
        layers = {atlas.structures[s].layer for s in muscle.structures if s in atlas.structures}
        if not layers & deck.layers:
            return False
    return not deck.joints or bool(joints_of(muscle) & deck.joints)


def joints_of(muscle: Muscle) -> set[str]:
    """Return the joints that the muscle's action names."""
    text = muscle.action.text.casefold() if muscle.action else ""
    return {joint for joint, words in JOINTS.items() if any(w in text for w in words)}


def by_body_part(muscles: Iterable[Muscle]) -> dict[str, list[Muscle]]:
    """Group muscles by body part, in order."""
    found: dict[str, list[Muscle]] = {}
    for muscle in muscles:
        found.setdefault(muscle.body_part, []).append(muscle)
    return found
