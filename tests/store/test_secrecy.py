"""Nothing of a patient is readable in anything the program writes, and it opens no socket."""

import base64
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from myomap.records.demo import demo_values
from myomap.records.edits import add, change
from myomap.records.values import (
    Contact,
    Note,
    NoteSection,
    Patient,
    Practitioner,
    kind_of,
    new_id,
)
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
PLANTED = ["Zyxomancer", "Quirkendale", "Plumbago", "Vexillology", "qwzxv@example.invalid", "Gallimaufry-7"]

#: A day in the practice, in a program of its own, so that its temporary files and logs can be searched.
DAY = """
import logging, sys, tempfile, threading, os, faulthandler
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
home = Path(sys.argv[1])
logging.basicConfig(filename=home / "log.txt", level=logging.DEBUG)
faulthandler.enable((home / "crash.txt").open("w"))
from myomap.store import key_file
key_file.MEMORY_KIB, key_file.PASSES = 64, 1
from myomap.records.demo import demo_values
from myomap.records.edits import add, change
from myomap.records.errors import RecordsError
from myomap.records.values import *
from myomap.records.waiting import Author, Step, WaitingVisit
from myomap.store.practice_folder import PracticeFolder
place = PracticeFolder(home / "practice")
who = Practitioner(new_id(), "Vexillology", Role.OWNER, licence_number="L", needling_certificate="C")
practice, recovery = place.create("correct horse battery", name="Plumbago", owner=who)
practice.apply(change(practice.settings, replace(practice.settings, second_backup_folder=str(home / "second"))))
practice.set_pin("Gallimaufry-7")
for number in range(12):
    patient = Patient(new_id(), "Zyxomancer", contact=Contact(email="qwzxv@example.invalid"))
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id, copy_forward=True).visit.id
    for value in demo_values(visit, by="Zyxomancer"):
        practice.apply(add(value, visit=visit))
    note = Note(new_id(), NoteSection.TOLD, "Quirkendale " * 500)
    practice.apply(add(note, visit=visit))
    practice.apply(change(note, replace(note, text="Quirkendale again"), visit=visit))
    practice.undo(visit)
    practice.search("zyxo")
    practice.visit(visit)
    if number % 3 == 0:
        practice.sign(visit, "Gallimaufry-7")
        practice.amend(visit, reason="Quirkendale", text="Zyxomancer", pin="Gallimaufry-7")
    if number % 4 == 0:
        practice.back_up()
try:
    practice.apply(change(note, note, visit=visit))
except RecordsError as error:
    logging.exception("expected")
late = add(Note(new_id(), NoteSection.TOLD, "Quirkendale waits"), visit=visit)
step = Step(late, Author(who.id, who.name), datetime.now(UTC))
practice.waiting_room().keep([WaitingVisit(visit, patient.id, (step,))])
practice.lock()
practice.unlock("correct horse battery")
for pin in ("Gallimaufry-8", "Gallimaufry-7"):
    try:
        practice.sign_in(who.id, pin)
    except RecordsError as error:
        logging.exception("expected")
practice._tries._until.clear()
with practice.database.write() as tx:
    tx.exec_driver_sql("UPDATE pin SET until = ''")
practice.sign_in(who.id, "Gallimaufry-7")
blocked = str(home / "log.txt" / "Plumbago")
practice.apply(change(practice.settings, replace(practice.settings, second_backup_folder=blocked)))
thread = threading.Thread(target=lambda: print("trouble", practice.back_up().trouble is not None, flush=True))
thread.start()
thread.join()
place.preview(practice.backups()[0].folder, "correct horse battery")
print("key", practice.database.key.hex(), recovery, flush=True)
os.kill(os.getpid(), 9 if number else 0)
"""


def _forms(word: str) -> list[bytes]:
    """Return how a word may lie in a file: UTF-8, UTF-16, in any case, hexadecimal, base64."""
    found = []
    for form in (word, word.lower(), word.upper()):
        found += [
            form.encode(),
            form.encode("utf-16-le"),
            form.encode("utf-16-be"),
            form.encode().hex().encode(),
        ]
        for shift in range(3):
            found.append(base64.b64encode(b"x" * shift + form.encode())[4:-4])
    return found


