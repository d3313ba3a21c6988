"""Client profiles in the database: what differs from the defaults, so that a better default reaches old keys too."""

from collections.abc import Mapping
from typing import Any

import msgspec

from arenabridge.wire.profile import ClientProfile

_USUAL = ClientProfile()


class ProfileError(ValueError):
    """A wish that does not exist. The message names it."""


def stored(profile: ClientProfile, usual: ClientProfile = _USUAL) -> dict[str, Any]:
    """The profile as JSON keeps it: what differs from what is usual here."""
    return {name: value for name, value in msgspec.structs.asdict(profile).items() if value != getattr(usual, name)}


def read(kept: object, usual: ClientProfile = _USUAL) -> ClientProfile:
    """What was kept, over what is usual here; wishes of another version, unknown to this one, are left out."""
    profile = usual
    for name, value in kept.items() if isinstance(kept, Mapping) else ():
        try:
            profile = changed(profile, {name: value})
        except ProfileError:
            continue
    return profile


def changed(profile: ClientProfile, wishes: Mapping[str, Any]) -> ClientProfile:
    """The profile with these wishes in place of its own; raises `ProfileError`."""
    try:
        return msgspec.convert(msgspec.structs.asdict(profile) | dict(wishes), ClientProfile)
    except msgspec.ValidationError as error:
        raise ProfileError(str(error)) from error
