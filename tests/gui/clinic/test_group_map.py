"""Where our patients hurt: the map of many drawings, from the list to the saved file; never a name."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from myomap.records.edits import add
from myomap.records.practice import Deed
from myomap.records.values import Patient, Quality, Sex, Stroke, new_id

DAY = date(2026, 1, 10)
NAME = "Zebulon Testperson"


def _cells(bench: Any, x: float, y: float, z: float = 60, radius: float = 60) -> tuple[int, ...]:
    """Return cells of the doll's skin near a place in body mm."""
    xyz = bench.window.context.open_atlas().skin.xyz["male"]
    near = (np.hypot(xyz[:, 0] - x, xyz[:, 1] - y) < radius) & (np.sign(xyz[:, 2]) == np.sign(z))
    return tuple(int(c) for c in np.flatnonzero(near))


def _draw(bench: Any, cells: tuple[int, ...], *, sex: Sex = Sex.MALE, on: date = DAY, **fields: Any) -> str:
    practice = bench.practice
    who = Patient(new_id(), f"{NAME} {new_id()[-4:]}", date(1980, 5, 5), sex)
    practice.apply(add(who))
    visit = practice.new_visit(who.id, on=on, map_version="doll-1").visit.id
    stroke = Stroke(
        new_id(), "male.anterior", ((1.0, 1.0),), 5.0, 5, cells=cells, map_version="doll-1", **fields
    )
    practice.apply(add(stroke, visit=visit))
    return who.id


def _open(bench: Any) -> Any:
    bench.window.go_to("patients")
    place = bench.clinic.patients_place()
    place.list.group.click()
    _wait(bench, place.group)
    return place.group


def _wait(bench: Any, page: Any) -> None:
    bench.wait(lambda: not page._reading and not page.choice._soon.isActive())
    bench.wait(lambda: all(panel.map.sheet is not None for panel in page.panels))
    bench.idle()


def _words(page: Any) -> str:
    return " ".join(each.text() for each in page.findChildren(QLabel) if not each.isHidden())


def test_no_drawing_is_said_with_what_to_do(bench: Any) -> None:
    page = _open(bench)
    assert page.legend.count.text() == "No drawing fits."
    assert not page.is_told
    assert not page.table_button.isEnabled()
    assert all(panel.save.isHidden() for panel in page.panels)
    assert not page.layers[0].rings


@pytest.mark.parametrize("people", [1, 4])
def test_fewer_than_five_people_are_neither_shown_nor_saved(bench: Any, people: int, tmp_path: Path) -> None:
    for _ in range(people):
        _draw(bench, _cells(bench, -60, 1300))
    page = _open(bench)
    assert "too few to show" in page.legend.count.text()
    assert "who they are" in page.legend.asked.text()
    assert not any(layer.rings for layer in page.layers)
    assert not page.group.map.found.counts.any(), "nothing is kept that could be shown by mistake"
    page.save_picture("male.anterior", tmp_path / "x.png")
    page.save_table(tmp_path / "x.csv")
    bench.idle()
    assert not list(tmp_path.iterdir())
    assert not [line for line in bench.practice.audit() if line.deed is Deed.EXPORTED]


def _seven(bench: Any) -> None:
    for number in range(7):
        sex = Sex.FEMALE if number < 6 else Sex.MALE
        _draw(
            bench, _cells(bench, -60, 1300), sex=sex, quality=Quality.BURNING if number == 0 else Quality.ACHE
        )
    _draw(bench, _cells(bench, 60, 1650, radius=30))


