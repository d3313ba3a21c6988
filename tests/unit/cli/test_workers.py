"""`arenabridge workers`: codes, the list, and the end, from the command line."""

from pathlib import Path

from typer.testing import CliRunner

from arenabridge.app import open_accounts
from arenabridge.cli import application
from arenabridge.settings import Settings


def test_a_worker_is_enrolled_listed_and_revoked(tmp_path: Path) -> None:
    def says(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(application, ["workers", *words, "--data-dir", str(tmp_path)])
        assert result.exit_code == code, result.output
        return result.output.strip()

    accounts = open_accounts(Settings(data_dir=tmp_path), {})
    accounts.people.add("Ann", None, "user", "")
    accounts.enrolments.redeem(says("enrol", "attic", "--owner", "ann"))
    accounts.enrolments.redeem(says("enrol"))
    listed = [line.split() for line in says("list").splitlines()]
    assert [line[1:] for line in listed] == [
        ["relay", "valid", "never", "attic", "Ann", "owner"],
        ["relay", "valid", "never", "relay", "the", "gateway", "all"],
    ]
    says("revoke", listed[0][0])
    says("revoke", listed[0][0], code=2)
    says("revoke", "nobody", code=2)
    assert "revoked" in says("list").splitlines()[0]
    assert [act.action for act in accounts.audit.page()][:2] == ["worker.revoked", "worker.code_created"]
