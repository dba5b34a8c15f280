"""The patient list as a thin model: rows are frozen values."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from myomap.records.practice import PatientLine

ID_ROLE = Qt.ItemDataRole.UserRole + 1
COLUMNS = ("Name", "Born", "Number", "Last visit")
Index = QModelIndex | QPersistentModelIndex


class PatientModel(QAbstractTableModel):
    """Rows of the list."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[PatientLine, ...] = ()

    def show(self, lines: Sequence[PatientLine]) -> None:
        """Take other rows."""
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line = self.lines[index.row()]
        if role == ID_ROLE:
            return line.id
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            shown = line.name if role == Qt.ItemDataRole.ToolTipRole else line.name[:200]
            texts = (
                f"{shown} (archived)" if line.archived else shown,
                line.birth_date.isoformat() if line.birth_date else "",
                line.number,
                line.last_visit.isoformat() if line.last_visit else "",
            )
            return texts[index.column()]
        return None
