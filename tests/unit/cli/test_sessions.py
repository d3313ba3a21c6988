"""`arenabridge sessions`: a session's life, from the command line."""

from pathlib import Path

from typer.testing import CliRunner, Result

from arenabridge.cli import application
from unit.importing.folders import session_token


def run(folder: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(application, ["sessions", *words, "--data-dir", str(folder)], input=typed)


def test_a_session_is_paused_and_resumed(tmp_path: Path) -> None:
    run(tmp_path, "add", "mine", "--shared", typed=session_token())
    (line,) = run(tmp_path, "list").output.splitlines()
    id_ = line.split()[0]
    assert line.endswith("  all")
    assert run(tmp_path, "pause", id_).exit_code == 0
    assert run(tmp_path, "list").output.strip().endswith("  paused")
    assert run(tmp_path, "resume", id_).exit_code == 0
    assert run(tmp_path, "list").output.strip() == line
    assert run(tmp_path, "resume", "nobody").exit_code == 2
