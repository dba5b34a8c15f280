"""Where it hurts: the ink in hand, what is drawn in words, and the published patterns that overlap it."""

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.gui.drawing.ink_picture import tile
from myomap.gui.drawing.pad import state_edits
from myomap.gui.finder import SearchBox
from myomap.gui.flow import Flow
from myomap.gui.forms import Choice, TextEntry, numbers
from myomap.gui.lookup_panel.panel import LookupPanel
from myomap.gui.parts import chip, label, row
from myomap.gui.visit.step import Step
from myomap.palette import QUALITY_INKS
from myomap.records.edits import Ref, together
from myomap.records.values import DrawingState, Moment, Quality, Stroke, VisitRecord
from myomap.surface.cells import Cells

if TYPE_CHECKING:
    from myomap.lookup.search import Found

QUALITY_WORDS = {
    Quality.ACHE: "Aching",
    Quality.PRESSURE: "Pressing",
    Quality.STABBING: "Stabbing",
    Quality.BURNING: "Burning",
    Quality.TINGLING: "Tingling",
    Quality.NUMB: "Numb",
    Quality.CRAMP: "Cramping",
    Quality.OTHER: "Other",
}


def swatch(quality: Quality) -> QIcon:
    """Return a sample of how a quality is drawn: colour and hatch."""
    name, hatch = QUALITY_INKS.get(quality, QUALITY_INKS["other"])
    made = QPixmap(36, 24)
    made.setDevicePixelRatio(2)
    colour = QColor(name)
    ground = QColor(colour)
    ground.setAlphaF(0.75 if hatch == "solid" else 0.22)
    made.fill(ground)
    painter = QPainter(made)
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

    def build(self, lines: QVBoxLayout) -> None:
        pad = self.bench.maps.pad
        self.moment = Choice(
            "When", [("before", "Before treatment"), ("after", "After")], str(pad.moment), optional=False
        )
        self.moment.chosen.connect(self._on_moment)
        self.state = Choice("Pain drawing", [("not_asked", "Not asked"), ("no_pain", "No pain"), ("drawn", "Drawn")],
                            "not_asked", optional=False)  # fmt: skip
        self.state.chosen.connect(self._on_state)
        self.intensity = numbers("How strong", pad.intensity)
        self.intensity.chosen.connect(self._on_intensity)
        self.qualities = QWidget()
        self._lay_out_qualities()
        self.clear = QPushButton("Clear …")
        self.clear.clicked.connect(self._ask_clear)
        self.again = QPushButton("Start from the last visit")
        self.again.clicked.connect(self._start_from_last)
        self.words = label("", "strong")
        self.words.setAccessibleName("What is drawn")
        self.said = label("", "problem")
        self.said.hide()
        self.told = TextEntry("In the patient's words", hint="In the patient's words", lines=1)
        self.told.typed.connect(self._on_told)
        self.warning = chip("", "danger")
        self.warning.setWordWrap(True)
        self.warning.hide()
        self.lookup = LookupPanel(self.bench)
        lines.addWidget(self.state)
        lines.addWidget(self.moment)
        lines.addWidget(label("How strong, 0-10", "small"))
        lines.addWidget(self.intensity)
        lines.addWidget(self.qualities)
        lines.addWidget(self.words)
        for widget in (self.said, self.warning):
            lines.addWidget(widget)
        lines.addLayout(row(self.again, self.clear, None))
        self.region = SearchBox(self.bench.context.look)
        self.region.setPlaceholderText("Or name a region: “left temple”")
        self.region.setAccessibleName("Fill a region by its name")
        self.region.set_search(self._search_regions)
        self.region.chosen.connect(self._on_region)
        lines.addWidget(self.region)
        lines.addWidget(self.told)
        lines.addWidget(self.lookup)
        pad.cells_changed.connect(self._on_cells)
        pad.said.connect(self._say)
        self.bench.desk.opened.connect(self._on_opened)
        pad.refresh()

    def forget(self) -> None:
        if self.body is not None:
            pad = self.bench.maps.pad
            pad.cells_changed.disconnect(self._on_cells)
            pad.said.disconnect(self._say)
            self.lookup.forget()
        super().forget()

    def _lay_out_qualities(self) -> None:
        grid = Flow(4)
        self.qualities.setLayout(grid)
        self.inks: dict[Quality, QPushButton] = {}
        for quality, words in QUALITY_WORDS.items():
            button = QPushButton(words)
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
        if self.bench.maps.pad.tool in ("", "eraser"):
            self.bench.maps.choose_tool("brush")

    def _on_opened(self) -> None:
        self.intensity.set_current("")

    def _on_intensity(self, text: str) -> None:
        self.bench.maps.pad.intensity = int(text) if text else None

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
            self.bench.maps.pad.clear,
            danger=True,
        )

    def _search_regions(self, text: str) -> "list[Found]":
        from myomap.lookup.search import Kind

        found = self.bench.search(text)
        assert isinstance(found, list)
        return [f for f in found if f.entry.kind is Kind.REGION]

    def _on_region(self, found: "Found") -> None:
        from myomap.gui.drawing.pad import middle_of

        atlas = self.bench.context.open_atlas()
        region = atlas.regions[found.entry.id]
        view, at = middle_of(atlas, region.number, self.bench.maps.shown.figure)
        self.region.clear()
        self.bench.maps.pad.fill_region_of(view, at, region.number)

    def _start_from_last(self) -> None:
        earlier = self.bench.desk.previous
        if earlier is not None and not self.bench.maps.pad.start_from(earlier.moment_strokes(Moment.BEFORE)):
            self._say("The last drawing was made on another map and cannot be taken over.")

    def _on_told(self, text: str) -> None:
        record = self.bench.record
        held = record.drawing
        edits = state_edits(record, held.state if held else DrawingState.NOT_ASKED, text)
        if edits:
            self.bench.desk.do(together("Patient's words", edits, gesture="drawing.words"))

    # -- what is shown -------------------------------------------------------------------------
    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def _on_cells(self, cells: Cells) -> None:
        from myomap.surface.read_back import read_back, sides_of

        atlas = self.bench.context.open_atlas()
        if self.bench.desk.record is None:
            return
        self.words.setText(read_back(atlas, cells) if cells else "")
        self.words.setVisible(bool(cells))
        if cells:
            self._say("")
        self._drawn_sides = set(sides_of(atlas.skin, cells)) if cells else set()
        self._warn()
        self.lookup.show_cells(cells)

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
        self.state.setVisible(pad.moment is Moment.BEFORE)
        self.clear.setVisible(bool(strokes))
        earlier = self.bench.desk.previous
        self.again.setVisible(not strokes and earlier is not None and bool(earlier.strokes))
        self.told.show_text(record.drawing.words if record.drawing else "")
        for part in (self.state, self.told, self.clear, self.again, self.region):
            part.setEnabled(not self.bench.desk.signed)
        self._warn()

    def summary(self, record: VisitRecord) -> tuple[str, bool]:
        state = record.drawing.state if record.drawing else DrawingState.NOT_ASKED
        if state is DrawingState.NO_PAIN:
            return "no pain", True
        if not record.strokes:
            return ("asked, nothing drawn", True) if state is DrawingState.DRAWN else ("", False)
        if record.strokes is not self._strokes:
            from myomap.surface.read_back import places_in_words

            cells = self.bench.maps.pad.cells_before()
            atlas = self.bench.context.open_atlas()
            self._strokes = record.strokes
            self._line = places_in_words(atlas, cells, 2) if cells else "drawn after treatment"
        return self._line, True


__all__ = ["PainStep", "side_warning", "sides_named"]
