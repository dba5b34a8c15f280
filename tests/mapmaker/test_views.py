"""The reviewed list of views: frames that are rotations, mirrors that mirror, clear faults."""

from pathlib import Path

import numpy as np
import pytest

from mapmaker.raster import project
from mapmaker.views import load_plates, load_views
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.errors import MyomapError

PATH = Path(__file__).resolve().parents[2] / "data" / "views.yaml"
PLATES = {plate.view.id: plate for plate in load_plates(PATH)}


@pytest.mark.parametrize("view_id", list(PLATES))
def test_a_frame_never_shows_the_body_as_its_own_mirror_image(view_id: str) -> None:
    frame = PLATES[view_id].view.frame
    axes = np.array([frame.right, frame.up, frame.toward])
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1.0)


def test_both_figures_have_the_whole_body_and_the_head_from_four_sides() -> None:
    sides = ("anterior", "posterior", "left_lateral", "right_lateral")
    wanted = {f"{f}.{head}{s}" for f in ("male", "female") for head in ("", "head_") for s in sides}
    assert wanted <= set(PLATES)


def test_whole_body_views_have_all_layers_and_close_ups_finer_pixels() -> None:
    for plate in PLATES.values():
        if plate.view.group == "whole_body":
            assert plate.view.layers == tuple(Layer)
            assert plate.px_per_mm >= 4
        elif plate.view.group in ("hand", "foot", "pelvis"):
            assert plate.px_per_mm >= 10
        assert plate.view.default_layer in plate.view.layers


@pytest.mark.parametrize("view_id", [key for key, plate in PLATES.items() if plate.mirror_of])
def test_a_mirrored_frame_draws_the_mirror_image_of_a_point_at_the_mirrored_place(view_id: str) -> None:
    plate = PLATES[view_id]
    assert plate.mirror_of is not None
    source = PLATES[plate.mirror_of]
    assert plate.view.shows is source.view.shows.mirrored()
    points = np.array([[-250.0, 700.0, 30.0], [-90.0, 20.0, -40.0]], np.float32)
    there = project(source.view.frame, points, 1.0)
    here = project(plate.view.frame, points * np.float32([-1, 1, 1]), 1.0)
    assert here[:, 0] == pytest.approx(plate.view.frame.width - there[:, 0])
    assert here[:, 1:] == pytest.approx(there[:, 1:])


def test_platysma_hides_the_neck_only_in_the_views_that_are_for_it() -> None:
    showing = {k for k, p in PLATES.items() if p.shows_structure("platysma", Laterality.RIGHT)}
    assert showing == {f"male.platysma_{s}" for s in ("anterior", "left_lateral", "right_lateral")}


def test_the_arm_is_left_out_of_the_trunks_side_views_and_so_is_its_skin() -> None:
    plate = PLATES["male.trunk_left_lateral"]
    assert not plate.shows_structure("humerus", Laterality.LEFT)
    assert plate.shows_structure("serratus-anterior", Laterality.LEFT)
    assert not plate.shows_region("palm_L")
    assert not plate.shows_region("thumb_palmar_L")
    assert plate.shows_region("lateral_thoracic_L")


def test_perineal_muscles_are_shown_from_below_and_not_between_the_thighs() -> None:
    for plate in PLATES.values():
        if plate.view.group == "whole_body":
            assert not plate.shows_structure("bulbospongiosus", Laterality.MIDLINE)
        if plate.view.name == "pelvic_floor":
            assert plate.shows_structure("superficial-transverse-perineal", Laterality.RIGHT)
    assert PLATES["male.pelvic_floor"].shows_structure("bulbospongiosus", Laterality.MIDLINE)


def test_the_mans_bulbospongiosus_is_not_drawn_over_the_vaginal_opening() -> None:
    plate = PLATES["female.pelvic_floor"]
    assert not plate.shows_structure("bulbospongiosus", Laterality.MIDLINE)
    assert plate.shows_structure("ischiocavernosus", Laterality.LEFT)
    assert "not drawn" in plate.view.title


def test_a_view_may_lift_more_than_the_others_and_so_does_its_mirror() -> None:
    lifted = {p.view.name for p in PLATES.values() if "plantar-aponeurosis" in dict(p.lift_mm)}
    assert lifted == {"right_foot_plantar", "left_foot_plantar"}


def test_load_views_returns_the_published_values_in_order() -> None:
    assert [view.id for view in load_views(PATH)] == list(PLATES)


def test_a_view_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "views.yaml"
    path.write_text("views:\n  - name: askew\n    title: Askew\n    crop: {male: [0, 1, 0]}\n")
    with pytest.raises(MyomapError, match="“askew”"):
        load_plates(path)


def test_a_missing_list_of_views_is_named(tmp_path: Path) -> None:
    with pytest.raises(MyomapError, match=r"views\.yaml cannot be read"):
        load_plates(tmp_path / "views.yaml")
