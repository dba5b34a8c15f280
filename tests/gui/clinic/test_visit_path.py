"""The path: what is clicked becomes a record with the right side, saved at once, undone and done again."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from myomap.anatomy.laterality import Laterality
from myomap.gui.forms import LineEntry
from myomap.gui.visit.desk import Saving
from myomap.records.edits import add, change
from myomap.records.errors import SaveError
from myomap.records.values import Moment, PainScale, Technique, TriggerPointState, Twitch


def _click(bench: Any, panel: Any, x: float, y: float) -> None:
    view = panel.map
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(QPointF(x, y)))


def _structure_at(panel: Any, structure: str, side: str) -> QPointF:
    piece = next(p for p in panel.map.sheet.pieces if str(p.key) == f"{structure}.{side}")
    at = piece.shape.representative_point()
    return QPointF(at.x, at.y)


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize(("panel", "structure"), [(0, "pectoralis-major"), (1, "infraspinatus")])
def test_click_on_a_muscle_makes_a_finding_of_that_muscle_and_side(
    bench: Any, panel: int, structure: str, side: str
) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    shown = visit.maps.panels[panel]
    at = _structure_at(shown, structure, side)
    _click(bench, shown, at.x(), at.y())
    (finding,) = bench.kept().findings
    assert (finding.site.structure, finding.site.laterality) == (structure, Laterality(side))
    assert finding.site.words.startswith(side.upper())
    assert shown.view.title.lower() in finding.site.words.lower()
    assert finding.site.view == shown.view.id
    # by geometry: the patient's right is on the viewer's left in front, and on the right from behind
    on_viewers_left = finding.site.x < shown.view.frame.width / 2
    assert on_viewers_left == ((side == "right") == (panel == 0))


def test_a_trigger_point_taken_near_a_click_stands_as_a_number_on_the_map(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    panel = visit.maps.panels[1]
    x, y = 70 + 260, 1760 - 1430  # where the doll has its X, from behind
    _click(bench, panel, x + 9, y + 4)
    bench.idle()
    next(iter(visit.steps["findings"].cards.values())).offer.click()
    (finding,) = bench.kept().findings
    assert finding.site.trigger_point == "trapezius-descending-1"
    assert "TrP1" in finding.site.words
    assert visit.maps.marks[1].items["1"].text == "1"
    assert visit.maps.marks[1].items["1"].pos().x() > panel.view.frame.width / 2


def test_same_place_clicked_twice_is_one_finding(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    panel = visit.maps.panels[1]
    at = _structure_at(panel, "infraspinatus", "left")
    for _ in range(2):
        _click(bench, panel, at.x(), at.y())
        bench.idle()
    assert len(bench.kept().findings) == 1


def test_click_outside_findings_and_needling_records_nothing(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("before")
    panel = visit.maps.panels[1]
    at = _structure_at(panel, "infraspinatus", "left")
    _click(bench, panel, at.x(), at.y())
    assert not bench.kept().values()


def test_bone_is_refused_with_a_sentence(bench: Any) -> None:
    from myomap.anatomy.structures import Layer

    visit = bench.begin()
    visit.open_step("findings")
    visit.maps.shown.set_layer(Layer.SKELETON)
    bench.settle()
    bench.wait(lambda: visit.maps.panels[0].map.sheet.layer is Layer.SKELETON)
    at = _structure_at(visit.maps.panels[0], "femur", "left")
    _click(bench, visit.maps.panels[0], at.x(), at.y())
    assert not bench.kept().findings
    assert "not a muscle" in visit.said.text()


def _finding(bench: Any) -> Any:
    visit = bench.begin()
    visit.open_step("findings")
    panel = visit.maps.panels[1]
    at = _structure_at(panel, "trapezius-descending", "right")
    _click(bench, panel, at.x(), at.y())
    bench.idle()
    return next(iter(visit.steps["findings"].cards.values()))


def test_signs_say_active_or_latent_at_once(bench: Any) -> None:
    card = _finding(bench)
    card.band.buttons["yes"].click()
    card.spot.buttons["yes"].click()
    assert "own pain" in card.state.text()
    card.own.buttons["no"].click()
    assert card.state.text().startswith("LATENT")
    card.own.buttons["yes"].click()
    assert card.state.text().startswith("ACTIVE")
    assert bench.kept().findings[0].state is TriggerPointState.ACTIVE


def test_a_chip_pressed_again_means_not_examined(bench: Any) -> None:
    card = _finding(bench)
    card.band.buttons["yes"].click()
    card.band.buttons["yes"].click()
    assert bench.kept().findings[0].taut_band is None


def test_needling_from_a_finding_with_preset_and_twitches_counts_muscles(bench: Any) -> None:
    _finding(bench)
    visit = bench.visit
    visit.open_step("needling")
    step = visit.steps["needling"]
    step.offers.itemAt(0).widget().click()
    bench.idle()
    (card,) = step.cards.values()
    card.needle.buttons["0.25 × 40 mm"].click()
    card.twitch.buttons["many"].click()
    record = bench.kept()
    (needling,) = record.needlings
    assert (needling.gauge_mm, needling.length_mm, needling.twitch) == (0.25, 40.0, Twitch.MANY)
    assert needling.site == record.findings[0].site
    assert "1 muscle needled" in step.count.text()
    assert "20560" in step.count.text()
    visit.desk.undo()
    bench.idle()
    assert bench.kept().needlings[0].twitch is Twitch.NOT_ASKED
    assert card.twitch.current == ""


def test_depth_longer_than_the_needle_is_refused_beside_the_field(bench: Any) -> None:
    _finding(bench)
    bench.visit.open_step("needling")
    step = bench.visit.steps["needling"]
    step.offers.itemAt(0).widget().click()
    bench.idle()
    (card,) = step.cards.values()
    card.needle.buttons["0.25 × 40 mm"].click()
    (kept,) = bench.kept().needlings
    assert (kept.technique, kept.insertions) == (Technique.NOT_ASKED, None), "nobody said"
    card.more.head.click()
    card.deep.setText("45")
    card.deep.flush()
    assert "depth" in card.problem.text()
    assert bench.kept().needlings[0].depth_mm is None
    card.deep.setText("12,5")
    card.deep.flush()
    assert bench.kept().needlings[0].depth_mm == 12.5
    card.insertions.setText("4")
    card.insertions.flush()
    card.technique.activated.emit(card.technique.findText("Pistoning"))
    assert card.more.head.text().endswith("pistoning, 4×"), "what will be printed is read without opening it"
    card.insertions.setText("")
    card.insertions.flush()
    assert bench.kept().needlings[0].insertions is None


@pytest.mark.parametrize(("step", "moment"), [("before", Moment.BEFORE), ("after", Moment.AFTER)])
def test_pain_is_one_key(bench: Any, step: str, moment: Moment) -> None:
    visit = bench.begin()
    visit.open_step(step)
    pain = visit.steps[step].pain
    pain.focus()
    QTest.keyClick(pain.buttons["0"], Qt.Key.Key_7)
    (score,) = bench.kept().pain_scores
    assert (score.moment, score.scale, score.value) == (moment, PainScale.NRS, 7)
    pain.buttons["7"].click()
    assert bench.kept().pain_scores == ()


def test_change_after_treatment_has_sign_and_word(bench: Any) -> None:
    visit = bench.begin()
    for step, value in (("before", "7"), ("after", "3")):
        visit.open_step(step)
        visit.steps[step].pain.buttons[value].click()
    assert "7 to 3 (−4, better)" in visit.steps["after"].head.line.text()


def test_everything_typed_is_undone_word_group_by_word_group_and_done_again(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("plan")
    note = visit.steps["plan"].advice
    note.setPlainText("Warmth")
    note.flush()
    note.setPlainText("Warmth in the evening")
    note.flush()
    assert bench.kept().plan.advice == "Warmth in the evening"
    visit.desk.undo()
    bench.idle()
    assert bench.kept().plan is None
    assert note.toPlainText() == ""
    visit.desk.redo()
    bench.idle()
    assert bench.kept().plan.advice == "Warmth in the evening"
    assert note.toPlainText() == "Warmth in the evening"


def test_undo_keys_work_while_a_field_of_another_step_is_closed(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("before")
    visit.steps["before"].pain.buttons["4"].click()
    bench.idle()
    QTest.keyClick(visit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bench.idle()
    assert bench.kept().pain_scores == ()
    mods = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(visit, Qt.Key.Key_Z, mods)
    bench.idle()
    assert bench.kept().pain_scores[0].value == 4


def test_saved_is_said_and_a_full_disk_keeps_the_words_and_tries_again(bench: Any, monkeypatch: Any) -> None:
    visit = bench.begin()
    visit.open_step("before")
    apply = bench.practice.apply
    full = True

    def failing(edit: Any) -> Any:
        if full:
            raise SaveError("The disk is full.", todo="Free space.")
        return apply(edit)

    monkeypatch.setattr(type(bench.practice), "apply", lambda self, edit: failing(edit))
    visit.steps["before"].pain.buttons["6"].click()
    bench.wait(lambda: bench.desk.saving is Saving.WAITING)
    assert visit.top.saving.text() == "Not saved yet"
    assert "The disk is full." in visit.said.text()
    assert visit.steps["before"].pain.current == "6"
    full = False
    bench.desk.try_again()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    assert visit.top.saving.text() == "Saved"
    assert visit.said.isHidden()
    assert bench.kept().pain_scores[0].value == 6


@pytest.mark.parametrize("mine", [True, False])
def test_conflict_is_a_choice_between_mine_and_theirs(bench: Any, mine: bool) -> None:
    visit = bench.begin()
    head = bench.desk.record.visit
    bench.practice.apply(change(head, replace(head, reason="theirs")))
    visit.top.reason.setText("mine")
    visit.top.reason.flush()
    bench.wait(lambda: not visit.conflict.isHidden() and visit.conflict.mine.isEnabled())
    assert "mine" in visit.conflict.values.text()
    assert "theirs" in visit.conflict.values.text()
    (visit.conflict.mine if mine else visit.conflict.theirs).click()
    bench.wait(lambda: bench.desk.saving is Saving.SAVED)
    wanted = "mine" if mine else "theirs"
    assert bench.kept().visit.reason == wanted
    bench.idle()
    assert visit.top.reason.text() == wanted


def test_sign_closes_the_visit_and_an_amendment_adds_to_it(bench: Any) -> None:
    _finding(bench)
    visit = bench.visit
    visit.open_step("sign")
    visit.steps["sign"].button.click()
    bench.answer()
    bench.wait(lambda: bench.desk.signed)
    bench.idle()
    assert bench.kept().visit.is_signed
    visit.open_step("findings")
    card = next(iter(visit.steps["findings"].cards.values()))
    assert not card.band.isEnabled()
    visit.open_step("sign")
    step = visit.steps["sign"]
    step.what.setPlainText("The left side was treated, too.")
    step._amend()
    bench.idle()
    assert step.why_field.problem.text() == "An amendment needs its reason."
    step.why.setText("forgotten")
    step._amend()
    bench.idle()
    (amendment,) = bench.kept().amendments
    assert (amendment.reason, amendment.text) == ("forgotten", "The left side was treated, too.")
    assert "forgotten" in step.amendments.itemAt(0).widget().text()


def test_copied_findings_keep_the_visit_from_being_signed_until_reviewed(bench: Any) -> None:
    _finding(bench)
    bench.idle()
    visit = bench.begin(copy_forward=True)
    visit.open_step("sign")
    assert not visit.steps["sign"].button.isEnabled()
    visit.open_step("findings")
    card = next(iter(visit.steps["findings"].cards.values()))
    assert not card.carried.isHidden()
    card.band.buttons["yes"].click()
    assert card.carried.isHidden()
    visit.open_step("sign")
    assert visit.steps["sign"].button.isEnabled()


@pytest.mark.parametrize("days", [0, 1])
def test_the_follow_up_lies_open_on_another_day(bench: Any, days: int) -> None:
    day = date.today() - timedelta(days=days)
    made = bench.practice.new_visit(bench.patient.id, on=day, map_version="doll-1")
    bench.clinic.open_visit(made.visit.id)
    bench.wait(lambda: bench.desk.record is not None)
    bench.visit.open_step("sign")
    bench.idle()
    assert bench.visit.steps["sign"].later.head.isChecked() == (days > 0)


def test_follow_up_can_be_added_to_a_signed_visit(bench: Any) -> None:
    visit = bench.begin()
    bench.desk.sign()
    bench.wait(lambda: bench.desk.signed)
    visit.open_step("sign")
    step = visit.steps["sign"]
    step.later.head.click()
    step.sore.buttons["4"].click()
    step._add_follow_up()
    assert bench.kept().follow_ups[0].soreness == 4


def test_next_visit_in_the_past_is_refused_beside_the_field(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("plan")
    step = visit.steps["plan"]
    step.next.setText("1999-01-01")
    step._on_next()
    assert "past" in step.next_field.problem.text()
    step.next.setText("03/04/2030")
    step._on_next()
    assert "two ways" in step.next_field.problem.text()
    assert bench.kept().plan is None


def test_alt_down_walks_the_path(bench: Any) -> None:
    visit = bench.begin()
    QTest.keyClick(visit, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert visit.current == "pain"
    QTest.keyClick(visit, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert visit.current == "screen"


def test_site_by_name_takes_the_side_that_is_chosen_or_typed(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    finder = visit.steps["findings"].finder
    finder.side.buttons["left"].click()
    QTest.keyClicks(finder.box, "infraspinatus")
    QTest.keyClick(finder.box, Qt.Key.Key_Return)
    QTest.keyClicks(finder.box, "right SCM")
    QTest.keyClick(finder.box, Qt.Key.Key_Return)
    found = [(f.site.muscle, f.site.laterality) for f in bench.kept().findings]
    assert found == [("infraspinatus", Laterality.LEFT), ("sternocleidomastoid", Laterality.RIGHT)]


def test_words_being_typed_are_saved_when_another_step_opens(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("pain")
    visit.steps["pain"].told.setPlainText("like a band")
    visit.open_step("before")
    assert bench.kept().drawing.words == "like a band"


def test_leaving_a_line_tells_it_once(qtbot: Any) -> None:
    line = LineEntry("Reason")
    qtbot.addWidget(line)
    told: list[str] = []
    line.typed.connect(told.append)
    QTest.keyClicks(line, "neck")
    line.flush()
    line.editingFinished.emit()
    assert told == ["neck"]


def test_tab_goes_from_a_steps_head_through_its_body_from_top_to_bottom(bench: Any) -> None:
    from PySide6.QtWidgets import QApplication

    visit = bench.begin()
    bench.window.activateWindow()
    visit.open_step("before")
    step = visit.steps["before"]
    step.more.head.click()  # what is folded out later comes in its place, too
    bench.settle()
    step.order_tabs()
    step.head.setFocus()
    tops = []
    for _ in range(5):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        held = QApplication.focusWidget()
        assert step.body.isAncestorOf(held), held
        tops.append(held.mapTo(step.body, held.rect().topLeft()).y())
    assert tops == sorted(tops)


def test_a_name_without_a_side_records_nothing_until_the_side_is_said(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    finder = visit.steps["findings"].finder
    QTest.keyClicks(finder.box, "infraspinatus")
    QTest.keyClick(finder.box, Qt.Key.Key_Return)
    assert finder.question.text() == "Right or left?"
    assert bench.kept().findings == ()
    finder.side.buttons["left"].click()
    assert [f.site.laterality for f in bench.kept().findings] == [Laterality.LEFT]
    assert finder.question.isHidden()
    assert finder.side.current == ""


@pytest.mark.parametrize("step", ["findings", "needling"])
def test_a_muscle_of_several_parts_is_never_recorded_as_one_of_them_unasked(bench: Any, step: str) -> None:
    visit = bench.begin()
    visit.open_step(step)
    finder = visit.steps[step].finder
    atlas = bench.window.context.open_atlas()
    many = [m for m in atlas.muscles.values() if len([s for s in m.structures if s in atlas.structures]) > 1]
    assert many
    for muscle in many:
        QTest.keyClicks(finder.box, f"left {muscle.name_en}")
        names = [hit.entry.kind.value for hit in finder.box.results.found]
        at = names.index("muscle")
        finder.box.results.setCurrentRow(at)
        QTest.keyClick(finder.box, Qt.Key.Key_Return)
        assert f"Which part of the {muscle.name_en}?" == finder.question.text()
        bench.wait(lambda: finder.box.results.isVisible() and finder.box.results.currentRow() < 0)
        for _ in range(2):
            QTest.keyClick(finder.box, Qt.Key.Key_Return)  # Enter alone takes none
        assert bench.kept().values() == ()
        QTest.keyClick(finder.box, Qt.Key.Key_Down)
        QTest.keyClick(finder.box, Qt.Key.Key_Down)
        QTest.keyClick(finder.box, Qt.Key.Key_Return)
        record = bench.kept()
        (made,) = record.findings or record.needlings
        parts = [s for s in muscle.structures if s in atlas.structures]
        assert (made.site.structure, made.site.laterality) == (parts[1], Laterality.LEFT)
        bench.desk.undo()
        assert bench.kept().values() == ()


def test_the_part_that_was_typed_is_the_first_that_is_offered(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("needling")
    finder = visit.steps["needling"].finder
    (muscle,) = [f for f in finder._search("trapezius") if f.entry.id == "trapezius"]
    for part in ("transverse", "descending"):
        finder._search(f"right {part} trap")
        assert finder._parts_of(muscle)[0].entry.id == f"trapezius-{part}"
        assert len(finder._parts_of(muscle)) > 2


def test_a_range_of_motion_has_the_side_that_was_said_or_none(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("before")
    step = visit.steps["before"]
    step.rom.head.click()
    step.degrees.setText("40")
    step._add_range()  # flexion of the neck goes to no side
    step.movement.setCurrentIndex(step.movement.findData("rotation"))
    step.degrees.setText("70")
    step._add_range()
    assert "Right or left?" in step.rom_problem.text()
    assert len(bench.kept().ranges) == 1
    step.rom_side.buttons["left"].click()
    step._add_range()
    found = [(r.movement, r.laterality) for r in bench.kept().ranges]
    assert found == [("flexion", Laterality.MIDLINE), ("rotation", Laterality.LEFT)]
    words = [step.range_list.itemAt(at).widget().findChild(QLabel).text() for at in range(2)]
    assert words == ["Neck, flexion: 40° (norm 45°)", "LEFT neck, rotation: 70° (norm 60°)"]


def test_needling_after_a_red_flag_shows_what_screening_said(bench: Any) -> None:
    from myomap.records.values import Answer, Kind, Screening, ScreeningAnswer, single_id

    visit = bench.begin()
    id = bench.desk.record.visit.id
    answers = (
        ScreeningAnswer("no-item", "red_flag", "Fever and a stiff neck?", Answer.YES),
        ScreeningAnswer("no-item-2", "relative", "Afraid of needles?", Answer.YES),
    )
    bench.desk.do(add(Screening(single_id(id, Kind.SCREENING), answers), visit=id))
    visit.open_step("needling")
    warning = visit.steps["needling"].warning
    assert not warning.isHidden()
    assert warning.text() == "Screening says YES: Fever and a stiff neck?"
