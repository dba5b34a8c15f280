"""Chooses the view and layer in which a muscle or pattern is seen best."""

import numpy as np

from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Figure
from myomap.errors import UnknownIdError
from myomap.lookup.pattern_index import PatternKey
from myomap.surface.atlas_source import AtlasSource


def best_view(
    atlas: AtlasSource,
    patterns: tuple[PatternKey, ...],
    selected: tuple[StructureKey, ...],
    *,
    view: str | None = None,
    layer: str | None = None,
    figure: Figure = Figure.MALE,
) -> tuple[str, Layer]:
    """Return (view, layer): what is given, and the best of what is not.

    With patterns, the view that shows most of their essential zones, a close-up before a whole body
    when it shows nearly as much; without, the one that shows most of the structure.
    """
    if view is not None and view not in atlas.views:
        raise UnknownIdError(f"There is no view “{view}”.", todo=f"There are: {', '.join(atlas.views)}.")
    if view is None:
        candidates = [v.id for v in atlas.views.values() if v.figure is figure]
        scores = {v: _shown(atlas, v, patterns, selected) for v in candidates}
        most = max(scores.values(), default=0.0)
        close = [v for v in candidates if atlas.views[v].group != "whole_body"]
        good = [v for v in close if scores[v] >= 0.85 * most and most > 0]
        pool = good or candidates
        view = max(pool, key=lambda v: (scores[v], -candidates.index(v)))
    found = atlas.views[view]
    if layer is not None:
        if Layer(layer) not in found.layers:
            have = ", ".join(str(each) for each in found.layers)
            raise UnknownIdError(f"The view “{view}” has no layer “{layer}”.", todo=f"It has: {have}.")
        return view, Layer(layer)
    for each in found.layers:
        if each is Layer.SKIN:
            continue
        if selected and any(o.key in selected for o in atlas.outlines(view, each)):
            return view, each
    return view, found.default_layer


def _shown(
    atlas: AtlasSource, view: str, patterns: tuple[PatternKey, ...], selected: tuple[StructureKey, ...]
) -> float:
    if patterns:
        seen = np.unique(atlas.view_map(view).raster)
        area = 0.0
        for key in patterns:
            essential = atlas.zone(key.trigger_point, key.laterality).essential
            inside = np.isin(essential.ids, seen, assume_unique=True)
            area += float((atlas.skin.area_mm2[essential.ids] * essential.weights)[inside].sum())
        return area
    wanted = set(selected)
    return max(
        (
            sum(o.shape.area for o in atlas.outlines(view, layer) if o.key in wanted)
            for layer in atlas.views[view].layers
            if layer is not Layer.SKIN
        ),
        default=0.0,
    )
