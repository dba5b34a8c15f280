"""How far a click lies from what was asked, measured over the skin."""

import math
from collections.abc import Iterable

import shapely
from shapely.geometry.base import BaseGeometry

from myomap.surface.atlas_source import AtlasSource
from myomap.surface.distance import skin_distance

#: Further than this nothing is measured: it is elsewhere.
FARTHEST_MM = 150.0


def pointed_distance(
    atlas: AtlasSource, view: str, shapes: Iterable[BaseGeometry], x: float, y: float
) -> float:
    """Return the way in mm over the skin from a place in a view to the skin that lies over shapes in it.

    0 inside one of them; infinity beside the body or beyond FARTHEST_MM.
    """
    wanted = list(shapes)
    spot = shapely.points(x, y)
    if any(shapely.contains(shape, spot) for shape in wanted):
        return 0.0
    drawn = atlas.view_map(view)
    start = drawn.cell_at(x, y)
    if start < 0:
        return math.inf
    goals: set[int] = set()
    for shape in wanted:
        goals.update(drawn.cells_in_polygon(shape).ids.tolist())
        within = shape.representative_point()  # a strip so narrow that it covers half of no cell
        goals.add(drawn.cell_at(within.x, within.y))
    goals.discard(-1)
    return skin_distance(atlas.skin, start, goals, most_mm=FARTHEST_MM)
