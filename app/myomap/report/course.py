"""A patient's course: all visits as small maps and as plots, the change in words with sign and number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.records.values import (
    DrawingState,
    Moment,
    Patient,
    PracticeSettings,
    PressureUnit,
    VisitRecord,
)
from myomap.report.drawing_maps import drawn_cells, inks_on
from myomap.report.letterhead import letterhead
from myomap.report.map_row import shared_crops
from myomap.report.map_svg import MapPicture, grain_for, map_svg, title_of
from myomap.report.plate import MAP_CREDIT
from myomap.report.plots import Plot, Series, TimeMark, plot_svg
from myomap.report.typeset import PRINT_PPI, Typeset, typeset
from myomap.report.visit_report import PAPERS, figure_of
from myomap.report.wording import day_words, number_words, plain_words, without_view
from myomap.surface.atlas_source import AtlasSource

#: How wide and at most how tall a visit's small map is on the page, mm: few visits have room for larger ones.
_SMALL_MM, _LARGER_MM = (26.0, 58.0), (40.0, 70.0)
#: … and on lower paper.
_LOW_MM = 48.0
#: So many small maps, or larger ones, are in a row.
_ACROSS, _ACROSS_LARGER = 6, 4
#: A plot as it is drawn for half a page.
_PLOT = (380.0, 220.0)


@dataclass(frozen=True, slots=True)
class Change:
    """A measure's way from the first value to the last."""

    name: str
    unit: str
    first: float
    last: float
    better_is: int
    """-1 where less is better (pain), 1 where more is (range of motion)."""

    @property
    def verdict(self) -> str:
        """better, worse or same."""
        step = self.last - self.first
        if abs(step) < 1e-9:
            return "same"
        return "better" if step * self.better_is > 0 else "worse"

    @property
    def words(self) -> str:
        """“Pain, NRS: 7 → 3, −4, better”, without an arrow that a font may lack."""
        step = self.last - self.first
        sign = "+" if step > 0 else "−" if step < 0 else "±"
        unit = "" if "-" in self.unit else f" {self.unit}"
        way = f"from {self.first:g} to {self.last:g}{unit}"
        return f"{self.name}: {way} ({sign}{abs(step):g}, {self.verdict})"


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A plot of the course with its change."""

    plot: Plot
    change: Change | None


def course_lines(atlas: AtlasSource, records: Sequence[VisitRecord], unit: PressureUnit) -> list[CourseLine]:
    """Return pain, extent, range of motion and pressure thresholds over all visits, oldest first."""
    marks = tuple(
        TimeMark(r.visit.on, ", ".join(dict.fromkeys(n.site.words for n in r.needlings)))
        for r in records
        if r.needlings
    )
    made = [_pain(records, marks), _extent(atlas, records, marks)]
    made += _ranges(records, marks)
    made += _thresholds(records, marks, unit)
    return [line for line in made if line is not None]


def _line(
    title: str,
    unit: str,
    by_name: dict[str, list[tuple[date, float]]],
    bounds: tuple[float, float],
    marks: tuple[TimeMark, ...],
    better_is: int,
    norm: tuple[float, str] | None = None,
) -> CourseLine | None:
    series = tuple(Series(name, tuple(points)) for name, points in by_name.items() if points)
    if not series:
        return None
    plot = Plot(title, unit, series, *bounds, marks)
    if norm is not None:
        plot = Plot(title, unit, series, *bounds, marks, norm[0], norm[1])
    points = [p for s in series for p in s.points]
    first, last = min(points, key=lambda p: p[0]), max(points, key=lambda p: p[0])
    change = Change(title, unit, first[1], last[1], better_is) if first[0] != last[0] else None
    return CourseLine(plot, change)


def _pain(records: Sequence[VisitRecord], marks: tuple[TimeMark, ...]) -> CourseLine | None:
    by_name: dict[str, list[tuple[date, float]]] = {"before": [], "after": []}
    for record in records:
        for moment in Moment:
            score = record.pain(moment)
            if score is not None:
                by_name[str(moment)].append((record.visit.on, score.value))
    return _line("Pain, NRS", "0-10", by_name, (0, 10), marks, -1)


def _extent(
    atlas: AtlasSource, records: Sequence[VisitRecord], marks: tuple[TimeMark, ...]
) -> CourseLine | None:
    points = []
    for record in records:
        state = record.drawing.state if record.drawing else DrawingState.NOT_ASKED
        if record.strokes or state is DrawingState.NO_PAIN:
            points.append(
                (record.visit.on, round(atlas.skin.area_of(drawn_cells(atlas, record.strokes)) / 100, 1))
            )
    return _line("Extent of the drawing", "cm²", {"extent": points}, (0, 10), marks, -1)


def _ranges(records: Sequence[VisitRecord], marks: tuple[TimeMark, ...]) -> list[CourseLine | None]:
    found: dict[tuple[Any, ...], dict[str, list[tuple[date, float]]]] = {}
    norms: dict[tuple[Any, ...], tuple[float, str]] = {}
    for record in records:
        for each in record.ranges:
            key = (each.laterality, each.joint, each.movement, each.passive)
            found.setdefault(key, {"before": [], "after": []})[str(each.moment)].append(
                (record.visit.on, each.degrees)
            )
            if each.norm_degrees is not None:
                norms[key] = (each.norm_degrees, f"norm {each.norm_degrees:g}° ({each.norm_source})")
    lines = []
    for key, by_name in found.items():
        side = "" if key[0] == "midline" else str(key[0]).upper() + " "
        title = f"{side}{plain_words(key[1])}, {plain_words(key[2])}{' (passive)' if key[3] else ''}"
        lines.append(_line(title, "°", by_name, (0, norms.get(key, (0, ""))[0]), marks, 1, norms.get(key)))
    return lines


def _thresholds(
    records: Sequence[VisitRecord], marks: tuple[TimeMark, ...], unit: PressureUnit
) -> list[CourseLine | None]:
    found: dict[str, dict[str, list[tuple[date, float]]]] = {}
    for record in records:
        for each in record.thresholds:
            by_name = found.setdefault(each.site.words, {"before": [], "after": []})
            by_name[str(each.moment)].append((record.visit.on, round(each.in_unit(unit), 1)))
    return [
        _line(f"Pressure pain threshold, {words}", str(unit), by_name, (0, 0), marks, 1)
        for words, by_name in found.items()
    ]


def course_report(
    atlas: AtlasSource,
    patient: Patient,
    records: Sequence[VisitRecord],
    practice: PracticeSettings,
    *,
    made_at: Any,
    paper: str = "",
    form: str = "pdf",
) -> Typeset:
    """Set the course of a patient as a PDF (or, ``form`` png, as pictures of pages); ``records`` oldest first."""
    pictures: dict[str, bytes] = {}
    size = PAPERS.get(paper or str(practice.paper), "a4")
    drawn = [r for r in records if r.strokes]
    maps = _small_maps(atlas, drawn, figure_of(patient), pictures, low=size != "a4")
    plots = []
    for number, line in enumerate(course_lines(atlas, records, practice.pressure_unit)):
        name = f"plot_{number}.svg"
        pictures[name] = plot_svg(replace(line.plot, width=_PLOT[0], height=_PLOT[1])).encode()
        said = "; ".join(
            f"{s.name}: " + ", ".join(f"{day_words(d)} {v:g}" for d, v in s.points) for s in line.plot.series
        )
        change = line.change.words if line.change else ""
        plots.append(
            {
                "heading": f"{line.plot.title} ({line.plot.unit})",
                "file": name,
                "alt": f"{line.plot.title}. {said}",
                "line": change,
            }
        )
    rows = [
        [
            day_words(r.visit.on),
            "; ".join(dict.fromkeys(without_view(n.site.words) for n in r.needlings)) or "no needling",
            _score(r, Moment.BEFORE),
            _score(r, Moment.AFTER),
            "; ".join(number_words(f.soreness) for f in r.follow_ups if f.soreness is not None),
        ]
        for r in records
    ]
    values = {
        "title": "Course of treatment",
        "paper": size,
        "practice": letterhead(practice, pictures),
        "running": patient.name,
        "foot": "A triangle on the time axis: muscles were needled on that day.",
        "patient": {"name": patient.name},
        "facts": [
            ("Born", day_words(patient.birth_date) if patient.birth_date else ""),
            ("Number", patient.number),
        ],
        "maps": maps,
        "across": _ACROSS_LARGER if len(maps) <= _ACROSS_LARGER else _ACROSS,
        "plots": plots,
        "columns": ["Visit", "Needled", "NRS before", "NRS after", "Soreness"],
        "widths": [1.9, 5.0, 1.1, 1, 0.9],
        "rows": rows,
        "lines": [] if records else ["There is no visit yet."],
        "credit": MAP_CREDIT if maps else "",
    }
    return typeset("course", values, pictures, made_at=made_at, form=form, ppi=PRINT_PPI)


def _small_maps(
    atlas: AtlasSource,
    drawn: Sequence[VisitRecord],
    figure: Figure,
    pictures: dict[str, bytes],
    *,
    low: bool,
) -> list[dict[str, Any]]:
    """Return the drawing of each visit in the view that shows most of all of them, the same part at the same scale.

    ``low`` tells that the paper is lower than A4.
    """
    if not drawn:
        return []
    view = busiest_views(atlas, drawn, figure.value)[0]
    inks = [inks_on(atlas, view, record.strokes) for record in drawn]
    left, top, right, bottom = shared_crops(atlas, {view: [i.shape.bounds for each in inks for i in each]})[
        view
    ]
    wide, most = _LARGER_MM if len(drawn) <= _ACROSS_LARGER else _SMALL_MM
    most = min(most, _LOW_MM) if low else most
    tall = min(most, wide * (bottom - top) / (right - left))
    maps = []
    for record, each in zip(drawn, inks, strict=True):
        picture = MapPicture(
            view=view, layer=Layer.SKIN, inks=each, crop=(left, top, right, bottom),
            letters=1.4 if wide > _SMALL_MM[0] else 2.0, grain=grain_for(tall, bottom - top),
        )  # fmt: skip
        name, day = f"course_{record.visit.id}.svg", day_words(record.visit.on)
        pictures[name] = map_svg(atlas, picture, background=False).encode()
        alt = f"{day}: {title_of(atlas.views[view])}"
        maps.append({"file": name, "alt": alt, "caption": day, "height": round(tall, 2)})
    return maps


def busiest_views(atlas: AtlasSource, records: Sequence[VisitRecord], figure: str) -> list[str]:
    """Return the whole-body views, the one that shows most of all drawings first."""
    cells = {cell for record in records for cell in drawn_cells(atlas, record.strokes).ids.tolist()}
    views = [f"{figure}.{n}" for n in ("anterior", "posterior", "right_lateral", "left_lateral")]
    known = [v for v in views if v in atlas.views]
    return sorted(known, key=lambda v: -len(cells & set(atlas.view_map(v).visible.tolist())))


def _score(record: VisitRecord, moment: Moment) -> str:
    score = record.pain(moment)
    return number_words(score.value) if score is not None else ""
