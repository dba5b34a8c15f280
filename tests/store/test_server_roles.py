"""Groups of logins on a server: what the database lets each do, whatever the program would allow."""

import io
import subprocess
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from tests.store.cluster import Cluster

from myomap.cli import main
from myomap.records.demo import demo_patient, fill_visit
from myomap.records.edits import add, change
from myomap.records.errors import NotAllowedError, PracticeFileError, RefusedError, SaveError
from myomap.records.practice import Deed
from myomap.records.values import Note, NoteSection, Practitioner, Role, new_id
from myomap.store import server_roles, upgrade
from myomap.store.database import Database
from myomap.store.practice_server import PracticeServer
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
GROUPS = list(server_roles.GROUPS)


@dataclass(frozen=True)
class Clinic:
    """A practice on a server with one login in each group."""

    cluster: Cluster
    url: str
    folder: Path
    signed: str
    open: str
    patient: str
    owner: str

    def login(self, group: str) -> str:
        return self.url if group == "tables" else self.url.replace("//postgres@", f"//login_{group}@")

    def place(self, group: str) -> PracticeServer:
        return PracticeServer(self.login(group), self.folder / group)

    def practice(self, group: str) -> StoredPractice:
        """Open with a login; in the program that person is an owner, so only the server can refuse."""
        opened = self.place(group).open(PASSPHRASE)
        opened.sign_in(self.owner)
        return opened

    def run(self, group: str, sql: str) -> int:
        """Run something with any other tool."""
        name = self.url.split("@/")[1].split("?")[0]
        user = "postgres" if group == "tables" else f"login_{group}"
        with psycopg.connect(host=str(self.cluster.folder), user=user, dbname=name) as raw:
            return raw.execute(sql.encode()).rowcount


@pytest.fixture(scope="module")
def prefix() -> str:
    return f"p{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def logins(cluster: Cluster, prefix: str) -> None:
    with cluster.admin() as raw:
        for group in GROUPS:
            raw.execute(f"CREATE ROLE {prefix}_{group} NOLOGIN; CREATE ROLE login_{group} LOGIN".encode())
            raw.execute(f"GRANT {prefix}_{group} TO login_{group}".encode())


@pytest.fixture
def clinic(
    cluster: Cluster, logins: None, prefix: str, server_url: str, tmp_path: Path, owner: Practitioner
) -> Clinic:
    practice, _ = PracticeServer(server_url, tmp_path).create(PASSPHRASE, name="", owner=owner)
    practice.apply(change(practice.settings, replace(practice.settings, retention_years=0)))
    patient = demo_patient()
    practice.apply(add(patient))
    visits = []
    for _ in range(2):
        visits.append(practice.new_visit(patient.id).visit.id)
        practice.apply(fill_visit(visits[-1]))
    practice.sign(visits[0])
    server_roles.apply(practice.database, prefix)
    practice.close()
    return Clinic(cluster, server_url, tmp_path, visits[0], visits[1], patient.id, owner.id)


@pytest.mark.parametrize("group", GROUPS)
def test_everybody_reads_and_is_written_down(clinic: Clinic, group: str) -> None:
    practice = clinic.practice(group)
    assert practice.search("test")[0].id == clinic.patient
    assert practice.visit(clinic.signed).notes
    said = next(line for line in practice.audit(limit=9) if line.deed is Deed.SIGNED_IN)
    assert said.words == f"login login_{group}"  # whoever they say they are
    practice.note_deed(Deed.PRINTED, clinic.signed)
    assert [line.deed for line in practice.audit(limit=2)] == [Deed.PRINTED, Deed.SAW]
    assert practice.verify_audit().is_whole
    practice.lock()
    practice.unlock(PASSPHRASE)
    practice.close()


def test_a_reader_writes_nothing_and_is_told_why(clinic: Clinic) -> None:
    practice = clinic.practice("reader")
    for edit in (
        add(demo_patient(2)),
        add(Note(new_id(), NoteSection.TOLD, "x"), visit=clinic.open),
        change(practice.settings, replace(practice.settings, name="x")),
    ):
        with pytest.raises(NotAllowedError, match="does not let your login"):
            practice.apply(edit)
    for call in (
        lambda: practice.new_visit(clinic.patient),
        lambda: practice.sign(clinic.open),
        lambda: practice.amend(clinic.signed, reason="x", text="x"),
        lambda: practice.erase_patient(clinic.patient, reason="x"),
        lambda: clinic.place("reader").change_passphrase(PASSPHRASE, "another passphrase"),
    ):
        with pytest.raises(NotAllowedError) as caught:
            call()
        assert caught.value.safe == "Nothing was changed."
        assert caught.value.todo
    assert practice.count_patients() == 1
    assert practice.verify_audit().is_whole
    practice.close()


