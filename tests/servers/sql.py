"""A database of a test's own, of either kind; what it opens is closed again."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from arenabridge.storage.database import FILE_NAME, open_database
from servers.postgres import Postgres


@dataclass
class Sql:
    """`place` is a path or an address, as `open_database` takes it."""

    place: Path | str
    _opened: list[Engine] = field(default_factory=list)

    def open(self) -> Engine:
        """As a process would that begins: each has connections of its own."""
        engine = open_database(self.place)
        self._opened.append(engine)
        return engine

    def close(self) -> None:
        for engine in self._opened:
            engine.dispose()


@contextlib.contextmanager
def of_file(folder: Path) -> Iterator[Sql]:
    sql = Sql(folder / FILE_NAME)
    try:
        yield sql
    finally:
        sql.close()


@contextlib.contextmanager
def of_server(server: Postgres) -> Iterator[Sql]:
    with server.database() as url:
        sql = Sql(url)
        try:
            yield sql
        finally:
            sql.close()
