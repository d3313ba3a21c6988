"""
Small real files for what the site's models draw and film, which tell what they were made of.

A drawing is told twice: word for word in the PNG's text chunks (`Description`, `Inputs`, `Number`), and by the picture
itself, 16 by 16 blocks, dark for 0 and light for 1, the SHA-256 of those words. The blocks survive a new encoding or a
smaller size, the chunks do not.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKS = 16
BLOCK_PIXELS = 4
SIDE_PIXELS = BLOCKS * BLOCK_PIXELS
PROMPT_CHARACTERS = 20_000
"""A longer prompt is cut in the chunk; the blocks are of the whole."""
READ_BYTES = 1_000_000
"""A larger PNG is not one of ours, and is not searched for our chunks."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"\0\0\0\0IEND\xaeB`\x82"


@dataclass(frozen=True)
class Drawing:
    """What a picture was made of."""

    prompt: str
    inputs: tuple[str, ...] = ()
    """Digests of the pictures that it was made from, as `SEE` tells them."""
    number: int = 1
    """Which of the answer's pictures it is, when one prompt makes several."""

    @property
    def digest(self) -> bytes:
        """The 256 bits of its blocks, row by row."""
        words = "\0".join((self.prompt, *self.inputs, str(self.number)))
        return hashlib.sha256(words.encode(errors="surrogatepass")).digest()


def png(drawing: Drawing) -> bytes:
    """A picture of 64 by 64 pixels, eight bits for each of three colours."""
    header = struct.pack(">IIBBBBB", SIDE_PIXELS, SIDE_PIXELS, 8, 2, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", header),
        _text("Description", drawing.prompt[:PROMPT_CHARACTERS]),
        _text("Inputs", ",".join(drawing.inputs)),
        _text("Number", str(drawing.number)),
        _chunk(b"IDAT", zlib.compress(_rows(drawing.digest), 9)),
    )
    return _SIGNATURE + b"".join(chunks) + _END


def drawing_of(content: bytes) -> Drawing | None:
    """What a picture of ours tells in its chunks; None for all others, and for one that has lost its end."""
    whole = content.startswith(_SIGNATURE) and content.endswith(_END)
    if not whole or len(content) > READ_BYTES:
        return None
    texts = dict(_texts(content))
    if "Description" not in texts or "Inputs" not in texts:
        return None
    number = texts.get("Number", "")
    inputs = tuple(filter(None, texts["Inputs"].split(",")))
    return Drawing(texts["Description"], inputs, int(number) if number.isdecimal() else 1)


def digest_shown(rgb: bytes, side_pixels: int) -> bytes:
    """The `Drawing.digest` that a square picture shows, from its pixels row by row, three bytes for each."""
    block = side_pixels / BLOCKS
    middles = [int((at + 0.5) * block) for at in range(BLOCKS)]
    starts = [3 * (y * side_pixels + x) for y in middles for x in middles]
    bits = "".join("1" if sum(rgb[at : at + 3]) > 3 * 127 else "0" for at in starts)
    return int(bits, 2).to_bytes(len(bits) // 8)


def mp4(prompt: str) -> bytes:
    """Enough of an MP4 file for its type to be recognized, nothing to play; its `free` box holds the prompt."""
    brand = b"isom" + struct.pack(">I", 512) + b"isomiso2mp41"
    said = prompt[:PROMPT_CHARACTERS].encode(errors="replace")
    return _box(b"ftyp", brand) + _box(b"free", said) + _box(b"mdat", b"")


def _rows(digest: bytes) -> bytes:
    """Each row of pixels after its filter byte. Dark and light are two colours that follow from the digest too."""
    dark = bytes(each // 3 for each in digest[:3])
    light = bytes(255 - each // 3 for each in digest[3:6])
    bits = [digest[at // 8] >> (7 - at % 8) & 1 for at in range(BLOCKS * BLOCKS)]
    rows: list[bytes] = []
    for block in range(BLOCKS):
        own = bits[block * BLOCKS : (block + 1) * BLOCKS]
        pixels = b"".join((light if bit else dark) * BLOCK_PIXELS for bit in own)
        rows.extend([b"\0" + pixels] * BLOCK_PIXELS)
    return b"".join(rows)


def _text(keyword: str, text: str) -> bytes:
    """An `iTXt` chunk: UTF-8, in no language, compressed."""
    compressed = zlib.compress(text.encode(errors="replace"))
    return _chunk(b"iTXt", keyword.encode() + b"\0\1\0\0\0" + compressed)


def _texts(content: bytes) -> Iterator[tuple[str, str]]:
    """The texts of the `iTXt` chunks that are written as ours are."""
    at = len(_SIGNATURE)
    while at + 8 <= len(content):
        size, name = struct.unpack(">I4s", content[at : at + 8])
        keyword, head, compressed = content[at + 8 : at + 8 + size].partition(b"\0\1\0\0\0")
        if name == b"iTXt" and head:
            yield keyword.decode("latin-1"), _inflated(compressed).decode(errors="replace")
        at += size + 12


def _inflated(compressed: bytes) -> bytes:
    """Decompress at most as much as our chunks can hold, whatever a stranger's chunk claims."""
    try:
        return zlib.decompressobj().decompress(compressed, 4 * PROMPT_CHARACTERS)
    except zlib.error:
        return b""


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data
