"""The published zone beside what was painted: the same part of the same view, in the same scale."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import View
from myomap.gui.context import Context
from myomap.gui.map.panel import letter_of, letters
from myomap.gui.map.view import MapView
from myomap.gui.study.marks import Given, Marks
from myomap.study.questions import Question

if TYPE_CHECKING:
    from myomap.gui.map.zone_paths import ZonePaths
    from myomap.surface.atlas_source import AtlasSource

#: Both zones are shown with this much of the body round them (mm).
ROUND_ZONES = 50.0


def show_part(view: MapView, rect: QRectF, page: QRectF) -> None:
    """Zoom to a part of the page, without empty paper beside it."""
    view.show_rect(rect)
    sight, centre = view.sight(), rect.center()
    x = page.center().x()
    if sight.width() < page.width():
        half = sight.width() / 2
        x = min(max(centre.x(), page.left() + half), page.right() - half)
    view.show_rect(rect.translated(x - centre.x(), 0))  # so it is remembered, for another size too


def side_labels(parent: QWidget) -> list[QLabel]:
    """Return labels for R and L at a map's upper corners, and for the side that a lateral view shows."""
    made = [QLabel(parent) for _ in range(3)]
    for each in made:
        each.setContentsMargins(6, 0, 6, 0)
        each.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return made


def name_side(mark: QLabel, text: str) -> None:
    """Let a label say a side, or which side a lateral view is seen from; nothing hides it."""
    mark.setObjectName("map_letter" if len(text) <= 1 else "map_word")
    mark.setText(text)
    mark.setAccessibleName({"R": "patient's right side", "L": "patient's left side"}.get(text, text))
    mark.style().polish(mark)
    mark.adjustSize()
    mark.setVisible(bool(text))


def place_sides(marks: Sequence[QLabel], width: int) -> None:
    """Put the labels of `side_labels` at the upper corners of a map so wide."""
    first, second, whole = marks
    first.move(10, 6)
    second.move(width - second.width() - 10, 6)
    whole.move(10, 10 + first.height())


class Caption(QLabel):
    """What one of two maps side by side shows, at its foot."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("map_word")
        self.setContentsMargins(6, 0, 6, 0)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, words: str) -> None:
        """Say it."""
        self.setText(words)
        self.style().polish(self)
        self.adjustSize()
        self.show()

    def settle(self, left: int, width: int, bottom: int) -> None:
        """Stand in the middle of a map's foot."""
        self.move(left + (width - self.width()) // 2, bottom - self.height() - 10)


class PublishedMap(QWidget):
    """A second map that shows the published zone, with what was painted as a dashed line over it."""

    def __init__(self, holder: QWidget, context: Context, atlas: "AtlasSource", zones: "ZonePaths") -> None:
        super().__init__(holder)
        self._atlas = atlas
        self.view = MapView(context.look, context.pool, self)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        assert context.shelf is not None
        self.view.set_shelf(context.shelf, context.tones)
        self.marks = Marks(self.view, atlas, zones)
        self.marks.fills_painted = False
        self._question: Question | None = None
        self._given = Given()
        self._rect = QRectF()
        self._sides = side_labels(self)
        self.caption = Caption(self)
        self.view.sheet_changed.connect(self._draw)
        self.hide()

    def show_zone(self, question: Question, view: View, given: Given, rect: QRectF) -> None:
        """Show the zone of an answered question in a part of a view."""
        self._question, self._given, self._rect = question, given, rect
        area = sum(
            self._atlas.skin.area_of(
                self._atlas.view_map(view.id).seen_of(
                    self._atlas.zone(k.trigger_point, k.laterality).essential
                )
            )
            for k in question.after_patterns
        )
        self.caption.say(f"Published · {area / 100:.0f} cm²")
        self.view.setAccessibleName("The published zone")
        for mark, text in zip(self._sides, (*letters(view), letter_of(view)), strict=True):
            name_side(mark, text)
        self.view.show_view(view.id, Layer.SKIN)
        self._draw()
        self.show()
        self._arrange()

    def _draw(self) -> None:
        sheet = self.view.sheet
        if self._question is None or sheet is None or sheet.view.id != (self.view.shown or ("",))[0]:
            return
        self.marks.draw(self._question, answered=True, given=self._given)
        show_part(self.view, self._rect, sheet.rect)

    def _arrange(self) -> None:
        size = self.size()
        self.view.setGeometry(0, 0, size.width(), size.height())
        place_sides(self._sides, size.width())
        self.caption.settle(0, size.width(), size.height())
        for each in (*self._sides, self.caption):
            each.raise_()
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
