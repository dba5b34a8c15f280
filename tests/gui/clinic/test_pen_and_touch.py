"""A pen draws with its pressure, one finger draws, two move the map and never leave a stroke behind."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.test_drawing import RIGHT_ARM, drawing  # noqa: F401

_PEN = QPointingDevice.PointerType.Pen
_ERASER = QPointingDevice.PointerType.Eraser
_devices: dict[Any, Any] = {}


def _stylus(end: Any) -> QPointingDevice:
    if end not in _devices:
        abilities = QPointingDevice.Capability.Position | QPointingDevice.Capability.Pressure
        _devices[end] = QPointingDevice(
            f"test stylus {end}", 70 + end.value, QPointingDevice.DeviceType.Stylus, end, abilities, 1, 2
        )
    return _devices[end]


def _pen(panel: Any, kind: QEvent.Type, at: tuple[float, float], pressure: float, end: Any = _PEN) -> None:
    port = panel.map.viewport()
    place = QPointF(panel.map.mapFromScene(QPointF(*at)))
    down = kind != QEvent.Type.TabletRelease
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else Qt.MouseButton.LeftButton
    event = QTabletEvent(
        kind, _stylus(end), place, QPointF(port.mapToGlobal(place.toPoint())), pressure, 0, 0, 0, 0, 0,
        Qt.KeyboardModifier.NoModifier, button, Qt.MouseButton.LeftButton if down else Qt.MouseButton.NoButton,
    )  # fmt: skip
    QApplication.sendEvent(port, event)
    assert event.isAccepted()  # otherwise Qt makes a mouse event of it, and the stroke is drawn twice


def _draw_with_pen(panel: Any, pressure: float, end: Any = _PEN) -> None:
    (x0, y0), (x1, y1) = RIGHT_ARM
    _pen(panel, QEvent.Type.TabletPress, (x0, y0), pressure, end)
    for k in range(1, 20):
        _pen(panel, QEvent.Type.TabletMove, (x0 + (x1 - x0) * k / 19, y0 + (y1 - y0) * k / 19), pressure, end)
    _pen(panel, QEvent.Type.TabletRelease, (x1, y1), 0.0, end)


@pytest.fixture(scope="module")
def finger() -> QPointingDevice:
    return QTest.createTouchDevice()


class Fingers:
    """Touches of a map, through the window as a screen's driver tells them."""

    def __init__(self, panel: Any, device: QPointingDevice) -> None:
        self._port, self._device = panel.map.viewport(), device
        self._window = panel.window().windowHandle()
        self._down: set[int] = set()

    def __call__(self, *, lift: tuple[int, ...] = (), **places: QPoint) -> None:
        """Fingers ``f1``, ``f2`` … are at these places of the map; those in ``lift`` go up there."""
        step = QTest.touchEvent(self._window, self._device, False)
        named = {int(name[1:]): at for name, at in places.items()}
        for finger in self._down - set(named):
            step.stationary(finger)
        for finger, at in named.items():
            place = self._port.mapTo(self._port.window(), at)
            deed = step.release if finger in lift else step.move if finger in self._down else step.press
            deed(finger, place, window=self._window)
        self._down = (self._down | set(named)) - set(lift)
        step.commit()


@pytest.fixture
def fingers(rested: Any, finger: QPointingDevice) -> Fingers:
    return Fingers(rested.maps.panels[0], finger)


def _at(panel: Any, x: float, y: float) -> QPoint:
    return panel.map.mapFromScene(QPointF(x, y))


@pytest.fixture
def rested(drawing: Any) -> Any:  # noqa: F811
    """The pen was put down long ago, the maps show everything."""
    for hand in drawing.maps.pad._hands.values():
        hand._pen_at = -1e9
    for panel in drawing.maps.panels:
        panel.map.fit()
    return drawing


def test_the_harder_a_pen_presses_the_wider_it_draws(bench: Any, rested: Any) -> None:
    panel = rested.maps.panels[0]
    for pressure in (0.1, 0.9):
        _draw_with_pen(panel, pressure)
    light, firm = bench.kept().strokes
    assert light.radius == pytest.approx(12 * 0.6, abs=0.1)
    assert firm.radius == pytest.approx(12 * 1.4, abs=0.1)
    assert len(firm.cells) > 1.5 * len(light.cells)


def test_a_pens_pressure_may_change_within_one_stroke(bench: Any, rested: Any) -> None:
    panel = rested.maps.panels[0]
    _pen(panel, QEvent.Type.TabletPress, (60.0, 560.0), 0.0)
    for k in range(1, 40):
        _pen(panel, QEvent.Type.TabletMove, (60.0, 560.0 + 3 * k), k / 40)
    _pen(panel, QEvent.Type.TabletRelease, (60.0, 680.0), 0.0)
    (stroke,) = bench.kept().strokes
    atlas = bench.window.context.open_atlas()
    x, y = atlas.view_map("male.anterior").project(atlas.skin.xyz["male"][list(stroke.cells)]).T
    assert np.ptp(x[y < 580]) < np.ptp(x[y > 650])


