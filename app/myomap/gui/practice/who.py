"""Who works now: one button a person, and their PIN where they have one."""

import math
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from myomap.gui.forms import Field, Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import clear, column, label, link, row
from myomap.gui.practice.session import Session
from myomap.gui.practice.welcome import secret
from myomap.records.errors import PinError
from myomap.records.values import Practitioner, Role

ROLES = {
    Role.OWNER: "owner",
    Role.CLINICIAN: "clinician",
    Role.ASSISTANT: "assistant",
    Role.READER: "reader",
}


class PinField(Field):
    """A field for a PIN that says what is wrong and counts down until the next try."""

    def __init__(self, name: str) -> None:
        self.line: QLineEdit = secret(name)
        super().__init__(name, self.line)
        self.line.setMaximumWidth(220)
        self._until = 0.0
        self._words = ""
        self._timer = QTimer(self)
        self._timer.setInterval(200)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        """Empty it."""
        self._timer.stop()
        self._until = 0.0
        self.line.setText("")
        self.show_problem("")

    @property
    def waits(self) -> bool:
        """Tell whether it is too soon to try again."""
        return self._left() > 0

    def _left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def show_error(self, error: PinError) -> None:
        """Say that it was wrong, or only ask for it."""
        self.line.selectAll()
        self.line.setFocus()
        if error.is_missing:
            self.show_problem("")
            return
        self._words = error.what.split(".")[0]
        self._until = time.monotonic() + error.wait_s + 0.1  # a little more, never less
        self._timer.start()
        self._say()

    def _tick(self) -> None:
        if not self.waits:
            self._timer.stop()
        self._say()

    def _say(self) -> None:
        left = self._left()
        again = f"Try again in {math.ceil(left)} s." if left > 0 else "You can try again now."
        self.show_problem(f"{self._words}. {again}")


class WhoPage(QWidget):
    """Asks who works now."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._session = session
        self._chosen: Practitioner | None = None
        self._buttons: list[QPushButton] = []
        lines = column(self, margin=28, gap=12)
        self.title = label("Who are you?", "title")
        lines.addWidget(self.title)
        self.text = label("Changes, signatures and the audit carry this name.", "muted")
        lines.addWidget(self.text)
        self._people = column(gap=8)
        lines.addLayout(self._people)
        self.pin_box = QWidget()
        inside = column(self.pin_box, gap=10)
        self.pin = PinField("PIN")
        self.go = QPushButton("Go on")
        self.go.setProperty("kind", "primary")
        inside.addWidget(self.pin)
        inside.addLayout(row(link("Somebody else", self._back), None, self.go))
        self.forgotten = Fold("I have forgotten it", self._build_forgotten)
        inside.addWidget(self.forgotten)
        lines.addWidget(self.pin_box)
        self.problem = label("", "problem")
        lines.addWidget(self.problem)
        self.go.clicked.connect(self._enter)
        self.pin.line.returnPressed.connect(self._enter)
        session.people_changed.connect(self.refresh)
        self._back()

    def _build_forgotten(self, lines: QVBoxLayout) -> None:
        lines.addWidget(
            label(
                "An owner can remove it in the settings. Or remove it with the recovery key that was printed when the"
                " practice was made.",
                "muted",
            )
        )
        self.key = QLineEdit()
        self.key_field = Field("Recovery key", self.key)
        self.remove = QPushButton("Remove the PIN and go on")
        lines.addWidget(self.key_field)
        lines.addLayout(row(None, self.remove))
        self.remove.clicked.connect(self._remove)
        self.key.returnPressed.connect(self._remove)

    def _remove(self) -> None:
        person, key = self._chosen, self.key.text().strip()
        self.key_field.show_problem("" if key else "Type the recovery key.")
        if person is None or not key:
            return

        def failed(error: Exception) -> None:
            self.key_field.show_problem(message_for(error).title)

        self._session.read(
            lambda practice: practice.remove_pin(person.id, recovery_key=key),
            lambda _: self.choose(person),
            failed,
        )

    def refresh(self) -> None:
        """Show everybody who works here."""
        clear(self._people)
        self._buttons = []
        for person in self._session.people:
            button = QPushButton(f"{person.name}   ·   {ROLES[person.role]}")
            button.setMinimumHeight(44)
            button.clicked.connect(lambda _=False, person=person: self.choose(person))
            self._people.addWidget(button)
            self._buttons.append(button)
        self._back()

    def choose(self, person: Practitioner) -> None:
        """Sign somebody in; where they have a PIN it is asked now."""
        self._chosen = person
        self.problem.hide()
        self._session.sign_in(person.id, self._on_error)

    def _enter(self) -> None:
        if self._chosen is not None and not self.pin.waits:
            self._session.sign_in(self._chosen.id, self._on_error, pin=self.pin.line.text())

    def _on_error(self, error: Exception) -> None:
        if isinstance(error, PinError) and self._chosen is not None:
            self.title.setText(self._chosen.name)
            self.text.setText("Type your PIN to go on.")
            self._show_people(False)
            self.pin.show_error(error)
        else:
            self.problem.setText(message_for(error).title)
            self.problem.show()

    def _back(self) -> None:
        self._chosen = None
        self.title.setText("Who are you?")
        self.text.setText("Changes, signatures and the audit carry this name.")
        self.problem.hide()
        self.pin.begin()
        self.forgotten.head.setChecked(False)
        if hasattr(self, "key"):
            self.key.setText("")
            self.key_field.show_problem("")
        self._show_people(True)

    def _show_people(self, on: bool) -> None:
        self.pin_box.setVisible(not on)
        for button in self._buttons:
            button.setVisible(on)

    def focus(self) -> None:
        """Give the keyboard to the first person, or to the PIN that is asked."""
        if not self.pin_box.isHidden():
            self.pin.line.setFocus()
        elif self._buttons:
            self._buttons[0].setFocus()


__all__ = ["ROLES", "PinField", "WhoPage"]
