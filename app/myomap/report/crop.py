"""How near a map is looked at: the zones, the muscle and the X fill the page, the body stays recognisable."""

from myomap.anatomy.structures import StructureKey
from myomap.lookup.pattern_index import PatternKey
from myomap.surface.atlas_source import AtlasSource
from myomap.surface.sight import is_seen

Box = tuple[float, float, float, float]

#: Room around what is shown, as a factor; never less of the body than this (mm); page shapes (width / height).
_ROOM, _LEAST_MM = 1.35, 420.0
_NARROWEST, _WIDEST = 0.62, 1.3
#: Nearer than this share of the whole page is worth a crop.
_WORTH = 0.7


def subject_crop(
    atlas: AtlasSource, view: str, patterns: tuple[PatternKey, ...], selected: tuple[StructureKey, ...]
) -> Box | None:
    """Return (left, top, right, bottom) in view mm around what is shown, None where the whole view is as good."""
    found = atlas.views[view]
    if found.group != "whole_body":
        return None
    boxes = boxes_of(atlas, view, patterns, selected)
    if not boxes:
        return None
    frame = found.frame
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    height = max(_ROOM * (bottom - top), _ROOM * (right - left) / _WIDEST, _LEAST_MM)
    if height > _WORTH * frame.height:
        return None
    width = min(max(_ROOM * (right - left), _NARROWEST * height), frame.width)
    x = min(max((left + right - width) / 2, 0.0), frame.width - width)
    y = min(max((top + bottom - height) / 2, 0.0), frame.height - height)
    return (x, y, x + width, y + height)


def boxes_of(
    atlas: AtlasSource, view: str, patterns: tuple[PatternKey, ...], selected: tuple[StructureKey, ...]
) -> list[Box]:
    """Return a box (view mm) around each muscle, each pattern's zones and each X that this view shows."""
    seen = atlas.view_map(view)
    boxes: list[Box] = [o.shape.bounds for o in atlas.silhouettes(view) if o.key in selected]
    for key in patterns:
        zone = atlas.zone(key.trigger_point, key.laterality)
        shape = seen.outline(zone.essential.union(zone.spillover), level=0.5)
        if not shape.is_empty:
            boxes.append(shape.bounds)
    wanted = {(key.trigger_point, key.laterality) for key in patterns}
    for place in atlas.places(atlas.views[view].figure):
        if (place.trigger_point, place.laterality) in wanted and is_seen(atlas, view, place):
            x, y = seen.project(place.xyz)[0]
            boxes.append((float(x), float(y), float(x), float(y)))
    return boxes
