"""
The pictures and videos of answers, kept here before the site's addresses of them expire (within the hour).

They are fetched from the site's storage, which is public; where that can't be reached, by the tab that was answered.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote, urlsplit

from arenabridge.conversations.echoes import Echoes
from arenabridge.errors import GatewayError
from arenabridge.http.answers.pictured_answer import Answered, Keep
from arenabridge.http.files.fetches import Fetcher
from arenabridge.hub.workers.errands import ErrandFailed, Errands
from arenabridge.media.index import StoredFile
from arenabridge.media.store import MediaStore
from arenabridge.wire.chat import Attachment
from arenabridge.wire.file_types import is_picture
from arenabridge.wire.link.messages import WorkerId
from arenabridge.wire.openai.files import attachment, data_uri, read_data
from arenabridge.wire.reply import Image
from arenabridge.wire.step import GetFile

_log = logging.getLogger(__name__)

MAX_BYTES: Final = 32 * 2**20
"""Bound of one picture or video: what a tab can report (`hub.workers.errands`). Pictures of the site have 1 to 3 MB."""

DIRECT_SECONDS: Final = 10.0
TAB_SECONDS: Final = 20.0

AT_ONCE: Final = 8
"""Fetched at the same time; the others wait their turn, within the time that an answer waits for them."""

AVOIDED_SECONDS: Final = 600.0
"""A storage that could not be reached directly is asked through tabs for so long."""

MAX_AVOIDED: Final = 64

AddressOf = Callable[[StoredFile], str]


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """The file that is kept, and its content as long as somebody needs it."""

    stored: StoredFile
    content: bytes


class PictureKeeper:
    """Without a `fetcher` the tabs do it all."""

    def __init__(
        self, files: MediaStore, errands: Errands, echoes: Echoes, now: Callable[[], float], fetcher: Fetcher | None
    ) -> None:
        self._files = files
        self._errands = errands
        self._echoes = echoes
        self._now = now
        self._fetcher = fetcher
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._avoided: dict[str, float] = {}

    async def keep(self, shown: Answered, worker: WorkerId | None, owner: str) -> KeptPicture | None:
        """Keep this one; None if it could not be had or kept: the log says why."""
        try:
            async with self._turns:
                found = await self._found(shown, worker)
                stored = await self._files.keep(found.content, found.media_type, found.name, owner)
        except (GatewayError, ErrandFailed, TimeoutError) as error:
            _log.warning("a file of an answer was not kept, its own address is given: %s", error or "it took too long")
            return None
        self._echoes.note(shown.source, stored.id, stored.digest)
        return KeptPicture(stored, found.content)

    def for_client(self, owner: str, address_of: AddressOf, *, as_data: bool = False) -> Keep:
        """What gives one client its pictures: under our address, or as data."""

        async def keep(shown: Answered, worker: WorkerId | None) -> Answered:
            kept = await self.keep(shown, worker, owner)
            if kept is None:
                return shown
            media_type = kept.stored.media_type
            if as_data and isinstance(shown, Image):
                source = await asyncio.to_thread(data_uri, media_type, kept.content)
            else:
                source = address_of(kept.stored)
            return replace(shown, source=source, mime_type=media_type)

        return keep

    async def _found(self, shown: Answered, worker: WorkerId | None) -> Attachment:
        if shown.source.startswith("data:"):
            found = await asyncio.to_thread(read_data, shown.source, "the answer")
        else:
            content = await self._fetched(shown.source, worker)
            found = await asyncio.to_thread(attachment, content, _name(shown.source))
        if not _is_as_said(found, shown):
            raise ErrandFailed("content", f"what came is {found.media_type}")
        return found

    async def _fetched(self, url: str, worker: WorkerId | None) -> bytes:
        host = urlsplit(url).netloc
        if self._fetcher is not None and self._avoided.get(host, 0.0) <= self._now():
            try:
                async with asyncio.timeout(DIRECT_SECONDS):
                    return (await self._fetcher.fetch(url, limit=MAX_BYTES)).content
            except (GatewayError, TimeoutError) as error:
                _log.info("%s is asked through the tab: %s", host, error or "it took too long")
                self._avoid(host)
        if worker is None:
            raise ErrandFailed("nobody", "no tab can fetch it")
        answer = await self._errands.run(worker, GetFile(url=url, limit=MAX_BYTES), seconds=TAB_SECONDS)
        if answer.status != 200:
            raise ErrandFailed("storage", f"the site's storage answered {answer.status}")
        return await asyncio.to_thread(answer.content)

    def _avoid(self, host: str) -> None:
        if len(self._avoided) >= MAX_AVOIDED:
            self._avoided.clear()
        self._avoided[host] = self._now() + AVOIDED_SECONDS


def _is_as_said(found: Attachment, shown: Answered) -> bool:
    """An answer may lead to a page that says that the picture is gone."""
    return is_picture(found.media_type) if isinstance(shown, Image) else found.media_type.startswith("video/")


def _name(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])
