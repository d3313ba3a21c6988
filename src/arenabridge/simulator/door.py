"""
The site's outermost layer: every request is noted here, and most misbehaviour happens here.

It reads the body first, so that no answer races the upload, and then watches for the client's leaving while the
application answers: a client that leaves ends the work at once, and the audit has the time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

from arenabridge.simulator import refusals
from arenabridge.simulator.audit import BODY_BYTES_KEPT, FILE_BYTES_KEPT, Exchange
from arenabridge.simulator.calls import ACTION_CALLS, STREAM_CALLS, call_of
from arenabridge.simulator.faults import STREAM_FAULTS
from arenabridge.simulator.storage import cors_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from arenabridge.simulator.calls import Call
    from arenabridge.simulator.faults import Fault
    from arenabridge.simulator.site import Site

LOG = logging.getLogger("arenabridge.simulator")

BODY_BYTES_READ = 64_000_000
"""The rest of a larger body is read and thrown away; it is refused by its size anyway."""


class ClientLeft(Exception):
    """The connection ended before the request was complete."""


class Door:
    """Notes, watches, redirects and misbehaves around the application."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"the site speaks HTTP only, not {scope['type']}")
        if scope["path"].startswith("/__simulator__/"):
            await self._app(scope, receive, send)
            return
        try:
            body, size = await _read(receive)
        except ClientLeft:
            return
        exchange = self._exchange(scope, body, size)
        if exchange.call in STREAM_CALLS:
            self._site.check.judge(exchange, body)
        self._site.audit.begin(exchange)
        await first_to_end(
            partial(self._note_leaving, exchange, receive), partial(self._answer, scope, exchange, body, send)
        )

    async def _note_leaving(self, exchange: Exchange, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._site.audit.leave(exchange)

    async def _answer(self, scope: Scope, exchange: Exchange, body: bytes, send: Send) -> None:
        """Answers in the application or by a fault; what the application throws is noted and answered 500."""
        noting = _noting(exchange, self._site, send)
        try:
            await self._respond(scope, exchange, body, noting)
        except Exception as error:  # the door of a server: a failure of ours must not end the connection
            LOG.exception("the simulator failed at %s %s", exchange.method, exchange.path)
            self._site.failures.append(repr(error))
            if exchange.status is None:
                await refusals.server_error().response()(scope, _nothing_more, noting)
        self._site.audit.finish(exchange)

    async def _respond(self, scope: Scope, exchange: Exchange, body: bytes, send: Send) -> None:
        receive = _replay(body)
        moved = self._moved(scope, exchange)
        if moved is not None:
            await RedirectResponse(moved, 301)(scope, receive, send)
            return
        wanted = self._site.demands.refusal_of(exchange)
        if wanted is not None:
            await wanted.response()(scope, receive, send)
            return
        fault = None if scope["method"] == "OPTIONS" else self._site.faults.take(exchange.call)
        exchange.fault = fault.kind if fault else None
        if fault is not None and not _left_to_the_application(fault, exchange):
            await _answer_of_fault(fault, exchange, scope, receive, send)
            return
        scope.setdefault("state", {}).update(exchange=exchange, fault=fault)
        await self._app(scope, receive, send)

    def _moved(self, scope: Scope, exchange: Exchange) -> str | None:
        """The same path and query at the new origin, for every other host."""
        new = self._site.settings.moved_to
        if not new or exchange.call == "storage" or urlsplit(new).hostname == urlsplit(f"//{exchange.host}").hostname:
            return None
        query = f"?{exchange.query}" if exchange.query else ""
        return f"{new.rstrip('/')}{scope['raw_path'].decode()}{query}"

    def _call(self, scope: Scope, headers: dict[str, str]) -> Call:
        if self._site.storage.key_at(headers.get("host", ""), scope["path"]) is not None:
            return "storage"
        if "next-action" not in headers:
            return call_of(scope["method"], scope["path"], action=None)
        action = self._site.deployment.action(headers["next-action"])
        return call_of(
            scope["method"], scope["path"], action=ACTION_CALLS.get(action, "action") if action else "action"
        )

    def _exchange(self, scope: Scope, body: bytes, size: int) -> Exchange:
        headers = _headers(scope)
        path = scope["path"]
        call = self._call(scope, headers)
        return Exchange(
            number=self._site.audit.received + 1,
            call=call,
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode("latin-1"),
            http_version=scope["http_version"],
            scheme=scope["scheme"],
            headers=headers,
            cookies=_cookies(headers.get("cookie", "")),
            body=body[: FILE_BYTES_KEPT if call == "storage" else BODY_BYTES_KEPT],
            body_bytes=size,
            started_at=time.time(),
        )


async def first_to_end(*works: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs them together; the first that ends cancels the others, even one that has not begun."""

    async def racing(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await work()
        for other in tasks:
            if other is not asyncio.current_task():
                other.cancel()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(racing(work)) for work in works]


async def _answer_of_fault(fault: Fault, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.kind == "hang_before_head":
        await asyncio.Event().wait()
    asked = exchange.json
    model_id = asked.get("modelAId") if isinstance(asked, dict) else None
    response = refusals.of_fault(fault, model_id).response()
    if exchange.call == "storage":
        response.headers.update(cors_headers(exchange.headers.get("origin")))
    await response(scope, receive, send)


def _left_to_the_application(fault: Fault, exchange: Exchange) -> bool:
    if fault.kind == "action_failed":
        return True
    return fault.kind in STREAM_FAULTS or (fault.kind == "login_wall" and exchange.call == "page")


def _noting(exchange: Exchange, site: Site, send: Send) -> Send:
    """Passes an answer on and notes how far it got."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            site.audit.head(exchange, message["status"])
        elif not message.get("more_body", False):
            # The server reports the end of a complete answer as a disconnect too, and before `send` returns.
            exchange.bytes_written += len(message.get("body", b""))
            site.audit.finish(exchange)
        await send(message)
        if message.get("more_body", False):
            exchange.bytes_written += len(message.get("body", b""))

    return noting


async def _read(receive: Receive) -> tuple[bytes, int]:
    """The whole body (bounded) and its true size."""
    pieces: list[bytes] = []
    size = kept = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        piece = message.get("body", b"")
        size += len(piece)
        if kept < BODY_BYTES_READ:
            pieces.append(piece)
            kept += len(piece)
        if not message.get("more_body", False):
            return b"".join(pieces), size


def _replay(body: bytes) -> Receive:
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return await _nothing_more()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _nothing_more() -> Message:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def _headers(scope: Scope) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        separator = "; " if name == "cookie" else ", "
        joined[name] = joined[name] + separator + value if name in joined else value
    return joined


def _cookies(header: str) -> dict[str, str]:
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return {name: value for name, _, value in pairs if name}
