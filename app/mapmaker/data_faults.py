"""Faults in the authored data: collected, each with its file and line, and raised together."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from myomap.errors import MyomapError


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A line of a data file; ``line`` counts from 1, ``file`` is relative to the data folder."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return ``file:line`` as editors understand it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, in one sentence."""

    spot: Spot
    sentence: str

    def __str__(self) -> str:
        """Return ``file:line: sentence``."""
        return f"{self.spot}: {self.sentence}"


class DataError(MyomapError):
    """The authored data is not acceptable; ``faults`` has every reason."""

    def __init__(self, faults: Collection[Fault]) -> None:
        """Keep the faults in the order of files and lines."""
        self.faults = tuple(sorted(set(faults)))
        count = len(self.faults)
        super().__init__(
            f"The data has {count} fault{'' if count == 1 else 's'}:\n" + "\n".join(map(str, self.faults)),
            todo="Correct these lines and check again.",
        )


class FaultLog:
    """Collects faults, so that an editor sees all of them at once."""

    def __init__(self) -> None:
        """Start without faults."""
        self.faults: list[Fault] = []

    def add(self, spot: Spot, sentence: str) -> None:
        """Note one fault."""
        self.faults.append(Fault(spot, sentence))

    def raise_if_any(self) -> None:
        """Raise DataError if anything was wrong."""
        if self.faults:
            raise DataError(self.faults)


def nearest(word: str, known: Collection[str]) -> str:
    """Return ``; did you mean “x”?`` for a word that is nearly a known one, else nothing."""
    found = get_close_matches(word, sorted(known), n=1, cutoff=0.75)
    return f"; did you mean “{found[0]}”?" if found else ""


def read_utf8(path: Path, file: str, log: FaultLog) -> str | None:
    """Return the text of a data file, or None after noting the line where it is not UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        log.add(Spot(file, 1), f"the file cannot be read ({error.strerror})")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        log.add(Spot(file, line), "the file is not UTF-8 from here on; save it as UTF-8")
        return None
