"""Packs a deck as an Anki package and reads its cards back (the package holds a SQLite file).

Neither leaves anything in the folder for temporary files: the database is made and read in memory.
"""

import io
import itertools
import json
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from myomap.errors import MyomapError
from myomap.study.anki_export import FIELDS, MODEL_NAME
from myomap.study.decks import Deck
from myomap.study.questions import QuestionKind

#: A collection larger than this was not written by Myomap.
_MOST = 200_000_000
_SAFE = "Nothing was changed."


class AnkiPackageError(MyomapError):
    """A file that is no Anki package of Myomap."""


def pack(deck: Any, media: Mapping[str, bytes]) -> bytes:
    """Return a genanki deck and its pictures as the bytes of a package.

    genanki's own `write_to_file` leaves its database in the folder for temporary files.
    """
    import genanki

    now = time.time()
    db = sqlite3.connect(":memory:")
    try:
        package: Any = genanki.Package(deck)
        package.write_to_db(db.cursor(), now, itertools.count(int(now * 1000)))
        db.commit()
        collection = db.serialize()
    finally:
        db.close()
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as opened:
        opened.writestr("collection.anki2", collection, zipfile.ZIP_DEFLATED)
        opened.writestr("media", json.dumps(dict(enumerate(media))))
        for number, picture in enumerate(media.values()):
            opened.writestr(str(number), picture)
    return body.getvalue()


def read_package(path: Path) -> Deck:
    """Return the deck of a package; AnkiPackageError for a foreign or damaged file, OSError for none."""
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
            if package.getinfo("collection.anki2").file_size > _MOST:
                raise AnkiPackageError(f"{path.name} is too large to be a deck of Myomap.", safe=_SAFE)
            collection = package.read("collection.anki2")
        name, rows = _notes(collection)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        sqlite3.Error,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise AnkiPackageError(
            f"{path.name} is no Anki package, or it is damaged.",
            safe=_SAFE,
            todo="Choose a file that Myomap exported (.apkg).",
        ) from error
    known = set(QuestionKind)
    cards = {card for card in rows if card.partition(":")[0] in known and card.partition(":")[2]}
    if not cards:
        raise AnkiPackageError(
            f"{path.name} holds no cards of Myomap.",
            safe=_SAFE,
            todo="Only packages that Myomap exported can be read back.",
        )
    return Deck(
        name, cards=frozenset(cards), kinds=frozenset(QuestionKind(card.partition(":")[0]) for card in cards)
    )


def _notes(collection: bytes) -> tuple[str, list[str]]:
    db = sqlite3.connect(":memory:")
    try:
        db.deserialize(collection)
        models, decks = (json.loads(text) for text in db.execute("SELECT models, decks FROM col").fetchone())
        own = {int(key) for key, model in models.items() if model.get("name") == MODEL_NAME}
        names = [
            str(deck.get("name", "")) for deck in decks.values() if str(deck.get("name", "")) != "Default"
        ]
        at = FIELDS.index("Card")
        rows = [
            fields[at]
            for model, text in db.execute("SELECT mid, flds FROM notes")
            if model in own and len(fields := str(text).split("\x1f")) == len(FIELDS)
        ]
    except (TypeError, AttributeError) as error:
        raise ValueError("not what a collection holds") from error
    finally:
        db.close()
    name = names[0].rpartition("::")[2] if names else ""
    return (name or "Imported deck")[:80], rows
