"""A file of settings of an earlier bridge is one of ours: what it says is done, or named with the reason."""

from pathlib import Path
from typing import Any

import pytest

from arenabridge.earlier.settings import about_variables, translate
from arenabridge.http.api.settings_in_use import SettingsInUse
from arenabridge.settings import FILE_NAME, Settings, SettingsError, load_settings, notes_on

SHIPPED = """\
{
  // 版本 "version": "9.9.9" { [
  "version": "2.7.6", /* as it came */
  "session_id": "YOUR_SESSION_ID",
  "message_id": "YOUR_MESSAGE_ID", // filled in by the updater
  "id_updater_last_mode": "battle",
  "id_updater_battle_target": "B",
  "enable_auto_update": false,
  "bypass_enabled": true,
  "tavern_mode_enabled": false,
  "file_bed_enabled": false,
  "file_bed_upload_url": "http:\\/\\/127.0.0.1:5180\\/upload",
  "file_bed_api_key": "your_secret_api_key",
  "use_default_ids_if_mapping_not_found": true,
  "stream_response_timeout_seconds": 400,
  "enable_idle_restart": true,
  "idle_restart_timeout_seconds": -1,
  "use_dashboard_tokens": true,
  "api_key": "",
  "log_level": "INFO",
  "deployment_mode": "cloud",
  "worker_settings": {
    "require_authentication": true, "heartbeat_interval_seconds": 30, "max_workers": 10,
    "worker_timeout_seconds": 120, "valid_tokens": [],
    "color": "blue"
  },
  "queue_settings": {
    "max_wait_seconds": 45, // seconds
    "reject_when_no_workers": false,
  },
  "cloud_settings": {"public_ws_url": "wss://<your-app>/ws/worker", "cors_allowed_origins": ["*"]},
  "bypass_enable": true,
}
"""


def loaded(folder: Path, text: str, flags: dict[str, Any] | None = None, **environment: str) -> Settings:
    (folder / FILE_NAME).write_text(text, encoding="utf-8-sig")
    return load_settings({"data_dir": folder, **(flags or {})}, environment)


def test_a_file_as_it_came_is_understood(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SHIPPED)
    assert (settings.trailing_user_message, settings.role_mode) == ("always", "labelled")
    assert (settings.max_wait_seconds, settings.reject_when_no_workers) == (45, False)
    assert settings.stream_response_timeout_seconds == 400
    assert (settings.enable_idle_restart, settings.idle_restart_timeout_seconds) == (True, -1)
    assert settings.file_bed_upload_url == "http://127.0.0.1:5180/upload"
    assert (settings.log_level, settings.deployment_mode, settings.host) == ("info", "local", "127.0.0.1")
    assert settings.require_api_key  # its own tokens were required
    assert settings.cors_allowed_origins == ()


def test_what_is_declined_or_unknown_is_named_with_the_reason(tmp_path: Path) -> None:
    loaded(tmp_path, SHIPPED)
    notes = {note.name: note for note in notes_on(tmp_path)}
    assert notes["bypass_enable"].kind == notes["worker_settings.color"].kind == "unknown"
    assert "bypass_enabled" in notes["bypass_enable"].words
    assert "moderation" in notes["bypass_enabled"].words
    assert notes["deployment_mode"].kind == notes["cloud_settings.public_ws_url"].kind == "declined"
    assert "`*`" in notes["cloud_settings.cors_allowed_origins"].words


def test_a_file_of_ours_stays_strict(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="bypas_enabled"):
        loaded(tmp_path, '{"bypas_enabled": true, "port": 1}')


