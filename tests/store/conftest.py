"""Practices for tests: in a folder with a cheap passphrase, in memory, on a private PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.store.cluster import Cluster, running

from myomap.records.values import Practitioner, Role, new_id
from myomap.store import key_file
from myomap.store.memory_practice import memory_practice
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_file, "PASSES", 1)


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def owner() -> Practitioner:
    return Practitioner(new_id(), "Test Owner", Role.OWNER, licence_number="L-1", needling_certificate="DN-1")


@pytest.fixture
def place(tmp_path: Path) -> PracticeFolder:
    return PracticeFolder(tmp_path / "practice")


@pytest.fixture
def practice(place: PracticeFolder, owner: Practitioner) -> Iterator[StoredPractice]:
    made, _ = place.create(PASSPHRASE, name="Test Practice", owner=owner)
    yield made
    made.close()


@pytest.fixture
def memory(owner: Practitioner) -> Iterator[StoredPractice]:
    made = memory_practice("Test Practice", owner)
    yield made
    made.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running PostgreSQL on a socket; skipped with a visible reason where Debian's is not installed."""
    with running() as made:
        yield made


@pytest.fixture
def server_url(cluster: Cluster) -> Iterator[str]:
    url = cluster.new_url()
    yield url
    cluster.give_back(url)


@pytest.fixture(params=["memory", "file", "server"])
def any_practice(
    request: pytest.FixtureRequest, tmp_path: Path, owner: Practitioner
) -> Iterator[StoredPractice]:
    """The same practice on each kind of database."""
    if request.param == "memory":
        made = memory_practice("Test Practice", owner)
    elif request.param == "file":
        made, _ = PracticeFolder(tmp_path / "practice").create(PASSPHRASE, name="Test Practice", owner=owner)
    else:
        from myomap.store.practice_server import PracticeServer

        url = request.getfixturevalue("server_url")
        made, _ = PracticeServer(url, tmp_path).create(PASSPHRASE, name="Test Practice", owner=owner)
    yield made
    made.close()


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run a script in a Python of its own with the program on its path."""

    def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        app = str(Path(__file__).parents[2] / "app")
        environment = {**os.environ, "PYTHONPATH": app, "MYOMAP_HOME": str(tmp_path / "home")}
        command = [sys.executable, "-c", script, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=90, env=environment)

    return run
