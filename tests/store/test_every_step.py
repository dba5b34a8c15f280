"""Killed at every step of what cannot be half done, and a disk that is full at every size: the old or the new."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from tests.store.conftest import PASSPHRASE
from tests.store.steps import die_at, outcome
from tests.store.test_survival import _fill_disk, small_disk  # noqa: F401

from myomap.cli import main
from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add, change
from myomap.records.errors import PassphraseError
from myomap.records.practice import Deed
from myomap.records.values import Practitioner, Role, new_id
from myomap.store import key_file
from myomap.store.backups import backups_in, check_file
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice

NEW = "another long passphrase"
#: With MYOMAP_EVERY_STEP every size of the room that is left is tried, else every fourth.
SOME = 1 if os.environ.get("MYOMAP_EVERY_STEP") else 4


@dataclass(frozen=True, slots=True)
class Made:
    """A practice in a folder, to be copied and broken."""

    folder: Path
    recovery: str
    signed: str
    open: str
    old_patient: str
    patients: int
    in_backup: int


def _old_patient(practice: StoredPractice) -> str:
    patient = demo_patient(7)
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id, on=date(2001, 2, 3)).visit
    practice.apply(fill_visit(visit.id))
    practice.apply(change(practice.settings, replace(practice.settings, retention_years=1)))
    return patient.id


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_file, "MEMORY_KIB", 64)
        patch.setattr(key_file, "PASSES", 1)
        folder = tmp_path_factory.mktemp("template") / "practice"
        owner = Practitioner(
            new_id(), "Test Owner", Role.OWNER, licence_number="L-1", needling_certificate="DN-1"
        )
        practice, recovery = PracticeFolder(folder).create(PASSPHRASE, name="Test Practice", owner=owner)
        old = _old_patient(practice)
        patient = demo_patient(1)
        practice.apply(add(patient))
        signed, left_open = (practice.new_visit(patient.id).visit.id for _ in range(2))
        practice.sign(signed)
        practice.back_up()
        practice.apply(add(demo_patient(2)))
        practice.apply(fill_visit(left_open))
        yield Made(folder, recovery, signed, left_open, old, 3, 2)
        practice.close()


def _newest(place: PracticeFolder) -> Path:
    return backups_in(place.folder / "backups")[0].folder


def _open(place: PracticeFolder) -> tuple[StoredPractice, str]:
    """Open with whichever passphrase it has."""
    try:
        return place.open(PASSPHRASE), PASSPHRASE
    except PassphraseError:
        place._attempts = key_file.Attempts(None)
        return place.open(NEW), NEW


def _sign(place: PracticeFolder, made: Made) -> None:
    place.open(PASSPHRASE).sign(made.open)


def _amend(place: PracticeFolder, made: Made) -> None:
    place.open(PASSPHRASE).amend(made.signed, reason="A reason", text="A text")


def _erase(place: PracticeFolder, made: Made) -> None:
    place.open(PASSPHRASE).erase_patient(made.old_patient, reason="asked for")


def _restore(place: PracticeFolder, made: Made) -> None:
    place.restore(_newest(place), PASSPHRASE).close()


def _change(place: PracticeFolder, made: Made) -> None:
    place.change_passphrase(PASSPHRASE, NEW)


def _recover(place: PracticeFolder, made: Made) -> None:
    place.open_with_recovery_key(made.recovery, NEW).close()


def _back_up(place: PracticeFolder, made: Made) -> None:
    place.open(PASSPHRASE).back_up()


DEEDS: dict[str, Callable[[PracticeFolder, Made], None]] = {
    "sign": _sign,
    "amend": _amend,
    "erase": _erase,
    "restore": _restore,
    "change": _change,
    "recover": _recover,
    "back_up": _back_up,
}


def _do(deed: str, folder: Path, made: Made) -> None:
    DEEDS[deed](PracticeFolder(folder), made)


def _make(folder: Path, passphrase: str, owner: Practitioner) -> None:
    PracticeFolder(folder).create(passphrase, name="", owner=owner)


def _look_at(folder: Path, made: Made, deed: str, *, finished: bool) -> None:
    """Whatever happened: it opens, it is whole, and holds the old or the new and nothing between."""
    place = PracticeFolder(folder)
    practice, passphrase = _open(place)
    check_file(folder / "records.db", practice.database.key)
    assert practice.verify_audit().faults == ()
    deeds = [line.deed for line in practice.audit(limit=100_000)]
    count = practice.count_patients()
    asides = [each for each in practice.backups() if each.folder.name.startswith("before-restore-")]
    if deed == "restore":
        assert count == (made.in_backup if Deed.RESTORED in deeds else made.patients)
        assert len(asides) == (Deed.RESTORED in deeds)
        for aside in asides:
            seen = place.preview(aside.folder, PASSPHRASE)
            assert (seen.patients, seen.audit.is_whole) == (made.patients, True)
    elif deed == "erase":
        erased = Deed.ERASED in deeds
        assert count == made.patients - erased
        assert len(practice.visits(made.old_patient)) == (not erased)
    else:
        assert count == made.patients
    if deed == "sign":
        assert practice.visit(made.open).visit.is_signed == (deeds.count(Deed.SIGNED) == 2)
        assert len(practice.visit(made.open).notes) == 1
    if deed == "amend":
        assert len(practice.visit(made.signed).amendments) == (Deed.AMENDED in deeds)
    if passphrase == NEW:
        assert Deed.PASSPHRASE_CHANGED in deeds
    if finished:
        assert passphrase == (NEW if deed in ("change", "recover") else PASSPHRASE)
    # It is still possible to work in it, and nothing is offered that is half made.
    practice.apply(add(demo_patient(9)))
    for backup in practice.backups():
        place.preview(backup.folder, passphrase if deed == "back_up" else PASSPHRASE)
    practice.close()


@pytest.mark.parametrize("deed", DEEDS)
def test_killed_at_any_step_there_is_the_old_or_the_new(deed: str, template: Made, tmp_path: Path) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        folder = tmp_path / str(step) / "practice"
        shutil.copytree(template.folder, folder)
        killed = die_at(step, folder, partial(_do, deed, folder, template))
        _look_at(folder, template, deed, finished=not killed)
        shutil.rmtree(folder.parent)
    assert step > 4  # it was killed somewhere


def test_a_making_cut_short_at_any_step_can_be_begun_anew(tmp_path: Path, owner: Practitioner) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        folder = tmp_path / str(step) / "practice"
        killed = die_at(step, folder, partial(_make, folder, PASSPHRASE, owner))
        place = PracticeFolder(folder)
        if place.exists():
            place.open(PASSPHRASE).close()
        else:
            place.create(NEW, name="", owner=owner)[0].close()
            place.open(NEW).close()
        assert not list(folder.glob("*.making*"))
    assert step > 4


def test_a_backup_is_restored_over_a_making_that_was_cut_short(
    template: Made, tmp_path: Path, owner: Practitioner
) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        folder = tmp_path / str(step) / "practice"
        killed = die_at(step, folder, partial(_make, folder, NEW, owner))
        place = PracticeFolder(folder)
        backup = backups_in(template.folder / "backups")[0].folder
        restored = place.restore(backup, PASSPHRASE)
        assert restored.count_patients() == template.in_backup
        restored.close()
        assert not list(folder.glob("*.making*"))


@pytest.mark.parametrize("deed", DEEDS)
def test_a_disk_that_is_full_at_any_size_leaves_the_old_or_the_new(
    deed: str,
    template: Made,
    small_disk: Path,  # noqa: F811
) -> None:
    """However much room is left: it is done and says so, or it is not and says so in words."""
    subprocess.run(["mount", "-o", "remount,size=6m", str(small_disk)], check=True)
    folder, filler = small_disk / "practice", small_disk / "filler"
    said: set[str] = set()
    for room in range(0, 1300, 36 * SOME):
        shutil.copytree(template.folder, folder)
        _fill_disk(filler)
        os.truncate(filler, max(0, filler.stat().st_size - room * 1024))
        told = outcome(partial(_do, deed, folder, template))
        filler.unlink()
        said.add(told)
        assert told == "done" or told.split(":")[0] in ("SaveError", "PracticeFileError"), told
        assert "Traceback" not in told
        done = told == "done"
        _look_at(folder, template, deed, finished=done)
        for path in small_disk.iterdir():
            shutil.rmtree(path)
    assert "done" in said
    assert len(said) > 1


def test_a_passphrase_is_never_changed_while_it_is_said_that_it_was_not(
    template: Made,
    small_disk: Path,  # noqa: F811
) -> None:
    subprocess.run(["mount", "-o", "remount,size=6m", str(small_disk)], check=True)
    folder, filler = small_disk / "practice", small_disk / "filler"
    for room in range(0, 130, 3 * SOME):
        shutil.copytree(template.folder, folder)
        _fill_disk(filler)
        os.truncate(filler, max(0, filler.stat().st_size - room * 1024))
        told = outcome(partial(_do, "change", folder, template))
        filler.unlink()
        practice, passphrase = _open(PracticeFolder(folder))
        assert (passphrase == NEW) == (told == "done"), told
        practice.close()
        for path in small_disk.iterdir():
            shutil.rmtree(path)


def test_an_export_to_a_full_disk_is_a_sentence_and_leaves_no_half_of_a_record(
    template: Made,
    small_disk: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "practice"
    shutil.copytree(template.folder, folder)
    _fill_disk(small_disk / "filler")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    out = small_disk / "record.json"
    action = ["records", "export-patient", "--file", str(folder), "--patient", template.old_patient]
    assert main([*action, "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "No space left" in said
    assert "Traceback" not in said
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
