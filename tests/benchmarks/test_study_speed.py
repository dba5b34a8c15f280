"""Speed of Study with 20,000 cards: an answer saved, the next question made and on the screen."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from myomap.anatomy.views import Figure
from myomap.store.study_file import StudyFile
from myomap.study.decks import Deck, Difficulty
from myomap.study.makers import QuestionMaker
from myomap.study.questions import Grade, Question
from myomap.study.schedule import CardState, Review, StudySettings, reviewed
from myomap.study.session import Study

CARDS = 20_000
NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)


class ManyCards:
    """The atlas's cards over and over, as if it had 20,000 (names end in #n)."""

    def __init__(self, maker: QuestionMaker) -> None:
        self._maker = maker
        own = maker.cards(Deck("all"))
        self._cards = [f"{own[n % len(own)]}#{n}" for n in range(CARDS)]

    def cards(self, deck: Deck) -> list[str]:
        return self._cards

    def make(
        self,
        card: str,
        seed: int,
        difficulty: Difficulty = Difficulty.OPTIONS,
        figure: Figure = Figure.MALE,
    ) -> Question | None:
        made = self._maker.make(card.partition("#")[0], seed, difficulty, figure)
        if made is None:
            return None
        from dataclasses import replace

        return replace(made, card=card)

    def knows(self, card: str) -> bool:
        return self._maker.knows(card.partition("#")[0])

    def muscle_of(self, card: str) -> str:
        return self._maker.muscle_of(card.partition("#")[0])

    def body_part_of(self, card: str) -> str:
        return self._maker.body_part_of(card.partition("#")[0])


@pytest.fixture(scope="module")
def maker(atlas: Any) -> QuestionMaker:
    made = QuestionMaker(atlas)
    made.prepare()
    return made


@pytest.fixture(scope="module")
def many(maker: QuestionMaker) -> ManyCards:
    return ManyCards(maker)


@pytest.fixture(scope="module")
def filled(many: ManyCards, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudyFile]:
    """A file in which all 20,000 cards were answered over the last weeks."""
    file = StudyFile(tmp_path_factory.mktemp("study") / "study.sqlite")
    at = NOW - timedelta(days=20)
    review = Review("x", "x", at, 3, 1.0, 5.0)
    state = reviewed(CardState("x", at), review, StudySettings())
    rows = [
        (
            card,
            (NOW - timedelta(days=3) + timedelta(minutes=n)).timestamp(),
            at.timestamp(),
            at.timestamp(),
            3.0,
            state.state,
        )
        for n, card in enumerate(many.cards(Deck("all")))
    ]
    file._db.execute("BEGIN")
    file._db.executemany("INSERT INTO card VALUES (?, ?, ?, ?, ?, ?)", rows)
    file._db.executemany(
        "INSERT INTO review (card, question, at, rating, score, seconds, practice) VALUES (?, ?, ?, 3, 1, 5, 0)",
        [(row[0], row[0], row[2]) for row in rows],
    )
    file._db.execute("COMMIT")
    yield file
    file.close()


@pytest.fixture
def study(many: ManyCards, filled: StudyFile) -> Study:
    return Study(many, filled, NOW)


def test_opening_progress(benchmark: Callable[..., Any], many: ManyCards, filled: StudyFile) -> None:
    made = benchmark(lambda: Study(many, filled, NOW))
    assert len(made.states) == CARDS


def test_saving_an_answer(benchmark: Any, study: Study, maker: QuestionMaker) -> None:
    question = study.maker.make(study.maker.cards(Deck("all"))[0], 1)
    assert question is not None
    before = len(study.progress.reviews())
    at = iter(range(10**6))
    benchmark(lambda: study.record(question, Grade(1.0, True, ""), 5.0, NOW + timedelta(seconds=next(at))))
    assert len(study.progress.reviews()) > before


def test_beginning_a_sitting(benchmark: Any, study: Study) -> None:
    session = benchmark(lambda: study.begin(Deck("all"), NOW))
    assert session.planned > 4000


def test_the_next_question(benchmark: Any, study: Study) -> None:
    session = study.begin(Deck("all"), NOW)
    assert benchmark(lambda: session.next(NOW)) is not None


def test_answer_and_next_question_together(benchmark: Any, study: Study) -> None:
    session = study.begin(Deck("all"), NOW)
    question = session.next(NOW)

    def step() -> None:
        nonlocal question
        assert question is not None
        session.answer(question, Grade(1.0, True, ""), 5.0, NOW)
        question = session.next(NOW)

    benchmark(step)


def test_counting_today(benchmark: Any, study: Study) -> None:
    assert benchmark(lambda: study.today(Deck("all"), NOW)).cards == CARDS


def test_progress_by_body_part(benchmark: Any, study: Study) -> None:
    assert len(benchmark(lambda: study.by_body_part(NOW))) >= 10


def test_measuring_the_views(benchmark: Any, atlas: Any) -> None:
    def measure() -> int:
        made = QuestionMaker(atlas)
        made.prepare()
        return len(made.cards(Deck("all")))

    assert benchmark.pedantic(measure, rounds=1) > 1500


def test_next_question_on_screen(benchmark: Any, atlas: Any, qapp: Any, tmp_path: Path) -> None:
    """From Enter to the painted map and words; the next map was made ready beneath while the answer was read."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from myomap.bootstrap import make_context, make_window
    from myomap.gui.map.zone_paths import ZonePaths  # noqa: F401
    from myomap.gui.study.place import StudyPlace

    context = make_context(tmp_path)
    window = make_window(context)
    window.resize(1440, 900)
    file = StudyFile(tmp_path / "study.sqlite")
    place = StudyPlace(context, lambda: file, lambda: tmp_path, lambda _: Deck("x"), lambda *_: b"")
    try:
        window.show()
        window.set_atlas(atlas)
        window.add_place("study", "Study", "study", place)
        window.go_to("study")
        place.set_atlas(window.atlas_place.zones)

        def idle() -> None:
            end = time.monotonic() + 30

            def is_waiting() -> bool:
                beneath = place.ask.map._faces[1] if place.ask.is_answered else None
                is_sharp = beneath is None or beneath.question is None or beneath.view.settled
                return context.pool.busy or not place.maker or not is_sharp

            while is_waiting() and time.monotonic() < end:
                QApplication.processEvents()
                time.sleep(0.002)
            for _ in range(5):
                QApplication.processEvents()

        idle()
        assert place.study is not None
        place.study.change_settings(StudySettings(new_per_day=9999))
        place.start()

        def answer() -> None:
            place.ask._on_skip()
            idle()

        def show_next() -> None:
            place.ask.go_on()
            window.repaint()
            place.ask.map.front.view.viewport().repaint()

        benchmark.pedantic(show_next, setup=answer, rounds=30 if not benchmark.disabled else 3)
        assert place.ask.question is not None
    finally:
        context.pool.stop()
        file.close()
        window.close()
        window.deleteLater()
