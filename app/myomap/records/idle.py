"""Nobody there for a while, by the clock on the wall: sleep counts, a clock set back does not help."""

import time
from collections.abc import Callable


def _since_boot() -> float:
    """Return seconds that go on while the machine sleeps, where the system has such a clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()


class IdleClock:
    """Measures how long nobody was there."""

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = _since_boot
    ) -> None:
        """Take the two clocks (tests give their own)."""
        self._wall, self._steady = wall, steady
        self.touch()

    def touch(self) -> None:
        """Somebody is there now."""
        self._at_wall, self._at_steady = self._wall(), self._steady()

    def idle_s(self) -> float:
        """Return the longer of what the two clocks say."""
        return max(self._wall() - self._at_wall, self._steady() - self._at_steady, 0.0)
