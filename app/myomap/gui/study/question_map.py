"""A map that tells nothing: no names, no hover, no tooltip, no tree for screen readers until answered.

Two maps lie over each other: while an answer is read the next question's map is made ready beneath.
"""

import zlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from myomap.anatomy.structures import Layer, StructureKey
from myomap.gui.context import Context
from myomap.gui.icons import icon
from myomap.gui.map.panel import letter_of, letters
from myomap.gui.map.view import MapView
from myomap.gui.parts import label
from myomap.gui.study.brush import Brush
from myomap.gui.study.compare import (
    ROUND_ZONES,
    Caption,
    PublishedMap,
    name_side,
    place_sides,
    show_part,
    side_labels,
)
from myomap.gui.study.marks import Given, Marks, RingItem
from myomap.study.figures import wanted_figure
from myomap.study.questions import AnswerKind, Question
from myomap.study.views import neutral_title

if TYPE_CHECKING:
    from myomap.gui.map.zone_paths import ZonePaths
    from myomap.surface.atlas_source import AtlasSource

#: What is lit is shown with this much of the body round it (mm).
ROUND_LIT = 120.0
#: A question that asks for a place shows at most this much of the body's height (mm) …
WINDOW = 560.0


class _Face:
    """One of the two maps with what lies over it."""

    def __init__(self, holder: QWidget, context: Context, atlas: "AtlasSource", zones: "ZonePaths") -> None:
        self.view = MapView(context.look, context.pool, holder)
        assert context.shelf is not None
        self.view.set_shelf(context.shelf, context.tones)
        self.marks = Marks(self.view, atlas, zones)
        self.brush = Brush(self.view, atlas)
        self.question: Question | None = None
        self.view_id = ""
        self.answered = False
        self.given = Given()
        self._framed = False
        self.view.sheet_changed.connect(self.draw)
        self.brush.changed.connect(self._on_painted)

    def begin(self, question: Question, fallback: str) -> None:
        """Show a question that is not answered yet."""
        self.question, self.answered, self.given = question, False, Given()
        self.marks.only_painted = False
        self.view.set_tool(None)
        self.brush.clear()
        self.turn(question.view or fallback, question.layer if question.view else Layer.SUPERFICIAL)

    def turn(self, view_id: str, layer: Layer) -> None:
        """Show another view of the same question."""
        self.view_id = view_id
        self._framed = False
        self.view.show_view(view_id, layer)
        if self.is_ready:
            self.draw()

    @property
    def is_ready(self) -> bool:
        """Tell whether the wanted sheet is on show."""
        sheet = self.view.sheet
        return sheet is not None and (sheet.view.id, sheet.layer) == self.view.shown

    def draw(self) -> None:
        """Draw again: another sheet, another theme, or answered."""
        if self.question is None or not self.is_ready:
            return
        self.marks.draw(self.question, answered=self.answered, given=self.given)
        if not self._framed:
            self._framed = True
            self.frame()

    def frame(self) -> None:
        """Zoom to what is lit; where a place is asked for, to a part of the body that gives nothing away."""
        question, sheet = self.question, self.view.sheet
        if question is None or sheet is None:
            return
        page = sheet.rect
        lit = self.marks.rect()
        if self.compares:
            show_part(self.view, self.both_rect(), page)
        elif question.hides_sides:
            self._show_across(lit, page)
        elif question.answer is AnswerKind.CLICK and not self.answered:
            self._frame_window(question, page)
        elif question.answer is AnswerKind.PAINT or lit.isEmpty():
            if question.answer is AnswerKind.PAINT and page.height() > 800 and not self.answered:
                self._frame_window(question, page)
            elif lit.isEmpty():
                self.view.fit()
        else:
            room = lit.adjusted(-ROUND_LIT, -ROUND_LIT, ROUND_LIT, ROUND_LIT)
            if room.height() < page.height() or room.width() < page.width():
                show_part(self.view, room.intersected(page), page)
            else:
                self.view.fit()

    def _frame_window(self, question: Question, page: QRectF) -> None:
        """Show a stretch of a long page that holds what is asked for, anywhere in it."""
        wanted = self._asked_rect(question)
        if page.height() <= WINDOW * 1.3 or wanted.isEmpty():
            self.view.fit()
            return
        height = max(WINDOW, wanted.height() * 1.4)
        chance = zlib.crc32(question.id.encode()) % 1000 / 1000
        top = wanted.top() - chance * max(0.0, height - wanted.height())
        top = min(max(top, 0.0), page.height() - height)
        show_part(self.view, QRectF(page.left(), top, page.width(), height), page)

    def _show_across(self, lit: QRectF, page: QRectF) -> None:
        """Show the whole width of the page: a side is told by both sides."""
        height = min(page.height(), max(page.width(), lit.height() + 2 * ROUND_LIT))
        top = min(max(lit.center().y() - height / 2, 0.0), page.height() - height)
        show_part(self.view, QRectF(page.left(), top, page.width(), height), page)

    @property
    def compares(self) -> bool:
        """Tell whether what was painted is shown here and the published zone beside it."""
        return self.answered and self.given.painted is not None

    def both_rect(self) -> QRectF:
        """Return the part of the view that holds what was painted and what is published."""
        rect = self.marks.painted_rect()
        for pattern in self.question.after_patterns if self.question is not None else ():
            rect = rect.united(self.marks.zone_rect(pattern))
        return rect.adjusted(-ROUND_ZONES, -ROUND_ZONES, ROUND_ZONES, ROUND_ZONES)

    def _asked_rect(self, question: Question) -> QRectF:
        sheet = self.view.sheet
        rect = QRectF()
        if sheet is None:
            return rect
        for key in question.after_lit:
            piece = sheet.by_key.get(key)
            if piece is not None:
                rect = rect.united(piece.path.boundingRect())
        for pattern in question.after_patterns:
            rect = rect.united(self.marks.zone_rect(pattern))
        return rect

    def reveal(self, given: Given) -> None:
        """Show what is right and what was given."""
        self.answered, self.given = True, given
        self.marks.only_painted = self.compares
        self.view.set_tool(None)
        self.draw()

    def _on_painted(self) -> None:
        if not self.answered:
            self.given = Given(painted=self.brush.cells)
            self.marks.draw_painted(self.brush.cells)


