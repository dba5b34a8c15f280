"""A monkey at the window: it types, draws, undoes, walks away and comes back while saves are on their way.

After each stretch the practice file must hold what the model says: every word in its own visit and field.
Short in the suite; MYOMAP_MONKEY_STEPS=20000 MYOMAP_MONKEY_SEED=7 makes it long.
"""

import os
import random
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.gates import wait

from myomap.gui.visit.desk import Saving
from myomap.records.edits import add
from myomap.records.errors import SaveError
from myomap.records.values import (
    Moment,
    NoteSection,
    Patient,
    Practitioner,
    Role,
    VisitRecord,
    new_id,
)
from myomap.store.practice_folder import PracticeFolder

STEPS = int(os.environ.get("MYOMAP_MONKEY_STEPS", "220"))
SEEDS = [int(s) for s in os.environ.get("MYOMAP_MONKEY_SEED", "1,2").split(",")]
PASSPHRASE = "a made up passphrase"
VISITS = 4
#: What there can be several of: after undo nobody can say how many are left.
_MANY = ("own", "strokes", "findings")
_WORD = re.compile(r"([a-z]+)-(\d)-\d+;")
TEXTS = ("reason", "note", "advice", "decision", "told")


def texts_of(record: VisitRecord) -> dict[str, str]:
    """Return the words of each field that the monkey types into."""
    note = next((n.text for n in record.notes if n.section is NoteSection.OTHER), "")
    return {
        "reason": record.visit.reason,
        "note": note,
        "advice": record.plan.advice if record.plan else "",
        "decision": record.screening.decision if record.screening else "",
        "told": record.drawing.words if record.drawing else "",
    }


def facts_of(record: VisitRecord) -> dict[str, Any]:
    """Return everything that the model follows."""
    scores = {s.moment: s.value for s in record.pain_scores}
    return texts_of(record) | {
        "before": scores.get(Moment.BEFORE),
        "after": scores.get(Moment.AFTER),
        "strokes": tuple(s.intensity for s in record.strokes),
        "findings": tuple(
            sorted(
                (f.site.structure, f.site.laterality.value, f.taut_band, f.spot_tenderness)
                for f in record.findings
            )
        ),
        "own": tuple(sorted(e.words for e in record.exercises)),
        "signed": record.visit.is_signed,
        "amended": tuple(a.text for a in record.amendments),
        "next": record.plan.next_visit.isoformat() if record.plan and record.plan.next_visit else "",
    }


class Trouble:
    """Stands between the window and the file: a full disk, slow saves, saves that fail after they were written."""

    def __init__(self, practice: Any, chance: random.Random) -> None:
        self.full, self.slow, self.false_alarm = False, 0.0, False
        self._chance, self._apply, self._undo, self._redo = (
            chance,
            practice.apply,
            practice.undo,
            practice.redo,
        )
        practice.apply = lambda edit: self._through(self._apply, edit)
        practice.undo = lambda scope: self._through(self._undo, scope)
        practice.redo = lambda scope: self._through(self._redo, scope)

    def _through(self, call: Callable[[Any], Any], given: Any) -> Any:
        if self.slow:
            time.sleep(self.slow)
        if self.full:
            raise SaveError("The disk is full.", todo="Free space.")
        done = call(given)
        if self.false_alarm:
            self.false_alarm = False
            raise SaveError("The server hung up.", todo="Wait.")
        return done

    def end(self) -> None:
        self.full, self.slow, self.false_alarm = False, 0.0, False


