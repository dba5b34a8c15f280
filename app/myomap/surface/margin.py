"""A margin around cells, over the skin: ragged edges become smooth and the set never becomes smaller."""

import numpy as np

from myomap.surface.blur import Blur
from myomap.surface.cells import Cells
from myomap.surface.skin import Skin

#: How far the edge is evened out (standard deviation), and what is left at its far side.
_EVEN_MM, _LEAST = 18.0, 0.3


def with_margin(skin: Skin, cells: Cells) -> Cells:
    """Return the cells with those around them, about 7 mm on a straight edge, more in a notch."""
    if not cells or not len(skin.neighbours):
        return cells
    soft = Blur(skin, _EVEN_MM)(cells)
    return Cells.of(np.union1d(soft.ids[soft.weights >= _LEAST], cells.ids))
