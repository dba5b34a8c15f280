"""A clinician explains a headache: search, light the pattern, turn the view, look at the other side."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from myomap.anatomy.laterality import Laterality
from myomap.bootstrap import run_window
from myomap.gui.picture import settle


def _texts(widget: Any) -> str:
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if not each.isHidden())


def test_story_from_a_complaint_to_the_pattern_and_its_other_side(qapp: Any, tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def story(window: Any) -> None:
        try:
            settle(window)
            _tell(window)
        except BaseException as error:
            failed.append(error)
        finally:
            QTimer.singleShot(0, window.close)

    assert run_window(tmp_path, on_ready=story) == 0
    if failed:
        raise failed[0]
    assert (tmp_path / "cache").is_dir()  # the next start shows these plates at once


def _tell(window: Any) -> None:
    place, shown = window.atlas_place, window.context.shown
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(window._palette.text, "headache at the temple")
    QTest.keyClick(window._palette.text, Qt.Key.Key_Return)
    first = place.inspector.page.cards[0]
    assert "RIGHT trapezius" in first.accessibleName()
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert shown.point.point == "trapezius-descending-1"
    page = _texts(place.inspector.page)
    for word in ("RIGHT", "Trapezius", "temple", "Simons", "from memory"):
        assert word in page
    assert any(panel.highlights._essential.isVisible() for panel in place.panels)
    place.inspector.wanted_view.emit()
    settle(window)
    place.inspector._other_side()
    assert shown.point.laterality is Laterality.LEFT
    assert shown.selected.laterality is Laterality.LEFT
    assert "LEFT" in _texts(place.inspector.page)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SCM", "sternocleidomastoid"),
        ("peroneus longus", "fibularis-longus"),
        ("neck knot", "trapezius"),
        ("QL", "quadratus-lumborum"),
        ("glut min", "gluteus-minimus"),
        ("gastrocnemeus", "gastrocnemius"),
        ("pec minor", "pectoralis-minor"),
        ("levator", "levator-scapulae"),
        ("TFL", "tensor-fasciae-latae"),
    ],
)
def test_names_that_people_use_find_the_muscle_first(atlas: Any, text: str, wanted: str) -> None:
    from myomap.lookup.search import Kind, build

    found = [hit.entry.id for hit in build(atlas).search(text) if hit.entry.kind is Kind.MUSCLE]
    assert wanted in found[:2], found


def test_every_complaint_leads_somewhere(atlas: Any) -> None:
    from myomap.lookup.search import points_for
    from myomap.lookup.symptoms import SYMPTOMS

    assert [symptom.id for symptom in SYMPTOMS if not points_for(atlas, symptom)] == []
