"""The desktop locks its screen; the real program, seen from outside, holds nothing of a patient any more.

The signal goes over a real session bus; what is left is read from the accessibility tree (hidden parts too), from the
X server's window titles, and from the files that the program wrote.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.outside import PATIENCE_S, Node, Outside, require, until

PASSPHRASE = "a made up passphrase"
PLANTED = ("Zzyzx", "Quirkendale")
pytestmark = pytest.mark.slow


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    require()
    with Outside(tmp_path) as screen:
        screen.take_keys()
        screen.wait_for("Settings", "check box")
        yield screen


def _say_locked(outside: Outside) -> None:
    from jeepney import DBusAddress, new_signal
    from jeepney.io.blocking import open_dbus_connection

    saver = DBusAddress("/org/freedesktop/ScreenSaver", interface="org.freedesktop.ScreenSaver")
    with open_dbus_connection(outside.environment["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        bus.send(new_signal(saver, "ActiveChanged", "b", (True,)))


def _said(outside: Outside, node: Node) -> str:
    """Return a node's name, and what stands in it where it is a field."""
    if node.role not in ("text", "password text", "entry"):
        return node.name
    from jeepney import DBusAddress, new_method_call
    from jeepney.wrappers import DBusErrorResponse, unwrap_msg

    field = DBusAddress(node.path, outside._app, "org.a11y.atspi.Text")
    call = new_method_call(field, "GetText", "ii", (0, 1000))
    try:
        held = unwrap_msg(outside._bus.send_and_get_reply(call, timeout=PATIENCE_S))[0]
    except DBusErrorResponse:
        held = ""  # it went away meanwhile
    return f"{node.name} {held}"


def _titles(outside: Outside) -> str:
    found = outside.tool("search", "--name", ".*").split()
    return "\n".join(outside.tool("getwindowname", each) for each in found)


def test_nothing_of_a_patient_is_left_when_the_desktop_locks(outside: Outside, tmp_path: Path) -> None:
    click, write = outside.click, outside.write
    click("Patients", "check box")
    write("Test practice", "Name of the practice")
    write("Test Clinician", "Your name")
    write(PASSPHRASE, "Passphrase")
    write(PASSPHRASE, "Passphrase once more")
    click("Make the practice")
    click("I have kept it")
    click("New patient", "push button")
    write(PLANTED[0], "Name")
    click("Save", "push button")
    click("New visit", "push button")
    write(PLANTED[1], "Reason of the visit")

    def words() -> str:
        return "\n".join(_said(outside, node) for node in outside.walk(hidden=True))

    found = words()
    assert all(planted in found for planted in PLANTED)  # the test could find them
    assert f"Reason of the visit {PLANTED[1]}" in found
    _say_locked(outside)
    outside.wait_for("Locked", "label")
    said = words() + _titles(outside) + outside.errors.read_text("utf-8", "replace")
    for planted in PLANTED:
        assert planted not in said
    outside.take_keys()
    write(PASSPHRASE, "Passphrase")
    outside.key("Return")
    outside.wait_for("Reason of the visit", "text")
    until(lambda: PLANTED[1] in words(), "the visit as it was, with the words typed just before the lock")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            for planted in PLANTED:
                assert planted.encode() not in path.read_bytes()
