"""
How much a key or a person may ask for in a minute, and at the same time: pure, on the clock that it is given.

A minute is a sliding one, kept as sums of its seconds, so that no 60 seconds ever hold more than the limit (a bucket
that refills would let through almost twice as much). What is asked for is *reserved* before and *settled* after: tokens
are reserved by an estimate of the prompt, and replaced by what was really used. So tokens of a minute may overshoot
by what is in flight, requests never. A request counts when it is let in, whatever becomes of it: the limit is about how
often a program asks. What another limit refuses was never let in, and is taken back whole.
"""

import math
from collections import deque
from dataclasses import dataclass, field

from arenabridge.accounts.key_limits import THIS_KEY, KeyLimits, begun
from arenabridge.errors import RateLimited

MINUTE_SECONDS = 60

MAX_METERS = 10_000
"""How many keys and people that asked lately are remembered; at this bound the idle ones are forgotten."""

PARALLEL_RETRY_SECONDS = 1.0
"""Nobody knows when an answer that runs will end."""


@dataclass(slots=True)
class SlidingMinute:
    """What was taken within the last minute, by the second in which it was."""

    total: int = 0
    _seconds: deque[list[int]] = field(default_factory=deque)
    """Pairs of second and sum, at most one more than a minute has seconds."""

    def add(self, amount: int, now: float) -> None:
        second = math.floor(now)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1][1] += amount
        else:
            self._seconds.append([second, amount])
        self.total += amount

    def give_back(self, amount: int, taken: float) -> None:
        """Give back to the second it was taken from; what has left the minute by now can't be given back any more."""
        for second in self._seconds:
            if second[0] == math.floor(taken):
                second[1] -= amount
                self.total -= amount

    def forget_before(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] + MINUTE_SECONDS + 1 <= now:
            self.total -= self._seconds.popleft()[1]

    def full_in(self, now: float) -> float:
        """Seconds until all of it has left the minute, and the whole limit is available again."""
        return max(0.0, self._seconds[-1][0] + MINUTE_SECONDS + 1 - now) if self._seconds else 0.0

    def room_in(self, amount: int, limit: int, now: float) -> float:
        """Seconds until there is room for so much; a whole minute if there never will be."""
        left = self.total
        for second, sum_ in self._seconds:
            left -= sum_
            if left + amount <= limit:
                return max(0.0, second + MINUTE_SECONDS + 1 - now)
        return float(MINUTE_SECONDS)


@dataclass(slots=True)
class Meter:
    """What one key has asked for lately, and how many of its requests run."""

    requests: SlidingMinute = field(default_factory=SlidingMinute)
    tokens: SlidingMinute = field(default_factory=SlidingMinute)
    running: int = 0

    @property
    def is_idle(self) -> bool:
        return not self.running and not self.requests.total and not self.tokens.total


@dataclass(slots=True)
class Ticket:
    """What was reserved for one request. Released when the request runs no longer, settled when its use is known."""

    key_id: str
    requests: int
    tokens: int
    taken: float
    """When."""
    is_released: bool = False
    is_settled: bool = False


