"""
`/dashboard/…`: one page for all of the dashboard; which of its screens is shown, its own script takes from the address.

Nothing runs in it but its own modules, and no text can become markup or code (Trusted Types).
"""

from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from arenabridge.http.api.access import person_of
from arenabridge.http.pages.assets import assets

PATH = "/dashboard"
SIGN_IN_PATH = "/sign-in"

_SHELL = Template(files("arenabridge.web").joinpath("dashboard", "index.html").read_text(encoding="utf-8"))

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


async def dashboard(request: Request) -> Response:
    """Whoever is not signed in is asked to, and comes back to the same address."""
    if await person_of(request) is None:
        return RedirectResponse(f"{SIGN_IN_PATH}?next={quote(_place(request), safe='/')}", status_code=303)
    shell = _SHELL.substitute(assets=escape(assets().address("dashboard")), vendor=escape(assets().address("vendor")))
    return HTMLResponse(shell, headers=HEADERS)


def _place(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
