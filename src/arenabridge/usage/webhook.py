"""
Post alerts to an address: one after the other, signed, and again for a while where nobody takes them.

The signature is the HMAC-SHA256 of the time, a full stop and the body, so that an old alert can't be sent again as new.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable

import httpx
import orjson

from arenabridge.usage.alerts import News

_log = logging.getLogger(__name__)

MAX_WAITING = 100
"""Alerts; beyond that new ones are left out."""

PAUSES_SECONDS = (2.0, 10.0, 60.0, 300.0)
"""Before each repetition."""

TIMEOUT_SECONDS = 10.0

SIGNATURE = "x-arenabridge-signature"
TIMESTAMP = "x-arenabridge-timestamp"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """As the header has it."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class Webhook:
    """`client` opens connections; `pause` waits."""

    def __init__(
        self,
        url: str,
        secret: str | None,
        unix: Callable[[], float],
        client: Callable[[], httpx.AsyncClient] = lambda: httpx.AsyncClient(timeout=TIMEOUT_SECONDS),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url
        self._secret = secret
        self._unix = unix
        self._client = client
        self._pause = pause
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        self.dropped = 0
        """Alerts that nobody took, or for which there was no room."""

    def put(self, news: News) -> None:
        """Have it sent soon; never waits."""
        try:
            self._waiting.put_nowait(self._body(news))
        except asyncio.QueueFull:
            self.dropped += 1

    async def try_out(self) -> str | None:
        """Send one immediately, and only once; returns what went wrong, if anything did."""
        news = News("test", "test", "firing", "This is a test: alerts of Arena Bridge arrive here.")
        async with self._client() as client:
            return await self._try(client, self._body(news))

    async def run(self) -> None:
        """Send what is put, in order, for as long as it runs."""
        async with self._client() as client:
            while True:
                await self._send(client, await self._waiting.get())

    def _body(self, news: News) -> bytes:
        told = {"id": news.id, "alert": news.alert, "state": news.state, "message": news.message}
        return orjson.dumps({**told, "at": self._unix()})

    async def _send(self, client: httpx.AsyncClient, body: bytes) -> None:
        for pause in (*PAUSES_SECONDS, None):
            failure = await self._try(client, body)
            if failure is None:
                return
            if pause is not None:
                await self._pause(pause)
        self.dropped += 1
        _log.warning("an alert could not be sent: %s", failure)

    async def _try(self, client: httpx.AsyncClient, body: bytes) -> str | None:
        """What went wrong, without the address, which may be a secret itself."""
        timestamp = str(int(self._unix()))
        headers = {"content-type": "application/json", TIMESTAMP: timestamp}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, timestamp, body)
        try:
            answer = await client.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        return None if answer.is_success else f"it was answered {answer.status_code}"
