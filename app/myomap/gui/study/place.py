"""The Study place: works without any practice file and without a patient."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from myomap.errors import MyomapError
from myomap.gui.context import Context
from myomap.gui.messages import message_for
from myomap.gui.parts import column, label
from myomap.gui.study.anki import ExportStrip, Packages
from myomap.gui.study.ask_page import AskPage
from myomap.gui.study.exams import Exams
from myomap.gui.study.feeds import LessonFeed, SittingFeed, utc_now
from myomap.gui.study.today_page import TodayPage
from myomap.gui.words import part_order, part_words
from myomap.study.deck_file import deck_from, deck_values
from myomap.study.decks import Deck
from myomap.study.figures import Figures
from myomap.study.ports import Progress, ProgressUnreachableError
from myomap.study.schedule import StudySettings
from myomap.study.session import Study

if TYPE_CHECKING:
    from myomap.gui.map.zone_paths import ZonePaths
    from myomap.study.anki_export import Packer
    from myomap.study.makers import QuestionMaker

EVERYTHING = Deck("Everything")
#: A lesson has so many questions.
LESSON = 30
#: The first question's map is made ready when the counts have been on the screen so long.
WARM_MS = 150


class StudyPlace(QWidget):
    """Today, questions, decks, progress, exams: one after the other in the same room."""

    def __init__(
        self,
        context: Context,
        open_progress: Callable[[], Progress],
        begin_anew: Callable[[], Path],
        read_anki: Callable[[Path], Deck],
        pack_anki: "Packer",
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """``open_progress`` may raise MyomapError; ``begin_anew`` puts a file that cannot be read aside."""
        super().__init__()
        self.setObjectName("page")
        self._context = context
        self._open_progress, self._begin_anew = open_progress, begin_anew
        self._now = now
        self.study: Study | None = None
        self.maker: QuestionMaker | None = None
        self.deck = EVERYTHING
        self._more_new = 0
        self._zones: ZonePaths | None = None
        self._is_preparing = False
        self._starts_when_ready = False
        self.stack = QStackedWidget()
        self.strip = ExportStrip()
        inside = column(self)
        inside.addWidget(self.stack, 1)
        inside.addWidget(self.strip)
        self.waiting = QWidget()
        self.waiting.setObjectName("page")
        lines = column(self.waiting, margin=48)
        self.waiting_words = label("Getting the questions ready …", "subtitle")
        lines.addWidget(self.waiting_words)
        lines.addStretch(1)
        self.today = TodayPage(context)
        self.ask = AskPage(context)
        for page in (self.waiting, self.today, self.ask):
            self.stack.addWidget(page)
        self._extra: QWidget | None = None
        self._warm = QTimer(self)
        self._warm.setSingleShot(True)
        self._warm.setInterval(WARM_MS)
        self._warm.timeout.connect(self._warm_up)
        self.exams = Exams(context, self, now, self)
        self.packages = Packages(context, self, read_anki, pack_anki, self)
        self._connect()

    def _connect(self) -> None:
        today = self.today
        today.started.connect(self.start)
        today.more_wanted.connect(self._start_more)
        today.deck_chosen.connect(self._choose_deck)
        today.deck_edited.connect(self.edit_deck)
        today.deck_dropped.connect(self._drop_deck)
        today.progress_wanted.connect(self.show_progress)
        today.exam_wanted.connect(self.show_exam)
        today.lesson_wanted.connect(self.start_lesson)
        today.settings_changed.connect(self._change_settings)
        today.anki_wanted.connect(self.packages.choose)
        today.figures_chosen.connect(self._change_figures)
        self.ask.finished.connect(self._on_finished)
        self.ask.stopped.connect(self._on_stopped)

    # -- opening -----------------------------------------------------------------------------------
    def set_atlas(self, zones: "ZonePaths") -> None:
        """Take the open atlas; questions are made ready, off the window's thread, when they are wanted."""
        self._zones = zones
        if self.isVisible():
            self._get_ready()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._get_ready()

    def _get_ready(self) -> None:
        """Measure the views when the place is first seen: whoever never studies does not pay for it."""
        from myomap.study.makers import QuestionMaker

        if self._zones is None or self._is_preparing:
            return
        self._is_preparing = True
        self.ask.set_atlas(self._zones)
        maker = QuestionMaker(self._context.open_atlas())

        def ready() -> "QuestionMaker":
            maker.prepare()
            return maker

        self._context.pool.run(ready, self._on_ready, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        message = message_for(error)
        self.waiting_words.setText(f"{message.title} {message.text}")

    def _on_ready(self, maker: "QuestionMaker") -> None:
        self.maker = maker
        self._open()

    def _open(self) -> None:
        if self.maker is None:
            return
        try:
            drawn = Figures(str(self._context.shown.figure))
            self.study = Study(self.maker, self._open_progress(), self._now(), drawn)
        except MyomapError as error:
            self._refuse(error)
            return
        self.deck = self._remembered_deck()
        self.show_today()
        if self._starts_when_ready:
            self._starts_when_ready = False
            self.start()

    def _refuse(self, error: MyomapError) -> None:
        self.waiting_words.setText(str(error))
        self.stack.setCurrentWidget(self.waiting)

        def anew() -> None:
            try:
                aside = self._begin_anew()
            except OSError as problem:
                self._context.prompts.tell(message_for(problem))
                return
            self.waiting_words.setText(f"The old file is kept as {aside}.")
            self._open()

        told = f"{error.safe} {error.todo}".strip()
        if isinstance(error, ProgressUnreachableError):
            self._context.prompts.ask(error.what, told, "Try again", self._open)
            return
        self._context.prompts.ask(
            error.what,
            told,
            "Begin anew, keep the old file",
            anew,
            danger=True,
        )

    def _remembered_deck(self) -> Deck:
        study = self._opened()
        try:
            return deck_from(json.loads(study.progress.value("deck")))
        except (ValueError, TypeError, KeyError, AttributeError):
            return EVERYTHING

    def _opened(self) -> Study:
        if self.study is None:
            raise RuntimeError("progress is not open yet")
        return self.study

    # -- today -------------------------------------------------------------------------------------
    def show_today(self) -> None:
        """Show the first screen with the counts of now."""
        study, now = self._opened(), self._now()
        decks = [(deck, study.today(deck, now), own) for deck, own in self._decks()]
        self.today.show_today(
            self.deck, study.today(self.deck, now), decks, study.settings, study.figures, self._notices()
        )
        self.show_page(self.today)
        self.today.start.setFocus()
        self._warm.start()

    def _warm_up(self) -> None:
        """Make the first question's map ready while the counts are read."""
        if self.study is None or not self.today.isVisible():
            return
        now = self._now()
        question = self.study.begin(self.deck, now).next(now)
        if question is not None:
            self.ask.map.prepare(question)

    def _notices(self) -> list[str]:
        study = self._opened()
        notices = [study.clock_words] if study.clock_words else []
        gone = study.gone()
        if gone:
            ask, they = ("asks", "It is") if len(gone) == 1 else ("ask", "They are")
            notices.append(
                f"{len(gone)} of your cards {ask} about something that this atlas does not have (it was there in "
                f"another version). {they} left out; what you knew is kept."
            )
        return notices

    def _decks(self) -> list[tuple[Deck, bool]]:
        atlas, own = self._context.open_atlas(), self._opened().progress.decks()
        parts = sorted({m.body_part for m in atlas.muscles.values()}, key=part_order)
        mine = [(deck, True) for deck in own.values()]
        first = [(EVERYTHING, False)]
        names = {EVERYTHING.name, *own, *(part_words(p) for p in parts)}
        if self.deck.name not in names:
            first.append((self.deck, False))
        return first + mine + [(Deck(part_words(p), body_parts=frozenset({p})), False) for p in parts]

    def _choose_deck(self, name: str) -> None:
        self.take_deck(next(deck for deck, _ in self._decks() if deck.name == name), keep=False)

    def take_deck(self, deck: Deck, keep: bool) -> None:
        """Study another deck from now on; ``keep`` it under its name."""
        study = self._opened()
        self.deck = deck
        try:
            if keep:
                study.progress.keep_deck(deck)
            study.progress.keep_value("deck", json.dumps(deck_values(deck)))
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))
        self.show_today()

    def _drop_deck(self, name: str) -> None:
        def drop() -> None:
            self._opened().progress.drop_deck(name)
            self.deck = EVERYTHING if self.deck.name == name else self.deck
            self.show_today()

        self._context.prompts.ask(
            f"Forget the deck “{name}”?", "What you know of its cards is kept.", "Forget the deck", drop
        )

    def _change_settings(self, settings: StudySettings) -> None:
        study = self._opened()
        if settings == study.settings:
            return
        try:
            study.change_settings(settings, self._now())
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))
        self.show_today()

    def _change_figures(self, figures: str) -> None:
        try:
            self._opened().change_figures(Figures(figures))
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))

    @property
    def figures(self) -> Figures:
        """The figures that questions are drawn on."""
        return self.study.figures if self.study is not None else Figures.MALE

    # -- asking ------------------------------------------------------------------------------------
    def start(self) -> None:
        """Ask what the chosen deck has for today; as soon as all is ready."""
        if self.study is None:
            self._starts_when_ready = True
            self._get_ready()
            return
        session = self._opened().begin(self.deck, self._now(), more_new=self._more_new)
        self._more_new = 0
        self.show_page(self.ask)
        self.ask.begin(SittingFeed(session, self._now))

    def _start_more(self) -> None:
        self._more_new = 10
        self.start()

    def start_lesson(self, how: str) -> None:
        """Show questions to a class: the answer ``after`` asking, ``before`` it, or ``only`` answers."""
        if self.maker is None:
            return
        seed = int(self._now().timestamp())
        cards = min(LESSON, len(self.maker.cards(self.deck)))
        feed = LessonFeed(
            self.maker.generate(self.deck, LESSON, seed, self.figures),
            cards,
            asks=how != "only",
            shows_first=how != "after",
        )
        self.show_page(self.ask)
        self.ask.begin(feed)

    def _on_stopped(self) -> None:
        if not self.exams.stop(self._on_finished):
            self._on_finished()

    def _on_finished(self) -> None:
        if not self.exams.finish() and self.study is not None:
            self.show_today()

    # -- other screens -----------------------------------------------------------------------------
    def show_page(self, page: QWidget) -> None:
        """Show a screen; one that is built anew each time is dropped when it is left."""
        old, self._extra = self._extra, None
        if page not in (self.today, self.ask, self.waiting):
            self.stack.addWidget(page)
            self._extra = page
        self.stack.setCurrentWidget(page)
        if old is not None and old is not page:
            self.stack.removeWidget(old)
            old.deleteLater()

    def edit_deck(self) -> None:
        """Choose what to study."""
        from myomap.gui.study.deck_page import DeckPage

        if self.maker is None:
            return
        page = DeckPage(self._context, self.maker, self.deck)
        page.chosen.connect(self.take_deck)
        page.left.connect(self.show_today)
        self.show_page(page)
        page.take_focus()

    def show_exam(self) -> None:
        """Set up an exam."""
        if self.maker is not None:
            self.exams.set_up()

    def show_progress(self) -> None:
        """Show what is known."""
        from myomap.gui.study.progress_page import ProgressPage

        page = ProgressPage(self._context, self._opened(), self._now())
        page.left.connect(self.show_today)
        page.changed.connect(self.show_progress)
        page.part_chosen.connect(lambda part: self._choose_deck(part_words(part)))
        self.show_page(page)
