"""Paths, workers, settings, messages, palette, and the guard of the PySide6 pin."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from myomap.errors import AtlasError
from myomap.gui import settings
from myomap.gui.map.paths import path_of
from myomap.gui.messages import message_for
from myomap.gui.parts import Title, row
from myomap.gui.theme import ThemeName, colour, make_theme
from myomap.gui.workers import Pool


def test_ten_thousand_calls_into_qt_do_not_abort_the_interpreter() -> None:
    program = (
        "from PySide6.QtWidgets import QApplication, QLabel\n"
        "app = QApplication([])\nlabel = QLabel()\n"
        "for n in range(10_000):\n    label.setText(str(n))\nprint(label.text())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=60, check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "", "HOME": "/tmp"},
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "9999")


def test_path_keeps_the_rings_and_the_hole_of_a_shape(qapp: Any) -> None:
    ring = shapely.Point(10, 10).buffer(8).difference(shapely.Point(10, 10).buffer(3))
    both = shapely.union_all([ring, shapely.box(40, 40, 50, 50)])
    path = path_of(both)
    assert path.elementCount() == shapely.get_num_coordinates(both)
    for x, y in ((10, 10), (16, 10), (45, 45), (30, 30)):
        assert path.contains(QPointF(x, y)) == shapely.contains_xy(both, x, y)


def test_path_of_an_empty_shape_is_empty(qapp: Any) -> None:
    assert path_of(shapely.MultiPolygon()).isEmpty()


def test_only_the_newest_result_of_a_topic_is_delivered(qtbot: Any) -> None:
    pool, got = Pool(1), []
    for number in range(20):
        pool.run(lambda number=number: number, got.append, topic="same")
    qtbot.waitUntil(lambda: not pool.busy)
    assert got == [19]
    pool.stop()


def test_all_results_without_a_topic_arrive_and_errors_go_to_their_own_callback(qtbot: Any) -> None:
    pool, got, wrong = Pool(2), [], []
    for number in range(200):
        pool.run(lambda number=number: number, got.append)
    pool.run(lambda: 1 // 0, got.append, wrong.append)
    qtbot.waitUntil(lambda: not pool.busy)
    assert sorted(got) == list(range(200))
    assert [type(error) for error in wrong] == [ZeroDivisionError]
    pool.stop()


def test_bad_setting_falls_back_alone_and_the_rest_is_kept(tmp_path: Path, caplog: Any) -> None:
    written = {"theme": "purple", "text_scale": 40, "figure": "female", "tree_shown": "yes", "unknown": 1}
    (tmp_path / settings.FILE).write_text(json.dumps(written))
    with caplog.at_level(logging.ERROR):
        read = settings.load(tmp_path)
    assert (read.theme, read.text_scale, read.figure, read.tree_shown) == ("system", 1.0, "female", True)


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00"])
def test_damaged_settings_give_the_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / settings.FILE).write_text(text)
    assert settings.load(tmp_path) == settings.WindowSettings()


def test_settings_that_cannot_be_written_are_reported_and_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    assert settings.save(tmp_path / "home", settings.WindowSettings()) is False


def test_expected_errors_keep_their_sentences_and_faults_show_no_words_of_theirs() -> None:
    said = message_for(AtlasError("The atlas is damaged.", todo="Install it again."))
    assert (said.title, said.text, said.fault) == ("The atlas is damaged.", "Install it again.", False)
    fault = message_for(KeyError("x"))
    assert fault.fault
    assert "KeyError" in fault.detail
    assert "KeyError" not in fault.title + fault.text


def test_colours_read_alpha_last() -> None:
    assert colour("#5a2aa8b8").getRgb() == (0x5A, 0x2A, 0xA8, 0xB8)


def _luminance(text: str) -> float:
    parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", [ThemeName.LIGHT, ThemeName.DARK, ThemeName.HIGH_CONTRAST])
@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("text", ("window", "panel", "raised", "accent_soft", "hover", "danger_soft", "caution_soft")),
        ("muted", ("window", "panel", "raised", "accent_soft", "hover", "danger_soft", "caution_soft")),
        ("disabled", ("window", "panel", "raised")),
        ("accent", ("window", "panel", "raised", "hover", "accent_soft")),
        ("on_accent", ("accent",)),
        ("danger", ("window", "panel", "raised", "danger_soft", "accent_soft")),
        ("caution", ("caution_soft",)),
        ("good", ("good_soft", "window", "panel", "raised", "accent_soft")),
        ("rail_text", ("rail",)),
        ("rail_on", ("rail",)),
    ],
)
def test_text_has_the_contrast_that_wcag_asks_for(
    name: ThemeName, text: str, grounds: tuple[str, ...]
) -> None:
    chrome = make_theme(name).chrome
    for ground in grounds:
        assert _contrast(getattr(chrome, text), getattr(chrome, ground)) >= 4.5, (text, ground)


def test_a_title_goes_over_two_lines_only_where_one_has_no_room(qapp: Any) -> None:
    title, page = Title("Test Patient 02 (invented)"), QWidget()
    page.setLayout(row(title, None))
    page.show()
    lines = {}
    for wide in (700, 120):
        page.resize(wide, 200)
        qapp.processEvents()
        lines[wide] = title.heightForWidth(title.width()) // title.fontMetrics().lineSpacing()
    page.close()
    assert lines[700] == 1
    assert lines[120] > 1
