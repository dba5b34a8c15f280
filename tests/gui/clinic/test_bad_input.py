"""Bad pictures, folders and disks in the window: a sentence, and nothing that was there is lost."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from myomap.gui.visit.documents import DOCUMENTS
from myomap.report import picture_file


def _settings(bench: Any) -> Any:
    if bench.clinic.settings is None:
        bench.clinic.add_settings()
    bench.window.go_to("settings")
    return bench.clinic.settings.practice


@pytest.mark.parametrize(
    ("body", "size", "said"),
    [
        (b"no picture at all", 0, "neither a PNG nor an SVG nor a JPEG"),
        (b"\x89PNG\r\n\x1a\n broken", 0, "cannot be read"),
        (b"<svg><g></svg>", 0, "cannot be printed"),
        (b"\x89PNG", 100_000_000, "100.0 MB"),
    ],
)
def test_a_bad_logo_is_refused_in_words_and_the_old_one_stays(
    bench: Any, tmp_path: Path, body: bytes, size: int, said: str
) -> None:
    part = _settings(bench)
    before = bench.clinic.session.settings
    path = tmp_path / "logo.png"
    path.write_bytes(body)
    if size:
        os.truncate(path, size)
    part.take_logo(path)
    assert said in part.logo_problem.text()
    assert part.logo_problem.isVisibleTo(part)
    assert bench.clinic.session.settings == before


def test_a_logo_that_went_away_meanwhile_is_said(bench: Any, tmp_path: Path) -> None:
    part = _settings(bench)
    part.take_logo(tmp_path / "gone.png")
    assert "could not be read" in part.logo_problem.text()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write")
def test_a_backup_folder_that_cannot_be_written_is_refused_when_it_is_chosen(
    bench: Any, tmp_path: Path
) -> None:
    part = _settings(bench)
    part._on_folder(Path("/proc/self"))
    assert "Nothing can be written" in part.fields["second_backup_folder"].problem.text()
    assert bench.clinic.session.settings.second_backup_folder == ""
    part._on_folder(tmp_path)
    bench.wait(lambda: bench.clinic.session.settings.second_backup_folder == str(tmp_path))


def test_a_full_disk_while_a_pdf_is_written_says_so_and_loses_nothing(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = bench.begin()
    visit.open_step("before")
    visit.steps["before"].pain.buttons["7"].click()
    visit.open_step("hand_over")
    step = visit.steps["hand_over"]
    document = next(d for d in DOCUMENTS if d.key == "json")
    old = tmp_path / "visits.json"
    old.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(picture_file.os, "fsync", full)
    step.buttons.setdefault(document.key, step.show_button)
    step.write(document, old)
    bench.wait(lambda: bool(bench.told))
    assert "the disk is full" in bench.told[-1].title
    assert old.read_bytes() == b"old"
    assert list(tmp_path.glob(".*")) == []
    monkeypatch.undo()
    bench.wait(lambda: [s.value for s in bench.kept().pain_scores] == [7])
    step.write(document, old)  # and it can be tried again at once
    bench.wait(lambda: old.read_bytes() != b"old")
