"""Clients that do not read: bounded, cut off with a reason, and nobody else feels it."""

import asyncio

import orjson

from arenabridge.app import Running
from arenabridge.http.answers.open_answers import MAX_BUFFERED_BYTES
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.worker_double import connected, until


async def ask_and_read_nothing(
    running: Running, headers: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port = int(running.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    body = orjson.dumps({"model": "gpt", "stream": True, "messages": [{"role": "user", "content": "go"}]})
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


async def test_a_client_that_stops_reading_when_the_site_has_finished_is_cut_off_too(start: Start) -> None:
    async with start(require_api_key=False, client_stall_seconds=0.1) as running, connected(running) as worker:
        _, writer = await ask_and_read_nothing(running)
        piece = f'a0:"{"x" * 600_000}"'
        await (await worker.granted()).answer(*[piece] * 8, 'ad:{"finishReason":"stop"}')
        recent = running.gateway.usage.ledger.recent
        await until(lambda: recent)
        writer.close()
    assert recent[-1].error_code == "client_too_slow"
    assert recent[-1].bytes_out < 8 * 600_000
