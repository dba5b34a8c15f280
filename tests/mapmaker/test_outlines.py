"""From label images to shared curves, on images whose answers are known."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mapmaker import coverage, curves, labels
from mapmaker.coverage import Style
from mapmaker.svg import path_of
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey

KEYS = [StructureKey(f"structure-{k}", Laterality.RIGHT) for k in range(4)]
PX = 5.0
STYLE = Style(smooth_mm=0.4, fit_mm=0.2)


def disc(size: int, radius: float, inner: float = 0.0) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - size / 2 + 0.5
    r = np.hypot(x, y)
    image = np.full((size, size), -1, np.int32)
    image[r < radius] = 0
    image[r < inner] = 1
    return image


def test_a_disc_keeps_its_area_and_becomes_few_curves() -> None:
    drawing = coverage.draw(disc(200, 80), KEYS, PX, STYLE)
    (shape,) = drawing.shapes
    assert shape.area == pytest.approx(np.pi * 16**2, rel=0.005)
    assert sum((len(arc) - 1) // 3 for arc in drawing.arcs) <= 12


def test_a_hole_is_a_hole_and_its_content_fills_it_exactly() -> None:
    drawing = coverage.draw(disc(200, 80, inner=40), KEYS, PX, STYLE)
    ring, core = drawing.shapes
    assert len(ring.geoms[0].interiors) == 1
    assert ring.area + core.area == pytest.approx(shapely.unary_union([ring, core]).area, abs=1e-9)
    assert shapely.coverage_is_valid(np.array([ring, core]))


def test_a_corner_of_a_square_stays_sharp() -> None:
    image = np.full((120, 120), -1, np.int32)
    image[20:100, 20:100] = 0
    (shape,) = coverage.draw(image, KEYS, PX, STYLE).shapes
    corner = shapely.Point(4.0, 4.0)
    assert shape.boundary.distance(corner) < 0.35
    assert shape.area == pytest.approx(16 * 16, rel=0.01)


def test_what_the_frame_cuts_ends_straight_on_the_frame() -> None:
    image = np.full((100, 100), -1, np.int32)
    image[40:, 30:70] = 0
    (shape,) = coverage.draw(image, KEYS, PX, STYLE).shapes
    assert shape.bounds[3] == 20.0
    bottom = [x for x, y in shapely.get_coordinates(shape) if y == 20.0]
    assert (min(bottom), max(bottom)) == (6.0, 14.0)


@settings(max_examples=60, deadline=None)
@given(arrays(np.int32, (14, 14), elements=st.integers(-1, 3)))
def test_any_clean_image_becomes_a_valid_coverage_of_the_same_keys(blocks: np.ndarray) -> None:
    image = labels.clean(np.kron(blocks, np.ones((6, 6), np.int32)), sigma_px=2.0, least_px=40)
    drawing = coverage.draw(image, KEYS, PX, STYLE)
    assert [k.structure for k in drawing.keys] == [f"structure-{k}" for k in np.unique(image) if k >= 0]
    if not drawing.keys:
        return
    shapes = np.array(drawing.shapes)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    for key, shape in zip(drawing.keys, shapes, strict=True):
        expected = (image == int(key.structure[-1])).sum() / PX**2
        # each speck of a few pixels may lose a square millimetre where its corners are rounded
        specks = shapely.get_num_geometries(shape)
        assert shape.area == pytest.approx(expected, rel=0.1, abs=1.0 * specks)


@settings(max_examples=60, deadline=None)
@given(arrays(np.int32, (24, 24), elements=st.integers(-1, 2)))
def test_cleaning_leaves_no_small_piece_and_no_diagonal_touch(image: np.ndarray) -> None:
    cleaned = labels.clean(image, sigma_px=1.0, least_px=12)
    pieces, count = labels.components(cleaned)
    sizes = np.bincount(pieces.ravel(), minlength=count)
    assert labels.open_diagonals(cleaned.copy()) == 0
    assert count == 1 or sizes.min() >= 10
    assert set(np.unique(cleaned)) <= set(np.unique(image))


def test_a_speck_goes_to_the_neighbour_it_touches_most() -> None:
    image = np.zeros((20, 20), np.int32)
    image[:, 10:] = 1
    image[5:8, 8:12] = 2
    image[5:8, 7] = 2  # three columns within label 0, two within label 1
    cleaned = labels.without_specks(image, least_px=30)
    assert (cleaned[5:8, 7:12] == 0).all()


def test_mirroring_flips_the_picture_and_the_sides() -> None:
    image = np.full((60, 100), -1, np.int32)
    image[20:40, 10:30] = 0
    drawing = coverage.draw(image, KEYS, PX, STYLE)
    mirrored = drawing.mirrored()
    assert mirrored.keys[0] == StructureKey("structure-0", Laterality.LEFT)
    x0, y0, x1, y1 = drawing.shapes[0].bounds
    assert mirrored.shapes[0].bounds == pytest.approx((20 - x1, y0, 20 - x0, y1), abs=0.01)


def test_a_fitted_curve_stays_within_its_tolerance() -> None:
    t = np.linspace(0, 6, 400)
    line = np.column_stack([10 * t, 5 * np.sin(2 * t)])
    curve = curves.fit(line, 0.1, closed=False)
    flat = shapely.LineString(curves.flatten(curve))
    assert shapely.distance(flat, shapely.points(line)).max() < 0.13
    assert (len(curve) - 1) // 3 < 20


def test_path_data_is_relative_and_short() -> None:
    image = np.full((60, 60), -1, np.int32)
    image[10:50, 10:50] = 0
    drawing = coverage.draw(image, KEYS, PX, Style(smooth_mm=0.01, fit_mm=0.05))
    d = path_of(drawing.faces[0], drawing.arcs)
    assert d.startswith("M")
    assert d.endswith("z")
    assert "e" not in d
    assert len(d) < 80
