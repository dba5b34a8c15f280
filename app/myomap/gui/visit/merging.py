"""Two values that grew from one: what differs, in words, and one value with both. No Qt."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from myomap.records.edits import Change, Edit
from myomap.records.errors import RecordsError
from myomap.records.sites import Site
from myomap.records.values import Contact, Value

#: Fields that nobody reads.
_SILENT = frozenset({"id", "carried", "map_version", "cells", "weights"})
#: A line so short is joined to another in one line.
_SHORT = 80


def both(base: Value | None, mine: Value | None, theirs: Value | None) -> Value | None:
    """Return one value with what was changed here and there; None where only one of the two can be kept.

    Words that were changed in both stand one after the other, theirs first.
    """
    if mine is None or theirs is None or type(mine) is not type(theirs):
        return None
    joined: Value | None = _joined(base, mine, theirs, mine_wins=False)
    return joined


def rebased(base: Value | None, mine: Value | None, theirs: Value | None) -> Value | None:
    """Return what is kept now with the fields that were changed here; where both changed one, mine counts."""
    if mine is None or theirs is None or type(mine) is not type(theirs):
        return mine
    joined: Value | None = _joined(base, mine, theirs, mine_wins=True)
    return joined


def torn(base: Value | Contact, mine: Value | Contact, theirs: Value | Contact) -> list[tuple[str, str, str]]:
    """Return the name, mine and theirs of each field that was changed both here and there."""
    found = []
    for field in fields(mine):
        own, other, first = (getattr(each, field.name) for each in (mine, theirs, base))
        if isinstance(own, Contact):
            found += torn(first, own, other)
        elif own not in (other, first) and other != first:
            found.append((field.name.replace("_", " "), spoken(own), spoken(other)))
    return found


def _joined(base: Any, mine: Any, theirs: Any, *, mine_wins: bool) -> Any:
    changed: dict[str, Any] = {}
    for field in fields(mine):
        name = field.name
        own, other = getattr(mine, name), getattr(theirs, name)
        first = getattr(base, name) if type(base) is type(mine) else None
        if own in (other, first):
            continue
        if isinstance(own, Contact) and isinstance(other, Contact):
            changed[name] = _joined(first, own, other, mine_wins=mine_wins)
        elif other == first or mine_wins:
            changed[name] = own
        elif isinstance(own, str) and isinstance(other, str):
            changed[name] = _one_after_the_other(other, own)
        elif (items := _by_item(first, own, other)) is not None:
            changed[name] = items
        else:
            return None
    return replace(theirs, **changed)


def _one_after_the_other(theirs: str, mine: str) -> str:
    if not theirs or not mine:
        return theirs or mine
    if theirs in mine or mine in theirs:
        return max(theirs, mine, key=len)
    short = len(theirs) <= _SHORT and len(mine) <= _SHORT and "\n" not in theirs + mine
    return f"{theirs}{' / ' if short else chr(10)}{mine}"


def _by_item(first: Any, own: Any, other: Any) -> tuple[Any, ...] | None:
    """Join answers question by question; None where one question was answered in two ways."""
    if not all(isinstance(each, tuple) for each in (own, other)):
        return None
    if not all(hasattr(each, "item") for each in (*own, *other)):
        return None
    before = {each.item: each for each in first or ()}
    mine, theirs = ({each.item: each for each in held} for held in (own, other))
    joined = dict(theirs)
    for item in before.keys() | mine.keys() | theirs.keys():
        one, two, was = mine.get(item), theirs.get(item), before.get(item)
        if one in (two, was):
            continue
        if two != was:
            return None
        if one is None:
            joined.pop(item, None)
        else:
            joined[item] = one
    return tuple(joined.values())


def difference(mine: Value | None, theirs: Value | None) -> list[tuple[str, str, str]]:
    """Return for each field that differs its name, mine and theirs, in full."""
    if mine is None or theirs is None:
        return [("", spoken(mine), spoken(theirs))]
    found = []
    for field in fields(mine):
        own, other = getattr(mine, field.name), getattr(theirs, field.name, None)
        if own != other and field.name not in _SILENT:
            found.append((field.name.replace("_", " "), spoken(own), spoken(other)))
    return found


def spoken(value: object) -> str:
    """Return a field's value in words."""
    if value is None or value == "" or value == ():
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Site):
        return value.words
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, str | date):
        return str(value)
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, tuple):
        if hasattr(value[0], "question"):
            return "; ".join(f"{each.question} {spoken(each.answer)}" for each in value)
        return "; ".join(value) if isinstance(value[0], str) else f"{len(value)} of them"
    return "; ".join(words_of(value)) or "what it was"


def words_of(value: object) -> list[str]:
    """Return everything in a value that somebody could have typed or chosen, field by field."""
    found = []
    for field in fields(value):  # type: ignore[arg-type]
        held = getattr(value, field.name)
        if field.name not in _SILENT and held not in (None, "", ()) and field.name != "points":
            found.append(f"{field.name.replace('_', ' ')}: {spoken(held)}")
    return found


def lost_words(edit: Edit) -> list[str]:
    """Return what an edit would have written, for somebody who must write it elsewhere."""
    found = []
    for change in edit.changes:
        found += _lost(change)
    return found


def words_of_all(aside: Iterable[tuple[Edit, Exception]]) -> str:
    """Return the words of edits that could not be kept."""
    return "\n".join(words for edit, _ in aside for words in lost_words(edit))


def orphaned(aside: Iterable[tuple[Edit, Exception]]) -> RecordsError:
    """Return what is told of edits whose visit is gone: removed, or not in a backup that was restored."""
    return RecordsError(
        "This visit is not in the records any more.",
        safe=f"This was typed into it last and could not be kept:\n{words_of_all(aside)}\n",
        todo="Write it down or copy it: it cannot be saved there any more.",
    )


def _lost(change: Change) -> list[str]:
    if change.after is None:
        return [f"{change.kind.replace('_', ' ')}: taken away"]
    if change.before is None or type(change.before) is not type(change.after):
        return [f"{change.kind.replace('_', ' ')}: {'; '.join(words_of(change.after))}"]
    lines = difference(change.after, change.before)
    return [f"{change.kind.replace('_', ' ')}, {name}: {mine}" for name, mine, _ in lines]
