"""A gateway with one well-behaved tab, whose site does what a test says, and clients that ask it directly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from chaos.client import Client
from chaos.laws import nothing_is_left
from chaos.reference_site import ReferenceSite
from chaos.tab import Habits, Page, Record, open_tab
from integration.gateway.worker_double import until


@dataclass(frozen=True)
class Scene:
    """Its parts."""

    running: Running
    site: ReferenceSite
    page: Page
    client: Client


@asynccontextmanager
async def scene(
    data_dir: Path, site: ReferenceSite | None = None, *, slots: int = 8, habits: Habits | None = None, **settings: Any
) -> AsyncIterator[Scene]:
    """Up and connected; the laws hold at its end. Further keyword arguments are settings."""
    wanted = {"data_dir": data_dir, "port": 0, "head_hold_seconds": 0.2, "keep_alive_seconds": 0.3, **settings}
    site = site or quiet_site()
    async with running_gateway(Settings(**wanted), environment={}) as running:
        url = f"ws://127.0.0.1:{running.listens_on}/ws"
        page = Page(
            url, running.gateway.secrets.pairing, site, Record(), site.random, slots=slots, habits=habits or Habits()
        )
        async with nothing_is_left(running), open_tab(page):
            await until(lambda: len(running.gateway.models.catalogue))
            yield Scene(running, site, page, Client(running.listens_on, running.first_key or ""))
        assert not site.active


def quiet_site(**changes: Any) -> ReferenceSite:
    """One without faults, unless `changes` say so."""
    return ReferenceSite(Random(0), **changes)  # noqa: S311 - to be repeated
