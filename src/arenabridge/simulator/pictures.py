"""Small real files for what the site's models draw and film."""

from __future__ import annotations

import hashlib
import struct
import zlib

SIDE_PIXELS = 64


def png(seed: str) -> bytes:
    """A picture of 64 by 64 pixels, a two-coloured slope whose colours follow from the seed."""
    dice = hashlib.sha256(seed.encode()).digest()
    rows = b"".join(b"\0" + _row(at, dice) for at in range(SIDE_PIXELS))
    header = struct.pack(">IIBBBBB", SIDE_PIXELS, SIDE_PIXELS, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def mp4() -> bytes:
    """The first box of an MP4 file and an empty `mdat`: enough for its type to be recognized, nothing to play."""
    brand = b"ftypisom" + struct.pack(">I", 512) + b"isomiso2mp41"
    return struct.pack(">I", len(brand) + 4) + brand + struct.pack(">I", 8) + b"mdat"


def _row(at: int, dice: bytes) -> bytes:
    pixels = bytearray()
    for across in range(SIDE_PIXELS):
        share = (at + across) / (2 * SIDE_PIXELS)
        pixels += bytes(round(dice[color] * (1 - share) + dice[color + 3] * share) for color in range(3))
    return bytes(pixels)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
