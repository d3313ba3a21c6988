"""
Which addresses are on the public internet, and which forms of a host name are understood.

Anyone who may name an address for us to fetch could otherwise have us read what only this computer can reach: other
programs on it, the router, a cloud's metadata service. The networks are those of IANA's special-purpose registries
(RFC 6890), and what wraps an IPv4 address in an IPv6 one.
"""

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers (CGNAT)
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own services, at a public address
        "169.254.0.0/16",  # link-local, where clouds answer for metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
"""All that was ever given out for public use. What lies outside (loopback, IPv4-mapped, NAT64, unique local,
link-local, multicast) is refused without being listed."""

_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: wraps any IPv4 address
        "3fff::/20",  # documentation
    )
)

_INNER_NAMES = re.compile(r"(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa)$")
"""Names that mean this computer or this network, whatever a resolver makes of them (RFC 6761, 6762, 8375)."""

_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$")
"""What the WHATWG's URL standard takes for an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1, 127.1."""


def is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in _UNICAST_V6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


def literal_address(host: str) -> Address | None:
    """The address that a host *is*, in its one usual form; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_plain_host(host: str) -> bool:
    """A name of letters, digits, hyphens and dots, or an address in its usual form: nothing that can be read twice."""
    if literal_address(host) is not None:
        return "%" not in host  # a zone is a way out through an interface of ours
    name = host.rstrip(".")
    return re.fullmatch(r"[A-Za-z0-9_.-]+", name) is not None and not _ENDS_IN_A_NUMBER.search(name)


def is_inner_name(host: str) -> bool:
    """A name that can only mean something within this computer or network."""
    return _INNER_NAMES.search(host.rstrip(".").lower()) is not None


def is_out_of_reach(host: str) -> bool:
    """Whether others on the internet surely can't reach this host: it is not public by its very name."""
    address = literal_address(host.strip("[]"))
    return not is_public(address) if address is not None else is_inner_name(host) or "." not in host.rstrip(".")
