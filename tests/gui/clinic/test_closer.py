"""Which close-up is offered for a drawing: the part of the body, its side, the face of it that was drawn."""

from typing import Any

import numpy as np
import pytest

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.gui.drawing.closer import close_up_of
from myomap.lookup.by_region import cells_of_regions, named_region
from myomap.surface.cells import Cells


def _cells(atlas: Any, *regions: str, side: str) -> Cells:
    return cells_of_regions(atlas.skin, [named_region(atlas, r, side) for r in regions], side)


@pytest.mark.parametrize(
    ("regions", "side", "view"),
    [
        (("temporal",), "right", "head_right_lateral"),
        (("temporal",), "left", "head_left_lateral"),
        (("palm",), "left", "left_hand_palmar"),
        (("dorsum_hand",), "right", "right_hand_dorsal"),
        (("sole",), "right", "right_foot_plantar"),
        (("dorsum_foot",), "left", "left_foot_dorsal"),
        (("urogenital",), "right", "pelvic_floor"),
    ],
)
def test_the_close_up_of_the_side_and_face_that_was_drawn(
    atlas: Any, regions: tuple[str, ...], side: str, view: str
) -> None:
    found = close_up_of(atlas, _cells(atlas, *regions, side=side), Figure.MALE)
    assert found is not None
    assert found.name == view


def test_nothing_is_offered_for_the_trunk_for_nothing_and_for_a_drawing_all_over(atlas: Any) -> None:
    assert close_up_of(atlas, Cells.empty(), Figure.MALE) is None
    assert close_up_of(atlas, _cells(atlas, "lumbar", side="right"), Figure.MALE) is None
    assert close_up_of(atlas, Cells.of_sorted(np.arange(0, len(atlas.skin), 7)), Figure.MALE) is None


def test_the_figure_on_show_has_its_own_close_up_where_there_is_one(atlas: Any) -> None:
    temple, palm = _cells(atlas, "temporal", side="right"), _cells(atlas, "palm", side="right")
    assert close_up_of(atlas, temple, Figure.FEMALE).id == "female.head_right_lateral"
    assert close_up_of(atlas, palm, Figure.FEMALE).id == "male.right_hand_palmar"


def test_a_close_up_never_shows_the_other_side_of_what_was_drawn(atlas: Any) -> None:
    left = LATERALITY_CODES[Laterality.LEFT]
    for name in ("palm", "dorsum_hand", "sole", "dorsum_foot"):
        cells = _cells(atlas, name, side="left")
        assert set(atlas.skin.laterality[cells.ids]) == {left}
        found = close_up_of(atlas, cells, Figure.MALE)
        assert found.shows is Laterality.LEFT
