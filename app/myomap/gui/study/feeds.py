"""Where the question screen gets its questions: a sitting, a lesson for a class, an exam."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from myomap.gui.study.ask_page import Answered
from myomap.study.exam import Exam
from myomap.study.questions import Question
from myomap.study.session import Session


def utc_now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


class SittingFeed:
    """What is due today: every answer is saved before the next question."""

    tells, asks, shows_first = True, True, False

    def __init__(self, session: Session, now: Callable[[], datetime] = utc_now) -> None:
        self.session = session
        self._now = now
        self._peeked: Question | None = None

    def next(self) -> Question | None:
        """Return the next question."""
        found, self._peeked = self._peeked, None
        return found if found is not None else self.session.next(self._now())

    def peek(self) -> Question | None:
        """Return what `next` will return."""
        if self._peeked is None:
            self._peeked = self.session.next(self._now())
        return self._peeked

    def take(self, answered: Answered) -> None:
        """Save an answer; MyomapError where it cannot be saved."""
        self.session.answer(answered.question, answered.grade, answered.seconds, self._now())

    def status(self) -> tuple[str, int, int]:
        """Return words, what is done and how much there is."""
        session = self.session
        left = session.left + (self._peeked is not None)
        return f"{session.answered} answered, {left} to come", session.answered, session.answered + left


class LessonFeed:
    """Questions before a class: answers told after, shown before, or only shown. Nothing is saved."""

    tells = True

    def __init__(self, questions: Iterator[Question], count: int, *, asks: bool, shows_first: bool) -> None:
        self._questions, self._count = questions, count
        self.asks, self.shows_first = asks, shows_first
        self._shown = 0
        self._peeked: Question | None = None

    def next(self) -> Question | None:
        """Return the next question."""
        found, self._peeked = self._peeked, None
        found = found if found is not None else next(self._questions, None)
        self._shown += found is not None
        return found

    def peek(self) -> Question | None:
        """Return what `next` will return."""
        if self._peeked is None:
            self._peeked = next(self._questions, None)
        return self._peeked

    def take(self, answered: Answered) -> None:
        """Keep nothing: what was just shown is no test of memory."""

    def status(self) -> tuple[str, int, int]:
        """Return words, what is done and how much there is."""
        return f"{self._shown} of {self._count}", self._shown, self._count


class ExamFeed:
    """An exam: nothing is told until its end."""

    tells, asks, shows_first = False, True, False

    def __init__(self, exam: Exam) -> None:
        self.exam = exam

    def next(self) -> Question | None:
        """Return the next question; None at the end or when the time is over."""
        return self.exam.next()

    def peek(self) -> Question | None:
        """Return what `next` will return."""
        return self.exam.peek()

    def take(self, answered: Answered) -> None:
        """Keep an answer."""
        self.exam.take(answered.question, answered.grade, answered.seconds, answered.words)

    def status(self) -> tuple[str, int, int]:
        """Return words, what is done and how much there is."""
        done, total = len(self.exam.answers), len(self.exam.questions)
        return f"Question {min(done + 1, total)} of {total}", done, total
