"""Which key a request carries: `Authorization: Bearer` in any case, `x-api-key` or `api-key`."""

from starlette.requests import Request

from arenabridge.accounts.keys import ApiKey
from arenabridge.http.door.client_address import client_address
from arenabridge.http.door.forwarded import is_forwarded
from arenabridge.http.door.tracing import identified
from arenabridge.http.gateway import gateway_of


async def authenticate(request: Request) -> ApiKey:
    """Raises `InvalidApiKey` or `AddressNotAllowed`."""
    key = await gateway_of(request).keys.verify(key_in(request), forwarded=is_forwarded(request.headers))
    identified(key)
    key.check_address(client_address(request))
    return key


async def authenticate_administering(request: Request) -> ApiKey:
    """The same for what never goes without a key, whatever `require_api_key` says."""
    key = await gateway_of(request).keys.of(key_in(request))
    key.check_address(client_address(request))
    return key


def key_in(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key") or request.headers.get("api-key")
