"""The managed browser of a gateway: its pages' links end in the same process."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace

from arenabridge.app.running import Running
from arenabridge.http.links.by_socket import new_worker_id
from arenabridge.hub.links.link import LinkConnection
from arenabridge.settings import Settings
from arenabridge.worker.managed.keeper import ManagedBrowser, managed_browser
from arenabridge.worker.managed.program import PROFILE_FOLDER, BrowserChoice
from arenabridge.worker.managed.socket import PageSocket


def browser_choice(settings: Settings) -> BrowserChoice:
    """What the settings say of it."""
    return BrowserChoice(
        profile=settings.data_dir / PROFILE_FOLDER,
        program=settings.browser_program,
        without_sandbox=settings.browser_without_sandbox,
    )


@contextlib.asynccontextmanager
async def browser_beside(running: Running) -> AsyncIterator[ManagedBrowser]:
    """
    The person's browser for a gateway that runs; raises `BrowserUnavailable`.

    Its scripts have a secret of their own, so that the gateway's pairing secret stays out of the page's world.
    """
    gateway = running.gateway
    policy = replace(gateway.link_policy, pairing_secret=secrets.token_urlsafe(32))

    async def serve(socket: PageSocket) -> None:
        await LinkConnection(socket, gateway.hub, policy, new_worker_id).run()

    async with managed_browser(
        browser_choice(gateway.settings),
        origins=gateway.settings.site_origins,
        secret=policy.pairing_secret,
        serve=serve,
    ) as browser:
        yield browser