class Monkey:
    """One window on a practice file, and what must be in the file."""

    def __init__(self, window: Any, practice: Any, place: Any, visits: list[str], seed: int) -> None:
        self.window, self.practice, self.visits = window, practice, visits
        self.clinic, self.session = window.clinic, window.clinic.session
        self.chance = random.Random(seed)
        self.asked: list[Callable[[], None]] = []
        self.told: list[Any] = []
        window.context.prompts.ask = lambda title, text, yes, on_yes, danger=False: self.asked.append(on_yes)
        window.context.prompts.tell = self.told.append
        self.session.take(practice, place)
        self._until(lambda: self.session.is_open)
        self.trouble = Trouble(practice, self.chance)
        self.model = {visit: facts_of(practice.visit(visit)) for visit in visits}
        self.turned: dict[str, set[str]] = {}
        """Visits in which undo was pressed, with the fields that were changed after it."""
        self.count = 0
        self.log: list[str] = []

    # -- helpers of the hand -------------------------------------------------------------------
    def _until(self, condition: Callable[[], object], most_s: float = 20) -> None:
        wait(condition, most_s)

    @property
    def desk(self) -> Any:
        return self.clinic.desk

    @property
    def place(self) -> Any:
        return self.clinic.visit

    @property
    def now(self) -> str:
        """The visit that can be worked in, empty if none."""
        record = self.desk.record
        if record is None or self.window.place != "visit" or self.place is None or not self.session.is_open:
            return ""
        return str(record.visit.id)

    def _word(self, field: str) -> str:
        self.count += 1
        return f"{field}-{self.visits.index(self.now)}-{self.count};"

    def _set(self, field: str, value: Any) -> None:
        self.model[self.now][field] = value
        if self.now in self.turned and field not in _MANY:
            self.turned[self.now].add(field)

    def _step(self, key: str) -> Any:
        if self.place.current != key:
            self.place.open_step(key)
        return self.place.steps[key]

    def _field(self, name: str) -> Any:
        if name == "reason":
            return self.place.top.reason
        if name == "note":
            return self._step("plan").notes[NoteSection.OTHER]
        if name == "advice":
            return self._step("plan").advice
        return self._step("screen").decision if name == "decision" else self._step("pain").told

    # -- what it does --------------------------------------------------------------------------
    def type_words(self) -> None:
        """Type a word at the end of a field, by keys, as a composed word, or in place of all."""
        name = self.chance.choice(TEXTS)
        field = self._field(name)
        if not field.isEnabled():
            return
        word, before = self._word(name), field.text() if name == "reason" else field.words()
        how = self.chance.random()
        field.setFocus()
        if how < 0.15:
            field.selectAll()
            before = ""
            if name != "reason":
                field.textCursor().removeSelectedText()
            else:
                field.setText("")
        elif name == "reason":
            field.end(False)
        else:
            field.moveCursor(field.textCursor().MoveOperation.End)
        if 0.15 < how < 0.25:
            QApplication.sendEvent(field, QInputMethodEvent(word, []))
        else:
            QTest.keyClicks(field, word)
        self._set(name, before + word)
        after = self.chance.random()
        if after < 0.3 or 0.15 < how < 0.25:
            field.flush()
        elif after < 0.5:
            self.place.top.setFocus()

    def choose_pain(self) -> None:
        moment = self.chance.choice(("before", "after"))
        pain = self._step(moment).pain
        if not pain.isEnabled():
            return
        number = self.chance.randrange(11)
        if pain.current == str(number):
            return
        pain.buttons[str(number)].click()
        self._set(moment, float(number))

    def draw(self) -> None:
        step = self._step("pain")
        if self.desk.signed:
            return
        if self.place.maps.pad.intensity is None and self.chance.random() < 0.6:
            step.intensity.buttons[str(self.chance.randrange(1, 11))].click()
            self._set("strokes", facts_of(self.desk.record)["strokes"])
        view = self.place.maps.panels[self.chance.randrange(2)].map
        if view.sheet is None or not self.place.maps.drawing or step.moment.current != "before":
            return
        middle = view.viewport().rect().center()
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        for _ in range(3):
            middle.setY(middle.y() + self.chance.randrange(2, 9))
            QTest.mouseMove(view.viewport(), middle)
        if self.chance.random() < 0.1:
            gesture, pad = self.place.maps.pad._tools[view]._gesture, self.place.maps.pad
            if gesture is not None and gesture.cells(self.window.context.open_atlas()):
                self._set("strokes", (*self.model[self.now]["strokes"], pad.intensity))
            self.switch()  # while the button is still down: what is drawn so far is kept where it was drawn
            QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
            return
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        self._set("strokes", facts_of(self.desk.record)["strokes"])

    def find(self) -> None:
        """Name a muscle with its side, or press a chip of one that is there."""
        step = self._step("findings")
        if self.desk.signed:
            return
        if step.cards and self.chance.random() < 0.6:
            card = self.chance.choice(list(step.cards.values()))
            chip = self.chance.choice((card.band, card.spot))
            chip.buttons[self.chance.choice(("yes", "no"))].click()
        else:
            side = self.chance.choice(("left", "right"))
            step.finder.box.setText("")
            QTest.keyClicks(
                step.finder.box, f"{side} {self.chance.choice(('infraspinatus', 'SCM', 'temporalis'))}"
            )
            QTest.keyClick(step.finder.box, Qt.Key.Key_Return)
        self._set("findings", facts_of(self.desk.record)["findings"])

    def plan_own(self) -> None:
        step = self._step("plan")
        if not step.own.isEnabled() or step.own.text():
            return
        word = self._word("own")
        QTest.keyClicks(step.own, word)
        for _ in range(self.chance.choice((1, 2))):
            QTest.keyClick(step.own, Qt.Key.Key_Return)
        self._set("own", tuple(sorted((*self.model[self.now]["own"], word))))

    def date(self) -> None:
        step = self._step("plan")
        if not step.next.isEnabled():
            return
        day = f"2031-{self.chance.randrange(1, 13):02}-{self.chance.randrange(1, 29):02}"
        step.next.setFocus()
        step.next.selectAll()
        QTest.keyClicks(step.next, day)
        self._set("next", day)

    def undo(self) -> None:
        if self.desk.signed:
            return
        self.turned.setdefault(self.now, set()).clear()
        self.chance.choice((self.desk.undo, self.desk.undo, self.desk.redo))()

    def switch(self) -> None:
        self.clinic.open_visit(self.chance.choice(self.visits))

    def elsewhere(self) -> None:
        self.window.go_to(self.chance.choice(("atlas", "patients", "visit", "visit")))

    def palette(self) -> None:
        self.window.show_palette()
        QApplication.processEvents()
        if self.window._palette is not None:
            self.window._palette.close()

    def lock(self) -> None:
        if self.chance.random() > 0.25:
            return
        self.session.lock()
        if self.chance.random() < 0.5:
            self._until(lambda: self.practice.is_locked)
        self._unlock()

    def _unlock(self) -> None:
        self._until(lambda: self.practice.is_locked)
        self.session.open(PASSPHRASE, self.told.append)
        self._until(lambda: self.session.is_open)

    def disk(self) -> None:
        self.trouble.full = self.chance.random() < 0.4
        self.trouble.slow = self.chance.choice((0.0, 0.0, 0.01, 0.05))
        self.trouble.false_alarm = self.chance.random() < 0.3

    def close(self) -> None:
        """Press the cross while something is in the way; the answer is to go back."""
        if not self.trouble.full or not self.desk.hopeless:
            return
        self.window.close()
        assert self.window.isVisible(), "the window went with words that were not saved"
        self.asked.clear()

    def sign(self) -> None:
        if (
            self.desk.signed
            or self.chance.random() > 0.12
            or sum(m["signed"] for m in self.model.values()) > 1
        ):
            return
        visit = self.now
        self.desk.sign()
        self.settle()
        self.model[visit]["signed"] = self.practice.visit(visit).visit.is_signed
        self.check()

    def amend(self) -> None:
        if not self.desk.signed:
            return
        step, word = self._step("sign"), self._word("amended")
        step.why.setText("forgotten")
        step.what.setPlainText(word)
        for _ in range(self.chance.choice((1, 2))):
            step._amend()
        self._until(lambda: not self.session.worker.busy)
        self.model[self.now]["amended"] = (*self.model[self.now]["amended"], word)

    # -- what must be so -----------------------------------------------------------------------
    def settle(self) -> None:
        """Make room, and wait until all is saved and shown."""
        self.trouble.end()
        if not self.session.is_open:
            self._unlock()
        if self.place is not None:
            self.place.flush()

        def still() -> bool:
            self.desk.try_again()
            self.desk._retry.stop()
            busy = self.session.worker.busy or self.window.context.pool.busy
            return not busy and not any(not line.empty for line in self.desk._lines.values())

        try:
            self._until(still)
        except AssertionError as error:
            lines = [(self.visits.index(v), vars(line)) for v, line in self.desk._lines.items()]
            error.add_note(f"busy {self.session.worker.busy} {self.window.context.pool.busy}: {lines}")
            raise
        self._until(lambda: not self.desk.opening)
        QApplication.processEvents()

    def check(self) -> None:
        self.settle()
        assert not self.desk.aside, "something was laid aside that could have been kept"
        assert not any(line.conflict for line in self.desk._lines.values())
        for visit in self.visits:
            kept = facts_of(self.practice.visit(visit))
            at = self.visits.index(visit)
            for field in (*TEXTS, "own", "amended"):
                for name, number in _WORD.findall(str(kept[field])):
                    assert (name, int(number)) == (field, at)
            expected = self.model[visit]
            touched = self.turned.pop(visit, None)
            if touched is None:
                assert kept == expected
            else:
                later = {field: expected[field] for field in touched}
                assert {field: kept[field] for field in touched} == later
                self.model[visit] = kept
        self._seen()

    def _seen(self) -> None:
        """What is on the screen is what is in the file."""
        record = self.desk.record
        if record is None:
            return
        assert record == self.practice.visit(record.visit.id)
        texts = texts_of(record)
        assert self.place.top.reason.text() == texts["reason"]
        assert self.desk.saving is Saving.SAVED
        for key, name in (("plan", "note"), ("plan", "advice"), ("screen", "decision"), ("pain", "told")):
            if self.place.current == key:
                assert self._field(name).words() == texts[name]

    def run(self, steps: int) -> None:
        deeds: list[tuple[Callable[[], None], int, bool]] = [
            (self.type_words, 30, True), (self.choose_pain, 8, True), (self.draw, 6, True), (self.find, 8, True),
            (self.plan_own, 4, True), (self.date, 3, True), (self.undo, 8, True), (self.switch, 10, False),
            (self.elsewhere, 4, False), (self.palette, 2, False), (self.lock, 2, False), (self.disk, 6, False),
            (self.close, 3, False), (self.sign, 1, True), (self.amend, 2, True),
        ]  # fmt: skip
        weights = [weight for _, weight, _ in deeds]
        for number in range(steps):
            deed, _, needs_visit = self.chance.choices(deeds, weights)[0]
            if needs_visit and not self.now:
                continue
            self.log.append(f"{number} {deed.__name__} in {self.visits.index(self.now) if self.now else '-'}")
            deed()
            if self.chance.random() < 0.5:
                end = time.monotonic() + self.chance.choice((0, 0, 0.002, 0.03))
                QApplication.processEvents()
                while time.monotonic() < end:
                    QApplication.processEvents()
            if self.chance.random() < 0.06:
                self.log.append("check")
                self.check()
        self.check()


