"""What lies under the pointer stays under it while something above it in a scrolled page comes or goes.

Otherwise what comes late (the patterns of a drawing) moves what somebody is about to click.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

#: Widgets within widgets from a page to a word in a row, and some.
_LEVELS = 12


def under_pointer(part: QWidget) -> tuple[QScrollArea, QWidget] | None:
    """Return the scrolled page that a widget lies in, with what of it is under the pointer; None if nothing is."""
    area: QWidget | None = part
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is None or not area.isVisible():
        return None
    under = QApplication.widgetAt(QCursor.pos())
    page = area.widget()
    if page is None or under is None or not (under is page or page.isAncestorOf(under)):
        return None
    return area, under


@contextmanager
def steady(part: QWidget) -> Iterator[None]:
    """Change a part of a scrolled page; the page is scrolled by as much as what is under the pointer moved.

    Nothing is laid out before its time while the pointer is elsewhere.
    """
    found = under_pointer(part)
    if found is None:
        yield
        return
    area, under = found
    page, bar = area.widget(), area.verticalScrollBar()
    _lay_out()
    before: list[tuple[QWidget, int]] = []
    each: QWidget | None = under
    while (
        each is not None and each is not page
    ):  # what is under the pointer may itself go: then what it lies in
        before.append((each, _height_of(each, area)))
        each = each.parentWidget()
    yield
    _lay_out()
    moved = next((_height_of(each, area) - was for each, was in before if each.isVisible()), 0)
    if not moved:
        return
    wanted = bar.value() + moved
    if wanted > bar.maximum():  # a short page has room below for as long as that is needed
        page.setMinimumHeight(wanted + area.viewport().height())
        _lay_out()
    bar.setValue(wanted)


def let_go(part: QWidget) -> None:
    """Take away the room that was needed below the page of a part."""
    area: QWidget | None = part
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is not None and area.widget() is not None:
        area.widget().setMinimumHeight(0)


def _lay_out() -> None:
    for _ in range(_LEVELS):  # each widget tells the one it lies in only when it is laid out itself
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def _height_of(under: QWidget, area: QScrollArea) -> int:
    return under.mapTo(area, QPoint(0, 0)).y()
