"""What leaves the room is small to send, crisp in print, inside its page and near to what it is about."""

import dataclasses
import io
import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.views import Figure
from myomap.demo import DEMO_PATIENT, DEMO_PRACTICE, point_site
from myomap.gui.tone_reader import read_part
from myomap.records.values import Finding, Needling, Note, NoteSection, Sex, Site, Visit, VisitRecord, new_id
from myomap.report.blank_chart import blank_chart
from myomap.report.course import course_report
from myomap.report.map_row import shared_crops
from myomap.report.patient_page import page_values, patient_page, plain_citation
from myomap.report.plate import MAP_CREDIT
from myomap.report.visit_report import ReportInput, report_values, visit_report
from myomap.report.warm_up import warm_up
from myomap.resources import atlas_path, bodymaps
from myomap.store.atlas_file import AtlasFile

WHEN = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
MOST_BYTES = 800_000


def given(record: VisitRecord, **changes: Any) -> ReportInput:
    made = ReportInput(DEMO_PATIENT, record, DEMO_PRACTICE, "Demo Clinician", WHEN, "a4")
    return dataclasses.replace(made, **changes)


def bare(record: VisitRecord) -> VisitRecord:
    """The visit with nothing found and nothing needled."""
    return VisitRecord.of(record.visit, [v for v in record.values() if not isinstance(v, Finding | Needling)])


def twelve(atlas: AtlasFile, record: VisitRecord) -> VisitRecord:
    """The visit with twelve muscles needled from head to foot."""
    by_muscle = {p.muscle: p for p in atlas.trigger_points.values() if p.pain and p.sided}
    made = bare(record)
    for at, point in enumerate([*by_muscle.values()][::8][:12]):
        side = Laterality.LEFT if at % 2 else Laterality.RIGHT
        site = point_site(atlas, point.id, side, "female.posterior")
        made = made.put(Finding(new_id(), site, True, True)).put(Needling(new_id(), site, 0.3, 40.0))
    return made


def test_documents_are_small_enough_to_send(fine: AtlasFile, visits: list[VisitRecord]) -> None:
    for record in (visits[0], twelve(fine, visits[0]), bare(visits[0])):
        for make in (visit_report, patient_page):
            assert len(make(fine, given(record)).body) < MOST_BYTES
    assert len(blank_chart(fine, DEMO_PRACTICE, made_at=WHEN).body) < MOST_BYTES


