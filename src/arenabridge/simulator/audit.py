"""The record of every request that the site received, when each began, how it was answered and when it ended."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arenabridge.simulator.calls import STREAM_CALLS, Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from arenabridge.simulator.check import CheckField, Verdict

EXCHANGES_KEPT = 5_000
"""The oldest exchange is forgotten when one more than these arrives."""
BODY_BYTES_KEPT = 1_000_000
"""Only the beginning of a larger body is kept; `body_bytes` still tells its size."""
FILE_BYTES_KEPT = 1_000
"""The same of an upload: the storage has it whole."""


@dataclass(eq=False)
class Exchange:
    """One request and what became of it. Times are Unix seconds."""

    number: int
    call: Call
    method: str
    path: str
    query: str
    http_version: str
    scheme: str
    headers: Mapping[str, str]
    """Names in lower case; values of a repeated name joined by a comma (cookies by a semicolon)."""
    cookies: Mapping[str, str]
    body: bytes
    body_bytes: int
    started_at: float
    status: int | None = None
    """None until the response head was written."""
    bytes_written: int = 0
    head_at: float | None = None
    finished_at: float | None = None
    """When the site ended its answer, whole or cut on purpose."""
    disconnected_at: float | None = None
    """When the client ended it early: a reset HTTP/2 stream or a closed connection."""
    cut_by_site: bool = False
    fault: str | None = None
    """The kind of the fault that this request met."""
    check_field: CheckField | None = None
    """Of a generating call: the field in which it carried a token of the page's check."""
    verdict: Verdict | None = None
    """Of a generating call: what that token is worth, whether or not the site insists on one."""
    altered: bool | None = None
    """Of a generating call: whether its body is another than the page sent; None: it did not come from the page."""

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def json(self) -> Any:
        """The parsed body; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def active(self) -> bool:
        return self.finished_at is None and self.disconnected_at is None

    def as_json(self) -> dict[str, Any]:
        """The exchange for `GET /__simulator__/audit`: the body both as text and, where it is JSON, parsed."""
        plain = {name: value for name, value in vars(self).items() if name != "body"}
        return {**plain, "body": self.body.decode(errors="replace"), "json": self.json, "active": self.active}


@dataclass
class Audit:
    """A bounded list of exchanges in order of arrival, with counters and a way to wait for what is to come."""

    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=EXCHANGES_KEPT))
    received: int = 0
    active: int = 0
    """Streams being answered now: the three generating calls from arrival to end."""
    max_active: int = 0
    _watchers: set[asyncio.Event] = field(default_factory=set)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self.exchanges))

    def __len__(self) -> int:
        return len(self.exchanges)

    def __getitem__(self, at: int) -> Exchange:
        return self.exchanges[at]

    def calls(self, *names: Call) -> list[Exchange]:
        """The exchanges of these calls, oldest first; without a name those of the three generating calls."""
        wanted = names or STREAM_CALLS
        return [exchange for exchange in self.exchanges if exchange.call in wanted]

    def last(self, *names: Call) -> Exchange:
        """The newest of `calls(*names)`; `LookupError` when there is none."""
        found = self.calls(*names)
        if not found:
            raise LookupError(f"no request yet for {', '.join(names) or 'a stream'}")
        return found[-1]

    async def until(self, holds: Callable[[Audit], object], within_seconds: float = 5.0) -> None:
        """Waits until a condition on this audit holds, looked at after each change; `TimeoutError` when it does not."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            async with asyncio.timeout(within_seconds):
                while not holds(self):
                    await changed.wait()
                    changed.clear()
        finally:
            self._watchers.discard(changed)

    def clear(self) -> None:
        """Forgets the past; what is being answered now keeps being counted."""
        self.exchanges.clear()
        self.received, self.max_active = 0, self.active

    def begin(self, exchange: Exchange) -> None:
        self.received += 1
        self.exchanges.append(exchange)
        if exchange.call in STREAM_CALLS:
            self.active += 1
            self.max_active = max(self.max_active, self.active)
        self.changed()

    def head(self, exchange: Exchange, status: int) -> None:
        exchange.status, exchange.head_at = status, time.time()
        self.changed()

    def finish(self, exchange: Exchange) -> None:
        if exchange.active:
            exchange.finished_at = time.time()
            self._ended(exchange)

    def leave(self, exchange: Exchange) -> None:
        """Notes that the client went before the answer was complete."""
        if exchange.active:
            exchange.disconnected_at = time.time()
            self._ended(exchange)

    def changed(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    def _ended(self, exchange: Exchange) -> None:
        if exchange.call in STREAM_CALLS:
            self.active -= 1
        self.changed()
