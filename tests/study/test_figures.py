"""Questions on the female figure: the same answer, the same place; what she has no view of stays on the male one."""

from collections import Counter
from typing import Any

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer
from myomap.anatomy.views import Figure
from myomap.study.decks import Deck, Difficulty
from myomap.study.figures import Figures, wanted_figure
from myomap.study.makers import QuestionMaker


def test_every_card_has_a_fair_question_on_both_sides_and_figures(atlas: Any, maker: QuestionMaker) -> None:
    """Nothing remembers what turned out to be unfair: a deck has only what can be asked, in any order."""
    cards = maker.cards(Deck("all"))
    asked: Counter[Laterality] = Counter()
    for number, card in enumerate(cards):
        seeds = {maker.side_of(card, seed): seed for seed in range(40)}
        assert seeds.keys() in ({Laterality.RIGHT, Laterality.LEFT}, {Laterality.MIDLINE}) or _is_one_sided(
            atlas, card
        )
        for side, seed in seeds.items():
            made = maker.make(card, seed, figure=tuple(Figure)[number % 2])
            assert made is not None, (card, seed)
            assert made.laterality is side
            asked[side] += 1
    assert asked[Laterality.RIGHT] > 2000 < asked[Laterality.LEFT]
    assert maker.cards(Deck("all")) == cards


def _is_one_sided(atlas: Any, card: str) -> bool:
    point = atlas.trigger_points.get(card.partition(":")[2])
    return point is not None and point.only is not None


def test_the_female_figure_is_asked_the_same_and_shows_what_is_asked(
    atlas: Any, maker: QuestionMaker
) -> None:
    drawn: Counter[str] = Counter()
    for card in maker.cards(Deck("all"))[::3]:
        male = maker.make(card, 4)
        female = maker.make(card, 4, Difficulty.OPTIONS, Figure.FEMALE)
        assert male is not None
        assert female is not None
        assert (female.prompt, female.options, female.right) == (male.prompt, male.options, male.right)
        if not female.view:
            continue
        view = atlas.views[female.view]
        drawn[str(view.figure)] += 1
        assert (wanted_figure(male), wanted_figure(female)) == (Figure.MALE, Figure.FEMALE)
        assert view.name == atlas.views[male.view].name, "the same part of the body, as large"
        assert {atlas.views[v].figure for v in female.also} <= {view.figure}
        keys = set(female.lit or female.after_lit)
        if female.layer is not Layer.SKIN and keys:
            assert keys & {o.key for o in atlas.outlines(female.view, female.layer)}, female.id
        for pattern in female.after_patterns:
            zone = atlas.zone(pattern.trigger_point, pattern.laterality).essential
            assert atlas.view_map(female.view).seen_of(zone), female.id
    assert drawn["female"] > 2 * drawn["male"] > 0


def test_a_question_on_the_female_figure_is_made_again_from_its_id(maker: QuestionMaker) -> None:
    made = maker.make("name_muscle:gluteus-maximus", 9, Difficulty.BARE, Figure.FEMALE)
    assert made is not None
    assert made.view.startswith("female.")
    assert maker.remake(made.id) == made
    assert maker.remake(made.id.removesuffix(":female")) != made
    assert maker.remake(made.id.replace("female", "other")) is None


def test_both_figures_come_in_turn_and_the_same_seed_gives_the_same(maker: QuestionMaker) -> None:
    deck = Deck("thigh", body_parts=frozenset({"thigh"}))
    made = list(maker.generate(deck, 12, 5, Figures.BOTH))
    assert made == list(maker.generate(deck, 12, 5, Figures.BOTH))
    figures = [q.id.endswith(":female") for q in made]
    assert figures == [bool(n % 2) for n in range(12)]
