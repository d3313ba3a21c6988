"""What people mistype in settings, and the words that tell them what they may have meant."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from arenabridge.earlier.settings import Note

PREFIX = "ARENABRIDGE_"

NO_SETTINGS = frozenset(
    {
        "ADMIN_EMAIL",
        "ADMIN_PASSWORD",
        "ADMIN_USERNAME",
        "BROWSER",
        "FIREFOX",
        "IMAGE",
        "SECRET_KEY",
        "SECRET_KEY_BEFORE",
    }
)
"""Variables of ours that are read elsewhere."""

_FROM_OTHERS = re.compile(r"WORKER_|SERVICE_|PORT_\d")
"""Settings of a relay; and what Kubernetes and Docker say of a service that is called like us."""


def choices(kind: Any) -> tuple[str, ...]:
    """The values that a setting of this type may have, if they are a few words."""
    if get_origin(kind) is Literal:
        return tuple(str(value) for value in get_args(kind))
    return tuple(value for inner in get_args(kind) for value in choices(inner))


def expected(what: str, kind: Any) -> str:
    """What the decoder says of a value, with those that it may have."""
    may = choices(kind)
    return f"{what}; expected one of {', '.join(may)}" if may and "enum value" in what else what


def meant(name: str, known: Collection[str]) -> str:
    """A question, after a blank, whether it was the nearest of these; empty if none is near."""
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def unknown_variables(environment: Mapping[str, str], known: Collection[str]) -> Iterator[Note]:
    """Variables named as if they were our settings. They may be somebody else's: no reason not to start."""
    names = {name.upper() for name in known}
    for variable, value in environment.items():
        name = variable.removeprefix(PREFIX)
        if not value or name == variable or name in names | NO_SETTINGS or _FROM_OTHERS.match(name):
            continue
        near = meant(variable, [PREFIX + each for each in names | NO_SETTINGS])
        yield Note(variable, "unknown", f"There is no such setting.{near} It has no effect.")
