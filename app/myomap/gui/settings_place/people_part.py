"""Who works in the practice: name, role, licence, dry-needling certification."""

from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Choice, DateLine, Field
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, clear, column, heading, label, row, rule
from myomap.gui.practice.gate import ROLES
from myomap.gui.practice.session import Session
from myomap.gui.practice.settling import settle
from myomap.gui.settings_place.pin_part import PinPart
from myomap.records.checks import check
from myomap.records.edits import add, change
from myomap.records.errors import ConflictError, Problem, RefusedError
from myomap.records.values import Practitioner, Role, new_id


class PersonForm(Card):
    """The facts of one practitioner."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._context, self._session = context, session
        self._before: Practitioner | None = None
        self._id = ""
        self.name, self.licence, self.jurisdiction, self.certificate = (QLineEdit() for _ in range(4))
        self.role = Choice(
            "Role", [(str(r), w.capitalize()) for r, w in ROLES.items()], "clinician", optional=False
        )
        self.since, self.until = DateLine(name="Certified from"), DateLine(name="Certified until")
        self.save, self.cancel = QPushButton("Save"), QPushButton("Cancel")
        self.save.setProperty("kind", "primary")
        self.fields = {
            "name": Field("Name", self.name),
            "role": Field("Role", self.role),
            "licence_number": Field("Licence number", self.licence),
            "jurisdiction": Field("Valid in", self.jurisdiction),
            "needling_certificate": Field("Dry-needling certification", self.certificate),
            "needling_from": Field("Certified from", self.since),
            "needling_until": Field("Certified until (empty: without end)", self.until),
        }
        grid = QGridLayout()
        grid.setSpacing(10)
        for name, at in {
            "name": (0, 0), "role": (0, 1), "licence_number": (1, 0), "jurisdiction": (1, 1),
            "needling_certificate": (2, 0), "needling_from": (3, 0), "needling_until": (3, 1),
        }.items():  # fmt: skip
            grid.addWidget(self.fields[name], *at)
        self.body.addLayout(grid)
        self.body.addLayout(row(None, self.cancel, self.save))
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def show_person(self, person: Practitioner | None) -> None:
        """Begin with a practitioner's facts, or with an empty form."""
        self._before = person
        self._id = person.id if person is not None else new_id()  # also where it is saved a second time
        held = person or Practitioner("", "")
        self.name.setText(held.name)
        self.licence.setText(held.licence_number)
        self.jurisdiction.setText(held.jurisdiction)
        self.certificate.setText(held.needling_certificate)
        self.since.setText(held.needling_from.isoformat() if held.needling_from else "")
        self.until.setText(held.needling_until.isoformat() if held.needling_until else "")
        self.role.set_current(str(held.role))
        self._show(())
        self.show()
        self.name.setFocus()

    def _show(self, problems: tuple[Problem, ...]) -> None:
        by_field = {p.field: p.sentence for p in problems}
        for name, field in self.fields.items():
            field.show_problem(by_field.get(name, ""))

    def _save(self) -> None:
        found: list[Problem] = []
        days = {}
        for field, line in (("needling_from", self.since), ("needling_until", self.until)):
            try:
                days[field] = line.value()
            except ValueError as error:
                found.append(Problem(field, str(error)))
        if found:
            self._show(tuple(found))
            return
        base = self._before or Practitioner(self._id, "")
        after = replace(
            base,
            name=self.name.text(),
            role=Role(self.role.current),
            licence_number=self.licence.text(),
            jurisdiction=self.jurisdiction.text(),
            needling_certificate=self.certificate.text(),
            needling_from=days["needling_from"],
            needling_until=days["needling_until"],
        )
        problems = check(after, before=self._before)
        self._show(problems)
        if problems:
            return
        self._put(self._before, after)

    def _put(self, before: Practitioner | None, after: Practitioner) -> None:
        edit = change(before, after, label="Change practitioner") if before is not None else add(after)

        def failed(error: Exception) -> None:
            if isinstance(error, ConflictError) and isinstance(error.theirs, Practitioner):
                if before is None:
                    self._put(error.theirs, after)  # it had been saved after all, and nobody was told
                else:
                    settle(self._context.prompts, before, after, error.theirs, self._put)
            elif isinstance(error, RefusedError):
                self._show(error.problems)
            else:
                self._context.prompts.tell(message_for(error))

        self._session.apply(edit, self.hide, failed)


class PeoplePart(QWidget):
    """The list of practitioners."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._session = session
        self.list = column(gap=6)
        self.form = PersonForm(context, session)
        self.new = QPushButton("New practitioner")
        lines = column(self, gap=10)
        lines.addWidget(rule())
        lines.addWidget(heading("Practitioners"))
        lines.addLayout(self.list)
        lines.addLayout(row(self.new, None))
        lines.addWidget(self.form)
        self.pins = PinPart(context, session)
        lines.addWidget(self.pins)
        self.new.clicked.connect(lambda: self.form.show_person(None))
        session.people_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show everybody."""
        clear(self.list)
        for person in self._session.people:
            card = Card(active=True)
            until = f", until {person.needling_until.isoformat()}" if person.needling_until else ""
            facts = [ROLES[person.role]]
            facts.append(f"licence {person.licence_number}" if person.licence_number else "no licence number")
            facts.append(
                f"needling: {person.needling_certificate}{until}"
                if person.needling_certificate
                else "no needling"
            )
            if person.id in self._session.with_pin:
                facts.append("with a PIN")
            line = row(label(person.name, "strong", wrap=False), gap=12)
            line.addWidget(label(", ".join(facts), "muted"), 1)
            card.body.addLayout(line)
            card.setAccessibleName(f"Change {person.name}")
            card.pressed.connect(partial(self.form.show_person, person))
            self.list.addWidget(card)

    def forget(self) -> None:
        """Empty what was typed."""
        self.form.hide()
        self.pins.forget()
