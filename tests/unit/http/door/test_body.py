"""Bodies, plain and compressed, up to a bound."""

import gzip
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings, strategies as st
from starlette.requests import Request
from starlette.types import Message

from arenabridge.errors import BodyTooLarge, ClientGone, EncodingUnsupported, InvalidRequest
from arenabridge.http.door.body import MAX_MEMBERS, read_body

LIMIT = 1000


async def read(*pieces: bytes, encoding: str | None = None, limit: int = LIMIT, announced: int | None = None) -> bytes:
    waiting = list(pieces) or [b""]

    async def receive() -> Message:
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    headers = [] if encoding is None else [(b"content-encoding", encoding.encode())]
    headers += [] if announced is None else [(b"content-length", str(announced).encode())]
    return await read_body(Request({"type": "http", "headers": headers}, receive), limit)


def cut(data: bytes, size: int) -> Sequence[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
async def test_a_plain_body_is_as_it_is(encoding: str | None) -> None:
    assert await read(b"a", b"", b"b", encoding=encoding) == b"ab"
    assert await read(encoding=encoding) == b""


async def test_a_client_that_goes_before_its_body_is_whole_is_no_fault_of_ours() -> None:
    said: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return said.pop(0)

    with pytest.raises(ClientGone):
        await read_body(Request({"type": "http", "headers": []}, receive), LIMIT)


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "deflate"])
async def test_a_compressed_body_is_unpacked_however_it_is_cut(encoding: str, size: int) -> None:
    text = bytes(range(256)) * 3
    packed = zlib.compress(text) if encoding == "deflate" else gzip.compress(text)
    assert await read(*cut(packed, size), encoding=encoding) == text


def bare(text: bytes) -> bytes:
    """Deflate without zlib's wrapper, as some programs send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("deflate", bare(b"one, two" * 40)),
        ("gzip", gzip.compress(b"one, two") * 40),
        ("gzip", gzip.compress(b"one, ") + gzip.compress(b"") + gzip.compress(b"two" + b"one, two" * 39)),
    ],
    ids=["deflate without wrapper", "gzip of many members", "gzip of an empty member"],
)
async def test_odd_forms_of_packing_are_read_too(encoding: str, packed: bytes, size: int) -> None:
    assert await read(*cut(packed, size), encoding=encoding) == b"one, two" * 40


async def test_members_are_bounded_in_size_and_number() -> None:
    with pytest.raises(BodyTooLarge):
        await read(gzip.compress(b"x" * 600) * 2, encoding="gzip")
    assert await read(gzip.compress(b"") * MAX_MEMBERS, encoding="gzip") == b""
    with pytest.raises(InvalidRequest):
        await read(gzip.compress(b"") * (MAX_MEMBERS + 1), encoding="gzip")


async def test_the_bound_is_for_what_is_received_and_for_what_it_becomes() -> None:
    assert len(await read(b"x" * LIMIT)) == LIMIT
    assert len(await read(gzip.compress(b"x" * LIMIT), encoding="gzip")) == LIMIT
    with pytest.raises(BodyTooLarge):
        await read(b"x" * LIMIT, b"x")
    with pytest.raises(BodyTooLarge):
        await read(gzip.compress(b"x" * (LIMIT + 1)), encoding="gzip")
    with pytest.raises(BodyTooLarge):
        await read(announced=LIMIT + 1)


async def test_a_bomb_is_never_unpacked() -> None:
    """One piece of a hundred kilobytes that would become a hundred megabytes."""
    bomb = gzip.compress(b"\0" * 100 * 2**20, compresslevel=1)
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        await read(bomb, encoding="gzip", limit=2**20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x" * 1000])
async def test_an_encoding_we_do_not_know_is_refused_with_those_we_do(encoding: str) -> None:
    with pytest.raises(EncodingUnsupported, match="gzip and deflate") as refused:
        await read(b"x", encoding=encoding)
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize(
    "packed",
    [b"", b"{}", gzip.compress(b"x")[:-1], gzip.compress(b"x") + b"y", gzip.compress(b"x")[:-5] + b"\0" * 5],
    ids=["empty", "plain", "cut off", "more behind", "wrong sum"],
)
async def test_a_body_that_is_not_what_its_encoding_says_is_the_clients_mistake(packed: bytes) -> None:
    with pytest.raises(InvalidRequest, match="not the gzip"):
        await read(packed, encoding="gzip")


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
async def test_no_garbage_is_more_than_a_mistake(garbage: bytes, encoding: str) -> None:
    with pytest.raises((InvalidRequest, BodyTooLarge)):
        await read(b"\x06" + garbage, encoding=encoding)  # which begins nothing that there is
