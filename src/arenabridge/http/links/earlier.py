"""
Who may pass for the earlier bridges' scripts.

They bring no credential, so they are let in only where nobody else could be: with the setting `compatibility`, which
wants a loopback address and no public one, and never by a request that somebody has forwarded, since behind a proxy
everybody seems to be on this computer.
"""

from starlette.datastructures import Headers

from arenabridge.http.door.forwarded import is_forwarded
from arenabridge.settings import Settings


def serves_earlier_scripts(settings: Settings, headers: Headers) -> bool:
    """Whether this request may be one of theirs."""
    return settings.compatibility and not is_forwarded(headers)
