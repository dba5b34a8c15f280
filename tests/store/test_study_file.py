"""Progress survives kills, damage, foreign and newer files; what cannot be read is never written to."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from myomap.anatomy.structures import Layer
from myomap.store.study_file import APPLICATION_ID, StudyFile, StudyFileError, set_aside
from myomap.study.decks import Deck, Difficulty
from myomap.study.ports import ProgressUnreachableError
from myomap.study.questions import QuestionKind
from myomap.study.schedule import CardState, Review, StudySettings, reviewed

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
#: How often the writer is killed: 20 in `make test`, 200 once by hand.
KILLS = int(os.environ.get("MYOMAP_KILLS", "20"))


def review(card: str, at: datetime = NOW, rating: int = 3) -> tuple[Review, CardState]:
    due = at + timedelta(days=3)
    return Review(card, f"{card}:1:bare", at, rating, 1.0, 4.5), CardState(card, due, "{}", at, at, 3.2)


def test_what_is_saved_is_read_back_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "study.sqlite"
    file = StudyFile(path)
    made, state = review("name_muscle:masseter")
    file.save(made, state)
    deck = Deck(
        "Mine", frozenset({"neck"}), frozenset({Layer.DEEP}), frozenset({"Facial nerve"}), frozenset({"jaw"}),
        frozenset({"masseter"}), frozenset({QuestionKind.NERVE}), Difficulty.BARE, frozenset({"nerve:masseter"}),
    )  # fmt: skip
    file.keep_deck(deck)
    file.keep_settings(StudySettings(0.85, 7, tuple(0.1 for _ in range(21))))
    file.keep_value("deck", "x")
    file.close()
    again = StudyFile(path)
    assert again.reviews() == [made]
    assert again.states() == {state.card: state}
    assert again.decks() == {"Mine": deck}
    assert again.settings() == StudySettings(0.85, 7, tuple(0.1 for _ in range(21)))
    assert again.value("deck") == "x"
    again.drop_deck("Mine")
    assert again.decks() == {}
    assert again.states() == {state.card: state}
    again.close()


def test_answers_are_counted_by_day(tmp_path: Path) -> None:
    file = StudyFile(tmp_path / "s.sqlite")
    for minute, rating in enumerate((3, 1, 4)):
        file.save(*review(f"c{minute}", NOW + timedelta(minutes=minute), rating))
    file.save(*review("c9", NOW + timedelta(days=1)))
    days = file.days()
    assert [(c.answers, c.right) for c in days.values()] == [(3, 2), (1, 1)]
    file.close()


def test_answers_that_were_slept_over_are_counted_without_practice_and_first_sights(tmp_path: Path) -> None:
    file = StudyFile(tmp_path / "study.sqlite")
    try:
        state = CardState("nerve:deltoid", NOW)
        for day, rating, is_practice in (
            (0, 1, False),
            (0, 3, True),
            (1, 3, False),
            (2, 1, False),
            (2, 3, True),
        ):
            at = NOW + timedelta(days=day, minutes=is_practice)
            given = Review("nerve:deltoid", "q", at, rating, 1.0, 5.0, is_practice)
            state = state if is_practice else reviewed(state, given, StudySettings())
            file.save(given, state)
        assert file.slept_over(10, 0.0) == (2, [True, False])
        assert file.slept_over(1, 0.0) == (2, [False])
        assert file.slept_over(10, (NOW + timedelta(days=1, hours=1)).timestamp()) == (1, [False])
    finally:
        file.close()


@pytest.mark.parametrize("at", [0, 30, 100, 1000, 4096])
def test_a_damaged_file_is_said_and_left_as_it_was(tmp_path: Path, at: int) -> None:
    path = tmp_path / "study.sqlite"
    file = StudyFile(path)
    for n in range(300):
        file.save(*review(f"card:{n}"))
    file.close()
    body = bytearray(path.read_bytes())
    body[at : at + 3000] = random.Random(at).randbytes(3000)
    path.write_bytes(body)
    with pytest.raises(StudyFileError) as caught:
        StudyFile(path)
    words = str(caught.value)
    assert "not changed" in words
    assert caught.value.todo
    assert path.read_bytes() == bytes(body)


def test_a_foreign_or_newer_file_is_refused_in_words_and_left_as_it_was(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.sqlite"
    db = sqlite3.connect(foreign)
    db.execute("CREATE TABLE letters (a)")
    db.commit()
    db.close()
    newer = tmp_path / "newer.sqlite"
    StudyFile(newer).close()
    db = sqlite3.connect(newer)
    db.execute("PRAGMA user_version = 99")
    db.close()
    text = tmp_path / "text.sqlite"
    text.write_text("This is a letter to my aunt. " * 50)
    for path, words in ((foreign, "no file of Myomap"), (newer, "newer Myomap"), (text, "damaged")):
        before = path.read_bytes()
        with pytest.raises(StudyFileError, match=words):
            StudyFile(path)
        assert path.read_bytes() == before, path


def test_an_unusable_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StudyFileError, match="cannot be opened"):
        StudyFile(tmp_path / "file" / "study.sqlite")
    with pytest.raises(StudyFileError):
        StudyFile(tmp_path)


def test_a_file_that_another_program_holds_or_that_may_not_be_written_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without the right to write says “unable to open database file”: nothing is to be begun anew."""
    path = tmp_path / "study.sqlite"
    StudyFile(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode = DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **(k | {"timeout": 0})))
    try:
        with pytest.raises(ProgressUnreachableError, match="now") as caught:
            StudyFile(path)
    finally:
        holder.close()
    assert "damaged" not in str(caught.value)
    (tmp_path / "study.sqlite-wal").mkdir()  # no log can be opened beside the file
    monkeypatch.undo()
    with pytest.raises(ProgressUnreachableError) as caught:
        StudyFile(path)
    assert "damaged" not in str(caught.value)


