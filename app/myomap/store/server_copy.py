"""A server's practice as a SQLCipher file: what a backup of it is, and what moves it to one machine."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import insert, select, text

from myomap.store import rows
from myomap.store.database import Database
from myomap.store.upgrade import HEAD

_AT_ONCE = 2000


def copy_tables(source: Database, path: Path, key: bytes, go_on: Callable[[], None] = lambda: None) -> None:
    """Copy every table in one snapshot into a new encrypted file; ``go_on`` may raise to end it."""
    target = Database.cipher(path, key, create=True)
    try:
        with source.read() as given, target.write() as taken:
            rows.metadata.create_all(taken)
            for table in rows.metadata.sorted_tables:
                found = given.execution_options(yield_per=_AT_ONCE).execute(select(table))
                for part in found.partitions(_AT_ONCE):
                    go_on()
                    taken.execute(insert(table), [dict(row._mapping) for row in part])
            # The guards come last: with them in place, signed visits could not be copied in.
            for sql in rows.guards(target.dialect):
                taken.exec_driver_sql(sql)
            taken.exec_driver_sql(
                "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
            )
            taken.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    finally:
        target.close()
