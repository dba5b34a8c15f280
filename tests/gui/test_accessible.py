"""What a screen reader finds: names, roles, and a way through with Tab alone."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey


def _walk(interface: QAccessibleInterface, depth: int = 0) -> Iterator[QAccessibleInterface]:
    yield interface
    if depth < 14:
        for at in range(interface.childCount()):
            child = interface.child(at)
            if child is not None and child.isValid():
                yield from _walk(child, depth + 1)


def _names(widget: Any) -> dict[str, Any]:
    root = QAccessible.queryAccessibleInterface(widget)
    return {each.text(QAccessible.Text.Name): each.role() for each in _walk(root)}


def test_tree_twin_is_read_with_its_trigger_points(window: Any) -> None:
    window.atlas_place.tree.tree.expandAll()
    names = _names(window.atlas_place.tree.tree)
    assert names["trapezius, 2 trigger points"] is QAccessible.Role.TreeItem
    assert names["levator scapulae, no published pattern"] is QAccessible.Role.TreeItem
    assert names["Descending part, TrP1"] is QAccessible.Role.TreeItem


def test_bar_and_maps_have_names_and_roles(window: Any) -> None:
    names = _names(window)
    for name in (
        "Layer: Superficial",
        "Figure: Female",
        "Lung and kidney",
        "Choose the view, now: Anterior view",
        "Zoom in (+)",
        "Atlas",
    ):
        assert name in names, name
    assert names["Search the atlas"] is QAccessible.Role.EditableText
    assert names["patient's right side"] is QAccessible.Role.StaticText


def test_what_is_chosen_is_told_on_the_map(window: Any) -> None:
    window.context.shown.select(StructureKey("temporalis", Laterality.LEFT))
    for panel in window.atlas_place.panels:
        interface = QAccessible.queryAccessibleInterface(panel.map)
        assert interface.text(QAccessible.Text.Description) == "Chosen: LEFT temporalis."


def test_tab_goes_from_the_search_over_the_tree_and_maps_to_the_trigger_points(window: Any) -> None:
    place = window.atlas_place
    window.context.shown.select(StructureKey("trapezius-descending", Laterality.RIGHT))
    window.activateWindow()
    place.search.setFocus()
    seen: list[Any] = []
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    first_card = next(iter(place.inspector.page.cards.values()))
    wanted = [place.tree.tree, place.panels[0].map, place.panels[1].map, first_card]
    places = [seen.index(each) for each in wanted]
    assert places == sorted(places)
