"""What is due, what comes next, and what the clock or an older atlas do to progress."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from myomap.errors import MyomapError
from myomap.store.study_file import StudyFile
from myomap.study.decks import Deck, Difficulty
from myomap.study.figures import Figures
from myomap.study.makers import QuestionMaker
from myomap.study.questions import Grade, QuestionKind
from myomap.study.schedule import CardState, Review, StudySettings
from myomap.study.session import Session, Study, local_day

NOW = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
HAND = Deck("hand", body_parts=frozenset({"hand"}))
RIGHT, WRONG = Grade(1.0, True, ""), Grade(0.0, False, "")


@pytest.fixture
def progress(tmp_path: Path) -> Iterator[StudyFile]:
    opened = StudyFile(tmp_path / "study.sqlite")
    yield opened
    opened.close()


def sit(session: Session, now: datetime, grade: Callable[[str], Grade], most: int = 500) -> list[str]:
    asked = []
    while len(asked) < most and (question := session.next(now)) is not None:
        asked.append(question.card)
        now += timedelta(seconds=9)
        session.answer(question, grade(question.card), 9.0, now)
    return asked


def test_a_new_student_gets_the_days_number_of_new_cards_and_no_more(
    maker: QuestionMaker, progress: StudyFile
) -> None:
    study = Study(maker, progress, NOW)
    today = study.today(HAND, NOW)
    assert (today.due, today.new, today.learnt, today.streak) == (0, 20, 0, 0)
    asked = sit(study.begin(HAND, NOW), NOW, lambda _: RIGHT)
    assert len(asked) == 20
    assert len(set(asked)) == 20
    after = study.today(HAND, NOW + timedelta(minutes=5))
    assert (after.due, after.new, after.done, after.streak) == (0, 0, 20, 1)
    assert study.begin(HAND, NOW).next(NOW) is None
    more = sit(study.begin(HAND, NOW, more_new=5), NOW, lambda _: RIGHT)
    assert len(more) == 5
    assert not set(more) & set(asked)


def test_a_muscle_is_named_before_it_is_asked_about(maker: QuestionMaker, progress: StudyFile) -> None:
    study = Study(maker, progress, NOW)
    study.change_settings(StudySettings(new_per_day=200))
    asked = sit(study.begin(HAND, NOW), NOW, lambda _: RIGHT)
    seen: dict[str, list[str]] = {}
    for card in asked:
        seen.setdefault(maker.muscle_of(card), []).append(card.partition(":")[0])
    named = [kinds for kinds in seen.values() if "name_muscle" in kinds]
    assert named
    assert all(kinds[0] == "name_muscle" for kinds in named)


def test_what_was_missed_comes_again_in_the_sitting_but_not_for_ever(
    maker: QuestionMaker, progress: StudyFile
) -> None:
    study = Study(maker, progress, NOW)
    first: list[str] = []

    def once(card: str) -> Grade:
        if not first:
            first.append(card)
            return WRONG
        return RIGHT

    asked = sit(study.begin(HAND, NOW), NOW, once)
    assert asked.count(first[0]) == 2
    assert asked.index(first[0], 1) > 3, "not at once"
    reviews = [r for r in progress.reviews() if r.card == first[0]]
    assert [r.is_practice for r in reviews] == [False, True]
    state = progress.states()[first[0]]
    assert state.last == reviews[0].at, "practice does not move the card's day"
    stubborn = sit(
        study.begin(Deck("leg", body_parts=frozenset({"leg"})), NOW, more_new=3), NOW, lambda _: WRONG
    )
    assert len(stubborn) == 3 * 4


def test_known_cards_come_later_and_later_unknown_ones_the_next_day(
    maker: QuestionMaker, progress: StudyFile
) -> None:
    study = Study(maker, progress, NOW)
    question = maker.make("name_muscle:masseter", 1)
    assert question is not None
    gaps = []
    now = NOW
    for _ in range(5):
        study.record(question, RIGHT, 9.0, now)
        due = study.states[question.card].due
        gaps.append((due - now).days)
        now = due
    assert gaps == sorted(gaps)
    assert gaps[-1] > 20
    study.record(question, WRONG, 9.0, now)
    assert (study.states[question.card].due - now).days < gaps[-1] / 10


def test_streak_counts_days_and_yesterday_still_holds(maker: QuestionMaker, progress: StudyFile) -> None:
    question = maker.make("nerve:deltoid", 1)
    assert question is not None
    study = Study(maker, progress, NOW)
    for day in (0, 1, 2, 4):
        study.record(question, RIGHT, 9.0, NOW + timedelta(days=day))
    assert study.streak(NOW + timedelta(days=2)) == 3
    assert study.streak(NOW + timedelta(days=3)) == 3, "today is not over yet"
    assert study.streak(NOW + timedelta(days=5)) == 1
    assert study.streak(NOW + timedelta(days=9)) == 0
    again = Study(maker, progress, NOW + timedelta(days=4))
    assert again.streak(NOW + timedelta(days=4)) == 1
    assert again.days[local_day(NOW)].answers == 1


def test_settings_change_how_soon_cards_come(maker: QuestionMaker, tmp_path: Path) -> None:
    random.seed(5)
    gaps = {}
    for aim in (0.8, 0.95):
        progress = StudyFile(tmp_path / f"{aim}.sqlite")
        study = Study(maker, progress, NOW)
        study.change_settings(StudySettings(retention=aim))
        now = NOW
        question = maker.make("nerve:deltoid", 1)
        assert question is not None
        for _ in range(4):
            study.record(question, RIGHT, 9.0, now)
            now = study.states[question.card].due
        gaps[aim] = now - NOW
        assert Study(maker, progress, now).settings.retention == aim
        progress.close()
    assert gaps[0.8] > 2 * gaps[0.95]


def test_progress_by_body_part_counts_and_fades(maker: QuestionMaker, progress: StudyFile) -> None:
    study = Study(maker, progress, NOW)
    sit(study.begin(HAND, NOW), NOW, lambda _: RIGHT)
    parts = {p.body_part: p for p in study.by_body_part(NOW + timedelta(hours=1))}
    assert parts["hand"].learnt == 20
    assert parts["hand"].recall > 0.9
    assert parts["head"].learnt == 0
    assert parts["head"].known == 0
    later = {p.body_part: p for p in study.by_body_part(NOW + timedelta(days=60))}
    assert later["hand"].recall < 0.9
    forecast = study.forecast(NOW)
    assert sum(n for _, n in forecast) == 20


def test_what_was_just_missed_is_not_counted_as_known(maker: QuestionMaker, progress: StudyFile) -> None:
    """Right after an answer everything is remembered: what is shown is tomorrow."""
    study = Study(maker, progress, NOW)
    sit(study.begin(HAND, NOW), NOW, lambda _: WRONG)
    parts = {p.body_part: p for p in study.by_body_part(NOW)}
    assert parts["hand"].learnt == 20
    assert parts["hand"].recall < 0.8


def test_a_clock_set_back_a_year_is_said_and_loses_nothing(maker: QuestionMaker, progress: StudyFile) -> None:
    study = Study(maker, progress, NOW)
    asked = sit(study.begin(HAND, NOW), NOW, lambda _: RIGHT)
    before = dict(study.states)
    log = progress.reviews()
    year_ago = NOW - timedelta(days=365)
    back = Study(maker, progress, year_ago)
    assert "clock" in back.clock_words
    assert "No progress is lost" in back.clock_words
    assert progress.reviews() == log
    for card in asked:
        old, new = before[card], back.states[card]
        assert new.stability == old.stability
        assert new.due - year_ago == pytest.approx(old.due - old.last, abs=timedelta(seconds=1))
    due_day = min(s.due for s in back.states.values())
    assert back.today(HAND, due_day).due > 0, "cards come due by the new clock"
    question = maker.make(asked[0], 3)
    assert question is not None
    back.record(question, RIGHT, 9.0, due_day)
    # the clock is put right again: said no more, nothing lost, cards are merely overdue
    again = Study(maker, progress, NOW)
    assert again.clock_words == ""
    assert len(again.states) == len(before)
    assert len(progress.reviews()) == len(log) + 1


def test_cards_of_an_older_atlas_are_left_out_and_kept(maker: QuestionMaker, progress: StudyFile) -> None:
    study = Study(maker, progress, NOW)
    known = maker.make("name_muscle:masseter", 1)
    assert known is not None
    study.record(known, RIGHT, 9.0, NOW)
    state = study.states[known.card]
    for gone in ("who_refers:removed-muscle-1", "name_muscle:removed", "a_kind_of_the_future:masseter"):
        progress.save(Review(gone, "q", NOW, 3, 1.0, 5.0), type(state)(gone, NOW, state.state, NOW, NOW, 3.0))
    later = NOW + timedelta(days=30)
    again = Study(maker, progress, later)
    assert len(again.gone()) == 3
    assert len(again.states) == 4
    everything = Deck("Everything")
    assert again.today(everything, later).due == 1
    assert "removed" not in " ".join(sit(again.begin(everything, later), later, lambda _: RIGHT, 30))
    assert set(progress.states()) >= {"who_refers:removed-muscle-1"}


def test_a_failed_save_changes_nothing_and_says_so(
    maker: QuestionMaker, progress: StudyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(maker, progress, NOW)
    question = maker.make("name_muscle:masseter", 1)
    assert question is not None

    def full(*_: Any) -> None:
        raise MyomapError("The disk is full.")

    monkeypatch.setattr(progress, "save", full)
    with pytest.raises(MyomapError):
        study.record(question, RIGHT, 9.0, NOW)
    assert study.states == {}
    assert study.today(HAND, NOW).done == 0
    monkeypatch.undo()
    study.record(question, RIGHT, 9.0, NOW)
    assert len(progress.reviews()) == 1


def test_kinds_of_a_deck_are_kept_to_in_a_sitting(maker: QuestionMaker, progress: StudyFile) -> None:
    deck = Deck("nerves", kinds=frozenset({QuestionKind.NERVE}), difficulty=Difficulty.BARE)
    asked = sit(Study(maker, progress, NOW).begin(deck, NOW), NOW, lambda _: RIGHT)
    assert len(asked) == 20
    assert all(card.startswith("nerve:") for card in asked)


def test_a_card_whose_state_is_damaged_is_learnt_anew(maker: QuestionMaker, progress: StudyFile) -> None:
    study = Study(maker, progress, NOW)
    question = maker.make("name_muscle:masseter", 1)
    assert question is not None
    for bad in ("rubbish", "{}", '{"card_id": "x"}'):
        study.states[question.card] = CardState(question.card, NOW, bad, NOW, NOW, 2.0)
        study.record(question, RIGHT, 9.0, NOW)
        assert study.states[question.card].due > NOW


def test_what_was_remembered_and_the_steering_outlast_the_window(
    maker: QuestionMaker, progress: StudyFile
) -> None:
    chance = random.Random(2)
    study = Study(maker, progress, NOW)
    for day in range(14):
        now = NOW + timedelta(days=day)
        sit(study.begin(HAND, now), now, lambda _: RIGHT if chance.random() < 0.7 else WRONG)
    later = NOW + timedelta(days=14)
    study.begin(HAND, later)
    assert study.steering.pull > 0.01, "too little is remembered: the cards come sooner"
    count, share = study.remembered
    assert count > 100
    assert 0.6 < share < 0.8
    again = Study(maker, progress, later)
    assert again.steering == study.steering
    assert again.remembered == (count, share)
    assert again.slept_over == study.slept_over == again._counted
    again.begin(HAND, later)
    assert again.steering == study.steering, "no new answer, no step"
    again.change_settings(StudySettings(0.8), later)
    assert Study(maker, progress, later).remembered == (0, 0.0), "another aim is looked at anew"


def test_the_figure_is_remembered(maker: QuestionMaker, progress: StudyFile) -> None:
    study = Study(maker, progress, NOW, Figures.FEMALE)
    assert study.figures is Figures.FEMALE, "as the atlas shows it, until something is chosen"
    study.change_figures(Figures.BOTH)
    assert Study(maker, progress, NOW, Figures.MALE).figures is Figures.BOTH
    session = study.begin(HAND, NOW)
    made = [session.next(NOW) for _ in range(4)]
    assert [q.id.endswith(":female") for q in made if q is not None] == [True, False, True, False]


def test_muscles_with_many_points_come_first(maker: QuestionMaker, progress: StudyFile) -> None:
    asked = sit(Study(maker, progress, NOW).begin(Deck("all"), NOW), NOW, lambda _: RIGHT)
    points = {m: len(maker.desk.points.get(m, ())) for m in {maker.muscle_of(card) for card in asked}}
    assert min(points.values()) >= 2, points
