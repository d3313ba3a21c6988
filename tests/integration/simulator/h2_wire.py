"""One HTTP/2 connection without a client library's manners: it can reset a stream and stay open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, StreamReset

from integration.simulator.caller import CREATE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from arenabridge.simulator import RunningSite


@dataclass
class H2Wire:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    cookie: str
    connection: H2Connection = field(default_factory=lambda: H2Connection(H2Configuration(header_encoding="utf-8")))

    def flush(self) -> None:
        self.writer.write(self.connection.data_to_send())

    def create(self, body: dict[str, Any]) -> int:
        """Sends create-evaluation; the number of its stream."""
        stream = self.connection.get_next_available_stream_id()
        named = {":method": "POST", ":scheme": "https", ":authority": "lmarena.ai", ":path": CREATE}
        headers = named | {"content-type": "text/plain;charset=UTF-8", "cookie": self.cookie}
        self.connection.send_headers(stream, list(headers.items()))
        self.connection.send_data(stream, json.dumps(body).encode(), end_stream=True)
        self.flush()
        return stream

    async def events(self) -> AsyncIterator[Event]:
        while data := await self.reader.read(65_536):
            for event in self.connection.receive_data(data):
                yield event
            self.flush()

    async def first_data(self, stream: int) -> bytes:
        async for event in self.events():
            if isinstance(event, DataReceived) and event.stream_id == stream:
                return event.data or b""
        raise EOFError

    async def reset_of(self, stream: int) -> int | None:
        """The error code with which the site resets the stream."""
        async for event in self.events():
            if isinstance(event, StreamReset) and event.stream_id == stream:
                return event.error_code
        raise EOFError

    def reset(self, stream: int) -> None:
        """What a browser sends when the page aborts its fetch."""
        self.connection.reset_stream(stream, ErrorCodes.CANCEL)
        self.flush()


@contextlib.asynccontextmanager
async def h2_wire(running: RunningSite) -> AsyncIterator[H2Wire]:
    """A connection whose visitor is signed in."""
    visit = running.site.visitors.sign_in(3600)
    trust = ssl.create_default_context(cadata=running.ca_pem.decode())
    trust.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port, ssl=trust, server_hostname="lmarena.ai")
    wire = H2Wire(reader, writer, f"arena-auth-prod-v1={visit.cookie}")
    wire.connection.initiate_connection()
    try:
        yield wire
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()
