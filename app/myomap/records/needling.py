"""Needling of one muscle, what went wrong, and the count of muscles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from myomap.records.findings import Twitch
from myomap.records.sites import Site


class Technique(StrEnum):
    """How the needle was used."""

    NOT_ASKED = "not_asked"
    PISTONING = "pistoning"
    ROTATION = "rotation"
    STATIC = "static"
    SUPERFICIAL = "superficial"
    ELECTRICAL = "electrical"
    OTHER = "other"


class Bleeding(StrEnum):
    """What was seen after the needle came out."""

    NOT_ASKED = "not_asked"
    NONE = "none"
    DROP = "drop"
    BRUISE = "bruise"


@dataclass(frozen=True, slots=True)
class Needling:
    """What was done with the needle at one site."""

    id: str
    site: Site
    gauge_mm: float | None = None
    """Diameter of the needle, e.g. 0.30 mm."""
    length_mm: float | None = None
    depth_mm: float | None = None
    """How deep it went, along the needle."""
    technique: Technique = Technique.NOT_ASKED
    insertions: int | None = None
    """How often the needle went in; None where nobody said."""
    twitch: Twitch = Twitch.NOT_ASKED
    bleeding: Bleeding = Bleeding.NOT_ASKED
    reaction: str = ""
    """What the patient felt or said."""
    note: str = ""


class AdverseKind(StrEnum):
    """What went wrong."""

    BLEEDING = "bleeding"
    BRUISE = "bruise"
    FAINTING = "fainting"
    STRONG_PAIN = "strong_pain"
    NERVE = "nerve"
    BREATHLESS = "breathless"
    INFECTION = "infection"
    NEEDLE_BROKEN = "needle_broken"
    NEEDLE_STUCK = "needle_stuck"
    OTHER = "other"


class Severity(StrEnum):
    """How bad it was."""

    MILD = "mild"
    MODERATE = "moderate"
    SERIOUS = "serious"


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """Something that went wrong, in or after the visit."""

    id: str
    what: AdverseKind
    severity: Severity
    noticed_at: datetime
    site: Site | None = None
    words: str = ""
    action: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class NeedlingCount:
    """How many muscles were needled and the billing number that goes with it, in our own words."""

    muscles: int
    code: str
    words: str


def count_needled(needlings: Iterable[Needling]) -> NeedlingCount:
    """Count muscles, each side by itself: 1-2 give 20560, 3 and more 20561, none gives no code."""
    muscles = len({(each.site.muscle or each.site.structure, each.site.laterality) for each in needlings})
    if muscles == 0:
        return NeedlingCount(0, "", "No muscle was needled.")
    if muscles <= 2:
        return NeedlingCount(muscles, "20560", "Needles without injection, one or two muscles.")
    return NeedlingCount(muscles, "20561", "Needles without injection, three muscles or more.")
