"""Invented visits: what a clinician might have recorded, so that every screen has something on it.

Nobody's record is behind it. The same day and atlas give the same visits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.views import Figure
from myomap.lookup.pattern_index import PatternKey
from myomap.records.joints import norm
from myomap.records.values import (
    Answer,
    Bleeding,
    Consent,
    DrawingState,
    Finding,
    FollowUp,
    Kind,
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
    Site,
    Stroke,
    Technique,
    Twitch,
    Value,
    Visit,
    new_id,
    single_id,
)
from myomap.report.plate import structure_words
from myomap.surface.atlas_source import AtlasSource

_VIEWS = ("anterior", "posterior", "right_lateral", "left_lateral")
#: A drawn stroke has so many corners, and is so wide (mm, to either side).
_CORNERS, _RADIUS_MM = 9, 11.0
#: The question of the screening that somebody on anticoagulants says yes to.
_BLEEDING = "bleeding tendency"


@dataclass(frozen=True, slots=True)
class Story:
    """What an invented patient comes with."""

    reason: str
    words: str
    """How they say it themselves."""
    points: tuple[str, ...]
    """Ids of the trigger points that are found, the first one needled at every visit."""
    side: Laterality
    quality: Quality
    pain: tuple[tuple[int, int], ...]
    """NRS before and after, visit by visit."""
    motion: tuple[str, str, float, float]
    """Joint, movement, degrees at the first and at the last visit."""
    advice: str


def visits_of(
    atlas: AtlasSource, patient: Patient, story: Story, figure: Figure, practitioner: str, *, last: date
) -> Iterator[tuple[Visit, list[Value]]]:
    """Yield the visits of a patient with what is recorded in each, oldest first; ``last`` is the day of the last."""
    count = len(story.pain)
    dice = Random(f"{patient.number} {story.reason}")
    for number, (before, after) in enumerate(story.pain):
        back = count - 1 - number
        on = last - timedelta(days=round(11.5 * back) + (dice.randrange(3) if back else 0))
        visit = Visit(new_id(), patient.id, on, practitioner, story.reason, map_version=atlas.map_version)
        share = number / max(1, count - 1)
        values = list(_said(atlas, visit, patient, story, figure, share, before))
        values += _measured(atlas, visit, story, figure, share, (before, after), dice)
        values += _done(atlas, story, figure, number, dice)
        values += _planned(atlas, visit, story, number, count, dice)
        yield visit, values


def _said(
    atlas: AtlasSource, visit: Visit, patient: Patient, story: Story, figure: Figure, share: float, pain: int
) -> Iterator[Value]:
    at = datetime.combine(visit.on, datetime.min.time(), UTC) + timedelta(hours=9, minutes=10)
    thin = any("anticoagulants" in alert for alert in patient.alerts)
    answers = tuple(
        ScreeningAnswer(
            item.id,
            item.kind,
            item.question,
            Answer.YES if thin and _BLEEDING in item.question else Answer.NO,
        )
        for item in atlas.screening.values()
    )
    decision = "Thin needle, no deep muscle, pressure for two minutes." if thin else ""
    yield Screening(single_id(visit.id, Kind.SCREENING), answers, decision=decision)
    yield Consent(
        single_id(visit.id, Kind.CONSENT), True, "invented",
        "Invented for looking around: nobody was asked and nobody agreed.", patient.name, at,
    )  # fmt: skip
    yield PainDrawing(single_id(visit.id, Kind.DRAWING), DrawingState.DRAWN, story.words)
    for point in story.points:
        stroke = stroke_over(atlas, PatternKey(point, story.side), figure, 1.0 - 0.4 * share)
        if stroke is not None:
            yield replace(stroke, id=new_id(), intensity=pain, quality=story.quality)


def stroke_over(atlas: AtlasSource, key: PatternKey, figure: Figure, extent: float) -> Stroke | None:
    """Return a stroke along the pattern's essential zone, in the view that shows most of it.

    ``extent`` is how much of its length is drawn. None where no whole-body view shows the zone.
    """
    zone = atlas.zone(key.trigger_point, key.laterality).essential
    known = [f"{figure}.{name}" for name in _VIEWS if f"{figure}.{name}" in atlas.views]
    seen = {view: atlas.view_map(view).seen_of(zone) for view in known}
    view = max(known, key=lambda name: len(seen[name]), default="")
    if not view or len(seen[view]) < 2:
        return None
    found = atlas.view_map(view)
    places = found.project(atlas.skin.xyz[atlas.views[view].figure][seen[view].ids])
    middle = places.mean(axis=0)
    _, _, axes = np.linalg.svd(places - middle, full_matrices=False)
    along = (places - middle) @ axes[0]
    ends = np.quantile(along, (0.04, 0.04 + 0.92 * extent))
    edges = np.linspace(ends[0], ends[1], _CORNERS + 1)
    corners = []
    for low, high in pairwise(edges):
        inside = places[(along >= low) & (along <= high)]
        if len(inside):
            x, y = inside.mean(axis=0)
            corners.append((round(float(x), 1), round(float(y), 1)))
    if not corners:
        return None
    cells = found.cells_under(corners, _RADIUS_MM)
    return Stroke(
        new_id(), view, tuple(corners), _RADIUS_MM, 5, cells=tuple(cells.ids.tolist()),
        weights=tuple(round(float(w), 3) for w in cells.weights), map_version=atlas.map_version,
    )  # fmt: skip


def _measured(
    atlas: AtlasSource,
    visit: Visit,
    story: Story,
    figure: Figure,
    share: float,
    pain: tuple[int, int],
    dice: Random,
) -> Iterator[Value]:
    joint, movement, first, last = story.motion
    quoted = norm(joint, movement)
    site = point_site(
        atlas, story.points[0], story.side, _view_of(atlas, story.points[0], story.side, figure)
    )
    for moment, score, gained in ((Moment.BEFORE, pain[0], 0.0), (Moment.AFTER, pain[1], 6.0)):
        yield PainScore(new_id(), moment, PainScale.NRS, score, "now")
        degrees = round(first + (last - first) * share + gained + dice.randrange(-1, 2))
        yield RangeOfMotion(
            new_id(), moment, joint, movement, story.side, float(degrees),
            norm_degrees=quoted[0] if quoted else None, norm_source=quoted[1] if quoted else "",
        )  # fmt: skip
        kpa = round(170 + 110 * share + 4 * gained + dice.randrange(-8, 9))
        yield PressureThreshold.read(new_id(), moment, site, float(kpa), PressureUnit.KPA)


def _done(atlas: AtlasSource, story: Story, figure: Figure, number: int, dice: Random) -> Iterator[Value]:
    for at, point in enumerate(story.points):
        site = point_site(atlas, point, story.side, _view_of(atlas, point, story.side, figure))
        needled = at == 0 or (at == 1 and number == 0)
        twitch = Twitch.MANY if number == 0 and at == 0 else Twitch.ONE if needled else Twitch.NOT_ASKED
        yield Finding(
            new_id(), site, True, True, at == 0 or None, True if at == 0 else None, twitch,
            note="the pain they know" if at == 0 else "",
        )  # fmt: skip
        if needled:
            yield Needling(
                new_id(), site, 0.25, 40.0, float(12 + dice.randrange(8)), Technique.PISTONING, twitch=twitch,
                insertions=1 + dice.randrange(3), bleeding=Bleeding.NONE,
            )  # fmt: skip


def _planned(
    atlas: AtlasSource, visit: Visit, story: Story, number: int, count: int, dice: Random
) -> Iterator[Value]:
    muscles = {atlas.trigger_points[point].muscle for point in story.points}
    known = sorted((e for e in atlas.exercises.values() if muscles & set(e.muscles)), key=lambda e: e.id)
    for each in known[: 1 + min(number + 1, 2)]:
        yield PlannedExercise(new_id(), each.id, each.name, sets=3, times_a_day=2, days=14)
    yield Plan(
        single_id(visit.id, Kind.PLAN), story.advice, goals="Invented: a week without a day off.",
        next_visit=visit.on + timedelta(days=11) if visit.on == date.today() else None,
    )  # fmt: skip
    yield Note(new_id(), NoteSection.OTHER, "Invented for looking around. Nobody's record.")
    if number < count - 1:
        asked = datetime.combine(visit.on, datetime.min.time(), UTC) + timedelta(days=1, hours=10)
        yield FollowUp(
            new_id(), asked, 24, 2 + dice.randrange(3), max(0, story.pain[number][1]), bool(dice.randrange(4)),
            "sore until the evening",
        )  # fmt: skip


def _view_of(atlas: AtlasSource, point: str, side: Laterality, figure: Figure) -> str:
    """Return the whole-body view that faces a trigger point most."""
    place = next(p for p in atlas.places(figure) if p.trigger_point == point and p.laterality is side)
    known = [f"{figure}.{name}" for name in _VIEWS if f"{figure}.{name}" in atlas.views]
    seen = [view for view in known if (atlas.view_map(view).visible == place.cell).any()]
    return (seen or known)[0]


def point_site(atlas: AtlasSource, point_id: str, side: Laterality, view: str) -> Site:
    """Return the site of a trigger point as a click on its X in a view would make it."""
    point = atlas.trigger_points[point_id]
    found = atlas.views[view]
    place = next(
        p for p in atlas.places(found.figure) if p.trigger_point == point_id and p.laterality is side
    )
    x, y = atlas.view_map(view).project(np.array([place.xyz]))[0]
    name = structure_words(atlas, point.structure, str(side))
    words = f"{name}, {found.title.lower()}"
    return Site(
        structure=point.structure, laterality=side, muscle=point.muscle, words=words, trigger_point=point_id,
        view=view, x=float(x), y=float(y), cell=place.cell, map_version=atlas.map_version,
    )  # fmt: skip
