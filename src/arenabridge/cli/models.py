"""`arenabridge models`: the site's models, listed or read anew."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from arenabridge.cli.options import DataDir, GatewayUrl, plain_errors, settings_of_gateway

commands = typer.Typer(help="The site's models.", no_args_is_help=True)

FILE_NAME = "available_models.json"


@commands.command("list")
def list_models(gateway: GatewayUrl = None, data_dir: DataDir = None) -> None:
    """List the names that programs may use, and what their answers are. The gateway must be running."""
    from arenabridge.cli.running_gateway import NotReached, running_gateway

    with plain_errors(NotReached), running_gateway(settings_of_gateway(data_dir), gateway) as running:
        models = running.call("GET", "/v1/models")["data"]
    if not models:
        print("None is known yet: open the site in a tab that is connected to the gateway.", file=sys.stderr)
    for model in models:
        print(f"{model.get('type', ''):7} {model['id']}")


@commands.command("update")
def update(
    *,
    write: Annotated[
        bool,
        typer.Option("--write", help=f"Also write {FILE_NAME}, as the earlier bridges did, into the data directory."),
    ] = False,
    to: Annotated[Path | None, typer.Option(help=f"Write {FILE_NAME} there instead: a folder or a file.")] = None,
    gateway: GatewayUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Have a tab read the site's page anew, and show what has changed. The gateway must be running."""
    from arenabridge.cli.running_gateway import NotReached, running_gateway

    settings = settings_of_gateway(data_dir)
    with plain_errors(NotReached), running_gateway(settings, gateway) as running:
        for line in _in_words(running.call("POST", "/api/models/update")):
            print(line)
        if write or to is not None:
            path = to or settings.data_dir
            path = path / FILE_NAME if path.is_dir() else path
            path.write_text(running.text("/api/models/available"), "utf-8")
            print(f"Written to {path}")


def _in_words(changes: dict[str, Any]) -> list[str]:
    return [
        f"{changes['count']} models"
        if any(changes[kind] for kind in ("new", "gone", "renamed"))
        else f"{changes['count']} models, as before",
        *(f"+ {name}" for name in changes["new"]),
        *(f"- {name}" for name in changes["gone"]),
        *(f"  {each['before']} is called {each['after']} now" for each in changes["renamed"]),
    ]
