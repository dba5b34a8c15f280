"""Undo and redo of every kind of edit, as a state machine against a plain dictionary."""

import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from myomap.records.demo import demo_patient, demo_values
from myomap.records.edits import PRACTICE_SCOPE, Edit, Ref, add, change, remove, together
from myomap.records.errors import ConflictError
from myomap.records.values import Patient, Value, VisitRecord, kind_of, new_id
from myomap.store.memory_practice import memory_practice

_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


def _changed(value: Any, words: str) -> Value:
    """Return a value that differs in its words, whatever kind it is."""
    for name in (
        "note",
        "text",
        "words",
        "advice",
        "reaction",
        "about",
        "decision",
        "remarks",
        "referred_to",
    ):
        if hasattr(value, name) and name != "site":
            return replace(value, **{name: (getattr(value, name) or "x") + words})
    if hasattr(value, "degrees"):
        return replace(value, degrees=(value.degrees + 1) % 90)
    if hasattr(value, "intensity"):
        return replace(value, intensity=None if value.intensity == 9 else ((value.intensity or 0) + 1) % 11)
    if hasattr(value, "wpi"):
        return replace(value, wpi=(value.wpi + 1) % 20)
    return replace(value, painful=True) if hasattr(value, "painful") else value


class Undoing(RuleBasedStateMachine):
    """A practice beside a model: two dictionaries and two stacks a scope."""

    @initialize()
    def start(self) -> None:
        self.practice = memory_practice()
        self.patient = demo_patient()
        self.practice.apply(add(self.patient))
        self.visit = self.practice.new_visit(self.patient.id)
        self.scope = self.visit.visit.id
        self.practice.undo_label(self.scope)
        self.state: dict[Ref, Value] = {}
        self.done: list[Edit] = []
        self.undone: list[Edit] = []
        self.people: dict[Ref, Value] = {}

    def teardown(self) -> None:
        if hasattr(self, "practice"):
            self.practice.close()

    def _apply(self, edit: Edit) -> None:
        self.practice.apply(edit)
        self.state = edit.apply(self.state)
        last = self.done[-1] if self.done else None
        if edit.gesture and last is not None and last.gesture == edit.gesture and not self.undone:
            self.done[-1] = replace(last.merged(edit), gesture=edit.gesture)
        else:
            self.done.append(edit)
        self.undone.clear()

    @rule(which=st.integers(0, 40), gesture=st.sampled_from(["", "", "g1", "g2"]))
    def add_value(self, which: int, gesture: str) -> None:
        values = demo_values(self.scope)
        value = values[which % len(values)]
        if (kind_of(value), value.id) not in self.state:
            self._apply(add(value, visit=self.scope, gesture=gesture))

    @precondition(lambda self: self.state)
    @rule(which=st.integers(0, 100), words=_WORDS, gesture=st.sampled_from(["", "g1", "g2"]))
    def change_value(self, which: int, words: str, gesture: str) -> None:
        value = list(self.state.values())[which % len(self.state)]
        self._apply(change(value, _changed(value, words), visit=self.scope, gesture=gesture))

    @precondition(lambda self: self.state)
    @rule(which=st.integers(0, 100))
    def remove_value(self, which: int) -> None:
        value = list(self.state.values())[which % len(self.state)]
        self._apply(remove(value, visit=self.scope))

    @rule(words=_WORDS)
    def several_at_once(self, words: str) -> None:
        edits = [add(value, visit=self.scope) for value in demo_values(self.scope)[3:8]]
        if self.state:
            value = next(iter(self.state.values()))
            edits.append(change(value, _changed(value, words), visit=self.scope))
        self._apply(together("Several", edits))

    @precondition(lambda self: self.state)
    @rule(which=st.integers(0, 100), words=_WORDS)
    def a_stale_edit_changes_nothing(self, which: int, words: str) -> None:
        value = list(self.state.values())[which % len(self.state)]
        stale = _changed(value, words + "!")
        if stale == value:
            return
        with pytest.raises(ConflictError) as caught:
            self.practice.apply(change(stale, value, visit=self.scope))
        assert caught.value.theirs == value

    @rule()
    def undo(self) -> None:
        if not self.done:
            assert self.practice.undo(self.scope) is None
            return
        applied = self.practice.undo(self.scope)
        assert applied is not None
        edit = self.done.pop()
        assert applied.refs == edit.refs
        self.state = edit.revert(self.state)
        self.undone.append(edit)

    @rule()
    def redo(self) -> None:
        applied = self.practice.redo(self.scope)
        assert (applied is None) == (not self.undone)
        if applied is not None:
            edit = self.undone.pop()
            self.state = edit.apply(self.state)
            self.done.append(edit)

    @rule(words=_WORDS)
    def change_the_patient(self, words: str) -> None:
        new = replace(self.patient, remarks=words, id=self.patient.id)
        if new != self.patient:
            self.practice.apply(change(self.patient, new))
            self.practice.undo(PRACTICE_SCOPE)
            self.practice.redo(PRACTICE_SCOPE)
            self.patient = new

    @rule()
    def add_and_undo_a_patient(self) -> None:
        count = self.practice.count_patients()
        self.practice.apply(add(Patient(new_id(), "Test Patient 02")))
        self.practice.undo(PRACTICE_SCOPE)
        assert self.practice.count_patients() == count

    @invariant()
    def the_practice_holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "practice"):
            return
        record = self.practice.visit(self.scope)
        assert {(kind_of(value), value.id): value for value in record.values()} == self.state
        assert record == VisitRecord.of(record.visit, self.state.values())
        assert self.practice.patient(self.patient.id) == self.patient
        if self.done:
            assert self.practice.undo_label(self.scope) == self.done[-1].label
        else:
            assert self.practice.undo_label(self.scope) == ""
        expected = self.undone[-1].label if self.undone else ""
        assert self.practice.redo_label(self.scope) == expected


TestUndoing = Undoing.TestCase
TestUndoing.settings = settings(
    max_examples=int(os.environ.get("MYOMAP_EXAMPLES", "30")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