class QuestionMap(QFrame):
    """The map beside a question."""

    clicked = Signal(object, QPointF)
    """A place was chosen: the structure there or None, and where (view mm)."""
    painted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("map_panel")
        self._context = context
        self._faces: list[_Face] = []
        self._ready = False
        self.title = label("", "strong", wrap=False)
        self.turn_button = QPushButton("Other view (V)")
        self.turn_button.clicked.connect(self.turn)
        self.turn_button.hide()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 4)
        # a long title gives way, it must not push the question off the window
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(self.title, 1)
        head.addWidget(self.turn_button)
        self._holder = QWidget()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(6, 2, 6, 6)
        lines.setSpacing(0)
        lines.addLayout(head)
        lines.addWidget(self._holder, 1)
        self._sides = side_labels(self._holder)
        self._caption = Caption(self._holder)
        self.published: PublishedMap | None = None
        self._pointer: RingItem | None = None
        self._buttons = self._zoom_buttons()
        self._holder.installEventFilter(self)
        context.look.changed.connect(self._dress)
        self._dress()

    def _zoom_buttons(self) -> QWidget:
        box = QWidget(self._holder)
        lines = QVBoxLayout(box)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        self._zooms: list[tuple[QToolButton, str]] = []
        for name, words, factor in (
            ("plus", "Zoom in (+)", 1.4),
            ("minus", "Zoom out (−)", 1 / 1.4),
            ("fit", "Show the whole view (0)", 0.0),
        ):
            button = QToolButton(box)
            button.setProperty("kind", "floating")
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setFixedSize(34, 34)
            button.clicked.connect(lambda _=False, by=factor: self._zoom(by))
            lines.addWidget(button)
            self._zooms.append((button, name))
        return box

    def _zoom(self, by: float) -> None:
        if self._faces:
            self.front.view.zoom_by(by) if by else self.front.view.fit()

    def _dress(self) -> None:
        # one ground: a map on another than its frame shows its edges as lines beside the body
        look = self._context.look
        self.setStyleSheet(
            f"#map_panel {{ background: {look.map['paper'].name()}; border: 2px solid {look.chrome.border}; }}"
        )
        for button, name in self._zooms:
            button.setIcon(icon(name, self._context.look.chrome.text, 18))

    def set_atlas(self, zones: "ZonePaths") -> None:
        """Begin with the open atlas."""
        atlas = self._context.open_atlas()
        self._faces = [_Face(self._holder, self._context, atlas, zones) for _ in range(2)]
        for face in self._faces:
            face.view.picked.connect(self._on_picked)
            face.view.installEventFilter(self)
            face.brush.changed.connect(self.painted)
            face.view.show()
        self.published = PublishedMap(self._holder, self._context, atlas, zones)
        self._raise()
        self._arrange()

    @property
    def front(self) -> _Face:
        """Return the map that is seen."""
        return self._faces[0]

    # -- questions -----------------------------------------------------------------------------
    def prepare(self, question: Question) -> None:
        """Make the next question's map ready beneath the one on show."""
        self._faces[1].begin(question, self._fallback)

    @property
    def _fallback(self) -> str:
        return next(iter(self._context.open_atlas().views))

    def show_question(self, question: Question) -> None:
        """Show a question: at once when it was prepared."""
        self._drop_pointer()
        self._part(False)
        if self._faces[1].question != question:
            self._faces[1].begin(question, self._fallback)
        self._faces.reverse()
        self._raise()
        front = self.front
        if question.answer is AnswerKind.PAINT:
            front.view.set_tool(front.brush)
        elif question.answer is AnswerKind.CLICK:
            front.view.viewport().setCursor(Qt.CursorShape.CrossCursor)
        self._name()
        front.frame()

    def _raise(self) -> None:
        self.front.view.raise_()
        self.front.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._faces[1].view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._faces[1].view.setAccessibleName("")
        for each in (*self._sides, self._buttons, self._caption):
            each.raise_()

    def reveal(self, given: Given) -> None:
        """Show what is right and what was given; the sides may be named now."""
        self._drop_pointer()
        self.front.reveal(given)
        self._part(self.front.compares)
        self._name()

    def _part(self, on: bool) -> None:
        """Show what was painted on the left and what is published on the right, or one map."""
        question, published = self.front.question, self.published
        if published is None or question is None:
            return
        self._buttons.setVisible(not on)
        self._caption.setVisible(on)
        published.setVisible(on)
        self._arrange()
        if on:
            atlas, given = self._context.open_atlas(), self.front.given
            area = atlas.skin.area_of(given.painted) if given.painted is not None else 0.0
            self._caption.say(f"You painted · {area / 100:.0f} cm²")
            self.front.frame()
            published.show_zone(question, atlas.views[self.front.view_id], given, self.front.both_rect())
            published.raise_()
            self._arrange()

    def turn(self) -> None:
        """Show the next of the views in which what is lit is seen."""
        if not self._faces or self.front.question is None:
            return
        question = self.front.question
        views = (question.view, *question.also)
        if len(views) > 1:
            at = views.index(self.front.view_id) if self.front.view_id in views else 0
            self.front.turn(views[(at + 1) % len(views)], question.layer)
            self._name()

    def _name(self) -> None:
        """Say which view it is: its title and sides, nothing of what is in it."""
        question = self.front.question
        view = self._context.open_atlas().views.get(self.front.view_id)
        if question is None or view is None:
            return
        hides = question.hides_sides and not self.front.answered
        title = view.title if self.front.answered else neutral_title(view)
        if question.view and view.figure is not wanted_figure(question):
            title += f" · drawn of the {view.figure} figure only"
        self.title.setText(title)
        self.front.view.setAccessibleName(f"Question map: {title}")
        self.turn_button.setVisible(bool(question.also))
        words = ("", "", "") if hides else (*letters(view), letter_of(view))
        for each, text in zip(self._sides, words, strict=True):
            name_side(each, text)
        self._arrange()

    # -- answering -----------------------------------------------------------------------------
    def _on_picked(self, key: StructureKey | None, at: QPointF) -> None:
        question = self.front.question if self._faces else None
        if question is not None and question.answer is AnswerKind.CLICK and not self.front.answered:
            self.clicked.emit(key, at)

    @property
    def _takes_places(self) -> bool:
        question = self.front.question if self._faces else None
        return (
            question is not None
            and question.answer in (AnswerKind.CLICK, AnswerKind.PAINT)
            and not self.front.answered
        )

    def _steer(self, event: QKeyEvent) -> bool:
        """Move a pointer with the arrow keys and choose with Space: a map by keyboard alone."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key, view = Qt.Key(event.key()), self.front.view
        if key in steps and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            pixels = 40 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 8
            if self._pointer is None:
                self._pointer = RingItem(
                    QColor(self._context.look.chrome.accent), self._context.look.map["mark_halo"], hairs=True
                )
                self._pointer.setPos(view.sight().center())
                view.add_overlay(self._pointer)
            by = pixels / view.scale_px
            self._pointer.moveBy(steps[key][0] * by, steps[key][1] * by)
            if not view.sight().contains(self._pointer.pos()):
                view.centerOn(self._pointer.pos())
            return True
        if key == Qt.Key.Key_Space and self._pointer is not None:
            at = self._pointer.pos()
            question = self.front.question
            if question is not None and question.answer is AnswerKind.PAINT:
                self.front.brush.dab(at)
            else:
                self.clicked.emit(view.hit(at), at)
            return True
        return False

    def _drop_pointer(self) -> None:
        if self._pointer is not None:
            self.front.view.remove_overlay(self._pointer)
            self._pointer = None

    # -- layout --------------------------------------------------------------------------------
    def _arrange(self) -> None:
        size = self._holder.size()
        width = size.width()
        if self.published is not None and self.published.isVisibleTo(self._holder):
            width = (width - 6) // 2  # two maps of the same size: the same scale
            self.published.setGeometry(size.width() - width, 0, width, size.height())
        for number, face in enumerate(self._faces):
            # the next question's map waits beneath: nothing of it may be seen between the two
            face.view.setVisible(not number or width == size.width())
            face.view.setGeometry(0, 0, size.width() if number else width, size.height())
        place_sides(self._sides, width)
        self._caption.settle(0, width, size.height())
        self._buttons.adjustSize()
        self._buttons.move(
            size.width() - self._buttons.width() - 8, size.height() - self._buttons.height() - 8
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._holder and event.type() == QEvent.Type.Resize:
            self._arrange()
            for face in self._faces:
                face.frame()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._takes_places:
            return self._steer(event)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
