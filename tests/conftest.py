"""What holds for all tests."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.postgres import Postgres, running_postgres
from servers.sql import Sql, of_file, of_server


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """How much is logged can be changed while a gateway runs, which is for the whole process."""
    logger = logging.getLogger("arenabridge")
    before = logger.level
    yield
    logger.setLevel(before)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real server for all tests of this process; skipped where none is installed."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sql]:
    """A new database with our tables in it: of a file, then of a server."""
    if request.param == "sqlite":
        with of_file(tmp_path) as found:
            yield found
    else:
        with of_server(request.getfixturevalue("postgres")) as found:
            yield found
