"""No crash writes this program's memory to a disk: there are the key of the practice and patients' words in it."""

from contextlib import suppress

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def forbid_dumps() -> None:
    """Forbid core dumps of this program and of what it starts; systemd-coredump keeps to it, too.

    ``PR_SET_DUMPABLE`` would say the same louder, but then the desktop's portals refuse to speak to the window.
    """
    if resource is not None:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


__all__ = ["forbid_dumps"]
