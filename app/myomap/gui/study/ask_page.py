"""The question screen: the map on the left; question, answer and what is learnt from it on the right."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QWidget

from myomap.anatomy.structures import Layer, StructureKey
from myomap.errors import MyomapError
from myomap.gui.context import Context
from myomap.gui.messages import message_for
from myomap.gui.parts import clear, column, heading, label
from myomap.gui.study.answers import Answers
from myomap.gui.study.controls import press_focused
from myomap.gui.study.marks import Given
from myomap.gui.study.question_map import QuestionMap
from myomap.gui.study.words import KINDS, told_and_asked
from myomap.gui.words import read_back
from myomap.study.questions import AnswerKind, Grade, Question, QuestionKind

if TYPE_CHECKING:
    from myomap.gui.map.zone_paths import ZonePaths

#: A wrong answer worth at least so much is partly right.
PARTLY = 0.25
#: Kinds whose options are no muscles though each is one's.
_FACTS = frozenset({QuestionKind.NERVE, QuestionKind.ACTION, QuestionKind.ATTACHMENTS})
#: An answer after this many seconds was not thought about all the time.
MOST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its grade; ``words`` say what was answered."""

    question: Question
    grade: Grade
    seconds: float
    words: str


class Feed(Protocol):
    """Where questions come from and answers go: a sitting, an exam, a lesson."""

    tells: bool
    """Whether each answer is graded on the screen at once."""
    asks: bool
    """False: the answers are shown and nothing is asked."""
    shows_first: bool
    """True: the answer is shown before it is asked."""

    def next(self) -> Question | None: ...
    def peek(self) -> Question | None: ...
    def take(self, answered: Answered) -> None: ...
    def status(self) -> tuple[str, int, int]: ...


