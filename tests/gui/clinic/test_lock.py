"""The lock follows the desktop's screen, sleep and the clock; nothing of a patient is left anywhere in the program."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QClipboard
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QToolTip
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait, words_of

from myomap.gui.practice import screen_lock
from myomap.gui.practice.screen_lock import ScreenLock
from myomap.gui.practice.session import State
from myomap.gui.settings_place.access_part import lock_words
from myomap.records.demo import fill_visit
from myomap.records.edits import add
from myomap.records.idle import IdleClock
from myomap.records.values import Patient, new_id

NAME = "Zzyzx Invented-Patient"
PLANTED = (NAME, "Zzyzx", "invented alert", "a planted reason", "planted remark")


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator["Bus"]:
    """A real bus of its own; it plays the session's and the system's."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs the Debian package dbus-daemon (.ci/system-packages test installs it)")
    pytest.importorskip("jeepney", reason="needs jeepney to speak to the bus")
    made = Bus()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", made.address)
    monkeypatch.setenv("XDG_SESSION_ID", "7")
    yield made
    made.stop()


class Bus:
    """A dbus-daemon, and a program on it that plays the desktop and logind."""

    def __init__(self) -> None:
        from jeepney import DBusAddress, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
        self._daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._daemon.stdout is not None
        self.address = self._daemon.stdout.readline().strip()
        self._desktop = open_dbus_connection(self.address)
        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        asked = new_method_call(bus, "RequestName", "su", ("org.freedesktop.login1", 0))
        self._desktop.send_and_get_reply(asked, timeout=10)

    def emit(self, said: "Said") -> None:
        from jeepney import DBusAddress, new_signal

        self._desktop.send(
            new_signal(DBusAddress(said.path, interface=said.of), said.name, said.kinds, said.values)
        )

    def stop(self) -> None:
        if self._daemon.poll() is not None:
            return
        self._desktop.close()
        self._daemon.terminate()
        self._daemon.wait(10)
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()


@dataclass(frozen=True)
class Said:
    """A signal of the desktop."""

    path: str
    of: str
    name: str
    kinds: str | None
    values: tuple[Any, ...]


def _fill(gate: Gate) -> Any:
    """Make a patient and a visit with planted words in the window; return the visit."""
    gate.enter()
    practice = gate.session.practice
    patient = Patient(new_id(), NAME, alerts=("invented alert",), remarks="planted remark")
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id)
    gate.clinic.patients_place()
    gate.clinic.open_patient(patient.id)
    gate.idle()
    gate.clinic.open_visit(visit.visit.id)
    wait(lambda: gate.clinic.desk.record is not None)
    gate.clinic.visit.top.reason.setText("a planted reason")
    gate.idle()
    return visit


def _nothing_left(gate: Gate) -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    words = words_of(gate.window)
    for planted in PLANTED:
        assert planted not in words


def _saver(desktop: str, active: bool) -> Said:
    return Said(f"/org/{desktop}/ScreenSaver", f"org.{desktop}.ScreenSaver", "ActiveChanged", "b", (active,))


def _hint(session: str, locked: bool) -> Said:
    values = ("org.freedesktop.login1.Session", {"LockedHint": ("b", locked)}, [])
    return Said(session, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", values)


OWN, ANOTHER = "/org/freedesktop/login1/session/_37", "/org/freedesktop/login1/session/_38"
LOGIND = "org.freedesktop.login1"
SIGNALS = [
    _saver("freedesktop", True),
    _saver("gnome", True),
    Said("/org/freedesktop/login1", f"{LOGIND}.Manager", "PrepareForSleep", "b", (True,)),
    Said(OWN, f"{LOGIND}.Session", "Lock", None, ()),
    _hint(OWN, True),
]
OTHERS = [
    _saver("freedesktop", False),
    Said(ANOTHER, f"{LOGIND}.Session", "Lock", None, ()),
    _hint(ANOTHER, True),
    _hint(OWN, False),
]


def test_the_window_locks_with_the_desktops_screen_and_nothing_of_a_patient_is_left(
    bus: Bus, gate: Gate
) -> None:
    gate.clinic.add_settings()
    _fill(gate)
    wait(lambda: len(gate.clinic.heard) == 3)
    wait(lambda: "logind" in gate.clinic.settings.access.words.text())  # said as it really is
    assert NAME in words_of(gate.window)
    bus.emit(SIGNALS[0])
    wait(lambda: gate.session.state is State.LOCKED)
    _nothing_left(gate)  # at once, not only after the saving
    gate.idle()
    assert gate.session._practice is not None
    assert gate.session._practice.is_locked
    _nothing_left(gate)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: f"{s.of.rpartition('.')[2]}.{s.name}")
