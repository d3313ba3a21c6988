"""The managed browser of a relay: its pages' links are served as those of other tabs are."""

import contextlib
from collections.abc import AsyncIterator

from arenabridge.worker.managed.keeper import ManagedBrowser, managed_browser
from arenabridge.worker.managed.program import PROFILE_FOLDER, BrowserChoice
from arenabridge.worker.relay.configuration import RelayConfiguration
from arenabridge.worker.relay.running import RunningRelay


def browser_choice(configuration: RelayConfiguration) -> BrowserChoice:
    """What the configuration says of it."""
    return BrowserChoice(
        profile=configuration.folder / PROFILE_FOLDER,
        program=configuration.browser_program or None,
        without_sandbox=configuration.browser_without_sandbox,
    )


@contextlib.asynccontextmanager
async def browser_beside_relay(
    running: RunningRelay, configuration: RelayConfiguration
) -> AsyncIterator[ManagedBrowser]:
    """The person's browser for a relay that runs; raises `BrowserUnavailable`."""
    local = running.local
    async with managed_browser(
        browser_choice(configuration),
        origins=local.origins,
        secret=local.link_policy.pairing_secret,
        serve=local.serve_worker,
    ) as browser:
        yield browser
