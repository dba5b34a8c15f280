"""The visit report: the whole record of one visit on about two pages, with annotated maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.lookup.pattern_index import PatternKey
from myomap.records.values import (
    DrawingState,
    Finding,
    Mark,
    Needling,
    Patient,
    PracticeSettings,
    Sex,
    Site,
    VisitRecord,
)
from myomap.report.best_view import best_view
from myomap.report.crop import Box, boxes_of
from myomap.report.drawing_maps import drawing_pictures, drawn_lines
from myomap.report.letterhead import letterhead
from myomap.report.map_row import is_cropped, set_in_row, shared_crops
from myomap.report.map_svg import MapPicture, PointMark, mark_scale, title_of
from myomap.report.plate import MAP_CREDIT, point_words, works_words
from myomap.report.site_marks import marks_on, place_on
from myomap.report.typeset import PRINT_PPI, Typeset, typeset
from myomap.report.visit_sections import visit_sections
from myomap.report.wording import day_words, moment_words
from myomap.surface.atlas_source import AtlasSource

#: How wide a row of maps is, on A4 and on the slightly wider Letter alike, mm.
ROW_MM = 174.0
#: How tall the maps of the drawing and of what was found are at most, by paper, mm: both are on the first page.
_TALL_MM = {"a4": (74.0, 86.0), "letter": (64.0, 76.0)}
#: How large numbers are on the printed maps: read without a glass.
MARKS = 1.7
#: A close-up of more than this share of the body shows no more than the whole.
_CLOSER = 0.5
PAPERS = {"a4": "a4", "letter": "us-letter", "us-letter": "us-letter"}
_LEGEND = (
    "Numbers are the rows of the tables below. Solid: published essential zone of the trigger points found; "
    "stippled: spillover; X: where the atlas draws the point. R and L are the patient's own right and left."
)


@dataclass(frozen=True, slots=True)
class ReportInput:
    """All that a report of one visit is made from."""

    patient: Patient
    record: VisitRecord
    practice: PracticeSettings
    practitioner: str
    """Name and licence of who treats, as printed."""
    made_at: datetime
    """With a zone; times are printed in it."""
    paper: str = ""
    form: str = "pdf"
    """``png`` for a picture of each page instead, to print without a file in between."""


def figure_of(patient: Patient) -> Figure:
    """Return the figure that is drawn for a patient."""
    return Figure.FEMALE if patient.sex is Sex.FEMALE else Figure.MALE


def visit_report(atlas: AtlasSource, given: ReportInput) -> Typeset:
    """Set the report of a visit as a PDF."""
    values, pictures = report_values(atlas, given)
    return typeset("visit", values, pictures, made_at=given.made_at, form=given.form, ppi=PRINT_PPI)


def numbered_sites(record: VisitRecord) -> list[tuple[str, Site]]:
    """Return each distinct site of findings, needling and marks with the number it has on the maps."""
    return [(str(n), site) for n, site in enumerate(_sites(record), 1)]


def report_values(atlas: AtlasSource, given: ReportInput) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the template's values and its pictures by file name."""
    record, patient = given.record, given.patient
    zone = given.made_at.tzinfo
    figure = figure_of(patient)
    pictures: dict[str, bytes] = {}
    numbered = numbered_sites(record)
    patterns = patterns_found(atlas, record)
    paper = given.paper or str(given.practice.paper)
    drawn_mm, found_mm = _TALL_MM["a4" if paper == "a4" else "letter"]
    maps = found_maps(atlas, record, figure, pictures, tall_mm=found_mm)

    def number(site: Site) -> str:
        return next((n for n, each in numbered if _place_key(each) == _place_key(site)), "")

    drawing = _drawing(atlas, record, figure, pictures, tall_mm=drawn_mm)
    values: dict[str, Any] = {
        "title": "Visit report",
        "author": given.practice.name or "Myomap",
        "paper": PAPERS.get(paper, "a4"),
        "practice": letterhead(given.practice, pictures),
        "running": f"{patient.name}, {day_words(record.visit.on)}",
        "foot": "Education and documentation. Referred-pain zones are published figures, not a diagnosis.",
        "patient": {"name": patient.name, "alerts": list(patient.alerts)},
        "facts": _facts(given),
        "status": _status(record, zone),
        "drawing": drawing,
        "maps": maps,
        "legend": _LEGEND,
        "sections": visit_sections(record, given.practice.pressure_unit, zone, number),
        "sources": [*_works(atlas, patterns), MAP_CREDIT] if maps or (drawing and drawing["maps"]) else [],
    }
    return values, pictures


