"""Drives the real program from outside: its own X server and buses, the accessibility tree, xdotool.

Nothing of the program is imported here. What is on the screen is found as a screen reader finds it, by name and
role; what is done is done by mouse and keyboard events of the X server. There is no window manager.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_ACCESSIBLE = "org.a11y.atspi.Accessible"
_REGISTRY = "org.a11y.atspi.Registry"
_TOP = "/org/a11y/atspi/accessible/root"
#: Bits of an AT-SPI state set.
_FOCUSED, _SENSITIVE, _SHOWING = 12, 24, 25
#: How long anything may take on a slow machine before the test says that it did not come.
PATIENCE_S = 25.0
_NEEDS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "dbus-daemon": "dbus-daemon",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
}


def require() -> None:
    """Skip with a sentence where the X server or the accessibility bus is not there."""
    if not sys.platform.startswith("linux"):
        pytest.skip("drives an X server, which is there on Linux only")
    missing = [package for command, package in _NEEDS.items() if shutil.which(command) is None]
    if missing:
        pytest.skip(
            f"needs the Debian packages {', '.join(missing)} (.ci/system-packages test installs them)"
        )
    pytest.importorskip("jeepney", reason="needs jeepney to speak to the accessibility bus")


def until(found: Callable[[], Any], what: str, most_s: float = PATIENCE_S) -> Any:
    """Ask again and again until there is an answer; return it."""
    end = time.monotonic() + most_s
    while True:
        answer = found()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"did not come about: {what}")
        time.sleep(0.03)


@dataclass(frozen=True)
class Box:
    """Where something is on the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2

    def within(self, other: "Box") -> "Box":
        x, y = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Box(x, y, max(0, right - x), max(0, bottom - y))


@dataclass(frozen=True)
class Node:
    """Something in the accessibility tree."""

    path: str
    name: str
    role: str
    state: int
    above: tuple[str, ...]
    """The paths of what it lies in, outermost first."""

    def is_(self, bit: int) -> bool:
        return bool(self.state >> bit & 1)


