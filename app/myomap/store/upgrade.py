"""Bringing a practice to the schema of this program.

Alembic is imported only when a step is needed. Steps run on a connection of their own with foreign
keys off, inside one explicit transaction, after a copy of the file was made; a practice from a newer
program is refused untouched.
"""

import re
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from myomap.records.errors import PracticeFileError
from myomap.store import rows
from myomap.store.database import Database
from myomap.store.guards import guards
from myomap.store.rows import HEAD

#: Alembic keeps what it works on in one place for the whole program.
_ALEMBIC = threading.Lock()
LOCATION = str(Path(__file__).parent / "migrations")


def make_schema(db: Database) -> None:
    """Make the tables of a new practice (the same as running every step, which a test proves)."""
    with db.write() as tx:
        rows.metadata.create_all(tx)
        for sql in guards(db.dialect):
            tx.exec_driver_sql(sql)
        tx.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        tx.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def revision(db: Database) -> str | None:
    """Return the schema's step, None for a database without one."""
    with db.read() as tx:
        if not inspect(tx).has_table("alembic_version"):
            return None
        return tx.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_newer(found: str, head: str = HEAD) -> bool:
    """Tell whether a step is unknown here, thus of a newer program."""
    return not re.fullmatch(r"\d{4}", found) or int(found) > int(head)


def refuse_newer(found: str | None) -> None:
    """Raise PracticeFileError for a practice that this program must not touch."""
    if found is None:
        raise PracticeFileError(
            "There are no records of Myomap in this database.", safe="Nothing was changed."
        )
    if is_newer(found):
        raise PracticeFileError(
            f"This practice was written by a newer Myomap (schema {found}; this program knows {HEAD}).",
            safe="Nothing was changed.",
            todo="Install the newer version.",
        )


def upgrade(db: Database, *, location: str = LOCATION, target: str = "head") -> None:
    """Run the steps that are missing; on any failure nothing is changed.

    The caller makes a backup first. PracticeFileError when a step fails.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", location.replace("%", "%%"))
    with _ALEMBIC, db.engine.connect().execution_options(writes=True) as connection:
        if db.dialect == "sqlite":
            # Outside a transaction, on this connection only: batch steps copy tables, and with
            # foreign keys on that would silently empty the children.
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if db.dialect == "postgresql":
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # another one may be at it
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7737016)")
                config.attributes["connection"] = connection
                command.upgrade(config, target)
                if db.dialect == "sqlite":
                    _check_children(connection)
        except PracticeFileError:
            raise
        except Exception as error:
            raise PracticeFileError(
                f"The practice could not be brought up to date ({type(error).__name__}).",
                safe="It is as it was before, and a backup was made.",
                todo="Go on with the older version of Myomap, and report this.",
            ) from error
        finally:
            if db.dialect == "sqlite":
                raw.execute("PRAGMA foreign_keys = ON")


def _check_children(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise PracticeFileError(
            f"The step would leave {len(broken)} rows without what they belong to.",
            safe="Nothing was changed.",
        )


__all__ = ["HEAD", "LOCATION", "is_newer", "make_schema", "refuse_newer", "revision", "upgrade"]
