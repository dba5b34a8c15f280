"""Study by hand and keyboard: nothing is told before the answer, everything is saved."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from tests.gui.study.asking import ask, everything_said, press, question, texts

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.errors import MyomapError
from myomap.gui.study.compare import show_part
from myomap.gui.study.feeds import LessonFeed
from myomap.gui.study.words import told_and_asked
from myomap.study.decks import Deck, Difficulty
from myomap.study.differences import keys_of
from myomap.study.questions import AnswerKind, QuestionKind

NAMES = {"pectoralis-major": ("pectoralis", "pec"), "gluteus-maximus": ("gluteus maximus",)}


@pytest.mark.parametrize("card", ["name_muscle:pectoralis-major", "name_muscle:gluteus-maximus"])
def test_nothing_names_the_lit_muscle_before_the_answer(desk: Any, card: str) -> None:
    made = question(desk, card, difficulty=Difficulty.BARE)
    ask(desk, made)
    view = desk.ask.map.front.view
    shown = desk.ask.map.front.marks._lit
    assert shown.isVisible()
    centre = view.mapFromScene(shown.path().boundingRect().center())
    QTest.mouseMove(view.viewport(), centre)
    QApplication.processEvents()
    said = everything_said(desk.window)
    for name in NAMES[made.subject]:
        assert name not in said
    assert "posterior view" in said or "anterior view" in said
    QTest.keyClicks(desk.ask.answers.line, "rectus femoris")
    press(desk.ask.answers.line, Qt.Key.Key_Return)
    assert NAMES[made.subject][0] in everything_said(desk.window)


def test_sides_are_hidden_when_they_are_the_question_and_shown_after_it(desk: Any) -> None:
    made = question(desk, "which_side:pectoralis-major", Laterality.LEFT)
    ask(desk, made)
    assert [label.text() for label in desk.ask.map._sides[:2]] == ["", ""]
    assert "patient's right side" not in everything_said(desk.ask.map)
    press(desk.ask, Qt.Key.Key_1)
    sides = desk.ask.map._sides[:2]
    assert [label.text() for label in sides] == ["R", "L"]
    for label in sides:  # there is room around it on its plate
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()) + 10
    assert "Not right" in texts(desk)


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("Which muscle is lit?", "Which muscle is lit?"),
        ("Click on the LEFT deltoid.", "Click on the LEFT deltoid."),
        ("A patient points to this: x. Red flags are ruled out. Which muscle do you look at first?",
         "Which muscle do you look at first?"),
        ("Which of these muscles refer here? Those count whose zone takes in half.",
         "Which of these muscles refer here?"),
        ("Paint the essential zone of: LEFT trapezius, TrP1. What this view shows of it counts.",
         "Paint the essential zone of: LEFT trapezius, TrP1."),
    ],
)  # fmt: skip
def test_what_is_asked_stands_out_from_the_story_and_the_rule(prompt: str, asked: str) -> None:
    parts = told_and_asked(prompt)
    assert " ".join(text for text, _ in parts) == prompt, "nothing is lost"
    assert [text for text, is_asked in parts if is_asked] == [asked]


def test_the_verdict_comes_into_sight_wherever_the_answer_was_given(desk: Any) -> None:
    desk.window.resize(900, 460)
    made = question(desk, "name_muscle:pectoralis-major")
    long = tuple(replace(o, text=f"{o.text}{' and so on' * 30}") for o in made.options)
    ask(desk, replace(made, prompt=f"{'It hurts. ' * 60}Which muscle do you look at first?", options=long))
    bar = desk.ask._scroll.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    press(desk.ask, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    desk.settle()
    verdict = next(each for each in desk.ask.findChildren(QLabel) if each.text() == "Not known yet")
    assert not verdict.visibleRegion().isEmpty()
    assert verdict.visibleRegion().boundingRect().height() == verdict.height()


def test_letters_are_on_every_other_map(desk: Any) -> None:
    ask(desk, question(desk, "name_muscle:pectoralis-major"))
    assert [label.text() for label in desk.ask.map._sides[:2]] == ["R", "L"]


def test_no_empty_paper_comes_beside_a_part_of_the_page_when_the_map_changes_its_size(desk: Any) -> None:
    ask(desk, question(desk, "name_muscle:pectoralis-major"))
    desk.settle()
    view = desk.ask.map.front.view
    page = view.sheet.rect
    show_part(view, QRectF(page.left() - 20, page.center().y(), 60, 60), page)
    before = view.sight()
    assert page.left() - 2 <= before.left()
    view.resize(view.width(), view.height() - 30)
    assert page.left() - 20 <= view.sight().left()


def test_a_sitting_by_keyboard_alone_saves_every_answer(desk: Any) -> None:
    assert desk.place.today.start.hasFocus(), "it can be begun at once"
    press(desk.place.today.start, Qt.Key.Key_Return)
    desk.settle()
    answered = 0
    for _ in range(200):
        made = desk.ask.question
        if made is None or desk.place.stack.currentWidget() is not desk.ask:
            break
        if made.answer is AnswerKind.ONE_OF:
            press(desk.ask, Qt.Key.Key_2)
        elif made.answer is AnswerKind.SOME_OF:
            press(desk.ask, Qt.Key.Key_1)
            press(desk.ask, Qt.Key.Key_3)
            press(desk.ask, Qt.Key.Key_Return)
        elif made.answer is AnswerKind.CLICK:
            view = desk.ask.map.front.view
            view.setFocus()
            press(view, Qt.Key.Key_Right)
            press(view, Qt.Key.Key_Down)
            press(view, Qt.Key.Key_Space)
        else:
            press(desk.ask, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        assert desk.ask.is_answered, made
        answered += 1
        assert len(desk.file.reviews()) == answered, "saved before the next question"
        press(desk.ask, Qt.Key.Key_Return)
        desk.settle()
    assert answered >= 20
    assert desk.place.stack.currentWidget() is desk.place.today
    assert len({r.card for r in desk.file.reviews()}) == 20


def test_a_click_on_the_right_place_is_right_and_on_the_other_side_is_wrong(desk: Any) -> None:
    made = question(desk, "point_to:pectoralis-major", Laterality.RIGHT)
    for side, verdict in ((Laterality.RIGHT, True), (Laterality.LEFT, False)):
        feed = ask(desk, made)
        view = desk.ask.map.front.view
        piece = view.sheet.by_key[StructureKey("pectoralis-major", side)]
        at = view.mapFromScene(piece.path.boundingRect().center())
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        desk.settle()
        assert feed.taken[0].grade.is_right is verdict
        if not verdict:
            assert "LEFT side" in texts(desk)
            assert desk.ask.map.front.marks._wrong.isVisible(), (
                "what was clicked is shown beside what was asked"
            )
            assert desk.ask.map.front.marks._lit.isVisible()


def test_the_map_asked_on_holds_the_place_and_does_not_light_it(desk: Any) -> None:
    ask(desk, question(desk, "point_to:gluteus-minimus"))
    front = desk.ask.map.front
    assert not front.marks._lit.isVisible()
    assert front.view.sight().intersects(front._asked_rect(desk.ask.question))


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_no_question_opens_a_window_of_its_own_or_loses_the_keyboard(desk: Any, kind: QuestionKind) -> None:
    cards = [c for c in desk.place.maker.cards(Deck("all")) if c.startswith(f"{kind}:")]
    made = [q for c in cards for d in Difficulty if (q := desk.place.maker.make(c, 1, d)) is not None]
    shown: list[str] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(type(watched).__name__)
            return False

    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    try:
        for each in made[:6]:
            ask(desk, each)
            assert desk.window.isActiveWindow()
            assert desk.ask.isAncestorOf(QApplication.focusWidget()), each.id
            desk.ask._on_skip()
            QApplication.processEvents()
            assert desk.ask.next_button.hasFocus(), each.id
    finally:
        QApplication.instance().removeEventFilter(watch)
    assert shown == []


def test_hints_come_one_by_one(desk: Any) -> None:
    ask(desk, question(desk, "name_muscle:pectoralis-major", difficulty=Difficulty.LETTER))
    press(desk.ask, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    assert "chest" in desk.ask.answers.hint.text()
    press(desk.ask, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    assert "under the skin" in desk.ask.answers.hint.text()
    assert "begins" not in desk.ask.answers.hint.text()
    press(desk.ask, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    assert "begins with" in desk.ask.answers.hint.text()


def test_digits_and_letters_can_be_typed_in_an_answer(desk: Any) -> None:
    ask(desk, question(desk, "name_muscle:pectoralis-major", difficulty=Difficulty.BARE))
    line = desk.ask.answers.line
    assert line.hasFocus()
    QTest.keyClicks(line, "vastus 1")
    assert line.text() == "vastus 1"
    assert not desk.ask.is_answered


def test_a_wrong_answer_teaches(desk: Any) -> None:
    made = question(desk, "name_muscle:pectoralis-major")
    ask(desk, made)
    wrong = next(n for n, o in enumerate(made.options, 1) if o.id not in made.right)
    press(desk.ask, Qt.Key(Qt.Key.Key_0 + wrong))
    said = texts(desk)
    assert "Not right" in said
    assert "Right would be" not in said, "the options say it"
    assert "Why" in said
    assert "Source: " in said
    assert "right answer" in said
    assert "not this" in said
    assert "What you answered" in said
    chosen = desk.window.context.open_atlas().muscles[made.options[wrong - 1].id]
    assert chosen.name_en in said.partition("What you answered")[2], "how the two differ"


def test_the_plate_shows_the_chosen_muscle_beside_the_right_one(desk: Any) -> None:
    """Both on the map: dashed what was chosen, lit what was asked; nothing of it before the answer."""
    for seed in range(80):
        made = desk.place.maker.make("name_muscle:pectoralis-major", seed)
        sheet_keys = {o.key for o in desk.window.context.open_atlas().outlines(made.view, made.layer)}
        wrong = [
            n
            for n, o in enumerate(made.options, 1)
            if o.id not in made.right
            and set(keys_of(desk.window.context.open_atlas(), o.id, made.laterality)) & sheet_keys
        ]
        if wrong:
            break
    ask(desk, made)
    marks = desk.ask.map.front.marks
    assert marks._wrong.path().isEmpty() or not marks._wrong.isVisible()
    press(desk.ask, Qt.Key(Qt.Key.Key_0 + wrong[0]))
    assert not marks._wrong.path().isEmpty()
    assert not marks._lit.path().isEmpty()
    assert "dashed, what you chose" in texts(desk)


def test_an_answer_that_cannot_be_saved_is_said_and_can_be_given_again(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.place.start()
    desk.settle()

    def full(*_: Any) -> None:
        raise MyomapError("The disk is full.", safe="Everything before it is safe.")

    monkeypatch.setattr(desk.file, "save", full)
    press(desk.ask, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert desk.told[-1].title == "The disk is full."
    assert not desk.ask.is_answered
    monkeypatch.undo()
    press(desk.ask, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert desk.ask.is_answered
    assert len(desk.file.reviews()) == 1


def test_a_lesson_before_shows_the_answer_then_asks_and_saves_nothing(desk: Any) -> None:
    made = question(desk, "name_muscle:pectoralis-major")
    desk.place.show_page(desk.ask)
    desk.ask.begin(LessonFeed(iter([made]), 1, asks=True, shows_first=True))
    desk.settle()
    assert "Pectoralis major".casefold() in texts(desk).casefold()
    press(desk.ask, Qt.Key.Key_Return)
    assert not desk.ask.is_answered
    assert "Why" not in texts(desk)
    press(desk.ask, Qt.Key.Key_1)
    assert desk.ask.is_answered
    assert desk.file.reviews() == []


def test_a_lesson_of_answers_only_asks_nothing(desk: Any) -> None:
    desk.place.start_lesson("only")
    desk.settle()
    seen = []
    for _ in range(5):
        seen.append(desk.ask.question.id)
        assert desk.ask.is_answered
        press(desk.ask, Qt.Key.Key_Return)
        desk.settle()
    assert len(set(seen)) == 5
    assert desk.file.reviews() == []


def test_an_exam_tells_nothing_until_its_end_and_ends_with_its_time(desk: Any, tmp_path: Any) -> None:
    desk.place.show_exam()
    page = desk.place.stack.currentWidget()
    page.count.setValue(6)
    page.minutes.setValue(10)
    page.seed.setValue(5)
    page.who.setText("Test Student 01")
    desk.save_to = tmp_path / "exam.json"
    page.kept.emit()
    page.begun.emit()
    desk.settle()
    first = desk.ask.question
    for _ in range(3):
        press(desk.ask, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        assert "Why" not in texts(desk)
    assert desk.ask.question is not first
    desk.settle()
    press(desk.ask, Qt.Key.Key_Escape)
    assert "End the exam" in desk.asked[-1][0]
    assert "3 of 6" in desk.asked[-1][1]
    assert desk.place.stack.currentWidget() is desk.ask, "it goes on until that is confirmed"
    from datetime import timedelta

    desk.now += timedelta(minutes=11)
    desk.place.exams.tick()
    desk.settle()
    result = desk.place.stack.currentWidget()
    assert len(result.sheet.lines) == 6
    assert "not answered" in "\n".join(label.text() for label in result.findChildren(QLabel))
    desk.save_to = tmp_path / "result.csv"
    result.csv_wanted.emit()
    desk.save_to = tmp_path / "result.pdf"
    result.pdf_wanted.emit()
    assert b"Test Student 01" in (tmp_path / "result.csv").read_bytes()
    assert (tmp_path / "result.pdf").read_bytes().startswith(b"%PDF")
    assert desk.file.reviews() == [], "an exam does not count for the daily cards"
    desk.place.show_exam()
    desk.save_to = tmp_path / "exam.json"
    desk.place.stack.currentWidget().opened.emit()
    title, told, begin = desk.asked[-1]
    assert title.startswith("Begin “Exam")
    assert "6 questions, 10 minutes from now on" in told
    assert "no name" in told
    assert desk.place.stack.currentWidget() is not desk.ask, "the time does not run before it is said"
    begin()
    desk.settle()
    assert desk.ask.question == first
