"""
The userscript, at an address that only its owner knows.

The script carries the pairing secret, and any page could include a script or fetch it from an address it can guess. So
the address is unguessable, the answer is for this origin alone and never for a `<script>` element.

A person's own browser can have its own script, with a credential (`accounts.workers`) in place of that secret, at its
own address. Neither is kept: both are derived from the gateway's secret and the credential's id, so
that userscript managers find the same script there, only newer, for as long as the credential is good.
"""

import asyncio
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


def browsers_install_address(gateway: Gateway, credential_id: str) -> str:
    """The same for the script that has this credential. A secret too."""
    return f"{gateway.base_url}/userscript/{_browsers_token(gateway, credential_id)}/{FILE_NAME}"


def script_text(gateway: Gateway, credential_id: str | None = None) -> str:
    """The script with this gateway's address, the pairing secret or a credential, and the site's origins in it."""
    secret, address = gateway.secrets.pairing, install_address(gateway)
    if credential_id is not None:
        secret = gateway.accounts.workers.of_browser(credential_id)
        address = browsers_install_address(gateway, credential_id)
    return assemble(
        ScriptSettings(
            gateway=f"{gateway.base_url.replace('http', 'ws', 1)}/ws",
            secret=secret,
            origins=gateway.settings.site_origins,
            version=arenabridge.__version__,
            install_url=address,
        )
    )


async def userscript(request: Request) -> Response:
    gateway = gateway_of(request)
    id_, dot, _ = request.path_params["token"].partition(".")
    if dot:
        return await _browsers_script(request, gateway, id_)
    return script_answer(request, gateway.secrets.install, lambda: script_text(gateway))


async def _browsers_script(request: Request, gateway: Gateway, id_: str) -> Response:
    """A script whose credential was revoked is not served any longer, so that nobody thinks it would work."""
    found = await asyncio.to_thread(gateway.accounts.workers.get, id_)
    is_good = found is not None and found.kind == "browser" and found.revoked_at is None
    secret = _browsers_token(gateway, id_) if is_good else gateway.secrets.install
    return script_answer(request, secret, lambda: script_text(gateway, id_))


def _browsers_token(gateway: Gateway, credential_id: str) -> str:
    return f"{credential_id}.{gateway.secrets.install_of_browser(credential_id)}"


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
