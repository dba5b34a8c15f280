"""Exams: the same for a class from one file, fair in time, a result as PDF and CSV, bad files said."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest

from myomap.report.exam import ExamLine, ExamSheet, exam_csv, exam_pdf
from myomap.study.decks import Deck, Difficulty
from myomap.study.exam import (
    Exam,
    ExamFileError,
    ExamPaper,
    make_paper,
    open_exam,
    paper_bytes,
    read_paper,
    right_words,
)
from myomap.study.figures import Figures
from myomap.study.makers import QuestionMaker
from myomap.study.questions import Grade

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
NECK = Deck("Neck", body_parts=frozenset({"neck"}), difficulty=Difficulty.BARE)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def paper(maker: QuestionMaker) -> ExamPaper:
    return make_paper(
        maker, NECK, title="Neck, spring term", count=20, minutes=10, seed=4711, map_version="m1"
    )


def test_one_file_gives_a_whole_class_the_same_exam(
    atlas: Any, maker: QuestionMaker, paper: ExamPaper
) -> None:
    body = paper_bytes(paper)
    assert read_paper(body) == paper
    other_computer = QuestionMaker(atlas)
    one, two = open_exam(maker, paper, Clock()), open_exam(other_computer, read_paper(body), Clock())
    assert one.questions == two.questions
    assert len(one.questions) == 20


def test_the_same_seed_makes_the_same_exam_and_another_another(
    maker: QuestionMaker, paper: ExamPaper
) -> None:
    again = make_paper(maker, NECK, title=paper.title, count=20, minutes=10, seed=4711, map_version="m1")
    assert again == paper
    for card in maker.cards(NECK):  # what was asked before changes nothing
        maker.make(card, 99)
    assert (
        make_paper(maker, NECK, title=paper.title, count=20, minutes=10, seed=4711, map_version="m1") == paper
    )
    other = make_paper(maker, NECK, title=paper.title, count=20, minutes=10, seed=4712)
    assert other.questions != paper.questions


def test_the_file_tells_no_answers(maker: QuestionMaker, paper: ExamPaper) -> None:
    text = paper_bytes(paper).decode()
    exam = open_exam(maker, paper, Clock())
    for question in exam.questions:
        for option in question.options:
            assert option.text not in text
        assert question.prompt not in text


def test_nothing_counts_after_the_time_and_what_is_not_answered_is_wrong(
    maker: QuestionMaker, paper: ExamPaper
) -> None:
    clock = Clock()
    exam = open_exam(maker, paper, clock)
    for number in range(3):
        question = exam.next()
        assert question is exam.questions[number]
        exam.take(question, Grade(1.0, True, ""), 5.0, "x")
        clock.now += timedelta(minutes=3)
    late = exam.next()
    assert late is not None
    clock.now += timedelta(minutes=1)
    exam.take(late, Grade(1.0, True, ""), 5.0, "too late")
    assert exam.next() is None
    answers = exam.all_answers()
    assert len(answers) == 20
    assert sum(a.grade.is_right for a in answers) == 3
    assert exam.score == 3
    assert exam.ended is not None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b'{"format": "something else"}', b"[" * 100_000,
        b'{"format": "myomap.exam/9", "questions": []}', b'{"format": "myomap.exam/1"}',
        b"PK\x03\x04 a zip", b'{"format": "myomap.exam/1", "questions": 7, "title": 1}',
    ],
)  # fmt: skip
def test_a_foreign_or_damaged_file_is_said_in_a_sentence(body: bytes) -> None:
    with pytest.raises(ExamFileError) as caught:
        read_paper(body)
    assert caught.value.what.endswith(".")
    assert caught.value.todo
    assert "Traceback" not in str(caught.value)


def test_every_single_missing_or_wrong_part_is_refused(paper: ExamPaper) -> None:
    whole = json.loads(paper_bytes(paper))
    for key in ("title", "seed", "minutes", "questions"):
        for bad in (None, [], {"a": 1}, -3.5):
            with pytest.raises(ExamFileError):
                read_paper(json.dumps({**whole, key: bad}).encode())
        with pytest.raises(ExamFileError):
            read_paper(json.dumps({k: v for k, v in whole.items() if k != key}).encode())
    with pytest.raises(ExamFileError):
        read_paper(json.dumps({**whole, "minutes": 10_000}).encode())
    cut = paper_bytes(paper)
    for length in range(0, len(cut) - 1, 97):
        with pytest.raises(ExamFileError):
            read_paper(cut[:length])


def test_an_exam_of_another_atlas_is_refused_before_it_begins(maker: QuestionMaker, paper: ExamPaper) -> None:
    ids = ("who_refers:removed-1:4711:bare", *paper.questions[1:])
    digests = (*paper.digests[:-1], "000000000000")
    other = ExamPaper(paper.title, paper.seed, paper.minutes, ids, digests)
    with pytest.raises(ExamFileError, match="of its 20 questions 1 ask"):
        open_exam(maker, other, Clock())


def test_what_was_to_be_clicked_or_painted_is_said_in_words_too(atlas: Any, maker: QuestionMaker) -> None:
    """“As lit on the map” says nothing where there is no map: on the result and on paper."""
    click, paint = maker.make("point_to:piriformis", 1), maker.make("paint_zone:trapezius-descending-1", 1)
    assert click is not None
    assert paint is not None
    assert "front of the sacrum" in right_words(click)
    assert "greater trochanter" in right_words(click)
    assert (
        atlas.trigger_points["trapezius-descending-1"].essential_words.casefold()
        in right_words(paint).casefold()
    )


def test_an_empty_deck_makes_no_exam(maker: QuestionMaker) -> None:
    with pytest.raises(ExamFileError, match="no questions"):
        make_paper(maker, Deck("none", muscles=frozenset({"no-such"})), title="", count=5, minutes=0, seed=1)


def sheet(exam: Exam) -> ExamSheet:
    lines = tuple(
        ExamLine(
            "Name the muscle", a.question.prompt, a.words, right_words(a.question), a.grade.score,
            a.grade.is_right, a.seconds, a.question.source,
        )
        for a in exam.all_answers()
    )  # fmt: skip
    return ExamSheet(
        exam.paper.title, "Test Student 01", NOW, NOW + timedelta(minutes=8), 10, 4711, "m1", lines
    )


@pytest.fixture
def result(maker: QuestionMaker, paper: ExamPaper) -> ExamSheet:
    exam = open_exam(maker, paper, Clock())
    for number, question in enumerate(exam.questions[:15]):
        is_right = number % 3 > 0
        exam.take(question, Grade(float(is_right), is_right, ""), 7.0, "=1+1" if number == 0 else "masseter")
    exam.finish()
    return sheet(exam)


def test_csv_has_a_row_a_question_and_no_formula(result: ExamSheet) -> None:
    body = exam_csv(result)
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(rows) == 20
    assert sum(r["right"] == "yes" for r in rows) == result.right == 10
    assert rows[0]["answer"] == "'=1+1"
    assert {r["student"] for r in rows} == {"Test Student 01"}
    assert rows[19]["answer"] == ""
    assert all(r["right_answer"] for r in rows)


def test_pdf_says_who_when_how_many_and_every_question(result: ExamSheet) -> None:
    reader = pypdf.PdfReader(io.BytesIO(exam_pdf(result).body))
    text = "\n".join(page.extract_text() for page in reader.pages)
    flat = " ".join(text.split())
    for wanted in (
        "Neck, spring term",
        "Test Student 01",
        "10 of 20 points (50 %)",
        "8 min 0 s of 10 min",
        "4711",
    ):
        assert wanted in flat, wanted
    assert flat.count("no answer") == 5
    for line in result.lines[:3]:
        assert line.right.split(",")[0] in flat
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_an_exam_on_both_figures_is_the_same_from_its_file(maker: QuestionMaker) -> None:
    deck = Deck("x", body_parts=frozenset({"hip"}))
    paper = make_paper(maker, deck, title="T", count=8, minutes=0, seed=4, figures=Figures.BOTH)
    assert [each.endswith(":female") for each in paper.questions] == [bool(n % 2) for n in range(8)]
    opened = open_exam(maker, read_paper(paper_bytes(paper)), lambda: datetime(2026, 3, 10, tzinfo=UTC))
    assert tuple(q.id for q in opened.questions) == paper.questions
