"""`arenabridge keys`: a key's whole life, from the command line."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.app import open_accounts
from arenabridge.cli import application
from arenabridge.settings import Settings
from arenabridge.wire.profile import ClientProfile


class Shell:
    """Runs the command on a data directory of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(application, ["keys", *words, "--data-dir", self._folder])

    def says(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output.strip()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_key_is_made_changed_shown_and_revoked(shell: Shell) -> None:
    assert shell.says("create", "tavern", "--strict", "--reasoning", "think").startswith("sk-lmarena-")
    listed = shell.says("list")
    assert listed.endswith("tavern  --strict --reasoning think")
    id_ = listed.split()[0]
    shell.says("set", id_, "--lenient", "--role-mode", "merge_system")
    assert shell.says("list").endswith("tavern  --reasoning think --role-mode merge_system")
    shell.says("set", id_, "--reasoning", "reasoning_content", "--role-mode", "labelled")
    assert shell.says("list").endswith("tavern")
    shell.says("revoke", id_)
    assert "revoked" in shell.says("list")
    assert shell.run("set", id_, "--strict").exit_code == 2


def test_a_key_of_somebody_is_shown_as_theirs(shell: Shell, tmp_path: Path) -> None:
    open_accounts(Settings(data_dir=tmp_path), {}).people.add("Ann", None, "user", "")
    shell.says("create", "hers", "--owner", "ann", "--admin")
    assert shell.says("list").endswith("hers  of Ann  --admin")


def test_a_wish_that_can_t_be_had_names_those_that_can(shell: Shell) -> None:
    result = shell.run("create", "x", "--reasoning", "sung")
    assert result.exit_code == 2
    assert "think" in result.output


def test_every_wish_of_a_profile_has_its_option(shell: Shell) -> None:
    options = [
        word
        for name, default in msgspec.structs.asdict(ClientProfile()).items()
        for word in [f"--{name.replace('_', '-')}", *([] if default is False else [default])]
    ]
    shell.says("create", "mine", *options)
    shell.says("set", shell.says("list").split()[0], *options)


def test_a_key_is_limited_switched_off_and_rotated(shell: Shell, tmp_path: Path) -> None:
    first = shell.says("create", "mine")
    id_ = shell.says("list").split()[0]
    shell.says("limit", id_, "--requests-per-day", "5", "--deny-model", "*image*", "--network", "10.0.0.1/8")
    shell.says("limit", id_, "--requests-per-day", "0", "--tokens-per-minute", "9", "--expires-in-days", "1")
    assert "  mine  --tokens-per-minute 9 --deny-model *image* --network 10.0.0.0/8  until 20" in shell.says("list")
    accounts = open_accounts(Settings(data_dir=tmp_path), {})
    limits = KeyLimits(tokens_per_minute=9, denied_models=("*image*",), networks=("10.0.0.0/8",))
    (key,) = accounts.keys.all()
    assert key.limits == limits
    assert key.expires_at is not None
    assert key.expires_at - key.created_at == pytest.approx(86400, abs=60)
    second = shell.says("rotate", id_, "--overlap-hours", "0")
    assert accounts.keys.find(accounts.keys.digest(first)) is None
    assert accounts.keys.find(accounts.keys.digest(second)) is not None
    shell.says("disable", id_)
    assert "disabled" in shell.says("list")
    shell.says("enable", id_)
    assert "valid" in shell.says("list")
    assert shell.run("limit", id_, "--network", "everywhere").exit_code == 2
    assert shell.run("limit", "nobody", "--requests-per-day", "5").exit_code == 2
    too_many = shell.run("limit", id_, "--requests-per-day", str(2**31))
    assert (too_many.exit_code, type(too_many.exception)) == (2, SystemExit)
    done = [act.action for act in accounts.audit.page()]
    assert done == [*["key.changed"] * 2, "key.rotated", *["key.changed"] * 2, "key.created"]
