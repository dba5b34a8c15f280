"""Backups from the window: beside the saving, with progress and stop; what goes wrong stays on show until it goes well."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.gui.clinic.gates import PASSPHRASE, Gate, wait

from myomap.gui.practice.session import State
from myomap.records.edits import add, change
from myomap.records.errors import BackupStoppedError, SaveError
from myomap.records.practice import Backup
from myomap.records.values import Patient, new_id


@pytest.fixture
def settings(gate: Gate) -> Any:
    gate.enter()
    gate.clinic.add_settings()
    gate.window.go_to("settings")
    gate.told = []
    gate.said = []
    gate.window.context.prompts.tell = gate.told.append
    gate.window.context.prompts.say = gate.said.append
    gate.idle()
    return gate.clinic.settings


def _wait(gate: Gate) -> None:
    wait(lambda: not gate.session.backups.running, 30)
    gate.idle()


def test_backup_now_is_made_checked_and_listed(gate: Gate, settings: Any) -> None:
    part = settings.keeping
    part.now.click()
    assert not part.now.isEnabled()
    _wait(gate)
    assert "Backed up and checked" in part.said.text()
    assert part.now.isEnabled()
    assert "1, the newest" in part.list_fold.head.text()
    assert part.trouble.isHidden()


def test_saving_and_reading_go_on_while_a_backup_runs_and_it_can_be_stopped(
    gate: Gate, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice, ending = gate.session.practice, threading.Event()

    def slow(told: Any = None) -> Backup:
        told(0.4)
        ending.wait(20)
        raise BackupStoppedError("It was stopped.")

    monkeypatch.setattr(practice, "back_up", slow)
    monkeypatch.setattr(practice, "stop_backup", ending.set)
    part = settings.keeping
    part.now.click()
    wait(lambda: part.progress.value() == 40)
    assert part.stop.isVisible()
    patient = Patient(new_id(), "Test Patient 77")
    done: list[str] = []
    gate.session.apply(add(patient), lambda: done.append("saved"), lambda error: done.append(str(error)))
    gate.session.read(lambda p: p.search("77"), lambda found: done.append(found[0].name))
    wait(lambda: len(done) == 2)
    assert done == ["saved", "Test Patient 77"]
    assert gate.session.backups.running
    part.stop.click()
    _wait(gate)
    assert "Stopped" in part.said.text()
    assert gate.told == gate.said == []
    assert part.trouble.isHidden()  # who stops it need not be warned


def test_a_second_folder_that_fails_is_told_once_and_stays_on_show_until_it_goes_well(
    gate: Gate, settings: Any, tmp_path: Path
) -> None:
    practice, part = gate.session.practice, settings.keeping
    second = tmp_path / "second"
    second.write_text("not a folder")
    held = practice.settings
    practice.apply(change(held, replace(held, second_backup_folder=str(second / "within"))))
    for _ in range(2):
        part.now.click()
        _wait(gate)
    assert part.trouble.isVisible()
    assert part.trouble_title.text()
    assert len(gate.said) == 1  # a word in passing, once; no dialog
    assert gate.told == []
    assert "Backed up and checked" in part.said.text()  # the first folder has it
    second.unlink()
    (second / "within").mkdir(parents=True)
    part.again.click()
    _wait(gate)
    assert part.trouble.isHidden()
    assert len(list((second / "within").iterdir())) == 1


def test_a_backup_that_is_due_is_made_by_itself(gate: Gate, settings: Any) -> None:
    gate.session.practice.apply(add(Patient(new_id(), "Test Patient 78")))
    made: list[Backup] = []
    gate.session.backups.made.connect(made.append)
    gate.session.backups.start_if_due()
    _wait(gate)
    assert len(made) == 1
    gate.session.backups.start_if_due()
    _wait(gate)
    assert len(made) == 1
    assert gate.said == []


def test_restore_shows_what_is_in_the_backup_before_anything_happens(gate: Gate, settings: Any) -> None:
    practice, part = gate.session.practice, settings.keeping
    practice.apply(add(Patient(new_id(), "Test Patient 79")))
    part.now.click()
    _wait(gate)
    practice.apply(add(Patient(new_id(), "Test Patient 80")))
    part.restore_fold.head.click()
    part.restoring.newest.click()
    assert "passphrase first" in part.restoring.field.problem.text()
    part.restoring.passphrase.setText("not the passphrase")
    part.restoring.newest.click()
    wait(lambda: "wrong" in part.restoring.field.problem.text())
    wait(lambda: gate.session.place.wait_s() == 0, 10)
    part.restoring.passphrase.setText(PASSPHRASE)
    part.restoring.newest.click()
    wait(lambda: part.restoring.card.isVisible())
    assert "1 patient and 0 visits" in part.restoring.text.text()
    assert practice.count_patients() == 2
    part.restoring.restore.click()
    gate.asked.pop()[3]()
    wait(lambda: gate.session.is_open and gate.session.practice is not practice, 30)
    assert gate.session.practice.count_patients() == 1
    assert any("before-restore" in each.folder.name for each in gate.session.practice.backups())


def test_a_restore_that_fails_says_so_and_leaves_the_practice_to_be_opened(
    gate: Gate, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = settings.keeping
    part.now.click()
    _wait(gate)
    part.restore_fold.head.click()
    part.restoring.passphrase.setText(PASSPHRASE)
    part.restoring.newest.click()
    wait(lambda: part.restoring.card.isVisible())

    waiting, going = gate.gate.blank, threading.Event()

    def fail(backup: Path, passphrase: str) -> None:
        going.wait(20)
        raise SaveError("The disk is full.", safe="The practice and the backup are as they were.")

    monkeypatch.setattr(gate.session.place, "restore", fail)
    part.restoring.restore.click()
    gate.asked.pop()[3]()
    wait(lambda: "Restoring" in waiting.words.text())  # what takes so long is said
    going.set()
    wait(lambda: gate.session.state is State.SHUT)
    assert [message.title for message in gate.told] == ["The disk is full."]
    page = gate.gate.unlock
    page.passphrase.setText(PASSPHRASE)
    page.go.click()
    wait(lambda: gate.session.is_open, 30)
