"""The PIN of a person; the audit only grows; a server's logins are held to what they may do."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_GROWS = "the audit only grows"
_OWNER = "has_table_privilege(session_user, 'settings', 'UPDATE')"
_CLINICIAN = "has_column_privilege(session_user, 'visit', 'signature', 'UPDATE')"


def upgrade() -> None:
    plain = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "pin",
        sa.Column("practitioner_id", plain, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("practitioner_id", name="pk_pin"),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name="fk_pin_practitioner_id_practitioner",
            ondelete="CASCADE",
        ),
    )
    dialect = op.get_bind().dialect.name
    made = [sql for rule in _rules() for sql in _guard(dialect, *rule)]
    if dialect != "sqlite":
        made += [sql for rule in _server_rules() for sql in _guard(dialect, *rule)]
        made += [sql for table in ("audit", "audit_head", "visit", "entry") for sql in _no_truncate(table)]
        made += _note_login()
    for sql in made:
        op.get_bind().exec_driver_sql(sql)


def _rules() -> list[tuple[str, str, str, str]]:
    line = "SELECT 1 FROM audit a WHERE a.seq = NEW.seq AND a.digest = NEW.digest"
    return [
        ("audit", "INSERT", "NEW.seq <> (SELECT h.seq + 1 FROM audit_head h)", _GROWS),
        ("audit_head", "UPDATE", f"NEW.seq <> OLD.seq + 1 OR NOT EXISTS ({line})", _GROWS),
        ("audit_head", "DELETE", "1 = 1", _GROWS),
    ]


def _server_rules() -> list[tuple[str, str, str, str]]:
    role = "(NEW.body::json ->> 'role') IS DISTINCT FROM (OLD.body::json ->> 'role')"
    strange = f"OLD.login <> session_user AND NOT {_OWNER}"
    return [
        ("practitioner", "UPDATE", f"{role} AND NOT {_OWNER}", "only an owner gives roles"),
        ("amendment", "INSERT", f"NEW.kind = 'amendment' AND NOT {_CLINICIAN}", "only a clinician amends"),
        ("pin", "UPDATE", f"NEW.hash <> OLD.hash AND {strange}", "this PIN belongs to another login"),
        ("pin", "DELETE", strange, "this PIN belongs to another login"),
    ]


def _guard(dialect: str, table: str, deed: str, when: str, words: str) -> list[str]:
    name = f"guard_{table}_{deed.lower()}"
    table = "entry" if table == "amendment" else table
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, 'guard: {words}'); END"
        ]
    result = "OLD" if deed == "DELETE" else "NEW"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION 'guard: {words}'; END IF; RETURN {result}; END $$",
        f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _no_truncate(table: str) -> list[str]:
    name = f"guard_{table}_truncate"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'guard: {table} is never emptied'; END $$",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def _note_login() -> list[str]:
    return [
        "CREATE FUNCTION guard_pin_login() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'INSERT' THEN NEW.login := session_user; "
        "ELSIF NEW.hash <> OLD.hash THEN NEW.login := session_user; "
        "ELSE NEW.login := OLD.login; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER guard_pin_login BEFORE INSERT OR UPDATE ON pin FOR EACH ROW "
        "EXECUTE FUNCTION guard_pin_login()",
    ]
