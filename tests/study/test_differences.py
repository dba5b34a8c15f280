"""What is said of a wrong answer: whose it would be; nothing of what is right or no muscle."""

from typing import Any

import pytest

from myomap.anatomy.laterality import Laterality
from myomap.study.decks import Deck
from myomap.study.desk import are_many
from myomap.study.differences import difference, keys_of
from myomap.study.makers import QuestionMaker
from myomap.study.questions import QuestionKind

SAID = {
    QuestionKind.ACTION: "What you chose is what the",
    QuestionKind.ATTACHMENTS: "What you chose is where the",
    QuestionKind.NERVE: "What you chose supplies the",
    QuestionKind.NAME_MUSCLE: "",
    QuestionKind.WHO_REFERS: "refer",
    QuestionKind.CASE: "refer",
    QuestionKind.NAME_POINT: "refer",
}


@pytest.mark.parametrize("kind", list(SAID))
def test_every_wrong_option_is_told_by_its_muscle(
    atlas: Any, maker: QuestionMaker, kind: QuestionKind
) -> None:
    told = 0
    for card in maker.cards(Deck("x", kinds=frozenset({kind})))[::9]:
        question = maker.make(card, 3)
        assert question is not None
        for option in question.options:
            said = difference(atlas, question, option.id)
            if option.id in question.right:
                assert said == ""
                continue
            told += 1
            assert SAID[kind] in said, (card, said)
            assert said.endswith(".")
            assert ".." not in said
            assert atlas.muscles[option.id].name_en[1:] in said, said
    assert told > 15


def test_what_is_no_muscle_has_nothing_to_tell(atlas: Any, maker: QuestionMaker) -> None:
    question = maker.make("safety:infraspinatus", 3)
    assert question is not None
    assert [difference(atlas, question, o.id) for o in question.options] == [""] * 4
    assert keys_of(atlas, "no-such-muscle", Laterality.LEFT) == ()
    assert keys_of(atlas, "infraspinatus", Laterality.LEFT)[0].laterality is Laterality.LEFT


def test_many_muscles_do_and_one_does(atlas: Any, maker: QuestionMaker) -> None:
    for card in maker.cards(Deck("x", kinds=frozenset({QuestionKind.ACTION, QuestionKind.ATTACHMENTS}))):
        question = maker.make(card, 1)
        assert question is not None
        many = are_many(atlas.muscles[question.subject])
        if many and question.kind is QuestionKind.ACTION:
            assert question.prompt.startswith("What is the action of the "), "its options are in the singular"
        else:
            assert f" {'do' if many else 'does'} the " in question.prompt
    assert are_many(atlas.muscles["rotatores"])
    assert not are_many(atlas.muscles["biceps-brachii"])
