"""Trigger points and the published referred-pain pattern of each."""

from dataclasses import dataclass
from enum import StrEnum

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.sources import Citation, Confidence, Fact, State


class ZoneKind(StrEnum):
    """The two parts of a pattern."""

    ESSENTIAL = "essential"
    SPILLOVER = "spillover"


class Palpation(StrEnum):
    """How the fingers reach the trigger point."""

    FLAT = "flat"
    PINCER = "pincer"
    DEEP = "deep"
    INTRAORAL = "intraoral"
    INTRAPELVIC = "intrapelvic"
    NOT_PALPABLE = "not_palpable"


@dataclass(frozen=True, slots=True)
class InnerArea:
    """A part of a pattern that lies on no skin: teeth, throat, deep in the ear, pelvis.

    ``near`` is the landmark beside which its marker is drawn.
    """

    id: str
    name_en: str
    near: str
    kind: ZoneKind


@dataclass(frozen=True, slots=True)
class HowToFind:
    """Finding the point with the hands, in our own words."""

    position: str
    landmarks: str
    palpation: Palpation
    state: State
    source: Citation | None = None
    """Where these words were read, if elsewhere than the pattern; None: as the pattern."""


@dataclass(frozen=True, slots=True)
class TriggerPoint:
    """A described spot in one muscle, and its pattern's words. Its zones are cells of the skin."""

    id: str
    muscle: str
    structure: str
    number: str
    """As in the manual: “TrP1”; empty where the manual has none."""
    title: str
    """What tells it from the muscle's other points: “descending part, TrP1”."""
    body_part: str
    order: int
    """The published order: the line in patterns.csv (its header is line 1), for ties."""
    find: HowToFind
    essential_words: str
    spillover_words: str
    source: Citation
    checked: State
    confidence: Confidence
    sided: bool = True
    """False where the point lies in the midline."""
    only: Laterality | None = None
    """Set where the source describes one side only (McBurney's point: right)."""
    pain: bool = True
    """False where the source describes something else than pain (gooseflesh, belching)."""
    inner: tuple[InnerArea, ...] = ()
    signs: tuple[Fact, ...] = ()
    """Symptoms besides pain."""
    satellites: tuple[str, ...] = ()
    """Muscles in which satellite points may follow."""
    keys: tuple[str, ...] = ()
    """Muscles whose key points may keep this one going."""
    associated_state: State = State.RECALLED
    differential: tuple[Fact, ...] = ()

    def title_under(self, muscle_name: str) -> str:
        """Return what tells it apart where the muscle's name stands already: never the name again."""
        own, name = self.title.casefold(), muscle_name.casefold()
        if not own:
            return self.number or "whole muscle"
        if own == name:
            return "whole muscle"
        return self.title[len(name) + 2 :] if own.startswith(f"{name}, ") else self.title


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trigger point lies on one figure and side, in body millimetres."""

    trigger_point: str
    laterality: Laterality
    xyz: tuple[float, float, float]
    cell: int
    """The skin cell above it."""
    depth: float
    """Millimetres from that skin to the point."""