def test_beginning_anew_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "study.sqlite"
    path.write_bytes(b"rubbish" * 1000)
    aside = set_aside(path, NOW)
    assert aside.read_bytes() == b"rubbish" * 1000
    file = StudyFile(path)
    file.save(*review("a:b"))
    file.close()
    assert len(StudyFile(path).reviews()) == 1


def test_bad_settings_and_decks_fall_back_and_are_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "study.sqlite"
    file = StudyFile(path)
    for bad in ("nonsense", "[]", '{"retention": "a"}', '{"retention": 7}', '{"parameters": [1]}'):
        file.keep_value("settings", bad)
        assert file.settings() == StudySettings()
    file.close()
    db = sqlite3.connect(path)
    db.execute("INSERT INTO deck VALUES ('broken', '{\"kinds\": [\"no_such_kind\"]}')")
    db.commit()
    db.close()
    again = StudyFile(path)
    assert again.decks() == {}
    again.close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM deck").fetchone() == (1,)
    assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    db.close()


def test_two_windows_can_answer_at_the_same_time(tmp_path: Path) -> None:
    one, two = StudyFile(tmp_path / "s.sqlite"), StudyFile(tmp_path / "s.sqlite")
    for n in range(20):
        one.save(*review(f"one:{n}"))
        two.save(*review(f"two:{n}"))
    assert len(one.reviews()) == len(two.reviews()) == 40
    one.close()
    two.close()


_WRITER = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from myomap.store.study_file import StudyFile
from myomap.study.schedule import CardState, Review
file = StudyFile(Path(sys.argv[1]))
number = int(sys.argv[2])
print("ready", flush=True)
while True:
    now = datetime.now(UTC)
    card = f"name_muscle:{number}"
    file.save(Review(card, card, now, 3, 1.0, 2.0), CardState(card, now + timedelta(days=2), "{}", now, now, 2.0))
    print(number, flush=True)  # only now the student sees the next question
    number += 1
"""


def test_killed_at_random_moments_it_forgets_no_answer(tmp_path: Path) -> None:
    """SIGKILL while answers are saved one after the other: what was confirmed is there, whole."""
    path = tmp_path / "study.sqlite"
    chance = random.Random(7)
    confirmed: set[int] = set()
    number = 0
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(number)],
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT / "app"), "PATH": os.environ["PATH"]},
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.15))
        writer.send_signal(signal.SIGKILL)
        told = [int(line) for line in writer.stdout.read().split()]
        writer.wait()
        writer.stdout.close()
        confirmed.update(told)
        number = max((number, *told)) + 2
        file = StudyFile(path)
        states, reviews = file.states(), file.reviews()
        file.close()
        kept = {int(r.card.partition(":")[2]) for r in reviews}
        assert confirmed <= kept
        assert {int(c.partition(":")[2]) for c in states} == kept, "answer and card are saved together"
    assert len(confirmed) > KILLS
