"""Progress: the body coloured by what is known, answers by day, what comes due."""

import math
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QWidget,
)

from myomap.anatomy.structures import Layer
from myomap.gui.context import Context
from myomap.gui.flow import Flow
from myomap.gui.map.items import Height, ShapeItem, pen
from myomap.gui.map.view import MapView
from myomap.gui.parts import column, heading, label, row
from myomap.gui.study.controls import enter_presses
from myomap.gui.study.fit_card import FitCard
from myomap.gui.words import part_order, part_words

if TYPE_CHECKING:
    from myomap.study.session import PartProgress, Study

#: Narrower than this (pixels at 100 %) the numbers stand below the maps.
TWO_COLUMNS = 900

#: Shares of the cards known from which the next stronger colour is used, with their words.
STEPS = ((0.0, "not begun"), (0.001, "begun"), (0.25, "a quarter"), (0.5, "half"), (0.75, "three quarters"))


def step_of(part: "PartProgress") -> int:
    """Return the number of the colour of a body part."""
    return max(n for n, (least, _) in enumerate(STEPS) if part.known >= least)


def step_colour(context: Context, step: int) -> QColor:
    """Return the colour of a step: nothing, then the accent ever stronger."""
    colour = QColor(context.look.chrome.accent)
    colour.setAlpha((0, 60, 110, 165, 225)[step])
    return colour


class SvgPicture(QWidget):
    """A plot drawn from SVG, as wide as there is room."""

    def __init__(self, svg: str, words: str, *, most: int = 860) -> None:
        super().__init__()
        self._renderer = QSvgRenderer(QByteArray(svg.encode()))
        self.setAccessibleName(words)
        self.setMaximumWidth(most)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        size = self._renderer.defaultSize()
        return round(width * size.height() / max(1, size.width()))

    def sizeHint(self) -> QSize:
        return QSize(560, self.heightForWidth(560))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(240))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
        self._renderer.render(painter, self.rect())
        painter.end()


