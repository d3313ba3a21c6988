"""
Attachments as addresses: each is put on a file host, and its address into the message.

For sites and models that take no files but read what an address leads to. The host is this gateway, another one of
ours (`arenabridge files`), or that of the earlier systems, which takes the same JSON and answers with a name to be put
behind `/uploads/`.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

import httpx
import msgspec

from arenabridge.errors import FileBedFailed
from arenabridge.media.index import StoredFile
from arenabridge.media.store import MediaStore
from arenabridge.wire.chat import Attachment

UPLOAD_SECONDS = 60.0
"""How long the earlier systems waited."""

REMEMBER_SECONDS = 300.0
"""The earlier systems' host throws files away after ten minutes."""

MAX_REMEMBERED = 1024


class FileBed(Protocol):
    """Puts a file where others can get it."""

    @property
    def place_of_files(self) -> str:
        """An address below which all files lie, or beside which."""

    async def place(self, attachment: Attachment, owner: str) -> str:
        """Put it there and give its address. `owner` is the id of the API key it came with. Raises `GatewayError`."""


class OwnFileBed:
    """The gateway's own store. The same file of the same owner keeps its address."""

    def __init__(self, files: MediaStore, address_of: Callable[[StoredFile], str], place_of_files: str) -> None:
        self._files = files
        self._address_of = address_of
        self.place_of_files = place_of_files

    async def place(self, attachment: Attachment, owner: str) -> str:
        stored = await self._files.keep(
            attachment.content, attachment.media_type, attachment.name, owner, source="attachment"
        )
        return self._address_of(stored)


class _Answer(msgspec.Struct, frozen=True):
    """Of a host. `url` is ours alone."""

    success: bool = False
    filename: str = ""
    url: str = ""


class RemoteFileBed:
    """A host at an address for uploads. Raises `FileBedFailed`."""

    def __init__(
        self, upload_url: str, api_key: str | None, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._upload_url = upload_url
        self.place_of_files = upload_url
        self._api_key = api_key
        self._transport = transport
        self._remembered: dict[tuple[str, str], tuple[float, str]] = {}

    async def place(self, attachment: Attachment, owner: str) -> str:  # noqa: ARG002 - all files are ours, there
        what = attachment.digest, attachment.name
        until, address = self._remembered.pop(what, (0.0, ""))
        if until < time.monotonic():
            address = await self._upload(attachment)
            until = time.monotonic() + REMEMBER_SECONDS
        if len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[what] = until, address
        return address

    async def _upload(self, attachment: Attachment) -> str:
        body = await asyncio.to_thread(_body, attachment, self._api_key)
        client = httpx.AsyncClient(transport=self._transport, timeout=UPLOAD_SECONDS, trust_env=False)
        try:
            async with client:
                answer = await client.post(self._upload_url, content=body, headers={"content-type": "application/json"})
        except httpx.HTTPError as error:
            raise FileBedFailed(f"The file host could not be reached ({type(error).__name__}).") from error
        if answer.status_code != 200:
            raise FileBedFailed(f"The file host refused {attachment.name!r} with the status {answer.status_code}.")
        return self._address(answer.content)

    def _address(self, body: bytes) -> str:
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except msgspec.DecodeError as error:
            raise FileBedFailed("The file host answered in a form that is not known.") from error
        if not answer.success or not (answer.url or answer.filename):
            raise FileBedFailed("The file host did not take the file.")
        folder = self._upload_url.rpartition("/")[0]
        return answer.url or f"{folder}/uploads/{quote(answer.filename)}"


def _body(attachment: Attachment, api_key: str | None) -> bytes:
    packed = b64encode(attachment.content).decode("ascii")
    data = f"data:{attachment.media_type};base64,{packed}"
    return msgspec.json.encode({"file_name": attachment.name, "file_data": data, "api_key": api_key})