@pytest.fixture
def monkey(doll_files: Any, tmp_path: Path, qapp: Any, request: pytest.FixtureRequest) -> Any:
    """A window on a practice file with visits of several patients."""
    window, practice, place, visits = _program(doll_files, tmp_path)
    made = Monkey(window, practice, place, visits, request.param)
    yield made
    _end(window)


def _program(doll_files: Any, home: Path) -> tuple[Any, Any, Any, list[str]]:
    """Make a practice file with visits of several patients, and a window for it."""
    place = PracticeFolder(home / "practice")
    owner = Practitioner(
        new_id(), "Test Clinician", Role.OWNER, licence_number="L-1", needling_certificate="DN-1"
    )
    practice, _ = place.create(PASSPHRASE, name="Test practice", owner=owner)
    visits = []
    for number in range(VISITS):
        patient = Patient(new_id(), f"Test Patient {number:02}")
        practice.apply(add(patient))
        visits.append(practice.new_visit(patient.id, map_version="doll-1").visit.id)
    return _window(doll_files, home / "home", place), practice, place, visits


def _window(doll_files: Any, home: Path, place: Any) -> Any:
    from myomap.bootstrap import make_context, make_window
    from myomap.gui.clinic import Clinic
    from myomap.gui.picture import settle
    from myomap.gui.practice.session import Session
    from myomap.store.atlas_file import AtlasFile

    window = make_window(make_context(home), doll_files[1])
    window.resize(1280, 800)
    window.show()
    window.set_atlas(AtlasFile(*doll_files))
    settle(window)
    window.clinic = Clinic(window, Session(lambda: place))
    return window


def _end(window: Any) -> None:
    window.clinic._may_close = True
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("monkey", SEEDS, indirect=True)
def test_whatever_the_monkey_does_the_file_holds_what_it_wrote_each_word_in_its_visit(monkey: Any) -> None:
    try:
        monkey.run(STEPS)
    except BaseException as error:
        error.add_note("\n".join(monkey.log[-60:]))
        raise
    faults = [m for m in monkey.told if getattr(m, "fault", False)]
    assert not faults
    monkey.settle()
    folder = Path(monkey.session.place.where)
    monkey.window.close()
    assert not monkey.window.isVisible()
    practice = PracticeFolder(folder).open(PASSPHRASE)
    try:
        assert {v: facts_of(practice.visit(v)) for v in monkey.visits} == monkey.model
        assert practice.verify_audit().is_whole
    finally:
        practice.close()
    assert threading.active_count() < 40
