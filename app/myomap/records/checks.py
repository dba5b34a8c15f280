"""What cannot be right in a value, with the sentence that stands beside the field.

Names and words are never tidied: they are kept exactly as typed, or refused.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from myomap.anatomy.laterality import Laterality
from myomap.records.canonical import decode, encode
from myomap.records.errors import Problem
from myomap.records.joints import JOINTS
from myomap.records.values import (
    KPA_PER_UNIT,
    SINGLE,
    AdverseEvent,
    Amendment,
    Consent,
    Finding,
    FollowUp,
    Mark,
    Needling,
    PainScale,
    PainScore,
    Patient,
    Plan,
    PlannedExercise,
    PracticeSettings,
    Practitioner,
    PressureThreshold,
    RangeOfMotion,
    Stroke,
    Value,
    Visit,
    WidespreadPain,
    kind_of,
)

Problems = Iterator[Problem]

#: Longest text in one field; far above what anybody types, so that a file cannot be flooded.
LONGEST_TEXT = 1_000_000
LONGEST_NAME = 20_000
#: Whole numbers up to here are the same in every program that reads JSON.
LARGEST = 2**53
LONGEST_LOGO = 1_000_000
#: Where msgspec says that something is wrong: “… - at `$.degrees`”.
_PLACE = re.compile(r"`\$\.([a-z_0-9.]+)")
_EARLIEST = date(1880, 1, 1)
_EARLIEST_VISIT = date(1970, 1, 1)


def check(value: Value, *, before: Value | None = None, today: date | None = None) -> tuple[Problem, ...]:
    """Return what cannot be right in a value, empty if all may be kept.

    Dates are compared with ``today`` only where they differ from ``before``: a clock that was set
    back must not make an old record refuse a new note.
    """
    day = today or datetime.now(UTC).astimezone().date()
    found = list(_everywhere(value))
    found = found or list(_readable(value))
    specific = _CHECKS.get(type(value))
    if specific is not None and not found:
        found += specific(value, before, day)
    return tuple(found)


def _readable(value: Value) -> Problems:
    """Refuse what could be written but not read again (7.5 for a whole number): it would shut the file."""
    kind = kind_of(value)
    try:
        if decode(kind, encode(value)) == value:
            return
        field = ""
    except (msgspec.MsgspecError, OverflowError, TypeError, ValueError) as error:
        found = _PLACE.search(str(error))
        field = found.group(1) if found else ""
    yield Problem(field or kind.value, "This is not of the kind that can be kept here.")


def check_owner(value: Value, owner: str) -> tuple[Problem, ...]:
    """Return what cannot be right in where a value belongs."""
    kind = kind_of(value)
    if kind in SINGLE and value.id != f"{owner}.{kind}":
        return (Problem("id", f"A visit has one {kind}; this has another's name."),)
    return ()


def _everywhere(value: object, path: str = "") -> Problems:
    """Refuse what no field can hold: text that cannot be stored, numbers that are none."""
    if isinstance(value, str):
        where = path or "text"
        if "\x00" in value:
            yield Problem(where, "This text holds a character that cannot be kept (U+0000).")
        elif not _encodable(value):
            yield Problem(where, "This text holds half a character that cannot be kept.")
        elif len(value) > LONGEST_TEXT:
            yield Problem(where, f"This text is longer than {LONGEST_TEXT:,} characters.")
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            yield Problem(path, "This number is too large to be kept.")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield Problem(path, "This is not a number.")
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            yield Problem(path, "This time has no time zone.")
    elif isinstance(value, tuple):
        if value and isinstance(value[0], (int, float)) and not isinstance(value[0], bool):
            if not all(abs(each) <= LARGEST for each in value):  # nor is it so for what is no number
                yield Problem(path, "This is not a number.")
            return
        for each in value:
            yield from _everywhere(each, path)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            name = f"{path}.{field.name}" if path else field.name
            yield from _everywhere(getattr(value, field.name), name)
        if not path and not getattr(value, "id", "x"):
            yield Problem("id", "This has no id.")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _between(field: str, value: float | None, low: float, high: float, what: str) -> Problems:
    if value is not None and not low <= value <= high:
        yield Problem(field, f"{what} lies between {low:g} and {high:g}, not at {value:g}.")


def _name(field: str, text: str, whose: str) -> Problems:
    if not text.strip():
        yield Problem(field, f"{whose} name is missing.")
    elif len(text) > LONGEST_NAME:
        yield Problem(field, f"{whose} name is longer than {LONGEST_NAME:,} characters.")


def _patient(value: Patient, before: Value | None, today: date) -> Problems:
    yield from _name("name", value.name, "The patient’s")
    born = value.birth_date
    if born is not None and not (isinstance(before, Patient) and before.birth_date == born):
        if born > today:
            yield Problem("birth_date", "The birth date lies in the future.")
        elif born < _EARLIEST:
            yield Problem("birth_date", f"The birth date lies before {_EARLIEST.year}.")
    if any(not each.strip() for each in value.alerts):
        yield Problem("alerts", "An alert has no words.")


def _practitioner(value: Practitioner, before: Value | None, today: date) -> Problems:
    yield from _name("name", value.name, "The practitioner’s")
    if value.needling_from and value.needling_until and value.needling_from > value.needling_until:
        yield Problem("needling_until", "The certification ends before it begins.")
    if value.needling_until and not value.needling_certificate.strip():
        yield Problem("needling_certificate", "The certification has an end but no name or number.")


def _settings(value: PracticeSettings, before: Value | None, today: date) -> Problems:
    if value.id != "practice":
        yield Problem("id", "A practice has one set of settings.")
    if len(value.logo) > LONGEST_LOGO:
        yield Problem("logo", "The logo is larger than 1 MB.")
    elif value.logo and not _is_picture(value.logo):
        yield Problem("logo", "The logo is neither a PNG nor an SVG nor a JPEG picture.")
    yield from _between(
        "lock_after_minutes", value.lock_after_minutes, 1, 240, "The time until it locks (minutes)"
    )
    yield from _between("retention_years", value.retention_years, 0, 100, "The time records are kept (years)")


def _is_picture(logo: bytes) -> bool:
    head = logo[:512].lstrip()
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"<svg")) or (
        head.startswith((b"<?xml", b"<!--")) and b"<svg" in logo[:4096]
    )


def _visit(value: Visit, before: Value | None, today: date) -> Problems:
    if not value.patient:
        yield Problem("patient", "The visit belongs to no patient.")
    earlier = before.on if isinstance(before, Visit) else None
    if value.on != earlier:
        if value.on > today + timedelta(days=1):
            yield Problem("on", "The visit’s day lies in the future.")
        elif value.on < _EARLIEST_VISIT:
            yield Problem("on", f"The visit’s day lies before {_EARLIEST_VISIT.year}.")
    if isinstance(before, Visit) and before.patient != value.patient:
        yield Problem("patient", "A visit cannot be moved to another patient.")


def _consent(value: Consent, before: Value | None, today: date) -> Problems:
    if value.given and not value.by.strip():
        yield Problem("by", "Who agreed is missing.")
    if value.given and not value.text.strip():
        yield Problem("text", "The text that was agreed to is missing.")


def _stroke(value: Stroke, before: Value | None, today: date) -> Problems:
    if not value.points:
        yield Problem("points", "The stroke has no points.")
    if any(len(point) != 2 or not all(map(math.isfinite, point)) for point in value.points):
        yield Problem("points", "A point of the stroke is not a place.")
    if not value.view:
        yield Problem("view", "The stroke lies on no view.")
    yield from _between("radius", value.radius, 0.1, 200, "The pen’s radius (mm)")
    yield from _between("intensity", value.intensity, 0, 10, "The intensity")
    if value.weights and len(value.weights) != len(value.cells):
        yield Problem("weights", "The stroke’s cells and their weights do not belong together.")
    if value.cells and min(value.cells) < 0:
        yield Problem("cells", "The stroke names a cell that cannot be.")
    if value.weights and not all(0 < each <= 1 for each in value.weights):
        yield Problem("weights", "A weight lies outside 0-1.")


def _pain_score(value: PainScore, before: Value | None, today: date) -> Problems:
    if value.scale is PainScale.NRS:
        yield from _between("value", value.value, 0, 10, "A numeric rating")
        if value.value != int(value.value):
            yield Problem("value", "A numeric rating is a whole number.")
    else:
        yield from _between("value", value.value, 0, 100, "A mark on the visual scale (mm)")


def _range(value: RangeOfMotion, before: Value | None, today: date) -> Problems:
    joint = JOINTS.get(value.joint)
    movement = joint.movement(value.movement) if joint else None
    if joint is None or movement is None:
        yield Problem(
            "movement", f"There is no movement “{value.movement[:40]}” of “{value.joint[:40]}” to measure."
        )
        return
    if joint.sided and value.laterality is Laterality.MIDLINE:
        yield Problem("laterality", f"Which {joint.name.lower()}? The side is missing.")
    what = f"{joint.name}, {movement.name.lower()} (degrees)"
    yield from _between("degrees", value.degrees, -movement.most, movement.most, what)
    yield from _between("norm_degrees", value.norm_degrees, 0, movement.most, "The norm (degrees)")
    if value.norm_degrees is not None and not value.norm_source.strip():
        yield Problem("norm_source", "The norm has no source.")


def _threshold(value: PressureThreshold, before: Value | None, today: date) -> Problems:
    if value.read_value <= 0:
        yield Problem("read_value", "A pressure threshold is more than nothing.")
    yield from _between("read_value", value.kpa, 0, 3000, "A pressure threshold (kPa)")
    if not math.isclose(value.kpa, value.read_value * KPA_PER_UNIT[value.read_unit], rel_tol=1e-6):
        yield Problem("kpa", "The threshold in kPa is not what was read.")
    yield from _site("site", value.site)


def _widespread(value: WidespreadPain, before: Value | None, today: date) -> Problems:
    yield from _between("wpi", value.wpi, 0, 19, "The widespread pain index")
    yield from _between("sss", value.sss, 0, 12, "The symptom severity score")


def _site(field: str, site: Any) -> Problems:
    if not site.structure:
        yield Problem(f"{field}.structure", "No structure is named.")
    if (site.x is None) != (site.y is None):
        yield Problem(f"{field}.x", "The spot on the view is only half there.")
    if site.x is not None and not site.view:
        yield Problem(f"{field}.view", "The spot lies on no view.")


def _finding(value: Finding, before: Value | None, today: date) -> Problems:
    yield from _site("site", value.site)
    yield from _between("tenderness", value.tenderness, 0, 10, "Tenderness")


def _needling(value: Needling, before: Value | None, today: date) -> Problems:
    yield from _site("site", value.site)
    yield from _between("gauge_mm", value.gauge_mm, 0.1, 1.0, "A needle’s diameter (mm)")
    yield from _between("length_mm", value.length_mm, 5, 200, "A needle’s length (mm)")
    yield from _between("insertions", value.insertions, 1, 200, "The number of insertions")
    if value.depth_mm is not None:
        yield from _between("depth_mm", value.depth_mm, 0, value.length_mm or 200, "The depth (mm)")


def _adverse(value: AdverseEvent, before: Value | None, today: date) -> Problems:
    if value.site is not None:
        yield from _site("site", value.site)
    yield from _not_later("noticed_at", value.noticed_at, getattr(before, "noticed_at", None), today)


def _not_later(field: str, at: datetime, earlier: datetime | None, today: date) -> Problems:
    if at != earlier and at.astimezone().date() > today + timedelta(days=1):
        yield Problem(field, "This time lies in the future.")


def _exercise(value: PlannedExercise, before: Value | None, today: date) -> Problems:
    if not value.exercise and not value.words.strip():
        yield Problem("words", "The exercise has no name.")
    yield from _between("sets", value.sets, 1, 100, "The number of sets")
    yield from _between("repetitions", value.repetitions, 1, 1000, "The number of repetitions")
    yield from _between("hold_s", value.hold_s, 1, 3600, "The time to hold (seconds)")
    yield from _between("times_a_day", value.times_a_day, 1, 48, "How often a day")
    yield from _between("days", value.days, 1, 730, "For how many days")


def _plan(value: Plan, before: Value | None, today: date) -> Problems:
    upper = today + timedelta(days=3660)
    if value.next_visit != getattr(before, "next_visit", None) and value.next_visit is not None:
        if value.next_visit < today - timedelta(days=1):
            yield Problem("next_visit", "The next visit lies in the past.")
        elif value.next_visit > upper:
            yield Problem("next_visit", "The next visit lies more than ten years ahead.")


def _follow_up(value: FollowUp, before: Value | None, today: date) -> Problems:
    yield from _between("hours_after", value.hours_after, 0, 24 * 3660, "The time since the visit (hours)")
    yield from _between("soreness", value.soreness, 0, 10, "Soreness")
    yield from _between("pain", value.pain, 0, 10, "Pain")
    yield from _not_later("asked_at", value.asked_at, getattr(before, "asked_at", None), today)


def _mark(value: Mark, before: Value | None, today: date) -> Problems:
    yield from _site("site", value.site)


def _amendment(value: Amendment, before: Value | None, today: date) -> Problems:
    if not value.reason.strip():
        yield Problem("reason", "An amendment needs its reason.")
    if not value.text.strip():
        yield Problem("text", "The amendment has no words.")


_CHECKS: Mapping[type[Any], Callable[[Any, Value | None, date], Problems]] = {
    Patient: _patient,
    Practitioner: _practitioner,
    PracticeSettings: _settings,
    Visit: _visit,
    Consent: _consent,
    Stroke: _stroke,
    PainScore: _pain_score,
    RangeOfMotion: _range,
    PressureThreshold: _threshold,
    WidespreadPain: _widespread,
    Finding: _finding,
    Needling: _needling,
    AdverseEvent: _adverse,
    PlannedExercise: _exercise,
    Plan: _plan,
    FollowUp: _follow_up,
    Mark: _mark,
    Amendment: _amendment,
}
