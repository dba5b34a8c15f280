"""Values as text and back: one canonical JSON, which is stored, signed, audited and exported."""

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from myomap.records.values import AFTER_SIGNING, CLASSES, Kind, Value

_encoder = msgspec.json.Encoder(order="deterministic")


@cache
def _decoder(kind: Kind) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(CLASSES[kind])


def encode(value: Value) -> str:
    """Return a value as JSON with its fields in order (a whole number given for a float stays whole)."""
    return _encoder.encode(value).decode()


def decode(kind: Kind, text: str) -> Value:
    """Read a value back; msgspec.ValidationError or DecodeError for text that is not one."""
    return _decoder(kind).decode(text)  # type: ignore[no-any-return]


def digest_of(head: str, belongings: Iterable[tuple[str, str, str]]) -> str:
    """Return the SHA-256 (hex) that a signature covers.

    ``head`` is the stored text of the visit's head without signature, ``belongings`` are (kind, id,
    stored text). Amendments and follow-ups come later and are left out. It is taken over what is
    stored, not over values written anew: a later version of the program may write them otherwise.
    """
    made = hashlib.sha256()
    rows = sorted(row for row in belongings if row[0] not in AFTER_SIGNING)
    for part in (head, *(part for row in rows for part in row)):
        written = part.encode()
        made.update(len(written).to_bytes(8, "big"))
        made.update(written)
    return made.hexdigest()


def text_digest(text: str) -> str:
    """Return the SHA-256 (hex) of a stored text."""
    return hashlib.sha256(text.encode()).hexdigest()
