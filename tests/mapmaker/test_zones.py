"""Authored strokes become cells of the right place and side, and say what is wrong with a line."""

import numpy as np
import pytest
from tests.mapmaker.ball import RADIUS, ball_stage

from mapmaker.data_faults import DataError, Spot
from mapmaker.skin_stage import SkinStage
from mapmaker.strokes import (
    Between,
    InMesh,
    LandmarkRef,
    LandmarkSource,
    Offset,
    PatternSource,
    RegionRef,
    Stroke,
)
from mapmaker.zones import ZoneMaker, zones_of
from myomap.anatomy.laterality import LATERALITY_CODES, Laterality
from myomap.anatomy.views import Figure
from myomap.surface.cells import Cells

SPOT = Spot("patterns/test.yaml", 7)
MARKS = {
    "side": (-1.0, 0.0, 0.0),
    "front": (-0.7, 0.0, 0.7),
    "middle": (0.0, 0.0, 1.0),
    "low": (-0.6, -0.6, 0.5),
}


@pytest.fixture(scope="module")
def stage() -> SkinStage:
    return ball_stage(MARKS)


@pytest.fixture(scope="module")
def maker(stage: SkinStage) -> ZoneMaker:
    return ZoneMaker(stage)


def stroke(*path: str, radius: float = 12.0, **more: object) -> Stroke:
    return Stroke(SPOT, tuple(LandmarkRef(name) for name in path), radius, **more)  # type: ignore[arg-type]


def arc_from(stage: SkinStage, cells: Cells, mark: str) -> np.ndarray:  # type: ignore[type-arg]
    way = stage.fine.xyz[Figure.MALE][stage.landmark[mark]]
    xyz = stage.cells.xyz[Figure.MALE][cells.ids]
    cosine = xyz @ way / np.linalg.norm(xyz, axis=1) / np.linalg.norm(way)
    return RADIUS * np.arccos(np.clip(cosine, -1, 1))  # type: ignore[no-any-return]


def test_one_point_makes_a_disc_with_a_soft_edge(stage: SkinStage, maker: ZoneMaker) -> None:
    cells = maker.zone([stroke("side")])
    off = arc_from(stage, cells, "side")
    assert off.max() < 12 + 2
    assert (cells.weights[off < 8] == 1).all()
    soft = cells.weights[off > 10.5]
    assert len(soft) > 5
    assert soft.max() < 1
    area = stage.cells.area_mm2[cells.ids] @ cells.weights
    assert area == pytest.approx(np.pi * 11**2, rel=0.12)


def test_a_path_covers_the_skin_between_its_points(stage: SkinStage, maker: ZoneMaker) -> None:
    cells = maker.zone([stroke("side", "front", radius=8)])
    way = np.array([-0.924, 0, 0.383])
    between = int((stage.cells.xyz[Figure.MALE] @ way).argmax())
    assert between in cells.ids
    assert stage.cells.mirror[between] not in cells.ids


def test_a_stroke_that_keeps_to_the_right_does_not_paint_the_left(stage: SkinStage, maker: ZoneMaker) -> None:
    near = Stroke(SPOT, (Offset(LandmarkRef("middle"), medial=-8.0),), 20.0)
    left = LATERALITY_CODES[Laterality.LEFT]
    assert not (stage.laterality[maker.zone([near]).ids] == left).any()
    # Authored on the midline it is meant for both sides.
    assert (stage.laterality[maker.zone([stroke("middle", radius=20)]).ids] == left).any()


def test_medial_is_toward_the_midline_on_either_side(stage: SkinStage, maker: ZoneMaker) -> None:
    points = stage.fine.xyz[Figure.MALE]
    right = maker.vertex(Offset(LandmarkRef("front"), medial=10))
    left = maker.vertex(Offset(LandmarkRef("front", left=True), medial=10))
    # Ten millimetres straight inward end inside the ball; the skin above that is a little farther out.
    assert points[stage.landmark["front"], 0] + 4 < points[right, 0] < points[stage.landmark["front"], 0] + 10
    assert points[left, 0] == pytest.approx(-points[right, 0], abs=3)


def test_beside_the_midline_left_says_on_which_side(stage: SkinStage, maker: ZoneMaker) -> None:
    points = stage.fine.xyz[Figure.MALE]
    right = maker.vertex(Offset(LandmarkRef("middle"), medial=-12))
    left = maker.vertex(Offset(LandmarkRef("middle", left=True), medial=-12))
    assert points[right, 0] < -8
    assert points[left, 0] > 8


def test_a_point_between_two_others_lies_on_the_way(stage: SkinStage, maker: ZoneMaker) -> None:
    half = maker.vertex(Between(LandmarkRef("side"), LandmarkRef("front"), 0.5))
    walk = stage.geodesics()
    one = walk.distance(np.array([stage.landmark["side"]]))[half]
    two = walk.distance(np.array([stage.landmark["front"]]))[half]
    assert one == pytest.approx(two, abs=2.5)


def test_left_means_the_mirrored_landmark(stage: SkinStage, maker: ZoneMaker) -> None:
    assert maker.vertex(LandmarkRef("side", left=True)) == stage.fine.mirror[stage.landmark["side"]]


