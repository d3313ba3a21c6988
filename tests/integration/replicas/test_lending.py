"""A client at one gateway, a tab at another: over real sockets, a real Redis and a real PostgreSQL."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson

from arenabridge.app import Running
from arenabridge.wire.link import messages as m
from integration.gateway.test_files_in import PNG, asking, carry_out, page, picture, result, user
from integration.gateway.worker_double import Job, WorkerDouble, connected, hello, until
from integration.replicas.conftest import Pair
from servers.redis import RedisServer

STOP = 'ad:{"finishReason":"stop"}'


@asynccontextmanager
async def tab(running: Running, **changes: object) -> AsyncIterator[WorkerDouble]:
    greeting = hello(running, slots=1, resumes=True, **changes)
    async with connected(running, greeting, models=() if changes else ("gpt",)) as worker:
        yield worker


async def ready(pair: Pair) -> None:
    """The first gateway, without a tab, knows the model that the second one's has told."""
    await until(lambda: len(pair.one.gateway.models.catalogue))


def ask(client: httpx.AsyncClient) -> "asyncio.Task[httpx.Response]":
    body = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}
    return asyncio.ensure_future(client.post("/v1/chat/completions", json=body))


async def begun(worker: WorkerDouble) -> Job:
    job = await worker.granted()
    await job.start()
    await job.head(content_type="text/event-stream")
    await job.body('a0:"Hel"\n')
    return job


def said(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


async def test_whichever_gateway_a_client_asks_the_tab_answers(pair: Pair) -> None:
    async with tab(pair.two) as worker, pair.at(pair.one) as client:
        await ready(pair)
        for _ in range(2):
            asked = ask(client)
            await (await worker.granted()).answer('a0:"Hello"', STOP)
            assert said(await asked) == "Hello"
        assert pair.two.gateway.hub.running == pair.one.gateway.hub.running == 0


async def test_pieces_arrive_as_they_are_said(pair: Pair) -> None:
    body = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    async with tab(pair.two) as worker, pair.at(pair.one) as client:
        await ready(pair)
        beginning = asyncio.ensure_future(begun(worker))
        async with client.stream("POST", "/v1/chat/completions", json=body) as stream:
            job = await beginning
            lines = (line async for line in stream.aiter_lines() if "content" in line and "Hel" in line)
            chunk = orjson.loads((await anext(lines)).removeprefix("data: "))
            assert chunk["choices"][0]["delta"]["content"] == "Hel"
            await job.body('a0:"lo"\n', f"{STOP}\n")
            await job.end()


async def test_a_client_that_goes_stops_the_tab_at_the_other_gateway(pair: Pair) -> None:
    async with tab(pair.two) as worker, pair.at(pair.one) as client:
        await ready(pair)
        asked = ask(client)
        job = await begun(worker)
        asked.cancel()
        assert (await worker.next(m.Cancel)).job == job.id


async def test_a_tab_that_comes_back_to_another_gateway_goes_on_with_its_answer(pair: Pair) -> None:
    async with pair.at(pair.one) as client:
        async with tab(pair.two) as worker:
            await ready(pair)
            asked = ask(client)
            job = await begun(worker)
            await worker.next(m.Acks)
        async with tab(pair.one, carrying=(m.Carried(job.id, 1),)) as again:
            welcome = await again.next(m.Welcome)
            assert welcome.jobs == (m.Resumed(job.id, 1, 3),)
            job.worker = again
            await job.body('a0:"lo"\n', f"{STOP}\n")
            await job.end()
            assert said(await asked) == "Hello"


async def test_a_redis_that_dies_and_comes_back_costs_no_answer(mortal_pair: Pair, own_redis: RedisServer) -> None:
    pair = mortal_pair
    async with pair.at(pair.one) as client:
        async with tab(pair.two) as worker:
            await ready(pair)
            asked = ask(client)
            job = await begun(worker)
            await worker.next(m.Acks)
            own_redis.kill()
            own_redis.start()
            await worker.until_closed()
        async with tab(pair.two, carrying=(m.Carried(job.id, 1),)) as again:
            await again.next(m.Welcome)
            job.worker = again
            await job.body('a0:"lo"\n', f"{STOP}\n")
            await job.end()
            assert said(await asked) == "Hello"


async def test_the_largest_picture_reaches_the_tab_of_another_gateway_whole(pair: Pair) -> None:
    content = PNG + random.Random(1).randbytes(9 * 2**20)  # noqa: S311 - to be repeated
    greeting = hello(pair.two, slots=1, resumes=True)
    async with connected(pair.two, greeting, models=()) as worker, pair.at(pair.one) as client:
        await worker.next(m.Welcome)
        await worker.say(m.Page("/", page()))
        await until(lambda: len(pair.one.gateway.models.catalogue))
        answer = asking(client, "eyes", user("What is it?", picture(content)))
        await worker.say(m.Accept((await worker.next(m.Offer)).job))
        await carry_out(worker, result(uploadUrl="https://store.example/put", key="u/1-image.png"))
        await until(lambda: len(worker.files) == len(content))
        await carry_out(worker)
        await carry_out(worker, result(url="https://store.example/get?X-Amz-Date=20300101T000000Z&X-Amz-Expires=3600"))
        job = Job(worker, await worker.next(m.Go))
        await job.answer('a0:"A cat."', STOP)
        assert said(await answer) == "A cat."
        assert bytes(worker.files) == content
