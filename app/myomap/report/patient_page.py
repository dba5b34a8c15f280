"""The page in the patient's hand: what was done, what to expect, what to do. Plain words, no Latin."""

import re
from collections import Counter
from typing import Any

from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Figure
from myomap.lookup.pattern_index import PatternKey
from myomap.records.values import (
    DrawingState,
    Finding,
    Moment,
    Needling,
    PainScale,
    PlannedExercise,
    Site,
    VisitRecord,
)
from myomap.report.best_view import best_view
from myomap.report.crop import boxes_of
from myomap.report.drawing_maps import drawn_cells, inks_on
from myomap.report.letterhead import letterhead
from myomap.report.map_row import is_cropped, shared_crops
from myomap.report.map_svg import MapPicture, grain_for, map_svg, title_of
from myomap.report.plate import MAP_CREDIT, citation_words
from myomap.report.typeset import PRINT_PPI, Typeset, typeset
from myomap.report.visit_report import MARKS, PAPERS, ReportInput, figure_of, in_row, patterns_found
from myomap.report.wording import day_words
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.cells import Cells

#: Numbers: Navarro-Santana 2020 (Table 5), cited on the page.
_SORENESS = (
    "Tonight and tomorrow the muscle may feel sore, like after hard exercise: about a day, sometimes two. "
    "In studies between 29 and 91 of 100 people felt this; it goes away by itself.",
    "A small bruise where the needle went in is common and harmless.",
    "Move normally. A warm pack, gentle movement and your exercises help. Keep from hard training today.",
)
#: The card of evidence that the numbers above are from.
_SORENESS_CARD = "soreness-range"
_REMARK = re.compile(r" \([^()]*recalled[^()]*\)")
#: Authors after the first, as citations list them: surname and initials.
_MORE_AUTHORS = re.compile(r"^([^,.]+ [A-Z]{1,3})(?:, [^,.]+ [A-Z]{1,3})+\.")
_A_DAY = {1: "once a day", 2: "twice a day"}
#: How tall the maps are at most on the page; at least where the body is whole, and where it is near; mm.
_TALL_MM, _LEAST_WHOLE_MM, _LEAST_NEAR_MM = 98.0, 72.0, 48.0
#: How wide the pictures of the muscles beside the exercises are at most, mm.
_MUSCLE_MM = 30.0
#: How large R and L are on the maps and on those small pictures, so that they are read at their smallest.
_LETTERS, _SMALL_LETTERS = 1.5, 3.4
#: A patient's words for the views.
_CAPTIONS = {
    "anterior": "From the front",
    "posterior": "From behind",
    "right_lateral": "From your right",
    "left_lateral": "From your left",
}
#: A side is shown where it has this share of what hurts or can hurt, and front and back do not.
_FRESH = 0.12
_CALL = (
    "At once, the emergency number: you are short of breath, have chest pain or a cough that will not stop, "
    "or feel faint again and again, within the next days.",
    "Call us: pain that grows after two days, a spot that is red, hot or swollen, fever, "
    "numbness or weakness that is new, a bruise that keeps growing.",
)


def patient_page(atlas: AtlasSource, given: ReportInput) -> Typeset:
    """Set the patient's page as a PDF."""
    values, pictures = page_values(atlas, given)
    return typeset("patient", values, pictures, made_at=given.made_at, form=given.form, ppi=PRINT_PPI)


def plain_site(atlas: AtlasSource, site: Site) -> str:
    """Return the site as a patient would say it: “right: muscle from the neck to the shoulder”."""
    muscle = atlas.muscles.get(site.muscle)
    name = (muscle.plain or muscle.name_en) if muscle else site.words
    return name if site.laterality == "midline" else f"{name}, on your {site.laterality} side"


