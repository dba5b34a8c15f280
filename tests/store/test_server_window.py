"""The program started with --database: makes, records, closes, opens again; what a server can do to it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.cluster import Cluster, free_port, running
from tests.store.window_on_server import PASSPHRASE

from myomap.records.values import Practitioner
from myomap.store.practice_server import PracticeServer

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def mortal() -> Iterator[Cluster]:
    """A server that a test may kill."""
    port = str(free_port())
    with running({"listen_addresses": "127.0.0.1", "port": port}, "host all all all scram-sha-256") as made:
        with made.admin() as raw:
            raw.execute("CREATE ROLE clinic LOGIN PASSWORD 'a planted password'")
        yield made


class Window:
    """The program in a process of its own."""

    def __init__(self, home: Path, part: str, *arguments: str) -> None:
        script = str(Path(__file__).with_name("window_on_server.py"))
        command = [sys.executable, script, part, "--home", str(home), *arguments]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "app"),
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def hear(self, word: str) -> str:
        """Return the rest of the next line, which begins with a word."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if line.split(" ")[0] != word:
            self._process.kill()
            raise AssertionError(f"expected “{word}”, heard “{line}”")
        return line[len(word) :].strip()

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def end(self) -> int:
        try:
            self._process.communicate(timeout=60)
        finally:
            if self._process.poll() is None:
                self._process.kill()
        return self._process.returncode


@pytest.mark.slow
def test_what_is_typed_outlives_the_server_and_the_program(mortal: Cluster, tmp_path: Path) -> None:
    url = mortal.new_url()
    window = Window(tmp_path / "home", "make", "--database", url)
    window.hear("recorded")
    mortal.stop()
    window.go_on()
    said = window.hear("trouble")
    assert "server" in said.lower()
    assert "saved" in said
    mortal.start()
    window.go_on()
    window.hear("kept")
    mortal.stop()
    window.go_on()
    window.hear("waits")
    window.kill()
    assert list(tmp_path.rglob("edits.sealed"))
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"as it was killed" not in path.read_bytes()
    mortal.start()
    notes = ["before", "while it was away", "and more", "after"]
    again = Window(tmp_path / "home", "left", "--database", url)
    assert again.hear("state") == "shut"
    assert again.hear("notes").split("|") == notes
    left = again.hear("left")
    assert left.startswith("Test Patient 01, visit of 20")
    assert "one change by Test Clinician" in left
    notes.append("as it was killed")
    assert again.hear("after").split("|") == notes
    again.hear("done")
    assert again.end() == 0
    assert not list(tmp_path.rglob("edits.sealed"))
    practice = PracticeServer(url, tmp_path / "local").open(PASSPHRASE)
    (patient,) = practice.search("")
    (visit,) = practice.visits(patient.id)
    assert [note.text for note in practice.visit(visit.id).notes] == notes
    assert practice.verify_audit().is_whole
    practice.close()
    assert not [path for path in tmp_path.rglob("*.log") if b"Test Patient" in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://clinic@127.0.0.1:1/records", "No server answers"),
        ("postgresql+psycopg://clinic@192.0.2.1/records?sslmode=disable", "unencrypted"),
        ("mysql://clinic@127.0.0.1/records", "Only PostgreSQL"),
        ("nonsense", "no database address"),
    ],
)
def test_a_server_that_cannot_be_is_a_sentence_in_the_window(tmp_path: Path, url: str, said: str) -> None:
    window = Window(tmp_path / "home", "open", "--database", url)
    assert window.hear("state") == "failed"
    assert said in window.hear("failure")
    window.hear("done")
    assert window.end() == 0


@pytest.mark.slow
def test_a_servers_newer_practice_is_a_sentence_in_the_window(
    mortal: Cluster, tmp_path: Path, owner: Practitioner
) -> None:
    url = mortal.new_url()
    practice, _ = PracticeServer(url, tmp_path / "local").create(PASSPHRASE, name="", owner=owner)
    with practice.database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    practice.close()
    window = Window(tmp_path / "home", "open", "--database", url)
    assert window.hear("state") == "shut"
    assert "newer Myomap" in window.hear("failure")
    window.hear("done")
    assert window.end() == 0


@pytest.mark.slow
def test_a_wrong_password_is_a_sentence_in_the_window(mortal: Cluster, tmp_path: Path) -> None:
    there = f"127.0.0.1:{mortal.settings['port']}/postgres"
    window = Window(tmp_path / "home", "open", "--database", f"postgresql+psycopg://clinic:planted@{there}")
    assert window.hear("state") == "failed"
    said = window.hear("failure")
    assert "does not accept this login or its password" in said
    assert "planted" not in said
    window.hear("done")
    assert window.end() == 0
    assert not [path for path in tmp_path.rglob("*.log") if b"planted" in path.read_bytes()]
