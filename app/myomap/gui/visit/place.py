"""The Visit: the path down the left, the two maps beside it. Nothing here is modal."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from myomap.gui.context import Context
from myomap.gui.messages import message_for
from myomap.gui.parts import column, label, row
from myomap.gui.practice.session import Session
from myomap.gui.visit.cards import AsideCard, ConflictCard
from myomap.gui.visit.desk import Desk, Saving
from myomap.gui.visit.findings import FindingsStep
from myomap.gui.visit.handover import HandOverStep
from myomap.gui.visit.maps import Maps
from myomap.gui.visit.measures import AfterStep, BeforeStep
from myomap.gui.visit.needling import NeedlingStep
from myomap.gui.visit.pain import PainStep
from myomap.gui.visit.plan import PlanStep
from myomap.gui.visit.screening import ScreenStep
from myomap.gui.visit.sign import SignStep
from myomap.gui.visit.step import Bench, Draft, Step
from myomap.gui.visit.top import Top
from myomap.records.edits import Ref
from myomap.records.practice import Deed
from myomap.records.values import Site

if TYPE_CHECKING:
    from myomap.gui.explain.window import ExplainWindow

STEPS: tuple[type[Step], ...] = (
    ScreenStep,
    PainStep,
    BeforeStep,
    FindingsStep,
    NeedlingStep,
    AfterStep,
    PlanStep,
    SignStep,
    HandOverStep,
)


class VisitPlace(QWidget):
    """Everything of one visit."""

    wants_patient = Signal(str)
    wants_list = Signal()

    def __init__(self, context: Context, session: Session, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("page")
        self.context, self.session, self.desk = context, session, desk
        self.maps = Maps(context, desk)
        self.bench = Bench(context, session, desk, self.maps)
        self.bench.open_step = self.open_step
        self.bench.unkept = self._unkept_here
        self.steps: dict[str, Step] = {kind.key: kind(at, self.bench) for at, kind in enumerate(STEPS, 1)}
        self.current = ""
        self.top = Top(context, desk)
        self.conflict = ConflictCard(desk)
        self.aside = AsideCard(desk, self._begin_amendment)
        self.elsewhere = QPushButton("Another visit has a change that waits for your choice: open it")
        self.elsewhere.setProperty("kind", "danger")
        self.elsewhere.hide()
        self.said = label("", "problem")
        self.said.hide()
        self._hush = QTimer(self)
        self._hush.setSingleShot(True)
        self._hush.setInterval(6000)
        self._hush.timeout.connect(self.said.hide)
        self.pages = QStackedWidget()
        self.explaining: ExplainWindow | None = None
        hand_over = self.steps["hand_over"]
        assert isinstance(hand_over, HandOverStep)
        hand_over.explain = self.explain
        self._lay_out()
        self._connect()
        self._on_opened()

    def _lay_out(self) -> None:
        path = QWidget()
        path.setObjectName("inspector_body")
        inside = column(path, gap=0)
        for step in self.steps.values():
            inside.addWidget(step)
            step.head.pressed.connect(partial(self.toggle_step, step.key))
        inside.addStretch(1)
        self.road = QScrollArea()
        self.road.setObjectName("inspector")
        self.road.setWidget(path)
        self.road.setWidgetResizable(True)
        self.road.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.road.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.road.setAccessibleName("The visit, step by step")
        side = QFrame()
        side.setObjectName("side")
        lines = column(side, gap=0)
        lines.addWidget(self.top)
        for widget in (self.conflict, self.aside, self.elsewhere):
            lines.addWidget(widget)
        self.said.setContentsMargins(12, 6, 12, 6)
        lines.addWidget(self.road, 1)
        # below the path: a sentence that comes and goes above it moves what somebody is about to click
        lines.addWidget(self.said)
        self.side = side
        self.across = across = QSplitter(Qt.Orientation.Horizontal)
        across.setHandleWidth(1)
        across.setChildrenCollapsible(False)
        across.addWidget(side)
        across.addWidget(self.maps)
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        self._moved = False
        across.splitterMoved.connect(self._on_moved)
        self._size_side()
        empty = QWidget()
        empty.setObjectName("page")
        words = column(empty, margin=48, gap=12)
        words.addStretch(1)
        self.empty_title = label("", "title")
        self.empty_text = label("Choose a patient and open or begin a visit.", "subtitle")
        for each in (self.empty_title, self.empty_text):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            words.addWidget(each)
        self.to_list = QPushButton("To the patients")
        self.to_list.setProperty("kind", "primary")
        self.to_list.clicked.connect(self.wants_list)
        words.addLayout(row(None, self.to_list, None))
        words.addStretch(2)
        self.pages.addWidget(empty)
        self.pages.addWidget(across)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size_side()

    def _size_side(self) -> None:
        """Give the path the room that its text size needs."""
        grown = max(1.0, self.context.look.text_scale)
        width = min(round(480 * min(1.35, grown)), round(self.width() * 0.58))
        self.side.setMinimumWidth(
            max(300, min(width - 40, self.width() - self.maps.minimumSizeHint().width()))
        )
        if not self._moved:
            self.across.setSizes([width, self.width() - width])
        self.top.set_low(self.height() < self.context.look.px(640))

    def _on_moved(self) -> None:
        self._moved = True  # whoever moves the handle has decided

    def _connect(self) -> None:
        desk = self.desk
        self.context.look.changed.connect(self._size_side)
        desk.leaving.connect(self._on_leaving)
        desk.about_to_change.connect(self._tell)
        desk.opened.connect(self._on_opened)
        desk.laid_aside.connect(self.aside.follow)
        self.elsewhere.clicked.connect(self._open_elsewhere)
        desk.changed.connect(self._on_changed)
        desk.conflicted.connect(self.conflict.show_conflict)
        desk.saving_changed.connect(self._on_saving_changed)
        desk.failed.connect(lambda error: self.context.prompts.tell(message_for(error)))
        desk.refused.connect(lambda problems: self.say(" ".join(p.sentence for p in problems)))
        self.maps.site_picked.connect(self._on_site_picked)
        self.maps.said.connect(self._say_of_maps)
        self.top.wants_patient.connect(self.wants_patient)
        self.session.before_lock.connect(self.flush)
        for keys, deed in (
            ("Ctrl+Z", desk.undo),
            ("Ctrl+Shift+Z", desk.redo),
            ("Ctrl+Y", desk.redo),
            ("Alt+Down", lambda: self._step_by(1)),
            ("Alt+Up", lambda: self._step_by(-1)),
            ("Ctrl+M", self.maps.pair.toggle_alone),
            ("Ctrl+Shift+M", self.maps.pair.turn),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(deed)

    # -- the path ------------------------------------------------------------------------------
    def open_step(self, key: str) -> None:
        """Open a step and close the one that was open."""
        if self.desk.record is None:
            return
        before = self.steps.get(self.current)
        if before is not None and key != self.current:
            before.flush()
            before.set_open(False)
        self.current = key
        step = self.steps[key]
        step.set_open(True)
        self.maps.picking = step.picks
        self.maps.set_drawing(key == "pain" and not self.desk.signed)
        QTimer.singleShot(0, self._bring_into_sight)

    def _bring_into_sight(self) -> None:
        step = self.steps.get(self.current)
        if step is not None:
            self.road.verticalScrollBar().setValue(max(0, step.y() - 4))

    def toggle_step(self, key: str) -> None:
        """Open a step, or close it if it is open."""
        if key == self.current:
            self.close_step()
        else:
            self.open_step(key)
            self.focus_step()

    def focus_step(self) -> None:
        """Give the keyboard to the first part of the open step."""
        step = self.steps.get(self.current)
        if step is not None and step.body is not None:
            step.head.setFocus()

    def close_step(self) -> None:
        """Close the open step."""
        step = self.steps.get(self.current)
        if step is not None:
            step.flush()
            step.set_open(False)
        self.current = ""
        self.maps.picking = False
        self.maps.set_drawing(False)

    def _step_by(self, by: int) -> None:
        keys = list(self.steps)
        at = keys.index(self.current) + by if self.current else (0 if by > 0 else len(keys) - 1)
        if 0 <= at < len(keys):
            self.open_step(keys[at])
            self.focus_step()

    def flush(self) -> None:
        """Tell words that are being typed, and keep what is being drawn, at once."""
        self.maps.pad.flush()
        self.top.reason.flush()
        for step in self.steps.values():
            step.flush()

    # -- the patient's screen ------------------------------------------------------------------
    def explain(self) -> None:
        """Show the patient's screen with what was released to it: muscles in plain words, two numbers."""
        from myomap.gui.explain.scenes import released
        from myomap.gui.explain.window import ExplainWindow

        self.stop_explaining()
        record = self.bench.record
        shown = released(self.context.open_atlas(), record, self.maps.shown.figure)
        if not shown.scenes:
            return
        self.explaining = ExplainWindow(self.context, shown)
        self.explaining.closed.connect(self._on_explained)
        self.explaining.open_on(self.window().screen())
        self.session.note(Deed.SHOWED, record.visit.id)

    def stop_explaining(self) -> None:
        """Take the patient's screen away."""
        if self.explaining is not None:
            self.explaining.close()

    def _on_explained(self) -> None:
        self.explaining = None

    # -- what happens --------------------------------------------------------------------------
    def say(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))
        self._hush.start()

    def _say_of_maps(self, sentence: str) -> None:
        if self.current != "pain":  # that step says it itself, beside what it is about
            self.say(sentence)

    def unkept(self) -> list[str]:
        """Return the names of fields, in this visit and those put away, with words that nobody has yet."""
        open_now = [each.accessibleName() for step in self.steps.values() for each in step.unkept()]
        return open_now + [name for held in self.bench.drafts.values() for name in held]

    def _unkept_here(self) -> list[str]:
        here = self.bench.drafts.get(self.desk.record.visit.id, {}) if self.desk.record is not None else {}
        open_now = [each.accessibleName() for step in self.steps.values() for each in step.unkept()]
        return open_now + list(here)

    def _begin_amendment(self, text: str) -> None:
        held = self.bench.drafts.setdefault(self.bench.record.visit.id, {})
        held["Amendment"] = Draft("sign", "", text)
        self.close_step()
        self.open_step("sign")

    def _open_elsewhere(self) -> None:
        if self.desk.elsewhere:
            self.desk.open(self.desk.elsewhere)

    def _on_saving_changed(self) -> None:
        """Say why something is not saved for as long as it is not."""
        self.elsewhere.setVisible(bool(self.desk.elsewhere))
        self.conflict.follow()
        if self.desk.saving is Saving.WAITING and self.desk.trouble:
            self._hush.stop()
            self.said.setText(f"{self.desk.trouble} What you typed is kept here and tried again.")
            self.said.show()
        elif self.said.text().endswith("tried again."):
            self.said.hide()

    def _tell(self) -> None:
        self.top.reason.tell()
        for step in self.steps.values():
            step.tell()

    def _on_leaving(self) -> None:
        """Tell what is being typed while its visit still lies open, and remember what nobody has."""
        self.flush()
        for step in self.steps.values():
            step.keep_drafts(self.desk.visit.id)

    def _on_opened(self) -> None:
        self.stop_explaining()
        self.current = ""
        self.maps.picking = False
        self.maps.set_drawing(False)
        self.conflict.hide()
        self.said.hide()
        for step in self.steps.values():
            step.forget()
        record = self.desk.record
        self._was_signed = self.desk.signed
        self.aside.hide()
        self.aside.follow()
        self.empty_title.setText("Opening the visit …" if self.desk.opening else "No visit is open")
        for part in (self.empty_text, self.to_list):
            part.setVisible(not self.desk.opening)
        self.pages.setCurrentIndex(0 if record is None else 1)
        if record is not None:
            for step in self.steps.values():
                step.show_record(frozenset())
            self.open_step("sign" if record.visit.is_signed else "screen")
            if self.isVisible():
                self.focus_step()

    def _on_changed(self, refs: frozenset[Ref]) -> None:
        if self.desk.record is None:
            return
        for step in self.steps.values():
            step.show_record(refs)
        if self.desk.signed and self.maps.drawing:
            self.maps.set_drawing(False)
        if self.desk.signed and not self._was_signed and self.current == "sign" and self.isVisible():
            self.focus_step()  # the button that had the keyboard is gone
        self._was_signed = self.desk.signed

    def _on_site_picked(self, site: Site) -> None:
        step = self.steps.get(self.current)
        if step is not None and step.picks:
            step.take_site(site)
            if isinstance(step, FindingsStep | NeedlingStep):
                QTimer.singleShot(0, partial(self._show_card, step, site))

    def _show_card(self, step: FindingsStep | NeedlingStep, site: Site) -> None:
        from myomap.gui.visit.sites import same_place

        for card in step.cards.values():
            if same_place(card.site, site):
                self.road.ensureWidgetVisible(card, 0, 40)
