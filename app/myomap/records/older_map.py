"""A drawing of an older map on the map in use: placed again by what was drawn, in millimetres of its view."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from myomap.records.drawing import Stroke
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.cells import Cells

#: Strokes as narrow as this are no brush's: a lasso's ring, or the place where a region was filled.
NO_RADIUS = 0.1


def is_of_another_map(atlas: AtlasSource, stroke: Stroke) -> bool:
    """Tell whether the stroke's cells are those of another map, and mean other places here."""
    return stroke.map_version not in ("", atlas.map_version)


def on_this_map(atlas: AtlasSource, stroke: Stroke) -> Stroke | None:
    """Return a stroke with the cells that it covers on the map in use; None where that cannot be said.

    A brush's line and a lasso's ring are drawn again; a filled region is the region at that place now.
    """
    if not is_of_another_map(atlas, stroke):
        return stroke
    if stroke.view not in atlas.views or not stroke.points:
        return None
    ids = _cells(atlas, stroke).ids
    if not len(ids):
        return None
    return replace(stroke, cells=tuple(ids.tolist()), weights=(), map_version=atlas.map_version)


def all_on_this_map(atlas: AtlasSource, strokes: Iterable[Stroke]) -> tuple[Stroke, ...]:
    """Return the strokes as they lie on the map in use, without those for which that cannot be said."""
    placed = (on_this_map(atlas, stroke) for stroke in strokes)
    return tuple(stroke for stroke in placed if stroke is not None)


def _cells(atlas: AtlasSource, stroke: Stroke) -> Cells:
    view_map = atlas.view_map(stroke.view)
    if stroke.radius > NO_RADIUS:
        return view_map.cells_under(stroke.points, stroke.radius)
    if len(stroke.points) > 2:
        return view_map.cells_within(stroke.points)
    if len(stroke.points) == 2:
        return Cells.empty()  # neither a ring nor a place
    cell = view_map.cell_at(*stroke.points[0])
    if cell < 0:
        return Cells.empty()
    same: NDArray[np.int64] = np.flatnonzero(atlas.skin.region == atlas.skin.region[cell])
    return Cells.of_sorted(same)
