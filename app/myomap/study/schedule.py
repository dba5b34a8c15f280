"""Spaced repetition with FSRS: when a card is due, and what an answer does to it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from myomap.study.questions import Grade

#: An answer that lies further than this in the future was given before the clock was set back.
AHEAD = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CardState:
    """What is remembered of one card. ``state`` is FSRS's JSON; empty for a new card."""

    card: str
    due: datetime
    state: str = ""
    first: datetime | None = None
    """When it was first answered."""
    last: datetime | None = None
    """When it was last answered."""
    stability: float = 0.0
    """Days until the chance to remember it falls to 90 %."""


@dataclass(frozen=True, slots=True)
class Review:
    """One answer, kept for ever so that the scheduler can be fitted again."""

    card: str
    question: str
    at: datetime
    rating: int
    """1 again, 2 hard, 3 good, 4 easy."""
    score: float
    seconds: float
    is_practice: bool = False
    """Asked again in the same sitting after a miss: kept, but it does not move the card's day."""


@dataclass(frozen=True, slots=True)
class StudySettings:
    """What the student aims at."""

    retention: float = 0.9
    new_per_day: int = 20
    parameters: tuple[float, ...] = ()
    """Fitted parameters; empty for FSRS's own."""


@lru_cache(maxsize=8)
def _scheduler(retention: float, parameters: tuple[float, ...], fuzz: bool) -> Any:
    import fsrs

    given: dict[str, Any] = {"parameters": parameters} if parameters else {}
    # No learning steps: what is missed comes again in the same sitting as practice, which does not
    # move its day. With FSRS's steps of minutes a simulated student needs 1.4 times the answers for
    # the same knowledge (tests/study/test_student.py).
    return fsrs.Scheduler(
        desired_retention=retention, enable_fuzzing=fuzz, learning_steps=(), relearning_steps=(), **given
    )


def rating_of(grade: Grade, seconds: float) -> int:
    """Return FSRS's rating of an answer: wrong is again, a half answer hard, slow good, quick easy."""
    if not grade.is_right:
        return 2 if grade.score >= 0.6 else 1
    return 4 if seconds < 4 else 3


def _noon(at: datetime) -> datetime:
    """Return the noon of a moment's day here, as if in UTC: FSRS counts whole days of 24 hours.

    Whoever sits down ten minutes earlier than yesterday has slept over it all the same.
    """
    local = at.astimezone()
    return datetime(local.year, local.month, local.day, 12, tzinfo=UTC)


def reviewed(state: CardState, review: Review, settings: StudySettings, *, fuzz: bool = True) -> CardState:
    """Return the card after a review. A clock that was set back counts as no time passed."""
    import fsrs

    scheduler = _scheduler(settings.retention, settings.parameters, fuzz)
    try:
        card = fsrs.Card.from_json(state.state) if state.state else fsrs.Card(card_id=1)
    except (ValueError, KeyError, TypeError):  # a damaged row: the card is learnt anew, the log is kept
        card = fsrs.Card(card_id=1)
    at = review.at.astimezone(UTC)
    if card.last_review is not None and state.last is not None:
        at = max(at, state.last.astimezone(UTC))
        card.last_review = _noon(state.last)
    day = _noon(at)
    card, _ = scheduler.review_card(card, fsrs.Rating(review.rating), day)
    due = at + (card.due - day)
    return CardState(state.card, due, card.to_json(), state.first or at, at, float(card.stability or 0.0))


def recall_chance(state: CardState, at: datetime, settings: StudySettings) -> float:
    """Return how likely the card is remembered now, 0-1; 0 for a new card (FSRS's forgetting curve)."""
    if state.last is None or state.stability <= 0:
        return 0.0
    scheduler = _scheduler(settings.retention, settings.parameters, True)
    decay = -float(scheduler.parameters[20])
    factor = 0.9 ** (1 / decay) - 1
    days = max(0.0, (at - state.last).total_seconds() / 86400)
    return float((1 + factor * days / state.stability) ** decay)


def moved_from_the_future(states: Iterable[CardState], now: datetime) -> list[CardState]:
    """Return anew the cards that were answered after ``now``: the clock was set back.

    Each keeps its memory and its interval, counted from now on; otherwise it would wait until the
    clock has caught up.
    """
    moved = []
    for each in states:
        if each.last is None or each.last <= now + AHEAD:
            continue
        by = each.last - now
        held = json.loads(each.state)
        held["due"] = (each.due - by).astimezone(UTC).isoformat()
        held["last_review"] = now.astimezone(UTC).isoformat()
        moved.append(replace(each, due=each.due - by, last=now, state=json.dumps(held)))
    return moved
