"""What is said to this replica: a connection that only listens, and is made again whenever it breaks."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from arenabridge.engine.redis.pace import Pace
from arenabridge.engine.redis.pauses import Pauses
from arenabridge.engine.redis.server import BROKEN, Subscription, shown

_log = logging.getLogger(__name__)

BEATS_MISSED = 4
"""Every beat is heard here too: after so many missing ones the connection is taken for dead."""


class Listening:
    """`on_again` is called when a connection was made after another: something may have been missed."""

    def __init__(
        self,
        url: str,
        channels: Sequence[str],
        pace: Pace,
        on_message: Callable[[bytes], None],
        on_again: Callable[[], None],
    ) -> None:
        self._url = url
        self._channels = channels
        self._pace = pace
        self._on_message = on_message
        self._on_again = on_again
        self.is_heard = asyncio.Event()
        """Set while the server has confirmed that it passes messages on."""

    async def run(self) -> None:
        pauses = Pauses(self._pace.longest_pause)
        has_heard = False
        while True:
            connection = Subscription(self._url, self._pace.patience)
            try:
                await connection.open()
                await connection.subscribe(self._channels)
                self.is_heard.set()
                pauses.reset()
                if has_heard:
                    self._on_again()
                has_heard = True
                await self._listen(connection)
            except BROKEN as error:
                level = logging.DEBUG if pauses.is_repeated else logging.WARNING
                _log.log(level, "hearing nothing from Redis at %s: %s", shown(self._url), error)
            finally:
                self.is_heard.clear()
                await connection.close()
            await pauses.pause()

    async def _listen(self, connection: Subscription) -> None:
        while True:
            self._on_message(await connection.message(BEATS_MISSED * self._pace.beat))
