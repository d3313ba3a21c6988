"""
Two sockets as one: what comes from either goes to the other, verbatim and in order, until one of them ends.

Nothing is kept here. Each direction holds one frame, and takes the next when the other side has taken that one: a slow
side slows the other down, by the network's own means.
"""

import asyncio

from arenabridge.hub.links.link import GOING_AWAY, Socket, SocketClosed
from arenabridge.hub.tasks import Tasks


async def pipe(near: Socket, far: Socket, name: str) -> None:
    """Returns when either side has ended, with both closed."""
    directions = Tasks()
    both = [directions.start(_pass_on(near, far), f"{name} up"), directions.start(_pass_on(far, near), f"{name} down")]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await directions.close()
        await near.close(GOING_AWAY, "the gateway's side ended")
        await far.close(GOING_AWAY, "the tab's side ended")


async def _pass_on(source: Socket, sink: Socket) -> None:
    try:
        while True:
            await sink.send(await source.receive())
    except SocketClosed:
        return
