"""Steps of the schema: stored practices of every step come through, on all three databases."""

import importlib.util
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from myomap.records.demo import demo_patient
from myomap.records.edits import add
from myomap.records.errors import NotAllowedError, PracticeFileError, SaveError
from myomap.records.practice import Deed
from myomap.records.values import Kind, Practitioner
from myomap.store import rows, upgrade
from myomap.store.database import Database
from myomap.store.key_file import new_key
from myomap.store.practice_folder import PracticeFolder
from myomap.store.practice_store import StoredPractice

PASSPHRASE = "correct horse battery"
PIN = "2468"  # of make_stored
STORED = Path(__file__).parent / "stored"
KINDS = ["plain", "cipher", "server"]
#: What the database itself refuses once it is up to date, whatever it came from.
GUARDED = [
    "DELETE FROM audit",
    "UPDATE audit SET actor = 'x' WHERE seq = 2",
    "INSERT INTO audit SELECT seq + 1000, at, actor, deed, subject, words, digest FROM audit WHERE seq = 2",
    "UPDATE audit_head SET seq = seq - 1",
    "UPDATE audit_head SET seq = seq + 1",
    "UPDATE audit_head SET digest = 'x'",
    "DELETE FROM audit_head",
    "UPDATE visit SET reason = 'x' WHERE signature IS NOT NULL",
    "UPDATE visit SET signature = NULL",
    "DELETE FROM visit WHERE signature IS NOT NULL",
    "DELETE FROM entry WHERE kind = 'amendment'",
    "UPDATE entry SET body = '{}' WHERE kind = 'note'",
]


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    if request.param == "plain":
        made = Database.plain_file(tmp_path / "plain.db")
    elif request.param == "cipher":
        made = Database.cipher(tmp_path / "cipher.db", new_key(), create=True)
    else:
        made = Database.server(request.getfixturevalue("server_url"))
    yield made
    made.close()


def _tables(db: Database) -> sa.MetaData:
    found = sa.MetaData()
    with db.read() as tx:
        found.reflect(tx)
    return found


def put_stored(db: Database, step: str) -> dict[str, list[dict[str, Any]]]:
    """Make the tables of a step and put the stored rows in, as that program had them."""
    upgrade.upgrade(db, target=step)
    stored: dict[str, list[dict[str, Any]]] = json.loads((STORED / f"{step}.json").read_text("utf-8"))
    tables = _tables(db)
    with db.write() as tx:
        guards = without_guards(db, tx)
        for table in tables.sorted_tables:
            for row in stored.get(table.name, []):
                given = {
                    name: date.fromisoformat(value)
                    if value and isinstance(table.c[name].type, sa.Date)
                    else value
                    for name, value in row.items()
                }
                tx.execute(table.insert().values(given))
        for sql in guards:
            tx.exec_driver_sql(sql)
    return stored


def without_guards(db: Database, tx: sa.Connection) -> list[str]:
    """Take the guards away while old rows are put in; return what puts them back."""
    if db.dialect == "sqlite":
        found = tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for name, _ in found:
            tx.exec_driver_sql(f"DROP TRIGGER {name}")
        return [sql for _, sql in found]
    tables = ("audit", "audit_head", "visit", "entry")
    for table in tables:
        tx.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]


@pytest.mark.parametrize("step", sorted(path.stem for path in STORED.glob("*.json")))
def test_a_stored_practice_of_every_step_comes_through_whole(empty: Database, step: str) -> None:
    stored = put_stored(empty, step)
    upgrade.upgrade(empty)
    assert upgrade.revision(empty) == upgrade.HEAD
    with empty.read() as tx:
        for name, held in stored.items():
            count = tx.execute(sa.select(sa.func.count()).select_from(rows.metadata.tables[name])).scalar()
            assert count == len(held), name
    practice = StoredPractice(empty, uuid="stored")
    practice.sign_in(practice.practitioners()[0].id, PIN)
    assert practice.needs_pin == (step >= "0003")
    (line,) = practice.search("test pat")
    visits = practice.visits(line.id)
    assert [visit.signed_at is not None for visit in visits] == [False, True]
    signed, opened = practice.visit(visits[1].id), practice.visit(visits[0].id)
    assert signed.amendments[0].text == "An amendment."
    assert signed.notes[0].text == "Changed “once”."
    assert practice.redo(opened.visit.id) is not None
    assert practice.verify_audit().faults == ()
    for sql in GUARDED:
        with pytest.raises(NotAllowedError, match="refused"), empty.write() as tx:
            tx.exec_driver_sql(sql)
    assert practice.verify_audit().is_whole


