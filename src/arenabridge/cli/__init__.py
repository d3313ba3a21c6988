"""The command line: thin commands that gather settings, run one thing, and say in words what is wrong."""

from typing import Annotated

import typer

from arenabridge import __version__
from arenabridge.cli import (
    alerts,
    capture,
    captured,
    demo,
    files,
    import_,
    key_limits,
    keys,
    models,
    serve,
    sessions,
    simulator,
    update,
    user_limits,
    users,
    worker,
    workers,
)
from arenabridge.cli.options import Commands

application = typer.Typer(
    name="arenabridge",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its tables cut the names of options where a terminal is narrow
    context_settings={"help_option_names": ["-h", "--help"]},
)
application.command("serve", short_help="Start the gateway.")(serve.serve)
application.command("files", short_help="Keep and serve files, without a gateway.")(files.files)
application.command("worker", short_help="Connect this computer's tabs to a gateway elsewhere.")(worker.worker)
application.command("demo", short_help="Show how it works, with a simulated site.")(demo.demo)
application.command("simulator", short_help="Serve the simulated site by itself.")(simulator.simulator)
application.command("import", short_help="Bring over an earlier bridge's folder.")(import_.import_)
application.command("update", short_help="Install a newer release.")(update.update)
keys.commands.command("limit")(key_limits.limit)
users.commands.command("limit")(user_limits.limit)
application.add_typer(keys.commands, name="keys")
application.add_typer(users.commands, name="users")
application.add_typer(workers.commands, name="workers")
application.add_typer(captured.commands, name="captured")
application.command("capture", short_help="Capture a site session by a press of Retry.")(capture.capture)
application.add_typer(models.commands, name="models")
application.add_typer(sessions.commands, name="sessions")
application.add_typer(alerts.commands, name="alerts")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@application.callback()
def options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The models of your own browser tab on the Arena site, for every OpenAI-compatible program."""


@application.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """The `arenabridge` command."""
    application()
