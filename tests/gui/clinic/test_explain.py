"""The patient's screen shows what was released of this visit, and nothing once another is opened or all is locked."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from tests.gui.geometry import troubles

from myomap.gui.explain.window import ExplainWindow
from myomap.gui.theme import ThemeName
from myomap.records.edits import add
from myomap.records.values import Moment, PainScale, PainScore, Patient, Sex, new_id


def _explained(bench: Any) -> Any:
    """A visit with a finding and a score, explained."""
    visit = bench.begin()
    bench.practice.apply(
        add(PainScore(new_id(), Moment.BEFORE, PainScale.NRS, 7, "now"), visit=bench.desk.record.visit.id)
    )
    visit.open_step("findings")
    piece = next(p for p in visit.maps.panels[1].map.sheet.pieces if p.key.structure == "infraspinatus")
    at = piece.shape.representative_point()
    visit.maps.panels[1].map.picked.emit(piece.key, QPointF(at.x, at.y))
    bench.idle()
    bench.wait(lambda: bool(bench.desk.record.findings))
    visit.explain()
    bench.wait(lambda: visit.explaining is not None and visit.explaining.isVisible())
    return visit


def _open_now() -> list[ExplainWindow]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, ExplainWindow) and w.isVisible()]


def test_the_patients_screen_names_nobody_and_speaks_no_latin(bench: Any) -> None:
    visit = _explained(bench)
    words = " ".join(label.text() for label in visit.explaining.findChildren(QLabel))
    assert bench.patient.name not in words
    assert "musculus" not in words.lower()
    assert "infraspinatus" not in words.lower()
    assert "on your" in words
    visit.stop_explaining()


def test_escape_closes_it_and_the_visit_is_as_it_was(bench: Any) -> None:
    visit = _explained(bench)
    before = bench.desk.record
    QTest.keyClick(visit.explaining, Qt.Key.Key_Escape)
    bench.wait(lambda: visit.explaining is None)
    assert _open_now() == []
    assert bench.desk.record == before


def test_another_patients_visit_takes_it_away(bench: Any) -> None:
    visit = _explained(bench)
    other = Patient(new_id(), "Test Patient 02", sex=Sex.FEMALE)
    bench.practice.apply(add(other))
    record = bench.practice.new_visit(other.id, map_version="doll-1")
    bench.clinic.open_visit(record.visit.id)
    bench.wait(lambda: bench.desk.record is not None and bench.desk.record.visit.id == record.visit.id)
    assert visit.explaining is None
    assert _open_now() == []


def test_the_lock_takes_it_away(bench: Any) -> None:
    visit = _explained(bench)
    bench.session.lock()
    bench.wait(lambda: not bench.session.is_open)
    bench.wait(lambda: visit.explaining is None)
    assert _open_now() == []


def test_a_small_screen_is_shared_by_map_and_words_and_an_upright_one_has_the_words_below(bench: Any) -> None:
    visit = _explained(bench)
    shown, look = visit.explaining, bench.window.context.look
    shown.showNormal()
    found = []
    for scale in (1.0, 2.0):
        look.choose(text_scale=scale)
        for size in ((640, 400), (1024, 640), (800, 1280), (420, 400)):
            shown.resize(*size)
            for _ in range(3):
                QApplication.processEvents()
            found += [f"{size} at {scale}: {each}" for each in troubles(shown)]
            assert shown.panel.width() >= 0.4 * size[0]
            assert shown.panel.height() >= 0.33 * size[1]
            below = shown.title.mapTo(shown, QPoint()).y() > shown.panel.geometry().bottom()
            assert below is (size in ((800, 1280), (420, 400)))
            assert shown.width() - shown.panel.geometry().right() > 20, "it has an edge on the right too"
    look.choose(ThemeName.DARK, text_scale=1.0)
    assert look.chrome.text in shown.title.styleSheet()  # the desktop went dark meanwhile
    look.choose(ThemeName.LIGHT)
    visit.stop_explaining()
    assert not found, "\n".join(found)


def test_the_next_muscle_with_more_words_leaves_the_map_its_room_too(bench: Any) -> None:
    visit = _explained(bench)
    screen = visit.explaining
    first = screen.shown.scenes[0]
    second = replace(first, text=" ".join([first.text] * 4))
    screen.shown = replace(screen.shown, scenes=(first, second))
    screen.showNormal()
    screen.resize(640, 960)
    for at in (1, 0):
        screen.show_scene(at)
        QApplication.processEvents()
        assert screen.panel.height() >= 0.45 * screen.height(), at
    visit.stop_explaining()
