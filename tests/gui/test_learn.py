"""The Learn place: every page can be opened and says how it was checked."""

import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from myomap.bootstrap import add_places
from myomap.gui.learn import TOPICS


def _text(place: Any) -> str:
    return "\n".join(each.text() for each in place._scroll.widget().findChildren(QLabel))


@pytest.fixture
def learn(window: Any) -> Any:
    add_places(window, "")
    window.go_to("learn")
    return window._places["learn"]


def test_every_page_opens_and_is_not_empty(learn: Any) -> None:
    assert {"lesson:l1", "evidence:trapezius", "coverage", "sources"} <= set(learn._pages)
    for key in learn._pages:
        learn.show_page(key)
        assert len(_text(learn)) > 20


def test_lesson_shows_its_words_and_that_they_are_from_memory(learn: Any) -> None:
    learn.show_page("lesson:l1")
    text = _text(learn)
    assert "A tender spot in a tight band." in text
    assert "from memory" in text


def test_lesson_found_by_search_opens_in_its_place(window: Any, learn: Any) -> None:
    window.go_to("atlas")
    window.open_found(next(hit for hit in window.search("what is a trigger point") if hit.entry.id == "l1"))
    assert window.place == "learn"
    assert "What is a trigger point?" in _text(learn)


def test_pages_are_turned_by_keyboard(learn: Any) -> None:
    learn.show_page("evidence:trapezius")
    learn.tree.setFocus()
    QTest.keyClick(learn.tree, Qt.Key.Key_End)
    assert "A made-up book" in _text(learn)


def test_every_topic_of_the_evidence_is_named_by_what_it_answers() -> None:
    text = (Path(__file__).parents[2] / "data/evidence.yaml").read_text("utf-8")
    topics = set(re.findall(r"^    topic: (.+)$", text, re.MULTILINE))
    assert len(topics) > 8
    assert topics == set(TOPICS)
