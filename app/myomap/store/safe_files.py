"""Writing files so that a crash leaves the old or the new, never a half."""

import os
import secrets
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: an open file cannot be removed, which tells as much
    fcntl = None  # type: ignore[assignment]

#: The file in a folder that is locked for as long as a program uses the folder.
IN_USE = "in-use"


def write_whole(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file through a temporary one in the same folder; OSError leaves the old file as it was.

    What need not be ``lasting`` may be the old one again after a power cut, and costs no wait for the disk.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    if lasting:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power cut, where the system can do that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make a file's content last through a power cut."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hold(folder: Path) -> IO[str] | None:
    """Return the open file that holds a folder until it is closed; None where another program, or window, holds it."""
    try:
        if fcntl is None:
            (folder / IN_USE).unlink(missing_ok=True)
        held = os.fdopen(os.open(folder / IN_USE, os.O_WRONLY | os.O_CREAT, 0o600), "w")
    except OSError:
        return None
    try:
        if fcntl is not None:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        return None
    return held
