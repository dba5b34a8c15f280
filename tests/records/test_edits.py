"""Edits: what was there before and after, turned round, merged, refused when stale."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myomap.records.edits import PRACTICE_SCOPE, add, change, keep_mine, remove, together
from myomap.records.errors import ConflictError
from myomap.records.values import Kind, Note, NoteSection, Patient, Value, Visit, VisitRecord

NOTE = Note("n", NoteSection.TOLD, "first")


def test_an_edit_and_its_reverse_leave_the_state_as_it_was() -> None:
    edit = together("Both", [add(NOTE, visit="v"), change(NOTE, replace(NOTE, text="second"), visit="v")])
    after = edit.apply({})
    assert after == {(Kind.NOTE, "n"): replace(NOTE, text="second")}
    assert edit.revert(after) == {}


def test_a_stale_state_is_refused_untouched() -> None:
    edit = change(NOTE, replace(NOTE, text="mine"), visit="v")
    state: dict[tuple[Kind, str], Value] = {(Kind.NOTE, "n"): replace(NOTE, text="theirs")}
    with pytest.raises(ConflictError):
        edit.apply(state)
    with pytest.raises(ConflictError):
        edit.revert(state)
    assert state == {(Kind.NOTE, "n"): replace(NOTE, text="theirs")}


def test_keeping_mine_rebases_the_edit_on_theirs() -> None:
    edit = change(NOTE, replace(NOTE, text="mine"), visit="v")
    state: dict[tuple[Kind, str], Value] = {(Kind.NOTE, "n"): replace(NOTE, text="theirs")}
    with pytest.raises(ConflictError) as caught:
        edit.apply(state)
    assert keep_mine(edit, caught.value).apply(state)[(Kind.NOTE, "n")] == replace(NOTE, text="mine")


def test_scopes_say_where_an_edit_is_undone() -> None:
    visit = Visit("v", "p", date(2026, 1, 5))
    assert add(NOTE, visit="v").scope == "v"
    assert change(visit, replace(visit, reason="x")).scope == "v"
    assert add(visit).scope == PRACTICE_SCOPE
    assert together("Start", [add(visit), add(NOTE, visit="v")]).scope == PRACTICE_SCOPE
    assert add(Patient("p", "A")).scope == PRACTICE_SCOPE


def test_what_belongs_to_a_visit_must_say_to_which() -> None:
    with pytest.raises(ValueError, match="belongs to a visit"):
        add(NOTE)
    with pytest.raises(ValueError, match="same thing"):
        change(NOTE, replace(NOTE, id="other"), visit="v")


_texts = st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=8)


@settings(max_examples=50)
@given(_texts)
def test_merged_edits_do_what_they_do_one_after_the_other(texts: list[str]) -> None:
    values = [Note("n", NoteSection.TOLD, text) for text in texts]
    edits = [change(a, b, visit="v") for a, b in zip([None, *values], values, strict=False)]
    merged = edits[0]
    for edit in edits[1:]:
        merged = merged.merged(edit)
    assert len(merged.changes) == 1
    assert merged.apply({}) == {(Kind.NOTE, "n"): values[-1]}
    assert merged.revert(merged.apply({})) == {}


def test_a_visit_on_the_screen_follows_its_edits() -> None:
    visit = Visit("v", "p", date(2026, 1, 5))
    record = VisitRecord(visit)
    there = add(NOTE, visit="v").apply_to(record)
    assert there.notes == (NOTE,)
    assert add(NOTE, visit="w").apply_to(record) == record
    assert remove(NOTE, visit="v").apply_to(there) == record
    assert change(visit, replace(visit, reason="x")).apply_to(record).visit.reason == "x"
