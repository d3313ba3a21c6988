"""Asks the gateway from time to time who we are to it, so that what is wrong is known before any tab needs it."""

import asyncio
import contextlib
import random

from arenabridge.worker.relay.configuration import RelayConfiguration
from arenabridge.worker.relay.pauses import pause
from arenabridge.worker.relay.remote_gateway import RemoteGateway
from arenabridge.worker.relay.standing import Standing
from arenabridge.worker.relay.trouble import GatewayTrouble

MANY_FAILURES = 8
"""How many failures are assumed where trying again alone won't help."""

SHORTEST_SECONDS = 1.0
"""Between two heartbeats, whatever the gateway wishes."""


class Heartbeat:
    """`run` lasts until the gateway is given up, which `gave_up` says."""

    def __init__(self, gateway: RemoteGateway, standing: Standing, configuration: RelayConfiguration) -> None:
        self._gateway = gateway
        self._standing = standing
        self._configuration = configuration
        self._look_now = asyncio.Event()
        self.gave_up = asyncio.Event()

    def suspect(self, *, works: bool) -> None:
        """A tab's connection came about, or not: if that is news, look now rather than in a while."""
        if works != self._standing.is_connected:
            self._look_now.set()

    async def run(self) -> None:
        failures = 0
        while True:
            failures = 0 if await self._is_well() else failures + 1
            if failures and not self._tries_again(failures):
                self.gave_up.set()
                return
            await self._wait(self._seconds_until_next(failures))

    async def _is_well(self) -> bool:
        try:
            self._standing.heard(await self._gateway.introduce())
        except GatewayTrouble as error:
            self._standing.heard(error.trouble)
            return False
        return True

    def _tries_again(self, failures: int) -> bool:
        most = self._configuration.max_reconnect_attempts
        return self._configuration.auto_reconnect and (most == 0 or failures <= most)

    def _seconds_until_next(self, failures: int) -> float | None:
        """None: not before something is suspected."""
        wanted = self._configuration
        if self._standing.needs_person:
            failures = max(failures, MANY_FAILURES)
        if failures:
            return pause(failures, wanted.reconnect_delay_seconds, random.random())  # noqa: S311 - no secret
        if not wanted.send_heartbeat:
            return None
        return max(SHORTEST_SECONDS, wanted.heartbeat_interval_seconds or self._standing.wished_heartbeat_seconds)

    async def _wait(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._look_now.wait()
        self._look_now.clear()
