"""Where our patients hurt, as a PDF: the map of a group in every view that has marks, its legend and its table."""

from datetime import datetime
from typing import Any

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure, View
from myomap.records.group import Group
from myomap.records.values import PracticeSettings
from myomap.report.blank_chart import swatch_svg
from myomap.report.frequency_picture import (
    FEW_WORDS,
    LIGHT,
    OPACITY,
    PATTERNS,
    Ring,
    band_words,
    checked,
    ring_picture,
    rings,
)
from myomap.report.letterhead import letterhead
from myomap.report.map_row import shared_crops
from myomap.report.map_svg import title_of
from myomap.report.plate import MAP_CREDIT
from myomap.report.typeset import Typeset, typeset
from myomap.report.visit_report import PAPERS, ROW_MM, in_row
from myomap.report.wording import day_words, moment_words
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.frequency import FEW, Band, bands_of

TITLE = "Where our patients hurt"
#: How high the shares on the maps are, and how wide a tile of the patterns is, printed, mm.
_LETTER_MM, _TILE_MM = 2.3, 1.1
#: At most so tall, mm: the whole bodies stand four in a row; of rows of close-ups three are on a page.
_BODY_MM, _CLOSE_MM = 122.0, 76.0
#: A row of the table for each region; what more there is, the table as CSV has.
_ROWS = 120


def group_report(
    atlas: AtlasSource,
    group: Group,
    practice: PracticeSettings,
    *,
    made_at: datetime,
    figure: Figure = Figure.MALE,
    paper: str = "",
) -> Typeset:
    """Set the group's map as a PDF. A group of fewer than `FEW` people is not told: its map is empty."""
    values, pictures = group_values(atlas, group, practice, made_at=made_at, figure=figure, paper=paper)
    return typeset("group", values, pictures, made_at=made_at)


