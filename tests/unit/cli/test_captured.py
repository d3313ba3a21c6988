"""`arenabridge captured`: a session's life, from the command line."""

from pathlib import Path

from typer.testing import CliRunner, Result

from arenabridge.cli import application

SESSION, MESSAGE = "0199a6c2-1234-7abc-8def-0123456789ab", "0199a6c2-5678-7abc-8def-0123456789ab"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(application, ["captured", *words, "--data-dir", str(folder)])


def test_a_session_is_added_shown_and_removed(tmp_path: Path) -> None:
    added = run(tmp_path, "add", f"https://arena.ai/c/{SESSION}", MESSAGE, "--mode", "battle", "--target", "b")
    id_ = added.stdout.strip()
    run(tmp_path, "add", SESSION, MESSAGE, "--model", "gpt", "--label", "mine")
    first, second = run(tmp_path, "list").output.splitlines()
    assert first == f"{id_}  {SESSION}  battle b  all models  fine  never used"
    assert second.endswith("direct  gpt  fine  never used  mine")
    assert run(tmp_path, "remove", id_).exit_code == 0
    assert len(run(tmp_path, "list").output.splitlines()) == 1
    assert run(tmp_path, "remove", id_).exit_code == 2


def test_those_in_files_are_shown_with_the_file_and_stay_there(tmp_path: Path) -> None:
    run(tmp_path, "add", SESSION, MESSAGE, "--model", "gpt")
    (tmp_path / "config.jsonc").write_text(f'{{"session_id": "{SESSION}", "message_id": "{MESSAGE}"}}')
    _, given = run(tmp_path, "list").output.splitlines()
    assert given.endswith(f"  {SESSION}  direct  all models  in config.jsonc")
    kept = run(tmp_path, "remove", given.split()[0])
    assert (kept.exit_code, "take it out there" in " ".join(kept.output.split())) == (2, True)


def test_what_is_no_session_is_said_in_a_sentence(tmp_path: Path) -> None:
    refused = run(tmp_path, "add", "YOUR_SESSION_ID", MESSAGE)
    assert refused.exit_code == 2
    assert "'YOUR_SESSION_ID' is no session of the site" in refused.output
