"""
Orders and messages on their way to the server: one connection, one round trip at a time.

What comes in during a turn of the event loop, or during a round, goes out together in the next: the orders by one call
of the script, so that they are one atomic step.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from arenabridge.engine.interface import ReplicaId
from arenabridge.engine.redis.orders import Order, Release, Resume, TurnAnswer, packed
from arenabridge.engine.redis.pace import Pace
from arenabridge.engine.redis.pauses import Pauses
from arenabridge.engine.redis.scripts import TURN
from arenabridge.engine.redis.server import BROKEN, ScriptedConnection, shown

_log = logging.getLogger(__name__)

MAX_ORDERS = 500
"""Orders in one step, during which the server does nothing else: a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message for a channel; `frames` is how many it holds."""

    channel: str
    data: bytes
    frames: int = 0


class Speaker(Protocol):
    """Whose orders they are."""

    def connected(self, run: str) -> None:
        """A resumption will be next. `run` is the server's name of its own start."""

    def resumption(self, releases: Iterable[Release]) -> Resume:
        """What is known here now, when these are the only orders under way."""

    def answered(self, orders: list[Order], answer: TurnAnswer) -> None: ...

    def unheard(self, message: Message) -> None:
        """Nobody listened, or nobody knows whether somebody did."""

    def broken(self, orders: list[Order], since: float) -> None:
        """These may or may not have been sent or carried out. The trouble began at `since`, by the monotonic clock."""

    def messages(self) -> Iterable[Message]:
        """What is to be said now."""


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf the script runs."""

    prefix: str
    me: ReplicaId
    queue_length: int


class Rounds:
    """`run` is for one task; all else returns at once."""

    def __init__(self, url: str, sender: Sender, pace: Pace, speaker: Speaker) -> None:
        self._url = url
        self._sender = sender
        self._pace = pace
        self._speaker = speaker
        self._orders: deque[Order] = deque()
        self._in_flight: list[Order] = []
        self._messages_in_flight: list[Message] = []
        self._must_resume = False
        self._connections = 0
        self._since = 0.0
        self._work = asyncio.Event()

    def order(self, order: Order) -> None:
        self._orders.append(order)
        self._work.set()

    def resume(self) -> None:
        """Compare what is known here with what the server has, before anything else."""
        self._must_resume = True
        self._work.set()

    def speak(self) -> None:
        """There are messages."""
        self._work.set()

    async def run(self, is_heard: asyncio.Event) -> None:
        """Run for ever. Nothing is said before this replica listens, or answers could be missed."""
        pauses = Pauses(self._pace.longest_pause)
        while True:
            await is_heard.wait()
            connection = ScriptedConnection(self._url, self._pace.patience, TURN)
            self._since = time.monotonic()
            try:
                await connection.open()
                self._connections += 1
                self._speaker.connected(await connection.run_of_server())
                self.resume()
                await self._round(connection)
                _log.info("connected to Redis at %s", shown(self._url))
                pauses.reset()
                await self._go_on(connection)
            except BROKEN as error:
                level = logging.DEBUG if pauses.is_repeated else logging.WARNING
                _log.log(level, "Redis at %s is away: %s", shown(self._url), error)
                self._break_off()
            finally:
                await connection.close()
            await pauses.pause()

    async def _go_on(self, connection: ScriptedConnection) -> None:
        while True:
            if not self._orders:
                await self._work.wait()
            self._work.clear()
            await self._round(connection)

    async def _round(self, connection: ScriptedConnection) -> None:
        orders = self._in_flight = self._next_orders()
        messages = self._messages_in_flight = list(self._speaker.messages())
        if not orders and not messages:
            return
        self._since = time.monotonic()
        sender = self._sender
        arguments = (sender.me, sender.queue_length, packed(orders), self._connections) if orders else ()
        publish = [(message.channel, message.data) for message in messages]
        answer, receivers = await connection.round([sender.prefix], arguments, publish)
        self._in_flight, self._messages_in_flight = [], []
        for message, heard_by in zip(messages, receivers, strict=True):
            if not heard_by:
                self._speaker.unheard(message)
        if isinstance(answer, bytes):
            self._speaker.answered(orders, msgspec.msgpack.decode(answer, type=TurnAnswer))

    def _next_orders(self) -> list[Order]:
        """A resumption comes first, and says what was released: the server still takes it for held."""
        if not self._must_resume:
            return [self._orders.popleft() for _ in range(min(MAX_ORDERS, len(self._orders)))]
        self._must_resume = False
        releases = [order for order in self._orders if isinstance(order, Release)]
        self._orders = deque(order for order in self._orders if not isinstance(order, Release))
        return [self._speaker.resumption(releases)]

    def _break_off(self) -> None:
        orders = [*self._in_flight, *self._orders]
        messages = self._messages_in_flight
        self._in_flight, self._messages_in_flight = [], []
        self._orders.clear()
        for message in messages:
            self._speaker.unheard(message)
        self._speaker.broken(orders, self._since)
