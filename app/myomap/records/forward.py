"""Carrying findings, exercises and plan forward to a new visit, marked until somebody reviews them."""

from dataclasses import replace
from datetime import date

from myomap.records.edits import Edit, add, remove, together
from myomap.records.values import Kind, Visit, VisitRecord, new_id, single_id


def start_visit(
    patient: str, *, on: date, practitioner: str, map_version: str = "", last: VisitRecord | None = None
) -> Edit:
    """Make the edit that starts a visit, with what is carried forward from the last one, if given.

    Findings come without what was found: the clinician examines again. Exercises and plan come as
    they were. Needling, scores, consent and drawing never come along: they are not true again.
    """
    visit = Visit(
        new_id(),
        patient,
        on,
        practitioner,
        copied_from=last.visit.id if last else "",
        map_version=map_version,
    )
    edits = [add(visit)]
    if last is not None:
        edits += [
            add(
                replace(
                    finding,
                    id=new_id(),
                    taut_band=None,
                    spot_tenderness=None,
                    referred_pain=None,
                    recognised_pain=None,
                    tenderness=None,
                    carried=True,
                ),
                visit=visit.id,
            )
            for finding in last.findings
        ]
        edits += [
            add(replace(exercise, id=new_id(), carried=True), visit=visit.id) for exercise in last.exercises
        ]
        if last.plan is not None:
            plan = replace(last.plan, id=single_id(visit.id, Kind.PLAN), next_visit=None, carried=True)
            edits.append(add(plan, visit=visit.id))
    return together("Start visit", edits)


def remove_visit(record: VisitRecord) -> Edit:
    """Make the edit that takes away a visit that is not signed, with everything in it."""
    belongings = [remove(value, visit=record.visit.id) for value in record.values()]
    return together("Remove visit", [*belongings, remove(record.visit)])
