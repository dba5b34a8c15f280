"""Zones as they are authored: strokes between landmarks on the skin of the right side.

Only values; `zones` turns them into cells. Millimetres on the male figure's skin.
"""

from dataclasses import dataclass
from typing import TypeAlias

from mapmaker.data_faults import Spot


@dataclass(frozen=True, slots=True)
class LandmarkRef:
    """A landmark by its id; of the right side, of the midline, or of the left if ``left``."""

    id: str
    left: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """The point ``at`` of the way over the skin from one place to another (0 = start, 1 = end)."""

    start: "SkinPoint"
    end: "SkinPoint"
    at: float


@dataclass(frozen=True, slots=True)
class Offset:
    """The skin point beside a place: millimetres up, forward and toward the midline.

    Beside a landmark of the midline, negative ``medial`` goes to the right, or to the left if the
    landmark is written with ``left:``.
    """

    base: "SkinPoint"
    up: float = 0.0
    forward: float = 0.0
    medial: float = 0.0


SkinPoint: TypeAlias = LandmarkRef | Between | Offset


@dataclass(frozen=True, slots=True)
class RegionRef:
    """A skin region by its id without side (``temporal``); the right one, or the left if ``left``."""

    id: str
    left: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A brush stroke over the skin through ``path``, or whole ``regions`` where the path is empty.

    ``radius`` is in millimetres over the skin; ``within`` keeps the stroke inside these regions
    (empty: everywhere) and ``avoid`` keeps it out of those.
    """

    spot: Spot
    path: tuple[SkinPoint, ...] = ()
    radius: float = 0.0
    weight: float = 1.0
    regions: tuple[RegionRef, ...] = ()
    within: tuple[RegionRef, ...] = ()
    avoid: tuple[RegionRef, ...] = ()


@dataclass(frozen=True, slots=True)
class InMesh:
    """A place in the mesh of the trigger point's structure, three fractions from 0 to 1.

    ``along`` runs from the upper (or medial, where the muscle lies flat) end to the other,
    ``across`` from its medial or anterior edge to the other, ``depth`` from the skin inward.
    """

    along: float
    across: float
    depth: float


@dataclass(frozen=True, slots=True)
class NearPoint:
    """The place in the structure's mesh that is nearest to a point of the skin.

    ``depth`` is the fraction of the muscle's thickness below its outer face.
    """

    near: SkinPoint
    depth: float = 0.0


@dataclass(frozen=True, slots=True)
class PatternSource:
    """What the editor wrote for one trigger point: where it lies, and its zones as strokes."""

    trigger_point: str
    structure: str
    place: InMesh | NearPoint
    essential: tuple[Stroke, ...]
    spillover: tuple[Stroke, ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class LandmarkSource:
    """A landmark that the data adds to those of the anatomy folder."""

    id: str
    name_en: str
    side: str
    """R (mirrored to the left) or M."""
    at: SkinPoint
    spot: Spot
