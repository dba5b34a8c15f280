"""The patient list, the form with its sentences, the page, the course, documents, settings, the patient's screen."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from myomap.anatomy.laterality import Laterality
from myomap.gui.patients.model import PatientModel
from myomap.gui.settings_place.practice_part import read_logo
from myomap.records.edits import add, together
from myomap.records.errors import SaveError
from myomap.records.practice import Deed, PatientLine
from myomap.records.values import Moment, PainScale, PainScore, Patient, Sex, new_id


def _names(bench: Any) -> list[str]:
    return [line.name for line in bench.clinic.patients.list.model.lines]


def test_search_finds_as_you_type_and_enter_opens(bench: Any) -> None:
    for name in ("Test Patient 02", "Invented Person", "Another Person"):
        bench.practice.apply(add(Patient(new_id(), name, number=f"N-{name[:2]}")))
    bench.window.go_to("patients")
    bench.clinic.patients.show_list()
    bench.idle()
    assert len(_names(bench)) == 4
    box = bench.clinic.patients.list.text
    QTest.keyClicks(box, "person inv")
    bench.wait(lambda: _names(bench) == ["Invented Person"])
    QTest.keyClick(box, Qt.Key.Key_Return)
    bench.wait(lambda: bench.clinic.patients.page.patient is not None)
    assert bench.clinic.patients.page.name.text() == "Invented Person"
    box.clear()


def test_new_patient_is_kept_exactly_as_typed(bench: Any) -> None:
    bench.clinic.new_patient()
    form = bench.clinic.patients.form
    form.name.setText("  Ünvented “Name” 🙂 عربي ")
    form.born.setText("17.5.1980")
    form.sex.buttons["female"].click()
    form.alerts.setPlainText("first alert\n\nsecond alert")
    form.save.click()
    bench.wait(lambda: bench.clinic.patients.page.patient is not None)
    kept = bench.clinic.patients.page.patient
    assert kept.name == "  Ünvented “Name” 🙂 عربي "
    assert kept.birth_date.isoformat() == "1980-05-17"
    assert kept.sex is Sex.FEMALE
    assert kept.alerts == ("first alert", "second alert")


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("name", "  ", "name is missing"),
        ("born", "2999-01-01", "future"),
        ("born", "1.2", "not a date"),
        ("born", "03/04/1980", "two ways"),
        ("born", "1500-01-01", "before"),
    ],
)
def test_a_field_that_cannot_be_right_has_its_sentence_and_nothing_is_saved(
    bench: Any, field: str, text: str, sentence: str
) -> None:
    bench.clinic.new_patient()
    form = bench.clinic.patients.form
    form.name.setText("Test Patient 09")
    getattr(form, field).setText(text)
    form.save.click()
    shown = form.fields["name" if field == "name" else "birth_date"].problem
    assert sentence in shown.text()
    assert bench.practice.count_patients() == 1


def test_archived_patient_leaves_the_list_and_comes_back(bench: Any) -> None:
    bench.clinic.open_patient(bench.patient.id)
    page = bench.clinic.patients.page
    bench.wait(lambda: page.patient is not None)
    page.archive.click()
    bench.answer()
    bench.wait(lambda: page.patient.archived)
    bench.clinic.patients.show_list()
    bench.wait(lambda: _names(bench) == [])
    bench.clinic.patients.list.archived.setChecked(True)
    bench.wait(lambda: len(_names(bench)) == 1)
    bench.clinic.patients.list.archived.setChecked(False)


def test_visit_begins_from_the_page_and_stands_in_its_list(bench: Any) -> None:
    bench.clinic.open_patient(bench.patient.id)
    page = bench.clinic.patients.page
    bench.wait(lambda: page.patient is not None)
    page.new.click()
    bench.wait(lambda: bench.desk.record is not None)
    assert bench.window.place == "visit"
    bench.settle()
    bench.clinic.open_patient(bench.patient.id)
    bench.wait(lambda: len(page.visits) == 1 and page.list.count() == 1)
    assert not page.forward.isHidden()


def test_model_keeps_the_rules_of_item_models(qapp: Any) -> None:
    model = PatientModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show([PatientLine("1", "Test Patient 01", None, "", False, None)])
    model.show([])


# -- documents ---------------------------------------------------------------------------------
def test_documents_are_written_audited_and_named_without_the_patient(
    bench: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    from myomap.gui.visit.documents import DOCUMENTS

    visit = bench.begin()
    visit.open_step("hand_over")
    step = visit.steps["hand_over"]
    offered: list[Path] = []
    bench.window.context.prompts.save_file = lambda title, start, kinds, on_chosen: (
        offered.append(start),
        on_chosen(tmp_path / start.name),
    )
    document = next(d for d in DOCUMENTS if d.key == "json")
    step.buttons.setdefault("json", step.show_button)
    step.choose_file(document)
    bench.wait(lambda: bool(step.written))
    bench.idle()
    assert offered[0].name.startswith("visits_")
    assert "Patient" not in offered[0].name
    assert "Test Patient 01" in (tmp_path / offered[0].name).read_text("utf-8")
    deeds = [line.deed for line in bench.practice.audit(subject=bench.desk.visit.id)]
    assert Deed.EXPORTED in deeds
    step.with_name.setChecked(True)
    step.choose_file(document)
    bench.wait(lambda: len(step.written) == 2)
    assert offered[1].name.startswith("Test-Patient-01_visits")
    step.written.clear()


def test_folder_that_cannot_be_written_is_a_sentence_and_the_button_works_again(
    bench: Any, tmp_path: Path
) -> None:
    from myomap.gui.visit.documents import DOCUMENTS

    visit = bench.begin()
    visit.open_step("hand_over")
    step = visit.steps["hand_over"]
    document = next(d for d in DOCUMENTS if d.key == "csv")
    step.buttons.setdefault("csv", step.show_button)
    (tmp_path / "file").write_text("x")
    step.write(document, tmp_path / "file" / "out.csv")
    bench.wait(lambda: bool(bench.told))
    assert step.buttons["csv"].isEnabled()
    assert step.written == []


# -- the patient's screen ----------------------------------------------------------------------
def test_patients_screen_shows_plain_words_and_numbers_and_no_name_or_latin(bench: Any) -> None:
    from PySide6.QtWidgets import QLabel

    from myomap.gui.shown import PointKey

    visit = bench.begin()
    visit.open_step("findings")
    visit.maps.site_picked.emit(
        visit.maps.site_of_point(PointKey("trapezius-descending-1", Laterality.RIGHT))
    )
    visit.open_step("hand_over")
    for moment, value in ((Moment.BEFORE, 7.0), (Moment.AFTER, 3.0)):
        score = PainScore(new_id(), moment, PainScale.NRS, value, "now")
        bench.desk.do(add(score, visit=bench.desk.visit.id))
    bench.idle()
    visit.explain()
    shown = visit.explaining
    bench.wait(lambda: shown.panel.map.sheet is not None)
    words = " ".join(w.text() for w in shown.findChildren(QLabel))
    assert "right side" in words
    assert "Pain before: 7" in words
    assert "Pain now: 3" in words
    for hidden in ("Test Patient", "musculus", "trapezius", "TrP"):
        assert hidden not in words
    assert shown.windowTitle() == "Myomap"
    shown.spread.animation.setCurrentTime(shown.spread.animation.duration())
    bench.idle()
    assert Deed.SHOWED in [line.deed for line in bench.practice.audit(subject=bench.desk.visit.id)]
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    bench.wait(lambda: visit.explaining is None)


def test_patients_screen_closes_with_the_visit(bench: Any) -> None:
    from myomap.gui.shown import PointKey

    visit = bench.begin()
    visit.open_step("findings")
    visit.maps.site_picked.emit(
        visit.maps.site_of_point(PointKey("trapezius-descending-1", Laterality.RIGHT))
    )
    visit.explain()
    assert visit.explaining is not None
    bench.desk.close()
    assert visit.explaining is None


# -- course ------------------------------------------------------------------------------------
def test_course_shows_every_visit_and_the_change_in_words(bench: Any) -> None:
    from datetime import date

    for day, value in ((date(2026, 1, 5), 8.0), (date(2026, 2, 5), 3.0)):
        record = bench.practice.new_visit(bench.patient.id, on=day, map_version="doll-1")
        score = PainScore(new_id(), Moment.BEFORE, PainScale.NRS, value, "now")
        bench.practice.apply(add(score, visit=record.visit.id))
    bench.clinic.open_patient(bench.patient.id)
    page = bench.clinic.patients.page
    bench.wait(lambda: page.patient is not None and len(page.visits) == 2)
    page.course.click()
    bench.wait(
        lambda: bench.clinic.patients.course is not None and bench.clinic.patients.course._drawn is not None
    )
    course = bench.clinic.patients.course
    assert len(course.strip.cards) == 2
    words = course._drawn.lines[0].change.words
    assert "better" in words
    assert "−5" in words
    assert course.chosen == [0, 1]


def test_a_patients_visits_are_written_without_names_from_their_page(bench: Any, tmp_path: Path) -> None:
    record = bench.practice.new_visit(bench.patient.id, map_version="doll-1")
    bench.practice.apply(
        add(PainScore(new_id(), Moment.BEFORE, PainScale.NRS, 7, "now"), visit=record.visit.id)
    )
    bench.clinic.open_patient(bench.patient.id)
    bench.idle()
    part = bench.clinic.patients.page.record
    part.give.head.setChecked(True)
    part.write_nameless(tmp_path / "visits.csv")
    bench.wait(lambda: bool(bench.told))
    bench.idle()
    written = (tmp_path / "visits.csv").read_text(encoding="utf-8-sig")
    assert "7" in written
    assert bench.patient.name not in written
    assert record.visit.on.isoformat() not in written
    deeds = [line.deed for line in bench.practice.audit(subject=bench.patient.id, limit=5)]
    assert Deed.EXPORTED in deeds


# -- settings ----------------------------------------------------------------------------------
def test_logo_of_100_mb_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(ValueError, match=r"100\.0 MB"):
        read_logo(path)


def test_logo_that_is_no_picture_is_refused_with_a_sentence(qapp: Any, tmp_path: Path) -> None:
    path = tmp_path / "not.png"
    path.write_bytes(b"hello, not a picture")
    with pytest.raises(ValueError, match="neither a PNG"):
        read_logo(path)
    path.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(ValueError, match="cannot be read"):
        read_logo(path)


def test_settings_are_saved_as_typed_and_wrong_ones_have_their_sentence(bench: Any) -> None:
    if bench.clinic.settings is None:
        bench.clinic.add_settings()
    part = bench.clinic.settings.practice
    part.refresh()
    part.name.setText("Another practice")
    part.name.flush()
    part.paper.buttons["us-letter"].click()
    part.lock.setText("0")
    part.lock.flush()
    bench.idle()
    assert "between 1 and 240" in part.fields["lock_after_minutes"].problem.text()
    kept = bench.practice.settings
    assert (kept.name, kept.paper.value, kept.lock_after_minutes) == ("Another practice", "us-letter", 10)
    part.folder.setText("/no/such/folder")
    part.folder.flush()
    assert "no folder" in part.fields["second_backup_folder"].problem.text()


def test_new_practitioner_with_certification_ending_before_it_begins_is_refused(bench: Any) -> None:
    if bench.clinic.settings is None:
        bench.clinic.add_settings()
    form = bench.clinic.settings.people.form
    form.show_person(None)
    form.name.setText("Test Clinician 02")
    form.certificate.setText("DN-2")
    form.since.setText("2026-05-01")
    form.until.setText("2026-04-01")
    form.save.click()
    assert "before it begins" in form.fields["needling_until"].problem.text()
    form.until.setText("2030-01-01")
    form.save.click()
    bench.wait(lambda: len(bench.session.people) == 2)


def test_many_edits_in_one_gesture_are_one_step_of_undo(bench: Any) -> None:
    visit = bench.begin()
    scores = [PainScore(new_id(), Moment.BEFORE, PainScale.VAS, float(n)) for n in range(5)]
    bench.desk.do(together("Five", [add(s, visit=visit.desk.visit.id) for s in scores]))
    bench.idle()
    bench.desk.undo()
    assert bench.kept().pain_scores == ()


@pytest.mark.parametrize("locks", [False, True])
def test_a_patient_saved_twice_because_nobody_said_that_it_was_saved_is_one_patient(
    bench: Any, monkeypatch: pytest.MonkeyPatch, locks: bool
) -> None:
    """A server can hang up after it has written and before it has said so; so can a lock come between."""
    really = bench.practice.apply

    def hang_up(edit: Any, **given: Any) -> None:
        really(edit, **given)
        monkeypatch.undo()
        raise SaveError("The server hung up.")

    monkeypatch.setattr(bench.practice, "apply", hang_up)
    before = bench.practice.count_patients()
    bench.clinic.new_patient()
    form = bench.clinic.patients.form
    form.name.setText("Test Patient 09")
    form.save.click()
    bench.wait(lambda: bool(bench.told))
    assert form.name.text() == "Test Patient 09"
    if locks:
        bench.session.change_person()
        bench.wait(lambda: not bench.session.is_open)
        bench.session.sign_in(bench.session.people[0].id, lambda error: None)
        bench.wait(lambda: bench.session.is_open)
    form.remarks.setPlainText("typed since")
    form.save.click()
    bench.wait(lambda: bench.clinic.patients.page.patient is not None)
    bench.idle()
    assert bench.practice.count_patients() == before + 1
    assert bench.clinic.patients.page.patient.remarks == "typed since"


def test_a_practitioner_saved_twice_because_nobody_said_that_it_was_saved_is_one(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = bench.practice.apply

    def hang_up(edit: Any, **given: Any) -> None:
        really(edit, **given)
        monkeypatch.undo()
        raise SaveError("The server hung up.")

    monkeypatch.setattr(bench.practice, "apply", hang_up)
    if bench.clinic.settings is None:
        bench.clinic.add_settings()
    form = bench.clinic.settings.people.form
    form.show_person(None)
    form.name.setText("Test Second")
    form.save.click()
    bench.wait(lambda: bool(bench.told))
    form.save.click()
    bench.wait(form.isHidden)
    assert [each.name for each in bench.practice.practitioners()].count("Test Second") == 1
