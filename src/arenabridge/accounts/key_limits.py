"""
What an API key or a person may be used for, from where, and how much: values, and the questions that need no memory.

A person's limits hold for all of their keys and the Playground together, beside those of each key.

None is no limit. Models are named by globs (`*` and `?`), without regard to case: what is denied is denied, whatever is
allowed; an empty list of allowed ones allows all.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

import msgspec

from arenabridge.errors import AddressNotAllowed, InvalidRequest, ModelNotAllowed

MAX_RULES = 100
"""Rules of each kind that one key may have."""

MAX_PATTERN_CHARACTERS = 200
MAX_STARS = 5
"""Wildcards in one pattern: each multiplies what comparing a long name may cost."""

THIS_KEY = "this API key"
THIS_PERSON = "this person, with all keys and the Playground,"
"""Who is held to limits, in the words of refusals."""

Count = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class KeyLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days and months are UTC's."""

    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    parallel_requests: Count | None = None
    requests_per_day: Count | None = None
    requests_per_month: Count | None = None
    tokens_per_day: Count | None = None
    tokens_per_month: Count | None = None
    allowed_models: tuple[str, ...] = ()
    denied_models: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    """Addresses, or networks such as `192.168.1.0/24`, from which the key may be used; none is anywhere."""

    @property
    def has_budget(self) -> bool:
        return any((self.requests_per_day, self.requests_per_month, self.tokens_per_day, self.tokens_per_month))

    @property
    def counts_tokens(self) -> bool:
        return any((self.tokens_per_minute, self.tokens_per_day, self.tokens_per_month))

    def allows_model(self, *names: str) -> bool:
        """`names` are what one model is called: as it was asked for, and as the site has it."""
        folded = [name.casefold() for name in names]
        if _any_matches(folded, self.denied_models):
            return False
        return not self.allowed_models or _any_matches(folded, self.allowed_models)

    def check_model(self, *names: str, whose: str = THIS_KEY) -> None:
        """Raises `ModelNotAllowed`."""
        if not self.allows_model(*names):
            raise ModelNotAllowed(f"{begun(whose)} may not use {names[0]}.", param="model")

    def check_address(self, address: str, whose: str = THIS_KEY) -> None:
        """Raises `AddressNotAllowed`."""
        if self.networks and not is_within(address, self.networks):
            raise AddressNotAllowed(f"{begun(whose)} may not ask from {address}.")


NO_LIMITS = KeyLimits()


@dataclass(frozen=True, slots=True)
class Held:
    """Who is held to limits, and counted by this id; `person_id` is None for a key."""

    id: str
    limits: KeyLimits
    whose: str = THIS_KEY
    person_id: str | None = None


def begun(words: str) -> str:
    """How a sentence about the holder begins."""
    return words[0].upper() + words[1:]


def checked(limits: KeyLimits) -> KeyLimits:
    """The same with networks in their canonical form; raises `InvalidRequest` for invalid rules."""
    for name in ("allowed_models", "denied_models", "networks"):
        if len(getattr(limits, name)) > MAX_RULES:
            raise InvalidRequest(f"{name}: at most {MAX_RULES}.", param=name)
    for pattern in (*limits.allowed_models, *limits.denied_models):
        if not 1 <= len(pattern) <= MAX_PATTERN_CHARACTERS or pattern.count("*") > MAX_STARS:
            raise InvalidRequest(
                f"A pattern has 1 to {MAX_PATTERN_CHARACTERS} characters and at most {MAX_STARS} stars.", param="models"
            )
    return msgspec.structs.replace(limits, networks=tuple(_network(each) for each in limits.networks))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address is one of these, or in one of these networks; anything that is not an address is in none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in ipaddress.ip_network(network, strict=False) for network in networks)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise InvalidRequest(f"{text[:60]!r} is no address or network like 192.168.1.0/24.", param="networks") from None


def _any_matches(names: Iterable[str], patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern.casefold()) for name in names for pattern in patterns)
