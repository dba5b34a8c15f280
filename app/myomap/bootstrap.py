"""Puts the parts together: the only module that knows them all. The window is painted first.

Whatever is slow to import (numpy, shapely, SQLAlchemy) is imported after the first paint.
"""

import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.errors import AtlasError, MyomapError
from myomap.gui.context import Context
from myomap.gui.garbage import collect_on_this_thread
from myomap.gui.map.first_look import kept
from myomap.gui.map.plate_spec import coarse_plate
from myomap.gui.messages import Message, Reporter, message_for
from myomap.gui.settings import load
from myomap.gui.theme import Look, ThemeName, add_fonts
from myomap.gui.window import MainWindow
from myomap.gui.workers import Pool
from myomap.resources import atlas_path, bodymaps

if TYPE_CHECKING:
    from myomap.gui.study.place import StudyPlace
    from myomap.records.place import PracticePlace
    from myomap.store.atlas_file import AtlasFile

_LOG = logging.getLogger(__name__)
#: The exit code when there is no atlas to show.
NO_ATLAS = 3
#: How long the maps have the machine for themselves once the atlas is open.
MAPS_FIRST_MS = 120
#: Parameters of glibc's mallopt.
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
#: A log larger than this is put aside at the next start.
LOG_BYTES = 1_000_000

#: What the two maps say before the atlas is open; afterwards the atlas says it.
_FIRST = {
    "anterior": ("Anterior view", ("R", "L")),
    "posterior": ("Posterior view", ("L", "R")),
}


#: What Qt quotes, and names of files: a person chose those, perhaps after a patient.
_QUOTED = re.compile(
    r"""\"[^"]*(\"|$)|(?<!\w)'[^']*('|$)|“[^”]*(”|$)|([A-Za-z]:|file:)?[/\\]\S.*""", re.DOTALL
)


def _on_qt_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    """Send what Qt says to the log; what every start without a screen says is left out."""
    if text.startswith("This plugin does not support"):
        return
    level = logging.WARNING if kind is QtMsgType.QtWarningMsg else logging.ERROR
    if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
        level = logging.DEBUG
    logging.getLogger("myomap.qt").log(level, "%s", _QUOTED.sub("…", text))


def make_application(arguments: list[str] | None = None) -> QApplication:
    """Return the running application, or make it; MyomapError where there is no display."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    seen = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in seen):
        raise MyomapError(
            "There is no display to open the window on.",
            todo="Start it on a desktop, or write pictures with: myomap demo --out FOLDER",
        )
    qInstallMessageHandler(_on_qt_message)
    QApplication.setStyle("Fusion")
    made = QApplication(arguments or sys.argv[:1])
    made.setApplicationName("Myomap")
    made.setApplicationDisplayName("Myomap")
    made.setDesktopFileName("myomap")
    return made


def make_context(home: Path) -> Context:
    """Return what the places share, from the settings in the home folder."""
    if (app := QApplication.instance()) is not None:
        collect_on_this_thread(app)
    settings = load(home)
    look = Look(ThemeName(settings.theme), settings.text_scale)
    context = Context(home=home, settings=settings, look=look, pool=Pool())
    context.shown.layer = Layer(settings.layer)
    context.shown.figure = Figure(settings.figure)
    add_fonts()
    look.follow_desktop()
    look.choose(colour_blind=settings.colour_blind)
    return context


def make_window(context: Context, maps: Path | None = None, atlas: Path | None = None) -> MainWindow:
    """Return the window with coarse pictures on its maps; it can be shown at once."""
    window = MainWindow(context)
    folder = bodymaps() if maps is None else maps
    for panel in window.atlas_place.panels:
        title, sides = _FIRST.get(panel.view_name, ("", ("", "")))
        view_id, layer = f"{context.shown.figure}.{panel.view_name}", str(context.shown.layer)
        picture = kept(context.home, view_id, layer, context.look.map.name, atlas or atlas_path())
        if picture.isNull():
            tone = folder / context.shown.figure / panel.view_name / f"{layer}.jpg"
            picture = coarse_plate(tone, context.look.map, 700)
        panel.show_coarse(title, sides, picture)
    return window


def _give_memory_back() -> None:
    """Have glibc return large blocks (pictures, rasters) to the system once they are free, and keep few heaps.

    Without it the window grows to twice its size within minutes of use, and stays there.
    """
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform.startswith("linux") else None
    if mallopt is not None:  # not in musl
        for parameter, value in ((_MMAP_THRESHOLD, 256 * 1024), (_ARENA_MAX, 2)):
            mallopt(parameter, value)


def open_atlas(atlas: Path | None = None, maps: Path | None = None) -> "AtlasFile":
    """Open the atlas and read what every start needs. Slow to import: call it off the window's thread."""
    _give_memory_back()
    import myomap.gui.map.plate
    import myomap.gui.map.sheet
    import myomap.gui.map.zone_paths  # noqa: F401
    from myomap.gui.tone_reader import read_part
    from myomap.store.atlas_file import AtlasFile

    opened = AtlasFile(atlas or atlas_path(), maps or bodymaps(), read_part)
    if not opened.views or not opened.structures:
        raise AtlasError("The atlas holds no views.", todo="Install Myomap again.")
    _ = opened.muscles, opened.trigger_points, opened.sources, opened.safety
    return opened


