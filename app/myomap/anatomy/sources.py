"""Where facts come from and how sure they are."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a fact was checked against its source."""

    SEEN = "seen"
    """Read in the source (often its abstract)."""
    FIGURE = "figure"
    """Compared with the figure that is named."""
    SECONDARY = "secondary"
    """Read in another work that quotes the source."""
    RECALLED = "recalled"
    """Written from memory: shown as such until somebody has read the source."""


class Confidence(StrEnum):
    """How sure the editor is that a pattern is what the source shows."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Source:
    """A work that facts are taken from."""

    id: str
    citation: str
    year: int
    doi: str = ""
    pmid: str = ""
    isbn: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a source: ``work`` is the id of a Source."""

    work: str
    chapter: str = ""
    figure: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence in our own words with where it comes from."""

    text: str
    source: Citation
    state: State
