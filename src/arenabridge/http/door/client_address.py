"""
From which address a request comes.

Behind a proxy everybody has the proxy's address. What proxies say (`X-Forwarded-For`, to whose end each
adds the address it speaks for) counts only as far as it comes from `trusted_proxies`: anybody can write the rest.
"""

import ipaddress
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from arenabridge.accounts.key_limits import is_within
from arenabridge.http.gateway import gateway_of

UNKNOWN = "unknown"
"""Stands for a peer that has no address, such as a socket in a file."""


def client_address(connection: HTTPConnection) -> str:
    """An IP address as text, or `UNKNOWN`."""
    return address_through(connection, gateway_of(connection).settings.trusted_proxies)


def address_through(connection: HTTPConnection, trusted: Sequence[str]) -> str:
    """The same, with these proxies believed."""
    peer = connection.client.host if connection.client else UNKNOWN
    if not trusted:
        return peer
    said = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    for hop in reversed([each.strip() for each in said if each.strip()]):
        if not is_within(peer, trusted) or not _is_address(hop):
            break
        peer = hop
    return peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