def run_window(
    home: Path,
    *,
    database: str = "",
    look_around: bool = False,
    atlas: Path | None = None,
    maps: Path | None = None,
    on_ready: Callable[[MainWindow], None] | None = None,
) -> int:
    """Open the window and return the exit code when it is closed. ``on_ready`` is for tests and pictures.

    With ``look_around`` it opens a practice with invented patients, and the one that is kept stays shut.
    """
    app = make_application()
    context = make_context(home)
    context.look_around = look_around
    window = make_window(context, maps, atlas)
    reporter = Reporter(context.prompts.tell)
    reporter.install()
    code = 0

    def opened(found: "AtlasFile") -> None:
        window.set_atlas(found)
        # the maps are painted in colour before the other places are imported and built
        QTimer.singleShot(MAPS_FIRST_MS, complete)

    def complete() -> None:
        _add_by_turns(window, database, ready)

    def ready() -> None:
        if on_ready is not None:
            on_ready(window)

    def failed(error: Exception) -> None:
        nonlocal code
        code = NO_ATLAS
        if not isinstance(error, MyomapError | OSError):
            _LOG.error("the atlas could not be opened: %s", type(error).__name__)
        window.show_failure(message_for(error))
        if on_ready is not None:
            on_ready(window)

    window.show()
    app.processEvents()  # the first paint, before anything slow is imported
    QTimer.singleShot(15, lambda: context.pool.run(lambda: open_atlas(atlas, maps), opened, failed))
    if not _log_to(home):
        context.prompts.tell(
            Message(
                f"The folder {home} cannot be written.",
                "The atlas works; settings and records are not kept. Start Myomap with --home and another folder.",
            )
        )
    try:
        closed = app.exec()
    finally:
        reporter.remove()
    return code or closed


def _log_to(home: Path) -> bool:
    """Write the log to the home folder; it names places in the program, never what anybody typed."""
    path = home / "log" / "myomap.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".1.log"))
        written = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        return False
    written.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    ours = logging.getLogger("myomap")
    for old in [each for each in ours.handlers if isinstance(each, logging.FileHandler)]:
        ours.removeHandler(old)
        old.close()
    ours.addHandler(written)
    return True


