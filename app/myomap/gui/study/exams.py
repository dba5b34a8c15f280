"""Exams at the window: set up, handed out and opened as files, timed, and the result saved."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from myomap.errors import MyomapError
from myomap.gui.context import Context
from myomap.gui.messages import message_for
from myomap.gui.study.ask_page import AskPage
from myomap.gui.study.feeds import ExamFeed
from myomap.gui.study.words import count_words
from myomap.study.decks import Deck
from myomap.study.figures import Figures

if TYPE_CHECKING:
    from myomap.gui.study.exam_page import ExamSetup
    from myomap.study.exam import Exam, ExamPaper
    from myomap.study.makers import QuestionMaker

#: No exam file is longer than this; of what is (a film chosen by mistake) no more is read.
MOST_BYTES = 2_000_000


class Room(Protocol):
    """What an exam asks of the place that it is held in."""

    deck: Deck
    maker: "QuestionMaker | None"
    ask: AskPage

    @property
    def figures(self) -> Figures: ...
    def show_page(self, page: QWidget) -> None: ...
    def show_today(self) -> None: ...


class Exams(QObject):
    """At most one exam is under way."""

    def __init__(self, context: Context, room: Room, now: Callable[[], datetime], parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._room, self._now = context, room, now
        self._exam: Exam | None = None
        self._who = ""
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self.tick)

    @property
    def _maker(self) -> "QuestionMaker":
        if self._room.maker is None:
            raise RuntimeError("no questions are made ready yet")
        return self._room.maker

    def set_up(self) -> None:
        """Show what an exam is made of."""
        from myomap.gui.study.exam_page import ExamSetup

        page = ExamSetup(self._context, self._room.deck.name, len(self._maker.cards(self._room.deck)))
        page.left.connect(self._room.show_today)
        page.begun.connect(lambda: self._begin(page))
        page.kept.connect(lambda: self._keep(page))
        page.opened.connect(lambda: self._open(page))
        self._room.show_page(page)
        page.who.setFocus()

    def _paper(self, page: "ExamSetup") -> "ExamPaper":
        from myomap.study.exam import make_paper

        return make_paper(
            self._maker,
            self._room.deck,
            title=page.title.text(),
            count=page.count.value(),
            minutes=page.minutes.value(),
            seed=page.seed.value(),
            map_version=self._context.open_atlas().map_version,
            figures=self._room.figures,
        )

    def _begin(self, page: "ExamSetup") -> None:
        try:
            self.begin_paper(self._paper(page), page.who.text())
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))

    def begin_paper(self, paper: "ExamPaper", who: str) -> None:
        """Begin an exam; ExamFileError where this atlas would ask or grade differently."""
        from myomap.study.exam import open_exam

        self._exam = open_exam(self._maker, paper, self._now)
        self._who = who
        self._room.show_page(self._room.ask)
        self._clock.start()
        self._room.ask.begin(ExamFeed(self._exam))
        self.tick()

    def tick(self) -> None:
        """Say how much time is left; end the exam when it is over."""
        exam = self._exam
        if exam is None or exam.ends is None:
            return
        left = round((exam.ends - self._now()).total_seconds())
        words, _, _ = ExamFeed(exam).status()
        self._room.ask.status.setText(f"{words} · {max(0, left) // 60}:{max(0, left) % 60:02d} left")
        if left <= 0:
            self._room.ask.finished.emit()

    def stop(self, end: Callable[[], None]) -> bool:
        """Ask before an exam is ended early (then ``end`` is called); False where there is none to ask about."""
        exam = self._exam
        left = len(exam.questions) - len(exam.answers) if exam is not None else 0
        if exam is None or not left:
            return False
        self._context.prompts.ask(
            "End the exam now?",
            f"{left} of {len(exam.questions)} questions are not answered; they will count as wrong.",
            "End the exam",
            end,
            danger=True,
        )
        return True

    def finish(self) -> bool:
        """Show the result of the exam under way; False where there is none."""
        self._clock.stop()
        exam, self._exam = self._exam, None
        if exam is not None:
            self._show_result(exam)
        return exam is not None

    # -- files -------------------------------------------------------------------------------------
    def _keep(self, page: "ExamSetup") -> None:
        from myomap.study.exam import paper_bytes

        try:
            paper = self._paper(page)
        except MyomapError as error:
            self._context.prompts.tell(message_for(error))
            return
        self._save(paper_bytes(paper), "Save the exam", "exam.myomap-exam.json", "Exam (*.json)")

    def _open(self, page: "ExamSetup") -> None:
        from myomap.study.exam import open_exam, read_paper

        def chosen(path: Path) -> None:
            try:
                with path.open("rb") as file:
                    paper = read_paper(file.read(MOST_BYTES))
                open_exam(self._maker, paper, self._now)  # said before it is begun: another atlas
            except (MyomapError, OSError) as error:
                self._context.prompts.tell(message_for(error))
                return
            self._ask_to_begin(paper, page.who.text().strip())

        self._context.prompts.open_file("Open an exam", Path.home(), "Exam (*.json);;All files (*)", chosen)

    def _ask_to_begin(self, paper: "ExamPaper", who: str) -> None:
        """Say what a file holds before its time runs."""

        def begin() -> None:
            try:
                self.begin_paper(paper, who)
            except MyomapError as error:
                self._context.prompts.tell(message_for(error))

        count = count_words(len(paper.questions), "question")
        time = f"{count_words(paper.minutes, 'minute')} from now on" if paper.minutes else "no time limit"
        named = (
            f"The result will bear the name {who}." if who else "The result will bear no name: none is given."
        )
        self._context.prompts.ask(
            f"Begin “{paper.title}”?", f"{count}, {time}. {named}", "Begin the exam", begin
        )

    def _show_result(self, exam: "Exam") -> None:
        from myomap.gui.study.exam_page import ExamResult
        from myomap.report.exam import exam_csv, exam_pdf

        page = ExamResult(self._context, exam, self._who)
        page.left.connect(self._room.show_today)
        paper = self._context.settings.paper
        page.pdf_wanted.connect(
            lambda: self._save(
                exam_pdf(page.sheet, paper=paper).body, "Save the result", "result.pdf", "PDF (*.pdf)"
            )
        )
        page.csv_wanted.connect(
            lambda: self._save(exam_csv(page.sheet), "Save the result", "result.csv", "CSV (*.csv)")
        )
        self._room.show_page(page)

    def _save(self, body: bytes, title: str, name: str, kinds: str) -> None:
        from myomap.report.picture_file import write_whole

        def chosen(path: Path) -> None:
            path = path if path.suffix else path.with_suffix(Path(name).suffix)
            try:
                write_whole(path, body)
            except MyomapError as error:
                self._context.prompts.tell(message_for(error))

        self._context.prompts.save_file(title, Path.home() / name, kinds, chosen)
