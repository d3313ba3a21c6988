"""Files that the gateway itself keeps, found again by the addresses it gave them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from arenabridge.errors import AttachmentTooLarge, UnknownFile
from arenabridge.media.store import MediaStore
from arenabridge.wire.openai.files import OWN_FILES_PATH

_OWN = re.compile(re.escape(OWN_FILES_PATH) + r"([A-Za-z0-9_-]{16,64})(?:/[^/]*)?")
_PICTURE = re.compile(r"!\[[^\]]{0,200}\]\((\S{1,500}?)\)")
"""In Markdown: how an answer with pictures is given to most clients, and comes back in their next request."""

MAX_NAMED = 20
"""Addresses of pictures that are looked for in one turn's text."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of ours, whole."""

    content: bytes
    name: str


class OwnFiles:
    """
    Reads the gateway's own files without asking itself over HTTP.

    An id that is kept is ours whatever the host before it: the gateway may have had another name when it gave the
    address, and who knows the id may read the file anyway.
    """

    def __init__(self, store: MediaStore, base_url: str) -> None:
        self._store = store
        self._base_url = f"{base_url}/"

    async def take(self, url: str, *, limit: int) -> OwnFile | None:
        """None if the address is of somebody else; raises `UnknownFile`, and `AttachmentTooLarge` before it is read."""
        found = _OWN.fullmatch(urlsplit(url).path)
        if found is None:
            return None
        try:
            size = (await self._store.find(found[1])).size
            if size > limit:
                raise AttachmentTooLarge(f"The file has {size} bytes: at most {limit} are taken.")
            stored, content = await self._store.read(found[1])
        except UnknownFile:
            if url.startswith((self._base_url, OWN_FILES_PATH)):
                raise
            return None
        return OwnFile(content, stored.name)


def pictures_named(text: str) -> list[str]:
    """The addresses of pictures in Markdown that could be our own; the last ones, where there are too many."""
    if OWN_FILES_PATH not in text:
        return []
    return [url for url in _PICTURE.findall(text) if _OWN.fullmatch(_path(url))][-MAX_NAMED:]


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
