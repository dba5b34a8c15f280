"""The plan: exercises for the muscles that were treated, advice, next visit; and the notes."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from myomap.anatomy.knowledge import Exercise
from myomap.gui.columns import Hints
from myomap.gui.forms import DateLine, Field, Fold, LineEntry, TextEntry, number_or_none
from myomap.gui.parts import Card, chip, column, label, link, row, wrapped
from myomap.gui.visit.step import Bench, Step
from myomap.records.edits import Ref, add, change, remove, together
from myomap.records.values import (
    Kind,
    Note,
    NoteSection,
    Plan,
    PlannedExercise,
    VisitRecord,
    new_id,
    single_id,
)

SECTIONS = (
    (NoteSection.TOLD, "What the patient tells"),
    (NoteSection.EXAMINED, "Examination"),
    (NoteSection.ASSESSED, "Assessment"),
    (NoteSection.DONE, "What else was done"),
    (NoteSection.OTHER, "Other notes"),
)
ADVICE = (
    "Keep moving as usual.",
    "Warmth for ten minutes in the evening.",
    "Soreness for a day or two is normal.",
    "No hard training today.",
)
_DOSES = (
    ("sets", "Sets"),
    ("repetitions", "Times"),
    ("hold_s", "Hold, s"),
    ("times_a_day", "A day"),
    ("days", "Days"),
)


class ExerciseCard(Card):
    """An exercise that the patient takes home, with its dose."""

    def __init__(self, bench: Bench, planned: PlannedExercise) -> None:
        super().__init__()
        self.bench, self.planned = bench, planned
        known = bench.context.open_atlas().exercises.get(planned.exercise)
        head = row(gap=8)
        head.addWidget(label(planned.words, "strong"), 1)
        drop = link("Remove", self._drop)
        drop.setAccessibleName(f"Remove {planned.words}")
        head.addWidget(drop, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.carried = chip("From the last visit", "recalled")
        self.reviewed = QPushButton("Still right")
        self.reviewed.setAccessibleName(f"Still right: {planned.words}")
        self.reviewed.clicked.connect(lambda: self._put(carried=False))
        self.carried_row = QWidget()
        self.carried_row.setLayout(row(self.carried, None, self.reviewed))
        self.body.addWidget(self.carried_row)
        if known is not None and known.dose:
            self.body.addWidget(label(f"Usual: {known.dose}", "small"))
        self.doses: dict[str, LineEntry] = {}
        parts = []
        for field, words in _DOSES:
            entry = LineEntry(f"{words}, {planned.words}", width=58)
            entry.typed.connect(partial(self._on_dose, field))
            self.doses[field] = entry
            part = QWidget()
            inside = column(part, gap=1)
            inside.addWidget(label(words, "small", wrap=False))
            inside.addWidget(entry)
            parts.append(part)
        self.body.addLayout(wrapped(*parts))
        self.problem = label("", "problem")
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.show_planned(planned)

    def _on_dose(self, field: str, text: str) -> None:
        try:
            value = number_or_none(text)
            if value is not None and value != int(value):
                raise ValueError("A dose is a whole number.")
        except ValueError as error:
            self._say(str(error))
            return
        self._put(**{field: None if value is None else int(value)})

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _put(self, **fields: Any) -> None:
        after = replace(self.planned, **{"carried": False, **fields})
        problems = self.bench.desk.do(
            change(self.planned, after, visit=self.bench.record.visit.id, label="Change exercise")
        )
        if problems:
            self._say(" ".join(p.sentence for p in problems))

    def _drop(self) -> None:
        self.bench.desk.do(remove(self.planned, visit=self.bench.record.visit.id, label="Remove exercise"))

    def show_planned(self, planned: PlannedExercise) -> None:
        """Show what is kept now."""
        self.planned = planned
        for field, entry in self.doses.items():
            value = getattr(planned, field)
            entry.show_text("" if value is None else str(value))
        if not any(entry.unkept for entry in self.doses.values()):
            self._say("")
        self.carried_row.setVisible(planned.carried)


class PlanStep(Step):
    """What comes next."""

    key, title = "plan", "Plan and notes"

    def build(self, lines: QVBoxLayout) -> None:
        lines.addWidget(label("Exercises for the muscles treated", "heading"))
        self.none = label("Exercises are suggested once there is a finding or a needling.", "muted")
        self.offers = column(gap=2)
        self.cards: dict[str, ExerciseCard] = {}
        self.boxes: dict[str, QCheckBox] = {}
        self.list = column(gap=8)
        lines.addWidget(self.none)
        lines.addLayout(self.offers)
        lines.addLayout(self.list)
        self.own = LineEntry(
            "Exercise in own words", hint="Another exercise in your own words, then Enter", draft=True
        )
        Hints(self.own, "Another exercise in your own words, then Enter", "Another exercise, then Enter")
        self.own.returnPressed.connect(self._add_own)
        lines.addWidget(self.own)
        lines.addWidget(label("Advice", "heading"))
        self.advice = TextEntry("Advice", hint="What the patient should do and know", lines=2)
        self.advice.typed.connect(lambda text: self._put_plan("advice", advice=text))
        lines.addWidget(self.advice)
        self.plan_carried = QPushButton("From the last visit: still right")
        self.plan_carried.clicked.connect(lambda: self._put_plan("", carried=False))
        lines.addWidget(self.plan_carried)
        lines.addWidget(Fold("Ready sentences", self._build_sentences))
        self.next = DateLine(name="Next visit")
        self.next.setPlaceholderText("year-month-day")
        self.next_field = Field("Next visit", self.next)
        self.next.typed.connect(lambda _: self._on_next())
        choose = row(gap=4)
        for days, words in ((7, "In 1 week"), (14, "In 2 weeks"), (28, "In 4 weeks")):
            button = QPushButton(words)
            button.clicked.connect(partial(self._next_in, days))
            choose.addWidget(button)
        choose.addStretch(1)
        lines.addWidget(self.next_field)
        lines.addLayout(choose)
        lines.addWidget(label("Notes", "heading"))
        self.notes: dict[NoteSection, TextEntry] = {}
        self._add_note(NoteSection.OTHER, "Notes", lines)
        lines.addWidget(Fold("Notes by section, goals", self._build_notes, open=self._has_sections()))

    def _has_sections(self) -> bool:
        record = self.bench.record
        goals = record.plan is not None and bool(record.plan.goals)
        return goals or any(n.section is not NoteSection.OTHER for n in record.notes)

    def _build_sentences(self, lines: QVBoxLayout) -> None:
        for sentence in ADVICE:
            lines.addWidget(link(f"+ {sentence}", partial(self._add_sentence, sentence)))

    def _add_sentence(self, sentence: str) -> None:
        self.advice.flush()
        held = self.bench.record.plan.advice if self.bench.record.plan else ""
        if sentence not in held:
            self._put_plan("", advice=f"{held}\n{sentence}".strip())

    def _build_notes(self, lines: QVBoxLayout) -> None:
        for section, words in SECTIONS[:-1]:
            self._add_note(section, words, lines)
        self.goals = TextEntry("Goals", hint="Goals: what the patient wants to do again", lines=1)
        self.goals.typed.connect(lambda text: self._put_plan("goals", goals=text))
        lines.addWidget(self.goals)
        self._show_notes()

    def _add_note(self, section: NoteSection, words: str, lines: QVBoxLayout) -> None:
        entry = TextEntry(words, hint=words, lines=2)
        entry.typed.connect(partial(self._on_note, section))
        self.notes[section] = entry
        lines.addWidget(entry)

    # -- changing ------------------------------------------------------------------------------
    def _put_plan(self, gesture: str, **fields: Any) -> tuple[str, ...]:
        record = self.bench.record
        held = record.plan
        base = held or Plan(single_id(record.visit.id, Kind.PLAN))
        after = replace(base, **{"carried": False, **fields})
        if after == held:
            return ()
        key = f"plan.{gesture}" if gesture else ""
        problems = self.bench.desk.do(
            change(held, after, visit=record.visit.id, label="Change plan", gesture=key)
        )
        return tuple(p.sentence for p in problems)

    def _on_next(self) -> None:
        try:
            day = self.next.value()
        except ValueError as error:
            self.next_field.show_problem(str(error))
            return
        self._set_next(day)

    def _set_next(self, day: date | None) -> None:
        held = self.bench.record.plan
        if (held.next_visit if held else None) == day:
            self.next_field.show_problem("")
            self.next.begin(day.isoformat() if day else "")
            return
        self.next_field.show_problem(" ".join(self._put_plan("", next_visit=day)))

    def _next_in(self, days: int) -> None:
        self.next.begin("")
        self._set_next(date.today() + timedelta(days=days))

    def _on_note(self, section: NoteSection, text: str) -> None:
        record = self.bench.record
        notes = [n for n in record.notes if n.section is section]
        held, others = (notes[0] if notes else None), notes[1:]
        visit = record.visit.id
        if held is not None and not text:
            taken = [remove(note, visit=visit) for note in (held, *others)]
            self.bench.desk.do(together("Remove note", taken))
        elif held is not None and others:  # two windows had each begun one: now it is one
            joined = change(held, replace(held, text=text), visit=visit)
            self.bench.desk.do(together("Note", [joined, *(remove(n, visit=visit) for n in others)]))
        elif held is not None:
            self.bench.desk.do(
                change(held, replace(held, text=text), visit=visit, label="Note", gesture=f"note.{held.id}")
            )
        elif text:
            made = Note(single_id(visit, Kind.NOTE, section), section, text)
            self.bench.desk.do(add(made, visit=visit, label="Note", gesture=f"note.{made.id}"))

    def _add_own(self) -> None:
        words = self.own.text().strip()
        if words:
            self.own.begin("")
            made = PlannedExercise(new_id(), "", words)
            self.bench.desk.do(add(made, visit=self.bench.record.visit.id, label="Add exercise"))

    def _on_ticked(self, exercise: Exercise, on: bool) -> None:
        record = self.bench.record
        held = next((e for e in record.exercises if e.exercise == exercise.id), None)
        if on and held is None:
            made = PlannedExercise(new_id(), exercise.id, exercise.name)
            self.bench.desk.do(add(made, visit=record.visit.id, label="Add exercise"))
        elif not on and held is not None:
            self.bench.desk.do(remove(held, visit=record.visit.id, label="Remove exercise"))

    # -- what is shown -------------------------------------------------------------------------
    def suggested(self) -> list[Exercise]:
        """Return the atlas's exercises for the muscles needled, then those found."""
        record, atlas = self.bench.record, self.bench.context.open_atlas()
        muscles = dict.fromkeys(
            [n.site.muscle for n in record.needlings] + [f.site.muscle for f in record.findings]
        )
        found: dict[str, Exercise] = {}
        for muscle in muscles:
            for exercise in atlas.exercises.values():
                if muscle in exercise.muscles:
                    found.setdefault(exercise.id, exercise)
        return list(found.values())

    def _show_offers(self) -> None:
        wanted = {e.id: e for e in self.suggested()}
        planned = {e.exercise for e in self.bench.record.exercises}
        for id in [id for id in self.boxes if id not in wanted]:
            box = self.boxes.pop(id)
            self.offers.removeWidget(box)
            box.hide()
            box.deleteLater()
        for id, exercise in wanted.items():
            if id not in self.boxes:
                box = QCheckBox(f"{exercise.name}  ({exercise.kind})")
                box.setToolTip(f"{exercise.how}\n{exercise.caution}".strip())
                box.clicked.connect(lambda on=False, exercise=exercise: self._on_ticked(exercise, on))
                self.boxes[id] = box
                self.offers.addWidget(box)
            self.boxes[id].setChecked(id in planned)
            self.boxes[id].setEnabled(not self.bench.desk.signed)
        self.none.setVisible(not wanted and not planned)

    def _show_notes(self) -> None:
        record = self.bench.record
        for section, entry in self.notes.items():
            entry.show_text("\n".join(n.text for n in record.notes if n.section is section))
            entry.setEnabled(not self.bench.desk.signed)
        if hasattr(self, "goals"):
            self.goals.show_text(record.plan.goals if record.plan else "")

    def refresh(self, refs: frozenset[Ref]) -> None:
        record = self.bench.record
        self._show_offers()
        kept = {e.id for e in record.exercises}
        for id in [id for id in self.cards if id not in kept]:
            card = self.cards.pop(id)
            self.list.removeWidget(card)
            card.hide()
            card.deleteLater()
        for at, planned in enumerate(record.exercises):
            held = self.cards.get(planned.id)
            if held is None:
                held = self.cards[planned.id] = ExerciseCard(self.bench, planned)
                self.list.insertWidget(at, held)
            else:
                held.show_planned(planned)
        plan = record.plan
        self.advice.show_text(plan.advice if plan else "")
        self.plan_carried.setVisible(plan is not None and plan.carried)
        self.next.show_text(plan.next_visit.isoformat() if plan and plan.next_visit else "")
        if not self.next.unkept:
            self.next_field.show_problem("")
        self._show_notes()
        for part in (self.advice, self.next, self.own, *self.cards.values()):
            part.setEnabled(not self.bench.desk.signed)

    def forget(self) -> None:
        super().forget()
        if hasattr(self, "goals"):
            del self.goals

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        parts = []
        if record.exercises:
            parts.append(f"{len(record.exercises)} exercise{'s' if len(record.exercises) > 1 else ''}")
        if record.plan is not None and record.plan.advice:
            parts.append("advice")
        if record.plan is not None and record.plan.next_visit:
            parts.append(f"next {record.plan.next_visit.isoformat()}")
        if record.notes:
            parts.append("notes")
        return ", ".join(parts), bool(parts)
