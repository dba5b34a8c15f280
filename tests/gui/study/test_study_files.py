"""Bad, foreign, newer and older files at the window: a sentence, and progress kept."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from myomap.store.study_file import APPLICATION_ID, StudyFile
from myomap.study.decks import Deck
from myomap.study.ports import ProgressUnreachableError
from myomap.study.schedule import CardState, Review, StudySettings, reviewed


def test_a_damaged_file_is_said_and_beginning_anew_keeps_it(unopened: Any) -> None:
    unopened.path.write_bytes(b"SQLite format 3\x00" + b"rubbish" * 2000)
    before = unopened.path.read_bytes()
    unopened.begin()
    title, text, on_yes = unopened.asked[-1]
    assert "damaged" in title
    assert "not changed" in text
    assert unopened.path.read_bytes() == before
    assert unopened.place.stack.currentWidget() is unopened.place.waiting
    on_yes()
    unopened.settle()
    assert unopened.place.stack.currentWidget() is unopened.place.today
    aside = unopened.path.parent.glob("study-damaged-*")
    assert [p.read_bytes() for p in aside] == [before]


def test_a_newer_file_is_left_alone(unopened: Any) -> None:
    db = sqlite3.connect(unopened.path)
    db.execute("CREATE TABLE x (a)")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 9")
    db.commit()
    db.close()
    unopened.begin()
    assert "newer Myomap" in unopened.asked[-1][0]


def test_a_clock_set_back_and_cards_of_an_older_atlas_are_said_on_the_first_screen(unopened: Any) -> None:
    later = unopened.now + timedelta(days=365)
    file = StudyFile(unopened.path)
    for card in ("name_muscle:pectoralis-major", "who_refers:a-point-that-is-gone-1"):
        review = Review(card, card, later, 3, 1.0, 5.0)
        file.save(review, reviewed(CardState(card, later), review, StudySettings()))
    file.close()
    unopened.begin()
    said = "\n".join(label.text() for label in unopened.place.today.findChildren(QLabel))
    assert "clock" in said
    assert "No progress is lost" in said
    assert "1 of your cards asks about something that this atlas does not have" in said
    assert len(unopened.file.reviews()) == 2
    assert len(unopened.file.states()) == 2


def test_a_package_of_another_atlas_is_taken_in_part_and_said(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = Deck("Mixed", cards=frozenset({"name_muscle:pectoralis-major", "name_muscle:gone"}))
    monkeypatch.setattr(desk.place.packages, "read", lambda path: mixed)
    desk.place.packages.take(Path("x.apkg"))
    assert "1 of its 2 cards" in desk.told[-1].text
    assert desk.place.deck == mixed
    gone = Deck("Gone", cards=frozenset({"name_muscle:gone"}))
    monkeypatch.setattr(desk.place.packages, "read", lambda path: gone)
    desk.place.packages.take(Path("x.apkg"))
    assert "Nothing of this deck" in desk.told[-1].title
    assert desk.place.deck == mixed


def test_a_foreign_exam_file_and_deck_are_said(desk: Any, tmp_path: Any) -> None:
    desk.save_to = tmp_path / "foreign.json"
    desk.save_to.write_text("[1, 2")
    desk.place.show_exam()
    desk.place.stack.currentWidget().opened.emit()
    assert "no exam of Myomap" in desk.told[-1].title
    desk.place.packages.take(desk.save_to)
    assert "no Anki package" in desk.told[-1].title
    desk.place.packages.take(tmp_path / "missing.apkg")
    assert len(desk.told) == 3


def test_progress_out_of_reach_is_tried_again_and_nothing_is_begun_anew(unopened: Any) -> None:
    reach = unopened.place._open_progress

    def out_of_reach() -> Any:
        raise ProgressUnreachableError("It cannot be read now.", safe="Kept.", todo="See to the folder.")

    unopened.place._open_progress = out_of_reach
    unopened.begin()
    assert unopened.place.study is None
    title, told, again = unopened.asked[-1]
    assert "cannot be read now" in title
    assert "See to the folder" in told
    unopened.place._open_progress = reach
    again()
    assert unopened.place.study is not None
    assert [each.name for each in unopened.path.parent.glob("*damaged*")] == []
