"""From a click on a map (or a name that was found) to a site of the record, with its read-back words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.anatomy.trigger_points import TriggerPoint
from myomap.anatomy.views import Figure
from myomap.gui.map.zone_paths import ZonePaths, project
from myomap.gui.shown import PointKey
from myomap.gui.words import point_name, read_back
from myomap.records.values import Site

if TYPE_CHECKING:
    from myomap.anatomy.trigger_points import Place
    from myomap.surface.atlas_source import AtlasSource

_WHOLE_BODY = ("posterior", "anterior", "right_lateral", "left_lateral")
#: A described trigger point that is drawn this near to a click is offered.
NEAR_MM = 25.0
#: Spots of one part this near to each other are the same finding.
_SAME_MM = 12.0


@dataclass(frozen=True, slots=True)
class Offer:
    """A described trigger point that a site may mean; nobody but the person says so."""

    point: str
    distance_mm: float | None
    """From the click, over the map; None where nothing was clicked or the point is not drawn in that view."""
    only: bool
    """The muscle has no other on this side."""


def is_muscle(atlas: "AtlasSource", key: StructureKey | None) -> bool:
    """Tell whether something can be found or needled there."""
    structure = atlas.structures.get(key.structure) if key is not None else None
    return structure is not None and structure.muscle is not None


def points_of(atlas: "AtlasSource", site: Site) -> list[TriggerPoint]:
    """Return the trigger points of the site's muscle that exist on its side, those of its part first."""
    found = [
        p
        for p in atlas.trigger_points.values()
        if p.muscle == site.muscle and (p.only is None or p.only is site.laterality)
    ]
    return sorted(found, key=lambda p: p.structure != site.structure)


def site_at(atlas: "AtlasSource", key: StructureKey, view_id: str, at: QPointF) -> Site:
    """Return the site of a click on a structure: the spot alone. `offer_for` says what may be meant."""
    structure = atlas.structures[key.structure]
    made = Site(
        structure=key.structure,
        laterality=key.laterality,
        muscle=structure.muscle or key.structure,
        words="",
        view=view_id,
        x=round(at.x(), 2),
        y=round(at.y(), 2),
        cell=atlas.view_map(view_id).cell_at(at.x(), at.y()),
        map_version=atlas.map_version,
    )
    return with_point(atlas, made, "")


def offer_for(atlas: "AtlasSource", site: Site) -> Offer | None:
    """Return the described trigger point that a site without one may mean.

    The nearest within `NEAR_MM` of the click, over the map, of the part that was clicked, else of its
    muscle; where none is so near, the muscle's only one. Always of the site's own side.
    """
    points = points_of(atlas, site)
    if site.trigger_point or not points:
        return None
    only = len(points) == 1
    away = _distances(atlas, site, {p.id for p in points})
    near = [p for p in points if away.get(p.id, NEAR_MM + 1) <= NEAR_MM]
    if near:
        best = min(near, key=lambda p: (p.structure != site.structure, away[p.id]))
        return Offer(best.id, away[best.id], only)
    return Offer(points[0].id, away.get(points[0].id), only) if only else None


def _distances(atlas: "AtlasSource", site: Site, wanted: set[str]) -> dict[str, float]:
    """Return how far from the site's spot each trigger point is drawn, for those that its view shows."""
    view = atlas.views.get(site.view)
    if view is None or site.x is None or site.y is None:
        return {}
    from myomap.surface.sight import is_seen

    away: dict[str, float] = {}
    for place in atlas.places(view.figure):
        own_side = place.laterality in (site.laterality, Laterality.MIDLINE)
        if place.trigger_point in wanted and own_side and is_seen(atlas, view.id, place):
            x, y = project(view, place.xyz)
            away[place.trigger_point] = float(np.hypot(x - site.x, y - site.y))
    return away


def site_of_point(atlas: "AtlasSource", key: PointKey, figure: Figure, views: Sequence[str] = ()) -> Site:
    """Return the site of a trigger point, in the first of the views (then of the whole body) that shows it."""
    point = atlas.trigger_points[key.point]
    structure = atlas.structures.get(point.structure)
    side = key.laterality
    if structure is not None and not structure.sided:
        side = Laterality.MIDLINE
    made = Site(
        structure=point.structure,
        laterality=side,
        muscle=point.muscle,
        words="",
        trigger_point=point.id,
        map_version=atlas.map_version,
    )
    place = place_of(atlas, key, figure)
    if place is not None:
        zones = ZonePaths(atlas)
        for view_id in (*views, *(f"{figure}.{name}" for name in _WHOLE_BODY)):
            view = atlas.views.get(view_id)
            if view is not None and view.figure is figure and zones.is_seen(view, place):
                x, y = project(view, place.xyz)
                made = replace(made, view=view_id, x=round(x, 2), y=round(y, 2), cell=place.cell)
                break
    return with_point(atlas, made, point.id)


def place_of(atlas: "AtlasSource", key: PointKey, figure: Figure) -> "Place | None":
    """Return where a trigger point lies on a figure."""
    return next(
        (p for p in atlas.places(figure) if p.trigger_point == key.point and p.laterality is key.laterality),
        None,
    )


def site_of_structure(atlas: "AtlasSource", key: StructureKey) -> Site:
    """Return the site of a whole structure, without a spot."""
    structure = atlas.structures[key.structure]
    made = Site(
        key.structure, key.laterality, structure.muscle or key.structure, "", map_version=atlas.map_version
    )
    return with_point(atlas, made, "")


def with_point(atlas: "AtlasSource", site: Site, point_id: str) -> Site:
    """Return the site with another trigger point (or none) and the words that go with it."""
    point = atlas.trigger_points.get(point_id)
    if point is not None:
        words = point_name(atlas, point, site.laterality)
    else:
        words = read_back(atlas, site.key)
    view = atlas.views.get(site.view)
    if view is not None:
        words = f"{words}, {view.title[:1].lower()}{view.title[1:]}"
    return replace(site, trigger_point=point_id if point is not None else "", words=words)


def same_place(one: Site, other: Site) -> bool:
    """Tell whether two sites are the same finding: same trigger point, or the same spot of a part."""
    if one.key != other.key:
        return False
    if one.trigger_point and other.trigger_point:
        return one.trigger_point == other.trigger_point
    if one.x is None or other.x is None or one.y is None or other.y is None or one.view != other.view:
        return one.x is None and other.x is None and one.trigger_point == other.trigger_point
    return bool(np.hypot(one.x - other.x, one.y - other.y) < _SAME_MM)
