"""At every size of window and text: nothing overlaps, is cut or needs scrolling sideways; what folds comes back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from tests.gui.clinic.test_group_map import _open as open_group
from tests.gui.clinic.test_group_map import _seven as seven_drawings
from tests.gui.clinic.test_group_map import _wait as wait_for_group
from tests.gui.geometry import SIZES, troubles

from myomap.anatomy.laterality import Laterality
from myomap.gui import settings as window_settings
from myomap.gui.forms import Fold
from myomap.gui.shown import PointKey
from myomap.records.demo import UPPER_TRAPEZIUS
from myomap.records.edits import add
from myomap.records.values import (
    Finding,
    Moment,
    Needling,
    PainScale,
    PainScore,
    Patient,
    PlannedExercise,
    new_id,
)

SCALES = (1.0, 1.25, 1.5)
SMALL, LARGE = (900, 520), (1920, 1080)


@pytest.fixture
def at_size(bench: Any) -> Iterator[Callable[..., None]]:
    """Return what gives the window a size and a text size; both are as before afterwards."""
    window = bench.window

    def resize(size: tuple[int, int], scale: float | None = None) -> None:
        if scale is not None and window.context.look.text_scale != scale:
            window.context.look.choose(text_scale=scale)
        window.resize(*size)
        _work()

    place = window.atlas_place
    place.maps.set_alone(False)
    place.maps.bring(place.panels[0])
    yield resize
    place.maps.set_alone(False)
    place.maps.bring(place.panels[0])
    settings = window.context.settings
    settings.tree_shown, settings.atlas_one_map, settings.visit_one_map = True, False, False
    settings.tree_pinned = False
    resize((1280, 800), 1.0)


def _work() -> None:
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents()
        QApplication.sendPostedEvents(
            None, QEvent.Type.DeferredDelete
        )  # pages that are gone are restyled too


def _check(root: QWidget, name: str, scale: float) -> list[str]:
    found = []
    for size in SIZES:
        root.window().resize(*size)
        _work()
        assert (root.window().width(), root.window().height()) == size, (
            "the window is as small as it was made"
        )
        found += [f"{name} {size} at {scale}: {each}" for each in troubles(root)]
    return found


def _fill(bench: Any) -> Any:
    """Return a visit with a finding and a needling, of a patient with a long name and an alert."""
    bench.patient = Patient(
        new_id(), "Test Patient with a rather long name 01", number="0001", alerts=("Takes an anticoagulant",)
    )
    bench.practice.apply(add(bench.patient))
    visit = bench.begin()
    for value in (
        Finding(new_id(), UPPER_TRAPEZIUS, True, True, True, True),
        Needling(new_id(), UPPER_TRAPEZIUS),
        PlannedExercise(new_id(), "", "Test exercise", sets=3, days=14),
    ):
        bench.practice.apply(add(value, visit=bench.desk.record.visit.id))
    bench.clinic.open_visit(bench.desk.record.visit.id)
    bench.wait(lambda: bench.desk.record is not None and bool(bench.desk.record.needlings))
    return visit


@pytest.mark.slow
@pytest.mark.parametrize("scale", SCALES)
def test_the_atlas_has_room_for_all_that_it_shows(bench: Any, at_size: Any, scale: float) -> None:
    at_size(SMALL, scale)
    bench.window.go_to("atlas")
    place, shown = bench.window.atlas_place, bench.window.context.shown
    shown.select(None)
    found = _check(bench.window, "nothing chosen", scale)
    place.inspector.choose_point(PointKey("trapezius-descending-1", Laterality.RIGHT))
    found += _check(bench.window, "a trigger point", scale)
    at_size(SMALL)
    QTest.mouseClick(place.tree_button, Qt.MouseButton.LeftButton)
    found += [f"drawer: {each}" for each in troubles(bench.window)]
    place.drawer.close()
    place.maps.turn()
    _work()
    found += [f"other map: {each}" for each in troubles(bench.window)]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("scale", SCALES)
def test_every_step_of_the_visit_has_room(bench: Any, at_size: Any, scale: float) -> None:
    at_size(SMALL, scale)
    visit = _fill(bench)
    bench.window.go_to("visit")
    found = []
    for key in visit.steps:
        visit.open_step(key)
        for fold in visit.steps[key].findChildren(Fold):
            fold.head.setChecked(True)
        bench.idle()
        found += _check(bench.window, key, scale)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("scale", SCALES)
def test_the_other_places_have_room(bench: Any, at_size: Any, scale: float) -> None:
    from myomap.gui.learn import LearnPlace

    window = bench.window
    at_size(SMALL, scale)
    if not window.has_place("learn"):
        window.add_place("learn", "Learn", "learn", LearnPlace(window.context))
        bench.clinic.add_settings()
    _fill(bench)
    patients = bench.clinic.patients_place()
    window.go_to("patients")
    found = []
    for name, deed in (
        ("list", patients.show_list),
        ("new patient", patients.new_patient),
        ("patient", lambda: bench.clinic.open_patient(bench.patient.id)),
        ("course", lambda: patients.show_course(bench.patient)),
        ("learn", lambda: window.go_to("learn")),
        ("settings", lambda: window.go_to("settings")),
    ):
        deed()
        bench.idle()
        found += _check(window, name, scale)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("scale", SCALES)
def test_the_map_of_many_drawings_has_room(bench: Any, at_size: Any, scale: float) -> None:
    at_size(SMALL, scale)
    page = open_group(bench)
    found = _check(bench.window, "nobody", scale)
    seven_drawings(bench)
    page.read()
    wait_for_group(bench, page)
    assert page.is_told
    found += _check(bench.window, "counts", scale)
    page._show_busy(True)
    page._on_told(99_999, 100_000)
    page.choice.since.setText("2026-13-40")
    page.choice.wanted()
    found += _check(bench.window, "reading, with a day that cannot be", scale)
    page._show_busy(False)
    page.forget()
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("scale", SCALES)
def test_the_patients_screen_has_room(bench: Any, at_size: Any, scale: float) -> None:
    at_size(LARGE, scale)
    visit = _fill(bench)
    for moment, value in ((Moment.BEFORE, 7), (Moment.AFTER, 3)):
        bench.practice.apply(
            add(PainScore(new_id(), moment, PainScale.NRS, value), visit=bench.desk.record.visit.id)
        )
    bench.clinic.open_visit(bench.desk.record.visit.id)
    bench.wait(lambda: bench.desk.record is not None and len(bench.desk.record.pain_scores) == 2)
    bench.idle()
    visit.explain()
    shown = visit.explaining
    shown.showNormal()
    found = []
    for size in SIZES:
        shown.resize(*size)
        _work()
        found += [f"{size} at {scale}: {each}" for each in troubles(shown)]
    visit.stop_explaining()
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("scale", SCALES)
def test_what_stands_before_the_records_has_room(bench: Any, at_size: Any, scale: float) -> None:
    at_size(SMALL, scale)
    session = bench.session
    state = session.state
    bench.window.go_to("patients")
    found = []
    for name in ("none", "shut", "failed"):
        session._set_state(type(state)(name))
        found += _check(bench.window, name, scale)
    session._set_state(state)
    assert not found, "\n".join(found)


def test_a_narrow_window_makes_the_tree_a_drawer_and_a_wide_one_docks_it_as_it_was(
    bench: Any, at_size: Any
) -> None:
    place = bench.window.atlas_place
    bench.window.go_to("atlas")
    at_size(LARGE)
    assert place.drawer.is_docked
    assert place.tree.isVisible()
    at_size(SMALL)
    assert not place.tree.isVisible()
    assert not place.tree_button.isChecked()
    place.tree_button.click()
    assert place.tree.isVisible()
    assert place.tree_button.isChecked()
    QTest.mouseClick(place.panels[0].map.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(380, 60))
    assert not place.tree.isVisible(), "a press beside it closes it"
    place.tree_button.click()
    QTest.keyClick(place.tree.tree, Qt.Key.Key_Escape)
    assert not place.tree.isVisible()
    assert bench.window.context.settings.tree_shown, (
        "a drawer that is shut says nothing about the wide window"
    )
    at_size(LARGE)
    assert place.tree.isVisible()
    place.tree_button.click()
    at_size(SMALL)
    at_size(LARGE)
    assert not place.tree.isVisible(), "who put it away in the wide window has it away there"
    place.tree_button.click()


def test_a_pinned_drawer_stays_open_beside_one_map_and_is_remembered(
    bench: Any, at_size: Any, tmp_path: Any
) -> None:
    place, settings = bench.window.atlas_place, bench.window.context.settings
    bench.window.go_to("atlas")
    at_size(SMALL)
    place.tree_button.click()
    place.tree.pin.click()
    _work()
    assert place.drawer.is_docked
    assert sum(place.maps.is_on_show(panel) for panel in place.panels) == 1
    QTest.mouseClick(place.maps.front.map.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 60))
    assert place.tree.isVisible(), "a press beside it closes it no more"
    assert not troubles(bench.window)
    window_settings.save(tmp_path, settings)
    assert window_settings.load(tmp_path).tree_pinned
    at_size(LARGE)
    assert place.tree.pin.isHidden(), "there is room for all"
    assert all(place.maps.is_on_show(panel) for panel in place.panels)
    at_size(SMALL)
    assert place.tree.isVisible()
    place.tree_button.click()
    assert not place.tree.isVisible()
    assert not settings.tree_pinned
    _work()
    place.tree_button.click()
    assert place.tree.isVisible()
    assert not place.drawer.is_docked, "it is a drawer again"
    place.drawer.close()


def test_maps_get_what_they_can_use_of_a_narrow_window(bench: Any, at_size: Any) -> None:
    place = bench.window.atlas_place
    bench.window.go_to("atlas")
    at_size((960, 720))
    both = [panel for panel in place.panels if place.maps.is_on_show(panel)]
    assert len(both) == 2
    assert place.inspector.width() < 372, "it takes less than it likes"
    narrow = place.inspector.width()
    at_size((1920, 720))
    assert place.inspector.width() > narrow
    place._across.splitterMoved.emit(400, 1)
    place._across.setSizes([300, 1000, 500])
    mine = place.inspector.width()
    at_size((1920, 730))
    assert abs(place.inspector.width() - mine) < 8, "whoever moves the handle has decided"
    place._moved = False


def test_the_drawer_closes_with_its_place(bench: Any, at_size: Any) -> None:
    place = bench.window.atlas_place
    bench.window.go_to("atlas")
    at_size(SMALL)
    place.tree_button.click()
    assert place.tree.isVisible()
    bench.window.go_to("patients")
    bench.window.go_to("atlas")
    assert not place.tree.isVisible()


def test_taking_a_muscle_closes_the_drawer_and_walking_over_it_does_not(bench: Any, at_size: Any) -> None:
    place, shown = bench.window.atlas_place, bench.window.context.shown
    bench.window.go_to("atlas")
    at_size(SMALL)
    place.tree_button.click()
    tree = place.tree.tree
    tree.expandAll()
    tree.setCurrentIndex(tree.model().index(0, 0))  # a part of the body, wherever another test has left it
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert shown.selected is not None
    assert place.tree.isVisible()
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert not place.tree.isVisible()
    tree.collapseAll()


def test_where_there_is_room_for_one_map_the_other_is_a_press_away(bench: Any, at_size: Any) -> None:
    place = bench.window.atlas_place
    bench.window.go_to("atlas")
    at_size(SMALL, 1.5)
    one, other = place.panels
    assert [one.isVisible(), other.isVisible()] == [True, False]
    other_title = other.view.title.removesuffix(" view")
    assert other_title in one.turn.accessibleName()
    one.turn.click()
    assert [one.isVisible(), other.isVisible()] == [False, True]
    at_size(LARGE, 1.0)
    assert [one.isVisible(), other.isVisible()] == [True, True]
    place.maps.bring(one)


def test_one_map_or_both_is_the_users_choice_and_is_remembered_for_each_place(
    bench: Any, at_size: Any, tmp_path: Any
) -> None:
    place, settings = bench.window.atlas_place, bench.window.context.settings
    bench.window.go_to("atlas")
    at_size(LARGE)
    one, other = place.panels
    other.alone.click()
    assert [one.isVisible(), other.isVisible()] == [False, True]
    at_size(SMALL)
    at_size(LARGE)
    assert not one.isVisible()
    window_settings.save(tmp_path, settings)
    kept = window_settings.load(tmp_path)
    assert (kept.atlas_one_map, kept.visit_one_map) == (True, False)
    other.alone.click()
    assert one.isVisible()
    assert not settings.atlas_one_map
    place.maps.bring(one)


def test_the_keyboard_stays_where_it_was_when_the_window_becomes_narrow(bench: Any, at_size: Any) -> None:
    visit = bench.begin()
    bench.window.go_to("visit")
    at_size(LARGE)
    bench.window.activateWindow()
    bench.wait(bench.window.isActiveWindow)
    visit.top.reason.setFocus()
    QTest.keyClicks(visit.top.reason, "Neck")
    at_size(SMALL)
    QTest.keyClicks(QApplication.focusWidget(), " pain")
    assert visit.top.reason.text() == "Neck pain"
    at_size(LARGE)
    visit.maps.layers.buttons["deep"].setFocus()
    at_size(SMALL, 1.5)
    assert QApplication.focusWidget() is visit.maps.layers.fold, "from a choice to the button it folded to"
    at_size(LARGE, 1.0)
    assert QApplication.focusWidget() in visit.maps.layers.buttons.values()


def test_nothing_folds_because_of_what_is_typed_or_chosen(bench: Any, at_size: Any) -> None:
    visit = bench.begin()
    bench.window.go_to("visit")
    at_size((1093, 614), 1.25)
    before = [w.geometry() for w in (visit.side, visit.maps, visit.maps.pair, *visit.maps.panels)]
    for key in ("findings", "plan", "screen"):
        visit.open_step(key)
        bench.idle()
    QTest.keyClicks(visit.top.reason, "A long reason that does not fit into its line at all, and goes on")
    bench.idle()
    after = [w.geometry() for w in (visit.side, visit.maps, visit.maps.pair, *visit.maps.panels)]
    assert before == after


def test_a_folded_choice_opens_a_menu_that_chooses(bench: Any, at_size: Any) -> None:
    bench.begin()
    bench.window.go_to("visit")
    layers = bench.visit.maps.layers
    at_size(SMALL, 1.5)
    assert layers.is_folded
    layers.fold.click()
    menu = QApplication.activePopupWidget()
    assert [action.text() for action in menu.actions()] == [b.text() for b in layers.buttons.values()]
    menu.actions()[3].trigger()
    menu.close()
    assert bench.visit.maps.shown.layer == "deep"
    assert layers.fold.text() == layers.buttons["deep"].text()
