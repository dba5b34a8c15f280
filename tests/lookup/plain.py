"""The look-up as its definition reads, over every cell of the skin and without a short cut: what the fast one must say."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.lookup.pattern_index import PatternIndex, PatternKey
from myomap.surface.cells import Cells
from myomap.surface.skin import Skin

Dense = NDArray[np.float64]


def dense(skin: Skin, cells: Cells) -> Dense:
    return cells.dense(len(skin)).astype(np.float64)


def blurred(skin: Skin, steps: int, step: Any, stay: Any, near: NDArray[np.bool_], given: Dense) -> Dense:
    """Walk from cell to neighbour so many times, one cell after the other; what leaves ``near`` is gone."""
    value = given
    for _ in range(steps):
        taken = stay * value
        for cell in np.flatnonzero(near):
            around = slice(skin.starts[cell], skin.starts[cell + 1])
            taken[cell] += step[around] @ (value * near)[skin.neighbours[around]]
        value = taken * near
    return value


class Plain:
    """Ranks one drawing after another against the zones of an atlas."""

    def __init__(self, atlas: Any, index: PatternIndex) -> None:
        self.skin, self.index = atlas.skin, index
        self.area = atlas.skin.area_mm2.astype(np.float64)
        self.zones: dict[PatternKey, tuple[Dense, Dense, Dense, Dense]] = {}
        for key in index.keys:
            zone = atlas.zone(key.trigger_point, key.laterality)
            soft = atlas.soft_zone(key.trigger_point, key.laterality)
            sharp, spill, soft_sharp, soft_spill = (
                dense(self.skin, each)
                for each in (zone.essential, zone.spillover, soft.essential, soft.spillover)
            )
            self.zones[key] = (sharp, spill, soft_sharp, soft_spill)

    def likeness(self, drawing: Cells, *, large: bool) -> list[float]:
        """Return for each pattern how alike it is, 1 for the most alike."""
        shape = drawing if large else self._own_sides(drawing)
        drawn = dense(self.skin, shape)
        found = []
        for sharp, spill, soft_sharp, soft_spill in self.zones.values():
            ways = ((sharp, soft_sharp), (sharp + spill / 2, soft_sharp + soft_spill / 2))
            found.append(
                max(
                    (drawn * soft * self.area).sum()
                    / np.sqrt(max(((plain if large else soft) * soft * self.area).sum(), 1e-12))
                    for plain, soft in ways
                )
            )
        return [each / max(found) for each in found]

    def _own_sides(self, drawing: Cells) -> Cells:
        soft = self.index.blur(drawing, 1e-3)
        side = self.skin.laterality
        drawn = set(side[drawing.ids].tolist())
        sides = {LATERALITY_CODES[each] for each in (Laterality.RIGHT, Laterality.LEFT)}
        kept = ~np.isin(side[soft.ids], list(sides - drawn))
        return Cells.of(soft.ids[kept], soft.weights[kept])

    def shares(self, drawing: Cells) -> list[tuple[float, float, float]]:
        """Return for each pattern how much of its essential zone is drawn, and what of the drawing lies in both zones."""
        drawn = dense(self.skin, drawing) * self.area
        return [
            (
                (drawn * sharp).sum() / (sharp * self.area).sum(),
                (drawn * sharp).sum() / drawn.sum(),
                (drawn * np.where(sharp > 0, 0, spill)).sum() / drawn.sum(),
            )
            for sharp, spill, _, _ in self.zones.values()
        ]

    def covering(self, drawing: Cells, keys: Sequence[PatternKey]) -> list[tuple[PatternKey, float]]:
        """Take the pattern that adds most, again and again; the one more alike where they add nearly the same."""
        drawn = dense(self.skin, drawing) * self.area
        drawn /= drawn.sum()
        table = [
            np.maximum(self.zones[k][0], np.where(self.zones[k][0] > 0, 0, self.zones[k][1]) / 2)
            for k in keys
        ]
        covered, together, chosen = np.zeros_like(drawn), 0.0, []
        while together < 0.9 and len(chosen) < 8:
            gains = [float((drawn * np.maximum(each - covered, 0)).sum()) for each in table]
            best = next(number for number, gain in enumerate(gains) if gain >= max(gains) - 0.02)
            if gains[best] < 0.05:
                break
            covered = np.maximum(covered, table[best])
            together += gains[best]
            chosen.append((keys[best], gains[best]))
        return chosen
