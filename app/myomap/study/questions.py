"""Questions as values: what is asked, what is shown, what is right, and why."""

from dataclasses import dataclass
from enum import StrEnum

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.lookup.pattern_index import PatternKey


class QuestionKind(StrEnum):
    """What is asked."""

    NAME_MUSCLE = "name_muscle"
    """A muscle lights up: name it."""
    NAME_POINT = "name_point"
    """A trigger point's X and zones are shown: name the muscle."""
    POINT_TO = "point_to"
    """Click on the muscle."""
    PAINT_ZONE = "paint_zone"
    """Paint where the trigger point refers."""
    WHO_REFERS = "who_refers"
    """A zone lights up: which muscles refer there?"""
    WHICH_SIDE = "which_side"
    """A muscle lights up: on which side of the patient?"""
    ATTACHMENTS = "attachments"
    NERVE = "nerve"
    ACTION = "action"
    SAFETY = "safety"
    """What lies in reach of a needle?"""
    CASE = "case"
    """A short story: which three muscles first?"""


class AnswerKind(StrEnum):
    """How it is answered."""

    TYPED = "typed"
    ONE_OF = "one_of"
    SOME_OF = "some_of"
    CLICK = "click"
    PAINT = "paint"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose. ``id`` says nothing of what is right; never shown."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question made from the atlas.

    ``id`` (``kind:subject:seed:difficulty``) tells everything that it was made from, so the same id is
    the same question for ever; ``card`` is what is learnt (without side and options): the scheduler's card.
    """

    id: str
    card: str
    kind: QuestionKind
    answer: AnswerKind
    prompt: str
    subject: str
    """Id of the muscle or trigger point that it is about."""
    body_part: str
    laterality: Laterality
    view: str = ""
    layer: Layer = Layer.SUPERFICIAL
    also: tuple[str, ...] = ()
    """Other views in which what is lit is seen."""
    lit: tuple[StructureKey, ...] = ()
    patterns: tuple[PatternKey, ...] = ()
    """Patterns whose zones are lit (not named)."""
    spills: bool = True
    """Whether the patterns' spillover is shown too."""
    crosses: tuple[PatternKey, ...] = ()
    """Trigger points whose X is shown."""
    hides_sides: bool = False
    """The letters R and L at the map's edges would be the answer."""
    options: tuple[Option, ...] = ()
    right: tuple[str, ...] = ()
    """Ids of the right options; for typed answers the muscle's; for clicks the structures' keys."""
    accepted: tuple[str, ...] = ()
    """For typed answers: every name that counts."""
    rivals: tuple[tuple[str, str], ...] = ()
    """For typed answers: names of other muscles, each with the muscle's English name."""
    hints: tuple[str, ...] = ()
    """From faint to strong; shown one by one where the difficulty allows."""
    because: tuple[str, ...] = ()
    """Shown after the answer."""
    source: str = ""
    """Citation in words, shown after the answer."""
    after_lit: tuple[StructureKey, ...] = ()
    """What is lit after the answer besides."""
    after_patterns: tuple[PatternKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """What an answer was worth: ``score`` 0-1, and what to say."""

    score: float
    is_right: bool
    feedback: str
