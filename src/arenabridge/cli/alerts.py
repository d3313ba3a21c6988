"""`arenabridge alerts`: whether they arrive."""

import sys

import typer

from arenabridge.cli.options import USAGE_ERROR, DataDir, GatewayUrl, plain_errors, settings_of_gateway

commands = typer.Typer(help="Alerts to an address of yours.", no_args_is_help=True)


@commands.callback()
def alerts() -> None:
    """Without it the one command would have no name of its own."""


@commands.command("test")
def try_out(gateway: GatewayUrl = None, data_dir: DataDir = None) -> None:
    """Send one to the `alerts_url` of the running gateway, and say what became of it."""
    from arenabridge.cli.running_gateway import NotReached, running_gateway

    with plain_errors(NotReached), running_gateway(settings_of_gateway(data_dir), gateway) as running:
        tested = running.call("POST", "/api/alerts/test")
    if tested["delivered"]:
        print("Delivered.")
        return
    print(f"arenabridge: not delivered: {tested['why']}", file=sys.stderr)
    raise typer.Exit(USAGE_ERROR)
