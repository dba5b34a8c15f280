"""Looking around with invented patients: full, encrypted, marked on every page, and nothing of it is left."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest

from myomap.records.edits import add, change
from myomap.records.errors import NotAllowedError
from myomap.records.values import Patient, Sex, new_id
from myomap.store import key_file
from myomap.store.invented.folder import FOLDER, InventedFolder, sweep
from myomap.store.practice_folder import PracticeFolder

WHEN = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_file, "PASSES", 1)


@pytest.fixture(scope="module")
def filled(
    atlas: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[InventedFolder, Any, Path]]:
    home = tmp_path_factory.mktemp("invented-home")
    place = InventedFolder(home)
    practice = place.fill(atlas)
    yield place, practice, home
    place.throw_away()
    assert list(home.iterdir()) == []


def test_every_screen_has_something_to_show(filled: Any, atlas: Any) -> None:
    _, practice, _ = filled
    lines = practice.search("Test Patient")
    assert len(lines) >= 10
    for line in lines:
        course = practice.course(line.id)
        assert len(course) >= 2
        for record in course:
            assert record.strokes
            assert record.findings
            assert record.needlings
            assert record.pain_scores
            assert record.exercises
            assert all(cell < len(atlas.skin) for stroke in record.strokes for cell in stroke.cells)
        assert all(r.visit.is_signed for r in course[:-1])
        assert course[-1].visit.is_signed is (course[-1].visit.on != date.today())
    assert any(not practice.course(line.id)[-1].visit.is_signed for line in lines)


def test_what_is_drawn_lies_on_the_side_that_is_said(filled: Any) -> None:
    _, practice, _ = filled
    for line in practice.search("Test Patient"):
        for record in practice.course(line.id):
            (side,) = {f.site.laterality for f in record.findings}
            assert str(side).upper() in record.needlings[0].site.words
            said = record.visit.reason.casefold()
            other = "left" if side == "right" else "right"
            assert other not in said


def test_whatever_is_named_says_that_it_is_invented(filled: Any) -> None:
    _, practice, _ = filled
    assert "invented" in practice.name
    settings = practice.settings
    practice.apply(change(settings, replace(settings, name="A practice by a real name")))
    assert practice.name == "A practice by a real name (invented)"
    patient = Patient(new_id(), "Test Person", sex=Sex.MALE)
    practice.apply(add(patient))
    assert practice.patient(patient.id).name == "Test Person (invented)"
    held = practice.patient(patient.id)
    practice.apply(change(held, replace(held, name="Another Test Person")))
    assert practice.patient(patient.id).name == "Another Test Person (invented)"
    assert all("invented" in line.name for line in practice.search())
    assert all("invented" in each.name for each in practice.practitioners())


def _text(body: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)


def test_no_page_and_no_file_leaves_without_the_word(filled: Any, atlas: Any) -> None:
    from myomap.gui.visit.documents import DOCUMENTS, Papers

    _, practice, _ = filled
    line = practice.search("Test Patient 01")[0]
    course = practice.course(line.id)
    papers = Papers(
        atlas, practice.patient(line.id), course[0], practice.settings, tuple(practice.practitioners()), WHEN
    )
    for document in DOCUMENTS:
        body = document.make(papers, course).body
        pages = (
            [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages]
            if body.startswith(b"%PDF")
            else [body.decode()]
        )
        for page in pages:
            assert "invented" in page.casefold(), document.key
    assert b"invented" in practice.export_patient(line.id)


def test_it_is_encrypted_and_whatever_is_typed_opens_its_lock(filled: Any) -> None:
    _, practice, home = filled
    for path in home.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert b"Test Patient" not in held
            assert b"invented for looking" not in held.lower()
    practice.lock()
    assert practice.is_locked
    practice.unlock("")
    assert practice.search()


def test_no_backup_goes_out_and_none_comes_in(filled: Any, tmp_path: Path) -> None:
    place, practice, _ = filled
    assert practice.back_up_if_due() is None
    for refused in (
        lambda: place.restore(tmp_path, "x"),
        lambda: place.preview(tmp_path, "x"),
        lambda: place.change_passphrase("x", "y"),
        lambda: place.open_with_recovery_key("x", "y"),
        practice.back_up,
    ):
        with pytest.raises(NotAllowedError, match="Invented patients"):
            refused()
    assert not place.can_remember()
    assert not place.remember(practice, on=True)
    assert place.open_remembered() is None
    assert not (place.folder / "backups").exists()


def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    from myomap.store.invented import folder

    monkeypatch.setattr(folder, "_fill", lambda practice, atlas, today: None)


def test_what_a_crash_left_behind_is_removed_at_the_next_start_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _small(monkeypatch)
    crashed, used = InventedFolder(tmp_path), InventedFolder(tmp_path)
    nobody: Any = None
    crashed.fill(nobody).close()
    used.fill(nobody)
    assert crashed._held is not None
    crashed._held.close()  # the program is gone, and with it what it held
    sweep(tmp_path)
    assert not crashed.folder.exists()
    assert used.folder.exists()
    used.throw_away()
    assert list(tmp_path.iterdir()) == []


def test_a_real_practice_beside_it_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from myomap.store.invented.patients import clinician

    _small(monkeypatch)
    real = PracticeFolder(tmp_path / "practice")
    real.create("a made up passphrase", name="Test practice", owner=clinician())[0].close()
    before = {p.name: p.read_bytes() for p in (tmp_path / "practice").rglob("*") if p.is_file()}
    place = InventedFolder(tmp_path)
    nobody: Any = None
    place.fill(nobody)
    place.throw_away()
    sweep(tmp_path)
    after = {p.name: p.read_bytes() for p in (tmp_path / "practice").rglob("*") if p.is_file()}
    assert after == before
    assert not (tmp_path / FOLDER).exists()


def test_an_end_while_it_is_being_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from myomap.store.invented import folder

    def broken(*_: Any) -> None:
        raise RuntimeError("no more room")

    monkeypatch.setattr(folder, "_fill", broken)
    place = InventedFolder(tmp_path)
    nobody: Any = None
    with pytest.raises(RuntimeError):
        place.fill(nobody)
    place.throw_away()
    place.throw_away()  # twice does no harm
    assert list(tmp_path.iterdir()) == []
