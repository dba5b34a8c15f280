"""Work off the window's thread: results and errors come back to it, stale results are dropped."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

_LOG = logging.getLogger(__name__)
_OWN = threading.local()


def _keep_python_state() -> None:
    """Keep this thread's Python state from one job to the next.

    Qt gives every job a new one. Extensions made with pybind11 (contourpy) remember the state of the thread that
    imported them: in a later job on the same thread it would be gone, and the program with it.
    """
    if not getattr(_OWN, "kept", False):
        import ctypes

        ctypes.pythonapi.PyGILState_Ensure()  # never released: counts one more user of the state
        _OWN.kept = True


class _Job(QRunnable):
    """One call. It borrows the pool's signal: a signal that it owned would die with it.

    It lets go of its call once that is done: of the jobs that Qt deletes in its threads some stay behind as Python
    objects, and would keep all that their calls hold (a patient's visits, after the lock).
    """

    def __init__(self, pool: "Pool", ticket: int, work: Callable[[], object]) -> None:
        super().__init__()
        self._pool, self._ticket = pool, ticket
        self._work: Callable[[], object] | None = work

    def run(self) -> None:
        _keep_python_state()
        work, self._work = self._work, None
        assert work is not None
        try:
            outcome: tuple[bool, object] = (True, work())
        except Exception as error:  # everything is delivered to the caller's `on_error`
            outcome = (False, error)
        del work
        self._pool.finished.emit(self._ticket, outcome)


@dataclass(frozen=True, slots=True)
class _Waiting:
    topic: str
    owner: QObject | None
    on_done: Callable[[Any], None]
    on_error: Callable[[Exception], None] | None


class Pool(QObject):
    """Runs functions in threads. Everything but the function itself happens on the window's thread."""

    finished = Signal(int, object)

    def __init__(self, threads: int = 3) -> None:
        super().__init__()
        self._threads = QThreadPool()
        self._threads.setMaxThreadCount(threads)
        self._threads.setExpiryTimeout(-1)
        self._waiting: dict[int, _Waiting] = {}
        self._newest: dict[str, int] = {}
        self._count = 0
        self._stopped = False
        self.finished.connect(self._on_finished)

    def run(
        self,
        work: Callable[[], Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None] | None = None,
        *,
        owner: QObject | None = None,
        topic: str = "",
        priority: int = 0,
    ) -> None:
        """Call ``work`` in a thread, then ``on_done`` with its result here.

        Of several runs with the same ``topic`` only the newest one's result is delivered. Nothing is delivered
        once the ``owner`` is deleted: the page that asked may be gone before the answer. Without ``on_error``
        an error goes to the log and to sys.excepthook.
        """
        if self._stopped:
            return
        self._count += 1
        ticket = self._count
        self._waiting[ticket] = _Waiting(topic, owner, on_done, on_error)
        if topic:
            self._newest[topic] = ticket
        self._threads.start(_Job(self, ticket, work), priority)

    def forget(self, topic: str) -> None:
        """Drop the results of a topic that are still to come."""
        self._newest[topic] = -1

    @property
    def busy(self) -> bool:
        """Tell whether results are still to come."""
        return bool(self._waiting)

    def stop(self) -> None:
        """Drop what has not begun, wait for what has, and take nothing more."""
        self._stopped = True
        self._waiting.clear()
        self._threads.clear()
        self._threads.waitForDone(5000)

    def finish(self) -> None:
        """Do all that was given so far, wait for it (not for its results), and take nothing more."""
        self._stopped = True
        self._waiting.clear()
        self._threads.waitForDone(60_000)

    @Slot(int, object)
    def _on_finished(self, ticket: int, outcome: tuple[bool, object]) -> None:
        waiting = self._waiting.pop(ticket, None)
        if waiting is None:
            return
        if waiting.topic and self._newest.get(waiting.topic) != ticket:
            return
        if waiting.owner is not None and not shiboken6.isValid(waiting.owner):
            return
        good, result = outcome
        if good:
            waiting.on_done(result)
        elif waiting.on_error is not None and isinstance(result, Exception):
            waiting.on_error(result)
        elif isinstance(result, Exception):
            raise result
