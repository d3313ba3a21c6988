"""
The floor: a relay that does nothing but pass on, on the same server.

A worker's frames, each some pieces of a job's name and a line of text, go to the clients that asked, as server-sent
events. No keys, no checks, no decoding, no errors: what the gateway costs beyond this is what the gateway does.
"""

import asyncio
import sys
from typing import Any

import uvicorn


class Relay:
    """One worker, any number of clients."""

    def __init__(self) -> None:
        self._clients: dict[str, asyncio.Queue[bytes]] = {}
        self._worker: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._work(receive, send)
        elif scope["type"] == "http":
            await self._stream(receive, send)

    async def _work(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self._worker = send
        while (message := await receive())["type"] == "websocket.receive":
            for line in message["text"].split("\x1e"):
                job, _, text = line.partition("\n")
                self._clients[job].put_nowait(text.encode())

    async def _stream(self, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        job = str(len(self._clients))
        queue = self._clients[job] = asyncio.Queue()
        await self._worker({"type": "websocket.send", "text": job})
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        while text := await queue.get():
            await send({"type": "http.response.body", "body": b"data: " + text + b"\n\n", "more_body": True})
        await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(
        Relay(),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="error",
    )
