"""Keyrings for tests: one in memory, and a real Secret Service on a bus of its own."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import keyring.backend
import keyring.errors
import pytest


class MemoryRing(keyring.backend.KeyringBackend):
    """Keeps what it is given."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class BrokenRing(MemoryRing):
    """Refuses everything."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("no")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.PasswordSetError("no")


class StuckRing(MemoryRing):
    """Waits for somebody who never comes."""

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(3600)
        return None

    set_password = get_password  # type: ignore[assignment]


class SecretService:
    """gnome-keyring with a home of its own, unlocked, on a bus of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
        self.environment["XDG_RUNTIME_DIR"] = str(folder)
        self._daemons = [self._start("dbus-daemon", "--session", "--nofork", "--print-address=1")]
        out = self._daemons[0].stdout
        assert out is not None
        self.address = out.readline().decode().strip()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.address
        ring = self._start("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
        assert ring.stdin is not None
        ring.stdin.write(b"invented password\n")
        ring.stdin.close()
        self._daemons.append(ring)

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=self.environment,
        )  # fmt: skip

    def stop(self) -> None:
        for daemon in reversed(self._daemons):
            daemon.terminate()
            daemon.wait(10)
            for pipe in (daemon.stdin, daemon.stdout):
                if pipe is not None:
                    pipe.close()


def real_ring(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[Any, SecretService]:
    """Return the real backend and what runs it; skipped with a reason where gnome-keyring is not installed."""
    for program in ("gnome-keyring-daemon", "dbus-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} (Debian: apt-get install gnome-keyring dbus-daemon)")
    from keyring.backends import SecretService as Backend

    service = SecretService(folder)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
    end = time.monotonic() + 15
    while not _is_there():
        # asked too early, it would want to make a collection of its own and wait for somebody
        if time.monotonic() > end:
            service.stop()
            pytest.skip("gnome-keyring did not unlock its collection in time")
        time.sleep(0.1)
    return Backend.Keyring(), service


def _is_there() -> bool:
    import secretstorage

    try:
        bus = secretstorage.dbus_init()
    except Exception:
        return False
    try:
        collection = secretstorage.Collection(bus, "/org/freedesktop/secrets/collection/login")
        return not collection.is_locked()
    except Exception:
        return False
    finally:
        bus.close()
