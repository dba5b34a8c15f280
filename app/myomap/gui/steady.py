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
    """Return the scroll area that a widget lies in, and what of its page is under the pointer; None if nothing is."""
    area, page = _page_of(part)
    if area is None or page is None or not area.isVisible():
        return None
    under = QApplication.widgetAt(QCursor.pos())
    return (area, under) if under is not None and (under is page or page.isAncestorOf(under)) else None


@contextmanager
def steady(part: QWidget, since: QPoint) -> Iterator[None]:
    """Change a part of a scrolled page; the page is scrolled by as much as what is under the pointer moved.

    ``since`` is where the pointer was when what is shown now was asked for: somebody who has not moved it since is
    not about to click, and nothing is scrolled or laid out before its time.
    """
    found = under_pointer(part) if QCursor.pos() != since else None
    if found is None:
        yield
        return
    area, under = found
    page, bar = area.widget(), area.verticalScrollBar()
    assert page is not None
    lay_out()
    before: list[tuple[QWidget, int]] = []
    each: QWidget | None = under
    # what is under the pointer may itself go: then what it lies in stays
    while each is not None and each is not page:
        before.append((each, _height_of(each, area)))
        each = each.parentWidget()
    yield
    lay_out()
    moved = next((_height_of(each, area) - was for each, was in before if each.isVisible()), 0)
    if not moved:
        return
    wanted = bar.value() + moved
    if wanted > bar.maximum():  # a short page has room below for as long as that is needed
        page.setMinimumHeight(wanted + area.viewport().height())
        lay_out()
    bar.setValue(wanted)


def let_go(part: QWidget) -> None:
    """Take away the room that was needed below the page of a part."""
    _, page = _page_of(part)
    if page is not None:
        page.setMinimumHeight(0)


def _page_of(part: QWidget) -> tuple[QScrollArea | None, QWidget | None]:
    area: QWidget | None = part
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    return area, area.widget() if area is not None else None


def lay_out() -> None:
    """Give everything its place now: what came is never painted squeezed into the room of before."""
    for _ in range(_LEVELS):  # each widget tells the one it lies in only when it is laid out itself
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def _height_of(under: QWidget, area: QScrollArea) -> int:
    return under.mapTo(area, QPoint(0, 0)).y()
