"""A backup put into an empty database on a server: a server that burned, or a practice that moves to one."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.store.cluster import Cluster

from myomap.cli import main
from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add
from myomap.records.errors import NotAllowedError, PassphraseError, PracticeFileError
from myomap.records.practice import Deed
from myomap.records.values import Practitioner
from myomap.store import upgrade
from myomap.store.database import Database
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"


def _filled(practice: StoredPractice) -> tuple[str, str]:
    patient = demo_patient()
    practice.apply(add(patient))
    signed, left_open = (practice.new_visit(patient.id).visit.id for _ in range(2))
    for visit in (signed, left_open):
        practice.apply(fill_visit(visit))
    practice.sign(signed)
    practice.undo(left_open)
    return signed, left_open


@pytest.mark.parametrize("origin", ["file", "server"])
def test_a_backup_goes_into_an_empty_database_whole(
    origin: str, cluster: Cluster, server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    first = PracticeFolder(tmp_path / "file") if origin == "file" else None
    burned = cluster.new_url()
    place = first or PracticeServer(burned, tmp_path / "burned")
    practice, recovery = place.create(PASSPHRASE, name="Test Practice", owner=owner)
    signed, left_open = _filled(practice)
    records = [practice.visit(each) for each in (signed, left_open)]
    backup = practice.back_up().folder
    lines = practice.audit(limit=1)[0].seq
    practice.close()
    there = PracticeServer(server_url, tmp_path / "local")
    for wrong in ("not the passphrase", ""):
        with pytest.raises(PassphraseError):
            there.restore(backup, wrong)
        (tmp_path / "local" / "attempts.json").unlink(missing_ok=True)
    assert not there.exists()
    restored = there.restore(backup, PASSPHRASE)
    assert restored.name == "Test Practice"
    assert [restored.visit(each) for each in (signed, left_open)] == records
    assert restored.verify_audit().is_whole
    assert Deed.RESTORED in [line.deed for line in restored.audit(limit=10)]
    assert restored.audit(limit=1)[0].seq > lines - 1
    assert restored.redo(left_open) is not None
    restored.apply(add(demo_patient(2)))
    assert restored.undo("practice") is not None  # the edits go on counting after those that were copied
    with pytest.raises(NotAllowedError, match="refused"), restored.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM audit")
    restored.close()
    there.open_with_recovery_key(recovery, "another passphrase").close()
    cluster.give_back(burned)


def test_a_practice_that_is_there_is_not_written_over(
    practice: StoredPractice, server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    backup = practice.back_up().folder
    there = PracticeServer(server_url, tmp_path / "local")
    theirs, _ = there.create(PASSPHRASE, name="Theirs", owner=owner)
    with pytest.raises(NotAllowedError, match="not restored over"):
        there.restore(backup, PASSPHRASE)
    assert theirs.name == "Theirs"
    theirs.close()


def test_a_database_of_another_program_is_left_alone(
    practice: StoredPractice, server_url: str, tmp_path: Path
) -> None:
    backup = practice.back_up().folder
    db = Database.server(server_url)
    with db.write() as tx:
        tx.exec_driver_sql("CREATE TABLE theirs (id int)")
    with pytest.raises(PracticeFileError, match="not empty"):
        PracticeServer(server_url, tmp_path / "local").restore(backup, PASSPHRASE)
    with db.read() as tx:
        assert sa.inspect(tx).get_table_names() == ["theirs"]
    db.close()


def test_a_restore_that_fails_leaves_the_database_empty(
    practice: StoredPractice, server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(practice)
    backup = practice.back_up().folder
    there = PracticeServer(server_url, tmp_path / "local")

    def broken(*_: object) -> list[str]:
        raise PracticeFileError("Planted.")

    with monkeypatch.context() as patch:
        patch.setattr("myomap.store.server_copy._without_triggers", broken)
        with pytest.raises(PracticeFileError, match="Planted"):
            there.restore(backup, PASSPHRASE)
    db = Database.server(server_url)
    with db.read() as tx:
        assert sa.inspect(tx).get_table_names() == []
        assert tx.exec_driver_sql("SELECT count(*) FROM pg_proc WHERE proname LIKE 'guard%%'").scalar() == 0
    db.close()
    there.restore(backup, PASSPHRASE).close()


def test_an_older_backup_is_brought_up_to_date_on_the_server(
    practice: StoredPractice, server_url: str, tmp_path: Path
) -> None:
    with practice.database.write() as tx:
        for name in ("audit_insert", "audit_head_update", "audit_head_delete"):
            tx.exec_driver_sql(f"DROP TRIGGER guard_{name}")
        tx.exec_driver_sql("DROP TABLE pin")
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    folders = practice._folders()
    backup = folders.make(practice.database, None).folder
    restored = PracticeServer(server_url, tmp_path / "local").restore(backup, PASSPHRASE)
    assert upgrade.revision(restored.database) == upgrade.HEAD
    assert restored.upgraded is not None
    assert restored.verify_audit().is_whole
    restored.close()


def test_from_the_command_line(
    practice: StoredPractice,
    server_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import io

    _filled(practice)
    backup = practice.back_up().folder
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    home = ["--home", str(tmp_path / "home"), "--database", server_url]
    assert main([*home, "records", "restore", "--from", str(backup)]) == 0
    said = capsys.readouterr().out
    assert "1 patients and 2 visits" in said
    assert "It is in place." in said
    assert "before-restore" not in said
