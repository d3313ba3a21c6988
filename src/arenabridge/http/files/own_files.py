"""Files that the gateway itself keeps, found again by the addresses it gave them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from arenabridge.errors import AttachmentTooLarge, UnknownFile
from arenabridge.media.store import MediaStore
from arenabridge.wire.openai.files import OWN_PATHS

_OWN = re.compile(r"/files/([A-Za-z0-9_-]{16,64})(?:/[^/]*)?|/uploads/([A-Za-z0-9_-]{16,64})(?:\.\w{1,20})?")


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of ours, whole."""

    content: bytes
    name: str


class OwnFiles:
    """
    Reads the gateway's own files without asking itself over HTTP.

    An id that is kept is ours whatever the host before it: the gateway may have had another name when it gave the
    address, and whoever knows the id may read the file anyway.
    """

    def __init__(self, store: MediaStore, base_url: str) -> None:
        self._store = store
        self._base_url = f"{base_url}/"

    async def take(self, url: str, *, limit: int) -> OwnFile | None:
        """None if the address is of somebody else; raises `UnknownFile`, and `AttachmentTooLarge` before it is read."""
        id_ = own_id(url)
        if not id_:
            return None
        try:
            size = (await self._store.find(id_)).size
            if size > limit:
                raise AttachmentTooLarge(f"The file has {size} bytes: at most {limit} are taken.")
            stored, content = await self._store.read(id_)
        except UnknownFile:
            if url.startswith((self._base_url, *OWN_PATHS)):
                raise
            return None
        return OwnFile(content, stored.name)


def own_id(url: str) -> str:
    """The id in an address that could be one of ours; empty for others."""
    found = _OWN.fullmatch(_path(url)) if any(path in url for path in OWN_PATHS) else None
    return (found[1] or found[2]) if found else ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
