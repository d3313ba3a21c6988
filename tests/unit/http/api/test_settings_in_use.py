"""The settings that are in use: where each is from, what can be changed, what is never shown."""

from pathlib import Path
from typing import Any

import json5
import pytest
from sqlalchemy import select

from arenabridge.errors import InvalidRequest
from arenabridge.http.api.settings_in_use import SECRET, Setting, SettingsInUse
from arenabridge.settings import FILE_NAME, Settings, load_settings, with_saved
from arenabridge.storage.saved_settings import SavedSettings
from arenabridge.storage.tables.shared import saved_settings
from servers.sql import Sql

FILE = '{\n  // mine\n  "queue_length": 7,\n  "log_level": "debug",\n  "file_bed_api_key": "file-secret",\n}\n'


def in_use(data_dir: Path, applied: list[Settings] | None = None) -> SettingsInUse:
    (data_dir / FILE_NAME).write_text(FILE, encoding="utf-8")
    environment = {"ARENABRIDGE_SLOTS": "3", "ARENABRIDGE_HIDDEN_MODELS": "a, b"}
    settings = load_settings({"data_dir": data_dir, "port": 7000}, environment)
    apply = ([] if applied is None else applied).append
    return SettingsInUse(settings, environment, {"log_level": apply, "aliases": apply})


def one(settings: SettingsInUse, name: str) -> Setting:
    return next(setting for setting in settings.all() if setting.name == name)


@pytest.mark.parametrize(
    ("name", "source", "value"),
    [
        ("port", "flag", 7000),
        ("slots", "environment", 3),
        ("hidden_models", "environment", ("a", "b")),
        ("queue_length", "file", 7),
        ("host", "default", "127.0.0.1"),
    ],
)
def test_each_says_where_it_is_from(tmp_path: Path, name: str, source: str, value: Any) -> None:
    setting = one(in_use(tmp_path), name)
    assert (setting.source, setting.value) == (source, value)
    assert setting.about


def test_all_are_there_in_their_order_and_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = in_use(tmp_path).all()
    assert [setting.name for setting in settings] == list(Settings.__struct_fields__)
    assert "file-secret" not in repr(settings)
    assert one(in_use(tmp_path), "file_bed_api_key").is_set


def test_a_change_goes_into_the_file_and_waits_for_a_restart(tmp_path: Path) -> None:
    settings = in_use(tmp_path)
    settings.change({"queue_length": 9})
    changed = one(settings, "queue_length")
    assert (changed.value, changed.in_file, changed.waits_for_restart) == (7, 9, True)
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == FILE.replace("7", "9")
    settings.change({"queue_length": 7})
    assert not one(settings, "queue_length").waits_for_restart


def test_a_few_work_at_once_and_can_be_taken_back(tmp_path: Path) -> None:
    applied: list[Settings] = []
    settings = in_use(tmp_path, applied)
    settings.change({"log_level": "warning", "aliases": {"fast": ["x"]}})
    assert [(each.log_level, each.aliases) for each in applied][-1] == ("warning", {"fast": ("x",)})
    assert not one(settings, "log_level").waits_for_restart
    settings.change({"log_level": None})
    restored = one(settings, "log_level")
    assert (restored.value, restored.source, restored.in_file) == ("info", "default", None)
    assert settings.current.aliases == {"fast": ("x",)}


@pytest.mark.parametrize(
    "changes",
    [
        {"queue_length": "many"},
        {"queue_length": 8, "unknown": 1},
        {"port": 1},
        {"slots": 1},
        {"data_dir": "/"},
        {"browser_program": "/bin/sh"},
        {"browser_without_sandbox": True},
        {"host": "0.0.0.0", "require_api_key": False},  # noqa: S104 - what must be refused
        {"site_origins": ["nowhere"]},
    ],
)
def test_what_may_not_be_changes_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    settings = in_use(tmp_path)
    with pytest.raises(InvalidRequest):
        settings.change(changes)
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == FILE


