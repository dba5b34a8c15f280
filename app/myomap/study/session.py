"""What is due today, in which order, and what an answer does. Progress is kept behind a port (store)."""

import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from myomap.study.decks import Deck
from myomap.study.figures import Figures
from myomap.study.ports import DayCount, Maker, Progress
from myomap.study.questions import Grade, Question, QuestionKind
from myomap.study.schedule import (
    CardState,
    Review,
    StudySettings,
    moved_from_the_future,
    rating_of,
    recall_chance,
    reviewed,
)
from myomap.study.steering import LOOKED_AT, Steering

#: What was missed comes again after so many other questions, or at the end of the sitting …
BEFORE_AGAIN = 4
#: … at most so many times.
MOST_AGAIN = 3
#: So many reviews between two new cards.
BETWEEN_NEW = 3
#: A muscle with two or three times as many cards comes before one with fewer.
MANY_CARDS = 8
#: New muscles come in groups of so many, each group kind by kind.
GROUP = 4


@dataclass(frozen=True, slots=True)
class Today:
    """What a deck has for today."""

    due: int
    new: int
    done: int
    """Answers given today, in all decks."""
    streak: int
    """Days in a row with an answer, up to today or yesterday."""
    cards: int
    learnt: int
    """Cards of the deck that were ever answered."""


@dataclass(frozen=True, slots=True)
class PartProgress:
    """How one body part stands."""

    body_part: str
    cards: int
    learnt: int
    recall: float
    """Mean chance, 0-1, that a learnt card is remembered in a day; 0 where none is learnt."""

    @property
    def known(self) -> float:
        """The share of all cards that is probably known in a day, 0-1."""
        return self.recall * self.learnt / self.cards if self.cards else 0.0


def local_day(at: datetime) -> date:
    """Return the day of a moment by this computer's clock."""
    return at.astimezone().date()


def end_of_day(at: datetime) -> datetime:
    """Return the end of a moment's day by this computer's clock."""
    local = at.astimezone()
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


