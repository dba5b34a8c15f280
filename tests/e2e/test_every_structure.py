"""Every structure of the committed atlas can be clicked where it is seen, in every view and layer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.gui.map.plate import Tones
from myomap.gui.map.sheet import Sheet, SheetShelf
from myomap.gui.map.view import MapView
from myomap.gui.theme import Look, ThemeName
from myomap.gui.workers import Pool

#: A bone that touches the midline may show a speck that reaches this far across.
MIDLINE_MM = 2.5


@pytest.fixture
def map_view(qapp: Any, atlas: Any) -> Iterator[MapView]:
    look, pool = Look(ThemeName.LIGHT), Pool()
    view = MapView(look, pool)
    view.resize(700, 900)
    view.set_shelf(SheetShelf(atlas), Tones())
    view.show()
    yield view
    pool.stop()
    view.close()
    view.deleteLater()


def _click(view: MapView, at: QPoint) -> None:
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        place = QPointF(at)
        event = QMouseEvent(
            kind,
            place,
            place,
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view.viewport(), event)


def _centre(shape: Any) -> tuple[float, float]:
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    spot = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=0.1))[0]
    return float(spot[0]), float(spot[1])


def _sheets(atlas: Any) -> list[tuple[str, Layer]]:
    return [(view.id, layer) for view in atlas.views.values() for layer in view.layers]


def test_a_click_at_the_centre_of_every_visible_structure_picks_exactly_it(
    map_view: MapView, atlas: Any
) -> None:
    got: list[Any] = []
    map_view.picked.connect(lambda key, _: got.append(key))
    missed, clicked = [], 0
    for view_id, layer in _sheets(atlas):
        sheet = map_view._shelf.read(view_id, layer)  # type: ignore[union-attr]
        if not sheet.pieces:
            continue
        map_view._take_sheet(sheet)
        for piece in sheet.pieces:
            at = QPointF(*_centre(piece.shape))
            if map_view.scale_px < 4:
                map_view.setTransform(map_view.transform().fromScale(8, 8))
            map_view.centerOn(at)
            got.clear()
            _click(map_view, map_view.mapFromScene(at))
            clicked += 1
            if got != [piece.key]:
                missed.append((view_id, layer, str(piece.key), [str(each) for each in got], piece.shape.area))
    assert clicked > 1000
    assert missed == []


def test_in_views_of_both_sides_every_left_lies_on_the_side_that_is_printed_left(atlas: Any) -> None:
    wrong = []
    for view in atlas.views.values():
        if view.viewer_left is None or view.shows is not Laterality.MIDLINE:
            continue
        middle = -view.frame.left_edge
        left_is_low = view.viewer_left is Laterality.LEFT
        for layer in view.layers:
            for outline in atlas.outlines(view.id, layer):
                if outline.key.laterality is Laterality.MIDLINE:
                    continue
                if abs(shapely.centroid(outline.shape).x - middle) < MIDLINE_MM:
                    continue
                low = shapely.centroid(outline.shape).x < middle
                is_left = outline.key.laterality is Laterality.LEFT
                if low != (is_left == left_is_low):
                    wrong.append((view.id, layer, str(outline.key)))
    assert wrong == []


def test_hit_finds_nothing_outside_the_figure(atlas: Any, qapp: Any) -> None:
    for view_id, layer in _sheets(atlas)[:20]:
        sheet: Sheet = SheetShelf(atlas).read(view_id, layer)
        assert sheet.hit(0.5, 0.5) is None
        assert sheet.hit(-10, 10**6) is None


def test_tone_pictures_of_every_sheet_are_there(atlas: Any) -> None:
    missing = [
        atlas.tone(view, layer)
        for view, layer in _sheets(atlas)
        if not Path(atlas.tone(view, layer)).is_file()
    ]
    assert missing == []
