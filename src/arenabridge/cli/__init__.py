"""The command line: thin commands that gather settings, run one thing, and say in words what is wrong."""

import typer

from arenabridge import __version__
from arenabridge.cli import (
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
    users,
    worker,
    workers,
)

application = typer.Typer(
    name="arenabridge",
    help="The models of your own browser tab on the Arena site, for every OpenAI-compatible program.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
application.command("serve")(serve.serve)
application.command("files")(files.files)
application.command("worker")(worker.worker)
application.command("demo")(demo.demo)
application.command("simulator")(simulator.simulator)
application.command("import")(import_.import_)
application.command("update")(update.update)
keys.commands.command("limit")(key_limits.limit)
application.add_typer(keys.commands, name="keys")
application.add_typer(users.commands, name="users")
application.add_typer(workers.commands, name="workers")
application.add_typer(captured.commands, name="captured")
application.command("capture")(capture.capture)
application.add_typer(models.commands, name="models")
application.add_typer(sessions.commands, name="sessions")


@application.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """The `arenabridge` command."""
    application()
