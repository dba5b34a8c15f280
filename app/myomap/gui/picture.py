"""A picture of the window as it is, made without a screen: for the demo, the README and tests.

Scale is Qt's own: set QT_SCALE_FACTOR before the program starts (2 for 200 %).
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from myomap.errors import MyomapError
from myomap.gui.workers import Pool

if TYPE_CHECKING:
    from myomap.gui.window import MainWindow


def settle(window: "MainWindow", most_s: float = 20.0) -> None:
    """Let the window finish what it has begun: sheets read, plates composed."""
    end = time.monotonic() + most_s
    quiet = 0
    while time.monotonic() < end and quiet < 3:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        maps = [panel.map for panel in window.atlas_place.panels if panel.map.isVisible()]
        done = not window.context.pool.busy and all(each.settled for each in maps)
        quiet = quiet + 1 if done else 0
        time.sleep(0.005)


def window_picture(
    path: Path,
    window: "MainWindow",
    *,
    size: tuple[int, int] = (1440, 900),
    prepare: Callable[["MainWindow"], object] | None = None,
) -> None:
    """Write a PNG of the window; ``prepare`` brings it into the wanted state first.

    The window must have its atlas. Raises MyomapError if the file cannot be written.
    """
    window.resize(*size)
    window.show()
    settle(window)
    if prepare is not None:
        prepare(window)
        settle(window)
    if not window.grab().save(str(path)):
        raise MyomapError(f"The picture {path} could not be written.", todo="Choose another folder.")


def widget_picture(
    path: Path,
    widget: QWidget,
    pool: Pool,
    *,
    size: tuple[int, int],
    rest_s: float = 0.3,
    of: QWidget | None = None,
) -> None:
    """Write a PNG of a widget of its own, or of the part ``of`` it, once it has rested for ``rest_s``.

    Raises MyomapError if the file cannot be written.
    """
    widget.resize(*size)
    widget.show()
    end = time.monotonic() + rest_s
    while pool.busy or time.monotonic() < end:
        if pool.busy:
            end = time.monotonic() + rest_s
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.005)
    if not (of or widget).grab().save(str(path)):
        raise MyomapError(f"The picture {path} could not be written.", todo="Choose another folder.")
