"""`arenabridge worker`: the relay, on the computer with the browsers."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arenabridge.cli.event_loop import run, until_stopped
from arenabridge.cli.options import Browser, DataDir, LogLevel, SiteOrigin, plain_errors, set_up_logging

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from arenabridge.worker.relay.configuration import Loaded
    from arenabridge.worker.relay.running import RunningRelay

GAVE_UP = 1

Gateway = Annotated[str | None, typer.Option(help="The gateway's address, such as https://bridge.example.org.")]
Enrol = Annotated[
    str | None, typer.Option(help="A code of the dashboard's page of workers: gets this computer its own credential.")
]
Name = Annotated[str | None, typer.Option(help="What the dashboard is to call it, with --enrol.")]
Token = Annotated[str | None, typer.Option(help="A credential. Better in the environment, as WORKER_AUTH_TOKEN.")]
Port = Annotated[
    int | None, typer.Option(help="Where tabs connect; 0 takes a free one. Default: that of last time, else 5101.")
]
Config = Annotated[Path | None, typer.Option(help="A worker_config.jsonc. Default: the one in the data directory.")]


def worker(  # noqa: PLR0917 - options all, which nobody gives by position
    gateway: Gateway = None,
    enrol: Enrol = None,
    name: Name = None,
    token: Token = None,
    port: Port = None,
    site_origin: SiteOrigin = None,
    browser: Browser = False,
    config: Config = None,
    data_dir: DataDir = None,
    log_level: LogLevel = None,
) -> None:
    """Connect the browser tabs of this computer to a gateway elsewhere, and run until Ctrl-C."""
    from arenabridge.app import StartError
    from arenabridge.worker.browser import BrowserUnavailable
    from arenabridge.worker.relay.configuration import load_configuration
    from arenabridge.worker.relay.trouble import GatewayTrouble

    flags = {
        "gateway": gateway,
        "name": name,
        "token": token,
        "port": port,
        "site_origins": site_origin or None,
        "browser": browser or None,
        "log_level": log_level,
    }
    with plain_errors(StartError, GatewayTrouble, BrowserUnavailable):
        loaded = load_configuration(flags, os.environ, data_dir=data_dir, file=config)
        set_up_logging(loaded.configuration.log_level if loaded.configuration.enable_logging else "critical")
        gave_up = run(_relay(loaded, enrol or ""))
    if gave_up:
        raise typer.Exit(GAVE_UP)


async def _relay(loaded: Loaded, code: str) -> bool:
    """Whether it ended because the gateway was given up."""
    from arenabridge.worker.managed.program import require_browser
    from arenabridge.worker.relay.own_browser import browser_choice
    from arenabridge.worker.relay.running import running_relay

    if loaded.configuration.browser:
        require_browser(browser_choice(loaded.configuration))
    for note in loaded.notes:
        _say(f"Note: {note}")
    async with running_relay(loaded.configuration, _say, code=code) as running:
        _introduce(running, loaded)
        async with _browser(running, loaded), asyncio.TaskGroup() as group:
            stopped = group.create_task(until_stopped())
            gave_up = group.create_task(running.heartbeat.gave_up.wait())
            await asyncio.wait([stopped, gave_up], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            gave_up.cancel()
        given_up = running.heartbeat.gave_up.is_set()
        _say("The gateway is given up. Stopping." if given_up else "Stopping. Tabs come back when the relay does.")
    return given_up


@contextlib.asynccontextmanager
async def _browser(running: RunningRelay, loaded: Loaded) -> AsyncIterator[None]:
    """Run it only if it is wanted."""
    from arenabridge.worker.relay.own_browser import browser_beside_relay

    if not loaded.configuration.browser:
        yield
        return
    async with browser_beside_relay(running, loaded.configuration):
        _say("  Browser                      is open: sign in to the site there if it asks")
        yield


def _introduce(running: RunningRelay, loaded: Loaded) -> None:
    _say(f"The relay is at {running.base_url}")
    _say(f"  Gateway                      {running.standing.gateway_base}")
    _say(f"  Userscript (keep it private) {running.install_address}")
    _say(f"  Data                         {loaded.configuration.folder}")
    if loaded.file is not None:
        _say(f"  Settings                     {loaded.file}")
    for note in running.notes:
        _say(f"  Note: {note}")


def _say(words: str) -> None:
    print(words, flush=True)
