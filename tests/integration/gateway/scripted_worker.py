"""A worker that answers whatever it is asked, each time in another way: well, badly, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import cycle

import orjson

from arenabridge.app import Running
from arenabridge.wire.link import messages as m
from integration.gateway.worker_double import Job, M, WorkerDouble, connected

Script = Callable[[Job], Awaitable[None]]

STOP = 'ad:{"finishReason":"stop"}'
COUNTED = 'ad:{"finishReason":"stop","usage":{"promptTokens":7,"completionTokens":2}}'
SOURCE = '{"source":{"url":"https://x.example","id":"1","title":"X","charLocation":[3]}}'
CITED = f'ac:{{"toolCallId":"citation-source","argsTextDelta":{orjson.dumps(SOURCE).decode()}}}'
PICTURE = 'a2:[{"type":"image","image":"https://x.example/a.png","mimeType":"image/png"}]'


def says(*lines: str) -> Script:
    return lambda job: job.answer(*lines)


def refuses(status: int, body: str = "{}", **headers: str) -> Script:
    return lambda job: job.refuse(status, body, **headers)


def fails(kind: str) -> Script:
    return lambda job: job.fail(kind)


SCRIPTS: tuple[Script, ...] = (
    says('a0:"Hello "', 'a0:"you"', STOP),
    says('ag:"Hm."', 'a0:"Hello"', COUNTED),
    says(CITED, 'a0:"Yes"', CITED, STOP),
    says(r'a0:"```json\n{\"age\":"', r'a0:"7}\n```"', STOP),
    says(PICTURE, STOP),
    says('a0:"cut short"', 'ad:{"finishReason":"length"}'),
    says(r'a0:"half \ud83d"', r'a0:"\ude00 whole"', 'zz:{"new":1}', "no record", STOP),
    says(f'a0:"{"x" * 70_000}"', STOP),
    says('a0:"fil"', 'ad:{"finishReason":"content-filter"}'),
    says('a0:"Hel"', 'a3:"An error occurred"'),
    says('a3:"Resource exhausted."'),
    says('a0:"no end"'),
    says(STOP),
    refuses(500),
    refuses(429, "Too many requests", retry_after="7"),
    refuses(422, '{"error":"flagged"}'),
    refuses(413, "Payload Too Large"),
    refuses(404),
    fails("network"),
)


@asynccontextmanager
async def scripted_worker(running: Running) -> AsyncIterator[WorkerDouble]:
    """A worker that goes through the scripts, over and over, whoever asks."""
    async with connected(running) as worker, asyncio.TaskGroup() as jobs:
        serving = [jobs.create_task(_accept(worker)), jobs.create_task(_work(worker, jobs))]
        yield worker
        for each in serving:
            each.cancel()


async def _accept(worker: WorkerDouble) -> None:
    async for offer in _all(worker, m.Offer):
        await worker.say(m.Accept(offer.job))


async def _work(worker: WorkerDouble, jobs: asyncio.TaskGroup) -> None:
    scripts = cycle(SCRIPTS)
    async for go in _all(worker, m.Go):
        jobs.create_task(_carry_out(next(scripts), Job(worker, go)))


async def _all(worker: WorkerDouble, kind: type[M]) -> AsyncIterator[M]:
    """Whatever comes of this kind, however long nobody asks anything."""
    while True:
        with suppress(TimeoutError):
            yield await worker.next(kind)


async def _carry_out(script: Script, job: Job) -> None:
    await script(job)
