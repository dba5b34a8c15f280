"""The PIN of a person: Argon2id in the practice, tries slowed over restarts and over machines.

It keeps colleagues who share a practice's passphrase from signing as each other in this program. It is
no second key: whoever has the passphrase and other tools can read the records and try every short PIN
against its hash. So the passphrase stays what protects the patients, the PIN what tells people apart.
"""

import secrets
import time
import unicodedata
from datetime import UTC, datetime

from argon2.exceptions import VerificationError
from argon2.low_level import Type, hash_secret, verify_secret
from sqlalchemy import Connection, delete, insert, select, update

from myomap.records.errors import PinError, Problem, RefusedError
from myomap.records.practice import Deed
from myomap.records.values import Kind
from myomap.store import audit_log, key_file, rows
from myomap.store.database import Database

SHORTEST, LONGEST = 4, 64
_SALT_BYTES, _HASH_BYTES = 16, 32

_table = rows.pin


def held(tx: Connection, who: str) -> str:
    """Return the hash of a person's PIN, empty if they have none."""
    return tx.execute(select(_table.c.hash).where(_table.c.practitioner_id == who)).scalar() or ""


def make_hash(pin: str) -> str:
    """Return the hash of a new PIN; RefusedError for one that cannot be."""
    sentence = ""
    if len(pin) < SHORTEST:
        sentence = f"A PIN has at least {SHORTEST} characters, digits or letters."
    elif len(pin) > LONGEST:
        sentence = f"A PIN has at most {LONGEST} characters."
    elif not _can_be_kept(pin):
        sentence = "This PIN holds a character that cannot be kept."
    elif len(set(pin)) == 1:
        sentence = "A PIN of one character repeated is guessed first; choose another."
    if sentence:
        raise RefusedError(Kind.PRACTITIONER, (Problem("pin", sentence),))
    salt = secrets.token_bytes(_SALT_BYTES)
    costs = (key_file.PASSES, key_file.MEMORY_KIB, key_file.LANES)
    return hash_secret(_plain(pin), salt, *costs, _HASH_BYTES, Type.ID).decode()


def _can_be_kept(pin: str) -> bool:
    try:
        pin.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in pin


def _plain(pin: str) -> bytes:
    """Return a PIN so that the same keys give the same bytes on every keyboard and system."""
    return unicodedata.normalize("NFKC", pin).encode()


def write(tx: Connection, who: str, hashed: str) -> None:
    """Keep a new hash, or none."""
    if not hashed:
        tx.execute(delete(_table).where(_table.c.practitioner_id == who))
        return
    new = {"hash": hashed, "wrong": 0, "until": ""}
    if held(tx, who):
        tx.execute(update(_table).where(_table.c.practitioner_id == who).values(new))
    else:
        tx.execute(insert(_table).values(practitioner_id=who, login="", **new))


class PinTries:
    """Proves that somebody knows a PIN, at a pace that makes guessing slow."""

    def __init__(self) -> None:
        """Nobody has tried yet."""
        self._until: dict[str, float] = {}

    def prove(self, db: Database, who: str, pin: str, by: str = "") -> str:
        """Return the hash that the PIN fits, empty where the person has none. PinError otherwise.

        A try is counted before it is checked: neither many windows at once nor a program that is
        killed in between make guessing faster. Checking is slow, so no transaction is open then.
        ``by`` is who is signed in, for the audit.
        """
        with db.read() as tx:
            hashed = held(tx, who)
        if not hashed:
            return ""
        if not pin:
            raise PinError("This person has a PIN.", is_missing=True)
        wrong = self._begin(db, who)
        if not _can_be_kept(pin) or not _fits(hashed, pin):
            wait = key_file.Attempts.longest(wrong)
            self._until[who] = time.monotonic() + wait
            with db.write() as tx:
                audit_log.append(tx, audit_log.lock(tx), by, Deed.PIN_WRONG, who, f"{wrong} in a row")
            seconds = "1 second" if wait == 1 else f"{wait:.0f} seconds"
            raise PinError(f"The PIN is wrong. The next try is possible in {seconds}.", wait)
        self._until.pop(who, None)
        with db.write() as tx:
            tx.execute(update(_table).where(_table.c.practitioner_id == who).values(wrong=0, until=""))
        return hashed

    def _begin(self, db: Database, who: str) -> int:
        with db.write() as tx:
            audit_log.lock(tx)
            kept = select(_table.c.wrong, _table.c.until).where(_table.c.practitioner_id == who)
            row = tx.execute(kept).one_or_none()
            wrong, until = (row[0], row[1]) if row is not None else (0, "")
            left = min(max(_left(until), self._steady_left(who)), key_file.Attempts.longest(wrong))
            if left > 0:
                raise PinError(f"Please wait {max(left, 1):.0f} seconds before the next try.", left)
            wrong += 1
            end = datetime.now(UTC).timestamp() + key_file.Attempts.longest(wrong)
            noted = datetime.fromtimestamp(end, UTC).isoformat()
            tx.execute(update(_table).where(_table.c.practitioner_id == who).values(wrong=wrong, until=noted))
        return wrong

    def _steady_left(self, who: str) -> float:
        return self._until.get(who, 0.0) - time.monotonic()


def _left(until: str) -> float:
    try:
        return datetime.fromisoformat(until).timestamp() - datetime.now(UTC).timestamp() if until else 0.0
    except ValueError:
        return 0.0


def _fits(hashed: str, pin: str) -> bool:
    try:
        return verify_secret(hashed.encode(), _plain(pin), Type.ID)
    except VerificationError:
        return False
