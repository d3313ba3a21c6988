"""Pictures that are more than they seem, and names that are more than names, in a chat."""

import asyncio
import base64
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.app import Running, open_keys
from arenabridge.wire.link import messages as m
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.step import CallAction
from integration.gateway.conftest import Start
from integration.gateway.test_files_in import carry_out, page, result, user
from integration.gateway.worker_double import Job, WorkerDouble, connected, until

CHAT = "/v1/chat/completions"
STOP = 'ad:{"finishReason":"stop"}'
LIMIT = 100_000


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start(max_attachment_bytes=LIMIT) as running:
        yield running


@pytest.fixture
async def worker(running: Running) -> AsyncIterator[WorkerDouble]:
    async with connected(running, models=()) as worker:
        await worker.next(m.Welcome)
        await worker.say(m.Page("/", page()))
        await until(lambda: len(running.gateway.models.catalogue))
        yield worker


def bomb(side: int) -> bytes:
    """A PNG whose pixels take a thousand times the room of its bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    pixels = packer.compress(bytes(100_000_000)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"") + bytes(LIMIT)


def picture(content: bytes, name: str = "") -> dict[str, Any]:
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return {"type": "image_url", "image_url": {"url": url}, "filename": name}


@pytest.mark.parametrize("profile", [ClientProfile(), ClientProfile(downscale_pictures=True)])
async def test_a_picture_that_would_become_gigabytes_is_refused_unopened(
    running: Running, worker: WorkerDouble, profile: ClientProfile
) -> None:
    key = open_keys(running.gateway.settings, environment={}).create("x", profile)
    async with httpx.AsyncClient(base_url=running.base_url, headers={"x-api-key": key}, timeout=10) as http:
        asked = {"model": "eyes", "messages": [user("What is it?", picture(bomb(60_000), "bomb.png"))]}
        answer = await http.post(CHAT, json=asked)
    assert answer.status_code in {413, 415}
    assert "bomb.png" in answer.json()["error"]["message"]
    assert not any(isinstance(heard, m.Offer) for heard in worker.heard)


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "..\\..\\boot.ini",
        "a\x00.png",
        "x\r\nSet-Cookie: a=b",
        "\u202egnp.exe",
        "a" * 5000,
        "<img src=x>",
    ],
)
async def test_a_name_is_only_a_name(worker: WorkerDouble, http: httpx.AsyncClient, name: str) -> None:
    asked = {"model": "eyes", "messages": [user("What is it?", picture(b"\x89PNG\r\n\x1a\n" + bytes(64), name))]}
    answer = asyncio.ensure_future(http.post(CHAT, json=asked))
    offer = await worker.next(m.Offer)
    await worker.say(m.Accept(offer.job))
    step = (await carry_out(worker, result(uploadUrl="https://store.example/put", key="u/1.png"))).step
    assert isinstance(step, CallAction)
    told, kind = orjson.loads(step.arguments)
    assert kind == "image/png"
    assert 0 < len(told) <= 120
    assert not set("/\\\x00\r\n\u202e") & set(told)
    await carry_out(worker)
    await carry_out(worker, result(url="https://store.example/get"))
    await Job(worker, await worker.next(m.Go)).answer('a0:"A cat."', STOP)
    assert (await answer).status_code == 200
