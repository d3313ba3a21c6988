"""`arenabridge keys`: make, list and revoke API keys, beside a running gateway or without one."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from arenabridge.cli.options import DataDir, plain_errors, settings_from

commands = typer.Typer(help="API keys.", no_args_is_help=True)


@commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, to tell it from others.")] = "key",
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it: it can't be shown again."""
    from arenabridge.app import open_keys

    with plain_errors():
        print(open_keys(settings_from(data_dir=data_dir)).create(name))


@commands.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """List the keys: id, beginning, state, date and name."""
    from arenabridge.app import open_keys

    with plain_errors():
        for key in open_keys(settings_from(data_dir=data_dir)).all():
            state = "revoked" if key.revoked_at else "valid  "
            created = datetime.fromtimestamp(key.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
            print(f"{key.id}  {key.prefix}...  {state}  {created}  {key.name}")


@commands.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")], data_dir: DataDir = None
) -> None:
    """Revoke a key. A running gateway refuses it within half a minute."""
    from arenabridge.app import open_keys

    with plain_errors():
        if not open_keys(settings_from(data_dir=data_dir)).revoke(key_id):
            raise typer.BadParameter(f"there is no valid key with the id {key_id}")
