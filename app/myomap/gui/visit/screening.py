"""Screening and consent: the atlas's questions, what to do about a yes, and what the patient agreed to."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from myomap.anatomy.knowledge import ScreeningItem
from myomap.gui.forms import Choice, Fold, LineEntry, TextEntry, named
from myomap.gui.parts import chip, column, label, row
from myomap.gui.visit.signature import SignaturePad
from myomap.gui.visit.step import Step
from myomap.records.edits import Ref, change
from myomap.records.values import (
    Answer,
    Consent,
    Kind,
    Screening,
    ScreeningAnswer,
    VisitRecord,
    single_id,
)

_GROUPS = (
    ("red_flag", "Red flags", "danger"),
    ("absolute", "Do not needle if", "danger"),
    ("relative", "Take care if", "caution"),
)
DEFAULT_CONSENT = (
    "I was told what dry needling is, what it may do for me, what else could be done, and what can happen: "
    "soreness for a day or two, a bruise, feeling faint; rarely an injury of a nerve, a vessel or, over the chest, "
    "of the lung. I could ask questions and I may stop at any time. I agree to it today."
)


class Question(QWidget):
    """One question with No and Yes; a yes shows what to do."""

    def __init__(self, item: ScreeningItem, kind: str) -> None:
        super().__init__()
        self.item = item
        self.answer = Choice(item.question, [("no", "No"), ("yes", "Yes")])
        self.action = label(item.action, "problem" if kind == "danger" else "muted")
        self.note = LineEntry(f"Note: {item.question}", hint="Note")
        words = label(item.question)
        line = row(gap=10)
        line.addWidget(words, 1)
        line.addWidget(self.answer, 0, Qt.AlignmentFlag.AlignTop)
        inside = column(self, gap=4)
        inside.addLayout(line)
        inside.addWidget(self.action)
        inside.addWidget(self.note)

    def show_answer(self, held: ScreeningAnswer | None) -> None:
        """Show what is kept."""
        answer = held.answer if held else Answer.NOT_ASKED
        self.answer.set_current("" if answer is Answer.NOT_ASKED else str(answer))
        self.action.setVisible(answer is Answer.YES)
        self.note.setVisible(answer is Answer.YES)
        self.note.show_text(held.note if held else "")


class ScreenStep(Step):
    """Asked before anything else."""

    key, title = "screen", "Screen and consent"

    def build(self, lines: QVBoxLayout) -> None:
        atlas = self.bench.context.open_atlas()
        self.questions: dict[str, Question] = {}
        self.folds: dict[str, Fold] = {}
        for kind, title, ink in _GROUPS:
            items = [item for item in atlas.screening.values() if item.kind == kind]
            fold = Fold(title, partial(self._build_group, title, items, ink))
            self.folds[kind] = fold
            lines.addWidget(fold)
        self.decision = TextEntry("What was decided", hint="What was decided about a yes", lines=1)
        self.decision.typed.connect(self._on_decision)
        lines.addWidget(self.decision)
        lines.addWidget(label("Consent", "heading"))
        self._build_consent(lines)

    def _build_group(self, title: str, items: list[ScreeningItem], ink: str, lines: QVBoxLayout) -> None:
        everything = QPushButton("All asked: none applies")
        everything.setAccessibleName(f"{title}, all asked: none applies")
        everything.setToolTip("Writes No to every question here that has no answer yet")
        everything.clicked.connect(lambda: self._none_applies(items))
        lines.addLayout(row(None, everything))
        for item in items:
            question = Question(item, ink)
            question.answer.chosen.connect(partial(self._on_answer, item))
            question.note.typed.connect(partial(self._on_note, item))
            self.questions[item.id] = question
            lines.addWidget(question)
        self._show_answers()

    # -- answers -------------------------------------------------------------------------------
    def _held(self) -> Screening | None:
        return self.bench.record.screening

    def _base(self) -> Screening:
        return self._held() or Screening(single_id(self.bench.record.visit.id, Kind.SCREENING))

    def _save(self, after: Screening, label_: str, gesture: str = "") -> None:
        self.bench.desk.do(
            change(self._held(), after, visit=self.bench.record.visit.id, label=label_, gesture=gesture)
        )

    def _with(
        self, base: Screening, item: ScreeningItem, answer: Answer, note: str | None = None
    ) -> Screening:
        held = next((a for a in base.answers if a.item == item.id), None)
        words = note if note is not None else held.note if held else ""
        made = ScreeningAnswer(item.id, item.kind, item.question, answer, words)
        rest = tuple(a for a in base.answers if a.item != item.id)
        if answer is Answer.NOT_ASKED:
            return replace(base, answers=rest)
        return replace(base, answers=(*rest, made))

    def _on_answer(self, item: ScreeningItem, text: str) -> None:
        self._save(self._with(self._base(), item, Answer(text or "not_asked")), "Screening answer")

    def _on_note(self, item: ScreeningItem, text: str) -> None:
        base = self._base()
        held = next((a.answer for a in base.answers if a.item == item.id), Answer.YES)
        self._save(self._with(base, item, held, text), "Screening note", f"note.{item.id}")

    def _none_applies(self, items: list[ScreeningItem]) -> None:
        base = self._base()
        answered = {a.item for a in base.answers}
        for item in items:
            if item.id not in answered:
                base = self._with(base, item, Answer.NO)
        if base != self._held():
            self._save(base, "Screening: none applies")

    def _on_decision(self, text: str) -> None:
        self._save(replace(self._base(), decision=text), "Screening decision", "decision")

    # -- consent -------------------------------------------------------------------------------
    def _build_consent(self, lines: QVBoxLayout) -> None:
        settings = self.bench.session.settings
        held = self.bench.record.consent
        self._text = held.text if held else settings.consent_text or DEFAULT_CONSENT
        self._version = held.text_version if held else settings.consent_version or "myomap-1"
        lines.addWidget(label(self._text, "muted"))
        patient = self.bench.desk.patient
        self.by = LineEntry("Who agrees", held.by if held else patient.name if patient else "")
        lines.addLayout(named("Who agrees", self.by, 84))
        self.by.typed.connect(self._on_by)
        self.given = Choice("Consent", [("yes", "Agrees"), ("no", "Does not agree")])
        self.given.chosen.connect(self._on_given)
        self.consent_line = chip("")
        lines.addLayout(row(self.given, self.consent_line, None))
        self.consent_problem = label("", "problem")
        self.consent_problem.hide()
        lines.addWidget(self.consent_problem)
        self.pad = SignaturePad(self.bench.context.look)
        self.pad.drawn.connect(self._on_signed)
        lines.addWidget(Fold("Sign on the screen", lambda inside: inside.addWidget(self.pad)))

    def _put_consent(self, given: bool | None, signature: object = None) -> None:
        record = self.bench.record
        held, visit = record.consent, record.visit.id
        if given is None:
            if held is not None:
                from myomap.records.edits import remove

                self.bench.desk.do(remove(held, visit=visit, label="Take consent back"))
            return
        # a signature says yes: it does not stand under a no
        drawn = held.signature if held and given else ()
        if isinstance(signature, tuple):
            drawn = signature
        after = Consent(
            single_id(visit, Kind.CONSENT),
            given,
            self._version,
            self._text,
            self.by.text(),
            held.at if held and held.given == given else datetime.now(UTC),
            drawn,
        )
        problems = self.bench.desk.do(change(held, after, visit=visit, label="Consent"))
        self.consent_problem.setText(" ".join(p.sentence for p in problems))
        self.consent_problem.setVisible(bool(problems))
        if problems:
            self.refresh(frozenset())

    def _on_given(self, text: str) -> None:
        self._put_consent({"yes": True, "no": False}.get(text))

    def _on_by(self, text: str) -> None:
        held = self.bench.record.consent
        if held is not None and held.by != text:
            self._put_consent(held.given)

    def _on_signed(self, strokes: object) -> None:
        self._put_consent(True, strokes)

    # -- what is shown -------------------------------------------------------------------------
    def _show_answers(self) -> None:
        held = {a.item: a for a in self._base().answers}
        for id, question in self.questions.items():
            question.show_answer(held.get(id))
            question.setEnabled(not self.bench.desk.signed)

    def refresh(self, refs: frozenset[Ref]) -> None:
        screening = self._base()
        self._show_answers()
        atlas = self.bench.context.open_atlas()
        for kind, fold in self.folds.items():
            total = sum(item.kind == kind for item in atlas.screening.values())
            answers = [a for a in screening.answers if a.kind == kind]
            yes = sum(a.answer is Answer.YES for a in answers)
            fold.set_note(f"{len(answers)} of {total} asked" + (f", {yes} YES" if yes else ""))
        self.decision.show_text(screening.decision)
        consent = self.bench.record.consent
        self.given.set_current("" if consent is None else "yes" if consent.given else "no")
        if consent is not None:
            self.by.show_text(consent.by)
            at = consent.at.astimezone()
            self.consent_line.setText(f"{at:%Y-%m-%d %H:%M}")
            self.pad.show_strokes(consent.signature)
        self.consent_line.setVisible(consent is not None)
        for part in (self.decision, self.given, self.by, self.pad):
            part.setEnabled(not self.bench.desk.signed)

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        parts = []
        if record.screening is not None and record.screening.answers:
            yes = [a for a in record.screening.answers if a.answer is Answer.YES]
            parts.append(f"{len(yes)} yes" if yes else "nothing found")
        if record.consent is not None:
            parts.append("agrees" if record.consent.given else "does not agree")
        return ", ".join(parts), bool(parts)
