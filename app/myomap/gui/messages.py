"""Errors in words for people: the one place. Three kinds: expected (MyomapError), disk, and our own faults."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

from myomap.errors import MyomapError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads: what happened, what is safe and what to do; ``fault`` is ours, not theirs."""

    title: str
    text: str
    detail: str = ""
    fault: bool = False


def message_for(error: BaseException) -> Message:
    """Return the words for an error."""
    if isinstance(error, MyomapError):
        return Message(error.what, " ".join(part for part in (error.safe, error.todo) if part))
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return Message(
            "A file could not be read or written.",
            f"{error.strerror or error}{where}. What is on the screen is kept; try again or choose another folder.",
        )
    # frames and kind only: an error's own words may hold what somebody typed about a patient
    trace = "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
    return Message(
        "Something in Myomap went wrong.",
        "The window stays open and what was saved is safe. If it happens again, send the text below to whoever"
        " looks after your Myomap; it holds no patient's words.",
        trace,
        fault=True,
    )


class Reporter(QObject):
    """Takes uncaught errors from any thread and gives them, once each, to the window on its own thread."""

    reported = Signal(object)

    def __init__(self, show: Callable[[Message], None]) -> None:
        super().__init__()
        self._show = show
        self._last = ""
        self.reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Become sys.excepthook and threading.excepthook."""
        sys.excepthook = self._hook
        threading.excepthook = lambda hook: self._hook(hook.exc_type, hook.exc_value, hook.exc_traceback)

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _hook(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        frames = traceback.extract_tb(trace)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        # never the error's own words: they may hold what somebody typed about a patient
        _LOG.error("uncaught %s at %s", kind.__name__, where)
        self.reported.emit(message_for(error))

    def _on_reported(self, message: Message) -> None:
        if message.detail and message.detail == self._last:
            return
        self._last = message.detail
        self._show(message)
