"""Read a request body up to a bound, which holds as well for what a compressed one becomes."""

import zlib
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from arenabridge.errors import BodyTooLarge, ClientGone, EncodingUnsupported, InvalidRequest

_GZIP = zlib.MAX_WBITS | 16
_DEFLATE = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
"""How zlib is told which of its forms to expect. `deflate` means zlib's own (RFC 9110, 8.4.1.2), but some programs send
it without its wrapper, as RFC 9110 notes."""

_ENCODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _DEFLATE}

MAX_MEMBERS = 1000
"""Members of a gzip body, which may be several in a row (RFC 1952, 2.2): even an empty one costs something."""


async def read_body(request: Request, limit: int, *, advice: str = "") -> bytes:
    """The body, decompressed, whole in memory; raises as `body_pieces`."""
    return b"".join([piece async for piece in body_pieces(request, limit, advice=advice)])


async def body_pieces(request: Request, limit: int, *, advice: str = "") -> AsyncIterator[bytes]:
    """
    The body as it arrives, decompressed; `limit` is in bytes, `advice` says what to do with a larger one.

    Raises `BodyTooLarge` as soon as that is known, be the length announced or not; `EncodingUnsupported`;
    `InvalidRequest` for a body that is not what its encoding says; and `ClientGone` for one that does not come.
    """
    inflater = _inflater(request.headers.get("content-encoding", "").strip().lower())
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit, advice)
    try:
        async for piece in _pieces(request, inflater, limit, advice):
            yield piece
    except ClientDisconnect:
        raise ClientGone from None


async def _pieces(request: Request, inflater: "_Inflater | None", limit: int, advice: str) -> AsyncIterator[bytes]:
    size = 0
    async for received in request.stream():
        piece = inflater.inflate(received, limit - size) if inflater else received
        size += len(piece)
        if size > limit:
            raise _too_large(limit, advice)
        yield piece
    if inflater:
        inflater.end()


class _Inflater:
    """One compressed body. It never makes more than it is told, however much a small piece would become."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._form = _ENCODINGS[encoding]
        self._stream = zlib.decompressobj(self._form)
        self._members = 1
        self._head: bytes | None = b"" if self._form == _DEFLATE else None
        """What came before the form was clear, which takes two bytes."""

    def inflate(self, piece: bytes, room: int) -> bytes:
        """The decompressed piece, cut one byte above `room`."""
        if self._head is not None:
            piece = self._head + piece
            self._head = piece if len(piece) < 2 else None
            if self._head is not None:
                return b""
            if not _is_wrapped(piece):
                self._stream = zlib.decompressobj(_RAW_DEFLATE)
        try:
            return self._inflate(piece, room)
        except zlib.error as error:
            raise self._broken() from error

    def end(self) -> None:
        if not self._stream.eof:
            raise self._broken()

    def _inflate(self, piece: bytes, room: int) -> bytes:
        made = self._next_member(piece).decompress(piece, room + 1)
        while (rest := self._stream.unused_data) and len(made) <= room:
            made += self._next_member(rest).decompress(rest, room + 1 - len(made))
        return made

    def _next_member(self, piece: bytes) -> "zlib._Decompress":
        """The decompressor for this piece: another one if the last has ended and there may be several."""
        if piece and self._stream.eof:
            self._members += 1
            if self._form != _GZIP or self._members > MAX_MEMBERS:
                raise self._broken()
            self._stream = zlib.decompressobj(self._form)
        return self._stream

    def _broken(self) -> InvalidRequest:
        return InvalidRequest(f"The body is not the {self._encoding} that its Content-Encoding says, or is cut off.")


def _is_wrapped(data: bytes) -> bool:
    """Whether it begins as RFC 1950 says: the method is 8, and the first two bytes are divisible by 31."""
    return data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


def _inflater(encoding: str) -> _Inflater | None:
    if encoding in {"", "identity"}:
        return None
    if encoding not in _ENCODINGS:
        raise EncodingUnsupported(f"Content-Encoding {encoding[:40]!r}: the gateway takes gzip and deflate, or none.")
    return _Inflater(encoding)


def _too_large(limit: int, advice: str) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {limit // 2**20} MiB ({limit} bytes). {advice}".rstrip())
