"""Of several gateways one has a duty, until it leaves it or is not heard of; a gateway alone has all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from arenabridge.storage.duties import Duties
from servers.postgres import Postgres
from servers.sql import Sql, of_file, of_server


class Two:
    """Gateways on one database, on a clock that the test sets."""

    def __init__(self, sql: Sql) -> None:
        self.now = 1000.0
        self.one, self.two = (Duties(sql.open(), name, lambda: self.now) for name in ("one", "two"))


@pytest.fixture
def two(postgres: Postgres) -> Iterator[Two]:
    with of_server(postgres) as sql:
        yield Two(sql)


def test_one_has_it_as_long_as_it_asks_again(two: Two) -> None:
    assert [two.one.hold("alerts", 30), two.two.hold("alerts", 30), two.two.hold("sweeping", 30)] == [True, False, True]
    two.now += 29
    assert two.one.hold("alerts", 30)
    two.now += 29
    assert not two.two.hold("alerts", 30)
    two.now += 2
    assert [two.two.hold("alerts", 30), two.one.hold("alerts", 30)] == [True, False]
    two.two.leave()
    assert two.one.hold("alerts", 30)


def test_of_all_that_ask_at_once_one_gets_it(two: Two) -> None:
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda number: (two.one if number % 2 else two.two).hold("x", 30), range(8)))
    assert told[::2] == [told[0]] * 4
    assert told[1::2] == [not told[0]] * 4


def test_a_gateway_alone_has_all(tmp_path: Path) -> None:
    with of_file(tmp_path) as sql:
        alone = Two(sql)
        assert alone.one.hold("alerts", 30)
        assert alone.two.hold("alerts", 30)
