"""The gateway as a relay reaches it: HTTP to ask who the relay is to it, and a WebSocket for each tab."""

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

import arenabridge
from arenabridge.app.listening import USER_TIMEOUT_MILLISECONDS
from arenabridge.hub.links.link import SocketClosed
from arenabridge.wire.link.messages import MAX_FRAME_BYTES
from arenabridge.worker.relay.gateway_address import GatewayAddress
from arenabridge.worker.relay.trouble import GatewayTrouble, redirected, trouble_in, trouble_of

OPENING_SECONDS = 10.0
"""For a connection, or an answer over HTTP."""

CLOSING_SECONDS = 2.0

PING_SECONDS = 10.0
"""Sent to be acknowledged, so that a dead connection is noticed; the page's own frames prove its life."""

PONG_SECONDS = 30.0
"""A pong waits behind whatever the gateway is sending: a slow network is not a broken one."""

MAX_WAITING_FRAMES = 4
"""Read from the gateway and not yet taken by the tab; then reading pauses. A frame has up to `MAX_FRAME_BYTES`."""

MAX_WAITING_BYTES = 64 * 1024
"""Given to the connection and not yet taken by the network; then sending waits."""

MAX_NAME_CHARACTERS = 64
"""Characters of a relay's name for itself."""

RELAY_HEADER = "X-ArenaBridge-Relay"


class Introduced(msgspec.Struct, frozen=True):
    """Who this relay is to its gateway. `owner` is empty for the gateway's own, `sharing` says whom it serves."""

    name: str
    owner: str = ""
    sharing: str = ""
    gateway_version: str = ""
    heartbeat_seconds: float = 30.0


class Enrolled(msgspec.Struct, frozen=True):
    """The relay's own credential, which is shown only here."""

    credential: str
    name: str = ""
    owner: str = ""


T = TypeVar("T")


@contextlib.asynccontextmanager
async def http_client(address: GatewayAddress, tls: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    """By way of the environment's proxy, if there is one and the gateway is not on this computer."""
    headers = {"user-agent": f"arenabridge-worker/{arenabridge.__version__}"}
    through = not address.is_on_this_computer
    async with httpx.AsyncClient(verify=tls, timeout=OPENING_SECONDS, headers=headers, trust_env=through) as client:
        yield client


def trusted_authorities(address: GatewayAddress) -> ssl.SSLContext:
    """Those that come with us, and those of this computer: a company's, or one's own. None, where none is needed."""
    if address.base.startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


async def enrol(client: httpx.AsyncClient, address: GatewayAddress, code: str, name: str) -> Enrolled:
    """Turn a code of the dashboard into a credential; raises `GatewayTrouble`."""
    return await _ask(client, address, "POST", "enrol", Enrolled, json={"code": code, "name": name})


class RemoteGateway:
    """One gateway, under one credential, or without any."""

    def __init__(
        self, address: GatewayAddress, credential: str, worker_id: str, client: httpx.AsyncClient, tls: ssl.SSLContext
    ) -> None:
        self.address = address
        self._client = client
        self._tls = tls if address.link.startswith("wss:") else None
        self._authorization = {"Authorization": f"Bearer {credential}"} if credential else {}
        self._headers = {**self._authorization, RELAY_HEADER: _as_header(worker_id)}

    async def introduce(self) -> Introduced:
        """Ask who we are to it, which is a sign of life too; raises `GatewayTrouble`."""
        return await _ask(self._client, self.address, "GET", "self", Introduced, headers=self._authorization)

    async def dial(self) -> "DialledSocket":
        """A connection for one tab; raises `GatewayTrouble`."""
        try:
            connection = await _Connect(
                self.address.link,
                additional_headers=self._headers,
                ssl=self._tls,
                proxy=None if self.address.is_on_this_computer else True,
                compression=None,
                open_timeout=OPENING_SECONDS,
                close_timeout=CLOSING_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PONG_SECONDS,
                max_size=MAX_FRAME_BYTES,
                max_queue=MAX_WAITING_FRAMES,
                write_limit=MAX_WAITING_BYTES,
            )
        except (OSError, WebSocketException, ssl.SSLError) as error:
            raise GatewayTrouble(trouble_of(error, self.address)) from error
        _notice_dead_ways(connection)
        return DialledSocket(connection)


class _Connect(connect):
    """Follows no redirect: tabs' frames are for this gateway alone."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class DialledSocket:
    """A WebSocket that we opened, as links know one."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def receive(self) -> str | bytes:
        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            raise SocketClosed from error

    async def send(self, frame: str | bytes) -> None:
        try:
            await self._connection.send(frame)
        except ConnectionClosed as error:
            raise SocketClosed from error

    async def close(self, code: int, reason: str) -> None:
        await self._connection.close(code, reason[:100])


def _notice_dead_ways(connection: ClientConnection) -> None:
    if not hasattr(socket, "TCP_USER_TIMEOUT"):  # a ping goes unanswered there, somewhat later
        return
    raw = connection.transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MILLISECONDS)


def _as_header(name: str) -> str:
    """The part of a name chosen by a person that a header may hold."""
    plain = "".join(each if each.isascii() and each.isprintable() else "-" for each in name.strip())
    return plain[:MAX_NAME_CHARACTERS]


async def _ask(
    client: httpx.AsyncClient, address: GatewayAddress, method: str, what: str, kind: type[T], **options: Any
) -> T:
    try:
        answer = await client.request(method, f"{address.base}/api/workers/{what}", **options)
    except httpx.HTTPError as error:
        raise GatewayTrouble(trouble_of(error, address)) from error
    if answer.is_redirect:
        raise GatewayTrouble(redirected(answer.headers.get("location", ""), address))
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise GatewayTrouble(trouble_in(answer.status_code, answer.content, address))
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise GatewayTrouble(trouble_in(answer.status_code, b"", address)) from error
