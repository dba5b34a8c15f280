"""Fitting the schedule to one's own answers: offered with enough of them, compared, taken, undone."""

import random
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from myomap.gui.study import fit_card
from myomap.study.decks import Deck
from myomap.study.fitting import LEAST, Fit
from myomap.study.questions import Grade


@pytest.fixture
def practised(desk: Any) -> Any:
    """A student who remembers only three of four, over weeks."""
    study, chance = desk.place.study, random.Random(3)
    desk.file._db.execute("PRAGMA synchronous = OFF")
    day = 0
    while study.slept_over < LEAST + 60:
        now = desk.now - timedelta(days=120 - day)
        session = study.begin(Deck("all"), now)
        while (question := session.next(now)) is not None:
            now += timedelta(seconds=9)
            known = chance.random() < 0.75
            session.answer(question, Grade(float(known), known, ""), 9.0, now)
        day += 1
        assert day < 115
    return desk


def card_of(desk: Any) -> Any:
    desk.place.show_progress()
    desk.settle()
    return desk.place.stack.currentWidget().fit


def said(card: Any) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel))


def button(card: Any, words: str) -> QPushButton:
    return next(b for b in card.findChildren(QPushButton) if words in b.text())


def test_with_few_answers_it_says_how_many_are_needed(desk: Any) -> None:
    card = card_of(desk)
    assert not card.fit.isEnabled()
    assert f"{LEAST} answers on a later day are needed" in said(card)


def test_it_is_compared_taken_and_undone_and_no_answer_is_lost(practised: Any) -> None:
    desk, study = practised, practised.place.study
    reviews, before = desk.file.reviews(), dict(study.states)
    card = card_of(desk)
    assert "you aim at 90 %" in said(card)
    card.fit.click()
    desk.settle()
    assert "which the fit has not seen" in said(card)
    assert "log loss" in said(card)
    assert study.settings.parameters == (), "nothing is taken before it was compared"
    button(card, "Use the fitted").click()
    desk.settle()
    assert len(study.settings.parameters) == 21
    assert desk.file.settings() == study.settings
    assert study.steering.pull == 0.0
    fitted = dict(study.states)
    mean = sum(s.stability for s in fitted.values()) / len(fitted)
    assert mean < sum(s.stability for s in before.values()) / len(before), "this student forgets sooner"
    assert desk.file.reviews() == reviews
    card = desk.place.stack.currentWidget().fit
    assert "was fitted to your own answers" in said(card)
    button(card, "Back to the average").click()
    desk.settle()
    assert study.settings.parameters == ()
    for name, state in study.states.items():
        assert state.stability == pytest.approx(before[name].stability)
    assert desk.file.states().keys() == before.keys()


def test_a_fit_that_is_no_nearer_is_not_offered(practised: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    worse = Fit((1.0,) * 21, 0.3, 0.31, 0.001, 0.9, 0.91, 0.89, 120, 500)
    monkeypatch.setattr("myomap.study.fitting.fitted", lambda *_: worse)
    card = card_of(practised)
    card.fit.click()
    practised.settle()
    assert "no nearer" in said(card)
    assert not [b for b in card.findChildren(QPushButton) if "Use" in b.text()]
    button(card, "Leave it").click()
    assert card.fit.isEnabled()


@pytest.mark.parametrize(
    ("after", "words"), [(0.31, "no nearer"), (0.2995, "no more than chance"), (0.28, "it can be undone")]
)
def test_the_verdict_says_how_sure_it_is(after: float, words: str) -> None:
    fit = Fit((1.0,) * 21, 0.3, after, 0.001, 0.9, 0.88, 0.87, 120, 500)
    assert words in fit_card._verdict(fit)