def test_the_tables_of_the_steps_are_the_tables_of_the_program(empty: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    upgrade.upgrade(empty)
    with empty.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, rows.metadata) == []


def test_a_new_practice_has_the_tables_of_the_steps(
    empty: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    upgrade.upgrade(empty)
    if empty.dialect == "sqlite":
        query = "SELECT type, name, tbl_name FROM sqlite_master ORDER BY 1, 2"
        other = Database.cipher(tmp_path / "new.db", new_key(), create=True)
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
    else:
        query = (
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
        )
        other = Database.server(request.getfixturevalue("cluster").new_url())
        triggers = (
            "SELECT p.proname, p.prosrc, t.tgname, pg_get_triggerdef(t.oid) FROM pg_proc p "
            "LEFT JOIN pg_trigger t ON t.tgfoid = p.oid WHERE p.proname LIKE 'guard%%' ORDER BY 1, 3"
        )
    upgrade.make_schema(other)
    with empty.read() as a, other.read() as b:
        assert upgrade.revision(other) == upgrade.revision(empty) == upgrade.HEAD
        for sql in (query, triggers):
            left, right = a.exec_driver_sql(sql).all(), b.exec_driver_sql(sql).all()
            assert [tuple(row) for row in left if "alembic" not in str(row)] == [
                tuple(row) for row in right if "alembic" not in str(row)
            ]
    other.close()


def test_the_head_is_the_last_step() -> None:
    steps = sorted(Path(upgrade.LOCATION, "versions").glob("r*.py"))
    assert steps[-1].name.startswith(f"r{upgrade.HEAD}_")
    assert {path.stem for path in STORED.glob("*.json")} == {path.name[1:5] for path in steps}


def test_a_new_field_comes_with_a_step() -> None:
    """An older program on the same practice would drop a field that it does not know, silently.

    So a new, changed or removed field raises the schema's step (an empty one will do), and older
    programs refuse the practice. Then run make_stored.py, which writes fields-<step>.txt.
    """
    path = Path(__file__).with_name("make_stored.py")
    spec = importlib.util.spec_from_file_location("make_stored", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    written = (STORED / f"fields-{upgrade.HEAD}.txt").read_text("utf-8").splitlines()
    assert made.field_lines() == written


def test_steps_import_nothing_of_the_program() -> None:
    for path in Path(upgrade.LOCATION).rglob("*.py"):
        assert "import myomap" not in path.read_text("utf-8")
        assert "from myomap" not in path.read_text("utf-8")


_PLANTED = """
import sqlalchemy as sa
from alembic import op
revision = "9000"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("patient") as batch:
        batch.alter_column("number", new_column_name="file_number")
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    {then}
"""


def _planted(tmp_path: Path, then: str) -> str:
    import shutil

    folder = tmp_path / "steps"
    shutil.copytree(upgrade.LOCATION, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "r9000_planted.py").write_text(_PLANTED.format(then=then, head=upgrade.HEAD))
    return str(folder)


def test_a_step_that_fails_leaves_everything_as_it_was(empty: Database, tmp_path: Path) -> None:
    put_stored(empty, upgrade.HEAD)
    before = {table.name: sorted(table.c.keys()) for table in _tables(empty).sorted_tables}
    with pytest.raises(PracticeFileError, match="could not be brought up to date"):
        upgrade.upgrade(empty, location=_planted(tmp_path, "raise RuntimeError('planted')"))
    assert {table.name: sorted(table.c.keys()) for table in _tables(empty).sorted_tables} == before
    assert upgrade.revision(empty) == upgrade.HEAD


def test_a_step_that_copies_a_parent_keeps_its_children(empty: Database, tmp_path: Path) -> None:
    """With foreign keys on, SQLite would empty patient_word without a word."""
    stored = put_stored(empty, upgrade.HEAD)
    upgrade.upgrade(empty, location=_planted(tmp_path, "pass"))
    assert upgrade.revision(empty) == "9000"
    with empty.read() as tx:
        count = tx.exec_driver_sql("SELECT count(*) FROM patient_word").scalar()
    assert count == len(stored["patient_word"]) > 0
    if empty.dialect == "sqlite":
        with empty.read() as tx:
            assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_step_that_orphans_rows_is_refused(tmp_path: Path) -> None:
    db = Database.cipher(tmp_path / "cipher.db", new_key(), create=True)
    put_stored(db, upgrade.HEAD)
    location = _planted(tmp_path, "op.get_bind().exec_driver_sql('DELETE FROM patient')")
    with pytest.raises(PracticeFileError, match="without what they belong to"):
        upgrade.upgrade(db, location=location)
    assert upgrade.revision(db) == upgrade.HEAD
    db.close()


def test_a_practice_of_a_newer_program_is_refused_untouched(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    with practice.database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    practice.close()
    before = (place.folder / "records.db").read_bytes()
    with pytest.raises(PracticeFileError, match="newer Myomap"):
        place.open(PASSPHRASE)
    assert (place.folder / "records.db").read_bytes() == before


def test_a_practice_that_a_newer_program_took_while_open_is_written_no_more(
    any_practice: StoredPractice,
) -> None:
    any_practice.apply(add(demo_patient(1)))
    with any_practice.database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(SaveError, match="newer Myomap") as caught:
        any_practice.apply(add(demo_patient(2)))
    assert "only on the screen" in caught.value.safe
    assert any_practice.count_patients() == 1


def test_an_older_practice_is_backed_up_first_and_brought_up_to_date(
    practice: StoredPractice, place: PracticeFolder
) -> None:
    with practice.database.write() as tx:
        without_guards(practice.database, tx)
        tx.exec_driver_sql("DROP TABLE erasing")
        tx.exec_driver_sql("DROP TABLE pin")
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    practice.close()
    opened = place.open(PASSPHRASE)
    assert upgrade.revision(opened.database) == upgrade.HEAD
    assert len(opened.backups()) == 1
    assert Deed.UPGRADED in [line.deed for line in opened.audit(limit=5)]
    assert opened.verify_audit().is_whole
    opened.close()


def test_alembic_is_not_imported_for_a_practice_of_today(
    run_python: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> None:
    done = run_python(
        "import sys; from pathlib import Path\n"
        "from myomap.store.practice_folder import PracticeFolder\n"
        "from myomap.records.values import Practitioner, Role\n"
        "place = PracticeFolder(Path(sys.argv[1]))\n"
        "practice, _ = place.create('correct horse battery', name='', owner=Practitioner('i', 'T', Role.OWNER))\n"
        "practice.close(); place.open('correct horse battery').close()\n"
        "print([m for m in ('alembic', 'sqlalchemy.orm', 'psycopg', 'keyring') if m in sys.modules])",
        str(tmp_path / "p"),
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_atlas_and_the_values_need_no_database(
    run_python: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    done = run_python(
        "import sys\n"
        "import myomap.store, myomap.store.atlas_file, myomap.records.practice, myomap.records.checks\n"
        "print([m for m in ('sqlalchemy', 'sqlcipher3', 'alembic', 'psycopg', 'keyring', 'PySide6') "
        "if m in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_stored_rows_can_still_be_read() -> None:
    """Values of every stored step decode: a new field needs a default."""
    from myomap.records.canonical import decode

    for path in STORED.glob("*.json"):
        stored = json.loads(path.read_text("utf-8"))
        for name, kind in (("patient", Kind.PATIENT), ("practitioner", Kind.PRACTITIONER)):
            for row in stored[name]:
                assert decode(kind, row["body"]).id == row["id"]
        for row in stored["entry"]:
            assert decode(Kind(row["kind"]), row["body"]).id == row["id"]
    assert isinstance(decode(Kind.PRACTITIONER, '{"id":"i","name":"n"}'), Practitioner)
