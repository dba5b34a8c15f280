"""The map's twin as a tree: body part, muscle, trigger point. Everything the map can choose, by keyboard."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QFrame, QToolButton, QTreeView, QVBoxLayout, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.gui.atlas.inspector import Inspector
from myomap.gui.context import Context
from myomap.gui.icons import icon
from myomap.gui.parts import Segments, heading, row
from myomap.gui.shown import PointKey
from myomap.gui.words import part_order, part_words, point_title, sentence

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource

KIND_ROLE = Qt.ItemDataRole.UserRole + 1
ID_ROLE = Qt.ItemDataRole.UserRole + 2


def tree_model(atlas: "AtlasSource") -> QStandardItemModel:
    """Return the tree's rows, in the order of the atlas."""
    model = QStandardItemModel()
    parts: dict[str, QStandardItem] = {}
    points: dict[str, list[QStandardItem]] = {}
    for point in atlas.trigger_points.values():
        item = _item(point_title(atlas, point), "point", point.id)
        item.setData(
            f"trigger point, refers to {point.essential_words}", Qt.ItemDataRole.AccessibleDescriptionRole
        )
        item.setToolTip(f"Refers to: {point.essential_words}")
        points.setdefault(point.muscle, []).append(item)
    for muscle in sorted(atlas.muscles.values(), key=lambda each: part_order(each.body_part)):
        part = parts.get(muscle.body_part)
        if part is None:
            part = _item(part_words(muscle.body_part), "part", muscle.body_part)
            font = part.font()
            font.setBold(True)
            part.setFont(font)
            parts[muscle.body_part] = part
            model.appendRow(part)
        item = _item(sentence(_short(muscle.name_en)), "muscle", muscle.id)
        item.setToolTip(f"{muscle.name_en} ({muscle.name_la})")
        own = points.get(muscle.id, [])
        many = "" if len(own) == 1 else "s"
        count = f", {len(own)} trigger point{many}" if own else ", no published pattern"
        item.setData(f"{muscle.name_en}{count}", Qt.ItemDataRole.AccessibleTextRole)
        for each in own:
            item.appendRow(each)
        part.appendRow(item)
    return model


def _short(name: str) -> str:
    """Return the name without the body part that the branch says already."""
    return name.removesuffix(" of the hand").removesuffix(" of the foot")


def _item(text: str, kind: str, id: str) -> QStandardItem:
    made = QStandardItem(text)
    made.setEditable(False)
    made.setData(kind, KIND_ROLE)
    made.setData(id, ID_ROLE)
    return made


class MuscleTree(QWidget):
    """The tree with its choice of side; in step with the map both ways."""

    chosen = Signal()
    """A muscle or trigger point was clicked or taken with Enter; moving over them says nothing."""

    pinned = Signal(bool)
    """The list should stay open though there is room for one map only beside it."""

    def __init__(self, context: Context, inspector: Inspector, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._inspector = context, inspector
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._following = False
        self.side = Segments("Side", (("right", "Right"), ("left", "Left")), "right")
        self.side.chosen.connect(self._on_side_chosen)
        self.tree = QTreeView()
        self.tree.setHeaderHidden(True)
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(16)
        self.tree.setIconSize(QSize(16, 16))
        # the end tells “rectus capitis posterior major” from “… minor”
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.setAccessibleName("Muscles by body part, with their trigger points")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(12, 12, 4, 8)
        lines.setSpacing(8)
        self.pin = QToolButton()
        self.pin.setCheckable(True)
        self.pin.setAccessibleName("Keep the list open")
        self.pin.setToolTip("Keep the list open, beside one map")
        self.pin.hide()
        self.pin.clicked.connect(lambda on: self.pinned.emit(on))
        self._title = heading("Muscles")
        top = row(self._title, None, self.side, self.pin)
        top.setContentsMargins(0, 0, 8, 0)
        lines.addLayout(top)
        lines.addWidget(self.tree, 1)
        context.look.changed.connect(self._dress)
        self._dress()
        context.shown.selected_changed.connect(self._follow)
        context.shown.points_changed.connect(self._follow)

    def offer_pin(self, offered: bool, pinned: bool) -> None:
        """Offer to keep the list open, where it is a drawer otherwise."""
        self.pin.setVisible(offered)
        self._title.setHidden(offered)  # there is room for one of them in a narrow window
        self.pin.setChecked(pinned)

    def _dress(self) -> None:
        self.pin.setIcon(icon("pin", self._context.look.chrome.text, 16))

    def set_atlas(self, atlas: "AtlasSource") -> None:
        """Fill the tree."""
        self._model = tree_model(atlas)
        self._model.setParent(self)
        self.tree.setModel(self._model)
        self._places: dict[tuple[str, str], QModelIndex] = {}
        self._walk(QModelIndex())
        self.tree.selectionModel().currentChanged.connect(self._on_current_changed)
        self.tree.activated.connect(self._choose)
        self.tree.activated.connect(self._on_taken)
        self.tree.clicked.connect(self._on_taken)

    def _walk(self, parent: QModelIndex) -> None:
        for at in range(self._model.rowCount(parent)):
            index = self._model.index(at, 0, parent)
            self._places[(index.data(KIND_ROLE), index.data(ID_ROLE))] = index
            self._walk(index)

    def laterality(self) -> Laterality:
        """Return the side that the tree speaks of."""
        return Laterality(self.side.current or "right")

    def _on_taken(self, index: QModelIndex) -> None:
        if index.data(KIND_ROLE) in ("muscle", "point"):
            self.chosen.emit()

    def _on_side_chosen(self, _: str) -> None:
        self._choose(self.tree.currentIndex())

    def _on_current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if not self._following:
            self._choose(current)

    def _choose(self, index: QModelIndex) -> None:
        kind, id = index.data(KIND_ROLE), index.data(ID_ROLE)
        if kind == "muscle":
            self._context.shown.choose_point(None, None)
            self._inspector.go_to_muscle(id, self.laterality())
        elif kind == "point":
            point = self._context.open_atlas().trigger_points[id]
            side = point.only or self.laterality() if point.sided else Laterality.MIDLINE
            self._inspector.choose_point(PointKey(id, side))

    def _follow(self) -> None:
        shown, atlas = self._context.shown, self._context.atlas
        if atlas is None or shown.selected is None or not hasattr(self, "_places"):
            return
        if shown.selected.laterality is not Laterality.MIDLINE:
            self.side.set_current(shown.selected.laterality)
        structure = atlas.structures.get(shown.selected.structure)
        index = self._places.get(("muscle", structure.muscle or "")) if structure else None
        if shown.point is not None:
            index = self._places.get(("point", shown.point.point), index)
        if index is None or index == self.tree.currentIndex():
            return
        self._following = True
        self.tree.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        )
        self.tree.scrollTo(index)
        self._following = False
