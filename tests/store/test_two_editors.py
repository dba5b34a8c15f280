"""Two people, two windows or two programs on one practice: nothing is overwritten unseen."""

import os
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from myomap.records.edits import Edit, add, change, keep_mine, remove
from myomap.records.errors import ConflictError
from myomap.records.values import (
    Kind,
    Note,
    NoteSection,
    Patient,
    Practitioner,
    Role,
    new_id,
)
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
Opened = tuple[StoredPractice, StoredPractice, str]
INTERLEAVINGS = {"file": 1000, "server": int(os.environ.get("MYOMAP_INTERLEAVINGS", "200"))}


@pytest.fixture(params=["file", "server"])
def two(request: pytest.FixtureRequest, tmp_path: Path, owner: Practitioner) -> Iterator[Opened]:
    """The same practice opened twice, by two people, with a visit."""
    if request.param == "file":
        place: PracticeFolder | PracticeServer = PracticeFolder(tmp_path / "practice")
    else:
        place = PracticeServer(request.getfixturevalue("server_url"), tmp_path)
    first, _ = place.create(PASSPHRASE, name="", owner=owner)
    other = Practitioner(new_id(), "Test Other", Role.CLINICIAN, licence_number="L-2")
    first.apply(add(other))
    patient = Patient(new_id(), "Test Patient 01")
    first.apply(add(patient))
    visit = first.new_visit(patient.id).visit.id
    second = place.open(PASSPHRASE)
    second.sign_in(other.id)
    request.node.rounds = INTERLEAVINGS[request.param]  # type: ignore[attr-defined]
    yield first, second, visit
    second.close()
    first.close()


def _try(editor: StoredPractice, edit: Edit) -> ConflictError | None:
    try:
        editor.apply(edit)
    except ConflictError as conflict:
        return conflict
    return None


@pytest.mark.timeout(300)
def test_no_update_is_lost_in_any_interleaving(two: Opened, request: pytest.FixtureRequest) -> None:
    """Each editor sees, thinks and saves at random moments; every word that was saved is accounted for."""
    first, second, visit = two
    chance = random.Random(11)
    note = Note(new_id(), NoteSection.TOLD, "")
    first.apply(add(note, visit=visit))
    seen = {0: note, 1: note}
    accepted: list[str] = []
    conflicts = 0
    for number in range(request.node.rounds):  # type: ignore[attr-defined]
        who = chance.randrange(2)
        editor = (first, second)[who]
        if chance.random() < 0.4:
            looked = editor.current(Kind.NOTE, note.id, visit)
            assert isinstance(looked, Note)
            seen[who] = looked
            continue
        word = f"{who}.{number}"
        mine = replace(seen[who], text=f"{seen[who].text} {word}".strip())
        conflict = _try(editor, change(seen[who], mine, visit=visit))
        if conflict is None:
            seen[who] = mine
            accepted.append(word)
        else:
            conflicts += 1
            assert isinstance(conflict.theirs, Note)
            assert conflict.theirs.text.split() == accepted
            seen[who] = conflict.theirs
    held = first.current(Kind.NOTE, note.id, visit)
    assert isinstance(held, Note)
    assert held.text.split() == accepted
    assert conflicts > 0
    assert first.verify_audit().is_whole


def test_two_writing_at_the_same_time_both_get_through(two: Opened) -> None:
    first, second, visit = two
    counter = Note(new_id(), NoteSection.TOLD, "0")
    first.apply(add(counter, visit=visit))
    errors: list[BaseException] = []

    def count_up(editor: StoredPractice) -> None:
        try:
            for _ in range(40):
                while True:
                    held = editor.current(Kind.NOTE, counter.id, visit)
                    assert isinstance(held, Note)
                    new = replace(held, text=str(int(held.text) + 1))
                    try:
                        editor.apply(change(held, new, visit=visit))
                        break
                    except ConflictError:
                        continue
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=count_up, args=(editor,)) for editor in (first, second, first)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    held = second.current(Kind.NOTE, counter.id, visit)
    assert isinstance(held, Note)
    assert held.text == "120"
    assert first.verify_audit().is_whole


def _note(text: str) -> Note:
    return Note(new_id(), NoteSection.TOLD, text)


def test_what_the_other_wrote_is_seen_and_chosen(two: Opened) -> None:
    first, second, visit = two
    note = _note("base")
    first.apply(add(note, visit=visit))
    first.apply(change(note, replace(note, text="first"), visit=visit))
    edit = change(note, replace(note, text="second"), visit=visit)
    with pytest.raises(ConflictError) as caught:
        second.apply(edit)
    second.apply(keep_mine(edit, caught.value))
    assert first.current(Kind.NOTE, note.id, visit) == replace(note, text="second")
    with pytest.raises(ConflictError):
        first.undo(visit)  # it would take away what the other wrote since
    assert first.current(Kind.NOTE, note.id, visit) == replace(note, text="second")


@pytest.mark.parametrize(
    "other",
    [
        lambda note: remove(note, visit="{}"),
        lambda note: change(note, replace(note, text="theirs"), visit="{}"),
    ],
)
def test_removing_and_changing_the_same_thing_is_a_conflict(
    two: Opened, other: Callable[[Note], object]
) -> None:
    first, second, visit = two
    note = _note("base")
    first.apply(add(note, visit=visit))
    made = other(note)
    theirs = replace(made, changes=tuple(replace(each, owner=visit) for each in made.changes))  # type: ignore
    first.apply(theirs)
    for mine in (remove(note, visit=visit), change(note, replace(note, text="mine"), visit=visit)):
        with pytest.raises(ConflictError):
            second.apply(mine)


def test_undo_takes_back_ones_own_edits_only(two: Opened) -> None:
    first, second, visit = two
    mine, theirs = _note("mine"), _note("theirs")
    first.apply(add(mine, visit=visit))
    second.apply(add(theirs, visit=visit))
    first.undo(visit)
    assert first.visit(visit).notes == (theirs,)
    assert first.undo(visit) is None


def test_a_visit_signed_by_one_is_closed_for_the_other(two: Opened) -> None:
    first, second, visit = two
    first.sign(visit)
    with pytest.raises(Exception, match="signed"):
        second.apply(add(_note("late"), visit=visit))
    with pytest.raises(Exception, match="signed already"):
        second.sign(visit)
