"""A word in passing at the foot of the window: something is done, nothing is asked."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QLabel, QWidget

SHOWN_MS = 5000


class Toast(QLabel):
    """Shows itself over the window and goes away after a few seconds; one at a time."""

    def __init__(self, text: str, over: QWidget) -> None:
        super().__init__(text, over)
        for older in over.findChildren(Toast):
            if older is not self:
                older.hide()
                older.deleteLater()
        self.setObjectName("toast")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        most = min(640, over.width() - 64)
        self.ensurePolished()
        width = min(most, self.fontMetrics().horizontalAdvance(text) + 48)
        self.resize(width, self.heightForWidth(width))
        self.move((over.width() - self.width()) // 2, over.height() - self.height() - 32)
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.deleteLater)
        self._timer.start(SHOWN_MS)
