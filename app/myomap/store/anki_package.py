"""Reads back the cards of an Anki package that Myomap wrote (the package holds a SQLite file)."""

import io
import json
import sqlite3
import tempfile
import zipfile
from pathlib import Path

from myomap.errors import MyomapError
from myomap.study.anki_export import FIELDS, MODEL_NAME
from myomap.study.decks import Deck
from myomap.study.questions import QuestionKind

#: A collection larger than this was not written by Myomap.
_MOST = 200_000_000
_SAFE = "Nothing was changed."


class AnkiPackageError(MyomapError):
    """A file that is no Anki package of Myomap."""


def read_package(path: Path) -> Deck:
    """Return the deck of a package; AnkiPackageError for a foreign or damaged file, OSError for none."""
    with tempfile.TemporaryDirectory(prefix="myomap-anki-") as folder:
        inside = Path(folder) / "collection.anki2"
        try:
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
                if package.getinfo("collection.anki2").file_size > _MOST:
                    raise AnkiPackageError(f"{path.name} is too large to be a deck of Myomap.", safe=_SAFE)
                inside.write_bytes(package.read("collection.anki2"))
            name, rows = _notes(inside)
        except (
            zipfile.BadZipFile,
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


def _notes(inside: Path) -> tuple[str, list[str]]:
    db = sqlite3.connect(f"{inside.as_uri()}?mode=ro", uri=True)
    try:
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
