"""The key of a practice, wrapped: a random 32-byte key that no passphrase change ever touches.

``key.json`` holds it twice: sealed (AES-256-GCM) by an Argon2id key from the passphrase, and sealed
by the recovery key (160 random bits to print, HKDF-SHA256). It holds nothing of a patient. Losing it
loses the records, so every backup has its own copy. The program's attempts at a passphrase are
counted beside it, so that somebody at the desk waits longer after each wrong one; whoever copies the
file can try as fast as Argon2id allows (64 MiB and about 0.2 s a try).
"""

import base64
import hashlib
import json
import secrets
import time
import unicodedata
import uuid
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from myomap.records.errors import PassphraseError, PracticeFileError, Problem, RefusedError
from myomap.records.values import Kind
from myomap.store.safe_files import write_whole

FORMAT = 1
MEMORY_KIB, PASSES, LANES = 65536, 3, 2
SHORTEST_PASSPHRASE = 8
LONGEST_WAIT_S = 300.0
#: Letters and digits that are not mistaken for each other on paper.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECOVERY_BYTES = 20
_CHECK_LETTERS = 4


def new_key() -> bytes:
    """Return a new random key."""
    return secrets.token_bytes(32)


def new_recovery_key() -> str:
    """Return a new recovery key: nine groups of four letters, the last one checks the others."""
    return _print(secrets.token_bytes(_RECOVERY_BYTES))


def _print(raw: bytes) -> str:
    number = int.from_bytes(raw, "big")
    letters = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(155, -1, -5))
    letters += _check_letters(letters)
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def _check_letters(letters: str) -> str:
    summed = hashlib.sha256(b"myomap recovery " + letters.encode()).digest()
    return "".join(_ALPHABET[byte & 31] for byte in summed[:_CHECK_LETTERS])


def read_recovery_key(typed: str) -> bytes | None:
    """Return the bytes of a recovery key as typed (any case and spacing, O for 0, I or L for 1)."""
    letters = "".join(each for each in typed.upper() if each.isalnum())
    letters = letters.replace("O", "0").replace("I", "1").replace("L", "1")
    body, check = letters[:-_CHECK_LETTERS], letters[-_CHECK_LETTERS:]
    if len(body) != 32 or any(each not in _ALPHABET for each in letters) or _check_letters(body) != check:
        return None
    number = 0
    for each in body:
        number = number << 5 | _ALPHABET.index(each)
    return number.to_bytes(_RECOVERY_BYTES, "big")


