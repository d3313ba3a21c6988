"""What goes on beside the requests for as long as a gateway runs."""

import asyncio
import contextlib
import logging

from sqlalchemy.exc import SQLAlchemyError

from arenabridge.accounts.verification import KeyVerifier
from arenabridge.http.gateway import Gateway
from arenabridge.hub.workers.idle import IdleTabs
from arenabridge.media.store import MediaStore

_log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
"""How finely deadlines are kept."""

FILE_SWEEP_SECONDS = 600.0
"""How often files that are past their time are thrown away."""

FOLLOW_WORKERS_SECONDS = 5.0
"""How far the terms of workers may lag behind what is decided beside this process."""

WRITE_DOWN_SECONDS = 10.0
"""How far the records of when keys were used may lag behind."""


async def tick(gateway: Gateway) -> None:
    """The one clock of all deadlines."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        try:
            gateway.hub.tick()
            gateway.feeds.tick(closing=gateway.hub.is_closed)
            gateway.answers.tick(gateway.clock.now())
            gateway.repeatable.tick(gateway.clock.now())
        except Exception:  # noqa: BLE001 - one fault of ours must not stop the clock of all deadlines
            _log.exception("a tick failed")


async def reload_idle_tabs(gateway: Gateway) -> None:
    """Run only if the person wants that."""
    settings = gateway.settings
    if not settings.enable_idle_restart or settings.idle_restart_timeout_seconds <= 0:
        return
    tabs = IdleTabs(gateway.hub, settings.idle_restart_timeout_seconds)
    while True:
        await asyncio.sleep(TICK_SECONDS)
        tabs.tick(gateway.clock.now())


async def sweep(files: MediaStore) -> None:
    while True:
        try:
            await files.sweep()
        except Exception:  # noqa: BLE001 - one fault must not let files pile up from then on
            _log.exception("a sweep of the files failed")
        await asyncio.sleep(FILE_SWEEP_SECONDS)


async def follow_workers(gateway: Gateway) -> None:
    """What others have decided about workers' credentials (the command line, another replica) holds here soon too."""
    peers, roster = gateway.link_policy.peers, gateway.hub.roster
    while True:
        await asyncio.sleep(FOLLOW_WORKERS_SECONDS)
        try:
            peers.note_life(roster)
            await asyncio.to_thread(gateway.worker_credentials.write_down_seen)
            await peers.refresh(roster)
        except SQLAlchemyError as error:
            _log.warning("what was decided about workers could not be read: %s", told(error))


async def write_down_use(keys: KeyVerifier) -> None:
    """When keys were last used: now and then, and at the end."""
    try:
        while True:
            await asyncio.sleep(WRITE_DOWN_SECONDS)
            try:
                await asyncio.to_thread(keys.write_down_use)
            except SQLAlchemyError as error:  # a full disk, say: what was not written is told again with the next use
                _log.warning("when keys were last used could not be written down: %s", told(error))
    finally:
        with contextlib.suppress(SQLAlchemyError):
            keys.write_down_use()


def told(error: SQLAlchemyError) -> str:
    """What the database says, without the statement."""
    return str(getattr(error, "orig", None) or error)
