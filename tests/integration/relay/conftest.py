"""A relay with a folder of its own, and what it tells its person."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from arenabridge.worker.relay.configuration import RelayConfiguration
from arenabridge.worker.relay.running import RunningRelay, running_relay
from integration.relay.gateway_double import CREDENTIAL, GatewayDouble, gateway_double


@dataclass
class Watched:
    """A running relay. `told` is what a person reads."""

    running: RunningRelay
    told: list[str] = field(default_factory=list)

    def said(self, *words: str) -> bool:
        """That one sentence has all of these."""
        return any(all(word in sentence for word in words) for sentence in self.told)


StartRelay = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture
def relay(tmp_path: Path) -> StartRelay:
    """Start a relay; keyword arguments are its configuration, and those of `running_relay`."""

    @asynccontextmanager
    async def start_relay(
        gateway: str, *, folder: str = "relay", code: str = "", tls: Any = None, **configuration: Any
    ) -> AsyncIterator[Watched]:
        wanted = {"folder": tmp_path / folder, "gateway": gateway, "token": CREDENTIAL, "port": 0, **configuration}
        told: list[str] = []
        async with running_relay(RelayConfiguration(**wanted), told.append, code=code, tls=tls) as running:
            yield Watched(running, told)

    return start_relay


@pytest.fixture
async def double() -> AsyncIterator[GatewayDouble]:
    async with gateway_double() as double:
        yield double