def test_our_name_wins_over_theirs_the_environment_over_both_and_ours_there_too(tmp_path: Path) -> None:
    file = '{"tavern_mode_enabled": true, "role_mode": "strict", "bypass_enabled": true, "enable_idle_restart": false}'
    assert loaded(tmp_path, file).role_mode == "strict"
    settings = loaded(tmp_path, file, TAVERN_MODE_ENABLED="1", BYPASS_ENABLED="False", FILE_BED_ENABLED="yes")
    assert (settings.role_mode, settings.trailing_user_message) == ("merge_system", "when_needed")
    assert settings.file_bed_enabled
    both = loaded(tmp_path, file, FILE_BED_API_KEY="theirs", ARENABRIDGE_FILE_BED_API_KEY="ours")
    assert both.file_bed_api_key == "ours"


@pytest.mark.parametrize(
    ("file", "required"),
    [
        ('{"bypass_enabled": true, "api_key": ""}', False),  # the older ones, where nothing was asked for
        ('{"bypass_enabled": true, "api_key": "a long shared key"}', True),
        ('{"bypass_enabled": true, "api_key": "", "use_dashboard_tokens": true}', True),
        ('{"bypass_enabled": true, "api_key": "", "use_dashboard_tokens": false}', False),
        ('{"bypass_enabled": true, "api_key": "", "queue_settings": {}}', True),
        ('{"bypass_enabled": true, "api_key": "", "require_api_key": true}', True),
        ('{"bypass_enabled": true}', False),  # they asked whether there is one, not for the line
        ('{"bypass_enabled": true, "cloud_settings": {}}', True),
        ('{"role_mode": "strict"}', True),  # ours
    ],
)
def test_who_needed_no_key_needs_none_on_this_computer(tmp_path: Path, file: str, *, required: bool) -> None:
    assert loaded(tmp_path, file).require_api_key is required
    assert loaded(tmp_path, file, {"host": "0.0.0.0"}).require_api_key  # noqa: S104 - that is the case


def test_with_an_address_for_others_keys_are_required_whatever_the_file_leaves_out(tmp_path: Path) -> None:
    file = """{"use_dashboard_tokens": false, "api_key": "", "deployment_mode": "local",
        "cloud_settings": {"public_ws_url": "wss://arena.example.org/ws/worker"}}"""
    settings = loaded(tmp_path, file)
    assert (settings.public_url, settings.require_api_key) == ("https://arena.example.org", True)
    (note,) = [note for note in notes_on(tmp_path, settings) if note.name == "api_key"]
    assert "no effect: others reach it at public_url, https://arena.example.org" in note.words
    with pytest.raises(SettingsError, match=r"arena\.example\.org"):
        loaded(tmp_path, file, ARENABRIDGE_REQUIRE_API_KEY="false")


def test_relays_need_a_credential_with_an_address_for_others(tmp_path: Path) -> None:
    relays = '"worker_settings": {"require_authentication": false}'
    assert not loaded(tmp_path, f"{{{relays}}}").require_worker_authentication
    settings = loaded(tmp_path, f'{{{relays}, "cloud_settings": {{"public_ws_url": "wss://a.example/ws/worker"}}}}')
    assert settings.require_worker_authentication
    notes = {note.name: note.words for note in notes_on(tmp_path, settings)}
    assert "https://a.example" in notes["worker_settings.require_authentication"]


@pytest.mark.parametrize(
    ("said", "name", "becomes"),
    [
        ('"stream_response_timeout_seconds": 0', "stream_response_timeout_seconds", 360),
        ('"stream_response_timeout_seconds": -1', "stream_response_timeout_seconds", 360),
        ('"worker_settings": {"worker_timeout_seconds": 20}', "worker_heartbeat_seconds", 10),
        ('"worker_settings": {"max_workers": 0}', "max_workers", 1000),
        ('"queue_settings": {"max_wait_seconds": 0}', "max_wait_seconds", 60),
        ('"idle_restart_timeout_seconds": null', "idle_restart_timeout_seconds", 300),
        ('"enable_idle_restart": "perhaps"', "enable_idle_restart", False),
        ('"file_bed_upload_url": "your-url/upload"', "file_bed_upload_url", None),
        ('"cors_allowed_origins": ["*"]', "cors_allowed_origins", ()),
    ],
)
def test_what_can_t_be_is_left_out_and_named(tmp_path: Path, said: str, name: str, becomes: object) -> None:
    settings = loaded(tmp_path, f'{{"version": "2.7.6", "api_key": "a long shared key", {said}}}')
    assert getattr(settings, name) == becomes
    (note,) = notes_on(tmp_path, settings)
    assert note.name.rpartition(".")[2] in said


