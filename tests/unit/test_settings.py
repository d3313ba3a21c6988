"""Settings: a flag over the environment over the file over the default, and every mistake named with its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from arenabridge.settings import FILE_NAME, Settings, SettingsError, load_settings, sources_of
from arenabridge.settings_slips import unknown_variables


def loaded(
    folder: Path, text: str | bytes | None = None, flags: Mapping[str, Any] | None = None, **variables: Any
) -> Settings:
    if text is not None:
        (folder / FILE_NAME).write_bytes(text if isinstance(text, bytes) else text.encode())
    environment = {f"ARENABRIDGE_{name.upper()}": value for name, value in variables.items()}
    return load_settings({"data_dir": folder, **(flags or {})}, environment)


def mistake(*given: Any, **variables: Any) -> str:
    with pytest.raises(SettingsError) as wrong:
        loaded(*given, **variables)
    return str(wrong.value)


def test_without_anything_the_gateway_is_for_this_computer_alone(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings == Settings(data_dir=tmp_path)
    assert settings.is_loopback
    assert settings.require_api_key


def test_each_source_wins_over_the_one_below_it(tmp_path: Path) -> None:
    file = '{"host": "localhost", "port": 1, "queue_length": 2} // mine'
    assert loaded(tmp_path, file, {"port": 5, "host": None}, port="3", queue_length="4") == Settings(
        data_dir=tmp_path, host="localhost", port=5, queue_length=4
    )


def test_the_data_directory_comes_from_the_flag_then_the_environment(tmp_path: Path) -> None:
    """And the file is read where it points."""
    for folder, port in (("flag", "1"), ("variable", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / FILE_NAME).write_text(f'{{"port": {port}}}')
    environment = {"ARENABRIDGE_DATA_DIR": str(tmp_path / "variable")}
    assert load_settings({"data_dir": tmp_path / "flag"}, environment) == Settings(data_dir=tmp_path / "flag", port=1)
    assert load_settings({"data_dir": None}, environment) == Settings(data_dir=tmp_path / "variable", port=2)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("require_api_key", "false", False),
        ("require_api_key", "0", False),
        ("require_api_key", "TRUE", True),
        ("slots", "4", 4),
        ("max_wait_seconds", "1.5", 1.5),
        ("allowed_hosts", "a.example, b.example", ("a.example", "b.example")),
        ("allowed_hosts", "a.example,", ("a.example",)),
        ("allowed_hosts", " , ,", ()),
        ("worker_tokens", "one, two", ("one", "two")),
        ("site_origins", "https://arena.ai,http://127.0.0.1:8000,", ("https://arena.ai", "http://127.0.0.1:8000")),
        ("port", "", 5102),
        ("aliases", '{"a": "b", c: ["d", "e"]}', {"a": "b", "c": ("d", "e")}),
        ("session_strategies", '{"gpt-*": "captured"}', {"gpt-*": "captured"}),
    ],
)
def test_the_environment_is_text_and_read_as_what_it_means(tmp_path: Path, name: str, text: str, value: object) -> None:
    variables: dict[str, Any] = {name: text}
    assert getattr(loaded(tmp_path, **variables), name) == value


@pytest.mark.parametrize(
    "text", ["{port: 7}", '{"port": 7,} // yes', "/* a */ {'port': 0x7}", '\ufeff{"port": 7}', '{"port": "7"}\r\n']
)
def test_the_file_may_be_written_as_people_write_it(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text).port == 7


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "not valid JSON"),
        ("[" * 3000, "not valid JSON"),
        ("[]", "one object"),
        (b"\xff", "can't be read"),
        ('{"prot": 1}', "no setting 'prot'"),
        ('{"data_dir": "x"}', "no setting 'data_dir'"),
        ('{"port": "x"}', "port: "),
        ('{"port": 70000}', "port: "),
        ('{"port": true}', "port: "),
        ('{"host": null}', "host: "),
        ('{"slots": 0}', "slots: "),
        ('{"max_wait_seconds": NaN}', "max_wait_seconds: "),
        ('{"max_wait_seconds": 0}', "max_wait_seconds: "),
        ('{"allowed_hosts": "a"}', "allowed_hosts: "),
        ('{"allowed_hosts": [1]}', "allowed_hosts[0]: "),
    ],
)
def test_a_mistake_in_the_file_is_named_with_the_file(tmp_path: Path, text: str | bytes, what: str) -> None:
    said = mistake(tmp_path, text)
    assert said.startswith(str(tmp_path / FILE_NAME))
    assert what in said


def test_a_mistake_elsewhere_is_named_with_its_place_too(tmp_path: Path) -> None:
    assert mistake(tmp_path, port="x").startswith("the environment: port: ")
    assert mistake(tmp_path, require_api_key="maybe").startswith("the environment: require_api_key: ")
    assert mistake(tmp_path, aliases="{").startswith("the environment: aliases: not valid JSON")
    assert mistake(tmp_path, aliases='{"a": 7}').startswith("the environment: aliases")
    assert mistake(tmp_path, None, {"slots": 1000}).startswith("the command line: slots: ")
    (tmp_path / FILE_NAME).mkdir()
    assert "can't be read" in mistake(tmp_path)


def test_a_mistake_is_found_even_where_another_source_hides_it(tmp_path: Path) -> None:
    assert "port" in mistake(tmp_path, '{"port": "x"}', {"port": 5})


@pytest.mark.parametrize(
    "origin",
    ["arena.ai", "https://", "https://arena.ai/", "https://arena.ai/c", "ftp://arena.ai", "null", "*", "https://a b"],
)
def test_an_origin_has_a_scheme_and_a_host_and_nothing_else(tmp_path: Path, origin: str) -> None:
    assert "is not an origin" in mistake(tmp_path, None, {"site_origins": [origin]})
    if not origin.startswith("ftp:"):
        assert "is not an origin" in mistake(tmp_path, None, {"cors_allowed_origins": [origin]})


def test_programs_that_are_pages_inside_have_schemes_of_their_own(tmp_path: Path) -> None:
    origins = ("app://obsidian.md", "chrome-extension://abc", "http://localhost:3000", "http://[::1]:80")
    assert loaded(tmp_path, None, {"cors_allowed_origins": origins}).cors_allowed_origins == origins


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),  # noqa: S104 - compared, not bound
        ("::", False),
        ("192.168.0.2", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_only_a_loopback_address_may_go_without_keys(tmp_path: Path, host: str, loopback: bool) -> None:  # noqa: FBT001 - a column of the table
    assert Settings(data_dir=tmp_path, host=host).is_loopback == loopback
    flags = {"host": host, "require_api_key": False}
    if loopback:
        assert not loaded(tmp_path, None, flags).require_api_key
    else:
        assert "loopback" in mistake(tmp_path, None, flags)


@pytest.mark.parametrize(
    "others", [{"public_url": "https://bridge.example"}, {"allowed_hosts": ["localhost", "bridge.example"]}]
)
def test_whoever_names_an_address_for_others_requires_keys(tmp_path: Path, others: dict[str, Any]) -> None:
    assert "bridge.example" in mistake(tmp_path, None, {"require_api_key": False, **others})
    assert not loaded(tmp_path, None, {"require_api_key": False, "allowed_hosts": ["LocalHost"]}).require_api_key


def test_only_a_gateway_that_nobody_else_reaches_may_let_relays_in_without_a_credential(tmp_path: Path) -> None:
    open_to_relays = {"require_worker_authentication": False}
    assert not loaded(tmp_path, None, open_to_relays).require_worker_authentication
    assert "loopback" in mistake(tmp_path, None, {**open_to_relays, "host": "192.168.1.5"})
    assert "public_url" in mistake(tmp_path, None, {**open_to_relays, "public_url": "https://bridge.example"})


def test_a_worker_is_asked_before_it_is_given_up(tmp_path: Path) -> None:
    assert "worker_timeout_seconds" in mistake(tmp_path, worker_heartbeat_seconds="30")
    assert loaded(tmp_path, worker_heartbeat_seconds="30", worker_timeout_seconds="120").worker_timeout_seconds == 120


def test_hosts_names_are_understood_and_ours_are_stronger(tmp_path: Path) -> None:
    """A shell may export the computer's name as HOST: nobody meant that we should listen there."""
    hosts = {"PORT": "10000", "HOST": "0.0.0.0", "RENDER_EXTERNAL_URL": "https://bridge.onrender.com"}  # noqa: S104 - as a host says it
    settings = load_settings({"data_dir": tmp_path}, hosts)
    assert (settings.port, settings.host, settings.public_url) == (10000, hosts["HOST"], hosts["RENDER_EXTERNAL_URL"])
    assert load_settings({"data_dir": tmp_path}, hosts | {"ARENABRIDGE_PORT": "7"}).port == 7
    assert load_settings({"data_dir": tmp_path}, {"HOST": "my-computer"}).is_loopback


