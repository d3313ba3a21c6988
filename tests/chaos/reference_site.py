"""
A site whose answers are known: each request has a text of its own, every word of which names it.

It counts what it is asked, and misbehaves as the real one was seen to: limits, checks, challenge pages, failures before
and in the stream, empty and cut answers, slow ones. Pieces end anywhere, also within a record.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

import orjson

SiteFault = Literal[
    "none",
    "limited_for_a_time",
    "limited",
    "check",
    "challenge",
    "server_error",
    "empty",
    "cut",
    "reset",
    "error_in_stream",
    "slow",
    "hangs",
    "hangs_in_stream",
]

STREAM = {"content-type": "text/event-stream"}
PAGE = {"content-type": "text/html", "cf-mitigated": "challenge"}
JSON = {"content-type": "application/json"}
LONG_WORDS = 100_000
_REFUSALS: dict[str, tuple[int, dict[str, str], str]] = {
    "limited_for_a_time": (429, {**JSON, "retry-after": "1"}, "Too many requests"),
    "limited": (429, JSON, "Too many requests"),
    "check": (403, JSON, '{"error":"recaptcha validation failed"}'),
    "challenge": (403, PAGE, "<html><title>Just a moment...</title></html>"),
    "server_error": (500, JSON, '{"error":"Internal"}'),
}
_FINISH = 'ad:{"finishReason":"stop"}\n'
_ASKED = re.compile(r"ASK<<(\d+)(?::(\d+))?>>")

FAULTS_IN_A_THOUSAND: dict[SiteFault, float] = {
    "limited_for_a_time": 4,
    "limited": 1,
    "check": 1.5,
    "challenge": 1.5,
    "server_error": 15,
    "empty": 15,
    "cut": 15,
    "reset": 15,
    "error_in_stream": 15,
    "slow": 30,
    "hangs": 4,
    "hangs_in_stream": 4,
}
"""How often each meets a request; nearly a tenth of all together."""

_WITH_TEXT = frozenset[SiteFault]({"none", "cut", "reset", "error_in_stream", "slow", "hangs_in_stream"})
"""Those under which the site generates something."""


def prompt(number: int, words: int) -> str:
    return f"ASK<<{number}:{words}>>"


def reference(number: int, words: int) -> str:
    """The one answer to this request; a long one is made quickly."""
    if words > LONG_WORDS:
        return f"[{number}]" + f" {number}." * words
    return f"[{number}]" + "".join(f" {number}é{at}\n😀" if at % 17 == 16 else f" {number}.{at}" for at in range(words))


class ConnectionReset(Exception):
    """The site's connection broke."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has reached the site."""

    number: int
    words: int
    job: str
    epoch: int
    fault: SiteFault

    @property
    def generates(self) -> bool:
        return self.fault in _WITH_TEXT


@dataclass(slots=True)
class SiteAnswer:
    """`pieces` may raise `ConnectionReset`."""

    status: int
    headers: dict[str, str]
    pieces: AsyncIterator[str]


@dataclass
class ReferenceSite:
    """`faults` are those it is free to choose from, by how many of a thousand requests each meets."""

    random: Random
    faults: dict[SiteFault, float] = field(default_factory=dict)
    record_seconds: float = 0.0
    """The silence between the pieces of an answer."""
    record_characters: int = 120
    """At most, of an answer's text in one record."""
    calls: list[Call] = field(default_factory=list)
    active: Counter[str] = field(default_factory=Counter)
    """Requests it still works on, by job."""

    def take(self, job: str, epoch: int, asked: str) -> Call:
        """A request has arrived; `asked` is its body, or whatever else holds the prompt."""
        found = _ASKED.findall(asked)[-1]
        call = Call(int(found[0]), int(found[1] or 20), job, epoch, self._fault())
        self.calls.append(call)
        self.active[job] += 1
        return call

    def left(self, call: Call) -> None:
        """Its connection is closed, by whichever side."""
        self.active[call.job] -= 1
        if not self.active[call.job]:
            del self.active[call.job]

    async def answer(self, call: Call) -> SiteAnswer:
        """Cancelled when nobody waits any more."""
        if call.fault == "hangs":
            await asyncio.Event().wait()
        if call.fault == "slow":
            await asyncio.sleep(self.random.uniform(0.1, 0.8))
        return self._answer(call.fault, reference(call.number, call.words))

    def _fault(self) -> SiteFault:
        at = self.random.uniform(0, 1000)
        for fault, often in self.faults.items():
            at -= often
            if at < 0:
                return fault
        return "none"

    def _answer(self, fault: SiteFault, text: str) -> SiteAnswer:
        if fault in _REFUSALS:
            return self._refusal(*_REFUSALS[fault])
        records = [_FINISH] if fault == "empty" else self._records(text)
        return SiteAnswer(200, STREAM, self._said(records, fault))

    def _refusal(self, status: int, headers: dict[str, str], body: str) -> SiteAnswer:
        return SiteAnswer(status, headers, self._said([body], "none"))

    def _records(self, text: str) -> list[str]:
        records, at = [], 0
        while at < len(text):
            size = self.random.randint(1, self.record_characters)
            records.append(f"a0:{orjson.dumps(text[at : at + size]).decode()}\n")
            at += size
        return [*records, _FINISH]

    async def _said(self, records: list[str], fault: SiteFault) -> AsyncIterator[str]:
        breaks_at = self.random.randrange(len(records))
        for at, record in enumerate(records):
            if at == breaks_at and fault in {"cut", "reset", "error_in_stream", "hangs_in_stream"}:
                async for piece in self._broken(fault):
                    yield piece
                return
            await asyncio.sleep(self.record_seconds)
            cut = self.random.randint(0, len(record))
            for piece in (record[:cut], record[cut:]):
                if piece:
                    yield piece

    async def _broken(self, fault: SiteFault) -> AsyncIterator[str]:
        match fault:
            case "reset":
                raise ConnectionReset
            case "hangs_in_stream":
                await asyncio.Event().wait()
            case "error_in_stream":
                yield 'a3:"An error occurred"\n'
            case _:
                return
