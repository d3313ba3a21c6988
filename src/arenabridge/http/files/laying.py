"""Files of a conversation on a file bed: their addresses in the text, and pictures beside it where they are seen."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from arenabridge.conversations.attaching import Attaching, Read, Takes, Unread, first_new
from arenabridge.conversations.placeholders import placeholder
from arenabridge.http.files.own_files import own_id
from arenabridge.media.file_bed import FileBed
from arenabridge.media.public_addresses import is_out_of_reach
from arenabridge.wire.chat import Attachment, Message, RemoteFile


def is_read_by_models(file: RemoteFile) -> bool:
    """Whether its address may stand in the text as it is: others can reach it, and it is not one of ours."""
    return not own_id(file.url) and not is_out_of_reach(urlsplit(file.url).hostname or "")


class Laying:
    """One conversation, for one model. `owner` is the id of the API key it came with, `turns` of those who shrink."""

    def __init__(self, bed: FileBed, takes: Takes, attaching: Attaching, owner: str, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._bed = bed
        self._takes = takes
        self._attaching = attaching
        self._owner = owner

    async def lay(self, messages: Sequence[Message], read: Read) -> tuple[Message, ...]:
        """Raises the reason why a file of the turns to be answered could not be had, and what the bed raises."""
        first = first_new(messages)
        laid = [await self._turn(message, read, is_new=at >= first) for at, message in enumerate(messages)]
        return (*laid[:first], *self._bounded(laid[first:]))

    async def _turn(self, message: Message, read: Read, *, is_new: bool) -> Message:
        """The turn with addresses of its files: what has one that others can read keeps it."""
        said, pictures = [message.text] if message.text else [], []
        for each in message.files:
            found = read.get(each, each) if isinstance(each, RemoteFile) else each
            if isinstance(found, Unread):
                if is_new:
                    raise found.error
                said.append(placeholder(found.file))
                continue
            said.append(f"{placeholder(found)} {await self._address(each, found)}")
            if isinstance(found, Attachment) and (picture := await self._picture(found)):
                pictures.append(picture)
        return msgspec.structs.replace(message, text="\n\n".join(said), files=tuple(pictures))

    async def _picture(self, file: Attachment) -> Attachment | None:
        async with self._turns:
            return await asyncio.to_thread(self._attaching.attachable, file)

    async def _address(self, file: Attachment | RemoteFile, found: Attachment | RemoteFile) -> str:
        if isinstance(file, RemoteFile) and (is_read_by_models(file) or isinstance(found, RemoteFile)):
            return file.url
        assert isinstance(found, Attachment)  # noqa: S101 - what has no address of its own was read
        return await self._bed.place(found, self._owner)

    def _bounded(self, turns: Sequence[Message]) -> list[Message]:
        """The newest pictures, as many as one message may have; for the others their addresses have to do."""
        left = self._takes.pictures
        bounded: list[Message] = []
        for turn in reversed(turns):
            files = turn.files[max(0, len(turn.files) - left) :]
            left -= len(files)
            bounded.append(msgspec.structs.replace(turn, files=files))
        return bounded[::-1]
