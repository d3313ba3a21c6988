"""
The database, brought to the current schema before anything uses it.

It is SQLite in the data directory, or one of a PostgreSQL server, which several gateways may open at the same moment.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from arenabridge.storage.backup import back_up
from arenabridge.storage.failure import DatabaseError
from arenabridge.storage.locks import Lock, hold
from arenabridge.storage.postgresql import open_postgresql, read_url, shown

__all__ = ["FILE_NAME", "DatabaseError", "migrate", "open_database"]

FILE_NAME = "arenabridge.sqlite3"
BUSY_SECONDS = 5.0
"""How long a writer waits for another before it fails."""


MIGRATION_SECONDS = 120
"""How long a gateway that starts waits for another that is changing the database."""


def open_database(where: Path | str) -> Engine:
    """Open or make the database file at this path, or the server's database at this address, and migrate it."""
    engine = _open_sqlite(where) if isinstance(where, Path) else open_postgresql(read_url(where))
    try:
        if isinstance(where, Path):
            _keep_as_it_was(where, engine)
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _keep_as_it_was(path: Path, engine: Engine) -> None:
    """A copy of a file that is about to be changed to another version's form."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current not in (None, newest):
            back_up(path, f"before-{newest}")
    except (DBAPIError, sqlite3.Error, OSError) as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseError(f"The database {path} can't be used: {why}.") from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "arenabridge.storage:migrations")
    return config


def _open_sqlite(path: Path) -> Engine:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # SQLite says it better
        path.touch(mode=0o600)  # an existing one stays as open as its owner made it
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,  # its errors are logged, and what is written may be nobody's business
    )
    event.listen(engine, "connect", _prepare)
    return engine


def migrate(engine: Engine) -> None:
    """Raises `DatabaseError` when the file is no database, or a newer version of this program has been here."""
    config = _config()
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            with _without_references(connection), connection.begin():
                _take_turns(connection)
                command.upgrade(config, "head")
    except DBAPIError as error:
        raise DatabaseError(f"The database {_name(engine)} can't be used: {error.orig}.") from error
    except CommandError as error:
        raise DatabaseError(f"The database is of a newer version of Arena Bridge: use that one. ({error})") from error


def _name(engine: Engine) -> str | None:
    return engine.url.database if engine.dialect.name == "sqlite" else shown(engine.url)


def _take_turns(connection: Connection) -> None:
    """When several start at once, one migrates and the others find it done."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{MIGRATION_SECONDS}s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    hold(connection, Lock.MIGRATION)


@contextlib.contextmanager
def _without_references(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by building a new one; dropping the old one would delete what refers to its rows."""
    if connection.dialect.name != "sqlite":
        yield
        return
    _pragma(connection, "foreign_keys = OFF")  # which it takes only outside of a transaction
    try:
        yield
    finally:
        _pragma(connection, "foreign_keys = ON")


def _pragma(connection: Connection, what: str) -> None:
    connection.exec_driver_sql(f"PRAGMA {what}")
    connection.rollback()


def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """WAL: readers never wait for the writer. NORMAL: a power cut may lose the last commits, never the file."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
