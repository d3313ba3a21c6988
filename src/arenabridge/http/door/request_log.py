"""
A number for every request: in its answer, and in what we log about it.

A client's own number is kept, so that its log and ours can be laid side by side. A line of the log carries the number
if it was written by the endpoints, or names a job of the request: what else the hub does within one request may well be
about another.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arenabridge.http.door.help_address import HELP_HEADER
from arenabridge.http.door.paths import api_path, is_api

_log = logging.getLogger(__name__)

HEADER = "x-request-id"
MAX_SHOWN_CHARACTERS = 200
"""Characters of a path that the log shows."""


_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
"""What is taken over from a client: it ends up in logs, where it must not look like anything else."""

_SCRIPT = "/userscript/"

MAX_JOBS = 10_000
"""Jobs whose requests are remembered, for the log; the oldest are forgotten first."""

_requests_of_jobs: dict[str, str] = {}

_current: ContextVar[str] = ContextVar("request", default="")
_notes: ContextVar[list[str] | None] = ContextVar("notes", default=None)
_own_address: ContextVar[Callable[[], str]] = ContextVar("own address", default=lambda: "")
_help: ContextVar[Callable[[], str] | None] = ContextVar("what would help", default=None)


def request_number() -> str:
    """The number of the present request; empty outside of one."""
    return _current.get()


def own_address() -> str:
    """The address at which the sender of the present request reaches its gateway; empty outside of one."""
    return _own_address.get()()


def what_would_help() -> str:
    """What its gateway could do, in words, if nobody can serve the present request; empty if there is nothing."""
    help_ = _help.get()
    return help_() if help_ else ""


def note_job(job: str, number: str) -> None:
    """The job is part of the request of this number: lines that name it will carry that."""
    if len(_requests_of_jobs) >= MAX_JOBS:
        del _requests_of_jobs[next(iter(_requests_of_jobs))]
    _requests_of_jobs[job] = number


def notes() -> list[str]:
    """Further notes for the log's line about the present request. Its holder may add to it until the end."""
    kept = _notes.get()
    return [] if kept is None else kept


class RequestLog:
    """
    ASGI middleware, the outermost: whatever answers, its answer is numbered and logged.

    `address` is where the sender of a request reaches us, without a slash at the end.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        address: Callable[[HTTPConnection], str] = lambda _: "",
        help_: Callable[[], str] | None = None,
    ) -> None:
        self._app = app
        self._address = address
        self._help = help_

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id_ = _id_of(Headers(scope=scope))
        _current.set(id_)
        address = partial(self._address, HTTPConnection(scope))
        _own_address.set(address)
        _help.set(self._help)
        kept: list[str] = []
        _notes.set(kept)
        status, started = 0, time.monotonic()

        async def send_numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                nonlocal status
                status = message["status"]
                _complete(MutableHeaders(scope=message), id_, address)
            await send(message)

        try:
            await self._app(scope, receive, send_numbered)
        finally:
            path = api_path(scope["path"], scope["method"])
            level = logging.INFO if is_api(path) else logging.DEBUG
            shown = quote(_without_secrets(path)[:MAX_SHOWN_CHARACTERS])
            besides = f" ({', '.join(kept)})" if kept else ""
            seconds = time.monotonic() - started
            _log.log(level, "%s %s: %d, %.2f s%s", scope["method"], shown, status, seconds, besides)


def _complete(headers: MutableHeaders, id_: str, address: Callable[[], str]) -> None:
    headers[HEADER] = id_
    headers["x-content-type-options"] = "nosniff"
    if headers.get(HELP_HEADER, "").startswith("/"):
        headers[HELP_HEADER] = address() + headers[HELP_HEADER]


def _without_secrets(path: str) -> str:
    """Hide the address of a userscript: whoever has it has the script, and the secret in it."""
    return _SCRIPT if path.startswith(_SCRIPT) else path


def _id_of(headers: Headers) -> str:
    own = headers.get(HEADER, "")
    return own if _PLAIN.fullmatch(own) else f"req_{secrets.token_hex(12)}"


class NumberInLog(logging.Filter):
    """Gives records `request`: the number in brackets and a blank, or nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        number = _current.get() if record.name.startswith("arenabridge.http") else ""
        if not number and isinstance(record.args, tuple):
            jobs = (each for each in record.args if isinstance(each, str) and each in _requests_of_jobs)
            number = next((_requests_of_jobs[job] for job in jobs), "")
        record.request = f"[{number}] " if number else ""
        return True
