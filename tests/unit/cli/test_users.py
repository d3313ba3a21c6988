"""`arenabridge users`: people come and go from the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.app import open_accounts
from arenabridge.cli import application
from arenabridge.settings import Settings

PASSWORD = "correct horse battery"


class Shell:
    """Runs the command on a data directory of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *words: str, typed: str = "") -> Result:
        return CliRunner().invoke(application, ["users", *words, "--data-dir", str(self._folder)], input=typed)

    def accounts(self) -> Accounts:
        return open_accounts(Settings(data_dir=self._folder), {})


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_somebody_is_added_shown_switched_off_and_let_in_again(shell: Shell) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    assert shell.run("add", "Ada", "--role", "admin", "--email", "Ada@Example.org", typed=typed).exit_code == 0
    assert shell.run("add", "Ben", "--password", PASSWORD).exit_code == 0
    assert shell.run("disable", "ada@example.org").exit_code == 2, "the only administrator stays"
    assert shell.run("disable", "BEN").exit_code == 0
    listed = shell.run("list").output.splitlines()
    assert [line.split()[:2] for line in listed] == [["admin", "enabled"], ["user", "disabled"]]
    assert listed[0].endswith("Ada  ada@example.org")
    assert shell.run("enable", "Ben").exit_code == 0
    assert all(user.disabled_at is None for user in shell.accounts().people.all())


def test_a_new_password_ends_all_sessions(shell: Shell) -> None:
    shell.run("add", "Ada", "--password", PASSWORD)
    accounts = shell.accounts()
    (ada,) = accounts.people.all()
    token = accounts.sessions.begin(ada.id, address="127.0.0.1", agent="a browser")
    assert shell.run("reset-password", "ada", "--password", "another good one").exit_code == 0
    assert accounts.sessions.find(token) is None
    assert accounts.people.get(ada.id).password_hash != ada.password_hash
    assert [act.action for act in accounts.audit.page()] == ["user.password_reset", "user.created"]


def test_somebody_is_signed_out_of_all_browsers(shell: Shell) -> None:
    shell.run("add", "Ada", "--password", PASSWORD)
    accounts = shell.accounts()
    (ada,) = accounts.people.all()
    token = accounts.sessions.begin(ada.id, address="127.0.0.1", agent="a browser")
    assert shell.run("sign-out", "ada").exit_code == 0
    assert accounts.sessions.find(token) is None
    assert shell.run("reset-link", "ada", "--gateway", "http://127.0.0.1:1").exit_code == 2, "no gateway runs"


def test_somebody_is_limited_and_what_is_not_given_stays(shell: Shell) -> None:
    shell.run("add", "Ben", "--password", PASSWORD)
    assert shell.run("limit", "ben", "--requests-per-day", "5", "--deny-model", "*image*").exit_code == 0
    assert shell.run("limit", "ben", "--requests-per-day", "0", "--tokens-per-minute", "9").exit_code == 0
    assert shell.run("limit", "ben", "--network", "everywhere").exit_code == 2
    (ben,) = shell.accounts().people.all()
    assert ben.limits == KeyLimits(tokens_per_minute=9, denied_models=("*image*",))


@pytest.mark.parametrize(
    "words", [["add", "x", "--password", "short"], ["disable", "nobody"], ["add", " ", "--password", PASSWORD]]
)
def test_what_can_t_be_done_is_one_sentence(shell: Shell, words: list[str]) -> None:
    result = shell.run(*words)
    assert result.exit_code == 2
    assert result.output.splitlines()[-1].startswith("arenabridge: ")
