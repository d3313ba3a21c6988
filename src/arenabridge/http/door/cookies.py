"""
The cookie of a browser that is signed in.

Under https it has the prefix `__Host-`, which browsers let nobody but this very host set, and `Secure`; on the
loopback address without TLS it can have neither. It is never sent along from other sites' pages but when a person
follows a link (`SameSite=Lax`), and no script can read it.
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.accounts.key_limits import is_within
from arenabridge.accounts.sessions import LIFETIME_SECONDS
from arenabridge.http.gateway import gateway_of

NAME = "arenabridge_session"
SECURE_NAME = "__Host-arenabridge_session"


def is_https(request: Request) -> bool:
    """Whether the browser speaks https: with us, with a proxy that we trust, or under our public address."""
    settings = gateway_of(request).settings
    if request.url.scheme == "https":
        return True
    if request.client is not None and is_within(request.client.host, settings.trusted_proxies):
        return request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower() == "https"
    public = urlsplit(settings.public_url or "")
    return public.scheme == "https" and request.headers.get("host", "").lower() == public.netloc.lower()


def session_token(request: Request) -> str:
    """Empty without one."""
    return request.cookies.get(SECURE_NAME if is_https(request) else NAME, "")


def keep_signed_in(request: Request, response: Response, token: str) -> None:
    secure = is_https(request)
    response.set_cookie(
        SECURE_NAME if secure else NAME,
        token,
        max_age=int(LIFETIME_SECONDS),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def forget(request: Request, response: Response) -> None:
    secure = is_https(request)
    response.delete_cookie(SECURE_NAME if secure else NAME, path="/", secure=secure, httponly=True, samesite="lax")
