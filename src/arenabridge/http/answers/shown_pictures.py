"""
Pictures that a turn's text shows in Markdown, taken out of it and attached to it.

This is how an answer with pictures was given to most clients, and how it comes back in their next request: by our own
addresses, or whole as `data:` URIs. Other people's addresses in a text are text.
"""

import asyncio
import re
from typing import Final, Protocol

import msgspec

from arenabridge.conversations.echoes import Echoes
from arenabridge.conversations.placeholders import placeholder
from arenabridge.errors import AttachmentTooLarge, InvalidRequest, UnknownFile
from arenabridge.http.files.own_files import own_id
from arenabridge.wire.chat import Attachment, Message
from arenabridge.wire.file_types import is_picture
from arenabridge.wire.openai.files import OWN_PATHS, attachment, read_data

MAX_OWN: Final = 20
"""How many of our pictures are looked for in one turn's text: the last ones."""

_DATA: Final = "](data:image/"
_PICTURE: Final = re.compile(
    r"!\[[^\]]{0,200}+\]\("
    r"(?:(?P<data>data:image/[a-z0-9.+-]{1,40}+;base64,[A-Za-z0-9+/=_-]++)|(?P<url>[^\s()]{1,500}+))\)"
)


class FoundFile(Protocol):
    """A file of ours, whole."""

    @property
    def content(self) -> bytes: ...
    @property
    def name(self) -> str: ...


class KeptFiles(Protocol):
    """The files that the gateway keeps and serves itself."""

    async def take(self, url: str, *, limit: int) -> FoundFile | None:
        """None if the address is not one of the gateway's own; raises `UnknownFile` or `AttachmentTooLarge`."""


class ShownPictures:
    """`echoes` tells what the site's own answers had in place of our addresses."""

    def __init__(self, kept: KeptFiles | None, echoes: Echoes, limit: int) -> None:
        self._kept = kept
        self._echoes = echoes
        self._limit = limit

    async def unfold(self, message: Message, *, takes_ours: bool, takes_data: bool) -> Message:
        """
        The turn with its pictures among its files; data that is not taken becomes a placeholder, for it is no text.

        `Message.said` of an answer is then what the site said, as far as that is known.
        """
        if not any(sign in message.text for sign in (*OWN_PATHS, _DATA)):
            return message
        text, said = _Pieces(message.text), _Pieces(message.text)
        files: list[Attachment] = []
        for found in _pictures(message.text):
            file = await (self._data(found["data"]) if found["data"] else self._own(found["url"], read=takes_ours))
            key = file.digest if found["data"] and file else own_id(found["url"] or "")
            if key and (source := self._echoes.as_said(key)):
                said.replace(found, source)
            if file is not None and (takes_data if found["data"] else takes_ours):
                files.append(file)
                text.replace(found, "")
            elif found["data"]:
                text.replace(found, placeholder(file) if file else "[image]")
        if not text.is_changed and not said.is_changed:
            return message
        turn = msgspec.structs.replace(message, text=text.whole().strip(), files=(*message.files, *files))
        return msgspec.structs.replace(turn, said=said.whole()) if message.role == "assistant" else turn

    async def _data(self, uri: str) -> Attachment | None:
        try:
            file = await asyncio.to_thread(read_data, uri, "messages")
        except InvalidRequest:
            return None
        return file if is_picture(file.media_type) else None

    async def _own(self, url: str, *, read: bool) -> Attachment | None:
        """None for one that is no longer there: its address stays in the text."""
        try:
            found = await self._kept.take(url, limit=self._limit) if self._kept and read else None
        except (UnknownFile, AttachmentTooLarge):
            return None
        file = attachment(found.content, found.name) if found else None
        return file if file is not None and is_picture(file.media_type) else None


class _Pieces:
    """A text of which some places are replaced, from the first to the last."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._pieces: list[str] = []

    def replace(self, found: re.Match[str], by: str) -> None:
        self._pieces += (self._text[self._at : found.start()], by)
        self._at = found.end()

    @property
    def is_changed(self) -> bool:
        return bool(self._pieces)

    def whole(self) -> str:
        return "".join((*self._pieces, self._text[self._at :]))


def _pictures(text: str) -> list[re.Match[str]]:
    found = [each for each in _PICTURE.finditer(text) if each["data"] or own_id(each["url"])]
    ours = [each for each in found if each["url"]]
    left_alone = set(ours[: max(0, len(ours) - MAX_OWN)])
    return [each for each in found if each not in left_alone]
