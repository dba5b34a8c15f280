"""Names of rows: 32 hex digits that sort by when they were made, unique on every machine."""

import re
import secrets
import threading
import time
from collections.abc import Iterable

_MADE = re.compile(r"[0-9a-f]{32}")
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a new id. Ids made later on one machine sort later, also when its clock is set back."""
    global _last
    with _lock:
        stamp = max(time.time_ns() // 1000, _last + 1)
        _last = stamp
    return f"{stamp:016x}{secrets.token_hex(8)}"


def come_after(ids: Iterable[str]) -> None:
    """Let every id made from now on sort after these.

    They may be of a time to come: made before the clock was set back, or on a machine whose clock is fast.
    What is written later in a visit must also be read later (an eraser after the stroke that it erases).
    """
    global _last
    stamps = [int(id[:16], 16) for id in ids if _MADE.fullmatch(id)]
    stamps = [stamp for stamp in stamps if stamp < 1 << 63]  # a made-up id must not use up all ids
    with _lock:
        _last = max([_last, *stamps])


def single_id(visit: str, kind: str, *which: str) -> str:
    """Return the id of something a visit has one of: its screening, its plan, the note of one section.

    Two windows that begin it at the same time mean the same thing, and are asked; with ids of their own there
    would be two of it, and the window would show one.
    """
    return ".".join((visit, kind, *(word.replace(" ", "_") for word in which)))
