"""What the patient says hurts: strokes as drawn, and the skin cells they cover."""

from dataclasses import dataclass
from enum import StrEnum


class Moment(StrEnum):
    """When in the visit something was said or measured."""

    BEFORE = "before"
    AFTER = "after"


class Quality(StrEnum):
    """How it feels."""

    ACHE = "ache"
    PRESSURE = "pressure"
    STABBING = "stabbing"
    BURNING = "burning"
    THROBBING = "throbbing"
    TINGLING = "tingling"
    NUMB = "numb"
    CRAMP = "cramp"
    OTHER = "other"


class DrawingState(StrEnum):
    """An empty drawing says nothing by itself: was it asked?"""

    NOT_ASKED = "not_asked"
    NO_PAIN = "no_pain"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Stroke:
    """One movement of the pen, kept as drawn: points and radius in millimetres of its view.

    ``cells`` and ``weights`` (0-1, as many, or empty for all 1) say the same on the skin, for the map
    of ``map_version``. ``erases`` marks a stroke that takes away what earlier ones drew.
    """

    id: str
    view: str
    points: tuple[tuple[float, float], ...]
    radius: float
    intensity: int | None
    """Numeric rating, 0-10; None where nobody has said it."""
    quality: Quality = Quality.ACHE
    moment: Moment = Moment.BEFORE
    erases: bool = False
    cells: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    map_version: str = ""


@dataclass(frozen=True, slots=True)
class PainDrawing:
    """What is said of the drawing as a whole; a visit has one (id: single_id(visit, "drawing"))."""

    id: str
    state: DrawingState = DrawingState.NOT_ASKED
    words: str = ""
    """The patient's own words."""
