"""The top of the path: whose visit, which day, what must be seen first, undo, and whether all is saved."""

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QToolButton, QWidget

from myomap.gui.context import Context
from myomap.gui.forms import LineEntry
from myomap.gui.icons import icon
from myomap.gui.parts import Card, chip, column, label, row
from myomap.gui.visit.desk import Desk, Saving
from myomap.records.edits import change

_SAVING = {
    Saving.SAVED: ("Saved", "good"),
    Saving.SAVING: ("Saving …", "chip"),
    Saving.WAITING: ("Not saved yet", "danger"),
    Saving.CONFLICT: ("Changed elsewhere", "danger"),
}


class Top(QFrame):
    """Shows the head of the visit."""

    wants_patient = Signal(str)
    """Back to the patient's page."""
    wants_try = Signal()

    def __init__(self, context: Context, desk: Desk) -> None:
        super().__init__()
        self._context, self._desk = context, desk
        self.setObjectName("bar")
        self.name = QPushButton()
        self.name.setObjectName("top_name")
        self.name.setToolTip("Open the patient's page")
        self.name.clicked.connect(self._on_name)
        self.day = label("", "muted", wrap=False)
        self.undo, self.redo = self._tool("undo", "Undo"), self._tool("redo", "Redo")
        self.undo.clicked.connect(desk.undo)
        self.redo.clicked.connect(desk.redo)
        self.saving = chip("")
        self.saving.setAccessibleName("Saved state")
        self.signed = chip("Signed", "good")
        self.copied = chip("Copied forward: review", "recalled")
        self.reason = LineEntry("Reason of the visit", hint="Reason of the visit")
        self.reason.typed.connect(self._on_reason)
        self.alerts = Card("danger_card")
        self.alert_words = label("", "strong")
        self.alerts.body.setContentsMargins(10, 5, 10, 5)
        self.alerts.body.addWidget(self.alert_words)
        lines = column(self, margin=10, gap=6)
        self._lines = lines
        self._first = row(self.name, None, self.undo, self.redo, gap=6)
        self._second = row(self.day, None, self.signed, self.copied, self.saving, gap=6)
        self._low = self._may_be_low = False
        lines.addLayout(self._first)
        lines.addLayout(self._second)
        lines.addWidget(self.alerts)
        lines.addWidget(self.reason)
        desk.opened.connect(self._on_opened)
        desk.changed.connect(lambda _: self.refresh())
        desk.saving_changed.connect(self._show_saving)
        context.look.changed.connect(self._dress)
        self._dress()
        self.refresh()

    def set_low(self, low: bool) -> None:
        """Take one line for whose visit it is and how it is kept, not two: the window is low."""
        self._may_be_low = low
        self._arrange()

    def _arrange(self) -> None:
        """Put the day and what is kept beside the name, or below it: the name is never cut for them."""
        low = self._may_be_low and self._wide_as_one() <= self.width()
        if low == self._low:
            return
        self._low = low
        for at, each in enumerate((self.day, self.signed, self.copied, self.saving)):
            if low:
                self._first.insertWidget(1 if each is self.day else at + 2, each)
            else:
                self._second.insertWidget(at + (at > 0), each)
        self._lines.setContentsMargins(10, 4 if low else 10, 10, 6 if low else 10)
        self._lines.setSpacing(4 if low else 6)
        self.refresh()

    def _wide_as_one(self) -> int:
        patient = self._desk.patient
        name = self.name.fontMetrics().horizontalAdvance(patient.name if patient is not None else "") + 24
        others = [self.undo, self.redo, self.day, self.signed, self.copied, self.saving]
        return name + 24 + sum(each.sizeHint().width() + 6 for each in others if each.isVisibleTo(self))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._fit_name()

    def _fit_name(self) -> None:
        """Shorten a name only as far as its line asks for it."""
        patient, record = self._desk.patient, self._desk.record
        if patient is None or record is None:
            return
        others: list[QWidget] = [self.undo, self.redo]
        others += [self.day, self.signed, self.copied, self.saving] if self._low else []
        wide = sum(each.sizeHint().width() + 6 for each in others if not each.isHidden())
        room = self.width() - 2 * 10 - wide - 16
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(patient.name, Qt.TextElideMode.ElideRight, max(80, room)))

    def _tool(self, name: str, words: str) -> QToolButton:
        made = QToolButton()
        made.setProperty("picture", name)
        made.setAccessibleName(words)
        made.setIconSize(QSize(20, 20))
        return made

    def _dress(self) -> None:
        colour = self._context.look.chrome
        for button in (self.undo, self.redo):
            ink = colour.text if button.isEnabled() else colour.strong_border
            button.setIcon(icon(button.property("picture"), ink, 20))

    def _on_name(self) -> None:
        if self._desk.patient is not None:
            self.wants_patient.emit(self._desk.patient.id)

    def _on_reason(self, text: str) -> None:
        record = self._desk.record
        if record is not None and record.visit.reason != text:
            after = replace(record.visit, reason=text)
            self._desk.do(change(record.visit, after, label="Reason", gesture="reason"))

    def _on_opened(self) -> None:
        """Show another visit: whatever stood in the field belonged to the one before."""
        record = self._desk.record
        self.reason.begin(record.visit.reason if record is not None else "")
        self.refresh()

    def refresh(self) -> None:
        """Show the visit that lies open."""
        patient, record = self._desk.patient, self._desk.record
        if patient is None or record is None:
            self.name.setText("")
            self.name.setToolTip("")
            self.alert_words.setText("")
            self.day.setText("")
            self.reason.show_text("")
            self.alerts.hide()
            return
        born = f", born {patient.birth_date.isoformat()}" if patient.birth_date else ""
        self.name.setToolTip(f"{patient.name}{born}: open the patient's page")
        visit = record.visit
        self.day.setText(f"{visit.on:{'%a' if self._low else '%A'}} {visit.on.isoformat()}")
        self.signed.setVisible(visit.is_signed)
        self.copied.setVisible(bool(record.carried))
        self.alert_words.setText(" · ".join(patient.alerts))
        self.alerts.setVisible(bool(patient.alerts))
        self.reason.show_text(visit.reason)
        self.reason.setEnabled(not visit.is_signed)
        self._show_saving()
        self._arrange()

    def _show_saving(self) -> None:
        words, kind = _SAVING[self._desk.saving]
        self.saving.setText(words)
        self.saving.setToolTip(self._desk.trouble)
        if self.saving.property("kind") != kind:
            self.saving.setProperty("kind", kind)
            self.saving.style().unpolish(self.saving)
            self.saving.style().polish(self.saving)
        self.saving.setVisible(self._desk.record is not None and not self._desk.signed)
        for button, words, said, keys in (
            (self.undo, "Undo", self._desk.undo_label, "Ctrl+Z"),
            (self.redo, "Redo", self._desk.redo_label, "Ctrl+Shift+Z"),
        ):
            button.setEnabled(bool(said) and not self._desk.signed)
            button.setToolTip(f"{words}: {said} ({keys})" if said else f"Nothing to {words.lower()}")
        self._fit_name()
        self._dress()
