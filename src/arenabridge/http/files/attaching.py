"""
The files of a request, made ready before anything is asked: fetched from their addresses, checked, settled.

Where a file is and what becomes of it is decided in `conversations.attaching`; here is what takes time, within bounds.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from arenabridge.conversations.attaching import Attached, Attaching, Read, Takes, Unread, check_has_picture
from arenabridge.conversations.echoes import Echoes
from arenabridge.conversations.file_text import MAX_CHARACTERS
from arenabridge.conversations.placeholders import placeholder
from arenabridge.errors import AttachmentTooLarge, FileTooLarge, FileUrlRefused, GatewayError, UnknownFile
from arenabridge.http.answers.shown_pictures import FoundFile, KeptFiles, ShownPictures
from arenabridge.media.file_bed import FileBed
from arenabridge.media.pdf_text import PdfTexts
from arenabridge.wire.chat import Attachment, ChatRequest, Message, RemoteFile
from arenabridge.wire.openai.files import OWN_FILES_PATH, attachment, shown_address
from arenabridge.wire.profile import ClientProfile

MAX_FETCHED_BYTES = 64 * 2**20
"""Of all files of one request that are had from addresses: twice what its body may carry."""

MAX_DOWNSCALED_BYTES = 32 * 2**20
"""Of a picture that is to be made smaller."""

FETCHES_OF_A_REQUEST = 4
"""At once, so that one request leaves room for others."""

SETTLED_AT_ONCE = 2
"""Requests whose pictures are being made smaller: a decoded picture may take 200 MB."""

DOCUMENTS_SECONDS = 120.0
"""For all documents of one request, their turns included."""


class Fetcher(Protocol):
    """Fetches from public addresses; raises `FileUrlRefused` and its kin."""

    async def fetch(self, url: str, *, limit: int) -> FoundFile: ...


class Attacher:
    """
    Without a `fetcher` no address but the gateway's own is followed, without `kept` not even those.

    With a `bed` files lie there, whatever they are, and what is sent is their addresses, as text.
    """

    def __init__(
        self,
        *,
        fetcher: Fetcher | None,
        kept: KeptFiles | None = None,
        bed: FileBed | None = None,
        echoes: Echoes | None = None,
        max_file_bytes: int,
        max_fetched_bytes: int = MAX_FETCHED_BYTES,
    ) -> None:
        self._max_fetched = max_fetched_bytes
        self._fetcher = fetcher
        self._kept = kept
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
        sees, bed = takes.pictures > 0, self._bed
        unfolded = (
            self._shown.unfold(message, takes_ours=sees and bed is None, takes_data=sees or bed is not None)
            for message in chat.messages
        )
        messages = [await each for each in unfolded]
        if bed is not None:
            check_has_picture(messages, takes)
            laid = [await self._laid(message, bed, owner) for message in messages]
            return msgspec.structs.replace(chat, messages=tuple(laid))
        if any(message.files for message in messages):
            settled = await self._settle(messages, takes, client, owner)
            ignored = tuple(sorted({*chat.ignored, *settled.ignored}))
            chat = msgspec.structs.replace(chat, messages=settled.messages, ignored=ignored)
        else:
            chat = msgspec.structs.replace(chat, messages=tuple(messages))
        check_has_picture(chat.messages, takes)
        return chat

    async def _laid(self, message: Message, bed: FileBed, owner: str) -> Message:
        """The turn with addresses in place of its files: what has one already keeps it."""
        if not message.files:
            return message
        said = [message.text] if message.text else []
        for file in message.files:
            address = file.url if isinstance(file, RemoteFile) else await bed.place(file, owner)
            said.append(f"{placeholder(file)} {address}")
        return msgspec.structs.replace(message, text="\n\n".join(said), files=())

    async def _settle(self, messages: Sequence[Message], takes: Takes, client: ClientProfile, owner: str) -> Attached:
        limit = MAX_DOWNSCALED_BYTES if client.downscale_pictures else self._limit
        named = dict.fromkeys(file for message in messages for file in message.files if isinstance(file, RemoteFile))
        read = await _Fetches(self._fetcher, self._kept, max(limit, self._limit), self._max_fetched).of(named)
        attaching = Attaching(takes, client, self._limit)
        texts = await self._texts(attaching.documents(messages, read), owner)
        async with self._turns:
            return await asyncio.to_thread(attaching.settle, messages, read, texts)

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


class _Fetches:
    """The fetches of one request. An address that leads nowhere is a value: it may be in a turn long past."""

    def __init__(self, fetcher: Fetcher | None, kept: KeptFiles | None, limit: int, total: int) -> None:
        self._fetcher = fetcher
        self._kept = kept
        self._limit = limit
        self._total = self._left = total
        self._turns = asyncio.Semaphore(FETCHES_OF_A_REQUEST)

    async def of(self, files: Iterable[RemoteFile]) -> Read:
        async with asyncio.TaskGroup() as group:
            tasks = {file: group.create_task(self._read(file)) for file in files}
        return {file: task.result() for file, task in tasks.items()}

    async def _read(self, file: RemoteFile) -> Attachment | Unread:
        async with self._turns:
            try:
                found = await self._content(file)
            except GatewayError as error:
                return Unread(file, _naming(file, error))
        return attachment(found.content, file.name or found.name)

    async def _content(self, file: RemoteFile) -> FoundFile:
        if self._left <= 0:
            raise AttachmentTooLarge(f"The files at the addresses of one request may have {self._total} bytes.")
        found = await self._kept.take(file.url, limit=self._limit) if self._kept else None
        if found is None and file.url.startswith(OWN_FILES_PATH):
            raise UnknownFile
        if found is None:
            found = await self._fetched(file)
        self._left -= len(found.content)
        return found

    async def _fetched(self, file: RemoteFile) -> FoundFile:
        if self._fetcher is None:
            raise FileUrlRefused("This gateway fetches no files from addresses: send the file itself.")
        try:
            return await self._fetcher.fetch(file.url, limit=self._limit)
        except FileTooLarge as error:
            raise AttachmentTooLarge(str(error)) from error


def _naming(file: RemoteFile, error: GatewayError) -> GatewayError:
    return type(error)(f"{shown_address(file.url)}: {error}", param="messages")
