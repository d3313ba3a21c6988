"""
What a chat of 20 turns costs at the site, continued in its session (`auto`) and sent anew every time (`fresh`).

A worker takes the requests for the site and counts them and their bytes; the client repeats what it was given. Prints
the figures for a client that reads the answer alone, and for one that gets thoughts and sources in the text and sends
them back.
"""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import connect

from arenabridge.app import Running, open_keys, running_gateway
from arenabridge.settings import SessionStrategy, Settings
from arenabridge.wire.link import messages as m
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.step import Step

TURNS = 20
QUESTION = "word " * 20
ANSWER = "word " * 160
ORIGIN = "https://arena.ai"
MODEL = "bench"

PLAIN = ClientProfile()
EVERYTHING = ClientProfile(reasoning="think", citations="footnotes")

_SOURCE = orjson.dumps({"source": {"url": "https://x.example", "id": "1", "title": "X"}}).decode()
LINES = (
    'ag:"Let me think."',
    f"ac:{orjson.dumps({'toolCallId': 'citation-source', 'argsTextDelta': _SOURCE}).decode()}",
    f'a0:"{ANSWER}"',
    'ad:{"finishReason":"stop"}',
)


@dataclass
class Site:
    """What reached it."""

    calls: list[str] = field(default_factory=list)
    sent_bytes: int = 0

    def took(self, step: Step) -> None:
        self.calls.append("begun" if "create-evaluation" in step.path else "continued")
        self.sent_bytes += len(step.body or "")


async def work(running: Running, site: Site, known: asyncio.Event) -> None:
    """A tab that carries out whatever it is asked."""
    url = running.base_url.replace("http", "ws", 1) + "/ws"
    async with connect(url, additional_headers={"Origin": ORIGIN}, max_size=None) as connection:
        token = running.gateway.secrets.pairing
        hello = m.Hello(protocol=m.PROTOCOL, script="bench", token=token, origin=ORIGIN, profile="p", page="p", slots=1)
        await connection.send(m.encode(hello))
        await connection.send(m.encode(m.Page("/", page())))
        known.set()
        async for frame in connection:
            match m.decode_from_gateway(frame) if isinstance(frame, str) else None:
                case m.Offer(job=job):
                    await connection.send(m.encode(m.Accept(job)))
                case m.Go(job=job, epoch=epoch, step=Step() as step):
                    site.took(step)
                    for report in answer(job, epoch):
                        await connection.send(m.encode(report))
                case _:
                    pass


def answer(job: m.JobId, epoch: int) -> tuple[m.FromWorker, ...]:
    text = "".join(f"{line}\n" for line in LINES)
    return (
        m.Start(job, epoch, 0),
        m.Head(job=job, epoch=epoch, seq=1, status=200, headers={"content-type": "text/event-stream"}),
        m.Chunks([m.Chunk(job, epoch, 2, text)]),
        m.End(job, epoch, 3),
    )


def page() -> str:
    model = {
        "id": "m",
        "publicName": MODEL,
        "organization": "x",
        "capabilities": {"inputCapabilities": {"text": True}, "outputCapabilities": {"text": True}},
    }
    row = f'1:{{"initialModels":{orjson.dumps([model]).decode()}}}\n'
    return f"<script>self.__next_f.push([1,{orjson.dumps(row).decode()}])</script>"


async def chat(http: httpx.AsyncClient) -> None:
    messages: list[dict[str, Any]] = []
    for turn in range(TURNS):
        messages.append({"role": "user", "content": f"{turn}: {QUESTION}"})
        response = await http.post("/v1/chat/completions", json={"model": MODEL, "messages": messages})
        messages.append(
            {"role": "assistant", "content": response.raise_for_status().json()["choices"][0]["message"]["content"]}
        )


async def measure(strategy: SessionStrategy, profile: ClientProfile) -> Site:
    site, known = Site(), asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), port=0, session_strategy=strategy)
        async with running_gateway(settings, environment={}) as running:
            key = open_keys(settings, environment={}).create("bench", profile)
            working = asyncio.ensure_future(work(running, site, known))
            await known.wait()
            headers = {"authorization": f"Bearer {key}"}
            async with httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=30) as http:
                while not (await http.get("/v1/models")).is_success:  # noqa: ASYNC110 - clients are told in no other way
                    await asyncio.sleep(0.05)
                await chat(http)
            working.cancel()
    return site


async def main() -> None:
    print(f"{TURNS} turns, questions of {len(QUESTION)} and answers of {len(ANSWER)} characters\n")
    strategies: tuple[SessionStrategy, ...] = "auto", "fresh"
    for name, profile in (("answer alone", PLAIN), ("thoughts and sources too", EVERYTHING)):
        for strategy in strategies:
            site = await measure(strategy, profile)
            begun = site.calls.count("begun")
            print(
                f"{name:26} {strategy:6} {len(site.calls)} calls ({begun} sessions begun, {len(site.calls) - begun} "
                f"continued), {site.sent_bytes:,} bytes to the site"
            )


if __name__ == "__main__":
    asyncio.run(main())
