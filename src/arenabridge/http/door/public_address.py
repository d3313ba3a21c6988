"""
Under which address others reach us.

That is `public_url`, else what a trusted proxy says, else this computer's address in the network if they asked for it,
else our own. A name that a proxy passes on, or that stands in the request, was written by the client: it counts only if
we would answer under it (`http.door.guard`).
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from arenabridge.media.public_addresses import is_out_of_reach
from arenabridge.settings import Settings
from arenabridge.settings_rules import LOOPBACK_NAMES, is_address, is_reached_by_address


class PublicAddress:
    """The addresses of one gateway or file host. None of them ends in a slash."""

    def __init__(self, settings: Settings, own: str) -> None:
        self._public = settings.public_url.rstrip("/") if settings.public_url else None
        self._own = own
        self._proxies = [ipaddress.ip_network(network, strict=False) for network in settings.trusted_proxies]
        self._by_address = is_reached_by_address(settings)
        self._names = LOOPBACK_NAMES | {name.lower() for name in settings.allowed_hosts}

    def seen_by(self, connection: HTTPConnection | None) -> str:
        """The address at which the sender of this request reaches us."""
        if self._public:
            return self._public
        if connection is None:
            return self._own
        return self._forwarded(connection) or self._in_the_network(connection) or self._own

    def _in_the_network(self, connection: HTTPConnection) -> str | None:
        host = connection.headers.get("host", "").lower()
        name = host.rpartition(":")[0] if _has_port(host) else host
        return f"http://{host}" if self._by_address and is_address(name) else None

    def _forwarded(self, connection: HTTPConnection) -> str | None:
        headers = connection.headers
        host = _first(headers.get("x-forwarded-host", "")) or headers.get("host", "").lower()
        scheme = _first(headers.get("x-forwarded-proto", ""))
        if scheme not in {"http", "https"} or not self._is_trusted(connection):
            return None
        name = host.rpartition(":")[0] if _has_port(host) else host
        return f"{scheme}://{host}" if name in self._names else None

    def _is_trusted(self, connection: HTTPConnection) -> bool:
        if connection.client is None:
            return False
        try:
            peer = ipaddress.ip_address(connection.client.host)
        except ValueError:
            return False
        return any(peer in network for network in self._proxies)


def unreachable_words(address: str) -> str | None:
    """What to tell the person if models are to read files at an address that the site can't reach."""
    host = urlsplit(address).hostname or ""
    if not is_out_of_reach(host):
        return None
    return (
        f"Files get addresses at {address}, which only this computer or network can reach: the site's models will not "
        "see them. The host of files needs a public address (public_url) that the internet can reach."
    )


def _first(value: str) -> str:
    return value.partition(",")[0].strip().lower()


def _has_port(host: str) -> bool:
    return ":" in host and not host.endswith("]")
