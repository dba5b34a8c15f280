"""What is asked for by name is brought into sight; what a person turned or zoomed is left alone."""

from typing import Any

import pytest
import shapely
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.gui.atlas.turning import _Look
from myomap.gui.picture import settle
from myomap.gui.shown import PointKey


def _ask(window: Any, text: str) -> None:
    window.open_found(window.search(text)[0])
    settle(window)


def _in_sight(panel: Any, key: StructureKey) -> float:
    """Return how many pixels (squared) of a structure a map shows; 0 where part of it is out of sight."""
    piece = panel.map.sheet.by_key.get(key)
    if piece is None:
        return 0.0
    left, top, right, bottom = piece.bounds
    whole = panel.map.sight().contains(QRectF(left, top, right - left, bottom - top))
    return shapely.area(piece.shape) * panel.map.scale_px**2 if whole else 0.0


def test_a_muscle_that_was_searched_is_in_sight_and_large_enough_to_see(window: Any) -> None:
    window.resize(1000, 620)
    settle(window)
    key = StructureKey("infraspinatus", Laterality.RIGHT)
    before = [_in_sight(panel, key) for panel in window.atlas_place.panels]
    assert max(before) < 1600
    _ask(window, "infraspinatis")
    assert window.context.shown.selected == key
    assert max(_in_sight(panel, key) for panel in window.atlas_place.panels) > 3 * max(before)


def test_what_is_seen_well_already_turns_nothing(window: Any) -> None:
    panels = window.atlas_place.panels
    before = [(panel.view_name, panel.map.zoom) for panel in panels]
    _ask(window, "gluteus maximus")
    assert [(panel.view_name, panel.map.zoom) for panel in panels] == before


def test_a_map_that_was_brought_near_shows_everything_again_for_something_else(window: Any) -> None:
    window.resize(1000, 620)
    panels = window.atlas_place.panels
    _ask(window, "infraspinatus")
    assert max(panel.map.zoom for panel in panels) > 1.3
    near = max(panels, key=lambda panel: panel.map.zoom)
    _ask(window, "gluteus maximus")
    assert _in_sight(near, StructureKey("gluteus-maximus", Laterality.RIGHT)) > 1600


def test_the_other_side_is_brought_into_sight_too(window: Any) -> None:
    window.resize(1000, 620)
    _ask(window, "infraspinatus")
    window.atlas_place.inspector._other_side()
    settle(window)
    left = StructureKey("infraspinatus", Laterality.LEFT)
    assert window.context.shown.selected == left
    assert max(_in_sight(panel, left) for panel in window.atlas_place.panels) > 1600


def test_moving_through_the_tree_turns_nothing_and_enter_does(window: Any) -> None:
    window.resize(1000, 620)
    settle(window)
    place = window.atlas_place
    tree = place.tree.tree
    place.tree_button.click()
    index = place.tree._places[("muscle", "infraspinatus")]
    tree.setCurrentIndex(index)
    settle(window)
    assert all(panel.map.zoom == pytest.approx(1, rel=0.02) for panel in place.panels)
    QTest.keyClick(tree, Qt.Key.Key_Return)
    settle(window)
    assert max(panel.map.zoom for panel in place.panels) > 1.3


def test_from_a_complaint_to_a_point_and_back_to_the_list_and_to_the_other_side(window: Any) -> None:
    place, shown = window.atlas_place, window.context.shown
    _ask(window, "headache at the temple")
    page = place.inspector.page
    title = page.cards[0].accessibleName()
    page.cards[0].pressed.emit()
    settle(window)
    assert shown.point is not None
    key = shown.point
    QTest.keyClick(place, Qt.Key.Key_Escape)  # from the point to its muscle
    QTest.keyClick(place, Qt.Key.Key_Escape)  # and to the list that led there
    settle(window)
    page = place.inspector.page
    assert page.cards[0].accessibleName() == title
    page.side.buttons["left"].click()
    settle(window)
    page = place.inspector.page
    assert "LEFT" in page.cards[0].accessibleName()
    page.cards[0].pressed.emit()
    assert shown.point == PointKey(key.point, Laterality.LEFT)


def test_a_list_is_forgotten_when_something_else_is_asked_for(window: Any) -> None:
    inspector = window.atlas_place.inspector
    _ask(window, "headache at the temple")
    inspector.page.cards[0].pressed.emit()
    settle(window)
    _ask(window, "gluteus maximus")
    assert not inspector.back_to_list()
    QTest.keyClick(window.atlas_place, Qt.Key.Key_Escape)
    assert window.context.shown.selected is None


def test_the_layer_of_what_was_asked_for_is_on_show_at_once(window: Any) -> None:
    window.context.shown.set_layer(Layer.SKELETON)
    window.open_found(window.search("gluteus minimus")[0])
    assert window.context.shown.layer is Layer.DEEP


def test_what_a_person_zoomed_since_stays_as_it_is(window: Any) -> None:
    turner, panel = window.atlas_place.turner, window.atlas_place.panels[0]
    near = QRectF(100, 200, 150, 200)
    panel.map.show_rect(near)
    turner._zoomed = panel
    panel.map.zoom_by(1.5)
    mine = panel.map.zoom
    turner._go_back(unless=None)
    assert panel.map.zoom == pytest.approx(mine)
    panel.map.show_rect(near)
    turner._zoomed = panel
    turner._go_back(unless=None)
    assert panel.map.zoom == pytest.approx(1)


