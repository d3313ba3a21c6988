"""Ids as the site uses them: UUIDs, chosen by the caller, of version 7 since autumn 2025."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
import uuid

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def is_uuid(text: str, *, strict: bool = False) -> bool:
    """Whether a text is a UUID as the site writes it; `strict` asks for version 7 and its variant."""
    if not _UUID.fullmatch(text):
        return False
    return not strict or (text[14] == "7" and text[19].lower() in "89ab")


def uuid7() -> str:
    """A new UUIDv7: 48 bits of Unix milliseconds, then version, variant and 74 random bits."""
    return _with_version((time.time_ns() // 1_000_000 << 80) | secrets.randbits(80), 7)


def constant_uuid(seed: str, version: int) -> str:
    """The same UUID for the same seed, so that tests may name a model without asking for it."""
    return _with_version(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16]), version)


def _with_version(bits: int, version: int) -> str:
    bits = bits & ~(0xF << 76) | version << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=bits))
