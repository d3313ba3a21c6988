"""However a command fails, a person reads a sentence that says what to do."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from arenabridge.cli import application
from arenabridge.cli.address_file import address_found, address_left
from arenabridge.storage.database import FILE_NAME

runner = CliRunner()


def run(folder: Path, *words: str, typed: str = "", **environment: str) -> Result:
    return runner.invoke(application, [*words, "--data-dir", str(folder)], input=typed, env=environment)


def said(result: Result) -> str:
    """What it says when it fails: in one line, with the status of a mistake."""
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.startswith("arenabridge: "), result.stderr
    return result.stderr


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that has a database."""
    folder = tmp_path_factory.mktemp("begun")
    run(folder, "keys", "create")
    return folder


@pytest.mark.parametrize("pasted", ["", "nothing of the kind", "base64-x", "base64-eyJhIjoxfQ=="])
def test_a_paste_that_is_no_session_is_said(begun: Path, pasted: str) -> None:
    assert "Copy " in said(run(begun, "sessions", "add", "mine", typed=pasted))


def test_what_is_not_there_is_said(begun: Path) -> None:
    assert "no such session" in said(run(begun, "sessions", "remove", "x"))
    assert "nobody called" in said(run(begun, "sessions", "add", "mine", "--owner", "x"))


@pytest.mark.parametrize("words", [("models", "update"), ("sessions", "list"), ("keys", "list"), ("capture",)])
def test_a_broken_file_of_settings_is_said_by_every_command(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "config.jsonc").write_text("{", encoding="utf-8")
    assert "config.jsonc" in said(run(tmp_path, *words))


def test_a_folder_that_can_t_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "file" in said(run(tmp_path / "file" / "data", "keys", "create"))


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "list"),
        ("keys", "revoke", "x"),
        ("users", "list"),
        ("workers", "list"),
        ("captured", "list"),
        ("sessions", "list"),
        ("models", "list"),
    ],
)
def test_a_mistyped_directory_does_not_become_a_gateway(tmp_path: Path, words: tuple[str, ...]) -> None:
    message = said(run(tmp_path / "typo", *words))
    assert "There is no gateway in" in message
    assert "--data-dir" in message
    assert not (tmp_path / "typo").exists()


def test_what_may_be_made_before_the_first_start_says_where(tmp_path: Path) -> None:
    first, second = (run(tmp_path / "new", "keys", "create") for _ in "12")
    assert (first.exit_code, first.stdout.startswith("sk-lmarena-")) == (0, True)
    assert f"no gateway has run in {tmp_path / 'new'} yet" in first.stderr
    assert (tmp_path / "new" / FILE_NAME).exists()
    assert second.stderr == ""


def test_the_secret_before_is_asked_for(begun: Path) -> None:
    asked = run(begun, "sessions", "encrypt-anew", typed="a secret of long ago\n")
    assert "0 sessions" in asked.output


def test_a_gateway_leaves_its_address_while_it_runs(tmp_path: Path) -> None:
    with address_left(tmp_path, "http://127.0.0.1:25102"):
        assert address_found(tmp_path) == "http://127.0.0.1:25102"
    assert address_found(tmp_path) is None


def test_who_is_not_reached_is_named_with_what_to_do(begun: Path) -> None:
    message = said(run(begun, "models", "update", "--gateway", "http://127.0.0.1:9/v1/"))
    assert "http://127.0.0.1:9 does not answer" in message
    assert "--gateway" in message


@pytest.mark.parametrize("option", ["-h", "--help", "--version"])
def test_the_usual_options_are_taken(option: str) -> None:
    assert runner.invoke(application, [option]).exit_code == 0


def test_names_of_options_can_be_read_in_a_narrow_terminal() -> None:
    shown = runner.invoke(application, ["keys", "set", "-h"], env={"COLUMNS": "80"}).output
    assert "--trailing-user-message <when_needed|always|never>" in shown
    assert "--downscale-pictures / --no-downscale-pictures" in shown


@pytest.mark.parametrize("mode", ["direct", "direct_chat"])
def test_a_mode_has_both_its_spellings(begun: Path, mode: str) -> None:
    ids = ["0199a6c2-1234-7abc-8def-0123456789ab", "0199a6c2-5678-7abc-8def-0123456789ab"]
    assert run(begun, "captured", "add", *ids, "--mode", mode, "--label", mode).exit_code == 0
    last = run(begun, "captured", "list").output.splitlines()[-1]
    assert last.endswith(f"direct  all models  fine  never used  {mode}")
