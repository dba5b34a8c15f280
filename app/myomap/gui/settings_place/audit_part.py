"""The audit of the whole practice: who did what and when, and whether any line was changed or is missing."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from myomap.gui.context import Context
from myomap.gui.forms import Choice, Fold
from myomap.gui.messages import message_for
from myomap.gui.parts import column, heading, label, row, rule
from myomap.gui.practice.audit_words import Told, tell
from myomap.gui.practice.session import Session
from myomap.records.practice import AuditVerdict, Deed, Practice

#: So many lines are read, and so many more when older ones are wanted.
STEP = 100
_GROUPS: dict[str, tuple[str, frozenset[Deed]]] = {
    "all": ("Everything", frozenset(Deed)),
    "saw": ("Looked at", frozenset({Deed.SAW, Deed.SHOWED})),
    "changed": ("Changed", frozenset({Deed.CHANGED, Deed.UNDID, Deed.REDID, Deed.AMENDED, Deed.ERASED})),
    "signed": ("Signed", frozenset({Deed.SIGNED, Deed.AMENDED})),
    "out": ("Exported, printed", frozenset({Deed.EXPORTED, Deed.PRINTED})),
    "doors": (
        "Opened, locked",
        frozenset({
            Deed.UNLOCKED, Deed.LOCKED, Deed.SIGNED_IN, Deed.PASSPHRASE_CHANGED, Deed.PIN_SET, Deed.PIN_REMOVED,
            Deed.PIN_WRONG,
        }),
    ),
}  # fmt: skip


class AuditPart(QWidget):
    """Checks the audit, and shows it."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self._context, self._session = context, session
        self._limit = STEP
        self.verify = QPushButton("Check the audit")
        self.verdict = label("", "muted")
        lines = column(self, gap=10)
        lines.addWidget(rule())
        lines.addWidget(heading("Who did what"))
        lines.addWidget(
            label(
                "Everything that is seen, changed, signed, printed or given away is written down and chained: a line"
                " that somebody changes or takes out is found.",
                "muted",
            )
        )
        lines.addLayout(row(self.verify, None))
        lines.addWidget(self.verdict)
        self.verdict.hide()
        self.fold = Fold("The audit, line by line", self._build)
        lines.addWidget(self.fold)
        self.fold.head.toggled.connect(lambda on: self.read() if on else self.forget())
        self.verify.clicked.connect(self._verify)

    def _build(self, lines: QVBoxLayout) -> None:
        self.group = Choice(
            "Show", [(key, words) for key, (words, _) in _GROUPS.items()], "all", optional=False
        )
        self.group.chosen.connect(lambda _: self.read())
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels(["When", "Who", "Did", "What"])
        self.table.setAccessibleName("The audit")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.setMinimumHeight(320)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for section in range(3):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.older = QPushButton("Show older lines")
        self.older.clicked.connect(self._more)
        self.count = label("", "small")
        lines.addWidget(self.group)
        lines.addWidget(self.table)
        lines.addLayout(row(self.count, None, self.older))

    def _more(self) -> None:
        self._limit += STEP
        self.read()

    def read(self) -> None:
        """Read the newest lines of the group that is chosen."""
        if not self._session.is_open or not hasattr(self, "table"):
            return
        limit, wanted = self._limit, _GROUPS[self.group.current][1]

        def work(practice: Practice) -> tuple[tuple[Told, ...], bool]:
            lines = practice.audit(limit=limit)
            return tell(practice, (line for line in lines if line.deed in wanted)), len(lines) == limit

        self._session.read(work, self._show, self._tell, topic="audit")

    def _show(self, found: tuple[tuple[Told, ...], bool]) -> None:
        lines, more = found
        self.table.setRowCount(len(lines))
        for at, line in enumerate(lines):
            cells = (f"{line.at.astimezone():%Y-%m-%d %H:%M:%S}", line.who, line.deed, line.about)
            for section, text in enumerate(cells):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                self.table.setItem(at, section, cell)
        self.older.setVisible(more)
        self.count.setText(
            f"{len(lines)} of the newest {self._limit} lines" if more else f"{len(lines)} lines"
        )

    def _verify(self) -> None:
        self.verify.setEnabled(False)
        self.verdict.setText("Checking every line …")
        self.verdict.show()
        self._session.read(lambda practice: practice.verify_audit(), self._on_verified, self._on_failed)

    def _on_verified(self, verdict: AuditVerdict) -> None:
        self.verify.setEnabled(True)
        if verdict.is_whole:
            self.verdict.setText(f"All {verdict.lines:,} lines are whole and in order.")
        else:
            more = f" And {len(verdict.faults) - 5} more." if len(verdict.faults) > 5 else ""
            self.verdict.setText(
                "The audit has faults: " + " ".join(verdict.faults[:5]) + more
                + " Keep a copy of the practice folder and ask whoever looks after it."
            )  # fmt: skip

    def _on_failed(self, error: Exception) -> None:
        self.verify.setEnabled(True)
        self.verdict.hide()
        self._tell(error)

    def _tell(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))

    def refresh(self) -> None:
        """Nothing is read until it is asked for."""
        self.verify.setEnabled(True)

    def forget(self) -> None:
        """Empty it."""
        self._limit = STEP
        self.verdict.hide()
        self.verdict.setText("")
        if hasattr(self, "table"):
            self.table.setRowCount(0)
            self.count.setText("")
        if not self._session.is_open:
            self.fold.head.setChecked(False)
