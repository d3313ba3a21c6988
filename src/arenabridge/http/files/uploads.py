"""
`POST /upload`: a file to be kept, from a program or a form.

JSON is `{"file_name", "file_data": "data:<type>;base64,…", "api_key"}`, the form of the earlier systems' file host,
whose clients read `success` and `filename` of the answer and get the file from `/uploads/<filename>`. A form
(multipart/form-data) may hold several files and goes to the disk as it arrives. The key comes in a header, or as
`api_key`: in a form before the first file.
"""

import asyncio
import binascii
import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arenabridge.errors import InvalidRequest, MalformedJson, UploadUnsupported
from arenabridge.http.door.authentication import key_in
from arenabridge.http.door.body import body_pieces
from arenabridge.http.door.client_address import address_through
from arenabridge.http.door.json_response import json_response
from arenabridge.http.door.paths import UPLOAD
from arenabridge.http.files.arrivals import in_time
from arenabridge.http.files.form_parts import FormParts, Part
from arenabridge.http.files.host import FileHost, file_host_of
from arenabridge.media.index import StoredFile
from arenabridge.media.store import kept
from arenabridge.wire.file_names import extension

MAX_FILES = 16
"""Files in one form."""

DECODED_CHARACTERS = 4 * 64 * 1024
"""Characters of base64 decoded at a time; a multiple of four."""

_DATA_URI = re.compile(r"data:([^,]{0,200}?)(?:;[^,]{0,200}?)?;base64\s*", re.IGNORECASE)


class JsonUpload(msgspec.Struct, frozen=True):
    """The body of an upload in JSON."""

    file_data: str
    """A data URI, in base64."""
    file_name: str = ""
    api_key: str | None = None


async def upload(request: Request) -> Response:
    host = file_host_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        stored = await _form(request, host)
    elif kind == "application/json":
        stored = [await _json(request, host)]
    else:
        raise UploadUnsupported
    return json_response(_answer(request, host, stored))


async def _form(request: Request, host: FileHost) -> list[StoredFile]:
    owner = await host.owner_of(request, key_in(request)) if key_in(request) else None
    stored: list[StoredFile] = []
    async for part in FormParts(request):
        if part.file_name is None:
            text = await part.text()
            if part.name == "api_key" and owner is None:
                owner = await host.owner_of(request, text)
            continue
        if owner is None:
            owner = await host.owner_of(request, None)
        if len(stored) == MAX_FILES:
            raise InvalidRequest(f"An upload may hold {MAX_FILES} files.", param=part.name)
        stored.append(await _kept(host, part, owner))
    if not stored:
        raise InvalidRequest("The form holds no file.", param="file")
    return stored


async def _kept(host: FileHost, part: Part, owner: str) -> StoredFile:
    async with host.files.writing(part.file_name or "", owner, media_type=part.media_type) as sink:
        async for piece in part.pieces():
            await sink.write(piece)
    return kept(sink)


async def _json(request: Request, host: FileHost) -> StoredFile:
    """The whole body is there before it takes a turn, so that a slow client never holds one."""
    owner = await host.owner_of(request, key_in(request)) if key_in(request) else None
    whence = f"at {address_through(request, host.trusted_proxies)}" if owner is None else owner
    with host.arrivals.room_for(whence, is_known=owner is not None):
        async with host.files.spool() as spool:
            async for piece in in_time(body_pieces(request, host.max_body_bytes)):
                await spool.write(piece)
            async with host.strangers_turns if owner is None else host.json_turns:
                wanted = await asyncio.to_thread(lambda: _decoded(spool.read()))
                return await _kept_from_json(request, host, owner, wanted)


async def _kept_from_json(request: Request, host: FileHost, owner: str | None, wanted: JsonUpload) -> StoredFile:
    if owner is None:
        owner = await host.owner_of(request, wanted.api_key)
    head, comma, data = wanted.file_data.partition(",")
    found = _DATA_URI.fullmatch(head)
    if not comma or found is None:
        raise InvalidRequest("file_data is no data URI in base64: data:<type>;base64,<content>.", param="file_data")
    async with host.files.writing(_named(wanted.file_name, found[1]), owner, media_type=found[1]) as sink:
        async for piece in _from_base64(data):
            await sink.write(piece)
    return kept(sink)


def _decoded(body: bytes) -> JsonUpload:
    try:
        return msgspec.json.decode(body, type=JsonUpload)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise InvalidRequest(what, param=where.rstrip("`") or None) from None
    except msgspec.DecodeError:
        raise MalformedJson from None


async def _from_base64(data: str) -> AsyncIterator[bytes]:
    """Piece by piece; raises `InvalidRequest`. Line breaks are taken, and what is missing at the end is added."""
    packed = "".join(data.split()).rstrip("=")
    packed += "=" * (-len(packed) % 4)
    for start in range(0, len(packed), DECODED_CHARACTERS):
        try:
            yield binascii.a2b_base64(packed[start : start + DECODED_CHARACTERS], strict_mode=True)
        except ValueError:
            raise InvalidRequest("file_data is not valid base64.", param="file_data") from None


def _named(file_name: str, media_type: str) -> str:
    """Nameless files get one like `file.png`."""
    form = media_type.rpartition("/")[2]
    return file_name or f"file.{form if form.isalnum() else 'bin'}"


def _answer(request: Request, host: FileHost, stored: list[StoredFile]) -> dict[str, Any]:
    described = [_described(request, host, each) for each in stored]
    return {"success": True, **described[0], "files": described}


def _described(request: Request, host: FileHost, stored: StoredFile) -> dict[str, Any]:
    return {
        "filename": stored.id + (extension(stored.name) or ".bin"),
        "url": host.address_of(stored, request),
        "id": stored.id,
        "name": stored.name,
        "media_type": stored.media_type,
        "size": stored.size,
        "expires_at": int(stored.expires_at),
    }


ROUTES = (Route(UPLOAD, upload, methods=["POST"]),)
