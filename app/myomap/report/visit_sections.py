"""The tables of a visit report, section by section. A section without content is None."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from myomap.records.values import (
    Answer,
    Moment,
    PainScale,
    PressureUnit,
    Site,
    TriggerPointState,
    VisitRecord,
)
from myomap.report.wording import (
    day_words,
    how_needled,
    moment_words,
    number_words,
    plain_words,
    twitch_words,
    without_view,
    yes_no,
)


def visit_sections(
    record: VisitRecord, unit: PressureUnit, zone: tzinfo | None, number: Callable[[Site], str]
) -> list[dict[str, Any]]:
    """Return the sections that have content; ``number`` gives a site's number on the maps."""
    made = (
        _screening(record, zone),
        _measures(record, unit),
        _findings(record, number),
        _needling(record, number),
        _marks(record, number),
        _adverse(record, zone),
        _plan(record),
        _afterwards(record, zone),
        _lines("Notes", [f"{plain_words(n.section).capitalize()}: {n.text}" for n in record.notes]),
        _amendments(record, zone),
    )
    return [section for section in made if section is not None]


#: Columns at the left that are printed even where they are empty; more rows than this are set closer.
_ALWAYS, _MANY = 2, 6
#: So many letters have room in a narrow column.
_SHORT = 40


def _findings(record: VisitRecord, number: Callable[[Site], str]) -> dict[str, Any] | None:
    columns = ["No.", "Site", "Taut band", "Tender spot", "Referred pain", "Recognised", "Twitch"]
    rows = [
        [
            number(f.site),
            f.site.words,
            yes_no(f.taut_band),
            yes_no(f.spot_tenderness),
            yes_no(f.referred_pain),
            yes_no(f.recognised_pain),
            twitch_words(f.twitch),
            _STATES[f.state],
        ]
        for f in record.findings
    ]
    said = [f"{number(f.site)}: {f.note.rstrip('.')}." for f in record.findings if f.note]
    notes = [" ".join(said)] if said else []
    used = {f.state for f in record.findings}
    if used:
        states = [words for state, words in _STATE_NOTES.items() if state in used]
        notes.append(" ".join(["* By the consensus criteria of 2018.", *states]))
    widths = [0.5, 4.5, 0.8, 0.9, 1.1, 1.35, 0.9, 1.75]
    return _table("Findings", [*columns, "Trigger point*"], rows, widths, notes)


def _marks(record: VisitRecord, number: Callable[[Site], str]) -> dict[str, Any] | None:
    rows = [[number(m.site), m.site.words, m.note] for m in record.marks]
    return _table("Marks", ["No.", "Site", "Note"], rows, [0.5, 3, 4])


def _adverse(record: VisitRecord, zone: tzinfo | None) -> dict[str, Any] | None:
    rows = [
        [
            plain_words(a.what),
            str(a.severity),
            moment_words(a.noticed_at, zone),
            "; ".join(x for x in (a.words, a.action, a.outcome) if x),
        ]
        for a in record.adverse_events
    ]
    return _table("Adverse events", ["What", "Severity", "When", "What was done"], rows, [1.2, 1, 1.4, 4])


def _afterwards(record: VisitRecord, zone: tzinfo | None) -> dict[str, Any] | None:
    rows = [
        [
            f"{moment_words(f.asked_at, zone)} ({f.hours_after} h after)",
            number_words(f.soreness),
            number_words(f.pain),
            yes_no(f.exercises_done),
            f.words,
        ]
        for f in record.follow_ups
    ]
    columns = ["Asked", "Soreness 0-10", "Pain 0-10", "Exercises done", "Words"]
    return _table("Afterwards", columns, rows, [2.6, 1, 1, 1.1, 2.6])


def _amendments(record: VisitRecord, zone: tzinfo | None) -> dict[str, Any] | None:
    return _lines(
        "Amendments",
        [
            f"{moment_words(a.written_at, zone)}, {a.author_name}, because {a.reason}: {a.text}"
            for a in record.amendments
        ],
    )


_STATES = {
    TriggerPointState.ACTIVE: "active",
    TriggerPointState.LATENT: "latent",
    TriggerPointState.PRESENT: "present",
    TriggerPointState.NOT_MET: "not met",
    TriggerPointState.UNDECIDED: "undecided",
}
#: Printed once below the table, not in each row.
_STATE_NOTES = {
    TriggerPointState.PRESENT: "Present: the criteria are met; recognition was not asked.",
    TriggerPointState.NOT_MET: "Not met: examined, and the criteria are not met.",
    TriggerPointState.UNDECIDED: "Undecided: too little was examined to say.",
}


def _screening(record: VisitRecord, zone: tzinfo | None) -> dict[str, Any] | None:
    lines = []
    if record.screening is not None:
        asked = [a for a in record.screening.answers if a.answer is not Answer.NOT_ASKED]
        yes = [a for a in asked if a.answer is Answer.YES]
        lines.append(
            f"{len(asked)} of {len(record.screening.answers)} questions answered, {len(yes)} with yes."
        )
        lines += [f"Yes: {a.question}{f' ({a.note})' if a.note else ''}" for a in yes]
        lines += [f"Decision: {record.screening.decision}"] if record.screening.decision else []
    if record.consent is not None:
        given = "Consent given" if record.consent.given else "Consent refused"
        lines.append(
            f"{given} by {record.consent.by}, {moment_words(record.consent.at, zone)}, "
            f"text version {record.consent.text_version}."
        )
    return _lines("Screening and consent", lines)


