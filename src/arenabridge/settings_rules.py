"""
What settings may not be together, or not as they are: the rules that a single value's type can't say.

They are told in words, not as exceptions: the code that puts settings together decides what becomes of them.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arenabridge.settings import Settings


MIN_KEY_CHARACTERS = 16
"""Length of a key that a person makes up, where more than this computer's programs may try it."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Host names that are this computer's own, as browsers write them."""


def reached_by_others(settings: "Settings") -> str:
    """
    What lets others than this computer's programs in, in words; empty if nothing does.

    Behind a proxy on this computer everybody has its address, so a loopback address alone proves nothing: an address
    that is named for others means that they are to come.
    """
    if not settings.is_loopback:
        return f"it listens on {settings.host}"
    if settings.public_url:
        return f"others reach it at public_url, {settings.public_url}"
    names = sorted({name.lower() for name in settings.allowed_hosts} - LOOPBACK_NAMES)
    return f"others reach it under allowed_hosts, {', '.join(names)}" if names else ""


def faults(settings: "Settings") -> Iterator[str]:
    """What is wrong, in words; the first is enough to say."""
    yield from _of_reach(settings)
    if not settings.require_api_key and (why := reached_by_others(settings)):
        yield f"require_api_key can be false only on a loopback address that nobody else reaches: {why}."
    yield from _of_guessable_secrets(settings)
    if not settings.require_worker_authentication and not (settings.is_loopback and settings.public_url is None):
        yield "require_worker_authentication can be false only on a loopback address and without public_url."
    if settings.worker_timeout_seconds < 2 * settings.worker_heartbeat_seconds:
        yield "worker_timeout_seconds must be at least twice worker_heartbeat_seconds."
    yield from _of_servers(settings)
    for network in settings.trusted_proxies:
        if not is_network(network):
            yield f"trusted_proxies: {network!r} is no address or network like 10.0.0.2 or 172.16.0.0/12."
    yield from _of_addresses(settings)
    yield from _of_origins(settings)


def _of_guessable_secrets(settings: "Settings") -> Iterator[str]:
    made_up = {"api_key": [settings.api_key] if settings.api_key else [], "worker_tokens": settings.worker_tokens}
    for name, secrets in made_up.items():
        if any(len(each) < MIN_KEY_CHARACTERS for each in secrets) and (why := reached_by_others(settings)):
            each = "each of worker_tokens" if name == "worker_tokens" else name
            yield f"{each} must have at least {MIN_KEY_CHARACTERS} characters, since {why}: others could guess it."


def _of_addresses(settings: "Settings") -> Iterator[str]:
    """Addresses that may hold secrets, as those of alerts do, are not shown."""
    for name in ("update_index_url", "announcements_url", "alerts_url"):
        if (url := getattr(settings, name)) and not is_web_address(url):
            yield f"{name}: expected an address like https://example.org/path."
    for name in settings.allowed_hosts:
        if not _is_host(name):
            yield f"allowed_hosts: {name!r} is not a bare name like my-pc or 192.168.1.20, without http:// and port."
    if settings.file_bed_upload_url and not is_web_address(settings.file_bed_upload_url):
        yield "file_bed_upload_url: expected an address like http://127.0.0.1:5180/upload."


def _of_origins(settings: "Settings") -> Iterator[str]:
    for origin in settings.site_origins:
        if not _is_origin(origin) or not origin.startswith(("http://", "https://")):
            yield f"site_origins: {origin!r} is not an origin like https://arena.ai."
    for origin in settings.cors_allowed_origins:
        if not _is_origin(origin):
            yield (
                f"cors_allowed_origins: {origin!r} is not an origin like http://localhost:3000 or app://obsidian.md."
            )


def _of_compatibility(settings: "Settings") -> Iterator[str]:
    """The earlier bridges' scripts prove nothing about themselves: they are allowed only where nobody else can be."""
    if not settings.compatibility:
        return
    if not settings.is_loopback:
        yield f"compatibility can be true only on a loopback address, not on {settings.host}."
    if settings.public_url:
        yield "compatibility can't be true with public_url: whoever reaches that could pose as your tab."


def _of_reach(settings: "Settings") -> Iterator[str]:
    yield from _of_compatibility(settings)
    if settings.public_url and not is_web_address(settings.public_url):
        yield f"public_url: expected an address like https://arena.example.org, not {settings.public_url}."
    if settings.deployment_mode == "local":
        return
    if not settings.require_api_key:
        yield "require_api_key can't be false in the cloud: everybody could spend your quota."
    if not settings.public_url:
        yield (
            "deployment_mode cloud needs public_url, the address under which browsers reach the gateway, such as "
            "https://arena.example.org (ARENABRIDGE_PUBLIC_URL)."
        )


def _of_servers(settings: "Settings") -> Iterator[str]:
    """Names the settings without their addresses, which hold passwords."""
    if settings.database_url and not re.match(r"(postgres|postgresql|postgresql\+psycopg)://", settings.database_url):
        yield (
            "database_url: expected an address like postgresql://user:password@host:5432/name; "
            "without it a file in the data directory is used (SQLite)."
        )
    if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://", "unix://")):
        yield "redis_url: expected an address like redis://host:6379/0."
    if settings.redis_url and not settings.database_url:
        yield (
            "redis_url joins several gateways, and they have to share keys, people and budgets too: "
            "set database_url (DATABASE_URL) to one PostgreSQL database for all, or leave redis_url (REDIS_URL) out."
        )


def is_reached_by_address(settings: "Settings") -> bool:
    """Whether others in the network reach this computer by its addresses: it listens there, and has no public name."""
    return not settings.is_loopback and not settings.public_url


def is_address(host: str) -> bool:
    """An IP address as it stands in a URL: version 6 in brackets."""
    digits = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return ipaddress.ip_address(digits).version == (4 if digits == host else 6)
    except ValueError:
        return False


def is_web_address(text: str) -> bool:
    return re.match(r"https?://[^/\s]", text) is not None


def _is_host(text: str) -> bool:
    return is_address(text) or re.fullmatch(r"[^\s:/@?#\[\]]+", text) is not None


def is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_origin(text: str) -> bool:
    """Desktop programs that are web pages inside use their own schemes."""
    return re.fullmatch(r"[a-z][a-z0-9+.-]*://[^\s/*,]+", text) is not None
