"""The database: SQLite in the data directory, brought to the current schema before anything uses it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

FILE_NAME = "arenabridge.sqlite3"
BUSY_SECONDS = 5.0
"""How long a writer waits for another before it fails."""


class DatabaseError(Exception):
    """The database can't be used. The message says why."""


def open_database(path: Path) -> Engine:
    """Open or make the database at `path` and migrate it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,  # its errors are logged, and what is written may be nobody's business
    )
    event.listen(engine, "connect", _prepare)
    migrate(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Raises `DatabaseError` when the file is no database, or a newer version of this program has been here."""
    config = Config()
    config.set_main_option("script_location", "arenabridge.storage:migrations")
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            with _without_references(connection), connection.begin():
                command.upgrade(config, "head")
    except DBAPIError as error:
        raise DatabaseError(f"The database {engine.url.database} can't be used: {error.orig}.") from error
    except CommandError as error:
        raise DatabaseError(f"The database is of a newer version of Arena Bridge: use that one. ({error})") from error


@contextlib.contextmanager
def _without_references(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew; dropping the old one would delete what refers to its rows."""
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
