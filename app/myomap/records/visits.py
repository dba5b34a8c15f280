"""A visit: its head, what is asked and agreed, the plan, what follows, and its signature."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from myomap.records.drawing import Moment
from myomap.records.sites import Site


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, when, as whom, and the digest of everything that was signed."""

    practitioner: str
    signed_at: datetime
    name: str
    licence_number: str
    digest: str
    """SHA-256 of the visit's canonical text (records.canonical), 64 hex digits."""
    with_pin: bool = False
    """Whether the signer's own PIN was asked for; without one whoever has the passphrase can sign."""


@dataclass(frozen=True, slots=True)
class Visit:
    """The head of one encounter with one patient."""

    id: str
    patient: str
    on: date
    """The day, by the clock on the practice's wall."""
    practitioner: str = ""
    reason: str = ""
    copied_from: str = ""
    """The visit that findings and plan were carried forward from."""
    map_version: str = ""
    signature: Signature | None = None

    @property
    def is_signed(self) -> bool:
        """Tell whether nothing in it can change any more."""
        return self.signature is not None


class Answer(StrEnum):
    """An answer to a screening question."""

    NOT_ASKED = "not_asked"
    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class ScreeningAnswer:
    """One question as it was asked, with its answer."""

    item: str
    """Id of the screening item in the atlas."""
    kind: str
    """absolute, relative, red_flag."""
    question: str
    answer: Answer
    note: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """Contraindications, precautions and red flags; a visit has one (kind ``screening``)."""

    id: str
    answers: tuple[ScreeningAnswer, ...] = ()
    note: str = ""
    decision: str = ""
    """What was decided about a yes, in the clinician's words."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the patient agreed to; a visit has one (kind ``consent``).

    ``signature`` is drawn on the screen: strokes of points, 0-1 across and down the field.
    """

    id: str
    given: bool
    text_version: str
    text: str
    """The text itself, as it was shown."""
    by: str
    """Who agreed: the patient, or who speaks for them."""
    at: datetime
    signature: tuple[tuple[tuple[float, float], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedExercise:
    """An exercise with its dose."""

    id: str
    exercise: str
    """Id of the exercise in the atlas; empty for one in own words."""
    words: str
    """Its name as it was shown."""
    sets: int | None = None
    repetitions: int | None = None
    hold_s: int | None = None
    times_a_day: int | None = None
    days: int | None = None
    note: str = ""
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes next; a visit has one (kind ``plan``)."""

    id: str
    advice: str = ""
    goals: str = ""
    next_visit: date | None = None
    carried: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the patient tells afterwards. May be added to a signed visit: it is a new fact."""

    id: str
    asked_at: datetime
    hours_after: int
    """24 for the day after."""
    soreness: int | None = None
    """0-10."""
    pain: int | None = None
    """NRS 0-10."""
    exercises_done: bool | None = None
    words: str = ""
    asked_by: str = ""


class NoteSection(StrEnum):
    """Where a note belongs."""

    TOLD = "told"
    """What the patient tells."""
    EXAMINED = "examined"
    ASSESSED = "assessed"
    DONE = "done"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Note:
    """Free words."""

    id: str
    section: NoteSection
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that was marked on the map, with a note."""

    id: str
    site: Site
    note: str = ""
    moment: Moment = Moment.BEFORE


@dataclass(frozen=True, slots=True)
class Amendment:
    """What was added to a signed visit; never changed, never undone."""

    id: str
    author: str
    author_name: str
    written_at: datetime
    reason: str
    text: str
