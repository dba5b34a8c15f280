"""Whether a trigger point is seen in a view: the same rule on the screen and on paper."""

import numpy as np

from myomap.anatomy.trigger_points import Place
from myomap.surface.atlas_source import AtlasSource

#: A point this much deeper under the skin that is seen than under its own still counts as seen.
NEAR_MM = 32.0


def is_seen(atlas: AtlasSource, view_id: str, place: Place) -> bool:
    """Tell whether a trigger point is seen in a view: the skin that hides it there is its own or near it."""
    seen = atlas.view_map(view_id)
    x, y = seen.project(np.array([place.xyz]))[0]
    cell = seen.cell_at(float(x), float(y))
    if cell < 0:
        return False
    if cell == place.cell:
        return True
    over = atlas.skin.xyz[seen.view.figure][cell]
    gap = float(np.linalg.norm(over - np.asarray(place.xyz, np.float32)))
    return gap <= place.depth + NEAR_MM
