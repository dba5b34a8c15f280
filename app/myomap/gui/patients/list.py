"""The patient list with search as you type."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QWidget,
)

from myomap.gui.columns import Hints
from myomap.gui.parts import column, label, row
from myomap.gui.patients.model import ID_ROLE, PatientModel
from myomap.gui.practice.session import Session
from myomap.records.practice import PatientLine

LIMIT = 200


class PatientList(QWidget):
    """Finds patients by the beginnings of name words, number or birth date."""

    chosen = Signal(str)
    wants_new = Signal()
    wants_group = Signal()
    """The map of everybody's drawings is asked for."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self.text = QLineEdit()
        self.text.setObjectName("search")
        Hints(
            self.text,
            "Name, file number or birth date (1980-05)",
            "Name, number or birth date",
            "Find a patient",
            "Find",
        )
        self.text.setAccessibleName("Search patients")
        self.text.setClearButtonEnabled(True)
        self.archived = QCheckBox("Show archived")
        self.new = QPushButton("New patient")
        self.new.setProperty("kind", "primary")
        self.group = QPushButton("Where our patients hurt")
        self.group.setToolTip("The drawings of many patients on one map, without names")
        self.model = PatientModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Patients")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(40)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for section in (1, 2, 3):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(110)
        self.empty = QWidget()
        words = column(self.empty, margin=40, gap=10)
        words.addStretch(1)
        self.empty_title = label("", "title")
        self.empty_text = label("", "subtitle")
        for each in (self.empty_title, self.empty_text):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            words.addWidget(each)
        self.first = QPushButton("Make the first patient")
        self.first.setProperty("kind", "primary")
        words.addLayout(row(None, self.first, None))
        words.addStretch(2)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.empty)
        self.count = label("", "small")
        lines = column(self, margin=16, gap=12)
        top = row(gap=12)
        top.addWidget(self.text, 1)
        top.addWidget(self.archived)
        top.addWidget(self.group)
        top.addWidget(self.new)
        lines.addLayout(top)
        lines.addWidget(self.pages, 1)
        lines.addWidget(self.count)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(40)
        self._soon.timeout.connect(self.refresh)
        self.text.textChanged.connect(lambda _: self._soon.start())
        self.text.installEventFilter(self)
        self.table.installEventFilter(self)
        self.archived.toggled.connect(lambda _: self.refresh())
        self.new.clicked.connect(self.wants_new)
        self.first.clicked.connect(self.wants_new)
        self.group.clicked.connect(self.wants_group)
        self.table.clicked.connect(self._on_clicked)
        session.patients_changed.connect(self._on_changed)
        session.state_changed.connect(self._on_state_changed)

    def _on_state_changed(self) -> None:
        if self._session.is_open:
            self._on_changed()
        else:
            self.model.show(())
            self.text.clear()

    def _on_changed(self) -> None:
        """Read again soon, where somebody sees it: with every stroke that is saved in a visit something changed."""
        if self.isVisible():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        self._soon.stop()
        if not self._session.is_open:
            return
        text, archived = self.text.text().strip(), self.archived.isChecked()
        self._session.read(
            lambda practice: (
                practice.search(text, archived=archived, limit=LIMIT),
                practice.count_patients(),
            ),
            self._show,
            topic="patient-list",
        )

    def _show(self, found: tuple[Sequence[PatientLine], int]) -> None:
        lines, total = found
        if not self._session.is_open:
            return
        held = self.table.currentIndex().data(ID_ROLE)
        self.model.show(lines)
        at = next((i for i, line in enumerate(lines) if line.id == held), 0)
        if lines:
            self.table.setCurrentIndex(self.model.index(at, 0))
        self.pages.setCurrentWidget(self.table if lines else self.empty)
        if not lines:
            searched = bool(self.text.text().strip())
            self.empty_title.setText("Nobody found" if searched else "No patients yet")
            self.empty_text.setText(
                "Try the beginning of a name, a file number or a birth date."
                if searched
                else "A visit begins with a patient."
            )
            self.first.setVisible(not searched)
        more = f", the first {LIMIT}" if len(lines) == LIMIT else ""
        self.count.setText(f"{len(lines)} of {total} patients{more}" if total else "")

    def _on_clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(str(index.data(ID_ROLE)))

    def open_current(self) -> None:
        """Open the patient that is marked."""
        index = self.table.currentIndex()
        if index.isValid():
            self.chosen.emit(str(index.data(ID_ROLE)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.open_current()
                return True
            if watched is self.text and key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.model.lines:
                step = 1 if key == Qt.Key.Key_Down else -1
                at = max(0, min(len(self.model.lines) - 1, self.table.currentIndex().row() + step))
                self.table.setCurrentIndex(self.model.index(at, 0))
                return True
        return False
