"""
The userscript, at an address that only its owner knows.

The script carries the pairing secret, and any page could include a script or fetch it from an address it can guess. So
the address is unguessable, the answer is for this origin alone and never for a `<script>` element.
"""

import hmac
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

import arenabridge
from arenabridge.errors import ForbiddenOrigin, UnknownRoute
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.userscript.assemble import ScriptSettings, assemble

FILE_NAME = "arenabridge.user.js"


def install_address(gateway: Gateway) -> str:
    """Where a browser with a userscript manager installs the script from. A secret."""
    return f"{gateway.base_url}/userscript/{gateway.secrets.install}/{FILE_NAME}"


def script_text(gateway: Gateway) -> str:
    """The script with this gateway's address, the pairing secret and the site's origins in it."""
    return assemble(
        ScriptSettings(
            gateway=f"{gateway.base_url.replace('http', 'ws', 1)}/ws",
            secret=gateway.secrets.pairing,
            origins=gateway.settings.site_origins,
            version=arenabridge.__version__,
            install_url=install_address(gateway),
        )
    )


async def userscript(request: Request) -> Response:
    gateway = gateway_of(request)
    return script_answer(request, gateway.secrets.install, lambda: script_text(gateway))


def script_answer(request: Request, secret: str, text: Callable[[], str]) -> Response:
    """The script, for a request whose path has the secret as `token`; raises if it has another one."""
    if not hmac.compare_digest(request.path_params["token"].encode(), secret.encode()):
        raise UnknownRoute("The address of the userscript is another one. The gateway prints it when it starts.")
    if request.headers.get("sec-fetch-dest") == "script":
        raise ForbiddenOrigin("The userscript is installed, not included.")
    return Response(
        text(),
        media_type="text/javascript; charset=utf-8",
        headers={
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
        },
    )
