"""The look-up beside the drawing, on the committed atlas."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.gui.clinic.conftest import Bench, _NoPlace, wait

from myomap.anatomy.laterality import Laterality
from myomap.gui.lookup_panel.flags import FIRST, flags_for, urgency
from myomap.gui.lookup_panel.panel import IN_SHORT
from myomap.gui.lookup_panel.rows import Row, in_short, origin_words, row_name
from myomap.gui.lookup_panel.rows import _percent as _percent_words
from myomap.gui.words import short_source
from myomap.lookup.pattern_index import PatternKey
from myomap.lookup.ranking import SORT_ORDER, Cover, Match
from myomap.records.values import Needling, new_id

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="module")
def real_window(qapp: Any, atlas: Any, tmp_path_factory: Any) -> Iterator[Any]:
    from myomap.bootstrap import make_context, make_window
    from myomap.gui.clinic import Clinic
    from myomap.gui.practice.session import Session

    window = make_window(make_context(tmp_path_factory.mktemp("home")))
    window.resize(1280, 800)
    window.show()
    window.set_atlas(atlas)
    window.clinic = Clinic(window, Session(lambda: _NoPlace()))
    wait(lambda: window.clinic.session.state.value == "none")
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def visit(real_window: Any) -> Iterator[Any]:
    from myomap.store.memory_practice import memory_practice

    bench = Bench(real_window, memory_practice())
    made = bench.begin()
    made.bench_of_test = bench
    made.maps.pad.intensity = 5
    made.open_step("pain")
    yield made
    bench.idle()
    bench.desk.close()
    bench.session._set_state(type(bench.session.state)("none"))
    real_window.stack.setCurrentIndex(0)


def _percent(share: float) -> str:
    return _percent_words(share).replace("\u00a0", " ")


def _draw_zone(visit: Any, point: str, side: Laterality) -> Any:
    """Draw a pattern's own essential zone, as a lasso would."""
    atlas = visit.context.open_atlas()
    cells = atlas.zone(point, side).essential
    visit.maps.pad._keep("Lasso", "male.anterior", ((1.0, 1.0),), 0.1, cells, erases=False)
    panel = visit.steps["pain"].lookup
    wait(lambda: bool(panel.rows), 60)
    visit.bench_of_test.idle()
    wait(lambda: not visit.context.pool.busy, 20)
    return panel


@pytest.mark.parametrize("side", [Laterality.RIGHT, Laterality.LEFT])
def test_own_zone_of_a_trigger_point_is_its_first_row_and_never_the_other_side(
    visit: Any, side: Laterality
) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", side)
    first = [m.key for m in panel.rows[0].matches]
    assert ("trapezius-descending-1", side) in [(k.trigger_point, k.laterality) for k in first]
    card = panel.list.itemAt(0).widget()
    assert side.value.upper() in card.accessibleName()
    assert panel.order.text() == IN_SHORT
    assert "not a diagnosis" in IN_SHORT
    panel.why.click()
    assert panel.order.text() == SORT_ORDER
    other = side.mirrored()
    assert all(m.key.laterality is not other for row in panel.rows[:3] for m in row.matches)


def test_pointing_at_a_row_lights_its_zone_on_the_maps(visit: Any) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    card = panel.list.itemAt(0).widget()
    card.glanced.emit(True)
    assert visit.maps.shown.lit is not None
    card.glanced.emit(False)
    assert visit.maps.shown.lit is None


def test_trigger_points_that_share_one_zone_are_one_row(visit: Any) -> None:
    panel = _draw_zone(
        visit,
        "scalenus-medius-1"
        if "scalenus-medius-1" in visit.context.open_atlas().trigger_points
        else "trapezius-descending-1",
        Laterality.RIGHT,
    )
    seen: list[frozenset[int]] = []
    atlas = visit.context.open_atlas()
    for row in panel.rows[:10]:
        key = row.first.key
        zone = frozenset(atlas.zone(key.trigger_point, key.laterality).essential.ids.tolist())
        assert zone not in seen
        seen.append(zone)
    scalenes = next((r for r in panel.rows if any("scalen" in m.key.trigger_point for m in r.matches)), None)
    if scalenes is not None and len(scalenes.matches) > 1:
        from myomap.gui.lookup_panel.panel import row_name

        assert row_name(atlas, scalenes).count("RIGHT") == 1


