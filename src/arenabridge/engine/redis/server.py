"""
A server and the connections to it.

Each is used by one task alone, which makes a new one when it breaks: redis-py would connect again by itself, and what
has to be said first on a new connection would not be.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

BROKEN = (RedisError, OSError, TimeoutError)
"""What a connection may fail with."""


def shown(url: str) -> str:
    """Where the server is, without the secret in its address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "an address that can't be read"
    if parts.hostname is None:
        return parts.path
    return parts.hostname if port is None else f"{parts.hostname}:{port}"


def database_number(url: str) -> int:
    """Raises `ValueError` for anything that is not the address of a server."""
    number: int = parse_url(url).get("db", 0)
    return number


class Connection:
    """
    One connection; what it is asked fails with one of `BROKEN`, and then it is of no use any more.

    `timeout` is for an answer, in seconds.
    """

    def __init__(self, url: str, timeout: float) -> None:
        pool: Any = ConnectionPool.from_url(  # redis-py has types for half of it
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,  # with one, redis-py starts a task for each write, and one that swallows cancellation
            socket_connect_timeout=timeout,
            health_check_interval=0,
        )
        self._connection = pool.make_connection()
        self._timeout = timeout

    async def open(self) -> None:
        await self._connection.connect()

    async def close(self) -> None:
        await self._connection.disconnect(nowait=True)

    async def say(self, commands: Iterable[Sequence[str | bytes | int | float]]) -> None:
        """All in one piece."""
        if not self._connection.is_connected:
            raise ConnectionError("the connection is closed")
        packed = self._connection.pack_commands(commands)
        await self._connection.send_packed_command(packed, check_health=False)

    async def hear(self) -> object:
        """The next answer or message; what the server refuses is given as the error."""
        try:
            return await self._connection.read_response()
        except ResponseError as refusal:
            return refusal

    async def ask(self, *command: str | bytes | float) -> object:
        await self.say([command])
        return _checked(await self.hear())


class ScriptedConnection(Connection):
    """Runs one script, which the server may have to be given first."""

    def __init__(self, url: str, timeout: float, script: str) -> None:
        super().__init__(url, timeout)
        self._script = script
        self._digest = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()

    async def run_of_server(self) -> str:
        """The name of its own start; empty where the server doesn't tell."""
        async with asyncio.timeout(self._timeout):
            await self.say([("INFO", "server")])
            answer = await self.hear()
        lines = answer.decode().splitlines() if isinstance(answer, bytes) else []
        return next((line.partition(":")[2] for line in lines if line.startswith("run_id:")), "")

    async def round(
        self, keys: Sequence[str], arguments: Sequence[str | bytes | int | float], publish: Sequence[tuple[str, bytes]]
    ) -> tuple[object, list[int]]:
        """Run the script, unless there are no arguments, and publish: its answer, and how many heard each message."""
        async with asyncio.timeout(self._timeout):
            return await self._round(keys, arguments, publish)

    async def _round(
        self, keys: Sequence[str], arguments: Sequence[str | bytes | int | float], publish: Sequence[tuple[str, bytes]]
    ) -> tuple[object, list[int]]:
        commands: list[Sequence[str | bytes | int | float]] = []
        if arguments:
            commands.append(("EVALSHA", self._digest, len(keys), *keys, *arguments))
        commands += [("PUBLISH", channel, message) for channel, message in publish]
        await self.say(commands)
        answer = await self.hear() if arguments else None
        receivers = [_checked(await self.hear()) for _ in publish]
        if isinstance(answer, NoScriptError):
            answer = await self.ask("EVAL", self._script, len(keys), *keys, *arguments)
        return _checked(answer), [count for count in receivers if isinstance(count, int)]


class Subscription(Connection):
    """Hears what is published on some channels."""

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Returns when the server has confirmed: from then on nothing is missed."""
        async with asyncio.timeout(self._timeout):
            await self.say([("SUBSCRIBE", *channels)])
            for _ in channels:
                _checked(await self.hear())

    async def message(self, within: float) -> bytes:
        """The next message; silence for `within` seconds is a `TimeoutError`."""
        while True:
            async with asyncio.timeout(within):
                answer = _checked(await self.hear())
            if isinstance(answer, list) and len(answer) == 3 and isinstance(answer[2], bytes):
                return answer[2]


def _checked(answer: object) -> object:
    if isinstance(answer, ResponseError):
        raise answer
    return answer
