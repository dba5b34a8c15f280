"""A patient's own facts, with the sentence beside the field that cannot be right."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from myomap.gui.forms import Choice, DateLine, Field
from myomap.gui.parts import column, label, row
from myomap.records.checks import check
from myomap.records.errors import Problem
from myomap.records.values import Contact, Patient, Sex, new_id

SEXES = [(Sex.FEMALE, "Female"), (Sex.MALE, "Male"), (Sex.OTHER, "Other"), (Sex.NOT_GIVEN, "Not given")]


class PatientForm(QWidget):
    """New or changed facts of a patient."""

    saved = Signal(object, object)
    """Before (None for a new patient) and after."""
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._before: Patient | None = None
        self._id = ""
        """Of who is typed here: saved a second time (a server hung up before it said so) it is the same patient."""
        self._shown: dict[str, str] = {}
        """The fields as they were shown: what nobody touched is kept as it is, whatever a field makes of it."""
        self.title = label("New patient", "title")
        self.name, self.number = QLineEdit(), QLineEdit()
        self.born = DateLine(name="Birth date")
        self.sex = Choice("Sex", [(str(s), w) for s, w in SEXES], "not_given", optional=False)
        self.phone, self.email, self.address, self.emergency = (QLineEdit() for _ in range(4))
        self.alerts, self.remarks = QPlainTextEdit(), QPlainTextEdit()
        for text, height in ((self.alerts, 64), (self.remarks, 64)):
            text.setFixedHeight(height)
            text.setTabChangesFocus(True)
        self.fields = {
            "name": Field("Name", self.name),
            "birth_date": Field("Birth date", self.born),
            "number": Field("File number", self.number),
            "sex": Field("Sex (decides which figure is drawn first)", self.sex),
            "alerts": Field("Alerts, one a line: what must be seen first", self.alerts),
            "phone": Field("Phone", self.phone),
            "email": Field("E-mail", self.email),
            "address": Field("Address", self.address),
            "emergency": Field("In an emergency, call", self.emergency),
            "remarks": Field("Remarks", self.remarks),
        }
        self.save = QPushButton("Save")
        self.save.setProperty("kind", "primary")
        self.cancel = QPushButton("Cancel")
        self.problem = label("", "problem")
        self.problem.hide()
        self._lay_out()
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self.given_up)
        for line in (self.name, self.born, self.number, self.phone, self.email, self.address, self.emergency):
            line.returnPressed.connect(self._save)

    def _lay_out(self) -> None:
        lines = column(self, margin=24, gap=12)
        lines.addWidget(self.title)
        grid = QGridLayout()
        grid.setSpacing(12)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for name, at in {
            "name": (0, 0, 1, 2), "birth_date": (1, 0, 1, 1), "number": (1, 1, 1, 1), "sex": (2, 0, 1, 2),
            "alerts": (3, 0, 1, 2), "phone": (4, 0, 1, 1), "email": (4, 1, 1, 1), "address": (5, 0, 1, 1),
            "emergency": (5, 1, 1, 1), "remarks": (6, 0, 1, 2),
        }.items():  # fmt: skip
            grid.addWidget(self.fields[name], *at)
        lines.addLayout(grid)
        lines.addWidget(self.problem)
        lines.addLayout(row(None, self.cancel, self.save))

    def show_patient(self, patient: Patient | None) -> None:
        """Begin with a patient's facts, or with an empty form."""
        self._before = patient
        self._id = patient.id if patient is not None else new_id()
        held = patient or Patient("", "")
        self.title.setText("New patient" if patient is None else "Change the patient's facts")
        self.name.setText(held.name)
        self.born.setText(held.birth_date.isoformat() if held.birth_date else "")
        self.number.setText(held.number)
        self.sex.set_current(str(held.sex))
        self.phone.setText(held.contact.phone)
        self.email.setText(held.contact.email)
        self.address.setText(held.contact.address)
        self.emergency.setText(held.contact.emergency)
        self.alerts.setPlainText("\n".join(held.alerts))
        self.remarks.setPlainText(held.remarks)
        self._shown = self._texts()
        self.show_problems(())
        self.save.setEnabled(True)

    def _lines(self) -> dict[str, QLineEdit | QPlainTextEdit]:
        return {
            "name": self.name, "born": self.born, "number": self.number, "phone": self.phone, "email": self.email,
            "address": self.address, "emergency": self.emergency, "alerts": self.alerts, "remarks": self.remarks,
        }  # fmt: skip

    def _texts(self) -> dict[str, str]:
        found = {
            name: field.text() if isinstance(field, QLineEdit) else field.toPlainText()
            for name, field in self._lines().items()
        }
        return found | {"sex": self.sex.current}

    def draft(self) -> tuple[Patient | None, dict[str, str]] | None:
        """Return what was typed and is not saved, None if nothing was."""
        texts = self._texts()
        return (self._before, texts | {"id": self._id}) if texts != self._shown else None

    def bring_back(self, draft: tuple[Patient | None, dict[str, str]]) -> None:
        """Show again what was typed before the practice was locked."""
        before, texts = draft
        self.show_patient(before)
        self._id = texts["id"]
        for name, field in self._lines().items():
            field.setText(texts[name]) if isinstance(field, QLineEdit) else field.setPlainText(texts[name])
        self.sex.set_current(texts["sex"])

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Put each sentence beside its field; what has none goes to the foot."""
        by_field = {p.field.rpartition(".")[2]: p.sentence for p in problems}
        for name, field in self.fields.items():
            field.show_problem(by_field.pop(name, ""))
        self.problem.setText(" ".join(by_field.values()))
        self.problem.setVisible(bool(by_field))
        self.save.setEnabled(True)

    def value(self) -> Patient:
        """Return the patient as typed; ValueError with a sentence for a date that is none."""
        born = self.born.value()
        base = self._before or Patient(self._id, "")
        texts, held = self._texts(), base.contact

        def kept(name: str, before: str) -> str:
            return before if texts[name] == self._shown.get(name) else texts[name]

        alerts = tuple(line for line in texts["alerts"].splitlines() if line.strip())
        return replace(
            base,
            name=kept("name", base.name),
            birth_date=born,
            sex=Sex(self.sex.current),
            number=kept("number", base.number),
            contact=Contact(
                kept("phone", held.phone),
                kept("email", held.email),
                kept("address", held.address),
                kept("emergency", held.emergency),
            ),
            alerts=base.alerts if texts["alerts"] == self._shown.get("alerts") else alerts,
            remarks=kept("remarks", base.remarks),
        )

    def _save(self) -> None:
        if not self.save.isEnabled():
            return
        try:
            after = self.value()
        except ValueError as error:
            self.show_problems((Problem("birth_date", str(error)),))
            return
        problems = check(after, before=self._before)
        self.show_problems(problems)
        if not problems:
            self.save.setEnabled(False)
            self.saved.emit(self._before, after)
