"""Drawing: one gesture is one edit, seen on both maps, said with its side, undone at once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from myomap.anatomy.laterality import Laterality
from myomap.gui.drawing.inked import Inked, code_of, ink_of
from myomap.gui.drawing.pad import HOW_STRONG
from myomap.gui.visit.pain import side_warning, sides_named
from myomap.records.edits import add
from myomap.records.values import DrawingState, Moment, Quality, Stroke, new_id


def _drag(panel: Any, *points: tuple[float, float], release: bool = True) -> None:
    view, port = panel.map, panel.map.viewport()
    at = [view.mapFromScene(QPointF(*p)) for p in points]
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=at[0])
    for each in at[1:]:
        QTest.mouseMove(port, each)
    if release:
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=at[-1])


@pytest.fixture
def drawing(bench: Any) -> Any:
    visit = bench.begin()
    visit.open_step("pain")
    bench.settle()
    bench.wait(lambda: all(p.map.sheet.layer == "skin" for p in visit.maps.panels))
    return visit


RIGHT_ARM = ((60.0, 560.0), (62.0, 640.0))  # the viewer's left in front


def test_what_is_drawn_before_its_strength_is_said_is_kept_as_not_asked_and_takes_it_then(
    bench: Any, drawing: Any
) -> None:
    pad, step = drawing.maps.pad, drawing.steps["pain"]
    pad.intensity = None
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    _drag(drawing.maps.panels[1], *RIGHT_ARM)
    assert [s.intensity for s in bench.kept().strokes] == [None, None], (
        "nothing is recorded that was not asked"
    )
    assert step.said.text() == HOW_STRONG
    assert "RIGHT" in step.words.text(), "it is seen and read back meanwhile"
    assert step.head.line.full.startswith("strength not asked · RIGHT")
    step.intensity.buttons["6"].click()
    assert [s.intensity for s in bench.kept().strokes] == [6, 6]
    assert step.said.isHidden()
    assert "not asked" not in step.head.line.full
    _drag(drawing.maps.panels[1], (150.0, 560.0), (150.0, 600.0))
    assert [s.intensity for s in bench.kept().strokes] == [6, 6, 6], "the next has the strength in hand"


def test_undo_and_redo_are_true_for_a_stroke_whose_strength_nobody_has_said(bench: Any, drawing: Any) -> None:
    pad, step, top = drawing.maps.pad, drawing.steps["pain"], drawing.top
    pad.intensity = None
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    bench.idle()
    assert top.undo.isEnabled()
    assert top.undo.toolTip().startswith("Undo: Draw")
    step.intensity.buttons["7"].click()
    bench.idle()
    assert top.undo.toolTip().startswith("Undo: How strong")
    top.undo.click()
    assert [s.intensity for s in bench.kept().strokes] == [None]
    assert step.said.text() == HOW_STRONG
    assert step.intensity.current == "", "one press of a number answers again"
    top.undo.click()
    assert bench.kept().strokes == ()
    assert step.said.isHidden()
    assert not pad.cells()
    top.redo.click()
    assert [s.intensity for s in bench.kept().strokes] == [None]
    assert step.said.text() == HOW_STRONG
    top.redo.click()
    assert [s.intensity for s in bench.kept().strokes] == [7]
    assert step.said.isHidden()


@pytest.mark.parametrize("way", ["another visit", "lock or closing", "after treatment", "another step"])
def test_what_is_drawn_without_a_strength_is_lost_by_no_way_of_leaving(
    bench: Any, drawing: Any, way: str
) -> None:
    pad, step, visit = drawing.maps.pad, drawing.steps["pain"], bench.desk.visit.id
    pad.intensity = None
    _drag(drawing.maps.panels[0], *RIGHT_ARM, release=False)  # the button is still down
    if way == "another visit":
        bench.begin()
    elif way == "lock or closing":
        bench.session.before_lock.emit()
    elif way == "after treatment":
        QTest.mouseRelease(drawing.maps.panels[0].map.viewport(), Qt.MouseButton.LeftButton)
        step.moment.buttons["after"].click()
        step.intensity.buttons["3"].click()
    else:
        drawing.open_step("findings")
    bench.idle()
    (stroke,) = bench.practice.visit(visit).strokes
    assert (stroke.intensity, stroke.moment) == (None, Moment.BEFORE)
    assert len(bench.kept().strokes) == (0 if way == "another visit" else 1), "it is in no other drawing"


def test_a_stroke_that_is_still_read_is_kept_with_its_own_ink_when_its_visit_is_left(
    bench: Any, drawing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("myomap.gui.drawing.pad.MANY_POINTS", 1)
    pad, visit = drawing.maps.pad, bench.desk.visit.id
    pad.intensity, pad.quality = 8, Quality.BURNING
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    pad.quality = Quality.NUMB
    pad.show_moment(Moment.AFTER)
    bench.begin()
    bench.idle()
    (stroke,) = bench.practice.visit(visit).strokes
    assert (stroke.intensity, stroke.quality, stroke.moment) == (8, Quality.BURNING, Moment.BEFORE)
    assert bench.kept().strokes == ()


def test_nothing_is_asked_or_said_of_what_is_erased_or_drawn_over(bench: Any, drawing: Any) -> None:
    pad, step = drawing.maps.pad, drawing.steps["pain"]
    pad.intensity = None
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    assert step.said.text() == HOW_STRONG
    pad.radius = 40.0
    drawing.maps.choose_tool("eraser")
    _drag(drawing.maps.panels[0], (60.0, 540.0), (60.0, 660.0))
    bench.idle()
    assert not pad.cells()
    assert step.said.isHidden(), "of what is gone nobody is asked"
    assert step.head.line.full == "all of it erased"
    step.intensity.buttons["4"].click()
    assert pad.tool == "brush", "whoever chooses a strength draws next"
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    bench.idle()
    assert step.said.isHidden()
    assert "not asked" not in step.head.line.full
    assert [s.intensity for s in bench.kept().strokes if not s.erases] == [None, 4]


def test_the_strength_is_still_asked_when_the_visit_is_opened_again(bench: Any, drawing: Any) -> None:
    drawing.maps.pad.intensity = None
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    first = bench.kept().visit.id
    bench.begin()
    bench.clinic.open_visit(first)
    bench.wait(lambda: bench.desk.record is not None and bench.desk.record.visit.id == first)
    drawing.open_step("pain")
    assert drawing.steps["pain"].said.text() == HOW_STRONG
    drawing.steps["pain"].intensity.buttons["0"].click()
    assert [s.intensity for s in bench.kept().strokes] == [0]


def test_another_visit_begins_before_its_treatment(bench: Any, drawing: Any) -> None:
    drawing.steps["pain"].moment.buttons["after"].click()
    visit = bench.begin()
    visit.open_step("pain")
    assert visit.maps.pad.moment is Moment.BEFORE
    assert visit.steps["pain"].moment.current == "before"


def test_another_visit_begins_without_a_strength(bench: Any, drawing: Any) -> None:
    drawing.steps["pain"].intensity.buttons["8"].click()
    assert drawing.maps.pad.intensity == 8
    bench.desk.opened.emit()
    assert drawing.maps.pad.intensity is None
    drawing.open_step("pain")
    assert not any(b.isChecked() for b in drawing.steps["pain"].intensity.buttons.values())


def test_a_visit_begins_with_no_other_patients_ink_and_opens_again_with_its_own(
    bench: Any, drawing: Any
) -> None:
    """What is chosen in a signed visit is read as what the patient said."""
    step = drawing.steps["pain"]
    step.intensity.buttons["7"].click()
    step.inks[Quality.BURNING].click()
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    first = bench.kept().visit.id
    visit = bench.begin()
    visit.open_step("pain")
    assert visit.maps.pad.quality is Quality.ACHE
    assert visit.steps["pain"].inks[Quality.ACHE].isChecked()
    bench.clinic.open_visit(first)
    bench.wait(lambda: bench.desk.record is not None and bench.desk.record.visit.id == first)
    visit.open_step("pain")
    assert (visit.maps.pad.intensity, visit.maps.pad.quality) == (7, Quality.BURNING)
    assert visit.steps["pain"].inks[Quality.BURNING].isChecked()
    assert visit.steps["pain"].intensity.current == "7"


def test_brush_draws_on_the_side_that_was_touched_and_keeps_stroke_and_cells(
    bench: Any, drawing: Any
) -> None:
    drawing.maps.pad.intensity = 7
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    (stroke,) = bench.kept().strokes
    assert stroke.view == "male.anterior"
    assert stroke.intensity == 7
    assert stroke.map_version == "doll-1"
    atlas = bench.window.context.open_atlas()
    assert set(atlas.skin.laterality[list(stroke.cells)]) == {0}
    assert (atlas.skin.xyz["male"][list(stroke.cells), 0] < 0).all()
    assert bench.kept().drawing.state is DrawingState.DRAWN
    assert drawing.steps["pain"].words.text().startswith("RIGHT")


def test_a_gesture_is_one_edit_that_undo_takes_back_whole(bench: Any, drawing: Any) -> None:
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    bench.idle()
    assert bench.desk.undo_label == "Draw"
    bench.desk.undo()
    record = bench.kept()
    assert record.strokes == ()
    assert record.drawing is None
    assert not drawing.maps.pad.cells()


def test_what_is_drawn_in_one_view_is_seen_in_the_other_where_its_skin_is_seen(
    bench: Any, drawing: Any
) -> None:
    drawing.maps.panels[1].show_view("head_posterior")
    bench.settle()
    _drag(drawing.maps.panels[1], (150.0, 120.0), (170.0, 130.0))
    drawing.maps.panels[0].show_view("posterior")
    bench.settle()
    bench.wait(lambda: drawing.maps.panels[0].map.sheet.view.name == "posterior")
    pad = drawing.maps.pad
    for panel in drawing.maps.panels:
        view_map = bench.window.context.open_atlas().view_map(panel.map.sheet.view.id)
        at = QPointF(*view_map.centre(pad.cells()))
        bench.wait(lambda panel=panel, at=at: pad.layer_of(panel.map).colour_at(at).alpha() > 40)


def test_another_view_on_the_other_map_does_not_end_a_gesture(bench: Any, drawing: Any) -> None:
    panel, other = drawing.maps.panels
    _drag(panel, RIGHT_ARM[0], (61.0, 590.0), release=False)
    other.show_view("head_posterior")
    bench.wait(lambda: other.map.sheet is not None and other.map.sheet.view.name == "head_posterior")
    at = panel.map.mapFromScene(QPointF(62.0, 640.0))
    QTest.mouseMove(panel.map.viewport(), at)
    QTest.mouseRelease(panel.map.viewport(), Qt.MouseButton.LeftButton, pos=at)
    (stroke,) = bench.kept().strokes
    assert stroke.points[-1][1] == pytest.approx(640, abs=3)


def test_escape_gives_a_gesture_up(bench: Any, drawing: Any) -> None:
    panel = drawing.maps.panels[0]
    _drag(panel, *RIGHT_ARM, release=False)
    QTest.keyClick(panel.map, Qt.Key.Key_Escape)
    QTest.mouseRelease(panel.map.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert bench.kept().strokes == ()


def test_eraser_takes_away_only_what_is_drawn_and_says_when_there_is_nothing(
    bench: Any, drawing: Any
) -> None:
    drawing.maps.choose_tool("eraser")
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    assert bench.kept().strokes == ()
    assert drawing.steps["pain"].said.text() == "Nothing is drawn there."
    drawing.maps.choose_tool("brush")
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    before = len(drawing.maps.pad.cells())
    drawing.maps.choose_tool("eraser")
    _drag(drawing.maps.panels[0], RIGHT_ARM[0], (60.0, 570.0))
    after = len(drawing.maps.pad.cells())
    assert 0 < after < before
    assert bench.kept().strokes[-1].erases


def test_lasso_fills_what_it_goes_round(bench: Any, drawing: Any) -> None:
    drawing.maps.choose_tool("lasso")
    _drag(drawing.maps.panels[0], (200, 400), (240, 400), (240, 500), (200, 500), (200, 402))
    (stroke,) = bench.kept().strokes
    xy = bench.window.context.open_atlas().skin.xyz["male"][list(stroke.cells)]
    assert np.ptp(xy[:, 0]) <= 46
    assert (xy[:, 2] > 0).all()


@pytest.mark.parametrize(
    "points", [[(200, 400), (200, 400)], [(200, 400), (240, 400), (200, 400), (240, 400), (200, 400)]]
)
def test_a_lasso_that_goes_round_nothing_says_so(bench: Any, drawing: Any, points: Any) -> None:
    drawing.maps.choose_tool("lasso")
    _drag(drawing.maps.panels[0], *points)
    assert bench.kept().strokes == ()
    assert drawing.steps["pain"].said.text().startswith("That line goes round no skin.")


def test_points_that_are_no_places_are_left_out_and_said(bench: Any, drawing: Any) -> None:
    points = (RIGHT_ARM[0], (float("nan"), 600.0), (1e300, 0.0), RIGHT_ARM[1])
    drawing.maps.pad.commit("male.anterior", points, 12.0, erases=False, closed=False)
    (stroke,) = bench.kept().strokes
    assert stroke.points == (RIGHT_ARM[0], RIGHT_ARM[1])
    assert drawing.steps["pain"].said.text().startswith("2 points of that line are no places")


def test_a_region_of_a_name_that_there_is_not_is_not_filled(bench: Any, drawing: Any) -> None:
    step = drawing.steps["pain"]
    bench.wait(lambda: bool(step._search_regions("right trunk")), 20)
    assert not step._search_regions("nonsense region")
    assert step._search_regions("region of the right trunk")
    QTest.keyClicks(step.region, "nonsense region")
    bench.idle()
    QTest.keyClick(step.region, Qt.Key.Key_Return)
    assert bench.kept().strokes == ()


def test_region_tool_fills_the_whole_region_of_that_side(bench: Any, drawing: Any) -> None:
    drawing.maps.choose_tool("region")
    _drag(drawing.maps.panels[0], (240, 130), (240, 130))
    (stroke,) = bench.kept().strokes
    skin = bench.window.context.open_atlas().skin
    number = skin.region[stroke.cells[0]]
    assert len(stroke.cells) == int((skin.region == number).sum())


def test_stroke_beside_the_body_says_so(bench: Any, drawing: Any) -> None:
    _drag(drawing.maps.panels[0], (5.0, 1700.0), (6.0, 1710.0))
    assert bench.kept().strokes == ()
    assert "no skin" in drawing.steps["pain"].said.text()


def test_no_pain_and_not_asked_are_different_and_clearing_asks_first(bench: Any, drawing: Any) -> None:
    step = drawing.steps["pain"]
    step.state.buttons["no_pain"].click()
    assert bench.kept().drawing.state is DrawingState.NO_PAIN
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    assert bench.kept().drawing.state is DrawingState.DRAWN
    step.state.buttons["no_pain"].click()
    assert bench.kept().strokes  # nothing without the question
    bench.answer()
    record = bench.kept()
    assert record.strokes == ()
    assert record.drawing.state is DrawingState.NO_PAIN
    bench.desk.undo()
    assert len(bench.kept().strokes) == 1


def test_words_and_drawing_that_name_different_sides_are_warned_of(bench: Any, drawing: Any) -> None:
    step = drawing.steps["pain"]
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    step.told.setPlainText("the left arm")
    step.told.flush()
    assert not step.warning.isHidden()
    assert "LEFT" in step.warning.text()
    step.told.setPlainText("the right arm")
    step.told.flush()
    assert step.warning.isHidden()


@pytest.mark.parametrize(
    ("words", "sides"),
    [
        ("left temple", {Laterality.LEFT}),
        ("it has left", {Laterality.LEFT}),
        ("bright light", set()),
        ("bilateral", {Laterality.LEFT, Laterality.RIGHT}),
        ("RIGHT knee", {Laterality.RIGHT}),
    ],
)
def test_sides_in_words(words: str, sides: set[Laterality]) -> None:
    assert sides_named(words) == sides


def test_side_warning_is_silent_where_all_named_sides_are_drawn() -> None:
    both = {Laterality.LEFT, Laterality.RIGHT}
    assert side_warning("left", both) == ""
    assert side_warning("", both) == ""
    assert "LEFT" in side_warning("left and right", {Laterality.RIGHT})


def test_next_visit_can_start_from_the_last_drawing(bench: Any, drawing: Any) -> None:
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    first = bench.kept().strokes
    visit = bench.begin()
    visit.open_step("pain")
    assert not visit.steps["pain"].again.isHidden()
    visit.steps["pain"].again.click()
    second = bench.kept().strokes
    assert [s.cells for s in second] == [s.cells for s in first]
    assert second[0].id != first[0].id
    assert bench.desk.undo_label == "Start from the last visit"


def test_after_treatment_one_starts_from_before_it_and_how_strong_it_is_now_is_asked(
    bench: Any, drawing: Any
) -> None:
    step = drawing.steps["pain"]
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    (before,) = bench.kept().strokes
    bench.begin()
    drawing.open_step("pain")
    step.moment.buttons["after"].click()
    assert step.again.isHidden(), "the last visit's pain is no pain after this treatment"
    step.moment.buttons["before"].click()
    step.again.click()
    bench.idle()
    step.moment.buttons["after"].click()
    assert step.again.text() == "Start from before treatment"
    step.again.click()
    first, second = bench.kept().strokes
    assert (first.moment, first.intensity) == (Moment.BEFORE, before.intensity)
    assert (second.moment, second.intensity) == (Moment.AFTER, None)
    assert second.cells == before.cells
    assert step.said.text() == HOW_STRONG
    step.intensity.buttons["2"].click()
    assert [s.intensity for s in bench.kept().strokes] == [before.intensity, 2]


def _of_an_older_map(stroke: Stroke) -> Stroke:
    """The same stroke as an older map kept it: its cells mean other places here."""
    return replace(stroke, id=new_id(), map_version="doll-0", cells=tuple(range(40)))


def test_a_drawing_of_an_older_map_is_placed_by_its_millimetres_and_says_so(bench: Any, drawing: Any) -> None:
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    (now,) = bench.kept().strokes
    record = bench.practice.new_visit(bench.patient.id, map_version="doll-0")
    bench.practice.apply(add(_of_an_older_map(now), visit=record.visit.id))
    said: list[str] = []
    drawing.maps.pad.said.connect(said.append)
    bench.clinic.open_visit(record.visit.id)
    bench.wait(lambda: bench.desk.record is not None and bench.desk.record.visit.id == record.visit.id)
    bench.wait(lambda: bool(drawing.maps.pad.cells()))
    drawing.maps.pad.said.disconnect(said.append)
    here = drawing.maps.pad.cells().ids
    assert len(np.setxor1d(here, np.array(now.cells))) <= 0.1 * len(now.cells)
    assert any("another version of the map" in sentence for sentence in said)
    assert bench.kept().strokes[0].map_version == "doll-0"  # what was kept stays as it was


def test_the_last_drawing_on_an_older_map_can_be_taken_over(bench: Any, drawing: Any) -> None:
    _drag(drawing.maps.panels[0], *RIGHT_ARM)
    (now,) = bench.kept().strokes
    visit = bench.begin()
    visit.open_step("pain")
    lost = replace(_of_an_older_map(now), view="male.no_such_view")
    visit.maps.pad.start_from([_of_an_older_map(now), lost])
    bench.wait(lambda: len(bench.desk.record.strokes) == 1)
    (taken,) = bench.kept().strokes
    assert taken.map_version == "doll-1"
    assert len(np.setxor1d(taken.cells, now.cells)) <= 0.1 * len(now.cells)


def test_signed_visit_cannot_be_drawn_on(bench: Any, drawing: Any) -> None:
    bench.desk.sign()
    bench.wait(lambda: bench.desk.signed)
    drawing.maps.pad.commit("male.anterior", ((60.0, 560.0), (60.0, 600.0)), 12, erases=False, closed=False)
    assert bench.kept().strokes == ()


def test_later_ink_lies_on_top_and_undo_of_many_strokes_is_the_drawing_before() -> None:
    def stroke(cells: tuple[int, ...], quality: Quality, *, erases: bool = False) -> Stroke:
        return Stroke(new_id(), "v", ((0.0, 0.0),), 5, 6, quality, erases=erases, cells=cells)

    strokes = [
        stroke((1, 2, 3), Quality.ACHE),
        stroke((3, 4), Quality.BURNING),
        stroke((1,), Quality.ACHE, erases=True),
    ]
    inked = Inked(10)
    inked.show(strokes)
    assert {k: ink_of(c)[0] for k, c in enumerate(inked.codes.tolist()) if c >= 0} == {
        2: Quality.ACHE,
        3: Quality.BURNING,
        4: Quality.BURNING,
    }
    inked.show(strokes[:1])
    assert np.flatnonzero(inked.codes == code_of(Quality.ACHE, 6)).tolist() == [1, 2, 3]
    inked.show([strokes[1], strokes[2]])  # one in the middle is gone
    assert inked.drawn().ids.tolist() == [3, 4]
    inked.show(())
    assert not inked.drawn()


def test_tools_are_chosen_by_key_only_while_drawing(bench: Any, drawing: Any) -> None:
    panel = drawing.maps.panels[0].map
    panel.setFocus()
    QTest.keyClick(panel, Qt.Key.Key_L)
    assert drawing.maps.pad.tool == "lasso"
    drawing.open_step("findings")
    panel.setFocus()
    QTest.keyClick(panel, Qt.Key.Key_B)
    assert drawing.maps.pad.tool == ""
