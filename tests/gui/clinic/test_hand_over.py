"""The hand-over step says in words what was written, where, and what could not be printed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from myomap.gui.visit.documents import DOCUMENTS
from myomap.records.edits import change
from myomap.records.values import Note, NoteSection, new_id

#: An SVG that the window takes for one, and the typesetter does not.
BROKEN = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='data:image/png;base64,AAAA'/><g></svg>"


def _written(bench: Any, path: Path) -> str:
    step = bench.visit.steps["hand_over"]
    document = next(d for d in DOCUMENTS if d.key == "page")
    step.write(document, path)
    bench.wait(lambda: "Written:" in step.said.text() or bench.told)
    assert bench.told == []
    return str(step.said.text())


def _give_logo(bench: Any, logo: bytes) -> None:
    before = bench.session.settings
    bench.session.apply(change(before, replace(before, logo=logo)), lambda: None, bench.told.append)
    bench.idle()
    assert bench.session.settings.logo == logo


def test_a_logo_that_could_not_be_printed_is_said_beside_the_file(bench: Any, tmp_path: Path) -> None:
    visit = bench.begin()
    _give_logo(bench, BROKEN)
    visit.open_step("hand_over")
    said = _written(bench, tmp_path / "page.pdf")
    assert "logo could not be printed and was left out" in said
    assert "Settings" in said
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    _give_logo(bench, b"")
    assert "left out" not in _written(bench, tmp_path / "again.pdf")


def test_characters_that_no_font_has_are_named_with_the_file(bench: Any, tmp_path: Path) -> None:
    from myomap.records.edits import add
    from myomap.records.values import Plan, single_id

    visit = bench.begin()
    record = bench.desk.record
    bench.desk.do(add(Note(new_id(), NoteSection.OTHER, "a word"), visit=record.visit.id))
    plan = Plan(single_id(record.visit.id, "plan"), "keep \U0010fffd warm")
    bench.desk.do(add(plan, visit=record.visit.id))
    bench.idle()
    visit.open_step("hand_over")
    said = _written(bench, tmp_path / "page.pdf")
    assert "No font here has" in said
    assert str(tmp_path) in said
