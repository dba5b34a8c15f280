"""The window by keyboard and search, its themes, and what it remembers."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QTreeView, QWidget

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import Layer, StructureKey
from myomap.gui.atlas.list_page import PatternList
from myomap.gui.atlas.tree import ID_ROLE
from myomap.gui.picture import settle
from myomap.gui.theme import ThemeName


def _texts(widget: Any) -> str:
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if not each.isHidden())


def test_inspector_shows_names_sources_and_marks_what_is_from_memory(window: Any) -> None:
    window.context.shown.select(StructureKey("trapezius-descending", Laterality.RIGHT))
    window.atlas_place.inspector.page.show_fold("Exercises")
    text = _texts(window.atlas_place.inspector.page)
    for wanted in ("RIGHT", "Trapezius", "musculus trapezius", "neck knot", "from memory", "A made-up book",
                   "High risk when needled", "apex of the lung", "Ear to shoulder"):  # fmt: skip
        assert wanted in text, wanted


def test_tree_by_keyboard_alone_reaches_a_trigger_point_and_lights_it(window: Any) -> None:
    tree = window.atlas_place.tree.tree
    tree.setFocus()
    neck = next(i for i in range(tree.model().rowCount()) if tree.model().index(i, 0).data(ID_ROLE) == "neck")
    tree.setCurrentIndex(tree.model().index(neck, 0))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(tree, key)
    assert tree.currentIndex().data(ID_ROLE) == "trapezius-descending-1"
    assert window.context.shown.point.point == "trapezius-descending-1"
    assert window.context.shown.selected == StructureKey("trapezius-descending", Laterality.RIGHT)


def test_side_of_the_tree_chooses_the_same_muscle_on_the_other_side(window: Any) -> None:
    window.context.shown.select(StructureKey("temporalis", Laterality.RIGHT))
    window.atlas_place.tree.side.buttons["left"].click()
    assert window.context.shown.selected == StructureKey("temporalis", Laterality.LEFT)


def test_tree_follows_the_map(window: Any) -> None:
    window.context.shown.select(StructureKey("gluteus-maximus", Laterality.LEFT))
    assert window.atlas_place.tree.tree.currentIndex().data(ID_ROLE) == "gluteus-maximus"
    assert window.atlas_place.tree.laterality() is Laterality.LEFT


def test_search_box_finds_a_synonym_and_enter_opens_it(window: Any) -> None:
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    box = window.atlas_place.search
    QTest.keyClicks(box, "left scm")
    assert box.results.isVisible()
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.context.shown.selected == StructureKey("sternocleidomastoid", Laterality.LEFT)
    assert not box.results.isVisible()


def test_nothing_found_says_so(window: Any) -> None:
    box = window.atlas_place.search
    QTest.keyClicks(box, "zzzzqqq")
    assert "Nothing found" in box.results.item(0).text()


def test_palette_opens_a_complaint_and_its_rows_light_zones(window: Any) -> None:
    window.show_palette()
    QTest.keyClicks(window._palette.text, "headache at the temple")
    QTest.keyClick(window._palette.text, Qt.Key.Key_Return)
    page = window.atlas_place.inspector.page
    assert isinstance(page, PatternList)
    assert "not a diagnosis" in _texts(page)
    page.cards[0].setFocus()
    page.cards[0].glanced.emit(True)
    assert window.context.shown.glance.point == "trapezius-descending-1"
    assert window.atlas_place.panels[0].highlights._essential.isVisible()


def test_palette_does_actions_and_escape_closes_it(window: Any) -> None:
    window.show_palette()
    QTest.keyClicks(window._palette.text, "show the deep layer")
    QTest.keyClick(window._palette.text, Qt.Key.Key_Return)
    assert window.context.shown.layer is Layer.DEEP
    assert window._palette is None
    window.show_palette()
    QTest.keyClick(window._palette.text, Qt.Key.Key_Escape)
    assert window._palette is None


def test_region_page_lists_the_patterns_that_reach_it(window: Any) -> None:
    found = next(hit for hit in window.search("right head") if hit.entry.id == "head.right")
    window.open_found(found)
    settle(window)
    page = window.atlas_place.inspector.page
    names = [card.accessibleName() for card in page.cards]
    assert any("RIGHT trapezius" in name for name in names)
    assert not any("gluteus" in name or "LEFT" in name for name in names)


def test_show_where_it_lies_turns_to_the_layer_of_a_deep_muscle(window: Any) -> None:
    window.context.shown.select(StructureKey("gluteus-minimus", Laterality.RIGHT))
    window.atlas_place.show_chosen()
    assert window.context.shown.layer is Layer.DEEP


class Restyled(QObject):
    """Counts how often a widget is told of another style."""

    times = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.times += event.type() == QEvent.Type.StyleChange
        return False


def _above(widget: QWidget) -> list[QWidget]:
    found = []
    while (above := widget.parentWidget()) is not None:
        found.append(above)
        widget = above
    return found


def test_themes_change_chrome_and_plates_and_are_remembered(window: Any, tmp_path: Any) -> None:
    def paper() -> str:
        window.grab()
        return str(window.atlas_place.panels[0].map.grab().toImage().pixelColor(30, 300).name())

    deep = window.findChildren(QTreeView)[0].viewport()
    assert len(_above(deep)) > 5
    restyled = Restyled()
    deep.installEventFilter(restyled)
    seen = set()
    for theme in (ThemeName.LIGHT, ThemeName.DARK, ThemeName.HIGH_CONTRAST):
        restyled.times = 0
        window._choose_look(theme=theme)
        assert restyled.times <= 4  # not once for each of its parents: that made a change take a second
        settle(window)
        assert paper() == window.context.look.map["paper"].name()
        seen.add(paper())
    assert len(seen) == 3
    from myomap.gui.settings import load

    assert load(tmp_path).theme == "high_contrast"


def test_paper_is_what_printers_hold_where_the_computer_is(tmp_path: Any) -> None:
    from PySide6.QtCore import QLocale

    from myomap.gui.settings import FILE, load, usual_paper

    found = {
        name: str(usual_paper(QLocale(name))) for name in ("en_US", "fr_CA", "es_MX", "en_GB", "de_DE", "C")
    }
    assert {name for name, paper in found.items() if paper == "us-letter"} == {"en_US", "fr_CA", "es_MX"}
    (tmp_path / FILE).write_text('{"paper": "us-letter"}')
    assert load(tmp_path).paper == "us-letter"
    (tmp_path / FILE).write_text('{"paper": "papyrus"}')
    assert load(tmp_path).paper in ("a4", "us-letter")


def test_text_size_grows_the_type(window: Any) -> None:
    before = QApplication.font().pixelSize()
    window._choose_look(scale=1.5)
    assert QApplication.font().pixelSize() == round(before * 1.5)
    window._choose_look(scale=1.0)


def test_everything_that_can_be_pressed_has_a_name_for_screen_readers(window: Any) -> None:
    window.context.shown.select(StructureKey("trapezius-descending", Laterality.RIGHT))
    nameless = [
        each
        for kind in (QAbstractButton, QLineEdit, QTreeView)
        for each in window.findChildren(kind)
        if each.isVisible() and not (each.accessibleName() or getattr(each, "text", str)())
    ]
    assert nameless == []
    interface = QAccessible.queryAccessibleInterface(window.atlas_place.panels[0].map)
    assert "Anterior view" in interface.text(QAccessible.Text.Name)


def test_picker_offers_every_view_of_the_figure_with_a_thumbnail(window: Any) -> None:
    from myomap.gui.map.picker import ViewPicker

    picker = ViewPicker(window.context, "anterior", window)
    assert set(picker.buttons) == {"anterior", "posterior", "head_posterior", "right_lateral"}
    assert not picker.buttons["anterior"].icon().isNull()
    picker.buttons["posterior"].click()


def test_map_on_show_is_saved_as_it_is_lit(window: Any, tmp_path: Any, monkeypatch: Any) -> None:
    from myomap.gui.shown import PointKey

    window.atlas_place.inspector.choose_point(PointKey("trapezius-descending-1", Laterality.RIGHT))
    target, said = tmp_path / "map.svg", []
    prompts = window.context.prompts
    monkeypatch.setattr(prompts, "save_file", lambda _title, _start, _kinds, done: done(target))
    monkeypatch.setattr(prompts, "say", said.append)
    window.atlas_place.panels[0].save.click()
    settle(window)
    assert str(target) in said[0]
    drawn = target.read_text()
    assert "Anterior view" in drawn
    assert ">R</text>" in drawn


def test_map_that_cannot_be_saved_is_said(window: Any, tmp_path: Any, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[Any] = []
    prompts = window.context.prompts
    monkeypatch.setattr(prompts, "save_file", lambda _t, _s, _k, done: done(tmp_path / "file" / "map.svg"))
    monkeypatch.setattr(prompts, "tell", told.append)
    window.atlas_place.panels[0].save.click()
    settle(window)
    assert "could not be written" in told[0].title


def test_word_in_passing_shows_and_only_the_last_one(window: Any) -> None:
    from myomap.gui.toast import Toast

    window.context.prompts.say("First")
    window.context.prompts.say("The map is saved.")
    seen = [toast.text() for toast in window.findChildren(Toast) if toast.isVisible()]
    assert seen == ["The map is saved."]


def test_palette_opens_from_within_the_search_box(window: Any) -> None:
    window.activateWindow()
    window.atlas_place.search.setFocus()
    QTest.keyClicks(window.atlas_place.search, "temp")
    QTest.keyClick(window.atlas_place.search, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window._palette is not None


def test_sheet_that_could_not_be_read_is_said_and_can_be_asked_for_again(
    window: Any, monkeypatch: Any
) -> None:
    from myomap.errors import AtlasError

    told: list[Any] = []
    monkeypatch.setattr(window.context.prompts, "tell", told.append)
    panel, read = window.atlas_place.panels[0], window.context.shelf.read

    def broken(view: str, layer: Layer) -> Any:
        raise AtlasError("The atlas is damaged.")

    monkeypatch.setattr(window.context.shelf, "read", broken)
    panel.show_view("head_posterior")
    settle(window)
    assert [message.title for message in told] == ["The atlas is damaged."]
    monkeypatch.setattr(window.context.shelf, "read", read)
    panel.refresh()
    settle(window)
    assert panel.map.sheet.view.name == "head_posterior"