def test_the_pictures_in_a_report_are_as_fine_as_print_needs_and_no_finer(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    values, _ = report_values(fine, given(visits[0]))
    body = visit_report(fine, given(visits[0])).body
    tallest = max(i.image.height for p in pypdf.PdfReader(io.BytesIO(body)).pages for i in p.images)
    printed = max(m["height"] for m in values["maps"])
    assert 290 < tallest / printed * 25.4 < 310


def test_a_grey_picture_that_cannot_be_read_in_part_is_taken_whole(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    blind = AtlasFile(atlas_path(), bodymaps(), lambda path, part, pixels: None)
    whole = visit_report(blind, given(visits[0])).body
    blind.close()
    assert len(whole) > len(visit_report(fine, given(visits[0])).body)


def test_a_part_of_a_picture_says_which_part_it_is(fine: AtlasFile, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "tone.png"
    made = Image.new("L", (400, 1000), 255)
    made.paste(0, (100, 200, 200, 400))
    made.save(path)
    read = read_part(path, (0.2505, 0.2005, 0.4995, 0.3995), 100)
    assert read is not None
    assert read.part == (0.25, 0.2, 0.5, 0.4)
    seen = Image.open(io.BytesIO(read.body))
    assert seen.size == (50, 100)
    assert seen.getextrema()[1] < 20
    assert read_part(tmp_path / "none.jpg", (0, 0, 1, 1), 100) is None


def test_maps_come_near_to_small_marks_and_show_the_body_for_wide_ones(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    def shown_mm(record: VisitRecord) -> float:
        _, pictures = report_values(fine, given(record))
        box = re.search(rb'viewBox="([^"]+)"', pictures["found_female.posterior.svg"])
        assert box is not None
        return float(box[1].split()[3])

    whole = fine.views["female.posterior"].frame.height
    assert shown_mm(visits[0]) < 0.4 * whole
    assert shown_mm(twelve(fine, visits[0])) == pytest.approx(whole, abs=1)


@pytest.mark.parametrize("side", ["left", "right"])
def test_front_and_back_show_the_same_height_of_the_body_each_on_its_own_side(
    fine: AtlasFile, side: str
) -> None:
    front, back = fine.views["male.anterior"], fine.views["male.posterior"]
    x = 0.2 * front.frame.width if side == "right" else 0.8 * front.frame.width
    boxes = {
        "male.anterior": [(x, 300.0, x + 20, 320.0)],
        "male.posterior": [(back.frame.width - x - 20, 300.0, back.frame.width - x, 320.0)],
    }
    crops = shared_crops(fine, boxes)
    one, two = crops["male.anterior"], crops["male.posterior"]
    assert one[1::2] == two[1::2]
    assert one[2] - one[0] == pytest.approx(two[2] - two[0])
    for view, crop in crops.items():
        (box,) = boxes[view]
        assert crop[0] <= box[0]
        assert box[2] <= crop[2]
    assert (one[0] < two[0]) is (side == "right")


@pytest.mark.parametrize("figure", ["male", "female"])
def test_pain_of_one_side_of_the_head_is_shown_on_the_whole_head(fine: AtlasFile, figure: str) -> None:
    """Half a face with its “L” at the nose says less of its side."""
    view = f"{figure}.anterior"
    middle, seen = fine.views[view].frame.width / 2, fine.view_map(view)
    ears = [
        np.flatnonzero(seen.raster[int(y * seen.px_per_mm)] >= 0) / seen.px_per_mm for y in range(60, 200, 5)
    ]
    widest = max(float(abs(row - middle).max()) for row in ears)
    for box in ((middle - 80, 80.0, middle - 60, 120.0), (middle - 180, 80.0, middle - 20, 290.0)):
        (crop,) = shared_crops(fine, {view: [box]}).values()
        assert crop[3] - crop[1] < 0.4 * fine.views[view].frame.height, "still near"
        assert crop[0] < min(box[0], middle - widest)
        assert crop[2] > middle + widest


def test_a_cropped_drawing_says_that_nothing_lies_outside(fine: AtlasFile, visits: list[VisitRecord]) -> None:
    values, _ = report_values(fine, given(visits[0]))
    assert "Nothing is drawn on the part of the body that is not shown." in values["drawing"]["lines"]


def _words(body: bytes, tmp_path: Path) -> list[tuple[float, float, float, float, str]]:
    """Return each word with its box (points), as poppler sees it."""
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext is not installed (.ci/system-packages test installs it)")
    (tmp_path / "a.pdf").write_bytes(body)
    subprocess.run([tool, "-bbox", str(tmp_path / "a.pdf"), str(tmp_path / "a.html")], check=True)
    pattern = re.compile(
        r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
    )
    return [
        (float(a), float(b), float(c), float(d), word)
        for a, b, c, d, word in pattern.findall((tmp_path / "a.html").read_text("utf-8"))
    ]


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_long_names_and_long_words_stay_on_the_page(
    fine: AtlasFile, visits: list[VisitRecord], tmp_path: Path, paper: str
) -> None:
    long_name = "Test Patient with a name as long as names can be in some places"
    practice = dataclasses.replace(
        DEMO_PRACTICE,
        name="Test practice " * 8,
        address="A long street 123\nBackyard\n12345 A long town\nLand",
    )
    record = visits[0].put(Note(new_id(), NoteSection.OTHER, "word" * 80))
    patient = dataclasses.replace(DEMO_PATIENT, name=long_name)
    body = visit_report(fine, given(record, patient=patient, practice=practice, paper=paper)).body
    wide = 595 if paper == "a4" else 612
    for left, top, right, _, word in _words(body, tmp_path):
        assert left > 30, word
        assert right < wide - 30, word
        assert top > 15, word


def test_text_comes_in_the_order_in_which_it_is_read(
    fine: AtlasFile, visits: list[VisitRecord], tmp_path: Path
) -> None:
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext is not installed (.ci/system-packages test installs it)")
    for make, order in (
        (visit_report, ("Visit report", "Where it hurts", "In the patient's words", "What was found and done",
                        "Measures", "Findings", "Dry needling", "Plan", "Afterwards", "Sources")),
        (patient_page, ("Your visit on", "Your next appointment", "From the front", "From behind", "What we did",
                        "What helps", "What you may feel", "When to call", "Your exercises", "Where this comes")),
    ):  # fmt: skip
        (tmp_path / "b.pdf").write_bytes(make(fine, given(visits[0])).body)
        text = subprocess.run(
            [tool, "-raw", str(tmp_path / "b.pdf"), "-"], check=True, capture_output=True, text=True
        ).stdout
        places = [text.find(words) for words in order]
        assert -1 not in places, [w for w, p in zip(order, places, strict=True) if p < 0]
        assert places == sorted(places)


def test_a_work_is_named_once_with_all_its_places(fine: AtlasFile, visits: list[VisitRecord]) -> None:
    values, _ = report_values(fine, given(twelve(fine, visits[0])))
    works = [line.partition(". Baltimore")[0] for line in values["sources"]]
    assert len(works) == len(set(works))
    assert any("; chapter" in line for line in values["sources"])


def test_a_patient_reads_no_editors_remark(fine: AtlasFile, visits: list[VisitRecord]) -> None:
    values, _ = page_values(fine, given(visits[0]))
    assert len(values["sources"]) == 2
    assert not any("recalled" in line or "et al" in line for line in values["sources"])
    told = plain_citation("Smith, et al. A journal 2024 (journal and year recalled).")
    assert "recalled" not in told
    assert "from memory" in told


def test_many_muscles_are_told_side_by_side_of_the_body(fine: AtlasFile, visits: list[VisitRecord]) -> None:
    values, _ = page_values(fine, given(twelve(fine, visits[0])))
    (done,) = [s for s in values["sections"] if s["heading"] == "What we did"]
    treated = [line for line in done["lines"] if "We treated" in line]
    assert len(treated) == 2
    assert {"right", "left"} == {
        side for side in ("right", "left") for line in treated if f"your {side} side" in line
    }


def test_without_treatment_the_patients_page_shows_no_muscle_and_claims_none(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    values, pictures = page_values(fine, given(bare(visits[0])))
    assert "Orange" not in values["legend"]
    assert values["sources"] == [MAP_CREDIT]
    assert not any(s["heading"] == "What we did" for s in values["sections"])
    assert b"trapezius-descending" not in b"".join(pictures[m["file"]] for m in values["maps"])


def test_the_blank_chart_is_light_enough_to_shade(fine: AtlasFile, tmp_path: Path) -> None:
    from PIL import Image

    tool = shutil.which("pdftoppm")
    if tool is None:
        pytest.skip("pdftoppm is not installed (.ci/system-packages test installs it)")
    (tmp_path / "c.pdf").write_bytes(blank_chart(fine, DEMO_PRACTICE, made_at=WHEN).body)
    subprocess.run(
        [tool, "-r", "50", "-gray", "-png", "-singlefile", str(tmp_path / "c.pdf"), str(tmp_path / "c")],
        check=True,
    )
    page = Image.open(tmp_path / "c.png").convert("L")
    body = page.crop((40, 95, page.width - 40, 290))
    grey = sorted(body.tobytes())
    assert grey[len(grey) // 10] > 200  # nine tenths of where the bodies are is nearly white
    assert grey[0] < 130  # and still there are lines


@pytest.mark.parametrize("figure", list(Figure))
def test_warming_up_reads_what_the_first_report_needs(fine: AtlasFile, figure: Figure) -> None:
    from myomap.report import map_svg, typeset

    for kept in (map_svg._layer_paths, typeset._shipped_fonts):
        kept.cache_clear()
    warm_up(fine, figure)
    before = map_svg._layer_paths.cache_info().misses
    sex = Sex.FEMALE if figure is Figure.FEMALE else Sex.MALE
    point = next(p for p in fine.trigger_points.values() if p.pain and p.sided)
    site = Site(point.structure, Laterality.RIGHT, point.muscle, words="", trigger_point=point.id)
    visit = Visit("v", "p", date(2026, 1, 1), "")
    record = VisitRecord.of(visit, [Needling("n", site)])
    visit_report(fine, given(record, patient=dataclasses.replace(DEMO_PATIENT, sex=sex)))
    assert map_svg._layer_paths.cache_info().misses == before


def test_every_document_with_a_map_says_whose_work_the_map_is_made_from(
    fine: AtlasFile, visits: list[VisitRecord]
) -> None:
    drawn_only = VisitRecord.of(visits[0].visit, visits[0].strokes)
    for body in (
        visit_report(fine, given(visits[0])).body,
        visit_report(fine, given(drawn_only)).body,
        patient_page(fine, given(bare(visits[0]))).body,
        course_report(fine, DEMO_PATIENT, visits, DEMO_PRACTICE, made_at=WHEN).body,
        blank_chart(fine, DEMO_PRACTICE, made_at=WHEN).body,
    ):
        text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)
        assert "CC BY-SA 4.0" in " ".join(text.split())


def test_a_plate_is_small_enough_to_send_as_well(fine: AtlasFile, tmp_path: Path) -> None:
    from myomap.anatomy.structures import Layer
    from myomap.report.map_svg import MapPicture
    from myomap.report.picture_file import write_picture

    write_picture(fine, MapPicture("male.anterior", Layer.SUPERFICIAL), tmp_path / "plate.pdf")
    assert (tmp_path / "plate.pdf").stat().st_size < MOST_BYTES
