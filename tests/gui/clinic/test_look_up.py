"""The look-up beside the drawing, on the committed atlas."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from tests.gui.clinic.conftest import Bench, _NoPlace, wait

from myomap.anatomy.laterality import Laterality
from myomap.lookup.ranking import SORT_ORDER
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
    panel.part.setCurrentIndex(panel.part.findData("head"))
    wait(lambda: found("body_part") == {"head"})
    panel.part.setCurrentIndex(0)
    wait(lambda: found("body_part") == parts)
    assert "trapezius" in found("muscle")
    from myomap.gui.shown import PointKey
    from myomap.records.edits import add

    site = visit.maps.site_of_point(PointKey("trapezius-descending-1", Laterality.RIGHT))
    visit.desk.do(add(Needling(new_id(), site), visit=visit.desk.visit.id))
    panel.fresh.click()
    wait(lambda: "trapezius" not in found("muscle"))
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


def test_red_flags_of_the_place_come_before_the_rows(visit: Any) -> None:
    panel = _draw_zone(visit, "trapezius-descending-1", Laterality.RIGHT)
    assert not panel.flags.isHidden()
    assert panel.flags.y() < panel.order.y()
    panel.flags.head.click()
    assert panel.flag_lines.count() > 3
