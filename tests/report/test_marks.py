"""Mark in the record = mark in the document, for every structure and view."""

from typing import Any

import pytest
import shapely

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.records.values import Site
from myomap.report.site_marks import marks_on, place_on


def test_a_click_on_any_structure_of_any_view_is_marked_inside_it(atlas: Any) -> None:
    checked = 0
    for view in atlas.views.values():
        for layer in view.layers:
            if layer is Layer.SKIN:
                continue
            for outline in atlas.outlines(view.id, layer):
                point = outline.shape.representative_point()
                site = Site(
                    outline.key.structure,
                    outline.key.laterality,
                    "",
                    str(outline.key),
                    view=view.id,
                    x=point.x,
                    y=point.y,
                )
                (mark,) = marks_on(atlas, view.id, [("1", site)], layer)
                assert (mark.x, mark.y) == (point.x, point.y)
                assert shapely.contains_xy(outline.shape, mark.x, mark.y)
                checked += 1
    assert checked > 5000


@pytest.mark.parametrize("view", ["male.anterior", "male.posterior", "female.anterior", "female.posterior"])
def test_a_site_without_a_place_is_marked_on_its_own_side(atlas: Any, view: str) -> None:
    found = atlas.views[view]
    middle = found.frame.width / 2
    for side in (Laterality.LEFT, Laterality.RIGHT):
        on_viewers_left = found.viewer_left is side
        for structure in atlas.structures.values():
            if not structure.sided:
                continue
            at = place_on(atlas, view, Site(structure.id, side, "", ""), Layer.SUPERFICIAL)
            if at is None or abs(at[0] - middle) < 12:
                continue
            assert (at[0] < middle) == on_viewers_left, structure.id


def test_a_site_clicked_in_one_view_is_found_at_the_same_skin_in_another(atlas: Any) -> None:
    moved = 0
    for place in atlas.places("male"):
        site = Site(
            "x",
            place.laterality,
            "",
            "",
            view="male.right_lateral",
            x=1.0,
            y=1.0,
            cell=place.cell,
            map_version=atlas.map_version,
        )
        at = place_on(atlas, "male.anterior", site)
        if at is None:
            continue
        # At the body's edge the middle of a cell may be a pixel beside the skin that is seen.
        seen = [
            atlas.view_map("male.anterior").cell_at(at[0] + dx, at[1] + dy)
            for dx in (0, -2, 2)
            for dy in (0, -2, 2)
        ]
        cell = next((c for c in seen if c >= 0), -1)
        assert cell >= 0
        distance = atlas.skin.xyz["male"][cell] - atlas.skin.xyz["male"][place.cell]
        assert float((distance**2).sum()) < 12**2
        moved += 1
    assert moved > 50
