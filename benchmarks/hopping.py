"""
What a frame from one replica to another costs, as a ratio to a bare relay on the loopback interface, in the same run.

Speaker, hearer and what is between them are processes of their own; frames go 2,000 a second (100 answers of 20 pieces
a second) and as fast as they can. What the speaker needs to keep time, measured alone, is taken off. Linux only: it
reads /proc. It needs a redis-server, and uses one of its own.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import uvloop

from arenabridge.engine.interface import EngineEvent, Heard, ReplicaId, Waiting
from arenabridge.engine.redis.engine import RedisEngine
from arenabridge.engine.redis.pace import Pace
from arenabridge.hub.tasks import Tasks

FRAME_BYTES = 90
FRAMES_PER_SECOND = 2000
PACED_FRAMES = 10_000
FLAT_FRAMES = 40_000
ROUNDS = 3
TICK = 0.001
"""Seconds between the speaker's turns, as in a gateway that hears many tabs."""

SENT_AT = struct.Struct(">d")
PADDING = bytes(FRAME_BYTES - SENT_AT.size)
Send = Callable[[bytes], None]


@dataclass(frozen=True)
class Cost:
    """Microseconds of CPU for a frame; the delay is the median in milliseconds."""

    speaker: float
    between: float
    hearer: float
    delay: float = 0.0

    @property
    def total(self) -> float:
        return self.speaker + self.between + self.hearer


# -- the processes


