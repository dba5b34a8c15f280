"""Patterns with the same zones are one row: the manual draws one figure for all scalenes."""

from collections.abc import Sequence

from myomap.lookup.pattern_index import PatternIndex
from myomap.lookup.ranking import Match


def folded(index: PatternIndex, matches: Sequence[Match]) -> list[tuple[Match, ...]]:
    """Return the matches in order, those of the same zones and side together in the first one's place."""
    numbers = {key: number for number, key in enumerate(index.keys)}
    rows: dict[int, list[Match]] = {}
    for match in matches:
        rows.setdefault(index.twin[numbers[match.key]], []).append(match)
    return [tuple(row) for row in rows.values()]
