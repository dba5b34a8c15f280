"""Decks as plain values, for the file of progress and for exams."""

from collections.abc import Mapping
from typing import Any

from myomap.anatomy.structures import Layer
from myomap.study.decks import Deck, Difficulty
from myomap.study.questions import QuestionKind

_SETS = ("body_parts", "nerves", "joints", "muscles", "cards")


def deck_values(deck: Deck) -> dict[str, Any]:
    """Return a deck as what JSON knows."""
    made: dict[str, Any] = {"name": deck.name, "difficulty": str(deck.difficulty)}
    made |= {name: sorted(getattr(deck, name)) for name in _SETS}
    made["layers"] = sorted(str(each) for each in deck.layers)
    made["kinds"] = sorted(str(each) for each in deck.kinds)
    return made


def deck_from(values: Mapping[str, Any]) -> Deck:
    """Return the deck that ``deck_values`` wrote; ValueError, KeyError or TypeError for anything else."""
    kinds = frozenset(QuestionKind(each) for each in values["kinds"])
    sets = {name: _words(values.get(name, ())) for name in _SETS}
    return Deck(
        name=str(values["name"]),
        layers=frozenset(Layer(each) for each in values.get("layers", ())),
        kinds=kinds or frozenset(QuestionKind),
        difficulty=Difficulty(values["difficulty"]),
        **sets,
    )


def _words(given: Any) -> frozenset[str]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise ValueError("a list of words is expected")
    return frozenset(given)
