"""A tree whose long rows go on in a second line instead of ending in dots."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeView

#: Round the words of a row, as the style sheet pads items.
_PAD = 6


class _Wrapping(QStyledItemDelegate):
    """Asks for the height that a row's words need in the tree's width."""

    def __init__(self, tree: "WrappingTree") -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        self.initStyleOption(option, index)
        deep = 1 + bool(index.parent().isValid())
        room = self._tree.viewport().width() - deep * self._tree.indentation() - 2 * _PAD - 4
        wraps = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        needed = option.fontMetrics.boundingRect(QRect(0, 0, max(40, room), 10_000), wraps, option.text)
        return QSize(min(hint.width(), room), max(option.fontMetrics.height(), needed.height()) + 2 * _PAD)


class WrappingTree(QTreeView):
    """Lays its rows out anew when its width changes."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setItemDelegate(_Wrapping(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.scheduleDelayedItemsLayout()