def page_values(atlas: AtlasSource, given: ReportInput) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the template's values and its pictures by file name."""
    record, patient = given.record, given.patient
    figure = figure_of(patient)
    pictures: dict[str, bytes] = {}
    plan_day = record.plan.next_visit if record.plan else None
    maps, shape, near = _maps(atlas, record, figure, pictures)
    values: dict[str, Any] = {
        "title": f"Your visit on {day_words(record.visit.on)}",
        "author": given.practice.name or "Myomap",
        "paper": PAPERS.get(given.paper or str(given.practice.paper), "a4"),
        "practice": letterhead(given.practice, pictures),
        "running": given.practice.phone,
        "foot": "For you to keep. It does not replace a talk with the person who treats you.",
        "patient": {"name": patient.name},
        "maps": maps,
        "shape": round(shape, 4),
        "least_mm": _LEAST_NEAR_MM if near else _LEAST_WHOLE_MM,
        "most_mm": _TALL_MM,
        "legend": _legend(atlas, record),
        "sections": _sections(atlas, given),
        **_exercises(atlas, record, figure, pictures),
        "next": f"{plan_day:%A} {day_words(plan_day)}" if plan_day else "",
        "sources": [*(_sources(atlas) if record.needlings else []), *([MAP_CREDIT] if maps else [])],
    }
    return values, pictures


def _sections(atlas: AtlasSource, given: ReportInput) -> list[dict[str, Any]]:
    """Return the parts in words: what was done, what to expect, when to call, what helps."""
    record, phone = given.record, given.practice.phone
    done = _done(atlas, record)
    made = [_section("What we did", [*done, *(_change(record) if done else [])], "beside")]
    if record.needlings:
        made.append(_section("What you may feel", list(_SORENESS), "left"))
        number = [f"Our number: {phone}"] if phone else []
        made.append(_section("When to call", [*_CALL, *number], "right", urgent=True))
    helps = record.plan.advice.splitlines() if record.plan is not None else []
    made.append(_section("What helps", [line for line in helps if line.strip()], "beside"))
    if not any(section["lines"] for section in made) and not record.exercises and not record.strokes:
        made.append(_section("What we did", ["Nothing of this visit is written down yet."], "beside"))
    if not record.needlings and phone:
        made.append(_section("Questions?", [f"Call us: {phone}"], "beside"))
    return [section for section in made if section["lines"]]


def _section(heading: str, lines: list[str], place: str, *, urgent: bool = False) -> dict[str, Any]:
    """Return a part in words; ``place`` is where it stands if all is on one sheet."""
    return {"heading": heading, "lines": lines, "place": place, "urgent": urgent}


def _exercises(
    atlas: AtlasSource, record: VisitRecord, figure: Figure, pictures: dict[str, bytes]
) -> dict[str, Any]:
    """Return the exercises; the caution that most of the atlas has is said once, above them all."""
    made = [_exercise(atlas, e, record, figure, pictures) for e in record.exercises]
    usual, _ = Counter(e.caution for e in atlas.exercises.values()).most_common(1)[0]
    shared = usual if any(e["caution"] == usual for e in made) else ""
    for each in made:
        if each["caution"] == usual:
            each["caution"] = ""
    return {"exercises": made, "caution": shared}


def _sources(atlas: AtlasSource) -> list[str]:
    """Return where the numbers on soreness come from, as a patient can read it."""
    card = atlas.evidence.get(_SORENESS_CARD)
    return [plain_citation(citation_words(atlas, card.source))] if card is not None else []


def plain_citation(words: str) -> str:
    """Return a citation without an editor's remarks and with one author; what was noted from memory says so.

    >>> plain_citation("Smith A, Jones B, Li C. Needles and necks. A journal 2020;9:33.")
    'Smith A and others. Needles and necks. A journal 2020;9:33.'
    >>> plain_citation("Smith, et al. A journal 2024 (journal and year recalled).")
    'Smith and others. A journal 2024 (noted from memory: ask us before you look it up).'
    """
    plain = _MORE_AUTHORS.sub(r"\1 and others.", words)
    plain = plain.replace(", et al.", " and others.").replace(" et al.", " and others.")
    plain = plain.replace("page table", "table")
    return _REMARK.sub(" (noted from memory: ask us before you look it up)", plain)


def _treated(record: VisitRecord) -> list[Needling | Finding]:
    """Return what was needled, then what was only found."""
    return [*record.needlings, *record.findings]


