"""Spaced repetition with FSRS: when a card is due, and what an answer does to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from myomap.study.questions import Grade


@dataclass(frozen=True, slots=True)
class CardState:
    """What is remembered of one card. ``state`` is FSRS's JSON; empty for a new card."""

    card: str
    due: datetime
    state: str = ""


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
    return fsrs.Scheduler(desired_retention=retention, enable_fuzzing=fuzz, **given)


def rating_of(grade: Grade, seconds: float) -> int:
    """Return FSRS's rating of an answer: wrong is again, a half answer hard, slow good, quick easy."""
    if not grade.is_right:
        return 2 if grade.score >= 0.6 else 1
    return 4 if seconds < 4 else 3


def reviewed(state: CardState, review: Review, settings: StudySettings, *, fuzz: bool = True) -> CardState:
    """Return the card after a review. A clock that was set back counts as no time passed."""
    import fsrs

    scheduler = _scheduler(settings.retention, settings.parameters, fuzz)
    card = fsrs.Card.from_json(state.state) if state.state else fsrs.Card(card_id=1)
    at = review.at.astimezone(UTC)
    if card.last_review is not None and at < card.last_review:
        at = card.last_review
    card, _ = scheduler.review_card(card, fsrs.Rating(review.rating), at)
    return CardState(state.card, card.due, card.to_json())


def recall_chance(state: CardState, at: datetime, settings: StudySettings) -> float:
    """Return how likely the card is remembered now, 0-1; 0 for a new card."""
    if not state.state:
        return 0.0
    import fsrs

    card = fsrs.Card.from_json(state.state)
    scheduler = _scheduler(settings.retention, settings.parameters, True)
    return float(scheduler.get_card_retrievability(card, at.astimezone(UTC)))


def refitted(reviews: Sequence[Review], settings: StudySettings) -> StudySettings:
    """Return settings with parameters fitted to the log, unchanged where fitting is not installed.

    FSRS's optimizer needs PyTorch, which the program does not ship; with under 400 reviews it would
    not change anything either.
    """
    if len(reviews) < 400:
        return settings
    try:
        import fsrs

        numbers = {card: n for n, card in enumerate(sorted({r.card for r in reviews}), 1)}
        logs = [
            fsrs.ReviewLog(
                numbers[r.card], fsrs.Rating(r.rating), r.at.astimezone(UTC), int(r.seconds * 1000)
            )
            for r in reviews
        ]
        fitted = tuple(fsrs.Optimizer(logs).compute_optimal_parameters())
    except (ImportError, TypeError):
        return settings
    return StudySettings(settings.retention, settings.new_per_day, fitted)
