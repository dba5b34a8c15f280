"""What else can be done with a patient's record: give it away, see who looked, erase it."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field, Fold, LineEntry
from myomap.gui.messages import Message, message_for
from myomap.gui.parts import clear, column, label, row
from myomap.gui.practice.audit_words import Told, tell
from myomap.gui.practice.session import Session
from myomap.gui.visit.documents import without_names, write_whole
from myomap.records.practice import Deed, Erased, Practice
from myomap.records.retention import kept_until
from myomap.records.values import Patient, Role


class RecordPart(QWidget):
    """Folded away below the visits."""

    def __init__(self, context: Context, session: Session, on_erased: Callable[[], object]) -> None:
        super().__init__()
        self._context, self._session, self._on_erased = context, session, on_erased
        self._patient: Patient | None = None
        self._last: date | None = None
        lines = column(self, gap=2)
        self.audit = Fold("Who looked, changed, printed", self._build_audit)
        self.give = Fold("Give the record away", self._build_give)
        self.erase = Fold("Erase for good", self._build_erase)
        for fold in (self.audit, self.give, self.erase):
            lines.addWidget(fold)
        self.audit.head.toggled.connect(lambda on: self._read_audit() if on else None)
        self.erase.head.toggled.connect(lambda on: self._show_until() if on else None)

    def set_last_visit(self, last: date | None) -> None:
        """Take the day of the last visit: it says how long the record must be kept."""
        self._last = last
        self._show_until()

    def show_patient(self, patient: Patient | None) -> None:
        """Take a patient, or none: everything is folded away."""
        self._patient, self._last = patient, None
        for fold in (self.audit, self.give, self.erase):
            fold.head.setChecked(False)
        if hasattr(self, "deeds"):
            clear(self.deeds)
        if hasattr(self, "reason"):
            self.reason.show_text("")
            self.reason_field.show_problem("")

    # -- audit ---------------------------------------------------------------------------------
    def _build_audit(self, lines: QVBoxLayout) -> None:
        self.deeds = column(gap=1)
        lines.addLayout(self.deeds)

    def _read_audit(self) -> None:
        if self._patient is not None:
            id = self._patient.id
            self._session.read(
                lambda practice: tell(practice, practice.audit(subject=id, limit=60)), self._show_audit
            )

    def _show_audit(self, found: Sequence[Told]) -> None:
        clear(self.deeds)
        for line in found:
            words = f"{line.at.astimezone():%Y-%m-%d %H:%M}   {line.who} {line.deed}   {line.words}"
            self.deeds.addWidget(label(words, "small"))

    # -- giving --------------------------------------------------------------------------------
    def _build_give(self, lines: QVBoxLayout) -> None:
        lines.addWidget(label("Everything about this patient as readable JSON, with the audit.", "muted"))
        button = QPushButton("Write the whole record …")
        button.clicked.connect(self._ask_file)
        lines.addLayout(row(button, None))
        lines.addWidget(
            label("All visits as CSV for research: names, dates and free words are taken out.", "muted")
        )
        self.nameless = QPushButton("Write the visits without names …")
        self.nameless.clicked.connect(self._ask_nameless)
        lines.addLayout(row(self.nameless, None))

    def _ask_nameless(self) -> None:
        self._context.prompts.save_file(
            "Write the visits without names",
            Path.home() / "visits-pseudonymous.csv",
            "CSV (*.csv)",
            self.write_nameless,
        )

    def write_nameless(self, path: Path) -> None:
        """Write all visits to a file that names nobody."""
        patient, name = self._patient, self._session.settings.name
        if patient is None:
            return

        def work(practice: Practice) -> None:
            write_whole(path, without_names(patient, practice.course(patient.id), name))

        def done(_: object) -> None:
            self._session.note(Deed.EXPORTED, patient.id, "research")
            self._context.prompts.tell(Message(f"Written: {path.name}", str(path.parent)))

        self._session.read(work, done, self._tell)

    def _ask_file(self) -> None:
        self._context.prompts.save_file(
            "Write the whole record", Path.home() / "record.json", "JSON (*.json)", self.write
        )

    def write(self, path: Path) -> None:
        """Write the whole record to a file."""
        patient = self._patient
        if patient is None:
            return
        self._session.read(
            lambda practice: write_whole(path, practice.export_patient(patient.id)),
            lambda _: self._context.prompts.tell(Message(f"Written: {path.name}", str(path.parent))),
            self._tell,
        )

    # -- erasing -------------------------------------------------------------------------------
    def _build_erase(self, lines: QVBoxLayout) -> None:
        self.until = label("", "muted")
        lines.addWidget(self.until)
        self.reason = LineEntry("Reason for erasing")
        self.reason_field = Field("Reason", self.reason)
        self.erase_button = QPushButton("Erase this patient …")
        self.erase_button.setProperty("kind", "danger")
        self.erase_button.clicked.connect(self._ask_erase)
        lines.addWidget(self.reason_field)
        lines.addLayout(row(self.erase_button, None))
        self._show_until()

    def _show_until(self) -> None:
        """Say beforehand whether the record may be erased, and why not."""
        if not hasattr(self, "until"):
            return
        years, actor = self._session.settings.retention_years, self._session.actor
        until = kept_until(self._last, years) if self._last is not None else None
        must_stay = until is not None and date.today() < until
        if must_stay:
            self.until.setText(
                f"This record must be kept until {until}: {years} years after the last visit, as the practice’s"
                " settings say. Archive the patient instead."
            )
        else:
            who = (
                ""
                if actor is not None and actor.role is Role.OWNER
                else " Only an owner of the practice can do it."
            )
            self.until.setText(
                f"This record need not be kept any longer.{who} Nothing brings it back but a backup."
            )
        self.reason_field.setVisible(not must_stay)
        self.erase_button.setVisible(not must_stay)

    def _ask_erase(self) -> None:
        reason, patient = self.reason.text().strip(), self._patient
        self.reason_field.show_problem("" if reason else "Say why.")
        if reason and patient is not None:
            self._context.prompts.ask(
                "Erase this patient and all visits?",
                "This cannot be undone. Backups made before may still hold the record until they are thinned out.",
                "Erase for good",
                partial(self._erase, patient, reason),
                danger=True,
            )

    def _erase(self, patient: Patient, reason: str) -> None:
        self._session.read(
            lambda practice: practice.erase_patient(patient.id, reason=reason),
            partial(self._on_done, patient),
            self._tell,
        )

    def _on_done(self, patient: Patient, erased: Erased) -> None:
        self._session.erased.emit(patient.id)
        self._on_erased()
        self._context.prompts.tell(
            Message(
                "The patient was erased.",
                f"{erased.visits} visits went with it. {erased.backups_with_it} backups may still hold the record.",
            )
        )

    def _tell(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))