def check_passphrase(passphrase: str) -> None:
    """Raise RefusedError for a passphrase that is no protection."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        sentence = f"The passphrase needs at least {SHORTEST_PASSPHRASE} characters; several words are best."
    elif not _as_typed(passphrase):
        sentence = "The passphrase holds half a character that cannot be kept; type it anew."
    else:
        sentence = ""
    if sentence:
        raise RefusedError(Kind.SETTINGS, (Problem("passphrase", sentence),))


def _as_typed(secret: str) -> list[bytes]:
    """Return the forms in which a secret may have been typed: keyboards make “é” of one character or of two.

    None where it holds half a character, which no secret does.
    """
    forms = (secret, unicodedata.normalize("NFC", secret), unicodedata.normalize("NFD", secret))
    try:
        return list(dict.fromkeys(form.encode() for form in forms))
    except UnicodeEncodeError:
        return []


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_passphrase(passphrase: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    return hash_secret_raw(passphrase, salt, passes, memory, lanes, 32, Type.ID)


def _from_recovery(raw: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, b"myomap recovery key").derive(raw)


def _seal(wrapper: bytes, key: bytes, bound: str) -> dict[str, str]:
    nonce = secrets.token_bytes(12)
    return {"nonce": _b64(nonce), "sealed": _b64(AESGCM(wrapper).encrypt(nonce, key, bound.encode()))}


def _unseal(wrapper: bytes, part: dict[str, str], bound: str) -> bytes | None:
    try:
        nonce, sealed = base64.b64decode(part["nonce"]), base64.b64decode(part["sealed"])
        return AESGCM(wrapper).decrypt(nonce, sealed, bound.encode())
    except InvalidTag:
        return None


class KeyText:
    """The text of a key file: made, read, opened, re-wrapped. Knows no folder."""

    def __init__(self, text: str, where: str = "the key file") -> None:
        """Read it; PracticeFileError if it is damaged or from a newer version."""
        try:
            self._parts: dict[str, Any] = json.loads(text)
            self.uuid: str = self._parts["practice"]
            written = self._parts["format"]
            self._parts["passphrase"]["sealed"], self._parts["recovery"]["sealed"]
        except (ValueError, KeyError, TypeError) as error:
            raise PracticeFileError(
                f"The key of the practice ({where}) is damaged.",
                safe="The records themselves are untouched.",
                todo="Put key.json from the newest backup in its place.",
            ) from error
        if written != FORMAT:
            raise PracticeFileError(
                f"The key of the practice ({where}) was made by a newer Myomap.",
                safe="Nothing was changed.",
                todo="Install the newer version.",
            )

    @classmethod
    def make(cls, key: bytes, passphrase: str, recovery_key: str, practice: str = "") -> "KeyText":
        """Wrap a key; RefusedError for a passphrase that is too short."""
        check_passphrase(passphrase)
        practice = practice or uuid.uuid4().hex
        made = cls.__new__(cls)
        made.uuid = practice
        made._parts = {"format": FORMAT, "practice": practice}
        made._wrap_passphrase(key, passphrase)
        made._wrap_recovery(key, recovery_key)
        return made

    def _wrap_recovery(self, key: bytes, recovery_key: str) -> None:
        raw, salt = read_recovery_key(recovery_key), secrets.token_bytes(16)
        if raw is None:
            raise ValueError("not a recovery key")
        sealed = _seal(_from_recovery(raw, salt), key, self.uuid + " recovery")
        self._parts["recovery"] = {"kdf": "hkdf-sha256", "salt": _b64(salt), **sealed}

    def _wrap_passphrase(self, key: bytes, passphrase: str) -> None:
        salt = secrets.token_bytes(16)
        wrapper = _from_passphrase(passphrase.encode(), salt, MEMORY_KIB, PASSES, LANES)
        self._parts["passphrase"] = {
            "kdf": "argon2id",
            "salt": _b64(salt),
            "memory_kib": MEMORY_KIB,
            "passes": PASSES,
            "lanes": LANES,
            **_seal(wrapper, key, self.uuid + " passphrase"),
        }

    @property
    def text(self) -> str:
        """As it is written."""
        return json.dumps(self._parts, indent=1)

    def with_passphrase(self, key: bytes, passphrase: str) -> "KeyText":
        """Return the same key under a new passphrase; the recovery key stays what it was."""
        check_passphrase(passphrase)
        made = KeyText(self.text)
        made._wrap_passphrase(key, passphrase)
        return made

    def with_recovery_key(self, key: bytes, recovery_key: str) -> "KeyText":
        """Return the same key under a new recovery key; the passphrase stays what it was."""
        made = KeyText(self.text)
        made._wrap_recovery(key, recovery_key)
        return made

    def open(self, secret: str) -> bytes | None:
        """Return the key for a passphrase or a recovery key, None if it is wrong."""
        part = self._parts["passphrase"]
        try:
            salt = base64.b64decode(part["salt"])
            memory, passes, lanes = part["memory_kib"], part["passes"], part["lanes"]
            if memory > 4_194_304 or passes > 100:
                raise ValueError("costs out of range")
            key = None
            for typed in _as_typed(secret):
                wrapper = _from_passphrase(typed, salt, memory, passes, lanes)
                key = key or _unseal(wrapper, part, self.uuid + " passphrase")
            raw = read_recovery_key(secret)
            if key is None and raw is not None:
                part = self._parts["recovery"]
                wrapper = _from_recovery(raw, base64.b64decode(part["salt"]))
                key = _unseal(wrapper, part, self.uuid + " recovery")
        except (ValueError, KeyError, TypeError) as error:
            raise PracticeFileError(
                "The key of the practice is damaged.",
                safe="The records themselves are untouched.",
                todo="Put key.json from the newest backup in its place.",
            ) from error
        return key


class Attempts:
    """Counts wrong passphrases, over restarts, and says how long to wait."""

    def __init__(self, path: Path | None) -> None:
        """Keep the count in a file; None keeps it in memory only."""
        self._path = path
        self._wrong = 0
        self._until = 0.0
        self._until_monotonic = 0.0
        self._read()

    def _read(self) -> None:
        """Take what other windows and programs counted meanwhile: many of them must not guess faster than one."""
        if self._path is None:
            return
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            wrong, until = int(kept["wrong"]), float(kept["until"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        self._wrong, self._until = max(self._wrong, wrong), max(self._until, until)

    def wait_s(self) -> float:
        """Return the seconds that the next try must wait. A clock set back never makes it endless."""
        self._read()
        left = max(self._until - time.time(), self._until_monotonic - time.monotonic(), 0.0)
        return min(left, self.longest(self._wrong))

    @staticmethod
    def longest(wrong: int) -> float:
        """Return the wait after so many wrong tries: 1, 2, 4 … seconds, at most five minutes."""
        return 0.0 if wrong == 0 else float(min(2 ** (wrong - 1), LONGEST_WAIT_S))

    def open(self, key_text: KeyText, secret: str) -> bytes:
        """Return the key; PassphraseError for a wrong one, or where it is too soon to try."""
        left = self.wait_s()
        if left > 0:
            raise PassphraseError(f"Please wait {left:.0f} seconds before the next try.", left)
        key = key_text.open(secret)
        if key is not None:
            self._wrong, self._until, self._until_monotonic = 0, 0.0, 0.0
            self._keep()
            return key
        self._wrong += 1
        wait = self.longest(self._wrong)
        self._until, self._until_monotonic = time.time() + wait, time.monotonic() + wait
        self._keep()
        seconds = "1 second" if wait == 1 else f"{wait:.0f} seconds"
        raise PassphraseError(f"The passphrase is wrong. The next try is possible in {seconds}.", wait)

    def prove_recovery(self, key_text: KeyText, typed: str) -> None:
        """Raise PassphraseError for anything but the practice's recovery key."""
        if read_recovery_key(typed) is None:
            raise PassphraseError("This is no recovery key: nine groups of four letters and digits.", 0.0)
        self.open(key_text, typed)

    def _keep(self) -> None:
        if self._path is None:
            return
        try:
            if self._wrong == 0:
                self._path.unlink(missing_ok=True)
            else:
                write_whole(self._path, json.dumps({"wrong": self._wrong, "until": self._until}).encode())
        except OSError:
            pass  # the count is a brake, not the lock: a full disk must not keep anybody out
