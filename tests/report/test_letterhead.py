"""The practice's logo is on every document, whatever kind of picture it is; one that cannot be printed stops none."""

import dataclasses
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image

from myomap.demo import DEMO_PATIENT, DEMO_PRACTICE, demo_visits
from myomap.gui.settings_place.practice_part import LARGEST, read_logo
from myomap.report.blank_chart import blank_chart
from myomap.report.course import course_report
from myomap.report.letterhead import can_be_printed, logo_svg
from myomap.report.patient_page import patient_page
from myomap.report.visit_report import ReportInput, visit_report

WHEN = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
RED = (214, 10, 20)


def picture(mode: str, form: str, size: tuple[int, int] = (300, 100)) -> bytes:
    made = Image.new("RGB", size, RED).convert(mode)
    held = io.BytesIO()
    made.save(held, form)
    return held.getvalue()


def documents(atlas: Any, logo: bytes) -> list[Any]:
    practice = dataclasses.replace(DEMO_PRACTICE, logo=logo)
    visits = demo_visits(atlas, today=date(2026, 3, 2))
    given = ReportInput(DEMO_PATIENT, visits[0], practice, "Demo Clinician", WHEN)
    return [
        visit_report(atlas, given),
        patient_page(atlas, given),
        course_report(atlas, DEMO_PATIENT, visits, practice, made_at=WHEN),
        blank_chart(atlas, practice, made_at=WHEN),
    ]


def test_the_logo_is_on_the_first_page_of_every_document(atlas: Any) -> None:
    for made in documents(atlas, picture("RGB", "PNG")):
        assert not made.without_logo
        page = pypdf.PdfReader(io.BytesIO(made.body)).pages[0]
        colours = [each.image.convert("RGB").getpixel((1, 1)) for each in page.images if each.image]
        assert RED in colours


def test_a_logo_that_cannot_be_printed_is_left_out_and_the_document_is_there(atlas: Any) -> None:
    for made in documents(atlas, b"<svg><g></svg>"):
        assert made.without_logo
        assert "Demo practice" in pypdf.PdfReader(io.BytesIO(made.body)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("mode", "form"),
    [("RGB", "PNG"), ("RGBA", "PNG"), ("L", "PNG"), ("P", "PNG"), ("RGB", "JPEG"), ("L", "JPEG")],
)
def test_pictures_keep_their_shape(mode: str, form: str) -> None:
    logo = picture(mode, form)
    assert b'width="300" height="100"' in logo_svg(logo)
    assert can_be_printed(logo)


def test_a_picture_in_printing_inks_is_taken_over_into_screen_colours(qapp: Any, tmp_path: Path) -> None:
    (tmp_path / "logo.jpg").write_bytes(picture("CMYK", "JPEG"))
    assert can_be_printed(read_logo(tmp_path / "logo.jpg"))


@pytest.mark.parametrize("colour", [(0, 0, 0, 0), (255, 255, 255, 255), (255, 255, 255, 90)])
def test_a_picture_that_paper_does_not_show_is_refused(
    qapp: Any, tmp_path: Path, colour: tuple[int, int, int, int]
) -> None:
    Image.new("RGBA", (300, 100), colour).save(tmp_path / "logo.png")
    with pytest.raises(ValueError, match="Nothing of this picture is seen"):
        read_logo(tmp_path / "logo.png")


@pytest.mark.parametrize("size", [(1, 1), (300, 1), (15, 400)])
def test_a_picture_of_a_few_dots_is_refused(qapp: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "logo.png").write_bytes(picture("RGB", "PNG", size))
    with pytest.raises(ValueError, match=f"only {size[0]} × {size[1]} dots"):
        read_logo(tmp_path / "logo.png")


def test_a_drawing_of_nothing_is_refused_and_one_of_a_line_is_taken(qapp: Any, tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 30'>{}</svg>"
    path.write_text(drawing.format("<rect width='90' height='30' fill='none'/>"))
    with pytest.raises(ValueError, match="Nothing of this picture is seen"):
        read_logo(path)
    path.write_text(drawing.format("<path d='M 5 15 H 85' stroke='#123456'/>"))
    assert read_logo(path).startswith(b"<svg")


def test_a_large_picture_is_made_as_small_as_print_needs(qapp: Any, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture("RGB", "PNG", (4000, 500)))
    kept = Image.open(io.BytesIO(read_logo(tmp_path / "logo.png")))
    assert kept.width == LARGEST.width()
    assert kept.height == 150


@pytest.mark.parametrize(
    "drawn",
    [
        "<svg xmlns='http://www.w3.org/2000/svg'><g></svg>",
        "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
        "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>]>"
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><text>&d;&d;&d;&d;</text></svg>",
    ],
)
def test_a_drawing_that_cannot_be_printed_is_refused_when_it_is_chosen(
    qapp: Any, tmp_path: Path, drawn: str
) -> None:
    (tmp_path / "logo.svg").write_text(drawn)
    with pytest.raises(ValueError, match="cannot be printed"):
        read_logo(tmp_path / "logo.svg")
