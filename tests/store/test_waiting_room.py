"""What waits to be saved, in its encrypted file: who may read it, when it goes, what is damaged, and whose it stays."""

import errno
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.store.conftest import PASSPHRASE
from tests.store.test_secrecy import _forms

from myomap.records.edits import Edit, add, change
from myomap.records.errors import NotAllowedError, PracticeFileError, SaveError
from myomap.records.practice import Deed
from myomap.records.values import Note, NoteSection, Patient, Practitioner, Role, new_id
from myomap.records.waiting import Author, Step, Turn, WaitingRoom, WaitingVisit
from myomap.store import waiting_room
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice
from myomap.store.waiting_room import RESERVE, SEALED

NAME, TYPED = "Zyxomancer", "Quirkendale"


def _visit(practice: StoredPractice, name: str = NAME) -> tuple[Patient, str]:
    patient = Patient(new_id(), name)
    practice.apply(add(patient))
    return patient, practice.new_visit(patient.id).visit.id


def _waiting(practice: StoredPractice, patient: str, visit: str, *deeds: Edit | Turn) -> WaitingVisit:
    who = practice.actor
    assert who is not None
    author, now = Author(who.id, who.name), datetime.now(UTC)
    return WaitingVisit(visit, patient, tuple(Step(deed, author, now) for deed in deeds))


def _note(visit: str, words: str = TYPED) -> Edit:
    return add(Note(new_id(), NoteSection.TOLD, words), visit=visit, gesture="typing")


def _sealed(place: PracticeFolder) -> list[Path]:
    return sorted((place.folder.parent / "waiting").rglob(SEALED))


def _room(practice: StoredPractice) -> WaitingRoom:
    room = practice.waiting_room()
    assert room is not None
    return room


def test_what_waits_is_kept_sealed_for_its_owner_only_and_removed_once_it_is_saved(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)
    assert not _sealed(place)  # nothing waits, nothing lies there
    room.keep([_waiting(practice, patient.id, visit, _note(visit))])
    (path,) = _sealed(place)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    for secret in (NAME, TYPED, patient.id, "Test Owner"):
        assert not any(form in path.read_bytes() for form in _forms(secret)), secret
    practice.lock()
    room.keep([WaitingVisit(visit, patient.id, ())])  # also while the practice is locked
    assert _sealed(place) == [path]
    room.keep([])
    assert [each.name for each in (place.folder.parent / "waiting").iterdir()] == [RESERVE]


