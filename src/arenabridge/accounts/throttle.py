"""
How often somebody may try to get in: pure, on the clock that it is given.

Tries are counted before they are judged: a hundred at once are no more than one after the other. A few are free;
then each has to wait twice as long as the one before. Counted are a name from one network, and a network whatever the
name; an IPv6 network is a /64, since that is what one household has.
"""

import ipaddress
from dataclasses import dataclass
from typing import TypeVar

from arenabridge.errors import RateLimited

K = TypeVar("K")

FREE_TRIES = 5
FREE_TRIES_OF_A_NETWORK = 50
MAX_WAIT_SECONDS = 300.0
FORGET_SECONDS = 3600.0
MAX_REMEMBERED = 4096
"""Entries of each kind. The oldest goes first; anyone who floods one kind with names is stopped by the other."""


@dataclass(slots=True)
class _Tries:
    count: int = 0
    wait_until: float = 0.0
    last: float = 0.0


class Throttle:
    """Remembers tries that have not succeeded."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], _Tries] = {}
        self._networks: dict[str, _Tries] = {}

    def attempt(self, name: str, address: str, now: float) -> None:
        """Count a try; raises `RateLimited`, and counts nothing, where it comes too early."""
        network = network_of(address)
        of_name = _tries(self._names, (name, network), now)
        of_network = _tries(self._networks, network, now)
        wait = max(of_name.wait_until, of_network.wait_until) - now
        if wait > 0:
            raise RateLimited("Too many attempts. Wait before the next one.", retry_after_seconds=wait)
        _count(of_name, FREE_TRIES, now)
        _count(of_network, FREE_TRIES_OF_A_NETWORK, now)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the name's tries; the network's stay, or one's own account would free it for guessing others'."""
        self._names.pop((name, network_of(address)), None)
        tries = self._networks.get(network_of(address))
        if tries is not None:
            tries.count -= 1

    def __len__(self) -> int:
        return len(self._names) + len(self._networks)


def network_of(address: str) -> str:
    """The address itself, or an IPv6 address's /64; anything else (a socket in a file) stands for itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))


def _tries(kept: dict[K, _Tries], key: K, now: float) -> _Tries:
    tries = kept.pop(key, None)
    if tries is None or now - tries.last >= FORGET_SECONDS:
        tries = _Tries()
    if len(kept) >= MAX_REMEMBERED:
        del kept[next(iter(kept))]
    kept[key] = tries
    return tries


def _count(tries: _Tries, free: int, now: float) -> None:
    tries.count += 1
    tries.last = now
    beyond = tries.count - free
    if beyond >= 0:
        tries.wait_until = now + min(2.0**beyond, MAX_WAIT_SECONDS)
