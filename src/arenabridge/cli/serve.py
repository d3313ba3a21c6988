"""`arenabridge serve`: the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from arenabridge.cli.address_file import address_left
from arenabridge.cli.event_loop import run, until_stopped
from arenabridge.cli.options import (
    Browser,
    DataDir,
    Host,
    LogLevel,
    Port,
    Processes,
    SiteOrigin,
    Slots,
    plain_errors,
    set_up_logging,
    settings_from,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from arenabridge.app import Running
    from arenabridge.settings import Settings


def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    site_origin: SiteOrigin = None,
    slots: Slots = None,
    browser: Browser = False,
    log_level: LogLevel = None,
    workers: Processes = None,
) -> None:
    """Start the gateway and run until Ctrl-C."""
    from arenabridge.app import StartError, check_processes
    from arenabridge.worker.browser import BrowserUnavailable

    with plain_errors(StartError, BrowserUnavailable):
        settings = settings_from(
            host=host,
            port=port,
            data_dir=data_dir,
            site_origins=site_origin or None,
            slots=slots,
            managed_browser=browser or None,
            log_level=log_level,
        )
        set_up_logging(settings.log_level, settings.log_format)
        check_processes(settings, workers, os.environ)
        run(_serve(settings))


async def _serve(settings: Settings) -> None:
    from arenabridge.app import own_address, running_gateway
    from arenabridge.app.browser_beside import browser_choice
    from arenabridge.worker.managed.program import require_browser

    if settings.managed_browser:
        require_browser(browser_choice(settings))
    async with running_gateway(settings) as running:
        with address_left(settings.data_dir, own_address(settings, running.listens_on)):
            _introduce(running)
            async with _browser(running):
                await until_stopped()
                await _finish(running)
                print("Stopping.")


def _introduce(running: Running) -> None:
    from arenabridge.app import network_address

    print(f"Arena Bridge is at {running.base_url}")
    print(f"  Base URL for your programs   {running.base_url}/v1")
    if in_network := network_address(running.gateway.settings, running.listens_on):
        print(f"  ... of other computers       {in_network}/v1")
    if running.first_key:
        print(f"  API key (shown only now)     {running.first_key}")
    if running.set_up_address:
        print(f"  Set up (opens once)          {running.set_up_address}")
    print(f"  Userscript (keep it private) {running.install_address}")
    print(f"  Data                         {running.gateway.settings.data_dir}", flush=True)
    if running.warning:
        print(f"  Note: {running.warning}", flush=True)
    running.look_for_news()
    for note in running.notes:
        print(f"  {note}", flush=True)


@contextlib.asynccontextmanager
async def _browser(running: Running) -> AsyncIterator[None]:
    """Run it only if it is wanted."""
    from arenabridge.app.browser_beside import browser_beside

    if not running.gateway.settings.managed_browser:
        yield
        return
    async with browser_beside(running):
        print("  Browser                      is open: sign in to the site there if it asks", flush=True)
        yield


async def _finish(running: Running) -> None:
    """Let answers end, unless the person is in a hurry."""
    if count := running.gateway.hub.under_way:
        print(f"Finishing {count} answers; stop again to end them now.", flush=True)
    async with asyncio.TaskGroup() as group:
        hurry = group.create_task(until_stopped())
        drained = group.create_task(running.drain())
        await asyncio.wait([hurry, drained], return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        drained.cancel()