def test_map_legend_and_table_say_the_same_counts(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    assert page.legend.count.text() == "8 drawings of 8 people"
    assert page.group.map.found.most == 7
    model = page.legend.model
    rows = [[model.index(r, c).data() for c in range(3)] for r in range(model.rowCount())]
    assert rows[0] == ["RIGHT trunk and limbs", "7", "88 %"]
    assert not [row for row in rows if "head" in row[0]], "not even that one person alone drew there is told"
    front, back = page.layers
    assert {ring.zValue() for ring in front.rings}
    assert not back.rings, "nobody drew behind"
    panel = page.panels[0]
    x, y = 260 - 60, 1760 - 1300
    assert page.panels[0].tell(QPointF(x, y)) == "here in 7 of 8 drawings (88 %)"
    of_one, of_nobody = (page.panels[0].tell(QPointF(260 + x, 1760 - y)) for x, y in ((60, 1650), (60, 1300)))
    assert of_one == of_nobody == "drawn here by fewer than 5 people, or by nobody"
    assert page.panels[0].tell(QPointF(4, 4)) == ""
    # the right of the body is on the viewer's left in front
    middle = panel.view.frame.width / 2
    assert (
        max(front.rings, key=lambda ring: ring.path().boundingRect().width()).path().boundingRect().right()
        < middle + 2
    )


def test_no_name_is_ever_on_the_page(bench: Any, tmp_path: Path) -> None:
    _seven(bench)
    page = _open(bench)
    model = page.legend.model
    shown = _words(page) + " ".join(str(model.index(r, 0).data()) for r in range(model.rowCount()))
    assert "Zebulon" not in shown
    page.save_table(tmp_path / "t.csv")
    page.save_picture("male.anterior", tmp_path / "m.svg")
    bench.idle()
    bench.idle()
    for path in tmp_path.iterdir():
        assert b"Zebulon" not in path.read_bytes()


def _men(bench: Any, count: int) -> None:
    for _ in range(count):
        _draw(bench, _cells(bench, -60, 1300))


def test_choosing_narrows_the_group_and_all_again_widens_it(bench: Any) -> None:
    _seven(bench)
    _men(bench, 3)
    page = _open(bench)
    page.choice.sex.buttons["female"].click()
    _wait(bench, page)
    assert page.legend.count.text() == "6 drawings of 6 people"
    assert "women" in page.legend.asked.text()
    page.choice.quality.buttons["burning"].click()
    _wait(bench, page)
    assert page.legend.count.text() == "1 person: too few to show."
    page.choice.reset()
    _wait(bench, page)
    assert page.legend.count.text() == "11 drawings of 11 people"


def test_who_takes_one_map_from_another_to_see_two_people_is_refused_and_can_save_nothing(
    bench: Any, tmp_path: Path
) -> None:
    """Everybody (8) is shown first; the women (6) are everybody but two."""
    _seven(bench)
    page = _open(bench)
    assert page.is_told
    page.choice.sex.buttons["female"].click()
    _wait(bench, page)
    assert page.legend.count.text() == "Not shown: too much like a map that was shown."
    assert "fewer than 5 people" in page.legend.asked.text()
    assert page.group is None
    assert not any(layer.rings for layer in page.layers)
    assert not page.pdf_button.isEnabled()
    page.save_pdf(tmp_path / "x.pdf")
    page.save_picture("male.anterior", tmp_path / "x.png")
    bench.idle()
    assert not list(tmp_path.iterdir())
    page.choice.reset()
    _wait(bench, page)
    assert page.legend.count.text() == "8 drawings of 8 people", "what was shown may be seen again"


def test_leaving_or_locking_does_not_forget_what_was_shown(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    page.forget()
    page.choice.sex.buttons["female"].click()
    _wait(bench, page)
    assert "too much like" in page.legend.count.text()


def test_a_drawing_made_meanwhile_does_not_shut_the_page(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    _draw(bench, _cells(bench, -60, 1300))
    page.read()
    _wait(bench, page)
    assert page.legend.count.text() == "8 drawings of 8 people"
    assert "shown earlier" in page.legend.note.text()
    _men(bench, 4)
    page.read()
    _wait(bench, page)
    assert page.legend.count.text() == "13 drawings of 13 people"
    assert "shown earlier" not in page.legend.note.text()


def test_the_document_is_written_whole_and_audited_and_names_nobody(bench: Any, tmp_path: Path) -> None:
    import io

    import pypdf

    _seven(bench)
    page = _open(bench)
    asked: list[Any] = []
    page._context.prompts.save_file = lambda title, start, kinds, on_chosen: asked.append(
        (start, kinds, on_chosen)
    )
    page.pdf_button.click()
    start, kinds, chosen = asked.pop()
    assert start.suffix == ".pdf"
    assert "pdf" in kinds
    chosen(tmp_path / "map")
    bench.wait(lambda: (tmp_path / "map.pdf").exists())
    bench.wait(page.pdf_button.isEnabled)
    body = (tmp_path / "map.pdf").read_bytes()
    text = " ".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(body)).pages)
    assert "8 drawings of 8 people" in text
    assert "Zebulon" not in text
    deeds = [line for line in bench.practice.audit() if line.deed is Deed.EXPORTED]
    assert deeds[0].words.startswith("document of 8 drawings: the last drawing of each patient")


def test_a_document_that_cannot_be_written_is_a_sentence_and_can_be_tried_again(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    page.save_pdf(Path("/proc/nowhere/map.pdf"))
    bench.wait(lambda: bool(bench.told) and page.pdf_button.isEnabled())
    assert "could not be written" in bench.told[-1].title


def test_a_date_that_is_none_is_said_beside_its_field_and_the_map_stays(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    page.choice.since.setText("2026-13-40")
    _wait(bench, page)
    assert "not a day" in page.choice.since_field.problem.text()
    assert page.legend.count.text() == "8 drawings of 8 people"
    page.choice.since.setText("2026-02-01")
    page.choice.until.setText("2026-01-01")
    _wait(bench, page)
    assert page.choice.problem.text() == "The first day lies after the last one."


def test_table_row_lights_its_region_and_a_click_on_the_map_marks_its_row(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    page.legend.table.selectRow(0)
    assert page._context.shown.region == "trunk.right"
    page._context.shown.select_region("head.left")
    assert not page.legend.table.selectionModel().hasSelection(), "a region that is not told has no row"
    page._context.shown.select_region("trunk.right")
    assert page.legend.table.currentIndex().row() == page.legend.model.row_of("trunk.right")
    # the atlas beside it is not turned
    assert bench.window.context.shown.region is None


def test_saving_writes_whole_files_and_audits_each(bench: Any, tmp_path: Path) -> None:
    _seven(bench)
    page = _open(bench)
    asked: list[Any] = []
    page._context.prompts.save_file = lambda title, start, kinds, on_chosen: asked.append(
        (start, kinds, on_chosen)
    )
    page.panels[0].save.click()
    start, kinds, chosen = asked.pop()
    assert start.name == "pain-map-anterior.png"
    assert "svg" in kinds
    chosen(tmp_path / "map.svg")
    page.table_button.click()
    asked.pop()[2](tmp_path / "table.csv")
    bench.idle()
    bench.idle()
    svg = (tmp_path / "map.svg").read_text("utf-8")
    assert "6 to 8 of 8 drawings" in svg
    assert "Of 8 people: the last drawing" in svg
    table = (tmp_path / "table.csv").read_bytes()
    assert table.startswith(b"\xef\xbb\xbf")
    lines = table.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("trunk.right,trunk and limbs,right,7,8,87.5,7,8,")
    assert len(lines) == 2
    deeds = [line for line in bench.practice.audit() if line.deed is Deed.EXPORTED]
    assert [line.subject for line in deeds] == ["practice", "practice"]
    assert {line.words.split(":")[0] for line in deeds} == {"map of 8 drawings", "table of 8 drawings"}


def test_a_folder_that_cannot_be_written_is_a_sentence(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    page.save_table(Path("/proc/nowhere/table.csv"))
    bench.idle()
    bench.idle()
    assert "could not be written" in bench.told[-1].title


def test_stopping_shows_nothing_half_read(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from myomap.store import group_reading

    monkeypatch.setattr(group_reading, "CHUNK", 1)
    _seven(bench)
    page = _open(bench)

    def told(done: int, _of: int) -> None:
        if done == 3:
            page.stop()

    page.told.connect(told, Qt.ConnectionType.DirectConnection)
    page.read()
    _wait(bench, page)
    page.told.disconnect(told)
    assert page.legend.count.text() == "Stopped."
    assert page.group is None
    assert not page.layers[0].rings


def test_lock_empties_the_page(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    bench.session._set_state(type(bench.session.state)("locked"))
    assert page.group is None
    assert page.legend.model.rowCount() == 0
    assert page.legend.count.text() == ""
    assert not page.layers[0].rings


def test_escape_goes_back_to_the_list(bench: Any) -> None:
    page = _open(bench)
    page.choice.which.focus()
    QTest.keyClick(bench.window.focusWidget(), Qt.Key.Key_Escape)
    place = bench.clinic.patients_place()
    assert place.currentWidget() is place.list
    assert page._stop.is_set(), "nothing is read for a page that nobody looks at"


def test_every_view_and_the_other_figure_can_be_chosen(bench: Any) -> None:
    _seven(bench)
    page = _open(bench)
    page.panels[1].show_view("head_posterior")
    page.figures.buttons["female"].click()
    _wait(bench, page)
    assert page.panels[0].map.sheet.view.id == "female.anterior"
    assert page.panels[1].map.sheet.view.id == "female.head_posterior"
    bench.wait(lambda: page.layers[0].rings)


def test_everything_that_takes_the_keyboard_has_a_name(bench: Any) -> None:
    from tests.gui.clinic.test_for_everyone import _nameless

    _seven(bench)
    page = _open(bench)
    # the viewport of a map is not in the accessibility tree: the view that it is in has the name
    assert [each for each in _nameless(page) if "MapView" not in each] == []


def test_the_command_palette_opens_it(bench: Any) -> None:
    from myomap.lookup.search import Kind

    bench.window.go_to("atlas")
    found = [hit for hit in bench.window.search("where our patients hurt") if hit.entry.kind is Kind.ACTION]
    assert found[0].entry.id == "group-map"
    bench.window.open_found(found[0])
    place = bench.clinic.patients_place()
    assert bench.window.place == "patients"
    assert place.currentWidget() is place.group
    _wait(bench, place.group)
