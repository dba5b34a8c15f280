"""An error of ours is told, keeps the window and never repeats what somebody typed."""

import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType

from myomap.bootstrap import _on_qt_message, make_context, make_window, run_window
from myomap.gui.messages import Message, Reporter


def _raise() -> None:
    raise ValueError("Test Patient 01 was typed here")


@pytest.mark.parametrize(
    "said",
    [
        'QFSFileEngine::open: cannot open "/home/w/Zyxomancer Plumbago.pdf" for writing',
        "QIODevice::write (QFile, /home/w/Zyxomancer Plumbago.pdf): device not open",
        r"QFile: C:\\Records\\Zyxomancer Plumbago.pdf is not there",
        "QString::arg: Argument missing: 'Zyxomancer Plumbago'",
    ],
)
def test_what_qt_says_goes_to_the_log_without_names_of_files_and_what_it_quotes(
    said: str, caplog: Any
) -> None:
    with caplog.at_level(logging.DEBUG, "myomap"):
        _on_qt_message(QtMsgType.QtWarningMsg, QMessageLogContext(), said)
        _on_qt_message(
            QtMsgType.QtWarningMsg, QMessageLogContext(), "QPainter::end: can't end what isn't begun"
        )
    assert said.split(":")[0] in caplog.text
    assert "can't end what isn't begun" in caplog.text
    for name in ("Zyxomancer", "Plumbago"):
        assert name not in caplog.text


def test_uncaught_error_is_told_once_and_the_window_stays(qtbot: Any, tmp_path: Path, caplog: Any) -> None:
    told: list[Message] = []
    reporter = Reporter(told.append)
    reporter.install()
    try:
        for _ in range(3):
            try:
                _raise()
            except ValueError:
                sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        qtbot.waitUntil(lambda: len(told) > 0)
        qtbot.wait(20)
    finally:
        reporter.remove()
    assert len(told) == 1
    assert told[0].fault
    assert "Test Patient 01 was" not in told[0].detail.replace(
        'raise ValueError("Test Patient 01 was typed here")', ""
    )
    assert "Test Patient" not in caplog.text
    assert "uncaught ValueError" in caplog.text


def test_error_in_a_thread_reaches_the_same_place(qtbot: Any) -> None:
    import threading

    told: list[Message] = []
    reporter = Reporter(told.append)
    reporter.install()
    try:
        thread = threading.Thread(target=_raise)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: len(told) == 1)
    finally:
        reporter.remove()


def test_home_that_cannot_be_written_is_said_and_the_atlas_still_opens(
    qapp: Any, tmp_path: Path, doll_files: tuple[Path, Path], monkeypatch: Any
) -> None:
    home = tmp_path / "home"
    home.write_text("a file where the folder should be")
    told: list[Message] = []
    monkeypatch.setattr("myomap.gui.prompts.Prompts.tell", lambda _, message: told.append(message))
    opened: list[bool] = []

    def ready(window: Any) -> None:
        opened.append(window.context.atlas is not None)
        QTimer.singleShot(0, window.close)

    assert run_window(home, atlas=doll_files[0], maps=doll_files[1], on_ready=ready) == 0
    assert opened == [True]
    assert "cannot be written" in told[0].title
    assert home.read_text() == "a file where the folder should be"


def test_log_names_places_in_the_program(qapp: Any, tmp_path: Path, doll_files: tuple[Path, Path]) -> None:
    run_window(
        tmp_path, atlas=doll_files[0], maps=doll_files[1], on_ready=lambda w: QTimer.singleShot(0, w.close)
    )
    logging.getLogger("myomap.test").warning("a line")
    assert "a line" in (tmp_path / "log" / "myomap.log").read_text()


def test_plates_of_the_last_time_are_shown_before_the_atlas(
    qapp: Any, tmp_path: Path, doll_files: tuple[Path, Path]
) -> None:
    run_window(tmp_path, atlas=doll_files[0], maps=doll_files[1], on_ready=_settle_and_close)
    window = make_window(make_context(tmp_path), doll_files[1], doll_files[0])
    coarse = window.atlas_place.panels[0].map._coarse.toImage()
    colours = {coarse.pixelColor(x, y).name() for x in range(0, coarse.width(), 5) for y in range(0, 400, 5)}
    assert any(
        int(c[1:3], 16) > int(c[3:5], 16) + 40 for c in colours
    )  # there is red in it: not the bare tone
    window.close()


def _settle_and_close(window: Any) -> None:
    from myomap.gui.picture import settle

    settle(window)
    QTimer.singleShot(0, window.close)
