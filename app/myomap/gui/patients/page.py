"""One patient's page: facts, alerts, visits, and what can be done."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QScrollArea, QWidget

from myomap.gui.context import Context
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, Title, chip, clear, column, heading, label, row
from myomap.gui.patients.form import SEXES
from myomap.gui.patients.keeping import RecordPart
from myomap.gui.practice.session import Session
from myomap.gui.reading_order import KeptInOrder
from myomap.records.edits import change
from myomap.records.errors import ConflictError
from myomap.records.practice import Practice, VisitLine
from myomap.records.values import Patient, VisitRecord


def _with_names(practice: Practice, visits: Sequence[VisitLine]) -> Sequence[VisitLine]:
    """Return the visits with the practitioner's name in place of the id."""
    names = {who.id: who.name for who in practice.practitioners(archived=True)}
    return [replace(line, practitioner=names.get(line.practitioner, "")) for line in visits]


class PatientPage(QScrollArea):
    """Shows a patient; visits are opened from here."""

    wants_list = Signal()
    wants_edit = Signal(object)
    wants_course = Signal(object)
    visit_chosen = Signal(str)

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("The patient")
        self._context, self._session = context, session
        self.patient: Patient | None = None
        self.visits: Sequence[VisitLine] = ()
        page, inside = QWidget(), QWidget()
        page.setObjectName("page")
        inside.setMaximumWidth(980)
        across = row(gap=0)
        across.addStretch(1)
        across.addWidget(inside, 20, Qt.AlignmentFlag.AlignTop)
        across.addStretch(1)
        page.setLayout(across)
        self.setWidget(page)
        self.setWidgetResizable(True)
        KeptInOrder(page)
        self.back = QPushButton("All patients")
        self.name = Title()
        self.facts = label("", "subtitle", selectable=True)
        self.alerts = Card("danger_card")
        self.alert_words = label("", "strong")
        self.alerts.body.addWidget(self.alert_words)
        self.new = QPushButton("New visit")
        self.new.setProperty("kind", "primary")
        self.forward = QPushButton("New visit, copied forward")
        self.forward.setToolTip(
            "Findings, exercises and plan of the last visit come along, marked until reviewed"
        )
        self.course = QPushButton("Course")
        self.course.setToolTip("All visits as maps and plots")
        self.edit = QPushButton("Change facts …")
        self.archive = QPushButton("Archive")
        self.archived = chip("Archived", "caution")
        self.list = column(gap=6)
        self.none = label("No visit yet.", "muted")
        lines = column(inside, margin=20, gap=12)
        lines.addLayout(row(self.back, None, self.edit, self.archive))
        lines.addLayout(row(self.name, self.archived, None))
        lines.addWidget(self.facts)
        lines.addWidget(self.alerts)
        lines.addLayout(row(self.new, self.forward, self.course, None))
        lines.addWidget(heading("Visits"))
        lines.addWidget(self.none)
        lines.addLayout(self.list)
        self.record = RecordPart(context, session, self._on_erased)
        lines.addWidget(self.record)
        lines.addStretch(1)
        self.back.clicked.connect(self.wants_list)
        self.edit.clicked.connect(lambda: self.wants_edit.emit(self.patient))
        self.course.clicked.connect(lambda: self.wants_course.emit(self.patient))
        self.archive.clicked.connect(self._ask_archive)
        self.new.clicked.connect(lambda: self._begin(copy_forward=False))
        self.forward.clicked.connect(lambda: self._begin(copy_forward=True))
        self._is_old = False  # something changed while nobody saw this page
        session.patients_changed.connect(self._on_changed)
        session.state_changed.connect(self._on_state_changed)

    def _on_state_changed(self) -> None:
        if not self._session.is_open:
            self._forget()

    def _on_erased(self) -> None:
        self._forget()
        self._session.patients_changed.emit()
        self.wants_list.emit()

    def _forget(self) -> None:
        self.patient = None
        self.record.show_patient(None)
        self.visits = ()
        for each in (self.name, self.facts, self.alert_words):
            each.setText("")
        clear(self.list)

    def open(self, patient: str) -> None:
        """Read a patient and their visits (the audit says who looked)."""
        self._is_old = False  # coming into sight must not ask for the one before once more
        self._session.read(
            lambda practice: (practice.patient(patient), _with_names(practice, practice.visits(patient))),
            self._show,
            lambda error: self._context.prompts.tell(message_for(error)),
            topic="patient-page",
        )

    def _on_changed(self) -> None:
        self._is_old = True
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_old:
            self.refresh()

    def refresh(self) -> None:
        """Read the visits again; the patient was seen already."""
        self._is_old = False
        if self.patient is None or not self._session.is_open:
            return
        id = self.patient.id

        def read(practice: Practice) -> tuple[Patient, Sequence[VisitLine]]:
            from myomap.records.values import Kind

            held = practice.current(Kind.PATIENT, id)
            found = held if isinstance(held, Patient) else practice.patient(id)
            return found, _with_names(practice, practice.visits(id))

        self._session.read(read, self._show, lambda _: None, topic="patient-page")

    def _show(self, found: tuple[Patient, Sequence[VisitLine]]) -> None:
        if not self._session.is_open:
            return
        patient, visits = found
        if self.patient is None or patient.id != self.patient.id:
            self.record.show_patient(patient)
        self.record.set_last_visit(max((line.on for line in visits), default=None))
        same = patient == self.patient and tuple(visits) == tuple(self.visits) and self.list.count()
        self.patient, self.visits = patient, visits
        if same:
            return
        self.name.setText(patient.name)
        sex = dict(SEXES)[patient.sex].lower()
        parts = [f"born {patient.birth_date.isoformat()}" if patient.birth_date else "", sex]
        parts += [
            f"number {patient.number}" if patient.number else "",
            patient.contact.phone,
            patient.contact.email,
        ]
        self.facts.setText("  ·  ".join(p for p in parts if p and p != "not given"))
        self.alert_words.setText("\n".join(patient.alerts))
        self.alerts.setVisible(bool(patient.alerts))
        self.archived.setVisible(patient.archived)
        self.archive.setText("Take out of the archive" if patient.archived else "Archive")
        self.new.setEnabled(not patient.archived)
        self.forward.setVisible(bool(visits) and not patient.archived)
        self.course.setEnabled(bool(visits))
        clear(self.list)
        self.none.setVisible(not visits)
        for line in visits:
            self.list.addWidget(self._row(line))

    def _row(self, line: VisitLine) -> Card:
        card = Card(active=True)
        state = chip("Signed", "good") if line.signed_at else chip("Not signed", "caution")
        title = label(line.on.isoformat(), "strong", wrap=False)
        title.ensurePolished()  # all days as wide as the widest: what follows stands in one column
        title.setMinimumWidth(title.fontMetrics().horizontalAdvance("0000-00-00"))
        reason = label(line.reason or "no reason written", "muted")
        inside = row(title, gap=12)
        inside.addWidget(reason, 1)
        inside.addWidget(label(line.practitioner, "small", wrap=False))
        inside.addWidget(state)
        card.body.addLayout(inside)
        card.setAccessibleName(f"Visit of {line.on.isoformat()}, {line.reason}")
        card.pressed.connect(partial(self.visit_chosen.emit, line.id))
        return card

    # -- doing ---------------------------------------------------------------------------------
    def _begin(self, *, copy_forward: bool) -> None:
        patient = self.patient
        if patient is None:
            return
        version = self._context.open_atlas().map_version
        self.setFocus()  # else the keyboard jumps to the next button when this one goes grey
        for button in (self.new, self.forward):
            button.setEnabled(False)

        def begun(record: VisitRecord) -> None:
            self._free()
            self._session.patients_changed.emit()
            self.visit_chosen.emit(record.visit.id)

        def failed(error: Exception) -> None:
            self._free()
            self._context.prompts.tell(message_for(error))

        self._session.read(
            lambda practice: practice.new_visit(patient.id, copy_forward=copy_forward, map_version=version),
            begun,
            failed,
        )

    def _free(self) -> None:
        for button in (self.new, self.forward):
            button.setEnabled(True)

    def _ask_archive(self) -> None:
        patient = self.patient
        if patient is None:
            return
        if patient.archived:
            self._set_archived(patient, False)
            return
        self._context.prompts.ask(
            "Archive this patient?",
            "The record is kept and can be taken out of the archive at any time.",
            "Archive",
            lambda: self._set_archived(patient, True),
        )

    def _set_archived(self, patient: Patient, on: bool) -> None:
        edit = change(
            patient, replace(patient, archived=on), label="Archive" if on else "Take out of archive"
        )

        def failed(error: Exception) -> None:
            if isinstance(error, ConflictError) and isinstance(error.theirs, Patient):
                self._set_archived(error.theirs, on)  # what else was changed meanwhile stays
            else:
                self._context.prompts.tell(message_for(error))

        self._session.apply(edit, self.refresh, failed)

    def keyPressEvent(self, event: object) -> None:
        if getattr(event, "key", lambda: 0)() == Qt.Key.Key_Escape:
            self.wants_list.emit()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]
