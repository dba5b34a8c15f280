"""Which close-up shows a drawing better than a whole-body view: offered, never opened by itself."""

from typing import TYPE_CHECKING

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure, View
from myomap.gui.map.figures import views_for

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.cells import Cells

#: A close-up is worth while where this much of the drawing lies in its part of the body …
MAINLY = 0.6
#: … and this much of it is seen there.
SEEN = 0.5
#: Groups of views by the body parts of the skin's regions.
_GROUPS = {"head": "head_neck", "neck": "head_neck", "hand": "hand", "foot": "foot", "pelvis": "pelvis"}


def close_up_of(atlas: "AtlasSource", cells: "Cells", figure: Figure) -> View | None:
    """Return the close-up that shows most of a drawing on the head, a hand, a foot or the pelvis; None if none does.

    It reads view maps: call it in a thread.
    """
    if not cells:
        return None
    part_of = {r.number: r.body_part for r in atlas.regions.values()}
    shares: dict[str, float] = {}
    for share in atlas.skin.regions_touched(cells):
        group = _GROUPS.get(part_of.get(share.region, ""), "")
        shares[group] = shares.get(group, 0.0) + share.share
    group = max(shares, key=lambda name: shares[name])
    if not group or shares[group] < MAINLY:
        return None
    whole = atlas.skin.area_of(cells)
    best, most = None, SEEN * whole
    for view in views_for(atlas, figure):
        if view.group != group or len(view.layers) < len(Layer):  # views of single muscles are no close-ups
            continue
        seen = atlas.skin.area_of(atlas.view_map(view.id).seen_of(cells))
        if seen > most * (1.0 if best is None else 1.02):  # the first of equals, in the atlas's order
            best, most = view, seen
    return best
