"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    plain = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "practice",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("uuid", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("key_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice"),
    )
    op.create_table(
        "patient",
        sa.Column("id", plain, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_sort", plain, nullable=False),
        sa.Column("birth_date", sa.Date),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("archived", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
    )
    op.create_index("ix_patient_archived_name_sort", "patient", ["archived", "name_sort", "id"])
    op.create_table(
        "patient_word",
        sa.Column("word", plain, nullable=False),
        sa.Column("patient_id", plain, nullable=False),
        sa.PrimaryKeyConstraint("word", "patient_id", name="pk_patient_word"),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name="fk_patient_word_patient_id_patient", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_patient_word_patient_id", "patient_word", ["patient_id"])
    for name in ("practitioner", "settings"):
        op.create_table(
            name,
            sa.Column("id", plain, nullable=False),
            sa.Column("version", sa.Integer, nullable=False),
            sa.Column("body", sa.Text, nullable=False),
            sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        )
    op.create_table(
        "visit",
        sa.Column("id", plain, nullable=False),
        sa.Column("patient_id", plain, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("practitioner_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("signed_at", sa.Text),
        sa.Column("signature", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_visit_patient_id_patient"),
    )
    op.create_index("ix_visit_patient_id_day", "visit", ["patient_id", "day", "id"])
    op.create_table(
        "entry",
        sa.Column("visit_id", plain, nullable=False),
        sa.Column("kind", plain, nullable=False),
        sa.Column("id", plain, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "kind", "id", name="pk_entry"),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_entry_visit_id_visit"),
    )
    op.create_table(
        "edit_log",
        sa.Column("seq", counter, primary_key=True),
        sa.Column("scope", plain, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("gesture", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_edit_log"),
    )
    op.create_index("ix_edit_log_scope_actor_state", "edit_log", ["scope", "actor", "state", "seq"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("subject", plain, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "seq"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
