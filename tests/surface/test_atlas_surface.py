"""The committed atlas: one skin, seen alike from every side and on both figures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.blur import blur_of
from myomap.surface.cells import Cells
from myomap.surface.read_back import read_back

RIGHT, LEFT = LATERALITY_CODES[Laterality.RIGHT], LATERALITY_CODES[Laterality.LEFT]


def cells_of_region(atlas: Any, key: str) -> Cells:
    return Cells.of(np.flatnonzero(atlas.skin.region == atlas.regions[key].number))


def test_right_cells_lie_right_and_left_cells_left_on_both_figures(atlas: Any) -> None:
    for figure in Figure:
        x = atlas.skin.xyz[figure][:, 0]
        # Some skin of the crotch pokes across the midline of the male figure by a millimetre or two.
        assert x[atlas.skin.laterality == RIGHT].max() < 3
        assert x[atlas.skin.laterality == LEFT].min() > -3


def test_a_cell_s_mirror_has_the_mirrored_place_side_region_and_area(atlas: Any) -> None:
    skin = atlas.skin
    assert (skin.mirror[skin.mirror] == np.arange(len(skin))).all()
    for figure in Figure:
        np.testing.assert_array_equal(skin.xyz[figure][skin.mirror] * (-1, 1, 1), skin.xyz[figure])
    np.testing.assert_array_equal(skin.area_mm2[skin.mirror], skin.area_mm2)
    swapped = np.array([LEFT, RIGHT, LATERALITY_CODES[Laterality.MIDLINE]])
    np.testing.assert_array_equal(swapped[skin.laterality], skin.laterality[skin.mirror])
    by_number = {r.number: r for r in atlas.regions.values()}
    partner = np.zeros(len(by_number), np.int16)
    for number, region in by_number.items():
        stem = region.id.rpartition(".")[0]
        partner[number] = atlas.regions[f"{stem}.{region.laterality.mirrored()}"].number
    np.testing.assert_array_equal(partner[skin.region], skin.region[skin.mirror])


def test_no_cell_of_a_sided_region_is_of_the_other_side(atlas: Any) -> None:
    by_number = {r.number: r for r in atlas.regions.values()}
    side = np.array([LATERALITY_CODES[by_number[k].laterality] for k in range(len(by_number))])
    region_side = side[atlas.skin.region]
    own = atlas.skin.laterality
    assert not ((region_side == RIGHT) & (own == LEFT)).any()
    assert not ((region_side == LEFT) & (own == RIGHT)).any()


def test_every_region_has_skin_and_the_areas_add_up(atlas: Any) -> None:
    counted = np.bincount(atlas.skin.region, atlas.skin.area_mm2, minlength=len(atlas.regions)) / 100
    for region in atlas.regions.values():
        assert counted[region.number] == pytest.approx(region.area_cm2, abs=0.2)
        assert region.area_cm2 > 2
    assert atlas.skin.total_mm2 == pytest.approx(1.618e6, rel=0.002)


def test_neighbours_are_mutual_and_near(atlas: Any) -> None:
    skin = atlas.skin
    row = np.repeat(np.arange(len(skin)), np.diff(skin.starts))
    pairs = set(zip(row.tolist(), skin.neighbours.tolist(), strict=True))
    assert all((b, a) in pairs for a, b in list(pairs)[::50])
    xyz = skin.xyz[Figure.MALE]
    assert np.linalg.norm(xyz[row] - xyz[skin.neighbours], axis=1).max() < 12


def test_regions_of_both_figures_are_seen_on_the_same_side(atlas: Any) -> None:
    for figure in Figure:
        seen = atlas.view_map(f"{figure}.anterior")
        columns = np.broadcast_to(np.arange(seen.raster.shape[1]), seen.raster.shape)
        middle = -seen.view.frame.left_edge * seen.px_per_mm
        for code, sign in ((RIGHT, -1), (LEFT, 1)):
            here = (seen.raster >= 0) & (atlas.skin.laterality[np.maximum(seen.raster, 0)] == code)
            assert (sign * (columns[here] + 0.5 - middle) > -4).all()


def test_mirrored_views_show_mirrored_cells(atlas: Any) -> None:
    for name in ("left_lateral", "left_hand_palmar", "head_left_lateral"):
        left = atlas.view_map(f"male.{name}").raster
        right = atlas.view_map(f"male.{name.replace('left', 'right')}").raster
        padded = np.append(atlas.skin.mirror, np.int32(-1))
        assert (padded[left][:, ::-1] == right).mean() > 0.999


def test_a_hand_view_shows_that_hand_alone(atlas: Any) -> None:
    seen = atlas.view_map("male.right_hand_palmar").visible
    names = {r.number: r.id for r in atlas.regions.values()}
    found = {names[k] for k in np.unique(atlas.skin.region[seen]).tolist()}
    assert all(name.endswith(".right") for name in found)
    assert "palm.right" in found
    assert not any("thigh" in name or "hip" in name for name in found)


def test_a_lateral_view_of_the_trunk_leaves_the_arm_out(atlas: Any) -> None:
    names = {r.number: r.id for r in atlas.regions.values()}
    shown = atlas.view_map("male.trunk_right_lateral").visible
    found = {names[k] for k in np.unique(atlas.skin.region[shown]).tolist()}
    assert "lateral_thoracic.right" in found
    assert not any("forearm" in name or "posterior_arm" in name for name in found)


def test_a_stroke_in_front_is_the_same_cells_from_the_side(atlas: Any) -> None:
    front, side = atlas.view_map("male.anterior"), atlas.view_map("male.right_lateral")
    # The outer thigh, seen from both.
    both = np.intersect1d(front.visible, side.visible)
    thigh = both[atlas.skin.region[both] == atlas.regions["anterior_thigh.right"].number]
    x, y = front.centre(Cells.of(thigh))
    drawn = front.cells_under([[x, y - 30], [x, y + 30]], 12)
    outlined = side.outline(drawn)
    again = side.cells_in_polygon(outlined)
    seen = side.seen_of(drawn)
    assert len(seen) > 20
    lost = seen.minus(again)
    assert atlas.skin.area_of(lost) < 0.2 * atlas.skin.area_of(seen)  # grazing skin is a few pixels wide
    assert np.isin(atlas.skin.laterality[again.ids], [RIGHT]).all()


def test_a_drawing_that_wraps_round_is_counted_once(atlas: Any) -> None:
    front, side = atlas.view_map("male.anterior"), atlas.view_map("male.right_lateral")
    region = cells_of_region(atlas, "anterior_thigh.right")
    from_front, from_side = front.seen_of(region), side.seen_of(region)
    both = from_front.union(from_side)
    shared = np.intersect1d(from_front.ids, from_side.ids)
    expected = (
        atlas.skin.area_of(from_front) + atlas.skin.area_of(from_side) - atlas.skin.area_of(Cells.of(shared))
    )
    assert len(shared) > 100
    assert atlas.skin.area_of(both) == pytest.approx(expected, rel=1e-6)
    assert atlas.skin.area_of(both) <= atlas.skin.area_of(region) * (1 + 1e-6)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    view=st.sampled_from(
        [
            "male.anterior",
            "female.posterior",
            "male.right_lateral",
            "male.head_anterior",
            "male.right_hand_palmar",
        ]
    ),
    start=st.integers(0, 10**9),
    turns=st.lists(st.tuples(st.floats(-25, 25), st.floats(-25, 25)), min_size=1, max_size=8),
    radius=st.floats(4, 25),
)
def test_strokes_survive_the_way_to_outlines_and_back(
    atlas: Any, view: str, start: int, turns: list[tuple[float, float]], radius: float
) -> None:
    seen = atlas.view_map(view)
    flat = np.flatnonzero(seen.raster >= 0)
    at = int(flat[start % len(flat)])
    begin = np.array([at % seen.raster.shape[1] + 0.5, at // seen.raster.shape[1] + 0.5]) / seen.px_per_mm
    if seen.view.group in ("hand", "head_neck"):
        radius, turns = radius / 2.5, [(a / 3, b / 3) for a, b in turns]
    path = begin + np.concatenate([[[0.0, 0.0]], np.cumsum(np.array(turns), axis=0)])
    drawn = seen.cells_under(path, radius)
    again = seen.cells_in_polygon(seen.outline(drawn))
    lost = seen_area(atlas, seen, drawn.minus(again))
    gained = seen_area(atlas, seen, again.minus(drawn))
    whole = seen_area(atlas, seen, drawn)
    allowance = 40 / seen.px_per_mm  # a few cells: what a drawing of a few cells may lose
    assert lost < 0.05 * whole + allowance
    assert gained < 0.05 * whole + allowance


def seen_area(atlas: Any, seen: Any, cells: Cells) -> float:
    """The area as projected: what of a grazing cell is drawn is a pixel or two."""
    return float(seen.seen_pixels[cells.ids].sum()) / seen.px_per_mm**2


def test_the_widespread_pain_index_has_19_areas_in_five_groups(atlas: Any) -> None:
    wpi = atlas.region_sets["wpi"]
    assert len(wpi.areas) == 19
    groups: dict[str, int] = {}
    for area in wpi.areas:
        groups[area.group] = groups.get(area.group, 0) + 1
    assert groups == {
        "": 4, "axial": 3, "left_upper": 3, "right_upper": 3, "left_lower": 3, "right_lower": 3,
    }  # fmt: skip
    uncounted = {a.id for a in wpi.areas if not a.group}
    assert uncounted == {"jaw.right", "jaw.left", "chest.midline", "abdomen.midline"}


def test_the_74_areas_cover_every_cell_front_36_back_38(atlas: Any) -> None:
    areas = atlas.region_sets["choir74"].areas
    assert len([a for a in areas if a.id.startswith("front_")]) == 36
    assert len([a for a in areas if a.id.startswith("back_")]) == 38
    of_cell = atlas.skin.set_area["choir74"]
    assert of_cell.min() == 0
    assert set(np.unique(of_cell).tolist()) == {a.number for a in areas}


@pytest.mark.parametrize("name", ["wpi", "choir74"])
def test_areas_of_a_set_have_the_area_and_side_of_their_cells(atlas: Any, name: str) -> None:
    of_cell = atlas.skin.set_area[name]
    for area in atlas.region_sets[name].areas:
        cells = of_cell == area.number
        assert atlas.skin.area_mm2[cells].sum() / 100 == pytest.approx(area.area_cm2, abs=0.2)
        if area.laterality is not Laterality.MIDLINE:
            wrong = LEFT if area.laterality is Laterality.RIGHT else RIGHT
            assert not (atlas.skin.laterality[cells] == wrong).any()


def test_words_of_a_region_name_that_region_and_side(atlas: Any) -> None:
    assert read_back(atlas, cells_of_region(atlas, "temporal.right")).startswith("RIGHT temple, ")
    assert read_back(atlas, cells_of_region(atlas, "posterior_leg.left")).startswith("LEFT calf, ")
    assert read_back(atlas, cells_of_region(atlas, "frontal.midline")).startswith("forehead, ")


def test_a_blur_on_one_finger_stays_off_the_next_fingertip(atlas: Any) -> None:
    palmar = cells_of_region(atlas, "index_finger_palmar.right")
    y = atlas.skin.xyz[Figure.MALE][palmar.ids, 1]
    tip = Cells.of(palmar.ids[y < np.quantile(y, 0.15)])
    soft = blur_of(atlas.skin)(tip)
    for name in ("middle_finger_palmar.right", "middle_finger_dorsal.right"):
        other = cells_of_region(atlas, name)
        y = atlas.skin.xyz[Figure.MALE][other.ids, 1]
        assert not np.isin(other.ids[y < np.quantile(y, 0.3)], soft.ids).any()


def test_warnings_over_lung_and_kidney_lie_on_the_trunk_and_on_both_sides(atlas: Any) -> None:
    names = {r.number: r for r in atlas.regions.values()}
    for warning in ("lung", "kidney"):
        zone = atlas.warning_zone(warning)
        cells = zone.essential.union(zone.spillover)
        assert cells.mirrored(atlas.skin.mirror).ids.tolist() == cells.ids.tolist()
        parts = {names[k].body_part for k in np.unique(atlas.skin.region[cells.ids]).tolist()}
        assert parts <= {"chest", "back", "neck", "abdomen", "shoulder"}, parts
    lung = atlas.warning_zone("lung").essential
    touched = {names[k].id for k in np.unique(atlas.skin.region[lung.ids]).tolist()}
    assert {"lateral_neck.right", "pectoral.left", "infrascapular.right", "interscapular.left"} <= touched
    assert "umbilical.midline" not in touched
