"""Area, overlap, pieces, regions, blur and words, on a sheet whose answers are known."""

import numpy as np
import pytest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.regions import Region
from myomap.anatomy.views import Figure
from myomap.surface.blur import Blur
from myomap.surface.cells import Cells
from myomap.surface.read_back import places_in_words, read_back, sides_of
from myomap.surface.skin import Skin


def patch(sheet: Skin, x0: float, y0: float, x1: float, y1: float) -> Cells:
    x, y, _ = sheet.xyz[Figure.MALE].T
    return Cells.of(np.flatnonzero((x > x0) & (x < x1) & (y > y0) & (y < y1)))


class _Atlas:
    def __init__(self, skin: Skin, regions: dict[str, Region]) -> None:
        self.skin, self.regions = skin, regions


def test_area_is_counted_once_however_often_a_place_is_drawn(sheet: Skin) -> None:
    one, two = patch(sheet, -50, -50, 0, 0), patch(sheet, -25, -25, 25, 25)
    assert sheet.area_of(one.union(two)) == 2500 + 2500 - 625
    assert sheet.share_of(one) == pytest.approx(2500 / 40000)


def test_overlap_is_the_shared_part_of_what_either_covers(sheet: Skin) -> None:
    one, two = patch(sheet, -50, -50, 0, 0), patch(sheet, -25, -50, 25, 0)
    assert sheet.overlap(one, two) == pytest.approx(1250 / 3750)
    assert sheet.overlap(one, one) == 1.0
    assert sheet.overlap(one, one.mirrored(sheet.mirror)) == 0.0
    assert sheet.overlap(Cells.empty(), Cells.empty()) == 0.0


def test_pieces_that_do_not_touch_are_told_apart(sheet: Skin) -> None:
    large, small = patch(sheet, -80, -80, -40, -40), patch(sheet, 20, 20, 40, 40)
    parts = sheet.parts(large.union(small))
    assert [p.ids.tolist() for p in parts] == [large.ids.tolist(), small.ids.tolist()]
    assert sheet.parts(Cells.empty()) == []


def test_regions_under_cells_come_with_their_shares_largest_first(sheet: Skin) -> None:
    shares = sheet.regions_touched(patch(sheet, -50, -75, 0, 25))
    assert [(s.region, s.share) for s in shares] == [(1, 0.75), (0, 0.25)]
    assert shares[0].left_mm2 == 0


def test_a_blur_keeps_the_mass_and_spreads_by_its_width(sheet: Skin) -> None:
    spot = patch(sheet, -5, -5, 5, 5)
    soft = Blur(sheet, 15.0)(spot, least=0.0)
    mass = sheet.area_mm2[soft.ids] * soft.weights
    off = sheet.xyz[Figure.MALE][soft.ids, 0] - sheet.xyz[Figure.MALE][spot.ids, 0].mean()
    assert mass.sum() == pytest.approx(sheet.area_of(spot), rel=0.02)
    assert np.sqrt((mass * off**2).sum() / mass.sum()) == pytest.approx(15, rel=0.1)


def test_a_blur_does_not_cross_a_gap(sheet: Skin) -> None:
    """Two fingers side by side: near through the air, far over the skin."""
    cut = sheet.laterality == 2
    starts, kept = [0], []
    for cell in range(len(sheet)):
        around = sheet.neighbours[sheet.starts[cell] : sheet.starts[cell + 1]]
        near = [] if cut[cell] else [k for k in around.tolist() if not cut[k]]
        kept += near
        starts.append(len(kept))
    split = Skin(
        sheet.area_mm2, sheet.region, sheet.laterality, sheet.mirror,
        np.array(starts, np.int32), np.array(kept, np.int32), sheet.xyz, {},
    )  # fmt: skip
    soft = Blur(split)(patch(sheet, -15, -20, -5, 20), least=0.0)
    assert (sheet.xyz[Figure.MALE][soft.ids, 0] < 0).all()
    across = Blur(sheet)(patch(sheet, -15, -20, -5, 20), least=0.0)
    assert (sheet.xyz[Figure.MALE][across.ids, 0] > 0).any()


def test_words_name_side_regions_and_extent(sheet: Skin, sheet_regions: dict[str, Region]) -> None:
    atlas = _Atlas(sheet, sheet_regions)
    assert read_back(atlas, patch(sheet, -60, -40, -20, -10)) == "RIGHT cheek, 12 cm², 3.0 % of the skin"
    assert read_back(atlas, Cells.empty()) == "nothing drawn"


def test_a_side_is_told_in_a_region_of_the_midline(sheet: Skin, sheet_regions: dict[str, Region]) -> None:
    atlas = _Atlas(sheet, sheet_regions)
    assert places_in_words(atlas, patch(sheet, -60, 10, -20, 40)) == "RIGHT forehead"
    assert places_in_words(atlas, patch(sheet, 20, 10, 60, 40)) == "LEFT forehead"
    assert places_in_words(atlas, patch(sheet, -60, 10, 60, 40)) == "forehead"
    assert places_in_words(atlas, patch(sheet, -5, 10, 5, 40)) == "forehead"


def test_both_sides_are_told_where_both_are_drawn(sheet: Skin, sheet_regions: dict[str, Region]) -> None:
    atlas = _Atlas(sheet, sheet_regions)
    cells = patch(sheet, -60, -40, 60, -10)
    assert places_in_words(atlas, cells) == "RIGHT and LEFT cheek"
    assert sides_of(sheet, cells) == (Laterality.RIGHT, Laterality.LEFT)
    assert sides_of(sheet, patch(sheet, 20, 20, 60, 60)) == (Laterality.LEFT,)


def test_mirrored_words_change_nothing_but_the_side(sheet: Skin, sheet_regions: dict[str, Region]) -> None:
    atlas = _Atlas(sheet, sheet_regions)
    cells = patch(sheet, -60, -40, -20, 10)
    right, left = read_back(atlas, cells), read_back(atlas, cells.mirrored(sheet.mirror))
    assert right.replace("RIGHT", "LEFT") == left
    assert "RIGHT" in right