def _measures(record: VisitRecord, unit: PressureUnit) -> dict[str, Any] | None:
    table: dict[tuple[str, str], dict[Moment, float]] = {}
    better: dict[tuple[str, str], int] = {}

    def put(name: str, in_unit: str, moment: Moment, value: float, sign: int) -> None:
        table.setdefault((name, in_unit), {})[moment] = value
        better[(name, in_unit)] = sign

    for score in record.pain_scores:
        about = f", {score.about}" if score.about else ""
        if score.scale is PainScale.NRS:
            put(f"Pain, NRS{about}", "0-10", score.moment, score.value, -1)
        else:
            put(f"Pain, VAS{about}", "mm", score.moment, score.value, -1)
    for m in record.ranges:
        side = "" if m.laterality == "midline" else str(m.laterality).upper() + " "
        norm = f", norm {m.norm_degrees:g}° ({m.norm_source})" if m.norm_degrees is not None else ""
        put(
            f"{side}{plain_words(m.joint)} {plain_words(m.movement)}{', passive' if m.passive else ''}{norm}",
            "°",
            m.moment,
            m.degrees,
            1,
        )
    for t in record.thresholds:
        put(f"Pressure pain threshold, {t.site.words}", str(unit), t.moment, round(t.in_unit(unit), 1), 1)
    for w in record.widespread:
        put("Widespread pain index", "0-19", w.moment, w.wpi, -1)
        put("Symptom severity score", "0-12", w.moment, w.sss, -1)
    rows = []
    for (name, in_unit), found in table.items():
        before, after = found.get(Moment.BEFORE), found.get(Moment.AFTER)
        change = ""
        if before is not None and after is not None:
            step = after - before
            word = "same" if step == 0 else "better" if step * better[(name, in_unit)] > 0 else "worse"
            change = f"{'+' if step > 0 else '−' if step < 0 else '±'}{abs(step):g} ({word})"
        rows.append([f"{name} ({in_unit})", number_words(before), number_words(after), change])
    return _table("Measures", ["Measure", "Before", "After", "Change"], rows, [4.2, 1, 1, 1.6])


def _needling(record: VisitRecord, number: Callable[[Site], str]) -> dict[str, Any] | None:
    found = {number(f.site) for f in record.findings}
    rows = [
        [
            number(n.site),
            # which view it was marked in stands beside the same number among the findings
            without_view(n.site.words) if number(n.site) in found else n.site.words,
            f"{n.gauge_mm:g} × {n.length_mm:g} mm" if n.gauge_mm and n.length_mm else "",
            f"{n.depth_mm:g} mm" if n.depth_mm else "",
            how_needled(n),
            twitch_words(n.twitch),
            plain_words(n.bleeding) if n.bleeding != "not_asked" else "",
            n.reaction if len(n.reaction) <= _SHORT else "",
        ]
        for n in record.needlings
    ]
    # what is longer than a few words would be a narrow tower in its column: it stands below, across the page
    said = [
        f"{number(n.site)}: {words.rstrip('.')}."
        for n in record.needlings
        for words in (n.reaction if len(n.reaction) > _SHORT else "", n.note)
        if words
    ]
    lines = [" ".join(said)] if said else []
    counted = record.needled
    if counted.code:
        lines.append(f"Muscles needled: {counted.muscles}. Billing code {counted.code}: {counted.words}")
    headings = ["No.", "Site", "Needle", "Depth", "Technique", "Twitch", "Bleeding", "Reaction"]
    return _table("Dry needling", headings, rows, [0.5, 3.9, 1.5, 0.9, 1.6, 0.9, 1, 1.9], lines)


def _plan(record: VisitRecord) -> dict[str, Any] | None:
    lines = []
    for e in record.exercises:
        dose = [
            f"{e.sets} sets" if e.sets else "", f"{e.repetitions} repetitions" if e.repetitions else "",
            f"hold {e.hold_s} s" if e.hold_s else "", f"{e.times_a_day} times a day" if e.times_a_day else "",
            f"for {e.days} days" if e.days else "", e.note,
        ]  # fmt: skip
        lines.append(f"{e.words}: {', '.join(d for d in dose if d) or 'as shown'}")
    if record.plan is not None:
        lines += [f"Goals: {record.plan.goals}"] if record.plan.goals else []
        lines += [record.plan.advice] if record.plan.advice else []
        lines += [f"Next visit: {day_words(record.plan.next_visit)}"] if record.plan.next_visit else []
    return _lines("Plan", lines)


def _table(
    heading: str,
    columns: list[str],
    rows: list[list[str]],
    widths: list[float],
    lines: list[str] | None = None,
) -> dict[str, Any] | None:
    if not rows and not lines:
        return None
    # what was asked in no row takes no room: a column that is empty from top to bottom is left out
    kept = [n for n in range(len(columns)) if not rows or n < _ALWAYS or any(row[n] for row in rows)]
    return {
        "heading": heading,
        "columns": [columns[n] for n in kept],
        "rows": [[row[n] for n in kept] for row in rows],
        "widths": [widths[n] for n in kept],
        "dense": len(rows) > _MANY,
        "lines": lines or [],
    }


def _lines(heading: str, lines: list[str]) -> dict[str, Any] | None:
    return {"heading": heading, "lines": lines, "columns": []} if lines else None
