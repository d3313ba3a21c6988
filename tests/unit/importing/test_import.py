"""An earlier bridge's folder comes over: told first, then done, once, and nothing in it is touched."""

import json
import os
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from arenabridge.accounts.keys import KeyForm
from arenabridge.app import open_import
from arenabridge.importing import ImportFailed, Plan, Target, make_plan, report
from arenabridge.importing.dashboard_db import BrokenDatabase, DashboardDb
from arenabridge.importing.step import Kind
from arenabridge.settings import Settings, load_settings
from arenabridge.storage.tables.usage import ALL_MODELS, usage_hours, usage_requests
from unit.importing.folders import (
    SESSION,
    TOKEN,
    add_uses,
    dashboard,
    session_token,
    snapshot,
    token_folder,
    userscript_folder,
)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return open_import(Settings(data_dir=tmp_path / "ours"), tmp_path / "ours", {})


def bring(folder: Path, target: Target) -> Plan:
    plan = make_plan(folder, target)
    return plan.carry_out(target)


def words(plan: Plan, kind: Kind) -> list[str]:
    return [f"{step.what}: {step.words}" for step in plan.steps if step.kind == kind]


def requests(target: Target) -> tuple[int, int]:
    """As rows, and in the sums."""
    with target.usage.engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(usage_requests)).scalar_one()
        total = select(func.sum(usage_hours.c.requests)).where(usage_hours.c.model == ALL_MODELS)
        return rows, int(connection.execute(total).scalar_one() or 0)


