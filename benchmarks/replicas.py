"""
What a piece of an answer costs two gateways and their Redis together, as a ratio to one gateway alone in the same run.

Three ways: one gateway; two, each with clients and a tab of its own (a home takes its own jobs first); two, with all
clients at one and the tab at the other, so that every piece hops. Linux only; needs redis-server and PostgreSQL.
"""

import asyncio
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import relaying
from relaying import LinkSender, Target, connect_soon, cpu_seconds, free_port, paced, process, read_stream

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from arenabridge.accounts.secrets import Secrets
from servers.postgres import Postgres, running_postgres
from servers.redis import running_redis

STREAMS = 100
ROUNDS = 3
MEETING_SECONDS = 30.0
"""Until gateways have met, and told each other of their tabs and models."""
SECRET = "the same for all gateways of a fleet"  # noqa: S105 - of this run alone


@dataclass(frozen=True)
class Measured:
    """Gateways that clients ask, those that have a tab with the tab's secret, and whose CPU time counts."""

    asked: Sequence[Target]
    serving: Sequence[tuple[Target, str]]
    pids: Sequence[int]

    def cpu(self) -> float:
        return sum(float(cpu_seconds(pid)) for pid in self.pids)


async def cost_per_piece(measured: Measured) -> float:
    """CPU microseconds of all processes together for each piece of one round; clients and tabs share it evenly."""
    async with AsyncExitStack() as stack:
        senders = [await tab(stack, target, secret) for target, secret in measured.serving]
        await asyncio.gather(*map(_until_it_knows_the_model, measured.asked))
        before = measured.cpu()
        share = STREAMS // len(measured.asked)
        clients = [asyncio.ensure_future(read_stream(target)) for target in measured.asked for _ in range(share)]
        await asyncio.gather(*(_serve(sender, STREAMS // len(senders)) for sender in senders))
        passed = sum(await asyncio.gather(*clients))
        if passed != STREAMS * relaying.PIECES:
            raise RuntimeError(f"{passed} of {STREAMS * relaying.PIECES} pieces arrived")
        return float((measured.cpu() - before) * 1e6 / passed)


async def _until_it_knows_the_model(target: Target) -> None:
    async with asyncio.timeout(MEETING_SECONDS), httpx.AsyncClient() as client:
        models = f"http://127.0.0.1:{target.port}/v1/models"
        while relaying.MODEL not in (await client.get(models)).text:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


async def _serve(sender: LinkSender, count: int) -> None:
    await paced(sender, await sender.granted(count))


@contextlib.asynccontextmanager
async def gateway(folder: Path, **settings: object) -> AsyncIterator[tuple[Target, str]]:
    """A process, and the secret of its tabs. The first on a database makes the key that all are asked with."""
    port = free_port()
    command = ["-m", "arenabridge", "serve", "--port", str(port), "--data-dir", str(folder), "--log-level", "warning"]
    told = {"require_api_key": "false", "slots": STREAMS, "enable_auto_update": "false", **settings}
    environment = {f"ARENABRIDGE_{name.upper()}": str(value) for name, value in told.items()}
    with process(*command, **environment) as running:
        yield Target(folder.name, running.pid, port, {}), Secrets.load(folder, environment).pairing


async def tab(stack: AsyncExitStack, target: Target, secret: str) -> LinkSender:
    sender = LinkSender(await stack.enter_async_context(connect_soon(f"ws://127.0.0.1:{target.port}/ws")))
    await sender.greet(secret)
    return sender


async def alone(stack: AsyncExitStack, folder: Path) -> Measured:
    target, secret = await stack.enter_async_context(gateway(folder / "alone"))
    return Measured([target], [(target, secret)], [target.pid])


async def together(stack: AsyncExitStack, folder: Path, postgres: Postgres, *, hops: bool) -> Measured:
    """Two gateways on servers of their own."""
    servers = running_redis()
    redis = next(servers)
    stack.callback(lambda: next(servers, None))
    database = stack.enter_context(postgres.empty_database())
    shared = {"redis_url": redis.url, "database_url": database, "secret_key": SECRET}
    names = ("home", "owner") if hops else ("one", "two")
    made = [await stack.enter_async_context(gateway(folder / name, **shared)) for name in names]
    asked = [target for target, _ in (made[:1] if hops else made)]
    return Measured(asked, made[1:] if hops else made, [target.pid for target, _ in made] + [_pid_of_redis(redis.url)])


def _pid_of_redis(url: str) -> int:
    listing = ["ps", "-eo", "pid,args"]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout  # noqa: S603 - the system's
    ours = rf"^\s*(\d+) .*redis-server.*{re.escape(url.removeprefix('unix://'))}"
    return next(int(found) for found in re.findall(ours, listed, re.MULTILINE))


async def main() -> None:
    pieces, pace = relaying.PIECES, relaying.PIECES_PER_SECOND
    print(f"{STREAMS} streams, {pieces} pieces each, {pace} a second, {ROUNDS} rounds in turn\n")
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres:
        async with AsyncExitStack() as stack:
            ways = {
                "one gateway": await alone(stack, Path(name)),
                "two, local first": await together(stack, Path(name), postgres, hops=False),
                "two, every piece hops": await together(stack, Path(name), postgres, hops=True),
            }
            rounds = [[await cost_per_piece(way) for way in ways.values()] for _ in range(ROUNDS)]
    floor = [costs[0] for costs in rounds]
    for way, costs in zip(ways, zip(*rounds, strict=True), strict=True):
        ratio = statistics.median(cost / least for cost, least in zip(costs, floor, strict=True))
        print(f"{way:<24} {statistics.median(costs):6.1f} us CPU a piece, ratio {ratio:.2f}")


if __name__ == "__main__":
    if os.name != "posix":
        sys.exit("This reads /proc.")
    asyncio.run(main())
