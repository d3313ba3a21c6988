"""
Gateways, relays, Redis, PostgreSQL and nginx as they run for a team: each a process of its own that can be killed.

Tabs and clients are in the test's process, so that what was called at the site can be held against what was granted.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from arenabridge.accounts.secrets import Secrets
from chaos.client import Client, Outcome, Wish
from chaos.gateway_process import SOURCES, GatewayProcess, gateway_process
from chaos.reference_site import ReferenceSite
from chaos.tab import Page, Record
from servers.postgres import Postgres
from servers.proxies import running_load_balancer
from servers.redis import RedisServer

SECRET = "the same for all gateways of a fleet"
RELAY_TOKEN = "a-token-of-the-settings-for-relays"
STARTING_SECONDS = 30.0
GRACE_SECONDS = 30 if os.environ.get("CHAOS_REQUESTS") else 8


@dataclass
class Relay:
    """`arenabridge worker`, a process of its own."""

    folder: Path
    gateway: str
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    async def start(self) -> None:
        command = ["-m", "arenabridge", "worker", "--gateway", self.gateway, "--token", RELAY_TOKEN]
        self.process = subprocess.Popen(  # noqa: ASYNC220, S603 - it returns at once; our own program
            [sys.executable, *command, "--port", str(self.port), "--data-dir", str(self.folder)],
            env={**os.environ, "PYTHONPATH": SOURCES},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await until(lambda: _answers(self.port))

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def pairing(self) -> str:
        return Secrets.load(self.folder / "worker", {}).pairing


@dataclass
class Tally:
    """How requests ended that were under way when something was done, and those that began and ended after it."""

    what: str
    at: float
    then: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    recovered: float | None = None
    """Seconds until the first request that began afterwards was answered whole."""

    def __str__(self) -> str:
        recovered = "-" if self.recovered is None else f"{self.recovered:.1f} s"
        return f"{self.what:<34} under way {dict(self.then)}, begun after {dict(self.after)}, first whole {recovered}"


@dataclass
class Fleet:
    """Its parts, and the load on it."""

    folder: Path
    redis: RedisServer
    postgres: Postgres
    database_url: str
    site: ReferenceSite
    record: Record
    gateways: dict[str, GatewayProcess] = field(default_factory=dict)
    relays: list[Relay] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    balancer: int = 0
    key: str = ""
    _ends: dict[str, AsyncExitStack] = field(default_factory=dict)
    _number: int = 0
    _pages_made: int = 0
    _loading: "list[asyncio.Task[None]]" = field(default_factory=list)

    # -- parts

    async def start_gateway(self, name: str, port: int = 0) -> GatewayProcess:
        """With a port it takes the place of one that had it."""
        stack = self._ends[name] = AsyncExitStack()
        gateway = await stack.enter_async_context(
            gateway_process(
                self.folder / name,
                port=port,
                database_url=self.database_url,
                redis_url=self.redis.url,
                secret_key=SECRET,
                worker_tokens=RELAY_TOKEN,
                resume_grace_seconds=GRACE_SECONDS,
                drain_seconds=20,
                queue_length=1000,
                head_hold_seconds=0.5,
                trusted_proxies="127.0.0.1",
            )
        )
        self.gateways[name] = gateway
        self.key = self.key or gateway.key
        return gateway

    async def kill_gateway(self, name: str) -> None:
        await self.gateways[name].kill()

    async def restart_gateway(self, name: str) -> None:
        """In the place of one that has ended."""
        port = self.gateways[name].port
        await self._ends.pop(name).aclose()
        await self.start_gateway(name, port)

    def open_page(self, *, relay: Relay | None = None, slots: int) -> Page:
        self._pages_made += 1
        name = f"page-{self._pages_made}"
        port, secret = (self.balancer, self._pairing) if relay is None else (relay.port, relay.pairing)
        url = f"ws://127.0.0.1:{port}/ws"
        page = Page(url, secret, self.site, self.record, self.site.random, profile=name, id=name, slots=slots)
        self.pages.append(page)
        self._loading.append(asyncio.ensure_future(page.run()))
        return page

    @property
    def _pairing(self) -> str:
        return next(iter(self.gateways.values())).pairing

    async def close(self) -> None:
        for page in self.pages:
            await page.leave()
        for task in self._loading:
            task.cancel()
        await asyncio.gather(*self._loading, return_exceptions=True)
        for relay in self.relays:
            if relay.process is not None:
                relay.kill()
        for stack in self._ends.values():
            await stack.aclose()

    async def workers_at(self, name: str) -> int:
        health = await self.gateways[name].health()
        return len(health["workers"])

    # -- load

    def load(self, clients: int, words: int) -> None:
        """So many ask without a pause, through the balancer."""
        self._loading += [asyncio.ensure_future(self._ask_on(words)) for _ in range(clients)]

    async def _ask_on(self, words: int) -> None:
        client = Client(self.balancer, self.key)
        while True:
            self._number += 1
            began = time.monotonic()
            try:
                outcome, _ = await client.ask(Wish(number=self._number, words=words, streamed=self._number % 3 > 0))
            except OSError:
                outcome = Outcome("broken")
            self._note(outcome, began)
            if outcome.ending != "whole":
                await asyncio.sleep(0.2)

    def _note(self, outcome: Outcome, began: float) -> None:
        how = outcome.code or outcome.ending
        if outcome.wrong:
            self.wrong.append(outcome.wrong)
        before = [tally for tally in self.tallies if tally.at <= began]
        met = self.tallies[len(before) : len(before) + 1]
        if met:
            met[0].then[how] += 1
        elif before:
            before[-1].after[how] += 1
            if outcome.ending == "whole" and before[-1].recovered is None:
                before[-1].recovered = time.monotonic() - before[-1].at

    def begin(self, what: str) -> Tally:
        """What is counted from here on is of this."""
        self.tallies.append(Tally(what, time.monotonic()))
        return self.tallies[-1]

    def check_calls(self) -> None:
        """No grant was carried out twice, and no request generated twice."""
        called = [(call.job, call.epoch) for call in self.site.calls]
        assert len(set(called)) == len(called), "a grant was carried out twice"
        by_request = Counter(call.number for call in self.site.calls)
        twice = [number for number, calls in by_request.items() if calls > 1]
        assert not twice, f"requests {twice} cost quota twice"


@asynccontextmanager
async def fleet(
    folder: Path, redis: RedisServer, postgres: Postgres, *, gateways: int, relays: int, seed: int = 1
) -> AsyncIterator[Fleet]:
    """Up and without load; tabs are opened by the test."""
    random = Random(seed)  # noqa: S311 - to be repeated
    site = ReferenceSite(random, record_seconds=0.2)
    with postgres.database() as database_url:
        made = Fleet(folder, redis, postgres, database_url, site, Record())
        try:
            for number in range(gateways):
                await made.start_gateway(f"gateway-{number}")
            ports = [gateway.port for gateway in made.gateways.values()]
            with running_load_balancer(ports) as made.balancer:
                for number in range(relays):
                    url = f"http://127.0.0.1:{made.balancer}"
                    relay = Relay(folder / f"relay-{number}", url, _free_port())
                    made.relays.append(relay)
                    await relay.start()
                yield made
                await made.close()
        finally:
            await made.close()


async def until(condition: Callable[[], object], seconds: float = STARTING_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.05)


def _answers(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=1).status_code < 500
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
