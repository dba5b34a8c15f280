"""The inspector leads with the patterns; what is rarer is folded away and stays as it was left."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from shiboken6 import delete

from myomap.anatomy.laterality import Laterality
from myomap.bootstrap import add_places
from myomap.gui.atlas.inspector import Inspector
from myomap.gui.atlas.muscle_page import SAFETY
from myomap.gui.parts import Elided, chip
from myomap.gui.picture import settle
from myomap.gui.shown import Shown
from myomap.gui.theme import ThemeName


def _words(widget: Any) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_anatomy_and_high_risk_are_open_exercises_and_evidence_are_not(window: Any) -> None:
    window.atlas_place.inspector.go_to_muscle("trapezius", Laterality.RIGHT)
    settle(window)
    page = window.atlas_place.inspector.page
    is_open = {name: fold.head.isChecked() for name, fold in page.folds.items()}
    assert is_open == {"Anatomy": True, SAFETY: True, "Exercises": False, "Evidence": False}
    said = _words(page)
    assert "Moves the neck." in said
    assert "apex of the lung" in said
    assert said.index("High risk when needled") < said.index("Trigger points"), "before anything is pressed"
    assert said.index("In reach: ") < said.index("Trigger points")
    assert "Let the ear sink." not in said
    page.show_fold("Exercises")
    assert "Let the ear sink." in _words(page)
    assert "·  1" in page.folds["Exercises"].head.text()


def test_a_fold_stays_as_it_was_left_for_the_next_muscle(window: Any) -> None:
    inspector = window.atlas_place.inspector
    inspector.go_to_muscle("trapezius", Laterality.RIGHT)
    inspector.page.folds["Anatomy"].head.click()
    inspector.page.folds["Evidence"].head.click()
    inspector.go_to_muscle("infraspinatus", Laterality.RIGHT)
    assert not inspector.page.folds["Anatomy"].head.isChecked()
    assert inspector.page.folds["Evidence"].head.isChecked()


def test_partners_are_links_that_go_to_their_muscle_on_the_same_side(window: Any) -> None:
    inspector = window.atlas_place.inspector
    inspector.go_to_muscle("trapezius", Laterality.LEFT)
    links = [
        each for each in inspector.page.findChildren(QLabel) if 'href="sternocleidomastoid"' in each.text()
    ]
    assert links
    links[0].linkActivated.emit("sternocleidomastoid")
    selected = window.context.shown.selected
    assert (selected.structure, selected.laterality) == ("sternocleidomastoid", Laterality.LEFT)


def test_muscle_without_trigger_points_says_so_and_still_has_its_anatomy(window: Any) -> None:
    inspector = window.atlas_place.inspector
    inspector.go_to_muscle("temporalis", Laterality.RIGHT)
    said = _words(inspector.page)
    assert "No published pattern of this muscle is in the atlas." in said
    assert "Moves the head." in said


@pytest.mark.parametrize("side", [Laterality.RIGHT, Laterality.LEFT])
def test_what_is_recalled_is_marked_on_the_closed_card_too(
    window: Any, side: Laterality, monkeypatch: Any
) -> None:
    from dataclasses import replace

    from myomap.anatomy.sources import State
    from myomap.gui.atlas.point_card import PointCard
    from myomap.gui.shown import PointKey

    atlas = window.context.open_atlas()
    point = atlas.trigger_points["trapezius-descending-1"]
    recalled = chip("from memory").text()
    for state, marked in ((State.RECALLED, True), (State.FIGURE, False)):
        card = PointCard(
            atlas,
            window.context.look,
            replace(point, checked=state),
            PointKey(point.id, side),
            lambda _: None,
        )
        assert (recalled in _words(card)) is marked
        card.deleteLater()


def test_escape_goes_back_from_the_point_to_the_muscle_to_nothing(window: Any) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from myomap.gui.shown import PointKey

    place, shown = window.atlas_place, window.context.shown
    for start in (place.panels[0].map, place.tree.tree):
        place.inspector.choose_point(PointKey("trapezius-descending-1", Laterality.LEFT))
        start.setFocus()
        QTest.keyClick(start, Qt.Key.Key_Escape)
        assert shown.point is None
        assert shown.selected is not None
        assert shown.selected.laterality is Laterality.LEFT
        QTest.keyClick(start, Qt.Key.Key_Escape)
        assert shown.selected is None


def test_map_in_use_has_a_ring_and_the_map_keeps_its_size(window: Any) -> None:
    panel = window.atlas_place.panels[0]
    before = panel.map.geometry()
    panel._show_focus(True)
    assert window.context.look.chrome.focus in panel.styleSheet()
    assert panel.property("active")
    settle(window)
    assert panel.map.geometry() == before
    paper = window.context.look.map["paper"].name()
    assert f"background: {paper}" in panel.styleSheet(), "no edge between the map and its frame"


def _has_keyboard(widget: Any) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and (focus is widget or widget.isAncestorOf(focus))


def test_the_keyboard_goes_from_the_search_to_what_was_found_and_stays_there(window: Any) -> None:
    place = window.atlas_place
    window.activateWindow()
    place.search.setFocus()
    QTest.keyClicks(place.search, "trapezius")
    QTest.keyClick(place.search, Qt.Key.Key_Return)
    assert place.search.hasFocus(), "another search may follow"
    QTest.keyClick(place.search, Qt.Key.Key_Return)
    card = next(iter(place.inspector.cards.values()))
    assert card.hasFocus()
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert window.context.shown.point == card.key
    for _ in range(2):  # to the muscle, to nothing: each time another page
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        QApplication.processEvents()
        assert _has_keyboard(place.inspector)


def test_f6_goes_round_the_parts_of_the_page_and_back(window: Any) -> None:
    place = window.atlas_place
    place.inspector.go_to_muscle("trapezius", Laterality.RIGHT)
    place.search.setFocus()
    shown = [each for each in (place.tree, *place.panels, place.inspector) if each.isVisible()]
    for part in (*shown, place._bar):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        assert _has_keyboard(part), part.objectName()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert _has_keyboard(place.inspector)


def test_what_is_too_long_for_the_list_of_results_ends_in_dots_and_is_told_whole(window: Any) -> None:
    place = window.atlas_place
    place.search.setFocus()
    QTest.keyClicks(place.search, "trapezius")
    results = place.search.results
    QApplication.processEvents()
    lines = results.findChildren(Elided)
    assert lines
    for line in lines:
        assert line.fontMetrics().horizontalAdvance(line.text()) <= line.width()
        assert line.text() == line.full or line.text().endswith("…")
    for at in range(results.count()):
        row = results.itemWidget(results.item(at))
        assert row.height() >= row.layout().sizeHint().height()


def test_a_list_of_a_complaint_outlives_another_theme_and_goes_with_escape(window: Any) -> None:
    place, look = window.atlas_place, window.context.look
    window.open_found(window.search("headache at the temple")[0])
    settle(window)
    names = [card.accessibleName() for card in place.inspector.page.cards]
    assert names
    look.choose(ThemeName.DARK)
    look.choose(ThemeName.LIGHT)
    settle(window)
    assert [card.accessibleName() for card in place.inspector.page.cards] == names
    QTest.keyClick(place, Qt.Key.Key_Escape)
    assert not place.inspector.cards
    assert "Choose a muscle" in _words(place.inspector.page)


def test_escape_leaves_a_region_whose_list_led_to_a_point(window: Any) -> None:
    place, shown = window.atlas_place, window.context.shown
    window.open_found(next(hit for hit in window.search("right head") if hit.entry.id == "head.right"))
    settle(window)
    place.inspector.page.cards[0].pressed.emit()
    assert shown.point is not None
    for _ in range(2):  # to the muscle, to the region's list
        QTest.keyClick(place, Qt.Key.Key_Escape)
    settle(window)
    assert shown.region == "head.right"
    QTest.keyClick(place, Qt.Key.Key_Escape)
    assert shown.region is None
    assert "Choose a muscle" in _words(place.inspector.page)


def test_a_region_that_was_clicked_leads_back_to_no_list_of_before(window: Any) -> None:
    place, shown = window.atlas_place, window.context.shown
    window.open_found(window.search("headache at the temple")[0])
    place.inspector.page.cards[0].pressed.emit()
    shown.select_region("head.right")
    QTest.keyClick(place, Qt.Key.Key_Escape)
    settle(window)
    assert "Choose a muscle" in _words(place.inspector.page)


def test_a_point_taken_from_a_list_with_enter_is_brought_into_sight(window: Any) -> None:
    window.resize(1000, 420)
    inspector = window.atlas_place.inspector
    window.open_found(window.search("headache at the temple")[0])
    settle(window)
    row = inspector.page.cards[0]
    row.setFocus()
    QTest.keyClick(row, Qt.Key.Key_Return)
    settle(window)
    card = inspector.cards[window.context.shown.point]
    top = card.mapTo(inspector.viewport(), QPoint(0, 0)).y()
    assert 0 <= top <= 0.6 * inspector.viewport().height()


def test_a_focus_that_a_list_loses_at_the_very_end_is_no_error(window: Any, qtbot: Any) -> None:
    context = replace(window.context, shown=Shown())
    inspector = Inspector(context)
    qtbot.addWidget(inspector)
    inspector.open_found(window.search("headache at the temple")[0])
    card = inspector.page.cards[0]
    card.glanced.emit(True)
    delete(context.shown)
    card.glanced.emit(False)


def test_an_open_trigger_point_says_its_side_its_muscle_and_the_risk_where_all_else_is_out_of_sight(
    window: Any,
) -> None:
    inspector = window.atlas_place.inspector
    inspector.go_to_muscle("trapezius", Laterality.LEFT)
    key, card = next(iter(inspector.cards.items()))
    assert "LEFT" not in _words(card)
    window.context.shown.choose_point(window.context.shown.selected, key)
    assert "LEFT trapezius" in _words(card)
    assert "High risk when needled: " in _words(card)
    assert "lung" in _words(card)
    window.context.shown.choose_point(window.context.shown.selected, None)
    assert "LEFT" not in _words(card)


def test_red_flags_of_a_region_are_in_sight_beside_its_patterns(
    window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import MappingProxyType

    from myomap.anatomy.knowledge import ScreeningItem
    from myomap.anatomy.sources import Citation, State

    atlas = window.context.open_atlas()
    made = {
        id: ScreeningItem(
            id, kind, f"Question {id}?", "Act.", Citation("made-up-book"), State.RECALLED, parts
        )
        for id, kind, parts in (
            ("a", "red_flag", ("head",)),
            ("b", "red_flag", ("foot",)),
            ("c", "relative", ("head",)),
        )
    }
    monkeypatch.setitem(atlas.__dict__, "screening", MappingProxyType(made))
    window.open_found(next(hit for hit in window.search("right head") if hit.entry.id == "head.right"))
    settle(window)
    said = _words(window.atlas_place.inspector.page)
    assert "Question a?" in said
    assert "Question b?" not in said
    assert "Question c?" not in said


def test_keys_of_the_atlas_work_from_the_rail_and_not_from_another_place(window: Any) -> None:
    shown, place = window.context.shown, window.atlas_place
    rail = window.findChild(QWidget, "rail")
    button = next(each for each in rail.findChildren(QAbstractButton) if each.isVisible())
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_W)
    assert shown.warnings
    QTest.keyClick(button, Qt.Key.Key_W)
    assert not shown.warnings
    add_places(window, "")
    window.go_to("learn")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_W)
    assert not shown.warnings
    window.go_to("atlas")
    place.search.setFocus()
    QTest.keyClicks(place.search, "w")
    assert place.search.text() == "w"
    assert not shown.warnings
