"""One question maker for all tests: measuring the views takes seconds."""

from typing import Any

import pytest

from myomap.study.decks import Deck, Difficulty
from myomap.study.makers import QuestionMaker
from myomap.study.questions import Question

#: Seeds of the generated questions; two and three difficulties give well over 5,000.
SEEDS = (11, 12)


@pytest.fixture(scope="session")
def maker(atlas: Any) -> QuestionMaker:
    made = QuestionMaker(atlas)
    made.prepare()
    return made


@pytest.fixture(scope="session")
def questions(maker: QuestionMaker) -> list[Question]:
    cards = maker.cards(Deck("all"))
    return [
        question
        for seed, difficulty in zip(
            (*SEEDS, SEEDS[0]), (Difficulty.OPTIONS, Difficulty.BARE, Difficulty.LETTER), strict=True
        )
        for card in cards
        if (question := maker.make(card, seed, difficulty)) is not None
    ]
