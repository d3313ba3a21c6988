"""Options that several commands share, and how a command ends when something is wrong."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from arenabridge.accounts.secrets import SecretError
from arenabridge.http.door.log_format import JsonLines
from arenabridge.http.door.request_log import NumberInLog
from arenabridge.settings import Settings, SettingsError, load_settings
from arenabridge.storage.database import DatabaseError

DataDir = Annotated[
    Path | None, typer.Option(help="Where everything is kept. Default: the system's place for a user's data.")
]
Host = Annotated[str | None, typer.Option(help="The address to listen on. Default: 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(help="The port to listen on; 0 takes a free one. Default: 5102.")]
SiteOrigin = Annotated[
    list[str] | None, typer.Option(help="An origin of the site; may be given several times. Default: the real site's.")
]
Slots = Annotated[int | None, typer.Option(help="Jobs that one browser profile may run at once.")]
Browser = Annotated[
    bool, typer.Option("--browser", help="Start a browser with a profile of its own, with the site open in it.")
]
Processes = Annotated[
    int | None, typer.Option(hidden=True, help="Only 1: several gateways are started one by one, see docs/replicas.md.")
]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error. Default: info.")]
GatewayUrl = Annotated[
    str | None, typer.Option("--gateway", help="Where the running gateway is, if not where the settings say.")
]

USAGE_ERROR = 2


def settings_from(**flags: Any) -> Settings:
    return load_settings(flags, os.environ)


@contextlib.contextmanager
def plain_errors(*expected: type[Exception]) -> Iterator[None]:
    """Failures that a person can mend are one sentence on stderr, not a traceback."""
    mendable: tuple[type[Exception], ...] = (SettingsError, SecretError, DatabaseError, *expected)
    try:
        yield
    except mendable as error:
        print(f"arenabridge: {error}", file=sys.stderr)
        raise typer.Exit(USAGE_ERROR) from None


def set_up_logging(level: str, form: str = "readable") -> None:
    handler = logging.StreamHandler()
    handler.addFilter(NumberInLog())
    readable = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(request)s%(message)s", datefmt="%H:%M:%S")
    handler.setFormatter(JsonLines() if form == "json" else readable)
    logging.basicConfig(handlers=[handler])
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise SettingsError(f"log_level: expected debug, info, warning or error, got {level!r}.")
    logging.getLogger("arenabridge").setLevel(number)
