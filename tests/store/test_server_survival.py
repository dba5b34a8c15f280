"""Programs killed while they work on a server, and a server that dies under them: what was told is there."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.store.cluster import Cluster, running

from myomap.records.demo import demo_patient
from myomap.records.edits import add
from myomap.records.errors import ServerAwayError
from myomap.records.values import Kind, Note, NoteSection, Practitioner, new_id
from myomap.store.practice_server import PracticeServer
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
KILLS = max(5, int(os.environ.get("MYOMAP_KILLS", "25")) // 5)
SERVER_DEATHS = int(os.environ.get("MYOMAP_SERVER_DEATHS", "3"))


def _visit(practice: StoredPractice) -> str:
    patient = demo_patient()
    practice.apply(add(patient))
    return practice.new_visit(patient.id).visit.id


def _work(practice: StoredPractice, tell: Callable[[str], None]) -> None:
    """Write and sign without end; tell of each step after it was saved."""
    while True:
        visit = _visit(practice)
        for _ in range(5):
            note = Note(new_id(), NoteSection.TOLD, "text")
            practice.apply(add(note, visit=visit))
            tell(f"saved {visit} {note.id}")
        practice.undo(visit)
        practice.redo(visit)
        practice.sign(visit)
        tell(f"signed {visit}")


def _check(practice: StoredPractice, said: list[str]) -> None:
    for line in said:
        what, visit, *rest = line.split()
        if what == "signed":
            assert practice.visit(visit).visit.is_signed
        elif practice.current(Kind.NOTE, rest[0], visit) is None:  # between undo and redo
            assert practice.redo(visit) is not None
            assert practice.current(Kind.NOTE, rest[0], visit) is not None
    assert practice.verify_audit().faults == ()


def _work_and_kill(there: PracticeServer, delay: float) -> list[str]:
    given, taken = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            practice = there.open(PASSPHRASE)
            os.write(taken, b"open\n")
            _work(practice, lambda words: os.write(taken, f"{words}\n".encode()) and None)
        finally:
            os._exit(1)
    os.close(taken)
    with os.fdopen(given, "r") as told:
        assert told.readline() == "open\n"
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return told.read().splitlines()


@pytest.mark.timeout(60 + 6 * KILLS)
def test_a_killed_program_leaves_everything_it_had_saved_on_the_server(
    server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    there = PracticeServer(server_url, tmp_path)
    there.create(PASSPHRASE, name="", owner=owner)[0].close()
    chance, count = random.Random(11), 0
    for _ in range(KILLS):
        said = _work_and_kill(there, chance.uniform(0.0, 0.5))
        practice = there.open(PASSPHRASE)
        _check(practice, said)
        _visit(practice)  # nothing that the dead one held keeps others waiting
        practice.close()
        count += len(said)
    assert count > KILLS


@pytest.fixture
def mortal() -> Iterator[Cluster]:
    """A server that syncs what it has promised, and may be killed."""
    with running({"fsync": "on"}) as made:
        yield made


@pytest.mark.slow
def test_a_server_that_dies_has_kept_what_it_promised(
    mortal: Cluster, tmp_path: Path, owner: Practitioner
) -> None:
    url = mortal.new_url()
    practice, _ = PracticeServer(url, tmp_path).create(PASSPHRASE, name="", owner=owner)
    chance = random.Random(12)
    for _ in range(SERVER_DEATHS):
        said: list[str] = []
        ended: list[BaseException] = []

        def work(said: list[str] = said, ended: list[BaseException] = ended) -> None:
            try:
                _work(practice, said.append)
            except BaseException as error:
                ended.append(error)

        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(chance.uniform(0.1, 0.6))
        mortal.stop()
        worker.join(60)
        assert [type(each) for each in ended] == [ServerAwayError], ended
        mortal.start()
        _check(practice, said)  # the same program goes on
        _visit(practice)
    practice.close()
