"""Tables of a practice. Rows never leave this package: repositories give values.

A value is stored whole, as its canonical JSON in ``body``; what is searched or joined stands beside
it in columns of its own. So one door serves every kind, a new field changes no table, and a signed
text stays byte for byte what was signed (decisions/0006). Times are UTC as ISO text.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

#: The newest step of the schema. A test holds it against the scripts.
HEAD = "0004"
#: Names of constraints are fixed from the first migration on, so that later ones can name them.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

#: Text that sorts by code point everywhere, so that a search for beginnings can use its index.
PlainText = Text().with_variant(Text(collation="C"), "postgresql")
#: A number that the database counts up by itself.
Counter = BigInteger().with_variant(Integer, "sqlite")

#: One row: which practice this is; on a server also its wrapped key.
practice = Table(
    "practice",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("uuid", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("key_text", Text, nullable=False),
)

patient = Table(
    "patient",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_sort", PlainText, nullable=False),
    Column("birth_date", Date),
    Column("number", Text, nullable=False),
    Column("archived", Boolean(create_constraint=False), nullable=False),
    Index("ix_patient_archived_name_sort", "archived", "name_sort", "id"),
)

#: Beginnings of these words find the patient.
patient_word = Table(
    "patient_word",
    metadata,
    Column("word", PlainText, nullable=False),
    Column("patient_id", PlainText, ForeignKey("patient.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("word", "patient_id"),
    Index("ix_patient_word_patient_id", "patient_id"),
)

practitioner = Table(
    "practitioner",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

visit = Table(
    "visit",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("patient_id", PlainText, ForeignKey("patient.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("practitioner_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signed_at", Text),
    Column("signature", Text),
    Index("ix_visit_patient_id_day", "patient_id", "day", "id"),
)

#: Everything that belongs to a visit, one row a value.
entry = Table(
    "entry",
    metadata,
    Column("visit_id", PlainText, ForeignKey("visit.id"), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("id", PlainText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("visit_id", "kind", "id"),
)

#: What undo and redo need, over restarts. States: done, undone.
edit_log = Table(
    "edit_log",
    metadata,
    Column("seq", Counter, primary_key=True),
    Column("scope", PlainText, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("gesture", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Index("ix_edit_log_scope_actor_state", "scope", "actor", "state", "seq"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("words", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index("ix_audit_subject", "subject", "seq"),
)

#: One row: number and digest of the last audit line. Writers take it first.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
)

#: Not empty only inside the transaction that erases a patient; lifts the guards.
erasing = Table(
    "erasing",
    metadata,
    Column("patient_id", PlainText, primary_key=True),
)

#: The PIN of a person, hashed, and the brake on trying; a person without one has no row.
pin = Table(
    "pin",
    metadata,
    Column("practitioner_id", PlainText, ForeignKey("practitioner.id", ondelete="CASCADE"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("until", Text, nullable=False),
    Column("login", Text, nullable=False),
)
