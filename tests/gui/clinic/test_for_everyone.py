"""Names for screen readers, and the count of painful areas."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QListView, QMessageBox, QScrollArea, QWidget

from myomap.gui.visit.widespread import count_areas, rule_words
from myomap.surface.cells import Cells


def _nameless(place: QWidget) -> list[str]:
    out = []
    for widget in place.findChildren(QWidget):
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or isinstance(widget, QScrollArea):
            continue
        if widget.objectName().startswith("qt_") or type(widget) is QListView:
            continue  # parts of Qt's own widgets
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not widget.accessibleName().strip() and not text.strip():
            out.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return out


def test_everything_that_takes_the_keyboard_has_a_name(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    visit.maps.site_picked.emit(visit.maps.site_of_point(_right()))
    for key, step in visit.steps.items():
        visit.open_step(key)
        for fold in step.body.findChildren(QWidget):
            if type(fold).__name__ == "Fold":
                fold.head.setChecked(True)
        assert _nameless(step) == [], key
    assert _nameless(visit.top) == []
    places = bench.clinic.patients_place()
    assert _nameless(places) == []
    if bench.clinic.settings is None:
        bench.clinic.add_settings()
    assert _nameless(bench.clinic.settings) == []


def _right() -> Any:
    from myomap.anatomy.laterality import Laterality
    from myomap.gui.shown import PointKey

    return PointKey("trapezius-descending-1", Laterality.RIGHT)


def test_question_about_a_patient_goes_with_the_lock(bench: Any) -> None:
    box = QMessageBox(bench.window)
    box.setText("Test Patient 01 …")
    box.open()
    bench.session._set_state(type(bench.session.state)("locked"))
    assert not box.isVisible()
    bench.session._set_state(type(bench.session.state)("open"))


@pytest.mark.parametrize("number", [1, 4, 19])
def test_areas_that_are_drawn_are_counted_once_each(atlas: Any, number: int) -> None:
    areas = atlas.region_sets["wpi"].areas
    counted = areas[:number]
    codes = atlas.skin.set_area["wpi"]
    cells = Cells.of(np.flatnonzero(np.isin(codes, [a.number for a in counted])))
    count, groups = count_areas(atlas, cells)
    assert count == len(counted)
    assert groups == len({a.group for a in counted if a.group})


def test_a_dab_on_an_area_does_not_count(atlas: Any) -> None:
    codes = atlas.skin.set_area["wpi"]
    first = atlas.region_sets["wpi"].areas[0]
    cells = Cells.of(np.flatnonzero(codes == first.number)[:3])
    assert count_areas(atlas, cells) == (0, 0)


def test_rule_is_a_count_and_never_a_diagnosis() -> None:
    assert "range" in rule_words(7, 5, 4)
    assert "at least four" in rule_words(7, 5, 4)
    assert "below" in rule_words(3, 12, 2)
    assert rule_words(19, 12, 5).endswith("not a diagnosis.")
