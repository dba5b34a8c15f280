"""The patient's drawing on maps and in words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.palette import QUALITY_INKS
from myomap.records.older_map import all_on_this_map
from myomap.records.values import Moment, Quality, Stroke
from myomap.report.map_row import shared_crops
from myomap.report.map_svg import Ink, MapPicture, title_of
from myomap.report.wording import QUALITY_WORDS
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.cells import Cells

#: A side is shown where it has this share of the drawing that no view before it shows.
_FRESH = 0.15
_WHOLE_BODY = ("anterior", "posterior", "left_lateral", "right_lateral")


def cells_by_ink(
    atlas: AtlasSource, strokes: Sequence[Stroke], moment: Moment = Moment.BEFORE
) -> dict[tuple[str, int | None], Cells]:
    """Return the cells of each (quality, intensity) as the strokes left them: later ones on top.

    The intensity is None where nobody has said how strong it is; that comes first of its quality.
    Strokes of an older map lie where they were drawn, in millimetres: their own cells mean other places now.
    """
    painted: dict[int, tuple[str, int | None]] = {}
    for stroke in all_on_this_map(atlas, (s for s in strokes if s.moment is moment)):
        for cell in stroke.cells:
            if stroke.erases:
                painted.pop(cell, None)
            else:
                painted[cell] = (str(stroke.quality), stroke.intensity)
    by_ink: dict[tuple[str, int | None], list[int]] = {}
    for cell, ink in painted.items():
        by_ink.setdefault(ink, []).append(cell)
    in_order = sorted(by_ink, key=lambda ink: (ink[0], -1 if ink[1] is None else ink[1]))
    return {ink: Cells.of(by_ink[ink]) for ink in in_order}


def drawn_cells(atlas: AtlasSource, strokes: Sequence[Stroke], moment: Moment = Moment.BEFORE) -> Cells:
    """Return all cells that are drawn at a moment, each once."""
    found = cells_by_ink(atlas, strokes, moment)
    if not found:
        return Cells.empty()
    return Cells.of(np.concatenate([c.ids for c in found.values()]))


def inks_on(
    atlas: AtlasSource, view: str, strokes: Sequence[Stroke], moment: Moment = Moment.BEFORE
) -> tuple[Ink, ...]:
    """Return the drawing as inked areas of a view."""
    seen = atlas.view_map(view)
    made = []
    for (quality, intensity), cells in cells_by_ink(atlas, strokes, moment).items():
        shape = seen.outline(cells, level=0.5)
        if not shape.is_empty:
            colour, hatch = QUALITY_INKS.get(quality, QUALITY_INKS["other"])
            made.append(Ink(shape, colour, hatch, 0.35 + 0.05 * (intensity or 0)))
    return tuple(made)


def views_of(atlas: AtlasSource, figure: Figure, cells: Cells) -> list[str]:
    """Return the whole-body views for a drawing: front and back, and the sides that show more of it."""
    views, covered = [], np.zeros(0, np.int32)
    for name in _WHOLE_BODY:
        view = f"{figure}.{name}"
        if view not in atlas.views:
            continue
        seen = np.intersect1d(atlas.view_map(view).visible, cells.ids)
        fresh = np.setdiff1d(seen, covered)
        if name.endswith("lateral") and (not len(fresh) or len(fresh) < _FRESH * len(cells)):
            continue
        covered = np.union1d(covered, seen)
        views.append(view)
    return views


def drawing_pictures(
    atlas: AtlasSource, strokes: Sequence[Stroke], figure: Figure, moment: Moment = Moment.BEFORE
) -> list[tuple[str, MapPicture, str]]:
    """Return (view, picture, alt text): front and back always, the sides where they show more.

    All show the same height of the body: the part that is drawn on, where it is a small one.
    """
    words = ", ".join(drawn_lines(atlas, strokes, moment))
    made = []
    for view in views_of(atlas, figure, drawn_cells(atlas, strokes, moment)):
        picture = MapPicture(view=view, layer=Layer.SKIN, inks=inks_on(atlas, view, strokes, moment))
        made.append((view, picture, f"{title_of(atlas.views[view])} with the patient's drawing: {words}"))
    crops = shared_crops(atlas, {v: [i.shape.bounds for i in p.inks] for v, p, _ in made})
    return [(view, replace(picture, crop=crops[view]), alt) for view, picture, alt in made]


def strength_words(intensity: int | None) -> str:
    """Return “6 of 10”, or that it was not asked."""
    return "strength not asked" if intensity is None else f"{intensity} of 10"


def drawn_lines(atlas: AtlasSource, strokes: Sequence[Stroke], moment: Moment = Moment.BEFORE) -> list[str]:
    """Return the drawing in words: a line for each quality and intensity, with place and extent."""
    from myomap.surface.read_back import read_back

    lines = [
        f"{QUALITY_WORDS[Quality(quality)]}, {strength_words(intensity)}: {read_back(atlas, cells, most=1000)}"
        for (quality, intensity), cells in cells_by_ink(atlas, strokes, moment).items()
    ]
    asked = [stroke for stroke in strokes if stroke.moment is moment]
    if lost := len(asked) - len(all_on_this_map(atlas, asked)):
        many = "1 stroke" if lost == 1 else f"{lost} strokes"
        lines.append(f"Not shown: {many} of an older map, which cannot be placed on this one.")
    return lines
