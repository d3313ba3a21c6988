"""Look for newer releases and announcements, at the start and daily, and say in the log what is new."""

import asyncio
import logging
from collections.abc import Callable

import httpx

import arenabridge
from arenabridge.http.gateway import Gateway
from arenabridge.settings import Settings
from arenabridge.updates.announcements import MAX_BYTES, Announcement, in_folder, read
from arenabridge.updates.index import TIMEOUT_SECONDS, UpdateError, fetch, newer, releases
from arenabridge.updates.news import News

_log = logging.getLogger(__name__)

LOOK_SECONDS = 86400.0

Client = Callable[[], httpx.AsyncClient]


async def look_for_news(gateway: Gateway) -> None:
    """For as long as it runs."""
    while True:
        await look(gateway.news, gateway.settings)
        await asyncio.sleep(LOOK_SECONDS)


async def look(
    news: News, settings: Settings, client: Client = lambda: httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
) -> None:
    """Once. That something can't be looked up is no reason to worry anybody."""
    async with client() as http:
        for part in (_announcements_here, _announcements_there, _release):
            try:
                await part(news, settings, http)
            except UpdateError as error:
                _log.info("looking for news: %s", error)
            except Exception:  # noqa: BLE001 - one fault must not end the looking for good
                _log.exception("looking for news failed")


async def _announcements_here(news: News, settings: Settings, _http: httpx.AsyncClient) -> None:
    await _tell(news, await asyncio.to_thread(in_folder, settings.data_dir))


async def _announcements_there(news: News, settings: Settings, http: httpx.AsyncClient) -> None:
    if settings.announcements_url:
        body, _, url = await fetch(settings.announcements_url, http, MAX_BYTES)
        await _tell(news, read(body, url))


async def _tell(news: News, found: list[Announcement]) -> None:
    for each in await asyncio.to_thread(news.announcements.tell, found):
        _log.warning("announcement: %s", "\n  ".join([each.title, *each.lines]))


async def _release(news: News, settings: Settings, http: httpx.AsyncClient) -> None:
    if not settings.enable_auto_update:
        return
    before, news.newer = news.newer, newer(await releases(settings.update_index_url, http), arenabridge.__version__)
    if news.newer and news.newer != before:
        _log.warning("version %s is there (this is %s): %s", news.newer.version, arenabridge.__version__, news.command)