def test_an_assistant_records_and_cannot_sign(clinic: Clinic) -> None:
    practice = clinic.practice("assistant")
    visit = practice.new_visit(clinic.patient).visit.id
    practice.apply(fill_visit(visit))
    assert practice.undo(visit) is not None
    assert practice.redo(visit) is not None
    practice.apply(add(demo_patient(2)))
    with pytest.raises(NotAllowedError):
        practice.sign(visit)
    with pytest.raises(NotAllowedError, match="only a clinician amends"):
        practice.amend(clinic.signed, reason="Test", text="More.")
    with pytest.raises(NotAllowedError):
        practice.apply(change(practice.settings, replace(practice.settings, name="x")))
    assert practice.verify_audit().is_whole
    practice.close()


def test_a_clinician_signs_and_amends_and_is_no_owner(clinic: Clinic, owner: Practitioner) -> None:
    practice = clinic.practice("clinician")
    assert practice.sign(clinic.open)
    assert practice.amend(clinic.open, reason="Test", text="More.").amendments
    practice.apply(change(owner, replace(owner, licence_number="L-9")))
    other = Practitioner(new_id(), "Test Second")
    for call in (
        lambda: practice.apply(add(other)),
        lambda: practice.apply(change(practice.settings, replace(practice.settings, name="x"))),
        lambda: practice.erase_patient(clinic.patient, reason="asked for"),
        lambda: clinic.place("clinician").change_passphrase(PASSPHRASE, "another passphrase"),
    ):
        with pytest.raises(NotAllowedError, match="does not let your login"):
            call()
    now = practice.practitioners()[0]
    with pytest.raises(NotAllowedError, match="only an owner gives roles"):
        practice.apply(change(now, replace(now, role=Role.READER)))
    assert practice.verify_audit().is_whole
    practice.close()


def test_an_owner_does_all_of_it(clinic: Clinic, owner: Practitioner) -> None:
    practice = clinic.practice("owner")
    other = Practitioner(new_id(), "Test Second")
    practice.apply(add(other))
    practice.apply(change(other, replace(other, role=Role.READER)))
    practice.apply(change(practice.settings, replace(practice.settings, name="New name")))
    practice.sign(clinic.open)
    assert practice.back_up().folder.is_dir()
    assert practice.erase_patient(clinic.patient, reason="asked for").visits == 2
    assert practice.verify_audit().is_whole
    practice.close()
    clinic.place("owner").change_passphrase(PASSPHRASE, "another passphrase")
    clinic.place("reader").open("another passphrase").close()


#: What nobody may do with any tool, whatever their group, and not even the owner of the tables by mistake.
FORBIDDEN = [
    "UPDATE audit SET actor = 'x' WHERE seq = 2",
    "DELETE FROM audit WHERE seq = 2",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "TRUNCATE audit_head",
    "TRUNCATE visit CASCADE",
    "UPDATE audit_head SET seq = seq - 1",
    "UPDATE audit_head SET seq = seq + 1",
    "UPDATE audit_head SET digest = 'x'",
    "DELETE FROM audit_head",
    "INSERT INTO audit SELECT seq + 1000, at, actor, deed, subject, words, digest FROM audit WHERE seq = 2",
    "UPDATE visit SET reason = 'x', body = 'x' WHERE signature IS NOT NULL",
    "UPDATE visit SET signature = NULL, signed_at = NULL",
    "DELETE FROM visit WHERE signature IS NOT NULL",
    "UPDATE entry SET body = 'x' WHERE visit_id = (SELECT id FROM visit WHERE signature IS NOT NULL)",
    "DELETE FROM entry WHERE visit_id = (SELECT id FROM visit WHERE signature IS NOT NULL)",
]
#: What needs the rights of an owner.
OWNERS = [
    "INSERT INTO erasing VALUES ('x')",
    "UPDATE practice SET key_text = 'x'",
    "UPDATE settings SET body = 'x'",
    "DELETE FROM practitioner",
    "INSERT INTO practitioner VALUES ('x', 1, '{}')",
]
#: What needs the rights of the login that made the tables.
TABLES = [
    "DROP TRIGGER guard_audit_update ON audit",
    "ALTER TABLE audit DISABLE TRIGGER USER",
    "CREATE TABLE mine (id int)",
    "DROP TABLE visit",
    "UPDATE alembic_version SET version_num = '9999'",
    "UPDATE practice SET uuid = 'x'",
    "SET session_replication_role = replica",
]


