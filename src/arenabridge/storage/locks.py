"""
What only one process may do at a time, where several share a database.

On PostgreSQL these are advisory locks, which the server lets go of when the transaction ends or its client dies. A
SQLite file has one writer at a time anyway.
"""

from enum import IntEnum

from sqlalchemy import Connection, func, select

_OURS = 0x41726E61
"""The first half of the locks' numbers, so that they meet nobody else's in the same database."""


class Lock(IntEnum):
    """The second half."""

    MIGRATION = 1
    PEOPLE = 2
    """Who the first administrator is, and who the last."""
    MODELS = 3
    FILES = 4
    """Contents and entries belong together, and so do quotas."""
    SETTINGS = 5
    SECRET = 6


def hold(connection: Connection, lock: Lock) -> None:
    """Wait until nobody else holds it, and hold it until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_OURS, lock.value)))
