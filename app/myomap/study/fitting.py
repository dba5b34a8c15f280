"""Fits the scheduler to one student's own log of answers, with numpy alone.

FSRS has 21 parameters; its own optimizer needs PyTorch and thousands of answers. A few hundred answers can
tell apart four things, so only these are fitted: how many times longer than the average this student
remembers, and, held nearer to FSRS's published averages, how long a new card lasts that was missed at first,
how much longer each lasts after a recall, how much is left after a miss. What is fitted is compared on
answers that it has not seen.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myomap.study.schedule import CardState, Review, StudySettings, reviewed

#: Fewer answers of later days than this say too little.
LEAST = 400
#: The latest share of the answers is held out, to compare on.
HELD_OUT = 0.25
#: How far (natural logarithm) each of the four may go, and how strongly it is held near the average.
MOST = 1.6
HOLD = (1.0, 12.0, 12.0, 12.0)
#: What is left after a miss grows with about this power of how long everything lasts.
LEFT_POWER = 0.74

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """What a fit came to. Losses are log losses for one answer, on those held out: smaller is nearer."""

    parameters: tuple[float, ...]
    before: float
    after: float
    give: float
    """The standard error of the difference between the two losses."""
    foretold_before: float
    """The share of the answers held out that was foretold to be remembered, before the fit …"""
    foretold_after: float
    """… and after it …"""
    remembered: float
    """… and the share that was."""
    held_out: int
    answers: int

    @property
    def is_better(self) -> bool:
        """Tell whether it foretells the answers held out better than what is in use."""
        return self.after < self.before

    @property
    def is_clear(self) -> bool:
        """Tell whether the difference is more than chance gives."""
        return abs(self.before - self.after) > self.give


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Answers in columns: row = card, column = its n-th answer. ``days`` since the one before."""

    rating: NDArray[np.int8]
    """0 where there is none."""
    days: _Array
    at: _Array


def log_of(reviews: Iterable[Review]) -> Log:
    """Return the answers that move a card's day (practice within a sitting does not)."""
    by_card: dict[str, list[Review]] = {}
    for each in sorted(reviews, key=lambda r: r.at):
        if not each.is_practice:
            by_card.setdefault(each.card, []).append(each)
    # by the day here, as the scheduler counts
    width = max((len(found) for found in by_card.values()), default=0)
    rating = np.zeros((len(by_card), width), np.int8)
    days, at = np.zeros(rating.shape), np.zeros(rating.shape)
    for row, found in enumerate(by_card.values()):
        dates = [each.at.astimezone().date().toordinal() for each in found]
        rating[row, : len(found)] = [each.rating for each in found]
        days[row, 1 : len(found)] = np.maximum(0, np.diff(dates))
        at[row, : len(found)] = [each.at.timestamp() for each in found]
    return Log(rating, days, at)


def chances(log: Log, parameters: Sequence[float]) -> _Array:
    """Return the chance with which each answer was foretold to be remembered; NaN where it is no test.

    FSRS-6's published formulas, all cards at once. An answer on the day of the one before is no test.
    """
    w = np.asarray(parameters, np.float64)
    factor = 0.9 ** (-1 / w[20]) - 1
    first_difficulty = w[4] - np.exp(w[5] * np.arange(4)) + 1
    told = np.full(log.rating.shape, np.nan)
    if not log.rating.size:
        return told
    rating = np.maximum(log.rating[:, 0].astype(np.int64), 1)
    stabilities = w[rating - 1].copy()
    difficulties = np.clip(first_difficulty[rating - 1], 1, 10)
    for column in range(1, log.rating.shape[1]):
        rows = np.flatnonzero(log.rating[:, column])  # fewer and fewer: most cards are answered a few times
        rating, days = log.rating[rows, column].astype(np.int64), log.days[rows, column]
        stability, difficulty, is_again = stabilities[rows], difficulties[rows], rating == 1
        chance = (1 + factor * days / stability) ** -w[20]
        told[rows, column] = np.where(days >= 1, chance, np.nan)
        bonus = np.where(rating == 2, w[15], np.where(rating == 4, w[16], 1.0))
        grown = stability * (
            1 + np.exp(w[8]) * (11 - difficulty) * stability ** -w[9] * np.expm1((1 - chance) * w[10]) * bonus
        )
        lost = np.minimum(
            w[11] * difficulty ** -w[12] * ((stability + 1) ** w[13] - 1) * np.exp((1 - chance) * w[14]),
            stability / np.exp(w[17] * w[18]),
        )
        same_day = np.exp(w[17] * (rating - 3 + w[18])) * stability ** -w[19]
        same_day = stability * np.where(is_again, same_day, np.maximum(same_day, 1))
        after = np.where(days < 1, same_day, np.where(is_again, lost, grown))
        harder = difficulty - w[6] * (rating - 3) * (10 - difficulty) / 9
        stabilities[rows] = np.clip(after, 0.001, 36500)
        difficulties[rows] = np.clip(w[7] * first_difficulty[3] + (1 - w[7]) * harder, 1, 10)
    return told


