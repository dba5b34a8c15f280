"""A side part that lies in the row where there is room, and over its neighbours, for a while, where there is not."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QSplitter, QWidget


class Drawer(QObject):
    """Moves a part between a splitter's first place and a drawer over the page.

    An open drawer closes by itself: at a press beside it, with Escape, or when the keyboard goes elsewhere.
    """

    changed = Signal()
    """It is seen now, or not any more."""

    def __init__(self, part: QWidget, row: QSplitter, page: QWidget, *, button: QWidget) -> None:
        super().__init__(page)
        self._part, self._row, self._page, self._button = part, row, page, button
        self._docked = True
        self._place = QRect()

    @property
    def is_docked(self) -> bool:
        """Tell whether it has a place of its own in the row."""
        return self._docked

    @property
    def is_seen(self) -> bool:
        """Tell whether the part is on show, docked or drawn out."""
        return not self._part.isHidden()

    def dock(self, on: bool, *, shown: bool) -> None:
        """Give it its place in the row, shown or not, or take it out: it is closed then until `draw_out`."""
        if on == self._docked:
            if on and self._part.isHidden() == shown:
                self._part.setVisible(shown)
                self.changed.emit()
            return
        self._stop_watching()
        self._docked = on
        if on:
            self._part.setProperty("over", None)
            self._row.insertWidget(0, self._part)
            self._row.setStretchFactor(0, 0)
            self._part.setVisible(shown)
        else:
            held = self._part.isAncestorOf(QApplication.focusWidget() or self._page)
            self._part.hide()
            self._part.setParent(self._page)
            self._part.setProperty("over", True)
            if held:
                self._button.setFocus()
        self._dress()
        self.changed.emit()

    def place(self, where: QRect) -> None:
        """Say where on the page it lies when it is drawn out."""
        self._place = where
        if not self._docked:
            self._part.setGeometry(where)

    def draw_out(self) -> None:
        """Open it over its neighbours."""
        self._part.setGeometry(self._place)
        self._part.show()
        self._part.raise_()
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self.changed.emit()

    def close(self) -> None:
        """Put the drawer away; the keyboard goes back to the button that opened it, if it was inside."""
        if self._docked or self._part.isHidden():
            return
        held = self._part.isAncestorOf(QApplication.focusWidget() or self._page)
        self._stop_watching()
        self._part.hide()
        if held:
            self._button.setFocus()
        self.changed.emit()

    def _stop_watching(self) -> None:
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def _dress(self) -> None:
        self._part.style().unpolish(self._part)
        self._part.style().polish(self._part)

    def _is_inside(self, widget: QObject) -> bool:
        return isinstance(widget, QWidget) and (
            widget is self._part or widget is self._button or self._part.isAncestorOf(widget)
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(watched, QWidget) or watched.window() is not self._page.window():
            return False
        if watched is self._page and event.type() == QEvent.Type.Hide:
            self.close()  # another place, or the window's end: nobody watches the application then
            return False
        kind, inside = event.type(), self._is_inside(watched)
        escaped = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.FocusIn) and not inside:
            self.close()
        elif kind == QEvent.Type.KeyPress and escaped and inside:
            self.close()
            return True
        return False
