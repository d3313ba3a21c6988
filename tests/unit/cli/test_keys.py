"""`arenabridge keys`: a key's whole life, from the command line."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from arenabridge.cli import application
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
