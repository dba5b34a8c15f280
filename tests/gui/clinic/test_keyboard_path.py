"""With the keyboard alone: Tab goes as the eye does in every place, and from a muscle to the patient's screen."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QScrollArea, QWidget

from myomap.records.demo import UPPER_TRAPEZIUS
from myomap.records.edits import add
from myomap.records.values import Finding, Moment, Needling, PainScale, PainScore, new_id

#: What is nearer to each other than this counts as one line of the page.
LINE = 14


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def _page(widget: QWidget) -> QWidget | None:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    return above


def _stops(first: QWidget) -> list[QWidget]:
    """Return what Tab reaches, beginning with a widget, until it comes back."""
    first.setFocus(Qt.FocusReason.TabFocusReason)
    seen = [QApplication.focusWidget()]
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        held = QApplication.focusWidget()
        if held is None or held is seen[0]:
            break
        seen.append(held)
    return seen


def _upward(stops: list[QWidget]) -> list[str]:
    """Return the steps of Tab that go up the page without going to the right."""
    out = []
    for one, other in pairwise(stops):
        if _page(one) is not _page(other):
            continue  # a page may be scrolled
        a, b = _place(one), _place(other)
        if b.bottom() < a.top() - LINE and b.left() < a.right() - LINE and b.left() <= a.left() + LINE:
            out.append(f"{one.accessibleName() or one} → {other.accessibleName() or other}")
    return out


def _unreached(window: QWidget, stops: list[QWidget]) -> list[str]:
    out = []
    for widget in window.findChildren(QWidget):
        tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        inside = widget.window() is window and widget.isVisible() and widget.isEnabled()
        if tab and inside and widget.focusProxy() is None and widget not in stops:
            out.append(f"{type(widget).__name__} “{widget.accessibleName()}”")
    return out


def _mute(stops: list[QWidget]) -> list[str]:
    out = []
    for widget in stops:
        told = QAccessible.queryAccessibleInterface(widget)
        name, role = told.text(QAccessible.Text.Name), told.role()
        # a page that scrolls and a map are no control of a kind that Qt knows: a name must do
        scrolls = isinstance(widget, QAbstractScrollArea)
        if not name.strip() or (role is QAccessible.Role.Client and not scrolls):
            out.append(f"{type(widget).__name__} “{name}” {role}")
    return out


@pytest.fixture
def full(bench: Any) -> Any:
    """Return the bench with a visit that can be explained."""
    bench.begin()
    visit = bench.desk.record.visit.id
    for value in (
        Finding(new_id(), UPPER_TRAPEZIUS, True, True, True, True),
        Needling(new_id(), UPPER_TRAPEZIUS),
        PainScore(new_id(), Moment.BEFORE, PainScale.NRS, 7),
        PainScore(new_id(), Moment.AFTER, PainScale.NRS, 3),
    ):
        bench.practice.apply(add(value, visit=visit))
    bench.clinic.open_visit(visit)
    bench.wait(lambda: bench.desk.record is not None and bool(bench.desk.record.needlings))
    bench.idle()
    bench.window.activateWindow()
    bench.wait(bench.window.isActiveWindow)
    return bench


def _go(bench: Any, name: str) -> None:
    window, patients = bench.window, bench.clinic.patients_place()
    from myomap.gui.learn import LearnPlace

    if not window.has_place("learn"):
        window.add_place("learn", "Learn", "learn", LearnPlace(window.context))
    if bench.clinic.settings is None:
        bench.clinic.add_settings()
    deeds: dict[str, Callable[[], object]] = {
        "list": patients.show_list,
        "new patient": patients.new_patient,
        "patient": lambda: bench.clinic.open_patient(bench.patient.id),
        "course": lambda: patients.show_course(bench.patient),
    }
    if name in deeds:
        window.go_to("patients")
        deeds[name]()
    elif name in bench.visit.steps:
        window.go_to("visit")
        bench.visit.open_step(name)
    else:
        window.go_to(name)
    bench.idle()
    QTest.qWait(60)


PLACES = (
    "atlas", "list", "new patient", "patient", "course", "learn", "settings",
    "screen", "pain", "before", "findings", "needling", "after", "plan", "sign", "hand_over",
)  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_tab_reaches_everything_in_the_order_of_reading_and_all_of_it_speaks(full: Any, name: str) -> None:
    window = full.window
    _go(full, name)
    stops = _stops(window._rail_buttons[window.place])
    assert _unreached(window, stops) == []
    assert _mute(stops) == []
    assert _upward(stops) == [], [w.accessibleName() for w in stops]


def test_from_a_muscle_over_its_pattern_to_the_patients_screen_without_a_mouse(full: Any) -> None:
    window = full.window

    def press(key: Qt.Key, mods: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or window, key, mods)
        full.idle()

    ctrl = Qt.KeyboardModifier.ControlModifier
    window.go_to("atlas")
    press(Qt.Key.Key_F, ctrl)
    QTest.keyClicks(QApplication.focusWidget(), "trapezius")
    full.idle()
    press(Qt.Key.Key_Return)
    inspector, shown = window.atlas_place.inspector, window.context.shown
    full.wait(lambda: bool(inspector.cards))
    cards = list(inspector.cards.values())
    for _ in range(60):
        if QApplication.focusWidget() in cards:
            break
        press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() in cards
    if shown.point is None:
        press(Qt.Key.Key_Return)
    assert shown.point is not None, "its pattern is lit"
    press(Qt.Key.Key_K, ctrl)
    QTest.keyClicks(QApplication.focusWidget(), "explain on the patient")
    full.idle()
    press(Qt.Key.Key_Return)
    full.wait(lambda: full.visit.explaining is not None)
    explaining = full.visit.explaining
    QTest.keyClick(explaining, Qt.Key.Key_Escape)
    full.wait(lambda: full.visit.explaining is None)
    assert window.place == "visit"
