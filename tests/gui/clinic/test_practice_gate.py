"""Making a practice, the lock, and what a locked window shows: a real practice file in a folder."""

import re
import subprocess
from pathlib import Path
from typing import Any, cast

import pypdf
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QDialog
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait, words_of

from myomap.gui.practice.recovery import RecoveryPage
from myomap.gui.practice.session import Session, State
from myomap.gui.practice.welcome import WelcomePage, centred
from myomap.records.edits import add
from myomap.records.values import Paper, Patient, Practitioner, Role, new_id
from myomap.store import key_file
from myomap.store.practice_folder import PracticeFolder

NAME = "Zzyzx Invented-Patient"


def test_first_start_makes_a_practice_with_recovery_key_and_certification(gate: Gate) -> None:
    assert gate.session.state is State.NONE
    gate.make()
    key = gate.gate.recovery.key
    assert len(key) > 20
    gate.gate.recovery.go.click()
    wait(lambda: gate.session.is_open)
    assert gate.gate.recovery.key == ""
    assert gate.session.actor.name == "Test Clinician"
    assert gate.session.actor.needling_certificate == "DN-1"
    assert gate.session.settings.name == "Test practice"


def test_recovery_key_is_saved_as_a_pdf_and_printed_without_a_file(gate: Gate, tmp_path: Path) -> None:
    """Both are the same sheet, on the paper that this computer uses; the practice begins with that paper too."""
    gate.window.context.settings.paper = "us-letter"
    gate.make()
    page = gate.gate.recovery
    key, told = page.key, []
    gate.window.context.prompts.tell = told.append
    page.save.click()
    gate.asked.pop()(tmp_path / "key.pdf")
    wait(lambda: "Saved as" in page.said.text(), 30)
    words = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "key.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert re.findall(r"\b[0-9A-Z]{4}\b", words.split("When you need it")[0])[-9:] == key.split("-")
    assert "Test practice" in words
    page.write(tmp_path / "key.pdf" / "within a file.pdf")
    wait(lambda: bool(told))
    assert page.key == key  # said so, and the key is kept
    printed: list[Any] = []
    gate.window.context.prompts.printer = lambda title, on_chosen: printed.append(on_chosen)
    page.print.click()
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    printed.pop()(printer)
    wait(lambda: "Sent to the printer" in page.said.text())
    [sheet] = pypdf.PdfReader(tmp_path / "key.pdf").pages
    assert [round(side) for side in (sheet.mediabox.width, sheet.mediabox.height)] == [612, 792]
    [printed_sheet] = pypdf.PdfReader(tmp_path / "paper.pdf").pages
    [picture] = printed_sheet.images
    assert picture.image.size == (2550, 3300), "the whole sheet at 300 dots an inch"
    page.go.click()
    wait(lambda: gate.session.is_open)
    assert gate.session.settings.paper is Paper.LETTER


def test_a_new_computer_begins_from_a_backup(gate: Gate, tmp_path: Path) -> None:
    old, _ = PracticeFolder(tmp_path / "old").create(
        PASSPHRASE, name="Old practice", owner=Practitioner(new_id(), "Test Owner", Role.OWNER)
    )
    old.apply(add(Patient(new_id(), NAME)))
    backup = old.back_up().folder
    old.close()
    assert gate.session.state is State.NONE
    box = gate.gate.restoring
    folders: list[Any] = []
    gate.window.context.prompts.choose_folder = lambda title, start, on_chosen: folders.append(on_chosen)
    box.choose.click()
    assert "passphrase first" in box.field.problem.text()
    box.passphrase.setText(PASSPHRASE)
    box.choose.click()
    folders.pop()(tmp_path)
    wait(lambda: "not a backup" in box.field.problem.text())
    box.choose.click()
    folders.pop()(backup)
    wait(lambda: not box.card.isHidden())
    assert "Old practice" in box.title.text()
    assert "1 patient and 0 visits" in box.text.text()
    box.restore.click()
    wait(lambda: gate.session.is_open, 30)
    assert gate.session.practice.count_patients() == 1
    assert box.passphrase.text() == ""


def test_nothing_moves_under_the_pointer_when_a_certificate_is_asked_for(qapp: Any) -> None:
    page = WelcomePage(cast(Session, None))
    shown = centred(page, room=page.room)
    shown.resize(1000, 900)
    shown.show()
    qapp.processEvents()
    places = []
    for on in (False, True, False):
        page.certified.setChecked(on)
        qapp.processEvents()
        places.append(page.certified.mapTo(shown, QPoint()).y())
        assert page.certificate.isVisible() is on
    assert max(places) - min(places) <= 1
    shown.close()


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_made(gate: Gate, tmp_path: Path) -> None:
    page = gate.gate.welcome
    page.first.setText("short")
    page.certified.setChecked(True)
    page.until.setText("31.2.2030")
    page.go.click()
    assert "name is missing" in page._fields["name"].problem.text()
    assert "at least" in page._fields["first"].problem.text()
    assert "not a day" in page._fields["needling_until"].problem.text()
    page.first.setText(PASSPHRASE)
    page.second.setText(PASSPHRASE + "!")
    page.go.click()
    assert "not the same" in page._fields["second"].problem.text()
    assert not (tmp_path / "practice").exists()


