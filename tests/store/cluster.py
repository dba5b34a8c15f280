"""A private PostgreSQL for tests, from Debian's packages, in a folder of its own, never run as root."""

import fcntl
import os
import pwd
import shutil
import socket
import struct
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

_PLAIN = {"listen_addresses": "", "fsync": "off", "max_connections": "60"}

_SIOCGIFADDR = 0x8915  # Linux


class Cluster:
    """Listens on a socket in its folder, where everybody is trusted, and wherever the settings say."""

    def __init__(self, folder: Path, programs: Path, settings: Mapping[str, str], hba: str) -> None:
        """Make and start it; ``hba`` are lines of pg_hba.conf for those who come over a network."""
        self.folder, self._programs = folder, programs
        self.settings = {**_PLAIN, **settings}
        self._made: set[str] = set()
        self._free: list[str] = []
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._run("initdb", "-D", str(folder / "db"), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        if hba:
            (folder / "db" / "pg_hba.conf").write_text(f"local all all trust\n{hba}\n")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._programs / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start it, or start it again."""
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        options = f"-k {self.folder} {options}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "db"), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it as if the machine had lost its power."""
        self._run("pg_ctl", "-D", str(self.folder / "db"), "-m", "immediate", "-w", "stop")

    def admin(self, name: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """Connect as the one who may everything."""
        port = self.settings.get("port", "5432")
        return psycopg.connect(
            host=str(self.folder), port=port, user="postgres", dbname=name, autocommit=True
        )

    def new_url(self, user: str = "postgres") -> str:
        """Return the address of an empty database: a used one, emptied, which is faster than a new one."""
        name = self._free.pop() if self._free else f"t{uuid.uuid4().hex}"
        if name not in self._made:
            self._made.add(name)
            with self.admin() as raw:
                raw.execute(f"CREATE DATABASE {name}".encode())
        else:
            with self.admin(name) as raw:
                raw.execute("DROP SCHEMA public CASCADE")
                raw.execute("CREATE SCHEMA public")
                raw.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO PUBLIC".encode())
        port = f"&port={self.settings['port']}" if "port" in self.settings else ""
        return f"postgresql+psycopg://{user}@/{name}?host={self.folder}{port}"

    def give_back(self, url: str) -> None:
        """Take a database that a test has done with."""
        name = url.split("@/")[1].split("?")[0]
        with self.admin() as raw:
            raw.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        self._free.append(name)


@contextmanager
def running(
    settings: Mapping[str, str] | None = None, hba: str = "", tls: Path | None = None
) -> Iterator[Cluster]:
    """Run a cluster; the test is skipped, with the reason, where it cannot be.

    ``tls`` is a folder with server.crt and server.key, which are copied to where the server reads them.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    users = {each.pw_name for each in pwd.getpwall()}
    if os.geteuid() == 0 and (shutil.which("runuser") is None or "postgres" not in users):
        pytest.skip("PostgreSQL does not run as root, and there is no user “postgres”")
    # Not below pytest's own folder: the other user could not go through it, and a socket's path is short.
    folder = Path("/tmp") / f"myomap-pg-{uuid.uuid4().hex[:12]}"
    folder.mkdir(mode=0o777)
    wanted = dict(settings or {})
    if tls is not None:
        for name in ("server.crt", "server.key"):
            shutil.copy(tls / name, folder / name)
            (folder / name).chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(folder / name, "postgres")
        wanted |= {
            "ssl": "on",
            "ssl_cert_file": str(folder / "server.crt"),
            "ssl_key_file": str(folder / "server.key"),
        }
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = None
    try:
        made = Cluster(folder, programs[-1].parent, wanted, hba)
        yield made
    finally:
        if made is not None:
            with suppress(AssertionError):  # a test stopped it already
                made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def outer_address() -> str:
    """Return an address of this machine that is not its loopback, empty where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        found = [_address_of(probe, name) for _, name in socket.if_nameindex()]
    return next((each for each in found if each and not each.startswith("127.")), "")


def _address_of(probe: socket.socket, interface: str) -> str:
    """Ask the system for an interface's address; nothing is sent."""
    try:
        answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
    except OSError:
        return ""
    return socket.inet_ntoa(answer[20:24])