def found_maps(
    atlas: AtlasSource, record: VisitRecord, figure: Figure, pictures: dict[str, bytes], *, tall_mm: float
) -> list[dict[str, Any]]:
    """Return front and back with the numbered marks, near them, and a close-up of the patterns found."""
    numbered = numbered_sites(record)
    if not numbered:
        return []
    patterns = patterns_found(atlas, record)
    views = [f"{figure}.{name}" for name in ("anterior", "posterior")]
    boxes: dict[str, list[Box]] = {}
    for view in views:
        places = [place_on(atlas, view, site, Layer.SUPERFICIAL) for _, site in numbered]
        boxes[view] = [*boxes_of(atlas, view, patterns, ()), *((*at, *at) for at in places if at is not None)]
    crops = shared_crops(atlas, boxes)
    drawn, maps = [], []
    for view in views:
        marks = _marks(atlas, view, numbered, crops[view])
        drawn.append(MapPicture(view, Layer.SUPERFICIAL, patterns, marks, crop=crops[view], mark_size=MARKS))
        shown = {m.label for m in marks}
        said = [f"{n}: {_site_alt(record, s)}" for n, s in numbered if n in shown]
        said += [point_words(atlas, key)["line"] for key in patterns]
        alt = f"{title_of(atlas.views[view])}. {'; '.join(said) or 'No mark in this view'}"
        maps.append({"file": f"found_{view}.svg", "alt": alt, "caption": atlas.views[view].title})
    closer = _detail(atlas, record, figure)
    if closer is not None:
        drawn.append(closer)
        title = title_of(atlas.views[closer.view])
        alt = f"Close-up. {title}. {'; '.join(point_words(atlas, key)['line'] for key in patterns)}"
        caption = f"{atlas.views[closer.view].title}, closer"
        maps.append({"file": "found_detail.svg", "alt": alt, "caption": caption})
    return in_row(atlas, maps, drawn, pictures, tall_mm=tall_mm)


def in_row(
    atlas: AtlasSource,
    maps: Sequence[dict[str, Any]],
    drawn: Sequence[MapPicture],
    pictures: dict[str, bytes],
    *,
    tall_mm: float,
    wide_mm: float = ROW_MM,
) -> list[dict[str, Any]]:
    """Return the maps with their height and share of the row; their SVGs go into ``pictures``."""
    made = []
    for each, (svg, height, share) in zip(
        maps, set_in_row(atlas, drawn, wide_mm=wide_mm, tall_mm=tall_mm), strict=True
    ):
        pictures[each["file"]] = svg.encode()
        made.append({**each, "height": round(height, 2), "share": round(share, 4)})
    return made


def _detail(atlas: AtlasSource, record: VisitRecord, figure: Figure) -> MapPicture | None:
    """Return a close-up of the patterns found, in the view that shows most of them."""
    patterns = patterns_found(atlas, record)
    if not patterns:
        return None
    side = patterns[0].laterality
    same = tuple(p for p in patterns if p.laterality is side)
    view, _ = best_view(atlas, same, (), figure=figure)
    if not atlas.outlines(view, Layer.SUPERFICIAL):
        return None
    crop = zone_crop(atlas, view, same)
    if crop is not None and crop[3] - crop[1] > _CLOSER * atlas.views[f"{figure}.anterior"].frame.height:
        return None
    marks = _marks(atlas, view, numbered_sites(record), crop)
    return MapPicture(view, Layer.SUPERFICIAL, patterns, marks, crop=crop, letters=0.9, mark_size=MARKS)


def _marks(
    atlas: AtlasSource, view: str, numbered: Sequence[tuple[str, Site]], crop: Box | None
) -> tuple[PointMark, ...]:
    """Return the numbers on a map, as far apart as the part that is shown needs."""
    frame = atlas.views[view].frame
    left, top, right, bottom = crop or (0.0, 0.0, frame.width, frame.height)
    scale = mark_scale(MARKS, right - left, bottom - top)
    return marks_on(atlas, view, numbered, Layer.SUPERFICIAL, scale)


