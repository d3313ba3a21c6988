"""
Limits of the moment for all gateways of a fleet together, counted at their Redis server, by its clock.

One script reserves, in one round trip; what it refuses is put into words from the very counts that it gives back. Where
the server does not answer within a second, the gateway's own counts decide alone, as they do without it.
"""

import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from arenabridge.accounts.key_limits import THIS_KEY, KeyLimits
from arenabridge.accounts.limits import MINUTE_SECONDS, Meter, SlidingMinute, refusal

_log = logging.getLogger(__name__)

PREFIX = "arenabridge:limits:"

ANSWER_SECONDS = 1.0
"""How long a request may wait for the server."""

AWAY_SECONDS = 5.0
"""How long the server is not asked after it did not answer."""

MAX_CONNECTIONS = 8

LEASE_SECONDS = 60
"""How long running requests still count when their gateway is no longer heard of."""

BEAT_SECONDS = 15.0

BROKEN = (RedisError, OSError, TimeoutError)

_RESERVE, _SETTLE = (
    (Path(__file__).parent / "lua" / f"{name}.lua").read_text(encoding="utf-8") for name in ("reserve", "settle")
)

Start = Callable[[Coroutine[Any, Any, None], str], object]


@dataclass(slots=True)
class SharedTicket:
    """What was reserved there for one request; `second` is the server's."""

    key_id: str
    id: str
    requests: int
    tokens: int
    second: int
    meter: Meter
    """The counts at that time, with this request."""
    is_released: bool = False

    @property
    def members(self) -> list[str]:
        return [f"{self.id}:{number}" for number in range(self.requests)]


@dataclass(slots=True)
class _Counts:
    """What a script tells."""

    is_let_in: bool
    now: int
    running: int
    seconds: list[tuple[int, int, int]] = field(default_factory=list)
    """Second, requests and tokens; the oldest first."""

    def meter(self) -> Meter:
        meter = Meter(SlidingMinute(), SlidingMinute(), self.running)
        for second, requests, tokens in self.seconds:
            meter.requests.add(requests, second)
            meter.tokens.add(tokens, second)
        return meter


class SharedMeters:
    """The shared meters of all keys that have such limits. `start` starts a task that nobody waits for."""

    def __init__(self, url: str, start: Start, now: Callable[[], float]) -> None:
        self._pool: Any = BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
        )
        self._client: Any = Redis(connection_pool=self._pool)
        self._reserve = self._client.register_script(_RESERVE)
        self._settle = self._client.register_script(_SETTLE)
        self._start = start
        self._now = now
        self._away_until = float("-inf")
        self._running: dict[str, SharedTicket] = {}

    async def reserve(
        self, key_id: str, limits: KeyLimits, *, requests: int, tokens: int, whose: str = THIS_KEY
    ) -> SharedTicket | None:
        """Reserve; None where the server is away. When it raises `RateLimited`, nothing was reserved."""
        most = (limits.requests_per_minute, limits.tokens_per_minute, limits.parallel_requests)
        if all(each is None for each in most):
            return None
        ticket = SharedTicket(key_id, secrets.token_hex(8), requests, tokens, 0, Meter())
        bounds = [-1 if each is None else each for each in most]
        told = await self._ask(self._reserve, key_id, [*bounds, tokens, LEASE_SECONDS, *ticket.members])
        if told is None:
            return None
        counts = _read(told)
        ticket.second, ticket.meter = counts.now, counts.meter()
        if not counts.is_let_in:
            raise refusal(ticket.meter, limits, requests, tokens, counts.now, whose)
        self._running[ticket.id] = ticket
        return ticket

    def release(self, ticket: SharedTicket) -> None:
        """It runs no longer. A second time does nothing."""
        if not ticket.is_released:
            ticket.is_released = True
            self._running.pop(ticket.id, None)
            self._start(self._end(ticket, 0, 0), "a key's place given back")

    async def settle(self, ticket: SharedTicket, tokens: int) -> None:
        """It is over, and this is what it used."""
        ticket.is_released = True
        self._running.pop(ticket.id, None)
        await self._end(ticket, tokens, ticket.tokens)

    async def take_back(self, ticket: SharedTicket) -> None:
        """It was refused elsewhere: as if it had never asked."""
        ticket.is_released = True
        self._running.pop(ticket.id, None)
        await self._end(ticket, 0, ticket.tokens, ticket.requests)

    async def beat(self) -> None:
        """Tell the server that what runs still runs: called every `BEAT_SECONDS`."""
        for ticket in list(self._running.values()):
            await self._ask(self._settle, ticket.key_id, [0, 0, 0, 0, LEASE_SECONDS, *ticket.members])

    async def close(self) -> None:
        await self._pool.aclose()

    async def _end(self, ticket: SharedTicket, used: int, tokens: int, requests: int = 0) -> None:
        """`tokens` and `requests` are given back."""
        words: list[int | str] = [ticket.second, used, tokens, requests, 0, *ticket.members]
        await self._ask(self._settle, ticket.key_id, words)

    async def _ask(self, script: Any, key_id: str, words: Sequence[int | str]) -> Any:
        if self._now() < self._away_until:
            return None
        keys = [f"{PREFIX}{{{key_id}}}:minute", f"{PREFIX}{{{key_id}}}:running"]
        try:
            return await script(keys=keys, args=words)
        except BROKEN as error:
            self._away_until = self._now() + AWAY_SECONDS
            _log.warning("limits of keys are this gateway's own for now: Redis: %s", type(error).__name__)
            return None


def _read(told: list[Any]) -> _Counts:
    is_let_in, now, running, flat = int(told[0]), int(told[1]), int(told[2]), [int(each) for each in told[3]]
    rows = sorted(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
    return _Counts(is_let_in == 1, now, running, [row for row in rows if row[0] > now - MINUTE_SECONDS - 1])
