"""What sync programs, backup tools and people do to the file: an older one comes back, a second one lies beside it."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from tests.store.conftest import PASSPHRASE

from myomap import cli
from myomap.records.edits import add
from myomap.records.errors import SaveError
from myomap.records.practice import Deed
from myomap.records.values import Patient, new_id
from myomap.store import database, older_file
from myomap.store.backups import backups_in
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice


def _add(practice: StoredPractice, name: str) -> None:
    practice.apply(add(Patient(new_id(), name)))


def _names(practice: StoredPractice) -> list[str]:
    return [line.name for line in practice.search("", limit=200)]


def _fold(practice: StoredPractice) -> None:
    raw = practice.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # type: ignore[attr-defined]
    raw.close()


@pytest.mark.parametrize("broken", [False, True])
def test_an_older_or_broken_state_written_into_the_open_file_is_noticed_and_the_older_one_rescued(
    practice: StoredPractice, place: PracticeFolder, broken: bool
) -> None:
    """Pages of two states were once mixed without a word, and the file was damaged when it was opened again."""
    _add(practice, "Test Patient 01")
    practice.close()
    path = place.folder / "records.db"
    old = path.read_bytes()
    old = os.urandom(len(old)) if broken else old
    opened = place.open(PASSPHRASE)
    for number in range(2, 9):
        _add(opened, f"Test Patient {number:02}")
    _fold(opened)
    _add(opened, "Test Patient 09")  # our own writing into the file is no reason
    _fold(opened)
    with path.open("r+b") as file:
        file.write(old)
        file.truncate(len(old))
    for _ in range(2):
        with pytest.raises(SaveError, match="Something wrote into the practice file"):
            _add(opened, "Test Patient 10")
    opened.close()
    if broken:
        return  # what of it was in memory cannot make a whole: backups of before are what there is
    (rescued,) = backups_in(place.folder / "backups")
    assert place.preview(rescued.folder, PASSPHRASE).patients == 9


REMOVES_LOG = """
import os, sys
from pathlib import Path
from myomap.store import key_file
key_file.MEMORY_KIB, key_file.PASSES = 64, 1
from myomap import cli
from myomap.records.edits import add
from myomap.records.values import Patient, new_id
from myomap.store.practice_folder import PracticeFolder
folder = Path(sys.argv[1])
practice = PracticeFolder(folder).open("correct horse battery")
practice.apply(add(Patient(new_id(), "before")))
(folder / "records.db-wal").unlink()
for name in ("first", "second", "third"):
    practice.apply(add(Patient(new_id(), name)))
