"""The page: which drawings, two maps, legend. Read off the window's thread, with progress and a way to stop."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QProgressBar, QPushButton, QScrollArea, QSplitter, QWidget

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
from myomap.gui.parts import Elided, Segments, column, row
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
#: What two maps have beside the words of their heads: buttons and edges.
_TWO_MAPS_PX = 160
#: What a column has beside its words: the scroll bar.
_SCROLL_PX = 14
EARLIER = (
    f"This is the map that was shown earlier: since then the drawings of fewer than {FEW} people have changed, and"
    " a map with those would tell what they drew."
)


def _scrolled(kind: str, name: str) -> QScrollArea:
    made = QScrollArea()
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what can be reached is on it
    made.setObjectName(kind)
    made.setWidgetResizable(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


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
        self.title = Elided(TITLE, "title")
        self.waiting = Elided("", "muted")
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
        head = row(self.back, gap=12)
        head.addWidget(self.title, 1)
        head.addWidget(self.waiting, 1)
        head.addWidget(self.progress)
        head.addWidget(self.cancel)
        self.progress.setFixedWidth(100)
        self.bar = QBoxLayout(QBoxLayout.Direction.LeftToRight, bar)
        self.bar.setContentsMargins(12, 8, 16, 8)
        self.bar.setSpacing(12)
        self.bar.addLayout(head, 1)
        self.bar.addLayout(row(self.figures, self.pdf_button, self.table_button, None, gap=12))
        self.left, self.side = (
            _scrolled("page", "Whose drawings"),
            _scrolled("inspector", "What the map says"),
        )
        under, beside = QWidget(), QWidget()
        for area, page in ((self.left, under), (self.side, beside)):
            area.setWidget(page)
        self._under, self._beside = column(under, gap=0), column(beside, gap=0)
        self._under.addWidget(self.choice)
        self._beside.addWidget(self.legend)
        self.maps = MapPair(self.panels, self._context.look)
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.across.setHandleWidth(1)
        self.across.setChildrenCollapsible(False)
        for part, stretch in ((self.left, 0), (self.maps, 1), (self.side, 0)):
            self.across.addWidget(part)
            self.across.setStretchFactor(self.across.count() - 1, stretch)
        self._moved = False
        self.across.splitterMoved.connect(self._on_moved)
        lines = column(self, gap=0)
        lines.addWidget(bar)
        lines.addWidget(self.across, 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(720, 420)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _on_moved(self) -> None:
        self._moved = True  # whoever moves a handle has decided

    def _make_room(self) -> None:
        """Give each part the room its words need; the legend leaves the maps before the second map goes.

        Then what is counted lies above the choices and the regions below them.
        """
        px = self._context.look.px
        edges = self.bar.contentsMargins()
        deeds = (self.figures, self.pdf_button, self.table_button, self.cancel, self.back)
        words = self.title.fontMetrics().horizontalAdvance(TITLE) + px(190) + self.progress.width()
        wanted = words + sum(each.sizeHint().width() + 12 for each in deeds)
        ways = QBoxLayout.Direction
        in_one_line = wanted <= self.width() - edges.left() - edges.right()
        self.bar.setDirection(ways.LeftToRight if in_one_line else ways.TopToBottom)
        choice, legend = (each.minimumSizeHint().width() + _SCROLL_PX for each in (self.choice, self.legend))
        choice, legend = max(choice, px(220)), max(legend, px(316))  # the table's regions are to be read
        both = 2 * px(150) + _TWO_MAPS_PX
        beside = self.width() >= choice + legend + both
        if beside == self.side.isHidden():
            (self._beside if beside else self._under).addWidget(self.legend)
            if beside:
                self.legend.take_head()
            else:
                self._under.insertWidget(0, self.legend.head)
            self.side.setVisible(beside)
            self._moved = False
        self.left.setMinimumWidth(choice if beside else max(choice, legend))
        self.side.setMinimumWidth(legend)
        self.maps.setMinimumWidth(self.maps.minimumSizeHint().width())
        if not self._moved:
            left, right = self.left.minimumWidth(), 0
            if beside:  # the maps first: the columns grow with what they can spare
                left = max(choice, min(px(250), self.width() - legend - both))
                right = max(legend, min(px(340), self.width() - left - both))
            self.across.setSizes([left, max(1, self.width() - left - right), right])

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
        self._context.look.changed.connect(self._make_room)

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
            self.waiting.show_text(f"{done:,} of {of:,} read")

    def _show_busy(self, on: bool) -> None:
        self._reading = on
        self._slow.stop()
        for widget in (self.progress, self.cancel, self.waiting):
            widget.setVisible(on)
        if on:
            self.progress.setRange(0, 0)
            self.waiting.show_text("Reading the drawings …")

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
