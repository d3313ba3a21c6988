"""
The files of a request, made ready before anything is asked: fetched from their addresses, checked, settled.

Where a file is and what becomes of it is decided in `conversations.attaching`; here is what takes time, within bounds.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from arenabridge.conversations.attaching import Attached, Attaching, Read, Takes, check_has_picture, first_new
from arenabridge.conversations.echoes import Echoes
from arenabridge.conversations.file_text import MAX_CHARACTERS
from arenabridge.errors import AttachmentTooLarge, GatewayError
from arenabridge.http.answers.shown_pictures import KeptFiles, ShownPictures
from arenabridge.http.files.fetches import MAX_FETCHED_BYTES, Copies, Fetcher, Fetches
from arenabridge.http.files.laying import Laying, is_read_by_models
from arenabridge.http.files.own_files import own_id
from arenabridge.media.file_bed import FileBed
from arenabridge.media.pdf_text import PdfTexts
from arenabridge.wire.chat import Attachment, ChatRequest, Message, RemoteFile
from arenabridge.wire.profile import ClientProfile

MAX_DOWNSCALED_BYTES = 32 * 2**20
"""The largest picture that is made smaller."""

SETTLED_AT_ONCE = 2
"""Requests whose pictures are being made smaller: a decoded picture may take 200 MB."""

DOCUMENTS_SECONDS = 120.0
"""For reading all documents of one request, including the wait for their turns."""


class Attacher:
    """
    Makes files ready. See `Fetches` for `fetcher`, `kept` and `copies`.

    With a `bed` files lie there, whatever they are, and their addresses are sent as text; pictures are also sent to
    models that see them. Models that make pictures read no addresses: their files never lie there.
    """

    def __init__(
        self,
        *,
        fetcher: Fetcher | None,
        kept: KeptFiles | None = None,
        copies: Copies | None = None,
        bed: FileBed | None = None,
        echoes: Echoes | None = None,
        max_file_bytes: int,
        max_fetched_bytes: int = MAX_FETCHED_BYTES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetches = Fetches(fetcher, kept, copies, now=now, total=max_fetched_bytes)
        self._bed = bed
        self._limit = max_file_bytes
        self._shown = ShownPictures(kept, echoes or Echoes(), max_file_bytes)
        self._turns = asyncio.Semaphore(SETTLED_AT_ONCE)
        self._pdfs = PdfTexts(max_characters=MAX_CHARACTERS)

    async def attach(self, chat: ChatRequest, takes: Takes, client: ClientProfile, owner: str) -> ChatRequest:
        """
        The same conversation with its files as they are sent; `owner` is the id of the API key it came with.

        Raises `InvalidRequest`, `AttachmentUnsupported`, `AttachmentTooLarge` and what fetcher or bed raise, each
        naming the file.
        """
        sees, bed = takes.pictures > 0, None if takes.makes_pictures or takes.needs_picture else self._bed
        unfolded = (
            self._shown.unfold(message, takes_ours=sees, takes_data=sees or bed is not None)
            for message in chat.messages
        )
        messages = [await each for each in unfolded]
        ignored = chat.ignored
        if any(message.files for message in messages):
            attaching = Attaching(takes, client, self._limit)
            if bed is not None:
                laid = await self._laid(messages, takes, bed, attaching, client, owner)
                return msgspec.structs.replace(chat, messages=laid)
            settled = await self._settle(messages, takes, attaching, client, owner)
            messages, ignored = list(settled.messages), tuple(sorted({*ignored, *settled.ignored}))
        check_has_picture(messages, takes)
        return msgspec.structs.replace(chat, messages=tuple(messages), ignored=ignored)

    async def _laid(
        self,
        messages: Sequence[Message],
        takes: Takes,
        bed: FileBed,
        attaching: Attaching,
        client: ClientProfile,
        owner: str,
    ) -> tuple[Message, ...]:
        def is_read(file: RemoteFile) -> bool:
            is_seen = file.as_picture and takes.pictures > 0 and self._fetches.follows
            return is_seen or not is_read_by_models(file)

        read = await self._read(messages, is_read, client, owner)
        return await Laying(bed, takes, attaching, owner, self._turns).lay(messages, read)

    async def _settle(
        self, messages: Sequence[Message], takes: Takes, attaching: Attaching, client: ClientProfile, owner: str
    ) -> Attached:
        def is_read(file: RemoteFile) -> bool:
            return takes.pictures > 0 or not file.as_picture or bool(own_id(file.url))

        read = await self._read(messages, is_read, client, owner)
        texts = await self._texts(attaching.documents(messages, read), owner)
        async with self._turns:
            return await asyncio.to_thread(attaching.settle, messages, read, texts)

    async def _read(
        self, messages: Sequence[Message], is_read: Callable[[RemoteFile], bool], client: ClientProfile, owner: str
    ) -> Read:
        """What the addresses to be followed lead to."""
        limit = max(MAX_DOWNSCALED_BYTES if client.downscale_pictures else 0, self._limit)
        files = [_named(message, is_read) for message in messages]
        new = {file for each in files[first_new(messages) :] for file in each}
        return await self._fetches.of((file for each in files for file in each), new, owner, limit)

    async def _texts(self, documents: Iterable[Attachment], owner: str) -> dict[str, str | GatewayError]:
        texts: dict[str, str | GatewayError] = {}
        until = asyncio.get_running_loop().time() + DOCUMENTS_SECONDS
        for document in documents:
            try:
                async with asyncio.timeout_at(until):
                    texts[document.digest] = await self._pdfs.text(document, owner)
            except GatewayError as error:
                texts[document.digest] = error
            except TimeoutError:
                message = f"{document.name} and the documents before it take too long to be read."
                texts[document.digest] = AttachmentTooLarge(message)
        return texts


def _named(message: Message, is_read: Callable[[RemoteFile], bool]) -> list[RemoteFile]:
    return [file for file in message.files if isinstance(file, RemoteFile) and is_read(file)]