def zone_crop(
    atlas: AtlasSource, view: str, patterns: Sequence[PatternKey]
) -> tuple[float, float, float, float] | None:
    """Return a box around the zones with room to recognise the place, None where nothing is seen."""
    seen = atlas.view_map(view)
    frame = atlas.views[view].frame
    boxes = []
    for key in patterns:
        zone = atlas.zone(key.trigger_point, key.laterality)
        shape = seen.outline(zone.essential.union(zone.spillover), level=0.3)
        if not shape.is_empty:
            boxes.append(shape.bounds)
    if not boxes:
        return None
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    height = min(max(1.35 * (bottom - top), 1.9 * (right - left), 260.0), frame.height)
    width = min(height / 1.7, frame.width)
    x = min(max((left + right - width) / 2, 0), frame.width - width)
    y = min(max((top + bottom - height) / 2, 0), frame.height - height)
    return (x, y, x + width, y + height)


def patterns_found(atlas: AtlasSource, record: VisitRecord) -> tuple[PatternKey, ...]:
    """Return the patterns of the trigger points that were found, needled or marked, each once."""
    keys = {
        PatternKey(site.trigger_point, site.laterality): None
        for site in _sites(record)
        if site.trigger_point in atlas.trigger_points
    }
    return tuple(keys)


def _sites(record: VisitRecord) -> list[Site]:
    held: Sequence[Finding | Needling | Mark] = (*record.findings, *record.needlings, *record.marks)
    unique: dict[tuple[Any, ...], Site] = {}
    for each in held:
        site = each.site
        unique.setdefault(_place_key(site), site)
    return list(unique.values())


def _place_key(site: Site) -> tuple[Any, ...]:
    return (site.key, site.trigger_point, site.view, site.x, site.y)


def _site_alt(record: VisitRecord, site: Site) -> str:
    said = [site.words]
    said += [f"finding: {f.state}" for f in record.findings if f.site == site]
    said += [f"needled, twitch: {n.twitch}" for n in record.needlings if n.site == site]
    said += [m.note for m in record.marks if m.site == site and m.note]
    return ", ".join(said)


def _facts(given: ReportInput) -> list[tuple[str, str]]:
    patient, visit = given.patient, given.record.visit
    return [
        ("Born", day_words(patient.birth_date) if patient.birth_date else ""),
        ("Number", patient.number),
        ("Visit", day_words(visit.on)),
        ("Treated by", given.practitioner),
        ("Reason", visit.reason),
    ]


def _status(record: VisitRecord, zone: tzinfo | None) -> str:
    signature = record.visit.signature
    if signature is None:
        return "Not signed: this is a draft."
    licence = f", licence {signature.licence_number}" if signature.licence_number else ""
    at = moment_words(signature.signed_at, zone)
    return f"Signed by {signature.name}{licence}, {at}. Digest {signature.digest[:16]}."


def _drawing(
    atlas: AtlasSource, record: VisitRecord, figure: Figure, pictures: dict[str, bytes], *, tall_mm: float
) -> dict[str, Any] | None:
    if record.drawing is None and not record.strokes:
        return None
    state = record.drawing.state if record.drawing else DrawingState.DRAWN
    if state is DrawingState.NOT_ASKED and not record.strokes:
        return None
    if state is DrawingState.NO_PAIN:
        return {"maps": [], "lines": ["Asked: no pain anywhere."]}
    found = drawing_pictures(atlas, record.strokes, figure)
    maps = [
        {"file": f"drawing_{view}.svg", "alt": alt, "caption": atlas.views[view].title}
        for view, _, alt in found
    ]
    maps = in_row(atlas, maps, [picture for _, picture, _ in found], pictures, tall_mm=tall_mm)
    lines = drawn_lines(atlas, record.strokes)
    if any(p.crop is not None and is_cropped(atlas, view, p.crop) for view, p, _ in found):
        lines.append("Nothing is drawn on the part of the body that is not shown.")
    if record.drawing is not None and record.drawing.words:
        lines.append(f"In the patient's words: “{record.drawing.words}”")
    return {"maps": maps, "lines": lines}


def _works(atlas: AtlasSource, patterns: Sequence[PatternKey]) -> list[str]:
    return works_words(atlas, [atlas.trigger_points[key.trigger_point].source for key in patterns])
