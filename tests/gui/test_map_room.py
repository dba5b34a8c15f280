"""Maps use the room they have: titles keep their side, close-ups fill the panel, the pair shares its width."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from myomap.anatomy.structures import Layer
from myomap.gui.map.pair import shares, stacks
from myomap.gui.map.panel import MapPanel
from myomap.gui.map.sheet import read_sheet
from myomap.gui.map.short_titles import fitting, shorter
from myomap.gui.picture import settle


def test_every_title_keeps_its_side_however_narrow(atlas: Any) -> None:
    for view in atlas.views.values():
        side = next((word for word in ("left", "right") if word in view.title.lower()), "")
        for room in range(6, 60):
            shown = fitting(view.title, lambda text, room=room: len(text) <= room)
            if side:
                assert (
                    shown.lower().startswith((side, side[0] + " "))
                    or f"{side} " in shown.lower()
                    or (f"{side[0].upper()} " in shown)
                ), (view.title, shown)
                other = {"left": "R ", "right": "L "}[side]
                assert other not in shown


def test_titles_only_become_shorter(atlas: Any) -> None:
    for view in atlas.views.values():
        lengths = [len(text) for text in shorter(view.title)]
        assert lengths == sorted(lengths, reverse=True)
        assert fitting(view.title, lambda _: True) == view.title


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
def test_title_fits_its_panel_at_every_text_size(window: Any, scale: float) -> None:
    panel = window.atlas_place.panels[0]
    panel.show_view("right_lateral")
    window.context.look.choose(text_scale=scale)
    window.resize(1000, 700)
    settle(window)
    chooser = panel.chooser
    metrics = chooser.fontMetrics()
    assert chooser.sizeHint().width() <= chooser.width() + 1, "nothing is elided by the button itself"
    assert metrics.horizontalAdvance(chooser.text()) < chooser.width()
    assert "Right side" in chooser.toolTip()
    assert "Right side" in chooser.accessibleName()
    window.context.look.choose(text_scale=1.0)


def test_long_title_becomes_shorter_and_grows_again(window: Any) -> None:
    panel = window.atlas_place.panels[0]
    panel.chooser.show_title("Head and neck, right lateral")
    panel.chooser.fit(150)
    short = panel.chooser.text()
    assert short != "Head and neck, right lateral"
    assert short.endswith(("right lateral", "R lateral"))
    panel.chooser.fit(600)
    assert panel.chooser.text() == "Head and neck, right lateral"


def test_close_ups_are_fitted_without_margins_and_nothing_is_cut(atlas: Any, qapp: Any) -> None:
    for name in ("male.head_right_lateral", "male.right_hand_palmar", "male.floor_of_mouth", "male.anterior"):
        view = atlas.views[name]
        sheets = [read_sheet(atlas, name, layer) for layer in view.layers]
        for sheet in sheets:
            assert sheet.rect.contains(sheet.content)
            for other in sheets:
                for piece in other.pieces:
                    left, top, right, bottom = piece.bounds
                    assert sheet.content.left() - 2 <= left, (name, sheet.layer, piece.key)
                    assert right <= sheet.content.right() + 2, (name, sheet.layer, piece.key)
                    assert sheet.content.top() - 2 <= top, (name, sheet.layer, piece.key)
                    assert bottom <= sheet.content.bottom() + 2, (name, sheet.layer, piece.key)
    assert (
        read_sheet(atlas, "male.anterior", Layer.SKIN).content
        == read_sheet(atlas, "male.anterior", Layer.SKIN).rect
    )
    hand = read_sheet(atlas, "male.right_hand_palmar", Layer.SKIN)
    assert hand.content.width() < 0.93 * hand.rect.width()


def test_a_tall_view_leaves_its_spare_width_to_a_broad_one() -> None:
    for width in (500, 900, 1300, 2400):
        for aspects in ((0.4, 0.4), (0.4, 0.8), (0.8, 0.4), (1.5, 0.4)):
            made = shares(aspects, width, 900)
            assert sum(made) == width
            assert min(made) >= min(width // 2, 300)
    left, right = shares((0.4, 0.8), 1100, 900)
    assert right > left
    assert shares((0.4, 0.8), 1100, 900) == shares((0.8, 0.4), 1100, 900)[::-1]


def test_two_broad_views_lie_one_over_the_other_until_the_handle_is_moved(window: Any) -> None:
    from PySide6.QtCore import Qt

    assert stacks((1.5, 1.5), 560, 720)
    assert not stacks((0.4, 0.4), 560, 720)
    pair = window.atlas_place.maps
    assert pair.orientation() is Qt.Orientation.Horizontal
    pair.splitterMoved.emit(300, 1)
    before = pair.sizes()
    window.atlas_place.panels[0].show_view("head_posterior")
    settle(window)
    assert pair.sizes() == before


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_tiles_of_the_picker_hold_their_words_and_none_is_beside_the_screen(
    window: Any, atlas: Any, scale: float
) -> None:
    from myomap.gui.map.picker import LINES, LONGEST, ViewPicker, tile_words

    for view in atlas.views.values():
        lines = tile_words(view.title).split("\n")
        assert len(lines) <= LINES, view.title
        assert max(map(len, lines)) <= LONGEST, view.title
    window.context.look.choose(text_scale=scale)
    picker = ViewPicker(window.context, "anterior", window)
    picker.show_below(window.atlas_place.panels[0].chooser)
    settle(window)
    for button in picker.buttons.values():
        assert button.mapTo(picker, button.rect().topRight()).x() < picker.width()
        for line in button.text().split("\n"):
            assert button.fontMetrics().horizontalAdvance(line) < button.width()
    picker.close()
    window.context.look.choose(text_scale=1.0)


def test_note_about_the_layer_is_seen_where_views_are_chosen_and_nowhere_else(
    window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = window.atlas_place.panels[0]
    assert panel.note.isHidden()
    # the doll has every layer everywhere: a view of one layer stands in for the close-ups that have not
    one = replace(panel.view, layers=(Layer.SUPERFICIAL,), default_layer=Layer.SUPERFICIAL)
    window.context.shown.set_layer(Layer.DEEP)
    settle(window)
    monkeypatch.setattr(MapPanel, "view", property(lambda _: one))
    for hidden in (False, True):
        made = MapPanel(window.context, "anterior")
        made.chooser.setHidden(hidden)
        made.refresh()
        assert made.note.text() == "superficial layer"
        assert made.note.isHidden() is hidden
        made.deleteLater()


def _pixels(panel: Any) -> Any:
    image = panel.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(int)


def test_between_two_views_the_last_one_stays_whole_until_the_next_is_there(window: Any) -> None:
    panel = window.atlas_place.panels[0]
    before = _pixels(panel)
    panel.show_view("posterior")
    frames = []
    while not panel.map.settled or panel._veil.isVisible():
        frames.append(_pixels(panel))
        QApplication.processEvents()
    settle(window)
    after = _pixels(panel)
    assert (abs(before - after) > 30).mean() > 0.002, "the views are not alike"
    assert frames
    for frame in frames:
        alike = min((abs(frame - one) > 30).mean() for one in (before, after))
        assert alike < 0.004, "neither an empty page nor the sides of one view over the body of the other"


def test_a_view_that_never_comes_is_waited_for_no_longer_than_a_moment(
    window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from myomap.gui.map import veil

    panel = window.atlas_place.panels[0]
    monkeypatch.setattr(panel.map, "_ask_for_base", lambda: None)
    panel.show_view("posterior")
    assert panel._veil.isVisible()
    QTest.qWait(veil.MOST_MS + 100)
    assert not panel._veil.isVisible()
