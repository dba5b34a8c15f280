"""A server's practice as a SQLCipher file: what a backup of it is, and what moves it to one machine."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, MetaData, func, insert, select

from myomap.records.errors import PracticeFileError
from myomap.store import upgrade
from myomap.store.database import Database

_AT_ONCE = 2000


def copy_tables(source: Database, path: Path, key: bytes, go_on: Callable[[], None] = lambda: None) -> None:
    """Copy every table in one snapshot into a new encrypted file; ``go_on`` may raise to end it.

    The copy has the schema of the source's own step: it is also made of an older practice, before that
    is brought up to date. PracticeFileError where the copy does not hold what the source does.
    """
    step = upgrade.revision(source)
    upgrade.refuse_newer(step)
    target = Database.cipher(path, key, create=True)
    try:
        if step == upgrade.HEAD:
            upgrade.make_schema(target)
        else:
            upgrade.upgrade(target, target=str(step))
        with source.read() as given, target.write() as taken:
            from_tables, to_tables = _tables(given), _tables(taken)
            triggers = _without_triggers(taken)
            for table in to_tables.sorted_tables:
                origin = from_tables.tables.get(table.name)
                if origin is None:
                    raise PracticeFileError(f"The practice has no table “{table.name}”.")
                columns = [origin.c[column.name] for column in table.columns]
                found = given.execution_options(yield_per=_AT_ONCE).execute(select(*columns))
                for part in found.partitions(_AT_ONCE):
                    go_on()
                    taken.execute(insert(table), [dict(row._mapping) for row in part])
                here = taken.execute(select(func.count()).select_from(table)).scalar()
                if here != given.execute(select(func.count()).select_from(origin)).scalar():
                    raise PracticeFileError(f"The copy of “{table.name}” is not whole.")
            for sql in triggers:
                taken.exec_driver_sql(sql)
    finally:
        target.close()


def _tables(tx: Connection) -> MetaData:
    found = MetaData()
    found.reflect(tx, only=lambda name, _: name != "alembic_version")
    return found


def _without_triggers(tx: Connection) -> list[str]:
    """Take the guards away, as signed visits could not be copied in; return what puts them back."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    found = tx.exec_driver_sql(query).all()
    for name, _ in found:
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _, sql in found]
