"""Where a gateway is, however people write it. Pure."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_ENDPOINTS = ("/ws/worker", "/ws", "/v1")
_PLACEHOLDER = re.compile(r"\byour[-_]|[<>…]", re.IGNORECASE)
"""What examples have where a name belongs."""


class AddressError(ValueError):
    """It is not the address of a gateway; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """`base` is such as `https://bridge.example.org`, without a slash at the end."""

    base: str

    @property
    def link(self) -> str:
        """Where relays connect."""
        return f"{self.base.replace('http', 'ws', 1)}/ws/worker"

    @property
    def is_on_this_computer(self) -> bool:
        return _is_this_computer(urlsplit(self.base).hostname or "")

    @property
    def is_readable_on_the_way(self) -> bool:
        """Prompts, answers and the credential go through a network in the clear."""
        return self.base.startswith("http:") and not self.is_on_this_computer


def is_placeholder(text: str) -> bool:
    return _PLACEHOLDER.search(text) is not None


def gateway_address(text: str) -> GatewayAddress:
    """
    From `https://host`, `wss://host/ws/worker`, the base URL of clients (`…/v1`), or the name of a host alone.

    Raises `AddressError`. A name without a scheme is reached by HTTPS, unless it is this computer.
    """
    text = text.strip()
    if is_placeholder(text):
        raise AddressError(
            f"{text!r} is an example: write the address of your gateway, like https://bridge.example.org."
        )
    try:
        parts = urlsplit(text if "://" in text else f"{_scheme_for(text)}://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None or "@" in parts.netloc or not host or not re.fullmatch(r"[\w.:-]+", host):
        raise AddressError(f"{text!r} is no address of a gateway, like https://bridge.example.org.")
    name = f"[{host}]" if ":" in host else host
    return GatewayAddress(f"{scheme}://{name}{'' if port is None else f':{port}'}{_prefix(parts.path)}")


def _prefix(path: str) -> str:
    """What stands before the endpoint that was named, if any: a gateway may be below a path."""
    path = path.rstrip("/")
    return next((path.removesuffix(each) for each in _ENDPOINTS if path.endswith(each)), path).rstrip("/")


def _scheme_for(text: str) -> str:
    return "http" if _is_this_computer(urlsplit(f"//{text}").hostname or "") else "https"


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
