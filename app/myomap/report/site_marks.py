"""Puts recorded sites on a map: numbered marks at the place that was clicked, in every view."""

from collections.abc import Sequence

import numpy as np

from myomap.anatomy.structures import Layer
from myomap.records.values import Site
from myomap.report.map_svg import PointMark, mark_scale
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.sight import is_seen
from myomap.surface.view_map import ViewMap


def marks_on(
    atlas: AtlasSource,
    view: str,
    numbered: Sequence[tuple[str, Site]],
    layer: Layer | None = None,
    scale: float = 0.0,
) -> tuple[PointMark, ...]:
    """Return the marks of the sites that this view can show; each with its number.

    ``scale`` is `map_svg.mark_scale` of the picture they are for, so that they are moved apart by their size.
    """
    made = []
    for label, site in numbered:
        at = place_on(atlas, view, site, layer)
        if at is not None:
            made.append(PointMark(at[0], at[1], label))
    frame = atlas.views[view].frame
    return _apart(made, scale or mark_scale(1.0, frame.width, frame.height))


def place_on(
    atlas: AtlasSource, view: str, site: Site, layer: Layer | None = None
) -> tuple[float, float] | None:
    """Return where a site lies in a view (mm), None where the view does not show it.

    As it was clicked where it was this view; else by the skin cell, the trigger point, the structure. The window
    and every document ask here, so that a mark is at the same place in both.
    """
    if site.view == view and site.x is not None and site.y is not None:
        return (site.x, site.y)
    found = atlas.views[view]
    seen = atlas.view_map(view)
    has_cell = 0 <= site.cell < len(atlas.skin) and site.map_version in ("", atlas.map_version)
    if has_cell and _is_seen(seen, site.cell):
        x, y = seen.project(atlas.skin.xyz[found.figure][[site.cell]])[0]
        return (float(x), float(y))
    if site.trigger_point:
        for place in atlas.places(found.figure):
            if place.trigger_point == site.trigger_point and place.laterality is site.laterality:
                if not is_seen(atlas, view, place):
                    return None
                x, y = seen.project(np.array([place.xyz]))[0]
                return (float(x), float(y))
    if has_cell:
        return None  # it is on skin that this view does not show
    for each in (layer,) if layer is not None else found.layers:
        for outline in atlas.outlines(view, each):
            if outline.key == site.key and each is not Layer.SKIN:
                point = outline.shape.representative_point()
                return (point.x, point.y)
    return None


def _is_seen(seen: ViewMap, cell: int) -> bool:
    at = int(np.searchsorted(seen.visible, cell))
    return at < len(seen.visible) and int(seen.visible[at]) == cell


def _apart(marks: list[PointMark], scale: float) -> tuple[PointMark, ...]:
    """Move marks that would cover each other a little apart, downward, so that all numbers are read."""
    least = 9.5 * scale
    placed: list[PointMark] = []
    for mark in marks:
        x, y = mark.x, mark.y
        for _ in range(40):
            near = [p for p in placed if (p.x - x) ** 2 + (p.y - y) ** 2 < least**2]
            if not near:
                break
            y = max(p.y for p in near) + least
        placed.append(PointMark(x, y, mark.label, mark.cross))
    return tuple(placed)
