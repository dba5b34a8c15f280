"""Two clinicians, two windows, one practice file: the same fields of the same visits at the same time.

No word may be gone that nobody replaced, took back or chose against; MYOMAP_MONKEY_STEPS makes it long.
"""

import random
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.gates import wait
from tests.gui.clinic.test_monkey import (
    _WORD,
    PASSPHRASE,
    SEEDS,
    STEPS,
    TEXTS,
    _end,
    _program,
    _window,
    texts_of,
)

from myomap.gui.visit.merging import lost_words
from myomap.records.edits import add
from myomap.records.values import Kind, Moment, NoteSection, PainScale, Practitioner, Role, new_id
from myomap.store.practice_folder import PracticeFolder

Word = tuple[str, str, str]


def _words(text: str) -> set[str]:
    return {found.group() for found in _WORD.finditer(text)}


class Hand:
    """One clinician at one window."""

    def __init__(self, name: str, window: Any, practice: Any, pair: "Pair") -> None:
        self.name, self.window, self.practice, self.pair = name, window, practice, pair
        self.told: list[Any] = []
        window.context.prompts.ask = lambda *_, **__: None
        window.context.prompts.tell = self.told.append
        self.session = window.clinic.session
        self.session.take(practice)
        wait(lambda: self.session.is_open, 30)

    @property
    def desk(self) -> Any:
        return self.window.clinic.desk

    @property
    def place(self) -> Any:
        return self.window.clinic.visit

    @property
    def visit(self) -> str:
        return str(self.desk.record.visit.id) if self.desk.record is not None else ""

    def field(self, name: str) -> Any:
        key = {"note": "plan", "advice": "plan", "decision": "screen", "told": "pain"}.get(name, "")
        if key and self.place.current != key:
            self.place.open_step(key)
        if name == "reason":
            return self.place.top.reason
        step = self.place.steps[key]
        return step.notes[NoteSection.OTHER] if name == "note" else getattr(step, name)

    def type_word(self) -> None:
        name = self.pair.chance.choice(TEXTS)
        field = self.field(name)
        held = field.text() if name == "reason" else field.words()
        word = self.pair.word(name, self.visit)
        field.setFocus()
        if self.pair.chance.random() < 0.08:
            field.selectAll()
            self.pair.excuse(self.visit, name, _words(held))  # replaced by hand
        elif name == "reason":
            field.end(False)
        else:
            field.moveCursor(field.textCursor().MoveOperation.End)
        QTest.keyClicks(field, word)
        self.pair.written.add((self.visit, name, word))
        if self.pair.chance.random() < 0.7:
            field.flush()

    def undo(self) -> None:
        self.place.flush()
        self.pair.excuse_all(self.visit)
        self.chance_turn()

    def chance_turn(self) -> None:
        self.pair.chance.choice((self.desk.undo, self.desk.redo))()

    def choose(self) -> None:
        """Settle what is in conflict, if anything is."""
        line = self.desk.line
        if line is None or line.conflict is None or self.desk.record is None:
            return
        self.place.flush()  # what is being typed is part of mine, as it is when somebody presses a button
        values = (line.mine(line.conflict), line.conflict.theirs)
        mine, theirs = (str(v).replace("\\n", " ") for v in values)  # a line's end is written \n there
        how = self.pair.chance.choice(("mine", "theirs", "both", "both"))
        if how == "both" and not self.place.conflict.both.isVisibleTo(self.place.conflict):
            how = "theirs"
        self.pair.log.append(f"{self.name} keeps {how}")
        lost = {
            "mine": _words(theirs) - _words(mine),
            "theirs": _words(mine) - _words(theirs),
            "both": set(),
        }[how]
        for name in TEXTS:
            self.pair.excuse(self.visit, name, lost)
        {"mine": self.desk.keep_mine, "both": self.desk.keep_both, "theirs": self.desk.take_theirs}[how]()

    def settle(self) -> None:
        if self.place is not None:
            self.place.flush()

        def done() -> bool:
            if self.desk.opening or self.session.worker.busy:
                return False
            if self.desk.elsewhere and (self.desk.line is None or self.desk.line.conflict is None):
                self.desk.open(self.desk.elsewhere)
            self.choose()
            return not self.session.worker.busy and all(line.empty for line in self.desk._lines.values())

        wait(done, 40)
        QApplication.processEvents()


