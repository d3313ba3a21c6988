"""The wishes of a client profile as options, and as words; limits as words."""

from typing import Annotated, Any

import msgspec
import typer

from arenabridge.accounts import profiles
from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.wire.profile import (
    CitationStyle,
    ClientProfile,
    Overflow,
    PictureStyle,
    Priority,
    ReasoningDialect,
    RoleMode,
    TextFiles,
    TrailingUserMessage,
    UnseenPictures,
)

Strict = Annotated[
    bool | None,
    typer.Option("--strict/--lenient", help="Refuse parameters without effect, instead of naming them in a header."),
]
Reasoning = Annotated[ReasoningDialect | None, typer.Option(help="Where a model's reasoning goes.")]
Citations = Annotated[CitationStyle | None, typer.Option(help="Where the sources of search models go.")]
PicturesOption = Annotated[
    PictureStyle | None, typer.Option("--pictures", help="How the pictures of an answer are given.")
]
RoleModeOption = Annotated[
    RoleMode | None, typer.Option("--role-mode", help="How a conversation is written into one message.")
]
Trailing = Annotated[
    TrailingUserMessage | None,
    typer.Option("--trailing-user-message", help="Whether a minimal user turn is put last."),
]
OverflowOption = Annotated[
    Overflow | None, typer.Option("--overflow", help="What happens to a conversation that is too long for the site.")
]
UnseenPicturesOption = Annotated[
    UnseenPictures | None,
    typer.Option("--unseen-pictures", help="What happens to a picture in the last turn for a model that takes none."),
]
TextFilesOption = Annotated[
    TextFiles | None,
    typer.Option("--text-files", help="Whether the text of text files and PDF files is put into the message."),
]
Downscale = Annotated[
    bool | None,
    typer.Option(
        "--downscale-pictures/--no-downscale-pictures",
        help="Make too large pictures smaller, instead of refusing them.",
    ),
]

KeepBodies = Annotated[
    bool | None,
    typer.Option("--keep-bodies/--no-keep-bodies", help="Keep what is asked and answered for a while, to be read."),
]
PriorityOption = Annotated[
    Priority | None, typer.Option("--priority", help="Whose turn comes first when requests wait.")
]
Share = Annotated[
    int | None,
    typer.Option(min=1, max=100, help="Turns for one of a key with 1, when requests of the same priority wait."),
]


def given(**wishes: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in wishes.items() if value is not None}


def in_words(profile: ClientProfile) -> str:
    """What differs from the defaults, as it would be given on the command line."""
    return " ".join(_in_words(name, value) for name, value in profiles.stored(profile).items())


def limits_in_words(limits: KeyLimits) -> str:
    """The limits that there are, in the same way."""
    said: list[str] = []
    for name, value in msgspec.structs.asdict(limits).items():
        values = value if isinstance(value, tuple) else [value]
        said += [f"{_option(_OPTIONS.get(name, name))} {each}" for each in values if each is not None]
    return " ".join(said)


_OPTIONS = {"allowed_models": "allow_model", "denied_models": "deny_model", "networks": "network"}
"""The options of limits that are named differently from their fields."""


def _in_words(name: str, value: Any) -> str:
    return _option(name) if value is True else f"{_option(name)} {value}"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
