"""Exams: the same questions for a class from one file, a fixed seed, a time limit, a result."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from myomap.errors import MyomapError
from myomap.study.decks import Deck
from myomap.study.figures import Figures
from myomap.study.makers import QuestionMaker, digest
from myomap.study.questions import Grade, Question

FORMAT = "myomap.exam/1"
#: An exam has at most so many questions and minutes.
MOST_QUESTIONS, MOST_MINUTES = 500, 600
_SAFE = "Nothing was changed."


class ExamFileError(MyomapError):
    """A file that is no exam, or one that cannot be used here."""


@dataclass(frozen=True, slots=True)
class ExamPaper:
    """What everybody in a class is asked. Holds no answers: each computer makes them from the atlas."""

    title: str
    seed: int
    minutes: int
    questions: tuple[str, ...]
    """Ids of questions."""
    digests: tuple[str, ...]
    """What each question must come to, so that everybody is graded by the same answers."""
    map_version: str = ""


@dataclass(frozen=True, slots=True)
class ExamAnswer:
    """One answer of an exam. ``words`` say what was answered; empty for none."""

    question: Question
    grade: Grade
    seconds: float
    words: str


def make_paper(
    maker: QuestionMaker,
    deck: Deck,
    *,
    title: str,
    count: int,
    minutes: int,
    seed: int,
    map_version: str = "",
    figures: Figures = Figures.MALE,
) -> ExamPaper:
    """Draw an exam from a deck; ExamFileError where the deck has nothing to ask."""
    count = min(max(1, count), MOST_QUESTIONS)
    found = list(maker.generate(deck, count, seed, figures))
    if not found:
        raise ExamFileError("This deck has no questions.", todo="Choose another deck.")
    return ExamPaper(
        title.strip() or "Exam",
        seed,
        min(max(0, minutes), MOST_MINUTES),
        tuple(q.id for q in found),
        tuple(digest(q) for q in found),
        map_version,
    )


def paper_bytes(paper: ExamPaper) -> bytes:
    """Return an exam as the file that is handed out."""
    made = {
        "format": FORMAT,
        "title": paper.title,
        "seed": paper.seed,
        "minutes": paper.minutes,
        "map_version": paper.map_version,
        "questions": [{"id": i, "digest": d} for i, d in zip(paper.questions, paper.digests, strict=True)],
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def read_paper(body: bytes) -> ExamPaper:
    """Read an exam file; ExamFileError for anything else, in words."""
    try:
        read = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ExamFileError(
            "This file is no exam of Myomap, or it is damaged.",
            safe=_SAFE,
            todo="Ask your teacher for the file again.",
        ) from error
    if not isinstance(read, dict) or not str(read.get("format", "")).startswith("myomap.exam/"):
        raise ExamFileError(
            "This file is no exam of Myomap.", safe=_SAFE, todo="Exams are made in Study, under “Exam”."
        )
    if read["format"] != FORMAT:
        raise ExamFileError("This exam was made by a newer Myomap.", safe=_SAFE, todo="Update Myomap.")
    try:
        questions = read["questions"]
        ids = tuple(_word(each["id"]) for each in questions)
        digests = tuple(_word(each["digest"]) for each in questions)
        paper = ExamPaper(
            _word(read["title"])[:200],
            _number(read["seed"]),
            _number(read["minutes"]),
            ids,
            digests,
            _word(read.get("map_version", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ExamFileError(
            "This exam file is damaged: a part of it is missing or is not what it should be.",
            safe=_SAFE,
            todo="Ask your teacher for the file again.",
        ) from error
    if not 1 <= len(ids) <= MOST_QUESTIONS or not 0 <= paper.minutes <= MOST_MINUTES:
        raise ExamFileError(
            f"This exam has {len(ids)} questions and {paper.minutes} minutes: that cannot be right.",
            safe=_SAFE,
            todo="Ask your teacher for the file again.",
        )
    return paper


def _word(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError("words are expected")
    return given


def _number(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool):
        raise TypeError("a whole number is expected")
    return given


class Exam:
    """An exam while it is written, and its result."""

    def __init__(
        self, paper: ExamPaper, questions: Sequence[Question], begun: datetime, now: Callable[[], datetime]
    ) -> None:
        self.paper = paper
        self.questions = tuple(questions)
        self.answers: list[ExamAnswer] = []
        self.begun = begun
        self.ended: datetime | None = None
        self._now = now

    @property
    def ends(self) -> datetime | None:
        """When the time is over; None without a limit."""
        return self.begun + timedelta(minutes=self.paper.minutes) if self.paper.minutes else None

    @property
    def is_over(self) -> bool:
        """Tell whether the time is over or everything is answered."""
        return len(self.answers) == len(self.questions) or (
            self.ends is not None and self._now() >= self.ends
        )

    def next(self) -> Question | None:
        """Return the question to answer now; None at the end."""
        if self.is_over:
            self.ended = self.ended or self._now()
            return None
        return self.questions[len(self.answers)]

    def peek(self) -> Question | None:
        """Return the question after the one on show."""
        at = len(self.answers) + 1
        return self.questions[at] if at < len(self.questions) else None

    def take(self, question: Question, grade: Grade, seconds: float, words: str) -> None:
        """Keep an answer. One that comes after the time counts as none."""
        if self.ends is not None and self._now() >= self.ends:
            return
        self.answers.append(ExamAnswer(question, grade, seconds, words))

    def finish(self) -> None:
        """End it; what is not answered counts as wrong."""
        self.ended = self.ended or self._now()

    @property
    def score(self) -> float:
        """Return the points: 1 a right answer, a part of it for a part."""
        return sum(a.grade.score if not a.grade.is_right else 1.0 for a in self.answers)

    def all_answers(self) -> list[ExamAnswer]:
        """Return an answer for every question; those not reached are empty and wrong."""
        missing = self.questions[len(self.answers) :]
        return [*self.answers, *(ExamAnswer(q, Grade(0.0, False, "Not answered."), 0.0, "") for q in missing)]


def open_exam(maker: QuestionMaker, paper: ExamPaper, now: Callable[[], datetime]) -> Exam:
    """Make the questions of a paper. ExamFileError where this atlas would ask or grade differently."""
    made = [maker.remake(each) for each in paper.questions]
    questions = [q for q in made if q is not None]
    gone = len(made) - len(questions)
    other = sum(1 for q, told in zip(made, paper.digests, strict=True) if q is not None and digest(q) != told)
    if gone or other:
        raise ExamFileError(
            f"This exam is another one in your atlas: of its {len(made)} questions {gone} ask about what the atlas "
            f"does not have, and {other} have other answers.",
            safe="Nothing was begun and nothing was changed.",
            todo="Everybody in a class needs the same version of Myomap: install the one the exam was made with.",
        )
    return Exam(paper, questions, now(), now)


def right_words(question: Question) -> str:
    """Return in words what would have been right."""
    texts = [option.text for option in question.options if option.id in question.right]
    if texts:
        return "; ".join(texts)
    if question.accepted:
        return question.accepted[0]
    # painted or clicked: on paper there is no map to see it on
    return " ".join(question.because)
