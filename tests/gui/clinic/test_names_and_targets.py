"""Who cannot see the page hears which control of which muscle it is; who cannot aim finds large targets."""

from collections import Counter
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.gui.forms import Fold
from myomap.gui.shown import PointKey

_ROLES = {
    QAccessible.Role.Button, QAccessible.Role.CheckBox, QAccessible.Role.RadioButton, QAccessible.Role.EditableText,
    QAccessible.Role.ComboBox, QAccessible.Role.ButtonMenu, QAccessible.Role.StaticText, QAccessible.Role.Link,
}  # fmt: skip


def _full(bench: Any) -> Any:
    """Begin a visit with two of everything, and open every part."""
    visit = bench.begin()
    visit.open_step("findings")
    for side in (Laterality.RIGHT, Laterality.LEFT):
        visit.maps.site_picked.emit(visit.maps.site_of_point(PointKey("trapezius-descending-1", side)))
    visit.open_step("needling")
    for side in (Laterality.RIGHT, Laterality.LEFT):
        visit.maps.site_picked.emit(visit.maps.site_of_point(PointKey("trapezius-descending-1", side)))
    visit.open_step("plan")
    for words in ("Stand on one leg", "Ear to shoulder, slowly"):
        visit.steps["plan"].own.setText(words)
        visit.steps["plan"]._add_own()
    return visit


def _stops(step: Any) -> list[QWidget]:
    for fold in step.body.findChildren(Fold):
        fold.head.setChecked(True)
    QApplication.processEvents()
    for fold in step.body.findChildren(Fold):  # those of cards that were shown only now
        fold.head.setChecked(True)
    QApplication.processEvents()
    return [
        each
        for each in step.body.findChildren(QWidget)
        if each.focusPolicy() != Qt.FocusPolicy.NoFocus
        and each.isVisibleTo(step.body)
        and not each.objectName().startswith("qt_")
    ]


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


def test_no_two_controls_of_a_step_are_called_the_same(bench: Any) -> None:
    visit = _full(bench)
    twice: dict[str, list[str]] = {}
    assert len(bench.desk.record.findings) == len(bench.desk.record.needlings) == 2
    for key, step in visit.steps.items():
        visit.open_step(key)
        called = Counter(_name(each) for each in _stops(step))
        twice[key] = [name for name, count in called.items() if count > 1 or not name]
    assert not any(twice.values()), twice


def test_every_control_of_the_path_has_a_role_that_says_what_it_does(bench: Any) -> None:
    visit = _full(bench)
    for key, step in visit.steps.items():
        visit.open_step(key)
        for each in _stops(step):
            told = QAccessible.queryAccessibleInterface(each)
            assert told.role() in _ROLES, (key, _name(each), told.role())


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.5])
def test_what_is_pressed_on_the_patients_screen_is_at_least_44_pixels(bench: Any, scale: float) -> None:
    visit = _full(bench)
    bench.window.context.look.choose(text_scale=scale)
    try:
        visit.explain()
        shown = visit.explaining
        assert shown is not None
        bench.settle()
        buttons = [b for b in shown.findChildren(QAbstractButton) if b.isVisibleTo(shown)]
        assert buttons
        for button in buttons:
            assert min(button.width(), button.height()) >= 44, (button.text(), button.size())
    finally:
        visit.stop_explaining()
        bench.window.context.look.choose(text_scale=1.0)
