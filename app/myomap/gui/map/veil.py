"""Keeps a map as it was on show, title and sides and all, for the moment that the next view's plate is made."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

#: Longer than this nobody is shown what was: a plate that takes so long is on its way behind it.
MOST_MS = 300


class Veil(QLabel):
    """A picture of a widget over the widget itself. Presses on it go nowhere: what is seen is not what is there."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self.setProperty("over", True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.hide()
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.setInterval(MOST_MS)
        self._end.timeout.connect(self.lift)
        panel.installEventFilter(self)

    def fall(self) -> None:
        """Keep what is seen now, until `lift`."""
        panel = self.parentWidget()
        if panel is None or not panel.isVisible() or self.isVisible():
            return
        self.setPixmap(panel.grab())
        self.setGeometry(panel.rect())
        self.show()
        self.raise_()
        self._end.start()

    def lift(self) -> None:
        """Show what is there."""
        self._end.stop()
        self.hide()
        self.setPixmap(QPixmap())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Hide) and not self.isHidden():
            self.lift()
        return False
