"""What else can be done with a patient's record: give it away, see who looked, erase it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import Field, Fold, LineEntry
from myomap.gui.messages import Message, message_for
from myomap.gui.parts import clear, column, label, row
from myomap.gui.practice.session import Session
from myomap.gui.visit.documents import write_whole
from myomap.records.practice import AuditLine, Deed, Erased
from myomap.records.values import Patient

_DEEDS = {Deed.SAW: "looked at", Deed.UNDID: "took back", Deed.REDID: "did again"}


class RecordPart(QWidget):
    """Folded away below the visits."""

    def __init__(self, context: Context, session: Session, on_erased: Callable[[], object]) -> None:
        super().__init__()
        self._context, self._session, self._on_erased = context, session, on_erased
        self._patient: Patient | None = None
        lines = column(self, gap=2)
        self.audit = Fold("Who looked, changed, printed", self._build_audit)
        self.give = Fold("Give the record away", self._build_give)
        self.erase = Fold("Erase for good", self._build_erase)
        for fold in (self.audit, self.give, self.erase):
            lines.addWidget(fold)
        self.audit.head.toggled.connect(lambda on: self._read_audit() if on else None)

    def show_patient(self, patient: Patient | None) -> None:
        """Take a patient, or none: everything is folded away."""
        self._patient = patient
        for fold in (self.audit, self.give, self.erase):
            fold.head.setChecked(False)
        if hasattr(self, "deeds"):
            clear(self.deeds)

    # -- audit ---------------------------------------------------------------------------------
    def _build_audit(self, lines: QVBoxLayout) -> None:
        self.deeds = column(gap=1)
        lines.addLayout(self.deeds)

    def _read_audit(self) -> None:
        if self._patient is not None:
            id = self._patient.id
            self._session.read(lambda practice: practice.audit(subject=id, limit=60), self._show_audit)

    def _show_audit(self, found: Sequence[AuditLine]) -> None:
        clear(self.deeds)
        names = {person.id: person.name for person in self._session.people}
        for line in found:
            deed = _DEEDS.get(line.deed, str(line.deed).replace("_", " "))
            who = names.get(line.actor, "somebody who no longer works here" if line.actor else "the program")
            words = f"{line.at.astimezone():%Y-%m-%d %H:%M}   {who} {deed}   {line.words}"
            self.deeds.addWidget(label(words, "small"))

    # -- giving --------------------------------------------------------------------------------
    def _build_give(self, lines: QVBoxLayout) -> None:
        lines.addWidget(label("Everything about this patient as readable JSON, with the audit.", "muted"))
        button = QPushButton("Write the whole record …")
        button.clicked.connect(self._ask_file)
        lines.addLayout(row(button, None))

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
        lines.addWidget(
            label("Only an owner can, and only when the record need not be kept any longer.", "muted")
        )
        self.reason = LineEntry("Reason for erasing")
        self.reason_field = Field("Reason", self.reason)
        button = QPushButton("Erase this patient …")
        button.setProperty("kind", "danger")
        button.clicked.connect(self._ask_erase)
        lines.addWidget(self.reason_field)
        lines.addLayout(row(button, None))

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
            lambda practice: practice.erase_patient(patient.id, reason=reason), self._on_done, self._tell
        )

    def _on_done(self, erased: Erased) -> None:
        self._on_erased()
        self._context.prompts.tell(
            Message(
                "The patient was erased.",
                f"{erased.visits} visits went with it. {erased.backups_with_it} backups may still hold the record.",
            )
        )

    def _tell(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))
