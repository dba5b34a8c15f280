"""The look-up against the published patterns themselves and against sixty complaints."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.lookup.by_region import cells_of_regions, named_region
from myomap.lookup.folding import folded
from myomap.lookup.pattern_index import PatternIndex, PatternKey, build_index
from myomap.lookup.ranking import BESIDE_WORDS, rank
from myomap.surface.cells import Cells

COMPLAINTS = yaml.safe_load((Path(__file__).with_name("complaints.yaml")).read_text("utf-8"))["complaints"]


@pytest.fixture(scope="session")
def published(atlas: Any) -> PatternIndex:
    return build_index(atlas)


def zoned(atlas: Any, index: PatternIndex) -> list[tuple[PatternKey, Cells]]:
    found = [(key, atlas.zone(key.trigger_point, key.laterality).essential) for key in index.keys]
    return [(key, cells) for key, cells in found if cells]


def test_a_patterns_own_essential_zone_ranks_it_first_or_ties_with_its_twin(
    atlas: Any, published: PatternIndex
) -> None:
    wrong = []
    checked = zoned(atlas, published)
    for key, cells in checked:
        first = folded(published, rank(published, cells))[0]
        if key in {m.key for m in first}:
            continue
        other = atlas.zone(first[0].key.trigger_point, first[0].key.laterality).essential
        same = (
            len(other) == len(cells)
            and (other.ids == cells.ids).all()
            and np.allclose(other.weights, cells.weights)
        )
        if not same:
            wrong.append(str(key))
    assert len(checked) > 450
    assert len(wrong) <= 0.02 * len(checked), wrong


@lru_cache(maxsize=1)
def places(atlas: Any) -> tuple[Any, Any]:
    """Return where the cells are, and a tree of them."""
    from scipy.spatial import cKDTree

    xyz = atlas.skin.xyz[Figure.MALE].astype(np.float64)
    return xyz, cKDTree(xyz)


def moved(atlas: Any, cells: Cells, chance: np.random.Generator) -> Cells:
    """Return the zone shifted by 15 mm over the skin and scaled by 0.7-1.4 about its middle."""
    from scipy.spatial import cKDTree

    xyz, tree = places(atlas)
    here = xyz[cells.ids]
    middle = np.average(here, axis=0, weights=cells.weights)
    spread = here - middle
    _, _, axes = np.linalg.svd(spread, full_matrices=False)
    angle = chance.uniform(0, 2 * np.pi)
    shift = 15 * (np.cos(angle) * axes[0] + np.sin(angle) * axes[min(1, len(axes) - 1)])
    scale = chance.uniform(0.7, 1.4)
    target = middle + scale * spread + shift
    reach = 4.0 if scale <= 1 else 4.0 * scale
    side = atlas.skin.laterality[cells.ids]
    only = {int(s) for s in np.unique(side)}
    box = np.abs(spread).max() * 1.5 + 25
    near = np.array(tree.query_ball_point(middle, box, p=np.inf, return_sorted=True), np.int64)
    distance, _ = cKDTree(target).query(xyz[near], distance_upper_bound=reach)
    kept = near[distance < reach]
    codes = atlas.skin.laterality[kept]
    midline = LATERALITY_CODES[Laterality.MIDLINE]
    return Cells.of(kept[np.isin(codes, [*only, midline])])


@pytest.fixture(scope="session")
def redrawn(atlas: Any, published: PatternIndex) -> list[tuple[str, bool, bool]]:
    """For each zone drawn again inexactly: its body part, whether the drawing still touches it, found in five."""
    chance = np.random.default_rng(20261126)
    made = []
    for key, cells in zoned(atlas, published):
        drawn = moved(atlas, cells, chance)
        if drawn:
            rows = folded(published, rank(published, drawn))[:5]
            zone = atlas.zone(key.trigger_point, key.laterality)
            touches = bool(np.isin(drawn.ids, zone.essential.union(zone.spillover).ids).any())
            part = atlas.trigger_points[key.trigger_point].body_part
            made.append((part, touches, any(match.key == key for row in rows for match in row)))
    return made


def shares_of(found: list[tuple[str, bool]]) -> dict[str, int]:
    parts = sorted({part for part, _ in found})
    return {p: round(100 * float(np.mean([hit for part, hit in found if part == p]))) for p in parts}


def test_a_shifted_and_scaled_zone_is_found_in_the_first_five(redrawn: list[tuple[str, bool, bool]]) -> None:
    shares = shares_of([(part, hit) for part, _, hit in redrawn])
    print(shares)  # noqa: T201
    assert np.mean([hit for *_, hit in redrawn]) >= 0.95, shares


def test_every_part_of_the_body_finds_its_shifted_zones(redrawn: list[tuple[str, bool, bool]]) -> None:
    """What was weak once (pelvis, foot, neck) must not become weak again unseen.

    A small zone that was shifted off itself is another place, not an inexact drawing: it is left out here.
    """
    shares = shares_of([(part, hit) for part, touches, hit in redrawn if touches])
    print(shares, sum(not touches for _, touches, _ in redrawn), "shifted off")  # noqa: T201
    assert min(shares.values()) >= 90, shares


def patches(atlas: Any, cells: Cells) -> list[Cells]:
    """Return the connected parts of a zone that are more than specks."""
    left, found = set(cells.ids.tolist()), []
    while left:
        edge = [left.pop()]
        part = set(edge)
        while edge:
            cell = edge.pop()
            around = atlas.skin.neighbours[atlas.skin.starts[cell] : atlas.skin.starts[cell + 1]].tolist()
            near = left.intersection(around)
            left -= near
            part |= near
            edge += near
        found.append(part)
    return [Cells.of(sorted(part)) for part in found if len(part) >= 6]


def test_a_zone_of_patches_that_are_each_drawn_inexactly_where_they_are_is_found_in_the_first_five(
    atlas: Any, published: PatternIndex
) -> None:
    """Scaling a zone of several patches about its middle throws them off the body; nobody draws so."""
    chance = np.random.default_rng(7)
    found = []
    for key, cells in zoned(atlas, published):
        whole = patches(atlas, cells)
        if len(whole) < 2:
            continue
        ids = np.unique(np.concatenate([moved(atlas, part, chance).ids for part in whole]))
        if len(ids):
            rows = folded(published, rank(published, Cells.of(ids)))[:5]
            part = atlas.trigger_points[key.trigger_point].body_part
            found.append((part, any(match.key == key for row in rows for match in row)))
    print(len(found), shares_of(found))  # noqa: T201
    assert len(found) > 80
    assert np.mean([hit for _, hit in found]) >= 0.95, shares_of(found)


def test_a_toe_that_is_drawn_one_toe_too_far_lists_the_pattern_beside_it_and_says_so(
    atlas: Any, published: PatternIndex
) -> None:
    own = PatternKey("lumbricals-of-foot-third-1", Laterality.LEFT)
    zone = atlas.zone(own.trigger_point, own.laterality)
    taken = zone.essential.union(zone.spillover).ids
    xyz = atlas.skin.xyz[Figure.MALE]
    side = atlas.skin.laterality == LATERALITY_CODES[Laterality.LEFT]
    around = np.flatnonzero((((xyz - xyz[taken].mean(axis=0)) ** 2).sum(1) < 60**2) & side)
    away = np.sqrt(((xyz[around][:, None] - xyz[taken][None]) ** 2).sum(2).min(axis=1))
    beside = around[(away > 3) & (away < 14) & (xyz[around, 0] > xyz[taken, 0].mean())]
    drawn = Cells.of(beside)
    assert drawn
    matches = rank(published, drawn)
    match = next(m for m in matches if m.key == own)
    assert match.beside
    assert match.covered == match.essential_drawn == 0
    assert match.reasons == (BESIDE_WORDS,)
    assert not matches[0].beside
    far = PatternKey("trapezius-descending-1", Laterality.LEFT)
    assert far not in {m.key for m in matches}


def test_complaints_from_textbooks_find_an_expected_muscle_in_the_first_ten(
    atlas: Any, published: PatternIndex
) -> None:
    hits, muscles, expected = 0, 0, 0
    missed = []
    for complaint in COMPLAINTS:
        regions = [named_region(atlas, r, complaint["side"]) for r in complaint["regions"]]
        drawn = cells_of_regions(atlas.skin, regions, complaint["side"])
        rows = folded(published, rank(published, drawn))[:10]
        top = {atlas.trigger_points[m.key.trigger_point].muscle for row in rows for m in row}
        got = top & set(complaint["expect"])
        hits += bool(got)
        muscles += len(got)
        expected += len(complaint["expect"])
        if not got:
            missed.append(complaint["id"])
    print(f"{hits} of {len(COMPLAINTS)} complaints, {muscles} of {expected} muscles")  # noqa: T201
    assert len(COMPLAINTS) >= 60
    assert hits >= 0.95 * len(COMPLAINTS), missed


def test_a_region_of_the_midline_is_asked_about_on_one_side(atlas: Any, published: PatternIndex) -> None:
    sacrum = [named_region(atlas, "sacral", "left")]
    left, whole = (cells_of_regions(atlas.skin, sacrum, side) for side in ("left", None))
    assert 0.4 < atlas.skin.area_of(left) / atlas.skin.area_of(whole) < 0.65
    first = [match.key.laterality for match in rank(published, left)[:5]]
    assert first.count(Laterality.LEFT) >= 4, first


def test_left_never_answers_for_right(atlas: Any, published: PatternIndex) -> None:
    left = LATERALITY_CODES[Laterality.LEFT]
    for key, cells in zoned(atlas, published):
        if key.laterality is not Laterality.RIGHT or (atlas.skin.laterality[cells.ids] == left).any():
            continue
        for match in rank(published, cells)[:10]:
            if match.key.laterality is not Laterality.LEFT:
                continue
            # A left pattern may be listed only where its published zone itself reaches over the midline.
            zone = atlas.zone(match.key.trigger_point, Laterality.LEFT)
            whole = zone.essential.union(zone.spillover)
            assert np.isin(cells.ids, whole.ids).any(), (str(key), str(match.key))


def test_the_mirror_of_a_drawing_finds_the_mirror_of_its_patterns(
    atlas: Any, published: PatternIndex
) -> None:
    for name in ("trapezius-descending-1", "gluteus-minimus-1"):
        right = rank(published, atlas.zone(name, Laterality.RIGHT).essential)[:5]
        left = rank(published, atlas.zone(name, Laterality.LEFT).essential)[:5]
        assert [(m.key.trigger_point, m.key.laterality.mirrored()) for m in right] == [
            (m.key.trigger_point, m.key.laterality) for m in left
        ]


def test_the_same_place_drawn_from_the_side_and_from_the_front_finds_the_same(
    atlas: Any, published: PatternIndex
) -> None:
    """A patch of skin that both views show, drawn in each by its outline there."""
    checked = 0
    for name in ("male.anterior", "male.posterior"):
        front, lateral = atlas.view_map(name), atlas.view_map("male.right_lateral")
        both = np.intersect1d(front.visible, lateral.visible)
        xyz = atlas.skin.xyz[Figure.MALE]
        for middle in both[:: max(1, len(both) // 25)]:
            patch = both[((xyz[both] - xyz[middle]) ** 2).sum(1) < 35**2]
            if len(patch) < 60:
                continue
            drawn = [v.cells_in_polygon(v.outline(Cells.of(patch), level=0.5)) for v in (front, lateral)]
            if min(len(d) for d in drawn) < 0.6 * len(patch):
                continue
            tops = [[m.key for m in rank(published, d)[:3]] for d in drawn]
            if not tops[0] or not tops[1]:
                continue
            assert tops[0][0] in tops[1] or tops[1][0] in tops[0], (name, int(middle), tops)
            checked += 1
    assert checked >= 10


def test_sums_made_once_for_blocks_of_cells_are_the_sums_over_the_cells(
    atlas: Any, published: PatternIndex
) -> None:
    xyz = atlas.skin.xyz[Figure.MALE]
    back = np.flatnonzero((xyz[:, 2] < -20) & (xyz[:, 1] > 900) & (xyz[:, 1] < 1500))
    faint = np.where(np.arange(len(back)) % 50, 1.0, 0.5)
    drawing = Cells.of(back, faint)
    at, count = published.cells.of(drawing.ids)
    weight = np.repeat(drawing.weights * atlas.skin.area_mm2[drawing.ids].astype(np.float64), count)
    for kind, found in enumerate(published.sums(drawing, 0, 1, 2, 3)):
        table = published.cells
        by_cell = np.bincount(table.pattern[at], table.values[kind][at] * weight, len(published.keys))
        assert np.allclose(found, by_cell, rtol=1e-6, atol=1e-3)
        assert found.max() > 1000
