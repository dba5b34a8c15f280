"""What is taught and warned of: safety, exercises, evidence, lessons, screening."""

from dataclasses import dataclass
from enum import StrEnum

from myomap.anatomy.sources import Citation, Fact, State


class RiskClass(StrEnum):
    """How much lies in reach of a needle. There is no class “safe”."""

    STANDARD = "standard"
    CAUTION = "caution"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class InReach:
    """A structure that a needle can reach from this muscle."""

    name: str
    kind: str
    """lung, kidney, vessel, nerve, viscus, joint, eye, cord, other."""
    note: str
    source: Citation | None = None
    state: State = State.RECALLED


@dataclass(frozen=True, slots=True)
class Safety:
    """Safety of needling one muscle; what the sources say, never “safe”."""

    muscle: str
    risk: RiskClass
    in_reach: tuple[InReach, ...]
    advice: tuple[Fact, ...]


class ExerciseKind(StrEnum):
    """What an exercise is for."""

    STRETCH = "stretch"
    STRENGTHEN = "strengthen"
    MOBILITY = "mobility"


@dataclass(frozen=True, slots=True)
class Exercise:
    """Something the patient does afterwards, in our own plain words."""

    id: str
    kind: ExerciseKind
    muscles: tuple[str, ...]
    name: str
    how: str
    dose: str
    caution: str
    source: Citation
    state: State


@dataclass(frozen=True, slots=True)
class EvidenceCard:
    """One finding of one study or review, with its state."""

    id: str
    topic: str
    claim: str
    """The question or claim it speaks to, a few words."""
    finding: str
    source: Citation
    state: State
    stance: str = "neutral"
    """supports, contradicts, mixed, neutral."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A teaching card of a page or less, for patients or students."""

    id: str
    title: str
    audience: str
    """patient, student, both."""
    body: tuple[str, ...]
    """Paragraphs in our own words."""
    evidence: tuple[str, ...] = ()
    """Ids of evidence cards it stands on."""
    sources: tuple[Citation, ...] = ()
    state: State = State.RECALLED


@dataclass(frozen=True, slots=True)
class ScreeningItem:
    """A question before needling: contraindication, precaution or red flag."""

    id: str
    kind: str
    """absolute, relative, red_flag."""
    question: str
    action: str
    source: Citation
    state: State
    body_parts: tuple[str, ...] = ()
    """Where it matters most; empty for everywhere."""