class Study:
    """All progress of one student, read once and held; every answer is saved at once."""

    def __init__(
        self, maker: Maker, progress: Progress, now: datetime, figures: Figures = Figures.MALE
    ) -> None:
        """Read the progress. Answers dated after ``now`` are moved: see ``clock_words``.

        ``figures`` are drawn until the student chooses.
        """
        self.maker = maker
        self.progress = progress
        self.settings = progress.settings()
        self.states = progress.states()
        self._days = progress.days()
        self.steering = Steering.read(progress.value("steering"))
        counted, lately = progress.slept_over(LOOKED_AT, self.steering.since)
        self._counted = counted
        self._lately = deque(lately, LOOKED_AT)
        kept = progress.value("figures")
        self.figures = Figures(kept) if kept in set(Figures) else figures
        self.clock_words = self._mind_the_clock(now)

    def _mind_the_clock(self, now: datetime) -> str:
        moved = moved_from_the_future(self.states.values(), now)
        if not moved:
            return ""
        last = max(s.last for s in self.states.values() if s.last is not None)
        words = (
            f"This computer's clock says {now.astimezone():%d %B %Y}, but {len(moved)} cards were answered after "
            f"that (the last on {last.astimezone():%d %B %Y}). No progress is lost: what you knew is kept, and "
            "these cards come back after the same number of days, counted from today."
        )
        self.progress.move(moved, words)
        self.states.update({s.card: s for s in moved})
        return words

    def change_settings(self, settings: StudySettings, now: datetime | None = None) -> None:
        """Keep what the student aims at; another aim or memory is steered to anew."""
        self.progress.keep_settings(settings)
        changed = (settings.retention, settings.parameters) != (
            self.settings.retention,
            self.settings.parameters,
        )
        self.settings = settings
        if changed:
            self._counted = 0
            self._lately.clear()
            self._steer(Steering(since=(now or datetime.now(UTC)).timestamp()))

    def change_figures(self, figures: Figures) -> None:
        """Keep on which figure questions are drawn."""
        self.progress.keep_value("figures", str(figures))
        self.figures = figures

    def _steer(self, steering: Steering) -> None:
        if steering != self.steering:
            self.steering = steering
            self.progress.keep_value("steering", steering.written())

    def with_parameters(self, parameters: tuple[float, ...]) -> StudySettings:
        """Return the settings with another memory of the student; none is FSRS's average."""
        return replace(self.settings, parameters=parameters)

    def take_schedule(
        self, settings: StudySettings, states: Sequence[CardState], why: str, now: datetime
    ) -> None:
        """Use another schedule and its cards (`fitting.replayed`). The log of answers stays as it is."""
        self.progress.move(states, why)
        self.states.update({s.card: s for s in states})
        self.change_settings(settings, now)

    @property
    def slept_over(self) -> int:
        """Return how many answers of later days there ever were, whatever the aim was."""
        return self.progress.slept_over(1, 0.0)[0]

    @property
    def remembered(self) -> tuple[int, float]:
        """Return how many of the latest answers of later days are looked at, and the share remembered."""
        count = len(self._lately)
        return count, sum(self._lately) / count if count else 0.0

    # -- counting ----------------------------------------------------------------------------------
    def today(self, deck: Deck, now: datetime) -> Today:
        """Count what a deck has for today."""
        cards = self.maker.cards(deck)
        end = end_of_day(now)
        known = [s for card in cards if (s := self.states.get(card)) is not None]
        left = max(0, self.settings.new_per_day - self._begun_today(now))
        return Today(
            due=sum(1 for s in known if s.due < end),
            new=min(left, len(cards) - len(known)),
            done=self._days.get(local_day(now), DayCount(0, 0)).answers,
            streak=self.streak(now),
            cards=len(cards),
            learnt=len(known),
        )

    def _begun_today(self, now: datetime) -> int:
        end = end_of_day(now)
        start = end - timedelta(days=1)
        return sum(1 for s in self.states.values() if s.first is not None and start <= s.first < end)

    def streak(self, now: datetime) -> int:
        """Count the days in a row with an answer, up to today (or yesterday: today is not over)."""
        day = local_day(now)
        if day not in self._days:
            day -= timedelta(days=1)
        count = 0
        while day in self._days:
            count += 1
            day -= timedelta(days=1)
        return count

    def gone(self) -> list[str]:
        """Return the cards with progress that this atlas has no subject for (it is kept)."""
        return [card for card in self.states if not self.maker.knows(card)]

    @property
    def days(self) -> Mapping[date, DayCount]:
        """Answers by day."""
        return self._days

    def forecast(self, now: datetime, days: int = 14) -> list[tuple[date, int]]:
        """Return how many known cards come due on each of the next days; what is overdue counts today."""
        today = local_day(now)
        counts = dict.fromkeys((today + timedelta(days=n) for n in range(days)), 0)
        for state in self.states.values():
            day = max(today, local_day(state.due))
            if day in counts:
                counts[day] += 1
        return list(counts.items())

    def by_body_part(self, now: datetime) -> list[PartProgress]:
        """Return how each body part stands, in the order of the atlas.

        By what will be remembered tomorrow: right after an answer everything is, what was missed too.
        """
        tomorrow = now + timedelta(days=1)
        cards: dict[str, int] = {}
        chances: dict[str, list[float]] = {}
        for card in self.maker.cards(Deck("all")):
            part = self.maker.body_part_of(card)
            cards[part] = cards.get(part, 0) + 1
            state = self.states.get(card)
            if state is not None:
                chances.setdefault(part, []).append(recall_chance(state, tomorrow, self.settings))
        made = []
        for part, count in cards.items():
            known = chances.get(part, [])
            made.append(PartProgress(part, count, len(known), sum(known) / len(known) if known else 0.0))
        return made

    # -- asking ------------------------------------------------------------------------------------
    def begin(self, deck: Deck, now: datetime, *, more_new: int = 0) -> "Session":
        """Begin what a deck has for today; ``more_new`` cards beyond the day's number."""
        self._steer(self.steering.step(self.settings.retention, tuple(self._lately), self._counted))
        return Session(self, deck, now, more_new)

    def record(
        self, question: Question, grade: Grade, seconds: float, now: datetime, *, is_practice: bool = False
    ) -> Review:
        """Save an answer at once and return it. MyomapError when it could not be saved: nothing changed."""
        before = self.states.get(question.card) or CardState(question.card, now)
        review = Review(
            question.card,
            question.id,
            now.astimezone(UTC),
            rating_of(grade, seconds),
            grade.score,
            round(seconds, 2),
            is_practice,
        )
        after = before if is_practice else reviewed(before, review, self.steering.steered(self.settings))
        self.progress.save(review, after)
        if before.last is not None and not is_practice and local_day(before.last) < local_day(now):
            self._counted += 1
            self._lately.append(review.rating > 1)
        self.states[question.card] = after
        held = self._days.get(local_day(now), DayCount(0, 0))
        self._days[local_day(now)] = DayCount(held.answers + 1, held.right + (review.rating > 1))
        return review


