"""Where a practice is: the folder on this computer or a server, and the server's password in the keyring.

Databases are imported when a door is gone through: the window makes this when it starts.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from myomap.records.place import PracticePlace
from myomap.records.server import ServerAddress, ServerState

log = logging.getLogger(__name__)

SERVICE = "myomap server"
#: A keyring that waits for somebody is not waited for any longer than this.
RING_S = 5.0
T = TypeVar("T")


class Doors:
    """Implements records.server.ServerDoors."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the practice on this computer; backups of a server's practice go there, too."""
        self._folder = folder

    def place(self, address: ServerAddress | None, password: str) -> PracticePlace:
        """Return where the practice is."""
        if address is None:
            from myomap.store.practice_folder import PracticeFolder

            return PracticeFolder(self._folder)
        from myomap.store.practice_server import PracticeServer

        return PracticeServer(address.url(password), self._folder)

    def look_at(self, address: ServerAddress, password: str) -> ServerState:
        """Connect and look."""
        from sqlalchemy import inspect, text

        from myomap.store import upgrade
        from myomap.store.database import Database

        db = Database.server(address.url(password))
        try:
            with db.read() as tx:
                version = str(tx.execute(text("SHOW server_version")).scalar_one())
                found = tx.execute(
                    text("SELECT ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                ).one_or_none()
                empty = not inspect(tx).get_table_names()
            tls = f"{found[1]}, {found[2]}" if found is not None and found[0] else ""
            return ServerState(version, tls, upgrade.revision(db) is not None, empty)
        finally:
            db.close()

    def kept_password(self, address: ServerAddress) -> str:
        """Return the password from the keyring."""

        def ask() -> str:
            import keyring

            return keyring.get_password(SERVICE, address.url()) or ""

        return _within(RING_S, ask, "")

    def keep_password(self, address: ServerAddress, password: str) -> bool:
        """Put the password into the keyring, or take it out."""

        def keep() -> bool:
            import keyring

            if not password:
                if keyring.get_password(SERVICE, address.url()) is not None:
                    keyring.delete_password(SERVICE, address.url())
                return True
            if keyring.get_keyring().priority < 1:
                return False
            keyring.set_password(SERVICE, address.url(), password)
            return True

        return _within(RING_S, keep, False)


def _within(seconds: float, work: Callable[[], T], otherwise: T) -> T:
    """Return what ``work`` returns if it does so in time; a keyring can fail or wait in any way."""
    answer: list[T] = []

    def go() -> None:
        try:
            answer.append(work())
        except Exception as error:
            log.info("no keyring (%s)", type(error).__name__)

    thread = threading.Thread(target=go, name="keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else otherwise


__all__ = ["Doors"]