def test_what_is_meant_otherwise_than_it_is_written_is_understood(tmp_path: Path) -> None:
    settings = loaded(tmp_path, '{"version": "2.7.6", "enable_idle_restart": "yes", "api_key": 123456}')
    assert (settings.enable_idle_restart, settings.api_key, notes_on(tmp_path, settings)) == (True, "123456", ())
    assert loaded(tmp_path, "").require_api_key


@pytest.mark.parametrize("file", ["dashboard.db", "config.json"])
def test_a_file_of_theirs_that_only_an_import_reads_is_named(tmp_path: Path, file: str) -> None:
    (tmp_path / file).touch()
    (note,) = notes_on(tmp_path)
    assert (note.name, "arenabridge import" in note.words) == (file, True)


def test_worker_settings_become_ours_as_far_as_there_are_such() -> None:
    theirs = {"worker_settings": {"valid_tokens": ["a"], "max_workers": 3, "require_authentication": False}}
    ours = {"worker_tokens", "max_workers"}
    translated = translate(theirs, ours)
    assert translated.values == {"worker_tokens": ["a"], "max_workers": 3}
    assert [note.name for note in translated.notes] == ["worker_settings.require_authentication"]


def test_an_edit_changes_the_setting_where_it_stands_and_not_a_byte_beside_it(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SHIPPED)
    in_use = SettingsInUse(settings, {}, {})
    in_use.change({"max_wait_seconds": 50.0, "trailing_user_message": "when_needed"})
    edited = SHIPPED.replace('"max_wait_seconds": 45', '"max_wait_seconds": 50.0')
    edited = edited.replace('"bypass_enabled": true', '"bypass_enabled": false')
    assert in_use.path.read_text(encoding="utf-8-sig") == edited
    in_use.change({"trailing_user_message": "never", "reject_when_no_workers": None})
    edited = edited.replace(
        '  "bypass_enable": true,\n', '  "bypass_enable": true,\n  "trailing_user_message": "never",\n'
    )
    edited = edited.replace('    "reject_when_no_workers": false,\n', "")
    assert in_use.path.read_text(encoding="utf-8-sig") == edited
    assert loaded(tmp_path, edited).trailing_user_message == "never"


def test_a_heartbeat_of_theirs_fits_into_a_time_out_of_ours(tmp_path: Path) -> None:
    both = loaded(tmp_path, '{"worker_settings": {"heartbeat_interval_seconds": 30, "worker_timeout_seconds": 40}}')
    assert (both.worker_heartbeat_seconds, both.worker_timeout_seconds) == (20, 40)
    one = loaded(tmp_path, '{"worker_settings": {"heartbeat_interval_seconds": 30}}')
    assert (one.worker_heartbeat_seconds, one.worker_timeout_seconds) == (30, 120)


def test_a_key_that_could_be_guessed_is_for_this_computer_alone(tmp_path: Path) -> None:
    assert loaded(tmp_path, '{"api_key": "123456"}').api_key == "123456"
    with pytest.raises(SettingsError, match="at least 16"):
        loaded(tmp_path, '{"api_key": "123456"}', {"host": "0.0.0.0"})  # noqa: S104 - that is the case


def test_variables_without_effect_are_named() -> None:
    notes = about_variables({"LM_BRIDGE_PROXY_DEBUG": "1", "BYPASS_ENABLED": "maybe", "FILE_BED_ENABLED": "1"})
    assert [note.name for note in notes] == ["LM_BRIDGE_PROXY_DEBUG", "BYPASS_ENABLED"]