def _losses(log: Log, parameters: Sequence[float]) -> _Array:
    """Return each answer's log loss; NaN where it is no test."""
    told = np.clip(chances(log, parameters), 0.001, 0.999)
    loss: _Array = -np.where(log.rating > 1, np.log(told), np.log1p(-told))
    return loss


def moved(parameters: Sequence[float], by: Sequence[float]) -> tuple[float, ...]:
    """Return parameters (FSRS's own for none) with the handles moved: all, new and missed, growth, after a miss."""
    import fsrs
    from fsrs.scheduler import LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

    made = list(parameters or fsrs.scheduler.DEFAULT_PARAMETERS)
    longer, missed, growth, left = by
    made[0] *= math.exp(longer + missed)
    for number in (1, 2, 3):
        made[number] *= math.exp(longer)
    made[8] += growth + made[9] * longer
    made[11] *= math.exp(left + LEFT_POWER * longer)
    bounds = zip(made, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, strict=True)
    return tuple(float(min(high, max(low, value))) for value, low, high in bounds)


def fitted(reviews: Sequence[Review], settings: StudySettings) -> Fit | None:
    """Fit to the log; None where there are too few answers. A second or two: call it off the window's thread."""
    log = log_of(reviews)
    current = moved(settings.parameters, (0, 0, 0, 0))
    losses = _losses(log, current)
    tests = np.isfinite(losses)
    if tests.sum() < LEAST:
        return None
    latest = np.quantile(log.at[tests], 1 - HELD_OUT)
    learnt, held = tests & (log.at <= latest), tests & (log.at > latest)

    def cost(by: Sequence[float]) -> float:
        total = float(_losses(log, moved((), by))[learnt].sum())
        return total + sum(hold * each**2 for hold, each in zip(HOLD, by, strict=True))

    found = moved((), _lowest(cost))
    old, new = losses[held], _losses(log, found)[held]
    give = float((old - new).std() / math.sqrt(max(1, len(old))))
    told, foretold = (float(chances(log, each)[held].mean()) for each in (current, found))
    remembered = float((log.rating > 1)[held].mean())
    return Fit(
        found,
        float(old.mean()),
        float(new.mean()),
        give,
        told,
        foretold,
        remembered,
        len(old),
        int(tests.sum()),
    )


def _lowest(cost: Callable[[Sequence[float]], float]) -> tuple[float, ...]:
    """Return where a cost of four numbers is lowest: one after the other, in ever smaller steps."""
    at, step = [0.0, 0.0, 0.0, 0.0], 0.4
    least = cost(at)
    while step > 0.02:
        is_lower = False
        for handle in range(4):
            for by in (step, -step):
                tried = list(at)
                tried[handle] = min(MOST, max(-MOST, at[handle] + by))
                value = cost(tried)
                if value < least - 1e-9:
                    at, least, is_lower = tried, value, True
                    break
        if not is_lower:
            step /= 2
    return tuple(at)


def replayed(
    states: Mapping[str, CardState], reviews: Sequence[Review], settings: StudySettings
) -> list[CardState]:
    """Return the cards as the settings would have them after the log's answers.

    A card whose days were moved (the clock was set back) or whose log is not whole keeps its state.
    """
    by_card: dict[str, list[Review]] = {}
    for each in reviews:
        if not each.is_practice:
            by_card.setdefault(each.card, []).append(each)
    made = []
    for card, found in by_card.items():
        old = states.get(card)
        if old is None or old.last is None or abs((found[-1].at - old.last).total_seconds()) > 1:
            continue
        if old.first is None or abs((found[0].at - old.first).total_seconds()) > 1:
            continue
        state = CardState(card, found[0].at)
        for each in found:
            state = reviewed(state, each, settings, fuzz=False)
        made.append(state)
    return made
