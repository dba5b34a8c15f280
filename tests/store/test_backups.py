"""Backups: made, opened, thinned, copied, restored; and a restore that is cut short."""

import os
import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add, change
from myomap.records.errors import (
    BackupStoppedError,
    LockedError,
    PassphraseError,
    PracticeFileError,
    SaveError,
)
from myomap.records.practice import Deed
from myomap.records.values import Practitioner
from myomap.store.backups import BackupFolders, backups_in, keep
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"


def _fill(practice: StoredPractice, number: int) -> str:
    patient = demo_patient(number)
    practice.apply(add(patient))
    practice.apply(fill_visit(practice.new_visit(patient.id).visit.id))
    return patient.id


def test_a_backup_holds_what_was_there_and_is_encrypted(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    _fill(practice, 1)
    made = practice.back_up()
    _fill(practice, 2)
    assert (made.folder / "records.db").read_bytes()[:16] != b"SQLite format 3\x00"
    before = (made.folder / "records.db").read_bytes()
    seen = place.preview(made.folder, PASSPHRASE)
    assert (seen.patients, seen.visits, seen.practice) == (1, 1, "Test Practice")
    assert seen.audit.is_whole
    assert seen.last_change is not None
    assert (made.folder / "records.db").read_bytes() == before
    assert sorted(each.name for each in made.folder.iterdir()) == ["key.json", "manifest.json", "records.db"]
    assert Deed.BACKED_UP in [line.deed for line in practice.audit(limit=20)]


def test_restoring_brings_back_and_keeps_what_was_there(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    first = _fill(practice, 1)
    made = practice.back_up()
    second = _fill(practice, 2)
    practice.close()
    restored = place.restore(made.folder, PASSPHRASE)
    assert [line.id for line in restored.search()] == [first]
    assert restored.verify_audit().is_whole
    aside = next(each for each in restored.backups() if each.folder.name.startswith("before-restore-"))
    restored.close()
    again = place.restore(aside.folder, PASSPHRASE)
    assert {line.id for line in again.search()} == {first, second}
    again.close()


def test_a_backup_opens_with_the_passphrase_of_its_time(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    made = practice.back_up()
    place.change_passphrase(PASSPHRASE, "a new passphrase")
    new = practice.back_up()
    assert place.preview(made.folder, PASSPHRASE).patients == 0
    assert place.preview(new.folder, "a new passphrase").patients == 0
    with pytest.raises(PassphraseError):
        place.preview(new.folder, PASSPHRASE)


@pytest.mark.parametrize("steps", range(5))
def test_a_restore_cut_short_is_finished_at_the_next_start(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    first = _fill(practice, 1)
    made = practice.back_up()
    second = _fill(practice, 2)
    practice.close()
    rename, count = Path.rename, 0

    def dying(self: Path, target: Path) -> Path:
        nonlocal count
        if count == steps:
            raise KeyboardInterrupt
        count += 1
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dying)
        try:
            place.restore(made.folder, PASSPHRASE).close()
        except KeyboardInterrupt:
            pass
        else:
            pytest.skip("the restore has fewer steps")
    there = PracticeFolder(place.folder)
    again = there.open(PASSPHRASE)
    found = {line.id for line in again.search()}
    assert found in ({first}, {first, second})
    if steps >= 1:
        assert found == {first}
        assert any(each.folder.name.startswith("before-restore-") for each in again.backups())
    assert again.verify_audit().is_whole
    again.close()


def test_a_damaged_backup_is_refused_and_the_practice_stays(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    patient = _fill(practice, 1)
    made = practice.back_up()
    practice.close()
    path = made.folder / "records.db"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    for call in (place.preview, place.restore):
        with pytest.raises(PracticeFileError, match="damaged"):
            call(made.folder, PASSPHRASE)
    again = place.open(PASSPHRASE)
    assert [line.id for line in again.search()] == [patient]
    again.close()


@pytest.mark.parametrize("missing", ["records.db", "key.json", "manifest.json"])
def test_half_a_backup_is_refused(practice: StoredPractice, place: PracticeFolder, missing: str) -> None:
    made = practice.back_up()
    (made.folder / missing).unlink()
    with pytest.raises(PracticeFileError):
        place.preview(made.folder, PASSPHRASE)


def test_a_second_folder_gets_the_same_backup(practice: StoredPractice, tmp_path: Path) -> None:
    second = tmp_path / "second" / "deep"
    practice.apply(change(practice.settings, replace(practice.settings, second_backup_folder=str(second))))
    made = practice.back_up()
    copied = second / made.folder.name / "records.db"
    assert copied.read_bytes() == (made.folder / "records.db").read_bytes()
    shutil.rmtree(made.folder)
    assert [each.folder.parent for each in practice.backups()] == [second]


def test_a_second_folder_that_cannot_be_written_does_not_harm_the_first(
    practice: StoredPractice, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "Test Patient folder"
    blocked.write_text("a file where a folder should be")
    practice.apply(change(practice.settings, replace(practice.settings, second_backup_folder=str(blocked))))
    assert practice.back_up().folder.is_dir()
    assert "second backup folder" in caplog.text
    assert "Test Patient" not in caplog.text


def test_a_backup_that_cannot_be_written_leaves_no_half(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("myomap.store.backups.sync_file", full)
    with pytest.raises(SaveError, match="No space left"):
        practice.back_up()
    assert list((place.folder / "backups").iterdir()) == []
    _fill(practice, 1)


def test_backups_are_due_after_changes_and_half_an_hour_apart(
    practice: StoredPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = practice._folders()
    assert practice.back_up_if_due() is not None
    folders._last_try = -1e9
    now = datetime.now(UTC)
    later = now + timedelta(minutes=31)
    assert not folders.is_due(practice.database, later)  # nothing changed
    patient = _fill(practice, 1)
    assert not folders.is_due(practice.database, now + timedelta(minutes=29))
    assert folders.is_due(practice.database, later)
    assert folders.is_due(practice.database, now - timedelta(days=3))  # the clock was set back
    practice.back_up()
    folders._last_try = -1e9
    practice.patient(patient)
    assert not folders.is_due(practice.database, later)  # looking is no change


def test_a_failing_backup_is_not_tried_again_at_once(
    practice: StoredPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(practice, 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("myomap.store.backups.sync_file", full)
        with pytest.raises(SaveError):
            practice.back_up_if_due()
    assert practice.back_up_if_due() is None


def test_thinning_keeps_days_weeks_and_months() -> None:
    newest = datetime(2026, 6, 30, 15, tzinfo=UTC)
    times = [newest - timedelta(hours=3 * step) for step in range(8 * 400)]
    kept = keep(times)
    assert newest in kept
    days = {each.astimezone().date() for each in kept}
    today = newest.astimezone().date()
    assert {today - timedelta(days=back) for back in range(12)} <= days
    per_day = [each for each in kept if each.astimezone().date() != today]
    assert len(per_day) == len({each.astimezone().date() for each in per_day})
    assert len({each.astimezone().strftime("%Y-%m") for each in kept}) == 9
    assert len(per_day) <= 12 + 10 + 9
    assert keep(kept) == kept


def test_thinning_touches_only_this_practices_backups(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner
) -> None:
    other = PracticeFolder(place.folder.parent / "other")
    theirs, _ = other.create(PASSPHRASE, name="", owner=owner)
    foreign = theirs.back_up().folder
    theirs.close()
    moved = place.folder / "backups" / "2001-01-01T000000Z"
    moved.parent.mkdir()
    shutil.copytree(foreign, moved)
    (place.folder / "backups" / "my own folder").mkdir()
    practice.back_up()
    assert moved.is_dir()
    assert (place.folder / "backups" / "my own folder").is_dir()
    assert len(practice.backups()) == 1
    assert len(backups_in(place.folder / "backups")) == 2


def test_what_a_killed_backup_left_is_swept_away_later(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    old, new = (place.folder / "backups" / f".making-{name}" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "records.db").write_bytes(b"half")
    os.utime(old, (0, 0))
    practice.back_up()
    assert not old.exists()
    assert new.exists()
    assert len(practice.backups()) == 1


def test_a_server_is_backed_up_into_an_encrypted_file(
    server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    from myomap.store.practice_server import PracticeServer

    server = PracticeServer(server_url, tmp_path / "local")
    practice, _ = server.create(PASSPHRASE, name="Test Server", owner=owner)
    patient = _fill(practice, 1)
    visit = practice.visits(patient)[0].id
    practice.sign(visit)
    record = practice.visit(visit)
    made = practice.back_up()
    practice.close()
    seen = server.preview(made.folder, PASSPHRASE)
    assert (seen.patients, seen.visits, seen.audit.is_whole) == (1, 1, True)
    here = PracticeFolder(tmp_path / "moved").restore(made.folder, PASSPHRASE)
    assert here.visit(visit) == record
    assert here.verify_audit().is_whole
    here.close()


def test_folders_without_backups_are_empty(tmp_path: Path) -> None:
    assert BackupFolders(tmp_path / "none", "x", "").list(tmp_path / "nowhere") == []


def test_a_second_folder_that_cannot_be_written_comes_back_with_the_backup(
    practice: StoredPractice, tmp_path: Path
) -> None:
    blocked = tmp_path / "second"
    blocked.write_text("a file where a folder should be")
    practice.apply(change(practice.settings, replace(practice.settings, second_backup_folder=str(blocked))))
    made = practice.back_up()
    assert made.trouble is not None
    assert str(blocked) in made.trouble.what
    assert "was made and checked" in made.trouble.safe
    assert made.trouble.todo
    blocked.unlink()
    assert practice.back_up().trouble is None
    assert len(list(blocked.iterdir())) == 1


def test_saving_goes_on_while_a_backup_is_made_and_it_holds_one_moment(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two steps of the copy somebody saves; the backup is what was there at its first."""
    monkeypatch.setattr("myomap.store.backups.PAGES", 5)
    for number in range(3):
        _fill(practice, number)
    saved, fractions = [3], []

    def told(fraction: float) -> None:
        fractions.append(fraction)
        writer = threading.Thread(target=lambda: (_fill(practice, saved[0]), None))
        writer.start()
        writer.join(10)
        assert not writer.is_alive()
        saved[0] += 1

    made = practice.back_up(told)
    assert saved[0] > 6
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    seen = place.preview(made.folder, PASSPHRASE)
    assert (seen.patients, seen.visits) == (3, 3)
    assert seen.audit.is_whole
    assert practice.count_patients() == saved[0]
    assert practice.verify_audit().is_whole


@pytest.mark.parametrize("on", ["file", "server"])
def test_closing_ends_a_backup_and_leaves_nothing_of_it(
    on: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    owner: Practitioner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from myomap.store.practice_server import PracticeServer

    monkeypatch.setattr("myomap.store.backups.PAGES", 1)
    monkeypatch.setattr("myomap.store.server_copy._AT_ONCE", 1)
    there = (
        PracticeFolder(tmp_path / "local")
        if on == "file"
        else PracticeServer(request.getfixturevalue("server_url"), tmp_path / "local")
    )
    practice, _ = there.create(PASSPHRASE, name="", owner=owner)
    for number in range(3):
        _fill(practice, number)
    begun, ended = threading.Event(), []
    go_on = BackupFolders._go_on

    def slowly(self: BackupFolders) -> None:
        begun.set()
        time.sleep(0.02)
        go_on(self)

    monkeypatch.setattr(BackupFolders, "_go_on", slowly)

    def work() -> None:
        try:
            practice.back_up()
        except BackupStoppedError as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(10)
    practice.close()
    thread.join(5)
    assert len(ended) == 1
    assert list((tmp_path / "local" / "backups").iterdir()) == []


def test_locking_does_not_end_a_backup_and_the_audit_hears_of_it(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("myomap.store.backups.PAGES", 5)
    _fill(practice, 1)
    made = practice.back_up(lambda _: practice.lock())
    assert practice.is_locked
    assert place.preview(made.folder, PASSPHRASE).patients == 1
    practice.unlock(PASSPHRASE)
    assert made.folder.name in [line.words for line in practice.audit(limit=5)]
    practice.lock()
    with pytest.raises(LockedError):
        practice.back_up()
    practice.unlock(PASSPHRASE)


def test_a_backup_made_while_the_clock_was_fast_is_not_taken_for_the_newest(
    practice: StoredPractice, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fast(datetime):
        @classmethod
        def now(cls, zone: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=400)

    with monkeypatch.context() as patch:
        patch.setattr("myomap.store.backups.datetime", Fast)
        fast = practice.back_up().folder
    _fill(practice, 1)
    made = practice.back_up().folder
    assert [each.folder for each in practice.backups()] == [made, fast]
    folders = practice._kept_backups
    assert folders is not None
    folders._last_try = -float("inf")
    assert not folders.is_due(practice.database, datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
def test_a_backup_folder_that_vanishes_half_way_is_told_and_harms_nothing(
    practice: StoredPractice, place: PracticeFolder, share: float
) -> None:
    patient = _fill(practice, 1)

    def vanish(done: float) -> None:
        if done >= share:
            shutil.rmtree(place.folder / "backups", ignore_errors=True)

    if share < 1.0:
        with pytest.raises(SaveError, match="No backup could be made in") as caught:
            practice.back_up(vanish)
        assert caught.value.safe == "The practice itself is safe."
    else:
        practice.back_up(vanish)  # it was whole when it was told
    assert practice.patient(patient).id == patient
    assert practice.verify_audit().is_whole
    assert practice.back_up().folder.is_dir()