def _done(atlas: AtlasSource, record: VisitRecord) -> list[str]:
    needled = list(dict.fromkeys(n.site for n in record.needlings))
    muscles = {(s.muscle, s.laterality) for s in needled}
    found = [f.site for f in record.findings if (f.site.muscle, f.site.laterality) not in muscles]
    return [
        *_said(atlas, "We treated this muscle", "We treated these muscles", " with a thin needle", needled),
        *_said(atlas, "We examined", "We examined", "", found),
    ]


def _change(record: VisitRecord) -> list[str]:
    """Return how strong the pain was before and after, as the patient said it."""
    said = {s.moment: s for s in record.pain_scores if s.scale is PainScale.NRS}
    if Moment.BEFORE not in said or Moment.AFTER not in said:
        return []
    before, after = said[Moment.BEFORE].value, said[Moment.AFTER].value
    return [f"Your pain before: {before:g} of 10. After: {after:g} of 10."]


def _said(atlas: AtlasSource, one: str, several: str, how: str, sites: list[Site]) -> list[str]:
    """Return a line for one muscle, or a line for each side of the body."""
    names = list(dict.fromkeys(plain_site(atlas, site) for site in sites))
    if len(names) == 1:
        return [f"{one}{how}: {names[0]}."]
    by_side: dict[str, dict[str, None]] = {}
    for site in sites:
        muscle = atlas.muscles.get(site.muscle)
        name = (muscle.plain or muscle.name_en) if muscle else site.words
        by_side.setdefault(str(site.laterality), {})[name] = None
    where = {"right": ", on your right side", "left": ", on your left side"}
    return [f"{several}{how}{where.get(side, '')}: {'; '.join(by_side[side])}." for side in by_side]


def _legend(atlas: AtlasSource, record: VisitRecord) -> str:
    """Return what the colours on the maps mean, of those that are there."""
    treated, patterns = bool(_treated(record)), bool(patterns_found(atlas, record))
    words = ["Orange: the muscle." if treated else ""]
    if patterns:
        words.append("Cross: the sore spot. Violet: where it can send pain.")
    if record.strokes and (record.drawing is None or record.drawing.state is DrawingState.DRAWN):
        words.append(
            "Other colours: where you said it hurts."
            if treated or patterns
            else "In colour: where you said it hurts."
        )
    return " ".join([*(w for w in words if w), "R and L: your own right and left."])


def _maps(
    atlas: AtlasSource, record: VisitRecord, figure: Figure, pictures: dict[str, bytes]
) -> tuple[list[dict[str, Any]], float, bool]:
    """Return front and back, how wide the row is against its height, and whether it is nearer than the body.

    They show where it hurt, the muscles that were treated, and where those can send pain. No maps where there is
    nothing to show.
    """
    treated = tuple(dict.fromkeys(n.site.key for n in _treated(record)))
    patterns: tuple[PatternKey, ...] = patterns_found(atlas, record)
    drawn = record.drawing is None or record.drawing.state is DrawingState.DRAWN
    strokes = record.strokes if drawn else ()
    if not (treated or patterns or strokes):
        return [], 0.0, False
    views = _views(atlas, figure, patterns, drawn_cells(atlas, strokes))
    inks = {view: inks_on(atlas, view, strokes) for view in views}
    crops = shared_crops(
        atlas,
        {v: [*boxes_of(atlas, v, patterns, treated), *(i.shape.bounds for i in inks[v])] for v in views},
    )
    pictured = [
        MapPicture(
            view=view,
            layer=Layer.SUPERFICIAL if treated else Layer.SKIN,
            patterns=patterns,
            selected=treated,
            inks=inks[view],
            crop=crops[view],
            colours="light",
            letters=_LETTERS,
            mark_size=MARKS,
        )
        for view in views
    ]
    places = ", ".join(dict.fromkeys(plain_site(atlas, n.site) for n in _treated(record)))
    alt = f"Treated: {places or 'nothing'}. Shaded: where this muscle can send pain."
    maps = [
        {
            "file": f"{view.partition('.')[2]}.svg",
            "alt": f"{title_of(atlas.views[view])}. {alt}",
            "caption": _CAPTIONS[view.partition(".")[2]],
        }
        for view in views
    ]
    near = any(is_cropped(atlas, view, crop) for view, crop in crops.items())
    shape = sum((c[2] - c[0]) / (c[3] - c[1]) for c in crops.values())
    return in_row(atlas, maps, pictured, pictures, tall_mm=_TALL_MM), shape, near


