"""Work that may never end (a keyring that waits for somebody, a server that does not answer), beside everything else.

The program never waits for it, not even when it closes: the threads are daemons, what they bring too late is dropped.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

T = TypeVar("T")


class Aside(QObject):
    """Runs functions, each in a thread of its own; results come back on the window's thread."""

    _finished = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._finished.connect(self._on_finished)
        self._count = 0

    @property
    def busy(self) -> bool:
        """Tell whether something is still to come."""
        return self._count > 0

    def run(
        self,
        work: Callable[[], Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        """Call ``work``, then ``on_done`` with its result or ``on_error`` here."""
        self._count += 1

        def go() -> None:
            try:
                outcome: Callable[[], None] = _given(on_done, work())
            except Exception as error:
                outcome = _given(on_error, error)
            try:
                self._finished.emit(outcome, None)
            except RuntimeError:
                return  # the window is gone

        threading.Thread(target=go, name="aside", daemon=True).start()

    @Slot(object, object)
    def _on_finished(self, outcome: Callable[[], None], _: object) -> None:
        self._count -= 1
        outcome()


def _given(deed: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: deed(value)


def in_time(work: Callable[[], T], otherwise: T, most_s: float = 0.25) -> T:
    """Return what ``work`` finds if it does so in a moment; a server that is slow never stops the typing."""
    found: list[T] = []

    def go() -> None:
        with suppress(Exception):
            found.append(work())

    thread = threading.Thread(target=go, name="in-time", daemon=True)
    thread.start()
    thread.join(most_s)
    return found[0] if found else otherwise
