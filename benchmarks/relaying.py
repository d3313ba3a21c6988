"""
What one piece of an answer costs the gateway, as a ratio to a bare relay measured in the same run (`make bench`).

Both are processes of their own; a load of N streams is paced through each in turn, several rounds, and the CPU time
that the process used is divided by the pieces it passed on. Machines differ and share their cores, so the ratio is the
figure; the microseconds are there to see what it is a ratio of. Linux only: it reads /proc.
"""

import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from websockets.asyncio.client import ClientConnection, connect

STREAMS = 100
PIECES = 200
PIECES_PER_SECOND = 20
ROUNDS = 3
PIECE = "word "
ORIGIN = "https://arena.ai"
MODEL = "bench"
STARTING_SECONDS = 30


@dataclass(frozen=True)
class Target:
    """A process under load: how to reach it, and how to speak to it as its worker."""

    name: str
    pid: int
    port: int
    headers: dict[str, str]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, *command], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            running.terminate()


async def read_stream(target: Target) -> int:
    """One client: returns the number of events that held a piece."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    body = orjson.dumps({"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "go"}]})
    head = {"Host": "127.0.0.1", "Content-Length": str(len(body)), "Content-Type": "application/json", **target.headers}
    lines = [f"{name}: {value}" for name, value in head.items()]
    writer.write("\r\n".join(["POST /v1/chat/completions HTTP/1.1", *lines, "", ""]).encode() + body)
    pieces, last = 0, b""
    while not (data := await reader.read(65536)).endswith(b"0\r\n\r\n"):
        if not data:
            raise ConnectionError(f"{target.name} closed the stream: {last[-300:]!r}")
        last = data
        pieces += data.count(PIECE.encode())
    writer.close()
    return pieces + data.count(PIECE.encode())


async def paced(send: "Sender", jobs: list[str]) -> None:
    """All jobs get one piece at each beat, as a tab joins what came in one turn of its event loop."""
    begun = time.monotonic()
    for number in range(PIECES):
        await asyncio.sleep(max(0.0, begun + number / PIECES_PER_SECOND - time.monotonic()))
        await send.pieces(jobs, number)
    await send.ends(jobs, PIECES)


class Sender:
    """The worker's side of a target."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def granted(self, count: int) -> list[str]:
        return [str(await self.connection.recv()) for _ in range(count)]

    async def pieces(self, jobs: list[str], number: int) -> None:  # noqa: ARG002 - the bare relay numbers nothing
        await self.connection.send("\x1e".join(f"{job}\n{PIECE}" for job in jobs))

    async def ends(self, jobs: list[str], number: int) -> None:  # noqa: ARG002
        await self.connection.send("\x1e".join(f"{job}\n" for job in jobs))


class LinkSender(Sender):
    """The link's side: offers are accepted, reports are numbered."""

    async def greet(self, secret: str) -> None:
        await self._say(
            type="hello",
            protocol=2,
            script="bench",
            token=secret,
            origin=ORIGIN,
            profile="bench",
            page="bench",
            slots=STREAMS,
        )
        model = {
            "id": "m",
            "publicName": MODEL,
            "organization": "x",
            "capabilities": {"outputCapabilities": {"text": True}},
        }
        row = f'1:{{"initialModels":{orjson.dumps([model]).decode()}}}\n'
        await self._say(
            type="page", url="/", html=f"<script>self.__next_f.push([1,{orjson.dumps(row).decode()}])</script>"
        )

    async def granted(self, count: int) -> list[str]:
        jobs: list[str] = []
        while len(jobs) < count:
            message = orjson.loads(await self.connection.recv())
            if message["type"] == "offer":
                await self._say(type="accept", job=message["job"])
            elif message["type"] == "go":
                job = message["job"]
                jobs.append(job)
                await self._say(type="start", job=job, epoch=1, seq=0)
                await self._say(type="head", job=job, epoch=1, seq=1, status=200)
        return jobs

    async def pieces(self, jobs: list[str], number: int) -> None:
        await self._say(type="chunks", chunks=[[job, 1, number + 2, f'a0:"{PIECE}"\n'] for job in jobs])

    async def ends(self, jobs: list[str], number: int) -> None:
        finish = 'ad:{"finishReason":"stop"}\n'
        await self._say(type="chunks", chunks=[[job, 1, number + 2, finish] for job in jobs])
        for job in jobs:
            await self._say(type="end", job=job, epoch=1, seq=number + 3)

    async def _say(self, **message: object) -> None:
        await self.connection.send(orjson.dumps(message).decode())


async def cost_per_piece(target: Target, sender: Sender) -> float:
    """CPU microseconds of the target's process for each piece of one round."""
    before = cpu_seconds(target.pid)
    clients = [asyncio.ensure_future(read_stream(target)) for _ in range(STREAMS)]
    await paced(sender, await sender.granted(STREAMS))
    passed = sum(await asyncio.gather(*clients))
    if passed != STREAMS * PIECES:
        raise RuntimeError(f"{target.name} passed on {passed} of {STREAMS * PIECES} pieces")
    return (cpu_seconds(target.pid) - before) * 1e6 / passed


@contextlib.asynccontextmanager
async def bare_relay() -> AsyncIterator[tuple[Target, Sender]]:
    port = free_port()
    with process(str(Path(__file__).with_name("bare_relay.py")), str(port)) as running:
        async with connect_soon(f"ws://127.0.0.1:{port}/ws") as connection:
            yield Target("bare relay", running.pid, port, {}), Sender(connection)


@contextlib.asynccontextmanager
async def gateway() -> AsyncIterator[tuple[Target, Sender]]:
    from arenabridge.accounts.secrets import Secrets  # noqa: PLC0415 - the other process is what is measured

    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "arenabridge", "serve", "--port", str(port), "--data-dir", folder, "--log-level", "warning"]
        told = {"REQUIRE_API_KEY": "false", "SLOTS": str(STREAMS), "ENABLE_AUTO_UPDATE": "false"}
        with process(*command, **{f"ARENABRIDGE_{name}": value for name, value in told.items()}) as running:
            async with connect_soon(f"ws://127.0.0.1:{port}/ws") as connection:
                sender = LinkSender(connection)
                await sender.greet(Secrets.load(Path(folder), {}).pairing)
                yield Target("gateway", running.pid, port, {}), sender


@contextlib.asynccontextmanager
async def connect_soon(url: str) -> AsyncIterator[ClientConnection]:
    """Connect to a process that is still starting."""
    for _ in range(STARTING_SECONDS * 10):
        try:
            connection = await connect(url, additional_headers={"Origin": ORIGIN}, compression=None)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            async with connection:
                yield connection
            return
    raise TimeoutError(url)


async def main() -> None:
    print(f"{STREAMS} streams, {PIECES} pieces each, {PIECES_PER_SECOND} a second, {ROUNDS} rounds in turn\n")
    async with bare_relay() as (bare, bare_sender), gateway() as (ours, our_sender):
        rounds = [
            (await cost_per_piece(bare, bare_sender), await cost_per_piece(ours, our_sender)) for _ in range(ROUNDS)
        ]
    floor, cost = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratios = sorted(gateway / relay for relay, gateway in rounds)
    print(f"bare relay  {floor:6.1f} us CPU a piece")
    print(f"gateway     {cost:6.1f} us CPU a piece")
    print(f"ratio       {statistics.median(ratios):6.2f}  (rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)})")


if __name__ == "__main__":
    asyncio.run(main())
