"""The hand-over step says in words what was written, where, and what could not be printed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

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


def test_a_document_is_printed_without_a_file_in_between(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    import pypdf
    from PySide6.QtPrintSupport import QPrinter

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    visit = bench.begin()
    visit.open_step("hand_over")
    step = visit.steps["hand_over"]
    asked: list[Any] = []
    bench.window.context.prompts.printer = lambda title, on_chosen: asked.append((title, on_chosen))
    step.print_buttons["page"].click()
    ((title, on_chosen),) = asked
    assert title == "Print the patient's page"
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    on_chosen(printer)
    bench.wait(lambda: "Sent to the printer" in step.said.text() or bench.told)
    assert bench.told == []
    assert "1 page" in step.said.text()
    assert step.print_buttons["page"].isEnabled()
    reader = pypdf.PdfReader(tmp_path / "paper.pdf")
    assert len(reader.pages) == 1
    (picture,) = reader.pages[0].images
    assert picture.image.height > 3000  # 300 dots an inch
    assert list((tmp_path / "temporary").iterdir()) == []
    assert step.open_it.isHidden()
    bench.idle()
    assert any(line.deed == "printed" and line.words == "page" for line in bench.practice.audit())


def test_a_printer_that_refuses_says_what_to_do_instead(bench: Any, tmp_path: Path) -> None:
    from PySide6.QtPrintSupport import QPrinter

    visit = bench.begin()
    visit.open_step("hand_over")
    step = visit.steps["hand_over"]
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path))  # a folder: it cannot be begun
    step.print_on(next(d for d in DOCUMENTS if d.key == "page"), printer)
    bench.wait(lambda: bool(bench.told))
    assert "does not take" in bench.told[0].title
    assert "save it as a PDF" in bench.told[0].text
    assert step.print_buttons["page"].isEnabled()


@pytest.mark.parametrize(
    "name", ["a/b\\c\nd", "x" * 300, "\u75bc" * 200, "\U0001f642" * 50, "../../etc/passwd", "...", " "]
)
def test_a_patients_name_in_a_file_name_is_one_that_every_disk_takes(name: str, tmp_path: Path) -> None:
    from datetime import date

    from myomap.gui.visit.documents import default_name
    from myomap.records.values import Patient, Visit, VisitRecord

    record = VisitRecord(Visit("v", "p", date(2026, 1, 1)))
    for document in DOCUMENTS:
        made = default_name(document, record, Patient("p", name), with_name=True)
        assert not set(made) & set('/\\\n\r:*?"<>|')
        assert not made.startswith((".", " ", "-"))
        (tmp_path / made).write_bytes(b"")


def test_the_palette_prints_what_is_asked_for(bench: Any) -> None:
    bench.begin()
    asked: list[str] = []
    bench.window.context.prompts.printer = lambda title, on_chosen: asked.append(title)
    found = bench.window.search("print the patient's page")
    bench.window.open_found(found[0])
    assert asked == ["Print the patient's page"]
