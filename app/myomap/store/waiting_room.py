"""What waits to be saved, in an encrypted file beside the practice's folder, so that it outlives the program (0018).

Each window that has something waiting holds a folder of its own, ``waiting/<practice>/<random>``, with a file that is
locked for as long as the program lives and ``edits.sealed``: AES-256-GCM under a key derived from the practice's key
(HKDF-SHA256), which opens nothing else. Once all is saved the folder is removed. What a program that ended left behind
is held by the window that offers it.
"""

import errno
import logging
import os
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from myomap.records.errors import PracticeFileError, RecordsError, SaveError
from myomap.records.waiting import Author, Step, Turn, WaitingVisit
from myomap.store import journal
from myomap.store.safe_files import IN_USE, hold, write_whole

log = logging.getLogger(__name__)

FOLDER, SEALED = "waiting", "edits.sealed"
#: Room that is given up when the disk is full, so that what waits has some.
RESERVE, RESERVE_BYTES = "reserve", 1 << 20
_MAGIC = b"myomap waiting 1\n"
_KIND = b"myomap waiting "
_NONCE = 12
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT}) if hasattr(errno, "EDQUOT") else frozenset({errno.ENOSPC})


class _KeptStep(msgspec.Struct, array_like=True):
    deed: str
    """``edit``, ``undo`` or ``redo``."""
    label: str
    gesture: str
    changes: str
    author: str
    name: str
    since: datetime


class _KeptVisit(msgspec.Struct, array_like=True):
    visit: str
    patient: str
    steps: list[_KeptStep]


def _packed(step: Step) -> _KeptStep:
    deed, author = step.deed, step.author
    if isinstance(deed, Turn):
        return _KeptStep("undo" if deed.back else "redo", "", "", "", author.id, author.name, step.since)
    return _KeptStep("edit", deed.label, deed.gesture, journal.pack(deed), author.id, author.name, step.since)


def _unpacked(kept: _KeptStep) -> Step:
    author = Author(kept.author, kept.name)
    if kept.deed != "edit":
        return Step(Turn(kept.deed == "undo"), author, kept.since)
    edit = journal.unpack(kept.label, kept.changes)
    return Step(replace(edit, gesture=kept.gesture), author, kept.since)


