"""The address of a Redis server may hold a password, which nobody is shown."""

from pathlib import Path

import pytest

from arenabridge.app.engines import engine_of
from arenabridge.engine.local import LocalEngine
from arenabridge.engine.redis.engine import RedisEngine
from arenabridge.engine.redis.server import shown
from arenabridge.http.api.settings_in_use import SECRET
from arenabridge.hub.tasks import Tasks
from arenabridge.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://:hunter2@cache.example:6380/2", "cache.example:6380"),
        ("rediss://me:hunter2@cache.example", "cache.example"),
        ("unix://:hunter2@/run/redis.sock?db=1", "/run/redis.sock"),
        ("redis://:hunter2/@cache.example:x/0", "an address that can't be read"),
    ],
)
def test_an_address_is_shown_without_what_lets_one_in(url: str, where: str) -> None:
    assert shown(url) == where


def test_a_setting_that_is_no_address_is_refused_without_being_repeated(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, redis_url="redis://:hunter2/@cache.example:x/0")
    with pytest.raises(SettingsError, match="redis_url can't be used") as refused:
        engine_of(settings, Tasks())
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_the_dashboard_never_shows_it() -> None:
    assert {"redis_url", "database_url"} <= SECRET


async def test_with_an_address_the_queue_is_the_fleets_and_without_ones_own(tmp_path: Path) -> None:
    alone = Settings(data_dir=tmp_path)
    joined = Settings(data_dir=tmp_path, redis_url="redis://cache.example")
    assert isinstance(engine_of(alone, Tasks()), LocalEngine)
    assert isinstance(engine_of(joined, Tasks()), RedisEngine)
