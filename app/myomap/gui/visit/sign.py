"""Signing, what stands in its way, amendments afterwards, and what the patient tells later."""

import time
from datetime import UTC, date, datetime

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from myomap.gui.forms import Field, Fold, LineEntry, TextEntry, named, number_or_none, numbers, said, yes_no
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, clear, column, label, row
from myomap.gui.practice.who import PinField
from myomap.gui.visit.step import Step
from myomap.records.edits import Ref, add
from myomap.records.errors import PinError, RefusedError
from myomap.records.values import FollowUp, VisitRecord, new_id

#: Pressing a button again so soon is one press.
_HASTE_S = 1.0


class SignStep(Step):
    """The visit is closed: nothing in it changes any more."""

    key, title = "sign", "Sign"
    shut = False

    def build(self, lines: QVBoxLayout) -> None:
        self.reasons = column(gap=4)
        self.button = QPushButton("Sign this visit")
        self.button.setProperty("kind", "primary")
        self.button.clicked.connect(self._ask)
        self.who = label("", "muted")
        self.signed = Card()
        self.signed_words = label("", selectable=True)
        self.signed.body.addWidget(label("Signed", "strong"))
        self.signed.body.addWidget(self.signed_words)
        lines.addLayout(self.reasons)
        lines.addWidget(self.who)
        self.pin = PinField("Your PIN")
        lines.addWidget(self.pin)
        lines.addLayout(row(self.button, None))
        lines.addWidget(self.signed)
        self.amend_box = QWidget()
        inside = column(self.amend_box, gap=6)
        inside.addWidget(label("Amend: the first text stays as it is", "heading"))
        self.amendments = column(gap=6)
        inside.addLayout(self.amendments)
        self.why = LineEntry("Reason of the amendment", draft=True)
        self.why_field = Field("Reason", self.why)
        self.what = TextEntry("Amendment", hint="what is wrong above, and what is right", lines=2, draft=True)
        self.what_field = Field("What is added", self.what)
        self.put = put = QPushButton("Add the amendment")
        put.clicked.connect(self._amend)
        for widget in (self.why_field, self.what_field):
            inside.addWidget(widget)
        self.amend_pin = PinField("Your PIN")
        inside.addWidget(self.amend_pin)
        inside.addLayout(row(None, put))
        lines.addWidget(self.amend_box)
        # whoever opens a visit of another day has most often heard how it went on
        past = self.bench.record.visit.on < date.today()
        self.later = Fold("Follow-up: what the patient tells later", self._build_follow_up, open=past)
        lines.addWidget(self.later)
        self.drop = Fold("Remove this visit", self._build_drop)
        lines.addWidget(self.drop)

    # -- signing -------------------------------------------------------------------------------
    def _ask(self) -> None:
        if not self._has_pin(self.pin):
            return
        actor = self.bench.session.actor
        name = actor.name if actor is not None else ""
        self.bench.context.prompts.ask(
            "Sign this visit?",
            ("" if self.bench.record.values() else "Nothing is written in it yet. ")
            + f"It is signed as {name}. Afterwards nothing in it can be changed; amendments can be added."
            + self._left_out(),
            "Sign",
            self._sign,
        )

    def _sign(self) -> None:
        pin, body = self.pin.line.text(), self.body

        def wrong(error: PinError) -> None:
            if body is self.body:  # the same visit still lies open
                self.bench.session.learn_pins()
                self.pin.show()
                self.pin.show_error(error)

        self.pin.begin()
        self.bench.desk.sign(pin, wrong)

    def _has_pin(self, field: PinField) -> bool:
        """Tell whether signing may be tried: the PIN is there if one is needed, and it is not too soon."""
        if field.waits:
            return False
        if field.isVisibleTo(self) and not field.line.text():
            field.show_problem("Your signature needs your PIN.")
            field.line.setFocus()
            return False
        return True

    def _left_out(self) -> str:
        """Return a sentence about fields whose words are not in the visit: not added, or refused."""
        names = self.bench.unkept()
        return (
            f"\n\nNot part of it, because it was not added or cannot be kept: {'; '.join(names)}."
            if names
            else ""
        )

    def _amend(self) -> None:
        if not self.put.isEnabled() or not self._has_pin(self.amend_pin):
            return  # it is being added
        for field in (self.why_field, self.what_field):
            field.show_problem("")
        self.why.flush()
        self.what.flush()
        self.what.setFocus()  # from a button that is off the keyboard would go on to the follow-up
        self.put.setEnabled(False)
        body = self.body

        def done() -> None:
            if body is self.body:  # the same visit still lies open
                self.put.setEnabled(True)
                self.why.begin("")
                self.what.begin("")
                self.amend_pin.begin()

        def failed(error: Exception) -> None:
            if body is self.body:
                self.put.setEnabled(True)
                self._on_amend_error(error)

        pin = self.amend_pin.line.text()
        self.bench.desk.amend(self.why.text(), self.what.words(), failed, done, pin)

    def _on_amend_error(self, error: Exception) -> None:
        if isinstance(error, PinError):
            self.bench.session.learn_pins()
            self.amend_pin.show()
            self.amend_pin.show_error(error)
            return
        if isinstance(error, RefusedError):
            by_field = {p.field: p.sentence for p in error.problems}
            self.why_field.show_problem(by_field.get("reason", ""))
            self.what_field.show_problem(by_field.get("text", ""))
        else:
            self.bench.context.prompts.tell(message_for(error))

    # -- removing ------------------------------------------------------------------------------
    def _build_drop(self, lines: QVBoxLayout) -> None:
        lines.addWidget(label("For a visit that was begun by mistake. A signed visit stays.", "muted"))
        button = QPushButton("Remove this visit …")
        button.setProperty("kind", "danger")
        button.clicked.connect(self._ask_drop)
        lines.addLayout(row(button, None))

    def _ask_drop(self) -> None:
        self.bench.context.prompts.ask(
            "Remove this visit with everything in it?",
            "It is taken out of the patient's record.",
            "Remove the visit",
            self.bench.desk.remove_visit,
            danger=True,
        )

    # -- follow-up -----------------------------------------------------------------------------
    def _build_follow_up(self, lines: QVBoxLayout) -> None:
        self.hours = LineEntry("Hours after the visit", "24", width=70)
        self._added_at = -_HASTE_S
        self.sore = numbers("Soreness", None)
        self.hurts = numbers("Pain", None)
        self.done = yes_no("Exercises done", None)
        self.told = LineEntry("Told afterwards", hint="In the patient's words", draft=True)
        put = QPushButton("Add the follow-up")
        put.clicked.connect(self._add_follow_up)
        self.follow_problem = label("", "problem")
        self.follow_problem.hide()
        lines.addLayout(named("Hours after", self.hours, 104))
        lines.addWidget(label("Soreness, 0-10", "small"))
        lines.addWidget(self.sore)
        lines.addWidget(label("Pain, 0-10", "small"))
        lines.addWidget(self.hurts)
        lines.addLayout(named("Exercises done", self.done, 104))
        lines.addWidget(self.told)
        lines.addWidget(self.follow_problem)
        lines.addLayout(row(None, put))
        self.follow_list = column(gap=2)
        lines.addLayout(self.follow_list)
        self._show_follow_ups()

    def _add_follow_up(self) -> None:
        now = time.monotonic()
        if now - self._added_at < _HASTE_S:
            return  # the button was pressed twice
        if not (self.sore.current or self.hurts.current or self.done.current or self.told.text().strip()):
            self._say_follow("What did the patient tell?")
            return
        try:
            hours = number_or_none(self.hours.text())
        except ValueError as error:
            self._say_follow(str(error))
            return
        actor = self.bench.session.actor
        made = FollowUp(
            new_id(),
            datetime.now(UTC),
            int(hours or 0),
            int(self.sore.current) if self.sore.current else None,
            int(self.hurts.current) if self.hurts.current else None,
            said(self.done.current),
            self.told.text(),
            actor.id if actor is not None else "",
        )
        problems = self.bench.desk.do(add(made, visit=self.bench.record.visit.id, label="Add follow-up"))
        self._say_follow(" ".join(p.sentence for p in problems))
        if not problems:
            self._added_at = now
            self.told.begin("")
            for choice in (self.sore, self.hurts, self.done):
                choice.set_current("")

    def _say_follow(self, sentence: str) -> None:
        self.follow_problem.setText(sentence)
        self.follow_problem.setVisible(bool(sentence))

    def _show_follow_ups(self) -> None:
        clear(self.follow_list)
        for each in self.bench.record.follow_ups:
            parts = [f"{each.hours_after} h after"]
            if each.soreness is not None:
                parts.append(f"soreness {each.soreness}")
            if each.pain is not None:
                parts.append(f"pain {each.pain}")
            if each.exercises_done is not None:
                parts.append("exercises done" if each.exercises_done else "exercises not done")
            if each.words:
                parts.append(f"“{each.words}”")
            self.follow_list.addWidget(label(", ".join(parts)))

    # -- what is shown -------------------------------------------------------------------------
    def refresh(self, refs: frozenset[Ref]) -> None:
        record, session = self.bench.record, self.bench.session
        signature = record.visit.signature
        reasons = () if signature is not None else self.bench.desk.reasons_not_to_sign()
        clear(self.reasons)
        for reason in reasons:
            self.reasons.addWidget(label(reason, "problem"))
        actor = session.actor
        if actor is not None:
            licence = f", licence {actor.licence_number}" if actor.licence_number else ""
            self.who.setText(f"You are {actor.name}{licence}.")
        self.who.setVisible(signature is None)
        needs_pin = session.needs_pin
        self.pin.setVisible(signature is None and needs_pin and not reasons)
        self.amend_pin.setVisible(needs_pin)
        self.button.setVisible(signature is None)
        self.button.setEnabled(not reasons)
        self.drop.setVisible(signature is None)
        self.signed.setVisible(signature is not None)
        self.amend_box.setVisible(signature is not None)
        if signature is not None:
            at = signature.signed_at.astimezone()
            self.signed_words.setText(
                f"By {signature.name}"
                + (f", licence {signature.licence_number}" if signature.licence_number else "")
                + f", {at:%Y-%m-%d %H:%M}{', with PIN' if signature.with_pin else ''}."
                + f" Digest {signature.digest[:16]}."
            )
        clear(self.amendments)
        for each in record.amendments:
            at = each.written_at.astimezone()
            self.amendments.addWidget(
                label(f"{at:%Y-%m-%d %H:%M}, {each.author_name} ({each.reason}): {each.text}")
            )
        if hasattr(self, "follow_list"):
            self._show_follow_ups()

    def forget(self) -> None:
        super().forget()
        if hasattr(self, "follow_list"):
            del self.follow_list

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        signature = record.visit.signature
        if signature is None:
            return ("not signed", False) if record.values() else ("", False)
        extra = f", {len(record.amendments)} amended" if record.amendments else ""
        return f"signed {signature.signed_at.astimezone():%Y-%m-%d}{extra} · correct it here", True
