"""Waiting in window tests: the window works on until something is so."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication


def wait(condition: Callable[[], object], most_s: float = 60.0) -> None:
    """Let the window work until something is so; AssertionError after ``most_s`` seconds."""
    end = time.monotonic() + most_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come about in time")
        QApplication.processEvents()
        # as the program's own loop does: a page that is gone is gone, and is not restyled with all others
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        time.sleep(0.002)
