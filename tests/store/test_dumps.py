"""A crash of the program leaves no memory on the disk."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="core dumps are of Unix")


def _limit_after(do: Callable[[], object]) -> tuple[int, int]:
    """Return the limit of core dumps in a child that did something, and that then crashed."""
    import resource

    given, taken = os.pipe()
    child = os.fork()
    if child == 0:
        # other tests have made practices in this process: as if they had not
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))
        do()
        os.write(taken, " ".join(map(str, resource.getrlimit(resource.RLIMIT_CORE))).encode())
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    os.close(taken)
    with os.fdopen(given, "r") as told:
        soft, hard = told.read().split()
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGSEGV
    assert not os.WCOREDUMP(status) or (soft, hard) != ("0", "0")
    return int(soft), int(hard)


@pytest.mark.parametrize(
    "look",
    [
        lambda folder: PracticeFolder(folder / "practice"),
        lambda folder: PracticeServer("postgresql+psycopg:///x", folder),
    ],
)
def test_a_program_that_crashes_with_a_practice_dumps_no_core(
    tmp_path: Path, look: Callable[[Path], object]
) -> None:
    assert _limit_after(lambda: look(tmp_path)) == (0, 0)
