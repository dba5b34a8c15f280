"""Painting in Study, and its screens: decks, packages, progress, what is made ready beneath."""

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from tests.gui.geometry import SIZES, troubles
from tests.gui.study.asking import ask, everything_said, press, question, texts
from tests.gui.waiting import wait

from myomap.anatomy.laterality import Laterality
from myomap.gui.theme import ThemeName
from myomap.study.decks import Deck, Difficulty
from myomap.study.questions import QuestionKind


def test_painting_with_the_mouse_over_the_zone_is_right_and_both_are_shown(desk: Any) -> None:
    feed = ask(desk, question(desk, "paint_zone:trapezius-descending-1", Laterality.RIGHT))
    front = desk.ask.map.front
    assert not front.marks._essential.isVisible(), "the zone is not told"
    front.brush.size = 3
    rect = front._asked_rect(desk.ask.question)
    view = front.view
    start, end = view.mapFromScene(rect.center()), view.mapFromScene(rect.center() + QPointF(6, 6))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), end)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert front.brush.cells
    assert front.marks._painted.isVisible()
    press(desk.ask, Qt.Key.Key_Return)
    assert feed.taken[0].grade.is_right, feed.taken[0].grade
    desk.settle()
    assert desk.ask.map.published.marks._essential.isVisible()
    assert desk.ask.map.published.marks._painted.isVisible()
    assert front.marks._painted.isVisible()