def test_body_part_and_not_yet_treated_narrow_the_rows(visit: Any) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    atlas = visit.context.open_atlas()

    def found(what: str) -> set[str]:
        points = [atlas.trigger_points[m.key.trigger_point] for r in panel.rows for m in r.matches]
        return {getattr(p, what) for p in points}

    parts = found("body_part")
    assert len(parts) > 1
    panel.chips["head"].click()
    wait(lambda: found("body_part") == {"head"})
    assert panel.chips["head"].isChecked()
    assert not panel.chips[""].isChecked()
    panel.chips[""].click()
    wait(lambda: found("body_part") == parts)
    assert "trapezius" in found("muscle")
    from myomap.gui.shown import PointKey
    from myomap.records.edits import add

    site = visit.maps.site_of_point(PointKey("trapezius-descending-1", Laterality.RIGHT))
    visit.desk.do(add(Needling(new_id(), site), visit=visit.desk.visit.id))
    wait(lambda: not panel.fresh.isHidden())  # as soon as something is treated, whatever was drawn before it
    panel.fresh.click()
    wait(lambda: "trapezius" not in found("muscle"))
    assert not panel.fresh.isHidden()
    panel.fresh.click()


def test_a_row_becomes_a_finding_with_its_trigger_point(visit: Any) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    key = panel.rows[0].first.key
    link = panel.list.itemAt(0).widget().links.itemAt(0).widget()
    link.click()
    (finding,) = visit.bench_of_test.kept().findings
    assert finding.site.trigger_point == key.trigger_point
    assert finding.site.laterality is key.laterality
    assert visit.current == "findings"


def test_red_flags_of_the_place_come_first_and_are_seen_without_a_press(visit: Any) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    seen = [panel.flags.lines.itemAt(k).widget().text() for k in range(panel.flags.lines.count())]
    assert len(seen) == FIRST
    assert all("head" in item.body_parts or "neck" in item.body_parts for item in panel.flags.items[:FIRST])
    assert panel.flags.y() < panel.title.y() < panel.cards[0].mapTo(panel, QPoint(0, 0)).y()
    panel.flags.more.click()
    assert panel.flags.lines.count() > 10
    action = panel.flags.items[0].action
    lines = [panel.flags.lines.itemAt(k).widget() for k in range(panel.flags.lines.count())]
    assert action in [line.text() for line in lines if line is not None]


def test_the_first_row_is_on_the_screen_of_a_small_window_with_flags_and_order(visit: Any) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    visit._bring_into_sight()
    visit.bench_of_test.idle()
    assert visit.window().height() <= 800
    port = visit.road.viewport()
    for widget in (panel.flags, panel.order, panel.cards[0]):
        top = widget.mapTo(port, widget.rect().topLeft()).y()
        assert top >= 0
        assert top + widget.height() <= port.height(), widget.accessibleName()


@pytest.mark.parametrize("text_scale", [1.0, 1.25])
def test_every_row_says_in_sight_what_it_is_worth_and_where_it_is_from_in_three_lines(
    visit: Any, text_scale: float
) -> None:
    look = visit.context.look
    look.choose(look.theme.name, text_scale=text_scale)
    try:
        panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
        visit.bench_of_test.idle()
        atlas = visit.context.open_atlas()
        for card in [each for each in panel.cards if not each.isHidden()]:
            match = card.row.first
            point = atlas.trigger_points[match.key.trigger_point]
            seen = " ".join(each.text() for each in (card.name, card.numbers, card.origin)).replace(
                "\u00a0", " "
            )
            said = (
                match.key.laterality.value.upper(),
                atlas.muscles[point.muscle].name_en.lower(),
                f"Essential zone {_percent(match.essential_drawn)} drawn",
                f"takes in {_percent(match.covered_essential)} of the drawing",
                f"Order {point.order} ·",
                str(atlas.sources[point.source.work].year),
                f"{point.confidence.value} confidence",
            )
            assert [each for each in said if each.lower() not in seen.lower()] == []
            for line in (card.numbers, card.origin):
                assert line.heightForWidth(line.width()) < 1.7 * line.fontMetrics().height(), line.text()
    finally:
        look.choose(look.theme.name, text_scale=1.0)


