"""Groups of logins on a PostgreSQL server, each with the rights that its people need, and no more.

The program checks roles too; these rights hold as well against other tools and other programs. Who
works with records logs in as a member of one group; the login that owns the tables is kept for making
the practice and for bringing it up to date, because an owner of tables can take its own guards away.
"""

import re

from sqlalchemy import Connection

from myomap.records.errors import NotAllowedError, PracticeFileError, Problem, RefusedError
from myomap.records.values import Kind
from myomap.store import rows, upgrade
from myomap.store.database import Database

GROUPS = ("owner", "clinician", "assistant", "reader")
PREFIX = "myomap"
_NOTED = "myomap groups: "
_HEAD = "(version, body, day, practitioner_id, reason, patient_id)"
_ALL = "SELECT, INSERT, UPDATE, DELETE"

#: Rights of each group beyond reading, by table; each group has those of the groups after it too.
_RIGHTS: dict[str, tuple[str, ...]] = {
    "reader": (
        # Everybody's looking and trying is written down, and nobody's line is ever changed.
        "INSERT ON audit",
        "UPDATE (seq, digest) ON audit_head",
        f"{_ALL} ON pin",
    ),
    "assistant": (
        f"{_ALL} ON patient",
        f"{_ALL} ON patient_word",
        f"{_ALL} ON edit_log",
        f"{_ALL} ON entry",
        # Everything of a visit but its signature.
        f"INSERT {_HEAD.replace('(', '(id, ')} ON visit",
        f"UPDATE {_HEAD} ON visit",
        "DELETE ON visit",
        # Their own line; a guard keeps roles what they are.
        "UPDATE ON practitioner",
        "USAGE ON SEQUENCE edit_log_seq_seq",
    ),
    "clinician": ("INSERT, UPDATE (signature, signed_at) ON visit",),
    "owner": (
        f"{_ALL} ON practitioner",
        f"{_ALL} ON settings",
        # What lifts the guards inside the transaction that erases a patient.
        "INSERT, DELETE ON erasing",
        "UPDATE (key_text) ON practice",
    ),
}


def checked(prefix: str) -> str:
    """Return a prefix of group names that needs no quoting; RefusedError."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", prefix):
        sentence = "The prefix of the groups has small letters, digits and underscores only."
        raise RefusedError(Kind.SETTINGS, (Problem("prefix", sentence),))
    return prefix


def statements(prefix: str = PREFIX) -> list[str]:
    """Return what makes the groups and their rights; it can be run again at any time."""
    names = {group: f"{checked(prefix)}_{group}" for group in GROUPS}
    everybody = ", ".join(names.values())
    tables = ", ".join((*sorted(rows.metadata.tables), "alembic_version"))
    made = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') "
        f"THEN CREATE ROLE {name} NOLOGIN; END IF; END $$"
        for name in names.values()
    ]
    return [*made, *_database_rights(everybody), *_table_rights(names, tables), _note(prefix)]


def _database_rights(everybody: str) -> list[str]:
    return [
        "DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); "
        f"EXECUTE format('GRANT CONNECT ON DATABASE %I TO {everybody}', current_database()); END $$",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {everybody}",
    ]


def _table_rights(names: dict[str, str], tables: str) -> list[str]:
    everybody = ", ".join(names.values())
    made = [
        f"REVOKE ALL ON {tables} FROM PUBLIC, {everybody}",
        f"REVOKE ALL ON SEQUENCE edit_log_seq_seq FROM PUBLIC, {everybody}",
        f"GRANT SELECT ON {tables} TO {everybody}",
    ]
    for group in reversed(GROUPS):
        holders = ", ".join(names[each] for each in GROUPS[: GROUPS.index(group) + 1])
        made += [f"GRANT {right} TO {holders}" for right in _RIGHTS[group]]
    return made


def _note(prefix: str) -> str:
    return f"COMMENT ON TABLE practice IS '{_NOTED}{prefix}'"


def script(prefix: str = PREFIX) -> str:
    """Return the whole set-up as a script for psql, with what to do around it."""
    lines = "\n".join(f"{sql};" for sql in statements(prefix))
    return f"""-- Groups of logins for a practice of Myomap (schema {upgrade.HEAD}).
--
-- 1. Make a database with a login of its own that is used for nothing else, and the practice in it:
--      CREATE ROLE records_admin LOGIN CREATEROLE PASSWORD '…';
--      CREATE DATABASE records OWNER records_admin;
--      myomap --database 'postgresql+psycopg://records_admin@HOST/records' records create
-- 2. Run this script with that login or as the server's superuser:
--      psql -h HOST -U records_admin -d records -v ON_ERROR_STOP=1 --single-transaction -f THIS_FILE
--    or let Myomap do it: myomap --database … records server-setup --apply
-- 3. Give everybody a login of their own in one group, and keep its password in their ~/.pgpass:
--      CREATE ROLE anna LOGIN PASSWORD '…' IN ROLE {prefix}_clinician;
-- 4. In pg_hba.conf let them in with TLS only:  hostssl records all ADDRESSES scram-sha-256
--
-- {prefix}_owner      everything but the tables themselves: also people, settings, erasing, the passphrase
-- {prefix}_clinician  records, signs and amends
-- {prefix}_assistant  records, and cannot sign
-- {prefix}_reader     looks only
-- Nobody changes or removes a line of the audit or a signed visit. Everybody's looking is written down.
-- A newer Myomap is first started with the login of step 1: it brings the tables up to date.

{lines}
"""


def apply(db: Database, prefix: str = PREFIX) -> None:
    """Make the groups and their rights in an open database; NotAllowedError, PracticeFileError."""
    wanted = statements(prefix)
    found = upgrade.revision(db)
    upgrade.refuse_newer(found)
    if found != upgrade.HEAD:
        raise PracticeFileError(
            "This practice is of an older Myomap.",
            safe="Nothing was changed.",
            todo="Open it once with the login that made it; then set up the groups.",
        )
    with db.write() as tx:
        _run(tx, wanted)


def renew(tx: Connection) -> None:
    """Give the groups their rights on what a step of the schema added, where groups were set up."""
    said = tx.exec_driver_sql("SELECT obj_description('practice'::regclass)").scalar() or ""
    if said.startswith(_NOTED):
        prefix = checked(said.removeprefix(_NOTED))
        names = {group: f"{prefix}_{group}" for group in GROUPS}
        tables = ", ".join((*sorted(rows.metadata.tables), "alembic_version"))
        _run(tx, _table_rights(names, tables))


def _run(tx: Connection, wanted: list[str]) -> None:
    for sql in wanted:
        tx.exec_driver_sql(sql.replace("%", "%%"))


def check_may_upgrade(db: Database) -> None:
    """Raise NotAllowedError where this login does not own the tables."""
    with db.read() as tx:
        owns = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'practice'::regclass"
        if not tx.exec_driver_sql(owns).scalar():
            raise NotAllowedError(
                "This practice must be brought up to date first, and your login may not do that.",
                safe="Nothing was changed.",
                todo="Have it opened once with the login that made it.",
            )


__all__ = ["GROUPS", "PREFIX", "apply", "check_may_upgrade", "checked", "renew", "script", "statements"]
