"""What people write for a relay is understood as they meant it, or named."""

import re
from pathlib import Path
from typing import Any

import pytest

from arenabridge.settings import SettingsError
from arenabridge.worker.relay.configuration import FOLDER, Loaded, RelayConfiguration, load_configuration
from project.documents import document

EARLIER = """
// Worker Configuration
{
  "worker_id": "worker-001",
  "worker_auth_token": "wk-token", // from WORKER_TOKENS
  /* where the gateway is */
  "cloud_server_url": "wss://bridge.example.org/ws/worker",
  "auto_reconnect": "true",
  "reconnect_delay_seconds": "5",
  "max_reconnect_attempts": 0,
  "send_heartbeat": true,
  "heartbeat_interval_seconds": 30,
  "session_id": "YOUR_SESSION_ID",
  "message_id": "YOUR_MESSAGE_ID",
  "id_updater_last_mode": "direct_chat",
  "id_updater_battle_target": "A",
  "enable_logging": true,
  "log_level": "INFO",
}
"""


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load_from(text: str = "{}", flags: dict[str, Any] | None = None, **environment: str) -> Loaded:
        folder = tmp_path / FOLDER
        folder.mkdir(exist_ok=True)
        (folder / "worker_config.jsonc").write_text(text, encoding="utf-8")
        return load_configuration(flags or {}, environment, data_dir=tmp_path)

    return load_from


def test_the_file_of_the_earlier_bridges_is_understood_as_it_is(load: Any) -> None:
    loaded = load(EARLIER)
    wanted = loaded.configuration
    assert loaded.notes == ()
    assert (wanted.worker_id, wanted.token, wanted.gateway) == (
        "worker-001", "wk-token", "wss://bridge.example.org/ws/worker",
    )  # fmt: skip
    assert (wanted.auto_reconnect, wanted.reconnect_delay_seconds, wanted.heartbeat_interval_seconds) == (True, 5, 30)


def test_flags_go_before_the_environment_and_that_before_the_file(load: Any) -> None:
    environment = {"CLOUD_SERVER_URL": "https://two.example", "WORKER_ID": "two", "WORKER_AUTH_TOKEN": "two"}
    wanted = load(EARLIER, {"gateway": "https://three.example", "token": None}, **environment).configuration
    assert (wanted.gateway, wanted.worker_id, wanted.token) == ("https://three.example", "two", "two")
    assert wanted.token_from == "the environment"
    environment["ARENABRIDGE_WORKER_GATEWAY"] = "https://ours.example"
    environment["ARENABRIDGE_WORKER_RECONNECT_DELAY_SECONDS"] = "0.5"
    wanted = load(EARLIER, **environment).configuration
    assert (wanted.gateway, wanted.reconnect_delay_seconds) == ("https://ours.example", 0.5)


def test_examples_that_nobody_replaced_count_as_not_set_and_are_named(load: Any) -> None:
    loaded = load('{"worker_auth_token": "YOUR_WORKER_TOKEN"}')
    assert loaded.configuration.token == ""
    assert "worker_auth_token still holds the example 'YOUR_WORKER_TOKEN'" in loaded.notes[0]


def test_unknown_names_are_named_with_the_nearest(load: Any) -> None:
    [note] = load('{"reconect_delay_seconds": 5}').notes
    assert "'reconect_delay_seconds' (did you mean 'reconnect_delay_seconds'?)" in note


def test_captured_sessions_are_said_to_belong_to_the_gateway(load: Any) -> None:
    [note] = load('{"session_id": "0199c0de", "message_id": "0199c0df"}').notes
    assert "arenabridge captured add" in note


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"max_reconnect_attempts": -1}', "max_reconnect_attempts"),
        ('{"reconnect_delay_seconds": "soon"}', "reconnect_delay_seconds"),
        ('{"port": 70000}', "port"),
        ("{", "not valid JSON"),
        ("[]", "one object"),
    ],
)
def test_what_can_t_be_meant_is_refused_by_name(load: Any, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load(text)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no file"):
        load_configuration({}, {}, data_dir=tmp_path, file=tmp_path / "elsewhere.jsonc")
    assert load_configuration({}, {}, data_dir=tmp_path).file is None


def test_the_document_names_all_of_them_and_nothing_else() -> None:
    rows = document("docs/workers.md").table("In the file")
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row["In the file"])}
    named |= {name for row in rows for name in re.findall(r"`(browser_\w+)`", row["Meaning"])}
    assert named == {*RelayConfiguration.__struct_fields__, "cloud_server_url", "worker_auth_token"} - {
        "folder",
        "token_from",
    }
