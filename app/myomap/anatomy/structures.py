"""Structures: muscles, parts of muscles, bones and tendons, and what is known of each muscle."""

from dataclasses import dataclass
from enum import StrEnum

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Fact


class StructureKind(StrEnum):
    """What a structure is made of."""

    MUSCLE = "muscle"
    BONE = "bone"
    CONNECTIVE = "connective"
    SKIN = "skin"


class Layer(StrEnum):
    """What a view shows, from outside to inside."""

    SKIN = "skin"
    SUPERFICIAL = "superficial"
    INTERMEDIATE = "intermediate"
    DEEP = "deep"
    SKELETON = "skeleton"


@dataclass(frozen=True, slots=True, order=True)
class StructureKey:
    """A structure on one side of the body: the identity that marks, outlines and exports use."""

    structure: str
    laterality: Laterality

    def __str__(self) -> str:
        """Return the key as the maps write it, e.g. ``trapezius-descending.right``."""
        return f"{self.structure}.{self.laterality}"

    @classmethod
    def parse(cls, text: str) -> "StructureKey":
        """Read ``trapezius-descending.right``; ValueError if there is no side in it."""
        structure, _, side = text.rpartition(".")
        if not structure:
            raise ValueError(f"“{text}” names no structure and side")
        return cls(structure, Laterality(side))


@dataclass(frozen=True, slots=True)
class Structure:
    """A drawn structure without its side.

    ``sided`` tells whether it exists left and right (else it lies in the midline).
    ``muscle`` is the id of the muscle that it is, or is a part of.
    """

    id: str
    kind: StructureKind
    layer: Layer
    name_en: str
    name_la: str
    sided: bool
    muscle: str | None = None
    part: str = ""
    fma: tuple[str, ...] = ()
    source: str = ""
    variant: bool = False
    """A structure that not everybody has (sternalis), drawn as such."""


@dataclass(frozen=True, slots=True)
class Muscle:
    """What is known of one muscle as a whole. Every fact carries its source and state."""

    id: str
    name_en: str
    name_la: str
    body_part: str
    synonyms: tuple[str, ...] = ()
    origin: Fact | None = None
    insertion: Fact | None = None
    action: Fact | None = None
    nerve: Fact | None = None
    segments: tuple[str, ...] = ()
    works_with: tuple[str, ...] = ()
    """Ids of muscles that act together with this one."""
    works_against: tuple[str, ...] = ()
    """Ids of muscles that oppose this one."""
    structures: tuple[str, ...] = ()
    """Ids of the structures that draw it."""
    plain: str = ""
    """What a patient may call it: one short phrase without Latin."""
