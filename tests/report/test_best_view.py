"""The best view of a pattern shows the X, the muscle and the zone; never a body without the arm it is felt in."""

from typing import Any

import pytest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.lookup.pattern_index import PatternKey
from myomap.report.best_view import best_view


def _view(atlas: Any, point: str) -> str:
    key = StructureKey(atlas.trigger_points[point].structure, Laterality.RIGHT)
    view, _ = best_view(atlas, (PatternKey(point, Laterality.RIGHT),), (key,))
    return str(view)


@pytest.mark.parametrize("point", ["supraspinatus-1", "deltoid-acromial-1", "subscapularis-1"])
def test_pain_in_the_arm_is_not_shown_on_a_trunk_without_it(atlas: Any, point: str) -> None:
    assert ".trunk_" not in _view(atlas, point)


@pytest.mark.parametrize("point", ["gluteus-medius-2", "superior-gemellus-1"])
def test_what_is_seen_best_from_behind_is_not_turned_to_the_side_for_a_trunk_that_is_no_nearer(
    atlas: Any, point: str
) -> None:
    assert _view(atlas, point) == "male.posterior"


def test_a_dissection_is_for_what_no_ordinary_view_shows(atlas: Any) -> None:
    assert _view(atlas, "pectoralis-minor-1") == "male.anterior"
    assert "pterygoid" in _view(atlas, "medial-pterygoid-1")


@pytest.mark.parametrize("point", ["tibialis-anterior-1", "fibularis-longus-1", "pronator-teres-1"])
def test_a_close_up_that_leaves_out_the_trigger_point_is_not_chosen(atlas: Any, point: str) -> None:
    assert "foot" not in _view(atlas, point)
    assert "hand" not in _view(atlas, point)


def test_a_pattern_in_one_limb_is_looked_at_from_near_and_all_of_it_stays_on_the_page(atlas: Any) -> None:
    from myomap.report.crop import subject_crop

    key = PatternKey("tibialis-anterior-1", Laterality.RIGHT)
    muscle = StructureKey("tibialis-anterior", Laterality.RIGHT)
    box = subject_crop(atlas, "male.anterior", (key,), (muscle,))
    assert box is not None
    left, top, right, bottom = box
    frame = atlas.views["male.anterior"].frame
    assert bottom - top < 0.7 * frame.height
    assert 0 <= left < right <= frame.width
    zone = atlas.view_map("male.anterior").outline(atlas.zone(*_of(key)).essential)
    x0, y0, x1, y1 = zone.bounds
    assert (min(left, x0), min(top, y0)) == (left, top)
    assert (max(right, x1), max(bottom, y1)) == (right, bottom)


def _of(key: PatternKey) -> tuple[str, Laterality]:
    return key.trigger_point, key.laterality
