"""A server's practice as a SQLCipher file, and a file's on a server: what backs up, moves and restores one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, MetaData, exc, func, insert, inspect, select, update

from myomap.records.errors import PracticeFileError, RecordsError, SaveError
from myomap.store import rows, upgrade
from myomap.store.database import Database, file_error

_AT_ONCE = 2000
#: PostgreSQL's number for the lock on making a practice.
_MAKING = 7737017

GoOn = Callable[[], None]


def copy_tables(source: Database, path: Path, key: bytes, go_on: GoOn = lambda: None) -> None:
    """Copy every table in one snapshot into a new encrypted file; ``go_on`` may raise to end it.

    The copy has the schema of the source's own step: it is also made of an older practice, before that
    is brought up to date. PracticeFileError where the copy does not hold what the source does.
    """
    target = Database.cipher(path, key, create=True)
    try:
        _copy(source, target, go_on)
    finally:
        target.close()


def fill_server(source: Database, target: Database, key_text: str, uuid: str) -> None:
    """Copy a practice from a file into an empty database on a server; if it fails, that is empty again."""
    with making(target):
        try:
            _copy(source, target, lambda: None)
            with target.write() as tx:
                tx.execute(update(rows.practice).values(key_text=key_text, uuid=uuid))
        except BaseException:
            with suppress(RecordsError):
                _empty(target)
            raise


@contextmanager
def making(db: Database) -> Iterator[None]:
    """Have a server's empty database for oneself while a practice is made in it.

    What an earlier making that was cut short left there is taken away first. PracticeFileError where the
    database holds something, SaveError where another program is at it.
    """
    try:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
            if not guard.exec_driver_sql(f"SELECT pg_try_advisory_lock({_MAKING})").scalar_one():
                raise SaveError(
                    "Another program is making a practice on this server just now.",
                    safe="Nothing was changed.",
                    todo="Wait until it is done, then open it.",
                )
            _make_room(db)
            yield
            # Only then is the connection given back, and with it the lock.
            guard.exec_driver_sql(f"SELECT pg_advisory_unlock({_MAKING})")
    except exc.SQLAlchemyError as error:
        raise file_error(None, error) from error


def is_half_made(db: Database) -> bool:
    """Tell whether the making of a practice was cut short on a server: it has tables, but no key to open it."""
    with db.read() as tx:
        names = inspect(tx).get_table_names()
        if "alembic_version" not in names:
            return False
        return "practice" not in names or not tx.execute(select(rows.practice.c.key_text)).scalar()


def _make_room(db: Database) -> None:
    if is_half_made(db):
        _empty(db)
    with db.read() as tx:
        if inspect(tx).get_table_names():
            raise PracticeFileError(
                "The database on the server is not empty.",
                safe="Nothing was changed.",
                todo="Open the practice there, or name an empty database.",
            )


def _copy(source: Database, target: Database, go_on: GoOn) -> None:
    step = upgrade.revision(source)
    upgrade.refuse_newer(step)
    if step == upgrade.HEAD:
        upgrade.make_schema(target)
    else:
        upgrade.upgrade(target, target=str(step))
    with source.read() as given, target.write() as taken:
        from_tables, to_tables = _tables(given), _tables(taken)
        put_back = _without_triggers(taken, to_tables)
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
        for sql in put_back:
            taken.exec_driver_sql(sql)


def _tables(tx: Connection) -> MetaData:
    found = MetaData()
    found.reflect(tx, only=lambda name, _: name != "alembic_version")
    return found


def _without_triggers(tx: Connection, tables: MetaData) -> list[str]:
    """Take the guards away, as signed visits could not be copied in; return what puts all right again."""
    if tx.dialect.name == "postgresql":
        for name in tables.tables:
            tx.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        counted = "SELECT setval('edit_log_seq_seq', (SELECT coalesce(max(seq), 0) + 1 FROM edit_log), false)"
        return [*(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in tables.tables), counted]
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    found = tx.exec_driver_sql(query).all()
    for name, _ in found:
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _, sql in found]


def _empty(db: Database) -> None:
    """Take away what a copy that failed has made in a server's database, and nothing else."""
    with db.write() as tx:
        for name in ("alembic_version", *rows.metadata.tables):
            tx.exec_driver_sql(f"DROP TABLE IF EXISTS {name} CASCADE")
        guards = "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'guard\\_%%'"
        here = " AND pronamespace = current_schema()::regnamespace"
        for signature in tx.exec_driver_sql(guards + here).scalars().all():
            tx.exec_driver_sql(f"DROP FUNCTION {signature}")