class Pair:
    """Both, and every word that was written."""

    def __init__(self, visits: list[str], seed: int) -> None:
        self.visits, self.chance = visits, random.Random(seed)
        self.written: set[Word] = set()
        self.excused: set[Word] = set()
        self.count = 0
        self.hands: list[Hand] = []
        self.log: list[str] = []

    def word(self, name: str, visit: str) -> str:
        self.count += 1
        return f"{name}-{self.visits.index(visit)}-{self.count};"

    def excuse(self, visit: str, name: str, words: set[str]) -> None:
        self.excused |= {(visit, name, word) for word in words}

    def excuse_all(self, visit: str) -> None:
        self.excused |= {word for word in self.written if word[0] == visit}

    def run(self, steps: int) -> None:
        for number in range(steps):
            hand = self.chance.choice(self.hands)
            deed = self.chance.random()
            if not hand.visit or deed < 0.08:
                hand.window.clinic.open_visit(self.chance.choice(self.visits[:2]))
                self.log.append(f"{number} {hand.name} opens")
            elif deed < 0.12:
                self.log.append(f"{number} {hand.name} undoes in {self.visits.index(hand.visit)}")
                hand.undo()
            elif deed < 0.2:
                hand.choose()
            else:
                hand.type_word()
                self.log.append(f"{number} {hand.name} types {self.count}")
            if self.chance.random() < 0.6:
                QApplication.processEvents()
            if self.chance.random() < 0.05:
                self.check()
        self.check()

    def check(self) -> None:
        self.log.append("check")
        for hand in (*self.hands, *self.hands):
            hand.settle()
        practice = self.hands[0].practice
        aside = "".join(
            line
            for hand in self.hands
            for held in hand.desk.aside.values()
            for edit, _ in held
            for line in lost_words(edit)
        )
        for visit in self.visits:
            at = self.visits.index(visit)
            for name, text in texts_of(practice.visit(visit)).items():
                for kind, number in _WORD.findall(text):
                    assert (kind, int(number)) == (name, at)
                gone = {
                    w
                    for v, n, w in self.written - self.excused
                    if v == visit and n == name and w not in text + aside
                }
                assert not gone, f"{gone} of {name} in visit {at} are gone: {text}"


def test_two_who_begin_the_same_note_or_score_are_asked_and_nothing_hides(
    doll_files: Any, tmp_path: Path, qapp: Any
) -> None:
    window, practice, place, visits = _program(doll_files, tmp_path)
    second = PracticeFolder(Path(place.where)).open(PASSPHRASE)
    second.sign_in(practice.actor.id)
    other = _window(doll_files, tmp_path / "other", place)
    pair = Pair(visits, 1)
    try:
        pair.hands = [Hand("first", window, practice, pair), Hand("second", other, second, pair)]
        for hand in pair.hands:
            hand.window.clinic.open_visit(visits[0])
            wait(lambda h=hand: h.visit == visits[0])
            hand.field("note")
        for hand, score in zip(pair.hands, (7.0, 3.0), strict=True):
            QTest.keyClicks(hand.field("note"), f"of the {hand.name}")
            hand.field("note").flush()
            hand.place.open_step("before")
            hand.place.steps["before"]._put_score(PainScale.NRS, str(score))
        chosen = []

        def all_kept() -> bool:
            for hand in pair.hands:
                if (line := hand.desk.line) is not None and line.conflict is not None:
                    chosen.append(line.conflict.kind)
                    hand.desk.keep_both()
            return all(not h.session.worker.busy and not h.desk._lines[visits[0]]._steps for h in pair.hands)

        wait(all_kept, 30)
        kept = practice.visit(visits[0])
        assert {Kind.NOTE, Kind.PAIN_SCORE} <= set(chosen)
        (note,) = kept.notes
        assert "of the first" in note.text
        assert "of the second" in note.text
        assert len([s for s in kept.pain_scores if s.moment is Moment.BEFORE]) == 1
    finally:
        _end(window)
        _end(other)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_word_is_gone_that_nobody_replaced_took_back_or_chose_against(
    doll_files: Any, tmp_path: Path, qapp: Any, seed: int
) -> None:
    window, practice, place, visits = _program(doll_files, tmp_path)
    colleague = Practitioner(new_id(), "Test Colleague", Role.CLINICIAN, licence_number="L-2")
    practice.apply(add(colleague))
    second = PracticeFolder(Path(place.where)).open(PASSPHRASE)
    second.sign_in(colleague.id)
    other = _window(doll_files, tmp_path / "other", place)
    pair = Pair(visits, seed)
    try:
        pair.hands = [Hand("first", window, practice, pair), Hand("second", other, second, pair)]
        pair.run(STEPS)
        assert practice.verify_audit().is_whole
    except BaseException as error:
        error.add_note("\n".join(pair.log[-40:]))
        raise
    finally:
        _end(window)
        _end(other)
