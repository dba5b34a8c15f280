"""``myomap records …`` from the command line."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from myomap.cli import main
from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add, change
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer

PASSPHRASE = "correct horse battery"


class Shell:
    """Runs commands with a passphrase on standard input."""

    def __init__(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.home, self._patch, self._capsys = home, monkeypatch, capsys

    def run(
        self, *arguments: str, typed: str = PASSPHRASE, before: tuple[str, ...] = ()
    ) -> tuple[int, str, str]:
        self._patch.setattr("sys.stdin", io.StringIO(typed + "\n"))
        code = main(["--home", str(self.home), *before, "records", *arguments])
        said = self._capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(tmp_path, monkeypatch, capsys)
    code, out, _ = made.run("create")
    assert code == 0
    assert out.count("-") == 8
    return made


def _patient(shell: Shell) -> str:
    practice = PracticeFolder(shell.home / "practice").open(PASSPHRASE)
    patient = demo_patient()
    practice.apply(add(patient))
    practice.apply(fill_visit(practice.new_visit(patient.id).visit.id))
    practice.close()
    return patient.id


def test_info_and_verify_tell_about_a_practice(shell: Shell) -> None:
    _patient(shell)
    assert "Patients:  1" in shell.run("info")[1]
    code, out, _ = shell.run("verify")
    assert code == 0
    assert "whole" in out


def test_verify_fails_for_an_audit_that_was_altered(shell: Shell) -> None:
    practice = PracticeFolder(shell.home / "practice").open(PASSPHRASE)
    with practice.database.write() as tx:
        tx.exec_driver_sql("DROP TRIGGER guard_audit_update")
        tx.exec_driver_sql("UPDATE audit SET actor = 'x' WHERE seq = 2")
    practice.close()
    code, out, _ = shell.run("verify")
    assert code == 1
    assert "Line 2 was changed" in out


def test_backup_and_restore(shell: Shell) -> None:
    code, out, _ = shell.run("backup")
    assert code == 0
    folder = out.split("checked: ")[1].split(" (")[0]
    _patient(shell)
    code, out, _ = shell.run("restore", "--from", folder)
    assert code == 0
    assert "0 patients" in out
    assert "Patients:  0" in shell.run("info")[1]


def test_the_export_of_a_patient_is_written_whole(shell: Shell, tmp_path: Path) -> None:
    patient = _patient(shell)
    out = tmp_path / "patient.json"
    assert shell.run("export-patient", "--patient", patient, "--out", str(out))[0] == 0
    assert json.loads(out.read_text("utf-8"))["patient"]["id"] == patient


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export-patient"], "Which patient"),
        (["export-patient", "--patient", "nobody", "--out", "x.json"], "no such patient"),
        (["restore"], "Which backup"),
        (["restore", "--from", "/nowhere/at all"], "not a backup"),
        (["create"], "already"),
        (["info", "--file", "/nowhere/practice"], "There is no practice"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_code(
    shell: Shell, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = shell.run(*arguments)
    assert code == 1
    assert said in err
    assert "Traceback" not in err + out
    assert not (tmp_path / "x.json").exists()


def test_a_wrong_passphrase_is_said_and_counted(shell: Shell) -> None:
    code, _, err = shell.run("info", typed="not the passphrase")
    assert code == 1
    assert "wrong" in err
    code, _, err = shell.run("info")
    assert code == 1
    assert "wait" in err


def test_an_export_asks_for_the_owners_pin(shell: Shell, tmp_path: Path) -> None:
    patient = _patient(shell)
    practice = PracticeFolder(shell.home / "practice").open(PASSPHRASE)
    practice.set_pin("2468")
    practice.close()
    out = tmp_path / "patient.json"
    arguments = ("export-patient", "--patient", patient, "--out", str(out))
    code, _, err = shell.run(*arguments)
    assert code == 1
    assert "has a PIN" in err
    assert not out.exists()
    assert shell.run(*arguments, typed=f"{PASSPHRASE}\n2468")[0] == 0
    assert out.exists()
    assert shell.run("verify")[0] == 0


def test_a_backup_whose_second_folder_fails_says_so(shell: Shell, tmp_path: Path) -> None:
    practice = PracticeFolder(shell.home / "practice").open(PASSPHRASE)
    blocked = tmp_path / "second"
    blocked.write_text("a file")
    practice.apply(change(practice.settings, replace(practice.settings, second_backup_folder=str(blocked))))
    practice.close()
    code, out, err = shell.run("backup")
    assert code == 1
    assert "Made and checked" in out
    assert "second backup folder" in err


def test_a_servers_practice_from_the_command_line(shell: Shell, server_url: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        return shell.run(*arguments, before=("--database", server_url))

    code, out, _ = run("create")
    assert code == 0
    assert out.count("-") == 8
    practice = PracticeServer(server_url, shell.home / "practice").open(PASSPHRASE)
    patient = demo_patient()
    practice.apply(add(patient))
    practice.close()
    code, out, _ = run("info")
    assert code == 0
    assert "Patients:  1" in out
    assert "Where:     postgresql+psycopg://postgres@" in out
    assert "whole" in run("verify")[1]
    out = run("backup")[1]
    folder = out.split("checked: ")[1].split(" (")[0]
    assert (Path(folder) / "records.db").is_file()
    file = tmp_path / "patient.json"
    assert run("export-patient", "--patient", patient.id, "--out", str(file))[0] == 0
    assert json.loads(file.read_text("utf-8"))["patient"]["id"] == patient.id
    code, _, err = run("restore", "--from", folder)
    assert code == 1
    assert "not restored over from a workplace" in err
    assert "Patients:  0" in shell.run("info")[1]  # the practice in the folder is another


def test_a_server_that_is_not_there_is_one_sentence(shell: Shell) -> None:
    before = ("--database", "postgresql+psycopg://u:planted@127.0.0.1:1/x")
    code, out, err = shell.run("info", before=before)
    assert code == 1
    assert "No server answers" in err
    assert "planted" not in err + out
    assert len(err.strip().splitlines()) == 1


def test_a_new_recovery_key_is_printed(shell: Shell) -> None:
    code, out, _ = shell.run("new-recovery-key")
    assert code == 0
    made = next(line.strip() for line in out.splitlines() if line.count("-") == 8)
    practice = PracticeFolder(shell.home / "practice").open_with_recovery_key(made, "another long passphrase")
    practice.close()
    code, _, err = shell.run("new-recovery-key", "--file", "/nowhere/at/all")
    assert code == 1
    assert "no practice" in err
