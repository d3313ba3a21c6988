"""
A PostgreSQL database that several gateways share: its address, and how connections to it are made.

Nothing that is said of it has the password in it. Poolers in front of the server (PgBouncer) are fine: no statement is
prepared, and nothing but time limits is set for a connection.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from arenabridge.storage.failure import DatabaseError

_log = logging.getLogger(__name__)

SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")
DRIVER = "postgresql+psycopg"

POOL_SIZE = 5
"""Connections that stay open: small servers in the cloud give some twenty to all gateways together."""
MAX_OVERFLOW = 10
"""More of them while there is much to do."""
POOL_SECONDS = 10.0
"""How long a caller waits for one of them."""

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
"""A statement that takes longer is given up by the server."""
IDLE_IN_TRANSACTION_SECONDS = 60
"""How long a process that was stopped may keep others from rows that it has locked."""
SILENCE_MILLISECONDS = 15_000
"""A server that acknowledges nothing for so long is gone."""

START_SECONDS = 30.0
"""How long a gateway that starts waits for its database: the two are often started together."""
AGAIN_SECONDS = 1.0

_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

_REFUSED = "FATAL"
_PASSES = ("starting up", "shutting down", "recovery", "too many", "remaining connection slots")
"""What a server says when it refuses for the moment."""


def read_url(text: str) -> URL:
    """The address as hosts give it, `postgres://…` too; raises `DatabaseError`, without the address."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise _unreadable() from None
    if url.drivername not in SCHEMES or not url.database:
        raise _unreadable()
    url = url.set(drivername=DRIVER)
    password = url.query.get("password")
    if isinstance(password, str):  # where it is hidden when the address is shown
        url = url.difference_update_query(["password"]).set(password=password)
    return url


def _unreadable() -> DatabaseError:
    return DatabaseError(
        "database_url can't be used: expected an address like postgresql://user:password@host:5432/name "
        "(in the password, characters such as @ : / # are written as %40 %3A %2F %23)."
    )


def shown(url: URL) -> str:
    """Where it is, for people: without user, password and options."""
    port = f":{url.port}" if url.port else ""
    return f"{url.database} at {url.host or url.query.get('host') or 'this computer'}{port}"


def open_postgresql(url: URL, wait_seconds: float = START_SECONDS) -> Engine:
    """Raises `DatabaseError` where nobody answers for that long, or we are not let in."""
    given = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "arenabridge",
        "prepare_threshold": None,
        "tcp_user_timeout": SILENCE_MILLISECONDS,
        **_ALIVE,
    }
    try:
        engine = create_engine(
            url,
            connect_args={name: value for name, value in given.items() if name not in url.query},
            pool_size=POOL_SIZE,
            max_overflow=MAX_OVERFLOW,
            pool_timeout=POOL_SECONDS,
            pool_pre_ping=True,  # the server may have been started again since
            hide_parameters=True,  # its errors are logged, and what is written may be nobody's business
        )
    except ModuleNotFoundError as error:
        raise DatabaseError(
            "database_url needs the extra `replicas`, which is not installed: install arenabridge[replicas]."
        ) from error
    event.listen(engine, "connect", _limit_times)
    event.listen(engine, "before_cursor_execute", _without_nul, retval=True)
    try:
        _wait_for(engine, wait_seconds)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _wait_for(engine: Engine, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
    until, is_told = now() + seconds, False
    while True:
        try:
            with engine.connect():
                return
        except DBAPIError as error:
            said = _one_line(error)
            if _is_final(said) or now() >= until:
                raise DatabaseError(f"The database {shown(engine.url)} can't be used: {said}") from None
            if not is_told:
                _log.warning("the database %s can't be used yet, waiting: %s", shown(engine.url), said)
                is_told = True
            time.sleep(AGAIN_SECONDS)


def _one_line(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())


def _is_final(said: str) -> bool:
    """Whether there is no point in asking again: a wrong password, a missing database, an unknown option."""
    refused = _REFUSED in said and not any(each in said for each in _PASSES)
    return refused or "connection option" in said or "invalid sslmode" in said


def _limit_times(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_SECONDS}s'")
    cursor.close()
    connection.commit()


def _without_nul(
    _connection: object, _cursor: object, statement: str, parameters: Any, _context: object, _many: object
) -> tuple[str, Any]:
    """PostgreSQL's texts can't hold U+0000, which clients may send in any name: it becomes U+FFFD."""
    return statement, [_clean(row) for row in parameters] if isinstance(parameters, list) else _clean(parameters)


def _clean(row: Any) -> Any:
    if not isinstance(row, dict) or not any(isinstance(value, str) and "\x00" in value for value in row.values()):
        return row
    return {name: value.replace("\x00", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}