def test_the_mirror_of_a_right_zone_is_the_same_zone_authored_on_the_left(
    stage: SkinStage, maker: ZoneMaker
) -> None:
    right = maker.zone([stroke("side", "low")])
    left = maker.zone([Stroke(SPOT, (LandmarkRef("side", True), LandmarkRef("low", True)), 12.0)])
    mirrored = right.mirrored(stage.cells.mirror)
    shared = np.intersect1d(mirrored.ids, left.ids)
    assert len(shared) > 0.97 * max(len(left), len(mirrored))


def test_a_region_is_filled_and_a_midline_region_only_on_the_right(
    stage: SkinStage, maker: ZoneMaker
) -> None:
    cheek = maker.zone([Stroke(SPOT, regions=(RegionRef("cheek"),))])
    assert set(cheek.ids.tolist()) == set(np.flatnonzero(stage.region == 1).tolist())
    top = maker.zone([Stroke(SPOT, regions=(RegionRef("top"),))])
    assert not (stage.laterality[top.ids] == LATERALITY_CODES[Laterality.LEFT]).any()
    assert len(top) > 0.4 * (stage.region == 0).sum()


def test_within_and_not_clip_a_stroke(stage: SkinStage, maker: ZoneMaker) -> None:
    both = maker.zone([stroke("side")])
    inside = maker.zone([stroke("side", within=(RegionRef("cheek"),))])
    outside = maker.zone([stroke("side", avoid=(RegionRef("cheek"),))])
    assert set(stage.region[inside.ids].tolist()) == {1}
    assert set(stage.region[outside.ids].tolist()) == {0}
    assert len(inside) + len(outside) == len(both)


def test_essential_wins_where_both_zones_lie(stage: SkinStage, maker: ZoneMaker) -> None:
    source = PatternSource(
        "t-1",
        "t",
        InMesh(0.5, 0.5, 0.5),
        (stroke("side", radius=8),),
        (stroke("side", radius=16),),
        "f.yaml",
        3,
    )
    zone = maker.pattern(source)
    alone = maker.zone(source.essential)
    assert (zone.essential.ids == alone.ids).all()
    assert (zone.essential.weights == alone.weights).all()
    shared = np.isin(zone.essential.ids, zone.spillover.ids)
    assert (zone.essential.weights[shared] < 0.5).all()
    assert len(zone.spillover) > len(zone.essential)


def test_a_point_of_the_midline_has_a_zone_that_is_its_own_mirror(stage: SkinStage, maker: ZoneMaker) -> None:
    source = PatternSource("t-1", "t", InMesh(0.5, 0.5, 0.5), (stroke("front"),), (), "f.yaml", 3)
    zone = maker.pattern(source, sided=False)
    assert zone.essential.mirrored(stage.cells.mirror).ids.tolist() == zone.essential.ids.tolist()


def test_a_thin_stroke_still_has_skin_and_is_in_one_piece(stage: SkinStage, maker: ZoneMaker) -> None:
    cells = maker.zone([stroke("side", "low", radius=1.0)])
    assert len(cells) > 5


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (stroke("sid"), "there is no landmark “sid”; did you mean “side”?"),
        (Stroke(SPOT, regions=(RegionRef("chek"),)), "there is no region “chek”; did you mean “cheek”?"),
        (
            stroke("side", avoid=(RegionRef("cheek"), RegionRef("top"))),
            "this stroke covers no skin (zero area)",
        ),
    ],
)
def test_a_wrong_stroke_is_told_with_file_and_line(maker: ZoneMaker, bad: Stroke, words: str) -> None:
    with pytest.raises(DataError) as caught:
        maker.zone([bad])
    assert [str(f) for f in caught.value.faults] == [f"patterns/test.yaml:7: {words}"]


def test_every_fault_of_all_patterns_is_told_at_once(maker: ZoneMaker) -> None:
    def pattern(key: str, mark: str, line: int) -> PatternSource:
        strokes = (Stroke(Spot("p.yaml", line), (LandmarkRef(mark),), 9.0),)
        return PatternSource(key, "t", InMesh(0.5, 0.5, 0.5), strokes, (), "p.yaml", line)

    with pytest.raises(DataError) as caught:
        zones_of(maker, [pattern("a", "nowhere", 2), pattern("b", "side", 5), pattern("c", "gone", 8)], {})
    assert [fault.spot.line for fault in caught.value.faults] == [2, 8]


def test_added_landmarks_may_build_on_each_other_but_not_in_a_circle(stage: SkinStage) -> None:
    first = LandmarkSource(
        "first", "First", "R", Offset(LandmarkRef("side"), up=6), Spot("landmarks/a.yaml", 2)
    )
    second = LandmarkSource(
        "second", "Second", "M", Offset(LandmarkRef("first"), up=3), Spot("landmarks/a.yaml", 3)
    )
    made = ZoneMaker(stage, [second, first])
    assert stage.fine.mirror[made.landmark("second")] == made.landmark("second")
    ring = LandmarkSource("ring", "Ring", "R", LandmarkRef("gnir"), Spot("landmarks/a.yaml", 4))
    gnir = LandmarkSource("gnir", "Gnir", "R", LandmarkRef("ring"), Spot("landmarks/a.yaml", 5))
    with pytest.raises(DataError, match="made from itself"):
        ZoneMaker(stage, [ring, gnir])
