"""The patients: list, one patient's page, the form, the course."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from myomap.gui.context import Context
from myomap.gui.messages import message_for
from myomap.gui.patients.form import PatientForm
from myomap.gui.patients.list import PatientList
from myomap.gui.patients.page import PatientPage
from myomap.gui.practice.session import Session
from myomap.gui.practice.settling import settle
from myomap.gui.practice.welcome import centred
from myomap.records.edits import add, change
from myomap.records.errors import ConflictError, RefusedError
from myomap.records.values import Patient

if TYPE_CHECKING:
    from myomap.gui.course.page import CoursePage
    from myomap.gui.frequency.page import FrequencyPage


class PatientsPlace(QStackedWidget):
    """One page at a time."""

    visit_chosen = Signal(str)

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context, self._session = context, session
        self.list = PatientList(session)
        self.page = PatientPage(context, session)
        self.form = PatientForm()
        self.course: CoursePage | None = None
        self.group: FrequencyPage | None = None
        self._draft: tuple[Patient | None, dict[str, str]] | None = None
        self._form_page = centred(self.form, 720)
        for page in (self.list, self.page, self._form_page):
            self.addWidget(page)
        self.list.chosen.connect(self.open_patient)
        self.list.wants_new.connect(self.new_patient)
        self.list.wants_group.connect(self.show_group)
        self.page.wants_list.connect(self.show_list)
        self.page.wants_edit.connect(self._edit)
        self.page.wants_course.connect(self.show_course)
        self.page.visit_chosen.connect(self.visit_chosen)
        self.form.saved.connect(self._save)
        self.form.given_up.connect(self._back)
        session.state_changed.connect(self._on_state_changed)

    def _on_state_changed(self) -> None:
        if self._session.is_open and self._draft is not None:
            self.form.bring_back(self._draft)
            self._draft = None
            self.setCurrentWidget(self._form_page)
        if not self._session.is_open:
            # what was typed and not saved comes back with the passphrase
            self._draft = (
                self.form.draft() if self.currentWidget() is self._form_page else None
            ) or self._draft
            self.form.show_patient(None)
            self._drop_course()
            if self.group is not None:
                self.group.forget()
            self.setCurrentWidget(self.list)

    def unkept(self) -> list[str]:
        """Return the name of the form if something in it is not saved."""
        open_now = self.currentWidget() is self._form_page and self.form.draft() is not None
        return (
            [self.form.title.text() if open_now else "A patient's facts"] if open_now or self._draft else []
        )

    def show_list(self) -> None:
        """Show the list."""
        if self.group is not None:
            self.group.stop()
        if self.currentWidget() is self.list and self.list.isVisible():
            self.list.refresh()
        self.setCurrentWidget(self.list)  # what comes into sight is read
        self.list.text.setFocus()

    def open_patient(self, id: str) -> None:
        """Show a patient's page."""
        self.page.open(id)
        self.setCurrentWidget(self.page)
        self.page.new.setFocus()

    def new_patient(self) -> None:
        """Show the empty form."""
        self.form.show_patient(None)
        self.setCurrentWidget(self._form_page)
        self.form.name.setFocus()

    def _edit(self, patient: Patient) -> None:
        self.form.show_patient(patient)
        self.setCurrentWidget(self._form_page)
        self.form.name.setFocus()

    def _back(self) -> None:
        self.setCurrentWidget(self.page if self.page.patient is not None else self.list)

    def _save(self, before: Patient | None, after: Patient) -> None:
        edit = (
            add(after, label="New patient")
            if before is None
            else change(before, after, label="Change patient")
        )

        def done() -> None:
            if self.currentWidget() is self._form_page:
                self.open_patient(after.id)

        def failed(error: Exception) -> None:
            self.form.save.setEnabled(True)
            if isinstance(error, RefusedError):
                self.form.show_problems(error.problems)
            elif isinstance(error, ConflictError) and isinstance(error.theirs, Patient):
                if before is None:
                    self._save(error.theirs, after)  # it had been saved after all, and nobody was told
                else:
                    settle(self._context.prompts, before, after, error.theirs, self._save)
            else:
                self._context.prompts.tell(message_for(error))

        self._session.apply(edit, done, failed)

    # -- course --------------------------------------------------------------------------------
    def show_course(self, patient: Patient) -> None:
        """Show all visits of a patient as maps and plots."""
        from myomap.gui.course.page import CoursePage

        if self.course is None:
            self.course = CoursePage(self._context)
            self.course.back.connect(self._back)
            self.course.visit_chosen.connect(self.visit_chosen)
            self.addWidget(self.course)
        self.setCurrentWidget(self.course)
        page, unit = self.course, self._session.settings.pressure_unit
        self._session.read(
            lambda practice: practice.course(patient.id),
            lambda records: page.show_course(patient, records, unit),
            lambda error: self._context.prompts.tell(message_for(error)),
            topic="course",
        )

    # -- everybody -----------------------------------------------------------------------------
    def show_group(self) -> None:
        """Show where all patients hurt: many drawings on one map, without names."""
        from myomap.gui.frequency.page import FrequencyPage

        if self.group is None:
            self.group = FrequencyPage(self._context, self._session)
            self.group.wants_list.connect(self.show_list)
            self.addWidget(self.group)
        self.setCurrentWidget(self.group)
        self.group.choice.which.focus()
        self.group.read()

    def _drop_course(self) -> None:
        if self.course is not None:
            self.course.forget()
