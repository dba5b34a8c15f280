"""The script that stands for an hour at the window does what it says; its long run is started by hand."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.hour_of_use import Day, curve, held

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory from /proc")
def test_a_round_is_a_whole_visit_and_leaves_no_windows_behind(qapp: Any, tmp_path: Path) -> None:
    from PySide6.QtWidgets import QApplication

    from myomap.gui.explain.window import ExplainWindow

    day = Day(tmp_path)
    try:
        counted = []
        for _ in range(3):
            day.round()
            counted.append(held()["widgets"])
        practice = day.program.session.practice
        visits = [v for p in day.patients for v in practice.visits(p)]
        assert len(visits) == 3
        for line in visits:
            record = practice.visit(line.id)
            assert record.needlings
            assert record.findings
            assert record.strokes
            assert [s.value for s in record.pain_scores] == [7, 3]
        assert len(list(day.program.folder.glob("*.pdf"))) >= 2
        assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, ExplainWindow)]
        assert counted[2] < counted[1] * 1.2
    finally:
        day.close()


def test_the_curve_is_a_picture_with_its_unit() -> None:
    drawn = curve([(0.5, 400.0, 10, 10), (1.0, 410.0, 10, 10)])
    assert drawn.startswith("<svg")
    assert "MB" in drawn