class Meters:
    """The meters of all keys that asked lately."""

    def __init__(self) -> None:
        self._meters: dict[str, Meter] = {}

    def reserve(
        self, key_id: str, limits: KeyLimits, *, requests: int, tokens: int, now: float, whose: str = THIS_KEY
    ) -> Ticket:
        """Reserve; when it raises `RateLimited`, which says when to come again, nothing was reserved."""
        meter = self._meter(key_id, now)
        refused = _refusal(meter, limits, requests, tokens, now, whose)
        if refused is not None:
            refused.headers = headers(meter, limits, now)
            raise refused
        meter.requests.add(requests, now)
        meter.tokens.add(tokens, now)
        meter.running += requests
        return Ticket(key_id, requests, tokens, now)

    def release(self, ticket: Ticket) -> None:
        """It runs no longer. A second time does nothing."""
        if not ticket.is_released:
            ticket.is_released = True
            self._meters[ticket.key_id].running -= ticket.requests

    def settle(self, ticket: Ticket, tokens: int, now: float) -> None:
        """It is over, and this is what it used. A second time does nothing."""
        self.release(ticket)
        if not ticket.is_settled:
            ticket.is_settled = True
            minute = self._meter(ticket.key_id, now).tokens
            minute.give_back(ticket.tokens, ticket.taken)
            minute.add(tokens, now)

    def take_back(self, ticket: Ticket, now: float) -> None:
        """It was refused elsewhere: as if it had never asked. Once it is settled this does nothing."""
        if not ticket.is_settled:
            self.settle(ticket, 0, now)
            self._meter(ticket.key_id, now).requests.give_back(ticket.requests, ticket.taken)

    def headers(self, key_id: str, limits: KeyLimits, now: float) -> dict[str, str]:
        """The very figures that decide, named as OpenAI names them; leaves out whatever is not limited."""
        return headers(self._meter(key_id, now), limits, now)

    def running(self, key_id: str) -> int:
        meter = self._meters.get(key_id)
        return meter.running if meter else 0

    def __len__(self) -> int:
        return len(self._meters)

    def _meter(self, key_id: str, now: float) -> Meter:
        meter = self._meters.get(key_id)
        if meter is None:
            if len(self._meters) >= MAX_METERS:
                self._forget_idle(now)
            meter = self._meters[key_id] = Meter()
        _forget(meter, now)
        return meter

    def _forget_idle(self, now: float) -> None:
        for meter in self._meters.values():
            _forget(meter, now)
        self._meters = {key_id: meter for key_id, meter in self._meters.items() if not meter.is_idle}


def headers(meter: Meter, limits: KeyLimits, now: float) -> dict[str, str]:
    """`x-ratelimit-*`: the limit, what is left of it, and when all of it is there again."""
    found: dict[str, str] = {}
    for name, limit, minute in (
        ("requests", limits.requests_per_minute, meter.requests),
        ("tokens", limits.tokens_per_minute, meter.tokens),
    ):
        if limit is not None:
            found[f"x-ratelimit-limit-{name}"] = str(limit)
            found[f"x-ratelimit-remaining-{name}"] = str(max(0, limit - minute.total))
            found[f"x-ratelimit-reset-{name}"] = in_words(minute.full_in(now) if minute.total > 0 else 0.0)
    return found


def in_words(seconds: float) -> str:
    """A duration as OpenAI writes it: `0s`, `12s`, `1m1s`."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _forget(meter: Meter, now: float) -> None:
    meter.requests.forget_before(now)
    meter.tokens.forget_before(now)


def refusal(
    meter: Meter, limits: KeyLimits, requests: int, tokens: int, now: float, whose: str = THIS_KEY
) -> RateLimited:
    """Why the holder of this meter was refused a request; it says what is left."""
    why = _refusal(meter, limits, requests, tokens, now, whose)
    refused = why or RateLimited(retry_after_seconds=PARALLEL_RETRY_SECONDS)
    refused.headers = headers(meter, limits, now)
    return refused


def _refusal(meter: Meter, limits: KeyLimits, requests: int, tokens: int, now: float, whose: str) -> RateLimited | None:
    if limits.parallel_requests is not None and meter.running + requests > limits.parallel_requests:
        return RateLimited(
            f"{begun(whose)} may run {limits.parallel_requests} requests at a time.",
            retry_after_seconds=PARALLEL_RETRY_SECONDS,
        )
    longest: RateLimited | None = None
    for what, limit, minute, amount in (
        ("requests", limits.requests_per_minute, meter.requests, requests),
        ("tokens", limits.tokens_per_minute, meter.tokens, tokens),
    ):
        if limit is not None and minute.total + amount > limit:
            wait = max(minute.room_in(amount, limit, now), 1.0)
            if longest is None or wait > (longest.retry_after_seconds or 0.0):
                longest = RateLimited(
                    f"Rate limit reached: {whose} may use {limit} {what} a minute. Used {minute.total}, "
                    f"requested {amount}. Please try again in {in_words(wait)}.",
                    retry_after_seconds=wait,
                )
    return longest
