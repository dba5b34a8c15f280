"""An invented patient with one whole visit, a value of every kind: for the demo and for tests."""

from datetime import UTC, date, datetime

from myomap.anatomy.laterality import Laterality
from myomap.records.edits import Edit, add, together
from myomap.records.joints import norm
from myomap.records.values import (
    AdverseEvent,
    AdverseKind,
    Answer,
    Bleeding,
    Consent,
    Contact,
    DrawingState,
    Finding,
    FollowUp,
    Kind,
    Mark,
    Moment,
    Needling,
    Note,
    NoteSection,
    PainDrawing,
    PainScale,
    PainScore,
    Patient,
    Plan,
    PlannedExercise,
    PressureThreshold,
    PressureUnit,
    Quality,
    RangeOfMotion,
    Screening,
    ScreeningAnswer,
    Severity,
    Sex,
    Site,
    Stroke,
    Technique,
    Twitch,
    Value,
    WidespreadPain,
    new_id,
    single_id,
)

UPPER_TRAPEZIUS = Site(
    structure="trapezius-descending",
    laterality=Laterality.RIGHT,
    muscle="trapezius",
    words="RIGHT trapezius, descending part, TrP1, anterior view",
    trigger_point="trapezius-descending-1",
    view="male.anterior",
    x=200.0,
    y=330.0,
)


def demo_patient(number: int = 1) -> Patient:
    """Return an invented patient."""
    return Patient(
        new_id(),
        f"Test Patient {number:02}",
        date(1980, 5, 17),
        Sex.FEMALE,
        number=f"D-{number:04}",
        contact=Contact(phone="000 000", email="test@example.invalid"),
        alerts=("Takes anticoagulants (invented)",),
    )


def demo_values(
    visit: str,
    *,
    site: Site = UPPER_TRAPEZIUS,
    at: datetime | None = None,
    by: str = "Test Patient 01",
) -> tuple[Value, ...]:
    """Return a value of every kind for a visit: right upper trapezius, two twitches, pain 7 to 3."""
    when = at or datetime.now(UTC)
    neck = norm("neck", "rotation")
    return (
        Screening(
            single_id(visit, Kind.SCREENING),
            (
                ScreeningAnswer("anticoagulants", "relative", "Blood thinners?", Answer.YES, "since 2020"),
                ScreeningAnswer("fever", "red_flag", "Fever or feeling ill?", Answer.NO),
            ),
            decision="Thin needle, pressure for two minutes after it.",
        ),
        Consent(
            single_id(visit, Kind.CONSENT),
            True,
            "demo-1",
            "I was told what needling is, what it may do to me, and that I may stop at any time.",
            by,
            when,
            (((0.1, 0.5), (0.4, 0.4), (0.8, 0.6)),),
        ),
        PainDrawing(
            single_id(visit, Kind.DRAWING), DrawingState.DRAWN, "A band from the neck to the temple."
        ),
        Stroke(
            new_id(),
            site.view or "male.anterior",
            ((190.0, 120.0), (192.5, 140.0), (196.0, 170.0)),
            6.0,
            7,
            Quality.PRESSURE,
            cells=(10, 11, 12),
            weights=(1.0, 0.5, 1.0),
            map_version="demo",
        ),
        PainScore(new_id(), Moment.BEFORE, PainScale.NRS, 7, "now"),
        PainScore(new_id(), Moment.AFTER, PainScale.NRS, 3, "now"),
        PainScore(new_id(), Moment.BEFORE, PainScale.VAS, 68.5, "worst this week"),
        *(
            RangeOfMotion(
                new_id(),
                moment,
                "neck",
                "rotation",
                Laterality.RIGHT,
                degrees,
                norm_degrees=neck[0] if neck else None,
                norm_source=neck[1] if neck else "",
            )
            for moment, degrees in ((Moment.BEFORE, 42.0), (Moment.AFTER, 58.0))
        ),
        PressureThreshold.read(new_id(), Moment.BEFORE, site, 2.1, PressureUnit.KGF_CM2),
        PressureThreshold.read(new_id(), Moment.AFTER, site, 31.0, PressureUnit.N_CM2),
        WidespreadPain(new_id(), Moment.BEFORE, 4, 5),
        Finding(
            new_id(), site, True, True, True, True, Twitch.MANY, 8, "temple", "Felt as their own headache."
        ),
        Needling(new_id(), site, 0.25, 30.0, 15.0, Technique.PISTONING, 6, Twitch.MANY, Bleeding.DROP),
        AdverseEvent(new_id(), AdverseKind.BRUISE, Severity.MILD, when, site, "2 cm", "pressure"),
        Plan(single_id(visit, Kind.PLAN), "Warmth, keep moving.", "Turn the head when driving."),
        PlannedExercise(new_id(), "", "Upper trapezius stretch", 3, None, 30, 2, 14),
        Note(new_id(), NoteSection.TOLD, "Headache on most afternoons."),
        Mark(new_id(), site, "Knot like a pea."),
        FollowUp(new_id(), when, 24, 4, 2, True, "Sore the first evening."),
    )


def fill_visit(visit: str, *, site: Site = UPPER_TRAPEZIUS, by: str = "Test Patient 01") -> Edit:
    """Make the edit that fills an empty visit with the demo's values."""
    edits = (add(value, visit=visit) for value in demo_values(visit, site=site, by=by))
    return together("Fill demo visit", edits)
