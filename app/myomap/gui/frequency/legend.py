"""What the map's bands mean, and the same in words: regions by how many drawings are in them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from myomap.gui.parts import clear, column, heading, label, row
from myomap.gui.words import region_name, sentence

if TYPE_CHECKING:
    from myomap.gui.theme import Look
    from myomap.records.group import Group
    from myomap.surface.atlas_source import AtlasSource
    from myomap.surface.frequency import RegionCount

ID_ROLE = Qt.ItemDataRole.UserRole + 1
COLUMNS = ("Region", "Drawings", "Share")
Index = QModelIndex | QPersistentModelIndex


class RegionModel(QAbstractTableModel):
    """Regions that are drawn, the most often drawn first."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[tuple[str, str, str, str], ...] = ()

    def show(self, atlas: "AtlasSource", counts: "Sequence[RegionCount]", drawings: int) -> None:
        """Take other rows."""
        by_number = {region.number: region.id for region in atlas.regions.values()}
        made = []
        for each in counts:
            id = by_number[each.number]
            told = (str(each.drawings), f"{100 * each.drawings / drawings:.0f} %")
            made.append((id, sentence(region_name(atlas, id)).removesuffix(" region"), *told))
        self.beginResetModel()
        self._lines = tuple(made)
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self._lines = ()
        self.endResetModel()

    def row_of(self, region: str | None) -> int:
        """Return a region's row, -1 for none."""
        return next((at for at, line in enumerate(self._lines) if line[0] == region), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        line = self._lines[index.row()]
        if role == ID_ROLE:
            return line[0]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return line[index.column() + 1]
        return None


class Legend(QWidget):
    """Counts, bands and the table of regions. A row lights its region on the maps."""

    region_chosen = Signal(str)

    def __init__(self, look: "Look") -> None:
        super().__init__()
        self._look = look
        self._following = False
        self._drawn: tuple[AtlasSource, Group] | None = None
        self.count = label("", "title")
        self.asked = label("", "muted")
        self.bands = QVBoxLayout()
        self.bands.setSpacing(4)
        self.note = label("", "small")
        self.model = RegionModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Regions by how many drawings are in them")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section in (1, 2):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        # rows are as tall as their names need at the width that is left for them
        header.sectionResized.connect(self._soon_fit)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.regions = heading("Regions")
        self.head = QWidget()
        """What is counted and what the hatches mean; it can stand apart from the rest."""
        first = column(self.head, margin=16, gap=10)
        for widget in (self.count, self.asked):
            first.addWidget(widget)
        first.addLayout(self.bands)
        self._lines = column(self, gap=0)
        self._lines.addWidget(self.head)
        lines = column(gap=10)
        lines.setContentsMargins(16, 0, 16, 16)
        self._lines.addLayout(lines, 1)
        lines.addWidget(self.note)
        lines.addWidget(self.regions)
        self.table.setMinimumHeight(
            look.px(170)
        )  # some rows are always seen: the page scrolls before the table does
        lines.addWidget(self.table, 1)
        self._push = QWidget()
        lines.addWidget(self._push, 1)
        self.table.selectionModel().currentRowChanged.connect(self._on_row_changed)
        look.changed.connect(self._dress)
        self.forget()

    def take_head(self) -> None:
        """Put the head above the rest again."""
        self._lines.insertWidget(0, self.head)

    def _soon_fit(self) -> None:
        QTimer.singleShot(0, self.table, self.table.resizeRowsToContents)

    def say(self, title: str, text: str = "") -> None:
        """Show a sentence in place of a map's legend."""
        self._drawn = None
        self.count.setText(title)
        self.asked.setText(text)
        self.asked.setVisible(bool(text))
        self._show_parts(False)

    def forget(self) -> None:
        """Show nothing at all."""
        self.say("")

    def _show_parts(self, on: bool) -> None:
        if not on:
            clear(self.bands)
            self.model.clear()
            self.note.setText("")
        for part in (self.note, self.regions, self.table):
            part.setVisible(on)
        self._push.setVisible(not on)

    def show_group(self, atlas: "AtlasSource", group: "Group") -> None:
        """Show what a group's map means."""
        from myomap.surface.frequency import FEW

        counted = group.map
        self.say(f"{_many(counted.drawings, 'drawing')} of {_many(counted.persons, 'person', 'people')}")
        self._drawn = (atlas, group)
        self.asked.setText(sentence(group.wanted.words()) + ".")
        self.asked.show()
        self._show_parts(True)
        self.model.show(atlas, counted.regions, counted.drawings)
        said = [
            f"The place drawn most often is in {counted.found.most} of {_many(counted.drawings, 'drawing')}."
            if counted.found.most
            else f"No place is drawn by {FEW} people or more.",
            f"What fewer than {FEW} people drew is left blank, like what nobody drew: who they are could be"
            " guessed. A choice that differs by so few from one shown before is held back; with maps saved on"
            " other days nothing is compared.",
            "A region counts from 1 cm² on. Point at the map for the count of a place.",
        ]
        if group.lost:
            said.append(f"{_many(group.lost, 'stroke')} of an older map could not be placed and is left out.")
        self.note.setText(" ".join(said))
        self._dress()

    def add_note(self, words: str) -> None:
        """Say something more about the map, before the rest."""
        self.note.setText(f"{words} {self.note.text()}")

    def _dress(self) -> None:
        self.table.setMinimumHeight(self._look.px(170))
        if self._drawn is None:
            return
        from myomap.gui.frequency.layer import swatch
        from myomap.report.frequency_picture import band_words
        from myomap.surface.frequency import FEW, bands_of

        clear(self.bands)
        counted = self._drawn[1].map
        drawings = counted.drawings
        for band in reversed(bands_of(drawings, FEW)):
            if band.least > counted.found.most:
                continue  # no place reaches it
            picture = QLabel()
            picture.setPixmap(swatch(band.step, self._look, self.devicePixelRatioF()))
            words = label(band_words(band, drawings).replace(" %", "\u00a0%"))
            line = row(picture, gap=10)
            line.addWidget(words, 1)
            self.bands.addLayout(line)

    def _on_row_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid() and not self._following:
            self.region_chosen.emit(str(current.data(ID_ROLE)))

    def follow(self, region: str | None) -> None:
        """Mark the row of a region that was chosen on a map."""
        at = self.model.row_of(region)
        self._following = True
        if at < 0:
            self.table.clearSelection()
        elif at != self.table.currentIndex().row() or not self.table.selectionModel().hasSelection():
            self.table.selectRow(at)
        self._following = False


def _many(count: int, one: str, more: str = "") -> str:
    """Return e.g. “1 drawing”, “1,204 drawings”."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
