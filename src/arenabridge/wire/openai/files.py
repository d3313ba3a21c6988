"""
Read the files that a message holds: pictures, documents and sounds, as data or by their address.

Shapes: `image_url` (an object with `url`, or the text alone), `input_image`, `file` and `input_file` (`file_data`,
`file_url`, `filename`, in an object `file` or beside `type`), `input_audio`. Data is a `data:` URI or bare base64.
"""

import base64
import binascii
import hashlib
import re
from typing import TypeVar
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import msgspec

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import Attachment, RemoteFile
from arenabridge.wire.file_names import safe_name
from arenabridge.wire.file_types import SVG, TEXT, default_name, media_type_of

MAX_FILES = 100
"""Files of one request, over all its turns."""

MAX_URL_CHARACTERS = 8192
"""Characters of an address; signed ones have some 1500."""

OWN_PATHS = ("/files/", "/uploads/")
"""Where the gateway serves the files it keeps; the second is the address that the earlier systems' file host gave."""

FILE_PARTS = frozenset({"image_url", "input_image", "image", "file", "input_file", "input_audio"})

_File = TypeVar("_File", bound=Attachment | RemoteFile)

_SPACE = re.compile(r"[\s]+")
_NAME_PARAMETER = re.compile(r";(?:file)?name=([^;,]*)", re.IGNORECASE)
_NAME_IN_DETAIL = re.compile(r"[^/\\]{1,200}\.\w{1,10}")
"""Programs written for an earlier bridge put the file's name where OpenAI has `low` and `high`."""


class ImageUrl(msgspec.Struct):
    """A picture as a `data:` URI, or the http(s) address it can be fetched from."""

    url: str
    detail: str | None = None


class FileData(msgspec.Struct):
    """A file as a `data:` URI or base64, or the http(s) address it can be fetched from."""

    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None
    file_id: str | None = None


class AudioData(msgspec.Struct):
    """A sound as base64."""

    data: str
    format: str | None = None


class FilePart(FileData):
    """What parts with a file may hold, beside their `type`."""

    image_url: str | ImageUrl | None = None
    detail: str | None = None
    file: FileData | None = None
    input_audio: AudioData | None = None


def read_file(part: FilePart, where: str) -> Attachment | RemoteFile:
    """The file of a part at the path `where`; raises `InvalidRequest` with the path of the field at fault."""
    if part.image_url is not None:
        return _picture(part.image_url, part, f"{where}.image_url")
    if part.input_audio is not None:
        audio = part.input_audio
        name = f"audio.{audio.format}" if audio.format else ""
        return read_data(audio.data, f"{where}.input_audio.data", name)
    if part.file is not None:
        return _document(part.file, f"{where}.file")
    return _document(part, where)


def _picture(image: str | ImageUrl, part: FilePart, where: str) -> Attachment | RemoteFile:
    told = image if isinstance(image, ImageUrl) else ImageUrl(image, part.detail)
    name = part.filename or ""
    if not name and told.detail and _NAME_IN_DETAIL.fullmatch(told.detail):
        name = told.detail
    picture = _from_either(told.url, name, where if isinstance(image, str) else f"{where}.url")
    return msgspec.structs.replace(picture, as_picture=True) if isinstance(picture, RemoteFile) else picture


def _document(file: FileData, where: str) -> Attachment | RemoteFile:
    name = file.filename or ""
    if file.file_data is not None:
        return as_document(_from_either(file.file_data, name, f"{where}.file_data"))
    if file.file_url is not None:
        return _from_address(file.file_url.strip(), name, f"{where}.file_url")
    if file.file_id is not None:
        return _from_id(file.file_id, name, f"{where}.file_id")
    raise InvalidRequest(f"{where}: holds no file: expected image_url, file_data or file_url.", param=where)


def as_document(file: _File) -> _File:
    """A file whose sender does not call it a picture: of a drawing in SVG, which no model takes as one, the text."""
    if isinstance(file, Attachment) and file.media_type == SVG:
        return msgspec.structs.replace(file, media_type=TEXT)
    return file


def _from_id(id_: str, name: str, where: str) -> RemoteFile:
    if not any(path in _start(id_) for path in OWN_PATHS):
        raise InvalidRequest(
            f"{where}: there is no store of uploaded files behind ids here. Send the file itself (file_data), "
            "or the address that the gateway gave it.",
            param=where,
        )
    return _from_address(id_, name, where)


def _from_either(told: str, name: str, where: str) -> Attachment | RemoteFile:
    start = _start(told).lstrip().lower()
    if start.startswith(("http://", "https://", *OWN_PATHS)):
        return _from_address(told.strip(), name, where)
    return read_data(told, where, name)


def _start(told: str) -> str:
    return told[:MAX_URL_CHARACTERS]


def _from_address(url: str, name: str, where: str) -> RemoteFile:
    if len(url) > MAX_URL_CHARACTERS:
        raise InvalidRequest(f"{where}: the address is longer than {MAX_URL_CHARACTERS} characters.", param=where)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidRequest(f"{where}: {shown_address(url)} is no address: {error}.", param=where) from None
    is_own = not parts.scheme and parts.path.startswith(OWN_PATHS)
    if not is_own and (parts.scheme.lower() not in {"http", "https"} or not parts.netloc):
        raise InvalidRequest(f"{where}: {shown_address(url)} is no http(s) address.", param=where)
    return RemoteFile(url, name)


def shown_address(url: str) -> str:
    """Short, and without its query, which may hold secrets."""
    return url.partition("?")[0][:100]


def read_data(told: str, where: str, name: str = "") -> Attachment:
    """A file as a `data:` URI or bare base64; raises `InvalidRequest` with the path `where`."""
    start = told[:MAX_URL_CHARACTERS].lstrip()
    if start[:5].lower() == "data:":
        head, comma, _ = start.partition(",")
        if not comma:
            raise InvalidRequest(f"{where}: the data URI has no comma before its data.", param=where)
        name = name or _name_in(head)
        data = told.lstrip()[len(head) + 1 :]
        content = _from_base64(data, where) if head.lower().rstrip().endswith(";base64") else unquote_to_bytes(data)
    else:
        content = _from_base64(told, where)
    if not content:
        raise InvalidRequest(f"{where}: the file is empty.", param=where)
    return attachment(content, name)


def data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def _name_in(head: str) -> str:
    found = _NAME_PARAMETER.search(head)
    return unquote(found[1]).strip('"') if found else ""


def _from_base64(data: str, where: str) -> bytes:
    """White space and missing `=` at the end are forgiven, and the alphabet of addresses (`-_`) is taken too."""
    try:
        return binascii.a2b_base64(data, strict_mode=True)  # as nearly all send it: ten megabytes, read once
    except ValueError:
        pass
    plain = _SPACE.sub("", unquote(data) if "%" in data else data).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=_alphabet(plain), validate=True)
    except ValueError:
        raise InvalidRequest(f"{where}: neither an http(s) address nor valid base64 data.", param=where) from None


def _alphabet(plain: str) -> bytes | None:
    return b"-_" if "-" in plain or "_" in plain else None


def attachment(content: bytes, name: str) -> Attachment:
    """A file with what its content shows; `name` is what it was called, if anything."""
    media_type = media_type_of(content)
    shown = safe_name(name, default_name(media_type))
    return Attachment(shown, media_type, content, hashlib.sha256(content).hexdigest())