def test_a_row_never_says_its_muscle_twice(visit: Any) -> None:
    atlas = visit.context.open_atlas()
    wrong = []
    for point in atlas.trigger_points.values():
        muscle = atlas.muscles[point.muscle].name_en.lower()
        match = Match(PatternKey(point.id, Laterality.RIGHT), 0, 0, 0, 0, point.order)
        name = row_name(atlas, Row((match,))).lower()
        if f"{muscle}, {muscle}" in name:
            wrong.append(name)
    assert wrong == []


def test_a_long_title_of_a_source_without_author_is_cut_in_the_row_and_whole_in_its_tip(visit: Any) -> None:
    atlas = visit.context.open_atlas()
    longest = max(atlas.trigger_points.values(), key=lambda p: len(short_source(atlas, p.source)))
    words = origin_words(atlas, longest, longest.order)
    assert len(words) < 80
    assert words.startswith(f"Order\u00a0{longest.order} · ")


def test_flags_of_where_most_is_drawn_come_before_others_and_the_urgent_before_the_rest(visit: Any) -> None:
    items = tuple(visit.context.open_atlas().screening.values())
    calf = flags_for(items, {"leg": 0.9, "thigh": 0.1})
    assert calf[0].id in ("red-dvt", "red-limb-ischaemia", "red-compartment")
    assert urgency(calf[0]) <= urgency(calf[2])
    assert all("head" not in item.body_parts for item in calf)
    belly = flags_for(items, {"abdomen": 1.0})
    assert {"abdomen"} <= set(belly[0].body_parts)
    assert [i.id for i in belly if not i.body_parts]  # what matters everywhere is behind “more”
    assert belly.index(next(i for i in belly if not i.body_parts)) > FIRST


def test_rows_are_used_again_while_the_drawing_changes(visit: Any) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    cards = list(panel.cards)
    _draw_zone(visit, "gluteus-minimus-1", Laterality.RIGHT)
    wait(lambda: "gluteus" in panel.cards[0].accessibleName() or len(panel.rows) > 12, 20)
    assert panel.cards[: len(cards)] == cards


def test_a_close_up_is_offered_for_a_drawing_on_the_head_and_opens_only_when_asked(visit: Any) -> None:
    _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    step, panels = visit.steps["pain"], visit.maps.panels
    wait(lambda: not step.closer.isHidden(), 10)
    assert [panel.view.name for panel in panels] == ["anterior", "posterior"]
    assert "head and neck, right lateral" in step.closer.text()
    step.closer.click()
    wait(lambda: panels[1].map.sheet.view.name == "head_right_lateral", 10)
    assert step.closer.isHidden()
    cells = visit.maps.pad.cells()
    seen = visit.context.open_atlas().view_map("male.head_right_lateral")
    place = seen.project(visit.context.open_atlas().skin.xyz["male"][seen.seen_of(cells).ids]).mean(axis=0)
    layer = visit.maps.pad.layer_of(panels[1].map)
    from PySide6.QtCore import QPointF

    wait(lambda: layer.settled)
    assert layer.item.base is not None
    assert any(
        layer.colour_at(QPointF(place[0] + dx, place[1] + dy)).alpha() > 40
        for dx in range(-40, 41, 10)
        for dy in range(-40, 41, 10)
    )