def _views(atlas: AtlasSource, figure: Figure, patterns: tuple[PatternKey, ...], drawn: Cells) -> list[str]:
    """Return front and back, and a side where it shows what those two do not."""
    wanted = drawn
    for key in patterns:
        wanted = wanted.union(atlas.zone(key.trigger_point, key.laterality).essential)
    views = [v for n in ("anterior", "posterior") if (v := f"{figure}.{n}") in atlas.views]
    covered = {c for v in views for c in atlas.view_map(v).seen_of(wanted).ids.tolist()}
    fresh = {}
    for view in (f"{figure}.right_lateral", f"{figure}.left_lateral"):
        if view in atlas.views:
            fresh[view] = len(set(atlas.view_map(view).seen_of(wanted).ids.tolist()) - covered)
    best = max(fresh, key=lambda v: fresh[v], default="")
    if best and fresh[best] > _FRESH * max(1, len(wanted)):
        views.append(best)
    return views


def _exercise(
    atlas: AtlasSource,
    planned: PlannedExercise,
    record: VisitRecord,
    figure: Figure,
    pictures: dict[str, bytes],
) -> dict[str, Any]:
    known = atlas.exercises.get(planned.exercise)
    dose = [
        f"{planned.sets} times" if planned.sets and not planned.repetitions else "",
        f"{planned.sets or 1} × {planned.repetitions}" if planned.repetitions else "",
        f"hold {planned.hold_s} seconds" if planned.hold_s else "",
        _A_DAY.get(planned.times_a_day, f"{planned.times_a_day} times a day") if planned.times_a_day else "",
        f"for {planned.days} days" if planned.days else "",
    ]
    said = ", ".join(d for d in dose if d)
    if planned.note:
        said = f"{said}. {planned.note}" if said else planned.note
    return {
        "name": known.name if known else planned.words,
        "how": known.how if known else "",
        "dose": said or (known.dose if known else ""),
        "caution": known.caution if known else "",
        "picture": _muscle_picture(atlas, known.muscles, record, figure, pictures) if known else None,
    }


def _muscle_picture(
    atlas: AtlasSource,
    muscles: tuple[str, ...],
    record: VisitRecord,
    figure: Figure,
    pictures: dict[str, bytes],
) -> dict[str, str] | None:
    """Return a small map of the muscle that an exercise is for, on the side that was treated."""
    treated = {n.site.muscle: n.site.laterality for n in reversed(_treated(record))}
    muscle_id = next((m for m in muscles if m in treated), muscles[0] if muscles else "")
    muscle = atlas.muscles.get(muscle_id)
    if muscle is None:
        return None
    side = treated.get(muscle_id)
    keys = tuple(
        StructureKey(s, side) for s in muscle.structures if side is not None and s in atlas.structures
    )
    if not keys:
        return None
    view, layer = best_view(atlas, (), keys, figure=figure)
    shapes = [o.shape for o in atlas.outlines(view, layer) if o.key in keys]
    if not shapes:
        return None
    name = f"muscle_{muscle_id}_{side}.svg"
    if name not in pictures:
        frame = atlas.views[view].frame
        crop = _crop([s.bounds for s in shapes], frame.width, frame.height)
        picture = MapPicture(
            view=view, layer=layer, selected=keys, crop=crop, colours="light", letters=_SMALL_LETTERS,
            grain=grain_for(_MUSCLE_MM, crop[3] - crop[1]),
        )  # fmt: skip
        pictures[name] = map_svg(atlas, picture, background=False).encode()
    return {"file": name, "alt": f"The muscle: {muscle.plain or muscle.name_en}, {side} side"}


def _crop(
    boxes: list[tuple[float, float, float, float]], width: float, height: float
) -> tuple[float, float, float, float]:
    """Return a square around the boxes with room to recognise where on the body it is."""
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    side = min(max(1.6 * max(right - left, bottom - top), 0.22 * max(width, height)), width, height)
    x = min(max((left + right - side) / 2, 0), width - side)
    y = min(max((top + bottom - side) / 2, 0), height - side)
    return (x, y, x + side, y + side)
