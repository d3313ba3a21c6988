"""Options that several commands share, and how a command ends when something is wrong."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from arenabridge.accounts.secrets import SecretError
from arenabridge.errors import GatewayError
from arenabridge.http.door.log_format import JsonLines
from arenabridge.http.door.request_log import NumberInLog
from arenabridge.settings import Settings, SettingsError, load_settings
from arenabridge.storage.database import FILE_NAME, DatabaseError

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
    str | None, typer.Option("--gateway", help="The running gateway's address. Default: found by its data directory.")
]

USAGE_ERROR = 2


class NoGatewayYet(Exception):
    """A command is about a gateway, but none was ever started where it looks."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(
            f"There is no gateway in {data_dir} yet. Name the data directory of yours with --data-dir "
            "(`arenabridge serve` prints it when it starts), or start one there first."
        )


def settings_from(**flags: Any) -> Settings:
    return load_settings(flags, os.environ)


def settings_of_gateway(data_dir: Path | None) -> Settings:
    """For commands about what a gateway has; raises `NoGatewayYet` rather than begin another one by mistake."""
    settings = settings_from(data_dir=data_dir)
    if _is_new(settings):
        raise NoGatewayYet(settings.data_dir)
    return settings


def settings_to_begin(data_dir: Path | None) -> Settings:
    """For commands that are of use before the first start too: they say when that is so, in case it is a mistake."""
    settings = settings_from(data_dir=data_dir)
    if _is_new(settings):
        words = f"Note: no gateway has run in {settings.data_dir} yet. One that is started there will know of this."
        print(words, file=sys.stderr)
    return settings


def _is_new(settings: Settings) -> bool:
    return settings.database_url is None and not (settings.data_dir / FILE_NAME).exists()


class Commands(TyperGroup):
    """All commands of the program: one that fails in a way that a person can mend says so in a sentence."""

    def invoke(self, ctx: Any) -> Any:
        with plain_errors():
            return super().invoke(ctx)


@contextlib.contextmanager
def plain_errors(*expected: type[Exception]) -> Iterator[None]:
    """These failures, and those that any command may have, are one sentence on stderr, not a traceback."""
    always = (SettingsError, SecretError, DatabaseError, NoGatewayYet, GatewayError, OSError)
    mendable: tuple[type[Exception], ...] = (*always, *expected)
    try:
        yield
    except BrokenPipeError:  # as with `... | head`: not worth a word
        raise
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
