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
from myomap.gui.messages import Message, message_for
from myomap.gui.parts import column, label
from myomap.gui.study.ask_page import AskPage
from myomap.gui.study.feeds import ExamFeed, LessonFeed, SittingFeed, utc_now
from myomap.gui.study.today_page import TodayPage
from myomap.gui.words import part_order, part_words
from myomap.study.deck_file import deck_from, deck_values
from myomap.study.decks import Deck
from myomap.study.ports import Progress
from myomap.study.schedule import StudySettings
from myomap.study.session import Study

if TYPE_CHECKING:
    from myomap.gui.map.zone_paths import ZonePaths
    from myomap.gui.study.exam_page import ExamSetup
    from myomap.study.exam import Exam
    from myomap.study.makers import QuestionMaker

EVERYTHING = Deck("Everything")
#: A lesson has so many questions.
LESSON = 30


class StudyPlace(QWidget):
    """Today, questions, decks, progress, exams: one after the other in the same room."""

    def __init__(
        self,
        context: Context,
        open_progress: Callable[[], Progress],
        begin_anew: Callable[[], Path],
        read_anki: Callable[[Path], Deck],
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """``open_progress`` may raise MyomapError; ``begin_anew`` puts a file that cannot be read aside."""
        super().__init__()
        self.setObjectName("page")
        self._context = context
        self._open_progress, self._begin_anew, self._read_anki = open_progress, begin_anew, read_anki
        self._now = now
        self.study: Study | None = None
        self.maker: QuestionMaker | None = None
        self.deck = EVERYTHING
        self._more_new = 0
        self._zones: ZonePaths | None = None
        self._is_preparing = False
        self._starts_when_ready = False
        self._exam: Exam | None = None
        self._who = ""
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.stack = QStackedWidget()
        column(self).addWidget(self.stack)
        self._waiting = QWidget()
        self._waiting.setObjectName("page")
        lines = column(self._waiting, margin=48)
        self._waiting_words = label("Getting the questions ready …", "subtitle")
        lines.addWidget(self._waiting_words)
        lines.addStretch(1)
        self.today = TodayPage(context)
        self.ask = AskPage(context)
        for page in (self._waiting, self.today, self.ask):
            self.stack.addWidget(page)
        self._extra: QWidget | None = None
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
        today.anki_wanted.connect(self._anki)
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
        self._waiting_words.setText(f"{message.title} {message.text}")

    def _on_ready(self, maker: "QuestionMaker") -> None:
        self.maker = maker
        self._open()

    def _open(self) -> None:
        if self.maker is None:
            return
        try:
            self.study = Study(self.maker, self._open_progress(), self._now())
        except MyomapError as error:
            self._refuse(error)
            return
        self.deck = self._remembered_deck()
        self.show_today()
        if self._starts_when_ready:
            self._starts_when_ready = False
            self.start()

    def _refuse(self, error: MyomapError) -> None:
        self._waiting_words.setText(str(error))
        self.stack.setCurrentWidget(self._waiting)

        def anew() -> None:
            try:
                aside = self._begin_anew()
            except OSError as problem:
                self._context.prompts.tell(message_for(problem))
                return
            self._waiting_words.setText(f"The old file is kept as {aside}.")
            self._open()

        self._context.prompts.ask(
            error.what,
            f"{error.safe} {error.todo}".strip(),
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
        self.today.show_today(self.deck, study.today(self.deck, now), decks, study.settings, self._notices())
        self._show(self.today)
        self.today.start.setFocus()

    def _notices(self) -> list[str]:
        study = self._opened()
        notices = [study.clock_words] if study.clock_words else []
        gone = study.gone()
        if gone:
            notices.append(
                f"{len(gone)} of your cards ask about something that this atlas does not have (it was there in "
                "another version). They are left out; what you knew of them is kept."
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
        self._take_deck(next(deck for deck, _ in self._decks() if deck.name == name), keep=False)

    def _take_deck(self, deck: Deck, keep: bool) -> None:
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
            study.change_settings(settings)
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))
        self.show_today()

    # -- asking ------------------------------------------------------------------------------------
    def start(self) -> None:
        """Ask what the chosen deck has for today; as soon as all is ready."""
        if self.study is None:
            self._starts_when_ready = True
            self._get_ready()
            return
        session = self._opened().begin(self.deck, self._now(), more_new=self._more_new)
        self._more_new = 0
        self._show(self.ask)
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
            self.maker.generate(self.deck, LESSON, seed),
            cards,
            asks=how != "only",
            shows_first=how != "after",
        )
        self._show(self.ask)
        self.ask.begin(feed)

    def _on_stopped(self) -> None:
        exam = self._exam
        left = len(exam.questions) - len(exam.answers) if exam is not None else 0
        if exam is None or not left:
            self._on_finished()
            return
        self._context.prompts.ask(
            "End the exam now?",
            f"{left} of {len(exam.questions)} questions are not answered; they will count as wrong.",
            "End the exam",
            self._on_finished,
            danger=True,
        )

    def _on_finished(self) -> None:
        self._clock.stop()
        if self._exam is not None:
            self._show_result(self._exam)
            self._exam = None
        elif self.study is not None:
            self.show_today()

    # -- other screens -----------------------------------------------------------------------------
    def _show(self, page: QWidget) -> None:
        """Show a screen; one that is built anew each time is dropped when it is left."""
        old, self._extra = self._extra, None
        if page not in (self.today, self.ask, self._waiting):
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
        page.chosen.connect(self._take_deck)
        page.left.connect(self.show_today)
        self._show(page)

    def show_progress(self) -> None:
        """Show what is known."""
        from myomap.gui.study.progress_page import ProgressPage

        page = ProgressPage(self._context, self._opened(), self._now())
        page.left.connect(self.show_today)
        page.part_chosen.connect(lambda part: self._choose_deck(part_words(part)))
        self._show(page)

    # -- exams -------------------------------------------------------------------------------------
    def show_exam(self) -> None:
        """Set up an exam."""
        from myomap.gui.study.exam_page import ExamSetup

        if self.maker is None:
            return
        page = ExamSetup(self._context, self.deck.name, len(self.maker.cards(self.deck)))
        page.left.connect(self.show_today)
        page.begun.connect(lambda: self._begin_exam(page))
        page.kept.connect(lambda: self._keep_exam(page))
        page.opened.connect(lambda: self._open_exam(page))
        self._show(page)

    def _paper(self, page: "ExamSetup") -> object:
        from myomap.study.exam import make_paper

        assert self.maker is not None
        return make_paper(
            self.maker,
            self.deck,
            title=page.title.text(),
            count=page.count.value(),
            minutes=page.minutes.value(),
            seed=page.seed.value(),
            map_version=self._context.open_atlas().map_version,
        )

    def _begin_exam(self, page: "ExamSetup") -> None:
        try:
            self.begin_paper(self._paper(page), page.who.text())
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))

    def begin_paper(self, paper: object, who: str) -> None:
        """Begin an exam; ExamFileError where this atlas would ask or grade differently."""
        from myomap.study.exam import ExamPaper, open_exam

        assert isinstance(paper, ExamPaper)
        assert self.maker is not None
        self._exam = open_exam(self.maker, paper, self._now)
        self._who = who
        self._show(self.ask)
        self._clock.start()
        self.ask.begin(ExamFeed(self._exam))
        self._tick()

    def _tick(self) -> None:
        exam = self._exam
        if exam is None or exam.ends is None:
            return
        left = round((exam.ends - self._now()).total_seconds())
        words, _, _ = ExamFeed(exam).status()
        self.ask.status.setText(f"{words} · {max(0, left) // 60}:{max(0, left) % 60:02d} left")
        if left <= 0:
            self.ask.finished.emit()

    def _keep_exam(self, page: "ExamSetup") -> None:
        from myomap.study.exam import ExamPaper, paper_bytes

        try:
            paper = self._paper(page)
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))
            return
        assert isinstance(paper, ExamPaper)
        self._save(paper_bytes(paper), "Save the exam", "exam.myomap-exam.json", "Exam (*.json)")

    def _open_exam(self, page: "ExamSetup") -> None:
        from myomap.study.exam import read_paper

        def chosen(path: Path) -> None:
            try:
                self.begin_paper(read_paper(path.read_bytes()), page.who.text())
            except (MyomapError, OSError) as error:
                self._context.prompts.tell(message_for(error))

        self._context.prompts.open_file("Open an exam", Path.home(), "Exam (*.json);;All files (*)", chosen)

    def _show_result(self, exam: "Exam") -> None:
        from myomap.gui.study.exam_page import ExamResult
        from myomap.report.exam import exam_csv, exam_pdf

        page = ExamResult(self._context, exam, self._who)
        page.left.connect(self.show_today)
        paper = self._context.settings.paper
        page.pdf_wanted.connect(
            lambda: self._save(
                exam_pdf(page.sheet, paper=paper).body, "Save the result", "result.pdf", "PDF (*.pdf)"
            )
        )
        page.csv_wanted.connect(
            lambda: self._save(exam_csv(page.sheet), "Save the result", "result.csv", "CSV (*.csv)")
        )
        self._show(page)

    def _save(self, body: bytes, title: str, name: str, kinds: str) -> None:
        from myomap.report.picture_file import write_whole

        def chosen(path: Path) -> None:
            path = path if path.suffix else path.with_suffix(Path(name).suffix)
            try:
                write_whole(path, body)
            except MyomapError as error:
                self._context.prompts.tell(message_for(error))

        self._context.prompts.save_file(title, Path.home() / name, kinds, chosen)

    # -- Anki --------------------------------------------------------------------------------------
    def _anki(self, which: str) -> None:
        if which == "export":
            name = "".join(c if c.isalnum() else "-" for c in self.deck.name.lower())
            self._context.prompts.save_file(
                "Export for Anki",
                Path.home() / f"myomap-{name}.apkg",
                "Anki package (*.apkg)",
                self.export_anki,
            )
        else:
            self._context.prompts.open_file(
                "Import a deck", Path.home(), "Anki package (*.apkg);;All files (*)", self.import_anki
            )

    def export_anki(self, path: Path) -> None:
        """Write the deck as an Anki package with pictures, off the window's thread."""
        from myomap.gui.study.anki import export_deck

        if self.maker is None:
            return
        self._show(self._waiting)

        def done(count: int) -> None:
            self.show_today()
            self._context.prompts.tell(
                Message("The Anki package is written.", f"{count} cards are in {path}.")
            )

        def failed(error: Exception) -> None:
            self.show_today()
            self._context.prompts.tell(message_for(error))

        export_deck(self._context, self.maker, self.deck, path, self._waiting_words, done, failed)

    def import_anki(self, path: Path) -> None:
        """Take the cards of a package that Myomap wrote as a deck of one's own."""
        try:
            deck = self._read_anki(path)
        except (MyomapError, OSError) as error:
            self._context.prompts.tell(message_for(error))
            return
        if self.maker is not None:
            gone = sum(1 for card in deck.cards if not self.maker.knows(card))
            if gone == len(deck.cards):
                self._context.prompts.tell(
                    Message(
                        "Nothing of this deck is in this atlas.",
                        "It was left where it is; nothing was changed.",
                    )
                )
                return
            if gone:
                words = f"{gone} of its {len(deck.cards)} cards ask about something that this atlas does not have."
                self._context.prompts.tell(Message("The deck was imported in part.", words))
        self._take_deck(deck, keep=True)