def test_what_a_program_that_ended_left_is_offered_once_and_what_a_living_one_keeps_is_not(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    patient, visit = _visit(practice)
    edit = _note(visit)
    kept = _waiting(practice, patient.id, visit, Turn(True), edit, Turn(True), Turn(False))
    room = _room(practice)
    room.keep([kept])
    other = place.open(PASSPHRASE)
    assert not other.left_behind()  # its program lives
    room.close()
    (left,) = other.left_behind().visits
    assert (left.name, left.on) == (NAME, practice.visit(visit).visit.on)
    # of undo that came first nobody knows whether it was done
    assert left.waiting.steps == kept.steps[1:]
    assert other.left_behind().visits == (left,)  # asked again: the answer may not have come to the window
    third = place.open(PASSPHRASE)
    assert not third.left_behind()  # the other one offers it
    other_room = other.waiting_room()
    assert other_room is not None
    other_room.release_left()
    assert third.left_behind().visits == (left,)
    third_room = third.waiting_room()
    assert third_room is not None
    third_room.drop_left()
    assert not _sealed(place)
    for each in (other, third):
        each.close()


def test_what_holds_nothing_that_can_be_saved_is_removed_unasked(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)
    room.keep([_waiting(practice, patient.id, visit, Turn(True))])
    room.close()
    other = place.open(PASSPHRASE)
    assert not other.left_behind()
    assert not _sealed(place)
    other.close()


def test_a_change_left_behind_is_its_authors_whoever_opens_the_practice(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    author = practice.actor
    assert author is not None
    second = Practitioner(new_id(), "Test Second", Role.CLINICIAN)
    practice.apply(add(second))
    patient, visit = _visit(practice)
    room = _room(practice)
    room.keep([_waiting(practice, patient.id, visit, edit := _note(visit))])
    practice.close()
    room.close()
    opened = place.open(PASSPHRASE)
    opened.sign_in(second.id)
    with pytest.raises(NotAllowedError):  # nobody has proved yet that it was theirs
        opened.apply(edit, by=author.id)
    (left,) = opened.left_behind().visits
    opened.apply(left.waiting.edits[0], by=left.waiting.steps[0].author.id)
    (line,) = [
        each for each in opened.audit(subject=visit) if each.deed is Deed.CHANGED and each.words == "Add note"
    ]
    assert line.actor == author.id
    opened.close()


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "moved"])
def test_a_damaged_file_is_a_sentence_and_is_kept_aside(
    practice: StoredPractice, place: PracticeFolder, harm: str
) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)
    room.keep([_waiting(practice, patient.id, visit, _note(visit))])
    room.close()
    (path,) = _sealed(place)
    whole = path.read_bytes()
    if harm == "flipped":
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    elif harm == "moved":
        path.parent.rename(path.parent.with_name("0123456789abcdef"))
    else:
        path.write_bytes(whole[: len(whole) // 2] if harm == "cut" else b"")
    opened = place.open(PASSPHRASE)
    left = opened.left_behind()
    assert not left.visits
    (trouble,) = left.troubles
    assert isinstance(trouble, PracticeFileError)
    assert "damaged" in trouble.what
    assert "kept as it is" in trouble.safe
    assert not opened.left_behind()  # said once
    (aside,) = _sealed(place)
    assert aside.parent.name.endswith(".damaged")
    opened.close()


def test_a_file_of_a_newer_version_is_left_alone(practice: StoredPractice, place: PracticeFolder) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)
    room.keep([_waiting(practice, patient.id, visit, _note(visit))])
    room.close()
    (path,) = _sealed(place)
    path.write_bytes(path.read_bytes().replace(b"myomap waiting 1\n", b"myomap waiting 2\n"))
    opened = place.open(PASSPHRASE)
    assert "newer Myomap" in opened.left_behind().troubles[0].what
    assert _sealed(place) == [path]
    opened.close()


def test_room_put_by_is_given_to_what_waits_when_the_disk_is_full(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)
    reserve = place.folder.parent / "waiting" / RESERVE
    assert reserve.stat().st_size == waiting_room.RESERVE_BYTES
    really = waiting_room.write_whole

    def full(path: Path, content: bytes) -> None:
        if reserve.exists():
            raise OSError(errno.ENOSPC, "full")
        really(path, content)

    monkeypatch.setattr(waiting_room, "write_whole", full)
    room.keep([_waiting(practice, patient.id, visit, _note(visit))])
    assert len(_sealed(place)) == 1
    assert not reserve.exists()

    def fuller(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(waiting_room, "write_whole", fuller)
    with pytest.raises(SaveError, match="could not be kept on this computer either"):
        room.keep([_waiting(practice, patient.id, visit, _note(visit, "more"))])
    monkeypatch.undo()
    room.close()
    practice.close()
    opened = place.open(PASSPHRASE)
    assert opened.left_behind().visits[0].waiting.edits  # what was kept before is there
    assert reserve.exists()  # put by again
    opened.close()


def test_where_there_are_no_locks_nothing_is_left_lying(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)

    def unlockable(folder: Path) -> None:
        (folder / "in-use").touch()

    monkeypatch.setattr(waiting_room, "hold", unlockable)
    for _ in range(2):  # it is tried again and again
        with pytest.raises(SaveError):
            room.keep([_waiting(practice, patient.id, visit, _note(visit))])
    assert not any((place.folder.parent / "waiting" / practice.uuid).iterdir())


def test_what_waits_is_kept_again_where_somebody_tidied_its_folder_away(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)
    room.keep([_waiting(practice, patient.id, visit, _note(visit))])
    shutil.rmtree(place.folder.parent / "waiting")
    room.keep([_waiting(practice, patient.id, visit, _note(visit, "more"))])
    assert len(_sealed(place)) == 1


def test_what_waits_of_an_erased_patient_is_erased_too(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    practice.apply(change(practice.settings, replace(practice.settings, retention_years=0)))
    gone, visit = _visit(practice)
    stays, other = _visit(practice, "Plumbago")
    room = _room(practice)
    room.keep(
        [
            _waiting(practice, gone.id, visit, _note(visit)),
            _waiting(practice, stays.id, other, _note(other)),
        ]
    )
    room.close()
    second = place.open(PASSPHRASE)
    room = second.waiting_room()
    assert room is not None
    room.keep(
        [_waiting(practice, gone.id, visit, _note(visit))]
    )  # its program lives while the patient is erased
    practice.erase_patient(gone.id, reason="asked for it")
    room.close()
    third = place.open(PASSPHRASE)
    assert [each.waiting.patient for each in third.left_behind().visits] == [stays.id]
    assert len(_sealed(place)) == 1
    for each in (second, third):
        each.close()


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from myomap.store import key_file
key_file.MEMORY_KIB, key_file.PASSES = 64, 1
from myomap.records.edits import add
from myomap.records.values import Note, NoteSection
from myomap.records.waiting import Author, Step, WaitingVisit
from myomap.store.practice_folder import PracticeFolder
home, patient, visit, who = sys.argv[1:]
practice = PracticeFolder(Path(home)).open("correct horse battery")
steps = []
for number in range(100_000):
    note = Note(f"{number:032x}", NoteSection.TOLD, f"Quirkendale {number}")
    steps.append(Step(add(note, visit=visit), Author(who, "W"), datetime.now(UTC)))
    practice.waiting_room().keep([WaitingVisit(visit, patient, tuple(steps))])
    if number == 20:
        os.kill(os.getpid(), 9)
"""


def test_a_killed_program_leaves_what_it_kept_and_nothing_readable(
    practice: StoredPractice,
    place: PracticeFolder,
    run_python: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    patient, visit = _visit(practice)
    assert practice.actor is not None
    run_python(KILLED, str(place.folder), patient.id, visit, practice.actor.id)
    for path in place.folder.parent.rglob("*"):
        if path.is_file():
            assert not any(form in path.read_bytes() for form in _forms(TYPED)), path
    (left,) = practice.left_behind().visits
    assert [edit.changes[0].after.text for edit in left.waiting.edits] == [  # type: ignore[union-attr]
        f"{TYPED} {number}" for number in range(21)
    ]


def test_another_practice_in_the_same_folder_is_not_offered_it(
    practice: StoredPractice, tmp_path: Path
) -> None:
    patient, visit = _visit(practice)
    room = _room(practice)
    room.keep([_waiting(practice, patient.id, visit, _note(visit))])
    room.close()
    stranger = waiting_room.SealedRoom(tmp_path, "another", practice.database.key)
    assert stranger.read_left() == ([], [])
