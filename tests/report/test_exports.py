"""Exports keep everything, and pseudonymised ones keep nobody's name."""

import csv
import dataclasses
import io
import json
from datetime import date
from typing import Any

import pytest

from myomap.demo import DEMO_PATIENT, demo_visits
from myomap.records.values import Note, NoteSection, VisitRecord, new_id
from myomap.report.exports import Pseudonyms, data_dictionary, visits_csv, visits_json

PLANTED = dataclasses.replace(
    DEMO_PATIENT, name="Planted Name", number="PLANT-7", remarks="planted remark", alerts=("planted alert",)
)


@pytest.fixture(scope="module")
def visits(atlas: Any) -> list[VisitRecord]:
    made = demo_visits(atlas, today=date(2026, 3, 2))
    return [r.put(Note(new_id(), NoteSection.TOLD, "planted note =1+1")) for r in made]


def test_a_plain_export_holds_every_value(visits: list[VisitRecord]) -> None:
    made = json.loads(visits_json(PLANTED, visits))
    assert made["patient"]["name"] == "Planted Name"
    assert sum(len(v["values"]) for v in made["visits"]) == sum(len(r.values()) for r in visits)


def test_a_pseudonymised_export_names_nobody(visits: list[VisitRecord]) -> None:
    hidden = Pseudonyms()
    for body in (
        visits_json(PLANTED, visits, pseudonyms=hidden),
        visits_csv([(PLANTED, visits)], pseudonyms=hidden),
    ):
        text = body.decode("utf-8-sig")
        for planted in (
            "Planted",
            "PLANT-7",
            "planted",
            "1984-05-17",
            "2026-03-02",
            "Demo Clinician",
            "demo-clinician",
        ):
            assert planted not in text
        assert "trapezius" in text


def test_all_dates_of_a_patient_move_by_the_same_days(visits: list[VisitRecord]) -> None:
    hidden = Pseudonyms()
    made = json.loads(visits_json(PLANTED, visits, pseudonyms=hidden))
    moved = [date.fromisoformat(v["visit"]["on"]) for v in made["visits"]]
    real = [r.visit.on for r in visits]
    assert {(m - r).days for m, r in zip(moved, real, strict=True)} == {hidden.shift(PLANTED.id).days}
    assert hidden.shift(PLANTED.id).days <= -30


def test_the_table_has_the_columns_of_its_dictionary(visits: list[VisitRecord]) -> None:
    rows = list(csv.DictReader(io.StringIO(visits_csv([(PLANTED, visits)]).decode("utf-8-sig"))))
    described = [r["column"] for r in csv.DictReader(io.StringIO(data_dictionary().decode("utf-8-sig")))]
    assert list(rows[0]) == described
    assert any(
        r["kind"] == "needling" and r["field"] == "site.laterality" and r["value"] == "right" for r in rows
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "@x", "-=2"])
def test_a_spreadsheet_runs_no_cell_as_a_formula(visits: list[VisitRecord], text: str) -> None:
    record = VisitRecord(visits[0].visit).put(Note(new_id(), NoteSection.TOLD, text))
    body = visits_csv([(PLANTED, [record])]).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(body)) for cell in row]
    assert f"'{text}" in cells


def test_a_strength_that_was_not_asked_is_null_or_no_row_and_never_a_zero(visits: list[VisitRecord]) -> None:
    record = next(each for each in visits if each.strokes)
    unsaid = dataclasses.replace(record.strokes[0], intensity=None)
    record = dataclasses.replace(record, strokes=(unsaid,))
    made = json.loads(visits_json(DEMO_PATIENT, [record]))
    assert [v["intensity"] for v in made["visits"][0]["values"] if v["kind"] == "stroke"] == [None]
    table = csv.DictReader(io.StringIO(visits_csv([(DEMO_PATIENT, [record])]).decode("utf-8-sig")))
    assert "intensity" not in {row["field"] for row in table if row["kind"] == "stroke"}
    assert "not asked has no row" in data_dictionary().decode("utf-8-sig")
