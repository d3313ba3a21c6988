"""A gateway is one process; who asks for more is told why not, and what instead."""

from pathlib import Path

import pytest

from arenabridge.app import StartError, check_processes
from arenabridge.settings import Settings

ALONE = Settings(data_dir=Path("unused"))
OF_A_FLEET = Settings(data_dir=Path("unused"), database_url="postgresql://h/d", redis_url="redis://h")


@pytest.mark.parametrize(
    ("settings", "flag", "variable", "words"),
    [
        (ALONE, 2, "", "--workers 2.*REDIS_URL"),
        (ALONE, None, "4", "WEB_CONCURRENCY=4.*REDIS_URL"),
        (OF_A_FLEET, None, "2", "start 2 gateways.*--data-dir"),
        (OF_A_FLEET, 3, "1", "--workers 3.*docs/replicas"),
    ],
)
def test_more_than_one_is_refused_with_the_reason(
    settings: Settings, flag: int | None, variable: str, words: str
) -> None:
    with pytest.raises(StartError, match=f"{words}.*") as refused:
        check_processes(settings, flag, {"WEB_CONCURRENCY": variable})
    assert "its own queue" in str(refused.value)


@pytest.mark.parametrize(("flag", "variable"), [(None, ""), (1, ""), (None, "1"), (1, "8"), (None, "auto")])
def test_one_is_fine(flag: int | None, variable: str) -> None:
    check_processes(ALONE, flag, {"WEB_CONCURRENCY": variable})
