"""File dialogs and the clipboard betray nobody: no folder in Qt's settings, no secret in a clipboard's history."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
app = QApplication([])
from myomap.gui.prompts import Prompts
window, chosen = QWidget(), []
prompts, there, end = Prompts(window), Path(sys.argv[1]), sys.argv[2]
{"save": lambda: prompts.save_file("Save", there / "Quirkendale.pdf", "PDF (*.pdf)", chosen.append),
 "open": lambda: prompts.open_file("Open", there / "Quirkendale.txt", "Text (*.txt)", chosen.append),
 "folder": lambda: prompts.choose_folder("Choose", there, chosen.append)}[sys.argv[3]]()
dialog = window.findChildren(QFileDialog)[0]
QTimer.singleShot(100, dialog.accept if end == "accept" else dialog.reject)
QTimer.singleShot(400, app.quit)
app.exec()
print(chosen)
"""


@pytest.mark.parametrize("end", ["accept", "reject"])
@pytest.mark.parametrize("kind", ["save", "open", "folder"])
def test_where_somebody_saved_stays_in_no_settings_of_qt(tmp_path: Path, end: str, kind: str) -> None:
    there, home = tmp_path / "Zyxomancer Patient", tmp_path / "home"
    for folder in (there, home):
        folder.mkdir()
    (there / "Quirkendale.txt").write_text("x")
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2] / "app"),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [sys.executable, "-c", SCRIPT, str(there), end, kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert ("Zyxomancer" in done.stdout) == (end == "accept"), done.stderr
    written = [path for path in home.rglob("*") if path.is_file()]
    assert written  # Qt does write its settings, or this shows nothing
    for path in written:
        content = path.read_bytes()
        assert b"Zyxomancer" not in content, path
        assert b"Quirkendale" not in content, path


def test_a_secret_that_is_copied_asks_to_be_in_no_history(qapp: Any) -> None:
    from myomap.gui.practice.clipboard import copy_secret

    copy_secret("a planted secret")
    copied = QGuiApplication.clipboard().mimeData()
    assert copied.text() == "a planted secret"
    assert bytes(copied.data("x-kde-passwordManagerHint").data()) == b"secret"
    assert any("ExcludeClipboardContent" in kind for kind in copied.formats())
    QGuiApplication.clipboard().clear()
