"""What survives: SIGKILL, a pulled plug, a full disk, a read-only or vanished folder, a clock set back."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add, change
from myomap.records.errors import PracticeFileError, SaveError
from myomap.records.values import Kind, Note, NoteSection, Practitioner, new_id
from myomap.store.backups import backups_in, check_file
from myomap.store.database import Database, cipher_connection
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
KILLS = int(os.environ.get("MYOMAP_KILLS", "25"))


def _work(folder: Path, tell: Callable[[str], None]) -> None:
    """Work in the practice without end; tell of each note after it was saved."""
    practice = PracticeFolder(folder).open(PASSPHRASE)
    tell("open")
    number = 0
    while True:
        patient = demo_patient()
        practice.apply(add(patient))
        visit = practice.new_visit(patient.id).visit.id
        practice.apply(fill_visit(visit))
        note = Note(new_id(), NoteSection.TOLD, "start 0")
        practice.apply(add(note, visit=visit))
        for _ in range(8):
            number += 1
            new = replace(note, text=f"text {number}")
            practice.apply(change(note, new, visit=visit, gesture="typing" if number % 3 else ""))
            note = new
            tell(f"saved {visit} {note.id} {number}")
        practice.undo(visit)
        practice.redo(visit)
        practice.sign(visit)
        tell(f"signed {visit}")
        if number % 40 == 0:  # beside the saving, as the window does it
            threading.Thread(target=practice.back_up, daemon=True).start()


def _work_and_kill(folder: Path, delay: float) -> list[str]:
    """Let a child work (forked: a start takes no time), kill it, and return what it had told."""
    given, taken = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _work(folder, lambda words: os.write(taken, f"{words}\n".encode()) and None)
        finally:
            os._exit(1)
    os.close(taken)
    with os.fdopen(given, "r") as told:
        assert told.readline() == "open\n"
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        return told.read().splitlines()


@pytest.mark.timeout(60 + 2 * KILLS)
def test_a_killed_program_leaves_everything_it_had_saved(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    key = practice.database.key
    practice.close()
    chance = random.Random(7)
    for _ in range(KILLS):
        said = _work_and_kill(place.folder, chance.uniform(0.0, 0.6))
        opened = place.open(PASSPHRASE)
        check_file(place.folder / "records.db", key)
        last: dict[tuple[str, str], int] = {}
        for line in said:
            if line.startswith("saved"):
                _, visit, note, number = line.split()
                last[(visit, note)] = int(number)
            else:
                assert opened.visit(line.split()[1]).visit.is_signed
        for (visit, note), number in last.items():
            held = opened.current(Kind.NOTE, note, visit)
            assert isinstance(held, Note)
            if int(held.text.split()[1]) < number:  # killed between undo and redo: it is there to redo
                assert opened.redo(visit) is not None
                held = opened.current(Kind.NOTE, note, visit)
                assert isinstance(held, Note)
            assert int(held.text.split()[1]) in (number, number + 1)  # one may be saved and not yet told
        assert opened.verify_audit().faults == ()
        # Killed between the last file and the rename a half-made folder may lie there: it is never offered.
        for backup in opened.backups():
            assert not backup.folder.name.startswith(".")
            written = json.loads((backup.folder / "manifest.json").read_text("utf-8"))
            assert (
                hashlib.sha256((backup.folder / "records.db").read_bytes()).hexdigest() == written["sha256"]
            )
        opened.close()


def _busy(practice: StoredPractice, notes: int) -> tuple[str, list[Note]]:
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    made = []
    for number in range(notes):
        made.append(Note(new_id(), NoteSection.TOLD, f"note {number}"))
        practice.apply(add(made[-1], visit=visit))
    return visit, made


def test_a_write_ahead_log_cut_at_any_byte_opens_to_a_whole_state(
    practice: StoredPractice, place: PracticeFolder, tmp_path: Path
) -> None:
    """A pulled plug may leave any beginning of the log: every edit is then there whole, or not at all."""
    key = practice.database.key
    visit, _ = _busy(practice, 2)
    with practice.database.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    sizes = []
    wal = place.folder / "records.db-wal"
    for number in range(3):
        practice.apply(add(Note(new_id(), NoteSection.TOLD, f"late {number}"), visit=visit))
        sizes.append(wal.stat().st_size)
    cut = tmp_path / "cut"
    cut.mkdir()
    main, log = (place.folder / "records.db").read_bytes(), wal.read_bytes()
    step = 1 if os.environ.get("MYOMAP_EVERY_BYTE") else 397
    places = sorted({*range(sizes[1] - 64, len(log) + 1, step), *sizes, *range(0, 64, 7), len(log)})
    for length in places:
        (cut / "records.db").write_bytes(main)
        (cut / "records.db-wal").write_bytes(log[:length])
        (cut / "records.db-shm").unlink(missing_ok=True)
        raw = cipher_connection(cut / "records.db", key)
        texts = [row[0] for row in raw.execute("SELECT body FROM entry WHERE body LIKE '%late%' ORDER BY id")]
        lines = raw.execute("SELECT max(seq) FROM audit").fetchone()[0]
        head = raw.execute("SELECT seq FROM audit_head").fetchone()[0]
        raw.close()
        assert len(texts) == sum(length >= size for size in sizes), length
        assert lines == head
    db = Database.cipher(cut / "records.db", key)
    db.close()


def test_a_saved_edit_is_on_the_disk_before_apply_returns(practice: StoredPractice) -> None:
    with practice.database.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        assert raw.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert raw.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert raw.execute("PRAGMA temp_store").fetchone()[0] == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A folder that holds 2 MB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True
    )
    if done.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill_disk(filler: Path) -> None:
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(descriptor, b"x" * 4096):
            pass
    os.close(descriptor)


def test_a_full_disk_says_so_and_loses_nothing(small_disk: Path, owner: Practitioner) -> None:
    place = PracticeFolder(small_disk / "practice")
    practice, _ = place.create(PASSPHRASE, name="", owner=owner)
    visit, notes = _busy(practice, 3)
    filler = small_disk / "filler"
    _fill_disk(filler)
    saved = list(notes)
    with pytest.raises(SaveError, match="disk is full") as caught:  # noqa: PT012
        for number in range(400):
            note = Note(new_id(), NoteSection.TOLD, f"more {number} " + "x" * 3000)
            practice.apply(add(note, visit=visit))
            saved.append(note)
    assert "Free some space" in caught.value.todo
    with pytest.raises(SaveError):
        practice.back_up()
    filler.unlink()
    practice.apply(add(Note(new_id(), NoteSection.TOLD, "after"), visit=visit))
    assert [each.text for each in practice.visit(visit).notes] == [*(each.text for each in saved), "after"]
    assert practice.verify_audit().is_whole
    practice.close()
    again = place.open(PASSPHRASE)
    assert len(again.visit(visit).notes) == len(saved) + 1
    again.close()


def test_no_practice_is_half_made_on_a_full_disk(small_disk: Path, owner: Practitioner) -> None:
    _fill_disk(small_disk / "filler")
    place = PracticeFolder(small_disk / "practice")
    with pytest.raises(SaveError):
        place.create(PASSPHRASE, name="", owner=owner)
    assert not place.exists()
    (small_disk / "filler").unlink()
    place.create(PASSPHRASE, name="", owner=owner)[0].close()


def test_a_file_removed_beneath_is_noticed_and_can_be_saved(
    practice: StoredPractice, place: PracticeFolder, tmp_path: Path
) -> None:
    visit, notes = _busy(practice, 2)
    for path in place.folder.glob("records.db*"):
        path.unlink()
    with pytest.raises(SaveError, match="no longer there") as caught:
        practice.apply(add(Note(new_id(), NoteSection.TOLD, "late"), visit=visit))
    assert "backup" in caught.value.todo
    made = practice.back_up()
    practice.close()
    rescued = PracticeFolder(tmp_path / "rescued").restore(made.folder, PASSPHRASE)
    assert rescued.visit(visit).notes == tuple(notes)
    rescued.close()


def test_a_file_replaced_beneath_is_noticed(practice: StoredPractice, place: PracticeFolder) -> None:
    visit, _ = _busy(practice, 1)
    path = place.folder / "records.db"
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)
    with pytest.raises(SaveError, match="no longer there"):
        practice.apply(add(Note(new_id(), NoteSection.TOLD, "late"), visit=visit))


def _as_nobody(do: Callable[[], object]) -> str:
    """Do something in a child that may write nothing of ours; return the words it failed with."""
    given, taken = os.pipe()
    child = os.fork()
    if child == 0:
        said = "went through"
        try:
            os.setuid(65534)
            do()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(taken, said.encode())
            os._exit(0)
    os.close(taken)
    os.waitpid(child, 0)
    with os.fdopen(given, "r") as told:
        return told.read()


def test_a_folder_that_cannot_be_written_is_said_in_words(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs another user to be refused")
    practice.close()
    for path in place.folder.rglob("*"):
        path.chmod(0o644)
    folder = place.folder
    while folder != Path("/tmp"):
        folder.chmod(0o755)
        folder = folder.parent
    new = PracticeFolder(place.folder / "new")
    assert _as_nobody(lambda: place.open(PASSPHRASE)).startswith("SaveError: The practice file")
    assert "SaveError: No practice could be made" in _as_nobody(
        lambda: new.create(PASSPHRASE, name="", owner=owner)
    )
    place.open(PASSPHRASE).close()


def test_a_clock_set_back_harms_nothing(
    practice: StoredPractice, place: PracticeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime, timedelta

    visit, _ = _busy(practice, 1)
    then = datetime.now(UTC) - timedelta(days=400)
    monkeypatch.setattr("myomap.store.audit_log.now", lambda: then.isoformat(timespec="microseconds"))
    monkeypatch.setattr("myomap.store.journal.now", lambda: then.isoformat(timespec="microseconds"))
    note = Note(new_id(), NoteSection.TOLD, "in the past")
    practice.apply(add(note, visit=visit))
    assert practice.visit(visit).notes[-1] == note
    practice.undo(visit)
    assert note not in practice.visit(visit).notes
    practice.redo(visit)
    assert practice.verify_audit().is_whole
    assert practice.back_up().folder.is_dir()


@pytest.mark.parametrize("where", [0, 20, 4000, 4096 * 3 + 5, -1, -4096])
def test_one_flipped_byte_is_refused(
    practice: StoredPractice, place: PracticeFolder, where: int, capfd: pytest.CaptureFixture[str]
) -> None:
    _busy(practice, 30)
    key = practice.database.key
    practice.close()
    path = place.folder / "records.db"
    raw = bytearray(path.read_bytes())
    raw[where] ^= 0x10
    path.write_bytes(raw)
    with pytest.raises(PracticeFileError, match="damaged"):
        check_file(path, key)
    assert capfd.readouterr().err == ""


def test_undo_outlives_a_restart(practice: StoredPractice, place: PracticeFolder) -> None:
    visit, notes = _busy(practice, 2)
    practice.undo(visit)
    practice.close()
    again = place.open(PASSPHRASE)
    assert again.undo_label(visit) == "Add note"
    assert again.redo_label(visit) == "Add note"
    again.redo(visit)
    assert again.visit(visit).notes == tuple(notes)
    again.undo(visit)
    again.undo(visit)
    assert again.visit(visit).notes == ()
    again.close()


def test_a_half_made_practice_is_never_opened(
    place: PracticeFolder, owner: Practitioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("myomap.store.practice_folder.found_practice", dying)
        with pytest.raises(KeyboardInterrupt):
            place.create(PASSPHRASE, name="", owner=owner)
    assert not place.exists()
    place.create(PASSPHRASE, name="", owner=owner)[0].close()


@pytest.mark.parametrize("missing", ["records.db", "key.json"])
def test_half_a_practice_is_not_made_anew_over_what_is_left(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner, missing: str
) -> None:
    practice.close()
    (place.folder / missing).unlink()
    left = {path.name: path.read_bytes() for path in place.folder.iterdir()}
    with pytest.raises(PracticeFileError, match="missing"):
        place.open(PASSPHRASE)
    with pytest.raises(PracticeFileError, match="already"):
        place.create(PASSPHRASE, name="", owner=owner)
    assert {path.name: path.read_bytes() for path in place.folder.iterdir()} == left


def test_every_setting_change_is_kept(practice: StoredPractice, place: PracticeFolder) -> None:
    practice.apply(change(practice.settings, replace(practice.settings, name="Renamed", logo=b"<svg/>")))
    assert practice.name == "Renamed"
    practice.close()
    again = place.open(PASSPHRASE)
    assert again.settings.logo == b"<svg/>"
    again.close()


def test_the_demo_fills_a_visit_of_every_kind(practice: StoredPractice) -> None:
    visit, _ = _busy(practice, 0)
    practice.apply(fill_visit(visit))
    assert json.loads(practice.export_patient(practice.visit(visit).visit.patient))["visits"][0]["marks"]


def test_a_file_replaced_beneath_is_never_read_as_if_it_were_the_one_that_was_opened(
    practice: StoredPractice, place: PracticeFolder, owner: Practitioner
) -> None:
    """A new connection opens what lies at the path: once that was somebody else's practice."""
    _busy(practice, 1)
    other = PracticeFolder(place.folder.parent / "other")
    other.create(PASSPHRASE, name="Other", owner=owner)[0].close()
    db = Database.cipher(place.folder / "records.db", practice.database.key)
    shutil.copy(place.folder / "records.db", place.folder / "copy")
    (place.folder / "copy").replace(place.folder / "records.db")
    db.engine.dispose()
    with pytest.raises(SaveError, match="no longer there"), db.read():
        pass
    db.close()