def test_each_signal_of_a_lock_is_heard(bus: Bus, qapp: Any, signal: Said) -> None:
    ear, heard = ScreenLock(), []
    ear.locked.connect(lambda: heard.append(signal))
    ear.start()
    wait(lambda: len(ear.heard) == 3)
    try:
        for other in OTHERS:
            bus.emit(other)
        bus.emit(signal)
        wait(lambda: bool(heard))
        assert (
            len(heard) == 1
        )  # what another session or an unlocked screen says came before, and was not heard
    finally:
        ear.stop()


def test_without_a_bus_nothing_is_heard_and_nothing_fails(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    gate.enter()
    assert gate.clinic.heard == ()
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)


def test_a_bus_over_the_network_is_never_opened(monkeypatch: pytest.MonkeyPatch, qapp: Any) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"):
        monkeypatch.setenv(name, "tcp:host=127.0.0.1,port=9;nonce-tcp:host=127.0.0.1,port=9,noncefile=x")
    ear = ScreenLock()
    ear.start()
    assert ear._ears == []
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "tcp:host=x;unix:path=/nowhere/at/all")
    assert screen_lock.session_address() == "unix:path=/nowhere/at/all"


def test_the_bus_may_go_away_while_it_is_listened_to(bus: Bus, gate: Gate) -> None:
    gate.enter()
    wait(lambda: len(gate.clinic.heard) == 3)
    bus.stop()
    wait(lambda: not any(ear.is_alive() for ear in gate.clinic.screen_lock._ears))
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)


def test_the_first_movement_after_sleep_locks_instead_of_waking(gate: Gate) -> None:
    _fill(gate)
    wall, steady = [1e9], [50.0]
    gate.session.clock = IdleClock(lambda: wall[0], lambda: steady[0])
    wall[0] += 8 * 3600  # slept: only the clock on the wall went on, no timer of ours fired
    QTest.mouseMove(gate.window, QPoint(300, 300))
    QTest.mouseMove(gate.window, QPoint(310, 300))
    assert gate.session.state is State.LOCKED
    _nothing_left(gate)


def test_somebody_there_keeps_it_open(gate: Gate) -> None:
    gate.enter()
    wall = [1e9]
    gate.session.clock = IdleClock(lambda: wall[0], lambda: 50.0)
    for step in range(4):
        wall[0] += 400
        QTest.mouseMove(gate.window, QPoint(300 + step, 300))
        assert not gate.session.check_idle()
    wall[0] += 601
    assert gate.session.check_idle()
    wait(lambda: gate.session.state is State.LOCKED)


def test_nobody_there_locks_by_the_timer_alone(gate: Gate) -> None:
    gate.enter()
    wall = [1e9]
    gate.session.clock = IdleClock(lambda: wall[0], lambda: 50.0)
    assert gate.session._idle.isActive()
    wall[0] += 601
    gate.session._idle.timeout.emit()
    assert gate.session.state is State.LOCKED


