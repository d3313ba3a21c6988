"""Limits as options, of keys and of people: what is not given stays as it is."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

MAX_COUNT = 2**31 - 1
"""What a limit may be at most: `Count` of `accounts.key_limits`, which is not loaded before a command runs."""

Count = Annotated[int | None, typer.Option(min=0, max=MAX_COUNT, help="0 takes the limit away.")]
Models = Annotated[
    list[str] | None, typer.Option(help="A glob (* and ?); may be given several times; '' takes all away.")
]
Network = Annotated[
    list[str] | None,
    typer.Option(help="An address or network from which to ask; may be given several times; '' allows all."),
]


def given(counts: Mapping[str, int | None], lists: Mapping[str, list[str] | None]) -> dict[str, Any]:
    """Fields of `KeyLimits`, with what they are to be."""
    found: dict[str, Any] = {name: value or None for name, value in counts.items() if value is not None}
    return found | {name: tuple(filter(None, value)) for name, value in lists.items() if value}
