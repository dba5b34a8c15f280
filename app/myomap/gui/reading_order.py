"""Tab goes through a page as the eye does: line by line from the top, from left to right."""

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QWidget

#: What is nearer than this, in pixels, counts as one line.
_LINE = 14
#: A page that is being filled is put in order once.
_SOON_MS = 20


def order_tabs(page: QWidget, before: QWidget | None = None) -> None:
    """Put what is seen on a page in the order of reading, after a widget that comes ``before`` it."""
    stops = [
        ((at.y() + widget.height() // 2) // _LINE, at.x(), number, widget)
        for number, widget in enumerate(page.findChildren(QWidget))
        if widget.isVisibleTo(page)
        # chips that arrows reach, too: Tab goes on from them
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.focusProxy() is None
        and (at := widget.mapTo(page, QPoint(0, 0))) is not None
    ]
    found = [widget for *_, widget in sorted(stops, key=lambda stop: stop[:3])]
    for one, other in pairwise(found if before is None else [before, *found]):
        QWidget.setTabOrder(one, other)


class KeptInOrder(QObject):
    """Puts a page in order whenever its layout has changed."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(lambda: order_tabs(page))
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._soon.start()
        return False
