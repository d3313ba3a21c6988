"""
Let a key's request in, or not: first limits of the moment, which cost nothing, then budgets, at the cost of a write.

The key's own come first, then those of its owner, whose keys count together. What a refusal leaves reserved of the
others is given back. An `Admission` is settled once, when the request is over, with what it used; whoever asks after
that changes nothing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from arenabridge.accounts.budgets import Budgets, BudgetUse, Reservation
from arenabridge.accounts.key_limits import Held, KeyLimits
from arenabridge.accounts.keys import ApiKey
from arenabridge.accounts.limits import Meter, Meters, Ticket, headers


@dataclass(frozen=True, slots=True)
class Used:
    """What a request used in the end; zero if nothing came of it."""

    requests: int = 0
    tokens: int = 0


NOTHING = Used()


class SharedTicket(Protocol):
    """What was reserved for all gateways together: the counts with this request, at a second of their clock."""

    meter: Meter
    second: int


class SharedLimits(Protocol):
    """Limits of the moment that several gateways count together; `accounts.shared_limits.SharedMeters`."""

    async def reserve(
        self, key_id: str, limits: KeyLimits, *, requests: int, tokens: int, whose: str
    ) -> SharedTicket | None:
        """Reserve one request; None where nothing is counted there. Raises `RateLimited`."""

    def release(self, ticket: Any) -> None: ...

    async def settle(self, ticket: Any, tokens: int) -> None: ...

    async def take_back(self, ticket: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What was reserved from one holder of limits."""

    held: Held
    ticket: Ticket
    shared: SharedTicket | None
    reservation: Reservation | None


class Admissions:
    """The door behind the key. `budgets` are those of keys, `people` of people."""

    def __init__(self, meters: Meters, budgets: Budgets, people: Budgets, now: Callable[[], float]) -> None:
        self.meters = meters
        self.shared: SharedLimits | None = None
        """Set where several gateways count together."""
        self._budgets = budgets
        self._people = people
        self._now = now

    async def enter(self, key: ApiKey, *, requests: int, tokens: int) -> "Admission":
        """`tokens` is what the prompt may have. Raises `RateLimited` or `BudgetExhausted`."""
        taken: list[Taken] = []
        async with AsyncExitStack() as if_refused:
            for held in key.held:
                taken.append(await self._take(held, requests=requests, tokens=tokens))
                if_refused.push_async_callback(self._take_back, taken[-1])
            if_refused.pop_all()
        return Admission(self, taken)

    def used(self, held: Held) -> BudgetUse:
        """Reserve from the budgets, if there are any. Waits for the disk."""
        return self._of(held).used(held.person_id or held.id) if held.limits.has_budget else BudgetUse()

    def release(self, taken: Taken) -> None:
        """The request runs no longer."""
        self.meters.release(taken.ticket)
        if self.shared is not None and taken.shared is not None:
            self.shared.release(taken.shared)

    async def settle(self, taken: Taken, used: Used) -> None:
        """The request is over."""
        self.meters.settle(taken.ticket, used.tokens, self._now())
        try:
            if self.shared is not None and taken.shared is not None:
                await self.shared.settle(taken.shared, used.tokens)
        finally:
            await self._settle_budget(taken, used)

    async def _take_back(self, taken: Taken) -> None:
        """It was refused by another limit: as if it had never asked."""
        self.meters.take_back(taken.ticket, self._now())
        try:
            if self.shared is not None and taken.shared is not None:
                await self.shared.take_back(taken.shared)
        finally:
            await self._settle_budget(taken, NOTHING)

    async def _settle_budget(self, taken: Taken, used: Used) -> None:
        if taken.reservation is not None:
            budgets = self._of(taken.held)
            await asyncio.to_thread(budgets.settle, taken.reservation, requests=used.requests, tokens=used.tokens)

    def headers(self, taken: Taken) -> dict[str, str]:
        """What is left of its limits."""
        limits, shared = taken.held.limits, taken.shared
        if shared is not None:
            return headers(shared.meter, limits, shared.second)
        return self.meters.headers(taken.ticket.key_id, limits, self._now())

    async def _take(self, held: Held, *, requests: int, tokens: int) -> Taken:
        id_, limits, whose = held.id, held.limits, held.whose
        ticket = self.meters.reserve(id_, limits, requests=requests, tokens=tokens, now=self._now(), whose=whose)
        reservation = shared = None
        try:
            if self.shared is not None:
                shared = await self.shared.reserve(id_, limits, requests=requests, tokens=tokens, whose=whose)
            if limits.has_budget:
                reserve, counted = self._of(held).reserve, held.person_id or id_
                reservation = await asyncio.to_thread(
                    reserve, counted, limits, requests=requests, tokens=tokens, whose=whose
                )
        except BaseException:
            await self._take_back(Taken(held, ticket, shared, None))
            raise
        return Taken(held, ticket, shared, reservation)

    def _of(self, held: Held) -> Budgets:
        return self._people if held.person_id is not None else self._budgets


class Admission:
    """One request that was let in. `headers` are for its answer."""

    def __init__(self, door: Admissions, taken: Sequence[Taken]) -> None:
        self._door = door
        self._taken = taken
        self._is_settled = False
        self.counts_tokens = any(each.held.limits.counts_tokens for each in taken)
        self.is_counted = self.counts_tokens or any(each.reservation is not None for each in taken)
        """Whether there is anything to settle."""
        self.headers: Mapping[str, str] = _tightest([door.headers(each) for each in taken])

    def release(self) -> None:
        """It runs no longer: the next may run, though what this one used is still to be counted."""
        for each in self._taken:
            self._door.release(each)

    async def settle(self, used: Used) -> None:
        """Settle it, once; a second time does nothing. Each is settled, also where another can't be; then it raises."""
        if self._is_settled:
            return
        self._is_settled = True
        async with AsyncExitStack() as settling:
            for each in self._taken:
                settling.push_async_callback(self._door.settle, each, used)


def _tightest(told: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """For each kind of limit, the one of which the least is left."""
    found: dict[str, str] = {}
    for what in ("requests", "tokens"):
        name = f"x-ratelimit-remaining-{what}"
        least = min((int(each[name]) for each in told if name in each), default=None)
        tightest = next((each for each in told if each.get(name) == str(least)), {})
        found |= {header: value for header, value in tightest.items() if header.endswith(what)}
    return found
