"""A flat sheet of cells seen from the front, so that every answer is known without the atlas."""

import numpy as np
import pytest
from numpy.typing import NDArray

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.regions import Region
from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Direction, Figure, Frame, View
from myomap.surface.skin import Skin
from myomap.surface.view_map import ViewMap

SIDE, STEP = 40, 5.0
"""The sheet has 40 x 40 cells of 5 x 5 mm; the patient's right is at the viewer's left."""


def sheet_view() -> View:
    frame = Frame((1, 0, 0), (0, 1, 0), (0, 0, 1), -110.0, 110.0, 220.0, 220.0)
    return View(
        id="male.anterior", figure=Figure.MALE, name="anterior", title="Anterior view",
        direction=Direction.ANTERIOR, frame=frame, layers=(Layer.SKIN,), default_layer=Layer.SKIN,
        group="whole_body", shows=Laterality.MIDLINE, viewer_left=Laterality.RIGHT,
    )  # fmt: skip


def cell_number(row: int, column: int) -> int:
    """Right cells are 0 to 799, their mirrors 800 to 1599."""
    if column < SIDE // 2:
        return row * (SIDE // 2) + column
    return SIDE * SIDE // 2 + row * (SIDE // 2) + (SIDE - 1 - column)


@pytest.fixture(scope="session")
def numbers() -> NDArray[np.int32]:
    rows = [[cell_number(r, c) for c in range(SIDE)] for r in range(SIDE)]
    return np.array(rows, np.int32)


@pytest.fixture(scope="session")
def sheet(numbers: NDArray[np.int32]) -> Skin:
    count = SIDE * SIDE
    neighbours: list[list[int]] = [[] for _ in range(count)]
    xyz = np.zeros((count, 3), np.float32)
    for r in range(SIDE):
        for c in range(SIDE):
            k = numbers[r, c]
            xyz[k] = ((c - SIDE / 2 + 0.5) * STEP, (SIDE / 2 - r - 0.5) * STEP, 0)
            for i, j in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if 0 <= i < SIDE and 0 <= j < SIDE:
                    neighbours[k].append(int(numbers[i, j]))
    side = np.full(count, LATERALITY_CODES[Laterality.RIGHT], np.uint8)
    side[count // 2 :] = LATERALITY_CODES[Laterality.LEFT]
    side[np.abs(xyz[:, 0]) < STEP] = LATERALITY_CODES[Laterality.MIDLINE]
    # Upper half: forehead, one region of the midline. Lower half: a cheek on each side.
    region = np.where(xyz[:, 1] > 0, 0, np.where(xyz[:, 0] < 0, 1, 2)).astype(np.int16)
    starts = np.concatenate([[0], np.cumsum([len(n) for n in neighbours])]).astype(np.int32)
    return Skin(
        area_mm2=np.full(count, STEP * STEP, np.float32),
        region=region,
        laterality=side,
        mirror=np.concatenate([np.arange(count // 2, count), np.arange(count // 2)]).astype(np.int32),
        starts=starts,
        neighbours=np.concatenate([np.array(n, np.int32) for n in neighbours]),
        xyz={Figure.MALE: xyz, Figure.FEMALE: xyz},
        set_area={},
    )


@pytest.fixture(scope="session")
def sheet_map(numbers: NDArray[np.int32]) -> ViewMap:
    raster = np.full((220, 220), -1, np.int32)
    raster[10:210, 10:210] = np.repeat(np.repeat(numbers, 5, axis=0), 5, axis=1)
    return ViewMap(sheet_view(), raster, 1.0)


@pytest.fixture(scope="session")
def sheet_regions() -> dict[str, Region]:
    rows = (
        ("frontal.midline", 0, "Forehead", Laterality.MIDLINE),
        ("buccal.right", 1, "Cheek (right)", Laterality.RIGHT),
        ("buccal.left", 2, "Cheek (left)", Laterality.LEFT),
    )
    return {key: Region(key, n, word, word, word, side, 100.0, "head") for key, n, word, side in rows}
