"""
A replica in a process of its own, which can be killed and stopped: `other_process.py URL PREFIX`.

It says what it hears. On a line of its input its loop is busy for three leases, and then it says that it is free.
"""

import asyncio
import sys
import time

from arenabridge.engine.interface import Claimed, EngineEvent, Entry, ReplicaGone, Waiting
from arenabridge.engine.redis.engine import RedisEngine
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import JobId
from integration.engine.replicas import IMPATIENT, Replica


async def main(url: str, prefix: str) -> None:
    """Submits a job of its own, and claims all that there are."""
    tasks = Tasks()
    engine = RedisEngine(url, 100, tasks.start, pace=IMPATIENT, prefix=prefix)

    def hear(event: EngineEvent) -> None:
        match event:
            case Claimed(_, entries):
                print("claimed", *(entry.job for entry in entries), flush=True)  # noqa: T201 - its parent reads it
            case ReplicaGone(replica):
                print("gone", replica, flush=True)  # noqa: T201 - likewise

    replica = Replica(engine)
    replica.reacts(hear)
    await replica.hears(Waiting())
    print("me", engine.me, flush=True)  # noqa: T201 - likewise
    engine.claim(100)
    engine.submit(Entry(JobId("theirs"), "k"))
    while await asyncio.to_thread(sys.stdin.readline):
        ends = time.monotonic() + 3 * IMPATIENT.lease
        while time.monotonic() < ends:
            pass
        print("free", flush=True)  # noqa: T201 - likewise


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
