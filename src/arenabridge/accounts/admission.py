"""
Let a key's request in, or not: its limits of the moment first, which cost nothing, then its budget: a write.

An `Admission` is settled once, when the request is over, with what it used; whoever asks after that changes nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from arenabridge.accounts.budgets import Budgets, Reservation
from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import ApiKey
from arenabridge.accounts.limits import Meter, Meters, Ticket, headers


@dataclass(frozen=True, slots=True)
class Used:
    """What a request used in the end; nothing, if nothing came of it."""

    requests: int = 0
    tokens: int = 0


NOTHING = Used()


class SharedTicket(Protocol):
    """What was reserved for all gateways together: the counts with this request, at a second of their clock."""

    meter: Meter
    second: int


class SharedLimits(Protocol):
    """Limits of the moment that several gateways count together; `accounts.shared_limits.SharedMeters`."""

    async def reserve(self, key_id: str, limits: KeyLimits, *, requests: int, tokens: int) -> SharedTicket | None:
        """None where nothing is counted there; raises `RateLimited`."""

    def release(self, ticket: Any) -> None: ...

    async def settle(self, ticket: Any, tokens: int) -> None: ...


class Admissions:
    """The door behind the key."""

    def __init__(self, meters: Meters, budgets: Budgets, now: Callable[[], float]) -> None:
        self.meters = meters
        self.shared: SharedLimits | None = None
        """Where several gateways count together."""
        self.budgets = budgets
        self._now = now

    async def enter(self, key: ApiKey, *, requests: int, tokens: int) -> "Admission":
        """`tokens` is what the prompt may have. Raises `RateLimited` or `BudgetExhausted`."""
        ticket = self.meters.reserve(key.id, key.limits, requests=requests, tokens=tokens, now=self._now())
        reservation = shared = None
        try:
            if self.shared is not None:
                shared = await self.shared.reserve(key.id, key.limits, requests=requests, tokens=tokens)
            if key.limits.has_budget:
                reservation = await asyncio.to_thread(
                    self.budgets.reserve, key.id, key.limits, requests=requests, tokens=tokens
                )
        except BaseException:
            self.meters.settle(ticket, 0, self._now())
            if self.shared is not None and shared is not None:
                await self.shared.settle(shared, 0)
            raise
        return Admission(self, key.limits, ticket, reservation, self._now, shared)


class Admission:
    """One request that was let in. `headers` are for its answer."""

    def __init__(
        self,
        door: Admissions,
        limits: KeyLimits,
        ticket: Ticket,
        reservation: Reservation | None,
        now: Callable[[], float],
        shared: SharedTicket | None = None,
    ) -> None:
        self._door = door
        self._shared = shared
        self._ticket = ticket
        self._reservation = reservation
        self._now = now
        self.counts_tokens = limits.counts_tokens
        self.is_counted = limits.counts_tokens or reservation is not None
        """Whether there is anything to settle."""
        self.headers: Mapping[str, str] = (
            headers(shared.meter, limits, shared.second)
            if shared
            else door.meters.headers(ticket.key_id, limits, now())
        )

    def release(self) -> None:
        """It runs no longer: the next may run, though what this one used is still to be counted."""
        self._door.meters.release(self._ticket)
        if self._door.shared is not None and self._shared is not None:
            self._door.shared.release(self._shared)

    async def settle(self, used: Used) -> None:
        """Once; a second time does nothing."""
        if self._ticket.is_settled:
            return
        self._door.meters.settle(self._ticket, used.tokens, self._now())
        if self._door.shared is not None and self._shared is not None:
            await self._door.shared.settle(self._shared, used.tokens)
        if self._reservation is not None:
            await asyncio.to_thread(
                self._door.budgets.settle, self._reservation, requests=used.requests, tokens=used.tokens
            )
