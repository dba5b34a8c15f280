"""The map of a group on paper: every view with marks, its sides, the choice in words, and nothing of a few people."""

import io
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.views import Figure
from myomap.demo import DEMO_PRACTICE
from myomap.records.group import Group, Wanted
from myomap.records.values import Sex
from myomap.report.group_report import group_report, group_values
from myomap.surface.frequency import GroupCounter

WHEN = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
WANTED = Wanted(sexes=frozenset({Sex.FEMALE}), youngest=30, oldest=44)


def _group(atlas: Any, *zones: tuple[str, Laterality, int], lost: int = 0) -> Group:
    """Return a group in which so many people drew each zone, each person one."""
    counter, person = GroupCounter(atlas.skin), 0
    for point, side, people in zones:
        for _ in range(people):
            person += 1
            counter.add(f"p{person}", atlas.zone(point, side).essential.ids)
    return Group(counter.result(), WANTED, lost)


@pytest.fixture(scope="module")
def heel_and_neck(atlas: Any) -> Group:
    return _group(
        atlas,
        ("trapezius-descending-1", Laterality.RIGHT, 12),
        ("quadratus-plantae-1", Laterality.LEFT, 6),
        ("extensor-indicis-1", Laterality.RIGHT, 4),
    )


def _text(body: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_document_says_who_was_chosen_how_many_which_map_and_what_is_kept_back(
    atlas: Any, heel_and_neck: Group
) -> None:
    text = _text(group_report(atlas, heel_and_neck, DEMO_PRACTICE, made_at=WHEN).body)
    for said in (
        "Where our patients hurt",
        DEMO_PRACTICE.name,
        "22 drawings of 22 people",
        "the last drawing of each patient, women, aged 30 to 44, without archived patients",
        "2 March 2026",
        f"version {atlas.map_version}",
        "11 to 16 of 22 drawings",
        "fewer than 5 people drew is never told",
        "CC BY-SA",
    ):
        assert said in text, said
    order = [
        text.index(words) for words in ("How many drawings", "What is told", "Maps", "Regions, the most")
    ]
    assert order == sorted(order), "it is read as it is seen"


def test_every_view_with_marks_is_there_with_its_sides_and_no_other(atlas: Any, heel_and_neck: Group) -> None:
    values, pictures = group_values(atlas, heel_and_neck, DEMO_PRACTICE, made_at=WHEN)
    shown = [picture["file"].removesuffix(".svg") for row in values["map_rows"] for picture in row]
    assert {"male.posterior", "male.head_right_lateral", "male.left_foot_plantar"} <= set(shown)
    assert not [view for view in shown if "hand" in view], "four people are not enough for the hand"
    assert not [view for view in shown if "right_foot" in view], "only left heels are drawn"
    assert not [view for view in shown if "pterygoid" in view or "prevertebral" in view]
    for view in shown:
        svg = pictures[f"{view}.svg"].decode()
        side = atlas.views[view].shows
        letters = {"left": ["L"], "right": ["R"]}.get(str(side), ["L", "R"])
        assert 'class="sides"' in svg
        assert all(f">{letter}<" in svg for letter in letters), view
        assert 'class="drawing"' in svg, view


def test_a_region_of_few_people_is_in_neither_table_nor_map(atlas: Any, heel_and_neck: Group) -> None:
    values, _ = group_values(atlas, heel_and_neck, DEMO_PRACTICE, made_at=WHEN)
    assert ["Heel region", "LEFT", "6 of 22", "27 %", "6 of 22"] in values["table"]
    assert not [line for line in values["table"] if "hand" in line[0].lower() or "finger" in line[0].lower()]
    assert all(int(line[2].split()[0]) >= 5 for line in values["table"])


def test_a_group_of_four_is_not_told_at_all(atlas: Any) -> None:
    group = _group(atlas, ("trapezius-descending-1", Laterality.RIGHT, 4))
    values, _ = group_values(atlas, group, DEMO_PRACTICE, made_at=WHEN)
    assert values["map_rows"] == values["table"] == values["legend"] == []
    text = _text(group_report(atlas, group, DEMO_PRACTICE, made_at=WHEN).body)
    assert "fewer than 5 people: nothing is told" in text
    assert "4 " not in text.split("What is told")[0].replace("14:05", "").replace("44", "")


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
@pytest.mark.parametrize("figure", [Figure.MALE, Figure.FEMALE])
def test_it_passes_the_checkers_that_can_be_had(
    atlas: Any, heel_and_neck: Group, tmp_path: Path, figure: Figure, paper: str, size: tuple[int, int]
) -> None:
    body = group_report(atlas, heel_and_neck, DEMO_PRACTICE, made_at=WHEN, figure=figure, paper=paper).body
    reader = pypdf.PdfReader(io.BytesIO(body))
    assert (
        round(float(reader.pages[0].mediabox.width)),
        round(float(reader.pages[0].mediabox.height)),
    ) == size
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    metadata = root["/Metadata"].get_object().get_data().decode().replace(" ", "")
    assert "pdfaid:part>2" in metadata
    assert "pdfuaid:part>1" in metadata
    path = tmp_path / "group.pdf"
    path.write_bytes(body)
    qpdf = shutil.which("qpdf")
    if qpdf is None:
        pytest.skip("qpdf is not installed (make test installs it)")
    done = subprocess.run([qpdf, "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = subprocess.run(
        [sys.executable, "-m", "pdfua", "check", str(path)], capture_output=True, text=True, check=False
    )
    assert "errors=0 warnings=0" in checked.stdout, checked.stdout + checked.stderr


def test_the_same_group_gives_the_same_bytes(atlas: Any, heel_and_neck: Group) -> None:
    one, other = (group_report(atlas, heel_and_neck, DEMO_PRACTICE, made_at=WHEN).body for _ in range(2))
    assert one == other


def test_shares_and_patterns_are_as_large_on_paper_in_every_map(atlas: Any, heel_and_neck: Group) -> None:
    """A share that is 2.3 mm high on a whole body is 2.3 mm high on a foot."""
    import re

    values, pictures = group_values(atlas, heel_and_neck, DEMO_PRACTICE, made_at=WHEN)
    sizes = []
    for picture in (each for row in values["map_rows"] for each in row):
        svg = pictures[picture["file"]].decode()
        height = float(re.search(r'viewBox="\S+ \S+ \S+ (\S+)"', svg)[1])  # type: ignore[index]
        sizes += [
            float(size) * picture["height"] / height
            for size in re.findall(r'font-size="([\d.]+)"[^>]*text-anchor="middle" font-weight="700"', svg)
        ]
    assert sizes
    assert np.allclose([s for s in sizes if s < 2.6], 2.3, atol=0.1)
