"""A child that dies, or whose disk is full, at the N-th thing that it does to files; for tests of what is left."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

#: What Python says it does to files (sys.addaudithook); commits of SQLAlchemy are steps, too.
_EVENTS = frozenset(
    {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "shutil.copyfile"}
)


def die_at(step: int, below: Path, do: Callable[[], object]) -> bool:
    """Do something in a child that is killed at its N-th step below a folder; tell whether it was."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _watch(step, str(below))
            do()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "it failed before it was killed"
    return False


def _watch(step: int, below: str) -> None:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(name: str, given: tuple[object, ...]) -> None:
        named = name in _EVENTS and isinstance(given[0], str | bytes | os.PathLike)
        if named and os.fsdecode(given[0]).startswith(below):  # type: ignore[arg-type]
            count()

    sys.addaudithook(hook)
    event.listen(Engine, "commit", lambda _connection: count())


def outcome(do: Callable[[], object]) -> str:
    """Do something in a child; return “done”, or the name and words of the error."""
    given, taken = os.pipe()
    child = os.fork()
    if child == 0:
        said = "done"
        try:
            do()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(taken, said.encode()[:4000])
            os._exit(0)
    os.close(taken)
    with os.fdopen(given, "r") as told:
        said = told.read()
    os.waitpid(child, 0)
    return said
