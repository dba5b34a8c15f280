"""The way over the skin: straight on a sheet, round a gap, none where there is none."""

import math

import numpy as np
import pytest

from myomap.anatomy.views import Figure
from myomap.surface.distance import skin_distance
from myomap.surface.skin import Skin


def at(sheet: Skin, x: float, y: float) -> int:
    xyz = sheet.xyz[Figure.MALE]
    return int(np.argmin((xyz[:, 0] - x) ** 2 + (xyz[:, 1] - y) ** 2))


@pytest.mark.parametrize("to", [(60.0, 0.0), (0.0, 45.0), (40.0, 40.0), (60.0, 25.0), (-20.0, 70.0)])
def test_on_a_sheet_the_way_is_nearly_the_straight_line(sheet: Skin, to: tuple[float, float]) -> None:
    one, other = at(sheet, 0, 0), at(sheet, *to)
    xyz = sheet.xyz[Figure.MALE]
    straight = math.dist(xyz[one].tolist(), xyz[other].tolist())
    way = skin_distance(sheet, one, [other], most_mm=200)
    assert straight - 0.01 <= way <= 1.09 * straight
    assert skin_distance(sheet, other, [one], most_mm=200) == pytest.approx(way)


def test_the_nearest_of_several_counts_and_nothing_is_measured_too_far(sheet: Skin) -> None:
    start, near, far = at(sheet, 0, 0), at(sheet, 20, 0), at(sheet, -60, 0)
    both = skin_distance(sheet, start, [far, near], most_mm=200)
    assert both == skin_distance(sheet, start, [near], most_mm=200)
    assert skin_distance(sheet, start, [start, far], most_mm=200) == 0
    assert math.isinf(skin_distance(sheet, start, [far], most_mm=40))
    assert math.isinf(skin_distance(sheet, start, [], most_mm=200))
    assert math.isinf(skin_distance(sheet, -1, [near], most_mm=200))
