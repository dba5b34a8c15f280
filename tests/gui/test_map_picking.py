"""Clicking, hovering and sides on the map: the structure under the pointer, and the patient's own side."""

from functools import partial
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.gui.picture import settle


def _point(map_view: Any, at: tuple[float, float]) -> Any:
    return map_view.mapFromScene(QPointF(*at))


def _centre(shape: Any) -> tuple[float, float]:
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    spot = shapely.maximum_inscribed_circle(largest, tolerance=0.5).coords[0]
    return float(spot[0]), float(spot[1])


@pytest.mark.parametrize("view", ["anterior", "posterior", "head_posterior"])
@pytest.mark.parametrize("layer", [Layer.SUPERFICIAL, Layer.DEEP, Layer.SKELETON])
def test_click_at_the_centre_of_each_visible_structure_selects_exactly_it(
    window: Any, view: str, layer: Layer
) -> None:
    panel = window.atlas_place.panels[0]
    panel.show_view(view)
    window.context.shown.set_layer(layer)
    settle(window)
    for piece in panel.map.sheet.pieces:
        window.context.shown.select(None)
        at = _point(panel.map, _centre(piece.shape))
        QTest.mouseClick(panel.map.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert window.context.shown.selected == piece.key


def test_patients_right_is_on_the_viewers_left_in_front_and_on_the_right_behind(window: Any) -> None:
    for panel, sign in zip(window.atlas_place.panels, (1, -1), strict=True):
        middle = panel.map.sheet.rect.center().x()
        for piece in panel.map.sheet.pieces:
            x = shapely.centroid(piece.shape).x
            on_viewers_left = (middle - x) * sign > 0
            assert on_viewers_left == (piece.key.laterality is Laterality.RIGHT), piece.key


def test_side_letters_agree_with_the_geometry_of_the_sheet(window: Any) -> None:
    for panel in window.atlas_place.panels:
        left, right = panel._left.text(), panel._right.text()
        leftmost = min(panel.map.sheet.pieces, key=lambda piece: piece.bounds[0])
        assert left == leftmost.key.laterality.spoken[0]
        assert {left, right} == {"L", "R"}


def test_lateral_view_prints_front_and_back_instead_of_sides(window: Any) -> None:
    panel = window.atlas_place.panels[0]
    panel.show_view("right_lateral")
    settle(window)
    assert (panel._left.text(), panel._right.text()) == ("back", "front")


def test_click_beside_the_body_selects_nothing(window: Any) -> None:
    panel = window.atlas_place.panels[0]
    window.context.shown.select(StructureKey("temporalis", Laterality.RIGHT))
    QTest.mouseClick(panel.map.viewport(), Qt.MouseButton.LeftButton, pos=_point(panel.map, (4, 1000)))
    assert window.context.shown.selected is None


def test_hover_names_the_structure_with_its_side_and_both_maps_follow(window: Any) -> None:
    left, right = window.atlas_place.panels
    piece = right.map.sheet.by_key[StructureKey("trapezius-descending", Laterality.RIGHT)]
    right.map.hovered.emit(piece.key)
    right.caption.setVisible(True)
    assert window.context.shown.hovered == piece.key
    right._on_hovered(piece.key)
    from myomap.gui.words import read_back

    assert read_back(window.context.atlas, piece.key).startswith("RIGHT trapezius")
    assert right.highlights._hover.isVisible()
    assert not left.highlights._hover.isVisible()  # it is not seen in front


def test_mouse_move_over_the_map_hovers_what_a_click_would_select(window: Any) -> None:
    panel = window.atlas_place.panels[1]
    for piece in panel.map.sheet.pieces:
        QTest.mouseMove(panel.map.viewport(), _point(panel.map, _centre(piece.shape)))
        assert window.context.shown.hovered == piece.key


def test_dragging_pans_and_selects_nothing(window: Any) -> None:
    map_view = window.atlas_place.panels[0].map
    map_view.zoom_by(4)
    before = map_view.sight().center()
    middle = map_view.viewport().rect().center()
    QTest.mousePress(map_view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 8):
        QTest.mouseMove(map_view.viewport(), middle + type(middle)(step * 10, 0))
    QTest.mouseRelease(map_view.viewport(), Qt.MouseButton.LeftButton, pos=middle + type(middle)(70, 0))
    assert window.context.shown.selected is None
    assert map_view.sight().center().x() < before.x()


def test_zoom_keeps_the_place_under_the_pointer(window: Any) -> None:
    map_view = window.atlas_place.panels[0].map
    map_view.zoom_by(2)
    at = QPointF(120, 200)
    before = map_view.mapToScene(at.toPoint())
    map_view.zoom_by(3, at)
    after = map_view.mapToScene(at.toPoint())
    assert abs(after.x() - before.x()) * map_view.scale_px < 2
    assert abs(after.y() - before.y()) * map_view.scale_px < 2


def test_keys_zoom_pan_and_fit(window: Any) -> None:
    map_view = window.atlas_place.panels[0].map
    QTest.keyClick(map_view, Qt.Key.Key_Plus)
    QTest.keyClick(map_view, Qt.Key.Key_Plus)
    assert map_view.zoom == pytest.approx(1.25**2, rel=0.01)
    before = map_view.sight().center().y()
    QTest.keyClick(map_view, Qt.Key.Key_Down)
    assert map_view.sight().center().y() > before
    QTest.keyClick(map_view, Qt.Key.Key_0)
    assert map_view.zoom == pytest.approx(1, rel=0.01)


def test_plate_is_sharp_again_after_zooming(window: Any) -> None:
    map_view = window.atlas_place.panels[0].map
    map_view.zoom_by(8)
    settle(window)
    spec, pixmap = map_view._detail
    assert spec.scale == pytest.approx(map_view.scale_px * map_view.devicePixelRatioF(), rel=1e-3)
    assert spec.rect.contains(map_view.sight().intersected(map_view.sheet.rect))
    assert not pixmap.isNull()


def test_other_view_and_figure_come_with_their_own_sheet(window: Any) -> None:
    from myomap.anatomy.views import Figure

    panel = window.atlas_place.panels[0]
    window.context.shown.set_figure(Figure.FEMALE)
    settle(window)
    assert panel.map.sheet.view.id == "female.anterior"
    panel.show_view("posterior")
    settle(window)
    assert panel.map.sheet.view.id == "female.posterior"
    assert panel.chooser.text() == "Posterior view"


def test_view_that_the_figure_does_not_have_is_shown_on_the_other_and_says_so(window: Any) -> None:
    from types import MappingProxyType

    from myomap.anatomy.views import Figure

    atlas, panel = window.context.atlas, window.atlas_place.panels[0]
    views = {key: view for key, view in atlas.views.items() if key != "female.head_posterior"}
    atlas.__dict__["views"] = MappingProxyType(views)
    panel.show_view("head_posterior")
    window.context.shown.set_figure(Figure.FEMALE)
    settle(window)
    assert panel.map.sheet.view.id == "male.head_posterior"
    assert "male figure only" in panel.note.text()
    assert panel.view.name == "head_posterior"


def test_a_click_just_beside_a_structure_chooses_it_and_one_further_off_nothing(window: Any) -> None:
    panel, shown = window.atlas_place.panels[1], window.context.shown
    piece = panel.map.sheet.by_key[StructureKey("infraspinatus", Laterality.RIGHT)]
    x, y = piece.bounds[0], (piece.bounds[1] + piece.bounds[3]) / 2
    edge = panel.map.mapFromScene(QPointF(x, y))
    for off, hit in ((-2, True), (-4, True), (-14, False)):
        at = edge + type(edge)(off, 0)
        assert panel.map.hit(panel.map.mapToScene(at)) is None
        shown.select(None)
        QTest.mouseMove(panel.map.viewport(), at)
        QTest.mouseClick(panel.map.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert (shown.selected == piece.key) is hit, off
        assert (shown.hovered == piece.key) is hit, "it is named before it is clicked"


def test_muscles_close_to_a_click_are_offered_and_what_was_hit_stays_what_it_is(window: Any) -> None:
    panel, shown = window.atlas_place.panels[1], window.context.shown
    lower = panel.map.sheet.by_key[StructureKey("trapezius-transverse", Laterality.RIGHT)]
    upper = StructureKey("trapezius-descending", Laterality.RIGHT)
    x = (lower.bounds[0] + lower.bounds[2]) / 2
    at = _point(panel.map, (x, lower.bounds[1] + 3 / panel.map.scale_px))
    QTest.mouseClick(panel.map.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert shown.selected == lower.key
    assert shown.close_by[0] == upper
    links = [
        each for each in window.atlas_place.inspector.page.findChildren(QLabel) if str(upper) in each.text()
    ]
    links[0].linkActivated.emit(str(upper))
    assert shown.selected == upper
    assert shown.close_by == ()
    QTest.mouseClick(
        panel.map.viewport(), Qt.MouseButton.LeftButton, pos=_point(panel.map, _centre(lower.shape))
    )
    assert shown.selected == lower.key
    assert shown.close_by == ()


def test_muscles_close_to_a_click_are_offered_where_what_was_hit_was_chosen_before(window: Any) -> None:
    panel, shown = window.atlas_place.panels[1], window.context.shown
    lower = panel.map.sheet.by_key[StructureKey("trapezius-transverse", Laterality.RIGHT)]
    x = (lower.bounds[0] + lower.bounds[2]) / 2
    edge = _point(panel.map, (x, lower.bounds[1] + 3 / panel.map.scale_px))
    middle = _point(panel.map, _centre(lower.shape))
    for deed, offered in (
        (partial(QTest.mouseClick, panel.map.viewport(), Qt.MouseButton.LeftButton, pos=middle), False),
        (partial(QTest.mouseClick, panel.map.viewport(), Qt.MouseButton.LeftButton, pos=edge), True),
        (partial(shown.select, lower.key), False),
    ):
        deed()
        assert shown.selected == lower.key
        said = [each.text() for each in window.atlas_place.inspector.page.findChildren(QLabel)]
        assert ("Close to the click too:" in said) is offered
