"""Hears from the desktop that its screen is locked or that the machine goes to sleep.

Linux desktops say so on D-Bus: the screen saver on the session's bus, logind on the system's. Both are
sockets in the file system of this machine; an address that is anything else (tcp) is never opened
(decisions/0011). Without a bus, nothing is heard and nothing fails.

Each bus has a thread of its own that only waits. QtDBus is not used: its thread calls into Python when a
receiver goes, and the program ended with a segmentation fault in one of three runs.
"""

import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

_LOG = logging.getLogger(__name__)

_SAVERS = tuple(f"org.{desktop}.ScreenSaver" for desktop in ("freedesktop", "gnome", "cinnamon", "mate"))
_LOGIND = "org.freedesktop.login1"
_MANAGER = "org.freedesktop.login1.Manager"
_SESSION = "org.freedesktop.login1.Session"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_SYSTEM_SOCKETS = ("/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket")
#: How long a bus may take to answer before it is left alone.
ASK_S = 5.0


def local_address(address: str) -> str:
    """Return the first part of a bus address that is a socket of this machine, empty if there is none.

    >>> local_address("tcp:host=10.0.0.1,port=12;unix:path=/run/user/1000/bus")
    'unix:path=/run/user/1000/bus'
    """
    return next((part for part in address.split(";") if part.startswith("unix:")), "")


def session_address() -> str:
    """Return where the session's bus is, empty where there is none; never starts one."""
    given = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    if given:
        return local_address(given)
    bus = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{_user()}") / "bus"
    return f"unix:path={bus}" if bus.exists() else ""


def system_address() -> str:
    """Return where the system's bus is, empty where there is none."""
    given = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "")
    if given:
        return local_address(given)
    return next((f"unix:path={path}" for path in _SYSTEM_SOCKETS if Path(path).exists()), "")


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else -1


def session_path(id: str) -> str:
    """Return logind's object of a session: letters and digits stay, a digit in front does not.

    >>> session_path("2"), session_path("c1")
    ('/org/freedesktop/login1/session/_32', '/org/freedesktop/login1/session/c1')
    """
    parts = []
    for at, letter in enumerate(id):
        plain = letter.isascii() and (letter.isalpha() or (letter.isdigit() and at > 0))
        parts.append(letter if plain else "".join(f"_{byte:02x}" for byte in letter.encode()))
    return "/org/freedesktop/login1/session/" + "".join(parts)


def is_lock(interface: str, member: str, body: tuple[Any, ...]) -> bool:
    """Tell whether a signal means that nobody may read this screen any more."""
    if member == "ActiveChanged" and interface in _SAVERS:
        return body[:1] == (True,)
    if (interface, member) == (_MANAGER, "PrepareForSleep"):
        # before sleep, and once more after it: the first may not have been carried out in time
        return True
    if (interface, member) == (_SESSION, "Lock"):
        return True
    if (interface, member) == (_PROPERTIES, "PropertiesChanged") and len(body) > 1:
        return isinstance(body[1], dict) and body[1].get("LockedHint") == ("b", True)
    return False


class _Ear(threading.Thread):
    """Waits on one bus until it is told to end or the bus goes away."""

    def __init__(
        self,
        address: str,
        listen: Callable[[Any], tuple[str, ...]],
        on_heard: Callable[[tuple[str, ...]], None],
        on_lock: Callable[[], None],
    ) -> None:
        super().__init__(name="screen-lock", daemon=True)
        self._address, self._listen, self._on_heard, self._on_lock = address, listen, on_heard, on_lock
        self._socket: socket.socket | None = None
        self._ending = False

    def run(self) -> None:
        try:
            with _part("io.blocking").open_dbus_connection(self._address) as bus:
                self._socket = bus.sock
                self._on_heard(self._listen(bus))
                while not self._ending:
                    self._hear(bus.receive())
        except Exception as error:  # a bus may fail in any way; the idle time and Ctrl+L lock all the same
            if not self._ending:
                _LOG.info("the desktop's lock is not heard on one bus (%s)", type(error).__name__)

    def _hear(self, message: Any) -> None:
        said = _part("low_level")
        if message.header.message_type is not said.MessageType.signal:
            return
        fields, names = message.header.fields, said.HeaderFields
        interface, member = fields.get(names.interface, ""), fields.get(names.member, "")
        if is_lock(interface, member, message.body) and not self._ending:
            self._on_lock()

    def end(self) -> None:
        """Wait no longer."""
        self._ending = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self.join(1.0)


class ScreenLock(QObject):
    """Listens. `locked` comes when the screen is locked or the machine is about to sleep (or just woke)."""

    locked = Signal()
    heard_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.heard: tuple[str, ...] = ()
        """What is listened to, in words; empty where nothing can be."""
        self._ears: list[_Ear] = []

    def start(self) -> None:
        """Begin to listen; without a bus (or on another system) nothing happens."""
        if self._ears or not sys.platform.startswith("linux"):
            return
        for address, listen in ((session_address(), _hear_savers), (system_address(), _hear_logind)):
            if address:
                ear = _Ear(address, listen, self._on_heard, self.locked.emit)
                self._ears.append(ear)
                ear.start()

    def stop(self) -> None:
        """Hear nothing any more."""
        for ear in self._ears:
            ear.end()
        self._ears, self.heard = [], ()

    def _on_heard(self, words: tuple[str, ...]) -> None:
        self.heard = (*self.heard, *words)
        self.heard_changed.emit()


def _part(name: str) -> Any:
    """Return a part of jeepney, which has no types and is there on Linux only (keyring needs it too)."""
    return import_module(f"jeepney.{name}")


def _ask(bus: Any, call: Any) -> Any:
    return _part("wrappers").unwrap_msg(bus.send_and_get_reply(call, timeout=ASK_S))


def _match(bus: Any, interface: str, member: str, **more: str) -> None:
    rules = _part("bus_messages")
    rule = rules.MatchRule(type="signal", interface=interface, member=member, **more)
    _ask(bus, rules.message_bus.AddMatch(rule))


def _hear_savers(bus: Any) -> tuple[str, ...]:
    for saver in _SAVERS:
        _match(bus, saver, "ActiveChanged")
    return ("the desktop’s screen lock",)


def _hear_logind(bus: Any) -> tuple[str, ...]:
    """Hear sleep and the lock of this session; of other people's on this machine nothing."""
    _match(bus, _MANAGER, "PrepareForSleep", sender=_LOGIND)
    own = os.environ.get("XDG_SESSION_ID", "")
    path = session_path(own) if own else _ask_session(bus)
    if not path:
        return ("the computer going to sleep",)
    _match(bus, _SESSION, "Lock", sender=_LOGIND, path=path)
    _match(bus, _PROPERTIES, "PropertiesChanged", sender=_LOGIND, path=path)
    return ("the computer going to sleep", "the lock of this session (logind)")


def _ask_session(bus: Any) -> str:
    """Ask logind which session this is: programs started by the desktop's own service do not know."""
    calls = _part("wrappers")
    manager = calls.DBusAddress("/org/freedesktop/login1", _LOGIND, _MANAGER)
    try:
        return str(_ask(bus, calls.new_method_call(manager, "GetSession", "s", ("auto",)))[0])
    except Exception:  # no logind, or an old one
        return ""
