"""A gateway of the cloud behind a real nginx and a real Caddy, which speak TLS."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from servers.proxies import Certificate, Proxy, make_certificate, running_caddy, running_nginx

PROXIES = {"nginx": running_nginx, "caddy": running_caddy}

StartBehind = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[Proxy]:
    with PROXIES[request.param](certificate) as proxy:
        yield proxy


@pytest.fixture
def start_behind(proxy: Proxy, tmp_path: Path) -> StartBehind:
    """Start a gateway where the proxy looks for it; keyword arguments are settings."""

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[Running]:
        settings = {
            "data_dir": tmp_path,
            "deployment_mode": "cloud",
            "host": "127.0.0.1",
            "port": proxy.upstream_port,
            "public_url": proxy.url,
            "trusted_proxies": ("127.0.0.1",),
        }
        async with running_gateway(Settings(**{**settings, **changes}), environment={}) as running:
            yield running

    return start


@pytest.fixture
async def running(start_behind: StartBehind) -> AsyncIterator[Running]:
    async with start_behind(head_hold_seconds=0.1) as running:
        yield running


@pytest.fixture
async def client(running: Running, proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a key, on the proxy's other side. It speaks HTTP/1.1: over HTTP/2 httpx can't hang up."""
    headers = {"authorization": f"Bearer {running.first_key}"}
    async with httpx.AsyncClient(base_url=proxy.url, verify=proxy.trust, headers=headers) as client:
        yield client
