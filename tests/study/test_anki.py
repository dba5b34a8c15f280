"""The exported package opens in Anki's own importer, holds pictures, and can be read back."""

import base64
import json
import os
import random
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from myomap.errors import MyomapError
from myomap.store.anki_package import AnkiPackageError, pack, read_package
from myomap.study import anki_export
from myomap.study.anki_export import FIELDS, MOST_BYTES, _width_for, write_package
from myomap.study.decks import Deck
from myomap.study.makers import QuestionMaker
from myomap.study.questions import QuestionKind

#: A PNG of one pixel.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SMALL = Deck("Chewing", muscles=frozenset({"masseter"}))


@pytest.fixture(scope="module")
def package(atlas: Any, maker: QuestionMaker, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    out = tmp_path_factory.mktemp("anki") / "chewing.apkg"
    heard: list[tuple[int, int]] = []
    count = write_package(
        atlas, maker, SMALL, out, pack, on_card=lambda done, all_: heard.append((done, all_))
    )
    assert heard[-1] == (count, count)
    return out, count


def test_anki_itself_imports_it_with_all_cards_and_pictures(
    package: tuple[Path, int], tmp_path: Path
) -> None:
    from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

    path, count = package
    collection = Collection(str(tmp_path / "collection.anki2"))
    try:
        request = ImportAnkiPackageRequest(
            package_path=str(path), options=ImportAnkiPackageOptions(merge_notetypes=True)
        )
        log = collection.import_anki_package(request)
        assert len(log.log.new) == count
        assert collection.card_count() == count
        assert "Myomap::Chewing" in {deck.name for deck in collection.decks.all_names_and_ids()}
        media = {p.name for p in Path(collection.media.dir()).iterdir()}
        pictured = 0
        for note_id in collection.find_notes(""):
            note = collection.get_note(note_id)
            card = note.cards()[0]
            front, back = card.question(), card.answer()
            assert note["Question"] in front
            assert note["Answer"] in back
            assert note["Source"] in back
            assert note["Answer"] == "See the picture." or note["Answer"] not in note["Question"]
            for tag in (note["Picture"], note["AnswerPicture"]):
                if tag:
                    name = tag.split('"')[1]
                    assert name in media, name
                    pictured += 1
        assert pictured > count
        again = collection.import_anki_package(request)
        assert len(again.log.new) == 0, "the same cards are known again, not doubled"
        assert collection.card_count() == count
    finally:
        collection.close()


@pytest.fixture(scope="module")
def whole(atlas: Any, maker: QuestionMaker, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The whole deck as the window exports it; its 1,700 pictures are drawn (minutes) only when asked for.

    Without MYOMAP_WHOLE_DECK every picture is a dot of its own; names, sharing and notes are as always.
    """
    from myomap.gui.study.anki import as_jpeg

    out = tmp_path_factory.mktemp("anki") / "everything.apkg"
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("MYOMAP_WHOLE_DECK"):
            patch.setattr(anki_export, "map_svg", lambda *_: "")
            patch.setattr(anki_export, "typeset", lambda *_, **__: SimpleNamespace(body=DOT))
        return out, write_package(atlas, maker, Deck("Everything"), out, pack, shrink=as_jpeg)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_anki_itself_imports_the_whole_deck(
    maker: QuestionMaker, whole: tuple[Path, int], tmp_path: Path
) -> None:
    from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

    path, count = whole
    assert count == len(maker.cards(Deck("all"))) > 2000
    assert path.stat().st_size < 25_000_000
    collection = Collection(str(tmp_path / "collection.anki2"))
    try:
        options = ImportAnkiPackageOptions(merge_notetypes=True)
        request = ImportAnkiPackageRequest(package_path=str(path), options=options)
        assert len(collection.import_anki_package(request).log.new) == count
        assert collection.card_count() == count
        media = {p.name for p in Path(collection.media.dir()).iterdir()}
        wanted = set()
        for note_id in collection.find_notes(""):
            note = collection.get_note(note_id)
            assert note["Question"]
            assert note["Answer"]
            wanted |= {tag.split('"')[1] for tag in (note["Picture"], note["AnswerPicture"]) if tag}
        assert wanted == media, "every picture that is named is there, and no other"
        report = collection.media.check()
        assert (list(report.missing), list(report.unused)) == ([], [])
        assert collection.fix_integrity()[1], "Anki finds no fault in it"
    finally:
        collection.close()
    assert read_package(path).cards == frozenset(maker.cards(Deck("all")))


def test_export_and_import_leave_nothing_in_the_folder_for_temporary_files(
    atlas: Any, maker: QuestionMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    tiny = Deck("t", muscles=frozenset({"masseter"}), kinds=frozenset({QuestionKind.NAME_MUSCLE}))
    seen: list[list[Path]] = []
    out = tmp_path / "t.apkg"
    write_package(atlas, maker, tiny, out, pack, on_card=lambda *_: seen.append(list(scratch.iterdir())))
    read_package(out)
    assert seen == [[]], "a window that is closed meanwhile leaves nothing behind"
    assert list(scratch.iterdir()) == []


def test_pictures_are_pictures_and_the_package_small(package: tuple[Path, int]) -> None:
    path, count = package
    with zipfile.ZipFile(path) as opened:
        names = json.loads(opened.read("media"))
        assert names
        for key in names:
            body = opened.read(key)
            assert body.startswith(b"\x89PNG")
            assert 2_000 < len(body) < 400_000
    assert path.stat().st_size < MOST_BYTES
    assert len(names) < 2 * count, "the same picture is kept once"


def test_many_pictures_are_drawn_smaller() -> None:
    assert _width_for(10, MOST_BYTES) > _width_for(900, MOST_BYTES) >= 100
    assert _width_for(900, MOST_BYTES, shrinks=True) > _width_for(900, MOST_BYTES)


def test_it_is_read_back_as_a_deck_of_the_same_cards(maker: QuestionMaker, package: tuple[Path, int]) -> None:
    path, count = package
    deck = read_package(path)
    assert deck.name == "Chewing"
    made = {c for c in maker.cards(SMALL) if maker.make(c, 1) is not None}
    assert deck.cards == made
    assert len(made) == count
    assert set(maker.cards(deck)) == made


def test_foreign_and_damaged_packages_are_said(package: tuple[Path, int], tmp_path: Path) -> None:
    path, _ = package
    body = path.read_bytes()
    bad = {
        "empty": b"",
        "text": b"no package at all",
        "cut": body[: len(body) // 2],
        "middle": body[:300] + b"\x00" * 3000 + body[3300:],
    }
    for name, given in bad.items():
        file = tmp_path / f"{name}.apkg"
        file.write_bytes(given)
        with pytest.raises(AnkiPackageError) as caught:
            read_package(file)
        assert caught.value.what.endswith("."), name
    other = tmp_path / "other.apkg"
    with zipfile.ZipFile(other, "w") as opened:
        opened.writestr("readme.txt", "hello")
    with pytest.raises(AnkiPackageError):
        read_package(other)
    foreign = tmp_path / "collection.anki2"
    db = sqlite3.connect(foreign)
    db.execute("CREATE TABLE col (models TEXT, decks TEXT)")
    db.execute("CREATE TABLE notes (mid INTEGER, flds TEXT)")
    models = json.dumps({"5": {"name": "Basic"}})
    db.execute("INSERT INTO col VALUES (?, ?)", (models, json.dumps({"1": {"name": "Spanish"}})))
    db.execute("INSERT INTO notes VALUES (5, ?)", ("\x1f".join(["hola"] * len(FIELDS)),))
    db.commit()
    db.close()
    spanish = tmp_path / "spanish.apkg"
    with zipfile.ZipFile(spanish, "w") as opened:
        opened.write(foreign, "collection.anki2")
    with pytest.raises(AnkiPackageError, match="no cards of Myomap"):
        read_package(spanish)


def test_a_package_damaged_anywhere_is_said_or_read_whole(package: tuple[Path, int], tmp_path: Path) -> None:
    path, _ = package
    body, chance = path.read_bytes(), random.Random(8)
    whole, file = read_package(path), tmp_path / "damaged.apkg"
    with zipfile.ZipFile(path) as opened:
        size = opened.getinfo("collection.anki2").compress_size
    said: list[AnkiPackageError] = []
    for number in range(150):
        # the collection comes first in the file, its directory last; between them are the pictures
        at = chance.randrange(size) if number % 2 else chance.randrange(len(body) - 3000, len(body))
        bad = bytearray(body)
        for k in range(chance.choice((1, 8, 200))):
            bad[min(at + k, len(bad) - 1)] ^= chance.randrange(1, 256)
        file.write_bytes(bytes(bad))
        try:
            assert read_package(file).cards <= whole.cards
        except AnkiPackageError as error:
            said.append(error)
    assert len(said) > 60
    assert all(error.what.endswith(".") and error.safe for error in said)


def test_an_empty_deck_and_an_unwritable_place_are_said(
    atlas: Any, maker: QuestionMaker, tmp_path: Path
) -> None:
    none = Deck("none", muscles=frozenset({"no-such-muscle"}))
    with pytest.raises(MyomapError, match="no cards"):
        write_package(atlas, maker, none, tmp_path / "x.apkg", pack)
    (tmp_path / "file").write_text("x")
    tiny = Deck("t", muscles=frozenset({"masseter"}), kinds=frozenset({QuestionKind.NERVE}))
    with pytest.raises(MyomapError, match="could not be written"):
        write_package(atlas, maker, tiny, tmp_path / "file" / "x.apkg", pack)
    assert not list(tmp_path.glob("*.part"))
