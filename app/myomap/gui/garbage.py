"""Python's cyclic garbage is collected on the window's thread only.

Left alone, the collector runs in whichever thread happens to allocate. In a worker it would destroy the Qt objects of a
page that is gone (maps, scenes, timers) beside the window's thread, which then crashed in its event loop.
"""

import gc

from PySide6.QtCore import QObject, QTimer

#: How often it is looked whether there is enough to collect, in milliseconds.
LOOK_MS = 200


class GarbageCollector(QObject):
    """Does by a timer what Python does by itself, with Python's own thresholds. Make it on the window's thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that has reached its threshold."""
        due = [
            at for at, (n, most) in enumerate(zip(gc.get_count(), self._thresholds, strict=True)) if n > most
        ]
        if due:
            gc.collect(max(due))


def collect_on_this_thread(app: QObject) -> None:
    """Let garbage be collected on the thread of the application only; once is enough."""
    if app.findChild(GarbageCollector) is None:
        GarbageCollector(app)
