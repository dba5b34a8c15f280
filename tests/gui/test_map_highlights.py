"""What lights up over the map: points, zones, hidden muscles, warnings."""

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.gui.map.items import ShapeItem
from myomap.gui.picture import settle
from myomap.gui.shown import PointKey

TRAP = PointKey("trapezius-descending-1", Laterality.RIGHT)


def test_chosen_point_lights_its_zones_where_they_are_seen(window: Any) -> None:
    window.atlas_place.inspector.choose_point(TRAP)
    front, back = (panel.highlights for panel in window.atlas_place.panels)
    assert front._essential.isVisible()  # the temple
    assert not front._spillover.isVisible()
    assert back._spillover.isVisible()
    assert not back._essential.isVisible()


def test_zone_of_the_left_point_is_the_mirror_of_the_right_one(window: Any) -> None:
    front = window.atlas_place.panels[0]
    middle = front.map.sheet.rect.center().x()
    window.atlas_place.inspector.choose_point(TRAP)
    right = front.highlights._essential.path().boundingRect()
    window.atlas_place.inspector.choose_point(PointKey(TRAP.point, Laterality.LEFT))
    left = front.highlights._essential.path().boundingRect()
    assert right.right() < middle < left.left()
    assert left.center().x() - middle == pytest.approx(middle - right.center().x(), abs=4)


def test_cross_lies_where_the_point_is_and_is_large_when_chosen(window: Any) -> None:
    window.atlas_place.inspector.choose_point(TRAP)
    back = window.atlas_place.panels[1].highlights
    cross = back._crosses[TRAP]
    assert (cross.pos().x(), cross.pos().y()) == pytest.approx((330, 330), abs=0.5)
    assert cross.lit
    other = PointKey("trapezius-transverse-2", Laterality.RIGHT)
    assert not back._crosses[other].lit
    assert TRAP not in window.atlas_place.panels[0].highlights._crosses  # it is on the back


def test_click_on_a_cross_chooses_its_trigger_point(window: Any) -> None:
    window.context.shown.select(StructureKey("trapezius-descending", Laterality.RIGHT))
    map_view = window.atlas_place.panels[1].map
    at = map_view.mapFromScene(QPointF(330, 330))
    QTest.mouseClick(map_view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert window.context.shown.point == TRAP


def test_hidden_muscle_is_dashed_and_a_visible_one_is_not(window: Any) -> None:
    back = window.atlas_place.panels[1].highlights
    window.context.shown.select(StructureKey("gluteus-minimus", Laterality.RIGHT))
    assert back._silhouette.isVisible()
    assert back._silhouette.pen().style() is Qt.PenStyle.DashLine
    window.context.shown.set_layer(Layer.DEEP)
    settle(window)
    assert not back._silhouette.isVisible()
    assert back._selected.isVisible()


def test_warnings_show_on_the_button_and_by_key(window: Any) -> None:
    back = window.atlas_place.panels[1].highlights
    assert not any(item.isVisible() for item in back._warnings)
    window.atlas_place.warnings.click()
    settle(window)  # outlined off the window's thread
    assert all(item.isVisible() for item in back._warnings)
    window.atlas_place.panels[0].map.setFocus()
    QTest.keyClick(window.atlas_place.panels[0].map, Qt.Key.Key_W)
    assert not window.context.shown.warnings


def test_glance_shows_a_zone_only_while_it_lasts(window: Any) -> None:
    front = window.atlas_place.panels[0].highlights
    window.context.shown.select(StructureKey("sternocleidomastoid", Laterality.RIGHT))
    key = PointKey("sternocleidomastoid-3", Laterality.RIGHT)
    card = window.atlas_place.inspector.page.cards[key]
    card.glanced.emit(True)
    assert front._essential.isVisible()
    card.glanced.emit(False)
    assert not front._essential.isVisible()


def test_pens_over_the_map_keep_their_width_at_every_zoom(window: Any) -> None:
    window.atlas_place.inspector.choose_point(TRAP)
    items = [
        item
        for panel in window.atlas_place.panels
        for item in panel.map.scene().items()
        if item.isVisible() and isinstance(item, ShapeItem)
    ]
    assert len(items) >= 4
    assert all(item.pen().isCosmetic() for item in items)


def test_region_of_the_skin_is_never_taken_for_a_muscle_of_the_same_name(window: Any) -> None:
    window.context.shown.select_region("head.right")
    front = window.atlas_place.panels[0]
    middle = front.map.sheet.rect.center().x()
    assert front.highlights._selected.isVisible()
    assert front.highlights._selected.path().boundingRect().right() < middle + 4
    assert window.context.shown.selected is None
    window.context.shown.select(StructureKey("temporalis", Laterality.RIGHT))
    assert window.context.shown.region is None


def test_what_is_saved_is_what_is_on_show(window: Any) -> None:
    from myomap.gui.atlas.export import picture_of

    window.atlas_place.inspector.choose_point(TRAP)
    panel = window.atlas_place.panels[0]
    whole = picture_of(window.context, panel)
    assert whole is not None
    assert whole.crop is None
    assert [key.trigger_point for key in whole.patterns] == [TRAP.point]
    assert (whole.view, whole.layer) == (panel.map.sheet.view.id, panel.map.sheet.layer)
    panel.map.show_rect(panel.highlights.zone_rect())
    near = picture_of(window.context, panel)
    assert near is not None
    assert near.crop is not None
    left, top, right, bottom = near.crop
    seen = panel.map.sight().intersected(panel.map.sheet.rect)
    assert (left, top, right, bottom) == pytest.approx(seen.getCoords())
