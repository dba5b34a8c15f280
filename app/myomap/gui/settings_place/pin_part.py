"""PINs: one's own, and taking away one that was forgotten."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field, Fold, Pick
from myomap.gui.messages import message_for
from myomap.gui.parts import column, label, row
from myomap.gui.practice.session import Session
from myomap.gui.practice.welcome import secret
from myomap.gui.practice.who import PinField
from myomap.records.errors import PassphraseError, PinError, RefusedError
from myomap.records.practice import Practice

NOBODY = (
    "Nobody has a PIN: anyone who knows the passphrase can work and sign as any person here. With a PIN of your own"
    " only you can."
)


class PinPart(QWidget):
    """Below the people."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._context, self._session = context, session
        self.words = label("", "muted")
        self.old, self.new, self.again = (
            PinField("PIN now"),
            PinField("New PIN"),
            PinField("New PIN once more"),
        )
        self.put = QPushButton("Set the PIN")
        self.put.setProperty("kind", "primary")
        self.drop = QPushButton("Remove my PIN")
        self.own = Fold("Your PIN", self._build_own)
        self.forgotten = Fold("Somebody has forgotten theirs", self._build_forgotten)
        lines = column(self, gap=6)
        for each in (self.words, self.own, self.forgotten):
            lines.addWidget(each)
        self.put.clicked.connect(self._set)
        self.drop.clicked.connect(self._drop)
        self.again.line.returnPressed.connect(self._set)
        session.people_changed.connect(self.refresh)

    def _build_own(self, lines: QVBoxLayout) -> None:
        lines.addWidget(
            label(
                "Asked when you say who you are, when you sign, and when you amend. At least 4 characters.",
                "muted",
            )
        )
        for field in (self.old, self.new, self.again):
            lines.addWidget(field)
        lines.addLayout(row(self.put, self.drop, None))
        self.refresh()

    def _build_forgotten(self, lines: QVBoxLayout) -> None:
        self.whose = Pick("Whose PIN")
        self.mine = PinField("Your own PIN")
        self.key = secret("Recovery key")
        self.key.setEchoMode(self.key.EchoMode.Normal)
        self.key_field = Field("Recovery key", self.key, "only if you are not an owner of the practice")
        self.take_away = QPushButton("Remove this person’s PIN")
        self.take_away.setProperty("kind", "danger")
        self.forgotten_problem = label("", "problem")
        self.forgotten_problem.hide()
        lines.addWidget(Field("Whose PIN", self.whose))
        for widget in (self.mine, self.key_field, self.forgotten_problem):
            lines.addWidget(widget)
        lines.addLayout(row(self.take_away, None))
        self.take_away.clicked.connect(self._take_away)
        self.refresh()

    # -- one's own -----------------------------------------------------------------------------
    def _set(self) -> None:
        if self.old.waits or not self.put.isEnabled():
            return
        new, old = self.new.line.text(), self.old.line.text()
        same = new == self.again.line.text()
        self.old.show_problem("")
        self.new.show_problem("" if new else "Type a PIN.")
        self.again.show_problem("" if same else "The two are not the same.")
        if new and same:
            self._carry_out(
                lambda practice: practice.set_pin(new, old), "Your PIN is set. Keep it to yourself."
            )

    def _drop(self) -> None:
        if self.old.waits or not self.drop.isEnabled():
            return
        old = self.old.line.text()
        self._carry_out(lambda practice: practice.set_pin("", old), "You have no PIN any more.")

    def _carry_out(self, work: Callable[[Practice], None], words: str) -> None:
        self.put.setEnabled(False)
        self.drop.setEnabled(False)

        def done(_: object) -> None:
            self.forget()
            self._session.learn_pins()
            self._context.prompts.say(words)

        def failed(error: Exception) -> None:
            self._free()
            if isinstance(error, PinError):
                self.old.show()
                self.old.show_error(error)
                if error.is_missing:
                    self.old.show_problem("Type the PIN that you have now.")
            elif isinstance(error, RefusedError):
                self.new.show_problem(" ".join(each.sentence for each in error.problems))
            else:
                self._context.prompts.tell(message_for(error))

        self._session.read(work, done, failed)

    def _free(self) -> None:
        self.put.setEnabled(True)
        self.drop.setEnabled(True)

    # -- somebody else's -----------------------------------------------------------------------
    def _take_away(self) -> None:
        person = str(self.whose.currentData() or "")
        if not person or self.mine.waits:
            return
        pin, key = self.mine.line.text(), self.key.text().strip()
        self.forgotten_problem.hide()
        self.key_field.show_problem("")

        def done(_: object) -> None:
            self.forget()
            self._session.learn_pins()
            self._context.prompts.say("The PIN is removed. A new one can be set by its owner.")

        def failed(error: Exception) -> None:
            if isinstance(error, PinError):
                self.mine.show()
                self.mine.show_error(error)
            elif isinstance(error, PassphraseError):
                self.key_field.show_problem(message_for(error).title)
            else:
                self.forgotten_problem.setText(" ".join((message_for(error).title, message_for(error).text)))
                self.forgotten_problem.show()

        self._session.read(
            lambda practice: practice.remove_pin(person, pin=pin, recovery_key=key), done, failed
        )

    # -- what is shown -------------------------------------------------------------------------
    def refresh(self) -> None:
        """Show who has a PIN."""
        session = self._session
        having = [each for each in session.people if each.id in session.with_pin]
        lacking = [each for each in session.people if each.id not in session.with_pin]
        if not having:
            self.words.setText(NOBODY)
        else:
            without = f" Without: {', '.join(each.name for each in lacking)}." if lacking else ""
            self.words.setText(f"With a PIN: {', '.join(each.name for each in having)}.{without}")
        has = session.needs_pin
        self.own.set_note("set" if has else "none")
        self.old.setVisible(has)
        self.drop.setVisible(has)
        self.put.setText("Change the PIN" if has else "Set the PIN")
        actor = session.actor
        others = [each for each in having if actor is None or each.id != actor.id]
        self.forgotten.setVisible(bool(others))
        if hasattr(self, "whose"):
            self.whose.clear()
            for person in others:
                self.whose.addItem(person.name, person.id)
            self.mine.setVisible(has)

    def forget(self) -> None:
        """Empty what was typed."""
        self._free()
        for field in (self.old, self.new, self.again):
            field.begin()
        if hasattr(self, "whose"):
            self.mine.begin()
            self.key.setText("")
            self.key_field.show_problem("")
            self.forgotten_problem.hide()