os.kill(os.getpid(), 9)
"""


def test_a_file_that_cannot_be_looked_at_for_a_moment_is_not_said_to_be_damaged(
    practice: StoredPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(practice, "Test Patient 01")
    _fold(practice)

    def too_many_files(*_: object) -> None:
        raise sqlcipher.OperationalError("unable to open database file")

    with monkeypatch.context() as patch:
        patch.setattr(database, "cipher_connection", too_many_files)
        practice.database.check_there()
    _add(practice, "Test Patient 02")
    assert len(_names(practice)) == 2


def test_what_is_saved_after_the_log_was_removed_beneath_outlives_a_kill(
    practice: StoredPractice,
    place: PracticeFolder,
    run_python: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    practice.close()
    run_python(REMOVES_LOG, str(place.folder))
    opened = place.open(PASSPHRASE)
    assert _names(opened) == ["before", "first", "second", "third"]
    assert opened.verify_audit().is_whole
    opened.close()


def test_an_older_file_in_place_of_the_one_that_was_closed_is_told_until_it_is_read_and_stands_in_the_audit(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    _add(practice, "Test Patient 01")
    practice.close()
    path = place.folder / "records.db"
    old = path.read_bytes()
    opened = place.open(PASSPHRASE)
    assert not opened.cautions
    _add(opened, "Test Patient 02")
    opened.close()
    path.write_bytes(old)
    opened = place.open(PASSPHRASE)
    (caution,) = opened.cautions
    assert "something of them is missing" in caution.what
    assert "Test Patient" not in str(caution)
    (line,) = [each for each in opened.audit() if each.words == "not what was open here last"]
    assert line.deed is Deed.UNLOCKED
    opened.close()
    opened = place.open(PASSPHRASE)  # the first one may have been a backup by the clock, which nobody reads
    assert len(opened.cautions) == 1
    opened.cautions_said()
    opened.close()
    opened = place.open(PASSPHRASE)
    assert not opened.cautions
    opened.close()


def test_another_history_as_long_is_told_too_also_when_it_came_while_it_was_locked(
    practice: StoredPractice, place: PracticeFolder, tmp_path: Path
) -> None:
    practice.close()
    shutil.copytree(place.folder, tmp_path / "elsewhere" / "practice")
    there = PracticeFolder(tmp_path / "elsewhere" / "practice").open(PASSPHRASE)
    here = place.open(PASSPHRASE)
    for each in (here, there):
        _add(each, "Test Patient 01")
        _add(each, "Test Patient 02")
    for _ in range(5):
        there.note_deed(Deed.SAW, "practice")
    there.close()
    here.lock()
    shutil.copy(tmp_path / "elsewhere" / "practice" / "records.db", place.folder / "records.db")
    here.unlock(PASSPHRASE)
    assert len(here.cautions) == 1
    here.close()


def test_a_file_that_another_computer_went_on_with_is_nothing_to_tell(
    practice: StoredPractice, place: PracticeFolder, tmp_path: Path
) -> None:
    practice.close()
    shutil.copytree(place.folder, tmp_path / "elsewhere" / "practice")
    there = PracticeFolder(tmp_path / "elsewhere" / "practice").open(PASSPHRASE)
    _add(there, "Test Patient 01")
    there.close()
    shutil.copy(tmp_path / "elsewhere" / "practice" / "records.db", place.folder / "records.db")
    opened = place.open(PASSPHRASE)
    assert not opened.cautions
    opened.close()


def test_a_backup_that_somebody_restores_is_nothing_to_tell(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    made = practice.back_up()
    _add(practice, "Test Patient 01")
    practice.close()
    restored = place.restore(made.folder, PASSPHRASE)
    assert not restored.cautions
    restored.close()


@pytest.mark.parametrize(
    "name",
    [
        "records (W's conflicted copy 2026-11-27).db",
        "records.sync-conflict-20261127-011200-ABCDEFG.db",
        "records-DESKTOP.db",
        "records (1).db",
    ],
)
def test_a_second_file_that_a_sync_program_left_is_told_and_not_touched(
    practice: StoredPractice, place: PracticeFolder, name: str
) -> None:
    practice.close()
    shutil.copy(place.folder / "records.db", place.folder / name)
    before = (place.folder / name).read_bytes()
    opened = place.open(PASSPHRASE)
    (caution,) = opened.cautions
    assert name in caution.what
    opened.close()
    assert (place.folder / name).read_bytes() == before


@pytest.mark.parametrize(("back", "told"), [(timedelta(hours=20), False), (timedelta(days=3), True)])
def test_a_clock_that_was_set_back_is_told_before_a_visit_is_begun_on_the_wrong_day(
    practice: StoredPractice,
    place: PracticeFolder,
    monkeypatch: pytest.MonkeyPatch,
    back: timedelta,
    told: bool,
) -> None:
    practice.close()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls.fromtimestamp((datetime.now(UTC) - back).timestamp(), tz)

    monkeypatch.setattr(older_file, "datetime", Clock)
    opened = place.open(PASSPHRASE)
    assert ["clock says" in caution.what for caution in opened.cautions] == ([True] if told else [])
    opened.close()


def test_the_command_line_says_it_too(
    practice: StoredPractice,
    place: PracticeFolder,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    practice.close()
    shutil.copy(place.folder / "records.db", place.folder / "records (1).db")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    assert cli.main(["--home", str(place.folder.parent), "records", "info"]) == 0
    assert "records (1).db" in capsys.readouterr().err


def test_without_a_place_for_the_note_everything_goes_on(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    practice.close()
    shutil.rmtree(place.folder.parent / "last-seen")
    (place.folder.parent / "last-seen").write_text("in the way")
    opened = place.open(PASSPHRASE)
    assert not opened.cautions
    opened.lock()
    opened.unlock(PASSPHRASE)
    opened.close()
