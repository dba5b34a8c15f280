"""A small flat skin of two sides with a few patterns, whose answers are known."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.blur import Blur
from myomap.surface.cells import Cells
from myomap.surface.outlines import Zone
from myomap.surface.skin import Skin

ROWS, COLUMNS, STEP = 40, 60, 5.0


def flat_skin() -> Skin:
    """A sheet of 40 x 60 cells of 25 mm²; columns 0-29 are right, 30-59 left."""
    index = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    neighbours: list[list[int]] = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            near = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
            neighbours.append([int(index[r, c]) for r, c in near if 0 <= r < ROWS and 0 <= c < COLUMNS])
    starts = np.concatenate([[0], np.cumsum([len(n) for n in neighbours])]).astype(np.int32)
    column_of = np.tile(np.arange(COLUMNS), ROWS)
    right = column_of < COLUMNS // 2
    xyz = np.column_stack(
        [(column_of - 29.5) * STEP, np.repeat(np.arange(ROWS), COLUMNS) * STEP, 0 * column_of]
    )
    return Skin(
        area_mm2=np.full(ROWS * COLUMNS, STEP * STEP, np.float32),
        region=np.where(right, 0, 1).astype(np.int16),
        laterality=np.where(
            right, LATERALITY_CODES[Laterality.RIGHT], LATERALITY_CODES[Laterality.LEFT]
        ).astype(np.uint8),
        mirror=index[:, ::-1].reshape(-1).astype(np.int32),
        starts=starts,
        neighbours=np.concatenate([np.array(n, np.int32) for n in neighbours]),
        xyz={Figure.MALE: xyz.astype(np.float32)},
        set_area={},
    )


def patch(rows: tuple[int, int], columns: tuple[int, int]) -> Cells:
    """Return the cells of a rectangle."""
    index = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    return Cells.of(index[rows[0] : rows[1], columns[0] : columns[1]])


class SmallAtlas:
    """As much of an atlas as the look-up asks for."""

    def __init__(self, zones: Mapping[str, tuple[Cells, Cells]]) -> None:
        self.skin = flat_skin()
        self._zones = zones
        names = list(zones)
        blur = Blur(self.skin)
        self._soft = {n: Zone(*(blur.on_own_sides(z) for z in zones[n])) for n in names}
        self.trigger_points = {
            n: SimpleNamespace(id=n, only=None, sided=True, order=k) for k, n in enumerate(names)
        }

    def _sided(self, zone: Zone, side: Any) -> Zone:
        if side is Laterality.LEFT:
            return Zone(zone.essential.mirrored(self.skin.mirror), zone.spillover.mirrored(self.skin.mirror))
        return zone

    def zone(self, name: str, side: Any) -> Zone:
        return self._sided(Zone(*self._zones[name]), side)

    def soft_zone(self, name: str, side: Any) -> Zone:
        return self._sided(self._soft[name], side)


@pytest.fixture(scope="session")
def small_atlas() -> Any:
    nothing = Cells.empty()
    return SmallAtlas(
        {
            "upper": (patch((2, 12), (4, 14)), patch((12, 18), (4, 14))),
            "upper_wide": (patch((0, 16), (0, 20)), nothing),
            "lower": (patch((25, 35), (4, 14)), nothing),
            "lower_twin": (patch((25, 35), (4, 14)), nothing),
            "inner": (patch((4, 8), (6, 10)), nothing),
        }
    )
