"""Reading facts: a text with its source and state, and what an entry may hand down to its facts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mapmaker.data_faults import FaultLog, Spot, nearest
from mapmaker.yaml_lines import Entry, Value
from myomap.anatomy.sources import Citation, Fact, Source, State

NO_CITATION = Citation("")
_CITATION = ("work", "chapter", "figure", "page")


@dataclass(frozen=True, slots=True)
class Given:
    """The source and state that facts have unless they name their own; None where there is none."""

    source: Citation | None = None
    state: State | None = None


class FactReader:
    """Reads citations and facts, and checks that every cited work is in data/sources."""

    def __init__(self, sources: Collection[str], log: FaultLog) -> None:
        """Know the ids of all works."""
        self._sources, self._log = sources, log

    def citation(self, value: Value) -> Citation:
        """Read “simons-1999” or {work, chapter, figure, page}."""
        if value.is_scalar:
            made = Citation(value.text("source"))
        else:
            entry = value.entry("source", _CITATION)
            if entry is None:
                return NO_CITATION
            made = Citation(
                entry.text("work"),
                entry.text("chapter", ""),
                entry.text("figure", ""),
                entry.text("page", ""),
            )
        if made.work and made.work not in self._sources:
            value.fault(
                f"there is no source “{made.work}” in data/sources{nearest(made.work, self._sources)}"
            )
        return made

    def source_of(self, entry: Entry, given: Given, key: str = "source") -> Citation:
        """Return the entry's own source or the one it was given; none at all is a fault."""
        if key in entry:
            return self.citation(entry.values[key])
        if given.source is None:
            entry.fault(f"“{key}” is missing: no fact without a source")
            return NO_CITATION
        return given.source

    def state_of(self, entry: Entry, given: Given, source: Citation, key: str = "state") -> State:
        """Return the entry's own state or the one it was given; “figure” has to name a figure."""
        if key not in entry and given.state is not None:
            return given.state
        state = entry.choice(key, State)
        if state is State.FIGURE and not source.figure:
            entry.fault(f"“{key}” is “figure”, but the source names no figure")
        return state

    def given(self, entry: Entry, outer: Given = Given()) -> Given:
        """Return what this entry hands down: its own source and state, else those it was given."""
        source = self.citation(entry.values["source"]) if "source" in entry else outer.source
        state = entry.choice("state", State) if "state" in entry else outer.state
        return Given(source, state)

    def fact(self, value: Value, what: str, given: Given) -> Fact:
        """Read a fact: a plain text that takes the given source and state, or {text, source, state}."""
        if value.is_scalar:
            text = value.text(what)
            if given.source is None or given.state is None:
                value.fault(f"“{what}” has no source and state: write {{text, source, state}}")
                return Fact(text, NO_CITATION, State.RECALLED)
            return Fact(text, given.source, given.state)
        entry = value.entry(what, ("text", "source", "state"))
        if entry is None:
            return Fact("", NO_CITATION, State.RECALLED)
        source = self.source_of(entry, given)
        return Fact(entry.text("text"), source, self.state_of(entry, given, source))

    def facts(self, entry: Entry, key: str, given: Given) -> tuple[Fact, ...]:
        """Read a list of facts that may be left out."""
        return tuple(self.fact(value, key, given) for value in entry.list_of(key))


def known_id(
    word: str, kind: str, known: Collection[str] | Mapping[str, object], spot: Spot, log: FaultLog
) -> bool:
    """Note a fault for an id that is not known."""
    if not word or word in known:
        return True
    log.add(spot, f"there is no {kind} “{word}”{nearest(word, known)}")
    return False


def read_source(entry: Entry) -> Source:
    """Read one work."""
    return Source(
        id=entry.text("id"),
        citation=entry.text("citation"),
        year=int(entry.number_of("year", 1800, 2100)),
        doi=entry.text("doi", ""),
        pmid=entry.text("pmid", ""),
        isbn=entry.text("isbn", ""),
    )