def test_no_close_up_is_offered_for_the_back(visit: Any) -> None:
    _draw_zone(visit, "gluteus-minimus-1", Laterality.RIGHT)
    visit.bench_of_test.wait(lambda: not visit.steps["pain"]._rest.isActive())
    visit.bench_of_test.idle()
    assert visit.steps["pain"].closer.isHidden()


# -- what comes late -------------------------------------------------------------------------------
def _put_under_pointer(visit: Any, head: Any) -> QPoint:
    """Bring the head of a step into sight and the pointer over it; return where that is on the screen."""
    _lay_out()
    visit.road.ensureWidgetVisible(head, 0, 20)
    at = head.mapToGlobal(head.rect().center())
    assert QApplication.widgetAt(at) is not None
    assert head.isAncestorOf(QApplication.widgetAt(at)) or head is QApplication.widgetAt(at)
    QCursor.setPos(at)
    return at


def _lay_out() -> None:
    for _ in range(12):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def _click(at: QPoint) -> None:
    """Press where the pointer is, on whatever is there now."""
    under = QApplication.widgetAt(at)
    QTest.mouseClick(under, Qt.MouseButton.LeftButton, pos=under.mapFromGlobal(at))


@pytest.fixture
def pointer() -> Iterator[None]:
    yield
    QCursor.setPos(0, 0)


@pytest.mark.parametrize("height", [600, 800])
def test_patterns_that_come_late_move_nothing_from_under_the_pointer(
    visit: Any, real_window: Any, pointer: None, height: int
) -> None:
    real_window.resize(1280, height)
    pad, atlas = visit.maps.pad, visit.context.open_atlas()
    cells = atlas.zone("sternocleidomastoid-sternal-1", Laterality.RIGHT).essential
    pad._keep("Lasso", "male.anterior", ((1.0, 1.0),), 0.1, cells, erases=False)
    at = _put_under_pointer(visit, visit.steps["before"].head)
    _wait_for_rows(visit)
    assert visit.steps["pain"].closer.isVisible()
    _click(at)
    assert visit.current == "before", "the click hits what it was meant for"
    real_window.resize(1280, 800)


def test_patterns_do_not_scroll_the_page_of_somebody_who_has_not_moved_the_pointer(
    visit: Any, pointer: None
) -> None:
    """A pen or the keyboard draws, and the pointer lies where it was left: what is worked with stays in sight."""
    _put_under_pointer(visit, visit.steps["before"].head)
    before = visit.road.verticalScrollBar().value()
    _draw_zone(visit, "sternocleidomastoid-sternal-1", Laterality.RIGHT)
    _wait_for_rows(visit)
    assert visit.road.verticalScrollBar().value() == before


def test_the_room_of_patterns_is_taken_with_the_first_stroke_and_let_go_when_nothing_is_drawn(
    visit: Any, pointer: None
) -> None:
    panel, after = visit.steps["pain"].lookup, visit.steps["before"].head
    QCursor.setPos(0, 0)
    visit.bench_of_test.idle()
    cells = visit.context.open_atlas().zone("trapezius-descending-1", Laterality.RIGHT).essential
    visit.maps.pad._keep("Lasso", "male.anterior", ((1.0, 1.0),), 0.1, cells, erases=False)
    _lay_out()
    assert not panel.rows
    first = after.mapTo(visit.road.widget(), QPoint()).y()
    _wait_for_rows(visit)
    _lay_out()
    moved = after.mapTo(visit.road.widget(), QPoint()).y() - first
    assert abs(moved) < panel.cards[0].height(), "what comes is about as high as the room that was kept"
    visit.desk.undo()
    wait(lambda: not visit.maps.pad.cells())
    _lay_out()
    assert after.mapTo(visit.road.widget(), QPoint()).y() < first - 300


def _wait_for_rows(visit: Any) -> None:
    wait(lambda: bool(visit.steps["pain"].lookup.rows), 60)
    wait(lambda: visit.steps["pain"]._near is not None)
    visit.bench_of_test.idle()