def test_the_other_end_of_a_pen_erases(bench: Any, rested: Any) -> None:
    panel = rested.maps.panels[0]
    _draw_with_pen(panel, 0.5)
    _draw_with_pen(panel, 1.0, _ERASER)
    assert [s.erases for s in bench.kept().strokes] == [False, True]
    assert not rested.maps.pad.cells()


def test_one_finger_draws(bench: Any, rested: Any, fingers: Fingers) -> None:
    panel = rested.maps.panels[0]
    for k in range(9):
        fingers(f1=_at(panel, 60.0, 560.0 + 10 * k))
    fingers(f1=_at(panel, 60.0, 640.0), lift=(1,))
    (stroke,) = bench.kept().strokes
    assert stroke.radius == 12
    atlas = bench.window.context.open_atlas()
    assert set(atlas.skin.laterality[list(stroke.cells)]) == {0}


def test_two_fingers_zoom_and_move_the_map_and_leave_no_stroke(
    bench: Any, rested: Any, fingers: Fingers
) -> None:
    panel = rested.maps.panels[0]
    zoom = panel.map.zoom
    one, two = _at(panel, 100.0, 500.0), _at(panel, 300.0, 500.0)
    # the second finger comes a little later, as it does: the first has begun to draw
    fingers(f1=one)
    fingers(f1=one + QPoint(3, 0))
    assert rested.maps.pad._tools[panel.map].drawing
    fingers(f2=two)
    for k in range(1, 11):
        fingers(f1=one - QPoint(5 * k, 0), f2=two + QPoint(5 * k, 0))
    assert panel.map.zoom > 1.3 * zoom
    before = panel.map.mapFromScene(QPointF(200.0, 500.0))
    here = [one - QPoint(50, 0), two + QPoint(50, 0)]
    for k in range(1, 6):
        down = QPoint(0, 8 * k)
        fingers(f1=here[0] + down, f2=here[1] + down)
    moved = panel.map.mapFromScene(QPointF(200.0, 500.0)) - before
    assert abs(moved.y() - 40) <= 3
    assert abs(moved.x()) <= 3
    # one finger goes up, the other moves on: it draws nothing
    fingers(f2=here[1] + QPoint(0, 40), lift=(2,))
    fingers(f1=here[0] + QPoint(60, 60))
    fingers(f1=here[0] + QPoint(60, 60), lift=(1,))
    assert bench.kept().strokes == ()
    assert bench.desk.undo_label == ""
    assert not rested.maps.pad._tools[panel.map].drawing
    fingers(f1=_at(panel, 200.0, 500.0))  # the next touch draws again
    assert rested.maps.pad._tools[panel.map].drawing
    fingers(f1=_at(panel, 200.0, 500.0), lift=(1,))


def test_a_palm_beside_the_pen_draws_nothing(bench: Any, rested: Any, fingers: Fingers) -> None:
    panel = rested.maps.panels[0]
    palm = _at(panel, 300.0, 900.0)
    fingers(f1=palm)  # the palm lies down first
    _pen(panel, QEvent.Type.TabletPress, RIGHT_ARM[0], 0.5)
    fingers(f1=palm + QPoint(4, 4))
    _pen(panel, QEvent.Type.TabletMove, RIGHT_ARM[1], 0.5)
    _pen(panel, QEvent.Type.TabletRelease, RIGHT_ARM[1], 0.0)
    fingers(f1=palm + QPoint(30, 9))
    fingers(f1=palm + QPoint(30, 9), lift=(1,))
    (stroke,) = bench.kept().strokes
    assert stroke.radius == pytest.approx(12.0, abs=0.1)
    assert {p[1] < 700 for p in stroke.points} == {True}


def test_fingers_are_left_to_the_map_while_nothing_is_drawn(
    bench: Any, rested: Any, fingers: Fingers
) -> None:
    rested.maps.choose_tool("")
    place = rested.maps.panels[0].map.viewport().rect().center()
    fingers(f1=place)
    fingers(f1=place, lift=(1,))
    assert bench.kept().strokes == ()


def test_the_brush_s_ring_goes_when_the_pointer_leaves_the_map(
    bench: Any,
    drawing: Any,  # noqa: F811
) -> None:
    """A ring that stays looks like something that is drawn."""
    drawing.maps.choose_tool("brush")
    view = drawing.maps.panels[0].map
    tool = view._tool
    QTest.mouseMove(view.viewport(), QPoint(40, 60))
    tool.show_ring(QPointF(60.0, 560.0))
    assert tool._ring.isVisible()
    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
    assert not tool._ring.isVisible()
