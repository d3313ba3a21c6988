"""Read a request body up to a bound."""

from starlette.requests import Request

from arenabridge.errors import BodyTooLarge


async def read_body(request: Request, limit: int) -> bytes:
    """Raises `BodyTooLarge` as soon as that is known, be the length announced or not."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {limit // 2**20} MiB ({limit} bytes).")