class Hearer:
    """Counts frames, from the first on."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._delays: list[float] = []
        self._cpu = 0.0
        self.is_done = asyncio.Event()

    def hears(self, frames: tuple[bytes, ...]) -> None:
        if not self._delays:
            self._cpu = time.process_time()
        now = time.monotonic()
        self._delays += [now - SENT_AT.unpack_from(frame)[0] for frame in frames]
        if len(self._delays) >= self._expected:
            self.is_done.set()

    def report(self) -> None:
        say(cpu=time.process_time() - self._cpu, delay=statistics.median(self._delays) * 1000)


def say(**facts: object) -> None:
    print(orjson.dumps(facts).decode(), flush=True)


async def speak(send: Send, frames: int, *, paced: bool) -> None:
    begun, sent = time.monotonic(), 0
    cpu = time.process_time()
    while sent < frames:
        due = int((time.monotonic() - begun) * FRAMES_PER_SECOND) + 1 if paced else sent + 100
        for _ in range(min(due, frames) - sent):
            send(SENT_AT.pack(time.monotonic()) + PADDING)
        sent = max(sent, min(due, frames))
        await asyncio.sleep(TICK if paced else 0)
    await asyncio.sleep(0.1)  # what is on its way is part of the cost
    say(cpu=time.process_time() - cpu)
    await asyncio.Event().wait()


async def through_engine(url: str, role: str, frames: int, *, paced: bool, joining: float) -> None:
    hearer, is_ready = Hearer(frames), asyncio.Event()

    def on_event(event: EngineEvent) -> None:
        match event:
            case Waiting():
                is_ready.set()
            case Heard(_, heard):
                hearer.hears(heard)

    engine = RedisEngine(url, 100, Tasks().start, pace=replace(Pace(), joining=joining, settling=0.0))
    engine.start(on_event)
    await is_ready.wait()
    say(name=engine.me)
    if role == "hear":
        await hearer.is_done.wait()
        hearer.report()
    else:
        to = ReplicaId(sys.stdin.readline().strip())
        await speak(lambda frame: engine.send(to, frame), frames, paced=paced)
    await engine.close()


class Bare(asyncio.Protocol):
    """What arrives is frames of one size."""

    def __init__(self, hearer: Hearer) -> None:
        self._hearer = hearer
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) // FRAME_BYTES * FRAME_BYTES
        self._rest = data[whole:]
        if whole:
            self._hearer.hears(tuple(data[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES)))


async def through_bare_relay(url: str, role: str, frames: int, *, paced: bool) -> None:
    hearer = Hearer(frames)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(lambda: Bare(hearer), "127.0.0.1", int(url))
    say(name=role)
    if role == "hear":
        await hearer.is_done.wait()
        hearer.report()
    else:
        sys.stdin.readline()
        await speak(transport.write, frames, paced=paced)


class Passing(asyncio.Protocol):
    """The bare relay: what one says goes to the one that came before."""

    connected: list[Any] = []  # noqa: RUF012 - all of the process; uvloop's transports are not asyncio's

    def connection_made(self, transport: Any) -> None:
        self.connected.append(transport)

    def data_received(self, data: bytes) -> None:
        self.connected[-2].write(data)


async def relay(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Passing, "127.0.0.1", port)
    await server.serve_forever()


async def keep_time(frames: int) -> None:
    await speak(lambda frame: None, frames, paced=True)  # noqa: ARG005 - nobody hears it


# -- what starts and watches them


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def process(*command: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as running:  # noqa: S603 - our own programs
        try:
            yield running
        finally:
            running.kill()


def ourselves(*arguments: object) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    return process(sys.executable, __file__, *map(str, arguments))


@contextlib.contextmanager
def between(way: str) -> Iterator[tuple[int, str]]:
    """The process in the middle: its id, and where it is."""
    port = free_port()
    if way == "bare":
        middle = ourselves("relay", port)
        url = str(port)
    else:
        program = shutil.which("redis-server") or "redis-server"
        middle = process(program, "--port", str(port), "--save", "", "--bind", "127.0.0.1", "--loglevel", "warning")
        url = f"redis://127.0.0.1:{port}/0"
    with middle as running:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield running.pid, url


def told(running: subprocess.Popen[str], fact: str) -> float | str:
    assert running.stdout is not None  # noqa: S101 - it is a pipe
    value: float | str = orjson.loads(running.stdout.readline())[fact]
    return value


def measured(way: str, *, paced: bool, joining: float, timekeeping: float) -> Cost:
    frames = PACED_FRAMES if paced else FLAT_FRAMES
    arguments = (frames, int(paced), joining)
    with between(way) as (pid, url), ourselves(way, url, "hear", *arguments) as hearer:
        name = told(hearer, "name")
        with ourselves(way, url, "speak", *arguments) as speaker:
            told(speaker, "name")
            before = cpu_seconds(pid)
            print(name, file=speaker.stdin, flush=True)
            spoken = float(told(speaker, "cpu"))
            assert hearer.stdout is not None  # noqa: S101 - it is a pipe
            heard = orjson.loads(hearer.stdout.readline())
            passed = cpu_seconds(pid) - before
    micro = 1e6 / frames
    return Cost(spoken * micro - timekeeping, passed * micro, heard["cpu"] * micro, heard["delay"])


def median(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.total)[len(costs) // 2]


def main() -> None:
    with ourselves("keep-time") as alone:
        timekeeping = float(told(alone, "cpu")) / PACED_FRAMES * 1e6
    ways = {
        "bare relay": ("bare", 0.0),
        "engine, 5 ms joined": ("engine", 0.005),
        "engine, not joined": ("engine", 0.0),
    }
    print(f"CPU in us for a frame of {FRAME_BYTES} bytes, medians of {ROUNDS} rounds in turn")
    for paced in (True, False):
        print(
            f"\n{f'{FRAMES_PER_SECOND} a second' if paced else 'as fast as it goes':22}speaker between  hearer   total"
        )
        kept = timekeeping if paced else 0.0
        rounds = [
            {
                name: measured(way, paced=paced, joining=joining, timekeeping=kept)
                for name, (way, joining) in ways.items()
            }
            for _ in range(ROUNDS)
        ]
        floor = median([each["bare relay"] for each in rounds])
        for name in ways:
            cost = median([each[name] for each in rounds])
            figures = f"{cost.speaker:8.1f}{cost.between:8.1f}{cost.hearer:8.1f}{cost.total:8.1f}"
            print(f"{name:22}{figures}   {cost.total / floor.total:5.2f} x bare, {cost.delay:6.2f} ms later")


def run(arguments: list[str]) -> None:
    match arguments:
        case []:
            main()
        case ["relay", port]:
            uvloop.run(relay(int(port)))
        case ["keep-time"]:
            uvloop.run(keep_time(PACED_FRAMES))
        case ["bare", url, role, frames, paced, _]:
            uvloop.run(through_bare_relay(url, role, int(frames), paced=bool(int(paced))))
        case ["engine", url, role, frames, paced, joining]:
            work = through_engine(url, role, int(frames), paced=bool(int(paced)), joining=float(joining))
            uvloop.run(work)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    run(sys.argv[1:])
