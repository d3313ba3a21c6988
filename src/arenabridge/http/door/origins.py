"""
Which web pages may use the API (CORS), and which are turned away before they cost anything.

While keys are required, any page that has one may: without credentials, so that a browser adds nothing of its own to
the request. While none is required any page could spend the person's quota, so only our own origin and those of
`cors_allowed_origins` may, and the request of any other is refused, not only its answer kept from it: the site would
have been asked by then. Nothing but the API is ever opened to other origins.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arenabridge.errors import ForbiddenOrigin
from arenabridge.http.door.errors import error_response
from arenabridge.http.door.paths import is_api

METHODS = "GET, HEAD, POST, OPTIONS"

PREFLIGHT_SECONDS = 7200
"""How long a browser may remember a permission: the most that Chromium takes."""

MAX_ECHOED_CHARACTERS = 4096
"""Bound of the names of headers that a page asks for: SDKs ask for about twenty."""

_EXPOSED = (b"x-request-id", b"retry-after", b"x-should-retry")
_OUR_PREFIXES = (b"x-arenabridge-", b"x-ratelimit-")


class Origins:
    """ASGI middleware, plain like the others. It works on paths in their one spelling (`http.door.paths`)."""

    def __init__(self, app: ASGIApp, *, keys_required: bool, allowed: Iterable[str]) -> None:
        self._app = app
        self._keys_required = keys_required
        self._allowed = frozenset(origin.lower() for origin in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and not self._may(origin, headers):
            error = ForbiddenOrigin(
                "Without required API keys only pages of this gateway and of cors_allowed_origins may use the API."
            )
            await error_response(error)(scope, receive, send)
            return
        granted = [] if origin is None else self._granted(origin)
        if scope["method"] == "OPTIONS":
            await _answer_preflight(headers, granted, send)
        else:
            await self._app(scope, receive, _granting(send, granted) if granted else send)

    def _may(self, origin: str, headers: Headers) -> bool:
        if self._keys_required or origin.lower() in self._allowed:
            return True
        scheme, _, host = origin.lower().partition("://")
        return scheme in {"http", "https"} and host == headers.get("host", "").lower()

    def _granted(self, origin: str) -> list[tuple[bytes, bytes]]:
        if self._keys_required:
            return [(b"access-control-allow-origin", b"*")]
        return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]


async def _answer_preflight(headers: Headers, granted: list[tuple[bytes, bytes]], send: Send) -> None:
    """Every header that is asked for is granted by its name, since `*` does not cover `Authorization`."""
    answer = [(b"allow", METHODS.encode()), *granted]
    if granted:
        wanted = headers.get("access-control-request-headers", "")
        answer += [
            (b"access-control-allow-methods", METHODS.encode()),
            (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
            (b"vary", b"access-control-request-headers"),
        ]
        if wanted and len(wanted) <= MAX_ECHOED_CHARACTERS:
            answer.append((b"access-control-allow-headers", wanted.encode("latin-1")))
    await send({"type": "http.response.start", "status": 204, "headers": answer})
    await send({"type": "http.response.body", "body": b""})


def _granting(send: Send, granted: list[tuple[bytes, bytes]]) -> Send:
    async def send_granting(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            ours = [name for name, _ in headers if name.lower().startswith(_OUR_PREFIXES)]
            exposed = b", ".join([*_EXPOSED, *ours])
            message = {**message, "headers": [*headers, *granted, (b"access-control-expose-headers", exposed)]}
        await send(message)

    return send_granting