def test_a_file_that_a_person_broke_meanwhile_is_not_touched(tmp_path: Path) -> None:
    settings = in_use(tmp_path)
    (tmp_path / FILE_NAME).write_text("{ broken", encoding="utf-8")
    with pytest.raises(InvalidRequest):
        settings.change({"queue_length": 9})
    assert one(settings, "queue_length").value == 7
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == "{ broken"


def test_the_first_change_begins_the_file(tmp_path: Path) -> None:
    settings = SettingsInUse(Settings(data_dir=tmp_path), {}, {})
    settings.change({"queue_length": 9})
    assert json5.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8")) == {"queue_length": 9}


def of_a_fleet(sql: Sql, data_dir: Path, told: list[str] | None = None) -> SettingsInUse:
    """On a database that several gateways share, with one at-once setting."""
    saved = SavedSettings(sql.open(), b"k" * 32, SECRET)
    (data_dir / FILE_NAME).write_text(FILE, encoding="utf-8")
    settings = with_saved(load_settings({"data_dir": data_dir}, {}), {}, saved.all())
    tell = ([] if told is None else told).append
    return SettingsInUse(settings, {}, {"log_level": lambda _: None}, saved=saved, changed=lambda: tell("changed"))


def test_what_is_saved_for_all_is_stronger_than_the_file_and_weaker_than_a_flag(sql: Sql, tmp_path: Path) -> None:
    told: list[str] = []
    of_a_fleet(sql, tmp_path, told).change({"queue_length": 9, "slots": 4})
    assert told == ["changed"]
    again = of_a_fleet(sql, tmp_path)
    assert [(one(again, name).source, one(again, name).value) for name in ("queue_length", "slots", "log_level")] == [
        ("saved", 9),
        ("saved", 4),
        ("file", "debug"),
    ]
    again.change({"queue_length": None})
    assert (one(again, "queue_length").saved, one(again, "queue_length").in_file) == (None, 7)
    assert one(again, "queue_length").waits_for_restart
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == FILE
    environment = {"ARENABRIDGE_SLOTS": "2"}
    assert with_saved(load_settings({"data_dir": tmp_path}, environment), environment, {"slots": 4}).slots == 2


def test_what_another_gateway_saved_is_taken_up_and_given_up(sql: Sql, tmp_path: Path) -> None:
    here, there = of_a_fleet(sql, tmp_path), of_a_fleet(sql, tmp_path)
    there.change({"log_level": "error"})
    here.read_again()
    assert (here.current.log_level, one(here, "log_level").source) == ("error", "saved")
    there.change({"log_level": None})
    here.read_again()
    assert (here.current.log_level, one(here, "log_level").source) == ("debug", "file")


@pytest.mark.parametrize("name", ["port", "host", "database_url", "redis_url", "files_dir", "data_dir"])
def test_what_may_differ_between_gateways_is_not_saved_for_all(sql: Sql, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest):
        of_a_fleet(sql, tmp_path).change({name: None})
    assert one(of_a_fleet(sql, tmp_path), name).is_fixed


def test_secrets_are_encrypted_at_rest_and_with_another_secret_left_out(sql: Sql, tmp_path: Path) -> None:
    of_a_fleet(sql, tmp_path).change({"metrics_token": "s3cret", "queue_length": 9})
    with sql.open().connect() as connection:
        kept = {row.name: row.value for row in connection.execute(select(saved_settings))}
    assert "s3cret" not in kept["metrics_token"]
    assert one(of_a_fleet(sql, tmp_path), "metrics_token").is_set
    assert SavedSettings(sql.open(), b"o" * 32, SECRET).all() == {"queue_length": 9}


def test_what_another_version_saved_is_left_out(sql: Sql, tmp_path: Path) -> None:
    saved = SavedSettings(sql.open(), b"k" * 32, SECRET)
    saved.write({"of_tomorrow": 1, "queue_length": "many", "slots": 4})
    settings = of_a_fleet(sql, tmp_path)
    assert (settings.current.queue_length, settings.current.slots) == (7, 4)
    assert [each.name for each in settings.all()] == list(Settings.__struct_fields__)