@pytest.mark.parametrize("group", [*GROUPS, "tables"])
def test_signed_visits_and_the_audit_stay_as_they_are(clinic: Clinic, group: str) -> None:
    for sql in FORBIDDEN:
        with pytest.raises(psycopg.Error, match=r"guard:|permission denied"):
            clinic.run(group, sql)
    practice = clinic.practice("reader")
    assert practice.verify_audit().is_whole
    practice.close()


@pytest.mark.parametrize("group", GROUPS)
def test_other_tools_are_held_to_the_same_rights(clinic: Clinic, group: str) -> None:
    for sql in TABLES:
        with pytest.raises(psycopg.Error, match=r"permission denied|must be owner"):
            clinic.run(group, sql)
    for sql in OWNERS if group != "owner" else []:
        with pytest.raises(psycopg.Error, match="permission denied"):
            clinic.run(group, sql)
    patients = "UPDATE patient SET number = 'x'"
    if group == "reader":
        with pytest.raises(psycopg.Error, match="permission denied"):
            clinic.run(group, patients)
    else:
        assert clinic.run(group, patients) == 1


def test_a_pin_is_not_replaced_with_another_login(clinic: Clinic) -> None:
    practice = clinic.practice("clinician")
    practice.set_pin("2468")
    practice.close()
    for sql in ("UPDATE pin SET hash = 'x'", "DELETE FROM pin"):
        with pytest.raises(psycopg.Error, match="another login"):
            clinic.run("assistant", sql)
    assert clinic.run("assistant", "UPDATE pin SET wrong = 0, login = 'login_assistant'") == 1
    with pytest.raises(psycopg.Error, match="another login"):
        clinic.run("assistant", "DELETE FROM pin")
    elsewhere = clinic.place("assistant").open(PASSPHRASE)
    elsewhere.sign_in(clinic.owner, "2468")
    elsewhere.close()
    assert clinic.run("owner", "DELETE FROM pin") == 1


def _put_back(clinic: Clinic) -> None:
    """Make it a practice of schema 0002."""
    for name in ("audit_insert", "audit_head_update", "audit_head_delete", "audit_truncate"):
        clinic.run("tables", f"DROP FUNCTION guard_{name} CASCADE")
    for name in ("audit_head_truncate", "visit_truncate", "entry_truncate", "practitioner_update"):
        clinic.run("tables", f"DROP FUNCTION guard_{name} CASCADE")
    for name in ("amendment_insert", "pin_update", "pin_delete", "pin_login"):
        clinic.run("tables", f"DROP FUNCTION guard_{name} CASCADE")
    clinic.run("tables", "DROP TABLE pin")
    clinic.run("tables", "UPDATE alembic_version SET version_num = '0002'")


@pytest.mark.parametrize("group", GROUPS)
def test_only_who_owns_the_tables_brings_them_up_to_date(clinic: Clinic, group: str) -> None:
    _put_back(clinic)
    with pytest.raises(NotAllowedError, match="brought up to date first"):
        clinic.place(group).open(PASSPHRASE)
    assert not (clinic.folder / group / "backups").exists()
    clinic.place("tables").open(PASSPHRASE).close()
    practice = clinic.practice(group)  # the new tables are among the rights of the groups
    assert not practice.needs_pin
    practice.set_pin("2468")
    assert practice.verify_audit().is_whole
    practice.close()


def test_setting_up_again_changes_nothing_and_an_older_practice_is_not_set_up(
    clinic: Clinic, prefix: str
) -> None:
    db = Database.server(clinic.url)
    server_roles.apply(db, prefix)
    clinic.practice("clinician").close()
    _put_back(clinic)
    with pytest.raises(PracticeFileError, match="older Myomap"):
        server_roles.apply(db, prefix)
    db.close()


