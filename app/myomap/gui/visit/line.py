"""The changes of one visit that are on their way, in order. Filled by the window, worked off in the practice's thread.

Each visit has its own line: what is stuck in one (full disk, somebody else's change) never holds up another,
and undo can only ever reach the visit in which it was asked for. Each step is its author's: what had to wait is
saved as theirs, whoever is signed in by then.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from myomap.gui.visit.merging import both, rebased
from myomap.records.edits import Edit, Ref, keep_mine
from myomap.records.errors import ConflictError, LockedError
from myomap.records.practice import Applied, Practice
from myomap.records.values import Value, VisitRecord
from myomap.records.waiting import Author, Step, Turn, WaitingVisit

#: So many changes are remembered, to bring a record up to date that was read while they were made.
_REMEMBERED = 512


class Line:
    """What waits, and what has been done. Every method may be called from both threads."""

    def __init__(self, visit: str, patient: str, practice: str) -> None:
        """Take the ids of the visit, its patient, and the practice in which alone it can be saved."""
        self.visit, self.patient, self.practice = visit, patient, practice
        self.aside: list[tuple[Step, Exception]] = []
        """What could never be kept, and why."""
        self.conflict: ConflictError | None = None
        self.trouble = ""
        self.stuck: Exception | None = None
        """Why the first step could not be carried out; nothing is tried until it is settled."""
        self._steps: deque[Step] = deque()
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
            return bool(self._steps) and isinstance(self._steps[0].deed, Turn)

    def add(self, deed: Edit | Turn, author: Author) -> None:
        """Put a change at the end."""
        with self._guard:
            self._steps.append(Step(deed, author, datetime.now().astimezone()))

    def put_first(self, steps: Sequence[Step]) -> None:
        """Put what an earlier run of the program could not save before everything else.

        A choice that is open is met again after it. What was done here since is not what these knew: it is asked about.
        """
        with self._guard:
            self._steps.extendleft(reversed(steps))
            self.conflict = self.stuck = None
            self._own.clear()
            self._rebased = True  # it may lie open: what is shown lacks these

    def waiting(self) -> tuple[Step, ...]:
        """Return what is not kept yet, the oldest first."""
        with self._guard:
            return tuple(self._steps)

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
            for edit in (*later, *self._edits()):
                record = edit.apply_to(record)
        return record

    def _edits(self) -> list[Edit]:
        return [step.deed for step in self._steps if isinstance(step.deed, Edit)]

    def stop_at(self, conflict: ConflictError) -> None:
        """Wait for somebody's choice. Undo that stands behind it is given up: nobody knows any more what it meant."""
        with self._guard:
            self.conflict = conflict
            self._steps = deque(step for step in self._steps if isinstance(step.deed, Edit))

    # -- settling a conflict -------------------------------------------------------------------
    def mine(self, conflict: ConflictError) -> Value | None:
        """Return what stands here now of the thing in conflict, later changes included."""
        ref, latest = (conflict.kind, conflict.id), conflict.mine
        with self._guard:
            for edit in self._edits():
                for change in edit.changes:
                    if change.ref == ref:
                        latest = change.after
        return latest

    def keep_mine(self, author: Author) -> Value | None:
        """Settle: what was done here counts. Each settling returns what counts from now on.

        What replaces the other's is the change of who chooses.
        """
        with self._guard:
            conflict, self.conflict = self.conflict, None
            assert conflict is not None
            if self._steps and isinstance(deed := self._steps[0].deed, Edit):
                self._steps[0] = replace(self._steps[0], deed=keep_mine(deed, conflict), author=author)
            return self.mine(conflict)

    def keep_both(self, author: Author) -> Value | None:
        """Settle: one value with both; mine where there can be no such."""
        with self._guard:
            conflict = self.conflict
            assert conflict is not None
            conflict.mine = self.mine(conflict)
            merged = both(conflict.base, conflict.mine, conflict.theirs)
            if merged is None or not self._steps or not isinstance(deed := self._steps[0].deed, Edit):
                return self.keep_mine(author)
            self.conflict = None
            ref = (conflict.kind, conflict.id)
            settled = keep_mine(deed, conflict)
            changes = tuple(replace(c, after=merged) if c.ref == ref else c for c in settled.changes)
            first = replace(self._steps[0], deed=replace(settled, changes=changes), author=author)
            # what came later to the same thing is in the merged value already
            rest = [_without(step, ref) for step in list(self._steps)[1:]]
            self._steps = deque([first, *(step for step in rest if step is not None)])
            self._rebased = True
            return merged

    def take_theirs(self, _author: Author) -> Value | None:
        """Settle: what the other did counts; later changes of the same thing are dropped, others stay."""
        with self._guard:
            conflict, self.conflict = self.conflict, None
            assert conflict is not None
            rest = [_without(step, (conflict.kind, conflict.id)) for step in self._steps]
            self._steps = deque(step for step in rest if step is not None)
            self._rebased = True
            return conflict.theirs

    def lay_aside(self, error: Exception) -> Edit | Turn | None:
        """Take the first step out: it can never be carried out. Its words are kept until somebody has read them."""
        with self._guard:
            self._rebased = True
            step = self._steps.popleft() if self._steps else None
            if step is not None and isinstance(step.deed, Edit):
                self.aside.append((step, error))
            return step.deed if step is not None else None

    def to_keep(self) -> WaitingVisit:
        """Return everything that is not in the records, to be kept elsewhere meanwhile."""
        with self._guard:
            steps = (*(step for step, _ in self.aside), *self._steps)
        return WaitingVisit(self.visit, self.patient, steps)

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
                if (
                    not self._was_saved(practice, step)
                    and not self._rebase(step, conflict)
                    and self._stop(step, conflict)
                ):
                    raise
            except LockedError:
                raise  # the line waits for the passphrase
            except Exception as error:
                if self._stop(step, error):
                    raise

    def _stop(self, step: Step, error: Exception) -> bool:
        """Stop at a step; False where others were put before it meanwhile: it is tried again after them."""
        with self._guard:
            if self._steps[0] is not step:
                return False
            self.stuck = error
            return True

    def _carry_out(self, practice: Practice, step: Step) -> None:
        actor, deed, applied = practice.actor, step.deed, None
        waited = step.author.id and (actor is None or actor.id != step.author.id)
        by = {"by": step.author.id} if waited else {}
        if isinstance(deed, Edit):
            done: Edit | None = practice.apply(deed, **by).edit
        else:
            applied = practice.undo(self.visit, **by) if deed.back else practice.redo(self.visit, **by)
            done = applied.edit if applied is not None else None
        with self._guard:
            if applied is not None:
                self._turned.append(applied)
            self._note(step, done)

    def _place_of(self, step: Step) -> int:
        return next(at for at, each in enumerate(self._steps) if each is step)

    def _note(self, step: Step, done: Edit | None) -> None:
        """Take a step out: it is done. It was the first when it was begun."""
        with self._guard:
            del self._steps[self._place_of(step)]
            if done is not None:
                self._done.append(done)
                self._count += 1
                for change in done.changes:
                    self._own[change.ref] = change.after

    def _was_saved(self, practice: Practice, step: Step) -> bool:
        """Tell whether a change that is tried once more had been saved after all.

        A server can hang up, or a disk fail, after it has written and before it has said so.
        """
        deed = step.deed
        if not isinstance(deed, Edit):
            return False
        if any(practice.current(c.kind, c.id, c.owner) != c.after for c in deed.changes):
            return False
        self._note(step, deed)
        return True

    def _rebase(self, step: Step, conflict: ConflictError) -> bool:
        """Put a change on top of what was done here before it; False if somebody else came between.

        It happens when somebody types on while undo is still on its way.
        """
        ref, deed = (conflict.kind, conflict.id), step.deed
        if not isinstance(deed, Edit) or ref not in self._own or self._own[ref] != conflict.theirs:
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
                for change in deed.changes
            )
            self._steps[self._place_of(step)] = replace(step, deed=replace(deed, changes=changes))
            self._rebased = True
        return True


@dataclass(frozen=True, slots=True)
class Waiting:
    """What could not be saved yet, without a word of it."""

    changes: int
    names: tuple[str, ...]
    """Who made them."""
    since: datetime
    why: str

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "Waiting | None":
        """Return what waits in these lines, None if nothing does."""
        held = [line for line in lines if not line.empty]
        steps = sorted((step for line in held for step in line.waiting()), key=lambda step: step.since)
        if not steps:
            return None
        names = tuple(dict.fromkeys(step.author.name for step in steps if step.author.name))
        why = next((line.trouble for line in held if line.trouble), "")
        return cls(len(steps), names, steps[0].since, why)


def _without(step: Step, ref: Ref) -> Step | None:
    """Return a step without what it does to one thing, None if that was all."""
    deed = step.deed
    if isinstance(deed, Turn) or ref not in deed.refs:
        return step
    left = tuple(change for change in deed.changes if change.ref != ref)
    return replace(step, deed=replace(deed, changes=left)) if left else None
