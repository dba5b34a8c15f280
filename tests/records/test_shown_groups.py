"""Who compares maps of groups learns nothing of a few people; who uses them as they are meant is not stopped."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from myomap.records.group import Group, Wanted, Which, print_of
from myomap.records.shown_groups import MOST, Refusal, ShownGroups
from myomap.records.values import Sex
from myomap.surface.frequency import FrequencyMap, GroupMap

WOMEN, MEN = (Wanted(sexes=frozenset({sex})) for sex in (Sex.FEMALE, Sex.MALE))


def _ages(youngest: int | None, oldest: int | None) -> Wanted:
    return Wanted(youngest=youngest, oldest=oldest)


def _group(wanted: Wanted, people: Any, *, drawing: int = 0) -> Group:
    """Return a group of people by number, each with a drawing of their own (``drawing`` tells which)."""
    people = list(people)
    prints = [print_of(f"p{n}", np.array([n, 1000 + drawing], np.int32)) for n in people]
    counted = GroupMap(FrequencyMap(np.zeros(1, np.int64), len(people)), len(people), ())
    return Group(counted, wanted, 0, np.array(prints, np.uint64).reshape(-1, 2))


def _show(shown: ShownGroups, *groups: Group) -> list[bool]:
    """Ask for one group after another; return which were shown."""
    told = []
    for group in groups:
        found = shown.judge(group)
        told.append(found is group)
        if found is group:
            shown.remember(group)
    return told


def test_everybody_less_everybody_but_one_is_held_back_and_says_what_to_do() -> None:
    shown = ShownGroups()
    assert _show(shown, _group(Wanted(), range(40))) == [True]
    found = shown.judge(_group(_ages(None, 74), range(39)))
    assert isinstance(found, Refusal)
    assert "fewer than 5 people" in found.words
    assert "the last drawing of each patient" in found.words, "it says which map it is too much like"
    assert "Choose" in found.words
    assert "1" not in found.words, "how many they are is not told"


@pytest.mark.parametrize(("more", "shown_"), [(0, True), (1, False), (4, False), (5, True)])
def test_a_group_of_1_to_4_more_people_is_held_back_in_either_order(more: int, shown_: bool) -> None:
    small, large = _group(_ages(18, 74), range(20)), _group(_ages(18, None), range(20 + more))
    assert _show(ShownGroups(), small, large) == [True, shown_]
    assert _show(ShownGroups(), large, small) == [True, shown_]


def test_another_drawing_of_the_same_few_people_is_held_back_too() -> None:
    """First and last drawings are of the same people; only those with two visits differ."""
    first = _group(Wanted(Which.FIRST), range(30))
    for twice, told in ((3, False), (6, True)):
        later = _group(Wanted(), range(twice), drawing=1)
        rest = _group(Wanted(), range(twice, 30))
        last = replace(first, wanted=Wanted(), prints=np.concatenate([later.prints, rest.prints]))
        assert _show(ShownGroups(), first, last) == [True, told]


def test_everybody_less_women_less_men_is_held_back_where_few_are_left() -> None:
    for others, told in ((2, False), (0, True), (7, True)):
        shown = ShownGroups()
        everybody = _group(Wanted(), range(60 + others))
        women, men = _group(WOMEN, range(35)), _group(MEN, range(35, 60))
        assert _show(shown, everybody, women, men) == [True, True, told]


def test_the_last_band_of_age_that_would_leave_three_children_is_held_back() -> None:
    shown = ShownGroups()
    bands = [_group(_ages(at, at + 9), range(3 + at, 13 + at)) for at in range(0, 50, 10)]
    told = _show(shown, _group(Wanted(), range(53)), *bands)
    assert told == [True, True, True, True, True, False]
    found = shown.judge(bands[-1])
    assert isinstance(found, Refusal)
    assert "adds and subtracts" in found.words


def test_two_overlapping_groups_do_not_single_out_those_they_share() -> None:
    """women + over 60 - (women or over 60, which nobody can ask for) is not at hand: nothing is refused."""
    shown = ShownGroups()
    assert _show(shown, _group(Wanted(), range(60)), _group(WOMEN, range(30)),
                 _group(_ages(60, None), range(28, 45))) == [True] * 3  # fmt: skip


def test_ordinary_use_of_a_practice_is_not_stopped() -> None:
    """200 patients: everybody, women, men, bands of age, half years, burning pain, all again."""
    chance = np.random.default_rng(5)
    sex, age, day = chance.integers(0, 2, 200), chance.integers(18, 90, 200), chance.integers(0, 2, 200)
    everybody = np.arange(200)
    asked = [
        _group(Wanted(), everybody),
        _group(WOMEN, everybody[sex == 0]),
        _group(MEN, everybody[sex == 1]),
    ]
    for youngest, oldest in ((18, 29), (30, 44), (45, 59), (60, 74), (75, None)):
        who = everybody[(age >= youngest) & (age <= (oldest or 200))]
        asked.append(_group(_ages(youngest, oldest), who))
        asked.append(_group(replace(WOMEN, youngest=youngest, oldest=oldest), who[sex[who] == 0]))
    from datetime import date

    asked += [_group(Wanted(since=date(2026, 1, 1 + half)), everybody[day == half]) for half in (0, 1)]
    asked.append(_group(Wanted(intensity=6), range(90), drawing=2))
    assert all(_show(ShownGroups(), *asked, asked[0]))


def test_a_visit_during_the_day_does_not_shut_the_page() -> None:
    shown = ShownGroups()
    morning = _group(Wanted(), range(30))
    assert _show(shown, morning) == [True]
    assert shown.judge(_group(Wanted(), range(31))) is morning, "the map of the morning is shown once more"
    evening = _group(Wanted(), range(36))
    assert shown.judge(evening) is evening


def test_the_map_of_another_practice_is_never_shown_instead() -> None:
    """The window lives on when another practice is opened."""
    shown = ShownGroups()
    assert _show(shown, _group(Wanted(), range(100, 130)), _group(WOMEN, range(100, 112))) == [True, True]
    assert _show(shown, _group(Wanted(), range(8))) == [True]
    assert isinstance(shown.judge(_group(WOMEN, range(6))), Refusal)


def test_what_is_not_shown_is_not_remembered_and_memory_is_bounded() -> None:
    shown = ShownGroups()
    few, many = _group(WOMEN, range(4)), _group(Wanted(), range(30))
    shown.remember(few)
    shown.judge(many)
    assert len(shown) == 0
    for number in range(MOST + 5):
        shown.remember(_group(_ages(number, None), range(10 * number, 10 * number + 9)))
    assert len(shown) == MOST


def test_numbers_name_nobody_and_are_the_same_for_the_same_drawing() -> None:
    cells = np.array([1, 2, 3], np.int32)
    assert print_of("p1", cells) == print_of("p1", cells.copy())
    assert print_of("p1", cells)[1] == print_of("p1", cells[:2])[1]
    assert len({print_of("p1", cells), print_of("p1", cells[:2]), print_of("p2", cells)}) == 3


def test_sums_are_found_among_many_groups_of_many_people_in_reasonable_time() -> None:
    chance = np.random.default_rng(7)
    shown, people = ShownGroups(), np.arange(3000)
    asked = [_group(_ages(k, None), people[chance.random(3000) < 0.5]) for k in range(12)]
    assert all(_show(shown, *asked))