def test_the_cloud_listens_to_all_but_only_with_keys_and_an_address(tmp_path: Path) -> None:
    cloud = loaded(tmp_path, deployment_mode="cloud", public_url="https://bridge.example")
    assert cloud.host == "0.0.0.0"  # noqa: S104 - what the mode is for
    assert loaded(tmp_path, deployment_mode="cloud", public_url="https://bridge.example", host="::1").host == "::1"
    assert "needs public_url" in mistake(tmp_path, deployment_mode="cloud")
    assert "require_api_key" in mistake(
        tmp_path, deployment_mode="cloud", public_url="https://bridge.example", host="::1", require_api_key="false"
    )
    assert "public_url" in mistake(tmp_path, public_url="bridge.example")


@pytest.mark.parametrize("name", ["api_key", "worker_tokens"])
@pytest.mark.parametrize("reach", [{"host": "0.0.0.0"}, {"public_url": "https://bridge.example"}])  # noqa: S104 - the point
def test_where_others_come_what_a_person_made_up_is_not_short(tmp_path: Path, name: str, reach: dict[str, str]) -> None:
    assert "could guess" in mistake(tmp_path, **{name: "x" * 15}, **reach)
    assert loaded(tmp_path, None, {name: "x" * 16 if name == "api_key" else ["x" * 16], **reach})
    assert loaded(tmp_path, None, {name: "x" if name == "api_key" else ["x"]})


