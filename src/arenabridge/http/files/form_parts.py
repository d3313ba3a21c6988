"""
The parts of a form (multipart/form-data, RFC 7578) as they arrive: none is ever whole in memory.

A part is read to its end before the next one begins.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from arenabridge.errors import ClientGone, InvalidRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS = 32
MAX_FIELD_BYTES = 8192
"""The largest part that is not a file."""

SILENCE_SECONDS = 60.0
"""A client that sends nothing for so long is given up: its half of a file takes up a place."""


_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_EXTENDED = re.compile(rb";\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^';]*'([!-:<-~]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Began:
    headers: dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Ended:
    """A part, or with `all` the whole form."""

    all: bool = False


_Event = _Began | bytes | _Ended


class Part:
    """One field of the form. `file_name` is None for a field that is not a file."""

    def __init__(self, form: "FormParts", headers: dict[bytes, bytes]) -> None:
        about = headers.get(b"content-disposition", b"")
        _, options = parse_options_header(about)
        self.name = options.get(b"name", b"").decode("utf-8", "replace")
        file_name = options.get(b"filename")
        plain = None if file_name is None else _unescaped(file_name.decode("utf-8", "replace"))
        self.file_name = _extended(about) or plain
        self.media_type = headers.get(b"content-type", b"").decode("latin-1")
        self._form = form

    async def pieces(self) -> AsyncIterator[bytes]:
        while not isinstance(event := await self._form.next_event(), _Ended):
            assert isinstance(event, bytes)  # noqa: S101 - the parser begins no part within a part
            yield event

    async def text(self, limit: int = MAX_FIELD_BYTES) -> str:
        """Raises `InvalidRequest` for more than a field may have."""
        gathered = b""
        async for piece in self.pieces():
            gathered += piece
            if len(gathered) > limit:
                raise InvalidRequest(f"A field of the form is longer than {limit} bytes.", param=self.name)
        return gathered.decode("utf-8", "replace")


class FormParts:
    """Raises `InvalidRequest` for a body that is not such a form, ends too early, or is silent for too long."""

    def __init__(self, request: Request) -> None:
        _, options = parse_options_header(request.headers.get("content-type", ""))
        self._events: deque[_Event] = deque()
        self._header: list[bytes] = [b"", b""]
        self._headers: dict[bytes, bytes] = {}
        self._received = request.stream()
        try:
            self._parser = MultipartParser(options.get(b"boundary", b""), self._callbacks())
        except FormParserError as error:
            raise _broken() from error

    async def __aiter__(self) -> AsyncIterator[Part]:
        for _ in range(MAX_PARTS + 1):
            event = await self.next_event()
            if isinstance(event, _Ended):
                return
            assert isinstance(event, _Began)  # noqa: S101 - the part before was read to its end
            yield Part(self, event.headers)
        raise InvalidRequest(f"The form has more than {MAX_PARTS} parts.")

    async def next_event(self) -> _Event:
        while not self._events:
            await self._read()
        return self._events.popleft()

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                piece = await anext(self._received, b"")
            if not piece:
                self._parser.finalize()
                raise _broken()
            self._parser.write(piece)
        except TimeoutError:
            raise InvalidRequest(f"Nothing of the body came for {SILENCE_SECONDS:g} seconds.") from None
        except ClientDisconnect:
            raise ClientGone from None
        except FormParserError as error:
            raise _broken() from error

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._headers.clear,
            "on_part_data": lambda data, start, end: self._events.append(bytes(data[start:end])),
            "on_part_end": lambda: self._events.append(_Ended()),
            "on_header_field": self._field,
            "on_header_value": self._value,
            "on_header_end": self._header_ended,
            "on_headers_finished": lambda: self._events.append(_Began(dict(self._headers))),
            "on_end": lambda: self._events.append(_Ended(all=True)),
        }

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_ended(self) -> None:
        name, value = self._header
        self._headers[name.lower()] = value
        self._header = [b"", b""]


def _extended(about: bytes) -> str | None:
    """The name in `filename*` (RFC 5987). Forms should not use it (RFC 7578, 4.2), but some programs do."""
    found = _EXTENDED.search(_QUOTED.sub(b'""', about))
    return unquote(found[2].decode("ascii"), found[1].decode("ascii"), "replace") if found else None


def _unescaped(name: str) -> str:
    """The three characters that browsers write otherwise (WHATWG HTML, "multipart form data")."""
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _broken() -> InvalidRequest:
    return InvalidRequest("The body is not the multipart/form-data that its Content-Type says, or is cut off.")
