"""Numbers taken before and after: pain, range of motion, pressure, widespread pain."""

from dataclasses import dataclass
from enum import StrEnum

from myomap.anatomy.laterality import Laterality
from myomap.records.drawing import Moment
from myomap.records.people import PressureUnit
from myomap.records.sites import Site

#: Kilopascals in one of each unit (kgf/cm² is 98.0665 kPa by definition, N/cm² is 10 kPa).
KPA_PER_UNIT: dict[PressureUnit, float] = {
    PressureUnit.KPA: 1.0,
    PressureUnit.KGF_CM2: 98.0665,
    PressureUnit.N_CM2: 10.0,
}


class PainScale(StrEnum):
    """Two scales that are never mixed."""

    NRS = "nrs"
    """Numeric rating: whole numbers 0-10, spoken."""
    VAS = "vas"
    """Visual analogue: 0-100 mm, marked on a line."""


@dataclass(frozen=True, slots=True)
class PainScore:
    """How much it hurts."""

    id: str
    moment: Moment
    scale: PainScale
    value: float
    """NRS 0-10 in whole numbers; VAS 0-100 mm."""
    about: str = ""
    """What was asked: “now”, “worst this week”, “on turning the head”."""


@dataclass(frozen=True, slots=True)
class RangeOfMotion:
    """How far a joint moves. ``joint`` and ``movement`` are ids of records.joints."""

    id: str
    moment: Moment
    joint: str
    movement: str
    laterality: Laterality
    degrees: float
    passive: bool = False
    painful: bool = False
    norm_degrees: float | None = None
    """The norm it is compared with, as it was at that time."""
    norm_source: str = ""
    """Where that norm comes from; needed with a norm."""


@dataclass(frozen=True, slots=True)
class PressureThreshold:
    """The pressure at which a place begins to hurt (PPT), kept in kPa and as it was read."""

    id: str
    moment: Moment
    site: Site
    kpa: float
    read_value: float
    read_unit: PressureUnit

    @classmethod
    def read(
        cls, id: str, moment: Moment, site: Site, value: float, unit: PressureUnit
    ) -> "PressureThreshold":
        """Make one from what the algometer showed."""
        return cls(id, moment, site, value * KPA_PER_UNIT[unit], value, unit)

    def in_unit(self, unit: PressureUnit) -> float:
        """Return the threshold in another unit."""
        return self.kpa / KPA_PER_UNIT[unit]


@dataclass(frozen=True, slots=True)
class WidespreadPain:
    """Widespread pain index (0-19 areas) and symptom severity score (0-12)."""

    id: str
    moment: Moment
    wpi: int
    sss: int
