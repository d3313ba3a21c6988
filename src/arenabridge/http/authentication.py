"""Which key a request carries: `Authorization: Bearer` in any case, `x-api-key` or `api-key`."""

from starlette.requests import Request

from arenabridge.accounts.keys import ApiKey
from arenabridge.http.gateway import gateway_of


async def authenticate(request: Request) -> ApiKey:
    """Raises `InvalidApiKey`."""
    return await gateway_of(request).keys.verify(_key(request))


def _key(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key") or request.headers.get("api-key")
