"""Clients that do not read: bounded, cut off with a reason, and nobody else feels it."""

import asyncio

import orjson

from arenabridge.app import Running
from arenabridge.http.answers.open_answers import MAX_BUFFERED_BYTES
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.worker_double import connected


async def ask_and_read_nothing(
    running: Running, headers: str = "", *, stream: bool = True
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port = int(running.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    body = orjson.dumps({"model": "gpt", "stream": stream, "messages": [{"role": "user", "content": "go"}]})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    return reader, writer


async def test_a_client_that_reads_nothing_is_cut_off_with_an_error_and_its_job_is_stopped(start: Start) -> None:
    async with start(require_api_key=False) as running, connected(running) as worker:
        reader, writer = await ask_and_read_nothing(running)
        job = await worker.granted()
        await job.start()
        await job.head()
        piece = f'a0:"{"x" * 60_000}"\n'
        for _ in range(2 * MAX_BUFFERED_BYTES // len(piece)):
            await job.body(piece)
        assert (await worker.next(m.Cancel)).job == job.id
        seen = b""
        while not seen.endswith(b"0\r\n\r\n"):
            seen += await reader.read(65536)
        writer.close()
        await writer.wait_closed()
    assert b'"code":"client_too_slow"' in seen
    assert seen.rstrip().endswith(b"0")
    assert b"[DONE]" in seen
    assert b'"finish_reason":"stop"' not in seen
