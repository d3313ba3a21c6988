"""What several gateways on one database have to know of each other: what has changed, and how they are."""

import asyncio

from arenabridge.http.fleet import encode
from arenabridge.http.gateway import Gateway
from arenabridge.http.live_facts import replica_facts
from arenabridge.hub.changes import Topic


def start_sharing(gateway: Gateway) -> None:
    """Tell the others, and listen to them, if there may be any."""
    gateway.usage.ledger.subscribe(gateway.fleet.recent_failures.observe)
    if not gateway.settings.database_url:
        return
    _react(gateway)
    gateway.tasks.start(gateway.changes.follow(), "what other gateways have changed")
    replicas = gateway.hub.replicas
    if replicas.me:
        gateway.changes.join(replicas.tell_all)
        replicas.on_told = gateway.changes.told
        replicas.facts = lambda: encode(replica_facts(gateway))
        replicas.on_fleet = gateway.fleet.note


def _react(gateway: Gateway) -> None:
    changes, keys, workers = gateway.changes, gateway.keys, gateway.worker_credentials

    async def forget_keys(_about: str) -> None:
        keys.forget_here()

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
    keys.on_forget = lambda: changes.tell(Topic.KEYS)
    workers.on_forget = lambda: changes.tell(Topic.WORKERS)
    gateway.captures.on_change = lambda: changes.tell(Topic.CAPTURES)
