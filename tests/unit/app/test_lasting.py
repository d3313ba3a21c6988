"""A disk that will be thrown away is warned of, with what is lost; one that lasts is not."""

from pathlib import Path

import pytest

from arenabridge.app.lasting import warning_of_loss
from arenabridge.settings import Settings

ON_THE_ROOT = Path("/var/lib/arenabridge-that-is-not-there")
MOUNTED = Path("/proc/anything")
SECRET = "s" * 40


@pytest.mark.parametrize(
    ("environment", "is_container"), [({"RENDER": "true"}, False), ({"DYNO": "web.1"}, False), ({}, True)]
)
def test_where_disks_are_thrown_away_everything_is_lost(environment: dict[str, str], *, is_container: bool) -> None:
    said = warning_of_loss(Settings(data_dir=ON_THE_ROOT), environment, lambda _: is_container)
    assert said is not None
    words = ("people, keys and use", "the secret", "pictures and files")
    assert all(word.upper() in said for word in words)
    assert str(ON_THE_ROOT) in said


def test_what_is_kept_elsewhere_is_not_named() -> None:
    settings = Settings(data_dir=ON_THE_ROOT, database_url="postgresql://db/x")
    said = warning_of_loss(settings, {"RENDER": "true", "ARENABRIDGE_SECRET_KEY": SECRET}, lambda _: False)
    assert said is not None
    assert said.startswith("PICTURES AND FILES WILL NOT LAST")
    assert not {"DATABASE_URL", "ARENABRIDGE_SECRET_KEY"} & set(said.replace(".", " ").split())


def test_nothing_is_said_where_everything_is_kept_elsewhere_and_files_have_a_disk_of_their_own() -> None:
    settings = Settings(data_dir=ON_THE_ROOT, database_url="postgresql://db/x", files_dir=str(MOUNTED))
    environment = {"RENDER": "true", "ARENABRIDGE_SECRET_KEY": SECRET}
    assert warning_of_loss(settings, environment, lambda _: False) is None
    lost = Settings(data_dir=MOUNTED, database_url="postgresql://db/x", files_dir=str(ON_THE_ROOT))
    assert f"the disk of {ON_THE_ROOT}" in (warning_of_loss(lost, environment, lambda _: False) or "")


def test_a_disk_that_is_mounted_there_and_a_computer_of_ones_own_last() -> None:
    assert warning_of_loss(Settings(data_dir=MOUNTED), {"RENDER": "true"}, lambda _: True) is None
    assert warning_of_loss(Settings(data_dir=ON_THE_ROOT), {}, lambda _: False) is None
