from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from arenabridge.simulator import RunningSite, Site, SiteSettings
from integration.simulator.caller import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak no TLS: loading the system's authorities costs more than the test."""


@pytest.fixture
def site() -> Site:
    """It asks for no check of its page; the laws of that check turn it on."""
    return Site(SiteSettings(page_filler_bytes=8_000, check="ignore"))


@pytest.fixture
async def running(site: Site) -> AsyncIterator[RunningSite]:
    """Over plain HTTP/1.1. The site's own failures fail the test."""
    async with site.serving() as running:
        yield running
    assert not site.failures


@pytest.fixture
async def running_tls(site: Site) -> AsyncIterator[RunningSite]:
    async with site.serving(tls=True) as running:
        yield running
    assert not site.failures


@pytest.fixture
async def caller(running: RunningSite) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(base_url=running.url, verify=NO_AUTHORITIES) as http:
        yield await Caller(http, running).open_page()


@pytest.fixture
async def h2_caller(running_tls: RunningSite) -> AsyncIterator[Caller]:
    trust = ssl.create_default_context(cadata=running_tls.ca_pem.decode())
    async with httpx.AsyncClient(base_url=running_tls.url, verify=trust, http2=True) as http:
        yield await Caller(http, running_tls).open_page()


@pytest.fixture(params=["http/1.1", "h2"])
def either_caller(request: pytest.FixtureRequest) -> Caller:
    """The law holds for both versions of HTTP."""
    name = "caller" if request.param == "http/1.1" else "h2_caller"
    caller: Caller = request.getfixturevalue(name)
    return caller
