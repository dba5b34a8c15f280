"""A restore while another window has the practice open, in two windows at once, and of what cannot be opened."""

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from myomap.records.demo import demo_patient
from myomap.records.edits import add
from myomap.records.errors import PracticeFileError, SaveError
from myomap.records.practice import Deed
from myomap.records.values import Practitioner, Role, new_id
from myomap.store import restoring
from myomap.store.backups import backups_in
from myomap.store.database import Database
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"


def _asides(place: PracticeFolder) -> list[Path]:
    return sorted((place.folder / "backups").glob("before-restore-*"))


def test_a_practice_that_another_window_has_open_is_not_restored_over(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    practice.apply(add(demo_patient(1)))
    made = practice.back_up()
    practice.apply(add(demo_patient(2)))
    practice.close()
    window = place.open(PASSPHRASE)
    with pytest.raises(SaveError, match="open in another window") as caught:
        PracticeFolder(place.folder).restore(made.folder, PASSPHRASE)
    assert "Close it there" in caught.value.todo
    window.apply(add(demo_patient(3)))  # and that window goes on
    assert window.count_patients() == 3
    assert not _asides(place)
    window.close()
    restored = place.restore(made.folder, PASSPHRASE)
    assert restored.count_patients() == 1
    restored.close()
    assert place.preview(_asides(place)[0], PASSPHRASE).patients == 3


def test_an_opening_that_failed_leaves_nothing_open(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = practice.back_up()
    practice.close()

    def full(*_: object) -> None:
        raise SaveError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("myomap.store.practice_folder.journal.prune", full)
        with pytest.raises(SaveError, match="disk is full") as kept:
            place.open(PASSPHRASE)
    place.restore(made.folder, PASSPHRASE).close()
    assert kept.value is not None


def test_two_restores_in_one_second_put_aside_both(practice: StoredPractice, place: PracticeFolder) -> None:
    made = practice.back_up()
    practice.close()
    for _ in range(3):
        place.restore(made.folder, PASSPHRASE).close()
    assert len(_asides(place)) == 3
    assert all(place.preview(each, PASSPHRASE).audit.is_whole for each in _asides(place))


def test_two_programs_that_finish_a_restore_at_once_keep_both_practices(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second would put the new key aside over the old one, and nothing could open the old records again."""
    practice.apply(add(demo_patient(1)))
    practice.close()
    other = PracticeFolder(place.folder.parent / "other")
    theirs, _ = other.create("their long passphrase", name="Theirs", owner=owner)
    backup = theirs.back_up().folder
    theirs.close()
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "finish", lambda _folder: None)
        key, _ = place.key_of(backup, "their long passphrase")
        restoring.put_in_place(place.folder, backup, key)
    failed: list[BaseException] = []

    def finish() -> None:
        try:
            restoring.finish(place.folder)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=finish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert PracticeFolder(place.folder).open("their long passphrase").name == "Theirs"
    [aside] = _asides(place)
    assert place.preview(aside, PASSPHRASE).patients == 1


def test_a_backup_of_a_newer_program_is_never_put_in_place(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    made = practice.back_up()
    key = practice.database.key
    practice.close()
    db = Database.cipher(made.folder / "records.db", key, wal=False)
    with db.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    with pytest.raises(PracticeFileError, match="newer Myomap"):
        place.restore(made.folder, PASSPHRASE)
    assert not _asides(place)
    place.open(PASSPHRASE).close()


def test_what_was_not_yet_folded_into_a_backup_comes_back_too(
    practice: StoredPractice, place: PracticeFolder, tmp_path: Path
) -> None:
    """A practice that was put aside after a crash has its last changes in the log beside it."""
    made = practice.back_up()
    practice.apply(add(demo_patient(1)))
    aside = tmp_path / "aside"
    shutil.copytree(made.folder, aside)
    for path in place.folder.glob("records.db*"):
        shutil.copy(path, aside / path.name)  # with its log, as a killed program leaves it
    assert (aside / "records.db-wal").stat().st_size > 0
    practice.close()
    restored = PracticeFolder(tmp_path / "new").restore(aside, PASSPHRASE)
    assert restored.count_patients() == 1
    restored.close()


@pytest.mark.parametrize("people", [1, 2])
def test_the_audit_says_who_restored_where_only_one_can_have_been(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner, people: int
) -> None:
    if people == 2:
        practice.apply(add(replace(owner, id=new_id(), name="Another", role=Role.CLINICIAN)))
    made = practice.back_up()
    practice.close()
    restored = place.restore(made.folder, PASSPHRASE)
    [line] = [each for each in restored.audit() if each.deed is Deed.RESTORED]
    assert line.actor == (owner.id if people == 1 else "")
    assert line.words == made.folder.name
    assert restored.verify_audit().is_whole
    restored.close()
    assert backups_in(place.folder / "backups")


def test_a_copy_that_was_cut_short_hours_ago_is_swept_away(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    made = practice.back_up()
    practice.close()
    copying = place.folder.with_name(f".{place.folder.name}.copying")
    shutil.copytree(made.folder, copying)
    PracticeFolder(place.folder)
    assert copying.is_dir()  # another program may be at it
    os.utime(copying, (0, 0))
    PracticeFolder(place.folder)
    assert not copying.exists()
