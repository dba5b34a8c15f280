"""Names of rows: 32 hex digits that sort by when they were made, unique on every machine."""

import secrets
import threading
import time

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a new id. Ids made later on one machine sort later, also when its clock is set back."""
    global _last
    with _lock:
        stamp = max(time.time_ns() // 1000, _last + 1)
        _last = stamp
    return f"{stamp:016x}{secrets.token_hex(8)}"


def single_id(visit: str, kind: str) -> str:
    """Return the id of something a visit has one of (its screening, its plan)."""
    return f"{visit}.{kind}"
