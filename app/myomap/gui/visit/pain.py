"""Where it hurts: the ink in hand, what is drawn in words, and the published patterns that overlap it."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QCursor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.gui.drawing.closer import close_up_of
from myomap.gui.drawing.ink_picture import tile
from myomap.gui.drawing.pad import HOW_STRONG, state_edits
from myomap.gui.finder import SearchBox
from myomap.gui.flow import Flow, grows
from myomap.gui.forms import Choice, TextEntry, numbers
from myomap.gui.lookup_panel.panel import LookupPanel
from myomap.gui.parts import band, beside_icon, label, link, row
from myomap.gui.steady import let_go, steady
from myomap.gui.visit.step import Step
from myomap.gui.words import within
from myomap.palette import QUALITY_INKS
from myomap.records.edits import Ref, together
from myomap.records.values import DrawingState, Moment, Quality, Stroke, VisitRecord
from myomap.report.wording import QUALITY_WORDS
from myomap.surface.cells import Cells

if TYPE_CHECKING:
    from myomap.anatomy.views import View
    from myomap.lookup.search import Found

#: A close-up is looked for when nothing was drawn for so long.
CLOSER_MS = 350

#: Words that every region has: they find any.
_GENERIC = re.compile(r"\b(region|regio|area|skin|of|the)\b", re.IGNORECASE)
FROM_LAST, FROM_BEFORE = "Start from the last visit", "Start from before treatment"


def swatch(quality: Quality) -> QIcon:
    """Return a sample of how a quality is drawn: colour and hatch, on paper in every theme, as on the skin."""
    name, hatch = QUALITY_INKS.get(quality, QUALITY_INKS["other"])
    made = QPixmap(36, 24)
    made.setDevicePixelRatio(2)
    colour = QColor(name)
    ground = QColor(colour)
    ground.setAlphaF(0.75 if hatch == "solid" else 0.22)
    made.fill(Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.fillRect(0, 0, 18, 12, ground)
    if hatch != "solid":
        painter.drawTiledPixmap(0, 0, 18, 12, QPixmap.fromImage(tile(hatch, colour, 2)))
    painter.setPen(colour)
    painter.drawRect(0, 0, 17, 11)
    painter.end()
    return QIcon(made)


def sides_named(text: str) -> set[Laterality]:
    """Return the sides that words name: “right temple” → right; both where both are named.

    >>> sorted(sides_named("left neck, then the right temple"))
    [<Laterality.LEFT: 'left'>, <Laterality.RIGHT: 'right'>]
    """
    words = set(re.findall(r"[a-z]+", text.lower()))
    found = set()
    if words & {"left", "lt"}:
        found.add(Laterality.LEFT)
    if words & {"right", "rt"}:
        found.add(Laterality.RIGHT)
    if words & {"both", "bilateral", "bilaterally"}:
        found |= {Laterality.LEFT, Laterality.RIGHT}
    return found


def side_warning(words: str, drawn: set[Laterality]) -> str:
    """Return a warning where words name a side that is not drawn, empty where they agree."""
    named = sides_named(words)
    if not named or not drawn or named & drawn == named:
        return ""
    wrong = " and ".join(side.spoken for side in sorted(named - drawn))
    have = " and ".join(side.spoken for side in sorted(drawn, reverse=True))
    return f"The words say {wrong}, but the drawing is on the {have}. Which is right?"


class PainStep(Step):
    """The patient's own drawing."""

    key, title = "pain", "Where it hurts"
    _strokes: tuple[Stroke, ...] | None = None
    _line = ""
    _cells = Cells.empty()
    _note = ""
    _pointer = QPoint()
    """Where the pointer was when the drawing was as it is now."""

    def build(self, lines: QVBoxLayout) -> None:
        pad = self.bench.maps.pad
        self.moment = Choice(
            "When", [("before", "Before"), ("after", "After")], str(pad.moment), optional=False
        )
        self.moment.set_tip("before", "Pain before treatment")
        self.moment.set_tip("after", "Pain after treatment")
        self.moment.chosen.connect(self._on_moment)
        self.state = Choice("Pain drawing", [("not_asked", "Not asked"), ("no_pain", "No pain"), ("drawn", "Drawn")],
                            "not_asked", optional=False)  # fmt: skip
        self.state.chosen.connect(self._on_state)
        self.intensity = numbers("How strong", pad.intensity)
        self.intensity.chosen.connect(self._on_intensity)
        self.qualities = QWidget()
        self._lay_out_qualities()
        self.clear = link("Clear …", self._ask_clear, "Take all strokes away")
        self.again = link(FROM_LAST, self._start_from_earlier)
        self.words = label("", "strong")
        self.words.setAccessibleName("What is drawn")
        self.said = label("", "problem")
        self.said.hide()
        self.told = TextEntry("In the patient's words", hint="In the patient's words", lines=1)
        self.told.typed.connect(self._on_told)
        self.warning = band("", "danger")
        self.warning.hide()
        self.closer = link("Come closer", self._come_closer)
        self.closer.hide()
        self.region = SearchBox(self.bench.context.look)
        self.region.set_hints("Name a region", "Region")
        self.region.setToolTip("Fill a whole region by its name: “left temple”")
        self.region.setAccessibleName("Fill a region by its name")
        self.region.set_search(self._search_regions)
        self.region.chosen.connect(self._on_region)
        self.lookup = LookupPanel(self.bench)
        first = Flow(14)
        for chips in (self.state, self.moment):
            chips.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            first.addWidget(chips)
        lines.setSpacing(8)
        lines.addLayout(first)
        strong = row(gap=8)
        strong.addWidget(label("How strong", "small", wrap=False))
        strong.addWidget(self.intensity, 1)
        lines.addLayout(strong)
        lines.addWidget(self.qualities)
        lines.addWidget(self.words)
        for widget in (self.said, self.warning):
            lines.addWidget(widget)
        self.deeds = QWidget()
        deeds = Flow(6)
        self.deeds.setLayout(deeds)
        grows(self.deeds)
        for deed in (self.again, self.clear, self.closer):  # what comes late moves none of them
            deeds.addWidget(deed)
        lines.addWidget(self.deeds)
        place = row(gap=6)
        place.addWidget(self.region, 1)
        place.addWidget(self.told, 1)
        place.setAlignment(self.region, Qt.AlignmentFlag.AlignTop)
        lines.addLayout(place)
        lines.addWidget(self.lookup)
        self._near: View | None = None
        self._rest = QTimer(self.body)  # it goes with the body
        self._rest.setSingleShot(True)
        self._rest.setInterval(CLOSER_MS)
        self._rest.timeout.connect(self._look_closer)
        pad.cells_changed.connect(self._on_cells)
        pad.said.connect(self._say)
        for panel in self.bench.maps.panels:
            panel.view_chosen.connect(self._offer_closer)
        pad.refresh()

    def forget(self) -> None:
        if self.body is not None:
            pad = self.bench.maps.pad
            pad.cells_changed.disconnect(self._on_cells)
            pad.said.disconnect(self._say)
            for panel in self.bench.maps.panels:
                panel.view_chosen.disconnect(self._offer_closer)
            self._rest.stop()
            self.bench.context.pool.forget("closer")
            self.lookup.forget()
        super().forget()

    def set_open(self, on: bool) -> None:
        super().set_open(on)
        if not on:
            let_go(self)

    def _lay_out_qualities(self) -> None:
        grid = Flow(4)
        self.qualities.setLayout(grid)
        self.inks: dict[Quality, QPushButton] = {}
        for quality, words in QUALITY_WORDS.items():
            button = QPushButton(beside_icon(words))
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setIcon(swatch(quality))
            button.setIconSize(QSize(18, 12))
            button.setProperty("kind", "ink")
            button.setAccessibleName(f"Quality: {words}")
            button.setChecked(quality is self.bench.maps.pad.quality)
            button.clicked.connect(lambda _=False, quality=quality: self._on_quality(quality))
            grid.addWidget(button)
            self.inks[quality] = button

    # -- what is chosen ------------------------------------------------------------------------
    def _on_moment(self, text: str) -> None:
        self.bench.maps.pad.show_moment(Moment(text))
        self.refresh(frozenset())

    def _on_quality(self, quality: Quality) -> None:
        self.bench.maps.pad.quality = quality
        self._take_the_brush()

    def _take_the_brush(self) -> None:
        """Whoever chooses an ink draws next, and erases nothing."""
        if self.bench.maps.pad.tool in ("", "eraser") and self.bench.maps.drawing:
            self.bench.maps.choose_tool("brush")

    def _on_intensity(self, text: str) -> None:
        self.bench.maps.pad.intensity = int(text) if text else None
        self._take_the_brush()

    def _on_state(self, text: str) -> None:
        record, pad = self.bench.record, self.bench.maps.pad
        state = DrawingState(text)
        strokes = record.moment_strokes(Moment.BEFORE)
        if state is not DrawingState.DRAWN and strokes:
            self.state.set_current("drawn")
            self.bench.context.prompts.ask(
                "Clear the drawing?",
                "There are strokes on it. They are taken away; undo brings them back.",
                "Clear the drawing",
                lambda: pad.clear(state),
                danger=True,
            )
            return
        edits = state_edits(record, state)
        if edits:
            words = {"no_pain": "No pain", "not_asked": "Drawing not asked"}.get(text, "Drawing asked")
            self.bench.desk.do(together(words, edits))

    def _ask_clear(self) -> None:
        self.bench.context.prompts.ask(
            "Clear the drawing?",
            "All strokes are taken away; undo brings them back.",
            "Clear the drawing",
            self._clear,
            danger=True,
        )

    def _clear(self) -> None:
        self.bench.maps.pad.clear()
        self._to_the_map()

    def _search_regions(self, text: str) -> "list[Found]":
        from myomap.lookup.search import Kind

        found = self.bench.search(_GENERIC.sub(" ", text).strip() or text)
        assert isinstance(found, list)
        return [f for f in found if f.entry.kind is Kind.REGION]

    def _on_region(self, found: "Found") -> None:
        from myomap.gui.drawing.pad import middle_of

        atlas = self.bench.context.open_atlas()
        region = atlas.regions[found.entry.id]
        view, at = middle_of(atlas, region.number, self.bench.maps.shown.figure)
        self.region.clear()
        self.bench.maps.pad.fill_region_of(view, at, region.number)

    def _start_from_earlier(self) -> None:
        self.bench.maps.pad.start_from(self._earlier(), label=self.again.text())
        self._to_the_map()

    def _earlier(self) -> tuple[Stroke, ...]:
        """Return the drawing that one can start from: the last visit's, or after treatment the one of before.

        How strong it is after treatment nobody has said yet.
        """
        if self.bench.maps.pad.moment is Moment.AFTER:
            drawn = self.bench.record.moment_strokes(Moment.BEFORE)
            return tuple(replace(each, intensity=None) for each in drawn)
        last = self.bench.desk.previous
        return last.moment_strokes(Moment.BEFORE) if last is not None else ()

    def _on_told(self, text: str) -> None:
        record = self.bench.record
        held = record.drawing
        edits = state_edits(record, held.state if held else DrawingState.NOT_ASKED, text)
        if edits:
            self.bench.desk.do(together("Patient's words", edits, gesture="drawing.words"))

    # -- what is shown -------------------------------------------------------------------------
    def _say(self, sentence: str) -> None:
        """Say it until something else is drawn; what stands to be answered is asked again then."""
        self._note = sentence
        self._show_said()

    def _show_said(self) -> None:
        desk, pad = self.bench.desk, self.bench.maps.pad
        sentence = self._note or (HOW_STRONG if pad.unsaid() and not desk.signed else "")
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def _on_cells(self, cells: Cells) -> None:
        from myomap.surface.read_back import read_back, sides_of

        atlas = self.bench.context.open_atlas()
        if self.bench.desk.record is None:
            return
        self._pointer = QCursor.pos()
        let_go(self)
        # a number and its unit stay on one line
        said = read_back(atlas, cells) if cells else ""
        self.words.setText(said.replace(" cm²", "\N{NO-BREAK SPACE}cm²").replace(" %", "\N{NO-BREAK SPACE}%"))
        self.words.setVisible(bool(cells))
        if cells:
            self._say("")
        self._drawn_sides = set(sides_of(atlas.skin, cells)) if cells else set()
        self._warn()
        self.lookup.show_cells(cells)
        self._cells = cells
        self._rest.start()

    # -- a closer view -------------------------------------------------------------------------
    def _look_closer(self) -> None:
        """Find out, when the hand rests, whether a close-up shows the drawing better."""
        atlas, figure, cells = self.bench.context.open_atlas(), self.bench.maps.shown.figure, self._cells
        self.bench.context.pool.run(
            lambda: close_up_of(atlas, cells, figure), self._take_closer, topic="closer", priority=-2
        )

    def _take_closer(self, view: "View | None") -> None:
        self._near = view
        self._offer_closer()

    def _offer_closer(self, _: str = "") -> None:
        """Offer the close-up, unless one of that part of the body is on show; nothing opens by itself."""
        near = self._near
        groups = {panel.view.group for panel in self.bench.maps.panels if panel.view is not None}
        wanted = near is not None and near.group not in groups
        if near is not None:
            self.closer.setText(f"Come closer: {within(near.title)}")
            self.closer.setToolTip("Opens this close-up on the right map; the drawing is there already")
        with steady(self, self._pointer):
            self.closer.setVisible(wanted and bool(self._cells))
            self._show_deeds()

    def _show_deeds(self) -> None:
        self.deeds.setVisible(any(not each.isHidden() for each in (self.closer, self.again, self.clear)))

    def _come_closer(self) -> None:
        if self._near is not None:
            self.bench.maps.show_view(self._near.name)
            self._to_the_map()

    def _to_the_map(self) -> None:
        """Give the keyboard to the map: the link that had it goes, and a letter chooses a tool, it is no word."""
        panels = [each for each in self.bench.maps.panels if each.isVisible()]
        if panels:
            panels[-1].map.setFocus(Qt.FocusReason.OtherFocusReason)

    def _warn(self) -> None:
        record = self.bench.record
        said = [record.drawing.words if record.drawing else "", record.visit.reason]
        said += [note.text for note in record.notes]
        found = [w for w in (side_warning(t, getattr(self, "_drawn_sides", set())) for t in said) if w]
        self.warning.setText(found[0] if found else "")
        self.warning.setVisible(bool(found))

    def refresh(self, refs: frozenset[Ref]) -> None:
        record, pad = self.bench.record, self.bench.maps.pad
        strokes = record.moment_strokes(pad.moment)
        state = record.drawing.state if record.drawing else DrawingState.NOT_ASKED
        self.state.set_current(str(state))
        self.moment.set_current(str(pad.moment))
        self.intensity.set_current("" if pad.intensity is None else str(pad.intensity))
        self.inks[pad.quality].setChecked(True)
        self._show_said()
        self.state.setVisible(pad.moment is Moment.BEFORE)
        signed = self.bench.desk.signed  # a link that does nothing is none
        self.clear.setVisible(bool(strokes) and not signed)
        self.again.setText(FROM_LAST if pad.moment is Moment.BEFORE else FROM_BEFORE)
        self.again.setVisible(not strokes and not signed and bool(self._earlier()))
        self._show_deeds()
        self.told.show_text(record.drawing.words if record.drawing else "")
        inks = (self.intensity, self.qualities)
        for part in (self.state, self.told, self.clear, self.again, self.region, *inks):
            part.setEnabled(not signed)
        self._warn()
        self.lookup.follow()

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        state = record.drawing.state if record.drawing else DrawingState.NOT_ASKED
        if state is DrawingState.NO_PAIN:
            return "no pain", True
        if not record.strokes:
            return ("asked, nothing drawn", True) if state is DrawingState.DRAWN else ("", False)
        if record.strokes is not self._strokes:
            from myomap.surface.read_back import places_in_words

            before = self.bench.maps.pad.drawn_at(Moment.BEFORE)
            cells, atlas = before.drawn(), self.bench.context.open_atlas()
            self._strokes = record.strokes
            erased = "all of it erased" if record.moment_strokes(Moment.BEFORE) else "drawn after treatment"
            self._line = places_in_words(atlas, cells, 2) if cells else erased
            if before.has_unsaid:
                self._line = f"strength not asked · {self._line}"  # first: the end of a long line is not seen
        return self._line, True


__all__ = ["PainStep", "side_warning", "sides_named"]
