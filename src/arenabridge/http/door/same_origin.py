"""
Whether a request that changes something comes from a page of ours (against CSRF).

Browsers say where a request comes from in `Sec-Fetch-Site`, which no page can forge, on https and loopback addresses;
elsewhere in `Origin`, which they send with every POST. A cookie alone therefore never changes anything: one of the two
has to say that the page is ours.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from arenabridge.errors import ForbiddenOrigin
from arenabridge.http.gateway import gateway_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def require_our_page(request: Request) -> None:
    """Check what is done by virtue of a cookie; raises `ForbiddenOrigin`."""
    if request.method not in SAFE_METHODS and _is_ours(request) is not True:
        raise ForbiddenOrigin("Only this gateway's own pages may do this with a browser's session.")


def refuse_foreign_pages(request: Request) -> None:
    """Check what needs no cookie, such as signing in: programs other than browsers say nothing of a page."""
    if request.method not in SAFE_METHODS and _is_ours(request) is False:
        raise ForbiddenOrigin("Only this gateway's own pages may do this.")


def _is_ours(request: Request) -> bool | None:
    """None if the request says nothing."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return None
    host = urlsplit(origin).netloc.lower()
    public = urlsplit(gateway_of(request).settings.public_url or "").netloc.lower()
    return bool(host) and host in {request.headers.get("host", "").lower(), public}
