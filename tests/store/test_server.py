"""A practice on a PostgreSQL server: TLS but to this machine, one passphrase, the same records."""

from contextlib import suppress
from pathlib import Path

import pytest

from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add
from myomap.records.errors import (
    NotAllowedError,
    PassphraseError,
    PracticeFileError,
    RefusedError,
    SaveError,
    ServerAwayError,
)
from myomap.records.values import Practitioner
from myomap.store import audit_log
from myomap.store.database import safe_url
from myomap.store.practice_server import PracticeServer

PASSPHRASE = "correct horse battery"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u@localhost/x",
        "postgresql://u@127.0.0.1/x",
        "postgresql+psycopg://u@[::1]:5433/x",
        "postgresql+psycopg://u@/x?host=/run/postgresql",
        "postgresql+psycopg:///x",
    ],
)
def test_this_machine_needs_no_tls(url: str) -> None:
    assert "sslmode" not in safe_url(url).query


@pytest.mark.parametrize(
    ("url", "name", "value"),
    [
        ("postgresql+psycopg:///x", "PGHOST", "db.example.invalid"),
        ("postgresql+psycopg://u@localhost/x", "PGHOSTADDR", "203.0.113.5"),
        ("postgresql+psycopg:///x", "PGSERVICE", "elsewhere"),
        ("postgresql+psycopg:///x?service=elsewhere", "PGHOST", ""),
    ],
)
def test_a_host_that_only_the_environment_names_gets_tls_too(
    url: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert safe_url(url).query["sslmode"] == "verify-full"


def test_another_machine_gets_tls_with_a_checked_certificate() -> None:
    made = safe_url("postgresql+psycopg://u@db.example.invalid/x")
    assert made.query["sslmode"] == "verify-full"
    assert made.query["sslrootcert"] == "system"
    kept = safe_url("postgresql://u@db.example.invalid/x?sslmode=require")
    assert kept.query["sslmode"] == "require"
    assert kept.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u@db.example.invalid/x?sslmode=disable",
        "postgresql+psycopg://u@db.example.invalid/x?sslmode=prefer",
        "postgresql+psycopg://u@/x?host=db.example.invalid&sslmode=allow",
        "postgresql+psycopg://u@localhost/x?host=db.example.invalid&sslmode=disable",
        "postgresql+psycopg://u@localhost/x?hostaddr=203.0.113.5&sslmode=disable",
        "postgresql+psycopg://u@localhost,db.example.invalid/x?sslmode=disable",
        "mysql://u@localhost/x",
        "sqlite:///x.db",
        "not an address",
        "",
    ],
)
def test_an_address_that_would_send_records_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(RefusedError) as caught:
        safe_url(url)
    assert caught.value.problems[0].field == "database"


def test_the_same_passphrase_opens_it_everywhere(
    server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    here, there = (PracticeServer(server_url, tmp_path / name) for name in ("here", "there"))
    assert not here.exists()
    practice, recovery = here.create(PASSPHRASE, name="Test Server", owner=owner)
    patient = demo_patient()
    practice.apply(add(patient))
    visit = practice.new_visit(patient.id).visit.id
    practice.apply(fill_visit(visit))
    assert there.exists()
    other = there.open(PASSPHRASE)
    assert other.visit(visit) == practice.visit(visit)
    with pytest.raises(PassphraseError):
        there.open("not the passphrase")
    there._attempts._until = there._attempts._until_monotonic = 0.0
    other.close()
    other = there.open_with_recovery_key(recovery, "a new passphrase")
    assert other.name == "Test Server"
    other.close()
    practice.lock()
    with pytest.raises(PassphraseError):
        practice.unlock(PASSPHRASE)
    here._attempts._until = here._attempts._until_monotonic = 0.0
    practice.unlock("a new passphrase")
    assert practice.visit(visit).notes
    practice.close()


def test_a_database_that_is_not_empty_is_left_alone(
    server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    place = PracticeServer(server_url, tmp_path)
    place.create(PASSPHRASE, name="first", owner=owner)[0].close()
    with pytest.raises(PracticeFileError, match="not empty"):
        place.create(PASSPHRASE, name="second", owner=owner)
    practice = place.open(PASSPHRASE)
    assert practice.name == "first"
    practice.close()


def test_a_server_that_is_away_says_so(tmp_path: Path) -> None:
    place = PracticeServer("postgresql+psycopg://u@127.0.0.1:1/x", tmp_path)
    with pytest.raises(SaveError, match="No server answers"):
        place.exists()


def test_a_connection_that_broke_is_made_anew(server_url: str, tmp_path: Path, owner: Practitioner) -> None:
    place = PracticeServer(server_url, tmp_path)
    practice, _ = place.create(PASSPHRASE, name="", owner=owner)
    with practice.database.engine.connect() as raw:
        raw.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    patient = demo_patient()
    practice.apply(add(patient))
    assert practice.patient(patient.id) == patient
    practice.close()


def test_a_server_is_not_restored_from_a_workplace(
    server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    place = PracticeServer(server_url, tmp_path)
    practice, _ = place.create(PASSPHRASE, name="", owner=owner)
    made = practice.back_up()
    with pytest.raises(NotAllowedError):
        place.restore(made.folder, PASSPHRASE)
    assert place.open_remembered() is None
    assert place.remember(practice, True) is False
    practice.close()


def test_a_program_that_froze_holds_up_no_other_for_long(
    server_url: str, tmp_path: Path, owner: Practitioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = {"lock_timeout": "200ms", "idle_in_transaction_session_timeout": "1s"}
    monkeypatch.setattr("myomap.store.database._PATIENCE", patience)
    place = PracticeServer(server_url, tmp_path)
    practice, _ = place.create(PASSPHRASE, name="", owner=owner)
    frozen = place.open(PASSPHRASE)
    saved = False

    def freeze() -> None:
        nonlocal saved
        with frozen.database.write() as tx:
            audit_log.lock(tx)
            with pytest.raises(ServerAwayError, match="Somebody else is writing"):
                practice.apply(add(demo_patient(1)))
            for _ in range(200):
                with suppress(ServerAwayError):
                    practice.apply(add(demo_patient(2)))
                    saved = True
                    break
            tx.exec_driver_sql("SELECT 1")

    with pytest.raises(ServerAwayError, match=r"hung up|broke"):
        freeze()
    assert saved
    assert practice.count_patients() == 1
    frozen.apply(add(demo_patient(3)))
    frozen.close()
    practice.close()
