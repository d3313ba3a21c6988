"""
What type a file is kept under, and how it is shown to a browser.

The first bytes decide; what the sender claims counts only where they leave it open, and never makes something that a
browser runs or draws out of something else.
"""

import re

from arenabridge.wire.file_types import TEXT, UNKNOWN, media_type_of

INLINE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/bmp",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/wav",
        "audio/flac",
        "audio/webm",
        "audio/aac",
        "video/mp4",
        "video/webm",
        "video/ogg",
        "video/quicktime",
        "text/plain",
        "text/csv",
        "text/markdown",
        "application/json",
    }
)
"""What a browser shows without running anything. Not PDF, which may hold scripts, nor SVG, which is a document."""

MARKUP = "text/html"
"""The type we give to all text that could be opened as a page."""

_CONTAINERS = frozenset({"application/zip", "application/gzip", "application/x-ole-storage"})
"""Many formats begin alike: office documents, e-books and packages are archives like these underneath."""

_OPEN = re.compile(r"(?:application|audio|video|font|model)/[a-z0-9][a-z0-9.+-]{0,80}")
_SCRIPT_OR_MARKUP = re.compile(r"[a-z]+/.*(?:script|html|xml|css|json|wasm|webassembly|multipart|mht)")
"""What a page could load as part of itself, or a browser open as a page."""

_TEXTUAL = re.compile(
    r"text/[a-z0-9.+-]{1,80}|application/(?:[a-z0-9.-]{1,80}\+)?(?:json|xml|javascript|yaml|toml|sql)"
)
_MARKUP_NAME = re.compile(r"\.(?:[xs]?html?|xht|xml|xslt?|svgz?|mht(?:ml)?|hta)$", re.IGNORECASE)

_KIN = (
    frozenset({"audio/ogg", "video/ogg"}),
    frozenset({"audio/mp4", "video/mp4"}),
    frozenset({"audio/webm", "video/webm"}),
)
"""Types that have the same first bytes."""


def kept_type(head: bytes, claimed: str, name: str = "") -> str:
    """The type of a file that begins with `head` and is said to be `claimed`."""
    said = claimed.partition(";")[0].strip().lower()
    seen = media_type_of(head)
    if any(seen in kin and said in kin for kin in _KIN):
        return said
    if seen == TEXT:
        looks_plain = not head.lstrip().startswith(b"<") and not _MARKUP_NAME.search(name)
        return (
            said
            if _TEXTUAL.fullmatch(said) and (looks_plain or said not in INLINE)
            else TEXT
            if looks_plain
            else MARKUP
        )
    if seen in _CONTAINERS and said.startswith("application/") and _is_open(said):
        return said
    if seen == UNKNOWN and _is_open(said):
        return said
    return seen


def served_type(media_type: str) -> str:
    """What a `Content-Type` says. Text is always UTF-8 to us, and nothing but text, whatever language it is in."""
    return f"{TEXT}; charset=utf-8" if _TEXTUAL.fullmatch(media_type) else media_type


def is_shown(media_type: str) -> bool:
    """Whether a browser may show it, rather than save it."""
    return media_type in INLINE


def _is_open(said: str) -> bool:
    return _OPEN.fullmatch(said) is not None and not _SCRIPT_OR_MARKUP.match(said)