class Outside:
    """A screen with the program on it. Use as a context; everything it started ends with it."""

    def __init__(
        self, home: Path, size: tuple[int, int] = (1440, 900), arguments: tuple[str, ...] = ()
    ) -> None:
        """``arguments`` are those of the program beside its home folder."""
        self.home, self.size, self._arguments = home, size, arguments
        self.errors = home / "stderr.txt"
        self._started: list[subprocess.Popen[bytes]] = []
        self._short = Path(tempfile.mkdtemp(prefix="mo"))  # sockets have short paths

    def __enter__(self) -> "Outside":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            self._bus.close()
        for process in reversed(self._started):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        shutil.rmtree(self._short, ignore_errors=True)

    # -- starting ------------------------------------------------------------------------------
    def _run(self, *command: str, **given: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, **({"stderr": subprocess.DEVNULL} | given))
        self._started.append(process)
        return process

    def _start(self) -> None:
        from jeepney import DBusAddress, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        wide, tall = self.size
        server = self._run(
            "Xvfb", "-displayfd", "1", "-screen", "0", f"{wide}x{tall}x24", "-nolisten", "tcp",
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert server.stdout is not None
        display = server.stdout.readline().decode().strip()
        assert display, "the X server did not start"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "XDG_"))} | {
            "DISPLAY": f":{display}",
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self._short),
            "XDG_CACHE_HOME": str(self._short),
            "MYOMAP_HOME": str(self.home / "myomap"),
            "PYTHONPATH": str(ROOT / "app"),
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "LC_ALL": "C.UTF-8",
        }
        self.environment.pop("WAYLAND_DISPLAY", None)
        session = self._run(
            "dbus-daemon", "--session", "--nofork", "--print-address=1",
            stdout=subprocess.PIPE, env=self.environment,
        )  # fmt: skip
        assert session.stdout is not None
        address = session.stdout.readline().decode().strip()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        with open_dbus_connection(address) as first:
            bus = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            reply = first.send_and_get_reply(new_method_call(bus, "GetAddress"), timeout=PATIENCE_S)
        self._bus = open_dbus_connection(reply.body[0])
        with self.errors.open("wb") as errors:
            self.program = self._run(
                sys.executable, "-X", "faulthandler", "-m", "myomap", "--home", str(self.home / "myomap"),
                *self._arguments,
                cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
        self._app = until(self._find_app, "the program in the accessibility tree")

    def _find_app(self) -> str:
        from jeepney.wrappers import DBusErrorResponse

        assert self.program.poll() is None, "the program ended"
        try:
            kids = self._ask(_TOP, _ACCESSIBLE, "GetChildren", to=_REGISTRY)[0]
        except DBusErrorResponse:
            return ""  # the registry is being started; the next call finds it
        return str(kids[0][0]) if kids else ""

    def _ask(self, path: str, interface: str, method: str, *values: Any, to: str = "") -> Any:
        from jeepney import DBusAddress, new_method_call
        from jeepney.wrappers import unwrap_msg

        kinds = "".join("s" if isinstance(v, str) else "u" for v in values) or None
        address = DBusAddress(path, to or self._app, interface)
        message = new_method_call(address, method, kinds, values)
        return unwrap_msg(self._bus.send_and_get_reply(message, timeout=PATIENCE_S))

    # -- what is there -------------------------------------------------------------------------
    def walk(self, *, hidden: bool = False) -> Iterator[Node]:
        """Go through the tree from top to bottom; what is not shown is left out."""
        yield from self._walk(_TOP, (), hidden)

    def _walk(self, path: str, above: tuple[str, ...], hidden: bool) -> Iterator[Node]:
        from jeepney.wrappers import DBusErrorResponse

        try:
            low, high = self._ask(path, _ACCESSIBLE, "GetState")[0]
            role = str(self._ask(path, _ACCESSIBLE, "GetRoleName")[0])
            name = self._ask(path, "org.freedesktop.DBus.Properties", "Get", _ACCESSIBLE, "Name")[0][1]
            node = Node(path, str(name), role, low | high << 32, above)
            if len(above) > 1 and not node.is_(_SHOWING) and not hidden:
                return
            kids = [str(kid[1]) for kid in self._ask(path, _ACCESSIBLE, "GetChildren")[0]]
        except DBusErrorResponse:
            return  # it went away meanwhile
        yield node
        for kid in kids:
            yield from self._walk(kid, (*above, path), hidden)

    def find(self, name: str, role: str = "", *, whole: bool = True) -> Node | None:
        """Return what is shown under a name; a mere label only if there is nothing else."""
        wanted, words = name.casefold(), None
        for node in self.walk():
            has = node.name.casefold()
            if (has == wanted or (not whole and wanted in has)) and role in ("", node.role):
                if node.role != "label":
                    return node
                words = words or node
        return words

    def wait_for(self, name: str, role: str = "", *, whole: bool = True) -> Node:
        """Return what is shown under a name once it is there and can be used."""

        def there() -> Node | None:
            node = self.find(name, role, whole=whole)
            return node if node is not None and node.is_(_SENSITIVE) else None

        try:
            found = until(there, f"{role or 'anything'} called “{name}” on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.state()}") from None
        assert isinstance(found, Node)
        return found

    def state(self) -> str:
        """Return what there is to say when something did not come: errors, a picture, the names on the screen."""
        said = self.errors.read_text("utf-8", "replace")[-3000:]
        if self.program.poll() is not None:
            return f"the program ended with {self.program.returncode}: {said}"
        names = [f"{node.role} {node.name!r}" for node in self.walk() if node.name]
        picture = self.picture(self.home / "failed.png")
        return f"picture: {picture}\nstderr: {said}\nthere is: {names}"

    def box(self, path: str) -> Box:
        """Return where a node is on the screen."""
        return Box(*self._ask(path, "org.a11y.atspi.Component", "GetExtents", 0)[0])

    def seen(self, node: Node) -> Box:
        """Return what of a node is not cut off by what it lies in."""
        return self.box(node.path).within(self._hole(node))

    def _hole(self, node: Node) -> Box:
        """Return what is in sight of what a node lies in; of what is scrolled away, the page it is on."""
        hole = Box(0, 0, *self.size)
        for path in node.above[2:]:
            inside = hole.within(self.box(path))
            if not inside.width or not inside.height:
                break  # out of sight as a whole: the page around it is what scrolls
            hole = inside
        return hole

    def settle(self, name: str, rest_s: float = 0.6) -> None:
        """Wait until something stays where it is: what stands above it has all come."""
        node = self.wait_for(name)

        def rests() -> bool:
            before = self.box(node.path)
            time.sleep(rest_s)
            return self.box(node.path) == before

        until(rests, f"“{name}” at rest")

    # -- mouse ---------------------------------------------------------------------------------
    def tool(self, *words: object) -> str:
        """Call xdotool."""
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, f"xdotool {words}: {done.stderr}"
        return done.stdout

    def click(self, name: str, role: str = "", *, whole: bool = True) -> Node:
        """Click in the middle of something; the page is scrolled by the wheel until it is seen."""
        node = self.wait_for(name, role, whole=whole)
        x, y = until(lambda: self._ready(node), f"“{name}” in sight and at rest").middle
        self.tool("mousemove", x, y, "click", 1)
        return node

    def _ready(self, node: Node) -> Box | None:
        whole, hole = self.box(node.path), self._hole(node)
        cut = whole.within(hole)
        if cut.height < min(whole.height, hole.height) * 0.9:
            wheel = 5 if whole.y > hole.y else 4
            self.tool("mousemove", hole.x + 8, hole.middle[1], "click", wheel)
            time.sleep(0.05)
            return None
        time.sleep(0.04)
        return cut if cut.width and self.box(node.path) == whole else None

    def drag(self, points: list[tuple[int, int]]) -> None:
        """Press at the first point, move through the others, release at the last."""
        words: list[object] = ["mousemove", *points[0], "mousedown", 1]
        for x, y in points[1:]:
            words += ["mousemove", x, y, "sleep", "0.02"]
        self.tool(*words, "mouseup", 1)

    # -- keyboard ------------------------------------------------------------------------------
    def focused(self) -> Node | None:
        """Return what has the keyboard."""
        last = None
        for node in self.walk():
            if node.is_(_FOCUSED):
                last = node
        return last

    def take_keys(self, window: str = "Myomap") -> None:
        """Give the X server's keyboard to a window: there is no window manager that would."""
        found = until(lambda: self._windows(window), f"the window “{window}”")
        self.tool("windowfocus", "--sync", found[-1])

    def _windows(self, name: str) -> list[str]:
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", name],
            env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        return done.stdout.split()

    def key(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self.tool("key", "--delay", "15", *keys)

    def write(self, text: str, field: str = "") -> None:
        """Click into a field if it is named, type, and wait until the field holds as many characters."""
        if field:
            node = self.click(field, "text")
            until(lambda: self._has_keys(node), f"the keyboard in “{field}”")
        else:
            node = until(self.focused, "something that has the keyboard")
        self.tool("type", "--delay", "8", text)
        until(lambda: self._length(node) == len(text), f"the text in “{field or node.name}”")

    def _has_keys(self, node: Node) -> bool:
        low, _ = self._ask(node.path, _ACCESSIBLE, "GetState")[0]
        return bool(low >> _FOCUSED & 1)

    def _length(self, node: Node) -> int:
        found = self._ask(
            node.path, "org.freedesktop.DBus.Properties", "Get", "org.a11y.atspi.Text", "CharacterCount"
        )
        return int(found[0][1])

    def tab_to(self, name: str, most: int = 45) -> Node:
        """Press Tab until something with these words has the keyboard."""
        for _ in range(most):
            node = self.focused()
            if node is not None and name.casefold() in node.name.casefold():
                return node
            self.key("Tab")
        raise AssertionError(f"Tab does not come to “{name}”")

    # -- eyes ----------------------------------------------------------------------------------
    def picture(self, path: Path) -> Path:
        """Write what is on the screen as a PNG, read past the program by a second connection."""
        code = (
            "import sys\nfrom PySide6.QtGui import QGuiApplication\napp = QGuiApplication([])\n"
            "ok = app.primaryScreen().grabWindow(0).save(sys.argv[1])\nsys.exit(0 if ok else 1)\n"
        )
        subprocess.run([sys.executable, "-c", code, str(path)], env=self.environment, check=True, timeout=30)
        return path
