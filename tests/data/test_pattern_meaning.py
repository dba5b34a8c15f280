"""Zones say what their words say: areas named are touched, nothing far away is, sides are kept.

The expected regions stand in data/patterns/areas_*.yaml. They were written from the words of the
published list, not from the strokes, so a stroke on the wrong side of a limb fails here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells

PATTERNS = Path(__file__).resolve().parents[2] / "data" / "patterns"
#: Cells that carry less than this are the soft edge, which nobody sees as part of the zone.
SEEN = 0.3
#: Less than this of a named area is not "touched", this much of another is "far away"; mm².
NAMED_MM2, STRAY_MM2 = 20.0, 60.0
#: A zone of the midline may reach this far over it; mm.
OVER_MIDLINE_MM = 30.0


@dataclass(frozen=True)
class Named:
    """What the words of one trigger point name."""

    must: tuple[tuple[str, ...], ...]
    may: frozenset[str]
    midline: bool
    other_side: bool


def read_named() -> dict[str, Named]:
    found = {}
    for path in sorted(PATTERNS.glob("areas_*.yaml")):
        for key, area in yaml.safe_load(path.read_text(encoding="utf-8"))["areas"].items():
            must = tuple(tuple(group.split("|")) for group in area["must"])
            found[key] = Named(
                must, frozenset(area["may"]), area.get("midline", False), area.get("other_side", False)
            )
    return found


NAMED = read_named()


@pytest.fixture(scope="module")
def region_names(atlas: Any) -> dict[int, str]:
    """Names as in the lists: of the right side or the midline plain, of the left with “left:”."""
    names = {}
    for region in atlas.regions.values():
        name = region.id.rpartition(".")[0] or region.id
        names[region.number] = f"left:{name}" if region.laterality is Laterality.LEFT else name
    return names


def seen(zones: Iterable[Cells], count: int) -> np.ndarray:
    dense = np.zeros(count, np.float32)
    for cells in zones:
        dense = np.maximum(dense, cells.dense(count))
    return dense > SEEN


def touched(atlas: Any, region_names: dict[int, str], on: np.ndarray) -> dict[str, float]:
    area = np.bincount(atlas.skin.region[on], atlas.skin.area_mm2[on])
    return {region_names[k]: float(mm2) for k, mm2 in enumerate(area) if mm2 > 0}


def cells_of(atlas: Any, key: str, laterality: Laterality = Laterality.RIGHT) -> np.ndarray:
    point = atlas.trigger_points[key]
    if not point.sided:
        laterality = Laterality.MIDLINE
    zone = atlas.zone(key, laterality)
    return seen((zone.essential, zone.spillover), len(atlas.skin))


def test_every_trigger_point_has_its_areas_named(atlas: Any) -> None:
    assert set(NAMED) == set(atlas.trigger_points)


@pytest.mark.parametrize("key", sorted(NAMED))
def test_each_area_that_the_words_name_is_touched(atlas: Any, region_names: dict[int, str], key: str) -> None:
    mm2 = touched(atlas, region_names, cells_of(atlas, key))
    missing = [
        group
        for group in NAMED[key].must
        if max((mm2.get(name, 0.0) for name in group), default=0.0) < NAMED_MM2
    ]
    assert not missing


@pytest.mark.parametrize("key", sorted(NAMED))
def test_nothing_that_the_words_do_not_name_is_touched(
    atlas: Any, region_names: dict[int, str], key: str
) -> None:
    named = {name for group in NAMED[key].must for name in group} | NAMED[key].may
    mm2 = touched(atlas, region_names, cells_of(atlas, key))
    assert not {name: round(area) for name, area in mm2.items() if name not in named and area > STRAY_MM2}


@pytest.mark.parametrize("key", sorted(k for k, named in NAMED.items() if not named.other_side))
def test_zones_keep_to_their_side_but_where_the_words_say_so(atlas: Any, key: str) -> None:
    on = cells_of(atlas, key)
    left = on & (atlas.skin.laterality == LATERALITY_CODES[Laterality.LEFT])
    x = atlas.skin.xyz[Figure.MALE][left, 0]
    assert x.max(initial=0.0) <= (OVER_MIDLINE_MM if NAMED[key].midline else 0.0)


@pytest.mark.parametrize("key", sorted(NAMED))
def test_the_left_zone_names_the_same_regions_of_the_other_side(
    atlas: Any, region_names: dict[int, str], key: str
) -> None:
    point = atlas.trigger_points[key]
    if point.only is not None:
        pytest.skip("described on one side only")
    regions = {region.id for region in atlas.regions.values()}

    def swapped(name: str) -> str:
        if name.startswith("left:"):
            return name.removeprefix("left:")
        return f"left:{name}" if f"{name}.left" in regions else name

    right = touched(atlas, region_names, cells_of(atlas, key))
    left = touched(atlas, region_names, cells_of(atlas, key, Laterality.LEFT))
    # Regions that border on the midline give their cells to either neighbour: a few mm² differ.
    assert {k for k, v in left.items() if v > STRAY_MM2} <= {swapped(k) for k in right}


@pytest.mark.parametrize("key", sorted(NAMED))
def test_the_left_zone_lies_on_the_left(atlas: Any, key: str) -> None:
    point = atlas.trigger_points[key]
    if point.only is not None or not point.sided or NAMED[key].other_side:
        pytest.skip("both sides, one side or the midline")
    x = atlas.skin.xyz[Figure.MALE][cells_of(atlas, key, Laterality.LEFT), 0]
    assert x.min(initial=0.0) >= (-OVER_MIDLINE_MM if NAMED[key].midline else -6.0)


def test_the_lists_tell_patterns_apart(atlas: Any, region_names: dict[int, str]) -> None:
    """The words of one pattern do not pass for the zone of a far one: the lists are not too broad."""

    def passes(words_of: str, zone_of: str) -> bool:
        mm2 = touched(atlas, region_names, cells_of(atlas, zone_of))
        named = {name for group in NAMED[words_of].must for name in group} | NAMED[words_of].may
        every = all(max(mm2.get(name, 0.0) for name in group) >= NAMED_MM2 for group in NAMED[words_of].must)
        return every and not any(area > STRAY_MM2 and name not in named for name, area in mm2.items())

    for one, other in (
        ("gluteus-minimus-1", "gluteus-minimus-2"),
        ("soleus-1", "soleus-2"),
        ("gastrocnemius-1", "gastrocnemius-2"),
        ("quadratus-lumborum-2", "quadratus-lumborum-3"),
        ("tibialis-anterior-1", "tibialis-posterior-1"),
        ("iliocostalis-thoracis-1", "iliocostalis-thoracis-2"),
    ):
        assert passes(one, one)
        assert passes(other, other)
        assert not passes(one, other)
        assert not passes(other, one)