def test_the_window_is_empty_before_a_slow_save_has_ended_and_what_was_typed_is_kept(gate: Gate) -> None:
    visit = _fill(gate)
    practice, going = gate.session.practice, threading.Event()
    gate.session.worker.run(lambda: going.wait(20), lambda _: None)  # the disk is slow
    gate.clinic.patients.list.refresh()  # its answer would name everybody
    answers: list[Any] = []
    gate.session.read(lambda p: p.search(""), answers.append)
    gate.clinic.visit.top.reason.setText("a planted reason, typed at the last moment")
    gate.session.lock()
    assert gate.session.state is State.LOCKED
    assert not practice.is_locked
    _nothing_left(gate)
    going.set()
    wait(lambda: practice.is_locked)
    gate.idle()
    _nothing_left(gate)
    assert answers == []
    page = gate.clinic._late["visit"].gated.gate.unlock
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.clinic.desk.record is not None, 30)
    assert gate.clinic.desk.record.visit.id == visit.visit.id
    assert gate.clinic.desk.record.visit.reason.endswith("at the last moment")
    assert gate.clinic.visit.top.saving.text() == "Saved"


def test_copied_words_tips_toasts_and_the_patients_screen_go_with_the_lock(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(gate)
    window = gate.window
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _: True)  # without a screen nobody owns it
    clipboard = QApplication.clipboard()
    clipboard.setText(f"{NAME} copied")
    window.context.prompts.parent = window
    type(window.context.prompts).say(window.context.prompts, f"Written: {NAME}")
    QToolTip.showText(window.mapToGlobal(QPoint(400, 400)), f"{NAME} tip", window)
    other = QLabel(f"{NAME} on the second screen", None, Qt.WindowType.Window)
    other.setWindowTitle("Myomap")

    class Explaining(QObject):
        closed = Signal()

        @Slot()
        def close(self) -> None:
            other.close()
            other.deleteLater()

    gate.clinic.visit.explaining = Explaining()
    assert NAME in words_of(window)
    gate.session.lock()
    _nothing_left(gate)
    assert clipboard.text() == ""
    gate.clinic.visit.explaining = None
    assert "something can be undone" not in words_of(window)


def test_ctrl_l_locks_from_a_dialog_too(gate: Gate) -> None:
    _fill(gate)
    box = QMessageBox(gate.window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # as every question of the window is
    box.setText(f"a question about {NAME}")
    box.open()
    QTest.qWaitForWindowExposed(box)
    gate.session._watch_handle(box.windowHandle())  # the offscreen platform does not always move the focus
    QTest.keyClick(box.windowHandle(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert gate.session.state is State.LOCKED
    _nothing_left(gate)


def test_the_patients_screen_goes_with_the_lock(gate: Gate) -> None:
    visit = _fill(gate)
    gate.session.practice.apply(fill_visit(visit.visit.id))
    gate.clinic.desk.close()
    gate.clinic.open_visit(visit.visit.id)
    wait(lambda: gate.clinic.desk.record is not None)
    gate.clinic.visit.explain()
    wait(lambda: gate.clinic.visit.explaining is not None)
    shown = gate.clinic.visit.explaining
    wait(lambda: shown.isVisible())
    title = shown.title.text()
    assert title
    assert title in words_of(gate.window)
    gate.session.lock()
    assert gate.clinic.visit.explaining is None
    _nothing_left(gate)
    assert not [top for top in QApplication.topLevelWidgets() if top.isVisible() and top is not gate.window]
    gate.idle()


@pytest.mark.parametrize(
    ("heard", "platform", "said"),
    [
        (("the desktop’s screen lock",), "linux", "and with: the desktop’s screen lock."),
        ((), "linux", "does not tell programs"),
        ((), "win32", "On Windows Myomap does not hear"),
        ((), "darwin", "On macOS Myomap does not hear"),
    ],
)
def test_the_settings_say_what_is_really_heard(heard: tuple[str, ...], platform: str, said: str) -> None:
    words = lock_words(heard, 7, platform)
    assert said in words
    assert "7 minutes" in words
    assert "Ctrl+L" in words
