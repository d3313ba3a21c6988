"""What several gateways on one database have to know of each other: what has changed, and how they are."""

import asyncio
import contextlib
import logging

from sqlalchemy.exc import SQLAlchemyError

from arenabridge.http.gateway import Gateway
from arenabridge.http.monitoring.live_facts import replica_facts
from arenabridge.wire.fleet import Topic

_log = logging.getLogger(__name__)

ALONE = "alone"
"""The duty of a gateway that knows of no others."""

LOOK_SECONDS = 10.0
OVERLAP_SECONDS = 120.0
"""How long there may be two at once, and how often that is warned of."""


def start_sharing(gateway: Gateway) -> None:
    """Tell the others, and listen to them, if there may be any."""
    gateway.usage.ledger.subscribe(gateway.fleet.recent_failures.observe)
    if not gateway.settings.database_url:
        return
    level = logging.getLevelNamesMapping().get(gateway.settings.log_level.upper(), logging.INFO)
    logging.getLogger("arenabridge").setLevel(level)  # what is saved was not known when logging began
    _react(gateway)
    gateway.tasks.start(gateway.changes.follow(), "what other gateways have changed")
    replicas = gateway.hub.replicas
    if not replicas.me:
        gateway.tasks.start(_warn_of_others(gateway), "others without Redis")
    else:
        gateway.changes.join(replicas.tell_change)
        replicas.on_change = gateway.changes.told
        replicas.on_return = gateway.changes.take_up_all
        replicas.facts = lambda: replica_facts(gateway)
        replicas.on_fleet = gateway.fleet.note
    if gateway.settings.redis_url:
        _count_together(gateway, gateway.settings.redis_url)


def leave_duties(gateway: Gateway) -> None:
    """At the end: another gateway takes them over at once. Waits for the database."""
    with contextlib.suppress(SQLAlchemyError):
        gateway.duties.leave()


def _count_together(gateway: Gateway, redis_url: str) -> None:
    from arenabridge.accounts.shared_limits import (  # noqa: PLC0415 - redis is of the extra `replicas`
        BEAT_SECONDS,
        SharedMeters,
    )

    shared = SharedMeters(redis_url, gateway.tasks.start, gateway.clock.now)
    gateway.accounts.admissions.shared = shared

    async def beat() -> None:
        try:
            while True:
                await asyncio.sleep(BEAT_SECONDS)
                await shared.beat()
        finally:
            await shared.close()

    gateway.tasks.start(beat(), "limits of all gateways")


async def _warn_of_others(gateway: Gateway) -> None:
    """
    Without Redis there is to be one gateway on a database: others would know nothing of its queue and its tabs.

    While a host deploys a new version there are two for a while, so it can't be refused at the start.
    """
    since: float | None = None
    while True:
        try:
            is_alone = await asyncio.to_thread(gateway.duties.hold, ALONE, 3 * LOOK_SECONDS)
        except SQLAlchemyError:
            is_alone = True  # nothing is known
        now = gateway.clock.now()
        since = None if is_alone else now if since is None else since
        if since is not None and now - since >= OVERLAP_SECONDS:
            _log.error(
                "another gateway works on this database, and redis_url (REDIS_URL) is not set: each has its own queue, "
                "limits and tabs, and what is changed at one reaches the other late. Set it for all, or stop one."
            )
            since = now
        await asyncio.sleep(LOOK_SECONDS)


def _react(gateway: Gateway) -> None:
    changes, keys, workers = gateway.changes, gateway.keys, gateway.worker_credentials

    async def forget_keys(about: str) -> None:
        keys.forget_here() if about else keys.doubt()

    async def follow_workers(_about: str) -> None:
        workers.forget_here()
        await gateway.link_policy.peers.refresh(gateway.hub.roster)

    async def read_settings(_about: str) -> None:
        await asyncio.to_thread(gateway.settings_in_use.read_again)

    async def read_captures(_about: str) -> None:
        await gateway.captures.read()

    changes.on(Topic.KEYS, forget_keys)
    changes.on(Topic.WORKERS, follow_workers)
    changes.on(Topic.SETTINGS, read_settings)
    changes.on(Topic.CAPTURES, read_captures)
    keys.on_forget = lambda: changes.tell(Topic.KEYS, "all")
    workers.on_forget = lambda: changes.tell(Topic.WORKERS)
    gateway.captures.on_change = lambda: changes.tell(Topic.CAPTURES)
