"""
Who may pass for the earlier bridges' scripts.

They bring no credential, so they are let in only where nobody else could be: with the setting `compatibility`, which
wants a loopback address and no public one, and never by a request that somebody has forwarded, since behind a proxy
everybody seems to be on this computer.
"""

from starlette.datastructures import Headers

from arenabridge.settings import Settings

FORWARDED = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
)
"""Headers that proxies add."""


def serves_earlier_scripts(settings: Settings, headers: Headers) -> bool:
    """Whether this request may be one of theirs."""
    return settings.compatibility and not is_forwarded(headers)


def is_forwarded(headers: Headers) -> bool:
    """Whether somebody stands between, on whose behalf it comes."""
    return any(name in headers for name in FORWARDED)
