"""Chooses the view and layer in which a muscle or pattern is seen best."""

from dataclasses import dataclass

import numpy as np

from myomap.anatomy.structures import Layer, StructureKey
from myomap.anatomy.views import Figure
from myomap.errors import UnknownIdError
from myomap.lookup.pattern_index import PatternKey
from myomap.surface.atlas_source import AtlasSource

#: Views of what lies beneath something that was taken away: for muscles that no ordinary view shows.
_DISSECTIONS = (
    "platysma", "pterygoid", "prevertebral", "floor_of_mouth", "erector_spinae", "deep_back",
    "posterior_abdominal_wall", "chest_wall_inside", "right_foot_plantar_deep", "left_foot_plantar_deep",
)  # fmt: skip
#: These muscles refer to an arm that the trunk's side views leave out.
_ARM = frozenset({"shoulder", "upper_arm", "forearm", "hand"})
#: A muscle of which this share is uncovered can be recognised; it is chosen before a dissection.
_RECOGNISED = 0.35
#: What the X and the muscle in sight are worth against the whole essential zone seen face on.
_CROSS, _MUSCLE = 0.35, 0.25
#: A close-up is preferred when it shows nearly as much.
_NEARLY = 0.85
#: … and of a hand or a foot, which is small on a whole body, when it shows this share.
_NEARLY_SMALL = 0.6
#: A layer nearer to the skin is preferred when it leaves this share of what a deeper one shows.
_UNCOVERED = 0.6


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one view shows: of the zones, of the X's, of the muscle."""

    zone: float
    crosses: float
    muscle: float

    @property
    def score(self) -> float:
        return self.zone + _CROSS * self.crosses + _MUSCLE * min(1.0, self.muscle / _RECOGNISED)


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

    With patterns, the view that shows most of their essential zones face on, and with them the X and the
    muscle; a close-up before a whole body when it shows nearly as much. Without, the view that shows most
    of the structure. A dissection is chosen only for what no ordinary view shows.
    """
    if view is not None and view not in atlas.views:
        raise UnknownIdError(f"There is no view “{view}”.", todo=f"There are: {', '.join(atlas.views)}.")
    if view is None:
        view = _best(atlas, patterns, selected, figure)
    found = atlas.views[view]
    if layer is not None:
        if Layer(layer) not in found.layers:
            have = ", ".join(str(each) for each in found.layers)
            raise UnknownIdError(f"The view “{view}” has no layer “{layer}”.", todo=f"It has: {have}.")
        return view, Layer(layer)
    areas = _uncovered(atlas, view, selected)
    most = max(areas.values(), default=0.0)
    for each, area in areas.items():
        if most > 0 and area >= _UNCOVERED * most:
            return view, each
    return view, found.default_layer


def _best(
    atlas: AtlasSource,
    patterns: tuple[PatternKey, ...],
    selected: tuple[StructureKey, ...],
    figure: Figure,
) -> str:
    candidates = [v.id for v in atlas.views.values() if v.figure is figure]
    if _body_parts(atlas, patterns, selected) & _ARM:
        candidates = [v for v in candidates if not atlas.views[v].name.startswith("trunk_")]
    keys = selected or _structures(atlas, patterns)
    whole = max((_silhouette(atlas, v, keys) for v in candidates), default=0.0)
    seen = {v: _what_is_seen(atlas, v, patterns, keys, whole) for v in candidates}
    ordinary = [v for v in candidates if not atlas.views[v].name.startswith(_DISSECTIONS)]
    plain = max((seen[v].muscle for v in ordinary), default=0.0)
    if plain < _RECOGNISED:
        ordinary += [v for v in candidates if v not in ordinary and seen[v].muscle > 2 * plain]
    candidates = ordinary or candidates
    if patterns:
        scores = {v: seen[v].score for v in candidates}
    else:
        scores = {v: sum(_most(atlas, v, key) for key in selected) for v in candidates}
    most = max(scores.values(), default=0.0)
    # the trunk without its arm is no nearer than the whole body: it is chosen for what it shows alone
    close = [
        v
        for v in candidates
        if atlas.views[v].group != "whole_body" and not atlas.views[v].name.startswith("trunk_")
    ]
    parts = _body_parts(atlas, patterns, selected)
    nearly = _NEARLY_SMALL if parts and parts <= {"hand", "foot"} else _NEARLY
    good = [v for v in close if scores[v] >= nearly * most and most > 0]
    pool = good or candidates
    return max(pool, key=lambda v: (scores[v], -candidates.index(v)))


def _what_is_seen(
    atlas: AtlasSource,
    view: str,
    patterns: tuple[PatternKey, ...],
    keys: tuple[StructureKey, ...],
    whole: float,
) -> _Seen:
    """Return what a view shows; ``whole`` is the muscle's largest silhouette in any view, mm²."""
    muscle = sum(_most(atlas, view, key) for key in keys) / whole if whole > 0 else 0.0
    if not patterns:
        return _Seen(0.0, 0.0, muscle)  # reading what cells a view shows is the slow part
    seen = atlas.view_map(view)
    zones, crosses = [], []
    places = {(p.trigger_point, p.laterality): p.cell for p in atlas.places(atlas.views[view].figure)}
    visible = frozenset(seen.visible.tolist())
    shown = np.bincount(seen.raster[seen.raster >= 0], minlength=len(atlas.skin.area_mm2))  # pixels a cell
    for pattern in patterns:
        essential = atlas.zone(pattern.trigger_point, pattern.laterality).essential
        area = float((atlas.skin.area_mm2[essential.ids] * essential.weights).sum())
        drawn = float(shown[essential.ids].sum()) / seen.px_per_mm**2
        zones.append(min(1.0, drawn / area) if area > 0 else 0.0)
        crosses.append(float(places.get((pattern.trigger_point, pattern.laterality), -1) in visible))
    return _Seen(_mean(zones), _mean(crosses), muscle)