class SealedRoom:
    """Implements records.waiting.WaitingRoom. Safe to use from several threads."""

    def __init__(self, folder: Path, practice: str, key: bytes, *, reserve: bool = False) -> None:
        """Take the folder in which the practice's lies, its id and its key; only what is derived from that is kept.

        Not the practice's own: a sync program would carry it to machines where nobody holds it, and it must have
        a place while that folder is moved away.

        With ``reserve`` some room on the disk is put by, which counts where a full disk is why something waits.
        """
        self._whole = folder / FOLDER
        self._parent = self._whole / practice
        self._practice = practice
        self._cipher = AESGCM(HKDF(SHA256(), 32, practice.encode(), b"myomap waiting").derive(key))
        self._own: Path | None = None
        self._held: IO[str] | None = None
        self._left: dict[Path, IO[str]] = {}
        self._gate = threading.RLock()
        if reserve:
            self._put_room_by()

    # -- keeping --------------------------------------------------------------------------------
    def keep(self, visits: Sequence[WaitingVisit]) -> None:
        """Keep this in place of what was kept before."""
        with self._gate:
            if not visits:
                self._remove_own()
                return
            try:
                try:
                    self._seal(self._own_folder(), visits)
                except OSError as error:
                    if error.errno not in _FULL or not self._give_room():
                        raise
                    self._seal(self._own_folder(), visits)
            except OSError as error:
                raise SaveError(
                    f"It could not be kept on this computer either ({os.strerror(error.errno or 0)})."
                ) from error

    def _seal(self, folder: Path, visits: Sequence[WaitingVisit]) -> None:
        body = msgspec.json.encode(
            [_KeptVisit(each.visit, each.patient, [_packed(s) for s in each.steps]) for each in visits]
        )
        nonce = secrets.token_bytes(_NONCE)
        write_whole(folder / SEALED, _MAGIC + nonce + self._cipher.encrypt(nonce, body, self._bound(folder)))

    def _bound(self, folder: Path) -> bytes:
        """Return what the seal also covers: a file that was moved to another practice or folder is refused."""
        return _MAGIC + f"{self._practice} {folder.name}".encode()

    def _own_folder(self) -> Path:
        if self._own is not None and self._own.is_dir():
            return self._own
        if self._held is not None:
            self._held.close()  # somebody tidied the folder away beneath us
        self._own = self._held = None
        return self._take_folder()

    def _take_folder(self) -> Path:
        self._parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for _ in range(5):
            own = self._parent / secrets.token_hex(8)
            own.mkdir(mode=0o700)
            self._held = hold(own)  # None where another window swept the empty folder away at that moment
            if self._held is not None:
                self._own = own
                return own
            with suppress(OSError):  # or there are no locks here, and nobody could ever sweep it away
                (own / IN_USE).unlink(missing_ok=True)
                own.rmdir()
        raise OSError(errno.EAGAIN, "no folder could be held")

    def _remove_own(self) -> None:
        own, held = self._own, self._held
        self._own = self._held = None
        if own is not None:
            _remove(own, held)
            self._tidy()

    def _tidy(self) -> None:
        for folder in (self._parent, self._whole):
            with suppress(OSError):
                folder.rmdir()  # as long as nothing else lies in it

    # -- a full disk ----------------------------------------------------------------------------
    def _put_room_by(self) -> None:
        path = self._whole / RESERVE
        try:
            if path.exists() and path.stat().st_size == RESERVE_BYTES:
                return
            self._whole.mkdir(exist_ok=True, mode=0o700)
            write_whole(path, secrets.token_bytes(RESERVE_BYTES))  # zeros might be kept without room for them
        except OSError as error:
            log.info("no room could be put by (%s)", os.strerror(error.errno or 0))

    def _give_room(self) -> bool:
        try:
            (self._whole / RESERVE).unlink()
        except OSError:
            return False
        return True

    # -- what was left behind -------------------------------------------------------------------
    def read_left(self) -> tuple[list[WaitingVisit], list[RecordsError]]:
        """Read and hold what programs that ended left behind, the oldest first; what is damaged is put aside."""
        found: list[WaitingVisit] = []
        troubles: list[RecordsError] = []
        with self._gate:
            for folder in self._folders():
                if folder == self._own:
                    continue
                held = self._left.pop(folder, None) or hold(folder)
                if held is None:
                    continue  # its program lives
                if not (folder / SEALED).exists():
                    _remove(folder, held)
                    continue
                try:
                    found += self._read(folder)
                    self._left[folder] = held
                except RecordsError as error:
                    held.close()
                    troubles.append(error)
            self._tidy()
        return found, troubles

    def _folders(self) -> list[Path]:
        try:
            found = [each for each in self._parent.iterdir() if each.is_dir() and "." not in each.name]
            return sorted(found, key=lambda each: (each.stat().st_mtime, each.name))
        except OSError:
            return []

    def _read(self, folder: Path) -> list[WaitingVisit]:
        path = folder / SEALED
        try:
            written = path.read_bytes()
        except OSError as error:
            raise SaveError(
                f"What was not saved before could not be read ({os.strerror(error.errno or 0)}).",
                safe=f"It lies encrypted in {folder}.",
                todo="Open the practice again when that folder can be read.",
            ) from error
        if written.startswith(_KIND) and not written.startswith(_MAGIC):
            raise PracticeFileError(
                "What was not saved before was written by a newer Myomap.",
                safe=f"It lies encrypted in {folder}, and was not touched.",
                todo="Open the practice with the newer version.",
            )
        nonce, sealed = written[len(_MAGIC) :][:_NONCE], written[len(_MAGIC) + _NONCE :]
        try:
            body = self._cipher.decrypt(nonce, sealed, self._bound(folder))
            kept = msgspec.json.decode(body, type=list[_KeptVisit])
            return [WaitingVisit(v.visit, v.patient, tuple(map(_unpacked, v.steps))) for v in kept]
        except (InvalidTag, ValueError, KeyError) as error:  # msgspec's errors are ValueErrors
            aside = folder.with_name(f"{folder.name}.damaged")
            with suppress(OSError):
                folder.rename(aside)
            raise PracticeFileError(
                "Something typed before was not saved when the program ended, and its file is damaged.",
                safe=f"What is in the records is not touched. The file is kept as it is in {aside}.",
                todo="Look at the visits of that day, and write again what is missing.",
            ) from error

    def drop_left(self) -> None:
        """Remove what was left behind."""
        with self._gate:
            while self._left:
                _remove(*self._left.popitem())
            self._tidy()

    def forget(self, patient: str) -> None:
        """Take an erased patient out of everything that programs which ended left behind."""
        with self._gate:
            offered = set(self._left)
            self.read_left()
            for folder, held in list(self._left.items()):
                with suppress(RecordsError, OSError):
                    before = self._read(folder)
                    kept = [each for each in before if each.patient != patient]
                    if not kept:
                        del self._left[folder]
                        _remove(folder, held)
                    elif kept != before:
                        self._seal(folder, kept)
                if folder not in offered and folder in self._left:
                    self._left.pop(folder).close()
            self._tidy()

    def release_left(self) -> None:
        """Let go of what was left behind: another window may offer it, or this one later."""
        with self._gate:
            while self._left:
                self._left.popitem()[1].close()

    def close(self) -> None:
        """Let go; what is kept stays."""
        with self._gate:
            self.release_left()
            if self._held is not None:
                self._held.close()
            self._own = self._held = None


def _remove(folder: Path, held: IO[str] | None) -> None:
    try:
        for path in folder.iterdir():
            if path.name != IN_USE:
                path.unlink()  # also a file that was half written
        if held is not None:
            held.close()
        (folder / IN_USE).unlink(missing_ok=True)
        folder.rmdir()
    except OSError as error:
        log.warning("what waited could not be removed (%s)", os.strerror(error.errno or 0))


__all__ = ["SealedRoom"]
