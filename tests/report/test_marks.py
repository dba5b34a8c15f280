"""Mark in the record = mark in the document, for every structure and view."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.records.values import Quality, Site, Stroke, new_id
from myomap.report.drawing_maps import drawn_cells, drawn_lines, inks_on
from myomap.report.map_svg import side_letters
from myomap.report.site_marks import marks_on, place_on

#: Size, x, y, whether it ends there, and the word, of what stands at the edges of a map.
_TEXT = re.compile(r'font-size="([\d.]+)".*?x="([-\d.]+)" y="([-\d.]+)"( text-anchor="end")?>([^<]+)<')


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


def test_a_cell_of_an_older_map_marks_nothing(atlas: Any) -> None:
    place = next(p for p in atlas.places("male") if p.trigger_point == "trapezius-descending-1")
    wrong = int(atlas.view_map("male.anterior").visible[0])
    site = Site(
        "x",
        place.laterality,
        "",
        "",
        view="male.right_lateral",
        x=1.0,
        y=1.0,
        cell=wrong,
        map_version="older",
    )
    assert place_on(atlas, "male.anterior", site) is None
    of_a_point = replace(site, trigger_point=place.trigger_point)
    x, y = atlas.view_map("male.posterior").project(np.array([place.xyz]))[0]
    assert place_on(atlas, "male.posterior", of_a_point) == (pytest.approx(x), pytest.approx(y))


def test_a_strength_that_nobody_has_said_is_printed_as_not_asked(atlas: Any) -> None:
    points = ((250.0, 400.0), (300.0, 420.0))
    under = tuple(atlas.view_map("male.anterior").cells_under(points, 12.0).ids.tolist())
    unsaid = Stroke(new_id(), "male.anterior", points, 12.0, None, Quality.ACHE, cells=under)
    weak = replace(unsaid, id=new_id(), intensity=0, cells=under[:20])
    assert [line.split(":")[0] for line in drawn_lines(atlas, [unsaid, weak])] == [
        "Aching, strength not asked",
        "Aching, 0 of 10",
    ]
    assert len(inks_on(atlas, "male.anterior", [unsaid, weak])) == 2


def test_a_stroke_of_an_older_map_is_printed_where_it_was_drawn(atlas: Any) -> None:
    view = "male.anterior"
    points = ((250.0, 400.0), (300.0, 420.0))
    wrong = tuple(int(c) for c in atlas.view_map("male.posterior").visible[:200])
    stroke = Stroke(new_id(), view, points, 12.0, 5, Quality.ACHE, cells=wrong, map_version="older")
    assert (
        drawn_cells(atlas, [stroke]).ids.tolist()
        == atlas.view_map(view).cells_under(points, 12.0).ids.tolist()
    )
    (ink,) = inks_on(atlas, view, [stroke])
    assert shapely.distance(ink.shape, shapely.Point(275, 410)) == 0
    gone = replace(stroke, view="male.gone")
    assert not drawn_cells(atlas, [gone])
    assert drawn_lines(atlas, [stroke, gone])[-1].startswith("Not shown: 1 stroke of an older map")


@pytest.mark.parametrize("view", ["male.left_lateral", "female.right_lateral"])
def test_front_and_back_stand_beside_the_body_not_on_it(atlas: Any, view: str) -> None:
    found = atlas.views[view]
    body = shapely.union_all([o.shape for o in atlas.outlines(view, Layer.SKIN)])
    drawn = side_letters(found, (0.0, 0.0, found.frame.width, found.frame.height), "#000000")
    words = {w: (float(s), float(x), float(y), bool(e)) for s, x, y, e, w in _TEXT.findall(drawn)}
    assert {"front", "back"} < set(words)
    for word in ("front", "back"):
        size, x, y, end = words[word]
        wide = 0.52 * size * len(word)
        left = x - wide if end else x
        box = shapely.box(left, y - 0.7 * size, left + wide, y)
        assert body.intersection(box).area < 0.05 * box.area, word


def test_words_that_have_no_room_are_smaller_or_left_out_and_the_side_stays(atlas: Any) -> None:
    view = atlas.views["male.left_lateral"]
    for scale, least in ((1.0, 2), (4.5, 2), (8.0, 0)):
        drawn = _TEXT.findall(side_letters(view, (100.0, 300.0, 180.0, 420.0), "#000000", scale))
        words = [(float(size), float(x), word) for size, x, _, _, word in drawn if word in ("front", "back")]
        assert len(words) == least
        assert "L" in [word for *_, word in drawn]
        assert sum(0.56 * size * len(word) for size, _, word in words) < 80
