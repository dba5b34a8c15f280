"""The course: every visit as small maps, measures as plots with words, any two visits on the same scale."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QScrollArea, QSizePolicy, QWidget

from myomap.gui.columns import Columns
from myomap.gui.context import Context
from myomap.gui.course.pictures import Drawn, MapRow, PlotPicture, Sight, draw
from myomap.gui.course.strip import Strip
from myomap.gui.parts import Card, Elided, clear, column, heading, label, row
from myomap.records.values import Moment, PainScale, Patient, PressureUnit, VisitRecord

#: How tall maps are at 100 %: in the row of all visits, and side by side.
_SMALL, _LARGE = 150, 340
#: Plots stand in two columns where there is so much room at 100 %.
_TWO_COLUMNS = 860
#: No card of the row is wider than the smallest window has room for.
_WIDEST = 620
#: Two visits stand side by side where there is so much.
_SIDE_BY_SIDE = 640


class CoursePage(QScrollArea):
    """All visits of one patient."""

    back = Signal()
    visit_chosen = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("The course")
        self._context = context
        self._drawn: Drawn | None = None
        self._given: tuple[Patient, tuple[VisitRecord, ...], PressureUnit] | None = None
        self.chosen: list[int] = []
        inside = QWidget()
        inside.setObjectName("page")
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.title = Elided("Course", "title")
        self.wait = label("Drawing the course …", "muted")
        self.to_page = QPushButton("Back")
        self.to_page.clicked.connect(self.back)
        self.compare_title = heading("Two visits side by side: choose them in the row above")
        self.compare_title.setWordWrap(True)
        self.change = label("", "")
        self.measures_title = heading(
            "Measures; a triangle on the time axis says that muscles were needled that day"
        )
        self.measures_title.setWordWrap(True)
        self.strip = Strip()
        self._pair = Columns((), lambda: context.look.px(_SIDE_BY_SIDE), gap=16)
        self._plots = QGridLayout()
        self._plots.setSpacing(16)
        self._plot_cards: list[Card] = []
        lines = column(inside, margin=20, gap=14)
        top = row(self.to_page, gap=16)
        top.addWidget(self.title, 1)
        lines.addLayout(top)
        for widget in (self.wait, self.strip, self.compare_title, self.change):
            lines.addWidget(widget)
        lines.addWidget(self._pair)
        lines.addWidget(self.measures_title)
        lines.addLayout(self._plots)
        lines.addStretch(1)
        self._show_parts(0)
        context.look.changed.connect(self._on_look_changed)

    def show_course(self, patient: Patient, records: Sequence[VisitRecord], unit: PressureUnit) -> None:
        """Draw the course off the window's thread, then show it."""
        context, look = self._context, self._context.look
        assert context.shelf is not None
        assert context.tones is not None
        self._given = (patient, tuple(records), unit)
        self.title.show_text(f"Course: {patient.name}")
        self.wait.setText(
            "Drawing the course …"
            if records
            else "There is no visit yet. The first one begins on the patient's page."
        )
        self.wait.show()
        self._clear()
        sight = Sight(
            context.open_atlas(), context.shelf, context.tones, look.map, look.theme.map_set,
            round(look.px(_LARGE) * self.devicePixelRatioF()),
        )  # fmt: skip
        self._context.pool.run(
            lambda: draw(sight, patient, tuple(records), unit), self._take, owner=self, topic="course"
        )

    def forget(self) -> None:
        """Nothing of a patient stays."""
        self._context.pool.forget("course")
        self._drawn = self._given = None
        self.title.show_text("Course")
        self._clear()

    def _on_look_changed(self) -> None:
        """Draw again with the new colours and text size."""
        if self._given is not None:
            self.show_course(*self._given)

    def _clear(self) -> None:
        self.chosen, self._plot_cards = [], []
        self.strip.forget()
        self._pair.empty()
        clear(self._plots)
        self._show_parts(0)

    def _show_parts(self, visits: int) -> None:
        """Show what there is something to show in."""
        self.strip.setVisible(visits > 0)
        self.measures_title.setVisible(visits > 0)
        self.compare_title.setVisible(visits > 1)
        self.change.setVisible(visits > 1)

    def _take(self, drawn: Drawn) -> None:
        self._clear()
        self._drawn = drawn
        self.wait.setVisible(not drawn.records)
        self._show_parts(len(drawn.records))
        if not drawn.records:
            return
        cards = [self._visit_card(at, record, drawn) for at, record in enumerate(drawn.records)]
        for card in cards:
            card.ensurePolished()
        self.strip.show_cards(cards)
        for line in drawn.lines:
            card = Card()
            title, words = line.plot.title, line.change.words if line.change else ""
            card.body.addWidget(label(f"{title} ({line.plot.unit})", "strong"))
            card.body.addWidget(PlotPicture(line.plot, self._context.look, f"{title}. {words}"))
            if words:
                card.body.addWidget(label(words))
            card.body.addStretch(1)
            self._plot_cards.append(card)
        self._place_plots()
        if not drawn.lines:
            self._plots.addWidget(label("Nothing was measured yet.", "muted"), 0, 0)
        count = len(drawn.records)
        drew = next((at for at, record in enumerate(drawn.records[:-1]) if record.strokes), 0)
        for at in {drew, count - 1}:  # two that can be compared, if there are two
            self._choose(at)

    def _visit_card(self, at: int, record: VisitRecord, drawn: Drawn) -> Card:
        card = Card("pictures", active=True)
        card.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        day = record.visit.on.isoformat()
        tall = min(self._context.look.px(_SMALL), round(_WIDEST / max(0.1, sum(drawn.maps.shapes))))
        maps = MapRow(drawn.maps, at, tall, f"{day}: {self._extent(record)}")
        maps.setFixedSize(maps.sizeHint())
        card.body.addWidget(label(day, "strong", wrap=False))
        card.body.addWidget(maps)
        card.body.addWidget(label(numbers_of(record), "small"))
        card.setAccessibleName(f"Visit of {day}, {numbers_of(record)}")
        card.pressed.connect(partial(self._choose, at))
        return card

    def _place_plots(self) -> None:
        columns = 2 if self.viewport().width() >= self._context.look.px(_TWO_COLUMNS) else 1
        for at, card in enumerate(self._plot_cards):
            self._plots.addWidget(card, at // columns, at % columns)
        for at in (0, 1):
            self._plots.setColumnStretch(at, 1 if at < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_plots()

    def _choose(self, at: int) -> None:
        """Put a visit on the right; the one that was there goes to the left."""
        drawn = self._drawn
        if drawn is None or at in self.chosen:
            return
        self.chosen = sorted([*self.chosen, at][-2:])
        for index, card in enumerate(self.strip.cards):
            card.set_lit(index in self.chosen)
        self._pair.empty()
        for index in self.chosen:
            self._pair.add(self._large_card(index, drawn))
        if len(self.chosen) == 2:
            one, two = (drawn.records[index] for index in self.chosen)
            self.compare_title.setText(
                f"Side by side: {one.visit.on.isoformat()} and {two.visit.on.isoformat()}"
            )
            self.change.setText(" ".join([*_pain_change(one, two), self._drawing_change(one, two)]))

    def _large_card(self, index: int, drawn: Drawn) -> Card:
        record = drawn.records[index]
        day = record.visit.on.isoformat()
        card = Card()
        card.body.addWidget(label(day, "strong"))
        words = self._extent(record)
        card.body.addWidget(MapRow(drawn.maps, index, self._context.look.px(_LARGE), f"{day}: {words}"))
        card.body.addWidget(label(words, "muted"))
        needled = ", ".join(dict.fromkeys(n.site.words for n in record.needlings)) or "no needling"
        card.body.addWidget(label(f"{_sentence(numbers_of(record))}. Needled: {needled}."))
        open_it = QPushButton("Open this visit")
        open_it.setAccessibleName(f"Open the visit of {day}")
        open_it.clicked.connect(partial(self.visit_chosen.emit, record.visit.id))
        card.body.addLayout(row(open_it, None))
        card.body.addStretch(1)
        return card

    def _extent(self, record: VisitRecord) -> str:
        from myomap.report.drawing_maps import drawn_cells
        from myomap.surface.read_back import read_back

        atlas = self._context.open_atlas()
        cells = drawn_cells(atlas, record.strokes)
        return read_back(atlas, cells) if cells else "nothing drawn"

    def _drawing_change(self, one: VisitRecord, two: VisitRecord) -> str:
        """Return how the drawing changed: overlap, gained, lost; with the published repeatability."""
        from myomap.report.drawing_maps import drawn_cells

        atlas = self._context.open_atlas()
        skin = atlas.skin
        first, last = drawn_cells(atlas, one.strokes), drawn_cells(atlas, two.strokes)
        if not first or not last:
            return "One of the two has no drawing."
        gained, lost = skin.area_of(last.minus(first)) / 100, skin.area_of(first.minus(last)) / 100
        return (
            f"Drawing: {gained:.0f} cm² gained, {lost:.0f} cm² lost, overlap {skin.overlap(first, last):.2f} "
            "(Jaccard; the same person drawing twice reaches 0.42-0.76)."
        )


def _score(record: VisitRecord, moment: Moment) -> float | None:
    found = [
        s.value for s in record.pain_scores
        if s.moment is moment and s.scale is PainScale.NRS and s.about in ("", "now")
    ]  # fmt: skip
    return found[-1] if found else None


def _pain_change(one: VisitRecord, two: VisitRecord) -> list[str]:
    """Return how pain before the treatment changed from one visit to the other, with sign and word."""
    from myomap.report.course import Change

    first, last = _score(one, Moment.BEFORE), _score(two, Moment.BEFORE)
    if first is None or last is None:
        return []
    return [f"{Change('Pain before treatment', '0-10', first, last, -1).words}."]


def numbers_of(record: VisitRecord) -> str:
    """Return “pain 7 to 3”, or what of it is known."""
    before, after = _score(record, Moment.BEFORE), _score(record, Moment.AFTER)
    if before is not None and after is not None:
        return f"pain {before:g} to {after:g}"
    known = before if before is not None else after
    return f"pain {known:g}" if known is not None else "pain not asked"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