def _add_clinic(window: MainWindow, database: str) -> None:
    from myomap.gui.clinic import Clinic
    from myomap.gui.practice.session import Session
    from myomap.records.server import ServerAddress
    from myomap.store.doors import Doors
    from myomap.store.invented.folder import InventedFolder, sweep

    home, settings = window.context.home, window.context.settings
    folder = home / "practice"
    doors = Doors(folder)

    def find() -> "PracticePlace":
        sweep(home)  # what looking around left behind in a crash
        if database:
            from myomap.store.practice_server import PracticeServer

            return PracticeServer(database, folder)
        if not settings.database:
            return doors.place(None, "")
        address = ServerAddress.read(settings.database)
        return doors.place(address, session.server_password or doors.kept_password(address))

    session = Session(find)
    window.clinic = Clinic(window, session, doors, database, lambda: InventedFolder(home))


def add_places(window: MainWindow, database: str) -> None:
    """Add the places beside the Atlas, in the order of the rail; the practice is looked for off this thread."""
    for step in _PLACES:
        step(window, database)


def _add_by_turns(window: MainWindow, database: str, then: Callable[[], None]) -> None:
    """Add the places one by one, so that the window answers in between; ``then`` follows the last one."""
    left = list(_PLACES)

    def next_one() -> None:
        if not window.isVisible():
            return  # closed already
        if left:
            left.pop(0)(window, database)
            QTimer.singleShot(0, next_one)
        else:
            then()

    next_one()


def _add_learn(window: MainWindow, _: str) -> None:
    from myomap.gui.learn import LearnPlace

    learn = LearnPlace(window.context)
    window.add_place("learn", "Learn", "learn", learn)

    def read(page: str) -> None:
        window.go_to("learn")
        learn.show_page(page)

    window.atlas_place.inspector.wanted_page.connect(read)


def _add_settings(window: MainWindow, _: str) -> None:
    if window.clinic is not None:
        window.clinic.add_settings()


def _add_study(window: MainWindow, _: str) -> None:
    """Add the Study place; its progress lies in a file of its own in the home folder."""
    from datetime import datetime

    from myomap.gui.study.place import StudyPlace
    from myomap.store.anki_package import pack, read_package
    from myomap.store.study_file import StudyFile, set_aside

    path = window.context.home / "study.sqlite"
    study = StudyPlace(
        window.context,
        lambda: StudyFile(path),
        lambda: set_aside(path, datetime.now()),
        read_package,
        pack,
    )
    window.add_place("study", "Study", "study", study)
    window.closing.connect(study.packages.leave)
    window.add_action("study-start", "Study: start what is due", lambda: _start_study(window, study))
    if window.atlas_place.zones is not None:
        study.set_atlas(window.atlas_place.zones)


def _start_study(window: MainWindow, study: "StudyPlace") -> None:
    window.go_to("study")
    study.start()


#: What adds each place, in the order of the rail.
_PLACES: tuple[Callable[[MainWindow, str], None], ...] = (_add_clinic, _add_learn, _add_study, _add_settings)


def write_pictures(home: Path, out: Path, *, point: str = "", scale: float = 1.0) -> list[Path]:
    """Write pictures of the window to a folder, light and dark, with a trigger point lit; return their paths.

    Works without a screen. Raises AtlasError without an atlas, MyomapError if nothing can be written.
    """
    from myomap.anatomy.laterality import Laterality
    from myomap.gui.picture import window_picture
    from myomap.gui.shown import PointKey

    make_application()
    context = make_context(home)
    window = make_window(context)
    written: list[Path] = []
    try:
        window.set_atlas(open_atlas())
        add_places(window, "")
        atlas = context.open_atlas()
        if point in atlas.trigger_points:
            window.atlas_place.inspector.choose_point(PointKey(point, Laterality.RIGHT))
            window.atlas_place.show_chosen()
        size = (round(1440 * scale), round(900 * scale))
        for theme in (ThemeName.LIGHT, ThemeName.DARK):
            context.look.choose(theme)
            path = out / f"window-{theme}.png"
            window_picture(path, window, size=size)
            written.append(path)
    finally:
        context.pool.stop()
        window.deleteLater()
    return written