def group_values(
    atlas: AtlasSource,
    group: Group,
    practice: PracticeSettings,
    *,
    made_at: datetime,
    figure: Figure = Figure.MALE,
    paper: str = "",
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the template's values and its pictures by file name."""
    counted = checked(group.map)
    pictures: dict[str, bytes] = {}
    letter = PAPERS.get(paper or str(practice.paper), "a4") != "a4"
    told = {
        view.id: found
        for view in _views(atlas, figure)
        if (found := rings(atlas, counted.found, view.id, FEW))
    }
    bodies = [view for view in told if atlas.views[view].group == "whole_body"]
    rows = [_row(atlas, told, bodies, pictures, 112.0 if letter else _BODY_MM)] if bodies else []
    close_mm = 70.0 if letter else _CLOSE_MM
    near = _packed(atlas, [view for view in told if view not in bodies], close_mm)
    rows += [_row(atlas, told, views, pictures, close_mm) for views in near]
    bands = [band for band in bands_of(counted.drawings, FEW) if band.least <= counted.found.most]
    by_number = {region.number: region for region in atlas.regions.values()}
    lines = [
        (
            by_number[each.number].name_en.removesuffix(f", {by_number[each.number].laterality}"),
            by_number[each.number].laterality.spoken,
            f"{each.drawings} of {counted.drawings}",
            f"{100 * each.drawings / counted.drawings:.0f} %",
            f"{each.persons} of {counted.persons}",
        )
        for each in counted.regions
    ]
    values: dict[str, Any] = {
        "title": TITLE,
        "author": practice.name or "Myomap",
        "paper": PAPERS.get(paper or str(practice.paper), "a4"),
        "practice": letterhead(practice, pictures),
        "running": f"{TITLE}, {day_words(made_at.date())}",
        "foot": "Education and documentation. Counts of drawings, without anybody's name.",
        "count": _many(counted.drawings, counted.persons),
        "facts": [
            ("Chosen", f"{group.wanted.words()}."),
            ("Made", moment_words(made_at, made_at.tzinfo)),
            ("Map", f"version {atlas.map_version}, {figure} figure"),
        ],
        "legend": [_swatch(band, counted.drawings, pictures) for band in reversed(bands)],
        "map_rows": rows,
        "table": [list(line) for line in lines[:_ROWS]],
        "notes": _notes(group, bool(told), max(0, len(lines) - _ROWS)),
        "credit": MAP_CREDIT if rows else "",
    }
    return values, pictures


def _views(atlas: AtlasSource, figure: Figure) -> list[View]:
    """Return the whole-body views and close-ups of a figure; a hand that only the other has is of that one.

    Views of single muscles are left out: their skin is that of a view that is here already.
    """
    own: dict[str, View] = {}
    for view in atlas.views.values():
        if len(view.layers) == len(Layer) and (view.name not in own or view.figure is figure):
            own[view.name] = view
    return sorted(own.values(), key=lambda view: view.group != "whole_body")


def _packed(atlas: AtlasSource, views: list[str], tall_mm: float) -> list[list[str]]:
    """Return the views in rows: as many in one as are as tall as they may be, or nearly."""
    rows: list[list[str]] = []
    room = 0.0
    for view in views:
        wide = _shape(atlas, view, None) * tall_mm + 4.0
        if not rows or wide > room + 0.12 * ROW_MM:
            rows.append([])
            room = ROW_MM
        rows[-1].append(view)
        room -= wide
    return rows


def _row(
    atlas: AtlasSource,
    told: dict[str, list[Ring]],
    views: list[str],
    pictures: dict[str, bytes],
    tall_mm: float,
) -> list[dict[str, Any]]:
    """Return a row of maps side by side, their shares and patterns as large on paper as one another."""
    whole = all(atlas.views[view].group == "whole_body" for view in views)
    crops = shared_crops(atlas, {view: [] for view in views}) if whole else {}
    drawn, maps = [], []
    for view in views:
        frame = atlas.views[view].frame
        crop = crops.get(view)
        shown = crop[3] - crop[1] if crop else frame.height
        wide = sum(_shape(atlas, each, crops.get(each)) for each in views)
        scale = shown / min(tall_mm, (ROW_MM - 4.0 * (len(views) - 1)) / wide)
        drawn.append(
            ring_picture(
                atlas, view, told[view], crop=crop, letter_mm=_LETTER_MM * scale, coarse=_TILE_MM * scale / 4
            )
        )
        maps.append(
            {"file": f"{view}.svg", "alt": _alt(atlas, view, told[view]), "caption": atlas.views[view].title}
        )
    return in_row(atlas, maps, drawn, pictures, tall_mm=tall_mm)


def _shape(atlas: AtlasSource, view: str, crop: tuple[float, float, float, float] | None) -> float:
    frame = atlas.views[view].frame
    return (crop[2] - crop[0]) / (crop[3] - crop[1]) if crop else frame.width / frame.height


def _alt(atlas: AtlasSource, view: str, found: list[Ring]) -> str:
    """Return in words what a map shows: the table says which regions, this how much of it is here."""
    most = found[-1].band
    return (
        f"{title_of(atlas.views[view])} with the places that {FEW} people or more drew; "
        f"the most often drawn ones here are in {most.least} to {most.most} drawings. "
        "The table names the regions with their sides and counts."
    )


def _swatch(band: Band, drawings: int, pictures: dict[str, bytes]) -> dict[str, str]:
    """Return a line of the legend."""
    file = f"band_{band.step}.svg"
    pattern = PATTERNS[band.step]
    wash = OPACITY[band.step] * (1.0 if pattern == "solid" else 0.4)
    pictures[file] = swatch_svg(LIGHT[band.step], pattern, round(wash, 2)).encode()
    return {"file": file, "words": band_words(band, drawings)}


def _many(drawings: int, persons: int) -> str:
    """Return “214 drawings of 180 people”; of too few people not even how many they are."""
    if 0 < persons < FEW:
        return f"Drawings of {FEW_WORDS}: nothing is told"
    people = "1 person" if persons == 1 else f"{persons:,} people"
    return f"{drawings:,} {'drawing' if drawings == 1 else 'drawings'} of {people}"


def _notes(group: Group, told: bool, more: int) -> list[str]:
    """Return what the counts mean, what is kept back, and what that does not protect from."""
    said = [
        f"A place or a region that {FEW_WORDS} drew is never told: it is left blank like one that nobody drew.",
        "A region counts in a drawing that covers 1 cm² of it, or a tenth of a small one. "
        "R and L are the patients' own right and left.",
        "Who compares this map with one of nearly the same people, made on another day, could tell what those "
        "few drew by whom they differ: hand on one of the two.",
    ]
    if not told:
        said.insert(0, f"No place is drawn by {FEW} people or more.")
    if group.lost:
        lost = "1 stroke" if group.lost == 1 else f"{group.lost:,} strokes"
        said.append(
            f"{lost} of an older map could not be placed and {'is' if group.lost == 1 else 'are'} left out."
        )
    if more:
        said.append(f"{more} regions more are in the table that can be saved as CSV.")
    return said
