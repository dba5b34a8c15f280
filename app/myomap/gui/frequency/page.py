"""The page: which drawings, two maps, legend. Read off the window's thread, with progress and a way to stop."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QScrollArea, QSplitter, QWidget

from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.gui.context import Context
from myomap.gui.frequency.choice import GroupChoice
from myomap.gui.frequency.layer import FrequencyLayer
from myomap.gui.frequency.legend import Legend
from myomap.gui.map.pair import MapPair
from myomap.gui.map.panel import MapPanel
from myomap.gui.map.zone_paths import ZonePaths
from myomap.gui.messages import message_for
from myomap.gui.parts import Segments, column, label, row
from myomap.gui.practice.session import Session
from myomap.gui.shown import Shown
from myomap.gui.words import FIGURES
from myomap.records.errors import LockedError
from myomap.records.group import Group, StoppedError, Wanted, read_group
from myomap.records.practice import Deed
from myomap.records.shown_groups import Refusal, ShownGroups
from myomap.report.frequency_picture import FEW_WORDS, checked, frequency_picture, regions_csv
from myomap.surface.frequency import FEW

PICTURES = "PNG picture (*.png);;SVG drawing (*.svg)"
#: A reading that takes no longer shows no progress.
SLOW_MS = 250
TITLE = "Where our patients hurt"
EARLIER = (
    f"This is the map that was shown earlier: since then the drawings of fewer than {FEW} people have changed, and"
    " a map with those would tell what they drew."
)


class FrequencyPage(QWidget):
    """A group's map. It never knows a name."""

    wants_list = Signal()
    told = Signal(int, int)
    """How many of how many are read; sent by the worker."""

    def __init__(self, context: Context, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context = replace(context, shown=Shown())
        self._session = session
        shown = self._context.shown
        shown.layer, shown.figure = Layer.SKIN, context.shown.figure
        self.group: Group | None = None
        self._shown_groups = ShownGroups()
        """What was shown since the window is open: it outlives the lock, or locking would forget it."""
        self._stop = threading.Event()
        self._reading = False
        atlas = context.open_atlas()
        self.choice, self.legend = GroupChoice(), Legend(context.look)
        self.panels = [MapPanel(self._context, "anterior"), MapPanel(self._context, "posterior")]
        self.layers = []
        for panel in self.panels:
            panel.set_atlas(ZonePaths(atlas))
            panel.save.setToolTip("Save this map with its legend as PNG or SVG")
            panel.save_asked.connect(partial(self.ask_picture, panel))
            layer = FrequencyLayer(panel.map, atlas, context.look, context.pool, FEW)
            panel.tell = partial(self._count_at, layer)
            self.layers.append(layer)
        self.back = QPushButton("All patients")
        self.table_button = QPushButton("Save the table …")
        self.table_button.setToolTip("Regions and their counts as CSV, for a spreadsheet")
        self.pdf_button = QPushButton("Save as PDF …")
        self.pdf_button.setToolTip(
            "All views that have marks, the legend and the regions, to print or hand on"
        )
        self.figures = Segments("Figure", [(f, w) for f, w in FIGURES.items()], shown.figure)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Reading the drawings")
        self.waiting = label("", "muted", wrap=False)
        self.cancel = QPushButton("Stop")
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(lambda: self._show_busy(True))
        self._lay_out()
        self._connect()
        self._show_busy(False)
        self._show_saving()

    def _lay_out(self) -> None:
        bar = QFrame()
        bar.setObjectName("bar")
        top = row(self.back, label(TITLE, "title", wrap=False), gap=12)
        top.setContentsMargins(12, 8, 16, 8)
        top.addStretch(1)
        for widget in (
            self.waiting,
            self.progress,
            self.cancel,
            self.figures,
            self.pdf_button,
            self.table_button,
        ):
            top.addWidget(widget)
        self.progress.setFixedWidth(140)
        bar.setLayout(top)
        choices = QScrollArea()
        choices.setAccessibleName("Whose drawings")
        choices.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what can be reached is on it
        choices.setObjectName("page")
        choices.setWidget(self.choice)
        choices.setWidgetResizable(True)
        choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        maps = MapPair(self.panels, self._context.look)
        side = QFrame()
        side.setObjectName("inspector")
        inside = column(side)
        inside.addWidget(self.legend)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setHandleWidth(1)
        across.setChildrenCollapsible(False)
        for part, stretch, least in ((choices, 0, 220), (maps, 1, 320), (side, 0, 240)):
            part.setMinimumWidth(least)
            across.addWidget(part)
            across.setStretchFactor(across.count() - 1, stretch)
        px = self._context.look.px
        across.setSizes([px(250), 700, px(330)])
        lines = column(self, gap=0)
        lines.addWidget(bar)
        lines.addWidget(across, 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(720, 420)

    def _connect(self) -> None:
        shown = self._context.shown
        self.back.clicked.connect(self.wants_list)
        self.choice.changed.connect(self.read)
        self.cancel.clicked.connect(self.stop)
        self.told.connect(self._on_told)
        self.figures.chosen.connect(lambda text: shown.set_figure(Figure(text)))
        self.table_button.clicked.connect(self.ask_table)
        self.pdf_button.clicked.connect(self.ask_pdf)
        self.legend.region_chosen.connect(shown.select_region)
        shown.selected_changed.connect(lambda: self.legend.follow(shown.region))
        self._context.look.changed.connect(self._draw)

    # -- reading -------------------------------------------------------------------------------
    def read(self) -> None:
        """Read the drawings that are chosen; an earlier reading is stopped."""
        wanted = self.choice.wanted()
        if wanted is None or not self._session.is_open:
            return
        self._stop.set()
        stop = self._stop = threading.Event()
        practice, atlas = self._session.practice, self._context.open_atlas()
        told, shown = self.told.emit, self._shown_groups

        def work() -> tuple[Group | Refusal, bool]:
            group = read_group(practice, atlas, wanted, told=told, stop=stop.is_set)
            group = replace(group, map=checked(group.map))
            found = shown.judge(group)
            return found, found is not group

        self._reading = True
        self._slow.start()
        self._context.pool.run(work, self._take, self._on_error, topic="frequency")

    def stop(self) -> None:
        """Give up waiting."""
        self._stop.set()

    def _on_told(self, done: int, of: int) -> None:
        if self._reading:
            self.progress.setMaximum(max(1, of))
            self.progress.setValue(done)
            self.waiting.setText(f"{done:,} of {of:,} read")

    def _show_busy(self, on: bool) -> None:
        self._reading = on
        self._slow.stop()
        for widget in (self.progress, self.cancel, self.waiting):
            widget.setVisible(on)
        if on:
            self.progress.setRange(0, 0)
            self.waiting.setText("Reading the drawings …")

    def _on_error(self, error: Exception) -> None:
        self._show_busy(False)
        if isinstance(error, StoppedError):
            self._show(None)
            self.legend.say("Stopped.", "Change the choice, or choose all again, to read the drawings.")
        elif isinstance(error, LockedError):
            self.forget()
        else:
            self._context.prompts.tell(message_for(error))

    def _take(self, made: tuple[Group | Refusal, bool]) -> None:
        found, is_earlier = made
        self._show_busy(False)
        if not self._session.is_open:
            return
        if isinstance(found, Refusal):
            self._show(None)
            self.legend.say(found.title, found.words)
            return
        self._shown_groups.remember(found)
        self._show(found)
        if is_earlier and self.is_told:
            self.legend.add_note(EARLIER)

    def _show(self, group: Group | None) -> None:
        self.group = group
        self._context.shown.select(None)
        self._draw()
        if group is not None:
            self._say(group)
        self._show_saving()

    def _say(self, group: Group) -> None:
        counted = group.map
        if not counted.drawings:
            self.legend.say(
                "No drawing fits.",
                "Choose a longer period or more patients. A drawing is made in a visit, under “Where it hurts”.",
            )
        elif counted.is_hidden:
            people = "1 person" if counted.persons == 1 else f"{counted.persons} people"
            self.legend.say(
                f"{people}: too few to show.",
                f"With fewer than {FEW} people a map can tell who they are, so nothing is shown or saved."
                " Choose a longer period or more patients.",
            )
        else:
            self.legend.show_group(self._context.open_atlas(), group)

    @property
    def is_told(self) -> bool:
        """Tell whether there is a map that may be shown and saved."""
        group = self.group
        return group is not None and group.map.drawings > 0 and not group.map.is_hidden

    def _draw(self) -> None:
        for layer in self.layers:
            layer.show(self.group.map.found if self.group is not None and self.is_told else None)

    def _show_saving(self) -> None:
        for button in (self.table_button, self.pdf_button):
            button.setEnabled(self.is_told)
        for panel in self.panels:
            panel.save.setVisible(self.is_told)

    def _count_at(self, layer: FrequencyLayer, at: QPointF) -> str:
        """Return how many drawings cover a place, for the caption under the pointer."""
        group, cell = self.group, layer.cell_at(at)
        if group is None or not self.is_told or cell < 0:
            return ""
        count, drawings = group.map.at(cell), group.map.drawings
        if count is None:
            return f"drawn here by {FEW_WORDS}, or by nobody"
        return f"here in {count} of {drawings} drawings ({100 * count / drawings:.0f} %)"

    def forget(self) -> None:
        """Drop everything: the practice is locked, or the page is left."""
        self._stop.set()
        self._context.pool.forget("frequency")
        self._show_busy(False)
        self._show(None)
        self.legend.forget()
        self.choice.forget()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._reading:
            self.stop()
        else:
            self.wants_list.emit()

    # -- saving --------------------------------------------------------------------------------
    def ask_picture(self, panel: MapPanel) -> None:
        """Ask where to save a panel's map."""
        view = panel.view
        if view is not None and self.is_told:
            start = Path.home() / f"pain-map-{view.name.replace('_', '-')}.png"
            self._context.prompts.save_file(
                "Save this map", start, PICTURES, partial(self.save_picture, view.id)
            )

    def save_picture(self, view_id: str, path: Path) -> None:
        """Write a view's map with its legend; what leaves is audited first."""
        from myomap.report.picture_file import write_picture

        group, atlas = self.group, self._context.open_atlas()
        target = path if path.suffix else path.with_suffix(".png")
        if group is None or not self.is_told:
            return
        lines = (
            f"Of {group.map.persons} people: {group.wanted.words()}.",
            f"Places that {FEW_WORDS} drew are left blank.",
        )

        def write() -> None:
            picture = frequency_picture(atlas, group.map.found, view_id, few=FEW, words=lines)
            write_picture(atlas, picture, target)

        self._audited(group.wanted, f"map of {group.map.drawings} drawings", write, target)

    def ask_pdf(self) -> None:
        """Ask where to save all views with legend and regions."""
        if self.is_told:
            start = Path.home() / "where-our-patients-hurt.pdf"
            self._context.prompts.save_file("Save as PDF", start, "PDF (*.pdf)", self.save_pdf)

    def save_pdf(self, path: Path) -> None:
        """Write the document; what leaves is audited first."""
        from myomap.report.group_report import group_report
        from myomap.report.picture_file import write_whole

        group, atlas = self.group, self._context.open_atlas()
        target = path if path.suffix else path.with_suffix(".pdf")
        if group is None or not self.is_told:
            return
        settings, figure = self._session.settings, self._context.shown.figure
        made_at = datetime.now().astimezone()

        def write() -> None:
            made = group_report(atlas, group, settings, made_at=made_at, figure=figure)
            write_whole(target, made.body)

        self.pdf_button.setEnabled(False)  # it takes some seconds
        self._audited(
            group.wanted, f"document of {group.map.drawings} drawings", write, target, self._show_saving
        )

    def ask_table(self) -> None:
        """Ask where to save the table of regions."""
        if self.is_told:
            self._context.prompts.save_file(
                "Save the table", Path.home() / "pain-by-region.csv", "CSV (*.csv)", self.save_table
            )

    def save_table(self, path: Path) -> None:
        """Write the regions and their counts; what leaves is audited first."""
        from myomap.report.picture_file import write_whole

        group, atlas = self.group, self._context.open_atlas()
        target = path if path.suffix else path.with_suffix(".csv")
        if group is None or not self.is_told:
            return
        self._audited(
            group.wanted,
            f"table of {group.map.drawings} drawings",
            lambda: write_whole(target, regions_csv(atlas, group.map, group.wanted.words())),
            target,
        )

    def _audited(
        self,
        wanted: Wanted,
        what: str,
        write: Callable[[], None],
        target: Path,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        prompts, pool = self._context.prompts, self._context.pool

        def failed(error: Exception) -> None:
            ended()
            prompts.tell(message_for(error))

        def done() -> None:
            ended()
            prompts.say(f"Saved: {target}")

        self._session.read(
            lambda practice: practice.note_deed(Deed.EXPORTED, "practice", f"{what}: {wanted.words()}"),
            lambda _: pool.run(write, lambda _: done(), failed),
            failed,
        )
