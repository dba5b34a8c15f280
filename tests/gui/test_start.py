"""Starting: what is there before the atlas, and what is said when there is none."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

from myomap.bootstrap import NO_ATLAS, make_context, make_window, run_window


def _run(home: Path, atlas: Path, maps: Path) -> tuple[int, list[str]]:
    said: list[str] = []

    def ready(window: Any) -> None:
        said.extend(label.text() for label in window.centralWidget().findChildren(QLabel))
        QTimer.singleShot(0, window.close)

    return run_window(home, atlas=atlas, maps=maps, on_ready=ready), said


def test_window_opens_on_the_atlas_and_closes_with_zero(
    qapp: Any, tmp_path: Path, doll_files: tuple[Path, Path]
) -> None:
    code, said = _run(tmp_path, *doll_files)
    assert code == 0
    assert "Choose a muscle" in said


@pytest.mark.parametrize("kind", ["missing", "garbage", "cut", "other", "newer"])
def test_window_without_a_good_atlas_says_one_sentence_and_ends_with_its_code(
    qapp: Any, tmp_path: Path, doll_files: tuple[Path, Path], kind: str
) -> None:
    bad = tmp_path / "atlas.sqlite"
    if kind == "garbage":
        bad.write_bytes(b"not a database" * 100)
    elif kind == "cut":
        bad.write_bytes(doll_files[0].read_bytes()[:6000])
    elif kind in ("other", "newer"):
        db = sqlite3.connect(bad)
        db.execute(f"PRAGMA application_id = {1 if kind == 'other' else 0x4D794174}")
        db.execute("PRAGMA user_version = 99")
        db.execute("CREATE TABLE x (y)")
        db.commit()
        db.close()
    before = bad.read_bytes() if bad.exists() else None
    code, said = _run(tmp_path / "home", bad, doll_files[1])
    assert code == NO_ATLAS
    assert any("atlas" in text.lower() for text in said)
    assert (bad.read_bytes() if bad.exists() else None) == before


def test_coarse_maps_are_there_before_the_atlas(
    qapp: Any, tmp_path: Path, doll_files: tuple[Path, Path]
) -> None:
    window = make_window(make_context(tmp_path), doll_files[1])
    for panel in window.atlas_place.panels:
        assert not panel.map._coarse.isNull()
        assert panel._left.text() in ("R", "L")
    window.close()


def test_nothing_slow_is_imported_before_the_first_paint() -> None:
    program = (
        "import sys, myomap.bootstrap\n"
        "slow = {'numpy', 'shapely', 'sqlalchemy', 'rapidfuzz', 'msgspec', 'myomap.store.atlas_file'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True,
        env={"PYTHONPATH": ":".join(sys.path), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
