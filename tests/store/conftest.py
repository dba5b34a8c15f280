"""Practices for tests: in a folder with a cheap passphrase, in memory, on a private PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

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


class Cluster:
    """A private PostgreSQL on a socket in a folder of its own, run by a user that is not root."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self._programs = folder, programs
        self._made: set[str] = set()
        self._free: list[str] = []
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._run("initdb", "-D", str(folder / "db"), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-D", str(folder / "db"), "-w", "-l", str(folder / "log"), "-o", options, "start")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._programs / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr

    def new_url(self) -> str:
        """Return the address of an empty database: a used one, emptied, which is faster than a new one."""
        name = self._free.pop() if self._free else f"t{uuid.uuid4().hex}"
        url = f"postgresql+psycopg://postgres@/{name}?host={self.folder}"
        if name not in self._made:
            self._made.add(name)
            self._run("createdb", "-h", str(self.folder), "-U", "postgres", name)
        else:
            with psycopg.connect(host=str(self.folder), user="postgres", dbname=name, autocommit=True) as raw:
                raw.execute("DROP SCHEMA public CASCADE")
                raw.execute("CREATE SCHEMA public")
        return url

    def give_back(self, url: str) -> None:
        """Take a database that a test has done with."""
        name = url.split("@/")[1].split("?")[0]
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as raw:
            raw.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        self._free.append(name)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "db"), "-m", "immediate", "-w", "stop")


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster; skipped with a visible reason where Debian's postgresql is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    users = {each.pw_name for each in pwd.getpwall()}
    if os.geteuid() == 0 and (shutil.which("runuser") is None or "postgres" not in users):
        pytest.skip("PostgreSQL does not run as root, and there is no user “postgres”")
    # Not below pytest's own folder: the other user could not go through it, and a socket's path is short.
    folder = Path("/tmp") / f"myomap-pg-{uuid.uuid4().hex[:12]}"
    folder.mkdir(mode=0o777)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = None
    try:
        made = Cluster(folder, programs)
        yield made
    finally:
        if made is not None:
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


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
