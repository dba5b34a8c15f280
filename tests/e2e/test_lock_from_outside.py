"""The desktop locks its screen; the real program, seen from outside, holds nothing of a patient any more.

The signal goes over a real session bus; what is left is read from the accessibility tree (hidden parts too), from the
X server's window titles, and from the files that the program wrote. No socket of it leads to a network.
"""

import subprocess
import sys
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


def _sockets(process: int) -> tuple[set[str], set[str]]:
    """Return the sockets of a program that lead to a network, and those of this machine's file system."""
    links = [str(each.readlink()) for each in Path(f"/proc/{process}/fd").iterdir()]
    own = {link[8:-1] for link in links if link.startswith("socket:[")}
    found = []
    for names, column in ((("tcp", "tcp6", "udp", "udp6", "raw", "raw6"), 9), (("unix",), 6)):
        tables = [Path(f"/proc/{process}/net/{name}") for name in names]
        lines = [
            line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]
        ]
        found.append(own & {line[column] for line in lines if len(line) > column})
    return found[0], found[1]


def _copied(outside: Outside) -> str:
    """Return what another program on this screen would paste, by either way that X has."""
    code = (
        "from PySide6.QtGui import QClipboard, QGuiApplication\napp = QGuiApplication([])\n"
        "board = app.clipboard()\nprint(board.text(), board.text(QClipboard.Mode.Selection))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=outside.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.stdout


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
    outside.key("ctrl+a", "ctrl+c")
    until(lambda: PLANTED[1] in _copied(outside), "the words that were copied")
    _say_locked(outside)
    outside.wait_for("Locked", "label")
    said = words() + _titles(outside) + outside.errors.read_text("utf-8", "replace")
    for planted in PLANTED:
        assert planted not in said
    assert PLANTED[1] not in _copied(outside)
    outside.take_keys()
    write(PASSPHRASE, "Passphrase")
    outside.key("Return")
    outside.wait_for("Reason of the visit", "text")
    until(lambda: PLANTED[1] in words(), "the visit as it was, with the words typed just before the lock")
    network, local = _sockets(outside.program.pid)
    assert local  # X11, the buses: the test could find sockets
    assert network == set()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            for planted in PLANTED:
                assert planted.encode() not in path.read_bytes()
