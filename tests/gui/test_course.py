"""The course: maps in the theme's colours, plots that grow with the text, nothing of a patient left behind."""

import time
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel

from myomap.demo import DEMO_PATIENT, demo_visits
from myomap.gui.course.page import CoursePage
from myomap.gui.course.pictures import MapRow, PlotPicture
from myomap.gui.theme import ThemeName
from myomap.records.values import PressureUnit, VisitRecord


@pytest.fixture(scope="module")
def visits(atlas: Any) -> list[VisitRecord]:
    return demo_visits(atlas, today=date(2026, 3, 2))


@pytest.fixture(scope="module")
def context(qapp: Any, atlas: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the window shares, with the committed atlas open."""
    from myomap.bootstrap import make_context
    from myomap.gui.map.plate import Tones
    from myomap.gui.map.sheet import SheetShelf

    made = make_context(tmp_path_factory.mktemp("home"))
    made.atlas, made.shelf, made.tones = atlas, SheetShelf(atlas), Tones()
    yield made
    made.pool.stop()
    made.look.choose(ThemeName.LIGHT, text_scale=1.0)


@pytest.fixture
def page(context: Any) -> Iterator[CoursePage]:
    context.look.choose(ThemeName.LIGHT, text_scale=1.0)
    made = CoursePage(context)
    made.resize(1300, 860)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def show(page: CoursePage, records: Sequence[VisitRecord]) -> None:
    page.show_course(DEMO_PATIENT, records, PressureUnit.KPA)
    drawn(page)


def drawn(page: CoursePage) -> None:
    end = time.monotonic() + 30
    while page._drawn is None or page._context.pool.busy:
        assert time.monotonic() < end
        QApplication.processEvents()
    for _ in range(5):
        QApplication.processEvents()


def parts(page: CoursePage, kind: type[Any]) -> list[Any]:
    return [each for each in page.findChildren(kind) if each.isVisibleTo(page)]


@pytest.mark.parametrize("theme", [ThemeName.LIGHT, ThemeName.DARK, ThemeName.HIGH_CONTRAST])
def test_maps_stand_on_the_themes_paper(
    page: CoursePage, visits: list[VisitRecord], context: Any, theme: ThemeName
) -> None:
    context.look.choose(theme)
    show(page, visits)
    paper: QColor = context.look.map["paper"]
    for maps in parts(page, MapRow):
        seen = maps.grab().toImage()
        corner = seen.pixelColor(QPoint(seen.width() // 6, 3))
        assert abs(corner.lightness() - paper.lightness()) < 12
        middle = seen.pixelColor(QPoint(seen.width() // 6, seen.height() * 9 // 10))
        assert abs(middle.lightness() - paper.lightness()) > 20  # there is a body


def test_plots_and_maps_grow_with_the_text(page: CoursePage, visits: list[VisitRecord], context: Any) -> None:
    show(page, visits)
    before = [parts(page, kind)[0].height() for kind in (PlotPicture, MapRow)]
    context.look.choose(text_scale=2.0)
    drawn(page)
    after = [parts(page, kind)[0].height() for kind in (PlotPicture, MapRow)]
    assert after[0] > 1.9 * before[0]
    assert after[1] > 1.9 * before[1]
    for plot in parts(page, PlotPicture):
        assert plot.width() / context.look.text_scale > 300  # still wide enough to be read


def test_all_visits_show_the_same_part_at_the_same_scale_and_all_of_the_row_is_seen(
    page: CoursePage, visits: list[VisitRecord]
) -> None:
    show(page, visits)
    rows = parts(page, MapRow)
    assert {each.size().toTuple() for each in rows[:3]} == {rows[0].size().toTuple()}
    assert rows[3].size() == rows[4].size()
    for each in rows[:3]:
        low = each.mapTo(page.strip, QPoint(0, each.height())).y()
        assert low < page.strip.height()


def test_two_visits_are_compared_in_words_with_sign_and_number(
    page: CoursePage, visits: list[VisitRecord]
) -> None:
    show(page, visits)
    assert page.chosen == [0, 2]
    assert "from 7 to 3 (−4, better)" in page.change.text()
    assert "cm² lost" in page.change.text()
    page._choose(1)
    assert page.chosen == [1, 2]
    assert "from 5 to 3 (−2, better)" in page.change.text()


def test_one_visit_is_compared_with_none_and_none_shows_no_empty_frame(
    page: CoursePage, visits: list[VisitRecord]
) -> None:
    show(page, visits[:1])
    assert not page.change.isVisible()
    assert page.strip.isVisible()
    show(page, [])
    assert not page.strip.isVisible()
    assert not page.measures_title.isVisible()
    assert "no visit yet" in page.wait.text()


def test_nothing_of_a_patient_stays_after_the_page_was_told_to_forget(
    page: CoursePage, visits: list[VisitRecord], context: Any
) -> None:
    show(page, visits)
    page.forget()
    QApplication.processEvents()
    words = " ".join(each.text() for each in page.findChildren(QLabel) if each.isVisibleTo(page))
    assert DEMO_PATIENT.name not in words
    assert not parts(page, MapRow)
    context.look.choose(ThemeName.DARK)
    assert not context.pool.busy  # a new look draws nobody again
