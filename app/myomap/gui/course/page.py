"""The course: every visit as a small map, measures as plots with words, any two visits on the same scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QSizePolicy, QWidget

from myomap.gui.context import Context
from myomap.gui.parts import Card, clear, column, heading, label, row
from myomap.records.values import Moment, PainScale, Patient, PressureUnit, VisitRecord

if TYPE_CHECKING:
    from myomap.surface.atlas_source import AtlasSource


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the page shows, made off the window's thread: SVG texts and words."""

    records: tuple[VisitRecord, ...]
    maps: tuple[tuple[str, str], ...]
    """For each visit: front and back as SVG."""
    plots: tuple[tuple[str, str, str], ...]
    """Title, SVG, and the change in words."""


def draw(atlas: "AtlasSource", patient: Patient, records: Sequence[VisitRecord], unit: PressureUnit, ink: str,
         quiet: str, grid: str) -> Drawn:  # fmt: skip
    """Make the page's pictures."""
    from dataclasses import replace

    from myomap.anatomy.structures import Layer
    from myomap.report.course import course_lines
    from myomap.report.drawing_maps import inks_on
    from myomap.report.map_svg import MapPicture, map_svg
    from myomap.report.plots import plot_svg
    from myomap.report.site_marks import marks_on
    from myomap.report.visit_report import figure_of, numbered_sites

    figure = figure_of(patient)
    if not atlas.silhouettes(f"{figure}.anterior"):
        figure = type(figure)("male")
    maps = []
    for record in records:
        pair = []
        for name in ("anterior", "posterior"):
            view = f"{figure}.{name}"
            picture = MapPicture(
                view=view,
                layer=Layer.SKIN,
                inks=inks_on(atlas, view, record.strokes),
                marks=marks_on(atlas, view, numbered_sites(record), Layer.SKIN),
                tone="coarse",
            )
            pair.append(map_svg(atlas, picture, background=False))
        maps.append((pair[0], pair[1]))
    plots = []
    for line in course_lines(atlas, records, unit):
        plot = replace(line.plot, ink=ink, quiet=quiet, grid=grid)
        plots.append((line.plot.title, plot_svg(plot), line.change.words if line.change else ""))
    return Drawn(tuple(records), tuple(maps), tuple(plots))


class Picture(QWidget):
    """An SVG that keeps its proportions."""

    def __init__(self, svg: str, size: QSize, words: str) -> None:
        super().__init__()
        self._renderer = QSvgRenderer(QByteArray(svg.encode()))
        self.setFixedSize(size)
        self.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        natural = self._renderer.defaultSize()
        if natural.isEmpty():
            return
        scale = min(self.width() / natural.width(), self.height() / natural.height())
        width, height = natural.width() * scale, natural.height() * scale
        self._renderer.render(
            painter, QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        )