def test_the_report_says_what_comes_what_not_and_why(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    before = snapshot(folder)
    told = report(make_plan(folder, target), target.folder, applied=False)
    assert told == (Path(__file__).parent / "report.txt").read_text().replace("FOLDER", str(folder)).replace(
        "TARGET", str(target.folder)
    )
    assert not (target.folder / "config.jsonc").exists()
    assert (target.people.all(), target.keys.all(), requests(target)) == ([], [], (0, 0))
    assert snapshot(folder) == before


def test_all_of_it_comes_once(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    before = snapshot(folder)
    bring(folder, target)
    (key,) = target.keys.all()
    assert (key.name, key.owner and key.owner.name, target.keys.find(target.keys.digest(TOKEN))) == (
        "laptop",
        "ana",
        key,
    )
    assert [(user.name, user.role) for user in target.people.all()] == [("ana", "admin"), ("<b>", "user")]
    assert (target.folder / "config.jsonc").read_bytes() == before["config.jsonc"][0]
    assert (target.folder / "worker" / "worker_config.jsonc").exists()
    assert [each.model.public_name for each in target.models.load()] == ["gpt"]
    assert requests(target) == (3, 3)
    assert load_settings({"data_dir": target.folder}, {}).trailing_user_message == "always"
    again = bring(folder, target)
    assert not again.does_something
    assert (len(target.keys.all()), len(target.people.all()), requests(target)) == (1, 2, (3, 3))
    assert snapshot(folder) == before


def test_what_was_used_since_comes_with_the_next_time(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    bring(folder, target)
    with sqlite3.connect(folder / "dashboard.db") as database:
        add_uses(database, [200, 429])
    database.close()
    assert words(bring(folder, target), "comes") == ["Use: 2 requests, as rows and in all sums."]
    assert requests(target) == (5, 5)


def test_much_use_comes_without_a_look_at_the_keys_for_each_row_and_the_person_is_told_how_far_it_is(
    tmp_path: Path, target: Target
) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    bring(folder, target)
    with sqlite3.connect(folder / "dashboard.db") as database:
        add_uses(database, [200] * 10_000)
    database.close()
    told, looks = list[str](), list[str]()
    event.listen(target.usage.engine, "before_cursor_execute", lambda _c, _d, statement, *_: looks.append(statement))
    bring(folder, replace(target, tell=told.append))
    assert told == ["10000 of 10000 requests"]
    assert len([each for each in looks if "FROM api_keys" in each]) < 20


def test_what_is_there_of_ours_stays(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    (target.folder / "config.jsonc").write_text(
        '{\n  "role_mode": "strict", // mine\n  "trailing_user_message": "never"\n}\n'
    )
    (target.folder / "models.json").write_text('{"mine": "id"}')
    plan = bring(folder, target)
    assert any(
        "trailing_user_message stays never; bypass_enabled said always" in each for each in words(plan, "declined")
    )
    assert any(each.startswith("models.json: you have another") for each in words(plan, "declined"))
    text = (target.folder / "config.jsonc").read_text()
    assert text.startswith('{\n  "role_mode": "strict", // mine\n  "trailing_user_message": "never",\n')
    assert json.loads((target.folder / "models.json").read_text()) == {"mine": "id"}
    assert [each.session for each in target.captured.all()] == [SESSION]
    assert not bring(folder, target).does_something


def test_their_updater_is_to_be_run_where_its_file_is_read(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    (folder / "id_updater.py").touch()
    assert any(f"run it in {target.folder}" in each for each in words(make_plan(folder, target), "note"))
    there = open_import(Settings(data_dir=folder), folder, {})
    assert not any("run it in" in each for each in words(make_plan(folder, there), "note"))


def test_in_their_own_folder_files_are_used_where_they_are(tmp_path: Path) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    target = open_import(Settings(data_dir=folder), folder, {})
    plan = bring(folder, target)
    assert any(each.startswith("models.json: is used where it is") for each in words(plan, "there"))
    assert len(target.keys.all()) == 1


def test_session_tokens_keys_and_counts_come_over_and_secrets_are_never_told(tmp_path: Path, target: Target) -> None:
    folder = token_folder(tmp_path / "theirs", password="a good password")
    plan = bring(folder, target)
    told = report(plan, target.folder, applied=True)
    for secret in ("a good password", "secret-clearance", session_token(), "sk-lmab-0f0f0f0f-1111", "base64-"):
        assert secret not in told.replace("`base64-`", "")
    (key,) = target.keys.all()
    assert (key.name, key.limits.requests_per_minute, key.created_at) == ("Default Key", 60, 1_700_000_000)
    (session,) = target.site_sessions.all()
    assert (session.name, session.site_user, session.sharing) == ("imported 1", "u-1", "all")
    assert requests(target) == (0, 15)
    assert [user.name for user in target.people.all()] == ["admin"]
    assert load_settings({"data_dir": target.folder}, {}).max_answer_seconds == 600
    assert not bring(folder, target).does_something
    assert requests(target) == (0, 15)


def test_session_tokens_become_direct_sessions_whole_or_in_pieces_once_and_work_at_once(
    tmp_path: Path, target: Target
) -> None:
    long = session_token("u-long")
    pieces = f"arena-auth-prod-v1.1={long[90:]}; arena-auth-prod-v1.0={long[:90]}"
    tokens = [session_token("u-1"), long[:60], long[60:], session_token("u-3", ends_in=-60), "no session", 7]
    folder = token_folder(tmp_path / "theirs", auth_tokens=tokens, auth_token=session_token("u-5"))
    dry = make_plan(folder, target)
    assert target.site_sessions.all() == []
    assert [each.partition(":")[0] for each in words(dry, "broken") if "token" in each] == ["Session token 4"]
    bring(folder, target)
    assert [(each.name, each.site_user, each.paused) for each in target.site_sessions.all()] == [
        ("imported 1", "u-1", False),
        ("imported 2", "u-long", False),
        ("imported 3", "u-3", False),
        ("imported 5", "u-5", False),
    ]
    assert target.site_sessions.secret_of(target.site_sessions.all()[1].id).value == long
    (folder / "config.json").write_text(json.dumps({"auth_tokens": [pieces]}))
    again = bring(folder, target)
    assert words(again, "there")[0].startswith("Session token 1")
    assert len(target.site_sessions.all()) == 4


@pytest.mark.parametrize(
    ("entry", "limit", "is_named"),
    [
        ({}, 60, False),  # as their code had it
        ({"rpm": 30.0}, 30, False),
        ({"rpm": " 30 "}, 30, False),
        ({"rpm": 10**400}, 60, True),
        ({"rpm": 5000}, 1000, False),
        ({"rpm": "many"}, 60, True),
        ({"rpm": None}, 60, True),
        ({"rpm": True}, 60, True),
        ({"rpm": 0}, 60, True),
    ],
)
def test_a_limit_is_understood_or_named_and_never_lifted(
    tmp_path: Path, target: Target, entry: dict[str, Any], limit: int, *, is_named: bool
) -> None:
    plan = bring(token_folder(tmp_path / "theirs", api_keys=[{"name": "mine", "key": "sk-lmab-1", **entry}]), target)
    (key,) = target.keys.all()
    assert key.limits.requests_per_minute == limit
    assert any("rpm of 'mine'" in each for each in words(plan, "broken")) is is_named


def test_what_is_declined_is_named_with_the_reason(tmp_path: Path, target: Target) -> None:
    plan = make_plan(token_folder(tmp_path / "theirs"), target)
    declined = " ".join(words(plan, "declined"))
    for name in ("Password", "cf_clearance", "recaptcha_sitekey", "camoufox_proxy_window_mode", "zzz"):
        assert name in declined
    assert len(words(plan, "broken")) == 2


def test_a_folder_without_keys_needs_none_here_either_on_this_computer(tmp_path: Path, target: Target) -> None:
    plan = bring(token_folder(tmp_path / "theirs", api_keys=[]), target)
    assert any("require_api_key" in each for each in words(plan, "note"))
    assert not load_settings({"data_dir": target.folder}, {}).require_api_key


def test_a_folder_without_keys_opens_nothing_where_there_are_keys_people_or_others(tmp_path: Path) -> None:
    (tmp_path / "proxy").mkdir()
    (tmp_path / "proxy" / "proxy_server.py").touch()
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "config.jsonc").write_text('{"bypass_enabled": true, "api_key": ""}')
    (tmp_path / "lineless").mkdir()
    (tmp_path / "lineless" / "config.jsonc").write_text('{"bypass_enabled": true}')
    folders = [tmp_path / "proxy", token_folder(tmp_path / "tokens", api_keys=[])]
    folders += [tmp_path / "script", tmp_path / "lineless"]

    def closed(name: str, **settings: Any) -> Target:
        return open_import(Settings(data_dir=tmp_path / name, **settings), tmp_path / name, {})

    cases = [closed("a"), closed("b"), closed("c", public_url="https://bridge.example"), closed("d", host="::")]
    cases[0].keys.adopt(TOKEN, KeyForm(name="mine"), None, None)
    cases[1].people.add("ada", None, "admin", "x")
    for target, why in zip(cases, ("keys already", "people already", "bridge.example", "listens on"), strict=True):
        for folder in folders:
            plan = bring(folder, target)
            (line,) = [each for each in words(plan, "declined") if each.startswith("API keys: ")]
            assert why in line
            assert "require_api_key = false" not in " ".join(words(plan, "comes"))
        text = (target.folder / "config.jsonc").read_text()
        assert "require_api_key" not in text
        reach = {name: getattr(target.settings, name) for name in ("host", "public_url")}
        assert load_settings({"data_dir": target.folder, **reach}, {}).require_api_key


def test_a_value_that_can_t_be_is_named_and_the_gateway_starts_with_the_others(tmp_path: Path, target: Target) -> None:
    (tmp_path / "theirs").mkdir()
    file = '{"bypass_enabled": true, "port": 70000, "log_format": "xml", "queue_settings": {"max_wait_seconds": 9}}'
    (tmp_path / "theirs" / "config.jsonc").write_text(file)
    broken = words(bring(tmp_path / "theirs", target), "broken")
    assert [each.partition(": ")[2].partition(":")[0] for each in broken] == ["port", "log_format"]
    settings = load_settings({"data_dir": target.folder}, {})
    assert (settings.trailing_user_message, settings.max_wait_seconds, settings.port) == ("always", 9, 5102)


def test_a_stranger_s_tokens_are_not_our_administrator_s_by_name(tmp_path: Path, target: Target) -> None:
    """Ana is an administrator there too: only her address tells whether she is the same."""
    ours = target.people.add("Ana", "ana@elsewhere.example", "admin", "x")
    target.people.add("bob", "B@example.org", "admin", "x")  # a user there
    folder = userscript_folder(tmp_path / "theirs")
    with sqlite3.connect(folder / "dashboard.db") as database:
        database.execute("UPDATE api_tokens SET is_active = 1")
    database.close()
    plan = bring(folder, target)
    assert {key.name: key.owner for key in target.keys.all()} == {"laptop": None, "old": None}
    assert any("'laptop' of ana there, without an owner here" in each for each in words(plan, "comes"))
    target.people.add("<b>", "new@example.org", "user", "x")
    same = open_import(Settings(data_dir=tmp_path / "same"), tmp_path / "same", {})
    mine = same.people.add("anna", "ANA@example.org", "admin", "x")
    bring(folder, same)
    assert {key.name: key.owner and key.owner.name for key in same.keys.all()} == {"laptop": mine.name, "old": "<b>"}
    assert len(target.people.all()) == 3
    assert target.people.find("ana") == ours


def test_odd_rows_are_counted_and_all_others_come(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    with sqlite3.connect(folder / "dashboard.db") as database:
        database.execute("UPDATE usage_logs SET response_time_ms = 9e999 WHERE id = 1")
        database.execute("UPDATE usage_logs SET request_time = '0001-01-01T00:00:00+23:59' WHERE id = 2")
        odd = [(1, "sk-odd", "odd", "0001-01-01 00:00:00"), (1, "sk-never", "never", "when hell freezes")]
        query = "INSERT INTO api_tokens (user_id, token_key, token_name, expires_at) VALUES (?, ?, ?, ?)"
        database.executemany(query, odd)
    database.close()
    broken = [each for each in words(bring(folder, target), "broken") if "row" in each]
    assert [each.partition(" can't")[0] for each in broken if "usage" in each] == ["dashboard.db, usage_logs: 2 rows"]
    assert "sk-never" not in {key.name for key in target.keys.all()}
    assert [key.name for key in target.keys.all()] == ["laptop"]
    assert requests(target)[0] == 1


def test_many_session_tokens_come_over(tmp_path: Path, target: Target) -> None:
    tokens = [session_token(f"u-{number}") for number in range(25)]
    folder = token_folder(tmp_path / "theirs", auth_tokens=tokens)
    bring(folder, target)
    assert len(target.site_sessions.all()) == 25


def test_a_step_that_can_t_be_done_is_told_and_ends_nothing(tmp_path: Path, target: Target) -> None:
    """Their names differ by capitals, and ours may not."""
    folder = userscript_folder(tmp_path / "theirs")
    with sqlite3.connect(folder / "dashboard.db") as database:
        database.execute("INSERT INTO users (username, email, password_hash) VALUES ('ANA', 'x@example.org', '?')")
    database.close()
    done = bring(folder, target)
    assert [each for each in words(done, "broken") if "User: ANA" in each and "It could not be brought: " in each]
    assert [user.name for user in target.people.all()] == ["ana", "<b>"]
    assert (len(target.keys.all()), requests(target)) == (1, (3, 3))


def test_the_proxy_has_little_to_bring(tmp_path: Path, target: Target) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "proxy_server.py").touch()
    assert words(bring(tmp_path / "theirs", target), "comes") == ["Settings: require_api_key = false"]


def test_a_wrong_folder_is_told_from_a_right_one(tmp_path: Path, target: Target) -> None:
    (tmp_path / "a.zip").touch()
    (tmp_path / "empty").mkdir()
    both = userscript_folder(tmp_path / "both")
    (both / "config.json").write_text("{}")
    for name, said in (("nowhere", "no folder"), ("a.zip", "is no folder"), ("empty", "none of"), ("both", "--from")):
        with pytest.raises(ImportFailed, match=said):
            make_plan(tmp_path / name, target)
    assert make_plan(both, target, "tokens").system == "tokens"
    (both / "config.json").write_text('{\n"api_keys": [,]\n}')
    with pytest.raises(ImportFailed, match="line 2"):
        make_plan(both, target, "tokens")


def test_broken_files_are_named_and_the_rest_comes_over(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    (folder / "config.jsonc").write_text('{\n  "bypass_enabled": true\n  "api_key": ""\n}')
    (folder / "models.json").write_bytes(b"{" + b" " * 33 * 2**20)
    (folder / "dashboard.db").write_bytes(b"no database at all" * 100)
    (folder / "available_models.json").write_text("{}")
    broken = words(bring(folder, target), "broken")
    assert any(each.startswith("config.jsonc: line 3") for each in broken)
    assert any("more than 32 MB" in each for each in broken)
    assert any("dashboard.db: it can't be read" in each for each in broken)
    assert (target.folder / "model_endpoint_map.json").exists()


def test_a_file_that_is_no_object_stays_behind_and_comes_when_it_is_mended(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    names = ("models.json", "model_endpoint_map.json", "worker_config.jsonc")
    whole = {name: (folder / name).read_bytes() for name in names}
    for name in names:
        (folder / name).write_text("[1]")
    broken = words(bring(folder, target), "broken")
    assert [each for each in broken if each.startswith(names)] == [
        f"{name}: it must hold one object, and is not used. Mend it and run this again." for name in names
    ]
    for name in names:
        (folder / name).write_bytes(whole[name])
    comes = words(bring(folder, target), "comes")
    assert [each.partition(":")[0] for each in comes] == list(names)


def test_a_database_of_another_schema_or_in_use_says_so(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.executescript("CREATE TABLE users (id INTEGER, username TEXT)")
    other.close()
    with pytest.raises(BrokenDatabase, match="table users lacks email, password_hash"):
        DashboardDb(tmp_path / "other.db").users()
    dashboard(tmp_path / "dashboard.db")
    writer = sqlite3.connect(tmp_path / "dashboard.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BrokenDatabase, match="stop the earlier bridge"):
        DashboardDb(tmp_path / "dashboard.db", busy_seconds=0).users()
    writer.close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="only others than root may be refused")
def test_a_folder_that_may_not_be_read_says_so(tmp_path: Path, target: Target) -> None:
    folder = userscript_folder(tmp_path / "theirs")
    folder.chmod(0)
    try:
        with pytest.raises(ImportFailed, match="may not be read"):
            make_plan(folder, target)
    finally:
        folder.chmod(0o700)
