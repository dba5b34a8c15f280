"""The page in the patient's hand: what was done, what to expect, what to do. Plain words, no Latin."""

from typing import Any

from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Figure
from myomap.lookup.pattern_index import PatternKey
from myomap.records.values import DrawingState, Finding, Needling, PlannedExercise, Site, VisitRecord
from myomap.report.best_view import best_view
from myomap.report.crop import band, band_crop
from myomap.report.drawing_maps import inks_on
from myomap.report.map_svg import MapPicture, map_svg, title_of
from myomap.report.plate import citation_words
from myomap.report.typeset import Typeset, typeset
from myomap.report.visit_report import PAPERS, ReportInput, figure_of, patterns_found
from myomap.report.wording import day_words, one_line
from myomap.surface.atlas_source import AtlasSource

#: Numbers: Navarro-Santana 2020 (Table 5), cited on the page.
_SORENESS = (
    "The muscle may feel sore, like after hard exercise, for about a day, sometimes two. "
    "In studies between 29 and 91 of 100 people felt this; it goes away by itself.",
    "A small bruise where the needle went in is common and harmless.",
    "Move normally. A warm pack, gentle movement and your exercises help. Keep from hard training today.",
)
_A_DAY = {1: "once a day", 2: "twice a day"}
#: How tall the maps are at most on the page, and how wide two side by side are, mm.
_TALL_MM, _WIDE_MM = 98.0, 81.0
#: A patient's words for the two views.
_CAPTIONS = {"anterior": "From the front", "posterior": "From behind"}
_CALL = (
    "At once, the emergency number: you are short of breath, have chest pain or a cough that will not stop, "
    "or feel faint again and again, within the next days.",
    "Call us: pain that grows after two days, a spot that is red, hot or swollen, fever, "
    "numbness or weakness that is new, a bruise that keeps growing.",
)


def patient_page(atlas: AtlasSource, given: ReportInput) -> Typeset:
    """Set the patient's page as a PDF."""
    values, pictures = page_values(atlas, given)
    return typeset("patient", values, pictures, made_at=given.made_at)


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
    done = _done(atlas, record)
    sections = [{"heading": "What we did", "lines": done}] if done else []
    if record.needlings:
        sections.append({"heading": "What to expect", "lines": list(_SORENESS)})
        sections.append({"heading": "When to call", "lines": [*_CALL, *_phone(given)]})
    if record.plan is not None and record.plan.advice:
        sections.append({"heading": "What helps", "lines": record.plan.advice.splitlines()})
    plan_day = record.plan.next_visit if record.plan else None
    sources = sorted(
        {citation_words(atlas, c.source) for c in atlas.evidence.values() if c.id.startswith("soreness")}
    )
    values: dict[str, Any] = {
        "title": f"Your visit on {day_words(record.visit.on)}",
        "author": given.practice.name or "Myomap",
        "paper": PAPERS.get(given.paper or str(given.practice.paper), "a4"),
        "practice": {"name": given.practice.name or "Myomap", "address": one_line(given.practice.address)},
        "running": given.practice.phone,
        "foot": "For you to keep. It does not replace a talk with the person who treats you.",
        "patient": {"name": patient.name},
        "maps": _maps(atlas, record, figure, pictures),
        "legend": _legend(atlas, record),
        "sections": sections,
        "exercises": [_exercise(atlas, e, record, figure, pictures) for e in record.exercises],
        "next": day_words(plan_day) if plan_day else "",
        "sources": sources[:3] if record.needlings else [],
    }
    return values, pictures


def _treated(record: VisitRecord) -> list[Needling | Finding]:
    """Return what was needled, then what was only found."""
    return [*record.needlings, *record.findings]


def _done(atlas: AtlasSource, record: VisitRecord) -> list[str]:
    needled = list(dict.fromkeys(plain_site(atlas, n.site) for n in record.needlings))
    lines = [f"We treated this muscle with a thin needle: {name}." for name in needled]
    found = list(dict.fromkeys(plain_site(atlas, f.site) for f in record.findings))
    lines += [f"We examined: {name}." for name in found if name not in needled]
    return lines


def _phone(given: ReportInput) -> list[str]:
    return [f"Our number: {given.practice.phone}"] if given.practice.phone else []


def _legend(atlas: AtlasSource, record: VisitRecord) -> str:
    """Return what the colours on the maps mean, of those that are there."""
    words = ["Orange: the muscle." if _treated(record) else ""]
    if patterns_found(atlas, record):
        words.append("Cross: the sore spot. Violet: where such a spot can send pain.")
    if record.strokes and (record.drawing is None or record.drawing.state is DrawingState.DRAWN):
        words.append("Any other colour: where you said it hurts.")
    return " ".join([*(w for w in words if w), "R and L are your own right and left."])


def _maps(
    atlas: AtlasSource, record: VisitRecord, figure: Figure, pictures: dict[str, bytes]
) -> list[dict[str, Any]]:
    """Return front and back: where it hurt, the muscles that were treated, where those can send pain."""
    treated = tuple(dict.fromkeys(n.site.key for n in _treated(record)))
    patterns: tuple[PatternKey, ...] = patterns_found(atlas, record)
    drawn = record.drawing is None or record.drawing.state is DrawingState.DRAWN
    maps = []
    names = [n for n in ("anterior", "posterior") if f"{figure}.{n}" in atlas.views]
    drawings = {n: inks_on(atlas, f"{figure}.{n}", record.strokes) if drawn else () for n in names}
    bands = [
        found
        for n in names
        if (found := band(atlas, f"{figure}.{n}", patterns, treated, [i.shape.bounds for i in drawings[n]]))
    ]
    for name in names:
        view, inks = f"{figure}.{name}", drawings[name]
        crop = band_crop(atlas, view, bands)
        tall = _WIDE_MM * (crop[3] - crop[1]) / (crop[2] - crop[0]) if crop is not None else _TALL_MM
        picture = MapPicture(
            view=view,
            layer=Layer.SUPERFICIAL,
            patterns=patterns,
            selected=treated,
            inks=inks,
            crop=crop,
            colours="light",
        )
        pictures[f"{name}.svg"] = map_svg(atlas, picture, background=False).encode()
        places = ", ".join(dict.fromkeys(plain_site(atlas, n.site) for n in _treated(record)))
        alt = f"{title_of(atlas.views[view])}. Treated: {places or 'nothing'}. "
        alt += "Shaded: where this muscle can send pain."
        maps.append(
            {"file": f"{name}.svg", "alt": alt, "caption": _CAPTIONS[name], "height": min(_TALL_MM, tall)}
        )
    return maps


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
            view=view, layer=layer, selected=keys, crop=crop, colours="light", tone="coarse", letters=2.6
        )
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
