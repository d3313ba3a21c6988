"""The database file: made, migrated, opened again, wherever it lies; and the models kept in it."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, text

from arenabridge.accounts.keys import ApiKeyStore
from arenabridge.storage.database import FILE_NAME, open_database
from arenabridge.storage.site_models import SiteModelStore
from arenabridge.storage.tables import metadata, site_models
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel
from arenabridge.wire.profile import ClientProfile
from servers.sql import Sql


@pytest.fixture
def database(sql: Sql) -> Engine:
    return sql.open()


def model(number: int, name: str = "gpt") -> KnownModel:
    site_model = SiteModel(
        id=f"id-{number}",
        public_name=name,
        organization="acme",
        inputs=Inputs(text=True, image=True),
        outputs=Outputs(image=True, aspect_ratios=("1:1", "3:2")),
        rank=number,
        rank_by_modality={"chat": 2**53 - 2},
    )
    return KnownModel(model=site_model, first_seen=1.5, last_seen=2.5, available=number != 2)


SEEN = {"first_seen": 1.0, "last_seen": 2.0, "available": True}


def test_migrations_make_the_tables_that_the_code_knows(database: Engine) -> None:
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_an_older_version_kept_is_there_after_a_migration(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with older_version(path, "0001").begin() as connection:
        connection.execute(text("INSERT INTO api_keys VALUES ('id', x'01', 'sk-', 'old', 5.0, NULL)"))
        connection.execute(text("""INSERT INTO site_models VALUES ('1', 0, '{"id":"1","public_name":"gpt"}')"""))
    database = open_database(path)
    (key,) = ApiKeyStore(database, b"").all()
    assert (key.name, key.profile) == ("old", ClientProfile())
    assert [each.model.public_name for each in SiteModelStore(database).load()] == ["gpt"]


def older_version(path: Path, revision: str) -> Engine:
    engine = open_database(path)
    config = Config()
    config.set_main_option("script_location", "arenabridge.storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    return engine


def test_readers_never_wait_for_the_writer(tmp_path: Path) -> None:
    with open_database(tmp_path / FILE_NAME).connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_database_that_is_opened_again_keeps_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "deep" / FILE_NAME
    SiteModelStore(open_database(path)).replace([model(1)])
    assert SiteModelStore(open_database(path)).load() == [model(1)]


@pytest.mark.parametrize("name", ["what?", "100%", "#1", "a b", "é 四", "%2e", "?mode=memory", "x&y=z", "a:b@c"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    open_database(tmp_path / name / FILE_NAME).dispose()
    assert (tmp_path / name / FILE_NAME).is_file()
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_models_come_back_in_their_order(database: Engine) -> None:
    store = SiteModelStore(database)
    assert store.load() == []
    models = [model(number, name) for number, name in ((3, "四 😀"), (1, "\x00\u2028"), (2, 'a "b"'))]
    store.replace(models)
    assert store.load() == models
    with database.begin() as connection:
        row = {"id": "late", "position": -1, "model": '{"id":"late","public_name":"but first"}', **SEEN}
        connection.execute(insert(site_models).values(row))
    assert [each.model.public_name for each in store.load()][:2] == ["but first", "四 😀"]


def test_what_is_replaced_is_gone(database: Engine) -> None:
    store = SiteModelStore(database)
    store.replace([model(1), model(2)])
    store.replace([model(2, "renamed")])
    assert store.load() == [model(2, "renamed")]
    store.replace([])
    assert store.load() == []


def test_a_replacement_that_fails_leaves_what_was_there(database: Engine) -> None:
    store = SiteModelStore(database)
    store.replace([model(1)])
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.replace([model(2), model(2)])
    assert store.load() == [model(1)]


@pytest.mark.parametrize("kept", ["", "{", "[]", "{}", '{"id":7,"public_name":"x"}'])
def test_a_model_of_a_form_that_is_not_known_is_left_out(database: Engine, kept: str) -> None:
    store = SiteModelStore(database)
    store.replace([model(1)])
    with database.begin() as connection:
        connection.execute(insert(site_models).values(id="odd", position=0, model=kept, **SEEN))
    assert store.load() == [model(1)]


def test_fields_of_a_newer_version_do_not_hide_a_model(database: Engine) -> None:
    with database.begin() as connection:
        row = {"id": "1", "position": 0, "model": '{"id":"1","public_name":"x","later":true}', **SEEN}
        connection.execute(insert(site_models).values(row))
    assert [each.model.public_name for each in SiteModelStore(database).load()] == ["x"]


def test_there_are_no_tables_but_those_and_alembics(database: Engine) -> None:
    assert set(inspect(database).get_table_names()) == {*metadata.tables, "alembic_version"}