def test_wrong_passphrase_says_so_and_waits_and_the_right_one_opens_again(gate: Gate) -> None:
    gate.enter()
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    page = gate.gate.unlock
    page.passphrase.setText("not the passphrase")
    page.go.click()
    wait(lambda: bool(page.field.problem.text()), 30)
    assert "Try again in" in page.field.problem.text()
    assert not page.go.isEnabled()
    wait(lambda: page.go.isEnabled(), 30)
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.session.is_open, 30)


def test_locked_window_holds_no_word_of_a_patient_and_unlocking_brings_the_visit_back(gate: Gate) -> None:
    gate.enter()
    practice = gate.session.practice
    patient = Patient(new_id(), NAME, alerts=("invented alert",))
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id)
    gate.clinic.patients_place()
    gate.clinic.open_patient(patient.id)
    gate.idle()
    gate.clinic.open_visit(visit.visit.id)
    wait(lambda: gate.clinic.desk.record is not None)
    gate.clinic.visit.top.reason.setText("a planted reason")
    gate.idle()
    assert NAME in words_of(gate.window)
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    gate.idle()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    words = words_of(gate.window)
    for planted in (NAME, "invented alert", "a planted reason"):
        assert planted not in words
    page = gate.clinic._late["visit"].gated.gate.unlock
    wait(lambda: QApplication.focusWidget() is page.passphrase)  # what is typed now goes nowhere else
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.clinic.desk.record is not None, 30)
    assert gate.clinic.desk.record.visit.reason == "a planted reason"  # typed just before the lock
    assert gate.window.windowTitle() == "Myomap"


def test_nobody_there_locks_by_the_wall_clock(gate: Gate, monkeypatch: Any) -> None:
    gate.enter()
    idle = gate.session.practice._idle  # type: ignore[attr-defined]
    monkeypatch.setattr(type(idle), "idle_s", lambda self: 60 * 11)
    gate.session.check_idle()
    wait(lambda: gate.session.state is State.LOCKED)


def test_atlas_works_while_the_practice_is_shut(gate: Gate) -> None:
    gate.window.go_to("atlas")
    gate.window.atlas_place.search.setFocus()
    assert gate.window.search("trapezius")
    assert gate.clinic._find_patients("test") == []


def test_question_asked_while_it_locks_is_dropped_without_a_message(gate: Gate) -> None:
    gate.enter()
    told: list[Any] = []
    gate.window.context.prompts.tell = told.append
    practice = gate.session.practice
    gate.session.worker.run(practice.lock, lambda _: None)
    gate.session.read(lambda p: p.search("x"), lambda _: None)  # the window does not know yet
    wait(lambda: gate.session.state is State.LOCKED)
    gate.idle()
    assert told == []


def test_a_lost_recovery_key_is_replaced_in_the_settings_and_goes_with_the_lock(gate: Gate) -> None:
    gate.enter()
    gate.clinic.add_settings()
    gate.window.go_to("settings")
    part = gate.clinic.settings.access
    part.renew.click()
    assert part.proof_field.problem.text()
    part.proof.setText("not the passphrase")
    part.renew.click()
    wait(lambda: "wrong" in part.proof_field.problem.text(), 30)
    gate.session.place._attempts = key_file.Attempts(None)
    part.proof.setText(PASSPHRASE)
    part.renew.click()
    wait(lambda: bool(gate.window.findChildren(QDialog)), 30)
    [over] = gate.window.findChildren(QDialog)
    key = over.findChildren(RecoveryPage)[0].key
    assert key.count("-") == 8
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    for group in key.split("-"):
        assert group not in words_of(gate.window)
    gate.session.place.open_with_recovery_key(key, "another long passphrase").close()


@pytest.mark.parametrize("harm", ["damaged", "missing", "key"])
def test_records_that_are_damaged_or_missing_are_restored_from_the_page_that_says_so(
    gate: Gate, harm: str
) -> None:
    """Once only the command line could: settings with the backups are shown when the practice is open."""
    gate.enter()
    practice = gate.session.practice
    practice.apply(add(Patient(new_id(), NAME)))
    backup = practice.back_up().folder
    gate.session.lock()
    wait(lambda: gate.session.state is State.LOCKED and not gate.session.worker.busy)
    records, key = gate.folder / "records.db", gate.folder / "key.json"
    if harm == "damaged":
        records.write_bytes(records.read_bytes()[:5000] + b"x" * 5000)
    elif harm == "missing":
        records.unlink()
    else:
        key.write_text("{}")
    page = gate.gate.unlock
    assert page.mend.isHidden()
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: not page.mend.isHidden(), 30)
    box = gate.gate.mending
    box.passphrase.setText(PASSPHRASE)
    box.look_into(backup)
    wait(lambda: not box.card.isHidden(), 30)
    assert "1 patient" in box.text.text()
    box.restore.click()
    wait(lambda: gate.session.is_open, 30)
    gate.idle()
    assert [line.name for line in gate.session.practice.search("")] == [NAME]
    assert list((gate.folder / "backups").glob("before-restore-*"))
    assert gate.gate.unlock.mend.isHidden()