def test_strokes_can_be_taken_back_and_wiped_away(desk: Any) -> None:
    ask(desk, question(desk, "paint_zone:trapezius-descending-1"))
    brush = desk.ask.map.front.brush
    at = desk.ask.map.front._asked_rect(desk.ask.question).center()
    brush.dab(at)
    first = len(brush.cells)
    brush.dab(at + QPointF(20, 0))
    assert len(brush.cells) > first
    press(desk.ask, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(brush.cells) == first
    brush.erasing = True
    brush.dab(at)
    assert not brush.cells
    press(desk.ask, Qt.Key.Key_Return)
    assert not desk.ask.is_answered, "nothing painted is no answer"


def test_what_was_painted_and_what_is_published_are_shown_side_by_side(desk: Any) -> None:
    made = question(desk, "paint_zone:trapezius-descending-1")
    after = question(desk, "name_muscle:gluteus-maximus")
    ask(desk, made, after)
    page, front = desk.ask, desk.ask.map.front
    at = front.marks.zone_rect(made.after_patterns[0]).center()
    front.brush.dab(at)
    press(page, Qt.Key.Key_Return)
    desk.settle()
    published = page.map.published
    assert published.isVisible()
    assert front.view.size() == published.view.size()
    assert front.view.scale_px == pytest.approx(published.view.scale_px)
    one, other = front.view.sight().center(), published.view.sight().center()
    assert (one - other).manhattanLength() < 1.5, "the same crop"
    assert (front.view.sheet.view.id, published.view.sheet.view.id) == (made.view, made.view)
    assert not front.marks._essential.isVisible()
    assert published.marks._essential.isVisible()
    assert front.marks._painted.isVisible()
    said = texts(desk)
    assert "You painted · " in said
    assert "Published · " in said
    assert "Both share" in said
    assert not page.map._faces[1].view.isVisible(), "the next question waits unseen"
    press(page, Qt.Key.Key_Return)
    desk.settle()
    assert not published.isVisible()
    assert page.map.front.view.width() == page.map._holder.width()
    assert page.map.front.view.isVisible()


def test_without_a_painting_one_map_tells_the_zone(desk: Any) -> None:
    ask(desk, question(desk, "paint_zone:trapezius-descending-1"))
    press(desk.ask, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    desk.settle()
    assert not desk.ask.map.published.isVisible()
    assert desk.ask.map.front.marks._essential.isVisible()


def test_a_deck_can_be_chosen_kept_and_forgotten(desk: Any) -> None:
    desk.place.edit_deck()
    page = desk.place.stack.currentWidget()
    whole = page.count.text()
    page.parts.buttons["neck"].setChecked(True)
    page.kinds.buttons["name_muscle"].setChecked(True)
    page.difficulty.buttons["bare"].click()
    page._recount()
    assert page.count.text() != whole
    assert not page.keep.isEnabled()
    page.name.setText("My neck")
    assert page.keep.isEnabled()
    page.keep.click()
    assert desk.place.deck == Deck(
        "My neck",
        frozenset({"neck"}),
        kinds=frozenset({QuestionKind.NAME_MUSCLE}),
        difficulty=Difficulty.BARE,
    )
    assert "My neck" in desk.file.decks()
    desk.place._open()
    assert desk.place.deck.name == "My neck", "the deck is remembered"
    desk.place._drop_deck("My neck")
    desk.asked[-1][2]()
    assert desk.file.decks() == {}
    assert desk.place.deck.name == "Everything"


def test_anki_export_and_import_from_the_window(desk: Any, tmp_path: Any) -> None:
    from myomap.study.questions import Grade

    study = desk.place.study
    begun = question(desk, "name_muscle:pectoralis-major")
    study.record(begun, Grade(1.0, True, ""), 9.0, desk.now)
    desk.place._choose_deck("Chest")
    before = study.today(desk.place.deck, desk.now)
    assert before.learnt == 1
    path = tmp_path / "chest.apkg"
    desk.place.packages.write(path)
    desk.settle()
    strip = desk.place.strip
    assert strip.isVisibleTo(desk.place)
    assert str(path) in strip.words.text(), "it says where the package is, until that is read"
    assert not strip.stop.isVisibleTo(strip)
    assert desk.told == [], "no box comes amid an answer"
    strip.dismiss.click()
    assert strip.isHidden()
    desk.place.packages.take(path)
    assert desk.place.deck.name == "Chest"
    assert all("pectoralis" in card for card in desk.place.deck.cards)
    after = study.today(desk.place.deck, desk.now)
    assert (after.learnt, after.due, after.done) == (before.learnt, before.due, before.done)
    assert begun.card in desk.file.states(), "what is known of the cards is kept"


def test_a_student_goes_on_while_a_package_is_written_and_can_stop_it(desk: Any, tmp_path: Any) -> None:
    place, path = desk.place, tmp_path / "whole.apkg"
    place.packages.write(path)
    assert place.stack.currentWidget() is place.today, "nothing waits for it"
    wait(lambda: place.strip.progress.value() > 0)
    assert place.strip.isVisibleTo(place)
    assert f"of {place.strip.progress.maximum():,} cards" in place.strip.words.text(), "it says how far it is"
    place.packages.write(tmp_path / "second.apkg")
    assert "already" in desk.told[-1].title
    place.start()
    assert place.stack.currentWidget() is place.ask
    told = len(desk.told)
    place.strip.stop.click()
    wait(lambda: place.packages.export is None)
    assert place.strip.isHidden()
    assert not path.exists()
    assert len(desk.told) == told, "who stops it needs no message to close"
    place.packages.write(path)
    place.packages.leave()
    wait(lambda: place.packages.export is None)
    assert not list(tmp_path.glob("*.apkg*"))


def test_progress_colours_the_body_and_names_numbers(desk: Any) -> None:
    study = desk.place.study
    for card in desk.place.maker.cards(Deck("x", body_parts=frozenset({"chest"}))):
        made = desk.place.maker.make(card, 1)
        if made is not None:
            from myomap.study.questions import Grade

            study.record(made, Grade(1.0, True, ""), 9.0, desk.now)
    desk.place.show_progress()
    desk.settle()
    page = desk.place.stack.currentWidget()
    parts = {p.body_part: p for p in page.parts}
    # the paper doll has too few muscles to ask everything
    assert parts["chest"].recall > 0.9
    assert 0.5 < parts["chest"].known < parts["chest"].recall
    said = "\n".join(label.text() for label in page.findChildren(QLabel))
    assert f"{parts['chest'].learnt} of {parts['chest'].cards}" in said
    overlays = [i for i in page.maps[0]._scene.items() if i.isVisible()]
    assert overlays, "the chest is coloured"
    page.part_chosen.emit("chest")
    assert desk.place.deck.name == "Chest"


def test_every_screen_has_names_for_screen_readers_in_every_theme(desk: Any) -> None:
    from PySide6.QtWidgets import QAbstractButton

    for show in (desk.place.show_today, desk.place.edit_deck, desk.place.show_exam, desk.place.show_progress):
        show()
        desk.settle()
        page = desk.place.stack.currentWidget()
        nameless = [
            each
            for kind in (QAbstractButton, QLineEdit)
            for each in page.findChildren(kind)
            if each.isVisible()
            and not (each.accessibleName() or str(each.text()))
            and each.objectName() not in ("qt_spinbox_lineedit",)
        ]
        assert nameless == [], show
    for theme in (ThemeName.DARK, ThemeName.HIGH_CONTRAST, ThemeName.LIGHT):
        desk.window._choose_look(theme=theme)
        desk.settle()
        desk.window.grab()


def test_the_next_map_is_ready_beneath_while_the_answer_is_read(desk: Any) -> None:
    one, two = question(desk, "name_muscle:pectoralis-major"), question(desk, "name_muscle:gluteus-maximus")
    ask(desk, one, two)
    press(desk.ask, Qt.Key.Key_1)
    desk.settle()
    back = desk.ask.map._faces[1]
    assert back.question is two
    assert back.is_ready
    assert two.subject.replace("-", " ") not in everything_said(desk.ask.map)
    press(desk.ask, Qt.Key.Key_Return)
    assert desk.ask.map.front is back
    assert back.view._base is not None, "its plate is there at once"


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
def test_every_screen_has_room_at_every_size_of_window(desk: Any, scale: float) -> None:
    desk.window._choose_look(scale=scale)
    place = desk.place
    found = []
    for show in (place.show_progress, place.show_today, place.edit_deck, place.show_exam, place.start):
        show()
        desk.settle()
        for size in SIZES:
            desk.window.resize(*size)
            for _ in range(3):
                QApplication.processEvents()
            found += [f"{show.__name__} {size}: {each}" for each in troubles(desk.window)]
    assert not found, "\n".join(found)


def test_the_first_map_is_ready_while_the_counts_are_read(desk: Any) -> None:
    desk.place._warm.stop()
    desk.place._warm_up()
    desk.settle()
    beneath = desk.ask.map._faces[1]
    assert beneath.is_ready
    warmed = beneath.question
    assert desk.file.reviews() == []
    desk.place.start()
    assert desk.ask.question == warmed
    assert desk.ask.map.front is beneath