def test_a_day_of_visits_leaves_no_readable_word_anywhere(
    tmp_path: Path,
    run_python: Callable[..., "subprocess.CompletedProcess[str]"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("temporary", "user", "home", "day"):
        (tmp_path / name).mkdir()
    done = run_python(DAY, str(tmp_path / "day"))
    said = done.stdout.splitlines()
    assert said[0] == "trouble True", done.stderr
    _, key, recovery = said[1].split()
    secrets = [*PLANTED, PASSPHRASE, key, recovery]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"records.db", "records.db-wal", "key.json", "log.txt", "manifest.json", "edits.sealed"} <= names
    assert any("second" in path.parts for path in files)
    for path in files:
        content = path.read_bytes()
        if path.suffix == ".db":
            assert content[:16] != b"SQLite format 3\x00"
        for secret in secrets:
            for form in _forms(secret):
                assert form not in content, f"{secret} in {path}"
        assert bytes.fromhex(key) not in content


def test_the_search_for_words_would_find_them(tmp_path: Path) -> None:
    """The test above can fail: the same day on an unencrypted file is full of them."""
    from myomap.store import upgrade
    from myomap.store.database import Database
    from myomap.store.founding import found_practice

    db = Database.plain_file(tmp_path / "plain.db")
    upgrade.make_schema(db)
    found_practice(db, uuid="x", key_text="", name="Plumbago", owner=Practitioner("i", "Vexillology"))
    db.close()
    content = (tmp_path / "plain.db").read_bytes()
    assert any(form in content for form in _forms("Plumbago"))
    assert content[:16] == b"SQLite format 3\x00"


NO_SOCKETS = """
import sys
from pathlib import Path
made = []
sys.addaudithook(lambda event, args: made.append(event) if event.startswith("socket.") else None)
from myomap.records.demo import fill_visit, demo_patient
from myomap.records.edits import add
from myomap.records.values import Practitioner, Role
from myomap.store.practice_folder import PracticeFolder
place = PracticeFolder(Path(sys.argv[1]))
practice, _ = place.create("correct horse battery", name="", owner=Practitioner("i", "T", Role.OWNER, licence_number="L", needling_certificate="C"))
patient = demo_patient()
practice.apply(add(patient))
visit = practice.new_visit(patient.id).visit.id
practice.apply(fill_visit(visit)); practice.sign(visit); practice.back_up(); practice.export_patient(patient.id)
practice.lock(); practice.unlock("correct horse battery"); practice.verify_audit(); practice.close()
print("done", made)
import socket
socket.socket().close()
print("seen", made)
"""


def test_no_socket_is_opened_when_a_file_is_used(
    tmp_path: Path, run_python: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    done = run_python(NO_SOCKETS, str(tmp_path / "practice"))
    quiet, opened = done.stdout.splitlines()
    assert quiet == "done []", done.stderr
    assert "socket.__new__" in opened


def test_files_are_for_their_owner_only(practice: StoredPractice, place: PracticeFolder) -> None:
    made = practice.back_up()
    assert place.folder.stat().st_mode & 0o077 == 0
    for name in ("key.json", "records.db", "records.db-wal"):
        assert (place.folder / name).stat().st_mode & 0o077 == 0
    assert made.folder.stat().st_mode & 0o077 == 0


def test_no_value_of_a_patient_stands_in_an_error(practice: StoredPractice) -> None:
    patient = Patient(new_id(), "Zyxomancer", contact=Contact(email="qwzxv@example.invalid"))
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    note = Note(new_id(), NoteSection.TOLD, "Quirkendale")
    practice.apply(add(note, visit=visit))
    for edit in (
        add(note, visit=visit),
        add(patient),
        change(patient, replace(patient, name="Zyxomancer\x00")),
        change(replace(note, text="Plumbago"), note, visit=visit),
        *(add(value, visit="Zyxomancer") for value in demo_values("v")[:2]),
    ):
        with pytest.raises(Exception) as caught:
            practice.apply(edit)
        seen: BaseException | None = caught.value
        while seen is not None:
            for planted in PLANTED:
                assert planted not in f"{seen} {seen!r}", kind_of(note)
            seen = seen.__cause__


def test_a_server_shows_no_password(tmp_path: Path) -> None:
    place = PracticeServer("postgresql+psycopg://user:hunter2secret@localhost:1/none", tmp_path)
    assert "hunter2secret" not in place.where
    with pytest.raises(Exception, match="server") as caught:
        place.exists()
    seen: BaseException | None = caught.value
    while seen is not None:
        assert "hunter2secret" not in f"{seen} {seen!r}"
        seen = seen.__cause__
    assert os.environ.get("PGPASSWORD") is None