class CoursePage(QScrollArea):
    """All visits of one patient."""

    back = Signal()
    visit_chosen = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context = context
        self._drawn: Drawn | None = None
        self.chosen: list[int] = []
        inside = QWidget()
        inside.setObjectName("page")
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.title = label("Course", "title", wrap=False)
        self.wait = label("Drawing the course …", "muted")
        self.to_page = QPushButton("Back")
        self.to_page.clicked.connect(self.back)
        self.compare_title = heading("Two visits side by side: choose them in the row above")
        self._maps = QHBoxLayout()
        self._maps.setSpacing(12)
        strip = QWidget()
        strip.setLayout(self._maps)
        self.strip = QScrollArea()
        self.strip.setWidget(strip)
        self.strip.setWidgetResizable(True)
        self.strip.setFixedHeight(330)
        self.strip.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pair = QHBoxLayout()
        self._plots = QGridLayout()
        self._plots.setSpacing(16)
        lines = column(inside, margin=20, gap=14)
        lines.addLayout(row(self.to_page, self.title, None, gap=16))
        lines.addWidget(self.wait)
        lines.addWidget(self.strip)
        lines.addWidget(self.compare_title)
        lines.addLayout(self._pair)
        lines.addWidget(
            heading("Measures; a triangle on the time axis says that muscles were needled that day")
        )
        lines.addLayout(self._plots)
        lines.addStretch(1)

    def show_course(self, patient: Patient, records: Sequence[VisitRecord], unit: PressureUnit) -> None:
        """Draw the course off the window's thread, then show it."""
        atlas, chrome = self._context.open_atlas(), self._context.look.chrome
        self.title.setText(f"Course: {patient.name[:80]}")
        self.wait.setText("Drawing the course …" if records else "There is no visit yet.")
        self.wait.show()
        self._clear()
        self._context.pool.run(
            lambda: draw(atlas, patient, tuple(records), unit, chrome.text, chrome.muted, chrome.border),
            self._take,
            owner=self,
            topic="course",
        )

    def forget(self) -> None:
        """Nothing of a patient stays."""
        self._context.pool.forget("course")
        self._drawn = None
        self.title.setText("Course")
        self._clear()

    def _clear(self) -> None:
        self.chosen = []
        for layout in (self._maps, self._pair, self._plots):
            clear(layout)

    def _take(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self.wait.setVisible(not drawn.records)
        self._clear()
        for at, record in enumerate(drawn.records):
            self._maps.addWidget(self._visit_card(at, record, drawn.maps[at]))
        self._maps.addStretch(1)
        for at, (title, svg, words) in enumerate(drawn.plots):
            card = Card()
            card.body.addWidget(label(title, "strong"))
            card.body.addWidget(Picture(svg, QSize(520, 220), f"{title}. {words}"))
            if words:
                card.body.addWidget(label(words))
            self._plots.addWidget(card, at // 2, at % 2)
        if not drawn.plots:
            self._plots.addWidget(label("Nothing was measured yet.", "muted"), 0, 0)
        count = len(drawn.records)
        self.compare_title.setVisible(count > 1)
        if count > 1:
            self._choose(0)
            self._choose(count - 1)

    def _visit_card(self, at: int, record: VisitRecord, pair: tuple[str, str]) -> Card:
        card = Card(active=True)
        card.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        day = record.visit.on.isoformat()
        card.body.addWidget(label(day, "strong", wrap=False))
        size = QSize(104, 200)
        card.body.addLayout(
            row(Picture(pair[0], size, f"{day}, front"), Picture(pair[1], size, f"{day}, back"), gap=4)
        )
        card.body.addWidget(label(numbers_of(record), "small"))
        card.setAccessibleName(f"Visit of {day}, {numbers_of(record)}")
        card.pressed.connect(partial(self._choose, at))
        return card

    def _choose(self, at: int) -> None:
        """Put a visit on the right; the one that was there goes to the left."""
        drawn = self._drawn
        if drawn is None or at in self.chosen:
            return
        self.chosen = sorted([*self.chosen, at][-2:])
        for index in range(self._maps.count()):
            item = self._maps.itemAt(index)
            widget = item.widget() if item is not None else None
            if isinstance(widget, Card):
                widget.set_lit(index in self.chosen)
        clear(self._pair)
        for index in self.chosen:
            record, pair = drawn.records[index], drawn.maps[index]
            day = record.visit.on.isoformat()
            card = Card()
            card.body.addWidget(label(day, "strong"))
            size = QSize(230, 440)
            card.body.addLayout(
                row(Picture(pair[0], size, f"{day}, front"), Picture(pair[1], size, f"{day}, back"), None)
            )
            card.body.addWidget(label(self._extent(record), "muted"))
            needled = ", ".join(dict.fromkeys(n.site.words for n in record.needlings)) or "no needling"
            card.body.addWidget(label(f"{numbers_of(record)}. Needled: {needled}."))
            open_it = QPushButton("Open this visit")
            open_it.clicked.connect(partial(self.visit_chosen.emit, record.visit.id))
            card.body.addLayout(row(open_it, None))
            self._pair.addWidget(card)
        if len(self.chosen) == 2:
            self.compare_title.setText(f"Side by side: {self._change(drawn)}")

    def _extent(self, record: VisitRecord) -> str:
        from myomap.report.drawing_maps import drawn_cells
        from myomap.surface.read_back import read_back

        cells = drawn_cells(record.strokes)
        return read_back(self._context.open_atlas(), cells) if cells else "nothing drawn"

    def _change(self, drawn: Drawn) -> str:
        """Return how the drawing changed: overlap, gained, lost; with the published repeatability."""
        from myomap.report.drawing_maps import drawn_cells

        skin = self._context.open_atlas().skin
        one, two = (drawn_cells(drawn.records[at].strokes) for at in self.chosen)
        if not one or not two:
            return "one of the two has no drawing"
        gained, lost = skin.area_of(two.minus(one)) / 100, skin.area_of(one.minus(two)) / 100
        return (
            f"overlap {skin.overlap(one, two):.2f} (Jaccard; the same person drawing twice reaches 0.42-0.76), "
            f"{gained:.0f} cm² gained, {lost:.0f} cm² lost"
        )


def numbers_of(record: VisitRecord) -> str:
    """Return “pain 7 to 3”, or what of it is known."""

    def score(moment: Moment) -> str:
        found = [
            s for s in record.pain_scores
            if s.moment is moment and s.scale is PainScale.NRS and s.about in ("", "now")
        ]  # fmt: skip
        return f"{found[-1].value:g}" if found else ""

    before, after = score(Moment.BEFORE), score(Moment.AFTER)
    if before and after:
        return f"pain {before} to {after}"
    return f"pain {before or after}" if before or after else "pain not asked"
