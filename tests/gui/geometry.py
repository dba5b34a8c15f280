"""What is wrong with where things lie in a window: overlaps, cut words, parts out of sight, scrolling sideways."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QScrollBar,
    QSplitterHandle,
    QToolButton,
    QWidget,
)

#: Small windows (a 1366 × 768 screen at 150 %), tablets, and large screens, in logical pixels.
SIZES = (
    (900, 520),
    (910, 450),
    (960, 600),
    (1093, 614),
    (1280, 720),
    (1366, 768),
    (1920, 1080),
    (2560, 1440),
)
#: So many pixels of overlap or of a missing word are nobody's trouble: rounding of type and borders.
SLACK = 2


def troubles(root: QWidget) -> list[str]:
    """Return a sentence for everything that is not as it should be among the visible children of a widget."""
    found: list[str] = []
    for widget in _visible(root):
        found += _outside(widget, root)
        found += _overlapping(widget)
        found += _cut(widget)
        found += _sideways(widget)
    return found


def _visible(root: QWidget) -> Iterator[QWidget]:
    yield root
    for child in root.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            yield from _visible(child)


def _name(widget: QWidget) -> str:
    said = widget.accessibleName() or (widget.text() if isinstance(widget, QLabel | QAbstractButton) else "")
    above, path = widget.parentWidget(), []
    while above is not None and len(path) < 3:
        path.append(type(above).__name__)
        above = above.parentWidget()
    return f"{type(widget).__name__} “{said[:48] or widget.objectName()}” in {'/'.join(path)}"


def _floats(widget: QWidget) -> bool:
    """Tell whether a widget is meant to lie over its siblings for a while."""
    return bool(widget.property("over")) or widget.objectName() in ("toast", "palette", "results")


def _children(widget: QWidget) -> list[QWidget]:
    return [
        child
        for child in widget.children()
        if isinstance(child, QWidget)
        and child.isVisible()
        and not child.isWindow()
        and not isinstance(child, QSplitterHandle | QScrollBar)
        and not child.size().isEmpty()
    ]


def _scrolls(widget: QWidget) -> bool:
    """Tell whether what lies in a widget may be longer than it: it is a view's window on its page."""
    above = widget.parentWidget()
    return isinstance(above, QAbstractScrollArea) and above.viewport() is widget


def _outside(widget: QWidget, root: QWidget) -> list[str]:
    above = widget.parentWidget()
    if widget is root or above is None or isinstance(widget, QScrollBar | QSplitterHandle):
        return []
    if isinstance(above, QAbstractScrollArea) or widget.size().isEmpty() or _floats(widget):
        return []
    place, room = widget.geometry(), above.rect()
    if _scrolls(above):
        room = QRect(room.x(), place.y(), room.width(), place.height())
    gone = (
        room.left() - place.left(),
        place.right() - room.right(),
        room.top() - place.top(),
        place.bottom() - room.bottom(),
    )
    return [f"outside by {max(gone)} px: {_name(widget)}"] if max(gone) > SLACK else []


def _overlapping(widget: QWidget) -> list[str]:
    if isinstance(widget, QMainWindow | QGraphicsView | QComboBox):
        return []
    found = []
    for one, other in combinations(_children(widget), 2):
        common = one.geometry() & other.geometry()
        if common.width() <= SLACK or common.height() <= SLACK or _floats(one) != _floats(other):
            continue
        if isinstance(one, QGraphicsView) or isinstance(
            other, QGraphicsView
        ):  # letters and buttons lie on the map
            continue
        found.append(f"overlap {common.width()}×{common.height()}: {_name(one)} and {_name(other)}")
    return found


def _cut(widget: QWidget) -> list[str]:
    if isinstance(widget, QLabel):
        return _cut_label(widget)
    wide = widget.width()
    if isinstance(widget, QAbstractButton) and widget.text():
        if (
            isinstance(widget, QToolButton)
            and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        ):
            return []
        wanted, tall = widget.sizeHint().width(), widget.sizeHint().height()
        if wanted > wide + SLACK:
            return [f"cut by {wanted - wide} px: {_name(widget)}"]
        return (
            [f"low by {tall - widget.height()} px: {_name(widget)}"] if tall > widget.height() + SLACK else []
        )
    if isinstance(widget, QLineEdit) and not widget.text() and widget.placeholderText():
        metrics = widget.fontMetrics()
        over = metrics.horizontalAdvance(widget.placeholderText()) - (wide - 20)
        return [f"hint cut by {over} px: {_name(widget)}"] if over > SLACK else []
    return []


def _cut_label(label: QLabel) -> list[str]:
    text = label.text()
    rich = label.textFormat() is Qt.TextFormat.RichText or "<" in text
    if not text or rich or label.property("elides"):
        return []
    metrics, room = label.fontMetrics(), label.contentsRect()
    if label.wordWrap():
        widest = max(metrics.horizontalAdvance(word) for word in text.split() or [""])
        over = widest - room.width()
        low = label.heightForWidth(label.width()) - label.height()
        if over > SLACK:
            return [f"word cut by {over} px: {_name(label)}"]
        return [f"lines cut by {low} px: {_name(label)}"] if low > SLACK else []
    over = max(metrics.horizontalAdvance(line) for line in text.split("\n")) - room.width()
    return [f"cut by {over} px: {_name(label)}"] if over > SLACK else []


def _sideways(widget: QWidget) -> list[str]:
    if not isinstance(widget, QAbstractScrollArea) or isinstance(widget, QGraphicsView):
        return []
    most = widget.horizontalScrollBar().maximum()
    if most > SLACK and widget.horizontalScrollBar().isVisible():
        return [f"scrolls sideways by {most} px: {_name(widget)}"]
    inside: Any = widget.widget() if isinstance(widget, QScrollArea) else None
    if inside is not None and inside.width() > widget.viewport().width() + SLACK:
        return [f"wider than its window by {inside.width() - widget.viewport().width()} px: {_name(widget)}"]
    return []