def test_of_two_visits_of_one_day_the_later_stands_first_though_the_clock_was_set_back(
    practice: StoredPractice, place: PracticeFolder, run_python: Callable[..., Any]
) -> None:
    patient = demo_patient()
    practice.apply(add(patient))
    first = practice.new_visit(patient.id).visit.id
    practice.close()
    script = (
        "import sys, time; really = time.time_ns\n"
        "time.time_ns = lambda: really() - 3600 * 10**9\n"
        "from pathlib import Path\n"
        "from myomap.store.practice_folder import PracticeFolder\n"
        "practice = PracticeFolder(Path(sys.argv[1])).open(sys.argv[2])\n"
        "print(practice.new_visit(sys.argv[3]).visit.id)\n"
        "practice.close()\n"
    )
    done = run_python(script, str(place.folder), PASSPHRASE, patient.id)
    second = done.stdout.strip()
    assert second, done.stderr
    again = place.open(PASSPHRASE)
    assert [line.id for line in again.visits(patient.id)] == [second, first]
    again.close()


@pytest.mark.parametrize("end", ["close", "lock"])
@pytest.mark.parametrize("what", ["records.db*", "*"])
def test_a_file_removed_beneath_is_rescued_before_it_is_let_go(
    practice: StoredPractice, place: PracticeFolder, tmp_path: Path, what: str, end: str
) -> None:
    """A removed file is held by the program alone: whatever closes it would be the end of it."""
    visit, notes = _busy(practice, 3)
    if what == "*":
        shutil.rmtree(place.folder)
    else:
        for path in place.folder.glob(what):
            path.unlink()
    practice.close() if end == "close" else practice.lock()
    [rescued] = backups_in(place.folder / "backups")
    restored = PracticeFolder(tmp_path / "restored").restore(rescued.folder, PASSPHRASE)
    assert restored.visit(visit).notes == tuple(notes)
    restored.close()


def test_closing_as_usual_makes_no_backup(practice: StoredPractice, place: PracticeFolder) -> None:
    _busy(practice, 1)
    practice.lock()
    practice.unlock(PASSPHRASE)
    practice.close()
    assert not backups_in(place.folder / "backups")
