"""Documents say what the record says: sides, numbers, notes in any script; tagged and repeatable."""

import dataclasses
import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest

from myomap.anatomy.laterality import Laterality
from myomap.demo import DEMO_PATIENT, DEMO_PRACTICE, demo_visits
from myomap.records.values import Note, NoteSection, Sex, VisitRecord, new_id
from myomap.report import typeset as typesetting
from myomap.report.blank_chart import blank_chart
from myomap.report.course import course_report
from myomap.report.patient_page import page_values, patient_page
from myomap.report.visit_report import ReportInput, report_values, visit_report

WHEN = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def visits(atlas: Any) -> list[VisitRecord]:
    return demo_visits(atlas, today=date(2026, 3, 2))


def given(record: VisitRecord, **changes: Any) -> ReportInput:
    made = ReportInput(DEMO_PATIENT, record, DEMO_PRACTICE, "Demo Clinician, licence DEMO-1", WHEN, "a4")
    return dataclasses.replace(made, **changes)


def text_of(body: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_visit_report_names_side_muscle_scores_and_billing_number(
    atlas: Any, visits: list[VisitRecord]
) -> None:
    text = text_of(visit_report(atlas, given(visits[0])).body)
    assert "RIGHT trapezius, descending part" in text
    assert "LEFT trapezius" not in text
    assert "20560" in text
    assert "−3 (better)" in text
    assert "Not signed" in text
    assert "Test Patient 01" in text


def test_a_visit_report_has_two_pages_and_is_tagged(atlas: Any, visits: list[VisitRecord]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(visit_report(atlas, given(visits[0])).body))
    assert len(reader.pages) == 2
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "pdfaid:part>2" in metadata.replace(" ", "")
    assert "pdfuaid:part>1" in metadata.replace(" ", "")


@pytest.mark.parametrize("paper", [("a4", 595, 842), ("letter", 612, 792)])
def test_the_paper_is_the_one_asked_for(
    atlas: Any, visits: list[VisitRecord], paper: tuple[str, int, int]
) -> None:
    for make in (visit_report, patient_page):
        made = make(atlas, given(visits[0], paper=paper[0]))
        box = pypdf.PdfReader(io.BytesIO(made.body)).pages[0].mediabox
        assert (round(float(box.width)), round(float(box.height))) == paper[1:]


def test_the_same_input_gives_the_same_bytes(atlas: Any, visits: list[VisitRecord]) -> None:
    assert visit_report(atlas, given(visits[0])).body == visit_report(atlas, given(visits[0])).body


def test_every_map_of_a_report_has_a_text_that_says_the_side(atlas: Any, visits: list[VisitRecord]) -> None:
    values, pictures = report_values(atlas, given(visits[0]))
    maps = [*values["maps"], *values["drawing"]["maps"]]
    assert maps
    assert all(m["file"] in pictures for m in maps)
    assert all("RIGHT" in m["alt"] for m in values["maps"] if "No mark" not in m["alt"])
    for body in pictures.values():
        svg = body.decode()
        assert 'class="sides"' in svg
        assert ">R<" in svg


@pytest.mark.parametrize(
    ("note", "replaced"),
    [
        ("疼痛 in the neck", False),
        ("ألم في الرقبة", False),
        ("sore 🙂 after", False),
        ("a lone \x07 bell", False),
        ("odd \U000e0101 mark", True),
    ],
)
def test_a_note_in_any_script_still_prints(
    atlas: Any, visits: list[VisitRecord], note: str, replaced: bool
) -> None:
    record = visits[0].put(Note(new_id(), NoteSection.OTHER, note))
    made = visit_report(atlas, given(record))
    text = text_of(made.body)
    assert made.body.startswith(b"%PDF")
    if made.missing:
        assert "in no font on this computer" in text
        assert f"U+{ord(made.missing[0]):04X}" in text
    else:
        assert not replaced or "odd" in text


def test_a_long_note_in_a_script_without_font_is_set_in_a_few_steps_and_says_what_to_install(
    atlas: Any, visits: list[VisitRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [chr(0x1200 + 8 * n) for n in range(50)]  # Ethiopic: no font that is shipped has it
    record = visits[0].put(Note(new_id(), NoteSection.OTHER, " a ".join(letters)))
    steps = []
    monkeypatch.setattr(typesetting, "_all_fonts", lambda: typesetting._shipped_fonts())
    compiled = typesetting._compile
    monkeypatch.setattr(typesetting, "_compile", lambda *given: steps.append(1) or compiled(*given))
    made = visit_report(atlas, given(record))
    text = text_of(made.body)
    assert set(made.missing) == set(letters)
    assert len(steps) <= 7
    assert "in no font on this computer" in text
    assert "38 more" in text
    assert "install a font for Amharic" in text


def test_words_about_a_needling_stand_across_the_page_where_a_column_would_be_a_tower(
    atlas: Any, visits: list[VisitRecord]
) -> None:
    long = "felt it behind the eye and in the jaw, then it went away within a minute or two"
    (needling,) = visits[0].needlings
    for reaction, in_table in (("sharp, brief", True), (long, False)):
        record = visits[0].put(replace(needling, reaction=reaction, note="as agreed"))
        values, _ = report_values(atlas, given(record))
        (table,) = [s for s in values["sections"] if s["heading"] == "Dry needling"]
        assert ("Reaction" in table["columns"]) is in_table
        below = " ".join(table["lines"])
        assert "1: as agreed." in below
        assert (f"1: {long}." in below) is not in_table


def test_text_of_a_note_is_never_read_as_markup(atlas: Any, visits: list[VisitRecord]) -> None:
    hostile = '#set page(width: 1mm) *bold* @ref $x$ \\ "quote" <b>'
    record = visits[0].put(Note(new_id(), NoteSection.OTHER, hostile))
    assert "#set page(width: 1mm) *bold* @ref $x$" in text_of(visit_report(atlas, given(record)).body)


def test_the_patients_page_has_plain_words_and_no_latin(atlas: Any, visits: list[VisitRecord]) -> None:
    text = text_of(patient_page(atlas, given(visits[0])).body)
    assert "on your right side" in text
    assert "29 and 91 of 100" in text
    assert "short of breath" in text
    assert "trapezius" not in text.casefold()
    assert "M. " not in text


def test_the_patients_page_pictures_the_muscle_of_each_exercise(
    atlas: Any, visits: list[VisitRecord]
) -> None:
    values, pictures = page_values(atlas, given(visits[0]))
    assert len(values["exercises"]) == 3
    for exercise in values["exercises"]:
        assert exercise["how"]
        assert "right side" in exercise["picture"]["alt"]
        assert exercise["picture"]["file"] in pictures


def test_an_empty_visit_still_makes_every_document(atlas: Any, visits: list[VisitRecord]) -> None:
    empty = VisitRecord(visits[0].visit)
    assert visit_report(atlas, given(empty)).body.startswith(b"%PDF")
    assert patient_page(atlas, given(empty)).body.startswith(b"%PDF")
    course = course_report(atlas, DEMO_PATIENT, [], DEMO_PRACTICE, made_at=WHEN)
    assert "no visit yet" in text_of(course.body)


def test_the_course_tells_the_change_with_sign_and_word(atlas: Any, visits: list[VisitRecord]) -> None:
    text = text_of(course_report(atlas, DEMO_PATIENT, visits, DEMO_PRACTICE, made_at=WHEN).body)
    assert "Pain, NRS: from 7 to 3 (−4, better)" in text
    assert "better" in text


@pytest.mark.parametrize("sex", [Sex.MALE, Sex.FEMALE])
def test_the_blank_chart_has_four_views_with_sides(atlas: Any, sex: Sex) -> None:
    from myomap.report.visit_report import figure_of

    figure = figure_of(dataclasses.replace(DEMO_PATIENT, sex=sex))
    made = blank_chart(atlas, DEMO_PRACTICE, made_at=WHEN, figure=figure)
    text = text_of(made.body)
    assert len(pypdf.PdfReader(io.BytesIO(made.body)).pages) == 1
    for word in ("Anterior", "Posterior", "Right lateral", "Left lateral", "Burning"):
        assert word in text


def test_documents_pass_the_checkers_that_can_be_had(
    atlas: Any, visits: list[VisitRecord], tmp_path: Path
) -> None:
    qpdf = shutil.which("qpdf")
    if qpdf is None:
        pytest.skip("qpdf is not installed (make test installs it)")
    made = {
        "visit": visit_report(atlas, given(visits[0])).body,
        "patient": patient_page(atlas, given(visits[0])).body,
        "course": course_report(atlas, DEMO_PATIENT, visits, DEMO_PRACTICE, made_at=WHEN).body,
        "chart": blank_chart(atlas, DEMO_PRACTICE, made_at=WHEN).body,
    }
    for name, body in made.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(body)
        done = subprocess.run([qpdf, "--check", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        checked = subprocess.run(
            [sys.executable, "-m", "pdfua", "check", str(path)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "errors=0 warnings=0" in checked.stdout


def test_no_value_of_a_report_is_lost_between_record_and_template(
    atlas: Any, visits: list[VisitRecord]
) -> None:
    values, _ = report_values(atlas, given(visits[0]))
    said = json.dumps(values, ensure_ascii=False)
    for word in ("pistoning", "0.3 × 40 mm", "15 mm", "pain known as the headache", "Consent given"):
        assert word in said
    assert str(Laterality.LEFT.spoken) not in said.replace("LEFT lateral", "")
