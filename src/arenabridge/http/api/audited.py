"""Note what an administrator does: every endpoint that changes something says so here."""

from starlette.requests import Request

from arenabridge.accounts.people import Person
from arenabridge.http.door.client_address import client_address
from arenabridge.http.gateway import gateway_of


def record(request: Request, person: Person, action: str, target: str, detail: str = "") -> None:
    """Waits for the disk. `action` is subject and verb, as `key.created`; none of this may be secret."""
    audit = gateway_of(request).accounts.audit
    audit.record(person, action, target, detail=detail, address=client_address(request))