class AskPage(QWidget):
    """Asks one question after the other until the feed has no more."""

    finished = Signal()
    stopped = Signal()
    """“Stop” was pressed: whoever began the sitting ends it, or asks first."""
    answered = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("page")
        self._context = context
        self._feed: Feed | None = None
        self.question: Question | None = None
        self.answers: Answers | None = None
        self.is_answered = False
        self._gave_up = False
        self._showing_first = False
        self._began = time.monotonic()
        self.map = QuestionMap(context)
        self.map.clicked.connect(self._on_clicked)
        self.status = label("", "muted", wrap=False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of this sitting")
        self.stop = QPushButton("Stop (Esc)")
        self.stop.clicked.connect(self.stopped)
        self._panel = QFrame()
        self._panel.setObjectName("side")
        self._body = column(gap=12)
        self._lay_out()
        self._keys()
        context.look.changed.connect(self._fit_panel)
        self._fit_panel()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setObjectName("inspector_body")
        filled = column(inside, margin=20, gap=12)
        filled.addLayout(self._body)
        filled.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("inspector")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self._scroll = scroll
        self.next_button = QPushButton("Next (Enter)")
        self.next_button.setProperty("kind", "primary")
        self.next_button.clicked.connect(self.go_on)
        side = column(self._panel)
        head = QHBoxLayout()
        head.setContentsMargins(20, 12, 20, 4)
        head.addWidget(self.status)
        head.addStretch(1)
        head.addWidget(self.stop)
        side.addLayout(head)
        strip = QHBoxLayout()
        strip.setContentsMargins(20, 0, 20, 0)
        strip.addWidget(self.bar)
        side.addLayout(strip)
        side.addWidget(scroll, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 8, 20, 16)
        foot.addWidget(self.next_button)
        side.addLayout(foot)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        frame = QWidget()
        inner = column(frame, margin=12)
        inner.addWidget(self.map)
        across.addWidget(frame, 1)
        across.addWidget(self._panel)

    def _fit_panel(self) -> None:
        self._panel.setFixedWidth(min(self._context.look.px(420), 640, max(300, round(self.width() * 0.5))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_panel()

    def _keys(self) -> None:
        def on(keys: str, deed: Callable[[], object]) -> QShortcut:
            made = QShortcut(QKeySequence(keys), self)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(lambda: deed())
            return made

        for keys in ("Return", "Enter"):
            on(keys, self._on_enter)
        self._numbers = [on(str(n), partial(self._on_number, n)) for n in range(1, 7)]
        self._turn = on("V", self.map.turn)
        on("Ctrl+D", self._on_skip)
        on("Ctrl+H", lambda: self.answers.show_hint() if self.answers else None)
        on("Ctrl+Z", lambda: None if self.is_answered else self.map.front.brush.undo())
        on("Escape", self.stop.click)

    def set_atlas(self, zones: "ZonePaths") -> None:
        """Begin with the open atlas."""
        self.map.set_atlas(zones)

    # -- asking ------------------------------------------------------------------------------------
    def begin(self, feed: Feed) -> None:
        """Ask the questions of a feed."""
        self._feed = feed
        self.question = None
        self.go_on()

    def go_on(self) -> None:
        """Ask the next question, or finish."""
        if self._feed is None or (self.question is not None and not self.is_answered):
            return
        if self._showing_first and self.question is not None:
            self._showing_first = False
            self._ask(self.question)
            return
        question = self._feed.next()
        if question is None:
            self.question = None
            self.finished.emit()
            return
        self._ask(question)
        if self._feed.shows_first or not self._feed.asks:
            self._showing_first = self._feed.asks
            self._tell(Grade(1.0, True, ""), Given(), only_show=True)

    def _ask(self, question: Question) -> None:
        self.question, self.is_answered = question, False
        self.map.show_question(question)
        clear(self._body)
        self._body.addWidget(heading(KINDS[question.kind]))
        for text, is_asked in told_and_asked(question.prompt):
            self._body.addWidget(label(text, "question" if is_asked else ""))
        if not question.view:
            self._body.addWidget(label("No map of the atlas shows it.", "muted"))
        brush = self.map.front.brush if question.answer is AnswerKind.PAINT else None
        self.answers = Answers(question, brush)
        self.answers.given.connect(self._on_given)
        self.answers.skip.clicked.connect(self._on_skip)
        self._body.addWidget(self.answers)
        self.answers.show()  # what is not shown yet cannot take the focus
        self.next_button.hide()
        typed = question.answer is AnswerKind.TYPED
        for shortcut in (*self._numbers, self._turn):
            shortcut.setEnabled(not typed)
        self._show_status()
        self._scroll.verticalScrollBar().setValue(0)
        if self.answers.line is not None or self.answers.cards:
            self.answers.take_focus()
        else:
            self.map.front.view.setFocus()
        self._began = time.monotonic()

    def _show_status(self) -> None:
        if self._feed is not None:
            words, done, total = self._feed.status()
            self.status.setText(words)
            self.bar.setMaximum(max(1, total))
            self.bar.setValue(min(done, total))

    # -- answering ---------------------------------------------------------------------------------
    def _on_enter(self) -> None:
        others = (self.stop, *((self.answers.skip, self.answers.hint_button) if self.answers else ()))
        if self.focusWidget() in others and press_focused(self):
            return
        if self.is_answered:
            self.go_on()
            return
        if self.answers is None or self.question is None:
            return
        focused = next((card for card in self.answers.cards if card.hasFocus()), None)
        if self.question.answer is AnswerKind.ONE_OF and focused is not None:
            self.answers.choose(focused)
        elif self.question.answer in (AnswerKind.SOME_OF, AnswerKind.TYPED, AnswerKind.PAINT):
            self._on_given()

    def _on_number(self, number: int) -> None:
        if self.answers is not None and not self.is_answered:
            self.answers.choose_number(number)

    def _on_given(self) -> None:
        from myomap.study.grading import grade_chosen, grade_typed

        question, answers = self.question, self.answers
        if question is None or answers is None or self.is_answered:
            return
        if question.answer is AnswerKind.PAINT:
            self._grade_painted(question)
            return
        if answers.is_empty:
            return  # “I don't know” is said by its own button
        if question.answer is AnswerKind.TYPED:
            self._finish(grade_typed(question, answers.typed), Given(), answers.typed.strip())
            return
        texts = {option.id: option.text for option in question.options}
        words = "; ".join(texts[each] for each in answers.chosen)
        given = Given(wrong=self._drawn_wrong(question, answers.chosen))
        self._finish(grade_chosen(question, answers.chosen), given, words)

    def _drawn_wrong(self, question: Question, chosen: Sequence[str]) -> tuple[StructureKey, ...]:
        """Return what draws the muscles that were chosen wrongly, where the map shows muscles."""
        from myomap.study.differences import keys_of

        atlas = self._context.open_atlas()
        keys = [
            k
            for each in chosen
            if each not in question.right
            for k in keys_of(atlas, each, question.laterality)
        ]
        return tuple(keys) if question.layer is not Layer.SKIN else ()

    def _differences(self, question: Question, given: Given) -> list[str]:
        """Return what is to be said of each muscle that was answered wrongly."""
        from myomap.study.differences import difference

        atlas, sheet = self._context.open_atlas(), self.map.front.view.sheet
        chosen = self.answers.chosen if self.answers is not None else []
        if given.clicked is not None and str(given.clicked) not in question.right:
            structure = atlas.structures.get(given.clicked.structure)
            chosen = [structure.muscle or ""] if structure is not None else []
        told = [said for each in chosen if (said := difference(atlas, question, each))]
        if told and given.wrong and sheet is not None and not any(k in sheet.by_key for k in given.wrong):
            told.append("This view and layer do not show it.")
        return told

    def _grade_painted(self, question: Question) -> None:
        from myomap.study.grading import grade_painted

        atlas, face = self._context.open_atlas(), self.map.front
        painted = face.brush.cells
        if not painted:
            return
        key = question.after_patterns[0]
        published = atlas.view_map(face.view_id).seen_of(
            atlas.zone(key.trigger_point, key.laterality).essential
        )
        grade = grade_painted(atlas.skin, painted, published)
        area = atlas.skin.area_of(painted) / 100
        self._finish(grade, Given(painted=painted), f"painted {area:.0f} cm²")

    def _on_clicked(self, key: StructureKey | None, at: QPointF) -> None:
        from myomap.study.grading import grade_click
        from myomap.study.pointing import pointed_distance

        question, sheet = self.question, self.map.front.view.sheet
        if question is None or sheet is None or self.is_answered:
            return
        shapes = [sheet.by_key[k].shape for k in question.after_lit if k in sheet.by_key]
        atlas, view = self._context.open_atlas(), self.map.front.view_id
        distance = pointed_distance(atlas, view, shapes, at.x(), at.y())
        name = read_back(self._context.open_atlas(), key) if key is not None else ""
        self._finish(grade_click(question, key, distance, name), Given(at, key), name or "beside the body")

    def _on_skip(self) -> None:
        if self.question is None or self.is_answered or self._feed is None:
            return
        self._gave_up = True
        self._finish(Grade(0.0, False, self._right_words(self.question)), Given(), "")
        self._gave_up = False

    @staticmethod
    def _right_words(question: Question) -> str:
        texts = [option.text for option in question.options if option.id in question.right]
        if texts:
            return f"It is: {'; '.join(texts)}"
        if question.answer is AnswerKind.TYPED:
            return f"It is {question.accepted[0]}."
        return "It is lit on the map now."

    def _finish(self, grade: Grade, given: Given, words: str) -> None:
        question, feed = self.question, self._feed
        if question is None or feed is None:
            return
        seconds = min(MOST_SECONDS, time.monotonic() - self._began)
        made = Answered(question, grade, seconds, words)
        try:
            feed.take(made)
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))
            return  # the question stays open: nothing was lost, it can be answered again
        self.is_answered = True
        self.answered.emit(made)
        if feed.tells:
            self._tell(grade, given)
            following = feed.peek()
            if following is not None:
                self.map.prepare(following)
        else:
            self.go_on()

    def _tell(self, grade: Grade, given: Given, *, only_show: bool = False) -> None:
        """Say what is right and why; show both places on the map."""
        question, answers = self.question, self.answers
        if question is None or answers is None:
            return
        self.is_answered = True
        answers.close_answers(tell=True)
        if answers.line is not None and only_show:
            answers.line.hide()
        self.map.reveal(given)
        if not only_show:
            words, kind = "Not known yet" if self._gave_up else "Not right", "verdict_bad"
            if grade.is_right:
                words, kind = "Right", "verdict_good"
            elif grade.score >= PARTLY:
                words = "Partly right"
            verdict = label(words, kind)
            verdict.setAccessibleDescription("result")
            at = self._body.indexOf(answers)
            self._body.insertWidget(at, verdict)
            # where options are marked right and wrong, the sentence would only say them once more
            if grade.feedback and not answers.cards:
                self._body.insertWidget(at + 1, label(grade.feedback))
            # the last of many options may have been chosen far below
            QTimer.singleShot(0, verdict, lambda: self._scroll.ensureWidgetVisible(verdict))
        if only_show:
            self._body.addWidget(label(self._right_words(question), "strong"))
        differences = [] if only_show else self._differences(question, given)
        if differences:
            self._body.addWidget(heading("What you answered"))
            for text in differences:
                self._body.addWidget(label(text, selectable=True))
        shown = {option.text.rstrip(".") for option in question.options if option.id in question.right}
        if because := [text for text in question.because if text.rstrip(".") not in shown]:
            self._body.addWidget(heading("Why"))
            for text in because:
                self._body.addWidget(label(text, selectable=True))
        if question.source:
            self._body.addWidget(label(f"Source: {question.source}", "small", selectable=True))
        legend = self._legend(question, given)
        if legend:
            self._body.addWidget(label(legend, "small"))
        self.next_button.setText("Next (Enter)")
        self.next_button.show()
        self.next_button.setFocus()
        self._show_status()

    def _legend(self, question: Question, given: Given) -> str:
        if given.painted is not None:
            return "On the left what you painted; on the right the published zone, with your painting dashed over it."
        if given.at is not None and given.clicked is not None and str(given.clicked) not in question.right:
            return "On the map: dashed, where you clicked; lit, what was asked."
        sheet = self.map.front.view.sheet
        if sheet is not None and any(key in sheet.by_key for key in given.wrong):
            chosen = "the muscle of your answer" if question.kind in _FACTS else "what you chose"
            return f"On the map: dashed, {chosen}; lit, what was asked."
        return ""
