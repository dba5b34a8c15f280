"""Every change is an edit: a value with what was there before and what is there after.

An edit is applied to what is kept now only if that equals its ``before``; so nothing is overwritten
that the author of the edit had not seen, and undoing is the same edit turned round.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from myomap.records.errors import ConflictError
from myomap.records.values import STANDING, Kind, Value, Visit, VisitRecord, kind_of

Ref: TypeAlias = tuple[Kind, str]

#: The scope of edits that belong to no visit.
PRACTICE_SCOPE = "practice"


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after; None where it is not there."""

    kind: Kind
    id: str
    owner: str
    """The visit it belongs to; a visit's patient; empty for what stands by itself."""
    before: Value | None
    after: Value | None

    @property
    def ref(self) -> Ref:
        """Kind and id."""
        return (self.kind, self.id)

    def reversed(self) -> "Change":
        """Return the change that takes this one back."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that the user makes in one go, with the words that undo shows.

    ``label`` never holds anything about a patient (it is written to the audit).
    Edits with the same non-empty ``gesture`` that follow each other become one for undo.
    """

    label: str
    changes: tuple[Change, ...]
    gesture: str = ""

    @property
    def scope(self) -> str:
        """Where it is undone: in the visit that it changes, else in the practice.

        Starting or removing a visit belongs to the practice, so that undoing what was written in a
        visit stops at its beginning.
        """
        for change in self.changes:
            if change.kind is Kind.VISIT:
                both = change.before is not None and change.after is not None
                return change.id if both else PRACTICE_SCOPE
        for change in self.changes:
            if change.kind not in STANDING:
                return change.owner
        return PRACTICE_SCOPE

    @property
    def refs(self) -> frozenset[Ref]:
        """What it changes."""
        return frozenset(change.ref for change in self.changes)

    def reversed(self) -> "Edit":
        """Return the edit that takes this one back."""
        return replace(self, changes=tuple(change.reversed() for change in reversed(self.changes)))

    def apply(self, state: Mapping[Ref, Value]) -> dict[Ref, Value]:
        """Return the state after; raise ConflictError if the state is not as the edit expects."""
        new = dict(state)
        for change in self.changes:
            held = new.get(change.ref)
            if held != change.before:
                raise ConflictError(
                    change.kind, change.id, base=change.before, mine=change.after, theirs=held
                )
            if change.after is None:
                new.pop(change.ref, None)
            else:
                new[change.ref] = change.after
        return new

    def revert(self, state: Mapping[Ref, Value]) -> dict[Ref, Value]:
        """Return the state before; raise ConflictError if the state is not as the edit left it."""
        return self.reversed().apply(state)

    def apply_to(self, record: VisitRecord) -> VisitRecord:
        """Return a visit's record after the edit (changes of other things are passed over)."""
        for change in self.changes:
            if change.kind is Kind.VISIT or change.owner == record.visit.id:
                if change.after is not None:
                    record = record.put(change.after)
                elif change.kind is not Kind.VISIT:
                    record = record.without(change.kind, change.id)
        return record

    def merged(self, later: "Edit") -> "Edit":
        """Return one edit that does this one and then the later one."""
        merged: dict[Ref, Change] = {}
        for change in (*self.changes, *later.changes):
            earlier = merged.get(change.ref)
            merged[change.ref] = replace(earlier, after=change.after) if earlier else change
        return replace(self, label=later.label, changes=tuple(merged.values()))


def _change(owner: str, before: Value | None, after: Value | None) -> Change:
    given = after if after is not None else before
    if given is None:
        raise ValueError("a change needs a value before or after")
    if isinstance(given, Visit):
        owner = given.patient
    elif kind_of(given) in STANDING:
        owner = ""
    elif not owner:
        raise ValueError(f"a {kind_of(given)} belongs to a visit")
    return Change(kind_of(given), given.id, owner, before, after)


def add(value: Value, *, visit: str = "", label: str = "", gesture: str = "") -> Edit:
    """Make the edit that adds a value (to a visit, unless it stands by itself)."""
    change = _change(visit, None, value)
    return Edit(label or f"Add {_spoken(change.kind)}", (change,), gesture)


def remove(value: Value, *, visit: str = "", label: str = "") -> Edit:
    """Make the edit that takes a value away."""
    change = _change(visit, value, None)
    return Edit(label or f"Remove {_spoken(change.kind)}", (change,))


def change(
    before: Value | None, after: Value, *, visit: str = "", label: str = "", gesture: str = ""
) -> Edit:
    """Make the edit that puts ``after`` in place of ``before`` (None: it was not there yet)."""
    if before is not None and (before.id != after.id or type(before) is not type(after)):
        raise ValueError("before and after are not the same thing")
    made = _change(visit, before, after)
    return Edit(label or f"Change {_spoken(made.kind)}", (made,), gesture)


def together(label: str, edits: Iterable[Edit], gesture: str = "") -> Edit:
    """Make one edit of several."""
    return Edit(label, tuple(change for edit in edits for change in edit.changes), gesture)


def keep_mine(edit: Edit, conflict: ConflictError) -> Edit:
    """Return the edit once more, knowing what the other had put there: the user chose their own."""
    return replace(
        edit,
        changes=tuple(
            replace(each, before=conflict.theirs) if each.ref == (conflict.kind, conflict.id) else each
            for each in edit.changes
        ),
    )


def _spoken(kind: Kind) -> str:
    return {
        Kind.PAIN_SCORE: "pain score",
        Kind.RANGE_OF_MOTION: "range of motion",
        Kind.PRESSURE_THRESHOLD: "pressure threshold",
        Kind.WIDESPREAD_PAIN: "widespread pain",
        Kind.ADVERSE_EVENT: "adverse event",
        Kind.FOLLOW_UP: "follow-up",
        Kind.STROKE: "pen stroke",
        Kind.DRAWING: "pain drawing",
        Kind.SETTINGS: "practice settings",
    }.get(kind, kind.value)


__all__ = [
    "PRACTICE_SCOPE",
    "Change",
    "Edit",
    "Ref",
    "add",
    "change",
    "keep_mine",
    "remove",
    "together",
]
