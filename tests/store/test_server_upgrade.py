"""A server's practice of an older Myomap: backed up first, encrypted and checked, or left as it is."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.store.test_migrations import PIN, put_stored

from myomap.records.errors import PassphraseError, PracticeFileError, RecordsError, SaveError
from myomap.records.practice import Deed
from myomap.store import key_file, rows, server_copy, upgrade
from myomap.store.backups import check_file
from myomap.store.database import Database
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_server import PracticeServer

PASSPHRASE = "correct horse battery"
OLDER = ["0001", "0002"]


def _older(url: str, step: str) -> None:
    """Put a stored practice of an older Myomap on the server, with a key that the passphrase opens."""
    key = key_file.new_key()
    text = key_file.KeyText.make(key, PASSPHRASE, key_file.new_recovery_key())
    db = Database.server(url)
    put_stored(db, step)
    with db.write() as tx:
        tx.execute(sa.update(rows.practice).values(uuid=text.uuid, key_text=text.text))
    db.close()


def _step(url: str) -> str | None:
    db = Database.server(url)
    try:
        return upgrade.revision(db)
    finally:
        db.close()


@pytest.mark.parametrize("step", OLDER)
def test_it_is_backed_up_encrypted_before_it_is_brought_up_to_date(
    server_url: str, tmp_path: Path, step: str
) -> None:
    _older(server_url, step)
    there = PracticeServer(server_url, tmp_path / "local")
    practice = there.open(PASSPHRASE)
    assert _step(server_url) == upgrade.HEAD
    done = practice.upgraded
    assert done is not None
    assert (done.step_from, done.step_to) == (step, upgrade.HEAD)
    assert done.backup.parent == tmp_path / "local" / "backups"
    line = next(each for each in practice.audit(limit=5) if each.deed is Deed.UPGRADED)
    assert done.backup.name in line.words
    assert practice.verify_audit().is_whole
    key = practice.database.key
    practice.close()
    # what was backed up is of the older step, whole, and readable with its key only
    assert check_file(done.backup / "records.db", key)["patient"] == 1
    assert b"Test" not in (done.backup / "records.db").read_bytes()
    with pytest.raises(RecordsError):
        check_file(done.backup / "records.db", bytes(32))
    kept = Database.cipher(done.backup / "records.db", key, wal=False)
    assert upgrade.revision(kept) == step
    kept.close()
    # and it opens as a practice
    here = PracticeFolder(tmp_path / "here").restore(done.backup, PASSPHRASE)
    assert here.upgraded is not None
    here.sign_in(here.practitioners()[0].id, PIN)
    (patient,) = here.search("test pat")
    assert len(here.visits(patient.id)) == 2
    assert here.verify_audit().is_whole
    here.close()
    again = there.open(PASSPHRASE)
    assert again.upgraded is None
    again.close()


def _left_as_it_was(url: str, folder: Path, step: str) -> None:
    assert _step(url) == step
    db = Database.server(url)
    with db.read() as tx:
        assert "pin" not in sa.inspect(tx).get_table_names()
    db.close()
    assert [each for each in folder.rglob("*") if each.is_file() and each.name == "records.db"] == []


@pytest.mark.parametrize("step", OLDER)
def test_no_backup_no_upgrade(
    server_url: str, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _older(server_url, step)
    local = tmp_path / "local"
    local.write_text("a file where the folder should be")
    with pytest.raises(SaveError, match="no backup of it could be made") as caught:
        PracticeServer(server_url, local).open(PASSPHRASE)
    assert caught.value.safe == "Nothing was changed."
    assert caught.value.todo
    local.unlink()
    _left_as_it_was(server_url, tmp_path, step)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("myomap.store.backups.sync_file", full)
        with pytest.raises(SaveError, match="No space left"):
            PracticeServer(server_url, local).open(PASSPHRASE)
    _left_as_it_was(server_url, tmp_path, step)
    with pytest.raises(PassphraseError):
        PracticeServer(server_url, tmp_path / "other").open("not the passphrase")
    _left_as_it_was(server_url, tmp_path, step)
    PracticeServer(server_url, local).open(PASSPHRASE).close()
    assert _step(server_url) == upgrade.HEAD


def test_a_copy_that_is_not_whole_is_no_backup(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _older(server_url, "0002")
    tables = server_copy._tables

    def lossy(tx: sa.Connection) -> sa.MetaData:
        found = tables(tx)
        if tx.dialect.name == "postgresql":
            monkeypatch.setattr(server_copy, "insert", _forgetful)
        return found

    def _forgetful(table: sa.Table) -> sa.Insert:
        return sa.insert(table) if table.name != "entry" else sa.insert(table).prefix_with("OR IGNORE")

    monkeypatch.setattr(server_copy, "_tables", lossy)
    db = Database.server(server_url)
    with db.write() as tx:  # a row that the copy will pass over, as its key is there already
        tx.exec_driver_sql("ALTER TABLE entry DROP CONSTRAINT pk_entry")
        tx.exec_driver_sql(
            "INSERT INTO entry SELECT * FROM entry WHERE kind NOT IN ('amendment') "
            "AND visit_id IN (SELECT id FROM visit WHERE signature IS NULL) LIMIT 1"
        )
    db.close()
    with pytest.raises(PracticeFileError, match="no backup of it could be made: The copy of “entry”"):
        PracticeServer(server_url, tmp_path / "local").open(PASSPHRASE)
    _left_as_it_was(server_url, tmp_path, "0002")


def test_two_who_open_it_at_once_bring_it_up_to_date_once(server_url: str, tmp_path: Path) -> None:
    _older(server_url, "0002")
    ended: list[object] = []
    both = threading.Barrier(2)

    def work(name: str) -> None:
        there = PracticeServer(server_url, tmp_path / name)
        both.wait(10)
        try:
            there.open(PASSPHRASE).close()
            ended.append(None)
        except RecordsError as error:
            ended.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("here", "there")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ended == [None, None]
    assert _step(server_url) == upgrade.HEAD
    practice = PracticeServer(server_url, tmp_path / "here").open(PASSPHRASE)
    assert practice.verify_audit().is_whole
    practice.close()


def test_a_servers_practice_of_a_newer_myomap_is_left_alone(server_url: str, tmp_path: Path) -> None:
    _older(server_url, "0002")
    db = Database.server(server_url)
    with db.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    db.close()
    there = PracticeServer(server_url, tmp_path / "local")
    assert there.exists()
    with pytest.raises(PracticeFileError, match="newer Myomap") as caught:
        there.open(PASSPHRASE)
    assert "Install the newer version" in caught.value.todo
    _left_as_it_was(server_url, tmp_path, "0999")
