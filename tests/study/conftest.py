"""One question maker for all tests: measuring the views takes seconds."""

from typing import Any

import pytest

from myomap.study.decks import Deck, Difficulty
from myomap.study.makers import QuestionMaker
from myomap.study.questions import Question, QuestionKind

#: Seed and difficulty of the generated questions, with the kinds that a difficulty changes: over 5,000.
MADE = (
    (11, Difficulty.OPTIONS, frozenset(QuestionKind)),
    (12, Difficulty.BARE, frozenset(QuestionKind)),
    (
        11,
        Difficulty.LETTER,
        frozenset({QuestionKind.NAME_MUSCLE, QuestionKind.NAME_POINT, QuestionKind.POINT_TO}),
    ),
)


@pytest.fixture(scope="session")
def maker(atlas: Any) -> QuestionMaker:
    made = QuestionMaker(atlas)
    made.prepare()
    return made


@pytest.fixture(scope="session")
def questions(maker: QuestionMaker) -> list[Question]:
    return [
        question
        for seed, difficulty, kinds in MADE
        for card in maker.cards(Deck("all", kinds=kinds))
        if (question := maker.make(card, seed, difficulty)) is not None
    ]