def test_the_earlier_bridges_cloud_settings_are_understood(tmp_path: Path) -> None:
    file = """{"deployment_mode": "cloud", "cloud_settings": {
        "public_ws_url": "wss://bridge.example/ws/worker", "cors_allowed_origins": ["*"]}}"""
    assert loaded(tmp_path, file).public_url == "https://bridge.example"
    assert loaded(tmp_path, file, public_url="https://other.example").public_url == "https://other.example"


def test_what_a_mode_implies_is_its_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path, deployment_mode="cloud", public_ws_url="wss://bridge.example/ws/worker")
    sources = sources_of(settings, {}, {})
    assert (sources["host"], sources["public_url"]) == ("default", "default")


@pytest.mark.parametrize(
    ("name", "text", "may"),
    [
        ("session_strategy", "caputred", "auto, captured, fresh"),
        ("execution", "post", "auto, fetch, composer"),
        ("role_mode", "merge", "labelled, merge_system, strict, semi_strict, single_user"),
        ("session_strategies", '{"gpt-*": "frech"}', "auto, captured, fresh"),
        ("deployment_mode", "clod", "local, cloud"),
    ],
)
def test_what_is_none_of_a_few_words_names_them(tmp_path: Path, name: str, text: str, may: str) -> None:
    assert mistake(tmp_path, **{name: text}).endswith(f"expected one of {may}")


@pytest.mark.parametrize(
    "host", ["http://my-pc", "my-pc:5102", "192.168.1.20:5102", "my-pc/", "me@my-pc", "my pc", "::1"]
)
def test_a_host_is_a_bare_name(tmp_path: Path, host: str) -> None:
    assert repr(host) in mistake(tmp_path, allowed_hosts=host)
    assert loaded(tmp_path, allowed_hosts="my-pc, host.docker.internal, 192.168.1.20, [::1], größe").allowed_hosts


@pytest.mark.parametrize("name", ["alerts_url", "announcements_url", "public_url", "file_bed_upload_url"])
def test_an_address_is_one_of_the_web(tmp_path: Path, name: str) -> None:
    for address in ("x", "ftp://x", "https://", "http:///x"):
        assert mistake(tmp_path, **{name: address}).startswith(name)


@pytest.mark.parametrize("name", ["alerts_url", "announcements_url", "update_index_url"])
def test_a_mistyped_address_that_may_hold_a_secret_is_not_shown(tmp_path: Path, name: str) -> None:
    assert "a-secret" not in mistake(tmp_path, **{name: "hooks.example/services/a-secret"})


def test_a_mistyped_name_in_the_file_is_told_with_the_nearest(tmp_path: Path) -> None:
    assert "Did you mean queue_length?" in mistake(tmp_path, '{"quue_length": 3}')
    assert mistake(tmp_path, '{"xyz": 3}').endswith("there is no setting 'xyz'.")


def test_a_variable_that_is_called_like_a_setting_but_is_none_is_told_with_the_nearest() -> None:
    environment = {
        "ARENABRIDGE_QUUE_LENGTH": "3",
        "ARENABRIDGE_PORT": "1",
        "ARENABRIDGE_ADMIN_USERNAME": "ada",
        "ARENABRIDGE_WORKER_GATEWAY": "x",
        "ARENABRIDGE_SERVICE_HOST": "10.0.0.1",
        "ARENABRIDGE_PORT_5102_TCP_ADDR": "10.0.0.1",
        "ARENABRIDGE_EMPTY": "",
        "OTHER_QUUE_LENGTH": "3",
    }
    (note,) = unknown_variables(environment, Settings.__struct_fields__)
    assert str(note).startswith(
        "ARENABRIDGE_QUUE_LENGTH: There is no such setting. Did you mean ARENABRIDGE_QUEUE_LENGTH?"
    )