def test_what_is_to_be_near_is_so_in_a_map_that_was_put_away_or_changes_its_size(window: Any) -> None:
    window.resize(1000, 620)
    place = window.atlas_place
    place.maps.set_alone(True)
    settle(window)
    hidden = next(panel for panel in place.panels if not place.maps.is_on_show(panel))
    key = StructureKey("infraspinatus", Laterality.RIGHT)
    place.maps.bring(place.panels[0])
    settle(window)
    assert hidden is place.panels[1]
    _ask(window, "infraspinatus")
    assert place.maps.is_on_show(hidden)
    assert hidden.map.zoom > 1.3
    before = _in_sight(hidden, key)
    assert before > 1600
    window.resize(1300, 900)
    settle(window)
    assert _in_sight(hidden, key) > 1.2 * before


def test_a_point_that_the_best_view_hides_is_shown_by_the_other_map_until_it_is_not_needed(
    window: Any,
) -> None:
    turner, panels = window.atlas_place.turner, window.atlas_place.panels

    def views() -> list[str]:
        return [panel.view_name for panel in panels]

    def look(view: str, where: str = "", seeing: tuple[str, ...] = ()) -> None:
        turner._turn_to(_Look(f"male.{view}", Layer.SUPERFICIAL, None, where, frozenset(seeing)))

    look("anterior", "male.head_posterior", seeing=("posterior",))
    assert views() == ["anterior", "posterior"], "the other map shows it as it is"
    look("anterior", "male.head_posterior")
    assert views() == ["anterior", "head_posterior"]
    look("anterior")
    assert views() == ["anterior", "posterior"]
    look("right_lateral")
    assert views()[1] == "posterior"
    look("posterior")
    assert views() == ["anterior", "posterior"], "what was turned for something else goes back"
    look("right_lateral")
    panels[0].show_view("head_posterior")
    look("posterior")
    assert views() == ["head_posterior", "posterior"], "a person's own choice stays"


def test_what_is_found_too_late_turns_nothing_away_from_what_was_clicked_meanwhile(window: Any) -> None:
    window.resize(1000, 620)
    settle(window)
    place = window.atlas_place
    window.open_found(window.search("infraspinatus")[0])
    assert window.context.pool.busy, "its best view is being looked for"
    window.context.shown.select(StructureKey("gluteus-maximus", Laterality.RIGHT))
    settle(window)
    assert all(panel.map.zoom == pytest.approx(1, rel=0.02) for panel in place.panels)


def test_a_view_that_somebody_turned_away_before_it_came_is_not_brought_near_later(window: Any) -> None:
    place = window.atlas_place
    panel = place.maps.front
    before = panel.view_name
    place.turner._turn_to(
        _Look("male.right_lateral", Layer.SUPERFICIAL, (100.0, 200.0, 200.0, 300.0), "", frozenset())
    )
    assert panel.view_name == "right_lateral"
    assert panel.map.sheet.view.name == before, "it is on its way"
    panel.show_view(before)
    settle(window)
    panel.show_view("right_lateral")
    settle(window)
    assert panel.map.sheet.view.name == "right_lateral"
    assert panel.map.zoom == pytest.approx(1, rel=0.02)


def test_all_of_a_muscle_is_in_sight_and_not_its_first_part_alone(window: Any) -> None:
    window.resize(1000, 620)
    _ask(window, "trapezius")
    parts = [StructureKey(f"trapezius-{part}", Laterality.RIGHT) for part in ("descending", "transverse")]
    assert any(all(_in_sight(panel, part) for part in parts) for panel in window.atlas_place.panels)


def test_what_no_map_has_drawn_is_shown_where_its_trigger_point_is(
    window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from myomap.report import best_view as module

    place, atlas = window.atlas_place, window.context.open_atlas()
    point = next(p for p in atlas.trigger_points.values() if p.structure == "trapezius-descending")
    asked = []

    def record(*given: Any, **more: Any) -> Any:
        asked.append([pattern.trigger_point for pattern in given[1]])
        return "male.anterior", Layer.SUPERFICIAL

    monkeypatch.setattr(module, "best_view", record)
    window.context.shown.select(StructureKey("trapezius-descending", Laterality.RIGHT))
    place.turner.show_chosen()
    settle(window)
    monkeypatch.setattr(type(atlas), "silhouettes", lambda *_: ())
    place.turner.show_chosen()
    settle(window)
    assert asked == [[], [], [point.id]]


def test_a_part_that_would_be_no_larger_is_not_brought_near(window: Any) -> None:
    turner, panel = window.atlas_place.turner, window.atlas_place.panels[0]
    page = panel.map.sheet.rect
    low = (0.0, 0.2 * page.height(), page.width(), page.height())
    turner._turn_to(_Look("male.anterior", Layer.SUPERFICIAL, low, "", frozenset()))
    assert panel.map.zoom == pytest.approx(1)
    small = (100.0, 200.0, 250.0, 400.0)
    turner._turn_to(_Look("male.anterior", Layer.SUPERFICIAL, small, "", frozenset()))
    assert panel.map.zoom > 1.2