def test_a_login_of_no_group_gets_nowhere(clinic: Clinic) -> None:
    with clinic.cluster.admin() as raw:
        raw.execute("DROP ROLE IF EXISTS login_stranger; CREATE ROLE login_stranger LOGIN")
    with pytest.raises(SaveError, match="does not let this login open"):
        clinic.place("stranger").exists()


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], prefix: str) -> str:
    assert main(["records", "server-setup", "--prefix", prefix]) == 0
    return capsys.readouterr().out


def test_what_the_command_prints_is_what_it_does(
    clinic: Clinic, printed: str, prefix: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rights = (
        "SELECT grantee, table_name, column_name, privilege_type FROM information_schema.column_privileges "
        f"WHERE grantee LIKE '{prefix}%' UNION ALL SELECT grantee, table_name, '', privilege_type "
        f"FROM information_schema.table_privileges WHERE grantee LIKE '{prefix}%' ORDER BY 1, 2, 3, 4"
    )
    name = clinic.url.split("@/")[1].split("?")[0]

    def held() -> list[tuple[object, ...]]:
        with clinic.cluster.admin(name) as raw:
            return raw.execute(rights.encode()).fetchall()

    before = held()
    assert len(before) > 100
    for group in GROUPS:
        clinic.run("tables", f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {prefix}_{group}")
    assert len(held()) < len(before)
    file = tmp_path / "setup.sql"
    file.write_text(printed, "utf-8")
    psql = ["psql", "-h", str(clinic.cluster.folder), "-U", "postgres", "-d", name]
    asked = ["-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", str(file)]
    done = subprocess.run([*psql, *asked], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert held() == before
    for group in GROUPS:
        clinic.run("tables", f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {prefix}_{group}")
    assert main(["--database", clinic.url, "records", "server-setup", "--apply", "--prefix", prefix]) == 0
    assert f"{prefix}_reader" in capsys.readouterr().out
    assert held() == before


@pytest.mark.parametrize("wrong", ["", "x; DROP TABLE visit", "Big", "a" * 50, "ä"])
def test_a_prefix_that_needs_quoting_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RefusedError):
        server_roles.statements(wrong)
    assert main(["records", "server-setup", "--prefix", wrong]) == 1
    assert "prefix" in capsys.readouterr().err


def test_setting_up_needs_to_know_where(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["records", "server-setup", "--apply"]) == 1
    assert "Which server?" in capsys.readouterr().err


def test_the_head_of_a_visit_has_the_columns_that_are_granted() -> None:
    from myomap.store import rows

    granted = server_roles._HEAD.strip("()").split(", ")
    assert {*granted, "id", "signature", "signed_at"} == set(rows.visit.c.keys())
    assert upgrade.HEAD in server_roles.script()


def test_setting_up_needs_no_superuser(
    cluster: Cluster, tmp_path: Path, owner: Practitioner, capsys: pytest.CaptureFixture[str]
) -> None:
    with cluster.admin() as raw:
        raw.execute("CREATE ROLE records_admin LOGIN CREATEROLE")
        raw.execute("CREATE DATABASE records OWNER records_admin")
    url = f"postgresql+psycopg://records_admin@/records?host={cluster.folder}"
    PracticeServer(url, tmp_path / "local").create(PASSPHRASE, name="", owner=owner)[0].close()
    assert main(["--database", url, "records", "server-setup", "--apply", "--prefix", "own"]) == 0
    assert "own_reader" in capsys.readouterr().out
    with psycopg.connect(
        host=str(cluster.folder), user="records_admin", dbname="records", autocommit=True
    ) as raw:
        raw.execute("CREATE ROLE login_own LOGIN IN ROLE own_reader")
    reader = PracticeServer(url.replace("records_admin@", "login_own@"), tmp_path / "reader").open(PASSPHRASE)
    with pytest.raises(NotAllowedError, match="does not let your login"):
        reader.apply(add(demo_patient()))
    reader.close()


def test_a_login_that_may_make_nothing_is_told_so(
    cluster: Cluster, server_url: str, tmp_path: Path, owner: Practitioner
) -> None:
    with cluster.admin() as raw:
        raw.execute("DROP ROLE IF EXISTS login_plain; CREATE ROLE login_plain LOGIN")
    plain = PracticeServer(server_url.replace("//postgres@", "//login_plain@"), tmp_path)
    with pytest.raises(NotAllowedError, match="does not let your login"):
        plain.create(PASSPHRASE, name="", owner=owner)
    assert not plain.exists()
