"""
What memory the gateway takes while pictures go through chats: `python benchmarks/picture_memory.py`.

Measured in 2026-11 on two shared cores, in MiB more than before: 40 to 50 for one PNG of 9.9 MB into a chat, 354 to 378
for 20 of them at once; 21 for one that is made and given by its address, 48 to 145 for 20; 28 to 31 for one given
as data, 381 to 416 for 20. The very first picture takes 101, with all that is loaded for it.

A gateway in a process of its own, and a worker here that takes files and gives them as a tab does, with no site behind
it. The peak is what Linux counts (`VmHWM`, set back before each case).
"""

import asyncio
import base64
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from arenabridge.accounts.secrets import Secrets
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import CallAction, GetFile, Step

ORIGIN = "https://arena.ai"
SIZE = 9_900_000
AT_ONCE = 20
PIECE = 192 * 1024
"""Of a file that a tab reports, before it becomes base64."""
STORE = "https://store.invalid"
SIGNED = "X-Amz-Date=20300101T000000Z&X-Amz-Expires=3600"
STOP = 'ad:{"finishReason":"stop"}\n'


def memory_mib(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def picture() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + os.urandom(SIZE - 8)


def page() -> str:
    def model(name: str, gives: dict[str, object]) -> dict[str, object]:
        takes = {"text": True, "image": {"multipleImages": True}}
        can = {"inputCapabilities": takes, "outputCapabilities": gives}
        return {"id": name, "organization": "x", "publicName": name, "capabilities": can}

    models = [model("eyes", {"text": True}), model("paint", {"image": {}})]
    return f'6:["$","$L16",null,{{"initialModels":{orjson.dumps(models).decode()},"initialModelAId":null}}]\n'


def result(**data: str) -> str:
    return '0:{"a":"$@1","f":"","b":"x"}\n1:' + orjson.dumps({"success": True, "data": data}).decode() + "\n"


class Worker:
    """Answers every job and errand at once."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._given = picture()
        self._keys = 0

    async def serve(self) -> None:
        async for frame in self._connection:
            if isinstance(frame, bytes):
                continue
            match m.decode_from_gateway(frame):
                case m.Offer(job):
                    await self._say(m.Accept(job))
                case m.Go(job, epoch, Step() as step):
                    await self._report(job, epoch, self._answer(step))
                case m.RunErrand(errand, CallAction(name="generateUploadUrl")):
                    self._keys += 1
                    await self._report(errand, 0, [result(uploadUrl=f"{STORE}/put", key=f"u/{self._keys}-a.png")])
                case m.RunErrand(errand, CallAction()):
                    await self._report(errand, 0, [result(url=f"{STORE}/{self._keys}?{SIGNED}")])
                case m.RunErrand(errand, GetFile()):
                    content = self._given + os.urandom(8)
                    pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)]
                    await self._report(errand, 0, [base64.b64encode(piece).decode() for piece in pieces])
                case m.RunErrand(errand):
                    await self._report(errand, 0, [])
                case _:
                    pass

    def _answer(self, step: Step) -> list[str]:
        if '"modality":"image"' not in (step.body or "").replace(" ", ""):
            return ['a0:"Seen."\n', STOP]
        self._keys += 1
        return [f'a2:[{{"type":"image","image":"{STORE}/{self._keys}.png?{SIGNED}","mimeType":"image/png"}}]\n', STOP]

    async def _report(self, job: m.JobId, epoch: int, texts: list[str]) -> None:
        await self._say(m.Start(job, epoch, 0))
        headers = {"content-type": "text/event-stream"}
        await self._say(m.Head(job=job, epoch=epoch, seq=1, status=200, headers=headers))
        for number, text in enumerate(texts, 2):
            await self._say(m.Chunks([m.Chunk(job, epoch, number, text)]))
        await self._say(m.End(job, epoch, 2 + len(texts)))

    async def _say(self, message: m.FromWorker) -> None:
        await self._connection.send(m.encode(message))


async def sees(http: httpx.AsyncClient) -> None:
    url = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    body = orjson.dumps({"model": "eyes", "messages": [{"role": "user", "content": content}]})
    answer = await http.post("/v1/chat/completions", content=body)
    assert answer.json()["choices"][0]["message"]["content"] == "Seen.", answer.text  # noqa: S101 - a benchmark's check


async def paints(http: httpx.AsyncClient, form: str) -> None:
    async with http.stream(
        "POST", "/v1/images/generations", json={"prompt": "x", "model": "paint", "response_format": form}
    ) as answer:
        size = sum([len(piece) async for piece in answer.aiter_raw(65536)])
    assert answer.status_code == 200, answer.status_code  # noqa: S101 - as above
    assert form == "url" or size > SIZE  # noqa: S101 - as above


async def measure(pid: int, name: str, case: Callable[[], Awaitable[object]]) -> None:
    forget_peak(pid)
    before, started = memory_mib(pid, "VmRSS"), asyncio.get_running_loop().time()
    await case()
    seconds = asyncio.get_running_loop().time() - started
    peak = memory_mib(pid, "VmHWM")
    print(f"{name:44} {seconds:6.2f} s   before {before:6.1f}   peak {peak:6.1f}   more {peak - before:6.1f} MiB")


def many(case: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    return lambda: asyncio.gather(*(case() for _ in range(AT_ONCE)))


async def cases(pid: int, http: httpx.AsyncClient) -> None:
    await measure(pid, "(the first picture, which loads things)", lambda: sees(http))
    await measure(pid, "one PNG of 9.9 MB into a chat", lambda: sees(http))
    await measure(pid, f"{AT_ONCE} at once", many(lambda: sees(http)))
    for form in ("url", "b64_json"):
        await measure(pid, f"one PNG of 9.9 MB made, as {form}", lambda form=form: paints(http, form))  # type: ignore[misc]  # a default, not a parameter
        await measure(pid, f"{AT_ONCE} at once", many(lambda form=form: paints(http, form)))  # type: ignore[misc]  # likewise


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", "0", "--log-level", "error", "--data-dir", folder, "--slots", "8"]
        gateway = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "arenabridge",
            "serve",
            *options,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "ARENABRIDGE_EXECUTION": "fetch", "ARENABRIDGE_ENABLE_AUTO_UPDATE": "false"},
        )
        if gateway.stdout is None:
            raise RuntimeError("a pipe was asked for")
        try:
            said: dict[str, str] = {}
            async for line in gateway.stdout:
                words = line.decode().split()
                said |= {"url": words[-1]} if line.startswith(b"Arena Bridge is at") else {}
                said |= {"key": words[-1]} if b"API key" in line else {}
                if words[:1] == ["Data"]:
                    break
            await against(said, Secrets.load(Path(folder), {}).pairing, gateway.pid)
        finally:
            gateway.terminate()
            await gateway.wait()


async def against(said: dict[str, str], token: str, pid: int) -> None:
    headers = {"x-api-key": said["key"]}
    async with (
        httpx.AsyncClient(base_url=said["url"], headers=headers, timeout=300, trust_env=False) as http,
        connect(
            said["url"].replace("http", "ws", 1) + "/ws",
            additional_headers={"Origin": ORIGIN},
            compression=None,
            max_size=None,
        ) as connection,
    ):
        hello = m.Hello(
            protocol=m.PROTOCOL, script="bench", token=token, origin=ORIGIN, profile="bench", page="bench", slots=8
        )
        await connection.send(m.encode(hello))
        await connection.recv()
        await connection.send(m.encode(m.Page("/", page())))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(Worker(connection).serve())
            await asyncio.sleep(0.5)
            await cases(pid, http)
            serving.cancel()


asyncio.run(main())