def test_each_of_the_fewest_patterns_lights_its_zone_and_can_be_chosen(visit: Any) -> None:
    atlas = visit.context.open_atlas()
    both = [
        atlas.zone(point, Laterality.RIGHT).essential
        for point in ("trapezius-descending-1", "infraspinatus-1")
    ]
    visit.maps.pad._keep("Lasso", "male.anterior", ((1.0, 1.0),), 0.1, both[0].union(both[1]), erases=False)
    panel, shown = visit.steps["pain"].lookup, visit.maps.shown
    wait(lambda: bool(panel.rows))
    panel.covering.click()
    assert len(panel.cover.lines) >= 2
    names = [line.accessibleName() for line in panel.cover.lines]
    assert any("RIGHT trapezius, upper part" in name for name in names)
    assert all("adds" in name and "% of the drawing" in name for name in names)
    line, key = panel.cover.lines[1], panel.cover.keys[1]
    line.glanced.emit(True)
    assert shown.lit == key
    line.glanced.emit(False)
    assert shown.lit is None
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert shown.point == key
    assert line.property("lit")


def test_a_line_of_the_fewest_is_called_after_the_muscles_that_its_row_has_now(visit: Any) -> None:
    panel = visit.steps["pain"].lookup
    keys = [PatternKey(point, Laterality.RIGHT) for point in ("trapezius-descending-1", "temporalis-1")]
    both = tuple(Match(key, 0.5, 0.5, 0.5, 0.0, at) for at, key in enumerate(keys, 1))
    cover = [Cover(keys[0], 0.5, 0.5)]
    for matches in (both, both[:1]):  # the other is left out: it was treated meanwhile
        panel.rows = [Row(matches)]
        panel._show_cover(cover)
        assert (
            panel.cover.lines[0]
            .accessibleName()
            .startswith(f"{row_name(visit.context.atlas, panel.rows[0])}, ")
        )


def test_a_chosen_row_stays_lit_while_it_is_there_and_the_maps_let_go_of_it_with_the_drawing(
    visit: Any,
) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    panel.cards[1].pressed.emit()
    chosen = visit.maps.shown.point
    assert chosen == panel.cards[1].key
    cells = visit.context.open_atlas().zone("infraspinatus-1", Laterality.RIGHT).essential
    visit.maps.pad._keep("Lasso", "male.anterior", ((1.0, 1.0),), 0.1, cells, erases=False)
    visit.bench_of_test.idle()
    wait(lambda: not visit.context.pool.busy and not panel._soon.isActive())
    lit = [card.key for card in panel.cards if card.isVisible() and card.property("lit")]
    assert lit == ([chosen] if visit.maps.shown.point == chosen else [])
    visit.steps["pain"].clear.click()
    visit.bench_of_test.answer()
    assert visit.maps.shown.point is None
    assert not visit.maps.pad.cells()


def test_after_a_link_that_goes_letters_choose_tools_and_are_no_words(visit: Any, real_window: Any) -> None:
    step = visit.steps["pain"]
    real_window.activateWindow()
    wait(real_window.isActiveWindow)
    _draw_zone(visit, "sternocleidomastoid-sternal-1", Laterality.RIGHT)
    _wait_for_rows(visit)
    step.closer.setFocus()
    step.closer.click()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_L)
    assert visit.maps.pad.tool == "lasso"
    step.clear.setFocus()
    step.clear.click()
    visit.bench_of_test.answer()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_E)
    assert visit.maps.pad.tool == "eraser"
    assert step.region.text() == ""


def test_a_row_of_which_only_spillover_is_drawn_says_so_in_words() -> None:
    key = PatternKey("trapezius-descending-1", Laterality.RIGHT)
    said = in_short(Match(key, 0.5, 0.0, 0.0, 0.28, 2)).replace("\u00a0", " ")
    assert said == "Essential zone not drawn · spillover takes in 28 % of the drawing"