class Session:
    """The questions of one sitting, one after the other."""

    def __init__(self, study: Study, deck: Deck, now: datetime, more_new: int = 0) -> None:
        self._study = study
        self.deck = deck
        self._count = 0
        self._again: list[tuple[str, int]] = []
        self._missed: dict[str, int] = {}
        cards = study.maker.cards(deck)
        end = end_of_day(now)
        states = study.states
        due = sorted((c for c in cards if c in states and states[c].due < end), key=lambda c: states[c].due)
        left = max(0, study.settings.new_per_day - study._begun_today(now)) + more_new
        fresh = in_teaching_order([c for c in cards if c not in states], study.maker, deck.name)
        self._due = due
        self._new = fresh
        self._new_left = left
        self.answered = 0
        self.right = 0
        self.planned = len(due) + min(left, len(fresh))

    @property
    def left(self) -> int:
        """How many questions are still to come, as far as is known now."""
        return len(self._due) + min(self._new_left, len(self._new)) + len(self._again)

    def next(self, now: datetime) -> Question | None:
        """Return the next question; None when the day's work is done."""
        self._count += 1
        while (card := self._pick(now)) is not None:
            figure = self._study.figures.at(self._count)
            question = self._study.maker.make(card, self._seed(now), self.deck.difficulty, figure)
            if question is not None:
                return question
        return None

    def _seed(self, now: datetime) -> int:
        return local_day(now).toordinal() * 1000 + self._count

    def _pick(self, now: datetime) -> str | None:
        if self._again and self._again[0][1] <= self._count:
            return self._again.pop(0)[0]
        if self._new and self._new_left > 0 and (not self._due or self._count % (BETWEEN_NEW + 1) == 0):
            return self._new.pop(0)  # the day's number counts what is answered: see `answer`
        if self._due:
            return self._due.pop(0)
        return self._again.pop(0)[0] if self._again else None

    def answer(self, question: Question, grade: Grade, seconds: float, now: datetime) -> Review:
        """Save an answer; a card that was missed comes again in this sitting, as practice."""
        card = question.card
        was_new = card not in self._study.states
        review = self._study.record(question, grade, seconds, now, is_practice=card in self._missed)
        self.answered += 1
        self.right += grade.is_right
        if was_new:
            self._new_left -= 1
        if review.rating == 1:
            self._missed[card] = self._missed.get(card, 0) + 1
            if self._missed[card] <= MOST_AGAIN:
                self._again.append((card, self._count + BEFORE_AGAIN + 1))
        return review


def in_teaching_order(cards: Iterable[str], maker: Maker, name: str) -> list[str]:
    """Order new cards: a few muscles at a time, each first named and pointed to, then asked about."""
    by_muscle: dict[str, list[str]] = {}
    for card in cards:
        by_muscle.setdefault(maker.muscle_of(card), []).append(card)
    muscles = list(by_muscle)
    random.Random(f"order:{name}").shuffle(muscles)
    # those with many trigger points, which practice meets most, come first
    muscles.sort(key=lambda muscle: -min(len(by_muscle[muscle]) // MANY_CARDS, 3))
    rank = {str(kind): n for n, kind in enumerate(_FIRST_TO_LAST)}
    ordered: list[str] = []
    for first in range(0, len(muscles), GROUP):
        group = [card for muscle in muscles[first : first + GROUP] for card in by_muscle[muscle]]
        ordered += sorted(group, key=lambda c: rank.get(c.partition(":")[0], 99))
    return ordered


_FIRST_TO_LAST = (
    QuestionKind.NAME_MUSCLE, QuestionKind.POINT_TO, QuestionKind.NAME_POINT, QuestionKind.WHO_REFERS,
    QuestionKind.WHICH_SIDE, QuestionKind.ACTION, QuestionKind.NERVE, QuestionKind.PAINT_ZONE,
    QuestionKind.SAFETY, QuestionKind.CASE, QuestionKind.ATTACHMENTS,
)  # fmt: skip
