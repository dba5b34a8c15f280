"""Takes down what a test's window leaves behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import getCppPointer


@contextmanager
def no_widgets_left() -> Iterator[None]:
    """Delete what has no parent and was made meanwhile.

    Widgets that a page never showed live until Python collects its cycles. By then there are thousands, and each new
    style sheet is worked out for every one of them: a window took two seconds to make instead of a quarter.
    """
    before = {getCppPointer(widget) for widget in QApplication.topLevelWidgets()}
    yield
    for widget in QApplication.topLevelWidgets():
        if getCppPointer(widget) not in before:
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