class ProgressPage(QWidget):
    """Built anew each time it is shown."""

    left = Signal()
    part_chosen = Signal(str)
    changed = Signal()
    """The schedule is another one: the page is to be built anew."""

    def __init__(self, context: Context, study: "Study", now: datetime) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context, self._study = context, study
        self.parts = sorted(study.by_body_part(now), key=lambda p: part_order(p.body_part))
        self.maps: list[MapView] = []
        inside = QWidget()
        inside.setObjectName("page")
        lines = column(inside, margin=32, gap=14)
        back = QPushButton("Back (Esc)")
        back.clicked.connect(self.left)
        back.setShortcut("Escape")
        lines.addLayout(row(label("Progress", "title"), None, back))
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._across.setSpacing(24)
        self._across.addLayout(self._maps(), 3)
        right = column(gap=12)
        right.addWidget(heading("By body part"))
        right.addLayout(self._table())
        if study.days:
            right.addWidget(heading("Answers by day"))
            right.addWidget(SvgPicture(*self._plot(past=True, now=now)))
            right.addWidget(heading("Coming due"))
            right.addWidget(SvgPicture(*self._plot(past=False, now=now)))
        else:
            right.addWidget(label("Plots of your answers come here after the first sitting.", "muted"))
        right.addStretch(1)
        self._across.addLayout(right, 4)
        lines.addLayout(self._across, 1)
        scroll = QScrollArea()
        scroll.setAccessibleName("Progress")
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        column(self).addWidget(scroll)
        self.area = scroll
        enter_presses(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self._context.look.px(TWO_COLUMNS)
        direction = QBoxLayout.Direction
        self._across.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)

    # -- the body ----------------------------------------------------------------------------------
    def _maps(self) -> QHBoxLayout:
        across = QHBoxLayout()
        atlas, context = self._context.open_atlas(), self._context
        assert context.shelf is not None
        box = column(gap=8)
        for name in ("anterior", "posterior"):
            view_id = f"{context.shown.figure}.{name}"
            if not atlas.outlines(view_id, Layer.SUPERFICIAL):
                view_id = f"male.{name}"
            view = MapView(context.look, context.pool)
            view.set_shelf(context.shelf, context.tones)
            view.setMinimumSize(130, 620)
            view.setMaximumHeight(760)
            view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            view.setAccessibleName(f"What you know, {atlas.views[view_id].title.lower()}; numbers beside it")
            items: list[ShapeItem] = []
            view.sheet_changed.connect(lambda view=view, items=items: self._colour(view, items))
            view.show_view(view_id, Layer.SUPERFICIAL)
            if view.sheet is not None:
                self._colour(view, items)
            across.addWidget(view, 1)
            self.maps.append(view)
        box.addLayout(across)
        keys = Flow(10)
        for step, (_, words) in enumerate(STEPS):
            swatch = label("", wrap=False)
            colour = step_colour(self._context, step)
            rgba = f"rgba({colour.red()}, {colour.green()}, {colour.blue()}, {colour.alpha()})"
            border = self._context.look.chrome.strong_border
            swatch.setStyleSheet(f"background: {rgba}; border: 1px solid {border}; border-radius: 3px;")
            swatch.setFixedSize(18, 14)
            key = QWidget()
            pair = row(swatch, label(words, "small", wrap=False), gap=6)
            pair.setContentsMargins(0, 0, 0, 0)
            key.setLayout(pair)
            keys.addWidget(key)
        box.addLayout(keys)
        box.addWidget(label("How many of a body part's cards you would know tomorrow.", "small"))
        self.fit = FitCard(context, self._study)
        self.fit.changed.connect(self.changed)
        box.addSpacing(8)
        box.addWidget(self.fit)
        box.addStretch(1)
        lines = QHBoxLayout()
        lines.addLayout(box)
        return lines

    def _colour(self, view: MapView, items: list[ShapeItem]) -> None:
        atlas, sheet = self._context.open_atlas(), view.sheet
        for item in items:
            view.remove_overlay(item)
        items.clear()
        if sheet is None:
            return
        steps = {part.body_part: step_of(part) for part in self.parts}
        paths: dict[int, QPainterPath] = {}
        for piece in sheet.pieces:
            structure = atlas.structures.get(piece.key.structure)
            muscle = atlas.muscles.get(structure.muscle or "") if structure else None
            step = steps.get(muscle.body_part, 0) if muscle else 0
            if step:
                paths.setdefault(step, QPainterPath()).addPath(piece.path)
        whole = QPainterPath()
        for piece in sheet.pieces:
            whole.addPath(piece.path)
        wash = QColor(self._context.look.map["paper"])
        wash.setAlpha(205)  # the red of the muscles gives way to the colours that mean something
        veil = ShapeItem(Height.SELECTED)
        veil.show_path(whole, QPen(Qt.PenStyle.NoPen), wash)
        view.add_overlay(veil)
        items.append(veil)
        for step, path in paths.items():
            item = ShapeItem(Height.SELECTED)
            colour = step_colour(self._context, step)
            item.show_path(path, pen(QColor(self._context.look.chrome.accent), 0.6), colour)
            view.add_overlay(item)
            items.append(item)

    # -- numbers -----------------------------------------------------------------------------------
    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        for at, words in enumerate(("", "begun", "would know tomorrow", "")):
            grid.addWidget(label(words, "small", wrap=False), 0, at)
        for line, part in enumerate(self.parts, start=1):
            bar = QProgressBar()
            bar.setTextVisible(False)
            bar.setRange(0, 100)
            bar.setMinimumWidth(40)
            bar.setValue(round(100 * part.known))
            bar.setAccessibleName(f"{part_words(part.body_part)}: {round(100 * part.known)} % known")
            again = QPushButton("Study")
            again.setProperty("kind", "link")
            again.setAccessibleName(f"Study {part_words(part.body_part)}")
            again.clicked.connect(lambda _=False, name=part.body_part: self.part_chosen.emit(name))
            grid.addWidget(label(part_words(part.body_part), wrap=False), line, 0)
            grid.addWidget(label(f"{part.learnt} of {part.cards}", "muted", wrap=False), line, 1)
            known = f"{round(100 * part.recall)} % of them" if part.learnt else "—"
            grid.addWidget(label(known, "muted", wrap=False), line, 2)
            grid.addWidget(bar, line, 3)
            grid.addWidget(again, line, 4)
        grid.setColumnStretch(3, 1)
        return grid

    def _plot(self, *, past: bool, now: datetime) -> tuple[str, str]:
        from myomap.report.plots import Plot, Series, plot_svg

        chrome = self._context.look.chrome
        series: tuple[Series, ...]
        if past:
            days = sorted(self._study.days.items())[-60:]
            series = (
                Series("answers", tuple((day, float(c.answers)) for day, c in days)),
                Series("right", tuple((day, float(c.right)) for day, c in days)),
            )
            title = "Answers by day"
            words = "; ".join(f"{day}: {c.answers} answers, {c.right} right" for day, c in days[-14:])
        else:
            due = self._study.forecast(now)
            series = (Series("due", tuple((day, float(n)) for day, n in due)),)
            title = "Cards that come due in the next two weeks"
            words = "; ".join(f"{day}: {n}" for day, n in due)
        most = max((value for each in series for _, value in each.points), default=0.0)
        high = 5 * max(1, math.ceil(most / 5))  # then every line of the grid is a whole number
        plot = Plot(title, "cards", series, 0, high, ink=chrome.text, quiet=chrome.muted, grid=chrome.border)
        return plot_svg(plot), f"{title}. {words or 'Nothing yet.'}"
