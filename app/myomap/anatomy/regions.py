"""Named areas of skin and the published sets made of them."""

from dataclasses import dataclass

from myomap.anatomy.laterality import Laterality


@dataclass(frozen=True, slots=True)
class Region:
    """A Terminologia Anatomica region of the skin, on one side."""

    id: str
    """With its side: ``temporal.right``, ``frontal.midline``."""
    number: int
    """Its number in the arrays of the surface."""
    name_en: str
    name_la: str
    plain: str
    laterality: Laterality
    area_cm2: float
    body_part: str


@dataclass(frozen=True, slots=True)
class RegionSetArea:
    """One area of a set such as the Widespread Pain Index; ``number`` indexes the set's cell array."""

    id: str
    number: int
    name_en: str
    laterality: Laterality
    area_cm2: float
    group: str = ""
    """WPI: left_upper, right_upper, left_lower, right_lower, axial, or empty (not counted)."""


@dataclass(frozen=True, slots=True)
class RegionSet:
    """A published division of the skin: ``wpi`` or ``choir74``."""

    id: str
    title: str
    source: str
    areas: tuple[RegionSetArea, ...]
