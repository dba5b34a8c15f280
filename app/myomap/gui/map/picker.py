"""Choosing a view: all views in groups with thumbnails."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from myomap.anatomy.views import View
from myomap.gui.context import Context
from myomap.gui.map.figures import views_for
from myomap.gui.map.plate_spec import coarse_plate
from myomap.gui.map.short_titles import shorter
from myomap.gui.words import GROUPS, sentence

THUMB = QSize(84, 96)
TILE = QSize(134, 168)
COLUMNS = 5
#: Letters that fit in a tile's line, and lines that fit below its picture.
LONGEST, LINES = 17, 3


def broken(title: str) -> str:
    """Return a title broken into lines that fit in a tile."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= LONGEST or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def tile_words(title: str) -> str:
    """Return a view's title in lines that fit in a tile: the fullest that does, with its side."""
    made = ""
    for candidate in shorter(title):
        made = broken(sentence(candidate))
        if made.count("\n") < LINES and max(map(len, made.split("\n"))) <= LONGEST:
            break
    return made


class ViewPicker(QFrame):
    """A pop-up with every view of the figure on show."""

    chosen = Signal(str)

    def __init__(self, context: Context, current: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self.buttons: dict[str, QToolButton] = {}
        room = (parent or self).screen().availableGeometry().width() - 100
        columns = max(1, min(COLUMNS, room // (context.look.px(TILE.width()) + 6)))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        groups: dict[str, list[View]] = {}
        for view in views_for(context.open_atlas(), context.shown.figure):
            groups.setdefault(view.group, []).append(view)
        for group, views in groups.items():
            heading = QLabel(GROUPS.get(group, group.replace("_", " ").capitalize()))
            heading.setProperty("kind", "heading")
            column.addWidget(heading)
            grid = QGridLayout()
            grid.setSpacing(6)
            for place, view in enumerate(views):
                grid.addWidget(self._button(view, view.name == current), place // columns, place % columns)
            grid.setColumnStretch(columns, 1)
            column.addLayout(grid)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(2, 2, 2, 2)
        outer.addWidget(scroll)
        inside.adjustSize()
        self._wanted = inside.sizeHint() + QSize(24, 8)

    def _button(self, view: View, current: bool) -> QToolButton:
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIcon(QIcon(self._thumbnail(view)))
        button.setIconSize(THUMB)
        short = view.title.removeprefix(f"{GROUPS.get(view.group, '')}, ")
        button.setText(tile_words(short))
        button.setToolTip(view.title)
        px = self._context.look.px
        button.setFixedSize(px(TILE.width()), THUMB.height() + px(TILE.height() - THUMB.height()))
        button.setCheckable(True)
        button.setChecked(current)
        button.setAccessibleName(view.title)
        button.clicked.connect(lambda: self._choose(view.name))
        self.buttons[view.name] = button
        return button

    def _thumbnail(self, view: View) -> QPixmap:
        tone = self._context.open_atlas().tone(view.id, view.default_layer)
        ratio = self.devicePixelRatioF()
        image = coarse_plate(tone, self._context.look.map, round(THUMB.height() * ratio * 1.5))
        if image.isNull():
            return QPixmap()
        made = QPixmap.fromImage(image).scaled(
            THUMB * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        made.setDevicePixelRatio(ratio)
        return made

    def _choose(self, name: str) -> None:
        self.close()
        self.chosen.emit(name)

    def show_below(self, anchor: QWidget) -> None:
        """Open under a button, inside the screen."""
        room = anchor.screen().availableGeometry()
        size = self._wanted.boundedTo(QSize(room.width() - 40, round(room.height() * 0.8)))
        self.resize(size)
        at = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        at.setX(max(room.left(), min(at.x(), room.right() - size.width())))
        at.setY(max(room.top(), min(at.y(), room.bottom() - size.height())))
        self.move(at)
        self.show()
        checked = next((b for b in self.buttons.values() if b.isChecked()), None)
        if checked is not None:
            checked.setFocus()
