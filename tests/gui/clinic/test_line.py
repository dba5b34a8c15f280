"""The line of a visit, where what an ended program left is taken up while other changes are on their way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from myomap.gui.practice.session import Session
from myomap.gui.visit.line import Line
from myomap.gui.visit.lines import Lines
from myomap.records.edits import Edit, Ref, add, change
from myomap.records.errors import ConflictError
from myomap.records.practice import Applied, Practice
from myomap.records.values import Kind, Note, NoteSection, Value
from myomap.records.waiting import Author, Step

ME = Author("me", "Test Clinician")
TOLD, FELT = Note("1", NoteSection.TOLD, "told"), Note("2", NoteSection.TOLD, "felt")


class Records:
    """The values of one visit; what must be done before a change is carried out can be said."""

    actor = None

    def __init__(self, *held: Note) -> None:
        self.held: dict[Ref, Value] = {(Kind.NOTE, each.id): each for each in held}
        self.done: list[Edit] = []
        self.before: Callable[[], object] = lambda: None

    def current(self, kind: Kind, id: str, _owner: str = "") -> Value | None:
        return self.held.get((kind, id))

    def apply(self, edit: Edit, **_by: Any) -> Applied:
        before, self.before = self.before, lambda: None
        before()
        for each in edit.changes:
            if (there := self.held.get(each.ref)) != each.before:
                raise ConflictError(each.kind, each.id, base=each.before, mine=each.after, theirs=there)
        for each in edit.changes:
            if each.after is not None:
                self.held[each.ref] = each.after
        self.done.append(edit)
        return Applied(edit, edit.refs)

    def words(self, note: Note) -> str:
        return cast(Note, self.held[(Kind.NOTE, note.id)]).text


def _step(edit: Edit) -> Step:
    return Step(edit, ME, datetime.now(UTC))


def _more(note: Note, words: str) -> Edit:
    return change(note, replace(note, text=words), visit="v")


def _work(line: Line, records: Records) -> None:
    line.work(cast(Practice, records))


def _line(*edits: Edit) -> Line:
    line = Line("v", "p", "practice")
    for edit in edits:
        line.add(edit, ME)
    return line


def test_what_is_taken_up_while_another_change_is_being_saved_is_neither_lost_nor_is_that_saved_twice() -> (
    None
):
    records, line = Records(), _line(add(TOLD, visit="v"))
    records.before = lambda: line.put_first([_step(add(FELT, visit="v"))])
    _work(line, records)
    assert [each.changes[0].id for each in records.done] == [TOLD.id, FELT.id]
    assert line.empty


def test_a_change_that_meets_somebody_elses_while_others_are_put_before_it_is_met_again_after_them() -> None:
    records, line = Records(replace(TOLD, text="by another")), _line(_more(TOLD, "mine"))
    records.before = lambda: line.put_first([_step(add(FELT, visit="v"))])
    with pytest.raises(ConflictError) as met:
        _work(line, records)
    assert records.words(FELT) == "felt"
    line.stop_at(met.value)
    line.keep_mine(ME)
    line.stuck = None
    _work(line, records)
    assert records.words(TOLD) == "mine"
    assert line.empty


def test_a_choice_that_is_open_is_asked_again_after_what_is_taken_up_and_nothing_of_it_is_lost() -> None:
    records, line = Records(replace(TOLD, text="by another")), _line(_more(TOLD, "mine"))
    with pytest.raises(ConflictError) as met:
        _work(line, records)
    line.stop_at(met.value)
    line.put_first([_step(add(FELT, visit="v"))])
    assert line.conflict is None
    line.stuck = None
    with pytest.raises(ConflictError) as again:
        _work(line, records)
    line.stop_at(again.value)
    line.keep_both(ME)
    line.stuck = None
    _work(line, records)
    assert records.words(FELT) == "felt"
    assert {"mine", "by another"} <= set(records.words(TOLD).split(" / "))


def test_what_is_taken_up_never_replaces_in_silence_what_was_typed_here_since() -> None:
    records, line = Records(TOLD), _line(_more(TOLD, "told anew"))
    _work(line, records)
    line.put_first([_step(_more(TOLD, "told before the program ended"))])
    with pytest.raises(ConflictError):
        _work(line, records)
    assert records.words(TOLD) == "told anew"


def test_with_another_practice_open_nobody_is_sent_to_a_visit_that_is_not_there() -> None:
    line = _line(add(TOLD, visit="v"))
    line.stop_at(ConflictError(Kind.NOTE, TOLD.id, base=None, mine=TOLD, theirs=FELT))
    for uuid, torn in (("practice", ("v",)), ("another", ())):
        lines = Lines(cast(Session, SimpleNamespace(practice=SimpleNamespace(uuid=uuid), is_open=True)))
        lines._lines["v"] = line
        assert lines.torn == torn
        assert bool(lines.elsewhere) == bool(torn)
