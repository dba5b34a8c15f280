"""The database itself refuses to alter the audit, signed visits and amendments."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SIGNED = "SELECT 1 FROM visit v WHERE v.id = {row}.visit_id AND v.signature IS NOT NULL"
_NOT_ERASING = "NOT EXISTS (SELECT 1 FROM erasing)"


def upgrade() -> None:
    plain = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "erasing",
        sa.Column("patient_id", plain, nullable=False),
        sa.PrimaryKeyConstraint("patient_id", name="pk_erasing"),
    )
    dialect = op.get_bind().dialect.name
    for rule in _rules():
        for sql in _guard(dialect, *rule):
            op.get_bind().exec_driver_sql(sql)


def _rules() -> list[tuple[str, str, str, str]]:
    rules = [
        ("audit", "UPDATE", "1 = 1", "the audit is append-only"),
        ("audit", "DELETE", "1 = 1", "the audit is append-only"),
        ("visit", "UPDATE", "OLD.signature IS NOT NULL", "the visit is signed"),
        ("visit", "DELETE", f"OLD.signature IS NOT NULL AND {_NOT_ERASING}", "the visit is signed"),
    ]
    for deed, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        signed = _SIGNED.format(row=row)
        late = f"({row}.kind = 'amendment')"
        if deed == "INSERT":
            late = f"({row}.kind = 'amendment' AND NOT EXISTS ({signed}))"
        closed = f"({row}.kind NOT IN ('amendment', 'follow_up') AND EXISTS ({signed}))"
        rules.append(("entry", deed, f"({late} OR {closed}) AND {_NOT_ERASING}", "the visit is signed"))
    return rules


def _guard(dialect: str, table: str, deed: str, when: str, words: str) -> list[str]:
    name = f"guard_{table}_{deed.lower()}"
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
