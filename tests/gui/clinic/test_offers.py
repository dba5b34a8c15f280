"""A click near a described trigger point offers it; nothing is recorded but what was clicked until it is taken."""

import re
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.gui.visit.sites import NEAR_MM, offer_for, same_place, site_at, site_of_structure
from myomap.records.edits import change

#: Where the doll has the X of TrP1 on its right, from behind; the left is its mirror.
X, Y = 70 + 260, 1760 - 1430
SIDES = [Laterality.RIGHT, Laterality.LEFT]


def _spot(side: Laterality, aside: float = 0.0, down: float = 0.0) -> tuple[float, float]:
    """Return a spot beside the X in the posterior view, away from the spine by ``aside``."""
    x = X + aside
    return (x if side is Laterality.RIGHT else 520 - x), Y + down


def _click(bench: Any, x: float, y: float) -> Any:
    panel = bench.visit.maps.panels[1]
    view = panel.map
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(QPointF(x, y)))
    bench.idle()
    return panel


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("step", ["findings", "needling"])
def test_click_beside_a_trigger_point_records_the_spot_and_offers_the_point(
    bench: Any, side: Laterality, step: str
) -> None:
    visit = bench.begin()
    visit.open_step(step)
    _click(bench, *_spot(side, 9, 4))
    kept = bench.kept()
    (made,) = kept.findings if step == "findings" else kept.needlings
    assert made.site.trigger_point == ""
    assert made.site.laterality is side
    card = visit.steps[step].cards[made.id]
    assert not card.offer.isHidden()
    assert "TrP1" in card.offer.text()
    away = re.search(r"(\d+) mm away", card.offer.text())
    assert away
    assert int(away[1]) in (9, 10, 11), "to a pixel of the map"

    card.offer.click()
    kept = bench.kept()
    (made,) = kept.findings if step == "findings" else kept.needlings
    assert made.site.trigger_point == "trapezius-descending-1"
    assert made.site.words.startswith(f"{side.spoken} trapezius, descending part, TrP1")
    assert card.offer.isHidden()
    lit = visit.maps.shown.lit
    assert (lit.point, lit.laterality) == ("trapezius-descending-1", side)


@pytest.mark.parametrize("side", SIDES)
def test_what_is_taken_gives_the_patients_screen_a_pattern_to_show(bench: Any, side: Laterality) -> None:
    from myomap.anatomy.views import Figure
    from myomap.gui.explain.scenes import released

    visit = bench.begin()
    visit.open_step("findings")
    _click(bench, *_spot(side, 9, 4))
    atlas = bench.window.context.open_atlas()
    (scene,) = released(atlas, bench.kept(), Figure.MALE).scenes
    assert scene.key is None
    next(iter(visit.steps["findings"].cards.values())).offer.click()
    (scene,) = released(atlas, bench.kept(), Figure.MALE).scenes
    assert (scene.key.point, scene.key.laterality) == ("trapezius-descending-1", side)


def test_undo_gives_the_offer_back(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    _click(bench, *_spot(Laterality.RIGHT, 9, 4))
    card = next(iter(visit.steps["findings"].cards.values()))
    card.offer.click()
    bench.idle()
    bench.desk.undo()
    bench.idle()
    assert bench.kept().findings[0].site.trigger_point == ""
    assert not card.offer.isHidden()


def test_a_point_of_the_other_side_or_another_muscle_is_never_offered(doll: Any) -> None:
    for side in SIDES:
        for muscle in ("infraspinatus", "gluteus-maximus"):
            x, y = _spot(side)
            site = site_at(doll, StructureKey(muscle, side), "male.posterior", QPointF(x, y))
            assert offer_for(doll, site) is None, (muscle, side)
        other = side.mirrored()
        site = site_at(
            doll, StructureKey("trapezius-descending", other), "male.posterior", QPointF(*_spot(side))
        )
        assert offer_for(doll, site) is None, "the spot is on one side, the structure of the other"


@pytest.mark.parametrize("side", SIDES)
def test_offers_reach_as_far_as_is_said_and_name_their_distance(doll: Any, side: Laterality) -> None:
    key = StructureKey("trapezius-descending", side)
    near = site_at(doll, key, "male.posterior", QPointF(*_spot(side, NEAR_MM - 1)))
    offer = offer_for(doll, near)
    assert offer is not None
    assert offer.point == "trapezius-descending-1"
    assert offer.distance_mm == pytest.approx(NEAR_MM - 1, abs=0.1)
    assert not offer.only
    far = site_at(doll, key, "male.posterior", QPointF(*_spot(side, NEAR_MM + 1)))
    assert offer_for(doll, far) is None


@pytest.mark.parametrize("side", SIDES)
def test_a_muscles_only_trigger_point_is_offered_from_everywhere_and_by_name(
    doll: Any, side: Laterality
) -> None:
    key = StructureKey("sternocleidomastoid", side)
    named = site_of_structure(doll, key)
    assert named.trigger_point == ""
    offer = offer_for(doll, named)
    assert offer is not None
    assert (offer.point, offer.only, offer.distance_mm) == ("sternocleidomastoid-3", True, None)
    assert offer_for(doll, site_of_structure(doll, StructureKey("trapezius-descending", side))) is None


def test_the_spot_clicked_again_is_the_same_finding_after_its_point_was_taken(bench: Any) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    _click(bench, *_spot(Laterality.RIGHT, 9, 4))
    card = next(iter(visit.steps["findings"].cards.values()))
    card.offer.click()
    bench.idle()
    atlas = bench.window.context.open_atlas()
    key = StructureKey("trapezius-descending", Laterality.RIGHT)
    again = site_at(atlas, key, "male.posterior", QPointF(*_spot(Laterality.RIGHT, 11, 4)))
    assert same_place(again, bench.kept().findings[0].site)
    far = site_at(atlas, key, "male.posterior", QPointF(*_spot(Laterality.RIGHT, 40, 4)))
    assert not same_place(far, bench.kept().findings[0].site)


def test_a_signed_visit_offers_nothing(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = bench.begin()
    visit.open_step("findings")
    _click(bench, *_spot(Laterality.RIGHT, 9, 4))
    card = next(iter(visit.steps["findings"].cards.values()))
    monkeypatch.setattr(type(bench.desk), "signed", property(lambda _: True))
    card.show_finding(card.finding)
    assert card.offer.isHidden()
    for key, words in (("findings", ""), ("needling", "Nothing was needled.")):
        visit.open_step(key)
        step = visit.steps[key]
        assert step.finder.isHidden()
        assert step.hint.text() == words
        assert step.hint.isHidden() is (not words)


def test_keyboard_stays_on_an_offered_needling_when_something_is_saved(bench: Any) -> None:
    """It was made anew at each answer of the records: who had just come to it by Tab was thrown on."""
    visit = bench.begin()
    visit.open_step("findings")
    _click(bench, *_spot(Laterality.RIGHT))
    visit.open_step("needling")
    offered = visit.steps["needling"].offers.itemAt(0).widget()
    offered.setFocus()
    (finding,) = bench.kept().findings
    bench.desk.do(change(finding, replace(finding, taut_band=True), visit=bench.desk.record.visit.id))
    bench.idle()
    assert bench.kept().findings[0].taut_band
    assert visit.steps["needling"].offers.itemAt(0).widget() is offered
    assert offered.hasFocus()
    offered.click()
    assert visit.steps["needling"].offers.count() == 0
