"""The real program with ``--demo``: full of invented patients, said so everywhere; a crash leaves nothing for long."""

from pathlib import Path

import pytest
from tests.e2e.outside import Outside, require, until

WORDS = "Invented patients – nothing here is kept"
pytestmark = pytest.mark.slow


def _files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def test_looking_around_is_said_everywhere_encrypted_and_gone_after_a_crash(tmp_path: Path) -> None:
    require()
    home = tmp_path / "myomap"
    with Outside(tmp_path, arguments=("--demo",)) as outside:
        outside.take_keys()
        outside.wait_for("Settings", "check box")
        outside.wait_for("Test Patient 01 (invented)", "cell")
        for place in ("Atlas", "Visit", "Learn", "Study", "Patients"):
            outside.click(place, "check box")
            assert outside.find(WORDS, "label"), place
        kept = _files(home / "invented")
        assert kept
        assert not any(b"Test Patient" in path.read_bytes() for path in _files(home))
        outside.program.kill()
        outside.program.wait()
    assert _files(home / "invented") == kept
    with Outside(tmp_path) as outside:
        outside.take_keys()
        outside.wait_for("Settings", "check box")
        until(lambda: not (home / "invented").exists(), "the removal of what the crash left behind")
        outside.click("Patients", "check box")
        outside.wait_for("Look around with invented patients", "push button")
        assert outside.find(WORDS, "label") is None
        outside.click("Look around with invented patients", "push button")
        outside.wait_for("Test Patient 01 (invented)", "cell")
        outside.click("End looking around", "push button")
        outside.click("End and throw away", "push button")
        outside.wait_for("Make the practice", "push button")
        assert not (home / "invented").exists()
        assert not (home / "practice").exists()
