"""The margin of what a needle can reach: smooth, a little larger, never smaller anywhere."""

from typing import Any

import numpy as np
import pytest
import shapely

from myomap.surface.cells import Cells
from myomap.surface.margin import with_margin


@pytest.mark.parametrize("name", ["lung", "kidney"])
def test_margin_takes_nothing_away_and_adds_little(atlas: Any, name: str) -> None:
    cells = atlas.warning_zone(name).essential
    grown = with_margin(atlas.skin, cells)
    assert np.isin(cells.ids, grown.ids).all()
    assert 1.02 < atlas.skin.area_of(grown) / atlas.skin.area_of(cells) < 1.5
    added = np.setdiff1d(grown.ids, cells.ids)
    xyz = atlas.skin.xyz["male"]
    # the nearest cell of the zone lies less than 3 cm from each that was added
    sample = added[:: max(1, len(added) // 300)]
    gaps = np.linalg.norm(xyz[sample][:, None] - xyz[cells.ids][None], axis=2).min(axis=1)
    assert gaps.max() < 30


def test_margin_is_the_same_on_both_sides(atlas: Any) -> None:
    skin, lung = atlas.skin, atlas.warning_zone("lung").essential
    grown = with_margin(skin, lung)
    there = np.isin(skin.mirror[grown.ids], grown.ids).mean()
    before = np.isin(skin.mirror[lung.ids], lung.ids).mean()
    assert there >= before - 0.01


@pytest.mark.parametrize(
    "view", ["male.anterior", "male.posterior", "female.posterior", "male.head_posterior"]
)
def test_outline_covers_all_of_the_lung_and_is_less_ragged(atlas: Any, qapp: Any, view: str) -> None:
    from myomap.gui.map.zone_paths import ZonePaths

    cells = atlas.warning_zone("lung").essential
    raw = atlas.view_map(view).outline(cells)
    path = ZonePaths(atlas).outline_warning(view, "lung")
    rings = [[(p.x(), p.y()) for p in polygon] for polygon in path.toSubpathPolygons()]
    shape = shapely.make_valid(shapely.multipolygons([shapely.polygons(r) for r in rings if len(r) > 3]))
    assert shapely.area(shapely.difference(raw, shapely.buffer(shape, 0.05))) < 1.0
    assert len(rings) <= len(raw.geoms), "islets beside it have grown together with it"
    assert len(rings) <= 2


def test_nothing_stays_nothing(atlas: Any) -> None:
    assert not with_margin(atlas.skin, Cells.empty())
