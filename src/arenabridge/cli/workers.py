"""`arenabridge workers`: list, enrol and revoke workers, beside a running gateway or without one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from arenabridge.cli.options import DataDir, settings_of_gateway, settings_to_begin

if TYPE_CHECKING:
    from arenabridge.accounts.workers import WorkerCredential

commands = typer.Typer(
    help="Workers that have a credential: relays, and people's own userscripts.", no_args_is_help=True
)


@commands.command("list")
def list_workers(data_dir: DataDir = None) -> None:
    """List them: id, kind, state, when last seen, name, owner, and whom it serves."""
    from arenabridge.app import open_accounts

    for each in open_accounts(settings_of_gateway(data_dir)).workers.all():
        seen = each.last_seen_at
        last = datetime.fromtimestamp(seen, UTC).strftime("%Y-%m-%d %H:%M UTC") if seen else "never               "
        owner = each.owner.name if each.owner else "the gateway"
        print(f"{each.id}  {each.kind:7}  {_state(each):7}  {last}  {each.name}  {owner}  {each.form.sharing}")


@commands.command("enrol")
def enrol(
    name: Annotated[str, typer.Argument(help="What the worker is called, to tell it from others.")] = "relay",
    *,
    owner: Annotated[str | None, typer.Option(help="Whose worker it is; by default the gateway's own.")] = None,
    sharing: Annotated[
        Literal["owner", "all"] | None,
        typer.Option(help="Whom it serves; by default its owner alone, or everybody if it is the gateway's own."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a code, good once and for ten minutes: `arenabridge worker --enrol CODE` on the other computer takes it."""
    from arenabridge.accounts.audit import COMMAND_LINE
    from arenabridge.accounts.people import owner_named
    from arenabridge.app import open_accounts

    accounts = open_accounts(settings_to_begin(data_dir))
    owner_id = owner_named(accounts.people, owner) if owner else None
    made = accounts.enrolments.create(name, owner_id, sharing or ("owner" if owner_id else "all"))
    accounts.audit.record(COMMAND_LINE, "worker.code_created", name)
    print(made.code)


@commands.command("revoke")
def revoke(
    worker_id: Annotated[str, typer.Argument(help="The id that `workers list` shows.")], data_dir: DataDir = None
) -> None:
    """Revoke a worker's credential for good; a running gateway disconnects its tabs within seconds."""
    from arenabridge.accounts.audit import COMMAND_LINE
    from arenabridge.app import open_accounts

    accounts = open_accounts(settings_of_gateway(data_dir))
    found = accounts.workers.get(worker_id)
    if found is None or not accounts.workers.revoke(worker_id):
        raise typer.BadParameter(f"there is no valid worker with the id {worker_id}")
    accounts.audit.record(COMMAND_LINE, "worker.revoked", f"{found.name} ({found.id})")


def _state(credential: "WorkerCredential") -> str:
    if credential.revoked_at is not None:
        return "revoked"
    return "paused" if credential.form.paused else "valid"
