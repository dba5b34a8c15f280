"""The changes of one visit that are on their way, in order. Filled by the window, worked off in the practice's thread.

Each visit has its own line: what is stuck in one (full disk, somebody else's change) never holds up another,
and undo can only ever reach the visit in which it was asked for.
"""

import threading
from collections import deque
from dataclasses import dataclass, replace

from myomap.gui.visit.merging import both, rebased
from myomap.records.edits import Edit, Ref, keep_mine
from myomap.records.errors import ConflictError, LockedError, SaveError
from myomap.records.practice import Applied, Practice
from myomap.records.values import Value, VisitRecord

#: So many changes are remembered, to bring a record up to date that was read while they were made.
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Turn:
    """Undo (back) or redo."""

    back: bool


class Line:
    """What waits, and what has been done. Every method may be called from both threads."""

    def __init__(self, visit: str, by: str, name: str) -> None:
        self.visit, self.by, self.name = visit, by, name
        self.conflict: ConflictError | None = None
        self.trouble = ""
        self.stuck: Exception | None = None
        """Why the first step could not be carried out; nothing is tried until it is settled."""
        self._steps: deque[Edit | Turn] = deque()
        self._done: deque[Edit] = deque(maxlen=_REMEMBERED)
        self._count = 0
        self._own: dict[Ref, Value | None] = {}
        self._turned: list[Applied] = []
        self._rebased = False
        self._guard = threading.RLock()

    # -- in the window -------------------------------------------------------------------------
    @property
    def empty(self) -> bool:
        """Tell whether everything is kept."""
        return not self._steps

    @property
    def turning(self) -> bool:
        """Tell whether undo or redo comes next."""
        with self._guard:
            return bool(self._steps) and isinstance(self._steps[0], Turn)

    def add(self, step: Edit | Turn) -> None:
        """Put a change at the end."""
        with self._guard:
            self._steps.append(step)

    def take_turned(self) -> tuple[list[Applied], bool]:
        """Return what undo and redo did since the last time, and whether the record must be read again."""
        with self._guard:
            turned, self._turned = self._turned, []
            again = self._rebased or (bool(turned) and bool(self._steps))
            self._rebased = False
            return turned, again

    def up_to_date(self, record: VisitRecord, count: int) -> VisitRecord:
        """Return a record that was read after ``count`` changes with all that were made since."""
        with self._guard:
            since = self._count - count
            later = list(self._done)[-since:] if since else []
            for step in (*later, *self._steps):
                if isinstance(step, Edit):
                    record = step.apply_to(record)
        return record

    def stop_at(self, conflict: ConflictError) -> None:
        """Wait for somebody's choice. Undo that stands behind it is given up: nobody knows any more what it meant."""
        with self._guard:
            self.conflict = conflict
            self._steps = deque(step for step in self._steps if isinstance(step, Edit))

    # -- settling a conflict -------------------------------------------------------------------
    def mine(self, conflict: ConflictError) -> Value | None:
        """Return what stands here now of the thing in conflict, later changes included."""
        ref, latest = (conflict.kind, conflict.id), conflict.mine
        with self._guard:
            for step in self._steps:
                if isinstance(step, Edit):
                    for change in step.changes:
                        if change.ref == ref:
                            latest = change.after
        return latest

    def keep_mine(self) -> Value | None:
        """Settle: what was done here counts. Each settling returns what counts from now on."""
        with self._guard:
            conflict, self.conflict = self.conflict, None
            assert conflict is not None
            if self._steps and isinstance(step := self._steps[0], Edit):
                self._steps[0] = keep_mine(step, conflict)
            return self.mine(conflict)

    def keep_both(self) -> Value | None:
        """Settle: one value with both; mine where there can be no such."""
        with self._guard:
            conflict = self.conflict
            assert conflict is not None
            conflict.mine = self.mine(conflict)
            merged = both(conflict.base, conflict.mine, conflict.theirs)
            if merged is None or not self._steps or not isinstance(first := self._steps[0], Edit):
                return self.keep_mine()
            self.conflict = None
            ref = (conflict.kind, conflict.id)
            settled = keep_mine(first, conflict)
            changes = tuple(replace(c, after=merged) if c.ref == ref else c for c in settled.changes)
            # what came later to the same thing is in the merged value already
            rest = [_without(step, ref) for step in list(self._steps)[1:]]
            self._steps = deque([replace(settled, changes=changes), *(s for s in rest if s is not None)])
            self._rebased = True
            return merged

    def take_theirs(self) -> Value | None:
        """Settle: what the other did counts; later changes of the same thing are dropped, others stay."""
        with self._guard:
            conflict, self.conflict = self.conflict, None
            assert conflict is not None
            rest = [_without(step, (conflict.kind, conflict.id)) for step in self._steps]
            self._steps = deque(step for step in rest if step is not None)
            self._rebased = True
            return conflict.theirs

    def drop_first(self) -> Edit | Turn | None:
        """Take the first step out: it can never be carried out."""
        with self._guard:
            self._rebased = True
            return self._steps.popleft() if self._steps else None

    # -- in the practice's thread --------------------------------------------------------------
    def count(self) -> int:
        """Return how many changes have been made; asked in the thread that makes them."""
        with self._guard:
            return self._count

    def work(self, practice: Practice) -> None:
        """Carry out the line in order, stopping at the first step that fails."""
        while True:
            with self._guard:
                if self.stuck is not None or not self._steps:
                    return
                step = self._steps[0]
            try:
                self._carry_out(practice, step)
            except ConflictError as conflict:
                if not self._was_saved(practice, step) and not self._rebase(step, conflict):
                    self.stuck = conflict
                    raise
            except LockedError:
                raise  # the line waits for the passphrase
            except Exception as error:
                self.stuck = error
                raise

    def _carry_out(self, practice: Practice, step: Edit | Turn) -> None:
        actor = practice.actor
        if self.by and (actor is None or actor.id != self.by):
            raise SaveError(
                f"These changes were made by {self.name}.",
                todo=f"They are saved when {self.name} signs in again.",
            )
        if isinstance(step, Edit):
            done: Edit | None = practice.apply(step).edit
        else:
            applied = practice.undo(self.visit) if step.back else practice.redo(self.visit)
            done = applied.edit if applied is not None else None
        with self._guard:
            if isinstance(step, Turn) and applied is not None:
                self._turned.append(applied)
            self._note(done)

    def _note(self, done: Edit | None) -> None:
        """Take the first step out: it is done."""
        with self._guard:
            self._steps.popleft()
            if done is not None:
                self._done.append(done)
                self._count += 1
                for change in done.changes:
                    self._own[change.ref] = change.after

    def _was_saved(self, practice: Practice, step: Edit | Turn) -> bool:
        """Tell whether a change that is tried once more had been saved after all.

        A server can hang up, or a disk fail, after it has written and before it has said so.
        """
        if not isinstance(step, Edit):
            return False
        if any(practice.current(c.kind, c.id, c.owner) != c.after for c in step.changes):
            return False
        self._note(step)
        return True

    def _rebase(self, step: Edit | Turn, conflict: ConflictError) -> bool:
        """Put a change on top of what was done here before it; False if somebody else came between.

        It happens when somebody types on while undo is still on its way.
        """
        ref = (conflict.kind, conflict.id)
        if not isinstance(step, Edit) or ref not in self._own or self._own[ref] != conflict.theirs:
            return False
        with self._guard:
            changes = tuple(
                replace(
                    change,
                    before=conflict.theirs,
                    after=rebased(change.before, change.after, conflict.theirs),
                )
                if change.ref == ref
                else change
                for change in step.changes
            )
            self._steps[0] = replace(step, changes=changes)
            self._rebased = True
        return True


def _without(step: Edit | Turn, ref: Ref) -> Edit | Turn | None:
    """Return a step without what it does to one thing, None if that was all."""
    if isinstance(step, Turn) or ref not in step.refs:
        return step
    left = tuple(change for change in step.changes if change.ref != ref)
    return replace(step, changes=left) if left else None
