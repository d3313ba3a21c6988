"""A database that several gateways share: opened by all at once, waited for, and never told about with its password."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from arenabridge.accounts.audit import AuditLog
from arenabridge.accounts.people import People, Person
from arenabridge.errors import AlreadyThere
from arenabridge.storage.database import open_database
from arenabridge.storage.failure import DatabaseError
from arenabridge.storage.postgresql import SCHEMES, open_postgresql, read_url, shown
from arenabridge.storage.site_models import SiteModelStore
from arenabridge.storage.tables import metadata, site_models
from arenabridge.storage.tables.usage import usage_days
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.store import UsageStore
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel
from servers.postgres import Postgres
from servers.sql import Sql, of_server

OPENER = """
import sys
from arenabridge.storage.database import open_database
open_database(sys.argv[1]).dispose()
print("opened")
"""


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Sql]:
    with of_server(postgres) as found:
        yield found


def together(*doing: Callable[[], object]) -> list[object]:
    """What each returned, or that it was refused; all begin at the same moment."""
    ready = threading.Barrier(len(doing))

    def run(one: Callable[[], object]) -> object:
        ready.wait()
        try:
            return one()
        except AlreadyThere as error:
            return type(error)

    with ThreadPoolExecutor(len(doing)) as threads:
        return list(threads.map(run, doing))


def test_of_four_that_start_at_once_one_migrates_and_all_can_begin(postgres: Postgres) -> None:
    with postgres.empty_database() as url:
        openers = [
            subprocess.Popen([sys.executable, "-c", OPENER, url], stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
            for _ in range(4)
        ]
        assert [opener.communicate()[0] for opener in openers] == ["opened\n"] * 4
        engine = open_database(url)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(postgres: Postgres) -> None:
    with postgres.empty_database() as url:
        engine = open_database(url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        engine.dispose()
        with pytest.raises(DatabaseError, match="newer version"):
            open_database(url)


def test_one_that_is_not_there_yet_is_waited_for_but_not_for_ever(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = read_url(f"postgresql://somebody:s3cret@127.0.0.1:{postgres.port + 1}/x?password=s3cret")
    with caplog.at_level(logging.WARNING), pytest.raises(DatabaseError, match=r"x at 127\.0\.0\.1") as refused:
        open_postgresql(nobody, wait_seconds=0.1)
    assert "waiting" in caplog.text
    assert "s3cret" not in caplog.text + str(refused.value)


def test_who_is_not_let_in_is_told_at_once(postgres: Postgres) -> None:
    for change, words in ({"database": "nowhere"}, "does not exist"), ({"query": {"odd": "1"}}, "odd"):
        with pytest.raises(DatabaseError, match=words) as refused:
            open_postgresql(read_url(postgres.url("postgres")).set(**change), wait_seconds=60)
        assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_address_is_taken_as_hosts_give_it(scheme: str) -> None:
    url = read_url(f" {scheme}://me:s3cr%40t@db.example:6543/data?sslmode=require\n")
    assert (url.drivername, url.password, url.query) == ("postgresql+psycopg", "s3cr@t", {"sslmode": "require"})
    assert shown(url) == "data at db.example:6543"


@pytest.mark.parametrize("odd", ["", "x", "mysql://me:s3cret@h/d", "postgres://me:s3cret@h", "postgres://h:s3cret/d"])
def test_what_is_no_address_is_refused_without_being_repeated(odd: str) -> None:
    with pytest.raises(DatabaseError, match="postgresql://user:password@host") as refused:
        open_database(odd)
    assert "s3cret" not in str(refused.value)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseError, match=r"arenabridge\[replicas\]"):
        open_database("postgres://h/d")


def test_connections_that_the_server_has_ended_are_replaced(shared: Sql, postgres: Postgres) -> None:
    people = People(shared.open())
    assert people.all() == []
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'with_tables'")
    assert people.all() == []


def test_of_two_gateways_one_makes_the_first_administrator(shared: Sql) -> None:
    houses = [People(shared.open()) for _ in range(2)]
    names = [f"admin {number}" for number in range(4)]
    made = together(
        *(lambda n=name, h=houses[i % 2]: h.add(n, None, "admin", "", only_first=True) for i, name in enumerate(names))
    )
    assert made.count(AlreadyThere) == 3
    assert len(houses[0].all()) == 1


def test_two_administrators_can_not_take_it_from_each_other_at_once(shared: Sql) -> None:
    houses = [People(shared.open()) for _ in range(2)]
    users = [houses[0].add(name, None, "admin", "") for name in ("one", "two")]
    for _ in range(5):
        told = together(*(lambda h=h, u=u: h.change(u.id, role="user") for h, u in zip(houses, users, strict=True)))
        assert told.count(AlreadyThere) == 1
        for user in users:
            houses[0].change(user.id, role="admin")


def test_what_two_gateways_write_at_once_adds_up(shared: Sql) -> None:
    stores = [UsageStore(shared.open()) for _ in range(2)]

    def write(gateway: int) -> None:
        for batch in range(10):
            ids = [1 + gateway + 2 * (batch * 20 + number) for number in range(20)]
            stores[gateway].write([(record(id_), None) for id_ in ids])

    together(lambda: write(0), lambda: write(1))
    with stores[0].engine.connect() as connection:
        assert connection.execute(select(func.sum(usage_days.c.requests))).scalar_one() == 400


def record(id_: int) -> RequestRecord:
    return RequestRecord(id=id_, request_id="r", at=0.0, key_id=f"k{id_ % 7}", key_name="k", model=f"m{id_ % 5}")


def test_two_gateways_can_replace_the_models_at_once(shared: Sql) -> None:
    stores = [SiteModelStore(shared.open()) for _ in range(2)]

    def model(number: int) -> KnownModel:
        site = SiteModel(id=str(number), public_name="m", organization="", inputs=Inputs(), outputs=Outputs())
        return KnownModel(model=site, first_seen=1.0, last_seen=2.0)

    lists = [[model(number) for number in numbers] for numbers in (range(30), range(20, 60))]

    def replace(gateway: int) -> None:
        for _ in range(10):
            stores[gateway].replace(lists[gateway])

    together(lambda: replace(0), lambda: replace(1))
    assert stores[0].load() in lists
    with stores[0]._engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(site_models)).scalar_one() in {30, 40}


@pytest.mark.parametrize("change", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"])
def test_the_server_itself_refuses_changes_to_what_was_done(shared: Sql, change: str) -> None:
    engine = shared.open()
    audit = AuditLog(engine)
    audit.record(Person("1", "Ada", None, "admin"), "key.created", "k")
    with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as connection:
        connection.execute(text(change))
    assert [act.action for act in audit.page()] == ["key.created"]
