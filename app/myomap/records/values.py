"""Every kind of value that is kept, and a visit with all that belongs to it.

Other packages import the values from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

from myomap.records.drawing import DrawingState, Moment, PainDrawing, Quality, Stroke
from myomap.records.findings import Finding, TriggerPointState, Twitch
from myomap.records.ids import new_id, single_id
from myomap.records.measures import (
    KPA_PER_UNIT,
    PainScale,
    PainScore,
    PressureThreshold,
    RangeOfMotion,
    WidespreadPain,
)
from myomap.records.needling import (
    AdverseEvent,
    AdverseKind,
    Bleeding,
    Needling,
    NeedlingCount,
    Severity,
    Technique,
    count_needled,
)
from myomap.records.people import (
    Contact,
    Paper,
    Patient,
    PracticeSettings,
    Practitioner,
    PressureUnit,
    Role,
    Sex,
)
from myomap.records.sites import Site
from myomap.records.visits import (
    Amendment,
    Answer,
    Consent,
    FollowUp,
    Mark,
    Note,
    NoteSection,
    Plan,
    PlannedExercise,
    Screening,
    ScreeningAnswer,
    Signature,
    Visit,
)

__all__ = [
    "KPA_PER_UNIT",
    "SINGLE",
    "AdverseEvent",
    "AdverseKind",
    "Amendment",
    "Answer",
    "Bleeding",
    "Consent",
    "Contact",
    "DrawingState",
    "Finding",
    "FollowUp",
    "Kind",
    "Mark",
    "Moment",
    "Needling",
    "NeedlingCount",
    "Note",
    "NoteSection",
    "PainDrawing",
    "PainScale",
    "PainScore",
    "Paper",
    "Patient",
    "Plan",
    "PlannedExercise",
    "PracticeSettings",
    "Practitioner",
    "PressureThreshold",
    "PressureUnit",
    "Quality",
    "RangeOfMotion",
    "Role",
    "Screening",
    "ScreeningAnswer",
    "Severity",
    "Sex",
    "Signature",
    "Site",
    "Stroke",
    "Technique",
    "TriggerPointState",
    "Twitch",
    "Value",
    "Visit",
    "VisitRecord",
    "WidespreadPain",
    "count_needled",
    "kind_of",
    "new_id",
    "single_id",
]

Value: TypeAlias = (
    Patient
    | Practitioner
    | PracticeSettings
    | Visit
    | Screening
    | Consent
    | PainDrawing
    | Stroke
    | PainScore
    | RangeOfMotion
    | PressureThreshold
    | WidespreadPain
    | Finding
    | Needling
    | AdverseEvent
    | Plan
    | PlannedExercise
    | FollowUp
    | Note
    | Mark
    | Amendment
)


class Kind(StrEnum):
    """What a value is; the word in the database, the audit and exports."""

    PATIENT = "patient"
    PRACTITIONER = "practitioner"
    SETTINGS = "settings"
    VISIT = "visit"
    SCREENING = "screening"
    CONSENT = "consent"
    DRAWING = "drawing"
    STROKE = "stroke"
    PAIN_SCORE = "pain_score"
    RANGE_OF_MOTION = "range_of_motion"
    PRESSURE_THRESHOLD = "pressure_threshold"
    WIDESPREAD_PAIN = "widespread_pain"
    FINDING = "finding"
    NEEDLING = "needling"
    ADVERSE_EVENT = "adverse_event"
    PLAN = "plan"
    EXERCISE = "exercise"
    FOLLOW_UP = "follow_up"
    NOTE = "note"
    MARK = "mark"
    AMENDMENT = "amendment"


CLASSES: Mapping[Kind, type[Any]] = {
    Kind.PATIENT: Patient,
    Kind.PRACTITIONER: Practitioner,
    Kind.SETTINGS: PracticeSettings,
    Kind.VISIT: Visit,
    Kind.SCREENING: Screening,
    Kind.CONSENT: Consent,
    Kind.DRAWING: PainDrawing,
    Kind.STROKE: Stroke,
    Kind.PAIN_SCORE: PainScore,
    Kind.RANGE_OF_MOTION: RangeOfMotion,
    Kind.PRESSURE_THRESHOLD: PressureThreshold,
    Kind.WIDESPREAD_PAIN: WidespreadPain,
    Kind.FINDING: Finding,
    Kind.NEEDLING: Needling,
    Kind.ADVERSE_EVENT: AdverseEvent,
    Kind.PLAN: Plan,
    Kind.EXERCISE: PlannedExercise,
    Kind.FOLLOW_UP: FollowUp,
    Kind.NOTE: Note,
    Kind.MARK: Mark,
    Kind.AMENDMENT: Amendment,
}
_KINDS: Mapping[type[Any], Kind] = {made: kind for kind, made in CLASSES.items()}

#: Kinds that stand by themselves; all others belong to a visit.
STANDING = frozenset({Kind.PATIENT, Kind.PRACTITIONER, Kind.SETTINGS, Kind.VISIT})
#: Kinds a visit has at most one of, with the id ``single_id(visit, kind)``.
SINGLE = frozenset({Kind.SCREENING, Kind.CONSENT, Kind.DRAWING, Kind.PLAN})
#: Kinds that may be added when the visit is signed.
AFTER_SIGNING = frozenset({Kind.FOLLOW_UP, Kind.AMENDMENT})

_FIELDS: Mapping[Kind, str] = {
    Kind.SCREENING: "screening",
    Kind.CONSENT: "consent",
    Kind.DRAWING: "drawing",
    Kind.PLAN: "plan",
    Kind.STROKE: "strokes",
    Kind.PAIN_SCORE: "pain_scores",
    Kind.RANGE_OF_MOTION: "ranges",
    Kind.PRESSURE_THRESHOLD: "thresholds",
    Kind.WIDESPREAD_PAIN: "widespread",
    Kind.FINDING: "findings",
    Kind.NEEDLING: "needlings",
    Kind.ADVERSE_EVENT: "adverse_events",
    Kind.EXERCISE: "exercises",
    Kind.FOLLOW_UP: "follow_ups",
    Kind.NOTE: "notes",
    Kind.MARK: "marks",
    Kind.AMENDMENT: "amendments",
}


def kind_of(value: Value) -> Kind:
    """Return the kind of a value."""
    return _KINDS[type(value)]


_MOMENTS = {moment: place for place, moment in enumerate(Moment)}
_SECTIONS = {section: place for place, section in enumerate(NoteSection)}


def _place(value: Value) -> tuple[int, str]:
    """Return what a visit's values are ordered by: moment or section where they have one, then their id.

    Ids that are made one after the other sort by time; those of ``single_id`` do not ("after" before "before",
    what was assessed before what was told).
    """
    if isinstance(value, Note):
        return (_SECTIONS[value.section], value.id)
    moment: Moment | None = getattr(value, "moment", None)
    return (0 if moment is None else _MOMENTS[moment], value.id)


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A visit with everything that belongs to it.

    Each tuple is in the order in which its values were made; what was said or measured at a moment of the visit
    stands before first, after last, even where it was entered the other way round, and notes stand by section.
    """

    visit: Visit
    screening: Screening | None = None
    consent: Consent | None = None
    drawing: PainDrawing | None = None
    plan: Plan | None = None
    strokes: tuple[Stroke, ...] = ()
    pain_scores: tuple[PainScore, ...] = ()
    ranges: tuple[RangeOfMotion, ...] = ()
    thresholds: tuple[PressureThreshold, ...] = ()
    widespread: tuple[WidespreadPain, ...] = ()
    findings: tuple[Finding, ...] = ()
    needlings: tuple[Needling, ...] = ()
    adverse_events: tuple[AdverseEvent, ...] = ()
    exercises: tuple[PlannedExercise, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    notes: tuple[Note, ...] = ()
    marks: tuple[Mark, ...] = ()
    amendments: tuple[Amendment, ...] = ()

    @classmethod
    def of(cls, visit: Visit, values: Iterable[Value]) -> "VisitRecord":
        """Put a visit together from its values in any order."""
        by_field: dict[str, Any] = {}
        for value in sorted(values, key=_place):
            kind = kind_of(value)
            if kind in SINGLE:
                by_field[_FIELDS[kind]] = value
            else:
                by_field.setdefault(_FIELDS[kind], []).append(value)
        made: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in by_field.items()}
        return cls(visit, **made)

    def values(self) -> tuple[Value, ...]:
        """Return everything that belongs to the visit, without its head."""
        out: list[Value] = []
        for kind, name in _FIELDS.items():
            held = getattr(self, name)
            if kind in SINGLE:
                out += [held] if held is not None else []
            else:
                out += held
        return tuple(out)

    def put(self, value: Value) -> "VisitRecord":
        """Return the record with a value added, or in place of the one with its id."""
        if isinstance(value, Visit):
            return replace(self, visit=value)
        kind = kind_of(value)
        name = _FIELDS[kind]
        if kind in SINGLE:
            return replace(self, **{name: value})  # type: ignore[arg-type]
        held = getattr(self, name)
        rest = tuple(each for each in held if each.id != value.id)
        if not rest or _place(rest[-1]) < _place(value):
            return replace(self, **{name: (*rest, value)})  # type: ignore[arg-type]
        return replace(self, **{name: tuple(sorted((*rest, value), key=_place))})  # type: ignore[arg-type]

    def without(self, kind: Kind, id: str) -> "VisitRecord":
        """Return the record without the value of that kind and id."""
        name = _FIELDS[kind]
        if kind in SINGLE:
            return replace(self, **{name: None})  # type: ignore[arg-type]
        kept = tuple(each for each in getattr(self, name) if each.id != id)
        return replace(self, **{name: kept})  # type: ignore[arg-type]

    def find(self, kind: Kind, id: str) -> Value | None:
        """Return the value of that kind and id, None where there is none."""
        if kind is Kind.VISIT:
            return self.visit if self.visit.id == id else None
        held = getattr(self, _FIELDS[kind])
        if kind in SINGLE:
            return held  # type: ignore[no-any-return]
        return next((each for each in held if each.id == id), None)

    def moment_strokes(self, moment: Moment) -> tuple[Stroke, ...]:
        """Return the strokes drawn at that moment, oldest first."""
        return tuple(each for each in self.strokes if each.moment is moment)

    def pain(self, moment: Moment, scale: PainScale = PainScale.NRS) -> PainScore | None:
        """Return the score about now, the last one that was written; “worst this week” is another question."""
        about_now = [
            each
            for each in self.pain_scores
            if each.moment is moment and each.scale is scale and each.about in ("", "now")
        ]
        return about_now[-1] if about_now else None

    @property
    def carried(self) -> tuple[Value, ...]:
        """What was copied from an earlier visit and nobody has reviewed yet."""
        held = (*self.findings, *self.exercises, *((self.plan,) if self.plan else ()))
        return tuple(each for each in held if each.carried)

    @property
    def needled(self) -> NeedlingCount:
        """How many muscles were needled, with the billing number."""
        return count_needled(self.needlings)
