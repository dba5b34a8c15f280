"""The drawing as a picture: mended where a stroke changed it, the same as if it were made anew."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage

from myomap.gui.drawing.gesture import MOST_POINTS, Gesture, thinned
from myomap.gui.drawing.ink_picture import InkPicture, Inks, blank, compose, fill_of, mend, mend_roughly, near
from myomap.gui.drawing.inked import code_of
from myomap.gui.map.plate_spec import PlateSpec
from myomap.records.values import Quality

ACHE, BURNING = code_of(Quality.ACHE, 6), code_of(Quality.BURNING, 6)


def _spec(view_map: Any, scale: float) -> PlateSpec:
    height, width = view_map.raster.shape
    return PlateSpec(scale, QRectF(0, 0, width / view_map.px_per_mm, height / view_map.px_per_mm))


def _pixels(image: QImage) -> Any:
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return raw[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).astype(np.int16)


def _strokes(view_map: Any, atlas: Any, count: int) -> list[tuple[Any, int]]:
    chance = np.random.default_rng(5)
    made = []
    for k in range(count):
        cell = int(chance.choice(view_map.visible))
        at = view_map.project(atlas.skin.xyz["male"][[cell]])[0]
        cells = view_map.cells_under(at + chance.normal(0, 6, (12, 2)).cumsum(0), 8)
        made.append((cells, (ACHE, BURNING)[k % 2]))
    return made


@pytest.mark.parametrize(
    ("view", "scale", "screen"),
    [("male.anterior", 0.5, 1.0), ("male.anterior", 0.5, 2.0), ("male.right_hand_palmar", 3.0, 1.5)],
)
def test_mending_stroke_by_stroke_gives_the_picture_that_is_made_at_once(
    qapp: Any, atlas: Any, view: str, scale: float, screen: float
) -> None:
    """On a screen of 150 or 200 % too, where the picture was shown between two strokes."""
    view_map = atlas.view_map(view)
    codes = np.full(len(atlas.skin), -1, np.int16)
    picture = blank(_spec(view_map, scale), len(codes))
    inks = Inks(1.0)
    for cells, code in _strokes(view_map, atlas, 8):
        codes = codes.copy()
        codes[cells.ids] = code
        picture.image.setDevicePixelRatio(screen)  # as the map does that shows it
        for window in view_map.windows_of(cells.ids):
            mend([picture], view_map, codes, near(view_map, window), inks)
    whole = compose(view_map, codes, picture.spec, 1.0)
    off = np.abs(_pixels(picture.image) - _pixels(whole.image)).max(axis=2)
    assert np.count_nonzero(_pixels(whole.image)[:, :, 3]) > 500
    assert np.count_nonzero(off > 60) <= 0.002 * np.count_nonzero(_pixels(whole.image)[:, :, 3]), off.max()


def test_taking_a_stroke_back_leaves_no_trace_of_it(qapp: Any, atlas: Any) -> None:
    view_map = atlas.view_map("male.anterior")
    codes = np.full(len(atlas.skin), -1, np.int16)
    picture = blank(_spec(view_map, 1.0), len(codes))
    ((cells, code),) = _strokes(view_map, atlas, 1)
    drawn = codes.copy()
    drawn[cells.ids] = code
    for state in (drawn, codes):
        picture.image.setDevicePixelRatio(2.0)
        for window in view_map.windows_of(cells.ids):
            mend([picture], view_map, state, near(view_map, window), Inks(1.0))
        assert _pixels(picture.image).any() == (state is drawn)


def test_a_rough_picture_has_each_cell_in_its_inks_colour(qapp: Any, atlas: Any) -> None:
    view_map = atlas.view_map("male.anterior")
    codes = np.full(len(atlas.skin), -1, np.int16)
    cells = view_map.cells_under([(200.0, 400.0), (260.0, 420.0)], 20)
    codes[cells.ids] = BURNING
    picture: InkPicture = blank(_spec(view_map, 1.0), len(codes))
    height, width = view_map.raster.shape
    mend_roughly([picture], view_map, codes, (0, height, 0, width))
    x, y = view_map.centre(cells)
    colour, wanted = picture.image.pixelColor(QPointF(x, y).toPoint()), fill_of(BURNING)
    assert abs(colour.alpha() - wanted.alpha()) <= 2
    assert abs(colour.red() - wanted.red()) <= 4
    assert picture.image.pixelColor(2, 2).alpha() == 0


def test_a_gesture_read_step_by_step_takes_the_cells_of_the_whole_stroke(atlas: Any) -> None:
    view_map = atlas.view_map("male.anterior")
    gesture = Gesture("male.anterior")
    points = [(200.0 + k, 400.0 + 20 * np.sin(k / 9)) for k in range(120)]
    for k, point in enumerate(points):
        gesture.add(point, 12.0)
        if k % 7 == 0:
            gesture.cells(atlas)
    step_by_step = gesture.cells(atlas)
    at_once = view_map.cells_under(points, 12.0)
    assert atlas.skin.overlap(step_by_step, at_once) > 0.97


def test_a_pens_stroke_is_wide_where_it_is_pressed_and_says_its_mean_width(atlas: Any) -> None:
    gesture = Gesture("male.anterior")
    for k in range(60):
        gesture.add((200.0 + 2 * k, 420.0), 4.0 if k < 30 else 20.0)
    xyz = atlas.skin.xyz["male"]
    x, y = atlas.view_map("male.anterior").project(xyz[gesture.cells(atlas).ids]).T
    assert np.ptp(y[x < 240]) < 16
    assert np.ptp(y[x > 280]) > 30
    assert gesture.radius == pytest.approx(12.0)


def test_a_line_of_a_million_points_is_thinned_to_its_shape() -> None:
    turn = np.linspace(0, 60, 1_000_000)
    points = tuple(zip((200 + 3 * turn).tolist(), (300 + 80 * np.sin(turn)).tolist(), strict=True))
    kept = np.array(thinned(points))
    assert 50 < len(kept) <= MOST_POINTS
    assert np.ptp(kept[:, 1]) == pytest.approx(160, abs=1)
    assert thinned(points[:10]) == points[:10]