def _silhouette(atlas: AtlasSource, view: str, keys: tuple[StructureKey, ...]) -> float:
    return sum(o.shape.area for o in atlas.silhouettes(view) if o.key in keys)


def _most(atlas: AtlasSource, view: str, key: StructureKey) -> float:
    """Return the area (mm²) of a structure in the layer of a view that leaves most of it uncovered."""
    if _silhouette(atlas, view, (key,)) <= 0:
        return 0.0  # it is not in this view at all: most views need not be read
    return max(_uncovered(atlas, view, (key,)).values(), default=0.0)


def _uncovered(atlas: AtlasSource, view: str, keys: tuple[StructureKey, ...]) -> dict[Layer, float]:
    """Return what each layer of a view leaves uncovered of some structures, mm², from the skin inward."""
    return {
        layer: sum(o.shape.area for o in atlas.outlines(view, layer) if o.key in keys)
        for layer in atlas.views[view].layers
        if layer is not Layer.SKIN
    }


def _structures(atlas: AtlasSource, patterns: tuple[PatternKey, ...]) -> tuple[StructureKey, ...]:
    """Return the parts of the muscles that the patterns belong to."""
    keys = []
    for pattern in patterns:
        point = atlas.trigger_points.get(pattern.trigger_point)
        if point is not None:
            keys.append(StructureKey(point.structure, pattern.laterality))
    return tuple(keys)


def _body_parts(
    atlas: AtlasSource, patterns: tuple[PatternKey, ...], selected: tuple[StructureKey, ...]
) -> set[str]:
    """Return the body parts of the muscles that are meant."""
    structures = {key.structure for key in (*selected, *_structures(atlas, patterns))}
    muscles = {found.muscle for s in structures if (found := atlas.structures.get(s)) is not None}
    return {atlas.muscles[m].body_part for m in muscles if m and m in atlas.muscles}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
