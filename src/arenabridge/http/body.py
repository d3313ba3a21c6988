"""Read a request body up to a bound, which holds as well for what a compressed one becomes."""

import zlib

from starlette.requests import Request

from arenabridge.errors import BodyTooLarge, EncodingUnsupported, InvalidRequest

_WINDOW_BITS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
"""By `Content-Encoding` (RFC 9110, 8.4.1): how zlib is told which of its forms to expect."""


async def read_body(request: Request, limit: int) -> bytes:
    """
    The body, decompressed; `limit` is in bytes.

    Raises `BodyTooLarge` as soon as that is known, be the length announced or not; `EncodingUnsupported`; and
    `InvalidRequest` for a body that is not what its encoding says.
    """
    inflater = _inflater(request.headers.get("content-encoding", "").strip().lower())
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    pieces, size = [], 0
    async for received in request.stream():
        piece = inflater.inflate(received, limit - size) if inflater else received
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    if inflater:
        inflater.end()
    return b"".join(pieces)


class _Inflater:
    """One compressed stream. It never makes more than it is told, however much a small piece would become."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._stream = zlib.decompressobj(_WINDOW_BITS[encoding])

    def inflate(self, piece: bytes, room: int) -> bytes:
        """What the piece becomes, cut one byte above `room`."""
        try:
            made = self._stream.decompress(piece, room + 1)
        except zlib.error as error:
            raise self._broken() from error
        if self._stream.unused_data:
            raise self._broken()
        return made

    def end(self) -> None:
        if not self._stream.eof:
            raise self._broken()

    def _broken(self) -> InvalidRequest:
        return InvalidRequest(f"The body is not the {self._encoding} that its Content-Encoding says, or is cut off.")


def _inflater(encoding: str) -> _Inflater | None:
    if encoding in {"", "identity"}:
        return None
    if encoding not in _WINDOW_BITS:
        raise EncodingUnsupported(f"Content-Encoding {encoding[:40]!r}: the gateway takes gzip and deflate, or none.")
    return _Inflater(encoding)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {limit // 2**20} MiB ({limit} bytes).")
